/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks the software RMM for its version. */
#include <stdio.h>

#include <rmi/rmi.h>

int main(void)
{
	struct rmi_error err;
	struct rmi *rmi = rmi_open("model:dram=16M,pes=1", &err);
	uint64_t x0, higher;

	if (rmi == NULL) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	x0 = rmi_version(rmi_pe(rmi, 0), RMI_ABI_VERSION, NULL, &higher);
	printf("version %u.%u\n", (unsigned)(higher >> 16), (unsigned)(higher & 0xffff));
	rmi_close(rmi);
	return x0 == RMI_SUCCESS && higher == RMI_ABI_VERSION ? 0 : 1;
}
