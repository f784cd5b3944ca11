/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RMM of this process for the clients of the Linux driver in loopback mode: calls come from
 * /dev/rmi-loopback, and the memory of the RMM is what the driver gives out to its clients.
 */
#ifndef LIBRMI_SERVE_LOOPBACK_H
#define LIBRMI_SERVE_LOOPBACK_H

#include <stdbool.h>

#include <rmi/error.h>

struct serve_loopback_options {
	const char *device;  /* "/dev/rmi-loopback" */
	const char *backend; /* "model:dram=64M"; dram_base is the driver's business. */
	int stop_fd;         /* Readable when the server shall stop. */
	/* Called when clients can come; NULL: nobody wants to know. */
	void (*ready)(unsigned num_pes, unsigned long long bytes);
};

/*
 * Serves until stop_fd is readable. Returns false with *err filled in when it cannot, or when the
 * driver is gone.
 */
bool serve_loopback(const struct serve_loopback_options *options, struct rmi_error *err);

#endif
