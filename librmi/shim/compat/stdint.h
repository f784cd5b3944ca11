/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's integer types for the headers of include/rmi/abi. */
#ifndef RMI_SHIM_STDINT_H
#define RMI_SHIM_STDINT_H

#include <linux/limits.h>
#include <linux/types.h>

#ifndef UINT32_C
#define UINT32_C(n) n##U
#endif
#ifndef UINT64_C
#define UINT64_C(n) n##ULL
#endif

#endif
