/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of libhost share about a Realm. */
#ifndef LIBHOST_REALM_IMPL_H
#define LIBHOST_REALM_IMPL_H

#include <host/realm.h>
#include <host/vcpu.h>

#include "sro.h"

typedef uint64_t ipa_t;

/* A range of IPAs; top is exclusive. */
struct ipa_range {
	ipa_t base;
	ipa_t top;
};

/* A region of RAM. Added under config_lock while the realm is not active; its pages are guarded by
 * mmu_lock. */
struct ram {
	struct ram *next;
	uint64_t gpa;
	uint64_t size;
	unsigned flags;     /* enum realm_memory_flags */
	uint8_t *is_shared; /* Per page: the attribute. */
	/* Per page: number of the shared page in the window + 1; 0 none; RAM_ZERO_PAGE. */
	uint32_t *backing;
};

/* The shared page was only read so far: it is the realm's page of zeros, mapped read-only. */
#define RAM_ZERO_PAGE UINT32_MAX

/* A device. Does not change once the realm is active. */
struct device {
	struct device *next;
	uint64_t gpa;
	uint64_t size;
	const struct realm_mmio_ops *ops;
	void *arg;
};

/* struct realm_stats, counted without a lock. */
struct realm_counts {
	_Atomic uint64_t entries;
	_Atomic uint64_t exits[RMI_NUM_EXIT_REASONS + 1];
	_Atomic uint64_t private_faults;
	_Atomic uint64_t shared_faults;
	_Atomic uint64_t mmio_reads;
	_Atomic uint64_t mmio_writes;
	_Atomic uint64_t wfx;
	_Atomic uint64_t sysregs;
	_Atomic uint64_t other_sync;
	_Atomic uint64_t pages_populated;
	_Atomic uint64_t pages_mapped;
	_Atomic uint64_t pages_shared;
	_Atomic uint64_t pages_unmapped;
	_Atomic uint64_t tables;
	_Atomic uint64_t tables_folded;
	_Atomic uint64_t private_blocks;
	_Atomic uint64_t shared_blocks;
	_Atomic uint64_t faults_retried;
};

