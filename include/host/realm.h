/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file realm.h
 * A Realm as a VMM sees it.
 *
 * The lower half of the IPA space is private (Protected); the upper half is shared (Unprotected).
 * A gpa is an IPA without the bit that tells the halves apart: a page of RAM has one gpa, and is
 * either private or shared at a time. RAM is private until the VMM or, through a RIPAS change, the
 * Realm says otherwise.
 *
 * The RMM's Realm is made when it is first needed: by realm_populate(), realm_load_elf() or the
 * first realm_vcpu_run(), which also creates the RECs and activates it. From then on memory and
 * vCPUs can no longer be added.
 */
#ifndef HOST_REALM_H
#define HOST_REALM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmi/abi/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct host;

/** A Realm. Opaque. */
struct realm;

/**
 * Tells about long work.
 * @param what  "populate" or "teardown"; static storage
 * @param done  bytes done, up to @p total
 */
typedef void realm_progress_fn(void *arg, const char *what, uint64_t done, uint64_t total);

/**
 * Decides whether the Realm may switch a vCPU on. Called on the thread of the vCPU that asks,
 * without locks, for a vCPU that is off.
 * @return false: the Realm is told PSCI_DENIED
 */
typedef bool realm_cpu_on_fn(void *arg, unsigned vcpu);

/** What a Realm is made of. Zero stands for the default. */
struct realm_config {
	unsigned ipa_bits; /**< Width of the IPA space: 40, or what the RMM has if less. */
	enum rmi_hash_algorithm hash; /**< RMI_HASH_SHA_256 */
	uint8_t rpv[64];              /**< Realm Personalization Value. */
	unsigned sve_vl;              /**< Vector length in bits, a multiple of 128; 0: no SVE. */
	unsigned pmu_counters;        /**< 0: no PMU. */
	unsigned breakpoints;         /**< 2..; as many as the RMM has. */
	unsigned watchpoints;         /**< 2..; as many as the RMM has. */
	/** Whether the firmware may be updated while the Realm lives; RMI_LFA_DISALLOW. */
	enum rmi_lfa_policy lfa_policy;
	/** Whether its memory is encrypted with a key of its own; RMI_MEC_POLICY_SHARED. */
	enum rmi_mec_policy mec_policy;
	/**
	 * Memory is mapped in blocks of up to this many bytes: a page, or the size of a block of
	 * level 2 or 1. 0: blocks of level 2 where these are not larger than 32 MB (2 MB with pages
	 * of 4 KB, 32 MB with 16 KB), else pages. A block is used where RAM is aligned to it, has
	 * one attribute and is contiguous in the host, and where it takes no more than half of what
	 * the host has left.
	 */
	uint64_t block_size;
	realm_progress_fn *progress; /**< NULL: nobody listens. */
	void *progress_arg;
	realm_cpu_on_fn *cpu_on; /**< NULL: every vCPU may be switched on. */
	void *cpu_on_arg;
};

/** States of a Realm as the Host tracks them. */
enum realm_state {
	REALM_STATE_NONE,   /**< The RMM does not know it. */
	REALM_STATE_NEW,    /**< Created: memory may be populated. */
	REALM_STATE_ACTIVE, /**< RECs may run. */
	REALM_STATE_DYING,  /**< Teardown has begun. */
	REALM_STATE_DEAD,   /**< Activation failed, or teardown is done. */
};

/**
 * Makes a Realm. No RMI call is made yet.
 *
 * @return the Realm, to be given to realm_destroy(); NULL with errno EINVAL (the configuration, see
 *         host_last_error()) or ENOMEM
 */
struct realm *realm_create(struct host *host, const struct realm_config *config);

/** Parts of the type of a virtual machine (KVM_CREATE_VM). */
#define REALM_VM_TYPE_IPA_BITS  UINT64_C(0xff) /**< Width of the IPA space; 0: 40. */
#define REALM_VM_TYPE_REALM     (UINT64_C(1) << 30)
#define REALM_VM_TYPE_PROTECTED (UINT64_C(1) << 31) /**< Of another kind; refused. */

/**
 * realm_create() as KVM_CREATE_VM does it, for code that has a type rather than a configuration.
 *
 * @param type REALM_VM_TYPE_REALM, and the width of the IPA space in REALM_VM_TYPE_IPA_BITS
 * @return as realm_create(); EINVAL, too: unknown bits, another kind of machine, or more bits than
 *         the RMM has, which the default of 40 may be
 */
struct realm *realm_create_type(struct host *host, uint64_t type);

