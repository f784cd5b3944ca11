/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exclusives, acquire and release, CAS and the other atomics.
 *
 * All of them become sequentially consistent atomics of the host: stronger than asked for, and the
 * ordering of acquire, release and store-exclusive follows. A store-exclusive succeeds when memory
 * still holds what the load-exclusive found: one that another PE changed and changed back is not
 * seen, where the global monitor of the architecture would fail the store (docs/guests.md).
 */
#include "a64_quad.h"

#define SCTLR_A   (UINT64_C(1) << 1)
#define SCTLR_NAA (UINT64_C(1) << 6)

typedef unsigned __int128 u128;

#if defined(__aarch64__)
/* The compiler would call libatomic. */
static u128 cas128(u128 *memory, u128 expected, u128 desired)
{
	uint64_t low, high;
	uint32_t failed;

	do {
		__asm__ volatile("ldaxp %0, %1, [%3]\n"
		                 "cmp %0, %4\n"
		                 "ccmp %1, %5, #0, eq\n"
		                 "b.ne 1f\n"
		                 "stlxp %w2, %6, %7, [%3]\n"
		                 "b 2f\n"
		                 "1: stlxp %w2, %0, %1, [%3]\n"
		                 "2:"
		                 : "=&r"(low), "=&r"(high), "=&r"(failed)
		                 : "r"(memory), "r"((uint64_t)expected),
		                   "r"((uint64_t)(expected >> 64)), "r"((uint64_t)desired),
		                   "r"((uint64_t)(desired >> 64))
		                 : "cc", "memory");
	} while (failed);
	return (u128)high << 64 | low;
}
#elif defined(__x86_64__)
/* ThreadSanitizer's would be no atomic to what a64_quad.h does. */
static u128 cas128(u128 *memory, u128 expected, u128 desired)
{
	uint64_t low = (uint64_t)expected, high = (uint64_t)(expected >> 64);

	__asm__ volatile("lock cmpxchg16b %0"
	                 : "+m"(*memory), "+a"(low), "+d"(high)
	                 : "b"((uint64_t)desired), "c"((uint64_t)(desired >> 64))
	                 : "cc", "memory");
	return (u128)high << 64 | low;
}
#else
static u128 cas128(u128 *memory, u128 expected, u128 desired)
{
	return __sync_val_compare_and_swap(memory, expected, desired);
}
#endif

void a64_quad_load_slowly(void *host, uint64_t *low, uint64_t *high)
{
	u128 value = cas128(host, 0, 0);

	*low = (uint64_t)value;
	*high = (uint64_t)(value >> 64);
}

void a64_quad_store_slowly(void *host, uint64_t low, uint64_t high)
{
	u128 desired = (u128)high << 64 | low, old = 0, seen;

	while ((seen = cas128(host, old, desired)) != old)
		old = seen;
}

