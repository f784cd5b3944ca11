/* SPDX-License-Identifier: BSD-3-Clause */
/* Building a text in a buffer of limited size. */
#ifndef LIBRMI_FORMAT_H
#define LIBRMI_FORMAT_H

#include <rmi/format.h>

/* A text that grows; what does not fit is cut off. */
struct rmi_text {
	char *buf;
	size_t size;
	size_t used;
};

void rmi_text_add(struct rmi_text *text, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/* One argument or output. */
void rmi_text_value(struct rmi_text *text, const struct rmi_format *how, enum rmi_arg_type type,
                    uint64_t value);

/* Why a REC exited, read from its RmiRecRun. */
void rmi_text_exit(struct rmi_text *text, const struct rmi_format *how, uint64_t run_ptr);

/* The memory at a PA, or NULL when it is not all known. */
const void *rmi_format_memory(const struct rmi_format *how, uint64_t pa, uint64_t size);

#endif
