/* SPDX-License-Identifier: BSD-3-Clause */
/* flags: -march=armv8.5-a */
/* Flags by instruction: ADCS, SBCS, CCMP, RMIF, SETF, CFINV, AXFLAG, XAFLAG. */
#include "program.h"

#define FLAGS(name, insns)                                                                         \
	__attribute__((noinline)) static uint64_t name(uint64_t a, uint64_t b, uint64_t nzcv)      \
	{                                                                                          \
		uint64_t flags;                                                                    \
                                                                                                   \
		__asm__ volatile("msr nzcv, %3\n\t" insns "\n\tmrs %0, nzcv"                       \
		                 : "=r"(flags), "+r"(a)                                            \
		                 : "r"(b), "r"(nzcv << 28)                                         \
		                 : "cc", "x9");                                                    \
		return flags ^ a;                                                                  \
	}

FLAGS(adcs, "adcs %1, %1, %2")
FLAGS(sbcs, "sbcs %1, %1, %2")
FLAGS(adcs_w, "adcs %w1, %w1, %w2")
FLAGS(sbcs_w, "sbcs %w1, %w1, %w2")
FLAGS(ccmp, "ccmp %1, %2, #5, ge")
FLAGS(ccmn, "ccmn %w1, #7, #10, hi")
FLAGS(bics, "bics %1, %1, %2, ror #7")
FLAGS(adds, "adds %1, %1, %w2, sxth #3")
FLAGS(subs, "subs %w1, %w1, %w2, uxtb #2")
FLAGS(rmif, "rmif %1, #13, #9")
FLAGS(setf, "setf8 %w1\n\tmrs x9, nzcv\n\teor %1, %1, x9\n\tsetf16 %w2")
FLAGS(cfinv, "cfinv")
FLAGS(axflag, "axflag")
FLAGS(xaflag, "xaflag")

void program(void)
{
	static uint64_t (*const all[])(uint64_t, uint64_t, uint64_t) = {
	        adcs, sbcs, adcs_w, sbcs_w, ccmp,  ccmn,   bics,
	        adds, subs, rmif,   setf,   cfinv, axflag, xaflag};
	uint64_t state = 17;

	for (unsigned i = 0; i < 14; i++) {
		uint64_t hash = 0;

		for (unsigned j = 0; j < 200; j++) {
			uint64_t a = next_random(&state) >> (j % 65 & 63), b = next_random(&state);

			hash = hash * 31 + all[i](a, j % 3 ? b : a, j % 16);
		}
		put("%u %lx\n", i, hash);
	}
}
