/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend "plugin": an RMM in a shared object. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rmi/plugin.h>

#include "../internal.h"

/* Bytes of a path, with the null byte behind it and "./" before it. */
#define PATH_SIZE 4096

struct plugin {
	struct rmi_backend backend;
	void *library;
	struct rmi_plugin ops; /* Members that the plugin does not know are NULL. */
	void *rmm;
	char title[288]; /* For messages: the file, and the name once it is known. */
};

static struct plugin *to_plugin(struct rmi_backend *backend)
{
	return (struct plugin *)backend;
}

static void plugin_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	to_plugin(backend)->ops.call(to_plugin(backend)->rmm, pe, regs);
}

static void plugin_kick(struct rmi_backend *backend, unsigned pe)
{
	to_plugin(backend)->ops.kick(to_plugin(backend)->rmm, pe);
}

static struct rmi_ich *plugin_ich(struct rmi_backend *backend, unsigned pe)
{
	return to_plugin(backend)->ops.ich(to_plugin(backend)->rmm, pe);
}

static bool plugin_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                                const char **state)
{
	const struct plugin *plugin = to_plugin(backend);

	return plugin->ops.granule_next != NULL &&
	       plugin->ops.granule_next(plugin->rmm, from, pa, state);
}

static uint64_t plugin_counter(struct rmi_backend *backend, unsigned pe)
{
	const struct plugin *plugin = to_plugin(backend);
	struct timespec now;

	if (plugin->ops.counter != NULL)
		return plugin->ops.counter(plugin->rmm, pe);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * RMI_COUNTER_HZ + (uint64_t)now.tv_nsec;
}

static uint64_t plugin_granule_size(struct rmi_backend *backend)
{
	const struct plugin *plugin = to_plugin(backend);

	return plugin->ops.granule_size != NULL ? plugin->ops.granule_size(plugin->rmm) : 0;
}

static bool plugin_operation(struct rmi_backend *backend, unsigned index, uint64_t *handle)
{
	const struct plugin *plugin = to_plugin(backend);

	return plugin->ops.operation != NULL && plugin->ops.operation(plugin->rmm, index, handle);
}

static void plugin_close(struct rmi_backend *backend)
{
	struct plugin *plugin = to_plugin(backend);

	if (plugin->rmm != NULL)
		plugin->ops.close(plugin->rmm);
	if (plugin->library != NULL)
		(void)dlclose(plugin->library);
	free(plugin);
}

static const struct rmi_backend_ops plugin_ops = {
        .call = plugin_call,
        .kick = plugin_kick,
        .ich = plugin_ich,
        .granule_next = plugin_granule_next,
        .counter = plugin_counter,
        .granule_size = plugin_granule_size,
        .operation = plugin_operation,
        .close = plugin_close,
};

/* Loads the file. A name is one in the current folder, not in those of the dynamic linker. */
static bool load(struct plugin *plugin, const char *file, size_t length, struct rmi_error *err)
{
	char path[PATH_SIZE + 2] = "./";
	char *name = memchr(file, '/', length) != NULL ? path : path + 2;

	if (length == 0 || length >= PATH_SIZE) {
		rmi_error_set(err, "plugin: %s (plugin:FILE.so[,CONF])",
		              length == 0 ? "no file" : "the path is too long");
		return false;
	}
	memcpy(name, file, length);
	name[length] = '\0';
	plugin->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (plugin->library == NULL)
		rmi_error_set(err, "plugin: cannot be loaded: %s", dlerror());
	return plugin->library != NULL;
}

/* The first operation that must be there and is not; NULL when all are. */
static const char *find_missing(const struct rmi_plugin *ops)
{
	if (ops->open == NULL)
		return "open";
	if (ops->close == NULL)
		return "close";
	if (ops->call == NULL)
		return "call";
	if (ops->kick == NULL)
		return "kick";
	return ops->ich == NULL ? "ich" : NULL;
}

