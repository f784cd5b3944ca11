/* SPDX-License-Identifier: BSD-3-Clause */
/* ELF files made by hand: good ones with a few instructions, and every kind of bad one. */
#ifndef TESTS_TOOL_IMAGE_H
#define TESTS_TOOL_IMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_BASE     UINT64_C(0x40000000)
#define IMAGE_MAX_SIZE 0x8000
#define IMAGE_MAX_SEGS 3

/* A segment. Its content is the image's text, as much as fits; the rest is zero. */
struct image_segment {
	uint64_t addr;
	uint64_t filesz;
	uint64_t memsz;
};

/* What a file is made of. Start from image_init(). */
struct image {
	Elf64_Ehdr ehdr;
	struct image_segment segs[IMAGE_MAX_SEGS];
	unsigned num_segs;
	const void *text;
	size_t text_size;
	size_t cut; /* Bytes to leave off at the end. */
};

/* A good image: one page at IMAGE_BASE that calls PSCI SYSTEM_OFF. */
struct image image_init(void);

/* Writes the file; its path stays valid until the next one is written. */
const char *image_write(const struct image *image, const char *name);

/* Instructions. */
enum {
	A64_SMC = 0xd4000003,
	A64_B_SELF = 0x14000000,
	A64_B_BACK = 0x17ffffff,          /* To the instruction before. */
	A64_B_BACK_2 = 0x17fffffe,        /* To the one before that. */
	A64_STR_X0_X1 = 0xf9000020,       /* str x0, [x1] */
	A64_ADD_X1_ONE_PAGE = 0x91400421, /* add x1, x1, #0x1000 */
	A64_WFI = 0xd503207f,
};

/* movz wD, #imm and movk wD, #imm, lsl #16; they clear the upper half of xD. */
#define A64_MOVZ(rd, imm)   (UINT32_C(0x52800000) | (uint32_t)(imm) << 5 | (uint32_t)(rd))
#define A64_MOVK16(rd, imm) (UINT32_C(0x72a00000) | (uint32_t)(imm) << 5 | (uint32_t)(rd))

/* Both: xD = a 32-bit value. */
#define A64_MOV(rd, value)  A64_MOVZ(rd, (value)&0xffff), A64_MOVK16(rd, (value) >> 16)

#endif
