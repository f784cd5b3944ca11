/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest/stage2.h"

#include <sched.h>

#include "core/rmm.h"
#include "rec/interrupt.h"
#include "rec/rec.h"
#include "rec/vgic.h"
#include "rtt/rtt.h"

/* Fault status codes: the level is in the low two bits; level -1 has codes of its own. */
#define FSC_ADDRESS_SIZE         0x00u
#define FSC_TRANSLATION          0x04u
#define FSC_PERMISSION           0x0cu
#define FSC_TRANSLATION_LEVEL_M1 0x2bu

static unsigned translation_fault(int level)
{
	return level < 0 ? FSC_TRANSLATION_LEVEL_M1 : FSC_TRANSLATION | (unsigned)level;
}

/* Slot of vmid_epoch that belongs to no realm: bumped when every translation is stale. */
#define EPOCH_ALL 0

static uint64_t epoch(struct rmm *rmm, uint32_t vmid)
{
	return atomic_load(&rmm->vmid_epoch[EPOCH_ALL]) + atomic_load(&rmm->vmid_epoch[vmid]);
}

/* VMID of the realm whose REC runs on a PE; 0: none. */
static uint32_t running_vmid(const struct rmm_pe *pe)
{
	return atomic_load(&pe->stage2) >> PE_STAGE2_VMID_SHIFT;
}

/* Waits until a PE uses no translation that it cached before. */
static void flush_pe(struct rmm_pe *pe)
{
	atomic_fetch_or(&pe->vcpu.requests, GUEST_REQUEST_FLUSH);
	while ((atomic_load(&pe->stage2) & PE_STAGE2_ACTIVE) != 0 &&
	       (atomic_load(&pe->vcpu.requests) & GUEST_REQUEST_FLUSH) != 0)
		sched_yield();
}

static void flush_pes(struct rmm *rmm, uint32_t vmid, const struct rmm_pe *except)
{
	for (unsigned i = 0; i < rmm->config.pes; i++) {
		struct rmm_pe *pe = &rmm->pes[i];
		uint32_t running = running_vmid(pe);

		if (pe != except && running != 0 && (vmid == EPOCH_ALL || running == vmid))
			flush_pe(pe);
	}
}

void stage2_changed(struct rmm *rmm, const struct rd *rd)
{
	atomic_fetch_add(&rmm->vmid_epoch[rd->vmid], 1);
	flush_pes(rmm, rd->vmid, NULL);
}

void stage2_flush_all(struct rmm *rmm)
{
	atomic_fetch_add(&rmm->vmid_epoch[EPOCH_ALL], 1);
	flush_pes(rmm, EPOCH_ALL, NULL);
}

/*
 * Whether the PE may use cached translations is changed by nobody but the PE itself. It looks for
 * requests and at the epoch once it is active, and whoever makes them looks at it afterwards.
 */
static void activate(struct rmm_pe *pe)
{
	uint32_t before = atomic_load_explicit(&pe->stage2, memory_order_relaxed);

	atomic_store(&pe->stage2, before | PE_STAGE2_ACTIVE);
}

static void deactivate(struct rmm_pe *pe)
{
	uint32_t before = atomic_load_explicit(&pe->stage2, memory_order_relaxed);

	atomic_store_explicit(&pe->stage2, before & ~PE_STAGE2_ACTIVE, memory_order_release);
}

static bool take_request(struct guest_vcpu *vcpu, uint32_t request)
{
	if ((atomic_load(&vcpu->requests) & request) == 0)
		return false;
	return (atomic_fetch_and(&vcpu->requests, ~request) & request) != 0;
}

void stage2_begin(struct rmm_pe *pe, const struct rd *rd)
{
	atomic_store_explicit(&pe->stage2, rd->vmid << PE_STAGE2_VMID_SHIFT, memory_order_release);
}

void stage2_end(struct rmm_pe *pe)
{
	atomic_store_explicit(&pe->stage2, 0, memory_order_release);
}

