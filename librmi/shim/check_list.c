// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands find in memory: lists of descriptors and parameters of Realms. User space can
 * write there at any time, so what has been checked is what the RMM reads: a copy.
 */

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "shim.h"

static void set_field(u64 *word, unsigned int shift, unsigned int width, u64 value)
{
	*word &= ~rmi_field_set(~0ULL, shift, width);
	*word |= rmi_field_set(value, shift, width);
}

struct rmi_addr_range_desc shim_desc(u64 word, u64 *size)
{
	struct rmi_addr_range_desc desc =
	        rmi_addr_range_desc_decode(shim_rmm.revision, SHIM_GSHIFT, word);

	/* At most 2^10 blocks of 2^39 bytes. */
	*size = desc.count * rmi_rtt_level_size(SHIM_GSHIFT, RMM_RTT_PAGE_LEVEL - (int)desc.size);
	return desc;
}

static bool owns_desc(struct shim_file *sf, u64 word)
{
	u64 size;
	struct rmi_addr_range_desc desc = shim_desc(word, &size);

	return size && shim_owns(sf, desc.base, size);
}

/* Copies out of normal memory of the file, which stays so: transitions want call_lock as well. */
static int copy_in(struct shim_file *sf, struct shim_call *call, u64 pa, u64 size)
{
	int err;

	if (!shim_owns_normal(sf, pa, size))
		return -EPERM;
	err = shim_bounce_get(shim_chunk_of(sf, pa), call->internal, &call->bounce);
	if (err)
		return err;
	for (u64 done = 0; done < size;) {
		u64 part = min_t(u64, size - done, PAGE_SIZE - offset_in_page(pa + done));

		memcpy((u8 *)call->bounce.words + done,
		       (u8 *)shim_page_va(pa + done) + offset_in_page(pa + done), part);
		done += part;
	}
	return 0;
}

/* A list that is the driver's own, for what comes back at the end. */
static int own_list(struct shim_file *sf, struct shim_call *call)
{
	int err = -EPERM;

	if (!list_empty(&sf->chunks))
		err = shim_bounce_get(list_first_entry(&sf->chunks, struct shim_chunk, link), true,
		                      &call->bounce);
	if (err)
		return err;
	call->count = SHIM_LIST_ENTRIES;
	call->regs.x[2] = call->bounce.pa;
	call->regs.x[3] = SHIM_LIST_ENTRIES;
	return 0;
}

static int check_donation(struct shim_file *sf, const u64 *list, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		u64 size;
		struct rmi_addr_range_desc desc = shim_desc(list[i], &size);

		if (!size || !shim_owns(sf, desc.base, size))
			return -EPERM;
		if (shim_changes(sf, desc.base, size))
			return -EBUSY;
	}
	for (u64 i = 0; i < count; i++) {
		u64 size;
		struct rmi_addr_range_desc desc = shim_desc(list[i], &size);

		shim_pages_take(sf, desc.base, size);
	}
	return 0;
}

/* A list of descriptors of pages to donate (in), or that come back (out). */
int shim_check_list(struct shim_file *sf, struct shim_call *call, u64 list, u64 count, bool in)
{
	int err;

	if (call->internal)
		return own_list(sf, call);
	if (list & 7 || !count)
		return -EINVAL;
	/* No RMM has to take or give more than this at a time. */
	count = min_t(u64, count, SHIM_LIST_ENTRIES);
	err = copy_in(sf, call, list, count * 8);
	if (err)
		return err;
	if (in) {
		err = check_donation(sf, call->bounce.words, count);
		if (err)
			return err;
	} else {
		memset(call->bounce.words, 0, PAGE_SIZE);
		call->copy_back = list;
	}
	call->count = count;
	call->regs.x[2] = call->bounce.pa;
	call->regs.x[3] = count;
	return 0;
}

/* Output addresses: in X5, as the flags in X4 say. */
int shim_check_oaddr(struct shim_file *sf, struct shim_call *call, bool map)
{
	u64 *flags = &call->regs.x[4], *oaddr = &call->regs.x[5];
	u64 count;
	int err;

	count = RMI_FIELD_GET(*flags, RMI_RTT_MAP_FLAGS_LIST_COUNT);
	switch (RMI_FIELD_GET(*flags, RMI_RTT_MAP_FLAGS_OADDR_TYPE)) {
	case RMI_ADDR_TYPE_NONE:
		return map ? -EINVAL : 0;
	case RMI_ADDR_TYPE_SINGLE:
		return !map || owns_desc(sf, *oaddr) ? 0 : -EPERM;
	case RMI_ADDR_TYPE_LIST:
		break;
	default:
		return -EINVAL;
	}
	if (*oaddr & 7)
		return -EINVAL;
	if (!map) {
		/* What comes back ends with the granule of the list, or with a count (TF-RMM). */
		u64 room = max_t(u64, count * 8, PAGE_SIZE - offset_in_page(*oaddr));

		return shim_owns_normal(sf, *oaddr, room) ? 0 : -EPERM;
	}
	if (!count)
		return -EINVAL;
	count = min_t(u64, count, SHIM_LIST_ENTRIES);
	err = copy_in(sf, call, *oaddr, count * 8);
	if (err)
		return err;
	for (u64 i = 0; i < count; i++) {
		if (!owns_desc(sf, call->bounce.words[i]))
			return -EPERM;
	}
	set_field(flags, RMI_RTT_MAP_FLAGS_LIST_COUNT_SHIFT, RMI_RTT_MAP_FLAGS_LIST_COUNT_WIDTH,
	          count);
	*oaddr = call->bounce.pa;
	return 0;
}

int shim_check_realm(struct shim_file *sf, struct shim_call *call)
{
	struct shim_command *cmd = &call->cmd;
	const struct rmi_realm_params *params;
	int err;

	if (call->regs.x[2] & ~PAGE_MASK)
		return -EINVAL;
	err = copy_in(sf, call, call->regs.x[2], PAGE_SIZE);
	if (err)
		return err;
	params = (const void *)call->bounce.words;
	cmd->s2sz = params->s2sz;
	cmd->rtt_num = params->rtt_num_start;
	cmd->num_aux = params->num_aux_planes > 3 ? 3 : params->num_aux_planes;
	cmd->rtt_base[0] = params->rtt_base;
	if (!shim_owns(sf, params->rtt_base, max_t(u64, 1, params->rtt_num_start) * PAGE_SIZE))
		return -EPERM;
	for (unsigned int i = 0; i < 3; i++) {
		cmd->rtt_base[i + 1] = params->aux_rtt_base[i];
		if (params->aux_rtt_base[i] &&
		    !shim_owns(sf, params->aux_rtt_base[i], cmd->rtt_num * PAGE_SIZE))
			return -EPERM;
	}
	if (!(params->flags1 & RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE))
		cmd->num_aux = 0;
	call->regs.x[2] = call->bounce.pa;
	return 0;
}

/* The driver keeps account in pages of the kernel. */
int shim_check_config(struct shim_file *sf, struct shim_call *call)
{
	const struct rmi_rmm_config *config;
	int err;

	if (call->regs.x[1] & ~PAGE_MASK)
		return -EINVAL;
	err = copy_in(sf, call, call->regs.x[1], PAGE_SIZE);
	if (err)
		return err;
	config = (const void *)call->bounce.words;
	if (config->rmi_granule_size != RMI_GRANULE_SIZE_4KB)
		return -EOPNOTSUPP;
	call->regs.x[1] = call->bounce.pa;
	return 0;
}
