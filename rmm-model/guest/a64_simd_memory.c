/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores of SIMD registers.
 *
 * Bytes go through a buffer, so that a fault leaves registers alone. Memory is touched by atomics
 * that are no smaller than the elements of the access, as far as 16 aligned bytes hold those.
 */
#include "a64_simd_memory.h"

#include <string.h>

#include "a64_quad.h"
#include "a64_simd.h"

#define SCTLR_A (UINT64_C(1) << 1)

/* The next access at an address: 8, 4, 2 or 1 bytes. */
static unsigned chunk(uintptr_t address, unsigned left)
{
	unsigned size = 8;

	while ((address & (size - 1)) || size > left)
		size /= 2;
	return size;
}

/* By 16 aligned bytes, whatever of them is wanted. */
static void copy_in(const struct a64_pe *pe, uint8_t *to, void *host, unsigned bytes)
{
	uint8_t *from = host;

	while (bytes) {
		unsigned skip = (uintptr_t)from & 15;
		unsigned size = bytes < 16 - skip ? bytes : 16 - skip;
		uint64_t quad[2];

		a64_quad_load(pe, from - skip, &quad[0], &quad[1]);
		memcpy(to, (const uint8_t *)quad + skip, size);
		to += size;
		from += size;
		bytes -= size;
	}
}

/* By the largest size that the address is aligned to. */
static void copy_aligned(void *host, const uint8_t *from, unsigned bytes)
{
	uint8_t *to = host;

	while (bytes) {
		unsigned size = chunk((uintptr_t)to, bytes);
		uint64_t value = 0;

		memcpy(&value, from, size);
		switch (size) {
		case 8:
			__atomic_store_n((uint64_t *)(void *)to, value, __ATOMIC_RELAXED);
			break;
		case 4:
			__atomic_store_n((uint32_t *)(void *)to, (uint32_t)value, __ATOMIC_RELAXED);
			break;
		case 2:
			__atomic_store_n((uint16_t *)(void *)to, (uint16_t)value, __ATOMIC_RELAXED);
			break;
		default:
			__atomic_store_n(to, (uint8_t)value, __ATOMIC_RELAXED);
			break;
		}
		to += size;
		from += size;
		bytes -= size;
	}
}

/* @param element bytes of each of the elements, the last of which may be cut off by the page */
static void copy_out(const struct a64_pe *pe, void *host, const uint8_t *from, unsigned bytes,
                     unsigned element)
{
	uint8_t *to = host;
	uint64_t quad[2];

	if (bytes == 16 && !((uintptr_t)to & 15)) {
		memcpy(quad, from, 16);
		a64_quad_store(pe, to, quad[0], quad[1]);
		return;
	}
	/* Two registers may be one access; what is aligned needs no care. */
	if ((bytes <= 8 && a64_in_quad((uintptr_t)to, bytes)) || !((uintptr_t)to & (element - 1)))
		element = bytes;
	while (bytes) {
		unsigned size = bytes < element ? bytes : element;

		if (size <= 8 && ((uintptr_t)to & (size - 1)) && a64_in_quad((uintptr_t)to, size)) {
			quad[0] = 0;
			memcpy(quad, from, size);
			a64_store_part(to, quad[0], size);
		} else {
			copy_aligned(to, from, size);
		}
		to += size;
		from += size;
		bytes -= size;
	}
}

/* Bytes up to the end of the page. */
static unsigned first_part(uint64_t va, unsigned bytes)
{
	uint64_t room = A64_PAGE_SIZE - (va & ~A64_PAGE_MASK);

	return room < bytes ? (unsigned)room : bytes;
}

static bool misaligned(struct a64_pe *pe, uint64_t va, unsigned align, bool write)
{
	if (!(va & (align - 1)) || !(a64_sysreg(pe, GUEST_SCTLR_EL1) & SCTLR_A))
		return false;
	a64_alignment_fault(pe, va, write);
	return true;
}

/* Probes a part of an access: the whole of it unless it spans two pages. */
static void *probe_part(struct a64_pe *pe, uint64_t va, unsigned bytes, enum a64_access access,
                        bool unaligned)
{
	pe->access_bytes = bytes;
	return a64_probe(pe, va, access, a64_el(pe) == 0, unaligned);
}

bool a64_load_bytes(struct a64_pe *pe, uint64_t va, unsigned bytes, unsigned align)
{
	unsigned first = first_part(va, bytes);
	bool unaligned = va & (align - 1);
	void *host;

	if (misaligned(pe, va, align, false))
		return false;
	host = probe_part(pe, va, first, A64_READ, unaligned);
	if (!host)
		return false;
	copy_in(pe, pe->buffer, host, first);
	if (first == bytes)
		return true;
	host = probe_part(pe, va + first, bytes - first, A64_READ, unaligned);
	if (!host)
		return false;
	copy_in(pe, pe->buffer + first, host, bytes - first);
	return true;
}

