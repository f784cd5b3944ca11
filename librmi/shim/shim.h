/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the driver share. */
#ifndef RMI_SHIM_H
#define RMI_SHIM_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include <rmi/abi/commands.h>
#include <rmi/abi/layout.h>
#include <rmi/abi/smccc.h>
#include <rmi/abi/status.h>
#include <rmi/abi/types.h>

#include "rmi_shim_abi.h"

#define SHIM_GSHIFT       12
#define SHIM_GRANULE      (1ULL << SHIM_GSHIFT)
/* Entries of a list that one page holds. */
#define SHIM_LIST_ENTRIES 512u
#define SHIM_MAX_PES      64u
#define SHIM_NO_CPU       (-1)
/* Pages behind a chunk that are the driver's own. */
#define SHIM_BOUNCES      16u

/*
 * State of a page: enum rmi_shim_page, and whether it was normal memory before the call or the
 * operation that has it now.
 */
#define SHIM_WAS_NORMAL   0x80

/* A run of pages of one open file. The pages behind it are the driver's own. */
struct shim_chunk {
	struct list_head link;
	u64 base;
	u64 pages;
	u8 *state;
	u32 busy; /* Set of the driver's pages that a call or an operation has. */
};

/*
 * What user space says in memory and the driver has to check is copied to a page of the driver's
 * first, and the RMM gets its address: it reads what has been checked. A call has its page alone;
 * an operation that the call begins keeps it, since the RMM may read it again at RMI_OP_CONTINUE.
 */
struct shim_bounce {
	struct shim_chunk *chunk; /* NULL: none is needed. */
	unsigned int slot;
	u64 pa;
	u64 *words;
};

enum shim_kind { SHIM_RD, SHIM_REC, SHIM_RTT, SHIM_OP };

/* A command, and what its end will say about objects and pages. */
struct shim_command {
	u32 fid;
	u64 rd;
	u64 pa; /* Of the RD, REC or RTT that is made or destroyed. */
	u64 ipa;
	s64 level;
	u64 index; /* Of the auxiliary tree; 0: the primary one. */
	bool aux;
	u64 base; /* Physical range that changes hands. */
	u64 top;
	/* Of a Realm. */
	u64 rtt_base[4];
	u32 rtt_num;
	u8 s2sz;
	u8 num_aux;
};

/* What the RMM holds of a file: enough to take it all back. */
struct shim_object {
	struct list_head link;
	enum shim_kind kind;
	struct shim_command cmd;
	u64 handle;                /* SHIM_OP */
	u64 answer;                /* SHIM_OP: X0 of the last call. */
	bool doubtful;             /* SHIM_OP: cancelled, or failed half way. */
	struct shim_bounce bounce; /* SHIM_OP */
	bool tried;                /* The release has been at it. */
};

/* A PE of a file: where its REC runs, and whether it has been kicked. */
struct shim_pe {
	int cpu; /* SHIM_NO_CPU: nowhere. */
	int kicked;
};

/*
 * An open file. call_lock is held across calls, all but REC_ENTER; lock only while states and
 * lists are looked at, and in the fault handler. chunks_lock keeps REC_ENTER's pages from being
 * freed. Order: call_lock, chunks_lock, mmap_lock, lock.
 */
struct shim_file {
	struct list_head link;
	struct mutex call_lock;
	struct mutex lock;
	struct rw_semaphore chunks_lock;
	struct list_head chunks;
	struct list_head objects;
	struct address_space *mapping;
	struct shim_pe pes[SHIM_MAX_PES];
};

/* A call on its way through the driver. */
struct shim_call {
	struct smccc_regs regs;
	struct smccc_regs sent; /* What the RMM was given. */
	unsigned int pe;
	bool internal; /* Made by the driver itself. */
	struct shim_command cmd;
	struct shim_object *op;       /* The operation that an RMI_OP_* call names, and */
	bool over;                    /* whether the call has ended it. */
	struct shim_object *spare;    /* Becomes the object that the call makes, and */
	struct shim_object *spare_op; /* the operation that it begins. */
	struct shim_bounce bounce;
	u32 count;     /* Entries of the list in the bounce page. */
	u64 copy_back; /* Where the list belongs afterwards; 0: nowhere. */
};

