/* SPDX-License-Identifier: BSD-3-Clause */
#include "life.h"

#include <stdlib.h>
#include <unistd.h>

#include <cmocka_test.h>
#include <rmi/layer.h>
#include <support/realm.h>

#define B_SELF UINT32_C(0x14000000)

/* A layer that counts calls. */
struct counter {
	struct rmi_backend backend;
	unsigned calls;
	unsigned at;
	void (*moment)(void *arg);
	void *arg;
};

static void counter_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	struct counter *c = (struct counter *)backend;
	struct rmi_backend *below = backend->below;

	if (++c->calls != c->at) {
		if ((uint32_t)regs->x[0] == SMC_RMI_REC_ENTER)
			below->ops->kick(below, pe);
		below->ops->call(below, pe, regs);
		return;
	}
	c->moment(c->arg);
	below->ops->call(below, pe, regs);
	for (;;)
		(void)pause();
}

static void counter_kick(struct rmi_backend *backend, unsigned pe)
{
	backend->below->ops->kick(backend->below, pe);
}

static struct rmi_ich *counter_ich(struct rmi_backend *backend, unsigned pe)
{
	return backend->below->ops->ich(backend->below, pe);
}

static bool counter_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                                 const char **state)
{
	return backend->below->ops->granule_next(backend->below, from, pa, state);
}

static void counter_close(struct rmi_backend *backend)
{
	backend->below->ops->close(backend->below);
	free(backend);
}

static const struct rmi_backend_ops counter_ops = {
        .call = counter_call,
        .kick = counter_kick,
        .ich = counter_ich,
        .granule_next = counter_granule_next,
        .close = counter_close,
};

static void live(struct rmi *rmi)
{
	static _Alignas(16) uint32_t code[1024] = {B_SELF};
	struct small_realm r;
	uint64_t shared;

	small_realm_init(&r, rmi_pe(rmi, 0), rmi_memory(rmi).base, LIFE_MEMORY);
	assert_int_equal(small_realm_create(&r, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&r, 0), 0);
	assert_int_equal(small_init_ripas(&r, 0, 2 * r.page), 0);
	assert_int_equal(small_map_init(&r, 0, code, 0), 0);
	assert_int_equal(small_rec(&r, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_rec(&r, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&r), 0);
	assert_int_equal(small_map(&r, r.page), 0);
	assert_int_equal(small_tables(&r, SMALL_UNPROT), 0);
	assert_int_equal(small_share(&r, SMALL_UNPROT, &shared), 0);
	assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
	assert_int_equal(small_enter(&r, 1), RMI_SUCCESS);
	assert_int_equal(small_run(&r)->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(small_realm_destroy(&r), 0);
}

unsigned life_run(struct rmi *rmi, unsigned at, void (*moment)(void *arg), void *arg)
{
	struct rmi_backend *below = rmi_top_backend(rmi);
	struct counter *c = malloc(sizeof(*c));

	assert_non_null(c);
	*c = (struct counter){.backend = *below, .at = at, .moment = moment, .arg = arg};
	c->backend.ops = &counter_ops;
	c->backend.below = below;
	rmi_push_layer(rmi, &c->backend);
	live(rmi);
	return c->calls;
}
