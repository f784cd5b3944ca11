/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * /dev/rmi and /dev/rmi-loopback: what user space and the driver say to each other.
 *
 * Reserved members are zero. All addresses are physical, of whole pages; memory is mapped with
 * mmap(2) on the device, MAP_SHARED, with the physical address as the offset.
 */
#ifndef RMI_SHIM_ABI_H
#define RMI_SHIM_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Of this file. A driver of another version refuses nothing by itself: compare. */
#define RMI_SHIM_ABI_VERSION 1

/* rmi_shim_info.flags: a user process answers the calls. */
#define RMI_SHIM_LOOPBACK    1u

struct rmi_shim_info {
	__u32 abi;          /* RMI_SHIM_ABI_VERSION */
	__u32 flags;        /* RMI_SHIM_* */
	__u32 revision;     /* enum rmi_revision */
	__u32 granule_size; /* Bytes; 4096. */
	__u32 num_pes;      /* PEs that calls may name. */
	__u32 num_lrs;      /* GIC list registers. */
	__u64 lower;        /* Interface versions, as RMI_VERSION answers. */
	__u64 higher;
	__u64 ich_vtr;    /* ICH_VTR_EL2 */
	__u64 counter_hz; /* Frequency of CNTPCT_EL0; in loopback of the server's counter. */
	__u64 held;       /* Pages of all open files that are not normal memory. */
	__u64 leaked;     /* Pages that could not be got back when their file was closed. */
};

/* A run of physical pages. */
struct rmi_shim_chunk {
	__u64 size; /* Bytes */
	__u64 pa;   /* Out of RMI_SHIM_ALLOC, into RMI_SHIM_FREE. */
};

#define RMI_SHIM_NUM_REGS 18

/* One call: x[0] is the function identifier, and then the result. */
struct rmi_shim_call {
	__u32 pe;
	__u32 reserved;
	__u64 x[RMI_SHIM_NUM_REGS];
};

/* The virtual CPU interface of a PE. */
struct rmi_shim_ich {
	__u64 hcr;
	__u64 vmcr;
	__u64 misr; /* Out only, and the next two. */
	__u64 eisr;
	__u64 elrsr;
	__u64 ap0r[4];
	__u64 ap1r[4];
	__u64 lr[16];
};

/* RMI_REC_ENTER with the virtual CPU interface around it. */
struct rmi_shim_enter {
	struct rmi_shim_call call;
	struct rmi_shim_ich ich;
};

/* Who has a page, as far as the driver knows. All but the first cannot be touched. */
enum rmi_shim_page {
	RMI_SHIM_PAGE_NORMAL = 0,
	RMI_SHIM_PAGE_DELEGATED = 1, /* Delegated; perhaps data of a Realm. */
	RMI_SHIM_PAGE_RD = 2,
	RMI_SHIM_PAGE_REC = 3,
	RMI_SHIM_PAGE_RTT = 4,
	RMI_SHIM_PAGE_DONATED = 5, /* Given to a stateful operation, and what it made of it. */
	RMI_SHIM_PAGE_UNKNOWN = 6, /* An operation on it is not finished, or ended in doubt. */
};

struct rmi_shim_pages {
	__u64 pa;
	__u64 count;  /* Pages, at most RMI_SHIM_MAX_PAGES. */
	__u64 states; /* Pointer to count bytes, enum rmi_shim_page each. */
};

#define RMI_SHIM_MAX_PAGES (1u << 20)

/* A REC that runs on the PE, or is entered there next, exits with an interrupt; once. */
struct rmi_shim_kick {
	__u32 pe;
	__u32 reserved;
};

#define RMI_SHIM_INFO  _IOR('R', 0x80, struct rmi_shim_info)
#define RMI_SHIM_ALLOC _IOWR('R', 0x81, struct rmi_shim_chunk)
#define RMI_SHIM_FREE  _IOW('R', 0x82, struct rmi_shim_chunk)
#define RMI_SHIM_CALL  _IOWR('R', 0x83, struct rmi_shim_call)
#define RMI_SHIM_ENTER _IOWR('R', 0x84, struct rmi_shim_enter)
#define RMI_SHIM_PAGES _IOW('R', 0x85, struct rmi_shim_pages)
#define RMI_SHIM_KICK  _IOW('R', 0x86, struct rmi_shim_kick)

/*
 * The loopback device: one process attaches and is the RMM. It maps the memory that
 * RMI_LOOPBACK_ATTACH names, whole or in part, and answers what RMI_LOOPBACK_RECV returns, from
 * any number of threads. When it closes the device its RMM is gone.
 */
struct rmi_loopback_attach {
	__u64 size; /* In: bytes of memory. */
	__u64 pa;   /* Out */
	__u32 revision;
	__u32 num_pes;
	__u32 num_lrs;
	__u32 reserved;
	__u64 ich_vtr;
	__u64 counter_hz;
};

enum rmi_loopback_kind {
	RMI_LOOPBACK_CALL = 0,
	RMI_LOOPBACK_ENTER = 1, /* With the virtual CPU interface. */
	RMI_LOOPBACK_KICK = 2,  /* Not to be answered. */
};

struct rmi_loopback_msg {
	__u64 seq; /* Into RMI_LOOPBACK_SEND: what RMI_LOOPBACK_RECV said. */
	__u32 kind;
	__u32 reserved;
	struct rmi_shim_call call;
	struct rmi_shim_ich ich;
};

#define RMI_LOOPBACK_ATTACH _IOWR('R', 0x90, struct rmi_loopback_attach)
#define RMI_LOOPBACK_RECV   _IOR('R', 0x91, struct rmi_loopback_msg)
#define RMI_LOOPBACK_SEND   _IOW('R', 0x92, struct rmi_loopback_msg)

#endif
