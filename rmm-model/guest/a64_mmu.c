/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 1 of the EL1&0 translation regime, the call into stage 2, and the TLBs that cache both.
 *
 * Stage 1 knows granules of 4, 16 and 64 KiB, addresses of 16 to 48 bits, hierarchical permissions
 * and what disables them, WXN, PAN and E0PD; no hardware update of access flag and dirty state. The
 * memory type matters for alignment only.
 */
#include <string.h>

#include "a64.h"

#define PA_BITS       48u

#define SCTLR_M       (UINT64_C(1) << 0)
#define SCTLR_WXN     (UINT64_C(1) << 19)

#define DESC_VALID    (UINT64_C(1) << 0)
#define DESC_TABLE    (UINT64_C(1) << 1) /* A page at level 3. */
#define DESC_AP_EL0   (UINT64_C(1) << 6)
#define DESC_AP_RO    (UINT64_C(1) << 7)
#define DESC_AF       (UINT64_C(1) << 10)
#define DESC_PXN      (UINT64_C(1) << 53)
#define DESC_UXN      (UINT64_C(1) << 54)
#define DESC_PXNTABLE (UINT64_C(1) << 59)
#define DESC_UXNTABLE (UINT64_C(1) << 60)
#define DESC_NO_EL0   (UINT64_C(1) << 61) /* APTable[0] */
#define DESC_NO_WRITE (UINT64_C(1) << 62) /* APTable[1] */

static bool fail(struct a64_fault *fault, unsigned fsc)
{
	*fault = (struct a64_fault){.fsc = fsc};
	return false;
}

void *a64_stage2(struct a64_pe *pe, const struct a64_stage1 *s1, enum guest_access access,
                 struct guest_page *page, struct a64_fault *fault)
{
	unsigned code;

	*page = (struct guest_page){0};
	code = pe->services->translate(pe->vcpu, s1->ipa, access, page);
	if (page->flush)
		a64_tlb_flush(pe);
	if (code == 0 && page->host)
		return (char *)page->host + (s1->ipa & ~A64_PAGE_MASK);
	if (code <= 3) {
		/* Beyond the IPA space: for the guest this is stage 1's fault. */
		*fault = (struct a64_fault){.fsc = A64_FSC_ADDRESS_SIZE + s1->level};
	} else {
		*fault = (struct a64_fault){.stage2 = true, .fsc = code, .ipa = s1->ipa};
	}
	return NULL;
}

/* One half of the VA space. */
struct half {
	uint64_t ttbr;
	unsigned va_bits;
	unsigned granule_bits;
	bool disabled;
	bool tbi;
	bool hpd;  /* Hierarchical permissions are ignored. */
	bool e0pd; /* EL0 is kept out. */
};

static struct half half_of(const struct a64_pe *pe, bool upper, enum a64_access access)
{
	/* TG0 and TG1 number the granules differently; reserved values mean 4 KiB. */
	static const uint8_t granules[2][4] = {{12, 16, 14, 12}, {12, 14, 12, 16}};
	uint64_t tcr = a64_sysreg(pe, GUEST_TCR_EL1);
	unsigned shift = upper ? 16 : 0;

	return (struct half){
	        .ttbr = a64_sysreg(pe, upper ? GUEST_TTBR1_EL1 : GUEST_TTBR0_EL1),
	        .va_bits = 64 - (unsigned)((tcr >> shift) & 0x3f),
	        .granule_bits = granules[upper][(tcr >> (14 + shift)) & 3],
	        .disabled = (tcr >> (7 + shift)) & 1,
	        .tbi = a64_top_byte_ignored(tcr, upper, access == A64_FETCH),
	        .hpd = (tcr >> (upper ? 42 : 41)) & 1,
	        .e0pd = (tcr >> (upper ? 56 : 55)) & 1,
	};
}

/* Bits of an output address: TCR_EL1.IPS, as far as the PE goes. */
static unsigned output_bits(const struct a64_pe *pe)
{
	static const uint8_t bits[8] = {32, 36, 40, 42, 44, 48, PA_BITS, PA_BITS};

	return bits[(a64_sysreg(pe, GUEST_TCR_EL1) >> 32) & 7];
}

