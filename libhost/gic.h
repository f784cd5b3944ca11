/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A GICv3 (IHI0069) in software, but for the CPU interfaces, which are those of the PEs: what is
 * pending and active is written to the list registers before a vCPU is entered, and read back
 * after.
 *
 * It knows nothing of Realms: vCPUs are numbers, and there is a callback that wakes one.
 */
#ifndef LIBHOST_GIC_H
#define LIBHOST_GIC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <host/gic.h>
#include <rmi/pe.h>

#define GIC_NUM_SGIS           16u
#define GIC_NUM_PRIVATE        32u
#define GIC_MAX_INTIDS         1020u
#define GIC_MAX_CPUS           512u
#define GIC_NO_CPU             UINT16_MAX

/* Priorities have five bits, as the virtual CPU interface has at least. */
#define GIC_PRIORITY(p)        ((uint8_t)((p)&0xf8u))

/* GICD_CTLR */
#define GICD_CTLR_ENABLE_GRP0  (1u << 0)
#define GICD_CTLR_ENABLE_GRP1  (1u << 1)

/* ICH_LR<n>_EL2 */
#define ICH_LR_EOI             (UINT64_C(1) << 41)
#define ICH_LR_PRIORITY_SHIFT  48
#define ICH_LR_GROUP1          (UINT64_C(1) << 60)
#define ICH_LR_PENDING         (UINT64_C(1) << 62)
#define ICH_LR_ACTIVE          (UINT64_C(1) << 63)

/* ICH_HCR_EL2 */
#define ICH_HCR_UIE            (UINT64_C(1) << 1)
#define ICH_HCR_LRENPIE        (UINT64_C(1) << 2)
#define ICH_HCR_TDIR           (UINT64_C(1) << 14)
#define ICH_HCR_EOICOUNT_SHIFT 27
#define ICH_HCR_EOICOUNT(hcr)  ((unsigned)((hcr) >> ICH_HCR_EOICOUNT_SHIFT & 0x1f))

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0         (UINT64_C(1) << 0)
#define ICH_VMCR_VENG1         (UINT64_C(1) << 1)
#define ICH_VMCR_VFIQEN        (UINT64_C(1) << 3)
#define ICH_VMCR_VPMR(vmcr)    ((uint8_t)((vmcr) >> 24))

/* ICH_VTR_EL2 */
#define ICH_VTR_LRS(vtr)       ((unsigned)((vtr)&0x1f) + 1)

/* One interrupt: a private one of a vCPU, or an SPI. */
struct gic_irq {
	uint16_t intid;
	uint16_t target; /* vCPU that it goes to, or GIC_NO_CPU. */
	uint16_t holder; /* vCPU whose list registers hold it, or where it is active. */
	uint16_t queued; /* vCPU in whose queue it is, or GIC_NO_CPU. */
	uint8_t priority;
	bool group1;
	bool enabled;
	bool edge;
	bool line;  /* Level of its line. */
	bool latch; /* Pending, whatever the line. */
	bool active;
	/* In a list register of the holder, which may be running: what is here may be old. */
	bool loaded;
	bool lr_latched;   /* The latch has gone to the list register. */
	bool drop_pending; /* Changes to make when it comes back. */
	bool drop_active;
	bool set_active;
	uint64_t route; /* GICD_IROUTER<n> */
};

/* What there is of a vCPU. */
struct gic_cpu {
	struct gic_irq irqs[GIC_NUM_PRIVATE];
	uint64_t queue[(GIC_MAX_INTIDS + 63) / 64]; /* By INTID: pending and enabled, or active. */
	unsigned queued;
	bool asleep; /* GICR_WAKER.ProcessorSleep */
	bool stale;  /* It must leave the Realm for a change to take effect: RWP. */
	/* While it is in the Realm. */
	struct gic_irq *lr[RMI_ICH_MAX_LRS];
	unsigned num_loaded;
	/* While it is not: its CPU interface. */
	uint64_t vmcr;
	uint64_t ap0r[4];
	uint64_t ap1r[4];
};

/* Wakes a vCPU, or brings it out of the Realm. Called without locks. */
typedef void gic_kick_fn(void *arg, unsigned cpu);

struct gic {
	pthread_mutex_t lock; /* All that follows. A leaf. */
	gic_kick_fn *kick;
	void *kick_arg;
	unsigned num_cpus;
	unsigned num_spis;
	uint32_t ctlr;                     /* GICD_CTLR: the group enables. */
	uint64_t kicks[GIC_MAX_CPUS / 64]; /* vCPUs to kick when the lock is free. */
	bool any_kicks;
	struct gic_irq *spis;
	struct gic_cpu *cpus;
};

/* gic.c */

/* NULL: no memory. */
struct gic *gic_new(unsigned num_cpus, unsigned num_spis, gic_kick_fn *kick, void *arg);
void gic_free(struct gic *gic);

/* Interrupts of a vCPU into its PE's list registers, before an entry. */
void gic_flush(struct gic *gic, unsigned cpu, struct rmi_ich *ich);

/* And back, after the exit; the list registers are empty then. */
void gic_sync(struct gic *gic, unsigned cpu, struct rmi_ich *ich);

/* The CPU interface of a vCPU as it is out of reset. */
void gic_reset_cpu(struct gic *gic, unsigned cpu);

/* Whether there is an interrupt that ends a WFI. */
bool gic_has_interrupt(struct gic *gic, unsigned cpu);

/* Sets a line. cpu counts for private interrupts; both must be good. */
void gic_set_line(struct gic *gic, unsigned cpu, unsigned intid, bool level);

/* An access to a system register that left the Realm. False: not one of the GIC's. */
bool gic_sysreg_write(struct gic *gic, unsigned cpu, uint64_t esr, uint64_t value);

/* For gic_mmio.c, between these two. */
void gic_lock(struct gic *gic);
void gic_unlock(struct gic *gic);

/* The interrupt with an INTID as a vCPU sees it; NULL: there is none. */
struct gic_irq *gic_irq(struct gic *gic, unsigned cpu, unsigned intid);

/* Whether it is pending. */
bool gic_irq_is_pending(const struct gic_irq *irq);

/* Puts an interrupt into the queue where it belongs, and has its vCPU look. */
void gic_irq_changed(struct gic *gic, struct gic_irq *irq);

/* Has every vCPU look that has something to look at. */
void gic_kick_all(struct gic *gic);

/* vCPU with this affinity, in the layout of GICD_IROUTER; GIC_NO_CPU. */
unsigned gic_cpu_of_affinity(const struct gic *gic, uint64_t affinity);

/* gic_mmio.c: accesses to the distributor, and to a redistributor's two frames. */
uint64_t gic_dist_read(struct gic *gic, uint64_t offset, unsigned size);
void gic_dist_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value);
uint64_t gic_redist_read(struct gic *gic, unsigned cpu, uint64_t offset, unsigned size);
void gic_redist_write(struct gic *gic, unsigned cpu, uint64_t offset, unsigned size,
                      uint64_t value);

#endif
