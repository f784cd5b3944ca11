/* SPDX-License-Identifier: BSD-3-Clause */
/* The world of one test: opening and closing it, and what the Host has there. */
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>

#include <rmi/format.h>
#include <rmi/model.h>
#include <rmm/inspect.h>
#include <support/sro.h>
#include <support/sweep.h>

/* Pages of the window of a Realm; a quarter of them stays with the Host. */
#define WINDOW_PAGES UINT64_C(4096)
#define GIB          (UINT64_C(1) << 30)

static _Noreturn void leave(struct world *w, enum world_end end, const char *fmt, va_list args)
        __attribute__((format(printf, 3, 0)));

static _Noreturn void leave(struct world *w, enum world_end end, const char *fmt, va_list args)
{
	w->end = end;
	(void)vsnprintf(w->why, sizeof(w->why), fmt, args);
	longjmp(w->leave, 1);
}

void world_fail(struct world *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	leave(w, WORLD_FAILED, fmt, args);
}

void world_expect(struct world *w, bool good, const char *fmt, ...)
{
	va_list args;

	if (good)
		return;
	va_start(args, fmt);
	leave(w, WORLD_FAILED, fmt, args);
}

void world_skip(struct world *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	leave(w, WORLD_SKIPPED, fmt, args);
}

void world_equal(struct world *w, uint64_t is, uint64_t should, const char *what)
{
	if (is != should)
		world_fail(w, "%s is 0x%llx, should be 0x%llx", what, (unsigned long long)is,
		           (unsigned long long)should);
}

void world_must(struct world *w, uint64_t x0, const char *what)
{
	char text[96];

	if (x0 == rmi_result(RMI_SUCCESS))
		return;
	rmi_format_result(text, sizeof(text), x0);
	world_fail(w, "%s gives %s", what, text);
}

uint64_t world_do(struct world *w, struct smccc_regs *regs)
{
	sro_call(w->pe, regs);
	return sro_finish(w->pe, &w->memory, regs);
}

bool world_try_begin(struct world *w, struct smccc_regs *regs)
{
	bool open = rmi_status(sro_call(w->pe, regs)) == RMI_INCOMPLETE;

	if (open)
		w->open = *regs;
	return open;
}

uint64_t world_end(struct world *w)
{
	uint64_t x0 = sro_finish(w->pe, &w->memory, &w->open);

	w->open = (struct smccc_regs){0};
	return x0;
}

uint64_t world_begin(struct world *w, struct smccc_regs *regs)
{
	if (!world_try_begin(w, regs))
		world_fail(w, "the operation was not left open");
	return regs->x[0];
}

uint64_t world_features(struct world *w, uint64_t index)
{
	struct smccc_regs regs = {.x = {SMC_RMI_FEATURES, index}};

	world_must(w, world_do(w, &regs), "RMI_FEATURES");
	return regs.x[1];
}

/* Learns the size of granules that the RMM has, and lays out memory for Realms. */
static void make_windows(struct world *w)
{
	uint64_t window = WINDOW_PAGES * w->page;

	small_realm_init(&w->realm, w->pe, w->base, window);
	small_realm_init(&w->other, w->pe, w->base + window, window);
	/* Three levels of tables at every granule size. */
	if (w->realm.gshift == 16) {
		small_realm_widen(&w->realm, 44);
		small_realm_widen(&w->other, 44);
	}
	w->gshift = w->realm.gshift;
	w->page = w->realm.page;
	w->block = rmi_rtt_level_size(w->gshift, 2);
	w->memory.list = w->realm.list;
	w->memory.gshift = w->gshift;
}

void world_activate_rmm(struct world *w)
{
	if (!w->active)
		world_must(w, WORLD_DO(w, SMC_RMI_RMM_ACTIVATE), "RMI_RMM_ACTIVATE");
	w->activated = true;
	make_windows(w);
}

void world_needs_init(struct world *w)
{
	if (w->active && !w->activated)
		world_skip(w, "the RMM is active already");
}

