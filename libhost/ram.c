/* SPDX-License-Identifier: BSD-3-Clause */
/* RAM of a Realm: regions and attributes. */

#include <stdlib.h>
#include <string.h>

#include "realm_impl.h"

struct ram *realm_ram_find(const struct realm *realm, uint64_t gpa)
{
	struct ram *ram;

	for (ram = realm->ram; ram != NULL; ram = ram->next)
		if (gpa >= ram->gpa && gpa - ram->gpa < ram->size)
			break;
	return ram;
}

bool realm_ram_covers(const struct realm *realm, uint64_t gpa, uint64_t size)
{
	/* Regions may adjoin. */
	while (size > 0) {
		const struct ram *ram = realm_ram_find(realm, gpa);
		uint64_t part;

		if (ram == NULL)
			return false;
		part = ram->size - (gpa - ram->gpa);
		if (part > size)
			part = size;
		gpa += part;
		size -= part;
	}
	return true;
}

uint64_t realm_ram_index(const struct realm *realm, const struct ram *ram, uint64_t gpa)
{
	return (gpa - ram->gpa) >> realm->host->gshift;
}

/* Where RAM begins at or after a gpa; limit when it does not before that. */
static uint64_t next_ram(const struct realm *realm, uint64_t gpa, uint64_t limit)
{
	for (const struct ram *ram = realm->ram; ram != NULL; ram = ram->next)
		if (ram->gpa >= gpa && ram->gpa < limit)
			limit = ram->gpa;
	return limit;
}

bool realm_ram_all(const struct realm *realm, struct ipa_range range, bool is_private)
{
	for (uint64_t gpa = range.base; gpa < range.top;) {
		const struct ram *ram = realm_ram_find(realm, gpa);
		uint64_t end;

		if (ram == NULL) {
			if (is_private)
				return false;
			gpa = next_ram(realm, gpa, range.top);
			continue;
		}
		end = ram->gpa + ram->size < range.top ? ram->gpa + ram->size : range.top;
		for (; gpa < end; gpa += realm_page_size(realm))
			if (ram->is_shared[realm_ram_index(realm, ram, gpa)] == is_private)
				return false;
	}
	return true;
}

bool realm_ram_may_be_private(const struct realm *realm, struct ipa_range range)
{
	if (!realm_ram_covers(realm, range.base, range.top - range.base))
		return false;
	for (const struct ram *ram = realm->ram; ram != NULL; ram = ram->next)
		if ((ram->flags & REALM_MEMORY_SHARED) != 0 && ram->gpa < range.top &&
		    range.base < ram->gpa + ram->size)
			return false;
	return true;
}

bool realm_ram_affords(struct realm *realm, uint64_t size)
{
	/* Pages that nobody asked for must not be the ones that are missing later. */
	return size >> realm->host->gshift <= host_phys_available(&realm->host->phys) / 2;
}

uint64_t realm_ram_block(const struct realm *realm, const struct ram *ram, uint64_t gpa, int level)
{
	const bool is_private = !ram->is_shared[realm_ram_index(realm, ram, gpa)];

	for (level = level < 1 ? 1 : level; level < RMM_RTT_PAGE_LEVEL; level++) {
		uint64_t size = level_size(realm, level);
		uint64_t base = gpa & ~(size - 1);

		if (size <= realm->config.block_size && base >= ram->gpa &&
		    base + size <= ram->gpa + ram->size &&
		    realm_ram_all(realm, (struct ipa_range){base, base + size}, is_private))
			return size;
	}
	return realm_page_size(realm);
}

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* What every region has to fulfil. Takes config_lock when it does. */
static int check_new(struct host_thread *self, struct realm *realm, const char *what, uint64_t gpa,
                     uint64_t size)
{
	if (size == 0)
		return host_fail(self, -EINVAL, "%s at %#" PRIx64 " has no size", what, gpa);
	if (gpa >= realm->shared_bit || size > realm->shared_bit - gpa)
		return host_fail(self, -EINVAL,
		                 "%s at %#" PRIx64 " of %#" PRIx64
		                 " bytes reaches beyond the end of the private half, %#" PRIx64,
		                 what, gpa, size, realm->shared_bit);
	pthread_mutex_lock(&realm->config_lock);
	if (realm->state > REALM_STATE_NEW) {
		pthread_mutex_unlock(&realm->config_lock);
		return host_fail(self, -EBUSY, "%s cannot be added: the realm is active", what);
	}
	for (struct ram *ram = realm->ram; ram != NULL; ram = ram->next) {
		if (!overlaps(gpa, size, ram->gpa, ram->size))
			continue;
		pthread_mutex_unlock(&realm->config_lock);
		return host_fail(self, -EEXIST, "%s at %#" PRIx64 " overlaps RAM at %#" PRIx64,
		                 what, gpa, ram->gpa);
	}
	for (struct device *dev = realm->devices; dev != NULL; dev = dev->next) {
		if (!overlaps(gpa, size, dev->gpa, dev->size))
			continue;
		pthread_mutex_unlock(&realm->config_lock);
		return host_fail(self, -EEXIST, "%s at %#" PRIx64 " overlaps a device at %#" PRIx64,
		                 what, gpa, dev->gpa);
	}
	return 0;
}

