/* SPDX-License-Identifier: BSD-3-Clause */
#include "rec_realm.h"

#include <string.h>

#include <rmi/model.h>

#include "cmocka_test.h"

#define WINDOW (UINT64_C(16) << 20)

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

void rec_open_script(struct rec_realm *r, const char *conf, guest_script *script, void *arg)
{
	static const uint8_t nothing[SMALL_PAGE_SIZE];

	*r = (struct rec_realm){0};
	open_realm(r, conf);
	assert_true(rmm_script(rmi_model(r->rmi), REC_SCRIPT, script, arg));
	assert_int_equal(small_map_init(&r->realm, 0, nothing, 0), 0);
	assert_int_equal(small_map_init(&r->realm, SMALL_PAGE_SIZE, nothing, 0), 0);
	start(r, REC_SCRIPT, NULL);
}

void rec_open_code(struct rec_realm *r, const char *conf, const uint32_t *insns, size_t count,
                   const uint64_t *gprs)
{
	static uint8_t page[2][SMALL_PAGE_SIZE];

	*r = (struct rec_realm){0};
	open_realm(r, conf);
	assert_in_range(count, 1, sizeof(page) / sizeof(*insns));
	memset(page, 0, sizeof(page));
	memcpy(page, insns, count * sizeof(*insns));
	assert_int_equal(small_map_init(&r->realm, 0, page[0], 0), 0);
	assert_int_equal(small_map_init(&r->realm, SMALL_PAGE_SIZE, page[1], 0), 0);
	start(r, REC_CODE, gprs);
}

void rec_open_pair(struct rec_realm *r, const uint32_t *first, size_t count_first,
                   const uint32_t *second, size_t count_second)
{
	static uint8_t page[2][SMALL_PAGE_SIZE];

	*r = (struct rec_realm){0};
	open_realm(r, NULL);
	memset(page, 0, sizeof(page));
	memcpy(page[0], first, count_first * sizeof(*first));
	memcpy(page[1], second, count_second * sizeof(*second));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(small_map_init(&r->realm, i * SMALL_PAGE_SIZE, page[i], 0), 0);
		r->runs[i] = small_page(&r->realm);
	}
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
