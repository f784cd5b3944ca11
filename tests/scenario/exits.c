/* SPDX-License-Identifier: BSD-3-Clause */
/* Exits of one vCPU: MMIO, host calls, PSCI, waiting. */

#include <errno.h>

#include "scene.h"

#define DEVICE UINT64_C(0x0a000000)

static unsigned seas;
static uint64_t values[8];

static void set_up(struct scene *s, const char *conf, guest_script *fn)
{
	seas = 0;
	for (unsigned i = 0; i < 8; i++)
		values[i] = 0;
	scene_open(s, conf);
	scene_guest(s, fn, NULL);
}

static void uses_a_device(struct guest *g, void *arg)
{
	(void)arg;
	guest_store16(g, SHARED_BIT | (DEVICE + 6), 0xbeef);
	values[0] = guest_load8(g, SHARED_BIT | (DEVICE + 1));
	values[1] = guest_load64(g, SHARED_BIT | (DEVICE + 8));
	guest_load32(g, SHARED_BIT | (DEVICE + 12));
	seas += guest_take_sea(g, NULL, NULL);
	values[2] = guest_load32(g, SHARED_BIT | (DEVICE + 16));
}

/* Bug 40: addresses without the shared bit, data of the right size, SEA only instead of data. */
static void mmio_reaches_the_vmm(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	set_up(&s, "", uses_a_device);
	assert_int_equal(realm_vcpu_inject_sea(s.cpu), -EINVAL);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->reason, REALM_EXIT_MMIO);
	assert_int_equal(e->mmio.gpa, DEVICE + 6);
	assert_int_equal(e->mmio.size, 2);
	assert_true(e->mmio.is_write);
	assert_int_equal(e->mmio.data, 0xbeef);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->mmio.gpa, DEVICE + 1);
	assert_int_equal(e->mmio.size, 1);
	assert_false(e->mmio.is_write);
	e->mmio.data = 0x1234;
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->mmio.size, 8);
	e->mmio.data = 0x1122334455667788;
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->mmio.gpa, DEVICE + 12);
	e->mmio.data = 1;
	assert_int_equal(realm_vcpu_inject_sea(s.cpu), 0);
	assert_int_equal(realm_vcpu_inject_sea(s.cpu), -EINVAL);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->mmio.gpa, DEVICE + 16);
	e->mmio.data = 99;
	scene_run_to_end(&s);
	assert_int_equal(values[0], 0x34);
	assert_int_equal(values[1], 0x1122334455667788);
	assert_int_equal(seas, 1);
	assert_int_equal(values[2], 99);
	scene_close(&s);
}

/* Bug 40: the value of a read survives a kick and a refused entry before the vCPU goes on. */
static void a_read_value_survives_what_comes_before_the_entry(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	set_up(&s, "", uses_a_device);
	realm_vcpu_run(s.cpu);
	e = realm_vcpu_run(s.cpu);
	e->mmio.data = 0x77;
	realm_vcpu_kick(s.cpu);
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_INTR);
	hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, s.limits.busy_attempts, RMI_BUSY);
	assert_int_equal(realm_vcpu_run(s.cpu)->error, -EAGAIN);
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MMIO);
	assert_int_equal(values[0], 0x77);
	scene_close(&s);
}

/*
 * Bug 36: an entry that the RMM refuses for the moment was fatal. It is repeated as any call is,
 * and is the VMM's to repeat after that; nothing is lost.
 */
static void a_busy_entry_is_repeated(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	set_up(&s, "", uses_a_device);
	/* One attempt is left, or some if the RMM is busy by itself, too. */
	hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, s.limits.busy_attempts - (s.calm ? 1 : 100),
	            RMI_BUSY);
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MMIO);
	hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, 2 * s.limits.blocked_attempts, RMI_BLOCKED);
	for (int i = 0; i < 2; i++) {
		e = realm_vcpu_run(s.cpu);
		assert_int_equal(e->reason, REALM_EXIT_UNKNOWN);
		assert_int_equal(e->error, -EAGAIN);
	}
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MMIO);
	scene_close(&s);
}

static uint64_t read_offset(void *arg, uint64_t offset, unsigned size)
{
	(void)arg;
	return offset * 0x100 + size;
}

static void write_offset(void *arg, uint64_t offset, unsigned size, uint64_t value)
{
	(void)arg;
	values[3] = offset << 32 | size << 16 | value;
}

static void a_device_answers_without_the_vmm(void **state)
{
	static const struct realm_mmio_ops ops = {.read = read_offset, .write = write_offset};
	struct scene s;

	(void)state;
	set_up(&s, "", uses_a_device);
	assert_int_equal(realm_add_mmio(s.vm, DEVICE, 32, &ops, NULL), 0);
	scene_run_to_end(&s);
	assert_int_equal(values[0], 0x01);
	assert_int_equal(values[1], 0x808);
	assert_int_equal(values[2], 0x1004);
	assert_int_equal(values[3], UINT64_C(6) << 32 | 2 << 16 | 0xbeef);
	scene_close(&s);
}

