/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file status.h
 * RmiResult, the value of X0 after an RMI command (DEN0137 B4.6.73 to B4.6.76, B4.6.92).
 */
#ifndef RMI_ABI_STATUS_H
#define RMI_ABI_STATUS_H

#include <stdbool.h>
#include <stdint.h>

/** RmiStatusCode (B4.6.92), X0[7:0]. */
enum rmi_status_code {
	RMI_SUCCESS = 0,
	RMI_ERROR_INPUT = 1,
	RMI_ERROR_REALM = 2,
	RMI_ERROR_REC = 3,
	RMI_ERROR_RTT = 4,
	RMI_ERROR_NOT_SUPPORTED = 5,
	RMI_ERROR_DEVICE = 6,
	RMI_ERROR_RTT_AUX = 7,
	RMI_ERROR_PSMMU_ST = 8,
	RMI_ERROR_DPT = 9,
	RMI_BUSY = 10,
	RMI_ERROR_GLOBAL = 11,
	RMI_ERROR_TRACKING = 12,
	RMI_INCOMPLETE = 13,
	RMI_BLOCKED = 14,
	RMI_ERROR_GPT = 15,
	RMI_ERROR_GRANULE = 16,
};

#define RMI_NUM_STATUS_CODES 17

/** RmiOpMemReq (B4.6.42): what an incomplete operation wants next. */
enum rmi_op_mem_req {
	RMI_OP_MEM_REQ_NONE = 0,
	RMI_OP_MEM_REQ_DONATE = 1,
	RMI_OP_MEM_REQ_RECLAIM = 2,
};

/** X0 = RmiResult with a status and no data. */
static inline uint64_t rmi_result(enum rmi_status_code status)
{
	return (uint64_t)status;
}

/**
 * X0 = RmiResult with a status that carries an RTT level (RMI_ERROR_RTT, RMI_ERROR_RTT_AUX,
 * RMI_ERROR_DPT, RMI_ERROR_PSMMU_ST). Level -1 is encoded as 0xff.
 */
static inline uint64_t rmi_result_level(enum rmi_status_code status, int level)
{
	return (uint64_t)status | (((uint64_t)level & 0xff) << 8);
}

/** X0 = RmiResult of an operation that is not finished (RmiResultDataIncomplete, B4.6.74). */
static inline uint64_t rmi_result_incomplete(enum rmi_op_mem_req mem, bool can_cancel)
{
	return (uint64_t)RMI_INCOMPLETE | ((uint64_t)mem << 8) | ((uint64_t)can_cancel << 10);
}

/** Status of a result word. Values above RMI_ERROR_GRANULE are reserved. */
static inline enum rmi_status_code rmi_status(uint64_t x0)
{
	return (enum rmi_status_code)(x0 & 0xff);
}

/** RTT level of a result word, -1..3. Meaningful for statuses that carry a level. */
static inline int rmi_level(uint64_t x0)
{
	return (int)(int8_t)((x0 >> 8) & 0xff);
}

/** Memory request of a result word whose status is RMI_INCOMPLETE. */
static inline enum rmi_op_mem_req rmi_memreq(uint64_t x0)
{
	return (enum rmi_op_mem_req)((x0 >> 8) & 3);
}

/** Whether the operation behind a result word whose status is RMI_INCOMPLETE can be cancelled. */
static inline bool rmi_can_cancel(uint64_t x0)
{
	return ((x0 >> 10) & 1) != 0;
}

/** Whether X0[15:8] of a result with this status is an RTT level. */
static inline bool rmi_status_has_level(enum rmi_status_code status)
{
	return status == RMI_ERROR_RTT || status == RMI_ERROR_RTT_AUX || status == RMI_ERROR_DPT ||
	       status == RMI_ERROR_PSMMU_ST;
}

#endif
