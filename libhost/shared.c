/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages of the host behind shared RAM. They come in contiguous blocks where a whole block is
 * shared, so that the RMM can map it as one; else page by page. A page that was only read is the
 * realm's page of zeros, mapped read-only, until the first write.
 */

#include <string.h>

#include "realm_impl.h"

static pa_t page_pa(const struct realm *realm, uint32_t backing)
{
	const struct phys *phys = &realm->host->phys;

	return phys->base + ((uint64_t)(backing - 1) << phys->gshift);
}

static uint32_t page_backing(const struct realm *realm, pa_t pa)
{
	return (uint32_t)((pa - realm->host->phys.base) >> realm->host->gshift) + 1;
}

/* Whether nobody has needed a page of a range yet. */
static bool is_untouched(const struct realm *realm, const struct ram *ram, struct ipa_range range)
{
	const uint64_t first = realm_ram_index(realm, ram, range.base);
	const uint64_t num = (range.top - range.base) >> realm->host->gshift;

	for (uint64_t i = first; i < first + num; i++)
		if (ram->backing[i] != 0)
			return false;
	return true;
}

/* Whether the pages of a range are one aligned piece of memory. */
static bool is_one_piece(const struct realm *realm, const struct ram *ram, struct ipa_range range)
{
	const uint64_t first = realm_ram_index(realm, ram, range.base);
	const uint64_t num = (range.top - range.base) >> realm->host->gshift;

	if (ram->backing[first] == 0 || ram->backing[first] == RAM_ZERO_PAGE ||
	    !is_aligned(page_pa(realm, ram->backing[first]), range.top - range.base))
		return false;
	for (uint64_t i = 1; i < num; i++)
		if (ram->backing[first + i] != ram->backing[first] + i)
			return false;
	return true;
}

/* With mmu_lock held: puts pages behind a range. */
static void install(const struct realm *realm, struct ram *ram, struct ipa_range range, pa_t pa)
{
	const uint64_t first = realm_ram_index(realm, ram, range.base);
	const uint64_t num = (range.top - range.base) >> realm->host->gshift;

	for (uint64_t i = 0; i < num; i++)
		ram->backing[first + i] = page_backing(realm, pa) + (uint32_t)i;
}

/* Takes cleared memory. PHYS_NONE. */
static pa_t take(struct host_thread *self, const struct realm *realm, uint64_t size)
{
	pa_t pa = host_alloc_pages(self, host_order(realm->host, size), realm->id);

	if (pa != PHYS_NONE)
		memset(rmi_pa_to_va(realm->host->rmi, pa, size), 0, size);
	return pa;
}

static pa_t zero_page(struct host_thread *self, struct realm *realm)
{
	if (realm->zero_page == PHYS_NONE)
		realm->zero_page = take(self, realm, realm_page_size(realm));
	return realm->zero_page;
}

/* The aligned piece of a size around a gpa. */
static struct ipa_range around(uint64_t gpa, uint64_t size)
{
	struct ipa_range range = {.base = gpa & ~(size - 1)};

	range.top = range.base + size;
	return range;
}

/* With mmu_lock held: maps what is behind a page, as a block if it can be. */
static int map_present(struct host_thread *self, struct realm *realm, const struct ram *ram,
                       uint64_t gpa, int level)
{
	const bool writable = (ram->flags & REALM_MEMORY_READONLY) == 0;
	struct ipa_range range = around(gpa, realm_ram_block(realm, ram, gpa, level));
	int err;

	if (!is_one_piece(realm, ram, range))
		range = around(gpa, realm_page_size(realm));
	err = realm_map_shared(
	        self, realm, range.base + realm->shared_bit,
	        page_pa(realm, ram->backing[realm_ram_index(realm, ram, range.base)]),
	        range.top - range.base, writable);
	if (err == 0)
		count_up(&realm->counts.pages_shared,
		         (range.top - range.base) >> realm->host->gshift);
	return err;
}

