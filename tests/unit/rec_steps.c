/* SPDX-License-Identifier: BSD-3-Clause */
#include "rec_steps.h"

static void do_steps(struct guest *g, void *arg)
{
	struct steps *s = arg;
	unsigned i;

	for (i = 0; i < NUM_STEPS && s->step[i].reg != 0; i++) {
		struct step *step = &s->step[i];

		s->signalled[i] = guest_interrupts(g);
		if (step->write)
			guest_write_sysreg(g, step->reg, step->value);
		else
			step->value = guest_read_sysreg(g, step->reg);
	}
	s->signalled[i] = guest_interrupts(g);
	s->exceptions = guest_take_sea(g, NULL, NULL);
	for (;;)
		psci_cpu_suspend(g);
}

void open_steps(struct rec_realm *r, struct steps *s)
{
	rec_open_script(r, NULL, do_steps, s);
}