static int add_memory(struct host_thread *self, struct realm *realm, uint64_t gpa, uint64_t size,
                      unsigned flags)
{
	struct host *host = realm->host;
	const uint64_t pages = size >> host->gshift;
	struct ram *ram;
	int err;

	if ((flags & ~(unsigned)(REALM_MEMORY_SHARED | REALM_MEMORY_READONLY)) != 0 ||
	    flags == REALM_MEMORY_READONLY)
		return host_fail(self, -EINVAL, "RAM cannot have the flags %#x", flags);
	if (!is_aligned(gpa | size, realm_page_size(realm)))
		return host_fail(self, -EINVAL,
		                 "RAM at %#" PRIx64 " of %#" PRIx64
		                 " bytes is not a multiple of the page size %#" PRIx64,
		                 gpa, size, realm_page_size(realm));
	err = check_new(self, realm, "RAM", gpa, size);
	if (err != 0)
		return err;
	ram = host_zalloc(host, sizeof(*ram));
	if (ram == NULL)
		goto no_memory;
	ram->gpa = gpa;
	ram->size = size;
	ram->flags = flags;
	ram->is_shared = host_zalloc(host, pages * sizeof(*ram->is_shared));
	ram->backing = host_zalloc(host, pages * sizeof(*ram->backing));
	if (ram->is_shared == NULL || ram->backing == NULL)
		goto free_ram;
	if ((flags & REALM_MEMORY_SHARED) != 0)
		memset(ram->is_shared, 1, pages);
	ram->next = realm->ram;
	realm->ram = ram;
	pthread_mutex_unlock(&realm->config_lock);
	return 0;

free_ram:
	free(ram->is_shared);
	free(ram->backing);
	free(ram);
no_memory:
	pthread_mutex_unlock(&realm->config_lock);
	return host_fail(self, -ENOMEM, "out of memory");
}

int realm_add_memory(struct realm *realm, uint64_t gpa, uint64_t size)
{
	return realm_add_memory_flags(realm, gpa, size, 0);
}

int realm_add_memory_flags(struct realm *realm, uint64_t gpa, uint64_t size, unsigned flags)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	err = add_memory(self, realm, gpa, size, flags);
	host_leave(self);
	return err;
}

static void free_ram(struct ram *ram)
{
	free(ram->is_shared);
	free(ram->backing);
	free(ram);
}

/* With config_lock held, so that no vCPU runs and none begins to. */
static int remove_memory(struct host_thread *self, struct realm *realm, uint64_t gpa)
{
	struct ram **link = &realm->ram;
	struct ipa_range range;
	struct ram *ram;
	int err = 0;

	while (*link != NULL && (*link)->gpa != gpa)
		link = &(*link)->next;
	ram = *link;
	if (ram == NULL)
		return host_fail(self, -ENOENT, "no RAM begins at %#" PRIx64, gpa);
	if (realm->state == REALM_STATE_ACTIVE)
		return host_fail(self, -EBUSY, "RAM cannot be removed: the realm is active");
	range = (struct ipa_range){ram->gpa, ram->gpa + ram->size};
	pthread_mutex_lock(&realm->mmu_lock);
	realm->mmu_seq++;
	if (realm->rd != PHYS_NONE && (ram->flags & REALM_MEMORY_SHARED) == 0)
		err = realm_unmap_private(self, realm, range);
	if (err == 0) {
		/* Shared memory is mapped on faults, which there were none of. */
		realm_shared_drop(self, realm, ram, range, false);
		*link = ram->next;
		free_ram(ram);
	}
	pthread_mutex_unlock(&realm->mmu_lock);
	return err;
}

int realm_remove_memory(struct realm *realm, uint64_t gpa)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&realm->config_lock);
	err = remove_memory(self, realm, gpa);
	pthread_mutex_unlock(&realm->config_lock);
	host_leave(self);
	return err;
}

static int add_mmio(struct host_thread *self, struct realm *realm, const struct device *like)
{
	struct device *dev;
	int err;

	if (like->ops == NULL || like->ops->read == NULL || like->ops->write == NULL)
		return host_fail(
		        self, -EINVAL, "a device at %#" PRIx64 " that cannot be %s", like->gpa,
		        like->ops == NULL || like->ops->read == NULL ? "read" : "written to");
	err = check_new(self, realm, "a device", like->gpa, like->size);
	if (err != 0)
		return err;
	dev = host_zalloc(realm->host, sizeof(*dev));
	if (dev == NULL) {
		err = host_fail(self, -ENOMEM, "out of memory");
	} else {
		*dev = *like;
		dev->next = realm->devices;
		realm->devices = dev;
	}
	pthread_mutex_unlock(&realm->config_lock);
	return err;
}

