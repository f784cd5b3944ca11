/* SPDX-License-Identifier: BSD-3-Clause */
/* FP and SIMD state of a REC: where it starts, and that exits and entries leave it alone. */
#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_realm.h"

#define SYS_CPACR_EL1        SYS(3, 0, 1, 0, 2)
#define SYS_FPCR             SYS(3, 3, 4, 4, 0)
#define SYS_FPSR             SYS(3, 3, 4, 4, 1)
#define FPEN                 (UINT64_C(3) << 20)

/* Low and high half of a V register to and from a general register. */
#define FMOV_FROM_V(rd, vn)  (UINT32_C(0x9e660000) | (vn) << 5 | (rd))
#define FMOV_FROM_VH(rd, vn) (UINT32_C(0x9eae0000) | (vn) << 5 | (rd))
#define FMOV_TO_V(vd, rn)    (UINT32_C(0x9e670000) | (rn) << 5 | (vd))
#define FMOV_TO_VH(vd, rn)   (UINT32_C(0x9eaf0000) | (rn) << 5 | (vd))

/* Shows a register to the Host: an exit with its value in gprs[0]. */
#define SHOW(rt)             MSR(SYS_ICC_SGI1R_EL1, rt)

#define OPEN(r, x1, x2, ...)                                                                       \
	rec_open_code(r, NULL, (const uint32_t[]){__VA_ARGS__},                                    \
	              sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),                  \
	              (const uint64_t[8]){FPEN, x1, x2})

static uint64_t shown(struct rec_realm *r)
{
	assert_int_equal(rec_run(r), RMI_EXIT_SYNC);
	assert_int_equal(r->exit->esr >> 26, 0x18);
	return r->exit->gprs[0];
}

static void a_new_rec_has_zeros_everywhere(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, 0, 0, MSR(SYS_CPACR_EL1, 0), MRS(3, SYS_FPCR), SHOW(3), MRS(3, SYS_FPSR), SHOW(3),
	     FMOV_FROM_V(3, 0), SHOW(3), FMOV_FROM_VH(3, 31), SHOW(3));
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(shown(&r), 0);
	rec_close(&r);
}

static void fp_state_survives_exit_and_entry(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, UINT64_C(0x0123456789abcdef), UINT64_C(0x07c00000), MSR(SYS_CPACR_EL1, 0),
	     MSR(SYS_FPCR, 2), MOVZ(4, 0x9f), MSR(SYS_FPSR, 4), FMOV_TO_V(0, 1), FMOV_TO_VH(31, 1),
	     SHOW(XZR), MRS(3, SYS_FPCR), SHOW(3), MRS(3, SYS_FPSR), SHOW(3), FMOV_FROM_V(3, 0),
	     SHOW(3), FMOV_FROM_VH(3, 31), SHOW(3));
	assert_int_equal(shown(&r), 0);
	assert_int_equal(shown(&r), 0x07c00000);
	assert_int_equal(shown(&r), 0x9f);
	assert_int_equal(shown(&r), UINT64_C(0x0123456789abcdef));
	assert_int_equal(shown(&r), UINT64_C(0x0123456789abcdef));
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_new_rec_has_zeros_everywhere),
	        cmocka_unit_test(fp_state_survives_exit_and_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
