/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial content, page by page, before activation (DEN0137 A5.3.4). */

#include <string.h>

#include "populate.h"

/* How many pages are populated between two calls of the progress callback. */
#define PROGRESS_PAGES 256u

static int map_init(struct host_thread *self, struct realm *realm, uint64_t gpa, pa_t data,
                    pa_t src, unsigned flags)
{
	struct rtt_growth growth = {.begun = false};

	for (;;) {
		struct smccc_regs regs = {{SMC_RMI_RTT_DATA_MAP_INIT, realm->rd, data, gpa, src,
		                           flags & REALM_MEASURE ? RMI_DATA_FLAGS_MEASURE : 0}};
		uint64_t x0 = host_sro_call(self, &regs);
		int err;

		if (rmi_status(x0) == RMI_SUCCESS)
			return 0;
		if (rmi_status(x0) != RMI_ERROR_RTT)
			return host_rmi_fail(self, SMC_RMI_RTT_DATA_MAP_INIT, x0);
		if (rmi_level(x0) >= RMM_RTT_PAGE_LEVEL)
			return host_fail(self, -EIO, "%#" PRIx64 " has been populated before", gpa);
		err = realm_rtt_grow(self, realm, SMC_RMI_RTT_DATA_MAP_INIT, &growth, gpa,
		                     rmi_level(x0));
		if (err != 0)
			return err;
	}
}

static int populate_page(struct host_thread *self, struct realm *realm, uint64_t gpa, pa_t src,
                         unsigned flags)
{
	pa_t data;
	int err;

	if (!realm_ram_all(realm, (struct ipa_range){gpa, gpa + realm_page_size(realm)}, true))
		return host_fail(self, -EINVAL, "%#" PRIx64 " is shared", gpa);
	err = host_alloc_delegated(self, 0, HOST_PAGE_DATA, realm->id, &data);
	if (err != 0)
		return err;
	err = map_init(self, realm, gpa, data, src, flags);
	if (err != 0)
		host_undelegate_free(self, data, realm_page_size(realm));
	else
		count_up(&realm->counts.pages_populated, 1);
	return err;
}

int realm_populate_range(struct host_thread *self, struct realm *realm, uint64_t gpa, uint64_t size,
                         populate_fill_fn *fill, const void *arg, unsigned flags, uint64_t *done,
                         uint64_t total)
{
	const struct realm_config *config = &realm->config;
	const uint64_t page = realm_page_size(realm);
	void *va;
	pa_t src = host_alloc_zeroed(self, realm->id, &va);
	int err = 0;

	if (src == PHYS_NONE)
		return -ENOMEM;
	for (uint64_t at = gpa; at < gpa + size && err == 0; at += page) {
		memset(va, 0, page);
		fill(arg, at, va, page);
		pthread_mutex_lock(&realm->mmu_lock);
		err = populate_page(self, realm, at, src, flags);
		pthread_mutex_unlock(&realm->mmu_lock);
		if (err == 0)
			*done += page;
		if (config->progress != NULL &&
		    (*done == total || *done % (PROGRESS_PAGES * page) == 0))
			config->progress(config->progress_arg, "populate", *done, total);
	}
	host_free_pages(self, src, page);
	return err;
}

/* Content in one piece. */
struct flat {
	const char *data; /* NULL: zeros. */
	uint64_t gpa;
	size_t size;
};

static void fill_flat(const void *arg, uint64_t gpa, void *page, uint64_t size)
{
	const struct flat *flat = arg;
	uint64_t offset = gpa - flat->gpa;

	if (flat->data == NULL || offset >= flat->size)
		return;
	if (size > flat->size - offset)
		size = flat->size - offset;
	memcpy(page, flat->data + offset, size);
}

static int populate(struct host_thread *self, struct realm *realm, const struct flat *flat,
                    unsigned flags)
{
	const uint64_t page = realm_page_size(realm);
	uint64_t whole = (flat->size + page - 1) & ~(page - 1);
	uint64_t done = 0;
	struct ipa_range range = {flat->gpa, flat->gpa + whole};
	int err;

	if ((flags & ~(unsigned)REALM_MEASURE) != 0)
		return host_fail(self, -EINVAL, "unknown flags %#x", flags);
	if (!is_aligned(flat->gpa, page) || whole < flat->size || range.top < range.base ||
	    !realm_ram_covers(realm, range.base, whole))
		return host_fail(self, -EINVAL,
		                 "[%#" PRIx64 ", %#" PRIx64 ") is not RAM in whole pages",
		                 range.base, range.top);
	err = realm_ensure_created(self, realm);
	if (err != 0)
		return err;
	return realm_populate_range(self, realm, flat->gpa, whole, fill_flat, flat, flags, &done,
	                            whole);
}

int realm_populate(struct realm *realm, uint64_t gpa, const void *data, size_t size, unsigned flags)
{
	const struct flat flat = {.data = data, .gpa = gpa, .size = size};
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&realm->config_lock);
	err = populate(self, realm, &flat, flags);
	pthread_mutex_unlock(&realm->config_lock);
	host_leave(self);
	return err;
}

/* What the ioctl looks at before it does anything. */
static int check_args(struct host_thread *self, const struct realm *realm,
                      const struct realm_populate_args *args)
{
	const uint64_t page = realm_page_size(realm);

	if (args->reserved != 0 || (args->flags & ~(uint32_t)REALM_MEASURE) != 0)
		return host_fail(self, -EINVAL, "unknown flags %#x, or reserved %#x",
		                 (unsigned)args->flags, (unsigned)args->reserved);
	if (args->source_uaddr == 0 || !is_aligned(args->source_uaddr, page) ||
	    args->source_uaddr + args->size < args->source_uaddr)
		return host_fail(self, -EINVAL, "a source of whole pages cannot be at %#" PRIx64,
		                 args->source_uaddr);
	if (!is_aligned(args->base | args->size, page) || args->base + args->size < args->base ||
	    !realm_ram_covers(realm, args->base, args->size))
		return host_fail(self, -EINVAL,
		                 "[%#" PRIx64 ", %#" PRIx64 ") is not RAM in whole pages",
		                 args->base, args->base + args->size);
	return 0;
}

static int populate_args(struct host_thread *self, struct realm *realm,
                         struct realm_populate_args *args)
{
	struct flat flat = {.gpa = args->base, .size = args->size};
	uint64_t done = 0;
	int err = check_args(self, realm, args);

	if (err == 0)
		err = realm_ensure_created(self, realm);
	if (err != 0)
		return err;
	flat.data =
	        (const char *)(uintptr_t)args->source_uaddr; // NOLINT(performance-no-int-to-ptr)
	err = realm_populate_range(self, realm, args->base, args->size, fill_flat, &flat,
	                           args->flags, &done, args->size);
	args->base += done;
	args->size -= done;
	args->source_uaddr += done;
	return done != 0 ? 0 : err;
}

int realm_populate_pages(struct realm *realm, struct realm_populate_args *args)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&realm->config_lock);
	err = populate_args(self, realm, args);
	pthread_mutex_unlock(&realm->config_lock);
	host_leave(self);
	return err;
}
