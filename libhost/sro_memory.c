/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a stateful operation asks for and gives back (DEN0137 B4.3.2.2, B4.3.2.3). Memory that the
 * RMM returns, or did not consume, is kept in the list of the context and offered again; it is
 * freed when the operation is over. Sizes always come from a descriptor, never from the request.
 */

#include "sro_memory.h"

static struct rmi_addr_range_desc desc_get(struct host_thread *self, uint64_t word)
{
	return rmi_addr_range_desc_decode(rmi_revision(self->host->rmi), self->host->gshift, word);
}

static uint64_t desc_put(struct host_thread *self, struct rmi_addr_range_desc desc)
{
	return rmi_addr_range_desc_encode(rmi_revision(self->host->rmi), self->host->gshift, desc);
}

/* Bytes of a block. */
static uint64_t block_bytes(struct host_thread *self, enum rmi_addr_block_size size)
{
	return UINT64_C(1) << rmi_rtt_level_shift(self->host->gshift,
	                                          RMM_RTT_PAGE_LEVEL - (int)size);
}

static uint64_t desc_bytes(struct host_thread *self, struct rmi_addr_range_desc desc)
{
	return block_bytes(self, desc.size) * desc.count;
}

static bool state_is_known(enum rmi_op_mem_state state)
{
	return state == RMI_OP_MEM_DELEGATED || state == RMI_OP_MEM_UNDELEGATED;
}

/* Gives up what is behind the first skip bytes of an entry; the RMM has those. */
static void free_tail(struct host_thread *self, uint64_t word, uint64_t skip)
{
	struct rmi_addr_range_desc desc = desc_get(self, word);
	pa_t pa = desc.base + skip;
	uint64_t size = desc_bytes(self, desc) - skip;

	if (!state_is_known(desc.state))
		host_phys_leak(&self->host->phys, pa, size, PHYS_LEAK_STATE);
	else if (desc.state == RMI_OP_MEM_DELEGATED)
		host_undelegate_free(self, pa, size);
	else
		host_free_pages(self, pa, size);
}

void host_sro_free_all(struct host_thread *self, struct sro *sro)
{
	while (sro->count > 0)
		free_tail(self, sro->list[--sro->count], 0);
}

/* Takes memory for one entry: count blocks in one piece, in the state that is asked for. */
static int new_entry(struct host_thread *self, struct sro *sro, struct rmi_addr_range_desc desc,
                     uint64_t *word)
{
	unsigned order = host_order(self->host, desc_bytes(self, desc));
	int err;

	if (desc.state == RMI_OP_MEM_DELEGATED) {
		err = host_alloc_delegated(self, order, HOST_PAGE_DELEGATED, sro->realm,
		                           &desc.base);
		if (err != 0)
			return err;
	} else {
		desc.base = host_alloc_pages(self, order, sro->realm);
		if (desc.base == PHYS_NONE)
			return -ENOMEM;
	}
	*word = desc_put(self, desc);
	return 0;
}

/* Offers list[first] and what follows. Returns the bytes that were consumed. */
static uint64_t offer(struct host_thread *self, struct sro *sro, uint64_t handle, unsigned first,
                      unsigned count, struct smccc_regs *regs)
{
	uint64_t available = 0, consumed, left;

	for (unsigned i = first; i < first + count; i++)
		available += desc_bytes(self, desc_get(self, sro->list[i]));
	*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_DONATE, handle,
	                             sro->list_pa + first * sizeof(sro->list[0]), count}};
	host_call(self, regs);
	if (rmi_status(regs->x[0]) == RMI_BUSY || rmi_status(regs->x[0]) == RMI_BLOCKED)
		return 0;
	/* The count is in granules, and holds whatever the status. */
	consumed = regs->x[1] > available >> self->host->gshift ? available
	                                                        : regs->x[1] << self->host->gshift;
	left = consumed;
	for (unsigned i = first; left > 0; i++) {
		struct rmi_addr_range_desc desc = desc_get(self, sro->list[i]);
		uint64_t size = desc_bytes(self, desc);

		if (size > left)
			size = left;
		host_phys_set_owner(&self->host->phys, desc.base, size, HOST_PAGE_DONATED);
		left -= size;
	}
	return consumed;
}

/* Whether an entry is what a request asks for. */
static bool entry_fits(struct host_thread *self, uint64_t word, enum rmi_addr_block_size size,
                       uint64_t count, enum rmi_op_mem_state state, uint64_t align)
{
	struct rmi_addr_range_desc desc = desc_get(self, word);

	return desc.size == size && desc.count == count && desc.state == state &&
	       desc.base % align == 0;
}

static void swap(struct sro *sro, unsigned a, unsigned b)
{
	uint64_t word = sro->list[a];

	sro->list[a] = sro->list[b];
	sro->list[b] = word;
}

static int donate_contig(struct host_thread *self, struct sro *sro, uint64_t handle,
                         struct rmi_op_mem_donate_req req, struct smccc_regs *regs)
{
	struct rmi_addr_range_desc want = {
	        .size = req.size, .count = req.count, .state = req.state};
	const uint64_t size = desc_bytes(self, want);
	uint64_t consumed;
	unsigned i;