int realm_add_mmio(struct realm *realm, uint64_t gpa, uint64_t size,
                   const struct realm_mmio_ops *ops, void *arg)
{
	const struct device like = {.gpa = gpa, .size = size, .ops = ops, .arg = arg};
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	err = add_mmio(self, realm, &like);
	host_leave(self);
	return err;
}

void realm_device_remove(struct realm *realm, uint64_t gpa)
{
	struct device **link = &realm->devices;
	struct device *dev;

	pthread_mutex_lock(&realm->config_lock);
	while ((*link)->gpa != gpa)
		link = &(*link)->next;
	dev = *link;
	*link = dev->next;
	pthread_mutex_unlock(&realm->config_lock);
	free(dev);
}

void realm_ram_free(struct host_thread *self, struct realm *realm, bool leak)
{
	while (realm->ram != NULL) {
		struct ram *ram = realm->ram;

		realm->ram = ram->next;
		realm_shared_drop(self, realm, ram,
		                  (struct ipa_range){ram->gpa, ram->gpa + ram->size}, leak);
		free_ram(ram);
	}
	if (realm->zero_page != PHYS_NONE && leak)
		host_phys_leak(&realm->host->phys, realm->zero_page, realm_page_size(realm),
		               PHYS_LEAK_UNMAP);
	else if (realm->zero_page != PHYS_NONE)
		host_free_pages(self, realm->zero_page, realm_page_size(realm));
	realm->zero_page = PHYS_NONE;
	while (realm->devices != NULL) {
		struct device *dev = realm->devices;

		realm->devices = dev->next;
		free(dev);
	}
}

int realm_ram_unmap_shared(struct host_thread *self, struct realm *realm, const struct ram *ram,
                           struct ipa_range range)
{
	const uint64_t page = realm_page_size(realm);

	for (uint64_t gpa = range.base; gpa < range.top;) {
		uint64_t from = gpa;
		int err = 0;

		while (gpa < range.top && ram->backing[realm_ram_index(realm, ram, gpa)] != 0)
			gpa += page;
		if (gpa > from)
			err = realm_unmap_shared(self, realm, (struct ipa_range){from, gpa});
		else
			gpa += page;
		if (err != 0)
			return err;
	}
	return 0;
}

/* Makes a run of pages of one region private or shared. */
static int set_region(struct host_thread *self, struct realm *realm, struct ram *ram,
                      struct ipa_range range, bool is_private)
{
	const bool created = realm->state == REALM_STATE_NEW || realm->state == REALM_STATE_ACTIVE;
	int err = 0;

	if (created)
		err = is_private ? realm_ram_unmap_shared(self, realm, ram, range)
		                 : realm_unmap_private(self, realm, range);
	if (err != 0)
		return err;
	memset(&ram->is_shared[realm_ram_index(realm, ram, range.base)], !is_private,
	       (range.top - range.base) >> realm->host->gshift);
	if (is_private)
		realm_shared_drop(self, realm, ram, range, false);
	return 0;
}

static int set_attributes(struct host_thread *self, struct realm *realm, struct ipa_range range,
                          bool is_private)
{
	realm->mmu_seq++;
	while (range.base < range.top) {
		struct ram *ram = realm_ram_find(realm, range.base);
		struct ipa_range part = range;
		int err;

		if (part.top > ram->gpa + ram->size)
			part.top = ram->gpa + ram->size;
		err = set_region(self, realm, ram, part, is_private);
		if (err != 0)
			return err;
		range.base = part.top;
	}
	return 0;
}

int realm_set_attributes(struct realm *realm, uint64_t gpa, uint64_t size, bool is_private)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	if (size == 0 || !is_aligned(gpa | size, realm_page_size(realm)) || gpa + size < gpa ||
	    !realm_ram_covers(realm, gpa, size)) {
		err = host_fail(self, -EINVAL,
		                "[%#" PRIx64 ", %#" PRIx64 ") is not RAM in whole pages", gpa,
		                gpa + size);
	} else if (is_private &&
	           !realm_ram_may_be_private(realm, (struct ipa_range){gpa, gpa + size})) {
		err = host_fail(self, -EINVAL,
		                "[%#" PRIx64 ", %#" PRIx64 ") has nothing private behind it", gpa,
		                gpa + size);
	} else {
		pthread_mutex_lock(&realm->mmu_lock);
		err = set_attributes(self, realm, (struct ipa_range){gpa, gpa + size}, is_private);
		pthread_mutex_unlock(&realm->mmu_lock);
	}
	host_leave(self);
	return err;
}

bool realm_is_private(struct realm *realm, uint64_t gpa)
{
	struct ram *ram = realm_ram_find(realm, gpa & ~realm->shared_bit);
	bool is_private = false;

	if (ram == NULL)
		return false;
	pthread_mutex_lock(&realm->mmu_lock);
	is_private = !ram->is_shared[realm_ram_index(realm, ram, gpa & ~realm->shared_bit)];
	pthread_mutex_unlock(&realm->mmu_lock);
	return is_private;
}
