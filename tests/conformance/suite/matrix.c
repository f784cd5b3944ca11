/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RIPAS and HIPAS of an entry, before and after each command.
 *
 * Device assignment has more of both: RIPAS_DEV, and the HIPAS of devices. Without it no entry gets
 * there.
 */
#include "matrix.h"

#include <stdio.h>

/* RTTE_VOID and RTTE_DATA; for an Unprotected IPA, RTTE_UNMAPPED_NS and RTTE_MAPPED_NS. */
enum hipas { HIPAS_VOID, HIPAS_MAPPED };

/* Columns of a table. */
#define RIPAS_COLUMNS 6
#define HIPAS_COLUMNS 2

struct column {
	const char *name;
	enum rmi_ripas ripas;
	enum hipas hipas;
};

static const struct column ripas_columns[RIPAS_COLUMNS] = {
        {"EMPTY-VOID", RMI_RIPAS_EMPTY, HIPAS_VOID},
        {"RAM-VOID", RMI_RIPAS_RAM, HIPAS_VOID},
        {"DESTROYED-VOID", RMI_RIPAS_DESTROYED, HIPAS_VOID},
        {"EMPTY-DATA", RMI_RIPAS_EMPTY, HIPAS_MAPPED},
        {"RAM-DATA", RMI_RIPAS_RAM, HIPAS_MAPPED},
        {"DESTROYED-DATA", RMI_RIPAS_DESTROYED, HIPAS_MAPPED},
};

static const struct column hipas_columns[HIPAS_COLUMNS] = {
        {"UNMAPPED_NS", RMI_RIPAS_EMPTY, HIPAS_VOID},
        {"MAPPED_NS", RMI_RIPAS_EMPTY, HIPAS_MAPPED},
};

/* What a command does: a status, and the entry afterwards if that is RMI_SUCCESS. */
struct outcome {
	enum rmi_status_code status;
	enum rmi_ripas ripas;
	enum hipas hipas;
};

/* Short, so that a table can be read as one. */
#define E_VOID                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_EMPTY, HIPAS_VOID                                           \
	}
#define R_VOID                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_RAM, HIPAS_VOID                                             \
	}
#define D_VOID                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_DESTROYED, HIPAS_VOID                                       \
	}
#define E_DATA                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_EMPTY, HIPAS_MAPPED                                         \
	}
#define R_DATA                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_RAM, HIPAS_MAPPED                                           \
	}
#define D_DATA                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_DESTROYED, HIPAS_MAPPED                                     \
	}
#define UNMAP                                                                                      \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_EMPTY, HIPAS_VOID                                           \
	}
#define MAPPED                                                                                     \
	{                                                                                          \
		RMI_SUCCESS, RMI_RIPAS_EMPTY, HIPAS_MAPPED                                         \
	}
#define INPUT                                                                                      \
	{                                                                                          \
		RMI_ERROR_INPUT, 0, 0                                                              \
	}
#define REALM                                                                                      \
	{                                                                                          \
		RMI_ERROR_REALM, 0, 0                                                              \
	}
#define RTT                                                                                        \
	{                                                                                          \
		RMI_ERROR_RTT, 0, 0                                                                \
	}

/* What a cell is about. */
struct place {
	bool unprotected;
	int level;       /* Of the entry before the command. */
	int level_after; /* And after it, if it succeeds. */
	uint64_t ipa;
	uint64_t mapped; /* PA that the entry maps, if it does. */
	uint64_t rec;
};

/* Makes the call of a line of a table. */
typedef void line_call(struct world *w, struct place *p);

struct line {
	const char *command;
	line_call *call;
	/* The Realm is REALM_ACTIVE; REALM_NEW otherwise. */
	bool active;
	/* The entry is one of level 2 before or after the command. */
	bool block_before;
	bool block_after;
	/* The Realm asks for a RIPAS, and whether what was lost may change. */
	bool asks;
	enum rsi_ripas ripas;
	uint64_t flags;
	struct outcome outcomes[RIPAS_COLUMNS];
};

static uint64_t entry_size(struct world *w, int level)
{
	return rmi_rtt_level_size(w->gshift, level);
}

/* The commands. */

static void data_map_init(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_DATA_MAP_INIT, w->realm.rd, world_delegated(w), p->ipa,
	           world_page(w), RMI_DATA_FLAGS_MEASURE);
}

