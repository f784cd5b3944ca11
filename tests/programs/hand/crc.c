/* SPDX-License-Identifier: BSD-3-Clause */
/* flags: -march=armv8-a+crc */
/* CRC-32 by bits, by table, by the instructions of FEAT_CRC32. */
#include "program.h"

static uint32_t by_bits(uint32_t poly, uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (unsigned i = 0; i < 8; i++)
		crc = crc >> 1 ^ (crc & 1 ? poly : 0);
	return crc;
}

void program(void)
{
	uint32_t table[256], a = ~0u, b = ~0u, c = ~0u, d = ~0u, e = ~0u;
	uint64_t state = 99;

	for (unsigned i = 0; i < 256; i++)
		table[i] = by_bits(0xedb88320, 0, (uint8_t)i);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t word = next_random(&state);

		for (unsigned j = 0; j < 8; j++) {
			uint8_t byte = (uint8_t)(word >> (8 * j));

			a = by_bits(0xedb88320, a, byte);
			b = table[(b ^ byte) & 255] ^ b >> 8;
			d = by_bits(0x82f63b78, d, byte);
		}
		if (i & 1) {
			c = __builtin_aarch64_crc32x(c, word);
			e = __builtin_aarch64_crc32cx(e, word);
		} else {
			c = __builtin_aarch64_crc32w(c, (uint32_t)word);
			c = __builtin_aarch64_crc32h(c, (uint16_t)(word >> 32));
			c = __builtin_aarch64_crc32b(c, (uint8_t)(word >> 48));
			c = __builtin_aarch64_crc32b(c, (uint8_t)(word >> 56));
			e = __builtin_aarch64_crc32cb(e, (uint8_t)word);
			e = __builtin_aarch64_crc32cb(e, (uint8_t)(word >> 8));
			e = __builtin_aarch64_crc32ch(e, (uint16_t)(word >> 16));
			e = __builtin_aarch64_crc32cw(e, (uint32_t)(word >> 32));
		}
		if (i % 50 == 0)
			put("%x %x %x %x %x\n", a, b, c, d, e);
	}
	put("%s\n", a == b && b == c && d == e ? "agree" : "differ");
}
