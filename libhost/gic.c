/* SPDX-License-Identifier: BSD-3-Clause */
/* State of the interrupts, and their way into the list registers and back. */

#include <stdlib.h>
#include <string.h>

#include "gic.h"

/* ESR_EL2.ISS of a trapped MSR: Op0, Op2, Op1, CRn, CRm. */
#define ISS_SYS(op0, op1, crn, crm, op2)                                                           \
	((uint64_t)(op0) << 20 | (uint64_t)(op2) << 17 | (uint64_t)(op1) << 14 |                   \
	 (uint64_t)(crn) << 10 | (uint64_t)(crm) << 1)
#define ISS_SYS_MASK      ISS_SYS(3, 7, 15, 15, 7)
#define ISS_SYS_READ      UINT64_C(1)

#define ICC_DIR_EL1       ISS_SYS(3, 0, 12, 11, 1)
#define ICC_SGI1R_EL1     ISS_SYS(3, 0, 12, 11, 5)
#define ICC_ASGI1R_EL1    ISS_SYS(3, 0, 12, 11, 6)
#define ICC_SGI0R_EL1     ISS_SYS(3, 0, 12, 11, 7)

/* ICC_SGI1R_EL1 and its kin. */
#define SGIR_IRM          (UINT64_C(1) << 40)
#define SGIR_INTID(value) ((unsigned)((value) >> 24 & 0xf))
#define SGIR_RS(value)    ((unsigned)((value) >> 44 & 0xf))

static void init_irq(struct gic_irq *irq, unsigned intid, unsigned target)
{
	irq->intid = (uint16_t)intid;
	irq->target = (uint16_t)target;
	irq->holder = GIC_NO_CPU;
	irq->queued = GIC_NO_CPU;
	irq->group1 = true;
	irq->edge = intid < GIC_NUM_SGIS;
}

struct gic *gic_new(unsigned num_cpus, unsigned num_spis, gic_kick_fn *kick, void *arg)
{
	struct gic *gic = calloc(1, sizeof(*gic));

	if (gic == NULL)
		return NULL;
	gic->cpus = calloc(num_cpus, sizeof(gic->cpus[0]));
	gic->spis = calloc(num_spis, sizeof(gic->spis[0]));
	if (gic->cpus == NULL || gic->spis == NULL) {
		free(gic->cpus);
		free(gic->spis);
		free(gic);
		return NULL;
	}
	gic->num_cpus = num_cpus;
	gic->num_spis = num_spis;
	gic->kick = kick;
	gic->kick_arg = arg;
	pthread_mutex_init(&gic->lock, NULL);
	for (unsigned cpu = 0; cpu < num_cpus; cpu++) {
		gic->cpus[cpu].vmcr = ICH_VMCR_VFIQEN;
		for (unsigned i = 0; i < GIC_NUM_PRIVATE; i++)
			init_irq(&gic->cpus[cpu].irqs[i], i, cpu);
	}
	/* A route of zero is that to vCPU 0. */
	for (unsigned i = 0; i < num_spis; i++)
		init_irq(&gic->spis[i], GIC_NUM_PRIVATE + i, 0);
	return gic;
}

void gic_free(struct gic *gic)
{
	if (gic == NULL)
		return;
	pthread_mutex_destroy(&gic->lock);
	free(gic->cpus);
	free(gic->spis);
	free(gic);
}

void gic_lock(struct gic *gic)
{
	pthread_mutex_lock(&gic->lock);
}

/* Kicks happen when the lock is free: the callback takes locks that come before this one. */
void gic_unlock(struct gic *gic)
{
	uint64_t kicks[GIC_MAX_CPUS / 64];
	bool any = gic->any_kicks;

	if (any) {
		memcpy(kicks, gic->kicks, sizeof(kicks));
		memset(gic->kicks, 0, sizeof(gic->kicks));
		gic->any_kicks = false;
	}
	pthread_mutex_unlock(&gic->lock);
	if (!any)
		return;
	for (unsigned i = 0; i < GIC_MAX_CPUS / 64; i++)
		for (uint64_t set = kicks[i]; set != 0; set &= set - 1)
			gic->kick(gic->kick_arg, 64 * i + (unsigned)__builtin_ctzll(set));
}

static void kick_cpu(struct gic *gic, unsigned cpu)
{
	gic->kicks[cpu / 64] |= UINT64_C(1) << cpu % 64;
	gic->any_kicks = true;
}

void gic_kick_all(struct gic *gic)
{
	for (unsigned cpu = 0; cpu < gic->num_cpus; cpu++)
		if (gic->cpus[cpu].queued != 0)
			kick_cpu(gic, cpu);
}