static bool stage1_off(const struct a64_pe *pe, uint64_t va, enum a64_access access,
                       struct a64_stage1 *out, struct a64_fault *fault)
{
	bool upper = (va >> 55) & 1;

	if (half_of(pe, upper, access).tbi)
		va &= ~(UINT64_C(0xff) << 56);
	if (va >> PA_BITS)
		return fail(fault, A64_FSC_ADDRESS_SIZE);
	*out = (struct a64_stage1){
	        .ipa = va,
	        .attr = access == A64_FETCH ? 0xff : 0x00, /* Device-nGnRnE. */
	        .sh = 2,
	};
	return true;
}

/* Permissions of a leaf, with the hierarchical ones folded in. */
static bool permitted(const struct a64_pe *pe, uint64_t desc, enum a64_access access,
                      struct a64_regime regime, bool *pan_forbids)
{
	bool el0_access = desc & DESC_AP_EL0;
	bool writable = !(desc & DESC_AP_RO);
	bool wxn = a64_sysreg(pe, GUEST_SCTLR_EL1) & SCTLR_WXN;

	*pan_forbids = el0_access && !regime.el0;
	switch (access) {
	case A64_FETCH:
		if (regime.el0)
			return !(desc & DESC_UXN) && !(wxn && writable && el0_access);
		/* What EL0 can write EL1 does not execute. */
		return !(desc & DESC_PXN) && !(writable && el0_access) && !(wxn && writable);
	case A64_MAINTAIN:
		return el0_access || !regime.el0;
	case A64_INVALIDATE:
		return writable;
	default:
		if (regime.el0 && !el0_access)
			return false;
		if (*pan_forbids && regime.pan)
			return false;
		return writable || access == A64_READ;
	}
}

static bool read_descriptor(struct a64_pe *pe, uint64_t ipa, unsigned level, uint64_t *desc,
                            struct a64_fault *fault)
{
	/* An address beyond the IPA space is the fault of the level that it comes from. */
	struct a64_stage1 s1 = {.ipa = ipa, .level = level};
	struct guest_page page;
	const uint64_t *host;

	*fault = (struct a64_fault){0};
	host = a64_stage2(pe, &s1, GUEST_READ, &page, fault);
	if (!host) {
		fault->s1ptw = fault->stage2;
		return false;
	}
	*desc = __atomic_load_n(host, __ATOMIC_ACQUIRE);
	return true;
}

/* Where a walk ended. */
struct leaf {
	uint64_t desc; /* With the hierarchical permissions folded in. */
	uint64_t ipa;
	unsigned level;
};

static bool walk(struct a64_pe *pe, uint64_t va, const struct half *half, struct leaf *leaf,
                 struct a64_fault *fault)
{
	unsigned stride = half->granule_bits - 3;
	unsigned levels = (half->va_bits - half->granule_bits + stride - 1) / stride;
	unsigned level = 4 - levels;
	unsigned shift = half->granule_bits + stride * (levels - 1);
	unsigned top_bits = half->va_bits - shift;
	unsigned out_bits = output_bits(pe);
	uint64_t address_mask =
	        ((UINT64_C(1) << PA_BITS) - 1) & ~((UINT64_C(1) << half->granule_bits) - 1);
	uint64_t index = (va >> shift) & ((UINT64_C(1) << top_bits) - 1);
	/* The first table may be small; it is aligned to its size, to 64 bytes at least. */
	unsigned table_bits = top_bits + 3 < 6 ? 6 : top_bits + 3;
	uint64_t table =
	        half->ttbr & ((UINT64_C(1) << PA_BITS) - 1) & ~((UINT64_C(1) << table_bits) - 1);
	uint64_t forbidden = 0;
	unsigned from_level = 0;
	uint64_t desc;

	for (;;) {
		if (table >> out_bits)
			return fail(fault, A64_FSC_ADDRESS_SIZE + from_level);
		if (!read_descriptor(pe, table + index * 8, from_level, &desc, fault))
			return false;
		if (!(desc & DESC_VALID))
			return fail(fault, A64_FSC_TRANSLATION + level);
		if (level == 3 || !(desc & DESC_TABLE))
			break;
		if (desc & DESC_NO_EL0)
			forbidden |= DESC_NO_EL0;
		forbidden |= desc & (DESC_NO_WRITE | DESC_PXNTABLE | DESC_UXNTABLE);
		table = desc & address_mask;
		from_level = level++;
		shift -= stride;
		index = (va >> shift) & ((UINT64_C(1) << stride) - 1);
	}
	/* Blocks: level 1 and 2 of 4 KiB granules, level 2 of the others. */
	if (level == 3 ? !(desc & DESC_TABLE)
	               : level == 0 || (level == 1 && half->granule_bits != 12))
		return fail(fault, A64_FSC_TRANSLATION + level);
	if ((desc & address_mask) >> out_bits)
		return fail(fault, A64_FSC_ADDRESS_SIZE + level);

