// SPDX-License-Identifier: GPL-2.0-only
/* Physically contiguous memory: found in the zones of the kernel, or in that of the loopback. */

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/hugetlb.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "shim.h"

/* Large runs begin where a block of stage 2 may begin. */
#define LARGE_PAGES  512u
/* Other runs where a granule of any size may: the RMM of a loopback may want that. */
#define SMALL_PAGES  16u
/* Windows that are tried in earnest; each can take the kernel a while. */
#define MAX_ATTEMPTS 256u

static atomic64_t leaked_pages;

/*
 * Leaked pages are known to nobody else: the module stays, so that they can be asked for. The
 * memory of a loopback is its server's, and free when that has gone.
 */
static void leak(u64 pages)
{
	if (!pages)
		return;
	if (atomic64_add_return(pages, &leaked_pages) == pages && !shim_rmm.loopback)
		__module_get(THIS_MODULE);
	if (shim_rmm.loopback)
		shim_loopback_leak(pages);
}

void shim_leaks_over(void)
{
	atomic64_set(&leaked_pages, 0);
}

u64 shim_leaked_pages(void)
{
	return atomic64_read(&leaked_pages);
}

/* The last page of a window that makes it useless; 0 when there is none. */
static unsigned long obstacle(unsigned long start, unsigned long pages, struct zone *zone)
{
	unsigned long pfn = start + pages;

	while (pfn-- > start) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || page_zone(page) != zone || PageReserved(page) || PageHuge(page))
			return pfn;
	}
	return 0;
}

static int grab_from(int nid, unsigned long pages, unsigned long align, unsigned int *attempts,
                     u64 *pa)
{
	unsigned long first = NODE_DATA(nid)->node_start_pfn;
	unsigned long end = first + NODE_DATA(nid)->node_spanned_pages;
	unsigned long pfn = round_down(end - min(end, pages), align);

	while (pfn >= first && pfn) {
		struct page *page = pfn_to_online_page(pfn);
		unsigned long bad = page ? obstacle(pfn, pages, page_zone(page)) : pfn;

		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		if (!bad) {
			if (++*attempts > MAX_ATTEMPTS)
				return -ENOMEM;
			if (!alloc_contig_range(pfn, pfn + pages, MIGRATE_MOVABLE,
			                        GFP_KERNEL | __GFP_NOWARN)) {
				*pa = PFN_PHYS(pfn);
				return 0;
			}
			bad = pfn;
		}
		if (bad < pages + align)
			break;
		/* The next window ends before what was in the way. */
		pfn = min(pfn - align, round_down(bad - pages, align));
	}
	return -ENOMEM;
}

int shim_pages_grab(u64 pages, u64 *pa)
{
	unsigned long align = pages > LARGE_PAGES ? LARGE_PAGES : SMALL_PAGES;
	unsigned int attempts = 0;
	int nid, err = -ENOMEM;

	if (!pages || pages > totalram_pages() / 2)
		return -ENOMEM;
	for_each_online_node(nid) {
		err = grab_from(nid, pages, align, &attempts, pa);
		if (err != -ENOMEM)
			break;
	}
	if (err)
		return err;
	for (u64 i = 0; i < pages; i++) {
		clear_page(shim_page_va(*pa + i * PAGE_SIZE));
		cond_resched();
	}
	return 0;
}

void shim_pages_free(u64 pa, u64 pages)
{
	if (pages)
		free_contig_range(PHYS_PFN(pa), pages);
}

static void put_pages(u64 pa, u64 pages)
{
	if (shim_rmm.loopback)
		shim_loopback_free(pa, pages);
	else
		shim_pages_free(pa, pages);
}

/* A chunk that is in no list yet. */
struct shim_chunk *shim_chunk_make(u64 size)
{
	u64 pages = size >> PAGE_SHIFT;
	struct shim_chunk *chunk;
	int err;

	if (!size || size & ~PAGE_MASK)
		return ERR_PTR(-EINVAL);
	if (pages > totalram_pages() / 2)
		return ERR_PTR(-ENOMEM);
	chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return ERR_PTR(-ENOMEM);
	chunk->pages = pages;
	chunk->state = vzalloc(pages);
	if (!chunk->state)
		err = -ENOMEM;
	else if (shim_rmm.loopback)
		err = shim_loopback_alloc(pages + SHIM_BOUNCES, &chunk->base);
	else
		err = shim_pages_grab(pages + SHIM_BOUNCES, &chunk->base);
	if (!err)
		return chunk;
	vfree(chunk->state);
	kfree(chunk);
	return ERR_PTR(err);
}

void shim_chunk_add(struct shim_file *sf, struct shim_chunk *chunk)
{
	mutex_lock(&sf->lock);
	list_add_tail(&chunk->link, &sf->chunks);
	mutex_unlock(&sf->lock);
}

/* Frees what is normal memory of a chunk that is in no list any more, and leaks the rest. */
void shim_chunk_drop(struct shim_chunk *chunk)
{
	u64 own = chunk->base + chunk->pages * PAGE_SIZE;
	u64 leaked = 0;

	for (u64 i = 0; i < chunk->pages;) {
		u64 end = i;

		while (end < chunk->pages && chunk->state[end] == chunk->state[i])
			end++;
		if (chunk->state[i] == RMI_SHIM_PAGE_NORMAL) {
			put_pages(chunk->base + i * PAGE_SIZE, end - i);
		} else {
			pr_err("rmi-shim: leaked [%#llx, %#llx), state %u: the RMM keeps it\n",
			       chunk->base + i * PAGE_SIZE, chunk->base + end * PAGE_SIZE,
			       chunk->state[i] & ~SHIM_WAS_NORMAL);
			leaked += end - i;
		}
		i = end;
		cond_resched();
	}
	for (unsigned int slot = 0; slot < SHIM_BOUNCES; slot++) {
		/* An operation that did not end may still read it. */
		if (chunk->busy & 1u << slot)
			leaked++;
		else
			put_pages(own + slot * PAGE_SIZE, 1);
	}
	leak(leaked);
	vfree(chunk->state);
	kfree(chunk);
}

int shim_chunk_free(struct shim_file *sf, u64 pa, u64 size)
{
	struct shim_chunk *chunk;
	int err = 0;

	if (mutex_lock_killable(&sf->call_lock))
		return -EINTR;
	/* A REC runs. */
	if (!down_write_trylock(&sf->chunks_lock)) {
		mutex_unlock(&sf->call_lock);
		return -EBUSY;
	}
	mutex_lock(&sf->lock);
	chunk = shim_chunk_of(sf, pa);
	if (!chunk || chunk->base != pa || chunk->pages != size >> PAGE_SHIFT || size & ~PAGE_MASK)
		err = -EINVAL;
	/* A Realm may have normal memory in its tables, an operation may have read its address. */
	if (!err && !list_empty(&sf->objects))
		err = -EBUSY;
	for (u64 i = 0; !err && i < chunk->pages; i++) {
		if (chunk->state[i] != RMI_SHIM_PAGE_NORMAL)
			err = -EBUSY;
	}
	if (!err) {
		list_del(&chunk->link);
		unmap_mapping_range(sf->mapping, pa, size, 1);
	}
	mutex_unlock(&sf->lock);
	up_write(&sf->chunks_lock);
	if (!err)
		shim_chunk_drop(chunk);
	mutex_unlock(&sf->call_lock);
	return err;
}
