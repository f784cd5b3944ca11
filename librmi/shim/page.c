// SPDX-License-Identifier: GPL-2.0-only
/* States of pages, and what of them user space sees. */

#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "shim.h"

struct shim_chunk *shim_chunk_of(struct shim_file *sf, u64 pa)
{
	struct shim_chunk *chunk;

	list_for_each_entry(chunk, &sf->chunks, link) {
		if (pa >= chunk->base && (pa - chunk->base) >> PAGE_SHIFT < chunk->pages)
			return chunk;
	}
	return NULL;
}

u8 *shim_page(struct shim_file *sf, u64 pa)
{
	struct shim_chunk *chunk = shim_chunk_of(sf, pa);

	return chunk ? &chunk->state[(pa - chunk->base) >> PAGE_SHIFT] : NULL;
}

/* Chunks do not adjoin for user space: the driver's own pages are between them. */
bool shim_owns(struct shim_file *sf, u64 base, u64 size)
{
	struct shim_chunk *chunk = shim_chunk_of(sf, base);

	return chunk && size <= chunk->pages * PAGE_SIZE - (base - chunk->base);
}

bool shim_owns_normal(struct shim_file *sf, u64 base, u64 size)
{
	if (!size || !shim_owns(sf, base, size))
		return false;
	for (u64 pa = base & PAGE_MASK; pa < base + size; pa += PAGE_SIZE) {
		if (*shim_page(sf, pa) != RMI_SHIM_PAGE_NORMAL)
			return false;
	}
	return true;
}

bool shim_owns_some(struct shim_file *sf, u64 base, u64 size)
{
	struct shim_chunk *chunk;

	list_for_each_entry(chunk, &sf->chunks, link) {
		if (chunk->base < base ? base - chunk->base < chunk->pages * PAGE_SIZE
		                       : chunk->base - base < size)
			return true;
	}
	return false;
}

void *shim_page_va(u64 pa)
{
	return page_address(pfn_to_page(PHYS_PFN(pa)));
}

/* The first page is for the driver's own calls, which must not fail for want of one. */
int shim_bounce_get(struct shim_chunk *chunk, bool internal, struct shim_bounce *bounce)
{
	unsigned int slot = internal ? 0 : 1;

	while (slot < SHIM_BOUNCES && chunk->busy & 1u << slot)
		slot++;
	if (slot == SHIM_BOUNCES)
		return -EBUSY;
	chunk->busy |= 1u << slot;
	bounce->chunk = chunk;
	bounce->slot = slot;
	bounce->pa = chunk->base + (chunk->pages + slot) * PAGE_SIZE;
	bounce->words = shim_page_va(bounce->pa);
	memset(bounce->words, 0, PAGE_SIZE);
	return 0;
}

void shim_bounce_put(struct shim_bounce *bounce)
{
	if (bounce->chunk)
		bounce->chunk->busy &= ~(1u << bounce->slot);
	bounce->chunk = NULL;
}

/*
 * Before memory may change hands: a Granule Protection Fault kills the process that takes it, and
 * the kernel itself when it follows a user's pointer. So nobody has the pages mapped when the RMM
 * is called, and the fault handler, which takes the same lock, does not map them again.
 */
void shim_pages_take(struct shim_file *sf, u64 base, u64 size)
{
	bool any = false;

	for (u64 pa = base; pa < base + size; pa += PAGE_SIZE) {
		u8 *state = shim_page(sf, pa);

		if (*state != RMI_SHIM_PAGE_NORMAL)
			continue;
		*state = RMI_SHIM_PAGE_UNKNOWN | SHIM_WAS_NORMAL;
		any = true;
	}
	if (any)
		unmap_mapping_range(sf->mapping, base, size, 1);
}

void shim_pages_set(struct shim_file *sf, u64 base, u64 size, u8 state)
{
	for (u64 pa = base; pa < base + size; pa += PAGE_SIZE) {
		u8 *page = shim_page(sf, pa);

		if (page)
			*page = state;
	}
}

/* Pages that the RMM has not taken after all. */
void shim_pages_restore(struct shim_file *sf, u64 base, u64 size)
{
	for (u64 pa = base; pa < base + size; pa += PAGE_SIZE) {
		u8 *page = shim_page(sf, pa);

		if (page && *page & SHIM_WAS_NORMAL)
			*page = RMI_SHIM_PAGE_NORMAL;
	}
}

int shim_pages_query(struct shim_file *sf, const struct rmi_shim_pages *pages)
{
	u8 *copy;
	int err = 0;

	if (!pages->count || pages->count > RMI_SHIM_MAX_PAGES || pages->pa & ~PAGE_MASK)
		return -EINVAL;
	copy = vmalloc(pages->count);
	if (!copy)
		return -ENOMEM;
	mutex_lock(&sf->lock);
	if (shim_owns(sf, pages->pa, pages->count * PAGE_SIZE)) {
		for (u64 i = 0; i < pages->count; i++)
			copy[i] = *shim_page(sf, pages->pa + i * PAGE_SIZE) & ~SHIM_WAS_NORMAL;
	} else {
		err = -EPERM;
	}
	mutex_unlock(&sf->lock);
	if (!err && copy_to_user(u64_to_user_ptr(pages->states), copy, pages->count))
		err = -EFAULT;
	vfree(copy);
	return err;
}

static vm_fault_t shim_fault(struct vm_fault *vmf)
{
	struct shim_file *sf = vmf->vma->vm_file->private_data;
	vm_fault_t result = VM_FAULT_SIGBUS;
	u8 *state;

	mutex_lock(&sf->lock);
	state = shim_page(sf, PFN_PHYS((u64)vmf->pgoff));
	if (state && *state == RMI_SHIM_PAGE_NORMAL)
		result = vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
	mutex_unlock(&sf->lock);
	return result;
}

static const struct vm_operations_struct shim_vm_ops = {
        .fault = shim_fault,
};

int shim_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct shim_file *sf = file->private_data;
	bool owned;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff > PHYS_PFN(~0ULL))
		return -EINVAL;
	mutex_lock(&sf->lock);
	owned = shim_owns(sf, PFN_PHYS((u64)vma->vm_pgoff), vma->vm_end - vma->vm_start);
	mutex_unlock(&sf->lock);
	if (!owned)
		return -EPERM;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
#else
	vma->vm_flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY;
#endif
	vma->vm_ops = &shim_vm_ops;
	return 0;
}