/* With mmu_lock held: maps the page of zeros. A write to it will be a fault again. */
static int map_zeros(struct host_thread *self, struct realm *realm, struct ram *ram, uint64_t gpa)
{
	const uint64_t page = realm_page_size(realm);
	pa_t pa = zero_page(self, realm);
	int err;

	if (pa == PHYS_NONE)
		return -ENOMEM;
	/* Before it is mapped: then it is known that there is something to unmap. */
	ram->backing[realm_ram_index(realm, ram, gpa)] = RAM_ZERO_PAGE;
	err = realm_map_shared(self, realm, gpa + realm->shared_bit, pa, page, false);
	if (err == 0)
		count_up(&realm->counts.pages_shared, 1);
	return err;
}

/*
 * Takes memory for a range without the lock, which is let go of, since clearing takes time; puts it
 * there if nothing has changed and nobody else did, and maps it.
 */
static int map_new(struct host_thread *self, struct realm *realm, struct ram *ram, uint64_t gpa,
                   uint64_t size, int level)
{
	const uint64_t seq = realm->mmu_seq;
	const struct ipa_range range = around(gpa, size);
	uint32_t was = ram->backing[realm_ram_index(realm, ram, gpa)];
	pa_t pa;

	pthread_mutex_unlock(&realm->mmu_lock);
	pa = take(self, realm, size);
	pthread_mutex_lock(&realm->mmu_lock);
	if (pa == PHYS_NONE)
		return -ENOMEM;
	if (realm->mmu_seq != seq || ram->backing[realm_ram_index(realm, ram, gpa)] != was ||
	    (was == 0 && !is_untouched(realm, ram, range))) {
		host_free_pages(self, pa, size);
		count_up(&realm->counts.faults_retried, 1);
		return -EAGAIN;
	}
	install(realm, ram, range, pa);
	return map_present(self, realm, ram, gpa, level);
}

/* Bytes to put behind a page that has none: a block if all of it is free to be used. */
static uint64_t new_size(struct realm *realm, const struct ram *ram, uint64_t gpa, int level)
{
	uint64_t size = realm_ram_block(realm, ram, gpa, level);

	if (size > realm_page_size(realm) && is_untouched(realm, ram, around(gpa, size)) &&
	    realm_ram_affords(realm, size))
		return size;
	return realm_page_size(realm);
}

int realm_shared_fault(struct host_thread *self, struct realm *realm, struct ram *ram, uint64_t gpa,
                       int level, bool is_write)
{
	const uint32_t backing = ram->backing[realm_ram_index(realm, ram, gpa)];
	const uint64_t page = realm_page_size(realm);
	uint64_t size = page;
	int err;

	if (backing != 0 && backing != RAM_ZERO_PAGE)
		return map_present(self, realm, ram, gpa, level);
	if (backing == 0)
		size = new_size(realm, ram, gpa, level);
	if (size == page && !is_write)
		return map_zeros(self, realm, ram, gpa);
	err = map_new(self, realm, ram, gpa, size, level);
	/* No block is to be had: a page may be. */
	if (err == -ENOMEM && size > page)
		err = map_new(self, realm, ram, gpa, page, level);
	return err;
}

void realm_shared_drop(struct host_thread *self, struct realm *realm, struct ram *ram,
                       struct ipa_range range, bool leak)
{
	const uint64_t page = realm_page_size(realm);

	for (uint64_t gpa = range.base; gpa < range.top; gpa += page) {
		uint32_t *backing = &ram->backing[realm_ram_index(realm, ram, gpa)];

		if (*backing == 0)
			continue;
		if (*backing != RAM_ZERO_PAGE && leak)
			host_phys_leak(&realm->host->phys, page_pa(realm, *backing), page,
			               PHYS_LEAK_UNMAP);
		else if (*backing != RAM_ZERO_PAGE)
			host_free_pages(self, page_pa(realm, *backing), page);
		*backing = 0;
	}
}

/*
 * With mmu_lock held: the page behind a gpa that the VMM writes to. The page of zeros is replaced;
 * the Realm sees the new one at its next access.
 */
