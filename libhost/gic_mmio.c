/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers of the distributor and the redistributors (IHI0069 12). What is not here, or not
 * accessed by the size that it has, reads as zero and ignores writes.
 */

#include "gic.h"

/* Distributor, and from GICD_IGROUPR to GICD_ICFGR the SGI frame of a redistributor, too. */
#define GICD_CTLR               0x0000u
#define GICD_TYPER              0x0004u
#define GICD_IIDR               0x0008u
#define GICD_IGROUPR            0x0080u
#define GICD_IPRIORITYR         0x0400u
#define GICD_ICFGR              0x0c00u
#define GICD_IROUTER            0x6000u
#define GICD_PIDR2              0xffe8u

/* GICD_CTLR */
#define CTLR_ENABLES            (GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1)
#define CTLR_ARE                (1u << 4)
#define CTLR_DS                 (1u << 6)
#define CTLR_RWP                (1u << 31)

/* GICD_TYPER: SPIs by 32, INTIDs of 10 bits, no routing to any vCPU. */
#define TYPER_IDBITS            (9u << 19)
#define TYPER_NO1N              (1u << 25)

/* GICD_IIDR and GICR_IIDR: implementer Arm; product and revision say that it is this one. */
#define IIDR                    0x5200043bu

/* GICD_PIDR2 and GICR_PIDR2: GICv3. */
#define PIDR2                   0x3bu

/* Redistributor, first frame. */
#define GICR_CTLR               0x0000u
#define GICR_IIDR               0x0004u
#define GICR_TYPER              0x0008u
#define GICR_WAKER              0x0014u
#define GICR_PIDR2              0xffe8u
/* The second frame. */
#define GICR_SGI_BASE           0x10000u

/* GICR_CTLR */
#define GICR_CTLR_RWP           (1u << 3)

/* GICR_TYPER: Last, Processor_Number, Affinity_Value. */
#define GICR_TYPER_LAST         (UINT64_C(1) << 4)
#define GICR_TYPER_NUMBER_SHIFT 8
#define GICR_TYPER_AFF_SHIFT    32

/* GICR_WAKER */
#define WAKER_PROCESSOR_SLEEP   (1u << 1)
#define WAKER_CHILDREN_ASLEEP   (1u << 2)

/* GICD_IROUTER<n>: Aff3 and Aff2 to Aff0. */
#define ROUTE_MASK              UINT64_C(0xff00ffffff)

/* What an access to registers of a kind looks at. */
struct view {
	struct gic *gic;
	unsigned cpu;   /* Whose private interrupts. */
	unsigned first; /* INTIDs that are visible. */
	unsigned end;
};

static struct gic_irq *visible(const struct view *v, unsigned intid)
{
	return intid >= v->first && intid < v->end ? gic_irq(v->gic, v->cpu, intid) : NULL;
}

/* Registers with a bit for each interrupt. */

static bool get_group(const struct gic_irq *irq)
{
	return irq->group1;
}

static bool get_enabled(const struct gic_irq *irq)
{
	return irq->enabled;
}

static bool get_active(const struct gic_irq *irq)
{
	return irq->active || irq->set_active;
}

/* What is in a list register counts as pending until it is known to be taken. */
static bool get_pending(const struct gic_irq *irq)
{
	return gic_irq_is_pending(irq) || (irq->loaded && irq->lr_latched && !irq->drop_pending);
}

static void write_group(struct gic_irq *irq, bool bit)
{
	irq->group1 = bit;
}

static void set_enabled(struct gic_irq *irq, bool bit)
{
	(void)bit;
	irq->enabled = true;
}

static void clear_enabled(struct gic_irq *irq, bool bit)
{
	(void)bit;
	irq->enabled = false;
}

static void set_pending(struct gic_irq *irq, bool bit)
{
	(void)bit;
	irq->latch = true;
}

static void clear_pending(struct gic_irq *irq, bool bit)
{
	(void)bit;
	irq->latch = false;
	irq->drop_pending = irq->loaded;
}

static void set_active(struct gic_irq *irq, bool bit)
{
	(void)bit;
	if (irq->loaded) {
		irq->set_active = true;
		irq->drop_active = false;
	} else if (!irq->active && irq->target != GIC_NO_CPU) {
		irq->active = true;
		irq->holder = irq->target;
	}
}

static void clear_active(struct gic_irq *irq, bool bit)
{
	(void)bit;
	irq->active = false;
	irq->set_active = false;
	irq->drop_active = irq->loaded;
}

/*
 * IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER, 0x80 bytes each. All but
 * the first act on the bits that are 1.
 */
static const struct {
	bool (*get)(const struct gic_irq *irq);
	void (*write)(struct gic_irq *irq, bool bit);
} bit_registers[] = {
        {get_group, write_group},   {get_enabled, set_enabled},   {get_enabled, clear_enabled},
        {get_pending, set_pending}, {get_pending, clear_pending}, {get_active, set_active},
        {get_active, clear_active},
};