/* Asks the plugin for its operations, and takes those over that both sides know. */
static bool ask(struct plugin *plugin, struct rmi_error *err)
{
	const struct rmi_plugin *theirs;
	rmi_plugin_get *get;
	/* ISO C has no conversion from a pointer to an object; POSIX says how to go around. */
	void *symbol = dlsym(plugin->library, RMI_PLUGIN_FUNCTION);

	if (symbol == NULL) {
		rmi_error_set(err, "plugin: %s: no function %s: this is not a plugin",
		              plugin->title, RMI_PLUGIN_FUNCTION);
		return false;
	}
	memcpy(&get, &symbol, sizeof(get));
	theirs = get();
	if (theirs == NULL || theirs->version != RMI_PLUGIN_VERSION) {
		rmi_error_set(err,
		              "plugin: %s: made for version %u of rmi/plugin.h, this librmi has "
		              "version %u",
		              plugin->title, theirs != NULL ? theirs->version : 0,
		              RMI_PLUGIN_VERSION);
		return false;
	}
	memcpy(&plugin->ops, theirs,
	       theirs->size < sizeof(plugin->ops) ? theirs->size : sizeof(plugin->ops));
	if (plugin->ops.name != NULL) {
		size_t used = strlen(plugin->title);

		(void)snprintf(plugin->title + used, sizeof(plugin->title) - used, " (%.64s)",
		               plugin->ops.name);
	}
	if (find_missing(&plugin->ops) != NULL) {
		rmi_error_set(err, "plugin: %s: the operation %s is missing", plugin->title,
		              find_missing(&plugin->ops));
		return false;
	}
	return true;
}

/* What is wrong with what an RMM says about itself; NULL: nothing. */
static const char *find_fault(const struct rmi_plugin_machine *machine)
{
	if (machine->revision != RMI_REVISION_2_0_BET1 &&
	    machine->revision != RMI_REVISION_2_0_BET3)
		return "the revision is not known";
	if (machine->num_pes == 0 || machine->num_pes > RMI_PLUGIN_MAX_PES)
		return "the number of PEs is not in 1..1024";
	if (machine->memory_host == NULL || machine->memory_size == 0 ||
	    machine->memory_base + machine->memory_size < machine->memory_base ||
	    (machine->memory_base | machine->memory_size) % 0x1000 != 0)
		return "the memory is not of whole granules";
	return NULL;
}

static bool start(struct plugin *plugin, const char *conf, struct rmi_error *err)
{
	struct rmi_plugin_machine machine = {.num_pes = 0};
	char why[256] = "no reason given";
	const char *fault;

	plugin->rmm = plugin->ops.open(conf, &machine, why, sizeof(why));
	why[sizeof(why) - 1] = '\0';
	fault = plugin->rmm != NULL ? find_fault(&machine) : why;
	if (fault != NULL) {
		rmi_error_set(err, "plugin: %s: %s", plugin->title, fault);
		return false;
	}
	plugin->backend.revision = machine.revision;
	plugin->backend.num_pes = machine.num_pes;
	plugin->backend.memory = (struct rmi_memory){
	        .base = machine.memory_base,
	        .size = machine.memory_size,
	        .host = machine.memory_host,
	};
	return true;
}

static struct rmi_backend *plugin_open(const char *text, struct rmi_error *err)
{
	size_t length = strcspn(text, ",");
	const char *conf = text[length] == ',' ? text + length + 1 : "";
	struct plugin *plugin = calloc(1, sizeof(*plugin));

	if (plugin == NULL) {
		rmi_error_set(err, "plugin: out of memory");
		return NULL;
	}
	plugin->backend.ops = &plugin_ops;
	plugin->backend.name = rmi_backend_plugin.name;
	(void)snprintf(plugin->title, sizeof(plugin->title), "%.*s",
	               length < 200 ? (int)length : 200, text);
	if (!load(plugin, text, length, err) || !ask(plugin, err) || !start(plugin, conf, err)) {
		plugin_close(&plugin->backend);
		return NULL;
	}
	return &plugin->backend;
}

const struct rmi_backend_type rmi_backend_plugin = {
        .name = "plugin",
        .open = plugin_open,
};
