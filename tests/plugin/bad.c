/* SPDX-License-Identifier: BSD-3-Clause */
/* Plugins that cannot be used; the macro BAD says why. */
#include <stdio.h>

#include <rmi/plugin.h>

#define BAD_SYMBOL     1
#define BAD_VERSION    2
#define BAD_INCOMPLETE 3
#define BAD_OPEN       4

#ifndef BAD
#define BAD BAD_OPEN
#endif

#if BAD != BAD_SYMBOL

static void nothing_close(void *rmm)
{
	(void)rmm;
}

static void nothing_call(void *rmm, unsigned pe, struct smccc_regs *regs)
{
	(void)rmm;
	(void)pe;
	regs->x[0] = SMCCC_NOT_SUPPORTED;
}

static void nothing_kick(void *rmm, unsigned pe)
{
	(void)rmm;
	(void)pe;
}

static struct rmi_ich *nothing_ich(void *rmm, unsigned pe)
{
	(void)pe;
	return rmm;
}

/* What conf asks for: an RMM that says something impossible about itself, or none. */
static void *nothing_open(const char *conf, struct rmi_plugin_machine *machine, char *why,
                          size_t size)
{
	static _Alignas(0x1000) unsigned char memory[0x1000];
	static struct rmi_ich ich;

	*machine = (struct rmi_plugin_machine){
	        .revision = conf[0] == 'r' ? (enum rmi_revision)77 : RMI_REVISION_2_0_BET3,
	        .num_pes = conf[0] == 'p' ? 0 : 1,
	        .memory_base = 0x1000,
	        .memory_size = conf[0] == 'm' ? 0x800 : sizeof(memory),
	        .memory_host = memory,
	};
	if (conf[0] != '?')
		return &ich;
	(void)snprintf(why, size, "no idea what \"%s\" is", conf);
	return NULL;
}

static const struct rmi_plugin plugin = {
        .version = BAD == BAD_VERSION ? 99 : RMI_PLUGIN_VERSION,
        /* One that was made when there was nothing behind ich. */
        .size = offsetof(struct rmi_plugin, granule_next),
        .name = "bad",
        .open = nothing_open,
        .close = nothing_close,
        .call = nothing_call,
        .kick = BAD == BAD_INCOMPLETE ? NULL : nothing_kick,
        .ich = nothing_ich,
        /* So this must not be looked at. */
        .counter = (uint64_t(*)(void *, unsigned))(uintptr_t)0x10,
};

RMI_PLUGIN(plugin)

#else

const char not_a_plugin[] = "this is a shared object like any other";

#endif
