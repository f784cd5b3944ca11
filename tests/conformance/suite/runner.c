/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs the tests, and holds them against the command table. */
#include "conformance.h"
#include "suite.h"

#include <fnmatch.h>
#include <stdlib.h>

#include <rmi/commands.h>
#include <rmi/format.h>
#include <rmm/inspect.h>

#include "access.h"
#include "list.h"
#include "matrix.h"
#include "plane.h"

/* Longest backend string. */
#define CONF_SIZE 512
/* Longest name of a test, "COMMAND/condition". */
#define NAME_SIZE 256
/* Longest identifier of a condition. */
#define ID_SIZE   64

/* The command tables, in the order in which they are told. */
typedef const struct rmi_command *table_of(size_t *count);

static table_of *const tables[] = {rmi_commands, rsi_commands, psci_commands};

/* One run. */
struct run {
	const struct conformance_options *options;
	struct conformance_result *result;
	unsigned done;
	unsigned total;
};

/* What a test has to show. */
enum kind {
	KIND_FAILS,   /* A failure condition. */
	KIND_HOLDS,   /* A success condition. */
	KIND_SUCCESS, /* The command does what it is for. */
	KIND_PAIR,    /* One failure condition wins over another. */
	KIND_CELL,    /* A cell of the matrix. */
};

struct test {
	enum kind kind;
	char name[NAME_SIZE];
	const struct conformance_command *command;
	const struct rmi_command *table;
	const struct conformance_row *row; /* The winner of a pair. NULL: KIND_SUCCESS. */
	const struct conformance_row *loser;
	const struct rmi_failure *failure;
	void (*run_cell)(struct world *w, size_t cell);
	size_t cell;
};

static bool in_revision(uint8_t revisions, enum rmi_revision rev)
{
	return revisions == 0 || (revisions & 1u << rev) != 0;
}

/* Whether a list of keys has the key that begins another list. */
static bool has_key(const char *conf, const char *key, size_t length)
{
	for (const char *at = conf; (at = strstr(at, key)) != NULL; at++) {
		if (strncmp(at, key, length) == 0 && at[length] == '=' &&
		    (at == conf || at[-1] == ',' || at[-1] == ':'))
			return true;
		if (strlen(at) <= length)
			break;
	}
	return false;
}

/* Adds those keys of a list that are not there yet. */
static void add_keys(char conf[CONF_SIZE], const char *keys)
{
	while (keys != NULL && *keys != '\0') {
		size_t length = strcspn(keys, ",");
		size_t name = strcspn(keys, "=");
		char key[64] = "";

		(void)snprintf(key, sizeof(key), "%.*s", (int)name, keys);
		if (!has_key(conf, key, name))
			(void)snprintf(conf + strlen(conf), CONF_SIZE - strlen(conf), "%s%.*s",
			               strchr(conf, ':') != NULL ? "," : ":", (int)length, keys);
		keys += length + (keys[length] == ',');
	}
}

/* Takes down the first of those keys that a backend string has. @return whether it has one */
static bool chooses(const char *backend, const char *keys, char key[64])
{
	while (backend != NULL && *keys != '\0') {
		size_t length = strcspn(keys, ",");
		size_t name = strcspn(keys, "=");

		(void)snprintf(key, 64, "%.*s", (int)name, keys);
		if (has_key(backend, key, name))
			return true;
		keys += length + (keys[length] == ',');
	}
	return false;
}

static bool is_model(const char *backend)
{
	return backend == NULL || strcmp(backend, "model") == 0 ||
	       strncmp(backend, "model:", 6) == 0;
}

/* The backend of a test. */
static void make_conf(const struct conformance_options *options, const char *needs,
                      char conf[CONF_SIZE])
{
	const char *backend = options->backend != NULL ? options->backend : "model";

	(void)snprintf(conf, CONF_SIZE, "%s", backend);
	if (!is_model(backend))
		return;
	add_keys(conf, needs);
	add_keys(conf, options->keys);
	add_keys(conf, "dram=4G,pes=2,granule=4K+16K+64K");
}

static const char *needs_of(const struct conformance_command *command,
                            const struct conformance_row *row)
{
	return row != NULL && row->conf != NULL ? row->conf : command->conf;
}

/* Whether a command is one that Realms call: of the RSI, or of PSCI. */
static bool is_of_realms(const struct rmi_command *table)
{
	return strncmp(table->name, "RMI_", 4) != 0;
}

