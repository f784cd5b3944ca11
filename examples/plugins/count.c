/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin that hands everything on to another backend, and counts: when it is closed, it says on
 * standard error how often each command was called.
 *
 *     realmkit run hello.elf --backend plugin:./count.so,model:dram=512M
 *
 * What stands behind the comma is the backend that the calls go to.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <rmi/commands.h>
#include <rmi/plugin.h>
#include <rmi/rmi.h>

/* Function identifiers of the RMI. */
#define NUM_FIDS (SMC_RMI_LAST - SMC_RMI_FIRST + 1)

struct count {
	struct rmi *rmi;
	atomic_ulong calls[NUM_FIDS];
	atomic_ulong others;
};

static void *count_open(const char *conf, struct rmi_plugin_machine *machine, char *why,
                        size_t size)
{
	struct count *count = calloc(1, sizeof(*count));
	struct rmi_error err = {"out of memory"};
	struct rmi_memory memory;

	if (count != NULL)
		count->rmi = rmi_open(*conf != '\0' ? conf : "model", &err);
	if (count == NULL || count->rmi == NULL) {
		(void)snprintf(why, size, "%s", err.text);
		free(count);
		return NULL;
	}
	memory = rmi_memory(count->rmi);
	*machine = (struct rmi_plugin_machine){
	        .revision = rmi_revision(count->rmi),
	        .num_pes = rmi_num_pes(count->rmi),
	        .memory_base = memory.base,
	        .memory_size = memory.size,
	        .memory_host = memory.host,
	};
	return count;
}

static void count_close(void *rmm)
{
	struct count *count = rmm;

	for (uint32_t i = 0; i < NUM_FIDS; i++) {
		const char *name = rmi_command_name(rmi_revision(count->rmi), SMC_RMI_FIRST + i);
		unsigned long calls = atomic_load(&count->calls[i]);

		if (calls > 0)
			(void)fprintf(stderr, "%8lu %s\n", calls, name != NULL ? name : "unknown");
	}
	if (atomic_load(&count->others) > 0)
		(void)fprintf(stderr, "%8lu others\n", atomic_load(&count->others));
	rmi_close(count->rmi);
	free(count);
}

static void count_call(void *rmm, unsigned pe, struct smccc_regs *regs)
{
	struct count *count = rmm;
	uint32_t index = (uint32_t)regs->x[0] - SMC_RMI_FIRST;

	atomic_fetch_add(index < NUM_FIDS ? &count->calls[index] : &count->others, 1);
	rmi_call(rmi_pe(count->rmi, pe), regs);
}

static void count_kick(void *rmm, unsigned pe)
{
	struct count *count = rmm;

	rmi_pe_kick(rmi_pe(count->rmi, pe));
}

static struct rmi_ich *count_ich(void *rmm, unsigned pe)
{
	struct count *count = rmm;

	return rmi_pe_ich(rmi_pe(count->rmi, pe));
}

static bool count_granule_next(void *rmm, uint64_t from, uint64_t *pa, const char **state)
{
	struct count *count = rmm;

	return rmi_next_held_granule(count->rmi, from, pa, state);
}

static uint64_t count_counter(void *rmm, unsigned pe)
{
	struct count *count = rmm;

	return rmi_pe_counter(rmi_pe(count->rmi, pe));
}

static uint64_t count_granule_size(void *rmm)
{
	struct count *count = rmm;

	return rmi_granule_size(count->rmi);
}

static bool count_operation(void *rmm, unsigned index, uint64_t *handle)
{
	struct count *count = rmm;

	return rmi_open_operation(count->rmi, index, handle);
}

static const struct rmi_plugin plugin = {
        .version = RMI_PLUGIN_VERSION,
        .size = sizeof(plugin),
        .name = "count",
        .open = count_open,
        .close = count_close,
        .call = count_call,
        .kick = count_kick,
        .ich = count_ich,
        .granule_next = count_granule_next,
        .counter = count_counter,
        .granule_size = count_granule_size,
        .operation = count_operation,
};

RMI_PLUGIN(plugin)