/**
 * Destroys a Realm and its vCPUs, and takes its memory back. No vCPU may be running; see
 * realm_stop(). What the RMM does not give back is leaked and shows in host_audit(). NULL is
 * ignored.
 *
 * @return 0, or a negative errno value when something was leaked: -EBUSY a vCPU runs (nothing was
 *         done), -ENXIO, -ECANCELED
 */
int realm_destroy(struct realm *realm);

/** The host that a Realm was made on. */
struct host *realm_host(const struct realm *realm);

/** State of a Realm. */
enum realm_state realm_state(const struct realm *realm);

/** Width of the IPA space in bits. */
unsigned realm_ipa_bits(const struct realm *realm);

/** The bit of an IPA that tells shared from private. */
uint64_t realm_shared_bit(const struct realm *realm);

/**
 * Gives a Realm RAM. Pages are taken when they are first needed.
 *
 * @param gpa, size page-aligned; below realm_shared_bit()
 * @return 0; -EINVAL alignment, size or range; -EEXIST it overlaps RAM or a device; -EBUSY the
 *         Realm is active; -ENOMEM
 */
int realm_add_memory(struct realm *realm, uint64_t gpa, uint64_t size);

/**
 * Takes RAM away again, with what is in it, before the Realm is active.
 *
 * @param gpa where a region begins that realm_add_memory() has made
 * @return 0; -ENOENT there is none; -EBUSY the Realm is active; -ENOMEM, -ENXIO its pages cannot be
 *         unmapped: it stays, and a part may have been unmapped
 */
int realm_remove_memory(struct realm *realm, uint64_t gpa);

/** What RAM is like; see realm_add_memory_flags(). */
enum realm_memory_flags {
	/** Nothing private is behind it: it is shared for good, and its RIPAS stays EMPTY. */
	REALM_MEMORY_SHARED = 1,
	/**
	 * With REALM_MEMORY_SHARED: the Realm may only read it. A write is REALM_EXIT_MMIO, or a
	 * Synchronous External Abort in the Realm when the RMM does not tell what was written. The
	 * VMM writes with realm_write_shared().
	 */
	REALM_MEMORY_READONLY = 2,
};

/**
 * realm_add_memory() for RAM of another kind.
 *
 * @param flags enum realm_memory_flags
 * @return as realm_add_memory(); -EINVAL the flags, too
 */
int realm_add_memory_flags(struct realm *realm, uint64_t gpa, uint64_t size, unsigned flags);

/** Flags of realm_populate() and realm_load_elf(). */
enum realm_populate_flags {
	REALM_MEASURE = 1, /**< The content becomes part of the Realm Initial Measurement. */
};

/**
 * Copies initial content into private RAM. The last page is filled up with zeros.
 *
 * @param gpa  page-aligned; [gpa, gpa + size) must be RAM
 * @param data content; NULL stands for zeros
 * @param size bytes; 0 only creates the Realm
 * @return 0; -EINVAL alignment, range or flags; -EBUSY the Realm is active; -EIO a page of the
 *         range has been populated before; -ENOMEM; -ECANCELED out of memory while the RMM asked
 *         for some; -ENXIO the RMM refused, or the Realm is dead. What was populated before the
 *         failure stays.
 */
int realm_populate(struct realm *realm, uint64_t gpa, const void *data, size_t size,
                   unsigned flags);

/** What realm_populate_pages() takes, in the layout of KVM_ARM_RMI_POPULATE. */
struct realm_populate_args {
	uint64_t base;         /**< gpa; page-aligned, as are the others. */
	uint64_t size;         /**< Bytes; 0 only creates the Realm. */
	uint64_t source_uaddr; /**< Address of the content in the process; not 0. */
	uint32_t flags;        /**< enum realm_populate_flags */
	uint32_t reserved;     /**< 0 */
};

/**
 * realm_populate() with partial progress, as the ioctl makes it: it stops at the first page that
 * cannot be populated. The caller goes on until size is 0.
 *
 * @param[in,out] args moves along by what was done, whatever the result
 * @return 0 when at least one page was populated, or size was 0; else as realm_populate(). -EINVAL:
 *         reserved, flags, a source of 0 or one that is not page-aligned, and a range that wraps,
 *         too
 */
int realm_populate_pages(struct realm *realm, struct realm_populate_args *args);

