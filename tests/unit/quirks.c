/* SPDX-License-Identifier: BSD-3-Clause */
#include "quirks.h"

#include <stdio.h>
#include <string.h>

/* The story as one RMM tells it. */
static void tell(story *s, const char *spec, const char *quirks, uint64_t expected)
{
	struct fixture f = {0};
	struct rmi_error err;
	uint64_t end;

	f.rmi = rmi_open_fmt(&err, "model:spec=%s,hash=sha256,rec_aux=2,cancel=0%s%s", spec,
	                     quirks != NULL ? ",quirks=" : "", quirks != NULL ? quirks : "");
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	f.base = rmi_memory(f.rmi).base;
	end = s(&f);
	if (end != expected)
		fail_msg("%s, quirks %s: expected 0x%llx, got 0x%llx", spec,
		         quirks != NULL ? quirks : "none", (unsigned long long)expected,
		         (unsigned long long)end);
	if (!rmm_check(rmi_model(f.rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(f.rmi);
}

void quirk_pin(const char *name, const char *spec, story *s, uint64_t without, uint64_t with)
{
	static const char *const specs[] = {"2.0-bet1", "2.0-bet3"};

	for (unsigned i = 0; i < 2; i++) {
		if (spec != NULL && strcmp(spec, specs[i]) != 0)
			continue;
		tell(s, specs[i], NULL, without);
		tell(s, specs[i], name, with);
		tell(s, specs[i], "tf-rmm", with);
	}
}

void activate(struct fixture *f)
{
	assert_int_equal(rmi_rmm_activate(f->pe, NULL), RMI_SUCCESS);
	small_realm_init(&f->realm, f->pe, f->base, WINDOW);
}

void make_realm(struct fixture *f)
{
	activate(f);
	assert_int_equal(small_realm_create(&f->realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f->realm, 0), 0);
	assert_int_equal(small_tables(&f->realm, SMALL_UNPROT), 0);
}

uint64_t pages(const struct fixture *f, uint64_t pa, uint64_t count)
{
	return rmi_addr_range_desc_encode(rmi_revision(f->rmi), 12,
	                                  (struct rmi_addr_range_desc){.base = pa, .count = count});
}

void make_runner(struct fixture *f, guest_script *script, void *arg)
{
	assert_true(rmm_script(rmi_model(f->rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f->realm), 0);
}

void run_script(struct fixture *f, guest_script *script, void *arg)
{
	make_runner(f, script, arg);
	assert_int_equal(small_enter(&f->realm, f->realm.num_recs - 1), RMI_SUCCESS);
}

uint64_t begin_rec(struct fixture *f, uint64_t mpidr, struct rmi_sro *sro)
{
	uint64_t page = small_page(&f->realm);
	uint64_t rec = small_delegated(&f->realm);
	struct rmi_rec_params *params = small_va(&f->realm, page);

	memset(params, 0, sizeof(*params));
	params->mpidr = mpidr;
	rmi_rec_create(f->pe, f->realm.rd, rec, page, sro);
	return rec;
}

/* Names that are accepted and change nothing. */
static void what_the_model_does_anyway_can_be_asked_for(void **state)
{
	(void)state;
#define OPEN(name, what) rmi_close(rmi_open("model:quirks=" #name, NULL));
	RMM_QUIRKS_ALWAYS(OPEN)
#undef OPEN
}

static void every_quirk_is_documented(void **state)
{
#define NAME(NAME, name, what, where) "| `" #name "` | " what " |",
#define ALWAYS(name, what)            "| `" #name "` | " what " |",
	static const char *const rows[] = {RMM_QUIRKS(NAME) RMM_QUIRKS_ALWAYS(ALWAYS)};
#undef NAME
#undef ALWAYS
	static char text[65536];
	FILE *file = fopen(QUIRKS_MD, "r");

	(void)state;
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strstr(text, rows[i]) == NULL)
			fail_msg("docs/quirks.md has no line that starts with %s", rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME, name, what, where) cmocka_unit_test(quirk_##name),
	        RMM_QUIRKS(TEST)
#undef TEST
	                cmocka_unit_test(what_the_model_does_anyway_can_be_asked_for),
	        cmocka_unit_test(every_quirk_is_documented),
	};

	return cmocka_run_group_tests_name("quirks", tests, NULL, NULL);
}
