/* SPDX-License-Identifier: BSD-3-Clause */
/* RAM of a Realm: regions, attributes, and the pages behind its shared half. */

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

static int add_memory(struct host_thread *self, struct realm *realm, uint64_t gpa, uint64_t size)
{
	struct host *host = realm->host;
	const uint64_t pages = size >> host->gshift;
	struct ram *ram;
	int err;

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
	ram->is_shared = host_zalloc(host, pages * sizeof(*ram->is_shared));
	ram->backing = host_zalloc(host, pages * sizeof(*ram->backing));
	if (ram->is_shared == NULL || ram->backing == NULL)
		goto free_ram;
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
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	err = add_memory(self, realm, gpa, size);
	host_leave(self);
	return err;
}

static int add_mmio(struct host_thread *self, struct realm *realm, const struct device *like)
{
	int err = check_new(self, realm, "a device", like->gpa, like->size);
	struct device *dev;

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

static pa_t backing_pa(const struct realm *realm, const struct ram *ram, uint64_t index)
{
	const struct phys *phys = &realm->host->phys;

	return phys->base + ((uint64_t)(ram->backing[index] - 1) << phys->gshift);
}

pa_t realm_ram_shared_page(struct host_thread *self, struct realm *realm, struct ram *ram,
                           uint64_t gpa)
{
	uint64_t index = realm_ram_index(realm, ram, gpa);
	void *va;
	pa_t pa;

	if (ram->backing[index] != 0)
		return backing_pa(realm, ram, index);
	pa = host_alloc_zeroed(self, realm->id, &va);
	if (pa != PHYS_NONE)
		ram->backing[index] =
		        (uint32_t)((pa - realm->host->phys.base) >> realm->host->gshift) + 1;
	return pa;
}

/* Gives the shared page of an index back, if there is one. */
static void drop_backing(struct host_thread *self, struct realm *realm, struct ram *ram,
                         uint64_t index, bool leak)
{
	const uint64_t size = realm_page_size(realm);

	if (ram->backing[index] == 0)
		return;
	if (leak)
		host_phys_leak(&realm->host->phys, backing_pa(realm, ram, index), size,
		               PHYS_LEAK_UNMAP);
	else
		host_free_pages(self, backing_pa(realm, ram, index), size);
	ram->backing[index] = 0;
}

void realm_ram_free(struct host_thread *self, struct realm *realm, bool leak)
{
	while (realm->ram != NULL) {
		struct ram *ram = realm->ram;

		realm->ram = ram->next;
		for (uint64_t i = 0; i < ram->size >> realm->host->gshift; i++)
			drop_backing(self, realm, ram, i, leak);
		free(ram->is_shared);
		free(ram->backing);
		free(ram);
	}
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
	for (uint64_t gpa = range.base; gpa < range.top; gpa += realm_page_size(realm)) {
		uint64_t index = realm_ram_index(realm, ram, gpa);

		ram->is_shared[index] = !is_private;
		if (is_private)
			drop_backing(self, realm, ram, index, false);
	}
	return 0;
}

static int set_attributes(struct host_thread *self, struct realm *realm, struct ipa_range range,
                          bool is_private)
{
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
	if (!is_aligned(gpa | size, realm_page_size(realm)) || gpa + size < gpa ||
	    !realm_ram_covers(realm, gpa, size)) {
		err = host_fail(self, -EINVAL,
		                "[%#" PRIx64 ", %#" PRIx64 ") is not RAM in whole pages", gpa,
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

/* The part of shared RAM in one page that begins at gpa. NULL: there is none. */
static void *shared_va(struct host_thread *self, struct realm *realm, uint64_t gpa, int *err)
{
	const uint64_t in_page = realm_page_size(realm) - 1;
	struct ram *ram = realm_ram_find(realm, gpa);
	pa_t pa;

	if (ram == NULL || !ram->is_shared[realm_ram_index(realm, ram, gpa)]) {
		*err = host_fail(self, -EFAULT, "%#" PRIx64 " is %s", gpa,
		                 ram == NULL ? "no RAM" : "private");
		return NULL;
	}
	pa = realm_ram_shared_page(self, realm, ram, gpa & ~in_page);
	if (pa == PHYS_NONE) {
		*err = -ENOMEM;
		return NULL;
	}
	return rmi_pa_to_va(realm->host->rmi, pa + (gpa & in_page), 1);
}

static int copy_shared(struct realm *realm, uint64_t gpa, void *to, const void *from, size_t size)
{
	struct host_thread *self = host_enter(realm->host);
	int err = 0;

	if (self == NULL)
		return -ENOMEM;
	gpa &= ~realm->shared_bit;
	pthread_mutex_lock(&realm->mmu_lock);
	for (size_t done = 0; done < size && err == 0;) {
		size_t part =
		        realm_page_size(realm) - ((gpa + done) & (realm_page_size(realm) - 1));
		void *va = shared_va(self, realm, gpa + done, &err);

		if (part > size - done)
			part = size - done;
		if (va != NULL && to != NULL)
			memcpy((char *)to + done, va, part);
		else if (va != NULL && from != NULL)
			memcpy(va, (const char *)from + done, part);
		done += part;
	}
	pthread_mutex_unlock(&realm->mmu_lock);
	host_leave(self);
	return err;
}

int realm_read_shared(struct realm *realm, uint64_t gpa, void *data, size_t size)
{
	return copy_shared(realm, gpa, data, NULL, size);
}

int realm_write_shared(struct realm *realm, uint64_t gpa, const void *data, size_t size)
{
	return copy_shared(realm, gpa, NULL, data, size);
}
