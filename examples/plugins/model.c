/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin that wraps an RMM: here the software RMM of realmkit, called as it is without librmi.
 *
 *     realmkit run hello.elf --backend plugin:./model.so,dram=512,pes=2
 *
 * dram is in MiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/plugin.h>
#include <rmm/inspect.h>
#include <rmm/model.h>

/* Reads "name=NUMBER". Returns whether that is the key. */
static bool take_number(const char *key, const char *name, unsigned *number)
{
	size_t length = strlen(name);
	char *end;

	if (strncmp(key, name, length) != 0 || key[length] < '0' || key[length] > '9')
		return false;
	*number = (unsigned)strtoul(key + length, &end, 10);
	return *end == '\0';
}

/* Reads one key. Returns whether it is known. */
static bool take_key(struct rmm_config *config, const char *key)
{
	unsigned number;

	if (take_number(key, "dram=", &number))
		config->dram_size = (uint64_t)number << 20;
	else if (take_number(key, "pes=", &number))
		config->pes = number;
	else if (strcmp(key, "spec=2.0-bet1") == 0)
		config->revision = RMI_REVISION_2_0_BET1;
	else
		return false;
	return true;
}

static bool parse(const char *conf, struct rmm_config *config, char *why, size_t size)
{
	char text[256];
	char *rest = text;
	const char *key;

	(void)snprintf(text, sizeof(text), "%s", conf);
	while ((key = strsep(&rest, ",")) != NULL) {
		if (*key == '\0' || take_key(config, key))
			continue;
		(void)snprintf(why, size, "\"%s\" is none of dram=MIB, pes=N, spec=2.0-bet1", key);
		return false;
	}
	return true;
}

static void *wrap_open(const char *conf, struct rmi_plugin_machine *machine, char *why, size_t size)
{
	struct rmm_config config;
	struct rmi_error err;
	struct rmm *rmm;

	rmm_config_init(&config);
	if (!parse(conf, &config, why, size))
		return NULL;
	rmm = rmm_create(&config, &err);
	if (rmm == NULL) {
		(void)snprintf(why, size, "%s", err.text);
		return NULL;
	}
	*machine = (struct rmi_plugin_machine){
	        .revision = config.revision,
	        .num_pes = config.pes,
	        .memory_base = config.dram_base,
	        .memory_size = config.dram_size,
	        .memory_host = rmm_dram(rmm),
	};
	return rmm;
}

static void wrap_close(void *rmm)
{
	rmm_destroy(rmm);
}

static void wrap_call(void *rmm, unsigned pe, struct smccc_regs *regs)
{
	rmm_call(rmm, pe, regs);
}

static void wrap_kick(void *rmm, unsigned pe)
{
	rmm_kick(rmm, pe);
}

static struct rmi_ich *wrap_ich(void *rmm, unsigned pe)
{
	return rmm_ich(rmm, pe);
}

static bool wrap_granule_next(void *rmm, uint64_t from, uint64_t *pa, const char **state)
{
	return rmm_next_held_granule(rmm, from, pa, state);
}

static uint64_t wrap_counter(void *rmm, unsigned pe)
{
	(void)pe;
	return rmm_counter(rmm);
}

static uint64_t wrap_granule_size(void *rmm)
{
	struct rmm_info info;

	rmm_inspect(rmm, &info);
	return info.granule_size;
}

static const struct rmi_plugin plugin = {
        .version = RMI_PLUGIN_VERSION,
        .size = sizeof(plugin),
        .name = "software RMM",
        .open = wrap_open,
        .close = wrap_close,
        .call = wrap_call,
        .kick = wrap_kick,
        .ich = wrap_ich,
        .granule_next = wrap_granule_next,
        .counter = wrap_counter,
        .granule_size = wrap_granule_size,
};

RMI_PLUGIN(plugin)