static void looks_at_the_console(struct guest *g, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 8; i++)
		values[0] |= (uint64_t)guest_load8(g, SHARED_BIT | (UART + 0xfe0 + 4 * i))
		             << (8 * i);
	values[1] = guest_load32(g, SHARED_BIT | (UART + 0x18));
	guest_store32(g, SHARED_BIT | (UART + 0x30), 0x101);
	values[2] = guest_load32(g, SHARED_BIT | (UART + 0x30));
	guest_puts(g, "ok");
}

static void the_console_looks_like_a_pl011(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, "", looks_at_the_console);
	scene_run_to_end(&s);
	assert_int_equal(values[0], 0xb105f00d00341011);
	assert_int_equal(values[1], 0x90);
	assert_int_equal(values[2], 0x101);
	assert_string_equal(s.console, "ok");
	scene_close(&s);
}

static void calls_the_host(struct guest *g, void *arg)
{
	uint64_t call = RAM + PAGE;

	(void)arg;
	guest_store16(g, call, 0x2a);
	for (unsigned i = 0; i < 31; i++)
		guest_store64(g, call + 8 + 8 * i, 100 + i);
	values[0] = rsi_host_call(g, call);
	for (unsigned i = 0; i < 31; i++)
		values[1] += guest_load64(g, call + 8 + 8 * i) == 200 + i;
}

/* Bug 43: all 31 registers go both ways. */
static void a_host_call_carries_31_registers_both_ways(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	set_up(&s, "", calls_the_host);
	e = scene_run(&s);
	assert_int_equal(e->reason, REALM_EXIT_HYPERCALL);
	assert_int_equal(e->hypercall.imm, 0x2a);
	for (unsigned i = 0; i < 31; i++) {
		assert_int_equal(e->hypercall.gprs[i], 100 + i);
		e->hypercall.gprs[i] += 100;
	}
	scene_run_to_end(&s);
	assert_int_equal(values[0], RSI_SUCCESS);
	assert_int_equal(values[1], 31);
	scene_close(&s);
}

static void resets(struct guest *g, void *arg)
{
	(void)arg;
	psci_system_reset(g);
}

static void reset_is_told_apart_from_off(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	set_up(&s, "", resets);
	e = scene_run(&s);
	assert_int_equal(e->reason, REALM_EXIT_SYSTEM_EVENT);
	assert_int_equal(e->system_event.type, REALM_SYSTEM_EVENT_RESET);
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_SHUTDOWN);
	scene_close(&s);
}

static void switches_itself_off(struct guest *g, void *arg)
{
	(void)arg;
	psci_cpu_off(g);
}

/* A Realm whose last vCPU is off would never run again: the VMM is told instead of left waiting. */
static void the_last_vcpu_that_goes_off_ends_the_run(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, "", switches_itself_off);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_SHUTDOWN);
	assert_false(realm_vcpu_is_on(s.cpu));
	scene_close(&s);
}

static void waits_and_suspends(struct guest *g, void *arg)
{
	(void)arg;
	guest_wfi(g);
	guest_wfe(g);
	values[0] = psci_cpu_suspend(g);
	values[1] = 1;
}

static void waiting_ends_by_itself(void **state)
{
	struct realm_stats stats;
	struct scene s;

	(void)state;
	set_up(&s, "", waits_and_suspends);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	assert_int_equal(stats.wfx, 2);
	assert_int_equal(stats.exits[RMI_EXIT_PSCI], 2);
	assert_int_equal(values[0], PSCI_SUCCESS);
	assert_int_equal(values[1], 1);
	scene_close(&s);
}

static void registers_and_entry(struct guest *g, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 8; i++)
		values[0] += guest_regs(g)->x[i] == 10 + i;
}

static void a_vcpu_starts_with_its_registers(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, "", registers_and_entry);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(realm_vcpu_set_gpr(s.cpu, i, 10 + i), 0);
	assert_int_equal(realm_vcpu_set_gpr(s.cpu, 8, 0), -EINVAL);
	scene_run_to_end(&s);
	assert_int_equal(values[0], 8);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(mmio_reaches_the_vmm),
	        cmocka_unit_test(a_read_value_survives_what_comes_before_the_entry),
	        cmocka_unit_test(a_busy_entry_is_repeated),
	        cmocka_unit_test(a_device_answers_without_the_vmm),
	        cmocka_unit_test(the_console_looks_like_a_pl011),
	        cmocka_unit_test(a_host_call_carries_31_registers_both_ways),
	        cmocka_unit_test(reset_is_told_apart_from_off),
	        cmocka_unit_test(the_last_vcpu_that_goes_off_ends_the_run),
	        cmocka_unit_test(waiting_ends_by_itself),
	        cmocka_unit_test(a_vcpu_starts_with_its_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