unsigned stage2_count(struct rmm *rmm, const struct rd *rd)
{
	unsigned count = 0;

	for (unsigned i = 0; i < rmm->config.pes; i++)
		count += running_vmid(&rmm->pes[i]) == rd->vmid;
	return count;
}

bool stage2_enter(struct rmm_pe *pe, uint64_t vcpu)
{
	uint64_t now;
	bool stale;

	activate(pe);
	stale = take_request(&pe->vcpu, GUEST_REQUEST_FLUSH);
	/* A change after this sees the PE; a change before it shows in the epoch. */
	now = epoch(pe->rmm, running_vmid(pe));
	stale = stale || pe->cached_vcpu != vcpu || pe->cached_epoch != now;
	pe->cached_vcpu = vcpu;
	pe->cached_epoch = now;
	return stale;
}

void stage2_leave(struct rmm_pe *pe)
{
	deactivate(pe);
}

void stage2_pause(struct guest_vcpu *vcpu)
{
	deactivate(rmm_pe_of(vcpu));
}

static bool is_fetch(enum guest_access access)
{
	return access == GUEST_FETCH || access == GUEST_FETCH_EL0;
}

static struct stage2_lookup fault(struct stage2_lookup result, enum stage2_outcome outcome,
                                  unsigned fsc)
{
	result.outcome = outcome;
	result.fsc = fsc;
	return result;
}

/* DEN0137 A5.3.1: Protected IPAs. */
static struct stage2_lookup look_up_protected(struct rmm *rmm, const struct rtt_walk *walk,
                                              uint64_t ipa)
{
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);
	unsigned fsc = translation_fault(walk->level);
	struct stage2_lookup result = {.writable = true, .executable = true};

	switch (rtte_ripas(walk->rtte)) {
	case RMI_RIPAS_EMPTY:
		result.empty = true;
		return fault(result, STAGE2_SEA, fsc);
	case RMI_RIPAS_RAM:
		break;
	case RMI_RIPAS_DESTROYED:
	case RMI_RIPAS_DEV:
		return fault(result, STAGE2_ABORT, fsc);
	}
	if (rtte_state(walk->rtte) != RTTE_DATA)
		return fault(result, STAGE2_ABORT, fsc);
	result.host = rmm_pa_ptr(rmm, rtte_addr(walk->rtte) +
	                                      (ipa & (size - 1) & ~(RSI_GRANULE_SIZE - 1)));
	return result;
}

/* What the Host permits, as RMI_S2AP_DIRECT_*. The overlay of the indirect encoding is RW. */
static uint64_t unprotected_s2ap(const struct rd *rd, uint64_t rtte)
{
	static const uint64_t bases[] = {
	        [RMI_S2AP_RO] = RMI_S2AP_DIRECT_READ,
	        [RMI_S2AP_WO] = RMI_S2AP_DIRECT_WRITE,
	        [RMI_S2AP_RW] = RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
	        [RMI_S2AP_RW_PUX] = RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
	};
	uint64_t s2ap = RMI_FIELD_GET(rtte, RTTE_S2AP);

	if (!rd->s2ap_indirect)
		return s2ap;
	return s2ap < sizeof(bases) / sizeof(bases[0]) ? bases[s2ap] : 0;
}