static int page_to_write(struct host_thread *self, struct realm *realm, struct ram *ram,
                         uint64_t gpa, pa_t *pa)
{
	const uint64_t page = realm_page_size(realm);
	uint32_t backing = ram->backing[realm_ram_index(realm, ram, gpa)];
	uint64_t size = page;
	int err = 0;

	if (backing != 0 && backing != RAM_ZERO_PAGE) {
		*pa = page_pa(realm, backing);
		return 0;
	}
	if (backing == RAM_ZERO_PAGE)
		err = realm_unmap_shared(self, realm, (struct ipa_range){gpa, gpa + page});
	else
		size = new_size(realm, ram, gpa, 1);
	if (err != 0)
		return err;
	*pa = take(self, realm, size);
	if (*pa == PHYS_NONE && size > page) {
		size = page;
		*pa = take(self, realm, size);
	}
	if (*pa == PHYS_NONE)
		return -ENOMEM;
	install(realm, ram, around(gpa, size), *pa);
	*pa += gpa & (size - 1);
	return 0;
}

/* Copies within one page, to or from where that is not NULL. */
static int copy_part(struct host_thread *self, struct realm *realm, uint64_t gpa, void *to,
                     const void *from, uint64_t size)
{
	const uint64_t in_page = gpa & (realm_page_size(realm) - 1);
	struct ram *ram = realm_ram_find(realm, gpa);
	uint32_t backing;
	pa_t pa;
	int err;

	if (from != NULL) {
		err = page_to_write(self, realm, ram, gpa - in_page, &pa);
		if (err != 0)
			return err;
		memcpy(rmi_pa_to_va(realm->host->rmi, pa + in_page, size), from, size);
	}
	if (to == NULL)
		return 0;
	backing = ram->backing[realm_ram_index(realm, ram, gpa)];
	if (backing == 0 || backing == RAM_ZERO_PAGE)
		memset(to, 0, size);
	else
		memcpy(to, rmi_pa_to_va(realm->host->rmi, page_pa(realm, backing) + in_page, size),
		       size);
	return 0;
}

/* Whether all of a range is shared RAM. */
static int check_copy(struct host_thread *self, const struct realm *realm, uint64_t gpa,
                      uint64_t size)
{
	const uint64_t page = realm_page_size(realm);

	if (gpa + size < gpa)
		return host_fail(self, -EFAULT, "%#" PRIx64 " bytes at %#" PRIx64 " are no RAM",
		                 size, gpa);
	for (uint64_t at = gpa & ~(page - 1); at < gpa + size; at += page) {
		const struct ram *ram = realm_ram_find(realm, at);

		if (ram == NULL || !ram->is_shared[realm_ram_index(realm, ram, at)])
			return host_fail(self, -EFAULT, "%#" PRIx64 " is %s", at,
			                 ram == NULL ? "no RAM" : "private");
	}
	return 0;
}

static int copy(struct realm *realm, uint64_t gpa, void *to, const void *from, size_t size)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	gpa &= ~realm->shared_bit;
	pthread_mutex_lock(&realm->mmu_lock);
	err = check_copy(self, realm, gpa, size);
	for (size_t done = 0; done < size && err == 0;) {
		size_t part =
		        realm_page_size(realm) - ((gpa + done) & (realm_page_size(realm) - 1));

		if (part > size - done)
			part = size - done;
		err = copy_part(self, realm, gpa + done, to != NULL ? (char *)to + done : NULL,
		                from != NULL ? (const char *)from + done : NULL, part);
		done += part;
	}
	pthread_mutex_unlock(&realm->mmu_lock);
	host_leave(self);
	return err;
}

int realm_read_shared(struct realm *realm, uint64_t gpa, void *data, size_t size)
{
	return copy(realm, gpa, data, NULL, size);
}

int realm_write_shared(struct realm *realm, uint64_t gpa, const void *data, size_t size)
{
	return copy(realm, gpa, NULL, data, size);
}