	if ((size & (size - 1)) != 0)
		return host_fail(self, -EINVAL, "the RMM asks for %" PRIu64 " contiguous bytes",
		                 size);
	if (req.count > rmi_addr_range_desc_max_count(self->host->gshift))
		return host_fail(self, -EINVAL,
		                 "the RMM asks for %" PRIu64
		                 " contiguous blocks, more than one descriptor holds",
		                 req.count);
	for (i = 0; i < sro->count; i++)
		if (entry_fits(self, sro->list[i], req.size, req.count, req.state, size))
			break;
	if (i < sro->count) {
		swap(sro, i, sro->count - 1);
		sro->count--;
	} else {
		int err;

		if (sro->count == SRO_MAX_DESCS)
			host_sro_free_all(self, sro);
		err = new_entry(self, sro, want, &sro->list[sro->count]);
		if (err != 0)
			return err;
	}
	/* The entry is behind the counted ones now. */
	consumed = offer(self, sro, handle, sro->count, 1, regs);
	if (consumed == 0)
		sro->count++;
	else if (consumed < size)
		free_tail(self, sro->list[sro->count], consumed);
	return 0;
}

/* Moves the entries that fit to the end of the list. Returns how many, up to max. */
static unsigned gather(struct host_thread *self, struct sro *sro, struct rmi_op_mem_donate_req req,
                       unsigned max)
{
	const uint64_t size = block_bytes(self, req.size);
	unsigned found = 0;

	for (unsigned i = 0; i + found < sro->count && found < max;) {
		if (entry_fits(self, sro->list[i], req.size, 1, req.state, size)) {
			found++;
			/* What comes here has not been looked at yet. */
			swap(sro, i, sro->count - found);
		} else {
			i++;
		}
	}
	return found;
}

static int donate_noncontig(struct host_thread *self, struct sro *sro, uint64_t handle,
                            struct rmi_op_mem_donate_req req, struct smccc_regs *regs)
{
	const struct rmi_addr_range_desc want = {.size = req.size, .count = 1, .state = req.state};
	const uint64_t size = block_bytes(self, req.size);
	unsigned wanted = req.count < SRO_MAX_DESCS ? (unsigned)req.count : SRO_MAX_DESCS;
	unsigned found = gather(self, sro, req, wanted);
	unsigned start = sro->count - found;
	unsigned used;
	uint64_t consumed;

	if (wanted - found > SRO_MAX_DESCS - sro->count) {
		/* No room: offer what there is, or make room. */
		if (found > 0) {
			wanted = found;
		} else {
			host_sro_free_all(self, sro);
			start = 0;
		}
	}
	while (found < wanted) {
		int err = new_entry(self, sro, want, &sro->list[sro->count]);

		/* What was made stays in the list, for another turn or to be freed. */
		if (err != 0)
			return err;
		sro->count++;
		found++;
	}
	consumed = offer(self, sro, handle, start, found, regs);
	used = (unsigned)(consumed / size);
	if (consumed % size != 0) {
		free_tail(self, sro->list[start + used], consumed % size);
		used++;
	}
	for (unsigned i = start; i + used < sro->count; i++)
		sro->list[i] = sro->list[i + used];
	sro->count -= used;
	return 0;
}

int host_sro_donate(struct host_thread *self, struct sro *sro, uint64_t handle, uint64_t request,
                    struct smccc_regs *regs)
{
	struct rmi_op_mem_donate_req req =
	        rmi_op_mem_donate_req_decode(rmi_revision(self->host->rmi), request);

	if (req.count == 0)
		return host_fail(self, -EINVAL, "the RMM asks for no memory at all");
	/* Conditional memory is for GRANULE_TRACKING_SET alone. */
	if (!state_is_known(req.state))
		return host_fail(self, -EINVAL, "the RMM asks for memory in state %d",
		                 (int)req.state);
	if (block_bytes(self, req.size) > host_page_size(self->host) << PHYS_MAX_ORDER)
		return host_fail(self, -ENOMEM, "the RMM asks for blocks of %" PRIu64 " bytes",
		                 block_bytes(self, req.size));
	if (req.contig == RMI_OP_MEM_CONTIG)
		return donate_contig(self, sro, handle, req, regs);
	return donate_noncontig(self, sro, handle, req, regs);
}

int host_sro_reclaim(struct host_thread *self, struct sro *sro, uint64_t handle,
                     struct smccc_regs *regs)
{
	struct phys *phys = &self->host->phys;
	uint64_t got, room;

	if (sro->count == SRO_MAX_DESCS)
		host_sro_free_all(self, sro);
	room = SRO_MAX_DESCS - sro->count;
	*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_RECLAIM, handle,
	                             sro->list_pa + sro->count * sizeof(sro->list[0]), room}};
	if (rmi_status(host_call(self, regs)) != RMI_INCOMPLETE)
		return 0;
	got = regs->x[1] < room ? regs->x[1] : room;
	for (uint64_t i = 0, first = sro->count; i < got; i++) {
		uint64_t word = sro->list[first + i];
		struct rmi_addr_range_desc desc = desc_get(self, word);

		if (!host_phys_is(phys, desc.base, desc_bytes(self, desc), HOST_PAGE_DONATED)) {
			host_log(self->host, HOST_LOG_WARNING,
			         "the RMM returns memory that it was not given: %#" PRIx64, word);
			continue;
		}
		host_phys_set_owner(phys, desc.base, desc_bytes(self, desc),
		                    desc.state == RMI_OP_MEM_DELEGATED ? HOST_PAGE_DELEGATED
		                                                       : HOST_PAGE_USED);
		sro->list[sro->count++] = word;
	}
	return 0;
}
