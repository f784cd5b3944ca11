/* SPDX-License-Identifier: BSD-3-Clause */
/* Running a vCPU: what comes before each entry, the entry, and sleeping. */

#include <string.h>
#include <time.h>

#include "realm_impl.h"

/* How long a WFI lasts at most in a realm without a GIC; it may end at any time (DDI0487). */
#define WFI_NS       UINT64_C(1000000)

/* How long a vCPU sleeps at a time: the clock that counts the sleep may be set back. */
#define NAP_NS       UINT64_C(1000000000)

/* Entries in a row that the RMM may refuse for a reason that is none of ours. */
#define MAX_REFUSALS 1000u

void realm_vcpu_power_off(struct realm_vcpu *vcpu)
{
	struct realm *realm = vcpu->realm;

	vcpu->on = false;
	for (unsigned i = 0; i < realm->num_vcpus; i++)
		if (realm->vcpus[i]->on)
			return;
	/* Nobody is left who could call CPU_ON. */
	realm_over(realm);
}

void realm_vcpu_power_on(struct realm_vcpu *vcpu)
{
	vcpu->on = true;
	vcpu->times_on++;
	pthread_cond_broadcast(&vcpu->wake);
}

static struct timespec in_ns(uint64_t ns)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	ns += (uint64_t)end.tv_nsec;
	end.tv_sec += (time_t)(ns / 1000000000);
	end.tv_nsec = (long)(ns % 1000000000);
	return end;
}

/* With run_lock held: sleeps until the vCPU is woken, or for these units of the counter. */
static void nap(struct realm_vcpu *vcpu, uint64_t units)
{
	/* RMI_COUNTER_HZ makes a unit a nanosecond. */
	const struct timespec end = in_ns(units < NAP_NS ? units : NAP_NS);

	pthread_cond_timedwait(&vcpu->wake, &vcpu->realm->run_lock, &end);
}

void realm_vcpu_sleep(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t until)
{
	struct realm *realm = vcpu->realm;
	struct rmi_pe *pe = self->pe;
	uint64_t now = rmi_pe_counter(pe);
	uint64_t timer = UINT64_MAX;

	if (realm->gic != NULL)
		timer = realm_timer_next(vcpu);
	else if (until > now + WFI_NS)
		until = now + WFI_NS;
	if (until > timer)
		until = timer;
	host_pe_release(self);
	pthread_mutex_lock(&realm->run_lock);
	/* Who makes an interrupt pending pokes afterwards, with this lock: none is missed. */
	while (now < until && !realm->over && !vcpu->kicked && !realm_irq_is_pending(vcpu)) {
		nap(vcpu, until - now);
		now = rmi_pe_counter(pe);
	}
	pthread_mutex_unlock(&realm->run_lock);
	host_pe_acquire(self);
}

/* Waits, without a PE, until the vCPU is on or there is another reason to look. */
static void wait_for_power(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct realm *realm = vcpu->realm;

	host_pe_release(self);
	pthread_mutex_lock(&realm->run_lock);
	while (!vcpu->on && !realm->over && !vcpu->kicked)
		pthread_cond_wait(&vcpu->wake, &realm->run_lock);
	pthread_mutex_unlock(&realm->run_lock);
	host_pe_acquire(self);
}

/* What may keep a vCPU from running. */
enum obstacle { OBSTACLE_NONE, OBSTACLE_OVER, OBSTACLE_KICKED, OBSTACLE_OFF };

/*
 * Looks for an obstacle. Without one the vCPU counts as running on this PE from here on, so that a
 * kick that comes now reaches it.
 */
static enum obstacle begin_entry(struct host_thread *self, struct realm_vcpu *vcpu,
                                 uint64_t *times_on)
{
	struct realm *realm = vcpu->realm;
	enum obstacle obstacle = OBSTACLE_NONE;

	pthread_mutex_lock(&realm->run_lock);
	if (realm->over) {
		obstacle = OBSTACLE_OVER;
	} else if (vcpu->kicked) {
		vcpu->kicked = false;
		obstacle = OBSTACLE_KICKED;
	} else if (!vcpu->on) {
		obstacle = OBSTACLE_OFF;
	} else {
		vcpu->pe = self->pe;
		*times_on = vcpu->times_on;
	}
	pthread_mutex_unlock(&realm->run_lock);
	return obstacle;
}

static void end_entry(struct realm_vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->realm->run_lock);
	vcpu->pe = NULL;
	pthread_mutex_unlock(&vcpu->realm->run_lock);
}

static uint64_t enter_rec(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct smccc_regs regs = {{SMC_RMI_REC_ENTER, vcpu->rec, vcpu->run_pa}};
	uint64_t x0;

	vcpu->run->enter.flags =
	        vcpu->flags | RMI_REC_ENTER_FLAGS_TRAP_WFI | RMI_REC_ENTER_FLAGS_TRAP_WFE;
	host_pe_runs_rec(self, true);
	x0 = host_call(self, &regs);
	host_pe_runs_rec(self, false);
	return x0;
}

/*
 * RMI_ERROR_REC has several causes. The host knows the flags that it set, and that no PSCI request
 * is pending; what remains is a REC that is not runnable. The vCPU then waits for CPU_ON like any
 * other that is off, unless a CPU_ON has come in the meantime.
 */
static bool handle_error_rec(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t x0,
                             uint64_t times_on)
{
	struct realm *realm = vcpu->realm;

	if ((vcpu->flags & RMI_REC_ENTER_FLAGS_EMUL_MMIO) != 0 || ++vcpu->again > MAX_REFUSALS) {
		host_rmi_fail(self, SMC_RMI_REC_ENTER, x0);
		return realm_exit_internal(vcpu, x0);
	}
	host_log(realm->host, HOST_LOG_INFO, "vCPU %u is not runnable", vcpu->id);
	pthread_mutex_lock(&realm->run_lock);
	if (vcpu->times_on == times_on)
		realm_vcpu_power_off(vcpu);
	pthread_mutex_unlock(&realm->run_lock);
	return true;
}

