/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "fake_backend.h"

static void fake_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	struct fake *fake = (struct fake *)backend;

	fake->called[pe] = *regs;
	memcpy(regs->x, fake->answer.x, fake->answer_count * sizeof(regs->x[0]));
}

static void fake_kick(struct rmi_backend *backend, unsigned pe)
{
	((struct fake *)backend)->kicks |= 1u << pe;
}

static struct rmi_ich *fake_ich(struct rmi_backend *backend, unsigned pe)
{
	(void)pe;
	return &((struct fake *)backend)->ich;
}

static bool fake_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                              const char **state)
{
	struct fake *fake = (struct fake *)backend;

	for (unsigned i = 0; i < 4 && fake->held[i] != 0; i++) {
		if (fake->held[i] >= from) {
			*pa = fake->held[i];
			*state = "GRAN_DELEGATED";
			return true;
		}
	}
	return false;
}

static void fake_close(struct rmi_backend *backend)
{
	((struct fake *)backend)->closed++;
}

static const struct rmi_backend_ops fake_ops = {
        .call = fake_call,
        .kick = fake_kick,
        .ich = fake_ich,
        .granule_next = fake_granule_next,
        .close = fake_close,
};

void fake_init(struct fake *fake, enum rmi_revision revision)
{
	memset(fake, 0, sizeof(*fake));
	fake->backend = (struct rmi_backend){
	        .ops = &fake_ops,
	        .name = "fake",
	        .revision = revision,
	        .num_pes = 2,
	        .memory = {.base = FAKE_BASE, .size = FAKE_SIZE, .host = fake->memory},
	};
}

void *fake_at(struct fake *fake, uint64_t pa)
{
	return fake->memory + (pa - FAKE_BASE);
}
