/* SPDX-License-Identifier: BSD-3-Clause */
/* rmm_snapshot_equal(): what differs, in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/rmm.h"
#include "core/snapshot.h"

/* Where the first difference is told. */
struct verdict {
	char *why;
	size_t size;
};

static bool differ(const struct verdict *v, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

static bool differ(const struct verdict *v, const char *fmt, ...)
{
	va_list args;

	if (v->size != 0) {
		va_start(args, fmt);
		(void)vsnprintf(v->why, v->size, fmt, args);
		va_end(args);
	}
	return false;
}

static bool same_number(const struct verdict *v, const char *name, uint64_t a, uint64_t b)
{
	return a == b || differ(v, "%s was 0x%llx, is 0x%llx", name, (unsigned long long)a,
	                        (unsigned long long)b);
}

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {
	        [RMM_STATE_INIT] = "INIT",
	        [RMM_STATE_ACTIVE] = "ACTIVE",
	        [RMM_STATE_INTERMEDIATE] = "INTERMEDIATE",
	};

	return names[state];
}

static bool same_vmids(const struct verdict *v, const uint64_t *a, const uint64_t *b)
{
	for (unsigned i = 0; i < RMM_MAX_VMIDS / 64; i++) {
		unsigned bit;

		if (a[i] == b[i])
			continue;
		bit = (unsigned)__builtin_ctzll(a[i] ^ b[i]);
		if ((a[i] >> bit & 1) != 0)
			return differ(v, "VMID %u was in use, is free", i * 64 + bit);
		return differ(v, "VMID %u was free, is in use", i * 64 + bit);
	}
	return true;
}

/* Regions of one kind; @p size is that of a region in bytes. */
static bool same_regions(const struct verdict *v, const char *what, const char *const *names,
                         uint64_t first, uint64_t size, const struct snapshot_region *a,
                         const struct snapshot_region *b, size_t count)
{
	for (size_t i = 0; i < count; i++, a++, b++) {
		unsigned long long base = first + i * size;

		if (a->state != b->state)
			return differ(v, "%s 0x%llx was %s, is %s", what, base, names[a->state],
			              names[b->state]);
		if (a->memory.count != b->memory.count ||
		    (a->memory.count != 0 &&
		     (a->memory.first != b->memory.first || a->memory.state != b->memory.state)))
			return differ(v, "%s 0x%llx had %llu granules donated, has %llu%s", what,
			              base, (unsigned long long)a->memory.count,
			              (unsigned long long)b->memory.count,
			              a->memory.count == b->memory.count ? " others" : "");
	}
	return true;
}

static bool same_tracking(const struct verdict *v, const struct rmm_snapshot *a,
                          const struct rmm_snapshot *b)
{
	static const char *const tracking[] = {
	        [RMI_TRACKING_RESERVED] = "RESERVED",
	        [RMI_TRACKING_NONE] = "NONE",
	        [RMI_TRACKING_FINE] = "FINE",
	        [RMI_TRACKING_COARSE] = "COARSE",
	        [RMI_TRACKING_INTERMEDIATE] = "INTERMEDIATE",
	};
	static const char *const gpt[] = {
	        [GPT_L0_AS_AT_BOOT] = "as at boot",
	        [GPT_L0_ENTRY_BLOCK] = "BLOCK",
	        [GPT_L0_ENTRY_TABLE] = "TABLE",
	        [GPT_L0_ENTRY_INTERMEDIATE] = "INTERMEDIATE",
	};
	uint64_t size = a->tracking_region_size;
	uint64_t l0_size = UINT64_C(1) << GPT_L0_SHIFT;

	return same_number(v, "the base of DRAM", a->dram_base, b->dram_base) &&
	       same_number(v, "the number of tracking regions", a->num_tracking, b->num_tracking) &&
	       same_number(v, "the number of L0 GPT entries", a->num_gpt, b->num_gpt) &&
	       same_regions(v, "tracking region", tracking, a->dram_base & ~(size - 1), size,
	                    a->tracking, b->tracking, a->num_tracking) &&
	       same_regions(v, "L0 GPT entry", gpt, a->dram_base & ~(l0_size - 1), l0_size, a->gpt,
	                    b->gpt, a->num_gpt);
}

