/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses of a Realm, cell by cell.
 *
 * Device assignment has more of RIPAS and HIPAS. Without it no IPA gets there.
 */
#include "access.h"

#include <stdio.h>

#include "plane.h"

/* What becomes of an access. */
enum outcome {
	WORKS,
	SEA,   /* A Synchronous External abort is taken to the Realm. */
	EXIT,  /* The REC exits with an abort. */
	EMUL,  /* And the Host can emulate the access. */
	TOLD,  /* A Plane exit tells plane 0. */
	INPUT, /* The RSI command fails with RSI_ERROR_INPUT. */
	SIZE,  /* An Address Size fault is taken to the Realm. */
};

enum kind { LOAD, STORE, FETCH, LOAD_PAIR, STORE_PAIR, POINTER };

/* What is at the IPA. */
struct column {
	const char *name;
	enum rmi_ripas ripas; /* Protected. */
	bool mapped;
	uint8_t direct; /* Unprotected and mapped: what the Host permits, in both encodings. */
	uint8_t indirect;
};

enum area { PROTECTED, UNPROTECTED, BEYOND };

#define MAX_COLUMNS 6

static const struct column columns[][MAX_COLUMNS] = {
        [PROTECTED] = {{.name = "EMPTY-VOID", .ripas = RMI_RIPAS_EMPTY},
                       {.name = "RAM-VOID", .ripas = RMI_RIPAS_RAM},
                       {.name = "DESTROYED-VOID", .ripas = RMI_RIPAS_DESTROYED},
                       {.name = "EMPTY-DATA", .ripas = RMI_RIPAS_EMPTY, .mapped = true},
                       {.name = "RAM-DATA", .ripas = RMI_RIPAS_RAM, .mapped = true},
                       {.name = "DESTROYED-DATA", .ripas = RMI_RIPAS_DESTROYED, .mapped = true}},
        [UNPROTECTED] = {{.name = "UNMAPPED_NS"},
                         {.name = "MAPPED_NS-RW",
                          .mapped = true,
                          .direct = RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
                          .indirect = RMI_S2AP_RW},
                         {.name = "MAPPED_NS-RO",
                          .mapped = true,
                          .direct = RMI_S2AP_DIRECT_READ,
                          .indirect = RMI_S2AP_RO},
                         {.name = "MAPPED_NS-WO",
                          .mapped = true,
                          .direct = RMI_S2AP_DIRECT_WRITE,
                          .indirect = RMI_S2AP_WO},
                         {.name = "MAPPED_NS-NONE",
                          .mapped = true,
                          .direct = 0,
                          .indirect = RMI_S2AP_NO_ACCESS}},
        [BEYOND] = {{.name = "BEYOND"}},
};

struct line {
	const char *name;
	enum area area;
	enum kind kind;
	/* An auxiliary plane that has no permission. */
	bool denied;
	enum outcome outcomes[MAX_COLUMNS];
};

static const unsigned num_columns[] = {[PROTECTED] = 6, [UNPROTECTED] = 5, [BEYOND] = 1};

/* A5.3.1, A4.3.4.3; POINTER: A5.2.4. */
static const struct line realm_lines[] = {
        {"load", PROTECTED, LOAD, .outcomes = {SEA, EXIT, EXIT, SEA, WORKS, EXIT}},
        {"store", PROTECTED, STORE, .outcomes = {SEA, EXIT, EXIT, SEA, WORKS, EXIT}},
        {"fetch", PROTECTED, FETCH, .outcomes = {SEA, EXIT, EXIT, SEA, WORKS, EXIT}},
        {"load_pair", PROTECTED, LOAD_PAIR, .outcomes = {SEA, EXIT, EXIT, SEA, WORKS, EXIT}},
        {"store_pair", PROTECTED, STORE_PAIR, .outcomes = {SEA, EXIT, EXIT, SEA, WORKS, EXIT}},
        {"rsi_pointer", PROTECTED, POINTER, .outcomes = {INPUT, EXIT, EXIT, INPUT, WORKS, EXIT}},
        {"load", UNPROTECTED, LOAD, .outcomes = {EMUL, WORKS, WORKS, EMUL, EMUL}},
        {"store", UNPROTECTED, STORE, .outcomes = {EMUL, WORKS, EMUL, WORKS, EMUL}},
        {"fetch", UNPROTECTED, FETCH, .outcomes = {SEA, SEA, SEA, SEA, SEA}},
        {"load_pair", UNPROTECTED, LOAD_PAIR, .outcomes = {EXIT, WORKS, WORKS, EXIT, EXIT}},
        {"store_pair", UNPROTECTED, STORE_PAIR, .outcomes = {EXIT, WORKS, EXIT, WORKS, EXIT}},
        {"load", BEYOND, LOAD, .outcomes = {SIZE}},
        {"store", BEYOND, STORE, .outcomes = {SIZE}},
        {"fetch", BEYOND, FETCH, .outcomes = {SIZE}},
};

