/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "cmocka_test.h"
#include "gic_bench.h"

static void count_kick(void *arg, unsigned cpu)
{
	((struct bench *)arg)->kicks[cpu]++;
}

void bench_init(struct bench *b, unsigned lrs)
{
	memset(b, 0, sizeof(*b));
	b->gic = gic_new(BENCH_CPUS, BENCH_SPIS, count_kick, b);
	assert_non_null(b->gic);
	b->ich.vtr = lrs - 1;
	dist_write(b, CTLR, GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
}

void bench_fini(struct bench *b)
{
	gic_free(b->gic);
}

uint32_t dist_read(struct bench *b, unsigned offset)
{
	return (uint32_t)gic_dist_read(b->gic, offset, 4);
}

void dist_write(struct bench *b, unsigned offset, uint32_t value)
{
	gic_dist_write(b->gic, offset, 4, value);
}

uint32_t frame_read(struct bench *b, unsigned cpu, unsigned offset)
{
	return (uint32_t)gic_redist_read(b->gic, cpu, SGI_FRAME + offset, 4);
}

void frame_write(struct bench *b, unsigned cpu, unsigned offset, uint32_t value)
{
	gic_redist_write(b->gic, cpu, SGI_FRAME + offset, 4, value);
}

void enable(struct bench *b, unsigned cpu, unsigned intid, uint8_t priority)
{
	if (intid < GIC_NUM_PRIVATE) {
		gic_redist_write(b->gic, cpu, SGI_FRAME + IPRIORITYR + intid, 1, priority);
		frame_write(b, cpu, ISENABLER, 1u << intid);
	} else {
		gic_dist_write(b->gic, IPRIORITYR + intid, 1, priority);
		dist_write(b, ISENABLER + intid / 32 * 4, 1u << intid % 32);
	}
}

void enter(struct bench *b, unsigned cpu)
{
	gic_flush(b->gic, cpu, &b->ich);
}

void leave(struct bench *b, unsigned cpu)
{
	b->ich.hcr &= ~RMI_ICH_HCR_EN;
	gic_sync(b->gic, cpu, &b->ich);
}

unsigned ack(struct bench *b)
{
	uint64_t *best = NULL;

	for (unsigned i = 0; i < ICH_VTR_LRS(b->ich.vtr); i++) {
		uint64_t *lr = &b->ich.lr[i];

		if ((*lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) == ICH_LR_PENDING &&
		    (best == NULL || (*lr >> 48 & 0xff) < (*best >> 48 & 0xff)))
			best = lr;
	}
	if (best == NULL)
		return SPURIOUS;
	*best ^= ICH_LR_PENDING | ICH_LR_ACTIVE;
	return (uint32_t)*best;
}

void eoi(struct bench *b, unsigned intid)
{
	for (unsigned i = 0; i < ICH_VTR_LRS(b->ich.vtr); i++) {
		uint64_t *lr = &b->ich.lr[i];

		if ((*lr & ICH_LR_ACTIVE) != 0 && (uint32_t)*lr == intid) {
			*lr &= ~ICH_LR_ACTIVE;
			return;
		}
	}
	b->ich.hcr += UINT64_C(1) << ICH_HCR_EOICOUNT_SHIFT;
}

unsigned take_all(struct bench *b, unsigned cpu)
{
	unsigned count = 0;
	unsigned intid;

	enter(b, cpu);
	for (; (intid = ack(b)) != SPURIOUS; count++)
		eoi(b, intid);
	leave(b, cpu);
	return count;
}

unsigned valid_lrs(const struct bench *b)
{
	unsigned count = 0;

	for (unsigned i = 0; i < RMI_ICH_MAX_LRS; i++)
		count += (b->ich.lr[i] & (ICH_LR_PENDING | ICH_LR_ACTIVE)) != 0;
	return count;
}