static uint32_t read_bits(const struct view *v, unsigned offset)
{
	const unsigned kind = (offset - GICD_IGROUPR) / 0x80;
	const unsigned base = offset % 0x80 * 8;
	uint32_t value = 0;

	for (unsigned i = 0; i < 32; i++) {
		const struct gic_irq *irq = visible(v, base + i);

		if (irq != NULL && bit_registers[kind].get(irq))
			value |= 1u << i;
	}
	return value;
}

static void write_bits(const struct view *v, unsigned offset, uint32_t value)
{
	const unsigned kind = (offset - GICD_IGROUPR) / 0x80;
	const unsigned base = offset % 0x80 * 8;

	for (unsigned i = 0; i < 32; i++) {
		struct gic_irq *irq = visible(v, base + i);
		const bool bit = (value >> i & 1) != 0;

		if (irq == NULL || (kind != 0 && !bit) ||
		    (kind == 0 && bit_registers[0].get(irq) == bit))
			continue;
		bit_registers[kind].write(irq, bit);
		gic_irq_changed(v->gic, irq);
	}
}

/* Registers with a byte for each interrupt, and with two bits. */

static uint64_t read_priorities(const struct view *v, unsigned intid, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++) {
		const struct gic_irq *irq = visible(v, intid + i);

		if (irq != NULL)
			value |= (uint64_t)irq->priority << 8 * i;
	}
	return value;
}

static void write_priorities(const struct view *v, unsigned intid, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++) {
		struct gic_irq *irq = visible(v, intid + i);

		if (irq == NULL)
			continue;
		irq->priority = GIC_PRIORITY(value >> 8 * i);
		gic_irq_changed(v->gic, irq);
	}
}

static uint32_t read_config(const struct view *v, unsigned offset)
{
	const unsigned base = (offset - GICD_ICFGR) * 4;
	uint32_t value = 0;

	for (unsigned i = 0; i < 16; i++) {
		const struct gic_irq *irq = visible(v, base + i);

		if (irq != NULL && irq->edge)
			value |= 2u << 2 * i;
	}
	return value;
}

static void write_config(const struct view *v, unsigned offset, uint32_t value)
{
	const unsigned base = (offset - GICD_ICFGR) * 4;

	for (unsigned i = 0; i < 16; i++) {
		struct gic_irq *irq = visible(v, base + i);

		/* SGIs are edge-triggered. */
		if (irq == NULL || base + i < GIC_NUM_SGIS)
			continue;
		irq->edge = (value >> 2 * i & 2) != 0;
		gic_irq_changed(v->gic, irq);
	}
}

/* The registers that distributor and redistributors have in common. */

static bool is_bits(unsigned offset, unsigned size)
{
	return offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR && size == 4 && offset % 4 == 0;
}

static bool is_priority(unsigned offset, unsigned size)
{
	return offset >= GICD_IPRIORITYR && offset + size <= GICD_IPRIORITYR + 0x400 &&
	       (size == 1 || size == 4) && offset % size == 0;
}

static bool is_config(unsigned offset, unsigned size)
{
	return offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100 && size == 4 && offset % 4 == 0;
}

static uint64_t read_common(const struct view *v, unsigned offset, unsigned size)
{
	if (is_bits(offset, size))
		return read_bits(v, offset);
	if (is_priority(offset, size))
		return read_priorities(v, offset - GICD_IPRIORITYR, size);
	return is_config(offset, size) ? read_config(v, offset) : 0;
}

static void write_common(const struct view *v, unsigned offset, unsigned size, uint64_t value)
{
	if (is_bits(offset, size))
		write_bits(v, offset, (uint32_t)value);
	else if (is_priority(offset, size))
		write_priorities(v, offset - GICD_IPRIORITYR, size, value);
	else if (is_config(offset, size))
		write_config(v, offset, (uint32_t)value);
}

/* The distributor. */

static struct view dist_view(struct gic *gic)
{
	/* Affinity routing is on: private interrupts are in the redistributors only. */
	return (struct view){gic, 0, GIC_NUM_PRIVATE, GIC_NUM_PRIVATE + gic->num_spis};
}

static uint32_t dist_ctlr(const struct gic *gic)
{
	uint32_t value = gic->ctlr | CTLR_ARE | CTLR_DS;

	for (unsigned cpu = 0; cpu < gic->num_cpus; cpu++)
		if (gic->cpus[cpu].stale)
			value |= CTLR_RWP;
	return value;
}

static void write_dist_ctlr(struct gic *gic, uint32_t value)
{
	if (gic->ctlr == (value & CTLR_ENABLES))
		return;
	gic->ctlr = value & CTLR_ENABLES;
	for (unsigned cpu = 0; cpu < gic->num_cpus; cpu++)
		gic->cpus[cpu].stale |= gic->cpus[cpu].num_loaded != 0;
	gic_kick_all(gic);
}

