/* SPDX-License-Identifier: BSD-3-Clause */
/* flags: -march=armv8.1-a */
/* Every atomic operation on every size, as instructions of FEAT_LSE. */
#include "program.h"

#define ALL(type)                                                                                  \
	static void all_##type(uint64_t seed)                                                      \
	{                                                                                          \
		static type memory;                                                                \
		type v = (type)seed, expected;                                                     \
                                                                                                   \
		put("%lx ", (uint64_t)__atomic_fetch_add(&memory, v, __ATOMIC_RELAXED));           \
		put("%lx ",                                                                        \
		    (uint64_t)__atomic_fetch_sub(&memory, (type)(v * 3), __ATOMIC_ACQUIRE));       \
		put("%lx ", (uint64_t)__atomic_fetch_and(&memory, (type)~v, __ATOMIC_RELEASE));    \
		put("%lx ",                                                                        \
		    (uint64_t)__atomic_fetch_or(&memory, (type)(v << 1), __ATOMIC_ACQ_REL));       \
		put("%lx ", (uint64_t)__atomic_fetch_xor(&memory, v, __ATOMIC_SEQ_CST));           \
		put("%lx ", (uint64_t)__atomic_fetch_nand(&memory, v, __ATOMIC_SEQ_CST));          \
		put("%lx ",                                                                        \
		    (uint64_t)__atomic_exchange_n(&memory, (type)(v + 7), __ATOMIC_ACQUIRE));      \
		put("%lx ", (uint64_t)__atomic_add_fetch(&memory, 1, __ATOMIC_RELEASE));           \
		expected = (type)(v + 8);                                                          \
		put("%d ", __atomic_compare_exchange_n(&memory, &expected, v, false,               \
		                                       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));       \
		put("%d ", __atomic_compare_exchange_n(&memory, &expected, 5, false,               \
		                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));       \
		put("%lx ", (uint64_t)expected);                                                   \
		__atomic_store_n(&memory, (type)(v ^ 0x55), __ATOMIC_RELEASE);                     \
		put("%lx\n", (uint64_t)__atomic_load_n(&memory, __ATOMIC_ACQUIRE));                \
	}

ALL(uint8_t)
ALL(uint16_t)
ALL(uint32_t)
ALL(uint64_t)

static uint64_t extreme(unsigned operation, uint64_t *memory, uint64_t v)
{
	uint64_t old;

	switch (operation) {
	case 0:
		__asm__ volatile("ldsmax %2, %0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	case 1:
		__asm__ volatile("ldsminal %2, %0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	case 2:
		__asm__ volatile("ldumaxb %w2, %w0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	case 3:
		__asm__ volatile("lduminh %w2, %w0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	case 4:
		__asm__ volatile("ldsmaxlb %w2, %w0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	case 5:
		__asm__ volatile("ldsminah %w2, %w0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	case 6:
		__asm__ volatile("ldumax %w2, %w0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	default:
		__asm__ volatile("swpalh %w2, %w0, %1" : "=&r"(old), "+Q"(*memory) : "r"(v));
		break;
	}
	return old;
}

void program(void)
{
	uint64_t state = 3, memory = 0x8000800080008000;

	for (unsigned i = 0; i < 20; i++) {
		uint64_t seed = next_random(&state);

		all_uint8_t(seed);
		all_uint16_t(seed);
		all_uint32_t(seed);
		all_uint64_t(seed);
		for (unsigned j = 0; j < 8; j++)
			put("%lx ", extreme(j, &memory, next_random(&state) >> (i * 3)));
		put("%lx\n", memory);
	}
}
