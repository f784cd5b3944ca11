/* SPDX-License-Identifier: BSD-3-Clause */
/* ELF files: what is loaded, and what is said about files that cannot be. */

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"

#define MAX_SEGMENTS 4
#define DATA_OFFSET  0x400u
#define DATA_SIZE    0x1800u

/* A file with the headers in front and one area of bytes, which segments refer to. */
struct file {
	Elf64_Ehdr header;
	Elf64_Phdr segments[MAX_SEGMENTS];
	uint8_t pad[DATA_OFFSET - sizeof(Elf64_Ehdr) - MAX_SEGMENTS * sizeof(Elf64_Phdr)];
	uint8_t data[DATA_SIZE];
};

static char path[] = "/tmp/realmkit-elf-XXXXXX";

static struct file make_file(void)
{
	struct file file;

	memset(&file, 0, sizeof(file));
	memcpy(file.header.e_ident, ELFMAG, SELFMAG);
	file.header.e_ident[EI_CLASS] = ELFCLASS64;
	file.header.e_ident[EI_DATA] = ELFDATA2LSB;
	file.header.e_ident[EI_VERSION] = EV_CURRENT;
	file.header.e_type = ET_EXEC;
	file.header.e_machine = EM_AARCH64;
	file.header.e_version = EV_CURRENT;
	file.header.e_entry = RAM + 0x40;
	file.header.e_phoff = offsetof(struct file, segments);
	file.header.e_ehsize = sizeof(Elf64_Ehdr);
	file.header.e_phentsize = sizeof(Elf64_Phdr);
	for (unsigned i = 0; i < DATA_SIZE; i++)
		file.data[i] = (uint8_t)(i * 3 + 1);
	return file;
}

static void add_segment(struct file *file, uint64_t gpa, uint64_t from, uint64_t file_size,
                        uint64_t mem_size)
{
	file->segments[file->header.e_phnum++] = (Elf64_Phdr){
	        .p_type = PT_LOAD,
	        .p_flags = PF_R | PF_W | PF_X,
	        .p_offset = DATA_OFFSET + from,
	        .p_vaddr = gpa,
	        .p_paddr = gpa,
	        .p_filesz = file_size,
	        .p_memsz = mem_size,
	        .p_align = 1,
	};
}

static void write_file(const void *data, size_t size)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, size, out), size);
	fclose(out);
}

/* Loads a file into a fresh Realm. What was said, when it is refused, is in *said. */
static int load(const void *data, size_t size, char *said)
{
	struct scene s;
	int err;

	write_file(data, size);
	scene_open(&s, "dram=4M");
	scene_realm(&s, NULL);
	err = realm_load_elf(s.vm, path, 0);
	snprintf(said, 512, "%s", host_last_error(s.host));
	scene_close(&s);
	return err;
}

/* Expects a refusal that mentions the file and each of the words. */
static void expect_refusal(const void *data, size_t size, int code, const char *const *words)
{
	char said[512];
	int err = load(data, size, said);

	if (err != code)
		fail_msg("error %d instead of %d: %s", err, code, said);
	assert_non_null(strstr(said, path));
	assert_null(strchr(said, '\n'));
	for (; *words != NULL; words++)
		if (strstr(said, *words) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", said, *words);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_file_that_is_no_elf_is_refused(void **state)
{
	(void)state;
	expect_refusal("", 0, -ENOEXEC, WORDS("not an ELF file"));
	expect_refusal("#!/bin/sh\n", 10, -ENOEXEC, WORDS("not an ELF file"));
	expect_refusal("\177ELF", 4, -ENOEXEC, WORDS("ELF"));
}

static void a_file_for_another_machine_is_refused(void **state)
{
	struct file file = make_file();

	(void)state;
	add_segment(&file, RAM, 0, 64, 64);
	file.header.e_machine = EM_X86_64;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("not AArch64", "62", "183"));
}

static void a_file_that_needs_a_loader_is_refused(void **state)
{
	struct file file = make_file();

	(void)state;
	add_segment(&file, RAM, 0, 64, 64);
	file.header.e_type = ET_DYN;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("not a static executable"));
	file.header.e_type = ET_EXEC;
	add_segment(&file, RAM + PAGE, 0, 64, 64);
	file.segments[1].p_type = PT_INTERP;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("segment 1 is INTERP"));
}

static void a_segment_outside_ram_is_named_with_what_is_allowed(void **state)
{
	struct file file = make_file();

	(void)state;
	add_segment(&file, RAM, 0, 64, 64);
	add_segment(&file, RAM + RAM_SIZE - PAGE, 0, 64, PAGE + 1);
	expect_refusal(&file, sizeof(file), -EINVAL,
	               WORDS("segment 1", "[0x40fff000, 0x41000001)", "[0x40000000, 0x41000000)"));
	file.segments[1].p_paddr = UINT64_MAX - 100;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("segment 1 wraps"));
	file.segments[1].p_paddr = SHARED_BIT | RAM;
	expect_refusal(&file, sizeof(file), -EINVAL,
	               WORDS("segment 1", "[0x40000000, 0x41000000)"));
}

static void segments_that_overlap_are_named(void **state)
{
	struct file file = make_file();

	(void)state;
	add_segment(&file, RAM + 0x800, 0, 0x100, 0x200);
	add_segment(&file, RAM, 0, 0x100, 0x801);
	expect_refusal(&file, sizeof(file), -EINVAL,
	               WORDS("segment 0", "overlaps segment 1", "0x40000800", "0x40000801"));
}

