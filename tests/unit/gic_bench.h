/* SPDX-License-Identifier: BSD-3-Clause */
/* A GIC on a bench: three vCPUs, and a fake PE that takes and completes what is on its registers.
 */
#ifndef TESTS_UNIT_GIC_BENCH_H
#define TESTS_UNIT_GIC_BENCH_H

#include <gic.h>

#define BENCH_CPUS 3u
#define BENCH_SPIS 64u
#define SPURIOUS   1023u

/* Offsets in the distributor, and in the second frame of a redistributor. */
#define CTLR       0x000u
#define TYPER      0x004u
#define IIDR       0x008u
#define IGROUPR    0x080u
#define ISENABLER  0x100u
#define ICENABLER  0x180u
#define ISPENDR    0x200u
#define ICPENDR    0x280u
#define ISACTIVER  0x300u
#define ICACTIVER  0x380u
#define IPRIORITYR 0x400u
#define ICFGR      0xc00u
#define IROUTER    0x6000u
#define PIDR2      0xffe8u
#define SGI_FRAME  0x10000u

struct bench {
	struct gic *gic;
	struct rmi_ich ich;
	unsigned kicks[BENCH_CPUS];
};

/* A GIC with both groups on, and a PE with this many list registers. */
void bench_init(struct bench *b, unsigned lrs);
void bench_fini(struct bench *b);

/* 32-bit accesses to the distributor, and to the second frame of a vCPU's redistributor. */
uint32_t dist_read(struct bench *b, unsigned offset);
void dist_write(struct bench *b, unsigned offset, uint32_t value);
uint32_t frame_read(struct bench *b, unsigned cpu, unsigned offset);
void frame_write(struct bench *b, unsigned cpu, unsigned offset, uint32_t value);

/* Enables an interrupt with a priority. */
void enable(struct bench *b, unsigned cpu, unsigned intid, uint8_t priority);

/* The vCPU is entered on the PE, and leaves it. */
void enter(struct bench *b, unsigned cpu);
void leave(struct bench *b, unsigned cpu);

/* What the vCPU does: takes the most urgent pending interrupt; completes one. */
unsigned ack(struct bench *b);
void eoi(struct bench *b, unsigned intid);

/* Enters, takes and completes interrupts until there is none, and leaves. @return how many */
unsigned take_all(struct bench *b, unsigned cpu);

/* List registers that hold something. */
unsigned valid_lrs(const struct bench *b);

#endif
