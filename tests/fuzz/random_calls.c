/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * random_calls [--calls N] [--seed N] [--conf CONF] [--spec REVISION] [--quiet]
 *
 * Makes random calls, with garbage, with arguments that are nearly right, and with arguments that
 * are right but for one condition; after each of them granule states and reference counts are held
 * against a walk of all objects (rmm_check()), and registers that are no outputs against what went
 * in. One call of 1024 is also checked for traces that an error leaves in memory.
 *
 * Prints at the end which command gave which answers how often, and for each failure condition how
 * often it was aimed at and how often the answer was the status of its row. The run fails when a
 * command did not succeed often enough to have been tried in earnest, and, if it was long enough
 * and not about one RMM only, when a condition that can be met was not.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/format.h>

#include "fuzz.h"

/** Calls with the same RMM. */
#define EPISODE 10000

/** RMMs that the calls are spread over, in both revisions. Small DRAM keeps the walk short. */
static const struct {
	const char *conf;
	unsigned calls;
	enum rmi_granule_size granule; /**< What RMI_RMM_CONFIG_SET chooses. */
} confs[] = {
        {"model:dram=2M,pes=4", EPISODE, RMI_GRANULE_SIZE_4KB},
        {"model:dram=4M,pes=4,rec_aux=16,cancel=0,pat_valid=0", EPISODE, RMI_GRANULE_SIZE_4KB},
        {"model:dram=2M,pes=4,rec_aux=5,donate=contig,sro_contexts=3,s2sz=44", EPISODE,
         RMI_GRANULE_SIZE_4KB},
        {"model:dram=4M,pes=4,lpa2=1,s2sz=52,vmids=3,planes=1,dram_base=0xffffffe00000", EPISODE,
         RMI_GRANULE_SIZE_4KB},
        {"model:dram=4M,pes=4,policy=hostile,seed=1", EPISODE, RMI_GRANULE_SIZE_4KB},
        {"model:dram=8M,pes=4,granule=4K+16K+64K", EPISODE, RMI_GRANULE_SIZE_16KB},
        {"model:dram=32M,pes=4,granule=4K+16K+64K,policy=hostile,seed=3", EPISODE,
         RMI_GRANULE_SIZE_64KB},
        {"model:dram=4M,pes=4,rec_aux=2,tracking=coarse,dram_base=0x7fe00000", EPISODE,
         RMI_GRANULE_SIZE_4KB},
        {"model:dram=4M,pes=4,tracking=none,gpt=block,dram_base=0x7fe00000", EPISODE / 2,
         RMI_GRANULE_SIZE_4KB},
        {"model:dram=2M,pes=4,gpt=block,gpt_unfold=0,pat_valid=0,rmm_aux=2", EPISODE / 10,
         RMI_GRANULE_SIZE_4KB},
        {"model:dram=4M,pes=4,planes=3", EPISODE, RMI_GRANULE_SIZE_4KB},
        {"model:dram=4M,pes=4,planes=2,policy=hostile,seed=5", EPISODE, RMI_GRANULE_SIZE_4KB},
        {"model:dram=2M,pes=4,rec_aux=1,max_recs_order=2,gpt=table", EPISODE, RMI_GRANULE_SIZE_4KB},
        {"model:dram=16M,pes=4,rec_aux=2,realm_aux=1,donate=block", EPISODE, RMI_GRANULE_SIZE_4KB},
};

#define NUM_CONFS (sizeof(confs) / sizeof(confs[0]))

/** Calls after which every command must have succeeded now and then. */
#define SERIOUS   300000

/** Calls in one revision after which every condition must have been met. */
#define ENOUGH    1000000

struct options {
	uint64_t calls;
	uint64_t seed;
	const char *conf;
	const char *spec; /**< The only revision, or NULL. */
	enum rmi_revision revision;
	bool quiet;
};

/** Episode number @p i of a run: each RMM in one revision, then in the other. */
static void next_episode(struct fuzz *f, const struct options *o, unsigned i)
{
	enum rmi_revision rev = o->spec ? o->revision : (enum rmi_revision)(i / NUM_CONFS % 2);
	uint64_t left = o->calls - f->calls;
	unsigned which = i % NUM_CONFS;
	uint64_t calls = o->conf ? EPISODE : confs[which].calls;
	uint64_t end;
	char conf[160];

	if (calls > left)
		calls = left;
	if (o->conf)
		snprintf(conf, sizeof(conf), "%s", o->conf);
	else
		snprintf(conf, sizeof(conf), "%s,spec=%s", confs[which].conf,
		         rmi_revision_name(rev));
	end = f->calls + calls;
	fuzz_begin(f, conf, o->conf ? RMI_GRANULE_SIZE_4KB : confs[which].granule);
	while (f->calls < end)
		fuzz_step(f);
	fuzz_end(f);
}

static void print_counts(const struct fuzz_count *counts, size_t count, bool rsi)
{
	static const char *const rsi_names[] = {"SUCCESS",    "ERROR_INPUT",   "ERROR_STATE",
	                                        "INCOMPLETE", "ERROR_UNKNOWN", "ERROR_DEVICE"};

	for (size_t i = 0; i < count; i++) {
		printf("%-32s", counts[i].name);
		for (unsigned j = 0; j < FUZZ_NUM_ANSWERS; j++) {
			const char *name = "other";

			if (!counts[i].answers[j])
				continue;
			if (j == FUZZ_NUM_ANSWERS - 2)
				name = "NOT_SUPPORTED(-1)";
			else if (j < RMI_NUM_STATUS_CODES && rsi)
				name = j < 6 ? rsi_names[j] : "other";
			else if (j < RMI_NUM_STATUS_CODES)
				name = rmi_status_name(j);
			printf(" %s %" PRIu64, name, counts[i].answers[j]);
		}
		printf("\n");
	}
}

