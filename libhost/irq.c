/* SPDX-License-Identifier: BSD-3-Clause */
/* A Realm and its GIC. */

#include <stdlib.h>

#include "gic.h"
#include "realm_impl.h"

/* SPIs unless the VMM says otherwise. */
#define DEFAULT_SPIS 64u

static uint64_t read_dist(void *arg, uint64_t offset, unsigned size)
{
	return gic_dist_read(arg, offset, size);
}

static void write_dist(void *arg, uint64_t offset, unsigned size, uint64_t value)
{
	gic_dist_write(arg, offset, size, value);
}

static uint64_t read_redist(void *arg, uint64_t offset, unsigned size)
{
	return gic_redist_read(arg, (unsigned)(offset / REALM_GIC_REDIST_SIZE),
	                       offset % REALM_GIC_REDIST_SIZE, size);
}

static void write_redist(void *arg, uint64_t offset, unsigned size, uint64_t value)
{
	gic_redist_write(arg, (unsigned)(offset / REALM_GIC_REDIST_SIZE),
	                 offset % REALM_GIC_REDIST_SIZE, size, value);
}

static const struct realm_mmio_ops dist_ops = {.read = read_dist, .write = write_dist};
static const struct realm_mmio_ops redist_ops = {.read = read_redist, .write = write_redist};

static void kick(void *arg, unsigned cpu)
{
	const struct realm *realm = arg;

	realm_vcpu_poke(realm->vcpus[cpu]);
}

static int check_config(struct host_thread *self, struct realm *realm,
                        const struct realm_gic_config *config, unsigned num_spis)
{
	if (!is_aligned(config->dist_gpa | config->redist_gpa, realm_page_size(realm)))
		return host_fail(self, -EINVAL,
		                 "the GIC at %#" PRIx64 " and %#" PRIx64 " is not page-aligned",
		                 config->dist_gpa, config->redist_gpa);
	if (realm->gic != NULL)
		return host_fail(self, -EEXIST, "the realm has a GIC already");
	if (num_spis % 32 != 0 || num_spis > REALM_GIC_MAX_SPIS)
		return host_fail(self, -EINVAL, "%u SPIs; multiples of 32 up to %u are possible",
		                 num_spis, REALM_GIC_MAX_SPIS);
	if (realm->num_vcpus == 0)
		return host_fail(self, -ENODEV, "the realm has no vCPU that a GIC could serve");
	if (realm->num_vcpus > GIC_MAX_CPUS)
		return host_fail(self, -EINVAL, "%u vCPUs; a GIC serves up to %u", realm->num_vcpus,
		                 GIC_MAX_CPUS);
	return 0;
}

/* With config_lock free, since both add devices. Leaves no trace of a failure. */
static int create(struct host_thread *self, struct realm *realm,
                  const struct realm_gic_config *config)
{
	const unsigned num_spis = config->num_spis != 0 ? config->num_spis : DEFAULT_SPIS;
	struct gic *gic;
	int err = check_config(self, realm, config, num_spis);

	if (err != 0)
		return err;
	gic = host_allocation_fails(self->host) ? NULL
	                                        : gic_new(realm->num_vcpus, num_spis, kick, realm);
	if (gic == NULL)
		return host_fail(self, -ENOMEM, "out of memory");
	err = realm_add_mmio(realm, config->dist_gpa, REALM_GIC_DIST_SIZE, &dist_ops, gic);
	if (err != 0)
		goto free_gic;
	err = realm_add_mmio(realm, config->redist_gpa, REALM_GIC_REDIST_SIZE * realm->num_vcpus,
	                     &redist_ops, gic);
	if (err != 0)
		goto remove_dist;
	realm->gic = gic;
	return 0;

remove_dist:
	realm_device_remove(realm, config->dist_gpa);
free_gic:
	gic_free(gic);
	return err;
}

int realm_gic_create(struct realm *realm, const struct realm_gic_config *config)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	err = create(self, realm, config);
	host_leave(self);
	return err;
}

static int set_line(struct host_thread *self, struct realm *realm, unsigned vcpu, unsigned intid,
                    bool level)
{
	struct gic *gic = realm->gic;

	if (gic == NULL)
		return host_fail(self, -ENXIO, "the realm has no GIC");
	if (intid < GIC_NUM_SGIS || intid >= GIC_NUM_PRIVATE + gic->num_spis)
		return host_fail(self, -EINVAL, "INTID %u; %u to %u have lines", intid,
		                 GIC_NUM_SGIS, GIC_NUM_PRIVATE + gic->num_spis - 1);
	if (intid == REALM_GIC_VIRTUAL_TIMER || intid == REALM_GIC_PHYSICAL_TIMER)
		return host_fail(self, -EINVAL, "INTID %u is a timer's", intid);
	if (intid < GIC_NUM_PRIVATE && vcpu >= gic->num_cpus)
		return host_fail(self, -EINVAL, "there is no vCPU %u", vcpu);
	gic_set_line(gic, intid < GIC_NUM_PRIVATE ? vcpu : 0, intid, level);
	return 0;
}

/* Takes no PE: a thread that injects interrupts does not wait for one. */
int realm_irq_line(struct realm *realm, unsigned vcpu, unsigned intid, bool level)
{
	struct host_thread *self = host_thread_self(realm->host);

	if (self == NULL)
		return -ENOMEM;
	return set_line(self, realm, vcpu, intid, level);
}

void realm_irq_enter(struct host_thread *self, struct realm_vcpu *vcpu)
{
	if (vcpu->realm->gic == NULL)
		return;
	if (vcpu->was_off) {
		vcpu->was_off = false;
		gic_reset_cpu(vcpu->realm->gic, vcpu->id);
		realm_timer_reset(vcpu);
	}
	if (realm_timer_next(vcpu) != UINT64_MAX)
		realm_timer_update(vcpu, rmi_pe_counter(self->pe));
	gic_flush(vcpu->realm->gic, vcpu->id, rmi_pe_ich(self->pe));
}

void realm_irq_exit(struct host_thread *self, struct realm_vcpu *vcpu, bool entered)
{
	if (vcpu->realm->gic == NULL)
		return;
	gic_sync(vcpu->realm->gic, vcpu->id, rmi_pe_ich(self->pe));
	if (entered)
		realm_timer_sync(vcpu);
}

bool realm_irq_is_pending(const struct realm_vcpu *vcpu)
{
	return vcpu->realm->gic != NULL && gic_has_interrupt(vcpu->realm->gic, vcpu->id);
}

bool realm_irq_sysreg(struct realm_vcpu *vcpu)
{
	const struct rmi_rec_exit *rec_exit = &vcpu->run->exit;

	return vcpu->realm->gic != NULL &&
	       gic_sysreg_write(vcpu->realm->gic, vcpu->id, rec_exit->esr, rec_exit->gprs[0]);
}
