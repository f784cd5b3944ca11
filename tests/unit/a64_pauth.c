/* SPDX-License-Identifier: BSD-3-Clause */
/* Pointer authentication: what is signed comes back, what was changed is noticed. */
#include <stdlib.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

#define EC_PAUTH          0x1c

#define TCR_TBI0          (UINT64_C(1) << 37)

#define SCTLR_ENABLE      (UINT64_C(1) << 31 | UINT64_C(1) << 30 | UINT64_C(1) << 27 | UINT64_C(1) << 13)

/* Key: 0 IA, 1 IB, 2 DA, 3 DB. */
#define PAC(key, rd, rn)  (0xdac10000 | (uint32_t)(key) << 10 | (rn) << 5 | (rd))
#define AUT(key, rd, rn)  (0xdac11000 | (uint32_t)(key) << 10 | (rn) << 5 | (rd))
#define PACZ(key, rd)     (0xdac123e0 | (uint32_t)(key) << 10 | (rd))
#define AUTZ(key, rd)     (0xdac133e0 | (uint32_t)(key) << 10 | (rd))
#define XPACI(rd)         (0xdac143e0 | (rd))
#define XPACD(rd)         (0xdac147e0 | (rd))
#define PACGA(rd, rn, rm) (0x9ac03000 | (rm) << 16 | (rn) << 5 | (rd))
#define HINT(number)      (0xd503201f | (uint32_t)(number) << 5)
#define LDRA(key, pre, imm, rn, rt)                                                                \
	(0xf8200400 | (uint32_t)(key) << 23 | ((uint32_t)(imm)&0x200) << 13 |                      \
	 ((uint32_t)(imm)&0x1ff) << 12 | (uint32_t)(pre) << 11 | (rn) << 5 | (rt))

/* The bits above a VA of 48 bits but for bit 55. */
#define CODE_BITS UINT64_C(0xff7f000000000000)

static int setup(void **state)
{
	struct box *box;

	if (box_setup(state) != 0)
		return -1;
	box = *state;
	for (unsigned i = 0; i < 10; i++)
		box->cpu.regs.sysreg[GUEST_APIAKEYLO_EL1 + i] =
		        UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= SCTLR_ENABLE;
	box->cpu.regs.x[1] = VA + 0x10;
	box->cpu.regs.x[2] = 0x1234;
	return 0;
}

static void a_signed_pointer_is_authenticated_with_its_key_and_modifier(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned key = 0; key < 4; key++) {
		regs->x[1] = VA + 0x10;
		RUN(box, PAC(key, 1, 2), ADD(3, 1, 0), AUT(key, 1, 2), ADD(4, 3, 0), XPACI(4));
		assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + 4 * 5);
		assert_int_equal(regs->x[1], VA + 0x10);
		assert_int_not_equal(regs->x[3], VA + 0x10);
		assert_int_equal(regs->x[3] & ~CODE_BITS, VA + 0x10);
		assert_int_equal(regs->x[4], VA + 0x10);
		/* The same with a modifier of zero and with one of SP. */
		RUN(box, PACZ(key, 1), ADD(3, 1, 0), AUTZ(key, 1), PAC(key, 1, SP),
		    AUT(key, 1, SP));
		assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + 4 * 5);
		assert_int_equal(regs->x[1], VA + 0x10);
	}
}

static void a_wrong_pointer_is_an_exception_that_names_the_key(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned key = 0; key < 4; key++) {
		regs->x[1] = VA;
		regs->pstate = GUEST_PSTATE_RESET;
		RUN(box, PAC(key, 1, 2), ADD(1, 1, 8), AUT(key, 1, 2));
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(EC_PAUTH, key));
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 8);
		/* A good pointer that was never signed. */
		regs->x[1] = VA;
		RUN(box, AUT(key, 1, 2));
		assert_int_equal(regs->pc, HANDLER_SPX);
	}
}

static void another_key_or_modifier_does_not_authenticate(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned other = 1; other < 4; other++) {
		regs->x[1] = VA;
		regs->pstate = GUEST_PSTATE_RESET;
		RUN(box, PAC(0, 1, 2), AUT(other, 1, 2));
		assert_int_equal(regs->pc, HANDLER_SPX);
	}
	regs->x[1] = VA;
	RUN(box, PAC(0, 1, 2), ADD(2, 2, 1), AUT(0, 1, 2));
	assert_int_equal(regs->pc, HANDLER_SPX);
}