struct gic_irq *gic_irq(struct gic *gic, unsigned cpu, unsigned intid)
{
	if (intid < GIC_NUM_PRIVATE)
		return &gic->cpus[cpu].irqs[intid];
	return intid - GIC_NUM_PRIVATE < gic->num_spis ? &gic->spis[intid - GIC_NUM_PRIVATE] : NULL;
}

bool gic_irq_is_pending(const struct gic_irq *irq)
{
	return irq->latch || (!irq->edge && irq->line);
}

static bool group_enabled(const struct gic *gic, const struct gic_irq *irq)
{
	return (gic->ctlr & (irq->group1 ? GICD_CTLR_ENABLE_GRP1 : GICD_CTLR_ENABLE_GRP0)) != 0;
}

/* Puts an interrupt into the queue of the vCPU that has to deal with it. */
static void requeue(struct gic *gic, struct gic_irq *irq)
{
	const uint64_t bit = UINT64_C(1) << irq->intid % 64;
	unsigned cpu = GIC_NO_CPU;

	if (irq->loaded || irq->active)
		cpu = irq->holder;
	else if (irq->enabled && gic_irq_is_pending(irq))
		cpu = irq->target;
	if (cpu == irq->queued)
		return;
	if (irq->queued != GIC_NO_CPU) {
		gic->cpus[irq->queued].queue[irq->intid / 64] &= ~bit;
		gic->cpus[irq->queued].queued--;
	}
	if (cpu != GIC_NO_CPU) {
		gic->cpus[cpu].queue[irq->intid / 64] |= bit;
		gic->cpus[cpu].queued++;
	}
	irq->queued = (uint16_t)cpu;
}

void gic_irq_changed(struct gic *gic, struct gic_irq *irq)
{
	requeue(gic, irq);
	if (irq->loaded)
		gic->cpus[irq->holder].stale = true;
	if (irq->queued != GIC_NO_CPU)
		kick_cpu(gic, irq->queued);
}

unsigned gic_cpu_of_affinity(const struct gic *gic, uint64_t affinity)
{
	/* 16 to a cluster, as RMI_REC_CREATE numbers RECs (B3.107). */
	uint64_t index = (affinity & 0xff) | (affinity >> 8 & 0xff) << 4 |
	                 (affinity >> 16 & 0xff) << 12 | (affinity >> 32 & 0xff) << 20;

	return (affinity & 0xf0) == 0 && index < gic->num_cpus ? (unsigned)index : GIC_NO_CPU;
}

/*
 * Calls fn for each interrupt in the queue of a vCPU, by ascending INTID, until it returns false.
 */
static void for_each_queued(struct gic *gic, unsigned cpu,
                            bool (*fn)(struct gic *gic, struct gic_irq *irq, void *arg), void *arg)
{
	const unsigned words = sizeof(gic->cpus[cpu].queue) / sizeof(gic->cpus[cpu].queue[0]);

	if (gic->cpus[cpu].queued == 0)
		return;
	for (unsigned i = 0; i < words; i++) {
		for (uint64_t set = gic->cpus[cpu].queue[i]; set != 0; set &= set - 1) {
			unsigned intid = 64 * i + (unsigned)__builtin_ctzll(set);

			if (!fn(gic, gic_irq(gic, cpu, intid), arg))
				return;
		}
	}
}

/* Flush. */

/* The interrupts that go to the list registers, most urgent first; and whether others wait. */
struct selection {
	struct gic_irq *irqs[RMI_ICH_MAX_LRS];
	unsigned count;
	unsigned max;
	bool pending_left;
	bool active_left;
};

static bool is_deliverable(const struct gic *gic, const struct gic_irq *irq)
{
	return irq->enabled && gic_irq_is_pending(irq) && group_enabled(gic, irq);
}

/*
 * By priority. At one priority, active ones come first: they are the next to be completed, and
 * their completion must find them.
 */
static bool is_more_urgent(const struct gic_irq *a, const struct gic_irq *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->active && !b->active;
}

static bool select_irq(struct gic *gic, struct gic_irq *irq, void *arg)
{
	struct selection *s = arg;
	unsigned at;

	if (!irq->active && !is_deliverable(gic, irq))
		return true;
	if (s->count == s->max) {
		struct gic_irq *last = s->irqs[s->max - 1];
		struct gic_irq *left = is_more_urgent(irq, last) ? last : irq;

		s->active_left |= left->active;
		s->pending_left |= !left->active;
		if (left == irq)
			return true;
		s->count--;
	}
	for (at = s->count++; at > 0 && is_more_urgent(irq, s->irqs[at - 1]); at--)
		s->irqs[at] = s->irqs[at - 1];
	s->irqs[at] = irq;
	return true;
}