static void a_damaged_file_is_refused(void **state)
{
	struct file file = make_file();

	(void)state;
	add_segment(&file, RAM, 0, DATA_SIZE, DATA_SIZE);
	expect_refusal(&file, sizeof(file) - 1, -ENOEXEC, WORDS("segment 0", "end of the file"));
	file.segments[0].p_memsz = 1;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("segment 0"));
	file.header.e_phnum = 0;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("nothing to load"));
	file.header.e_phnum = 1000;
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("damaged"));
}

static void an_entry_point_outside_the_segments_is_refused(void **state)
{
	struct file file = make_file();

	(void)state;
	add_segment(&file, RAM, 0, 64, 64);
	expect_refusal(&file, sizeof(file), -ENOEXEC, WORDS("entry point 0x40000040"));
}

static void too_little_memory_is_said_with_numbers(void **state)
{
	struct file file = make_file();

	(void)state;
	/* 8 MB of zeros, on a machine of 4 MB. */
	add_segment(&file, RAM, 0, 64, 8 << 20);
	expect_refusal(&file, sizeof(file), -ENOMEM, WORDS("needs 2048 pages", "are left"));
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_load_elf(s.vm, "/no/such/file", 0), -ENOENT);
	assert_string_equal(host_last_error(s.host), "/no/such/file: No such file or directory");
	assert_int_equal(realm_load_elf(s.vm, "/", 0), -EISDIR);
	assert_int_equal(realm_load_elf(s.vm, "/dev/null", 0), -EINVAL);
	assert_non_null(strstr(host_last_error(s.host), "not a regular file"));
	assert_int_equal(realm_load_elf(s.vm, path, 4), -EINVAL);
	scene_close(&s);
}

/* What a guest finds in memory. */
static void sums_up(struct guest *g, void *arg)
{
	uint64_t *sum = arg;

	for (unsigned i = 0; i < 3; i++)
		for (uint64_t ipa = RAM + i * PAGE; ipa < RAM + (i + 1) * PAGE; ipa++)
			sum[i] += guest_load8(g, ipa);
}

static uint64_t sum_of(const uint8_t *data, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += data[i];
	return sum;
}

/* Segments that share pages, are not aligned, end in zeros, and lie in any order. */
static void segments_arrive_byte_by_byte(void **state)
{
	struct file file = make_file();
	uint64_t sum[3] = {0};
	struct scene s;

	(void)state;
	add_segment(&file, RAM + 0x1801, 0x100, 0x10, 0x900);
	add_segment(&file, RAM, 0, 0x123, 0x1000);
	add_segment(&file, RAM + 0x1000, 0x200, 0x801, 0x801);
	write_file(&file, sizeof(file));
	scene_open(&s, "");
	scene_realm(&s, NULL);
	if (realm_load_elf(s.vm, path, REALM_MEASURE) != 0)
		fail_msg("%s", host_last_error(s.host));
	assert_int_equal(realm_entry(s.vm), RAM + 0x40);
	rmm_script(s.rmm, RAM + 0x40, sums_up, sum);
	s.cpu = realm_vcpu_create(s.vm, 0);
	scene_run_to_end(&s);
	assert_int_equal(sum[0], sum_of(file.data, 0x123));
	assert_int_equal(sum[1],
	                 sum_of(file.data + 0x200, 0x801) + sum_of(file.data + 0x100, 0x10));
	assert_int_equal(sum[2], 0);
	assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_DATA_MAP), 0);
	scene_close(&s);
}

/* An entry point is a virtual address; the vCPU starts with stage 1 off. */
static void an_entry_point_is_translated(void **state)
{
	struct file file = make_file();
	struct scene s;

	(void)state;
	add_segment(&file, RAM + 0x2000, 0, 0x100, 0x100);
	file.segments[0].p_vaddr = 0xffff000000080000;
	file.header.e_entry = 0xffff000000080010;
	write_file(&file, sizeof(file));
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_load_elf(s.vm, path, 0), 0);
	assert_int_equal(realm_entry(s.vm), RAM + 0x2010);
	scene_close(&s);
}

/* Whatever is in a file: a word, no crash, nothing leaked. */
static void no_file_does_harm(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "dram=4M");
	srand(7);
	for (unsigned n = 0; n < 1500; n++) {
		struct file file = make_file();
		uint8_t *bytes = (uint8_t *)&file;
		int err;

		add_segment(&file, RAM, 0, 0x123, 0x1000);
		add_segment(&file, RAM + 0x1000, 0x200, 0x801, 0x801);
		for (int i = rand() % 4; i >= 0; i--)
			bytes[(unsigned)rand() % 0xc0] = (uint8_t)rand();
		write_file(&file,
		           sizeof(file) - (n % 3 == 0 ? (unsigned)rand() % sizeof(file) : 0));
		s.vm = realm_create(s.host, NULL);
		assert_int_equal(realm_add_memory(s.vm, RAM, RAM_SIZE), 0);
		err = realm_load_elf(s.vm, path, 0);
		if (err != 0)
			assert_string_not_equal(host_last_error(s.host), "");
		scene_end_realm(&s);
	}
	scene_close(&s);
}

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	return close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_file_that_is_no_elf_is_refused),
	        cmocka_unit_test(a_file_for_another_machine_is_refused),
	        cmocka_unit_test(a_file_that_needs_a_loader_is_refused),
	        cmocka_unit_test(a_segment_outside_ram_is_named_with_what_is_allowed),
	        cmocka_unit_test(segments_that_overlap_are_named),
	        cmocka_unit_test(a_damaged_file_is_refused),
	        cmocka_unit_test(an_entry_point_outside_the_segments_is_refused),
	        cmocka_unit_test(too_little_memory_is_said_with_numbers),
	        cmocka_unit_test(a_file_that_cannot_be_read_is_refused),
	        cmocka_unit_test(segments_arrive_byte_by_byte),
	        cmocka_unit_test(an_entry_point_is_translated),
	        cmocka_unit_test(no_file_does_harm),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