static void without_its_enable_a_key_does_nothing(void **state)
{
	static const uint64_t enables[] = {UINT64_C(1) << 31, UINT64_C(1) << 30, UINT64_C(1) << 27,
	                                   UINT64_C(1) << 13};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned key = 0; key < 4; key++) {
		regs->sysreg[GUEST_SCTLR_EL1] &= ~enables[key];
		RUN(box, PAC(key, 1, 2), ADD(3, 1, 0), AUT(key, 1, 2));
		assert_int_equal(regs->pc, MACHINE_BASE + 12);
		assert_int_equal(regs->x[3], VA + 0x10);
	}
}

static void pointers_to_the_upper_half_stay_there(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t pointer = UINT64_C(0xfffffff012345678);

	regs->sysreg[GUEST_TCR_EL1] |= UINT64_C(25) << 16;
	regs->x[1] = pointer;
	RUN(box, PAC(2, 1, 2), ADD(3, 1, 0), AUT(2, 1, 2), ADD(4, 3, 0), XPACD(4));
	assert_int_equal(regs->x[1], pointer);
	assert_int_equal(regs->x[4], pointer);
	assert_int_not_equal(regs->x[3], pointer);
	assert_true((regs->x[3] >> 55) & 1);
}

static void a_tag_is_signed_and_kept(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t tag = UINT64_C(0x5a) << 56;

	regs->sysreg[GUEST_TCR_EL1] |= TCR_TBI0;
	regs->x[1] = VA | tag;
	RUN(box, PAC(2, 1, 2), ADD(3, 1, 0), AUT(2, 1, 2));
	assert_int_equal(regs->x[1], VA | tag);
	assert_int_equal(regs->x[3] & UINT64_C(0xff) << 56, tag);
	/* Another tag, the same code. */
	regs->x[1] = regs->x[3] ^ UINT64_C(1) << 56;
	RUN(box, AUT(2, 1, 2));
	assert_int_equal(regs->pc, HANDLER_SPX);
}

static void hints_sign_the_link_register_and_x17(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t signed_by_hint[4];

	regs->x[16] = 0x99;
	/* PACIASP, PACIBSP, then PACIAZ, PACIBZ; the AUT forms are four further on. */
	for (unsigned i = 0; i < 4; i++) {
		uint32_t hint = 25 - (i >> 1) + 2 * (i & 1);

		regs->x[30] = VA;
		RUN(box, HINT(hint), ADD(3, 30, 0), HINT(hint + 4), ADD(4, 3, 0));
		assert_int_equal(regs->pc, MACHINE_BASE + 16);
		assert_int_equal(regs->x[30], VA);
		signed_by_hint[i] = regs->x[3];
		assert_int_not_equal(regs->x[3], VA);
		regs->x[30] = regs->x[3];
		RUN(box, HINT(7) /* XPACLRI */);
		assert_int_equal(regs->x[30], VA);
	}
	assert_int_not_equal(signed_by_hint[0], signed_by_hint[1]);
	for (unsigned key = 0; key < 2; key++) {
		regs->x[17] = VA;
		regs->x[1] = VA;
		/* PACIA1716, AUTIA1716 */
		RUN(box, HINT(8 + 2 * key), ADD(3, 17, 0), HINT(12 + 2 * key), PAC(key, 1, 16));
		assert_int_equal(regs->x[17], VA);
		assert_int_equal(regs->x[1], regs->x[3]);
	}
}

static void the_generic_code_is_in_the_upper_word(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	RUN(box, PACGA(3, 1, 2), PACGA(4, 1, 2), PACGA(5, 2, 1), PACGA(6, 1, SP));
	assert_int_equal(regs->x[3], regs->x[4]);
	assert_int_equal((uint32_t)regs->x[3], 0);
	assert_int_not_equal(regs->x[3], 0);
	assert_int_not_equal(regs->x[3], regs->x[5]);
	assert_int_not_equal(regs->x[3], regs->x[6]);
	regs->sysreg[GUEST_APGAKEYHI_EL1] ^= 1;
	RUN(box, PACGA(4, 1, 2));
	assert_int_not_equal(regs->x[3], regs->x[4]);
}

static void branches_authenticate_their_target(void **state)
{
	static const struct {
		uint32_t key, branch;
		bool links, zero;
	} cases[] = {
	        {0, 0xd71f0822, false, false}, /* BRAA X1, X2 */
	        {1, 0xd71f0c22, false, false}, /* BRAB */
	        {0, 0xd73f0822, true, false},  /* BLRAA */
	        {1, 0xd73f0c22, true, false},  /* BLRAB */
	        {0, 0xd61f083f, false, true},  /* BRAAZ X1 */
	        {1, 0xd61f0c3f, false, true},  /* BRABZ */
	        {0, 0xd63f083f, true, true},   /* BLRAAZ */
	        {1, 0xd63f0c3f, true, true},   /* BLRABZ */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t sign = cases[i].zero ? PACZ(cases[i].key, 1) : PAC(cases[i].key, 1, 2);

		regs->pstate = GUEST_PSTATE_RESET;
		regs->x[1] = MACHINE_BASE + 16;
		regs->x[30] = 0;
		RUN(box, sign, cases[i].branch, SMC(1), SMC(2));
		assert_int_equal(regs->pc, MACHINE_BASE + 16);
		assert_int_equal(regs->x[30], cases[i].links ? MACHINE_BASE + 8 : 0);
		RUN(box, NOP, cases[i].branch, SMC(1), SMC(2));
		regs->x[1] = MACHINE_BASE + 16;
		RUN(box, NOP, cases[i].branch, SMC(1), SMC(2));
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
	}
}