	if (half->hpd)
		forbidden = 0;
	if (forbidden & DESC_NO_EL0)
		desc &= ~DESC_AP_EL0;
	if (forbidden & DESC_NO_WRITE)
		desc |= DESC_AP_RO;
	if (forbidden & DESC_PXNTABLE)
		desc |= DESC_PXN;
	if (forbidden & DESC_UXNTABLE)
		desc |= DESC_UXN;
	address_mask &= ~((UINT64_C(1) << shift) - 1);
	*leaf = (struct leaf){
	        .desc = desc,
	        .ipa = (desc & address_mask) | (va & ((UINT64_C(1) << shift) - 1)),
	        .level = level,
	};
	return true;
}

bool a64_stage1(struct a64_pe *pe, uint64_t va, enum a64_access access, struct a64_regime regime,
                struct a64_stage1 *out, struct a64_fault *fault)
{
	bool upper = (va >> 55) & 1;
	struct half half = half_of(pe, upper, access);
	unsigned tag_bits = half.tbi ? 8 : 0;
	struct leaf leaf;
	bool pan_forbids;

	if (!(a64_sysreg(pe, GUEST_SCTLR_EL1) & SCTLR_M))
		return stage1_off(pe, va, access, out, fault);
	/* TxSZ is 16..48, or 47 for 64 KiB (FEAT_TTST, no FEAT_LVA). */
	if (half.disabled || half.va_bits > 48 ||
	    half.va_bits < (half.granule_bits == 16 ? 17 : 16))
		return fail(fault, A64_FSC_TRANSLATION);
	/* All bits above the input address equal bit 55. */
	if ((uint64_t)((int64_t)(va << tag_bits) >> (tag_bits + half.va_bits)) !=
	    (upper ? UINT64_MAX : 0))
		return fail(fault, A64_FSC_TRANSLATION);
	if (half.e0pd && regime.el0)
		return fail(fault, A64_FSC_TRANSLATION);
	if (!walk(pe, va, &half, &leaf, fault))
		return false;
	if (!(leaf.desc & DESC_AF))
		return fail(fault, A64_FSC_ACCESS_FLAG + leaf.level);
	if (!permitted(pe, leaf.desc, access, regime, &pan_forbids))
		return fail(fault, A64_FSC_PERMISSION + leaf.level);
	*out = (struct a64_stage1){
	        .ipa = leaf.ipa,
	        .level = leaf.level,
	        .attr = (uint8_t)(a64_sysreg(pe, GUEST_MAIR_EL1) >> (8 * ((leaf.desc >> 2) & 7))),
	        .sh = (uint8_t)((leaf.desc >> 8) & 3),
	        .pan_forbids = pan_forbids,
	};
	return true;
}

static void flush_data(struct a64_tlb *tlb)
{
	if (tlb->num_fills <= A64_TLB_FILLS) {
		for (unsigned i = 0; i < tlb->num_fills; i++) {
			tlb->read[tlb->fills[i]].tag = A64_TLB_INVALID;
			tlb->write[tlb->fills[i]].tag = A64_TLB_INVALID;
		}
	} else {
		for (unsigned i = 0; i < A64_TLB_SIZE; i++) {
			tlb->read[i].tag = A64_TLB_INVALID;
			tlb->write[i].tag = A64_TLB_INVALID;
		}
	}
	tlb->num_fills = 0;
}

void a64_tlb_flush_el1(struct a64_pe *pe)
{
	flush_data(&pe->tlbs[1]);
	pe->pan_sensitive = false;
}

