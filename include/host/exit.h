/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file exit.h
 * Why realm_vcpu_run() returned. Numeric values are those of KVM.
 */
#ifndef HOST_EXIT_H
#define HOST_EXIT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why a vCPU stopped. */
enum realm_exit_reason {
	/** Nothing to handle; error says why the vCPU did not go on. */
	REALM_EXIT_UNKNOWN = 0,
	/** The Realm made a host call (RSI_HOST_CALL): see hypercall. */
	REALM_EXIT_HYPERCALL = 3,
	/** The Realm accessed a shared IPA where there is neither RAM nor a device: see mmio. */
	REALM_EXIT_MMIO = 6,
	/** The Realm runs no more: it was stopped or switched off, or every vCPU is off. */
	REALM_EXIT_SHUTDOWN = 8,
	/** realm_vcpu_kick() was called; error is -EINTR. */
	REALM_EXIT_INTR = 10,
	/** The RMM answered what it should not have; the Realm is dead. See internal. */
	REALM_EXIT_INTERNAL_ERROR = 17,
	/** The Realm called PSCI SYSTEM_OFF or SYSTEM_RESET: see system_event. */
	REALM_EXIT_SYSTEM_EVENT = 24,
	/**
	 * The Realm wants memory to be private or shared: see memory_fault. error is -EFAULT.
	 * realm_set_attributes() does what it wants; every RIPAS change is announced like this,
	 * even if nothing has to be done. Other values of error: -EHWPOISON private memory whose
	 * content the Host has taken away, which no attribute brings back; -ENOMEM.
	 */
	REALM_EXIT_MEMORY_FAULT = 39,
};

/** Name of a reason: "MMIO". Static storage; "?" for a number that is none. */
const char *realm_exit_name(enum realm_exit_reason reason);

/** Kinds of REALM_EXIT_SYSTEM_EVENT. */
enum realm_system_event {
	REALM_SYSTEM_EVENT_SHUTDOWN = 1, /**< PSCI SYSTEM_OFF */
	REALM_SYSTEM_EVENT_RESET = 2,    /**< PSCI SYSTEM_RESET; the Realm must be made anew. */
};

/** One exit. What the VMM changes in it is used by the next realm_vcpu_run(). */
struct realm_exit {
	enum realm_exit_reason reason;
	/**
	 * 0, or a negative errno value: -EINTR, -EFAULT, -EHWPOISON and -ENOMEM as above; -EAGAIN
	 * run again; -EBUSY another thread runs this vCPU; -EINVAL the Realm asked for a senseless
	 * RIPAS change, which is rejected when the vCPU goes on; -EIO the Realm is dead. On the
	 * first run: what kept the Realm from being activated.
	 */
	int error;
	union {
		struct {
			uint64_t gpa;
			unsigned size; /**< 1, 2, 4 or 8 bytes. */
			bool is_write;
			/** Written by the Realm; for a read, to be filled in by the VMM. */
			uint64_t data;
		} mmio;
		struct {
			uint16_t imm;
			/** x0..x30 of the host call; the Realm receives what the VMM leaves. */
			uint64_t gprs[31];
		} hypercall;
		struct {
			uint64_t gpa;
			uint64_t size;
			bool is_private; /**< What the Realm wants. */
			/**
			 * It has asked (RSI_IPA_STATE_SET) rather than tried. What is no RAM is
			 * refused when the vCPU goes on.
			 */
			bool is_request;
		} memory_fault;
		struct {
			enum realm_system_event type;
		} system_event;
		struct {
			uint64_t result; /**< X0 of RMI_REC_ENTER. */
			uint8_t exit_reason;
			uint64_t esr;
		} internal;
	};
};

#ifdef __cplusplus
}
#endif

#endif