/** Successes that a command must have had in so many calls. */
static uint64_t wanted(uint32_t fid, uint64_t calls)
{
	switch (fid) {
	case SMC_RMI_RMM_CONFIG_SET:
	case SMC_RMI_RMM_ACTIVATE:
	case SMC_RMI_RMM_DEACTIVATE:
	case SMC_RMI_GRANULE_TRACKING_SET:
		/* A few in each episode at best. */
		return calls / 200000;
	case SMC_RMI_GPT_L1_CREATE:
	case SMC_RMI_GPT_L1_DESTROY:
	case SMC_RMI_RTT_AUX_CREATE:
	case SMC_RMI_RTT_AUX_DESTROY:
	case SMC_RMI_RTT_AUX_FOLD:
	case SMC_RMI_RTT_AUX_PROT_MAP:
	case SMC_RMI_RTT_AUX_PROT_UNMAP:
	case SMC_RMI_RTT_AUX_UNPROT_MAP:
	case SMC_RMI_RTT_AUX_UNPROT_UNMAP:
	case SMC_RMI_RTT_SET_S2AP:
	case SMC_RSI_MEM_GET_PERM_VALUE:
	case SMC_RSI_MEM_SET_PERM_INDEX:
	case SMC_RSI_MEM_SET_PERM_VALUE:
	case SMC_RSI_PLANE_ENTER:
	case SMC_RSI_PLANE_SYSREG_READ:
	case SMC_RSI_PLANE_SYSREG_WRITE:
		/* Few RMMs have them; one success is enough, see fuzz_aim_report(). */
		return 0;
	case SMC_RSI_REALM_CONFIG:
	case SMC_RSI_HOST_CALL:
	case SMC_RSI_ATTESTATION_TOKEN_INIT:
		return calls / 100000;
	case SMC_RSI_ATTESTATION_TOKEN_CONTINUE:
		return calls / 1000000;
	case SMC_RMI_OP_CANCEL:
	case SMC_RMI_PSCI_COMPLETE:
		return calls / 50000;
	default:
		return calls / 10000;
	}
}

/** @return whether each command that the RMM has was tried in earnest */
static bool check_counts(const struct fuzz_count *counts, size_t count, uint64_t calls, bool rsi)
{
	bool ok = true;

	for (size_t i = 0; i + 1 < count; i++) {
		const struct fuzz_count *c = &counts[i];
		uint64_t refused = c->answers[FUZZ_NUM_ANSWERS - 2];
		uint64_t good = c->answers[RMI_SUCCESS];
		uint64_t all = 0;

		if (!rsi) {
			refused += c->answers[RMI_ERROR_NOT_SUPPORTED] + c->answers[RMI_BUSY] +
			           c->answers[RMI_BLOCKED];
			if (c->fid == SMC_RMI_OP_MEM_DONATE || c->fid == SMC_RMI_OP_MEM_RECLAIM ||
			    c->fid == SMC_RMI_OP_CANCEL)
				good += c->answers[RMI_INCOMPLETE];
			else
				refused += c->answers[RMI_INCOMPLETE];
		}
		for (unsigned j = 0; j < FUZZ_NUM_ANSWERS; j++)
			all += c->answers[j];
		if (refused == all || good >= wanted(c->fid, calls))
			continue;
		printf("%s succeeded only %" PRIu64 " times\n", c->name, good);
		ok = false;
	}
	return ok;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (*end || end == text) {
		fprintf(stderr, "random_calls: \"%s\" is not a number\n", text);
		exit(2);
	}
	return n;
}

static enum rmi_revision revision(const char *name)
{
	for (enum rmi_revision rev = 0; rev < FUZZ_NUM_REVISIONS; rev++)
		if (!strcmp(rmi_revision_name(rev), name))
			return rev;
	fprintf(stderr, "random_calls: \"%s\" is no revision\n", name);
	exit(2);
}

static void parse_options(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
	        {"calls", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 's'},
	        {"conf", required_argument, NULL, 'c'},  {"spec", required_argument, NULL, 'r'},
	        {"quiet", no_argument, NULL, 'q'},       {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			o->calls = number(optarg);
			break;
		case 's':
			o->seed = number(optarg);
			break;
		case 'c':
			o->conf = optarg;
			break;
		case 'r':
			o->spec = optarg;
			o->revision = revision(optarg);
			break;
		case 'q':
			o->quiet = true;
			break;
		default:
			fprintf(stderr, "usage: random_calls [--calls N] [--seed N] [--conf CONF]"
			                " [--spec REVISION] [--quiet]\n");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = {.calls = 1000000, .seed = 1};
	struct fuzz *f;
	bool ok = true;

	parse_options(&o, argc, argv);
	f = fuzz_new(o.seed);
	for (unsigned i = 0; f->calls < o.calls; i++)
		next_episode(f, &o, i);
	if (!o.quiet) {
		print_counts(f->rmi_counts, f->num_rmi_counts, false);
		print_counts(f->rsi_counts, f->num_rsi_counts, true);
	}
	/* Rare conditions need many calls. */
	ok = fuzz_aim_report(f, !o.quiet) || o.conf || f->calls < ENOUGH * (o.spec ? 1 : 2);
	if (!o.conf && f->calls >= SERIOUS) {
		ok = check_counts(f->rmi_counts, f->num_rmi_counts, f->calls, false) && ok;
		ok = check_counts(f->rsi_counts, f->num_rsi_counts, f->calls, true) && ok;
	}
	printf("%" PRIu64 " calls, seed %" PRIu64 ": %s\n", f->calls, o.seed,
	       ok ? "all objects agree" : "not tried in earnest");
	fuzz_free(f);
	return ok ? 0 : 1;
}