bool a64_store_bytes(struct a64_pe *pe, uint64_t va, unsigned bytes, unsigned align)
{
	unsigned first = first_part(va, bytes);
	bool unaligned = va & (align - 1);
	void *host;

	if (misaligned(pe, va, align, true))
		return false;
	host = probe_part(pe, va, first, A64_WRITE, unaligned);
	if (!host)
		return false;
	if (first != bytes) {
		/* Both pages, before either is written. A lookup may drop the one before it. */
		if (!probe_part(pe, va + first, bytes - first, A64_WRITE, unaligned))
			return false;
		host = probe_part(pe, va, first, A64_WRITE, unaligned);
		if (!host)
			return false;
	}
	copy_out(pe, host, pe->buffer, first, align);
	if (first == bytes)
		return true;
	host = probe_part(pe, va + first, bytes - first, A64_WRITE, unaligned);
	if (!host)
		return false;
	copy_out(pe, host, pe->buffer + first, bytes - first, align);
	return true;
}

void a64_load_v(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned bytes,
                unsigned align)
{
	pe->pc = a64_pc(pe, op);
	a64_load_bytes(pe, va, bytes, align);
}

void a64_store_v(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned bytes,
                 unsigned align)
{
	pe->pc = a64_pc(pe, op);
	a64_store_bytes(pe, va, bytes, align);
}

/* The base register. @return false when it is SP and not aligned: the fault is taken */
static bool base(struct a64_pe *pe, uint32_t insn, uint64_t *va)
{
	unsigned rn = a64_or_sp(a64_rn(insn));

	*va = pe->r[rn];
	if (!(*va & pe->base_mask[rn]))
		return true;
	a64_sp_alignment(pe);
	return false;
}

/* Post-index: by a register, or by the size of the access. */
static void write_back(struct a64_pe *pe, uint32_t insn, uint64_t va, unsigned bytes)
{
	uint32_t rm = a64_rm(insn);

	if (a64_bits(insn, 23, 1))
		pe->r[a64_or_sp(a64_rn(insn))] = va + (rm == 31 ? bytes : pe->r[rm]);
}

static uint64_t *vector(struct a64_pe *pe, uint32_t insn, unsigned i)
{
	return pe->regs->v[(a64_rd(insn) + i) & 31];
}

/* Registers one after the other: LD1 and ST1. */
static void move_consecutive(struct a64_pe *pe, uint32_t insn, unsigned registers)
{
	unsigned size = a64_q(insn) ? 16 : 8;
	unsigned align = 1u << a64_bits(insn, 10, 2);
	uint64_t va;

	if (!base(pe, insn, &va))
		return;
	if (a64_bits(insn, 22, 1)) {
		if (!a64_load_bytes(pe, va, registers * size, align))
			return;
		for (unsigned i = 0; i < registers; i++) {
			uint64_t *v = vector(pe, insn, i);

			v[1] = 0;
			memcpy(v, pe->buffer + (size_t)i * size, size);
		}
	} else {
		for (unsigned i = 0; i < registers; i++)
			memcpy(pe->buffer + (size_t)i * size, vector(pe, insn, i), size);
		if (!a64_store_bytes(pe, va, registers * size, align))
			return;
	}
	write_back(pe, insn, va, registers * size);
}

/* Lanes taken in turn from several registers. */
static void move_interleaved(struct a64_pe *pe, uint32_t insn, unsigned registers)
{
	unsigned size = a64_q(insn) ? 16 : 8;
	unsigned lane = a64_bits(insn, 10, 2);
	unsigned lanes = size >> lane;
	size_t bytes = (size_t)1 << lane;
	const uint8_t *from = pe->buffer;
	uint8_t *to = pe->buffer;
	uint64_t va;

	if (!base(pe, insn, &va))
		return;
	if (a64_bits(insn, 22, 1)) {
		if (!a64_load_bytes(pe, va, registers * size, 1u << lane))
			return;
		for (unsigned i = 0; i < registers; i++)
			memset(vector(pe, insn, i), 0, 16);
		for (unsigned i = 0; i < lanes; i++) {
			for (unsigned j = 0; j < registers; j++, from += bytes)
				memcpy((uint8_t *)vector(pe, insn, j) + i * bytes, from, bytes);
		}
	} else {
		for (unsigned i = 0; i < lanes; i++) {
			for (unsigned j = 0; j < registers; j++, to += bytes)
				memcpy(to, (uint8_t *)vector(pe, insn, j) + i * bytes, bytes);
		}
		if (!a64_store_bytes(pe, va, registers * size, 1u << lane))
			return;
	}
	write_back(pe, insn, va, registers * size);
}

static void consecutive_1(struct a64_pe *pe, uint32_t insn)
{
	move_consecutive(pe, insn, 1);
}

