/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_REC_ENTER (DEN0137 B4.5.51): runs a REC until it exits. */
#include "spoil.h"

/* What the REC of the base stores, and where: no memory is mapped there. */
#define STORED UINT64_C(0x1122334455667788)

enum {
	NOTE_STORE, /* The REC that is entered. */
	NOTE_SPIN,
	NOTE_OFF, /* Not runnable. */
	NOTE_CPU_ON,
};

static void base(struct world *w)
{
	const uint64_t nothing[8] = {0};
	struct small_realm *r = &w->realm;

	world_realm(w);
	world_load(w);
	w->note[NOTE_STORE] = WORLD_REC(w, GUEST_STORE, STORED, WORLD_UNPROT(w));
	w->note[NOTE_SPIN] = WORLD_REC(w, GUEST_SPIN, 1, WORLD_UNPROT(w));
	world_must(w, small_rec(r, WORLD_GUEST_IPA(w, GUEST_TELL), 0, nothing), "RMI_REC_CREATE");
	w->note[NOTE_OFF] = r->recs[r->num_recs - 1];
	w->note[NOTE_CPU_ON] =
	        WORLD_REC(w, GUEST_SMC, SMC64_PSCI_CPU_ON, rmi_rec_mpidr(2), WORLD_CODE_IPA(w));
	world_activate(w);
	/* A REC that waits for an interrupt exits. */
	small_run(r)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	WORLD_CALL(w, SMC_RMI_REC_ENTER, w->note[NOTE_STORE], r->run);
}

static void run_align(struct world *w)
{
	w->regs.x[2] += 8;
}

static void run_pas(struct world *w)
{
	w->regs.x[2] = world_delegated(w);
}

static void rec_align(struct world *w)
{
	w->regs.x[1] += 1;
}

static void realm_state(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_TERMINATE, w->realm.rd), "RMI_REALM_TERMINATE");
}

static void rec_state(struct world *w)
{
	world_run(w, w->note[NOTE_SPIN]);
	w->regs.x[1] = w->note[NOTE_SPIN];
}

static void rec_runnable(struct world *w)
{
	w->regs.x[1] = w->note[NOTE_OFF];
}

/* The last exit was no emulatable abort: there was none. */
static void rec_mmio(struct world *w)
{
	small_run(&w->realm)->enter.flags |= RMI_REC_ENTER_FLAGS_EMUL_MMIO;
}

static void rec_gicv3(struct world *w)
{
	struct rmi_ich *ich = rmi_pe_ich(w->pe);
	unsigned last = (unsigned)(ich->vtr & 0x1f);

	ich->lr[last] |= RMI_ICH_LR_HW;
}

static void rec_pending(struct world *w)
{
	world_exit(w, w->note[NOTE_CPU_ON], RMI_EXIT_PSCI);
	w->regs.x[1] = w->note[NOTE_CPU_ON];
}

/* A4.3.4.3: a data abort that the Host can emulate. */
static void exit_is_told(struct world *w)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;

	world_equal(w, exit->exit_reason, RMI_EXIT_SYNC, "exit_reason");
	world_equal(w, exit->esr >> 26, 0x24, "ESR_EL2.EC");
	world_equal(w, exit->hpfar, (WORLD_UNPROT(w) >> 12) << 4, "hpfar");
	world_equal(w, exit->gprs[0], STORED, "gprs[0]");
}

static uint64_t enter_emulated(struct world *w)
{
	small_run(&w->realm)->enter.flags =
	        RMI_REC_ENTER_FLAGS_TRAP_WFI | RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	return world_enter(w, w->note[NOTE_STORE]);
}

/* The Host may emulate an emulatable abort, and nothing else. */
static void abort_is_emulatable(struct world *w)
{
	world_must(w, enter_emulated(w), "RMI_REC_ENTER with an abort to emulate");
	world_equal(w, small_run(&w->realm)->exit.esr >> 26, 0x01, "ESR_EL2.EC of the WFI");
	world_equal(w, enter_emulated(w), rmi_result(RMI_ERROR_REC),
	            "X0 of RMI_REC_ENTER with a WFI to emulate");
}

static const struct conformance_row rows[] = {
        FAILS(run_align, run_align),
        FAILS(run_pas, run_pas),
        FAILS(rec_align, rec_align),
        FAILS(rec_bound, spoil_rd_bound),
        FAILS(rec_gran_state, spoil_rd_state),
        FAILS(realm_state, realm_state),
        FAILS(rec_state, rec_state),
        FAILS(rec_runnable, rec_runnable),
        FAILS(rec_mmio, rec_mmio),
        FAILS(rec_gicv3, rec_gicv3),
        FAILS(rec_pending, rec_pending),
        HOLDS(rec_exit, exit_is_told),
        HOLDS(rec_emul_abt, abort_is_emulatable),
        {0},
};

const struct conformance_command conformance_rec_enter = {
        .name = "RMI_REC_ENTER",
        .base = base,
        .rows = rows,
};
