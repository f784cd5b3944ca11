/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timers of each vCPU: periodic interrupts of which none is lost, waiting and not waiting for
 * them, two timers in the order in which they are set. The exit status is the number of surprises.
 */
#include "guest.h"

enum { TICKS = 20 };

/* What a vCPU notes. Handlers run on the vCPU that waits. */
struct notes {
	enum timer timer;
	uint64_t next;   /* When the next tick is due. */
	uint64_t period; /* 0: one tick only. */
	volatile unsigned ticks;
	unsigned early;             /* Ticks that came before they were due. */
	volatile unsigned order[4]; /* INTIDs as they came. */
	volatile unsigned came;
	unsigned failures; /* Set of 1 << test. */
	unsigned done;
};

static struct notes notes[KIT_MAX_CPUS];
static unsigned cpus;

enum test {
	TEST_VIRTUAL,
	TEST_PHYSICAL,
	TEST_BUSY,
	TEST_ORDER,
	TEST_REVERSE,
	TEST_PAST,
	TEST_STOPPED,
	TEST_MASKED,
	NUM_TESTS
};

static const char *const names[NUM_TESTS] = {
        "the virtual timer ticks exactly, and wakes from WFI",
        "the physical timer ticks exactly, and wakes from WFI",
        "a tick interrupts who does not wait",
        "two timers interrupt in the order of their times",
        "and in the other order",
        "a time that has passed interrupts at once",
        "a timer that is stopped does not interrupt",
        "an interrupt that is masked waits, and ends a WFI",
};

static void on_timer(unsigned intid, struct kit_frame *frame, void *arg)
{
	struct notes *n = &notes[cpu_index()];

	(void)frame;
	(void)arg;
	if (n->came < 4)
		n->order[n->came] = intid;
	n->came = n->came + 1;
	if (intid != timer_intid(n->timer)) {
		timer_stop(intid == timer_intid(TIMER_VIRTUAL) ? TIMER_VIRTUAL : TIMER_PHYSICAL);
		return;
	}
	if (timer_now() < n->next)
		n->early++;
	n->ticks = n->ticks + 1;
	n->next += n->period;
	/* From tick to tick, not from now: if this one is late the next one is not. */
	if (n->period != 0 && n->ticks < TICKS)
		timer_set(n->timer, n->next);
	else
		timer_stop(n->timer);
}

static void begin(struct notes *n, enum timer timer, uint64_t period)
{
	n->timer = timer;
	n->period = period;
	n->ticks = 0;
	n->early = 0;
	n->came = 0;
	n->next = timer_now() + period;
}

static void expect(struct notes *n, enum test test, bool as_expected)
{
	if (!as_expected)
		n->failures |= 1u << test;
}

/* Sleeps until so many interrupts have come. */
static void wait_for(const struct notes *n, unsigned count)
{
	irq_mask();
	while (n->came < count) {
		wait_for_interrupt();
		irq_unmask();
		__asm__ volatile("isb");
		irq_mask();
	}
	irq_unmask();
}

static void periodic(struct notes *n, enum timer timer, enum test test, bool busy)
{
	uint64_t period = timer_frequency() / 1000;
	uint64_t start;

	begin(n, timer, period);
	start = n->next;
	timer_set(timer, n->next);
	if (busy) {
		while (n->came < TICKS)
			__asm__ volatile("" : : : "memory");
	} else {
		wait_for(n, TICKS);
	}
	expect(n, test,
	       n->ticks == TICKS && n->came == TICKS && n->early == 0 &&
	               n->next == start + TICKS * period && timer_now() >= n->next - period);
}

