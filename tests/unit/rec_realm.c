/* SPDX-License-Identifier: BSD-3-Clause */
#include "rec_realm.h"

#include <string.h>

#include <rmi/model.h>

#include "cmocka_test.h"

#define WINDOW          (UINT64_C(16) << 20)
#define LARGEST_GRANULE (UINT64_C(64) << 10)

static void open_realm(struct rec_realm *r, const char *conf)
{
	struct rmi_error err;

	r->rmi = rmi_open(conf != NULL ? conf : "model", &err);
	if (r->rmi == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(rmi_rmm_activate(rmi_pe(r->rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&r->realm, rmi_pe(r->rmi, 0), rmi_memory(r->rmi).base, WINDOW);
	assert_int_equal(small_realm_create(&r->realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&r->realm, 0), 0);
	assert_int_equal(small_tables(&r->realm, SMALL_UNPROT), 0);
	assert_int_equal(small_init_ripas(&r->realm, 0, REC_RAM), 0);
}

static void start(struct rec_realm *r, uint64_t pc, const uint64_t *gprs)
{
	struct rmi_rec_run *run = small_run(&r->realm);

	assert_int_equal(small_rec(&r->realm, pc, RMI_REC_CREATE_FLAGS_RUNNABLE, gprs), 0);
	assert_int_equal(small_activate(&r->realm), 0);
	r->ich = rmi_pe_ich(r->realm.pe);
	r->ich->vmcr = VMCR_OPEN;
	r->run = &run->enter;
	r->exit = &run->exit;
}

/* The first two pages of 4 KiB, in granules of whatever size. */
static void map_content(struct rec_realm *r, const uint32_t *first, size_t count_first,
                        const uint32_t *second, size_t count_second)
{
	static uint8_t content[LARGEST_GRANULE];

	assert_in_range(count_first, 0, SMALL_PAGE_SIZE / sizeof(*first));
	assert_in_range(count_second, 0, SMALL_PAGE_SIZE / sizeof(*second));
	memset(content, 0, sizeof(content));
	if (count_first != 0)
		memcpy(content, first, count_first * sizeof(*first));
	if (count_second != 0)
		memcpy(content + SMALL_PAGE_SIZE, second, count_second * sizeof(*second));
	for (uint64_t ipa = 0; ipa < 2 * SMALL_PAGE_SIZE; ipa += r->realm.page)
		assert_int_equal(small_map_init(&r->realm, ipa, content + ipa, 0), 0);
}

void rec_open_script(struct rec_realm *r, const char *conf, guest_script *script, void *arg)
{
	*r = (struct rec_realm){0};
	open_realm(r, conf);
	assert_true(rmm_script(rmi_model(r->rmi), REC_SCRIPT, script, arg));
	map_content(r, NULL, 0, NULL, 0);
	start(r, REC_SCRIPT, NULL);
}

void rec_open_code(struct rec_realm *r, const char *conf, const uint32_t *insns, size_t count,
                   const uint64_t *gprs)
{
	*r = (struct rec_realm){0};
	open_realm(r, conf);
	map_content(r, insns, count, NULL, 0);
	start(r, REC_CODE, gprs);
}

void rec_open_pair(struct rec_realm *r, const uint32_t *first, size_t count_first,
                   const uint32_t *second, size_t count_second)
{
	*r = (struct rec_realm){0};
	open_realm(r, NULL);
	map_content(r, first, count_first, second, count_second);
	for (unsigned i = 0; i < 2; i++)
		r->runs[i] = small_page(&r->realm);
	assert_int_equal(small_rec(&r->realm, SMALL_PAGE_SIZE, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL),
	                 0);
	start(r, REC_CODE, NULL);
}

struct rmi_rec_run *rec_shared(struct rec_realm *r, unsigned rec)
{
	return small_va(&r->realm, r->runs[rec]);
}

uint64_t rec_run_one(struct rec_realm *r, unsigned rec, unsigned pe)
{
	/* The second was created first. */
	uint64_t x0 = rmi_rec_enter(rmi_pe(r->rmi, pe), r->realm.recs[1 - rec], r->runs[rec]);

	assert_int_equal(x0, RMI_SUCCESS);
	return rec_shared(r, rec)->exit.exit_reason;
}

void rec_close(struct rec_realm *r)
{
	rmi_close(r->rmi);
}

uint64_t rec_run(struct rec_realm *r)
{
	assert_int_equal(small_enter(&r->realm, 0), RMI_SUCCESS);
	return r->exit->exit_reason;
}

uint64_t rec_run_gic(struct rec_realm *r)
{
	r->ich->hcr |= RMI_ICH_HCR_EN;
	return rec_run(r);
}