/* What answers the calls. */
struct shim_rmm {
	bool loopback;
	enum rmi_revision revision;
	u64 lower, higher;
	u64 l0gpt_size;
	unsigned int num_lrs;
	unsigned int num_pes;
	u64 ich_vtr;
	u64 counter_hz;
};

extern struct shim_rmm shim_rmm;
extern const struct file_operations shim_fops;

/* memory.c: physical memory. */
int shim_pages_grab(u64 pages, u64 *pa);
void shim_pages_free(u64 pa, u64 pages);
struct shim_chunk *shim_chunk_make(u64 size);
void shim_chunk_add(struct shim_file *sf, struct shim_chunk *chunk);
int shim_chunk_free(struct shim_file *sf, u64 pa, u64 size);
void shim_chunk_drop(struct shim_chunk *chunk);
void shim_leaks_over(void);
u64 shim_leaked_pages(void);

/* page.c: states of pages. All want sf->lock. */
struct shim_chunk *shim_chunk_of(struct shim_file *sf, u64 pa);
u8 *shim_page(struct shim_file *sf, u64 pa);
bool shim_owns(struct shim_file *sf, u64 base, u64 size);
bool shim_owns_normal(struct shim_file *sf, u64 base, u64 size);
bool shim_owns_some(struct shim_file *sf, u64 base, u64 size);
void *shim_page_va(u64 pa);
int shim_bounce_get(struct shim_chunk *chunk, bool internal, struct shim_bounce *bounce);
void shim_bounce_put(struct shim_bounce *bounce);
void shim_pages_take(struct shim_file *sf, u64 base, u64 size);
void shim_pages_set(struct shim_file *sf, u64 base, u64 size, u8 state);
void shim_pages_restore(struct shim_file *sf, u64 base, u64 size);
int shim_pages_query(struct shim_file *sf, const struct rmi_shim_pages *pages);
int shim_mmap(struct file *file, struct vm_area_struct *vma);

/* check.c, check_list.c: what may be called. With sf->lock. */
int shim_check(struct shim_file *sf, struct shim_call *call);
int shim_check_list(struct shim_file *sf, struct shim_call *call, u64 list, u64 count, bool in);
int shim_check_oaddr(struct shim_file *sf, struct shim_call *call, bool map);
int shim_check_realm(struct shim_file *sf, struct shim_call *call);
int shim_check_config(struct shim_file *sf, struct shim_call *call);
struct rmi_addr_range_desc shim_desc(u64 word, u64 *size);
bool shim_changes(struct shim_file *sf, u64 base, u64 size);
struct shim_object *shim_find(struct shim_file *sf, enum shim_kind kind, u64 key);

/* settle.c: what an answer means for pages and objects. With sf->lock. */
void shim_settle(struct shim_file *sf, struct shim_call *call);

/* call.c */
int shim_smc(unsigned int pe, struct smccc_regs *regs);
unsigned int shim_status(unsigned int pe, struct smccc_regs *regs);
int shim_call(struct shim_file *sf, struct shim_call *call);
int shim_probe_rmm(void);

/* enter.c */
int shim_ich_init(void);
int shim_enter(struct shim_file *sf, struct rmi_shim_enter *enter);
int shim_kick(struct shim_file *sf, unsigned int pe);

/* release.c: takes everything back. */
void shim_release_all(struct shim_file *sf);
void shim_probe_range(struct shim_file *sf, unsigned int pe, u64 base, u64 top);

/* loopback.c */
int shim_loopback_init(void);
void shim_loopback_fini(void);
bool shim_loopback_attached(void);
bool shim_loopback_is_server(void);
int shim_loopback_call(unsigned int pe, struct smccc_regs *regs);
int shim_loopback_enter(struct rmi_shim_enter *enter);
int shim_loopback_kick(unsigned int pe);
int shim_loopback_alloc(u64 pages, u64 *pa);
bool shim_loopback_owns(u64 pa);
void shim_loopback_free(u64 pa, u64 pages);
void shim_loopback_leak(u64 pages);

#endif