/* A10.2.3.1, A10.2.4, A10.3.2.1 */
static const struct line plane_lines[] = {
        {"load", PROTECTED, LOAD, .outcomes = {TOLD, EXIT, EXIT, TOLD, WORKS, EXIT}},
        {"store", PROTECTED, STORE, .outcomes = {TOLD, EXIT, EXIT, TOLD, WORKS, EXIT}},
        {"fetch", PROTECTED, FETCH, .outcomes = {TOLD, EXIT, EXIT, TOLD, WORKS, EXIT}},
        {"load_pair", PROTECTED, LOAD_PAIR, .outcomes = {TOLD, EXIT, EXIT, TOLD, WORKS, EXIT}},
        {"load.denied", PROTECTED, LOAD, .denied = true,
         .outcomes = {TOLD, EXIT, EXIT, TOLD, TOLD, EXIT}},
        {"store.denied", PROTECTED, STORE, .denied = true,
         .outcomes = {TOLD, EXIT, EXIT, TOLD, TOLD, EXIT}},
        {"fetch.denied", PROTECTED, FETCH, .denied = true,
         .outcomes = {TOLD, EXIT, EXIT, TOLD, TOLD, EXIT}},
        {"load", UNPROTECTED, LOAD, .outcomes = {EMUL, WORKS, WORKS, EMUL, EMUL}},
        {"store", UNPROTECTED, STORE, .outcomes = {EMUL, WORKS, EMUL, WORKS, EMUL}},
        {"fetch", UNPROTECTED, FETCH, .outcomes = {TOLD, TOLD, TOLD, TOLD, TOLD}},
        {"load_pair", UNPROTECTED, LOAD_PAIR, .outcomes = {EXIT, WORKS, WORKS, EXIT, EXIT}},
        {"store_pair", UNPROTECTED, STORE_PAIR, .outcomes = {EXIT, WORKS, EXIT, WORKS, EXIT}},
};

#define LINES(table) (sizeof(table) / sizeof((table)[0]))

/* One cell of a table. */
struct cell {
	const struct line *line;
	const struct column *column;
	enum outcome outcome;
};

static size_t count(const struct line *lines, size_t num)
{
	size_t cells = 0;

	for (size_t i = 0; i < num; i++)
		cells += num_columns[lines[i].area];
	return cells;
}

static struct cell cell_at(const struct line *lines, size_t i)
{
	while (i >= num_columns[lines->area]) {
		i -= num_columns[lines->area];
		lines++;
	}
	return (struct cell){lines, &columns[lines->area][i], lines->outcomes[i]};
}

static void name_cell(const struct cell *c, const char *table, char *name, size_t size)
{
	static const char *const areas[] = {
	        [PROTECTED] = "protected", [UNPROTECTED] = "unprotected", [BEYOND] = "beyond"};

	(void)snprintf(name, size, "%s/%s.%s/%s", table, areas[c->line->area], c->line->name,
	               c->column->name);
}

size_t access_cells(void)
{
	return count(realm_lines, LINES(realm_lines));
}

size_t plane_access_cells(void)
{
	return count(plane_lines, LINES(plane_lines));
}

void access_name(size_t cell, char *name, size_t size)
{
	struct cell c = cell_at(realm_lines, cell);

	name_cell(&c, "ACCESS", name, size);
}

void plane_access_name(size_t cell, char *name, size_t size)
{
	struct cell c = cell_at(plane_lines, cell);

	name_cell(&c, "PLANE_ACCESS", name, size);
}

/* The IPA: a page that has none of what the Realm needs otherwise. */

#define STORED UINT64_C(0x1122334455667788)
/* RET */
#define RET    UINT32_C(0xd65f03c0)

static uint64_t ipa_of(struct world *w, const struct cell *c)
{
	switch (c->line->area) {
	case UNPROTECTED:
		return WORLD_UNPROT(w) + 6 * w->page;
	case BEYOND:
		return WORLD_IPA_TOP(w) + 6 * w->page;
	case PROTECTED:
		break;
	}
	return 6 * w->page;
}

static void *content(struct world *w)
{
	uint32_t *page = world_va(w, world_page(w));

	page[0] = RET;
	return page;
}