static void consecutive_2(struct a64_pe *pe, uint32_t insn)
{
	move_consecutive(pe, insn, 2);
}

static void consecutive_3(struct a64_pe *pe, uint32_t insn)
{
	move_consecutive(pe, insn, 3);
}

static void consecutive_4(struct a64_pe *pe, uint32_t insn)
{
	move_consecutive(pe, insn, 4);
}

static void interleaved_2(struct a64_pe *pe, uint32_t insn)
{
	move_interleaved(pe, insn, 2);
}

static void interleaved_3(struct a64_pe *pe, uint32_t insn)
{
	move_interleaved(pe, insn, 3);
}

static void interleaved_4(struct a64_pe *pe, uint32_t insn)
{
	move_interleaved(pe, insn, 4);
}

static a64_call *find_multiple(uint32_t insn)
{
	bool post = a64_bits(insn, 23, 1);
	bool doubles = a64_bits(insn, 10, 2) == A64_LANE_64 && !a64_q(insn);

	if (a64_bits(insn, 21, 1) || (!post && a64_rm(insn)))
		return NULL;
	switch (a64_bits(insn, 12, 4)) {
	case 0x0:
		return doubles ? NULL : interleaved_4;
	case 0x2:
		return consecutive_4;
	case 0x4:
		return doubles ? NULL : interleaved_3;
	case 0x6:
		return consecutive_3;
	case 0x7:
		return consecutive_1;
	case 0x8:
		return doubles ? NULL : interleaved_2;
	case 0xa:
		return consecutive_2;
	default:
		return NULL;
	}
}

static unsigned structure_registers(uint32_t insn)
{
	return (a64_bits(insn, 13, 1) << 1 | a64_bits(insn, 21, 1)) + 1;
}

/* One lane of each register. */
static void single(struct a64_pe *pe, uint32_t insn)
{
	unsigned lane = a64_bits(insn, 14, 2);
	uint32_t size = a64_bits(insn, 10, 2);
	unsigned index = (unsigned)a64_q(insn) << 3 | a64_bits(insn, 12, 1) << 2 | size;
	unsigned registers = structure_registers(insn);
	size_t bytes;
	uint64_t va;

	/* 64-bit lanes share an opcode with those of 32 bits. */
	if (lane == A64_LANE_32 && (size & 1))
		lane = A64_LANE_64;
	index >>= lane;
	bytes = (size_t)1 << lane;
	if (!base(pe, insn, &va))
		return;
	if (a64_bits(insn, 22, 1)) {
		if (!a64_load_bytes(pe, va, registers << lane, 1u << lane))
			return;
		for (unsigned i = 0; i < registers; i++)
			memcpy((uint8_t *)vector(pe, insn, i) + index * bytes,
			       pe->buffer + i * bytes, bytes);
	} else {
		for (unsigned i = 0; i < registers; i++)
			memcpy(pe->buffer + i * bytes,
			       (uint8_t *)vector(pe, insn, i) + index * bytes, bytes);
		if (!a64_store_bytes(pe, va, registers << lane, 1u << lane))
			return;
	}
	write_back(pe, insn, va, registers << lane);
}

/* LD1R and its kin: one lane for all lanes of each register. */
static void replicate(struct a64_pe *pe, uint32_t insn)
{
	enum a64_lane lane = (enum a64_lane)a64_bits(insn, 10, 2);
	unsigned registers = structure_registers(insn);
	uint64_t va;

	if (!base(pe, insn, &va) || !a64_load_bytes(pe, va, registers << lane, 1u << lane))
		return;
	for (unsigned i = 0; i < registers; i++) {
		union a64_v *v = a64_v(pe->regs, (a64_rd(insn) + i) & 31);
		uint64_t value = 0;

		memcpy(&value, pe->buffer + ((size_t)i << lane), (size_t)1 << lane);
		a64_broadcast(v, lane, value);
		if (!a64_q(insn))
			v->u64[1] = 0;
	}
	write_back(pe, insn, va, registers << lane);
}

static a64_call *find_single(uint32_t insn)
{
	bool post = a64_bits(insn, 23, 1);
	bool s = a64_bits(insn, 12, 1);
	uint32_t size = a64_bits(insn, 10, 2);

	if (!post && a64_rm(insn))
		return NULL;
	switch (a64_bits(insn, 14, 2)) {
	case 0:
		return single;
	case 1:
		return size & 1 ? NULL : single;
	case 2:
		return size == 0 || (size == 1 && !s) ? single : NULL;
	default:
		return a64_bits(insn, 22, 1) && !s ? replicate : NULL;
	}
}

a64_call *a64_simd_find_structure(uint32_t insn)
{
	if (insn >> 31)
		return NULL;
	return a64_bits(insn, 24, 1) ? find_single(insn) : find_multiple(insn);
}