/* Lets the REC make the call under test. */
static void call_from_realm(struct world *w)
{
	bool back = world_ask(w, w->rec, &w->regs);
	unsigned reason;

	while (!back && w->on_exit != NULL) {
		w->on_exit(w);
		back = world_go_on(w, w->rec, &w->regs);
	}
	if (back) {
		world_expect(w, w->leaves == WORLD_RETURNS, "the call returns, should not");
		return;
	}
	reason = (unsigned)small_run(&w->realm)->exit.exit_reason;
	world_expect(w, w->leaves == (int)reason, "the REC leaves with %s",
	             rmi_exit_reason_name(reason));
}

/* Makes the call under test. */
static void call(struct world *w, const struct test *test)
{
	if (test->command->init)
		world_needs_init(w);
	w->in = w->regs;
	if (is_of_realms(test->table)) {
		call_from_realm(w);
		return;
	}
	sro_call(w->pe, &w->regs);
	if (!w->raw)
		sro_finish(w->pe, &w->memory, &w->regs);
}

static void expect_result(struct world *w, uint64_t should)
{
	char is_text[96];
	char should_text[96];

	if (w->regs.x[0] == should)
		return;
	rmi_format_result(is_text, sizeof(is_text), w->regs.x[0]);
	rmi_format_result(should_text, sizeof(should_text), should);
	world_expect(w, false, "X0 is %s, should be %s", is_text, should_text);
}

/* X0 of a failure condition of the RSI or of PSCI. */
static uint64_t realm_failure(const struct test *test)
{
	if (test->table->name[0] == 'R')
		return test->failure->status;
	return psci_return((enum psci_return_code)(int8_t)test->failure->status);
}

static void expect_answer(struct world *w, uint64_t should)
{
	world_equal(w, w->regs.x[0], should, "X0");
}

/* X0 of a failure condition. */
static uint64_t failure_result(struct world *w, const struct rmi_failure *failure)
{
	if (failure->status == RMI_STATUS_RESUMED)
		return rmi_result(w->resumed);
	if (!rmi_status_has_level(failure->status))
		return rmi_result(failure->status);
	world_expect(w, w->level != WORLD_NO_LEVEL, "the test names no level");
	return rmi_result_level(failure->status, w->level);
}

static void fails(struct world *w, const struct test *test)
{
	struct rmm_snapshot *before = NULL;
	struct rmm_snapshot *after = NULL;
	char why[256] = "";
	bool equal = true;
	bool look;

	if (test->loser != NULL)
		test->loser->spoil(w);
	test->row->spoil(w);
	/*
	 * What a REC that runs elsewhere does to its own granule is no concern of the call, nor is
	 * what an operation held before it failed.
	 */
	look = w->model != NULL && !w->running && !is_of_realms(test->table) &&
	       test->failure->status != RMI_STATUS_RESUMED;
	if (look)
		before = rmm_snapshot_take(w->model);
	call(w, test);
	if (look) {
		after = rmm_snapshot_take(w->model);
		equal = before != NULL && after != NULL &&
		        rmm_snapshot_equal(before, after, why, sizeof(why));
		rmm_snapshot_free(before);
		rmm_snapshot_free(after);
	}
	if (is_of_realms(test->table))
		expect_answer(w, realm_failure(test));
	else
		expect_result(w, failure_result(w, test->failure));
	if (test->kind == KIND_FAILS && test->row->after != NULL)
		test->row->after(w);
	world_expect(w, equal, "the call fails and changes something: %s", why);
}

static void succeeds(struct world *w, const struct test *test)
{
	call(w, test);
	if (!is_of_realms(test->table))
		world_expect(w, rmi_status(w->regs.x[0]) == w->success,
		             "the base gives %s, should be %s",
		             rmi_status_name(rmi_status(w->regs.x[0])),
		             rmi_status_name(w->success));
	else if (w->leaves == WORLD_RETURNS)
		expect_answer(w, w->answer);
	if (test->row != NULL)
		test->row->check(w);
	else if (test->command->ok != NULL)
		test->command->ok(w);
}

static void show(struct world *w, const struct test *test)
{
	if (test->kind == KIND_CELL) {
		test->run_cell(w, test->cell);
		return;
	}
	if (test->row != NULL && test->row->base != NULL)
		test->row->base(w);
	else if (test->loser != NULL && test->loser->base != NULL)
		/* A loser that needs a world of its own brings it. */
		test->loser->base(w);
	else
		test->command->base(w);
	if (test->kind == KIND_FAILS || test->kind == KIND_PAIR)
		fails(w, test);
	else
		succeeds(w, test);
}

static void play(struct world *w, const struct test *test)
{
	if (setjmp(w->leave) == 0)
		show(w, test);
}

