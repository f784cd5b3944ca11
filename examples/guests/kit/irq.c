/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts: the GICv3 (IHI0069), and who handles what. */
#include "guest.h"

/* Distributor. */
#define GICD_CTLR       0x0000
#define GICD_IPRIORITYR 0x0400
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000
#define CTLR_RWP        (UINT32_C(1) << 31)
#define CTLR_ENABLE_G1  (UINT32_C(1) << 1)

/* Redistributor: the second frame has the registers of private interrupts. */
#define GICR_CTLR       0x0000
#define GICR_WAKER      0x0014
#define GICR_SGI_BASE   0x10000
#define GICR_CTLR_RWP   (UINT32_C(1) << 3)
#define WAKER_SLEEP     (UINT32_C(1) << 1)
#define WAKER_ASLEEP    (UINT32_C(1) << 2)

#define NUM_SGIS        16
#define NUM_PRIVATE     32
#define NUM_INTIDS      (NUM_PRIVATE + PLATFORM_NUM_SPIS)
#define FIRST_SPECIAL   1020

static struct {
	irq_handler *fn;
	void *arg;
} handlers[NUM_INTIDS];

void kit_irq(struct kit_frame *frame);

/* The registers with a word for each 32 interrupts: where those of an interrupt are. */
static char *bank(unsigned intid)
{
	if (intid >= NUM_PRIVATE)
		return shared(PLATFORM_GICD_BASE);
	return (char *)shared(PLATFORM_GICR_BASE) + cpu_index() * PLATFORM_GICR_SIZE +
	       GICR_SGI_BASE;
}

static char *redistributor(void)
{
	return (char *)shared(PLATFORM_GICR_BASE) + cpu_index() * PLATFORM_GICR_SIZE;
}

/* A change has reached every vCPU. */
static void wait_for_rwp(unsigned intid)
{
	if (intid < NUM_PRIVATE) {
		while (mmio_read32(redistributor() + GICR_CTLR) & GICR_CTLR_RWP)
			;
	} else {
		while (mmio_read32((char *)shared(PLATFORM_GICD_BASE) + GICD_CTLR) & CTLR_RWP)
			;
	}
}

void gic_init(void)
{
	mmio_write32((char *)shared(PLATFORM_GICD_BASE) + GICD_CTLR, CTLR_ENABLE_G1);
	wait_for_rwp(NUM_PRIVATE);
}

void gic_cpu_init(void)
{
	char *waker = redistributor() + GICR_WAKER;

	mmio_write32(waker, mmio_read32(waker) & ~WAKER_SLEEP);
	while (mmio_read32(waker) & WAKER_ASLEEP)
		;
	/* ICC_SRE_EL1, ICC_PMR_EL1, ICC_BPR1_EL1, ICC_CTLR_EL1, ICC_IGRPEN1_EL1 */
	__asm__ volatile("msr s3_0_c12_c12_5, %0\n\tisb" : : "r"(UINT64_C(7)));
	__asm__ volatile("msr s3_0_c4_c6_0, %0" : : "r"(UINT64_C(0xf0)));
	__asm__ volatile("msr s3_0_c12_c12_3, xzr");
	__asm__ volatile("msr s3_0_c12_c12_4, xzr");
	__asm__ volatile("msr s3_0_c12_c12_7, %0\n\tisb" : : "r"(UINT64_C(1)));
}

void irq_handle(unsigned intid, irq_handler *fn, void *arg)
{
	handlers[intid].fn = fn;
	handlers[intid].arg = arg;
}

void irq_enable(unsigned intid, uint8_t priority)
{
	__asm__ volatile("strb %w0, [%1]"
	                 :
	                 : "r"(priority), "r"(bank(intid) + GICD_IPRIORITYR + intid)
	                 : "memory");
	mmio_write32(bank(intid) + GICD_ISENABLER + intid / 32 * 4, UINT32_C(1) << intid % 32);
}

void irq_disable(unsigned intid)
{
	mmio_write32(bank(intid) + GICD_ICENABLER + intid / 32 * 4, UINT32_C(1) << intid % 32);
	wait_for_rwp(intid);
}

void irq_set_edge(unsigned intid, bool edge)
{
	char *reg = bank(intid) + GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = UINT32_C(2) << 2 * (intid % 16);
	uint32_t value = mmio_read32(reg);

	mmio_write32(reg, edge ? value | bit : value & ~bit);
}

void irq_route(unsigned intid, unsigned cpu)
{
	char *reg = (char *)shared(PLATFORM_GICD_BASE) + GICD_IROUTER + 8 * intid;

	__asm__ volatile("str %0, [%1]" : : "r"(mpidr_of(cpu)), "r"(reg) : "memory");
	wait_for_rwp(intid);
}

void sgi_send(unsigned cpu, unsigned intid)
{
	uint64_t affinity = mpidr_of(cpu);
	uint64_t value = (uint64_t)intid << 24 | (affinity >> 8 & 0xff) << 16 |
	                 UINT64_C(1) << (affinity & 0xf);

	/* What was written before is seen by who takes the interrupt. */
	__asm__ volatile("dsb sy\n\tmsr s3_0_c12_c11_5, %0\n\tisb" : : "r"(value) : "memory");
}

void sgi_send_others(unsigned intid)
{
	uint64_t value = UINT64_C(1) << 40 | (uint64_t)intid << 24;

	__asm__ volatile("dsb sy\n\tmsr s3_0_c12_c11_5, %0\n\tisb" : : "r"(value) : "memory");
}

void kit_irq(struct kit_frame *frame)
{
	for (;;) {
		uint64_t intid;

		__asm__ volatile("mrs %0, s3_0_c12_c12_0\n\tdsb sy" : "=r"(intid) : : "memory");
		if (intid >= FIRST_SPECIAL)
			return;
		if (intid >= NUM_INTIDS || handlers[intid].fn == NULL)
			panic("interrupt %lu, which nobody handles", intid);
		handlers[intid].fn((unsigned)intid, frame, handlers[intid].arg);
		__asm__ volatile("dsb sy\n\tmsr s3_0_c12_c12_1, %0\n\tisb"
		                 :
		                 : "r"(intid)
		                 : "memory");
	}
}