/**
 * Loads a static AArch64 ELF file: PT_LOAD segments go to their physical addresses in RAM, and
 * vCPU 0 starts at its entry point.
 *
 * @param flags enum realm_populate_flags
 * @return 0; -ENOENT, -EACCES, ... the file cannot be read; -ENOEXEC it is no AArch64 executable,
 * or damaged; -EINVAL a segment lies outside RAM, or segments overlap; -ENOMEM too little memory;
 * and what realm_populate() returns
 */
int realm_load_elf(struct realm *realm, const char *path, unsigned flags);

/** Where vCPU 0 starts unless realm_vcpu_set_pc() says otherwise. */
uint64_t realm_entry(const struct realm *realm);

/**
 * Makes RAM private or shared. To shared: what is mapped privately is unmapped and its content is
 * lost. To private: the shared memory is unmapped and its content is lost.
 *
 * Waits for faults that are being handled, and makes those that have looked at the attributes
 * before look again: when it returns, nothing is mapped that must not be.
 *
 * @param gpa, size page-aligned; must be RAM, and not REALM_MEMORY_SHARED if @p is_private
 * @return 0; -EINVAL, also for a size of 0; -ENOMEM no table for a block that has to be split,
 * -ENXIO the RMM refused: a part may have been unmapped then
 */
int realm_set_attributes(struct realm *realm, uint64_t gpa, uint64_t size, bool is_private);

/** Whether a page of RAM is private. False for what is not RAM. */
bool realm_is_private(struct realm *realm, uint64_t gpa);

/**
 * Reads and writes shared RAM. Pages that nobody has written to read as zero. Such a page costs no
 * memory as long as the Realm only reads it, unless it is part of a block.
 *
 * @param gpa any alignment; the shared bit is ignored
 * @return 0; -EFAULT a page of the range is private or no RAM, and nothing was copied; -ENOMEM
 */
int realm_read_shared(struct realm *realm, uint64_t gpa, void *data, size_t size);
int realm_write_shared(struct realm *realm, uint64_t gpa, const void *data, size_t size);

/** What a device answers to. Called on the thread of the vCPU, without locks. */
struct realm_mmio_ops {
	/** @param size 1, 2, 4 or 8 bytes @return what the Realm reads */
	uint64_t (*read)(void *arg, uint64_t offset, unsigned size);
	void (*write)(void *arg, uint64_t offset, unsigned size, uint64_t value);
};

/**
 * Puts a device at [gpa, gpa + size) of the shared half. Its accesses no longer reach the VMM as
 * REALM_EXIT_MMIO.
 *
 * @param ops stays the caller's and must live as long as the Realm; both functions are needed
 * @return 0; -EINVAL size, range or ops; -EEXIST it overlaps RAM or a device; -EBUSY the Realm is
 *         active; -ENOMEM
 */
int realm_add_mmio(struct realm *realm, uint64_t gpa, uint64_t size,
                   const struct realm_mmio_ops *ops, void *arg);

/**
 * Ends a Realm from any thread: every realm_vcpu_run(), now and later, returns
 * REALM_EXIT_SHUTDOWN.
 */
void realm_stop(struct realm *realm);

/** What happened in a Realm. */
struct realm_stats {
	uint64_t entries; /**< RMI_REC_ENTER that succeeded. */
	/** Exits by RmiRecExitReason; the last one counts unknown ones. */
	uint64_t exits[RMI_NUM_EXIT_REASONS + 1];
	/* What the exits with RMI_EXIT_SYNC were. */
	uint64_t private_faults;
	uint64_t shared_faults;
	uint64_t mmio_reads;
	uint64_t mmio_writes;
	uint64_t wfx;
	uint64_t sysregs;
	uint64_t other_sync;
	/* Memory. */
	uint64_t pages_populated;
	uint64_t pages_mapped;   /**< Private pages mapped on a fault, since the start. */
	uint64_t pages_shared;   /**< Shared pages mapped on a fault, since the start. */
	uint64_t pages_unmapped; /**< Private pages taken back before teardown. */
	uint64_t tables;         /**< RTTs that exist, without the root. */
	uint64_t tables_folded;  /**< RTTs given back before teardown. */
	uint64_t private_blocks; /**< Times that a block was mapped privately. */
	uint64_t shared_blocks;  /**< Times that a block was mapped shared. */
	uint64_t faults_retried; /**< Faults during which an attribute or RIPAS changed. */
};

/** Reads the statistics. */
void realm_get_stats(const struct realm *realm, struct realm_stats *stats);

/** Name of the n-th element of realm_stats.exits: "RIPAS_CHANGE". Static storage. */
const char *realm_rec_exit_name(unsigned n);

#ifdef __cplusplus
}
#endif

#endif
