/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose is every page: the host's record, held against what the RMM says. */

#include <string.h>

#include "realm_impl.h"

/* The owner that a page of a granule state should have, by the specification's name. */
static bool owner_of_state(const char *state, enum host_page_owner *owner)
{
	static const struct {
		const char *state;
		enum host_page_owner owner;
	} table[] = {
	        {"GRAN_DELEGATED", HOST_PAGE_DELEGATED},
	        {"GRAN_RD", HOST_PAGE_RD},
	        {"GRAN_RTT", HOST_PAGE_RTT},
	        {"GRAN_REC", HOST_PAGE_REC},
	        {"GRAN_DATA", HOST_PAGE_DATA},
	        {"GRAN_INTERNAL", HOST_PAGE_DONATED},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].state, state) == 0) {
			*owner = table[i].owner;
			return true;
		}
	}
	return false;
}

static bool realm_lives(struct host *host, uint32_t id)
{
	const struct realm *realm;

	pthread_mutex_lock(&host->list_lock);
	for (realm = host->realms; realm != NULL; realm = realm->next)
		if (realm->id == id)
			break;
	pthread_mutex_unlock(&host->list_lock);
	return realm != NULL;
}

/* Why a page is lost, or NULL. What the host itself holds (realm 0) is no loss. */
static const char *why_lost(struct host *host, const struct phys_page *page)
{
	if (page->owner == HOST_PAGE_FREE)
		return NULL;
	if (page->owner == HOST_PAGE_LEAKED)
		return host_phys_leak_text((enum phys_leak)page->reason);
	if (page->realm != 0 && !realm_lives(host, page->realm))
		return "its realm is gone";
	return NULL;
}

/* One line for pages [from, to), which are lost for the same reason. */
static void report(struct host *host, FILE *out, uint64_t from, uint64_t to,
                   const struct phys_page *page, const char *why)
{
	const struct phys *phys = &host->phys;

	if (out == NULL)
		return;
	fprintf(out,
	        "lost: [%#" PRIx64 ", %#" PRIx64 "), %" PRIu64 " page%s of realm %" PRIu32
	        ", %s: %s\n",
	        phys->base + (from << phys->gshift), phys->base + (to << phys->gshift), to - from,
	        to - from == 1 ? "" : "s", page->realm,
	        host_page_owner_name((enum host_page_owner)page->owner), why);
}

static uint64_t audit_record(struct host *host, FILE *out)
{
	struct phys *phys = &host->phys;
	uint64_t lost = 0;

	for (uint64_t i = phys->low; i < phys->high;) {
		const struct phys_page *page = &phys->pages[i];
		const char *why = why_lost(host, page);
		uint64_t from = i;

		for (i++; why != NULL && i < phys->high; i++)
			if (phys->pages[i].realm != page->realm ||
			    phys->pages[i].owner != page->owner ||
			    phys->pages[i].reason != page->reason)
				break;
		if (why == NULL)
			continue;
		report(host, out, from, i, page, why);
		lost += i - from;
	}
	return lost;
}

/* Granules that the RMM holds in a state that the host does not know of. */
static uint64_t audit_rmm(struct host *host, FILE *out)
{
	const uint64_t page_size = host_page_size(host);
	struct phys *phys = &host->phys;
	const char *state;
	uint64_t lost = 0;

	for (pa_t pa = phys->base; rmi_next_held_granule(host->rmi, pa, &pa, &state);
	     pa += page_size) {
		enum host_page_owner want = HOST_PAGE_LEAKED, owner;
		uint32_t realm;

		if (!host_phys_contains(phys, pa, page_size))
			break;
		owner = (enum host_page_owner)phys->pages[(pa - phys->base) >> phys->gshift].owner;
		realm = phys->pages[(pa - phys->base) >> phys->gshift].realm;
		/* Leaked pages, and those of realms that are gone, have been counted. */
		if (owner == HOST_PAGE_LEAKED || (realm != 0 && !realm_lives(host, realm)))
			continue;
		if (!owner_of_state(state, &want) || owner == want)
			continue;
		lost++;
		if (out != NULL)
			fprintf(out, "lost: %#" PRIx64 ", %s in the host: the RMM has it as %s\n",
			        pa, host_page_owner_name(owner), state);
	}
	return lost;
}

uint64_t host_audit(struct host *host, FILE *out)
{
	uint64_t lost = audit_record(host, out) + audit_rmm(host, out);

	if (out != NULL)
		fprintf(out, "audit: %" PRIu64 " page%s lost (peak %" PRIu64 ")\n", lost,
		        lost == 1 ? "" : "s", host->phys.peak);
	return lost;
}