/* Makes the value of a list register. */
static uint64_t load(struct gic *gic, struct gic_irq *irq, unsigned cpu)
{
	uint64_t lr = irq->intid | (uint64_t)irq->priority << ICH_LR_PRIORITY_SHIFT;

	if (irq->group1)
		lr |= ICH_LR_GROUP1;
	if (irq->active)
		lr |= ICH_LR_ACTIVE;
	/*
	 * The end of a level-sensitive interrupt is wanted, to look at its line again; it is not
	 * made pending before that, lest it is taken once too often.
	 */
	if (!irq->edge)
		lr |= ICH_LR_EOI;
	irq->lr_latched = false;
	if (is_deliverable(gic, irq) && (irq->edge || !irq->active)) {
		lr |= ICH_LR_PENDING;
		irq->lr_latched = irq->latch;
		irq->latch = false;
	}
	irq->loaded = true;
	irq->holder = (uint16_t)cpu;
	irq->drop_pending = false;
	irq->drop_active = false;
	irq->set_active = false;
	return lr;
}

void gic_flush(struct gic *gic, unsigned cpu, struct rmi_ich *ich)
{
	struct gic_cpu *gc = &gic->cpus[cpu];
	struct selection s = {.max = ICH_VTR_LRS(ich->vtr)};

	gic_lock(gic);
	if (!gc->asleep)
		for_each_queued(gic, cpu, select_irq, &s);
	for (unsigned i = 0; i < s.count; i++) {
		gc->lr[i] = s.irqs[i];
		ich->lr[i] = load(gic, s.irqs[i], cpu);
	}
	gc->num_loaded = s.count;
	gc->stale = false;
	ich->hcr = RMI_ICH_HCR_EN;
	/* With the last but one done there is room; a single register has to tell when it is free.
	 */
	if (s.pending_left && s.max > 1)
		ich->hcr |= ICH_HCR_UIE;
	else if (s.pending_left)
		ich->lr[0] |= ICH_LR_EOI;
	/* Completions that find no list register are counted, or leave the Realm. */
	if (s.active_left)
		ich->hcr |= ICH_HCR_LRENPIE | ICH_HCR_TDIR;
	ich->vmcr = gc->vmcr;
	memcpy(ich->ap0r, gc->ap0r, sizeof(gc->ap0r));
	memcpy(ich->ap1r, gc->ap1r, sizeof(gc->ap1r));
	gic_unlock(gic);
}

/* Sync. */

/* The most urgent active interrupt of a vCPU that had no list register. */
struct completion {
	struct gic_irq *irq;
};

static bool find_completed(struct gic *gic, struct gic_irq *irq, void *arg)
{
	struct completion *c = arg;

	(void)gic;
	if (irq->active && !irq->loaded && (c->irq == NULL || is_more_urgent(irq, c->irq)))
		c->irq = irq;
	return true;
}

/* Interrupts are completed in the order in which they were taken, the most urgent one first. */
static void complete_uncounted(struct gic *gic, unsigned cpu, unsigned count)
{
	for (; count > 0; count--) {
		struct completion c = {NULL};

		for_each_queued(gic, cpu, find_completed, &c);
		if (c.irq == NULL)
			return;
		c.irq->active = false;
		requeue(gic, c.irq);
	}
}

static void unload(struct gic *gic, struct gic_irq *irq, uint64_t lr)
{
	irq->loaded = false;
	if ((lr & ICH_LR_PENDING) != 0 && irq->lr_latched && !irq->drop_pending)
		irq->latch = true;
	irq->active = ((lr & ICH_LR_ACTIVE) != 0 && !irq->drop_active) || irq->set_active;
	requeue(gic, irq);
	/* Routed elsewhere meanwhile. */
	if (irq->queued != GIC_NO_CPU && irq->queued != irq->holder)
		kick_cpu(gic, irq->queued);
}

void gic_sync(struct gic *gic, unsigned cpu, struct rmi_ich *ich)
{
	struct gic_cpu *gc = &gic->cpus[cpu];

	gic_lock(gic);
	complete_uncounted(gic, cpu, ICH_HCR_EOICOUNT(ich->hcr));
	for (unsigned i = 0; i < gc->num_loaded; i++) {
		unload(gic, gc->lr[i], ich->lr[i]);
		ich->lr[i] = 0;
	}
	gc->num_loaded = 0;
	gc->stale = false;
	gc->vmcr = ich->vmcr;
	memcpy(gc->ap0r, ich->ap0r, sizeof(gc->ap0r));
	memcpy(gc->ap1r, ich->ap1r, sizeof(gc->ap1r));
	/* Nothing of it is left for the next REC on this PE. */
	ich->hcr = 0;
	ich->vmcr = 0;
	memset(ich->ap0r, 0, sizeof(ich->ap0r));
	memset(ich->ap1r, 0, sizeof(ich->ap1r));
	gic_unlock(gic);
}

