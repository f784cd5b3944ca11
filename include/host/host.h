/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file host.h
 * libhost: the Host side of Realms, as a KVM-like host does it, over librmi.
 *
 * A host (struct host) is one machine: a connection to an RMM, the memory that is handed out to
 * Realms, and the rules for calling the RMI. Realms (host/realm.h) and their vCPUs (host/vcpu.h)
 * are made on it:
 *
 *     struct rmi_error err;
 *     struct host *host = host_open(NULL, &err);
 *     struct realm *vm = realm_create(host, &(struct realm_config){.ipa_bits = 40});
 *     realm_add_memory(vm, 0x40000000, 64 << 20);
 *     realm_load_elf(vm, "guest.elf", REALM_MEASURE);
 *     struct realm_vcpu *cpu = realm_vcpu_create(vm, 0);
 *     while (realm_vcpu_run(cpu)->reason != REALM_EXIT_SYSTEM_EVENT)
 *             ;
 *     realm_destroy(vm);
 *     host_audit(host, stdout);
 *     host_close(host);
 *
 * Functions that return int give 0 (or a count) on success and a negative errno value on failure;
 * functions that return a pointer give NULL and set errno. host_last_error() then says in one line
 * what was wrong. Any thread may call. A call takes a PE for as long as it lasts; with more callers
 * than PEs the callers take turns, and vCPUs that run are interrupted to let the others on.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmi/error.h>
#include <rmi/rmi.h>

#include <host/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One machine. Opaque. */
struct host;

/** How serious a log line is. */
enum host_log_level {
	HOST_LOG_WARNING, /**< Something was leaked, or the RMM broke a rule. */
	HOST_LOG_INFO,
};

/**
 * Receives log lines.
 * @param text one line without a newline; valid during the call
 */
typedef void host_log_fn(void *arg, enum host_log_level level, const char *text);

/** How often and how long things are tried. Zero stands for the default. */
struct host_limits {
	unsigned busy_attempts;    /**< Calls made while the RMM answers RMI_BUSY; 1000. */
	unsigned blocked_attempts; /**< Calls made while the RMM answers RMI_BLOCKED; 100. */
	uint64_t max_pages;        /**< Pages in use at a time; as many as there are. */
};

/** What host_open_config() takes. Zero-initialize what is not wanted. */
struct host_config {
	const char *conf; /**< As for rmi_open(); used when rmi is NULL. */
	/** A connection to use, which stays the caller's and must outlive the host. */
	struct rmi *rmi;
	/** Bytes of an RMI granule, and so of a page of the host; 0: the smallest the RMM has. */
	unsigned granule_size;
	struct host_limits limits;
	host_log_fn *log; /**< NULL: nobody listens. */
	void *log_arg;
};

/**
 * Opens a host: connects, brings the RMM up (version, features, configuration, activation, memory
 * tracking) and takes the memory behind the connection as its own. An RMM that is active already is
 * used as it is.
 *
 * @param conf as for rmi_open(): "name:key=value,..."; NULL stands for $RMI_BACKEND or the model
 * @param[out] err why it failed, in one line; may be NULL
 * @return the host, or NULL with errno: ENXIO no RMM, or one that does not fit; EINVAL bad
 *         configuration; ENODEV memory that is not tracked; ENOMEM; ECANCELED
 */
struct host *host_open(const char *conf, struct rmi_error *err);

/** host_open() with all there is to choose. */
struct host *host_open_config(const struct host_config *config, struct rmi_error *err);

/**
 * Closes a host. Realms that are left are destroyed. The RMM is deactivated if it knows how and
 * nothing was lost; a connection that host_open() made is closed. NULL is ignored.
 */
void host_close(struct host *host);

/** The connection. */
struct rmi *host_rmi(struct host *host);

/**
 * Why the calling thread's last failed call on this host failed: one line without a newline. Valid
 * until the thread's next call on the host; "" when none failed.
 */