static void ordered(struct notes *n, enum timer first, enum timer second, enum test test)
{
	uint64_t ms = timer_frequency() / 1000;

	/* Should both be due before one is taken, this says which. */
	irq_enable(timer_intid(first), 0x70);
	irq_enable(timer_intid(second), 0x80);
	begin(n, first, 0);
	/* Nor may the second one come before the first one is set. */
	irq_mask();
	n->next = timer_now() + 2 * ms;
	timer_set(second, n->next + 3 * ms);
	timer_set(first, n->next);
	wait_for(n, 2);
	expect(n, test,
	       n->came == 2 && n->order[0] == timer_intid(first) &&
	               n->order[1] == timer_intid(second) && n->early == 0);
}

static void past(struct notes *n)
{
	begin(n, TIMER_VIRTUAL, 0);
	n->next = 1;
	timer_set(TIMER_VIRTUAL, 1);
	wait_for(n, 1);
	expect(n, TEST_PAST, n->ticks == 1);
}

static void stopped(struct notes *n)
{
	uint64_t ms = timer_frequency() / 1000;
	uint64_t end;

	begin(n, TIMER_PHYSICAL, 0);
	timer_set(TIMER_PHYSICAL, timer_now() + 1000 * ms);
	timer_stop(TIMER_PHYSICAL);
	for (end = timer_now() + 2 * ms; timer_now() < end;)
		__asm__ volatile("yield");
	expect(n, TEST_STOPPED, n->came == 0);
}

static void masked(struct notes *n)
{
	begin(n, TIMER_VIRTUAL, 0);
	irq_mask();
	n->next = timer_now() + timer_frequency() / 1000;
	timer_set(TIMER_VIRTUAL, n->next);
	while (!timer_is_due(TIMER_VIRTUAL))
		wait_for_interrupt();
	expect(n, TEST_MASKED, n->came == 0);
	irq_unmask();
	__asm__ volatile("isb");
	wait_for(n, 1);
	expect(n, TEST_MASKED, n->ticks == 1 && n->early == 0);
}

static void test_cpu(void *arg)
{
	struct notes *n = &notes[cpu_index()];

	(void)arg;
	mmu_on();
	gic_cpu_init();
	irq_enable(PLATFORM_PPI_VTIMER, 0x80);
	irq_enable(PLATFORM_PPI_PTIMER, 0x80);
	irq_unmask();
	periodic(n, TIMER_VIRTUAL, TEST_VIRTUAL, false);
	periodic(n, TIMER_PHYSICAL, TEST_PHYSICAL, false);
	periodic(n, TIMER_VIRTUAL, TEST_BUSY, true);
	ordered(n, TIMER_VIRTUAL, TIMER_PHYSICAL, TEST_ORDER);
	ordered(n, TIMER_PHYSICAL, TIMER_VIRTUAL, TEST_REVERSE);
	past(n);
	stopped(n);
	masked(n);
	irq_mask();
	__atomic_store_n(&n->done, 1, __ATOMIC_RELEASE);
	__asm__ volatile("dsb ishst\n\tsev" : : : "memory");
}

int guest_main(void)
{
	int surprises = 0;

	cpus = cpu_count();
	mmu_map_all();
	gic_init();
	irq_handle(PLATFORM_PPI_VTIMER, on_timer, NULL);
	irq_handle(PLATFORM_PPI_PTIMER, on_timer, NULL);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		if (cpu_start(cpu, test_cpu, NULL) != PSCI_SUCCESS)
			panic("vCPU %u does not start", cpu);
	test_cpu(NULL);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		while (!__atomic_load_n(&notes[cpu].done, __ATOMIC_ACQUIRE))
			__asm__ volatile("wfe");
	printf("%u vCPU%s\n", cpus, cpus == 1 ? "" : "s");
	for (unsigned test = 0; test < NUM_TESTS; test++) {
		unsigned failed = 0;

		for (unsigned cpu = 0; cpu < cpus; cpu++)
			failed += notes[cpu].failures >> test & 1;
		printf("%s: %s\n", names[test], failed == 0 ? "yes" : "NO");
		surprises += (int)failed;
	}
	printf("surprises: %d\n", surprises);
	return surprises;
}