uint64_t world_region_size(const struct world *w)
{
	static const unsigned shifts[] = {30, 25, 29};

	return UINT64_C(1) << shifts[(w->gshift - 12) / 2];
}

void world_track(struct world *w, uint64_t pa, enum rmi_tracking_region_state state)
{
	uint64_t x0 = WORLD_DO(w, SMC_RMI_GRANULE_TRACKING_SET, pa & ~(world_region_size(w) - 1),
	                       RMI_MEM_CATEGORY_CONVENTIONAL, state);

	if (x0 == rmi_result(RMI_ERROR_NOT_SUPPORTED))
		world_skip(w, "the RMM does not let the Host change tracking");
	world_must(w, x0, "RMI_GRANULE_TRACKING_SET");
}

uint64_t world_page(struct world *w)
{
	uint64_t pa = small_page(&w->realm);

	if (pa == 0)
		world_fail(w, "no page left");
	memset(small_va(&w->realm, pa), 0, w->page);
	return pa;
}

void *world_va(struct world *w, uint64_t pa)
{
	void *va = rmi_pa_to_va(w->rmi, pa, 8);

	if (va == NULL)
		world_fail(w, "0x%llx is no memory", (unsigned long long)pa);
	return va;
}

uint64_t world_delegated(struct world *w)
{
	return world_delegated_block(w, w->page);
}

uint64_t world_delegated_block(struct world *w, uint64_t size)
{
	uint64_t pa;

	if (size == w->page) {
		pa = small_delegated(&w->realm);
		if (pa == 0)
			world_fail(w, "no page left");
		return pa;
	}
	pa = (w->spare + size - 1) & ~(size - 1);
	if (rmi_pa_to_va(w->rmi, pa, size) == NULL)
		world_skip(w, "the memory has no block of 0x%llx bytes", (unsigned long long)size);
	w->spare = pa + size;
	for (uint64_t at = pa; at < pa + size;) {
		struct smccc_regs regs = {.x = {SMC_RMI_GRANULE_RANGE_DELEGATE, at, pa + size}};

		world_must(w, world_do(w, &regs), "RMI_GRANULE_RANGE_DELEGATE");
		at = regs.x[1];
	}
	return pa;
}

const char *world_state(struct world *w, uint64_t pa)
{
	const char *state;
	uint64_t held;

	if (w->model == NULL && !rmi_next_held_granule(w->rmi, 0, &held, &state))
		world_skip(w, "the backend does not tell the states of granules");
	if (rmi_next_held_granule(w->rmi, pa, &held, &state) && held == pa)
		return state;
	return "GRAN_UNDELEGATED";
}

void world_in_state(struct world *w, uint64_t pa, const char *state)
{
	const char *is = world_state(w, pa);

	/* A driver does not know what has become of a granule that it delegated. */
	if (strcmp(rmi_backend_name(w->rmi), "smc") == 0 && strcmp(is, "GRAN_DELEGATED") == 0 &&
	    strcmp(state, "GRAN_UNDELEGATED") != 0 && strcmp(state, "GRAN_DELEGATED") != 0)
		world_skip(w, "the driver tells delegated granules from others and no more");
	if (strcmp(is, state) != 0)
		world_fail(w, "the granule at 0x%llx is %s, should be %s", (unsigned long long)pa,
		           is, state);
}

uint64_t world_desc(struct world *w, uint64_t pa, int level, uint64_t count,
                    enum rmi_op_mem_state state)
{
	struct rmi_addr_range_desc desc = {
	        .base = pa,
	        .count = count,
	        .size = (uint8_t)(RMM_RTT_PAGE_LEVEL - level),
	        .state = state,
	};

	return rmi_addr_range_desc_encode(w->rev, w->gshift, desc);
}

uint64_t world_num_realms(struct world *w)
{
	struct rmm_info info;

	rmm_inspect(w->model, &info);
	return info.realms;
}

void world_realm(struct world *w)
{
	world_must(w, small_realm_create(&w->realm, RMI_HASH_SHA_256), "RMI_REALM_CREATE");
	world_must(w, small_tables(&w->realm, 0), "RMI_RTT_CREATE");
}

