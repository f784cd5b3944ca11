/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file plugin.h
 * Somebody else's RMM as a backend: rmi_open("plugin:FILE.so,conf") loads a shared object and asks
 * it for a table of operations.
 *
 *     static const struct rmi_plugin plugin = {
 *             .version = RMI_PLUGIN_VERSION,
 *             .size = sizeof(plugin),
 *             .name = "my RMM",
 *             .open = my_open,
 *             ...
 *     };
 *
 *     RMI_PLUGIN(plugin)
 *
 * A plugin needs this header and those below rmi/abi/, and links nothing of realmkit.
 * docs/writing-a-backend.md says what is expected of each operation; examples/plugins/ has two.
 */
#ifndef RMI_PLUGIN_H
#define RMI_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/revision.h>
#include <rmi/abi/smccc.h>
#include <rmi/pe.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of struct rmi_plugin. Members that are added at its end do not change it. */
#define RMI_PLUGIN_VERSION  1

/** Most PEs of a plugin. */
#define RMI_PLUGIN_MAX_PES  1024

/** Name of the function that a plugin exports, of type rmi_plugin_get. */
#define RMI_PLUGIN_FUNCTION "rmi_plugin"

/** What an RMM has; it stays as it is until the RMM is closed. */
struct rmi_plugin_machine {
	enum rmi_revision revision; /**< What it speaks. */
	unsigned num_pes;           /**< 1..RMI_PLUGIN_MAX_PES */
	uint64_t memory_base; /**< PA of the memory that Host and RMM share; of whole granules. */
	uint64_t memory_size; /**< Bytes; of whole granules. */
	void *memory_host;    /**< Where this process has it. */
};

/** A plugin. rmm is what open() has returned. */
struct rmi_plugin {
	uint32_t version; /**< RMI_PLUGIN_VERSION that it was compiled with. */
	uint32_t size;    /**< sizeof(struct rmi_plugin) that it was compiled with. */
	const char *name; /**< For messages, behind the file; NULL: the file says enough. */

	/**
	 * Makes an RMM.
	 * @param conf what stands behind FILE.so and a comma; "" when there is nothing
	 * @param[out] machine to be filled in
	 * @param[out] why room for one line that says why it failed
	 * @param size bytes of @p why
	 * @return the RMM; NULL on failure
	 */
	void *(*open)(const char *conf, struct rmi_plugin_machine *machine, char *why, size_t size);

	/** Frees an RMM. No call is running. */
	void (*close)(void *rmm);

	/**
	 * One SMC, from any thread. Threads that use the same PE take turns; those on different
	 * PEs do not wait for each other.
	 */
	void (*call)(void *rmm, unsigned pe, struct smccc_regs *regs);

	/** Makes an interrupt pending on a PE, see rmi_pe_kick(); from any thread. */
	void (*kick)(void *rmm, unsigned pe);

	/** The virtual CPU interface of a PE; the same pointer each time. */
	struct rmi_ich *(*ich)(void *rmm, unsigned pe);

	/* NULL: the RMM cannot tell. From any thread. */

	/** As rmi_next_held_granule(). */
	bool (*granule_next)(void *rmm, uint64_t from, uint64_t *pa, const char **state);

	/** As rmi_pe_counter(); NULL: CLOCK_MONOTONIC. */
	uint64_t (*counter)(void *rmm, unsigned pe);

	/** As rmi_granule_size(). */
	uint64_t (*granule_size)(void *rmm);

	/** As rmi_open_operation(). */
	bool (*operation)(void *rmm, unsigned index, uint64_t *handle);
};

/** The function that a plugin exports. What it returns stays as long as the plugin is loaded. */
typedef const struct rmi_plugin *rmi_plugin_get(void);

/* Of the function, whose name librmi looks for as it is in C. */
#ifdef __cplusplus
#define RMI_PLUGIN_LINKAGE extern "C"
#else
#define RMI_PLUGIN_LINKAGE
#endif

/** Exports a plugin. */
#define RMI_PLUGIN(plugin)                                                                         \
	RMI_PLUGIN_LINKAGE __attribute__((visibility("default"))) rmi_plugin_get rmi_plugin;       \
	const struct rmi_plugin *rmi_plugin(void)                                                  \
	{                                                                                          \
		return &(plugin);                                                                  \
	}

#ifdef __cplusplus
}
#endif

#endif