static uint64_t mask_of(unsigned bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

/* The 16 aligned bytes that hold some, and how far up these are. */
static u128 *quad_of(void *host, unsigned *shift)
{
	unsigned at = (uintptr_t)host & 15;

	*shift = 8 * at;
	return (u128 *)(void *)((char *)host - at);
}

/* A quad with other bytes in the place of some. */
static u128 replace(u128 quad, unsigned shift, uint64_t mask, uint64_t value)
{
	return (quad & ~((u128)mask << shift)) | (u128)(value & mask) << shift;
}

/* Compare-and-swap of bytes that are not aligned. @return what was there */
static uint64_t cas_part(void *host, uint64_t expected, uint64_t desired, unsigned bytes)
{
	unsigned shift;
	u128 *quad = quad_of(host, &shift);
	uint64_t mask = mask_of(bytes);
	u128 old = cas128(quad, 0, 0);

	for (;;) {
		uint64_t found = (uint64_t)(old >> shift) & mask;
		u128 seen;

		if (found != (expected & mask))
			return found;
		seen = cas128(quad, old, replace(old, shift, mask, desired));
		if (seen == old)
			return found;
		old = seen;
	}
}

uint64_t a64_load_part(const struct a64_pe *pe, void *host, unsigned bytes)
{
	unsigned shift;
	u128 *quad = quad_of(host, &shift);
	uint64_t low, high;

	a64_quad_load(pe, quad, &low, &high);
	return (uint64_t)(((u128)high << 64 | low) >> shift) & mask_of(bytes);
}

void a64_store_part(void *host, uint64_t value, unsigned bytes)
{
	unsigned shift;
	u128 *quad = quad_of(host, &shift);
	const uint64_t *half = (const uint64_t *)(const void *)quad;
	uint64_t mask = mask_of(bytes);
	/* A guess: it need not have been there at once. */
	u128 old = (u128)__atomic_load_n(half + 1, __ATOMIC_RELAXED) << 64 |
	           __atomic_load_n(half, __ATOMIC_RELAXED);
	u128 seen;

	while ((seen = cas128(quad, old, replace(old, shift, mask, value))) != old)
		old = seen;
}

static bool is_aligned(const void *host, unsigned size)
{
	return !((uintptr_t)host & ((1u << size) - 1));
}

/* size is log2 of bytes, 0..3. */
static uint64_t load_ordered(void *host, unsigned size)
{
	if (!is_aligned(host, size))
		return cas_part(host, 0, 0, 1u << size);
	switch (size) {
	case 0:
		return __atomic_load_n((uint8_t *)host, __ATOMIC_SEQ_CST);
	case 1:
		return __atomic_load_n((uint16_t *)host, __ATOMIC_SEQ_CST);
	case 2:
		return __atomic_load_n((uint32_t *)host, __ATOMIC_SEQ_CST);
	default:
		return __atomic_load_n((uint64_t *)host, __ATOMIC_SEQ_CST);
	}
}

static void store_ordered(void *host, uint64_t value, unsigned size)
{
	switch (size) {
	case 0:
		__atomic_store_n((uint8_t *)host, (uint8_t)value, __ATOMIC_SEQ_CST);
		break;
	case 1:
		__atomic_store_n((uint16_t *)host, (uint16_t)value, __ATOMIC_SEQ_CST);
		break;
	case 2:
		__atomic_store_n((uint32_t *)host, (uint32_t)value, __ATOMIC_SEQ_CST);
		break;
	default:
		__atomic_store_n((uint64_t *)host, value, __ATOMIC_SEQ_CST);
		break;
	}
}

/* @return what was there */
static uint64_t cas(void *host, uint64_t expected, uint64_t desired, unsigned size)
{
#define CAS(type)                                                                                  \
	do {                                                                                       \
		type old = (type)expected;                                                         \
                                                                                                   \
		__atomic_compare_exchange_n((type *)host, &old, (type)desired, false,              \
		                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                   \
		return old;                                                                        \
	} while (0)

	if (!is_aligned(host, size))
		return cas_part(host, expected, desired, 1u << size);
	switch (size) {
	case 0:
		CAS(uint8_t);
	case 1:
		CAS(uint16_t);
	case 2:
		CAS(uint32_t);
	default:
		CAS(uint64_t);
	}
#undef CAS
}

/* The address by a base register. @return false when that is a misaligned SP: the fault is taken */
static bool address(struct a64_pe *pe, unsigned base, int32_t offset, uint64_t *va)
{
	*va = pe->r[base] + (uint64_t)(int64_t)offset;
	if (!(pe->r[base] & pe->base_mask[base]))
		return true;
	a64_sp_alignment(pe);
	return false;
}

/* AArch64.UnalignedAccessFaults() of all but plain accesses. @return whether a fault is taken */
static bool misaligned(struct a64_pe *pe, uint64_t va, unsigned bytes, bool ordered, bool write)
{
	uint64_t sctlr = a64_sysreg(pe, GUEST_SCTLR_EL1);

	if (!(va & (bytes - 1)))
		return false;
	if (!(sctlr & SCTLR_A) && (a64_in_quad(va, bytes) || (ordered && (sctlr & SCTLR_NAA))))
		return false;
	a64_alignment_fault(pe, va, write);
	return true;
}

/*
 * Host address of an exclusive or atomic access, all in 16 aligned bytes. A read that is followed
 * by a write is probed first, so that WnR says which of the two was refused.
 */
static void *probe(struct a64_pe *pe, unsigned base, unsigned bytes, bool read, bool write)
{
	bool el0 = a64_el(pe) == 0;
	void *host = NULL;
	bool unaligned;
	uint64_t va;

	if (!address(pe, base, 0, &va) || misaligned(pe, va, bytes, false, write && !read))
		return NULL;
	unaligned = va & (bytes - 1);
	pe->access_bytes = bytes;
	if (read) {
		host = a64_probe(pe, va, A64_READ, el0, unaligned);
		if (!host)
			return NULL;
	}
	if (write)
		host = a64_probe(pe, va, A64_WRITE, el0, unaligned);
	return host;
}

/* @return false when a fault was taken */
static bool load_acquire(struct a64_pe *pe, unsigned base, int32_t offset, unsigned size,
                         uint64_t *value)
{
	bool el0 = a64_el(pe) == 0;
	bool loaded;
	uint64_t va;
	void *host;

	if (!address(pe, base, offset, &va) || misaligned(pe, va, 1u << size, true, false))
		return false;
	if (va & ((1u << size) - 1)) {
		a64_fence();
		loaded = a64_load_any(pe, va, size, el0, value);
		a64_fence();
		return loaded;
	}
	pe->access_bytes = 1u << size;
	host = a64_probe(pe, va, A64_READ, el0, false);
	if (!host)
		return false;
	*value = load_ordered(host, size);
	return true;
}

static void store_release(struct a64_pe *pe, unsigned base, int32_t offset, unsigned size,
                          uint64_t value)
{
	bool el0 = a64_el(pe) == 0;
	uint64_t va;
	void *host;

	if (!address(pe, base, offset, &va) || misaligned(pe, va, 1u << size, true, true))
		return;
	if (va & ((1u << size) - 1)) {
		a64_fence();
		a64_store_any(pe, va, value, size, el0);
		a64_fence();
		return;
	}
	pe->access_bytes = 1u << size;
	host = a64_probe(pe, va, A64_WRITE, el0, false);
	if (host)
		store_ordered(host, value, size);
}

static void load_exclusive(struct a64_pe *pe, uint32_t insn, unsigned base, bool pair)
{
	unsigned size = insn >> 30;
	uint32_t rt = a64_bits(insn, 0, 5);
	uint32_t rt2 = a64_bits(insn, 10, 5);
	unsigned bytes = pair ? 2u << size : 1u << size;
	uint64_t *value = pe->monitor.value;
	void *host;

	if (pair && rt == rt2) {
		a64_undefined(pe);
		return;
	}
	host = probe(pe, base, bytes, true, false);
	if (!host)
		return;
	/* Two loads for 16 bytes: a store-exclusive notices if they do not belong together. */
	value[0] = load_ordered(host, bytes == 8 ? 3 : size);
	value[1] = bytes == 16 ? load_ordered((char *)host + 8, 3) : 0;
	pe->monitor.va = pe->r[base];
	pe->monitor.size = (uint8_t)bytes;
	pe->monitor.armed = true;
	if (!pair) {
		pe->r[a64_dest(rt)] = value[0];
	} else if (size == 2) {
		pe->r[a64_dest(rt)] = (uint32_t)value[0];
		pe->r[a64_dest(rt2)] = value[0] >> 32;
	} else {
		pe->r[a64_dest(rt)] = value[0];
		pe->r[a64_dest(rt2)] = value[1];
	}
}

static bool swap_if_unchanged(struct a64_pe *pe, void *host, uint64_t low, uint64_t high)
{
	const uint64_t *value = pe->monitor.value;
	unsigned size = (unsigned)__builtin_ctz(pe->monitor.size);

	if (size == 4) {
		u128 expected = (u128)value[1] << 64 | value[0];

		return cas128(host, expected, (u128)high << 64 | low) == expected;
	}
	return cas(host, value[0], low, size) == value[0];
}

static void store_exclusive(struct a64_pe *pe, uint32_t insn, unsigned base, bool pair)
{
	unsigned size = insn >> 30;
	uint32_t rs = a64_bits(insn, 16, 5);
	uint32_t rt = a64_bits(insn, 0, 5);
	uint32_t rt2 = a64_bits(insn, 10, 5);
	unsigned bytes = pair ? 2u << size : 1u << size;
	uint64_t low = pe->r[rt];
	uint64_t high = pair ? pe->r[rt2] : 0;
	bool stored;
	void *host;

	/* Unpredictable: the status would overwrite data or base. */
	if (rs == rt || (pair && rs == rt2) || rs == base) {
		a64_undefined(pe);
		return;
	}
	host = probe(pe, base, bytes, false, true);
	if (!host)
		return;
	if (pair && size == 2)
		low = (uint32_t)low | high << 32;
	stored = pe->monitor.armed && pe->monitor.va == pe->r[base] && pe->monitor.size == bytes &&
	         swap_if_unchanged(pe, host, low, high);
	pe->monitor.armed = false;
	pe->r[a64_dest(rs)] = !stored;
}

static void compare_and_swap(struct a64_pe *pe, uint32_t insn, unsigned base)
{
	unsigned size = insn >> 30;
	uint32_t rs = a64_bits(insn, 16, 5);
	uint32_t rt = a64_bits(insn, 0, 5);
	void *host = probe(pe, base, 1u << size, true, true);

	if (host)
		pe->r[a64_dest(rs)] = cas(host, pe->r[rs], pe->r[rt], size);
}

static void compare_and_swap_pair(struct a64_pe *pe, uint32_t insn, unsigned base)
{
	bool wide = a64_bits(insn, 30, 1);
	uint32_t rs = a64_bits(insn, 16, 5);
	uint32_t rt = a64_bits(insn, 0, 5);
	void *host;

	if ((rs & 1) || (rt & 1)) {
		a64_undefined(pe);
		return;
	}
	host = probe(pe, base, wide ? 16 : 8, true, true);
	if (!host)
		return;
	if (wide) {
		u128 old = cas128(host, (u128)pe->r[rs + 1] << 64 | pe->r[rs],
		                  (u128)pe->r[rt + 1] << 64 | pe->r[rt]);

		pe->r[rs] = (uint64_t)old;
		pe->r[a64_dest(rs + 1)] = (uint64_t)(old >> 64);
	} else {
		uint64_t old = cas(host, pe->r[rs + 1] << 32 | (uint32_t)pe->r[rs],
		                   pe->r[rt + 1] << 32 | (uint32_t)pe->r[rt], 3);

		pe->r[rs] = (uint32_t)old;
		pe->r[a64_dest(rs + 1)] = old >> 32;
	}
}

static void acquire_release(struct a64_pe *pe, uint32_t insn, unsigned base)
{
	unsigned size = insn >> 30;
	uint32_t rt = a64_bits(insn, 0, 5);
	uint64_t value;

	if (!a64_bits(insn, 22, 1))
		store_release(pe, base, 0, size, pe->r[rt]);
	else if (load_acquire(pe, base, 0, size, &value))
		pe->r[a64_dest(rt)] = value;
}

void a64_exclusive(struct a64_pe *pe, uint32_t insn)
{
	unsigned base = a64_or_sp(a64_bits(insn, 5, 5));
	bool o2 = a64_bits(insn, 23, 1);
	bool is_load = a64_bits(insn, 22, 1);
	bool o1 = a64_bits(insn, 21, 1);
	bool o0 = a64_bits(insn, 15, 1);
	bool rt2_unused = a64_bits(insn, 10, 5) == 31;
	bool sized_pair = insn >> 31;

	if (!o2 && (!o1 || sized_pair)) {
		if (is_load)
			load_exclusive(pe, insn, base, o1);
		else
			store_exclusive(pe, insn, base, o1);
	} else if (!o2 && rt2_unused) {
		compare_and_swap_pair(pe, insn, base);
	} else if (o2 && o1 && rt2_unused) {
		compare_and_swap(pe, insn, base);
	} else if (o2 && !o1 && o0) {
		acquire_release(pe, insn, base);
	} else {
		/* LDLAR and STLLR belong to FEAT_LOR. */
		a64_undefined(pe);
	}
}

enum { LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN, SWP };

/* The new value; both are zero-extended. */
static uint64_t combine(unsigned operation, uint64_t old, uint64_t operand, unsigned size)
{
	unsigned unused = 64 - (8u << size);
	int64_t signed_old = (int64_t)(old << unused);
	int64_t signed_operand = (int64_t)(operand << unused);

	switch (operation) {
	case LDADD:
		return old + operand;
	case LDCLR:
		return old & ~operand;
	case LDEOR:
		return old ^ operand;
	case LDSET:
		return old | operand;
	case LDSMAX:
		return signed_old > signed_operand ? old : operand;
	case LDSMIN:
		return signed_old < signed_operand ? old : operand;
	case LDUMAX:
		return old > operand ? old : operand;
	case LDUMIN:
		return old < operand ? old : operand;
	default:
		return operand;
	}
}

static uint64_t fetch_combine(void *host, unsigned operation, uint64_t operand, unsigned size)
{
	uint64_t old = load_ordered(host, size);
	uint64_t seen;

	if (size < 3)
		operand &= (UINT64_C(1) << (8u << size)) - 1;
	while ((seen = cas(host, old, combine(operation, old, operand, size), size)) != old)
		old = seen;
	return old;
}

static uint64_t fetch_operate(void *host, unsigned operation, uint64_t operand, unsigned size)
{
#define OPERATE(type)                                                                              \
	do {                                                                                       \
		type *memory = host;                                                               \
		type value = (type)operand;                                                        \
                                                                                                   \
		switch (operation) {                                                               \
		case LDADD:                                                                        \
			return __atomic_fetch_add(memory, value, __ATOMIC_SEQ_CST);                \
		case LDCLR:                                                                        \
			return __atomic_fetch_and(memory, (type)~value, __ATOMIC_SEQ_CST);         \
		case LDEOR:                                                                        \
			return __atomic_fetch_xor(memory, value, __ATOMIC_SEQ_CST);                \
		case LDSET:                                                                        \
			return __atomic_fetch_or(memory, value, __ATOMIC_SEQ_CST);                 \
		default:                                                                           \
			return __atomic_exchange_n(memory, value, __ATOMIC_SEQ_CST);               \
		}                                                                                  \
	} while (0)

	if ((operation >= LDSMAX && operation <= LDUMIN) || !is_aligned(host, size))
		return fetch_combine(host, operation, operand, size);
	switch (size) {
	case 0:
		OPERATE(uint8_t);
	case 1:
		OPERATE(uint16_t);
	case 2:
		OPERATE(uint32_t);
	default:
		OPERATE(uint64_t);
	}
#undef OPERATE
}

void a64_atomic(struct a64_pe *pe, uint32_t insn)
{
	unsigned size = insn >> 30;
	unsigned base = a64_or_sp(a64_bits(insn, 5, 5));
	bool o3 = a64_bits(insn, 15, 1);
	uint32_t opc = a64_bits(insn, 12, 3);
	uint32_t rs = a64_bits(insn, 16, 5);
	uint32_t rt = a64_bits(insn, 0, 5);
	uint64_t value;
	void *host;

	if (o3 && opc == 4) { /* LDAPR */
		if (load_acquire(pe, base, 0, size, &value))
			pe->r[a64_dest(rt)] = value;
		return;
	}
	host = probe(pe, base, 1u << size, true, true);
	if (host)
		pe->r[a64_dest(rt)] = fetch_operate(host, o3 ? SWP : opc, pe->r[rs], size);
}

void a64_ordered_unscaled(struct a64_pe *pe, uint32_t insn)
{
	unsigned size = insn >> 30;
	uint32_t opc = a64_bits(insn, 22, 2);
	uint32_t rt = a64_bits(insn, 0, 5);
	unsigned unused = 64 - (8u << size);
	unsigned base = a64_or_sp(a64_bits(insn, 5, 5));
	int32_t offset = a64_sbits(insn, 12, 9);
	uint64_t value;

	if (opc == 0) {
		store_release(pe, base, offset, size, pe->r[rt]);
		return;
	}
	if (!load_acquire(pe, base, offset, size, &value))
		return;
	if (opc >= 2)
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	if (opc == 3)
		value = (uint32_t)value;
	pe->r[a64_dest(rt)] = value;
}