void a64_tlb_flush(struct a64_pe *pe)
{
	for (unsigned el = 0; el < 2; el++) {
		for (unsigned i = 0; i < A64_XTLB_SIZE; i++)
			pe->xtlb[el][i].tag = A64_TLB_INVALID;
	}
	flush_data(&pe->tlbs[0]);
	a64_tlb_flush_el1(pe);
	pe->event = A64_REFETCH;
}

static void fill(struct a64_tlb *tlb, uint64_t va, bool write, const void *host_page, bool device)
{
	unsigned index = (unsigned)(va >> 12) & (A64_TLB_SIZE - 1);
	struct a64_tlb_entry *entry = write ? &tlb->write[index] : &tlb->read[index];

	if (tlb->num_fills < A64_TLB_FILLS)
		tlb->fills[tlb->num_fills] = (uint16_t)index;
	if (tlb->num_fills <= A64_TLB_FILLS)
		tlb->num_fills++;
	entry->tag = va & A64_PAGE_MASK;
	entry->addend = (uintptr_t)host_page - (uintptr_t)(va & A64_PAGE_MASK);
	if (write)
		tlb->write_device[index] = device;
	else
		tlb->read_device[index] = device;
}

void *a64_probe(struct a64_pe *pe, uint64_t va, enum a64_access access, bool el0, bool unaligned)
{
	struct a64_tlb *tlb = &pe->tlbs[el0 ? 0 : 1];
	unsigned index = (unsigned)(va >> 12) & (A64_TLB_SIZE - 1);
	bool write = access == A64_WRITE || access == A64_INVALIDATE;
	bool maintenance = access == A64_MAINTAIN || access == A64_INVALIDATE;
	const struct a64_tlb_entry *entry = write ? &tlb->write[index] : &tlb->read[index];
	bool device = write ? tlb->write_device[index] : tlb->read_device[index];
	struct a64_regime regime = {el0, pe->pstate & GUEST_PSTATE_PAN};
	struct a64_stage1 s1;
	struct a64_fault fault;
	struct guest_page page;
	void *host;

	if (!maintenance && (va & A64_PAGE_MASK) == entry->tag && !(unaligned && device))
		return (void *)(entry->addend + (uintptr_t)va);
	if (!a64_stage1(pe, va, access, regime, &s1, &fault)) {
		a64_data_fault(pe, va, write, maintenance, &fault);
		return NULL;
	}
	device = a64_is_device(s1.attr);
	if (unaligned && device) {
		a64_alignment_fault(pe, va, write);
		return NULL;
	}
	host = a64_stage2(pe, &s1, write ? GUEST_WRITE : GUEST_READ, &page, &fault);
	if (!host) {
		a64_data_fault(pe, va, write, maintenance, &fault);
		return NULL;
	}
	if (A64_UNLIKELY(pe->debug)) {
		if (access != A64_MAINTAIN && a64_watchpoint(pe, va, access, el0))
			return NULL;
	} else if (!maintenance) {
		fill(tlb, va, write, page.host, device);
		if (s1.pan_forbids)
			pe->pan_sensitive = true;
	}
	return host;
}

bool a64_fetch(struct a64_pe *pe)
{
	bool el0 = a64_el(pe) == 0;
	struct a64_regime regime = {el0, false};
	struct a64_xtlb_entry *entry = &pe->xtlb[el0 ? 0 : 1][(pe->pc >> 12) & (A64_XTLB_SIZE - 1)];
	struct a64_stage1 s1;
	struct a64_fault fault;
	struct guest_page page;
	struct a64_code *code;

	if (A64_LIKELY((pe->pc & A64_PAGE_MASK) == entry->tag)) {
		pe->code = entry->code;
		return true;
	}
	if (!a64_stage1(pe, pe->pc, A64_FETCH, regime, &s1, &fault) ||
	    !a64_stage2(pe, &s1, el0 ? GUEST_FETCH_EL0 : GUEST_FETCH, &page, &fault)) {
		a64_fetch_fault(pe, &fault);
		return false;
	}
	code = a64_code_get(pe, page.host);
	if (!code) {
		pe->exit->text = "no memory for decoded instructions";
		a64_leave(pe, GUEST_EXIT_ERROR, 0);
		return false;
	}
	if (A64_LIKELY(!pe->debug))
		*entry = (struct a64_xtlb_entry){pe->pc & A64_PAGE_MASK, code};
	pe->code = code;
	return true;
}
