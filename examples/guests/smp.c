/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several vCPUs: locks and atomics that count exactly, interrupts from one to another and from the
 * host to each, CPU_OFF, CPU_ON and AFFINITY_INFO over and over. The exit status is the number of
 * surprises.
 */
#include "guest.h"

enum { ADDITIONS = 2000, PINGS = 50, LINES = 20, LIVES = 10 };

enum { SGI_WORK = 1, SGI_PING = 2, SGI_PONG = 3, SGI_ALL = 4 };

static unsigned cpus;
static int surprises;

/* Orders that the first vCPU gives. */
enum order { ORDER_NONE, ORDER_ADD, ORDER_SEND, ORDER_OFF };
static enum order order;
static unsigned order_number;
static unsigned order_done;
static unsigned sender; /* Of ORDER_SEND. */

static struct spinlock lock;
static uint64_t locked_sum;
static uint64_t atomic_sum;

/* What each vCPU has had. */
static struct {
	unsigned pings, pongs, alls, lines;
	unsigned lives;
} had[KIT_MAX_CPUS];

static unsigned load(const unsigned *value)
{
	return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

static void add(unsigned *value)
{
	__atomic_fetch_add(value, 1, __ATOMIC_RELEASE);
	__asm__ volatile("dsb ishst\n\tsev" : : : "memory");
}

static void check(bool as_expected, const char *what)
{
	printf("%s: %s\n", what, as_expected ? "yes" : "NO");
	if (!as_expected)
		surprises++;
}

/* Sleeps until a handler has made a number what is wanted. */
static void wait_until(const unsigned *value, unsigned wanted)
{
	irq_mask();
	while (load(value) != wanted) {
		wait_for_interrupt();
		irq_unmask();
		__asm__ volatile("isb");
		irq_mask();
	}
	irq_unmask();
}

static void on_sgi(unsigned intid, struct kit_frame *frame, void *arg)
{
	unsigned self = cpu_index();

	(void)frame;
	(void)arg;
	switch (intid) {
	case SGI_PING:
		add(&had[self].pings);
		sgi_send(0, SGI_PONG);
		break;
	case SGI_PONG:
		add(&had[self].pongs);
		break;
	case SGI_ALL:
		add(&had[self].alls);
		break;
	default:
		/* It has only to wake. */
		break;
	}
}

static void on_line(unsigned intid, struct kit_frame *frame, void *arg)
{
	uint64_t gprs[31] = {0, intid, 0};

	(void)frame;
	(void)arg;
	/* Level-sensitive: its cause must go before it is completed. */
	host_call(PLATFORM_CALL_IRQ, gprs);
	add(&had[cpu_index()].lines);
}

static void set_up_cpu(void)
{
	mmu_on();
	gic_cpu_init();
	for (unsigned sgi = SGI_WORK; sgi <= SGI_ALL; sgi++)
		irq_enable(sgi, 0x80);
	irq_unmask();
}

static void do_add(void)
{
	for (unsigned i = 0; i < ADDITIONS; i++) {
		spin_lock(&lock);
		locked_sum = locked_sum + 1;
		spin_unlock(&lock);
		__atomic_fetch_add(&atomic_sum, 1, __ATOMIC_RELAXED);
	}
}

/* Each vCPU in turn sends to all others, and does so again when all have had it. */
static void do_send(void)
{
	unsigned self = cpu_index();

	if (self != load(&sender))
		return;
	for (unsigned i = 0; i < PINGS; i++) {
		unsigned before[KIT_MAX_CPUS];

		for (unsigned cpu = 0; cpu < cpus; cpu++)
			before[cpu] = load(&had[cpu].alls);
		sgi_send_others(SGI_ALL);
		for (unsigned cpu = 0; cpu < cpus; cpu++)
			while (cpu != self && load(&had[cpu].alls) != before[cpu] + 1)
				__asm__ volatile("wfe");
	}
}

static void obey(enum order what)
{
	if (what == ORDER_ADD)
		do_add();
	else if (what == ORDER_SEND)
		do_send();
	add(&order_done);
}

static void worker(void *arg)
{
	unsigned seen = (unsigned)(uintptr_t)arg;

	set_up_cpu();
	add(&had[cpu_index()].lives);
	for (;;) {
		enum order what;

		irq_mask();
		while (load(&order_number) == seen) {
			wait_for_interrupt();
			irq_unmask();
			__asm__ volatile("isb");
			irq_mask();
		}
		irq_unmask();
		seen = load(&order_number);
		what = order;
		obey(what);
		if (what == ORDER_OFF)
			return;
	}
}

/* Has all vCPUs do something, and waits until all have done it. */
static void give_order(enum order what)
{
	__atomic_store_n(&order_done, 0, __ATOMIC_RELEASE);
	order = what;
	add(&order_number);
	sgi_send_others(SGI_WORK);
	obey(what);
	while (load(&order_done) != cpus)
		__asm__ volatile("wfe");
}

static void start_all(void)
{
	for (unsigned cpu = 1; cpu < cpus; cpu++) {
		unsigned lives = load(&had[cpu].lives);
		int64_t result = cpu_start(cpu, worker, (void *)(uintptr_t)order_number);

		if (result != PSCI_SUCCESS)
			panic("vCPU %u does not start: %ld", cpu, result);
		while (load(&had[cpu].lives) == lives)
			__asm__ volatile("wfe");
	}
}

static void stop_all(void)
{
	give_order(ORDER_OFF);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		while (psci_affinity_info(mpidr_of(cpu)) != PSCI_OFF)
			__asm__ volatile("yield");
}

static void test_sums(void)
{
	give_order(ORDER_ADD);
	check(locked_sum == (uint64_t)cpus * ADDITIONS, "no addition under the lock is lost");
	check(atomic_sum == (uint64_t)cpus * ADDITIONS, "no atomic addition is lost");
}

static void test_pings(void)
{
	unsigned wanted = 0;
	bool exact = true;

	for (unsigned i = 0; i < PINGS; i++) {
		for (unsigned cpu = 0; cpu < cpus; cpu++) {
			sgi_send(cpu, SGI_PING);
			wait_until(&had[0].pongs, ++wanted);
		}
	}
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		exact = exact && load(&had[cpu].pings) == PINGS;
	check(exact, "each vCPU has had each interrupt of the first one once");
	check(load(&had[0].pongs) == cpus * PINGS, "and has answered");
}

static void test_all(void)
{
	bool exact = true;

	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		__atomic_store_n(&sender, cpu, __ATOMIC_RELEASE);
		give_order(ORDER_SEND);
	}
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		exact = exact && load(&had[cpu].alls) == (cpus - 1) * PINGS;
	check(exact, "what is sent to all others gets to all others");
}