static void data_map(struct world *w, struct place *p)
{
	uint64_t desc =
	        world_desc(w, world_delegated(w), RMM_RTT_PAGE_LEVEL, 1, RMI_OP_MEM_DELEGATED);

	WORLD_CALL(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, p->ipa, p->ipa + w->page,
	           RMI_ADDR_TYPE_SINGLE, desc);
}

static void data_unmap(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, p->ipa, p->ipa + w->page);
}

static void init_ripas(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_INIT_RIPAS, w->realm.rd, p->ipa, p->ipa + w->page);
}

static void set_ripas(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_SET_RIPAS, w->realm.rd, p->rec, p->ipa, p->ipa + w->page);
}

static void create(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_CREATE, w->realm.rd, world_delegated(w), p->ipa,
	           RMM_RTT_PAGE_LEVEL);
}

static uint64_t table_of(struct world *w, uint64_t ipa)
{
	return ipa & ~(w->block - 1);
}

static void destroy(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_DESTROY, w->realm.rd, table_of(w, p->ipa), RMM_RTT_PAGE_LEVEL);
}

/* The parts of a block. */
static void fold(struct world *w, struct place *p)
{
	world_table(w, p->ipa, RMM_RTT_PAGE_LEVEL);
	p->level = RMM_RTT_PAGE_LEVEL;
	WORLD_CALL(w, SMC_RMI_RTT_FOLD, w->realm.rd, p->ipa, RMM_RTT_PAGE_LEVEL);
}

