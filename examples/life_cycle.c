/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole life of a realm in one program: a host opens the software RMM, builds a realm, runs it,
 * answers what it asks for, and takes every page back. The realm's software is a C function.
 */
#include <inttypes.h>
#include <stdio.h>

#include <host/host.h>
#include <host/realm.h>
#include <host/vcpu.h>
#include <rmi/model.h>
#include <rmm/guest.h>

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_SIZE (UINT64_C(16) << 20)

/* Runs in the realm: addresses are IPAs, and every access goes through stage 2. */
static void guest(struct guest *g, void *arg)
{
	uint64_t call = RAM_BASE + 0x2000; /* A struct rsi_host_call in the realm's own memory. */

	(void)arg;
	/* Nobody has populated this page: the store faults, the host maps memory, it goes on. */
	guest_store64(g, RAM_BASE + 0x1000, 42);
	/* A host call is how a realm talks to its VMM: an immediate and 31 registers. */
	guest_store16(g, call, 7);
	guest_store64(g, call + 8, guest_load64(g, RAM_BASE + 0x1000));
	rsi_host_call(g, call);
	psci_system_off(g);
}

/* Runs the vCPU until the realm switches itself off. Returns whether it did. */
static bool run(struct realm *realm, struct realm_vcpu *vcpu)
{
	for (;;) {
		struct realm_exit *e = realm_vcpu_run(vcpu);

		switch (e->reason) {
		case REALM_EXIT_HYPERCALL:
			printf("the realm calls: %u, %" PRIu64 "\n", e->hypercall.imm,
			       e->hypercall.gprs[0]);
			continue;
		case REALM_EXIT_MEMORY_FAULT:
			realm_set_attributes(realm, e->memory_fault.gpa, e->memory_fault.size,
			                     e->memory_fault.is_private);
			continue;
		default:
			return e->reason == REALM_EXIT_SYSTEM_EVENT;
		}
	}
}

int main(void)
{
	struct rmi_error err;
	struct host *host = host_open("model:dram=64M", &err);
	struct realm *realm;
	struct realm_vcpu *vcpu;
	bool good;

	if (host == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	/* vCPUs that start at this address run the function instead of code in memory. */
	rmm_script(rmi_model(host_rmi(host)), RAM_BASE, guest, NULL);

	realm = realm_create(host, &(struct realm_config){.ipa_bits = 40});
	realm_add_memory(realm, RAM_BASE, RAM_SIZE);
	vcpu = realm_vcpu_create(realm, 0);
	realm_vcpu_set_pc(vcpu, RAM_BASE);
	good = run(realm, vcpu);
	good = realm_destroy(realm) == 0 && good;
	good = host_audit(host, stdout) == 0 && good;
	host_close(host);
	return good ? 0 : 1;
}