static struct gic_irq *routed_irq(struct gic *gic, unsigned offset, unsigned size)
{
	const unsigned intid = (offset - GICD_IROUTER) / 8;

	if (offset < GICD_IROUTER || (size != 4 && size != 8) || offset % size != 0 ||
	    intid < GIC_NUM_PRIVATE)
		return NULL;
	return gic_irq(gic, 0, intid);
}

uint64_t gic_dist_read(struct gic *gic, uint64_t offset, unsigned size)
{
	const unsigned at = (unsigned)offset;
	const struct view v = dist_view(gic);
	const struct gic_irq *irq;
	uint64_t value;

	gic_lock(gic);
	irq = routed_irq(gic, at, size);
	if (irq != NULL)
		value = size == 8 ? irq->route : (uint32_t)(irq->route >> 8 * (at & 4));
	else if (size == 4 && at == GICD_CTLR)
		value = dist_ctlr(gic);
	else if (size == 4 && at == GICD_TYPER)
		value = TYPER_IDBITS | TYPER_NO1N | (gic->num_spis + 31) / 32;
	else if (size == 4 && at == GICD_IIDR)
		value = IIDR;
	else if (size == 4 && at == GICD_PIDR2)
		value = PIDR2;
	else
		value = read_common(&v, at, size);
	gic_unlock(gic);
	return value;
}

static void write_route(struct gic *gic, struct gic_irq *irq, uint64_t route)
{
	irq->route = route & ROUTE_MASK;
	irq->target = (uint16_t)gic_cpu_of_affinity(gic, irq->route);
	gic_irq_changed(gic, irq);
}

void gic_dist_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value)
{
	const unsigned at = (unsigned)offset;
	const struct view v = dist_view(gic);
	struct gic_irq *irq;

	gic_lock(gic);
	irq = routed_irq(gic, at, size);
	if (irq != NULL && size == 8)
		write_route(gic, irq, value);
	else if (irq != NULL && (at & 4) != 0)
		write_route(gic, irq, (uint32_t)irq->route | value << 32);
	else if (irq != NULL)
		write_route(gic, irq, (irq->route & ~UINT64_C(0xffffffff)) | (uint32_t)value);
	else if (size == 4 && at == GICD_CTLR)
		write_dist_ctlr(gic, (uint32_t)value);
	else
		write_common(&v, at, size, value);
	gic_unlock(gic);
}

/* A redistributor. */

static uint64_t redist_typer(const struct gic *gic, unsigned cpu)
{
	const uint64_t affinity = (cpu & 0xf) | (cpu >> 4 & 0xff) << 8;
	uint64_t value = affinity << GICR_TYPER_AFF_SHIFT | (uint64_t)cpu
	                                                            << GICR_TYPER_NUMBER_SHIFT;

	if (cpu == gic->num_cpus - 1)
		value |= GICR_TYPER_LAST;
	return value;
}

static uint64_t read_redist_control(const struct gic *gic, unsigned cpu, unsigned at, unsigned size)
{
	if ((at & ~4u) == GICR_TYPER && (size == 4 || (size == 8 && at == GICR_TYPER)))
		return size == 8 ? redist_typer(gic, cpu)
		                 : (uint32_t)(redist_typer(gic, cpu) >> 8 * (at & 4));
	if (size != 4)
		return 0;
	switch (at) {
	case GICR_CTLR:
		return gic->cpus[cpu].stale ? GICR_CTLR_RWP : 0;
	case GICR_IIDR:
		return IIDR;
	case GICR_WAKER:
		return gic->cpus[cpu].asleep ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
	case GICR_PIDR2:
		return PIDR2;
	default:
		return 0;
	}
}

static void write_waker(struct gic *gic, unsigned cpu, uint32_t value)
{
	gic->cpus[cpu].asleep = (value & WAKER_PROCESSOR_SLEEP) != 0;
	gic->cpus[cpu].stale |= gic->cpus[cpu].num_loaded != 0;
	gic_kick_all(gic);
}

uint64_t gic_redist_read(struct gic *gic, unsigned cpu, uint64_t offset, unsigned size)
{
	const struct view v = {gic, cpu, 0, GIC_NUM_PRIVATE};
	uint64_t value;

	gic_lock(gic);
	if (offset < GICR_SGI_BASE)
		value = read_redist_control(gic, cpu, (unsigned)offset, size);
	else
		value = read_common(&v, (unsigned)offset - GICR_SGI_BASE, size);
	gic_unlock(gic);
	return value;
}

void gic_redist_write(struct gic *gic, unsigned cpu, uint64_t offset, unsigned size, uint64_t value)
{
	const struct view v = {gic, cpu, 0, GIC_NUM_PRIVATE};

	gic_lock(gic);
	if (offset >= GICR_SGI_BASE)
		write_common(&v, (unsigned)offset - GICR_SGI_BASE, size, value);
	else if (offset == GICR_WAKER && size == 4)
		write_waker(gic, cpu, (uint32_t)value);
	gic_unlock(gic);
}