static void tell(const struct run *run, const char *verdict, const char *name, const char *why)
{
	if (run->options->out == NULL)
		return;
	(void)fprintf(run->options->out, "%-7s %s%s%s\n", verdict, name, *why ? ": " : "", why);
}

static void run_test(struct run *run, const struct test *test, struct conformance_count *count)
{
	const struct conformance_options *options = run->options;
	const char *needs = needs_of(test->command, test->row);
	char conf[CONF_SIZE];
	char key[64];
	struct world *w;
	uint64_t held = 0;

	if (test->loser != NULL && test->loser->conf != NULL)
		needs = test->loser->conf;
	run->done++;
	if (options->progress != NULL)
		options->progress(options->arg, run->done, run->total);
	if (needs != NULL && !is_model(options->backend)) {
		count->skipped++;
		tell(run, "skipped", test->name, "needs the software RMM");
		return;
	}
	if (needs != NULL && chooses(options->backend, needs, key)) {
		count->skipped++;
		(void)snprintf(conf, sizeof(conf), "the backend chooses %s itself", key);
		tell(run, "skipped", test->name, conf);
		return;
	}
	make_conf(options, needs, conf);
	w = malloc(sizeof(*w));
	if (w == NULL) {
		count->failed++;
		tell(run, "FAILED", test->name, "no memory");
		return;
	}
	if (!world_open(w, conf, options->granule, test->command->init)) {
		count->failed++;
		tell(run, "FAILED", test->name, w->why);
		free(w);
		return;
	}
	play(w, test);
	held = world_close(w);
	if (w->end == WORLD_GOING && held != 0 && needs == NULL) {
		w->end = WORLD_FAILED;
		(void)snprintf(w->why, sizeof(w->why), "%llu pages lost", (unsigned long long)held);
	}
	if (w->end == WORLD_FAILED) {
		count->failed++;
		tell(run, "FAILED", test->name, w->why);
	} else if (w->end == WORLD_SKIPPED) {
		count->skipped++;
		tell(run, "skipped", test->name, w->why);
	} else {
		count->passed++;
		count->inside += needs != NULL;
		count->pairs += test->kind == KIND_PAIR;
		if (options->verbose)
			tell(run, "passed", test->name, "");
	}
	free(w);
}

static const struct conformance_command *find_command(const char *name, enum rmi_revision rev)
{
	for (size_t i = 0; i < COUNT(all_commands); i++) {
		if (in_revision(all_commands[i]->revisions, rev) &&
		    strcmp(all_commands[i]->name, name) == 0)
			return all_commands[i];
	}
	return NULL;
}

static bool row_holds(const struct conformance_row *row)
{
	return row->check != NULL || row->holds;
}

static const struct conformance_row *find_row(const struct conformance_command *command,
                                              const char *condition, bool holds,
                                              enum rmi_revision rev)
{
	for (const struct conformance_row *row = command->rows; row->condition != NULL; row++) {
		if (row_holds(row) == holds && in_revision(row->revisions, rev) &&
		    row->variant == NULL && strcmp(row->condition, condition) == 0)
			return row;
	}
	return NULL;
}

static const struct rmi_failure *find_failure(const struct rmi_command *table, const char *name)
{
	for (const struct rmi_failure *f = table->fail; f->condition != NULL; f++) {
		if (strcmp(f->condition, name) == 0)
			return f;
	}
	return NULL;
}

static bool wanted(const struct run *run, const char *name)
{
	return run->options->filter == NULL || fnmatch(run->options->filter, name, 0) == 0;
}

/* A row of the command table: runs its test, or says what is missing. */
static void run_row(struct run *run, struct test *test, const char *condition,
                    struct conformance_count *count)
{
	bool holds = test->kind == KIND_HOLDS;

	(void)snprintf(test->name, sizeof(test->name), holds ? "%s/ok.%s" : "%s/%s",
	               test->table->name, condition);
	if (!wanted(run, test->name))
		return;
	count->rows++;
	test->row = test->command == NULL
	                    ? NULL
	                    : find_row(test->command, condition, holds, run->result->revision);
	if (test->row == NULL) {
		tell(run, "MISSING", test->name, "no test");
		return;
	}
	count->covered++;
	if (test->row->never != NULL) {
		count->never++;
		tell(run, "never", test->name, test->row->never);
		return;
	}
	run_test(run, test, count);
}

/* Runs the further tests of a row. */
static void run_variants(struct run *run, struct test *test, const char *condition,
                         struct conformance_count *count)
{
	bool holds = test->kind == KIND_HOLDS;