/* Unprotected IPAs: the Host decides, but never about execution, and never for a delegated page. */
static struct stage2_lookup look_up_unprotected(struct rmm *rmm, const struct rd *rd,
                                                const struct rtt_walk *walk, uint64_t ipa,
                                                enum guest_access access)
{
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);
	unsigned fsc = translation_fault(walk->level);
	struct stage2_lookup result = {.unprotected = true};
	uint64_t s2ap = unprotected_s2ap(rd, walk->rtte);
	struct granule *g;
	uint64_t pa;

	if (is_fetch(access))
		return fault(result, STAGE2_SEA, fsc);
	if (rtte_state(walk->rtte) != RTTE_MAPPED_NS)
		return fault(result, STAGE2_ABORT, fsc);
	if ((s2ap & (access == GUEST_WRITE ? RMI_S2AP_DIRECT_WRITE : RMI_S2AP_DIRECT_READ)) == 0)
		return fault(result, STAGE2_ABORT, FSC_PERMISSION | (unsigned)walk->level);
	pa = rtte_addr(walk->rtte) + (ipa & (size - 1) & ~(RSI_GRANULE_SIZE - 1));
	g = granule_at(rmm, pa);
	/* Whoever delegates the granule from now on knows that translations may be cached. */
	if (g == NULL || !granule_set_ns_cached(g))
		return fault(result, STAGE2_SEA, fsc);
	result.host = rmm_pa_ptr(rmm, pa);
	result.writable = (s2ap & RMI_S2AP_DIRECT_WRITE) != 0;
	return result;
}

/*
 * The plane is on a tree of its own. What the primary tree does not have is missing there as well,
 * and the answer is that of the primary tree.
 * @param walk of the plane's tree
 * @param[in,out] result of the primary tree
 */
static void look_up_auxiliary(struct rmm *rmm, const struct rd *rd, const struct rtt_walk *pri,
                              unsigned tree, const struct rtt_walk *walk, uint64_t ipa,
                              enum guest_access access, struct stage2_lookup *result)
{
	if (!ipa_is_protected(rd, ipa)) {
		/* Below the starting level there is one tree for all. */
		if (walk->level > rd->rtt_level_start || is_fetch(access))
			return;
		/* An entry at the starting level may differ from that of the primary tree. */
		if (rtte_is_mapping(pri->rtte) || rtte_is_mapping(walk->rtte)) {
			*result = look_up_unprotected(rmm, rd, walk, ipa, access);
			result->tree = tree;
		}
	} else if (result->outcome == STAGE2_OK && rtte_state(walk->rtte) != RTTE_DATA) {
		*result = fault((struct stage2_lookup){.tree = tree}, STAGE2_ABORT,
		                translation_fault(walk->level));
	}
}

/* What a label of S2POR_EL1 permits, of what the base permission RW+puX does. */
static bool label_permits(uint8_t label, enum guest_access access)
{
	bool x = label >= RSI_PERM_LABEL_RO;

	switch (access) {
	case GUEST_WRITE:
		return label == RSI_PERM_LABEL_WO || label >= RSI_PERM_LABEL_RW;
	case GUEST_FETCH:
		return x && (label & RSI_PERM_LABEL_PX) != 0;
	case GUEST_FETCH_EL0:
		return x && (label & RSI_PERM_LABEL_UX) != 0;
	case GUEST_READ:
		break;
	}
	/* "Mostly read-only": what is written to by others. */
	return label != RSI_PERM_LABEL_NO_ACCESS && label != RSI_PERM_LABEL_WO;
}

/* A10.3.2: what plane 0 permits, if the plane's tree maps the page. */
static void apply_overlay(const struct rd *rd, unsigned plane, const struct rtt_walk *walk,
                          enum guest_access access, struct stage2_lookup *result)
{
	uint8_t label = rd->overlay_perms[plane][RMI_FIELD_GET(walk->rtte, RTTE_S2AP)];

	if (!label_permits(label, access))
		*result = fault((struct stage2_lookup){.tree = result->tree}, STAGE2_PLANE,
		                FSC_PERMISSION | (unsigned)walk->level);
	else
		result->writable = label_permits(label, GUEST_WRITE);
}

/* A10.2.3.1, A10.3.2.1: what is an SEA for plane 0. */
static void tell_p0(const struct rd *rd, uint64_t ipa, enum guest_access access,
                    struct stage2_lookup *result)
{
	if (result->outcome == STAGE2_SEA && (ipa_is_protected(rd, ipa) || is_fetch(access)))
		result->outcome = STAGE2_PLANE;
}