static inline void count_up(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

struct realm {
	struct host *host;
	struct realm *next; /* host.list_lock */
	uint32_t id;        /* Marks its pages; never reused. */
	struct realm_config config;
	ipa_t shared_bit;
	int start_level;
	unsigned num_root; /* Concatenated starting-level RTTs. */

	pthread_mutex_t config_lock; /* Every change of state. */
	_Atomic(enum realm_state) state;
	_Atomic bool broken; /* Nothing runs any more: realm_vcpu_run() gives -EIO. */
	struct sro sro;
	pa_t rd;   /* PHYS_NONE in REALM_STATE_NONE. */
	pa_t root; /* PHYS_NONE likewise. */
	uint64_t entry;
	struct ram *ram;
	struct device *devices;
	struct realm_vcpu **vcpus;
	unsigned num_vcpus;

	struct gic *gic; /* NULL: none. Set before the realm is active. */

	pthread_mutex_t mmu_lock; /* Every change of the RTTs, and the attributes of RAM. */
	/*
	 * Guarded by mmu_lock; grows with every change of attributes or RIPAS. A fault takes memory
	 * without the lock, and maps it only if nothing has changed since it looked.
	 */
	uint64_t mmu_seq;
	pa_t zero_page; /* Guarded by mmu_lock; PHYS_NONE as long as nobody needs it. */

	pthread_mutex_t run_lock; /* on, kicked, running, pe of the vCPUs, and over. */
	bool over;                /* Stopped, switched off, or no vCPU is on. */

	struct realm_counts counts;
};

/* What has to be done for a vCPU before it is entered again. */
enum vcpu_request {
	VCPU_REQUEST_NONE,
	VCPU_REQUEST_PSCI,  /* RMI_PSCI_COMPLETE */
	VCPU_REQUEST_RIPAS, /* RMI_RTT_SET_RIPAS */
};

/* A timer, as it was at the last exit. */
struct vcpu_timer {
	uint64_t ctl;
	uint64_t cval;
	bool line;
};

/* The virtual and the physical one. */
#define REALM_NUM_TIMERS 2

struct realm_vcpu {
	struct realm *realm;
	unsigned id;
	uint64_t mpidr;
	uint64_t pc;
	bool pc_set; /* Otherwise vCPU 0 starts at realm.entry. */
	uint64_t gprs[RMI_REC_CREATE_NR_GPRS];

	/* Owned by the thread that runs it, or by activation and teardown. */
	pa_t rec; /* PHYS_NONE: there is no REC. */
	pa_t run_pa;
	struct rmi_rec_run *run;
	struct sro sro;
	struct realm_exit exit;
	struct realm_exit busy_exit;      /* For a second thread. */
	struct realm_exit no_memory_exit; /* For a thread that has no record. */
	uint64_t flags;                   /* RmiRecEnterFlags of the next entry. */
	enum vcpu_request request;
	struct ipa_range ripas;
	enum rmi_ripas ripas_value;
	bool hypercall; /* exit.hypercall goes back to the Realm. */
	bool mmio;      /* exit.mmio goes back to the Realm. */
	bool was_off;   /* Its interrupt state is to be reset before it runs. */
	unsigned again; /* Entries in a row that the RMM refused for the moment. */
	struct vcpu_timer timers[REALM_NUM_TIMERS];

	/* Guarded by realm.run_lock. */
	pthread_cond_t wake;
	bool running;
	bool kicked;
	bool on;
	uint64_t times_on; /* Completed CPU_ONs. */
	struct rmi_pe *pe; /* Where the REC runs. */
};

static inline uint64_t realm_page_size(const struct realm *realm)
{
	return host_page_size(realm->host);
}

static inline bool is_aligned(uint64_t value, uint64_t size)
{
	return (value & (size - 1)) == 0;
}

/* Bytes that an RTT entry of this level maps. */
static inline uint64_t level_size(const struct realm *realm, int level)
{
	return rmi_rtt_level_size(realm->host->gshift, level);
}

/* realm.c: all with config_lock held. */
int realm_ensure_created(struct host_thread *self, struct realm *realm);

/* activate.c */
int realm_activate(struct host_thread *self, struct realm *realm);

/* ram.c */

/* The region that holds a gpa, or NULL. */
struct ram *realm_ram_find(const struct realm *realm, uint64_t gpa);

/* Whether [gpa, gpa + size) is all RAM. */
bool realm_ram_covers(const struct realm *realm, uint64_t gpa, uint64_t size);

/* Page of a region that holds a gpa. */
uint64_t realm_ram_index(const struct realm *realm, const struct ram *ram, uint64_t gpa);

/* With mmu_lock held: whether every page of the range has this attribute; what is not RAM is
 * shared. */
bool realm_ram_all(const struct realm *realm, struct ipa_range range, bool is_private);

/* Whether private memory can be behind all of a range. */
bool realm_ram_may_be_private(const struct realm *realm, struct ipa_range range);

/*
 * The largest block around a gpa, down to a page, that the configuration and the region allow, that
 * is no larger than what an entry of a level maps, and whose pages have the attribute of gpa. With
 * mmu_lock held.
 */
uint64_t realm_ram_block(const struct realm *realm, const struct ram *ram, uint64_t gpa, int level);

/* Whether so much memory may be used where a page would do. */
bool realm_ram_affords(struct realm *realm, uint64_t size);

/* shared.c: the pages behind shared RAM. */

/*
 * Makes a Realm see a shared page. level is where its walk ended. -EAGAIN: something changed
 * meanwhile, the Realm is to fault again.
 */
int realm_shared_fault(struct host_thread *self, struct realm *realm, struct ram *ram, uint64_t gpa,
                       int level, bool is_write);

/* Gives the shared pages of a range of one region back, which are not mapped. With mmu_lock held.
 */
void realm_shared_drop(struct host_thread *self, struct realm *realm, struct ram *ram,
                       struct ipa_range range, bool leak);

/* With mmu_lock held: unmaps the shared alias of a range of one region, where it can be mapped. */
int realm_ram_unmap_shared(struct host_thread *self, struct realm *realm, const struct ram *ram,
                           struct ipa_range range);

/* Takes a device away again, which is there. */
void realm_device_remove(struct realm *realm, uint64_t gpa);

/* Frees all RAM. leak: the shared pages are not to be used again. */
void realm_ram_free(struct host_thread *self, struct realm *realm, bool leak);

/* rtt.c: all with mmu_lock held, or before the realm is active. 0 or a negative errno value. */

/* Gives the page of a table back, which the RMM has returned. */
void realm_rtt_free_table(struct host_thread *self, struct realm *realm, pa_t rtt);

/* Where the RMM asked for a table last. */
struct rtt_growth {
	ipa_t ipa;
	int level;
	bool begun;
};

/*
 * Creates the table below the entry of a level, which the RMM wants for a command. -ENXIO when it
 * asks for the same one again: that would never end.
 */
int realm_rtt_grow(struct host_thread *self, struct realm *realm, uint64_t fid,
                   struct rtt_growth *growth, ipa_t ipa, int level);

/* Lowest level whose entry maps ipa without reaching beyond end. */
int realm_rtt_map_level(const struct realm *realm, ipa_t ipa, ipa_t end);

/* Reads the entry where the walk to an IPA ends. */
struct rtt_entry {
	int level;
	enum rmi_rtt_entry_state state;
	enum rmi_ripas ripas;
};

int realm_rtt_read(struct host_thread *self, struct realm *realm, ipa_t ipa, int level,
                   struct rtt_entry *entry);

/* Destroys all tables but the root. */
int realm_rtt_destroy_all(struct host_thread *self, struct realm *realm);

/* map.c: likewise. */

/*
 * Maps [ipa, ipa + size) to delegated pages where nothing is mapped. Pages that are not needed, or
 * not mapped because of an error, are freed; what was mapped before an error stays, since unmapping
 * would destroy what the Realm has there. -EEXIST: nothing was mapped.
 */
int realm_map_private(struct host_thread *self, struct realm *realm, ipa_t ipa, pa_t pa,
                      uint64_t size);

/* Maps [ipa, ipa + size), with the shared bit set, to pages of the host. Replaces a mapping. */
int realm_map_shared(struct host_thread *self, struct realm *realm, ipa_t ipa, pa_t pa,
                     uint64_t size, bool writable);

/* Unmaps a range and frees its pages. */
int realm_unmap_private(struct host_thread *self, struct realm *realm, struct ipa_range range);

/* Unmaps the shared alias of a range, which is given without the shared bit. */
int realm_unmap_shared(struct host_thread *self, struct realm *realm, struct ipa_range range);

/* fold.c: likewise. */

/* Tables to be folded: at most one of each level, which is tried when the next one is noted. */
struct realm_folds {
	struct realm *realm;
	bool pending[RMM_RTT_PAGE_LEVEL + 1];
	ipa_t table[RMM_RTT_PAGE_LEVEL + 1]; /* Where it begins. */
};

/* An entry of a table of a level has changed. */
void realm_fold_note(struct host_thread *self, struct realm_folds *folds, ipa_t ipa, int level);
void realm_fold_note_range(struct host_thread *self, struct realm_folds *folds,
                           struct ipa_range range, int level);

/* Tries those that are left. */
void realm_fold_all(struct host_thread *self, struct realm_folds *folds);

/* ripas.c: likewise. */

/* RIPAS RAM for a range of a realm that is not active yet. */
int realm_ripas_init(struct host_thread *self, struct realm *realm, struct ipa_range range);

/*
 * What a vCPU asked for. *done is how far it came, whatever the result. -ENXIO the RMM refuses;
 * -ENOMEM.
 */
int realm_ripas_set(struct host_thread *self, struct realm_vcpu *vcpu, struct ipa_range range,
                    ipa_t *done);

/* rec.c */
int realm_rec_create(struct host_thread *self, struct realm_vcpu *vcpu);

/* Leaves everything as it is, leaked, when the RMM refuses. */
int realm_rec_destroy(struct host_thread *self, struct realm_vcpu *vcpu);

/* Frees the vCPU itself. */
void realm_vcpu_free(struct realm_vcpu *vcpu);

/*
 * Exits. Each returns whether the vCPU goes on without the VMM; if not, vcpu->exit says why.
 */

/* exit.c */
bool realm_exit_handle(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t times_on);

/* Fills in an exit with a reason. */
void realm_exit_set(struct realm_vcpu *vcpu, enum realm_exit_reason reason, int error);

/* Fills in an exit with an error and no reason; false. */
bool realm_exit_error(struct realm_vcpu *vcpu, int error);

/* Fills in REALM_EXIT_MEMORY_FAULT; false. */
bool realm_exit_memory_fault(struct realm_vcpu *vcpu, uint64_t gpa, uint64_t size, bool is_private,
                             int error);

/* Fills in REALM_EXIT_INTERNAL_ERROR and breaks the realm; false. */
bool realm_exit_internal(struct realm_vcpu *vcpu, uint64_t x0);

/* fault.c */
bool realm_fault_handle(struct host_thread *self, struct realm_vcpu *vcpu, ipa_t ipa);

/* mmio.c */
bool realm_mmio_handle(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t gpa);
void realm_mmio_complete(struct realm_vcpu *vcpu);

/* psci.c */
bool realm_psci_handle(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t times_on);
bool realm_psci_complete(struct host_thread *self, struct realm_vcpu *vcpu);

/* ripas.c */
bool realm_ripas_handle(struct host_thread *self, struct realm_vcpu *vcpu);
bool realm_ripas_complete(struct host_thread *self, struct realm_vcpu *vcpu);

/* irq.c: nothing of it does anything without a GIC. */

/* Before an entry, on the PE where it happens. */
void realm_irq_enter(struct host_thread *self, struct realm_vcpu *vcpu);

/* After it, on the same PE. entered: the REC has run. */
void realm_irq_exit(struct host_thread *self, struct realm_vcpu *vcpu, bool entered);

/* Whether there is an interrupt that a vCPU would take. */
bool realm_irq_is_pending(const struct realm_vcpu *vcpu);

/* A system register access that left the Realm. False: not the GIC's. */
bool realm_irq_sysreg(struct realm_vcpu *vcpu);

/* timer.c: in a realm with a GIC. */

/* After an exit: levels of the timers' lines. */
void realm_timer_sync(struct realm_vcpu *vcpu);

/* Timers out of reset. */
void realm_timer_reset(struct realm_vcpu *vcpu);

/* When the next timer is due, by the system counter; UINT64_MAX: none is going to interrupt. */
uint64_t realm_timer_next(const struct realm_vcpu *vcpu);

/* Raises the lines of timers that have become due since the last exit. */
void realm_timer_update(struct realm_vcpu *vcpu, uint64_t now);

/* vcpu.c */

/*
 * Sleeps without a PE until there is an interrupt or another reason to look, or until a moment of
 * the system counter; UINT64_MAX: none.
 */
void realm_vcpu_sleep(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t until);

/* From any thread: has a vCPU look for interrupts, without a reason for the VMM to look. */
void realm_vcpu_poke(struct realm_vcpu *vcpu);

/* With run_lock held. */
void realm_vcpu_power_off(struct realm_vcpu *vcpu);
void realm_vcpu_power_on(struct realm_vcpu *vcpu);
void realm_over(struct realm *realm);

#endif