void world_other_realm(struct world *w)
{
	world_must(w, small_realm_create(&w->other, RMI_HASH_SHA_256), "RMI_REALM_CREATE");
	world_must(w, small_tables(&w->other, 0), "RMI_RTT_CREATE");
}

struct world_entry world_entry(struct world *w, uint64_t ipa, int level)
{
	struct smccc_regs regs = {
	        .x = {SMC_RMI_RTT_READ_ENTRY, w->realm.rd, ipa, (uint64_t)(int64_t)level}};
	struct world_entry entry;

	world_must(w, world_do(w, &regs), "RMI_RTT_READ_ENTRY");
	entry.level = (int)(int64_t)regs.x[1];
	entry.state = regs.x[2];
	entry.desc = regs.x[3];
	entry.ripas = regs.x[4];
	/* The address field of an entry ends where the page begins. */
	entry.addr = regs.x[3] & ((UINT64_C(1) << 52) - 1) & ~(w->page - 1);
	return entry;
}

uint64_t world_table(struct world *w, uint64_t ipa, int level)
{
	uint64_t rtt = world_delegated(w);

	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_CREATE, w->realm.rd, rtt, ipa, (uint64_t)(int64_t)level),
	           "RMI_RTT_CREATE");
	return rtt;
}

uint64_t world_map(struct world *w, uint64_t ipa)
{
	uint64_t pa = world_delegated(w);

	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, ipa, ipa + w->page,
	                    RMI_ADDR_TYPE_SINGLE,
	                    world_desc(w, pa, RMM_RTT_PAGE_LEVEL, 1, RMI_OP_MEM_DELEGATED)),
	           "RMI_RTT_DATA_MAP");
	return pa;
}

/*
 * Memory for operations: what is delegated, and the Host's own. All of it is tracked, so what may
 * be in either state has to be delegated.
 */
static uint64_t take(void *arg, uint64_t size, enum rmi_op_mem_state state)
{
	struct world *w = arg;
	uint64_t pa = (w->spare + size - 1) & ~(size - 1);

	if (rmi_pa_to_va(w->rmi, pa, size) == NULL)
		return 0;
	w->spare = pa + size;
	for (uint64_t at = pa; at < pa + size && state != RMI_OP_MEM_UNDELEGATED;) {
		struct smccc_regs regs = {.x = {SMC_RMI_GRANULE_RANGE_DELEGATE, at, pa + size}};

		sro_call(w->pe, &regs);
		if (sro_finish(w->pe, NULL, &regs) != 0)
			return 0;
		at = regs.x[1];
	}
	return pa;
}

static uint64_t configure(struct world *w, enum rmi_granule_size granule)
{
	struct rmi_rmm_config *config;

	memset(world_va(w, w->base), 0, 4096);
	config = world_va(w, w->base);
	config->rmi_granule_size = (uint8_t)granule;
	return WORLD_DO(w, SMC_RMI_RMM_CONFIG_SET, w->base);
}

static bool refuse(struct world *w, const char *why)
{
	(void)snprintf(w->why, sizeof(w->why), "%s", why);
	rmi_close(w->rmi);
	w->rmi = NULL;
	return false;
}

/* RmiGranuleSize before the first RMI_RMM_CONFIG_SET: what is wanted, or the smallest there is. */
static unsigned granule_at_boot(struct world *w, enum rmi_granule_size granule)
{
	struct smccc_regs regs = {.x = {SMC_RMI_FEATURES, 1}};
	unsigned sizes = 0;

	if (world_do(w, &regs) == 0)
		sizes = regs.x[1] & 7;
	if (sizes == 0 || (sizes & 1u << granule) != 0)
		return granule;
	return (unsigned)__builtin_ctz(sizes);
}

/* B4.5.17: rmm_state comes before what else is wrong with a delegation. */
static bool is_active(struct world *w)
{
	return WORLD_DO(w, SMC_RMI_GRANULE_RANGE_DELEGATE, w->base + 1, w->base) !=
	       rmi_result(RMI_ERROR_GLOBAL);
}

