/* SPDX-License-Identifier: BSD-3-Clause */
/* What an ELF file says about an address: the symbol, and the instruction in words. */
#ifndef REALMKIT_GUEST_IMAGE_H
#define REALMKIT_GUEST_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest_image;

/* Reads a file. Returns NULL when it cannot; libhost says why when it loads it. */
struct guest_image *guest_image_open(const char *path);

void guest_image_close(struct guest_image *image);

/* "main+0x10", "main", or "" when no symbol is near. */
void guest_image_symbol(const struct guest_image *image, uint64_t addr, char *buf, size_t size);

/*
 * The instruction at an address, "smc #0"; its encoding in hexadecimal when nobody can decode it;
 * "" when the file has nothing there. Not for several threads at the same time.
 */
void guest_image_instruction(const struct guest_image *image, uint64_t addr, char *buf,
                             size_t size);

#endif