static void test_lines(void)
{
	bool exact = true;

	irq_handle(PLATFORM_SPI_TEST, on_line, NULL);
	irq_enable(PLATFORM_SPI_TEST, 0x80);
	for (unsigned i = 0; i < LINES; i++) {
		for (unsigned cpu = 0; cpu < cpus; cpu++) {
			uint64_t gprs[31] = {0, PLATFORM_SPI_TEST, 1};
			unsigned before = load(&had[cpu].lines);

			irq_route(PLATFORM_SPI_TEST, cpu);
			host_call(PLATFORM_CALL_IRQ, gprs);
			while (load(&had[cpu].lines) == before)
				__asm__ volatile("wfe");
		}
	}
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		exact = exact && load(&had[cpu].lines) == LINES;
	irq_disable(PLATFORM_SPI_TEST);
	check(exact, "each vCPU has had each interrupt of the host once");
}

static void test_power(void)
{
	bool on = true, off = true, exact = true;

	for (unsigned i = 0; i < LIVES; i++) {
		for (unsigned cpu = 0; cpu < cpus; cpu++)
			on = on && psci_affinity_info(mpidr_of(cpu)) == PSCI_SUCCESS;
		if (cpus > 1)
			on = on && cpu_start(1, worker, NULL) == PSCI_ALREADY_ON;
		stop_all();
		for (unsigned cpu = 1; cpu < cpus; cpu++)
			off = off && psci_affinity_info(mpidr_of(cpu)) == PSCI_OFF;
		start_all();
	}
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		exact = exact && load(&had[cpu].lives) == LIVES + 1;
	check(on && off, "vCPUs are on and off as AFFINITY_INFO says");
	check(exact, "each CPU_ON has started its vCPU once");
}

int guest_main(void)
{
	cpus = cpu_count();
	mmu_map_all();
	gic_init();
	for (unsigned sgi = SGI_WORK; sgi <= SGI_ALL; sgi++)
		irq_handle(sgi, on_sgi, NULL);
	set_up_cpu();
	start_all();
	printf("%u vCPU%s\n", cpus, cpus == 1 ? "" : "s");
	test_sums();
	test_pings();
	test_all();
	test_lines();
	test_power();
	printf("surprises: %d\n", surprises);
	return surprises;
}