static uint64_t share_flags(void)
{
	return RMI_ADDR_TYPE_SINGLE |
	       RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	       RMI_FIELD_SET(RMI_S2AP_DIRECT_READ, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
}

static void unprot_map(struct world *w, struct place *p)
{
	uint64_t desc = world_desc(w, world_page(w), RMM_RTT_PAGE_LEVEL, 1, RMI_OP_MEM_UNDELEGATED);

	WORLD_CALL(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, p->ipa, p->ipa + w->page, share_flags(),
	           desc);
}

static void unprot_unmap(struct world *w, struct place *p)
{
	WORLD_CALL(w, SMC_RMI_RTT_UNPROT_UNMAP, w->realm.rd, p->ipa, p->ipa + w->page);
}

/* Where the reason for an outcome is not in the tables, it is in docs/decisions.md. */

static const struct line ripas_lines[] = {
        {"RTT_CREATE.new", create, .block_before = true,
         .outcomes = {E_VOID, R_VOID, D_VOID, E_DATA, R_DATA, D_DATA}},
        {"RTT_FOLD.new", fold, .block_before = true, .block_after = true,
         .outcomes = {E_VOID, R_VOID, D_VOID, E_DATA, R_DATA, D_DATA}},
        {"RTT_DESTROY.new", destroy, .block_after = true,
         .outcomes = {D_VOID, D_VOID, D_VOID, RTT, RTT, RTT}},
        {"RTT_DESTROY.active", destroy, .active = true, .block_after = true,
         .outcomes = {D_VOID, D_VOID, D_VOID, RTT, RTT, RTT}},
        {"RTT_DATA_MAP_INIT.new", data_map_init,
         .outcomes = {R_DATA, R_DATA, R_DATA, RTT, RTT, RTT}},
        {"RTT_DATA_MAP_INIT.active", data_map_init, .active = true,
         .outcomes = {REALM, REALM, REALM, REALM, REALM, REALM}},
        {"RTT_DATA_MAP.new", data_map, .outcomes = {E_DATA, R_DATA, D_DATA, RTT, RTT, RTT}},
        {"RTT_DATA_MAP.active", data_map, .active = true,
         .outcomes = {E_DATA, R_DATA, D_DATA, RTT, RTT, RTT}},
        {"RTT_DATA_UNMAP.new", data_unmap,
         .outcomes = {E_VOID, R_VOID, D_VOID, E_VOID, D_VOID, D_VOID}},
        {"RTT_DATA_UNMAP.active", data_unmap, .active = true,
         .outcomes = {E_VOID, R_VOID, D_VOID, E_VOID, D_VOID, D_VOID}},
        {"RTT_INIT_RIPAS.new", init_ripas,
         .outcomes = {R_VOID, R_VOID, R_VOID, R_DATA, R_DATA, R_DATA}},
        {"RTT_INIT_RIPAS.active", init_ripas, .active = true,
         .outcomes = {REALM, REALM, REALM, REALM, REALM, REALM}},
        {"RTT_SET_RIPAS.empty", set_ripas, .active = true, .asks = true, .ripas = RSI_RIPAS_EMPTY,
         .outcomes = {E_VOID, E_VOID, E_VOID, E_DATA, E_DATA, E_DATA}},
        {"RTT_SET_RIPAS.ram", set_ripas, .active = true, .asks = true, .ripas = RSI_RIPAS_RAM,
         .flags = RSI_NO_CHANGE_DESTROYED, .outcomes = {R_VOID, R_VOID, RTT, R_DATA, R_DATA, RTT}},
        {"RTT_SET_RIPAS.ram_destroyed", set_ripas, .active = true, .asks = true,
         .ripas = RSI_RIPAS_RAM, .flags = RSI_RIPAS_CHANGE_FLAGS_DESTROYED,
         .outcomes = {R_VOID, R_VOID, R_VOID, R_DATA, R_DATA, R_DATA}},
        /* A Host cannot change the RIPAS of a Realm that has not asked for it. */
        {"RTT_SET_RIPAS.unasked", set_ripas, .active = true,
         .outcomes = {INPUT, INPUT, INPUT, INPUT, INPUT, INPUT}},
};

static const struct line hipas_lines[] = {
        {"RTT_CREATE", create, .block_before = true, .outcomes = {UNMAP, MAPPED}},
        {"RTT_FOLD", fold, .block_before = true, .block_after = true, .outcomes = {UNMAP, MAPPED}},
        {"RTT_DESTROY", destroy, .block_after = true, .outcomes = {UNMAP, UNMAP}},
        {"RTT_UNPROT_MAP.new", unprot_map, .outcomes = {MAPPED, RTT}},
        {"RTT_UNPROT_MAP.active", unprot_map, .active = true, .outcomes = {MAPPED, RTT}},
        {"RTT_UNPROT_UNMAP.new", unprot_unmap, .outcomes = {RTT, UNMAP}},
        {"RTT_UNPROT_UNMAP.active", unprot_unmap, .active = true, .outcomes = {RTT, UNMAP}},
};

#define LINES(table) (sizeof(table) / sizeof((table)[0]))
#define RIPAS_CELLS  (LINES(ripas_lines) * RIPAS_COLUMNS)
#define HIPAS_CELLS  (LINES(hipas_lines) * HIPAS_COLUMNS)

/* A cell: a line of a table and a column. */
struct cell {
	bool unprotected;
	const struct line *line;
	const struct column *column;
	struct outcome outcome;
};

static struct cell cell_at(size_t i)
{
	struct cell c = {.unprotected = i >= RIPAS_CELLS};
	size_t column;

	if (c.unprotected) {
		i -= RIPAS_CELLS;
		column = i % HIPAS_COLUMNS;
		c.line = &hipas_lines[i / HIPAS_COLUMNS];
		c.column = &hipas_columns[column];
	} else {
		column = i % RIPAS_COLUMNS;
		c.line = &ripas_lines[i / RIPAS_COLUMNS];
		c.column = &ripas_columns[column];
	}
	c.outcome = c.line->outcomes[column];
	return c;
}

size_t matrix_cells(void)
{
	return RIPAS_CELLS + HIPAS_CELLS;
}

void matrix_name(size_t cell, char *name, size_t size)
{
	struct cell c = cell_at(cell);

	(void)snprintf(name, size, "%s/%s/%s", c.unprotected ? "HIPAS" : "RIPAS", c.line->command,
	               c.column->name);
}

/* Brings an entry into a state. */

static void give_ripas(struct world *w, const struct place *p, enum rmi_ripas ripas)
{
	uint64_t top = p->ipa + entry_size(w, p->level);

	if (ripas == RMI_RIPAS_EMPTY)
		return;
	if (ripas == RMI_RIPAS_DESTROYED && p->level != RMM_RTT_PAGE_LEVEL) {
		world_table(w, p->ipa, p->level + 1);
		world_must(w,
		           WORLD_DO(w, SMC_RMI_RTT_DESTROY, w->realm.rd, p->ipa,
		                    (uint64_t)(p->level + 1)),
		           "RMI_RTT_DESTROY");
		return;
	}
	world_must(w, small_init_ripas(&w->realm, p->ipa, top), "RMI_RTT_INIT_RIPAS");
	if (ripas == RMI_RIPAS_RAM)
		return;
	world_map(w, p->ipa);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, p->ipa, top),
	           "RMI_RTT_DATA_UNMAP");
}