static void returns_authenticate_with_sp(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned key = 0; key < 2; key++) {
		uint32_t retaa = 0xd65f0bff | key << 10, eretaa = 0xd69f0bff | key << 10;

		regs->pstate = GUEST_PSTATE_RESET;
		regs->x[30] = MACHINE_BASE + 16;
		RUN(box, HINT(25 + 2 * key), retaa, SMC(1), SMC(2));
		assert_int_equal(regs->pc, MACHINE_BASE + 16);
		/* ELR_EL1 of a signed X30. */
		regs->sysreg[GUEST_SPSR_EL1] = GUEST_PSTATE_RESET | GUEST_PSTATE_Z;
		regs->x[30] = MACHINE_BASE + 20;
		RUN(box, HINT(25 + 2 * key), MSR(SYS(3, 0, 4, 0, 1), 30), eretaa, SMC(1), SMC(2));
		assert_int_equal(regs->pc, MACHINE_BASE + 20);
		assert_true(regs->pstate & GUEST_PSTATE_Z);
		regs->sysreg[GUEST_ELR_EL1] = MACHINE_BASE + 20;
		RUN(box, eretaa);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(EC_PAUTH, key));
	}
}

static void loads_authenticate_their_base(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, DATA + 0x108, 11);
	box_set(box, DATA + 0xf0, 22);
	for (unsigned key = 0; key < 2; key++) {
		regs->x[1] = VA + 0x100;
		RUN(box, PACZ(2 + key, 1), LDRA(key, 0, 1, 1, 3), LDRA(key, 1, -2, 1, 4));
		assert_int_equal(regs->pc, MACHINE_BASE + 12);
		assert_int_equal(regs->x[3], 11);
		assert_int_equal(regs->x[4], 22);
		assert_int_equal(regs->x[1], VA + 0xf0);
		RUN(box, LDRA(key, 0, 0, 1, 3));
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(EC_PAUTH, 2 + key));
		regs->pstate = GUEST_PSTATE_RESET;
	}
	/* The farthest, which is not mapped: nothing is written. */
	regs->x[1] = VA;
	RUN(box, PACZ(2, 1), ADD(5, 1, 0), LDRA(0, 1, -512, 1, 4));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x07));
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA - 4096);
	assert_int_equal(regs->x[1], regs->x[5]);
}

static void a_load_with_an_odd_stack_pointer_faults_first(void **state)
{
	struct box *box = *state;

	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= 1 << 3;
	box->cpu.regs.sp_el1 = VA + 8;
	RUN(box, LDRA(0, 0, 0, SP, 3));
	assert_int_equal(box->cpu.regs.sysreg[GUEST_ESR_EL1], ESR(0x26, 0));
}

static void keys_can_be_written_and_read(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned i = 0; i < 10; i++) {
		regs->x[0] = 0x1111 * (i + 1);
		RUN(box, MSR(SYS(3, 0, 2, 1 + i / 4, i % 4), 0),
		    MRS(1, SYS(3, 0, 2, 1 + i / 4, i % 4)));
		assert_int_equal(regs->x[1], 0x1111 * (i + 1));
		assert_int_equal(regs->sysreg[GUEST_APIAKEYLO_EL1 + i], 0x1111 * (i + 1));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_signed_pointer_is_authenticated_with_its_key_and_modifier),
	        TEST(a_wrong_pointer_is_an_exception_that_names_the_key),
	        TEST(another_key_or_modifier_does_not_authenticate),
	        TEST(without_its_enable_a_key_does_nothing),
	        TEST(pointers_to_the_upper_half_stay_there),
	        TEST(a_tag_is_signed_and_kept),
	        TEST(hints_sign_the_link_register_and_x17),
	        TEST(the_generic_code_is_in_the_upper_word),
	        TEST(branches_authenticate_their_target),
	        TEST(returns_authenticate_with_sp),
	        TEST(loads_authenticate_their_base),
	        TEST(a_load_with_an_odd_stack_pointer_faults_first),
	        TEST(keys_can_be_written_and_read),
	};

	return cmocka_run_group_tests_name("a64_pauth", tests, NULL, NULL);
}
