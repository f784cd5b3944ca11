/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages by purpose, and moving them between the worlds. */

#include <string.h>

#include <rmi/format.h>

#include "internal.h"
#include "sro.h"

/* Pages of a range that may fail before the rest is given up without trying. */
#define MAX_UNDELEGATE_FAILURES 8u

const char *host_page_owner_name(enum host_page_owner owner)
{
	static const char *const names[HOST_NUM_PAGE_OWNERS] = {
	        [HOST_PAGE_FREE] = "free",     [HOST_PAGE_USED] = "used",
	        [HOST_PAGE_RD] = "RD",         [HOST_PAGE_DELEGATED] = "delegated",
	        [HOST_PAGE_RTT] = "RTT",       [HOST_PAGE_REC] = "REC",
	        [HOST_PAGE_DATA] = "data",     [HOST_PAGE_DONATED] = "donated",
	        [HOST_PAGE_LEAKED] = "leaked",
	};

	return (unsigned)owner < HOST_NUM_PAGE_OWNERS ? names[owner] : "?";
}

pa_t host_alloc_pages(struct host_thread *self, unsigned order, uint32_t realm)
{
	struct host *host = self->host;
	pa_t pa = PHYS_NONE;

	if (!host_allocation_fails(host))
		pa = host_phys_alloc(&host->phys, order, realm);
	if (pa == PHYS_NONE)
		host_fail(self, -ENOMEM,
		          "out of memory: %" PRIu64 " contiguous pages wanted, %" PRIu64
		          " of %" PRIu64 " pages left",
		          UINT64_C(1) << order, host_phys_available(&host->phys),
		          host->phys.num_pages);
	return pa;
}

pa_t host_alloc_zeroed(struct host_thread *self, uint32_t realm, void **va)
{
	uint64_t size = host_page_size(self->host);
	pa_t pa = host_alloc_pages(self, 0, realm);

	if (pa == PHYS_NONE)
		return pa;
	*va = rmi_pa_to_va(self->host->rmi, pa, size);
	memset(*va, 0, size);
	return pa;
}

void host_free_pages(struct host_thread *self, pa_t pa, uint64_t size)
{
	host_phys_free(&self->host->phys, pa, size);
}

int host_delegate(struct host_thread *self, pa_t pa, uint64_t size, pa_t *done)
{
	const pa_t top = pa + size;
	int err = 0;

	*done = pa;
	while (*done < top) {
		struct smccc_regs regs = {{SMC_RMI_GRANULE_RANGE_DELEGATE, *done, top}};
		uint64_t x0 = host_sro_call(self, &regs);

		if (rmi_status(x0) != RMI_SUCCESS) {
			err = host_rmi_fail(self, SMC_RMI_GRANULE_RANGE_DELEGATE, x0);
			break;
		}
		if (regs.x[1] <= *done || regs.x[1] > top) {
			err = host_fail(self, -ENXIO,
			                "RMI_GRANULE_RANGE_DELEGATE: success without progress");
			break;
		}
		*done = regs.x[1];
	}
	if (*done > pa)
		host_phys_set_owner(&self->host->phys, pa, *done - pa, HOST_PAGE_DELEGATED);
	return err;
}

static void got_back(struct host_thread *self, pa_t pa, uint64_t size)
{
	struct phys *phys = &self->host->phys;

	if (size == 0)
		return;
	host_phys_set_owner(phys, pa, size, HOST_PAGE_USED);
	host_phys_free(phys, pa, size);
}

int host_undelegate_free(struct host_thread *self, pa_t pa, uint64_t size)
{
	struct host *host = self->host;
	const uint64_t page = host_page_size(host);
	const pa_t top = pa + size;
	unsigned failures = 0;
	char result[64];

	while (pa < top && failures < MAX_UNDELEGATE_FAILURES) {
		struct smccc_regs regs = {{SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, top}};
		uint64_t x0 = host_sro_call(self, &regs);

		if (rmi_status(x0) == RMI_SUCCESS && regs.x[1] > pa && regs.x[1] <= top) {
			got_back(self, pa, regs.x[1] - pa);
			pa = regs.x[1];
			continue;
		}
		failures++;
		rmi_format_result(result, sizeof(result), x0);
		host_log(host, HOST_LOG_WARNING,
		         "page %#" PRIx64 " leaked: RMI_GRANULE_RANGE_UNDELEGATE: %s", pa, result);
		host_phys_leak(&host->phys, pa, page, PHYS_LEAK_UNDELEGATE);
		pa += page;
	}
	if (pa < top)
		host_phys_leak(&host->phys, pa, top - pa, PHYS_LEAK_UNDELEGATE);
	return failures == 0 ? 0 : -EBUSY;
}

int host_alloc_delegated(struct host_thread *self, unsigned order, enum host_page_owner owner,
                         uint32_t realm, pa_t *pa)
{
	const uint64_t size = host_page_size(self->host) << order;
	pa_t done;
	int err;

	*pa = host_alloc_pages(self, order, realm);
	if (*pa == PHYS_NONE)
		return -ENOMEM;
	err = host_delegate(self, *pa, size, &done);
	if (err != 0) {
		/* Exactly what was delegated goes back: the RMM may refuse the rest. */
		host_undelegate_free(self, *pa, done - *pa);
		host_free_pages(self, done, *pa + size - done);
		return err;
	}
	host_phys_set_owner(&self->host->phys, *pa, size, owner);
	return 0;
}

void host_pages(const struct host *host, struct host_pages *pages)
{
	struct phys *phys = (struct phys *)&host->phys;

	pthread_mutex_lock(&phys->lock);
	*pages = (struct host_pages){
	        .page_size = host_phys_page_size(phys),
	        .total = phys->num_pages,
	        .peak = phys->peak,
	};
	memcpy(pages->owner, phys->owner, sizeof(pages->owner));
	pthread_mutex_unlock(&phys->lock);
}
