/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mistakes of the user: one line on standard error that says what is wrong, where and what is
 * allowed, nothing on standard output, exit status 2 for the command line and 1 for the rest.
 * Under AddressSanitizer the leak checker makes the status another one if anything is left behind.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka_test.h>

#include "image.h"
#include "spawn.h"

static void assert_complaint(const char *line, int status, const char *pattern)
{
	struct spawned run = spawn_line(line);
	const char *end = strchr(run.err, '\n');

	if (run.status != status)
		fail_msg("%s: expected status %d, got %d\n%s", line, status, run.status, run.err);
	if (fnmatch(pattern, run.err, 0) != 0)
		fail_msg("%s: expected \"%s\", got \"%s\"", line, pattern, run.err);
	if (end == NULL || end[1] != '\0')
		fail_msg("%s: more or less than one line: \"%s\"", line, run.err);
	assert_string_equal(run.out, "");
	spawned_free(&run);
}

static void a_mistyped_command_line_is_explained(void **state)
{
	static const struct {
		const char *line;
		const char *complaint;
	} rows[] = {
	        {"rnu x.elf", "realmkit: unknown subcommand \"rnu\" (did you mean \"run\"? known: "
	                      "run, inspect, info, conformance, token, serve, help)*"},
	        {"help frobnicate", "realmkit: unknown subcommand \"frobnicate\" (known: *)*"},
	        {"run", "realmkit: run: no image (usage: *)*"},
	        {"run a.elf b.elf", "realmkit: run: more than one image (usage: *)*"},
	        {"run x.elf --rma 4M", "realmkit: run: unknown option \"--rma\" (did you mean "
	                               "\"--ram\"? known: --backend, *)*"},
	        {"run x.elf --frobnicate=3", "realmkit: run: unknown option \"--frobnicate\" "
	                                     "(known: *)*"},
	        {"run x.elf -x", "realmkit: run: unknown option \"-x\" (known: *)*"},
	        {"run x.elf --cpus", "realmkit: run: option \"--cpus\" needs a value*"},
	        {"run x.elf --measure=no", "realmkit: run: option \"--measure\" takes no value*"},
	        {"run x.elf --cpus 0", "realmkit: --cpus: \"0\" is not allowed (allowed: 1 to *)*"},
	        {"run x.elf --cpus many", "realmkit: --cpus: \"many\" is not allowed (*)*"},
	        {"run x.elf --cpus 1x", "realmkit: --cpus: \"1x\" is not allowed (*)*"},
	        {"run x.elf --ram 10", "realmkit: --ram: \"10\" is not allowed (allowed: 4 KiB to "
	                               "*, a multiple of 4K, suffixes K M G T)*"},
	        {"run x.elf --ram 99999999T", "realmkit: --ram: \"99999999T\" is not allowed (*)*"},
	        {"run x.elf --ram -4K", "realmkit: --ram: \"-4K\" is not allowed (*)*"},
	        {"run x.elf --ipa-bits 31", "realmkit: --ipa-bits: \"31\" is not allowed (allowed: "
	                                    "32 to 52)*"},
	        {"inspect", "realmkit: inspect: no image (usage: *)*"},
	        {"inspect a.elf b.elf", "realmkit: inspect: more than one image (usage: *)*"},
	        {"inspect x.elf --at soon", "realmkit: --at: \"soon\" is not allowed (allowed: "
	                                    "populated, activated, exit:N, end)*"},
	        {"inspect x.elf --at exit:0", "realmkit: --at=exit: \"0\" is not allowed (*)*"},
	        {"inspect x.elf --format png", "realmkit: --format: \"png\" is not allowed "
	                                       "(allowed: text, json, svg)*"},
	        {"inspect x.elf --what is", "realmkit: --what: \"is\" is not allowed (allowed: "
	                                    "memory, rtt, all)*"},
	        {"inspect x.elf -o", "realmkit: inspect: option \"-o\" needs a value*"},
	        {"run x.elf -o y", "realmkit: run: unknown option \"-o\" (known: *)*"},
	        {"run x.elf --hash md5", "realmkit: --hash: \"md5\" is not allowed (allowed: "
	                                 "sha256, sha384, sha512)*"},
	        {"run x.elf --timeout 0", "realmkit: --timeout: \"0\" is not allowed (*)*"},
	        {"info now", "realmkit: info: unexpected argument \"now\" (*)*"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_complaint(rows[i].line, 2, rows[i].complaint);
}

static void a_wrong_backend_is_explained(void **state)
{
	static const struct {
		const char *line;
		const char *complaint;
	} rows[] = {
	        {"info --backend modle", "realmkit: unknown backend \"modle\" (did you mean "
	                                 "\"model\"? known: model, *"},
	        {"info --backend model:drams=1G", "realmkit: model: unknown key \"drams\" (did you "
	                                          "mean \"dram\"? known: dram, *)*"},
	        {"run x.elf --backend model:drams=1G", "realmkit: model: unknown key \"drams\" "
	                                               "(did you mean \"dram\"? *)*"},
	        {"info --backend model:spec=1.0", "realmkit: model: *spec*1.0*2.0-bet1*2.0-bet3*"},
	        {"info --backend model:pes=0", "realmkit: model: *pes*0*"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_complaint(rows[i].line, 1, rows[i].complaint);
}

/* "run FILE" with a complaint that names the file. */
static void assert_bad_file(const char *path, const char *options, const char *complaint)
{
	char line[1024], pattern[1024];

	(void)snprintf(line, sizeof(line), "run %s %s", path, options);
	(void)snprintf(pattern, sizeof(pattern), "realmkit: %s: %s\n", path, complaint);
	assert_complaint(line, 1, pattern);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	assert_bad_file(REALMKIT_SCRATCH "/no-such-file.elf", "", "No such file or directory");
	assert_bad_file(REALMKIT_SCRATCH, "", "Is a directory");
	assert_bad_file("/dev/null", "", "not a regular file");
}

static void a_file_that_is_no_aarch64_image_is_named(void **state)
{
	static const char text[] = "#!/bin/sh\necho hello\n";
	struct image image = image_init();

	(void)state;
	assert_bad_file(scratch_file("script.sh", text, sizeof(text) - 1), "", "*ELF*");
	assert_bad_file(scratch_file("empty.elf", text, 0), "", "not an ELF file");
	image.ehdr.e_machine = EM_X86_64;
	assert_bad_file(image_write(&image, "x86.elf"), "", "*AArch64*");
	image = image_init();
	image.ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	assert_bad_file(image_write(&image, "elf32.elf"), "", "not AArch64: class 1*");
	image = image_init();
	image.ehdr.e_ident[EI_DATA] = ELFDATA2MSB;
	assert_bad_file(image_write(&image, "big_endian.elf"), "", "not AArch64: *");
	image = image_init();
	image.ehdr.e_type = ET_REL;
	assert_bad_file(image_write(&image, "object.elf"), "",
	                "not a static executable: its type is 1 (relocatable), wanted is 2");
	image = image_init();
	image.num_segs = 0;
	assert_bad_file(image_write(&image, "no_segments.elf"), "", "nothing to load in it");
}

static void a_damaged_image_is_named(void **state)
{
	struct image image = image_init();

	(void)state;
	image.cut = 0x800;
	assert_bad_file(image_write(&image, "cut_in_segment.elf"), "",
	                "segment 0: *beyond the end of the file*");
	image.cut = 0x2000 - sizeof(Elf64_Ehdr) - 8;
	assert_bad_file(image_write(&image, "cut_in_headers.elf"), "", "*");
	image.cut = 0x2000 - 10;
	assert_bad_file(image_write(&image, "cut_in_ident.elf"), "", "not an ELF file");
	image = image_init();
	image.ehdr.e_phoff = UINT64_MAX - 8;
	assert_bad_file(image_write(&image, "headers_nowhere.elf"), "", "*");
	image = image_init();
	image.segs[0].memsz = 8;
	assert_bad_file(image_write(&image, "file_larger_than_memory.elf"), "", "segment 0: *");
}

static void segments_must_lie_in_ram(void **state)
{
	struct image image = image_init();

	(void)state;
	image.segs[0].addr = 0x1000;
	assert_bad_file(image_write(&image, "below_ram.elf"), "", "*0x1000*0x40000000*");
	image.segs[0].addr = IMAGE_BASE + (64 << 20);
	assert_bad_file(image_write(&image, "behind_ram.elf"), "", "*0x44000000*");
	image.segs[0].addr = UINT64_MAX - 0xfff;
	assert_bad_file(image_write(&image, "at_the_end_of_time.elf"), "", "segment 0 *");
	image = image_init();
	image.segs[0].memsz = 2 << 20;
	assert_bad_file(image_write(&image, "too_large.elf"), "--ram 1M", "*0x40100000*");
	image = image_init();
	image.segs[0].memsz = UINT64_MAX - 0x1000;
	assert_bad_file(image_write(&image, "huge.elf"), "", "segment 0 *");
	image = image_init();
	image.ehdr.e_entry = 0x1000;
	assert_bad_file(image_write(&image, "entry_nowhere.elf"), "",
	                "its entry point 0x1000 is in no segment");
}

static void segments_must_not_overlap(void **state)
{
	struct image image = image_init();

	(void)state;
	image.num_segs = 2;
	image.segs[0].memsz = 0x3000;
	image.segs[1] = (struct image_segment){IMAGE_BASE + 0x2000, 0x100, 0x100};
	assert_bad_file(image_write(&image, "overlap.elf"), "",
	                "segment 1 at [[]0x40002000, 0x40002100) overlaps segment 0 at "
	                "[[]0x40000000, 0x40003000)");
}

static void a_realm_that_cannot_be_had_is_explained(void **state)
{
	static const struct {
		const char *options;
		const char *complaint;
	} rows[] = {
	        {"--backend model:s2sz=36 --ipa-bits 40", "realmkit: *40*32 to 36*"},
	        {"--backend model:hash=sha256 --hash sha512",
	         "realmkit: --hash: \"sha512\" is not allowed (allowed: sha256)*"},
	        {"--ipa-bits 32 --ram 2G", "realmkit: RAM at 0x40000000 *0x80000000*"},
	        {"--cpus 3 --backend model:max_recs_order=1",
	         "realmkit: vCPU 1: the RMM allows 1*"},
	        {"--backend model:dram=1M",
	         "realmkit: *large.elf: needs 512 pages, and * are left\n"},
	        {"--backend model:spec=2.0-bet1,dram=1M",
	         "realmkit: *large.elf: needs 512 pages, and * are left\n"},
	        {"--trace=/no/such/folder/trace",
	         "realmkit: --trace=/no/such/folder/trace: No such file or directory\n"},
	};
	struct image image = image_init();
	const char *path;

	(void)state;
	image.segs[0].memsz = 2 << 20;
	path = image_write(&image, "large.elf");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[1024];

		(void)snprintf(line, sizeof(line), "run %s %s", path, rows[i].options);
		assert_complaint(line, 1, rows[i].complaint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_mistyped_command_line_is_explained),
	        cmocka_unit_test(a_wrong_backend_is_explained),
	        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
	        cmocka_unit_test(a_file_that_is_no_aarch64_image_is_named),
	        cmocka_unit_test(a_damaged_image_is_named),
	        cmocka_unit_test(segments_must_lie_in_ram),
	        cmocka_unit_test(segments_must_not_overlap),
	        cmocka_unit_test(a_realm_that_cannot_be_had_is_explained),
	};

	return cmocka_run_group_tests_name("bad_input", tests, NULL, NULL);
}