/*
 * What a plane finds in its tree, under what plane 0 permits it.
 * @param pri walk of the primary tree
 * @param result of the primary tree
 */
static struct stage2_lookup look_up_plane(struct rmm *rmm, const struct rd *rd, unsigned plane,
                                          const struct rtt_walk *pri, uint64_t ipa,
                                          enum guest_access access, struct stage2_lookup result)
{
	unsigned tree = realm_tree_of_plane(rd, plane);
	struct rtt_walk walk = *pri;

	if (tree != REALM_TREE_PRIMARY) {
		walk = rtt_walk_tree(rmm, rd, ipa, RMM_RTT_PAGE_LEVEL, tree);
		look_up_auxiliary(rmm, rd, pri, tree, &walk, ipa, access, &result);
	}
	if (plane == 0)
		return result;
	if (result.outcome == STAGE2_OK && ipa_is_protected(rd, ipa))
		apply_overlay(rd, plane, &walk, access, &result);
	tell_p0(rd, ipa, access, &result);
	return result;
}

struct stage2_lookup stage2_look_up(struct rmm *rmm, const struct rd *rd, unsigned plane,
                                    uint64_t ipa, enum guest_access access)
{
	struct stage2_lookup result = {0};
	struct rtt_walk primary;

	if (!ipa_is_valid(rd, ipa))
		return fault(result, STAGE2_ADDRESS_SIZE, FSC_ADDRESS_SIZE);
	primary = rtt_walk(rmm, rd, ipa, RMM_RTT_PAGE_LEVEL);
	if (ipa_is_protected(rd, ipa))
		result = look_up_protected(rmm, &primary, ipa);
	else
		result = look_up_unprotected(rmm, rd, &primary, ipa, access);
	/* The usual Realm: one plane, one tree. */
	if (plane == 0 && rd->num_trees == 1)
		return result;
	return look_up_plane(rmm, rd, plane, &primary, ipa, access, result);
}

static unsigned translate(struct guest_vcpu *vcpu, uint64_t ipa, enum guest_access access,
                          struct guest_page *page)
{
	struct rmm_pe *pe = rmm_pe_of(vcpu);
	struct stage2_lookup found;

	page->flush = false;
	for (;;) {
		struct rd *rd;

		/* While it waits for the RD this PE uses no translation. */
		deactivate(pe);
		rd = rd_lock_shared(pe->rmm, pe->rec->owner);
		found = stage2_look_up(pe->rmm, rd, pe->rec->plane, ipa, access);
		rd_unlock_shared(pe->rmm, rd);
		activate(pe);
		/* A change between the two would have been missed. */
		if (!take_request(vcpu, GUEST_REQUEST_FLUSH))
			break;
		page->flush = true;
	}
	page->host = NULL;
	if (found.outcome != STAGE2_OK)
		return found.fsc;
	page->host = found.host;
	page->writable = found.writable;
	page->executable = found.executable;
	return 0;
}

static void flushed(struct guest_vcpu *vcpu)
{
	atomic_fetch_and(&vcpu->requests, ~GUEST_REQUEST_FLUSH);
}

static void tlbi_broadcast(struct guest_vcpu *vcpu)
{
	struct rmm_pe *pe = rmm_pe_of(vcpu);
	uint32_t vmid = running_vmid(pe);

	/* Others may be waiting for this PE in the same way. */
	deactivate(pe);
	atomic_fetch_add(&pe->rmm->vmid_epoch[vmid], 1);
	flush_pes(pe->rmm, vmid, pe);
	activate(pe);
	/* While it waited this PE may have missed a change. */
	atomic_fetch_or(&vcpu->requests, GUEST_REQUEST_FLUSH);
}

const struct guest_services stage2_services = {
        .translate = translate,
        .flushed = flushed,
        .tlbi_broadcast = tlbi_broadcast,
        .counter = timer_counter,
        .tick = timer_tick,
        .gic = vgic_access,
        .send_event = event_send,
};