/* Brings a Protected IPA into a state; the Realm is REALM_NEW. */
static void prepare_protected(struct world *w, const struct column *column, uint64_t ipa)
{
	uint64_t top = ipa + w->page;

	if (column->ripas != RMI_RIPAS_EMPTY) {
		world_must(w, small_init_ripas(&w->realm, ipa, top), "RMI_RTT_INIT_RIPAS");
		if (column->ripas == RMI_RIPAS_DESTROYED) {
			world_map(w, ipa);
			world_must(w, WORLD_DO(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, ipa, top),
			           "RMI_RTT_DATA_UNMAP");
		}
	}
	if (!column->mapped)
		return;
	/* With content RIPAS becomes RAM, which is what it is where content matters. */
	if (column->ripas == RMI_RIPAS_RAM)
		world_must(w, small_map_init(&w->realm, ipa, content(w), 0),
		           "RMI_RTT_DATA_MAP_INIT");
	else
		world_map(w, ipa);
}

static void prepare_unprotected(struct world *w, const struct column *column, uint64_t ipa)
{
	bool indirect = (w->realm.flags1 & RMI_REALM_FLAGS1_RTT_S2AP_ENCODING) != 0;
	uint64_t page = world_page(w);

	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
	if (!column->mapped)
		return;
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, ipa, ipa + w->page,
	                    RMI_ADDR_TYPE_SINGLE |
	                            RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB,
	                                          RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	                            RMI_FIELD_SET((uint64_t)(indirect ? column->indirect
	                                                              : column->direct),
	                                          RMI_RTT_UNPROT_MAP_FLAGS_S2AP),
	                    world_desc(w, page, RMM_RTT_PAGE_LEVEL, 1, RMI_OP_MEM_UNDELEGATED)),
	           "RMI_RTT_UNPROT_MAP");
}

static void prepare(struct world *w, const struct cell *c)
{
	if (c->line->area == PROTECTED)
		prepare_protected(w, c->column, ipa_of(w, c));
	else if (c->line->area == UNPROTECTED)
		prepare_unprotected(w, c->column, ipa_of(w, c));
}

/* What comes of it. */

#define EC_SHIFT      26
#define EC_HVC        0x16
#define EC_IABT_LOWER 0x20
#define EC_IABT_SAME  0x21
#define EC_DABT_LOWER 0x24
#define EC_DABT_SAME  0x25
#define ISV           (UINT64_C(1) << 24)
#define FSC           UINT64_C(0x3f)
#define FSC_SEA       UINT64_C(0x10)
#define FSC_TRANS_3   UINT64_C(0x07)
#define FSC_PERM_3    UINT64_C(0x0f)

static unsigned abort_class(const struct cell *c, bool same)
{
	if (c->line->kind == FETCH)
		return same ? EC_IABT_SAME : EC_IABT_LOWER;
	return same ? EC_DABT_SAME : EC_DABT_LOWER;
}

/* Where nothing is mapped the walk ends without a descriptor. */
static uint64_t fault_code(const struct cell *c)
{
	bool valid = c->column->mapped &&
	             (c->line->area == UNPROTECTED || c->column->ripas == RMI_RIPAS_RAM);

	return valid ? FSC_PERM_3 : FSC_TRANS_3;
}

/* A4.3.4.2, A4.3.4.3 */
static void expect_exit(struct world *w, const struct cell *c)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;
	uint64_t ipa = ipa_of(w, c);
	bool emulatable = c->outcome == EMUL;

	world_equal(w, exit->exit_reason, RMI_EXIT_SYNC, "exit_reason");
	world_equal(w, exit->esr >> EC_SHIFT, abort_class(c, false), "ESR_EL2.EC");
	world_equal(w, exit->esr & FSC, fault_code(c), "ESR_EL2.FSC");
	world_equal(w, (exit->esr & ISV) != 0, emulatable, "ESR_EL2.ISV");
	world_equal(w, exit->hpfar, ipa >> 12 << 4, "hpfar");
	world_equal(w, exit->far, 0, "far");
	world_equal(w, exit->rtt_tree, 0, "rtt_tree");
	world_equal(w, exit->gprs[0], emulatable && c->line->kind == STORE ? STORED : 0, "gprs[0]");
}

/* Nobody but the Host can emulate an access, and only one that it is told of. */
static void expect_emulation(struct world *w, const struct cell *c, uint64_t rec)
{
	uint64_t x0;

	small_run(&w->realm)->enter.flags |= RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	x0 = world_enter(w, rec);
	world_equal(w, x0, rmi_result(c->outcome == EMUL ? RMI_SUCCESS : RMI_ERROR_REC),
	            "X0 of RMI_REC_ENTER with RMI_EMULATED_MMIO");
}

