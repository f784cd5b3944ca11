/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decoded pages of instructions, by host address. A page carries a copy of what was decoded and is
 * compared with memory whenever a translation to it is made, so that nothing stale survives an
 * unmap and map, or a TLB invalidation by a PE that wrote code.
 */
#include <stdlib.h>

#include "a64.h"

static unsigned bucket(const void *host)
{
	return (unsigned)((uintptr_t)host >> 12) % A64_CODE_BUCKETS;
}

static struct a64_code *find(const struct a64_pe *pe, const void *host)
{
	struct a64_code *code = pe->buckets[bucket(host)];

	while (code && code->host != host)
		code = code->next;
	return code;
}

static void insert(struct a64_pe *pe, struct a64_code *code, const void *host)
{
	unsigned b = bucket(host);

	code->host = host;
	code->next = pe->buckets[b];
	pe->buckets[b] = code;
}

static void remove_page(struct a64_pe *pe, struct a64_code *code)
{
	struct a64_code **link = &pe->buckets[bucket(code->host)];

	while (*link != code)
		link = &(*link)->next;
	*link = code->next;
	for (unsigned el = 0; el < 2; el++) {
		for (unsigned i = 0; i < A64_XTLB_SIZE; i++) {
			if (pe->xtlb[el][i].code == code)
				pe->xtlb[el][i] = (struct a64_xtlb_entry){.tag = A64_TLB_INVALID};
		}
	}
}

/* Takes two instructions at a time; another vCPU may be writing them. */
static void compare(struct a64_pe *pe, struct a64_code *code, size_t first, size_t count)
{
	const uint64_t *host = code->host;

	for (size_t i = first; i < first + count; i += 2) {
		uint64_t two = __atomic_load_n(&host[i / 2], __ATOMIC_RELAXED);
		uint32_t low = (uint32_t)two;
		uint32_t high = (uint32_t)(two >> 32);

		if (A64_UNLIKELY(code->insn[i] != low)) {
			code->insn[i] = low;
			code->op[i].handler = pe->handlers[A64_OP_DECODE];
		}
		if (A64_UNLIKELY(code->insn[i + 1] != high)) {
			code->insn[i + 1] = high;
			code->op[i + 1].handler = pe->handlers[A64_OP_DECODE];
		}
	}
}

static struct a64_code *allocate(struct a64_pe *pe)
{
	struct a64_code *code = NULL;

	if (pe->num_pages < A64_MAX_CODE)
		code = malloc(sizeof(*code));
	if (code) {
		pe->pages[pe->num_pages++] = code;
		return code;
	}
	if (pe->num_pages == 0)
		return NULL;
	pe->victim = (pe->victim + 1) % pe->num_pages;
	code = pe->pages[pe->victim];
	remove_page(pe, code);
	return code;
}

struct a64_code *a64_code_get(struct a64_pe *pe, const void *host)
{
	struct a64_code *code = find(pe, host);

	if (!code) {
		code = allocate(pe);
		if (!code)
			return NULL;
		insert(pe, code, host);
		for (unsigned i = 0; i < A64_INSNS_PER_PAGE; i++) {
			code->insn[i] = 0;
			code->op[i].handler = pe->handlers[A64_OP_DECODE];
		}
		code->op[A64_INSNS_PER_PAGE].handler = pe->handlers[A64_OP_NEXT_PAGE];
	}
	compare(pe, code, 0, A64_INSNS_PER_PAGE);
	return code;
}

void a64_code_compare(struct a64_pe *pe, const void *host, size_t offset, size_t size)
{
	struct a64_code *code = find(pe, host);

	if (code)
		compare(pe, code, offset / 4, size / 4);
}

void a64_code_free(struct a64_pe *pe)
{
	for (unsigned i = 0; i < pe->num_pages; i++)
		free(pe->pages[i]);
}