	if (test->command == NULL)
		return;
	for (const struct conformance_row *row = test->command->rows; row->condition; row++) {
		if (row->variant == NULL || row_holds(row) != holds ||
		    !in_revision(row->revisions, run->result->revision) ||
		    strcmp(row->condition, condition) != 0)
			continue;
		(void)snprintf(test->name, sizeof(test->name), holds ? "%s/ok.%s.%s" : "%s/%s.%s",
		               test->table->name, condition, row->variant);
		test->row = row;
		if (wanted(run, test->name))
			run_test(run, test, count);
	}
}

/* Takes the next name of "a, b, c" into @p name. @return what is left, NULL behind the end */
static const char *next_name(const char *list, const char *end, char name[ID_SIZE])
{
	size_t length;

	while (list < end && (*list == ' ' || *list == ','))
		list++;
	if (list >= end)
		return NULL;
	length = strcspn(list, ", <;");
	(void)snprintf(name, ID_SIZE, "%.*s", (int)length, list);
	return list + length;
}

static void run_pair(struct run *run, struct test *test, const char *winner, const char *loser,
                     struct conformance_count *count)
{
	enum rmi_revision rev = run->result->revision;

	(void)snprintf(test->name, sizeof(test->name), "%s/%s<%s", test->table->name, winner,
	               loser);
	if (!wanted(run, test->name))
		return;
	test->row = find_row(test->command, winner, false, rev);
	test->loser = find_row(test->command, loser, false, rev);
	test->failure = find_failure(test->table, winner);
	if (test->row == NULL || test->loser == NULL || test->failure == NULL ||
	    test->row->never != NULL || test->loser->never != NULL)
		return;
	run_test(run, test, count);
}

/* All pairs of "a, b < c, d". */
static void run_ordering(struct run *run, struct test *test, const char *text, const char *end,
                         struct conformance_count *count)
{
	const char *less = strchr(text, '<');
	char winner[ID_SIZE];
	char loser[ID_SIZE];

	if (less == NULL || less >= end)
		return;
	for (const char *a = text; (a = next_name(a, less, winner)) != NULL;) {
		for (const char *b = less + 1; (b = next_name(b, end, loser)) != NULL;)
			run_pair(run, test, winner, loser, count);
	}
}

static void run_orderings(struct run *run, struct test *test, struct conformance_count *count)
{
	for (const char *text = test->table->order; *text != '\0';) {
		const char *end = text + strcspn(text, ";");

		run_ordering(run, test, text, end, count);
		text = end + (*end == ';');
	}
}

static void run_command(struct run *run, const struct rmi_command *table)
{
	struct conformance_count *count = &run->result->commands[run->result->num_commands];
	struct test test = {.table = table};

	*count = (struct conformance_count){.command = table->name};
	test.command = find_command(table->name, run->result->revision);
	for (const struct rmi_failure *f = table->fail; f->condition != NULL; f++) {
		test.kind = KIND_FAILS;
		test.failure = f;
		run_row(run, &test, f->condition, count);
		run_variants(run, &test, f->condition, count);
	}
	for (const char *const *id = table->success; *id != NULL; id++) {
		test.kind = KIND_HOLDS;
		run_row(run, &test, *id, count);
		run_variants(run, &test, *id, count);
	}
	if (test.command != NULL) {
		(void)snprintf(test.name, sizeof(test.name), "%s/ok", table->name);
		test.kind = KIND_SUCCESS;
		test.row = NULL;
		if (wanted(run, test.name))
			run_test(run, &test, count);
		test.kind = KIND_PAIR;
		run_orderings(run, &test, count);
	}
	if (count->rows + count->passed + count->failed != 0)
		run->result->num_commands++;
}

/* Tables of what the text says in tables. They are no commands, but are told like some. */
struct grid {
	struct conformance_command command;
	size_t (*cells)(void);
	void (*name)(size_t cell, char *name, size_t size);
	void (*run)(struct world *w, size_t cell);
};

static const struct grid grids[] = {
        {{.name = "MATRIX"}, matrix_cells, matrix_name, matrix_run},
        {{.name = "ACCESS"}, access_cells, access_name, access_run},
        {{.name = "PLANE_ACCESS", .conf = PLANE_CONF},
         plane_access_cells,
         plane_access_name,
         plane_access_run},
};

static void run_grid(struct run *run, const struct grid *grid)
{
	struct conformance_count *count = &run->result->commands[run->result->num_commands];
	struct test test = {.kind = KIND_CELL, .command = &grid->command, .run_cell = grid->run};

	*count = (struct conformance_count){.command = grid->command.name};
	for (test.cell = 0; test.cell < grid->cells(); test.cell++) {
		grid->name(test.cell, test.name, sizeof(test.name));
		if (!wanted(run, test.name))
			continue;
		count->rows++;
		count->covered++;
		run_test(run, &test, count);
	}
	if (count->rows != 0)
		run->result->num_commands++;
}

