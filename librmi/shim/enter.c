// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMI_REC_ENTER with the virtual CPU interface. Its registers are physically shared with the RMM,
 * which only clears ICH_HCR_EL2.En on exit (A6.1): so they are filled in, used and emptied in one
 * section without interrupts on one CPU.
 */

#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/arch_timer.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "shim.h"

#define FOR_EACH_LR(X)                                                                             \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static u64 read_lr(unsigned int n)
{
	switch (n) {
#define READ_LR(i)                                                                                 \
	case i:                                                                                    \
		return read_sysreg_s(SYS_ICH_LR##i##_EL2);
		FOR_EACH_LR(READ_LR)
#undef READ_LR
	}
	return 0;
}

static void write_lr(unsigned int n, u64 value)
{
	switch (n) {
#define WRITE_LR(i)                                                                                \
	case i:                                                                                    \
		write_sysreg_s(value, SYS_ICH_LR##i##_EL2);                                        \
		break;
		FOR_EACH_LR(WRITE_LR)
#undef WRITE_LR
	}
}

/* Active priorities: as many registers as there are preemption bits for. */
static unsigned int num_aprs(void)
{
	unsigned int bits = (shim_rmm.ich_vtr >> 26 & 7) + 1;

	return bits >= 7 ? 4 : bits == 6 ? 2 : 1;
}

static void read_aprs(struct rmi_shim_ich *ich)
{
	ich->ap0r[0] = read_sysreg_s(SYS_ICH_AP0R0_EL2);
	ich->ap1r[0] = read_sysreg_s(SYS_ICH_AP1R0_EL2);
	if (num_aprs() >= 2) {
		ich->ap0r[1] = read_sysreg_s(SYS_ICH_AP0R1_EL2);
		ich->ap1r[1] = read_sysreg_s(SYS_ICH_AP1R1_EL2);
	}
	if (num_aprs() == 4) {
		ich->ap0r[2] = read_sysreg_s(SYS_ICH_AP0R2_EL2);
		ich->ap1r[2] = read_sysreg_s(SYS_ICH_AP1R2_EL2);
		ich->ap0r[3] = read_sysreg_s(SYS_ICH_AP0R3_EL2);
		ich->ap1r[3] = read_sysreg_s(SYS_ICH_AP1R3_EL2);
	}
}

static void write_aprs(const struct rmi_shim_ich *ich)
{
	write_sysreg_s(ich->ap0r[0], SYS_ICH_AP0R0_EL2);
	write_sysreg_s(ich->ap1r[0], SYS_ICH_AP1R0_EL2);
	if (num_aprs() >= 2) {
		write_sysreg_s(ich->ap0r[1], SYS_ICH_AP0R1_EL2);
		write_sysreg_s(ich->ap1r[1], SYS_ICH_AP1R1_EL2);
	}
	if (num_aprs() == 4) {
		write_sysreg_s(ich->ap0r[2], SYS_ICH_AP0R2_EL2);
		write_sysreg_s(ich->ap1r[2], SYS_ICH_AP1R2_EL2);
		write_sysreg_s(ich->ap0r[3], SYS_ICH_AP0R3_EL2);
		write_sysreg_s(ich->ap1r[3], SYS_ICH_AP1R3_EL2);
	}
}

static void load(const struct rmi_shim_ich *ich)
{
	for (unsigned int i = 0; i < shim_rmm.num_lrs; i++)
		write_lr(i, ich->lr[i]);
	write_aprs(ich);
	write_sysreg_s(ich->vmcr, SYS_ICH_VMCR_EL2);
	write_sysreg_s(ich->hcr, SYS_ICH_HCR_EL2);
	isb();
}

static void save(struct rmi_shim_ich *ich)
{
	ich->hcr = read_sysreg_s(SYS_ICH_HCR_EL2);
	ich->misr = read_sysreg_s(SYS_ICH_MISR_EL2);
	ich->eisr = read_sysreg_s(SYS_ICH_EISR_EL2);
	ich->elrsr = read_sysreg_s(SYS_ICH_ELRSR_EL2);
	ich->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	for (unsigned int i = 0; i < shim_rmm.num_lrs; i++)
		ich->lr[i] = read_lr(i);
	read_aprs(ich);
}

static void clear(u64 host_vmcr)
{
	static const struct rmi_shim_ich nothing;

	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	for (unsigned int i = 0; i < shim_rmm.num_lrs; i++)
		write_lr(i, 0);
	write_aprs(&nothing);
	write_sysreg_s(host_vmcr, SYS_ICH_VMCR_EL2);
	isb();
}

static void nothing_to_do(struct irq_work *work)
{
}

/* An interrupt that is pending when the REC is entered makes it exit at once. */
static DEFINE_PER_CPU(struct irq_work, kick_work) = IRQ_WORK_INIT_HARD(nothing_to_do);

static int enter(struct shim_pe *pe, struct rmi_shim_enter *enter)
{
	struct smccc_regs regs;
	unsigned long flags;
	u64 host_vmcr;
	int err;

	memcpy(regs.x, enter->call.x, sizeof(regs.x));
	local_irq_save(flags);
	WRITE_ONCE(pe->cpu, smp_processor_id());
	/* Against shim_kick(): one of both sees what the other has written. */
	smp_mb();
	if (READ_ONCE(pe->kicked))
		irq_work_queue(this_cpu_ptr(&kick_work));
	host_vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	load(&enter->ich);
	err = shim_smc(enter->call.pe, &regs);
	save(&enter->ich);
	clear(host_vmcr);
	WRITE_ONCE(pe->cpu, SHIM_NO_CPU);
	if (rmi_status(regs.x[0]) == RMI_SUCCESS)
		WRITE_ONCE(pe->kicked, 0);
	local_irq_restore(flags);
	memcpy(enter->call.x, regs.x, sizeof(regs.x));
	return err;
}

int shim_enter(struct shim_file *sf, struct rmi_shim_enter *args)
{
	bool owned;
	int err;

	if (args->call.pe >= shim_rmm.num_pes || args->call.reserved ||
	    (u32)args->call.x[0] != SMC_RMI_REC_ENTER)
		return -EINVAL;
	if (shim_loopback_is_server())
		return -EDEADLK;
	args->call.x[0] = (u32)args->call.x[0];
	down_read(&sf->chunks_lock);
	mutex_lock(&sf->lock);
	owned = shim_chunk_of(sf, args->call.x[1]) && shim_chunk_of(sf, args->call.x[2]);
	mutex_unlock(&sf->lock);
	if (!owned)
		err = -EPERM;
	else if (shim_rmm.loopback)
		err = shim_loopback_enter(args);
	else
		err = enter(&sf->pes[args->call.pe], args);
	up_read(&sf->chunks_lock);
	return err;
}

static void interrupted(void *unused)
{
}

int shim_kick(struct shim_file *sf, unsigned int pe)
{
	int cpu;

	if (pe >= shim_rmm.num_pes)
		return -EINVAL;
	if (shim_rmm.loopback)
		return shim_loopback_kick(pe);
	WRITE_ONCE(sf->pes[pe].kicked, 1);
	smp_mb();
	cpu = READ_ONCE(sf->pes[pe].cpu);
	if (cpu != SHIM_NO_CPU)
		smp_call_function_single(cpu, interrupted, NULL, 0);
	return 0;
}

/* Without EL2 there is no such interface to be touched. */
int shim_ich_init(void)
{
	if (!is_kernel_in_hyp_mode()) {
		pr_info("rmi-shim: the kernel does not run at EL2\n");
		return -ENODEV;
	}
	if (system_uses_irq_prio_masking()) {
		pr_info("rmi-shim: not with pseudo-NMIs (irqchip.gicv3_pseudo_nmi=0)\n");
		return -EOPNOTSUPP;
	}
	shim_rmm.ich_vtr = read_sysreg_s(SYS_ICH_VTR_EL2);
	shim_rmm.num_lrs = (shim_rmm.ich_vtr & 0xf) + 1;
	shim_rmm.num_pes = min_t(unsigned int, num_possible_cpus(), SHIM_MAX_PES);
	shim_rmm.counter_hz = arch_timer_get_cntfrq();
	return 0;
}
