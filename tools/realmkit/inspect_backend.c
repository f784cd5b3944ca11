/* SPDX-License-Identifier: BSD-3-Clause */
/* What an RMM holds that is there already, as far as every backend can tell. */
#include <inttypes.h>
#include <string.h>

#include "inspect.h"

/* Adjacent granules in one state. */
struct held_run {
	uint64_t base, top;
	const char *state;
};

static void print_run(const struct held_run *run)
{
	char size[32];

	if (run->state != NULL)
		(void)printf("  0x%010" PRIx64 "  %-9s  %s\n", run->base,
		             tool_size(size, run->top - run->base), run->state);
}

static void print_granules(struct rmi *rmi)
{
	uint64_t granule = rmi_granule_size(rmi);
	struct held_run run = {.state = NULL};
	uint64_t from = 0, pa;
	const char *state;

	if (granule == 0)
		granule = 0x1000;
	(void)printf("granules: %" PRIu64 " held\n", rmi_audit(rmi, NULL));
	for (; rmi_next_held_granule(rmi, from, &pa, &state); from = pa + 1) {
		if (run.state == NULL || pa != run.top || strcmp(state, run.state) != 0) {
			print_run(&run);
			run = (struct held_run){.base = pa, .state = state};
		}
		run.top = pa + granule;
	}
	print_run(&run);
}

static void print_operations(struct rmi *rmi)
{
	uint64_t handle;

	for (unsigned i = 0; rmi_open_operation(rmi, i, &handle); i++)
		(void)printf("stateful operation 0x%" PRIx64 "\n", handle);
}

int inspect_backend(const char *backend)
{
	/* Others may have all PEs, and this one makes no calls. */
	bool only_looks = strncmp(backend, "remote:", 7) == 0 && strstr(backend, ",pes=") == NULL;
	struct rmi_memory memory;
	struct rmi_error err;
	struct rmi *rmi = rmi_open_fmt(&err, "%s%s", backend, only_looks ? ",pes=0" : "");
	char size[32];

	if (rmi == NULL) {
		tool_error("%s", err.text);
		return TOOL_FAILURE;
	}
	memory = rmi_memory(rmi);
	(void)printf("RMM behind %s, %s\n", rmi_backend_name(rmi),
	             rmi_revision_name(rmi_revision(rmi)));
	(void)printf("  DRAM     0x%" PRIx64 ", %s in granules of", memory.base,
	             tool_size(size, memory.size));
	(void)printf(" %s\n", tool_size(size, rmi_granule_size(rmi)));
	print_granules(rmi);
	print_operations(rmi);
	rmi_close(rmi);
	return TOOL_SUCCESS;
}