const char *host_last_error(const struct host *host);

/** What the RMM can do, decoded from its feature registers (B4.6.26 to B4.6.30). */
struct host_features {
	uint64_t reg[5];
	unsigned ipa_bits; /**< Widest IPA space. */
	bool lpa2;
	unsigned granule_size;  /**< Bytes; the one chosen. */
	unsigned granule_sizes; /**< Sum of the sizes in bytes that could be chosen. */
	bool hash[3];           /**< By enum rmi_hash_algorithm. */
	unsigned max_recs;      /**< RECs of one Realm. */
	unsigned sve_vl;        /**< Longest vector in bits; 0 without SVE. */
	unsigned pmu_counters;  /**< 0 without a PMU. */
	unsigned breakpoints;
	unsigned watchpoints;
	unsigned l0gpt_bits; /**< log2 of the bytes of an L0 GPT entry. */
	unsigned aux_planes;
	uint64_t mecids; /**< Keys for single Realms; 0: memory has one key for all. */
	bool devices;    /**< Device assignment. */
};

/**
 * What can be asked for with host_capability(), by the numbers of KVM_CHECK_EXTENSION. Others are
 * not there.
 */
enum host_capability {
	HOST_CAP_IRQCHIP = 0,           /**< 1: realm_gic_create(). */
	HOST_CAP_NR_VCPUS = 9,          /**< vCPUs that run at the same time: PEs. */
	HOST_CAP_SYNC_MMU = 16,         /**< 1: changes of memory reach the Realm. */
	HOST_CAP_MAX_VCPUS = 66,        /**< vCPUs of a Realm. */
	HOST_CAP_ONE_REG = 70,          /**< 1: realm_vcpu_set_pc(), realm_vcpu_set_gpr(). */
	HOST_CAP_ARM_PSCI = 87,         /**< 1 */
	HOST_CAP_ARM_PSCI_0_2 = 102,    /**< 1 */
	HOST_CAP_ARM_PMU_V3 = 126,      /**< 1 if the RMM has a PMU for Realms. */
	HOST_CAP_MAX_VCPU_ID = 128,     /**< As HOST_CAP_MAX_VCPUS. */
	HOST_CAP_IMMEDIATE_EXIT = 136,  /**< 1: realm_vcpu_kick() before the run. */
	HOST_CAP_ARM_VM_IPA_SIZE = 165, /**< Widest IPA space in bits. */
	HOST_CAP_ARM_SVE = 170,         /**< 1 if the RMM has SVE for Realms. */
	HOST_CAP_ARM_RMI = 251,         /**< 1: Realms can be made. */
};

/**
 * What can be done with a Realm of this host.
 *
 * @param cap enum host_capability, or any other number
 * @return the value; 0: it is not there, as what KVM has for other virtual machines only. There is
 *         nothing to enable.
 */
int host_capability(const struct host *host, unsigned cap);

/** What the RMM can do. Lives as long as the host. */
const struct host_features *host_features(const struct host *host);

/** Prints backend, revision, memory and features for people. */
void host_describe(struct host *host, FILE *out);

/** Calls of one RMI command. */
struct host_call_stats {
	uint32_t fid;
	const char *name;  /**< "RMI_RTT_CREATE"; static storage. */
	uint64_t count;    /**< Calls made, repetitions included. */
	uint64_t retries;  /**< Of these, calls repeated after RMI_BUSY or RMI_BLOCKED. */
	uint64_t errors;   /**< Of these, calls that ended in RMI_ERROR_*. */
	uint64_t total_ns; /**< Time spent in them. */
};

/**
 * Statistics of the commands that were called, in the order of their identifiers.
 *
 * @param[out] stats room for @p max elements; may be NULL when @p max is 0
 * @return number of commands called, which may be more than @p max
 */
size_t host_call_stats(const struct host *host, struct host_call_stats *stats, size_t max);

#ifdef __cplusplus
}
#endif

#endif
