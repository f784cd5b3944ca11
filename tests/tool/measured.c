/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RIM that the tool prints against one that is computed here from the ELF file alone, as
 * DEN0137 A7.1, C2.27 and C2.28 say: each page that a segment takes, by ascending address, then the
 * one REC that is runnable.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gelf.h>
#include <openssl/evp.h>

#include <cmocka_test.h>

#include "image.h"
#include "spawn.h"

#define PAGE 4096

static void hash(const EVP_MD *md, const void *data, size_t size, unsigned char out[64])
{
	memset(out, 0, 64);
	assert_int_equal(EVP_Digest(data, size, out, NULL, md, NULL), 1);
}

/* A page of initial content. */
static void extend_data(const EVP_MD *md, unsigned char rim[64], uint64_t ipa,
                        const unsigned char *page, uint64_t flags)
{
	unsigned char desc[256] = {0};

	desc[0x09] = 1; /* len = 0x100 */
	memcpy(desc + 0x10, rim, 64);
	memcpy(desc + 0x50, &ipa, 8);
	memcpy(desc + 0x58, &flags, 8);
	if (flags & 1)
		hash(md, page, PAGE, desc + 0x60);
	hash(md, desc, sizeof(desc), rim);
}

/* A runnable REC that starts at an address with registers zero. */
static void extend_rec(const EVP_MD *md, unsigned char rim[64], uint64_t pc)
{
	unsigned char params[4096] = {1};
	unsigned char desc[256] = {1};

	memcpy(params + 0x200, &pc, 8);
	desc[0x09] = 1;
	memcpy(desc + 0x10, rim, 64);
	hash(md, params, sizeof(params), desc + 0x50);
	hash(md, desc, sizeof(desc), rim);
}

/* The lowest loadable segment above an address; those of these tests begin with a page. */
static bool next_segment(Elf *elf, int count, uint64_t last, GElf_Phdr *next)
{
	bool found = false;

	for (int i = 0; i < count; i++) {
		GElf_Phdr phdr;

		assert_non_null(gelf_getphdr(elf, i, &phdr));
		if (phdr.p_type != PT_LOAD || phdr.p_paddr <= last)
			continue;
		if (!found || phdr.p_paddr < next->p_paddr)
			*next = phdr;
		found = true;
	}
	return found;
}

static void rim_of_file(const EVP_MD *md, const char *path, uint64_t flags, char text[129])
{
	unsigned char rim[64] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	GElf_Ehdr ehdr;
	GElf_Phdr phdr;
	Elf *elf;

	assert_true(fd >= 0 && elf_version(EV_CURRENT) != EV_NONE);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(gelf_getehdr(elf, &ehdr));
	/* Segments are few: the next one is the lowest that lies above the last. */
	for (uint64_t last = 0; next_segment(elf, ehdr.e_phnum, last, &phdr); last = phdr.p_paddr) {
		for (uint64_t at = 0; at < phdr.p_memsz; at += PAGE) {
			uint64_t left = at < phdr.p_filesz ? phdr.p_filesz - at : 0;
			unsigned char page[PAGE] = {0};

			assert_true(pread(fd, page, left < PAGE ? left : PAGE,
			                  (off_t)(phdr.p_offset + at)) >= 0);
			extend_data(md, rim, phdr.p_paddr + at, page, flags);
		}
	}
	extend_rec(md, rim, ehdr.e_entry);
	for (int i = 0; i < EVP_MD_get_size(md); i++)
		(void)sprintf(text + 2 * i, "%02x", rim[i]);
	(void)elf_end(elf);
	(void)close(fd);
}

static void assert_rim(const char *path, const char *options, const EVP_MD *md, uint64_t flags)
{
	char line[1024], expected[129], printed[256];
	struct spawned run;

	(void)snprintf(line, sizeof(line), "run %s --timeout 250 %s", path, options);
	run = spawn_line(line);
	assert_int_equal(run.status, 0);
	rim_of_file(md, path, flags, expected);
	line_after(run.err, "RIM ", printed, sizeof(printed));
	assert_string_equal(printed, expected);
	spawned_free(&run);
}

/* Vectors of the steps above, which make the rest of this file worth something. */
static void the_steps_match_known_vectors(void **state)
{
	static const unsigned char zero[PAGE];
	static const unsigned char v1[4] = {0xd0, 0x19, 0x94, 0xa5};
	static const unsigned char v2[4] = {0x40, 0xfb, 0x89, 0xb0};
	static const unsigned char v3[4] = {0x66, 0x17, 0xa4, 0x9c};
	unsigned char rim[64] = {0};

	(void)state;
	extend_data(EVP_sha256(), rim, 0x80000000, zero, 0);
	assert_memory_equal(rim, v2, 4);
	memset(rim, 0, sizeof(rim));
	extend_data(EVP_sha256(), rim, 0x80000000, zero, 1);
	assert_memory_equal(rim, v1, 4);
	extend_rec(EVP_sha256(), rim, 0x80000000);
	assert_memory_equal(rim, v3, 4);
}

static void one_page_is_measured_with_every_hash(void **state)
{
	struct image image = image_init();
	const char *path = image_write(&image, "measured_one_page.elf");

	(void)state;
	assert_rim(path, "", EVP_sha256(), 1);
	assert_rim(path, "--hash sha384", EVP_sha384(), 1);
	assert_rim(path, "--hash sha512", EVP_sha512(), 1);
	assert_rim(path, "--backend model:spec=2.0-bet1", EVP_sha256(), 1);
}

static void pages_may_be_left_unmeasured(void **state)
{
	struct image image = image_init();

	(void)state;
	assert_rim(image_write(&image, "unmeasured.elf"), "--no-measure", EVP_sha256(), 0);
}

static void segments_count_in_the_order_of_their_addresses(void **state)
{
	struct image image = image_init();

	(void)state;
	image.segs[1] = (struct image_segment){IMAGE_BASE + 0x100000, 0x1234, 0x5000};
	image.segs[2] = (struct image_segment){IMAGE_BASE + 0x8000, 0x10, 0x10};
	image.num_segs = 3;
	assert_rim(image_write(&image, "measured_three_segments.elf"), "", EVP_sha256(), 1);
}

static void ram_and_vcpus_that_wait_are_not_measured(void **state)
{
	struct image image = image_init();
	const char *path = image_write(&image, "measured_waiting.elf");

	(void)state;
	assert_rim(path, "--cpus 3 --ram 8M", EVP_sha256(), 1);
}

static void the_rim_of_hello_is_what_its_file_says(void **state)
{
	(void)state;
	if (access(guest_path("hello"), R_OK) != 0)
		skip();
	assert_rim(guest_path("hello"), "", EVP_sha256(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_steps_match_known_vectors),
	        cmocka_unit_test(one_page_is_measured_with_every_hash),
	        cmocka_unit_test(pages_may_be_left_unmeasured),
	        cmocka_unit_test(segments_count_in_the_order_of_their_addresses),
	        cmocka_unit_test(ram_and_vcpus_that_wait_are_not_measured),
	        cmocka_unit_test(the_rim_of_hello_is_what_its_file_says),
	};

	return cmocka_run_group_tests_name("measured", tests, NULL, NULL);
}