/* The guest has told X0..X30; X4 says whether an exception came first. */
static void expect_told(struct world *w, const struct cell *c)
{
	const uint64_t *x = small_run(&w->realm)->exit.gprs;

	world_equal(w, small_run(&w->realm)->exit.exit_reason, RMI_EXIT_HOST_CALL, "exit_reason");
	if (c->outcome == WORKS) {
		world_equal(w, x[4], 0, "the number of exceptions");
		return;
	}
	world_equal(w, x[4], WORLD_TOUCH_EXCEPTION, "the number of exceptions");
	world_equal(w, x[0] >> EC_SHIFT, abort_class(c, true), "ESR_EL1.EC");
	world_equal(w, x[0] & FSC, c->outcome == SEA ? FSC_SEA : 0, "ESR_EL1.FSC");
	world_equal(w, x[1], ipa_of(w, c), "FAR_EL1");
}

static void touch(struct world *w, const struct cell *c)
{
	uint64_t rec = WORLD_REC(w, GUEST_TOUCH, STORED, ipa_of(w, c), 0,
	                         WORLD_TOUCH_IPA(w, c->line->kind));

	world_activate(w);
	world_must(w, world_enter(w, rec), "RMI_REC_ENTER");
	if (c->outcome != EXIT && c->outcome != EMUL) {
		expect_told(w, c);
		return;
	}
	expect_exit(w, c);
	expect_emulation(w, c, rec);
}

/* A5.2.4: RSI_REALM_CONFIG writes to the page. */
static void point(struct world *w, const struct cell *c)
{
	struct smccc_regs regs = {.x = {SMC_RSI_REALM_CONFIG, ipa_of(w, c)}};
	bool back;

	world_server(w);
	world_activate(w);
	world_ready(w, w->rec);
	back = world_ask(w, w->rec, &regs);
	world_equal(w, back, c->outcome != EXIT, "whether the call returns");
	if (back)
		world_equal(w, regs.x[0], c->outcome == INPUT ? RSI_ERROR_INPUT : RSI_SUCCESS,
		            "X0");
	else
		expect_exit(w, c);
}

void access_run(struct world *w, size_t cell)
{
	struct cell c = cell_at(realm_lines, cell);

	world_realm(w);
	world_load(w);
	prepare(w, &c);
	if (c.line->kind == POINTER)
		point(w, &c);
	else
		touch(w, &c);
}

/* A10.2.3.1 */
static void expect_plane_exit(struct world *w, const struct cell *c)
{
	uint64_t esr = plane_peek_exit(w, offsetof(struct rsi_plane_exit, esr_el2));
	uint64_t ipa = ipa_of(w, c);
	bool isv = c->line->kind == LOAD || c->line->kind == STORE;

	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, reason)), RSI_EXIT_SYNC,
	            "reason");
	if (c->outcome == WORKS) {
		world_equal(w, esr >> EC_SHIFT, EC_HVC, "esr_el2.EC");
		return;
	}
	world_equal(w, esr >> EC_SHIFT, abort_class(c, false), "esr_el2.EC");
	if (c->line->area == PROTECTED)
		world_equal(w, esr & FSC, fault_code(c), "esr_el2.FSC");
	world_equal(w, (esr & ISV) != 0, isv, "esr_el2.ISV");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, far_el2)), isv ? ipa : 0,
	            "far_el2");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, hpfar_el2)),
	            ipa >> 12 << 4, "hpfar_el2");
}

void plane_access_run(struct world *w, size_t cell)
{
	static const enum plane_code codes[] = {
	        [LOAD] = PLANE_LOAD,
	        [STORE] = PLANE_STORE,
	        [FETCH] = PLANE_FETCH,
	        [LOAD_PAIR] = PLANE_LOAD_PAIR,
	        [STORE_PAIR] = PLANE_STORE_PAIR,
	};
	struct cell c = cell_at(plane_lines, cell);
	struct smccc_regs regs = {.x = {SMC_RSI_PLANE_ENTER, 1, plane_run_ipa(w)}};
	bool back;

	plane_realm(w);
	prepare(w, &c);
	plane_begin(w, codes[c.line->kind]);
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, gprs), STORED);
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, gprs) + 8, ipa_of(w, &c));
	if (c.line->area == PROTECTED && !c.line->denied)
		plane_permit(w, ipa_of(w, &c));
	back = world_ask(w, w->rec, &regs);
	world_equal(w, back, c.outcome != EXIT && c.outcome != EMUL, "whether plane 0 goes on");
	if (!back) {
		expect_exit(w, &c);
		expect_emulation(w, &c, w->rec);
		return;
	}
	world_equal(w, regs.x[0], RSI_SUCCESS, "X0 of RSI_PLANE_ENTER");
	expect_plane_exit(w, &c);
}