static void give_memory(struct world *w, struct place *p)
{
	uint64_t size = entry_size(w, p->level);

	if (p->unprotected) {
		p->mapped = (w->spare + size - 1) & ~(size - 1);
		w->spare = p->mapped + size;
		world_must(w,
		           WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, p->ipa, p->ipa + size,
		                    share_flags(),
		                    world_desc(w, p->mapped, p->level, 1, RMI_OP_MEM_UNDELEGATED)),
		           "RMI_RTT_UNPROT_MAP");
		return;
	}
	p->mapped = world_delegated_block(w, size);
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, p->ipa, p->ipa + size,
	                    RMI_ADDR_TYPE_SINGLE,
	                    world_desc(w, p->mapped, p->level, 1, RMI_OP_MEM_DELEGATED)),
	           "RMI_RTT_DATA_MAP");
}

static void expect_entry(struct world *w, const struct place *p, int level, struct outcome should)
{
	struct world_entry e = world_entry(w, p->ipa, RMM_RTT_PAGE_LEVEL);

	world_equal(w, (uint64_t)e.level, (uint64_t)level, "the level of the entry");
	world_equal(w, e.ripas, should.ripas, "RIPAS of the entry");
	world_equal(w, e.state, should.hipas == HIPAS_MAPPED ? RMI_RTTE_DATA : RMI_RTTE_VOID,
	            "HIPAS of the entry");
}

/* The entry of a cell: the third page of the second block, or all of the third block. */
static struct place prepare(struct world *w, const struct cell *c)
{
	const struct line *line = c->line;
	struct place p = {
	        .unprotected = c->unprotected,
	        .level = RMM_RTT_PAGE_LEVEL - line->block_before,
	        .level_after = RMM_RTT_PAGE_LEVEL - line->block_after,
	        .ipa = line->block_before ? 2 * w->block : w->block + 2 * w->page,
	};

	world_realm(w);
	if (c->unprotected) {
		p.ipa += WORLD_UNPROT(w);
		for (int l = w->realm.start_level + 1; l < RMM_RTT_PAGE_LEVEL; l++)
			world_table(w, WORLD_UNPROT(w), l);
	}
	if (!line->block_before)
		world_table(w, table_of(w, p.ipa), RMM_RTT_PAGE_LEVEL);
	give_ripas(w, &p, c->column->ripas);
	if (c->column->hipas == HIPAS_MAPPED)
		give_memory(w, &p);
	if (line->call == set_ripas) {
		world_load(w);
		p.rec = WORLD_REC(w, GUEST_ASK, SMC_RSI_IPA_STATE_SET, p.ipa, p.ipa + w->page,
		                  line->ripas, line->flags);
	}
	if (line->active)
		world_activate(w);
	if (line->asks)
		world_exit(w, p.rec, RMI_EXIT_RIPAS_CHANGE);
	return p;
}

void matrix_run(struct world *w, size_t cell)
{
	struct cell c = cell_at(cell);
	struct place p = prepare(w, &c);
	struct outcome before = {RMI_SUCCESS, c.column->ripas, c.column->hipas};
	enum rmi_status_code status = c.outcome.status;
	uint64_t x0;

	expect_entry(w, &p, p.level, before);
	c.line->call(w, &p);
	x0 = world_do(w, &w->regs);
	world_equal(w, x0,
	            status == RMI_ERROR_RTT ? rmi_result_level(status, RMM_RTT_PAGE_LEVEL)
	                                    : rmi_result(status),
	            "X0");
	if (status != RMI_SUCCESS)
		expect_entry(w, &p, p.level, before);
	else
		expect_entry(w, &p, p.level_after, c.outcome);
	/* Memory of the Realm's that is mapped no more is delegated memory again. */
	if (p.mapped != 0 && !p.unprotected && p.level == RMM_RTT_PAGE_LEVEL)
		world_in_state(w, p.mapped,
		               c.line->call == data_unmap ? "GRAN_DELEGATED" : "GRAN_DATA");
}
