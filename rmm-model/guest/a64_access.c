/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slow paths of loads and stores: TLB misses, accesses that are not aligned, pages crossed.
 *
 * An access that 16 aligned bytes hold is single-copy atomic (FEAT_LSE2): one host access where it
 * is aligned, a part of 16 bytes where it is not. Others are made of bytes, as the architecture
 * allows. Guest memory is only touched by relaxed atomics: other vCPUs may race.
 */
#include "a64_quad.h"

#define SCTLR_A (UINT64_C(1) << 1)

static uint64_t load_host(const void *host, unsigned size)
{
	switch (size) {
	case 0:
		return __atomic_load_n((const uint8_t *)host, __ATOMIC_RELAXED);
	case 1:
		return __atomic_load_n((const uint16_t *)host, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const uint32_t *)host, __ATOMIC_RELAXED);
	default:
		return __atomic_load_n((const uint64_t *)host, __ATOMIC_RELAXED);
	}
}

static void store_host(void *host, uint64_t value, unsigned size)
{
	switch (size) {
	case 0:
		__atomic_store_n((uint8_t *)host, (uint8_t)value, __ATOMIC_RELAXED);
		break;
	case 1:
		__atomic_store_n((uint16_t *)host, (uint16_t)value, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((uint32_t *)host, (uint32_t)value, __ATOMIC_RELAXED);
		break;
	default:
		__atomic_store_n((uint64_t *)host, value, __ATOMIC_RELAXED);
		break;
	}
}

static uint64_t load_bytes(const struct a64_pe *pe, uint8_t *host, unsigned count)
{
	uint64_t value = 0;

	if (a64_in_quad((uintptr_t)host, count))
		return a64_load_part(pe, host, count);
	for (unsigned i = 0; i < count; i++)
		value |= (uint64_t)__atomic_load_n(&host[i], __ATOMIC_RELAXED) << (8 * i);
	return value;
}

static void store_bytes(uint8_t *host, uint64_t value, unsigned count)
{
	if (a64_in_quad((uintptr_t)host, count)) {
		a64_store_part(host, value, count);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		__atomic_store_n(&host[i], (uint8_t)(value >> (8 * i)), __ATOMIC_RELAXED);
}

/* Bytes of an access that lie in its first page. */
static unsigned first_part(uint64_t va, unsigned bytes)
{
	uint64_t room = A64_PAGE_SIZE - (va & ~A64_PAGE_MASK);

	return room < bytes ? (unsigned)room : bytes;
}

/* Probes an access that spans two pages. Nobody emulates one of those: see a64_data_fault(). */
static void *probe_part(struct a64_pe *pe, uint64_t va, unsigned bytes, enum a64_access access,
                        bool el0)
{
	void *host;

	pe->access_bytes = bytes;
	pe->crossing = true;
	host = a64_probe(pe, va, access, el0, true);
	pe->crossing = false;
	return host;
}

static bool strict_alignment(struct a64_pe *pe, uint64_t va, bool write)
{
	if (!(a64_sysreg(pe, GUEST_SCTLR_EL1) & SCTLR_A))
		return false;
	a64_alignment_fault(pe, va, write);
	return true;
}

bool a64_load_any(struct a64_pe *pe, uint64_t va, unsigned size, bool el0, uint64_t *value)
{
	unsigned bytes = 1u << size;
	unsigned first = first_part(va, bytes);
	void *host;

	pe->access_bytes = bytes;
	if (!(va & (bytes - 1))) {
		host = a64_probe(pe, va, A64_READ, el0, false);
		if (!host)
			return false;
		*value = load_host(host, size);
		return true;
	}
	if (strict_alignment(pe, va, false))
		return false;
	if (first == bytes) {
		host = a64_probe(pe, va, A64_READ, el0, true);
		if (!host)
			return false;
		*value = load_bytes(pe, host, bytes);
		return true;
	}
	host = probe_part(pe, va, first, A64_READ, el0);
	if (!host)
		return false;
	*value = load_bytes(pe, host, first);
	host = probe_part(pe, va + first, bytes - first, A64_READ, el0);
	if (!host)
		return false;
	*value |= load_bytes(pe, host, bytes - first) << (8 * first);
	return true;
}

bool a64_store_any(struct a64_pe *pe, uint64_t va, uint64_t value, unsigned size, bool el0)
{
	unsigned bytes = 1u << size;
	unsigned first = first_part(va, bytes);
	void *host;

	pe->access_bytes = bytes;
	if (!(va & (bytes - 1))) {
		host = a64_probe(pe, va, A64_WRITE, el0, false);
		if (!host)
			return false;
		store_host(host, value, size);
		return true;
	}
	if (strict_alignment(pe, va, true))
		return false;
	if (first == bytes) {
		host = a64_probe(pe, va, A64_WRITE, el0, true);
		if (!host)
			return false;
		store_bytes(host, value, bytes);
		return true;
	}
	/* Both pages, before either is written. A lookup may drop the one before it. */
	if (!probe_part(pe, va, first, A64_WRITE, el0) ||
	    !probe_part(pe, va + first, bytes - first, A64_WRITE, el0))
		return false;
	host = probe_part(pe, va, first, A64_WRITE, el0);
	if (!host)
		return false;
	store_bytes(host, value, first);
	host = probe_part(pe, va + first, bytes - first, A64_WRITE, el0);
	if (!host)
		return false;
	store_bytes(host, value >> (8 * first), bytes - first);
	return true;
}

uint64_t a64_load(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned size)
{
	uint64_t value = 0;

	pe->pc = a64_pc(pe, op);
	a64_load_any(pe, va, size, a64_el(pe) == 0, &value);
	return value;
}

void a64_store(struct a64_pe *pe, const struct a64_op *op, uint64_t va, uint64_t value,
               unsigned size)
{
	pe->pc = a64_pc(pe, op);
	a64_store_any(pe, va, value, size, a64_el(pe) == 0);
}

/*
 * Probes a pair that 16 aligned bytes hold: one access to both registers.
 *
 * @return NULL when a fault was taken
 */
static void *probe_pair(struct a64_pe *pe, uint64_t va, unsigned size, enum a64_access access)
{
	bool unaligned = va & ((UINT64_C(1) << size) - 1);

	if (unaligned && strict_alignment(pe, va, access == A64_WRITE))
		return NULL;
	pe->access_bytes = 2u << size;
	return a64_probe(pe, va, access, a64_el(pe) == 0, unaligned);
}

void a64_load_pair(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned size)
{
	bool el0 = a64_el(pe) == 0;

	pe->pc = a64_pc(pe, op);
	if (a64_in_quad(va, 2u << size)) {
		void *host = probe_pair(pe, va, size, A64_READ);

		if (host && size == 3) {
			a64_quad_load(pe, host, &pe->pair[0], &pe->pair[1]);
		} else if (host) {
			pe->pair[0] = a64_load_part(pe, host, 8);
			pe->pair[1] = pe->pair[0] >> 32;
		}
		return;
	}
	if (a64_load_any(pe, va, size, el0, &pe->pair[0]))
		a64_load_any(pe, va + (UINT64_C(1) << size), size, el0, &pe->pair[1]);
}

void a64_store_pair(struct a64_pe *pe, const struct a64_op *op, uint64_t va, uint64_t a, uint64_t b,
                    unsigned size)
{
	uint64_t va2 = va + (UINT64_C(1) << size);
	uint64_t last = va2 + (UINT64_C(1) << size) - 1;
	bool unaligned = va & ((UINT64_C(1) << size) - 1);
	bool el0 = a64_el(pe) == 0;

	pe->pc = a64_pc(pe, op);
	if (a64_in_quad(va, 2u << size)) {
		void *host = probe_pair(pe, va, size, A64_WRITE);

		if (host && size == 3)
			a64_quad_store(pe, host, a, b);
		else if (host && (va & 7))
			a64_store_part(host, (uint32_t)a | b << 32, 8);
		else if (host)
			store_host(host, (uint32_t)a | b << 32, 3);
		return;
	}
	/* Look at the second page before the first is written. */
	if (((va ^ last) & A64_PAGE_MASK) && !(unaligned && strict_alignment(pe, va, true))) {
		if (!a64_probe(pe, va, A64_WRITE, el0, unaligned) ||
		    !a64_probe(pe, last & A64_PAGE_MASK, A64_WRITE, el0, unaligned))
			return;
	}
	if (pe->event == A64_RESUME)
		return;
	if (a64_store_any(pe, va, a, size, el0))
		a64_store_any(pe, va2, b, size, el0);
}

void a64_unprivileged(struct a64_pe *pe, uint32_t insn)
{
	uint32_t size = insn >> 30;
	uint32_t opc = a64_bits(insn, 22, 2);
	uint32_t rt = a64_bits(insn, 0, 5);
	unsigned base = a64_or_sp(a64_bits(insn, 5, 5));
	uint64_t va = pe->r[base] + (uint64_t)(int64_t)a64_sbits(insn, 12, 9);
	unsigned extend = 64 - (8u << size);
	/* With UAO it is an access like any other. */
	bool el0 = a64_el(pe) == 0 || !(pe->pstate & GUEST_PSTATE_UAO);
	uint64_t value;

	if (pe->r[base] & pe->base_mask[base]) {
		a64_sp_alignment(pe);
		return;
	}
	if (opc == 0) {
		a64_store_any(pe, va, pe->r[rt], size, el0);
		return;
	}
	if (!a64_load_any(pe, va, size, el0, &value))
		return;
	if (opc >= 2)
		value = (uint64_t)((int64_t)(value << extend) >> extend);
	if (opc == 3)
		value = (uint32_t)value;
	pe->r[a64_dest(rt)] = value;
}

void a64_load_authenticated(struct a64_pe *pe, uint32_t insn)
{
	unsigned kind = A64_PAUTH_DATA | (a64_bits(insn, 23, 1) ? A64_PAUTH_B : 0);
	unsigned base = a64_or_sp(a64_bits(insn, 5, 5));
	/* S, bit 22, is the sign of ten bits. */
	int64_t offset = (int64_t)a64_bits(insn, 12, 9) - (a64_bits(insn, 22, 1) ? 0x200 : 0);
	uint64_t va, value;

	if (pe->r[base] & pe->base_mask[base]) {
		a64_sp_alignment(pe);
		return;
	}
	if (!a64_pauth_check(pe, pe->r[base], 0, kind, &va))
		return;
	va += (uint64_t)offset * 8;
	if (!a64_load_any(pe, va, 3, a64_el(pe) == 0, &value))
		return;
	if (a64_bits(insn, 11, 1))
		pe->r[base] = va;
	pe->r[a64_dest(a64_bits(insn, 0, 5))] = value;
}