/* Tests of what the table does not have. */
/* The row of the command table for a command. */
static const struct rmi_command *find_table(const char *name, enum rmi_revision rev)
{
	for (size_t k = 0; k < COUNT(tables); k++) {
		size_t num;
		const struct rmi_command *table = tables[k](&num);

		for (size_t i = 0; i < num; i++) {
			if (in_revision(table[i].revisions, rev) &&
			    strcmp(table[i].name, name) == 0)
				return &table[i];
		}
	}
	return NULL;
}

static unsigned count_strangers(struct run *run)
{
	enum rmi_revision rev = run->result->revision;
	unsigned strangers = 0;

	for (size_t i = 0; i < COUNT(all_commands); i++) {
		const struct conformance_command *command = all_commands[i];
		const struct rmi_command *table = find_table(command->name, rev);

		if (!in_revision(command->revisions, rev))
			continue;
		for (const struct conformance_row *row = command->rows; row->condition; row++) {
			char name[NAME_SIZE];
			bool found = false;

			if (!in_revision(row->revisions, rev))
				continue;
			if (table != NULL && !row_holds(row))
				found = find_failure(table, row->condition) != NULL;
			for (unsigned k = 0; table != NULL && table->success[k] != NULL; k++)
				found = found || (row_holds(row) &&
				                  strcmp(table->success[k], row->condition) == 0);
			if (found)
				continue;
			(void)snprintf(name, sizeof(name), "%s/%s", command->name, row->condition);
			tell(run, "STRANGE", name, "no such row in the command table");
			strangers++;
		}
	}
	return strangers;
}

static void add(struct conformance_count *total, const struct conformance_count *count)
{
	total->rows += count->rows;
	total->covered += count->covered;
	total->passed += count->passed;
	total->failed += count->failed;
	total->skipped += count->skipped;
	total->never += count->never;
	total->inside += count->inside;
	total->pairs += count->pairs;
}

static unsigned count_rows(table_of *get_table, enum rmi_revision rev)
{
	unsigned rows = 0;
	size_t num;
	const struct rmi_command *table = get_table(&num);

	for (size_t i = 0; i < num; i++) {
		if (!in_revision(table[i].revisions, rev))
			continue;
		for (const struct rmi_failure *f = table[i].fail; f->condition != NULL; f++)
			rows++;
		for (unsigned k = 0; table[i].success[k] != NULL; k++)
			rows++;
	}
	return rows;
}

static void run_table(struct run *run, table_of *get_table)
{
	size_t num;
	const struct rmi_command *table = get_table(&num);

	for (size_t i = 0; i < num && run->result->num_commands < CONFORMANCE_MAX_COMMANDS; i++) {
		if (in_revision(table[i].revisions, run->result->revision))
			run_command(run, &table[i]);
	}
}

bool conformance_run(const struct conformance_options *options, struct conformance_result *result,
                     struct rmi_error *err)
{
	struct run run = {.options = options, .result = result};
	char conf[CONF_SIZE];
	struct world *w = malloc(sizeof(*w));

	memset(result, 0, sizeof(*result));
	if (w == NULL) {
		(void)snprintf(err->text, sizeof(err->text), "no memory");
		return false;
	}
	/* Once for nothing: to learn the revision, and whether the backend will do at all. */
	make_conf(options, NULL, conf);
	if (!world_open(w, conf, options->granule, false)) {
		(void)snprintf(err->text, sizeof(err->text), "%s", w->why);
		free(w);
		return false;
	}
	result->revision = w->rev;
	world_close(w);
	free(w);
	for (size_t i = 0; i < COUNT(grids); i++)
		run.total += (unsigned)grids[i].cells();
	for (size_t k = 0; k < COUNT(tables); k++)
		run.total += count_rows(tables[k], result->revision);
	for (size_t k = 0; k < COUNT(tables); k++)
		run_table(&run, tables[k]);
	for (size_t i = 0; i < COUNT(grids) && result->num_commands < CONFORMANCE_MAX_COMMANDS; i++)
		run_grid(&run, &grids[i]);
	for (unsigned i = 0; i < result->num_commands; i++)
		add(&result->total, &result->commands[i]);
	result->strangers = count_strangers(&run);
	return true;
}

bool conformance_is_good(const struct conformance_result *result)
{
	return result->total.failed == 0 && result->strangers == 0 &&
	       result->total.covered == result->total.rows && result->total.passed != 0;
}
