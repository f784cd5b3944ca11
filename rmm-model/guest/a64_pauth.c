/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pointer authentication: FEAT_PAuth2 and FEAT_FPACCOMBINE with an algorithm of our own
 * (ID_AA64ISAR1_EL1.API and GPI). The code lies in the bits above the address that are not a tag,
 * but for bit 55, which keeps saying which half of the VA space it is.
 */
#include "a64.h"

#define SCTLR_ENDB (UINT64_C(1) << 13)
#define SCTLR_ENDA (UINT64_C(1) << 27)
#define SCTLR_ENIB (UINT64_C(1) << 30)
#define SCTLR_ENIA (UINT64_C(1) << 31)

/* A bijection that spreads each bit over the word. */
static uint64_t spread(uint64_t value)
{
	value ^= value >> 32;
	value *= UINT64_C(0x9e3779b97f4a7c15);
	value ^= value >> 29;
	value *= UINT64_C(0xd1342543de82ef95);
	return value ^ value >> 32;
}

/* The authentication code of a value: all of its 64 bits depend on everything. */
static uint64_t compute(const struct a64_pe *pe, enum guest_sysreg key, uint64_t value,
                        uint64_t modifier)
{
	uint64_t low = a64_sysreg(pe, key);
	uint64_t high = a64_sysreg(pe, key + 1);

	return spread(spread(spread(value ^ low) ^ modifier ^ high) + low) ^ high;
}

static bool is_data(unsigned kind)
{
	return kind & A64_PAUTH_DATA;
}

static enum guest_sysreg key_of(unsigned kind)
{
	return GUEST_APIAKEYLO_EL1 + (is_data(kind) ? 4u : 0u) + ((kind & A64_PAUTH_B) ? 2u : 0u);
}

static bool enabled(const struct a64_pe *pe, unsigned kind)
{
	static const uint64_t enables[4] = {SCTLR_ENIA, SCTLR_ENIB, SCTLR_ENDA, SCTLR_ENDB};

	return a64_sysreg(pe, GUEST_SCTLR_EL1) & enables[kind & 3];
}

/* The bits of a pointer into one half of the VA space that an authentication code takes. */
static uint64_t code_bits(const struct a64_pe *pe, bool upper, bool data)
{
	uint64_t tcr = a64_sysreg(pe, GUEST_TCR_EL1);
	unsigned va_bits = a64_va_bits(tcr, upper);
	uint64_t above = ~UINT64_C(0) << va_bits & ~(UINT64_C(1) << 55);

	return a64_top_byte_ignored(tcr, upper, !data) ? above & (UINT64_MAX >> 8) : above;
}

/* The pointer without its code. */
static uint64_t strip(uint64_t pointer, bool upper, uint64_t bits)
{
	return upper ? pointer | bits | UINT64_C(1) << 55 : pointer & ~(bits | UINT64_C(1) << 55);
}

uint64_t a64_pauth_add(const struct a64_pe *pe, uint64_t pointer, uint64_t modifier, unsigned kind)
{
	uint64_t tcr = a64_sysreg(pe, GUEST_TCR_EL1);
	bool data = is_data(kind);
	/* Without tags in either half the top bit tells the halves apart. */
	bool by_bit_55 =
	        a64_top_byte_ignored(tcr, false, !data) || a64_top_byte_ignored(tcr, true, !data);
	bool upper = (pointer >> (by_bit_55 ? 55 : 63)) & 1;
	uint64_t bits = code_bits(pe, upper, data);
	uint64_t bit_55 = UINT64_C(1) << 55;
	uint64_t code;

	if (!enabled(pe, kind))
		return pointer;
	code = compute(pe, key_of(kind), strip(pointer, upper, bits), modifier);
	return ((pointer ^ (code & bits)) & ~bit_55) | (upper ? bit_55 : 0);
}

bool a64_pauth_check(struct a64_pe *pe, uint64_t pointer, uint64_t modifier, unsigned kind,
                     uint64_t *out)
{
	bool upper = (pointer >> 55) & 1;
	uint64_t bits = code_bits(pe, upper, is_data(kind));
	uint64_t good = strip(pointer, upper, bits);

	*out = pointer;
	if (!enabled(pe, kind))
		return true;
	*out = pointer ^ (compute(pe, key_of(kind), good, modifier) & bits);
	if (*out == good)
		return true;
	a64_exception(pe, a64_esr(A64_EC_PAUTH, kind & (A64_PAUTH_DATA | A64_PAUTH_B)));
	return false;
}

void a64_pauth(struct a64_pe *pe, unsigned rd, unsigned rn, unsigned kind)
{
	uint64_t pointer = pe->r[rd];
	bool upper = (pointer >> 55) & 1;
	uint64_t result;

	if (kind & A64_PAUTH_STRIP)
		result = strip(pointer, upper, code_bits(pe, upper, is_data(kind)));
	else if (!(kind & A64_PAUTH_AUTH))
		result = a64_pauth_add(pe, pointer, pe->r[rn], kind);
	else if (!a64_pauth_check(pe, pointer, pe->r[rn], kind, &result))
		return;
	pe->r[a64_dest(rd)] = result;
}

uint64_t a64_pauth_generic(const struct a64_pe *pe, uint64_t value, uint64_t modifier)
{
	return compute(pe, GUEST_APGAKEYLO_EL1, value, modifier) & ~UINT64_C(0xffffffff);
}