static bool same_globals(const struct verdict *v, const struct rmm_snapshot *a,
                         const struct rmm_snapshot *b)
{
	if (a->state != b->state)
		return differ(v, "the RMM was %s, is %s", state_name(a->state),
		              state_name(b->state));
	return same_number(v, "the RMI granule size", UINT64_C(1) << a->gshift,
	                   UINT64_C(1) << b->gshift) &&
	       same_number(v, "the tracking region size", a->tracking_region_size,
	                   b->tracking_region_size) &&
	       same_number(v, "the number of realms", a->num_realms, b->num_realms) &&
	       same_vmids(v, a->vmid_map, b->vmid_map) && same_tracking(v, a, b) &&
	       same_number(v, "the number of regions that the Host tracked",
	                   (uint64_t)a->num_tracked, (uint64_t)b->num_tracked) &&
	       same_number(v, "the validity of the platform token", a->pat_valid, b->pat_valid);
}

/* Numbers of an open operation that can change while it goes on. */
static bool same_sro_numbers(const struct verdict *v, const struct sro *a, const struct sro *b)
{
#define FIELD(member, text)                                                                        \
	{                                                                                          \
		text, (uint64_t)a->member, (uint64_t)b->member                                     \
	}
	const struct {
		const char *name;
		uint64_t a, b;
	} fields[] = {
	        FIELD(want, "memory requested"),
	        FIELD(can_cancel, "can be cancelled"),
	        FIELD(abandoned, "abandoned"),
	        FIELD(request.size, "block size to donate"),
	        FIELD(request.count, "blocks to donate"),
	        FIELD(request.contig, "contiguity of the donation"),
	        FIELD(request.state, "state of the donation"),
	        FIELD(memory.count, "granules donated"),
	        FIELD(memory.first, "first granule donated"),
	        FIELD(memory.last, "last granules donated"),
	        FIELD(rounds, "rounds left"),
	        FIELD(to_ask, "granules to ask for"),
	        FIELD(requests, "requests left"),
	        FIELD(result, "result"),
	};
#undef FIELD

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].a != fields[i].b)
			return differ(v, "operation 0x%llx (%s): %s was 0x%llx, is 0x%llx",
			              (unsigned long long)a->handle, a->command->name,
			              fields[i].name, (unsigned long long)fields[i].a,
			              (unsigned long long)fields[i].b);
	}
	return differ(v, "operation 0x%llx (%s) changed", (unsigned long long)a->handle,
	              a->command->name);
}

static bool same_sros(const struct verdict *v, const struct rmm_snapshot *a,
                      const struct rmm_snapshot *b)
{
	if (!same_number(v, "the number of contexts", a->num_sros, b->num_sros))
		return false;
	for (size_t i = 0; i < a->num_sros; i++) {
		const struct sro *sa = &a->sros[i];
		const struct sro *sb = &b->sros[i];
		/* Contexts start as zeros, so what no member covers is equal. */
		const void *bytes_a = sa;
		const void *bytes_b = sb;

		if (memcmp(bytes_a, bytes_b, sizeof(*sa)) == 0)
			continue;
		if (sa->used && (!sb->used || sa->handle != sb->handle))
			return differ(v, "operation 0x%llx (%s) was open, is over",
			              (unsigned long long)sa->handle, sa->command->name);
		if (!sa->used)
			return differ(v, "operation 0x%llx (%s) was not there, is open",
			              (unsigned long long)sb->handle, sb->command->name);
		return same_sro_numbers(v, sa, sb);
	}
	return true;
}

static const char *granule_name(uint32_t word)
{
	return granule_state_name((enum granule_state)(word & GRANULE_STATE_MASK));
}