void gic_reset_cpu(struct gic *gic, unsigned cpu)
{
	struct gic_cpu *gc = &gic->cpus[cpu];

	gic_lock(gic);
	gc->vmcr = ICH_VMCR_VFIQEN;
	memset(gc->ap0r, 0, sizeof(gc->ap0r));
	memset(gc->ap1r, 0, sizeof(gc->ap1r));
	gic_unlock(gic);
}

/* Waiting. */

struct wake {
	const struct gic_cpu *gc;
	bool found;
};

static bool find_wake(struct gic *gic, struct gic_irq *irq, void *arg)
{
	struct wake *w = arg;
	const uint64_t enable = irq->group1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0;

	if (is_deliverable(gic, irq) && !irq->active && (w->gc->vmcr & enable) != 0 &&
	    irq->priority < ICH_VMCR_VPMR(w->gc->vmcr))
		w->found = true;
	return !w->found;
}

bool gic_has_interrupt(struct gic *gic, unsigned cpu)
{
	struct wake w = {.gc = &gic->cpus[cpu]};

	gic_lock(gic);
	if (!w.gc->asleep)
		for_each_queued(gic, cpu, find_wake, &w);
	gic_unlock(gic);
	return w.found;
}

/* Sources. */

void gic_set_line(struct gic *gic, unsigned cpu, unsigned intid, bool level)
{
	struct gic_irq *irq;

	gic_lock(gic);
	irq = gic_irq(gic, cpu, intid);
	if (irq->line != level) {
		irq->line = level;
		irq->latch |= irq->edge && level;
		/* The fall of an edge-triggered line changes nothing. */
		if (!irq->edge || level)
			gic_irq_changed(gic, irq);
	}
	gic_unlock(gic);
}

static void send_sgi(struct gic *gic, unsigned cpu, unsigned intid, bool group1_too)
{
	struct gic_irq *irq = &gic->cpus[cpu].irqs[intid];

	/* Pending already: its vCPU knows. */
	if ((irq->group1 && !group1_too) || irq->latch)
		return;
	irq->latch = true;
	gic_irq_changed(gic, irq);
}

/* ICC_SGI1R_EL1 reaches both groups, since there is one Security state; the others Group 0. */
static void write_sgir(struct gic *gic, unsigned self, uint64_t value, bool group1_too)
{
	const unsigned intid = SGIR_INTID(value);
	/* Aff3, Aff2 and Aff1 as in GICD_IROUTER. */
	const uint64_t cluster =
	        (value >> 48 & 0xff) << 32 | (value >> 32 & 0xff) << 16 | (value >> 16 & 0xff) << 8;

	if ((value & SGIR_IRM) != 0) {
		for (unsigned cpu = 0; cpu < gic->num_cpus; cpu++)
			if (cpu != self)
				send_sgi(gic, cpu, intid, group1_too);
		return;
	}
	for (uint64_t set = value & 0xffff; set != 0; set &= set - 1) {
		uint64_t aff0 = 16 * SGIR_RS(value) + (unsigned)__builtin_ctzll(set);
		unsigned cpu = gic_cpu_of_affinity(gic, cluster | aff0);

		if (cpu != GIC_NO_CPU)
			send_sgi(gic, cpu, intid, group1_too);
	}
}

/* Deactivation that was trapped, since not all active interrupts have list registers. */
static void write_dir(struct gic *gic, unsigned cpu, uint64_t value)
{
	struct gic_irq *irq = gic_irq(gic, cpu, (unsigned)(value & 0xffffff));

	if (irq == NULL || !irq->active)
		return;
	irq->active = false;
	irq->drop_active = irq->loaded;
	gic_irq_changed(gic, irq);
}

bool gic_sysreg_write(struct gic *gic, unsigned cpu, uint64_t esr, uint64_t value)
{
	bool known = true;

	if ((esr & ISS_SYS_READ) != 0)
		return false;
	gic_lock(gic);
	switch (esr & ISS_SYS_MASK) {
	case ICC_SGI1R_EL1:
		write_sgir(gic, cpu, value, true);
		break;
	case ICC_ASGI1R_EL1:
	case ICC_SGI0R_EL1:
		write_sgir(gic, cpu, value, false);
		break;
	case ICC_DIR_EL1:
		write_dir(gic, cpu, value);
		break;
	default:
		known = false;
		break;
	}
	gic_unlock(gic);
	return known;
}
