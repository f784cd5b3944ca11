// SPDX-License-Identifier: GPL-2.0-only
/* Physically contiguous memory: found in the zones of the kernel, or in that of the loopback. */

#include <linux/atomic.h>
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
/* Windows that are tried in earnest; each can take the kernel a while. */
#define MAX_ATTEMPTS 256u

static atomic64_t leaked_pages;

/* Leaked pages are known to nobody else: the module stays, so that they can be asked for. */
void shim_leaked(u64 pages)
{
	if (!pages)
		return;
	if (atomic64_add_return(pages, &leaked_pages) == pages)
		__module_get(THIS_MODULE);
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
	unsigned long align = pages > LARGE_PAGES ? LARGE_PAGES : 1;
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

int shim_chunk_alloc(struct shim_file *sf, u64 size, u64 *pa)
{
	u64 pages = size >> PAGE_SHIFT;
	struct shim_chunk *chunk;
	int err;

	if (!size || size & ~PAGE_MASK)
		return -EINVAL;
	if (pages > totalram_pages() / 2)
		return -ENOMEM;
	chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	chunk->state = vzalloc(pages);
	if (!chunk->state) {
		err = -ENOMEM;
		goto free_chunk;
	}
	if (shim_rmm.loopback)
		err = shim_loopback_alloc(pages + 1, &chunk->base);
	else
		err = shim_pages_grab(pages + 1, &chunk->base);
	if (err)
		goto free_chunk;
	chunk->pages = pages;
	chunk->bounce_pa = chunk->base + size;
	chunk->bounce = shim_page_va(chunk->bounce_pa);
	*pa = chunk->base;
	mutex_lock(&sf->lock);
	list_add_tail(&chunk->link, &sf->chunks);
	mutex_unlock(&sf->lock);
	return 0;

free_chunk:
	vfree(chunk->state);
	kfree(chunk);
	return err;
}

/* Frees what is normal memory of a chunk that is in no list any more, and leaks the rest. */
void shim_chunk_drop(struct shim_file *sf, struct shim_chunk *chunk)
{
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
	put_pages(chunk->bounce_pa, 1);
	shim_leaked(leaked);
	vfree(chunk->state);
	kfree(chunk);
}

int shim_chunk_free(struct shim_file *sf, u64 pa, u64 size)
{
	struct shim_chunk *chunk;
	int err = 0;

	mutex_lock(&sf->call_lock);
	down_write(&sf->chunks_lock);
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
		shim_chunk_drop(sf, chunk);
	mutex_unlock(&sf->call_lock);
	return err;
}