/* The first byte in which two contents differ. */
static bool same_content(const struct verdict *v, const struct rmm_snapshot *sa,
                         const struct snapshot_granule *a, const struct rmm_snapshot *sb,
                         const struct snapshot_granule *b)
{
	const uint8_t *ca = a->content != SNAPSHOT_ZERO ? sa->contents + a->content : NULL;
	const uint8_t *cb = b->content != SNAPSHOT_ZERO ? sb->contents + b->content : NULL;
	size_t size = (size_t)1 << sa->gshift;
	size_t at = 0;

	if (ca == cb || (ca != NULL && cb != NULL && memcmp(ca, cb, size) == 0))
		return true;
	while (at < size && (ca != NULL ? ca[at] : 0) == (cb != NULL ? cb[at] : 0))
		at++;
	/* What a snapshot hides may leave nothing but zeros. */
	if (at == size)
		return true;
	return differ(v, "granule 0x%llx (%s): byte 0x%zx was 0x%02x, is 0x%02x",
	              (unsigned long long)a->pa, granule_name(a->word), at,
	              ca != NULL ? ca[at] : 0u, cb != NULL ? cb[at] : 0u);
}

static bool same_granule(const struct verdict *v, const struct rmm_snapshot *sa,
                         const struct snapshot_granule *a, const struct rmm_snapshot *sb,
                         const struct snapshot_granule *b)
{
	uint32_t changed = a->word ^ b->word;

	if ((changed & GRANULE_STATE_MASK) != 0)
		return differ(v, "granule 0x%llx was %s, is %s", (unsigned long long)a->pa,
		              granule_name(a->word), granule_name(b->word));
	if ((changed & GRANULE_INTERMEDIATE) != 0)
		return differ(v, "granule 0x%llx (%s) %s", (unsigned long long)a->pa,
		              granule_name(a->word),
		              (b->word & GRANULE_INTERMEDIATE) != 0
		                      ? "was not intermediate, is intermediate"
		                      : "was intermediate, is not");
	if (changed != 0)
		return differ(v, "granule 0x%llx (%s): flags were 0x%x, are 0x%x",
		              (unsigned long long)a->pa, granule_name(a->word), a->word, b->word);
	if (a->count != b->count)
		return differ(v, "granule 0x%llx (%s): count was %u, is %u",
		              (unsigned long long)a->pa, granule_name(a->word), a->count, b->count);
	return same_content(v, sa, a, sb, b);
}

static bool appeared(const struct verdict *v, const struct snapshot_granule *g)
{
	return differ(v, "granule 0x%llx was GRAN_UNDELEGATED, is %s", (unsigned long long)g->pa,
	              granule_name(g->word));
}

static bool disappeared(const struct verdict *v, const struct snapshot_granule *g)
{
	return differ(v, "granule 0x%llx was %s, is GRAN_UNDELEGATED", (unsigned long long)g->pa,
	              granule_name(g->word));
}

static bool same_granules(const struct verdict *v, const struct rmm_snapshot *a,
                          const struct rmm_snapshot *b)
{
	size_t i;

	for (i = 0; i < a->num_granules && i < b->num_granules; i++) {
		const struct snapshot_granule *ga = &a->granules[i];
		const struct snapshot_granule *gb = &b->granules[i];

		if (gb->pa < ga->pa)
			return appeared(v, gb);
		if (ga->pa < gb->pa)
			return disappeared(v, ga);
		if (!same_granule(v, a, ga, b, gb))
			return false;
	}
	if (i < b->num_granules)
		return appeared(v, &b->granules[i]);
	if (i < a->num_granules)
		return disappeared(v, &a->granules[i]);
	return true;
}

bool rmm_snapshot_equal(const struct rmm_snapshot *a, const struct rmm_snapshot *b, char *why,
                        size_t size)
{
	const struct verdict v = {.why = why, .size = size};

	if (size != 0)
		why[0] = '\0';
	return same_globals(&v, a, b) && same_granules(&v, a, b) && same_sros(&v, a, b);
}