bool world_open(struct world *w, const char *conf, enum rmi_granule_size granule, bool init)
{
	struct rmi_memory memory;
	struct rmi_error err;
	uint64_t window, x0;

	memset(w, 0, sizeof(*w));
	w->level = WORLD_NO_LEVEL;
	w->leaves = WORLD_RETURNS;
	w->rmi = rmi_open(conf, &err);
	if (w->rmi == NULL) {
		(void)snprintf(w->why, sizeof(w->why), "%.390s", err.text);
		return false;
	}
	memory = rmi_memory(w->rmi);
	w->pe = rmi_pe(w->rmi, 0);
	w->other_pe = rmi_pe(w->rmi, 1);
	w->model = rmi_model(w->rmi);
	w->rev = rmi_revision(w->rmi);
	w->gshift = 12 + 2 * granule_at_boot(w, granule);
	w->page = UINT64_C(1) << w->gshift;
	w->block = rmi_rtt_level_size(w->gshift, 2);
	w->base = memory.base;
	w->nowhere = (memory.base + memory.size + (UINT64_C(1) << 42)) & ~(GIB * 4096 - 1);
	window = WINDOW_PAGES * w->page;
	w->memory = (struct sro_memory){
	        .list = memory.base, .gshift = w->gshift, .take = take, .arg = w};
	if (memory.size < 2 * window)
		return refuse(w, "the backend has too little memory");
	w->spare = memory.base + 2 * window;
	/* Where there is nothing to choose, the size is what the RMM has. */
	if (granule != RMI_GRANULE_SIZE_4KB && configure(w, granule) != 0)
		return refuse(w, "RMI_RMM_CONFIG_SET refuses the granule size");
	if (init) {
		w->active = w->model == NULL && is_active(w);
		w->realm = (struct small_realm){.pe = w->pe,
		                                .gshift = w->gshift,
		                                .page = w->page,
		                                .base = w->base,
		                                .next_host = w->base + w->page,
		                                .middle = w->base + window / 4,
		                                .next = w->base + window / 4,
		                                .top = w->base + window};
		return true;
	}
	x0 = WORLD_DO(w, SMC_RMI_RMM_ACTIVATE);
	/* An RMM that is not the test's own may be active already. */
	if (x0 != 0 && (w->model != NULL || rmi_status(x0) != RMI_ERROR_GLOBAL))
		return refuse(w, "RMI_RMM_ACTIVATE fails");
	make_windows(w);
	return true;
}

/* The first region of the memory from @p pa on that a test has left tracked otherwise; 0: none. */
static uint64_t find_changed(struct world *w, uint64_t pa)
{
	struct rmi_memory memory = rmi_memory(w->rmi);

	for (; pa < memory.base + memory.size; pa += world_region_size(w)) {
		struct smccc_regs regs = {.x = {SMC_RMI_GRANULE_TRACKING_GET, pa}};

		if (world_do(w, &regs) == 0 && regs.x[1] == RMI_MEM_CATEGORY_CONVENTIONAL &&
		    regs.x[2] != RMI_TRACKING_FINE)
			return pa;
	}
	return 0;
}

/* Leaves an RMM that stays as it was. @return pages lost */
static uint64_t clean(struct world *w)
{
	uint64_t pa = find_changed(w, w->base & ~(world_region_size(w) - 1));
	uint64_t held = 0;

	/* A driver gives back what its file leaves, and knows where to look. */
	if (pa != 0 || strcmp(rmi_backend_name(w->rmi), "smc") != 0)
		held = sweep(w->pe, &w->memory);
	for (; pa != 0; pa = find_changed(w, pa + world_region_size(w)))
		WORLD_DO(w, SMC_RMI_GRANULE_TRACKING_SET, pa, RMI_MEM_CATEGORY_CONVENTIONAL,
		         RMI_TRACKING_FINE);
	return held;
}

uint64_t world_close(struct world *w)
{
	uint64_t held;

	world_stop(w);
	if (w->open.x[0] != 0)
		world_end(w);
	held = w->model != NULL ? sweep(w->pe, &w->memory) : clean(w);
	rmi_close(w->rmi);
	return held;
}