static bool handle_result(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t x0,
                          uint64_t times_on)
{
	switch (rmi_status(x0)) {
	case RMI_SUCCESS:
		/* Only now: a refused entry has used none of them. */
		vcpu->flags = 0;
		vcpu->again = 0;
		count_up(&vcpu->realm->counts.entries, 1);
		return realm_exit_handle(self, vcpu, times_on);
	case RMI_ERROR_REALM:
		/* SYSTEM_OFF of another vCPU came first. */
		realm_stop(vcpu->realm);
		return true;
	case RMI_ERROR_REC:
		return handle_error_rec(self, vcpu, x0, times_on);
	case RMI_BUSY:
	case RMI_BLOCKED:
		host_rmi_fail(self, SMC_RMI_REC_ENTER, x0);
		return realm_exit_error(vcpu, -EAGAIN);
	default:
		host_rmi_fail(self, SMC_RMI_REC_ENTER, x0);
		return realm_exit_internal(vcpu, x0);
	}
}

/* One round. Returns whether there is another. */
static bool step(struct host_thread *self, struct realm_vcpu *vcpu)
{
	uint64_t times_on = 0, x0;

	if (vcpu->realm->broken) {
		host_fail(self, -EIO, "the realm is dead");
		return realm_exit_error(vcpu, -EIO);
	}
	if (vcpu->request == VCPU_REQUEST_PSCI && !realm_psci_complete(self, vcpu))
		return false;
	if (vcpu->request == VCPU_REQUEST_RIPAS && !realm_ripas_complete(self, vcpu))
		return false;
	if (self->host->pe_waiters > 0) {
		host_pe_release(self);
		host_pe_acquire(self);
	}
	switch (begin_entry(self, vcpu, &times_on)) {
	case OBSTACLE_OVER:
		realm_exit_set(vcpu, REALM_EXIT_SHUTDOWN, 0);
		return false;
	case OBSTACLE_KICKED:
		host_fail(self, -EINTR, "vCPU %u was kicked", vcpu->id);
		realm_exit_set(vcpu, REALM_EXIT_INTR, -EINTR);
		return false;
	case OBSTACLE_OFF:
		wait_for_power(self, vcpu);
		return true;
	case OBSTACLE_NONE:
		break;
	}
	realm_irq_enter(self, vcpu);
	x0 = enter_rec(self, vcpu);
	realm_irq_exit(self, vcpu, rmi_status(x0) == RMI_SUCCESS);
	end_entry(vcpu);
	return handle_result(self, vcpu, x0, times_on);
}

/* Takes over what the VMM has left in the last exit. */
static void take_answers(struct realm_vcpu *vcpu)
{
	if (vcpu->mmio)
		realm_mmio_complete(vcpu);
	if (vcpu->hypercall)
		memcpy(vcpu->run->enter.gprs, vcpu->exit.hypercall.gprs,
		       sizeof(vcpu->run->enter.gprs));
	vcpu->mmio = false;
	vcpu->hypercall = false;
}

static void run(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct realm *realm = vcpu->realm;
	int err = 0;

	if (!realm->broken)
		err = realm_activate(self, realm);
	if (err == 0 && (realm->broken || realm->state != REALM_STATE_ACTIVE))
		err = host_fail(self, -EIO, "the realm is dead");
	if (err != 0) {
		realm_exit_error(vcpu, err);
		return;
	}
	take_answers(vcpu);
	while (step(self, vcpu))
		;
}

/* Makes the calling thread the one that runs a vCPU. */
static bool claim(struct realm_vcpu *vcpu)
{
	bool claimed;

	pthread_mutex_lock(&vcpu->realm->run_lock);
	claimed = !vcpu->running;
	vcpu->running = true;
	pthread_mutex_unlock(&vcpu->realm->run_lock);
	return claimed;
}

struct realm_exit *realm_vcpu_run(struct realm_vcpu *vcpu)
{
	struct realm *realm = vcpu->realm;
	struct host_thread *self = host_enter(realm->host);

	if (self == NULL || !claim(vcpu)) {
		if (self != NULL) {
			host_fail(self, -EBUSY, "vCPU %u runs on another thread", vcpu->id);
			host_leave(self);
		}
		return self != NULL ? &vcpu->busy_exit : &vcpu->no_memory_exit;
	}
	run(self, vcpu);
	pthread_mutex_lock(&realm->run_lock);
	vcpu->running = false;
	pthread_mutex_unlock(&realm->run_lock);
	host_leave(self);
	return &vcpu->exit;
}

bool realm_vcpu_is_on(const struct realm_vcpu *vcpu)
{
	bool on;

	pthread_mutex_lock(&vcpu->realm->run_lock);
	on = vcpu->on;
	pthread_mutex_unlock(&vcpu->realm->run_lock);
	return on;
}

void realm_vcpu_kick(struct realm_vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->realm->run_lock);
	vcpu->kicked = true;
	if (vcpu->pe != NULL)
		rmi_pe_kick(vcpu->pe);
	pthread_cond_broadcast(&vcpu->wake);
	pthread_mutex_unlock(&vcpu->realm->run_lock);
}

void realm_vcpu_poke(struct realm_vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->realm->run_lock);
	if (vcpu->pe != NULL)
		rmi_pe_kick(vcpu->pe);
	pthread_cond_broadcast(&vcpu->wake);
	pthread_mutex_unlock(&vcpu->realm->run_lock);
}
