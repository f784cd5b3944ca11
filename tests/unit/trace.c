/* SPDX-License-Identifier: BSD-3-Clause */
/* The text trace: calls in words. */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rmi/backend.h>
#include <rmi/trace.h>

#include "cmocka_test.h"
#include "fake_backend.h"

/* A connection to a fake backend whose trace can be read. */
struct traced {
	struct fake fake;
	struct rmi *rmi;
	struct rmi_pe *pe;
	char *text;
	size_t size;
	FILE *out;
};

static struct traced *begin(enum rmi_revision revision)
{
	struct traced *traced = calloc(1, sizeof(*traced));

	assert_non_null(traced);
	fake_init(&traced->fake, revision);
	traced->rmi = rmi_open_backend(&traced->fake.backend, NULL);
	assert_non_null(traced->rmi);
	traced->pe = rmi_pe(traced->rmi, 0);
	traced->out = open_memstream(&traced->text, &traced->size);
	assert_non_null(traced->out);
	assert_int_equal(rmi_trace_to(traced->rmi, traced->out, NULL), 0);
	return traced;
}

static void end(struct traced *traced)
{
	rmi_close(traced->rmi);
	assert_int_equal(fclose(traced->out), 0);
	free(traced->text);
	free(traced);
}

#define REGS(...) ((struct smccc_regs){{__VA_ARGS__}})

/* Makes a call that is answered so, and compares its line without the time at its end. */
static void assert_line(struct traced *traced, struct smccc_regs in, struct smccc_regs answer,
                        const char *line)
{
	char *times;

	rewind(traced->out);
	traced->fake.answer = answer;
	traced->fake.answer_count = 5;
	(void)rmi_call(traced->pe, &in);
	assert_int_equal(fflush(traced->out), 0);
	times = strstr(traced->text, "   ");
	assert_non_null(times);
	assert_non_null(strstr(times, " us\n"));
	*times = '\0';
	assert_string_equal(traced->text, line);
}

static void put_words(struct traced *traced, uint64_t pa, const uint64_t *words, size_t count)
{
	memcpy(fake_at(&traced->fake, pa), words, count * sizeof(words[0]));
}

static uint64_t desc(enum rmi_revision rev, unsigned gshift, uint64_t base, uint64_t count,
                     enum rmi_addr_block_size size, enum rmi_op_mem_state state)
{
	return rmi_addr_range_desc_encode(
	        rev, gshift,
	        (struct rmi_addr_range_desc){
	                .base = base, .count = count, .size = size, .state = state});
}

static void a_line_has_pe_name_arguments_result_and_time(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	t->pe = rmi_pe(t->rmi, 1);
	assert_line(t, REGS(SMC_RMI_REALM_ACTIVATE, 0x80003000), REGS(RMI_SUCCESS),
	            "[pe1] RMI_REALM_ACTIVATE rd=0x80003000 -> SUCCESS");
	end(t);
}

static void a_failed_mapping_shows_descriptor_and_level(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	uint64_t oaddr =
	        desc(RMI_REVISION_2_0_BET3, 12, 0x80140000, 1, RMI_PAGE_L3, RMI_OP_MEM_DELEGATED);

	(void)state;
	assert_line(t,
	            REGS(SMC_RMI_RTT_DATA_MAP, 0x80003000, 0x40000000, 0x40001000,
	                 RMI_ADDR_TYPE_SINGLE, oaddr),
	            REGS(rmi_result_level(RMI_ERROR_RTT, 1)),
	            "[pe0] RMI_RTT_DATA_MAP rd=0x80003000 base=0x40000000 top=0x40001000 "
	            "flags=single oaddr={4K x1 @0x80140000 delegated} -> ERROR_RTT level 1");
	end(t);
}

static void outputs_are_shown_on_success_only(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	assert_line(t, REGS(SMC_RMI_RTT_INIT_RIPAS, 0x80003000, 0x1000, 0x3000),
	            REGS(RMI_SUCCESS, 0x2000),
	            "[pe0] RMI_RTT_INIT_RIPAS rd=0x80003000 base=0x1000 top=0x3000 -> SUCCESS "
	            "out_top=0x2000");
	assert_line(t, REGS(SMC_RMI_RTT_INIT_RIPAS, 0x80003000, 0x1000, 0x3000),
	            REGS(RMI_ERROR_INPUT, 0x2000),
	            "[pe0] RMI_RTT_INIT_RIPAS rd=0x80003000 base=0x1000 top=0x3000 -> "
	            "ERROR_INPUT");
	assert_line(t, REGS(SMC_RMI_RTT_DESTROY, 0x80003000, 0, 2),
	            REGS(rmi_result_level(RMI_ERROR_RTT, -1), 0x1234, 0x40000000),
	            "[pe0] RMI_RTT_DESTROY rd=0x80003000 ipa=0x0 level=2 -> ERROR_RTT level -1 "
	            "top=0x40000000");
	assert_line(t, REGS(SMC_RMI_VERSION, 0x30000), REGS(RMI_ERROR_INPUT, 0x20000, 0x20000),
	            "[pe0] RMI_VERSION req=3.0 -> ERROR_INPUT lower=2.0 higher=2.0");
	end(t);
}

static void lists_are_read_from_memory(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET1);
	const uint64_t list[] = {
	        desc(RMI_REVISION_2_0_BET1, 12, 0x80140000, 2, RMI_PAGE_L3, RMI_OP_MEM_DELEGATED),
	        desc(RMI_REVISION_2_0_BET1, 12, 0x80200000, 1, RMI_BLOCK_L2,
	             RMI_OP_MEM_UNDELEGATED),
	};

	(void)state;
	put_words(t, FAKE_BASE + 0x1000, list, 2);
	assert_line(t,
	            REGS(SMC_RMI_RTT_DATA_MAP, 0x80003000, 0, 0x1000, RMI_ADDR_TYPE_LIST | 2 << 2,
	                 FAKE_BASE + 0x1000),
	            REGS(RMI_SUCCESS, 0x1000),
	            "[pe0] RMI_RTT_DATA_MAP rd=0x80003000 base=0x0 top=0x1000 flags=list x2 "
	            "oaddr=@0x80001000[{4K x2 @0x80140000 delegated} "
	            "{2M x1 @0x80200000 undelegated}] -> SUCCESS out_top=0x1000");
	assert_line(t,
	            REGS(SMC_RMI_RTT_DATA_UNMAP, 0x80003000, 0, 0x1000, RMI_ADDR_TYPE_LIST,
	                 FAKE_BASE + 0x1000),
	            REGS(RMI_SUCCESS, 0x1000, 99, 1),
	            "[pe0] RMI_RTT_DATA_UNMAP rd=0x80003000 base=0x0 top=0x1000 flags=list "
	            "oaddr=@0x80001000[{4K x2 @0x80140000 delegated}] -> SUCCESS out_top=0x1000 "
	            "out_count=1");
	assert_line(
	        t, REGS(SMC_RMI_RTT_DATA_UNMAP, 0x80003000, 0, 0x1000, RMI_ADDR_TYPE_SINGLE, 0),
	        REGS(RMI_SUCCESS, 0x1000, list[1], 99),
	        "[pe0] RMI_RTT_DATA_UNMAP rd=0x80003000 base=0x0 top=0x1000 flags=single "
	        "oaddr=0x0 -> SUCCESS out_top=0x1000 out_range={2M x1 @0x80200000 undelegated}");
	end(t);
}

static void memory_of_a_failed_call_is_not_read(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	assert_line(t,
	            REGS(SMC_RMI_RTT_DATA_MAP, 0x80003000, 0, 0x1000, RMI_ADDR_TYPE_LIST | 1 << 2,
	                 FAKE_BASE + 0x1000),
	            REGS(RMI_ERROR_INPUT),
	            "[pe0] RMI_RTT_DATA_MAP rd=0x80003000 base=0x0 top=0x1000 flags=list x1 "
	            "oaddr=@0x80001000 -> ERROR_INPUT");
	/* A list that leaves the window. */
	assert_line(t,
	            REGS(SMC_RMI_RTT_DATA_MAP, 0x80003000, 0, 0x1000, RMI_ADDR_TYPE_LIST | 2 << 2,
	                 FAKE_BASE + FAKE_SIZE - 8),
	            REGS(RMI_SUCCESS, 0),
	            "[pe0] RMI_RTT_DATA_MAP rd=0x80003000 base=0x0 top=0x1000 flags=list x2 "
	            "oaddr=@0x8000fff8 -> SUCCESS out_top=0x0");
	end(t);
}

static void a_long_list_is_cut_short(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	assert_line(
	        t, REGS(SMC_RMI_OP_MEM_DONATE, 1, FAKE_BASE, 7),
	        REGS(rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false), 7),
	        "[pe0] RMI_OP_MEM_DONATE handle=0x1 list_addr=@0x80000000[{4K x0 @0x0 delegated} "
	        "{4K x0 @0x0 delegated} {4K x0 @0x0 delegated} {4K x0 @0x0 delegated} and 3 more] "
	        "list_count=7 -> INCOMPLETE wants nothing donated_count=7");
	end(t);
}

static void an_operation_is_followed_to_the_outputs_of_its_command(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	uint64_t request = rmi_op_mem_donate_req_encode(
	        RMI_REVISION_2_0_BET3,
	        (struct rmi_op_mem_donate_req){.count = 3,
	                                       .size = RMI_BLOCK_L2,
	                                       .contig = RMI_OP_MEM_CONTIG,
	                                       .state = RMI_OP_MEM_CONDITIONAL});

	(void)state;
	assert_line(t, REGS(SMC_RMI_REC_CREATE, 1, 2, 3),
	            REGS(rmi_result_incomplete(RMI_OP_MEM_REQ_DONATE, true), 0x77, request),
	            "[pe0] RMI_REC_CREATE rd=0x1 rec_ptr=0x2 params_ptr=0x3 -> INCOMPLETE wants "
	            "donate, can cancel handle=0x77 donate_req={2M x3 conditional contiguous}");
	assert_line(
	        t, REGS(SMC_RMI_OP_MEM_RECLAIM, 0x77, FAKE_BASE, 512),
	        REGS(rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false), 0),
	        "[pe0] RMI_OP_MEM_RECLAIM handle=0x77 list_addr=@0x80000000[] list_count=512 -> "
	        "INCOMPLETE wants nothing reclaim_count=0");
	assert_line(t, REGS(SMC_RMI_OP_CONTINUE, 0x77, RMI_CONTINUE_FLAGS_BEYOND),
	            REGS(rmi_result_incomplete(RMI_OP_MEM_REQ_RECLAIM, false), 0x77),
	            "[pe0] RMI_OP_CONTINUE handle=0x77 flags=stop -> INCOMPLETE wants reclaim "
	            "handle=0x77");
	assert_line(t, REGS(SMC_RMI_OP_CONTINUE, 0x77, 0), REGS(RMI_SUCCESS),
	            "[pe0] RMI_OP_CONTINUE handle=0x77 flags=keep-going -> SUCCESS ends "
	            "RMI_REC_CREATE");
	/* The handle is forgotten, and may name another operation later. */
	assert_line(t, REGS(SMC_RMI_OP_CONTINUE, 0x77, 0), REGS(RMI_ERROR_INPUT),
	            "[pe0] RMI_OP_CONTINUE handle=0x77 flags=keep-going -> ERROR_INPUT");
	assert_line(t, REGS(SMC_RMI_GRANULE_RANGE_DELEGATE, 0x1000, 0x3000),
	            REGS(rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false), 0x77),
	            "[pe0] RMI_GRANULE_RANGE_DELEGATE base=0x1000 top=0x3000 -> INCOMPLETE wants "
	            "nothing handle=0x77");
	assert_line(t, REGS(SMC_RMI_OP_CONTINUE, 0x77, 0), REGS(RMI_SUCCESS, 0x3000),
	            "[pe0] RMI_OP_CONTINUE handle=0x77 flags=keep-going -> SUCCESS ends "
	            "RMI_GRANULE_RANGE_DELEGATE out_top=0x3000");
	end(t);
}

static void more_operations_than_are_remembered_do_no_harm(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	struct smccc_regs regs;

	(void)state;
	t->fake.answer_count = 2;
	for (uint64_t i = 0; i < 1000; i++) {
		regs = REGS(SMC_RMI_RMM_ACTIVATE);
		t->fake.answer = REGS(rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false), i);
		(void)rmi_call(t->pe, &regs);
	}
	assert_line(t, REGS(SMC_RMI_OP_CONTINUE, 999), REGS(RMI_SUCCESS),
	            "[pe0] RMI_OP_CONTINUE handle=0x3e7 flags=keep-going -> SUCCESS");
	end(t);
}

static struct rmi_rec_exit *exit_of(struct traced *t)
{
	struct rmi_rec_run *run = fake_at(&t->fake, FAKE_BASE + 0x2000);

	memset(run, 0, sizeof(*run));
	return &run->exit;
}

static void assert_exit(struct traced *t, const char *words)
{
	char line[256];

	(void)snprintf(
	        line, sizeof(line),
	        "[pe0] RMI_REC_ENTER rec_ptr=0x80004000 run_ptr=0x80002000 -> SUCCESS exit=%s",
	        words);
	assert_line(t, REGS(SMC_RMI_REC_ENTER, 0x80004000, FAKE_BASE + 0x2000), REGS(RMI_SUCCESS),
	            line);
}

static void exits_of_a_rec_are_put_in_words(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	struct rmi_rec_exit *exit = exit_of(t);

	(void)state;
	exit->esr = UINT64_C(0x93c08046);
	exit->hpfar = UINT64_C(0x40001) << 4;
	exit->far = 0x8;
	assert_exit(t, "SYNC{data abort ipa=0x40001008 write esr=0x93c08046}");
	exit->esr = UINT64_C(0x92000006);
	exit->far = 0;
	assert_exit(t, "SYNC{data abort ipa=0x40001000 esr=0x92000006}");
	exit->esr = UINT64_C(0x82000006);
	assert_exit(t, "SYNC{instruction abort ipa=0x40001000 esr=0x82000006}");
	exit->esr = UINT64_C(0x06000000);
	assert_exit(t, "SYNC{WFI esr=0x6000000}");
	exit = exit_of(t);
	exit->exit_reason = RMI_EXIT_IRQ;
	assert_exit(t, "IRQ");
	exit->exit_reason = RMI_EXIT_PSCI;
	exit->gprs[0] = SMC32_PSCI_SYSTEM_OFF;
	assert_exit(t, "PSCI{fid=0x84000008 x1=0x0 x2=0x0}");
	exit->exit_reason = RMI_EXIT_RIPAS_CHANGE;
	exit->ripas_base = 0x1000;
	exit->ripas_top = 0x2000;
	exit->ripas_value = RMI_RIPAS_RAM;
	assert_exit(t, "RIPAS_CHANGE{base=0x1000 top=0x2000 ripas=RAM}");
	exit->exit_reason = RMI_EXIT_HOST_CALL;
	exit->imm = 7;
	assert_exit(t, "HOST_CALL{imm=7}");
	exit->exit_reason = 200;
	assert_exit(t, "200");
	end(t);
}

static void an_identifier_nobody_knows_is_shown_in_hexadecimal(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	assert_line(t, REGS(0xc4000151, 1, 0, 3), REGS(SMCCC_NOT_SUPPORTED, 1, 0, 3),
	            "[pe0] 0xc4000151 x1=0x1 x3=0x3 -> SMCCC_NOT_SUPPORTED");
	assert_line(t, REGS(0x80000000), REGS(0x10002), "[pe0] 0x80000000 -> 0x10002");
	assert_line(t, REGS(0xC4000176, 5), REGS(RMI_ERROR_NOT_SUPPORTED),
	            "[pe0] RMI_PDEV_CREATE x1=0x5 -> ERROR_NOT_SUPPORTED");
	end(t);
}

static void revisions_differ_in_psci_complete(void **state)
{
	struct traced *bet1 = begin(RMI_REVISION_2_0_BET1);
	struct traced *bet3 = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	assert_line(bet1, REGS(SMC_RMI_PSCI_COMPLETE, 1, 2, psci_return(PSCI_DENIED)),
	            REGS(RMI_SUCCESS),
	            "[pe0] RMI_PSCI_COMPLETE calling_rec_ptr=0x1 target_rec_ptr=0x2 status=DENIED "
	            "-> SUCCESS");
	assert_line(bet3, REGS(SMC_RMI_PSCI_COMPLETE, 1, psci_return(PSCI_SUCCESS)),
	            REGS(RMI_SUCCESS),
	            "[pe0] RMI_PSCI_COMPLETE calling_rec_ptr=0x1 status=SUCCESS -> SUCCESS");
	end(bet1);
	end(bet3);
}

static void a_status_that_is_none_of_psci_is_shown_as_it_is(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);

	(void)state;
	assert_line(t, REGS(SMC_RMI_PSCI_COMPLETE, 1, 0x1234), REGS(RMI_ERROR_INPUT),
	            "[pe0] RMI_PSCI_COMPLETE calling_rec_ptr=0x1 status=0x1234 -> ERROR_INPUT");
	assert_line(t, REGS(SMC_RMI_PSCI_COMPLETE, 1, UINT64_MAX - 9), REGS(RMI_ERROR_INPUT),
	            "[pe0] RMI_PSCI_COMPLETE calling_rec_ptr=0x1 status=0xfffffffffffffff6 -> "
	            "ERROR_INPUT");
	end(t);
}

static void the_granule_size_is_learnt_from_the_configuration(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	struct rmi_rmm_config *config = fake_at(&t->fake, FAKE_BASE);
	uint64_t oaddr =
	        desc(RMI_REVISION_2_0_BET3, 16, 0x90000000, 9, RMI_PAGE_L3, RMI_OP_MEM_DELEGATED);

	(void)state;
	config->rmi_granule_size = RMI_GRANULE_SIZE_64KB;
	assert_line(t, REGS(SMC_RMI_RMM_CONFIG_SET, FAKE_BASE), REGS(RMI_SUCCESS),
	            "[pe0] RMI_RMM_CONFIG_SET cfg_ptr=0x80000000 -> SUCCESS");
	assert_line(t, REGS(SMC_RMI_RTT_DATA_MAP, 1, 0, 0, RMI_ADDR_TYPE_SINGLE, oaddr),
	            REGS(RMI_BUSY),
	            "[pe0] RMI_RTT_DATA_MAP rd=0x1 base=0x0 top=0x0 flags=single "
	            "oaddr={64K x9 @0x90000000 delegated} -> BUSY");
	end(t);
}

static void flags_and_states_are_put_in_words(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	uint64_t flags = RMI_FIELD_SET(RMI_ADDR_TYPE_SINGLE, RMI_RTT_MAP_FLAGS_OADDR_TYPE) |
	                 RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	                 RMI_FIELD_SET(RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
	                               RMI_RTT_UNPROT_MAP_FLAGS_S2AP);

	(void)state;
	assert_line(t, REGS(SMC_RMI_RTT_UNPROT_MAP, 1, 0, 0x1000, flags, 0x80001004),
	            REGS(RMI_SUCCESS, 0x1000),
	            "[pe0] RMI_RTT_UNPROT_MAP rd=0x1 base=0x0 top=0x1000 flags=single,normal-wb,rw "
	            "oaddr={4K x1 @0x80001000 delegated} -> SUCCESS out_top=0x1000");
	assert_line(t, REGS(SMC_RMI_RTT_READ_ENTRY, 1, 0x1000, 3),
	            REGS(RMI_SUCCESS, 3, RMI_RTTE_DATA, 0x80001000, RMI_RIPAS_DESTROYED),
	            "[pe0] RMI_RTT_READ_ENTRY rd=0x1 ipa=0x1000 level=3 -> SUCCESS walk_level=3 "
	            "state=DATA desc=0x80001000 ripas=DESTROYED");
	assert_line(t, REGS(SMC_RMI_GRANULE_TRACKING_GET, 0x80000000),
	            REGS(RMI_SUCCESS, RMI_MEM_CATEGORY_DEV_COH, RMI_TRACKING_FINE),
	            "[pe0] RMI_GRANULE_TRACKING_GET addr=0x80000000 -> SUCCESS category=DEV_COH "
	            "state=FINE");
	assert_line(t, REGS(SMC_RMI_RTT_DATA_MAP_INIT, 1, 2, 3, 4, 0x81), REGS(RMI_ERROR_INPUT),
	            "[pe0] RMI_RTT_DATA_MAP_INIT rd=0x1 data=0x2 ipa=0x3 src=0x4 "
	            "flags=measure+0x80 -> ERROR_INPUT");
	assert_line(t, REGS(SMC_RMI_RTT_AUX_PROT_MAP, 1, 0, 0x1000, 0x106),
	            REGS(rmi_result_level(RMI_ERROR_RTT_AUX, 2)),
	            "[pe0] RMI_RTT_AUX_PROT_MAP rd=0x1 base=0x0 top=0x1000 "
	            "flags=tree 2,block+0x100 -> ERROR_RTT_AUX level 2");
	assert_line(t, REGS(SMC_RMI_RMM_STATE_GET), REGS(RMI_SUCCESS, RMI_RMM_STATE_ACTIVE),
	            "[pe0] RMI_RMM_STATE_GET -> SUCCESS state=ACTIVE");
	assert_line(t, REGS(SMC_RMI_RTT_CREATE, 1, 2, 3, UINT64_MAX), REGS(0x1234567800000011),
	            "[pe0] RMI_RTT_CREATE rd=0x1 rtt=0x2 ipa=0x3 level=-1 -> 0x1234567800000011");
	end(t);
}

static void the_environment_switches_the_trace_on(void **state)
{
	char path[] = "/tmp/realmkit-trace-XXXXXX", line[128] = "";
	int fd = mkstemp(path);
	struct fake fake;
	struct rmi *rmi;
	FILE *in;

	(void)state;
	assert_true(fd >= 0);
	fake_init(&fake, RMI_REVISION_2_0_BET3);
	assert_int_equal(setenv("RMI_TRACE", "text:/nonexistent/trace", 1), 0);
	assert_null(rmi_open_backend(&fake.backend, NULL));
	(void)snprintf(line, sizeof(line), "text:%s", path);
	assert_int_equal(setenv("RMI_TRACE", line, 1), 0);
	rmi = rmi_open_backend(&fake.backend, NULL);
	assert_int_equal(unsetenv("RMI_TRACE"), 0);
	assert_non_null(rmi);
	fake.answer_count = 1;
	(void)rmi_op_cancel(rmi_pe(rmi, 0), 5);
	rmi_close(rmi);
	in = fdopen(fd, "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	*strstr(line, "   ") = '\0';
	assert_string_equal(line, "[pe0] RMI_OP_CANCEL handle=0x5 -> SUCCESS");
	assert_int_equal(fclose(in), 0);
	assert_int_equal(unlink(path), 0);
}

static void *call_often(void *arg)
{
	for (unsigned i = 0; i < 500; i++)
		(void)rmi_features(arg, 1, NULL);
	return NULL;
}

static void lines_of_two_threads_do_not_mix(void **state)
{
	struct traced *t = begin(RMI_REVISION_2_0_BET3);
	pthread_t other;
	unsigned lines = 0;

	(void)state;
	t->fake.answer_count = 0;
	assert_int_equal(pthread_create(&other, NULL, call_often, rmi_pe(t->rmi, 1)), 0);
	(void)call_often(t->pe);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(fflush(t->out), 0);
	for (char *line = strtok(t->text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
		assert_memory_equal(line, "[pe", 3);
		assert_memory_equal(line + 4, "] RMI_FEATURES index=1 -> ", 26);
		assert_string_equal(line + strlen(line) - 3, " us");
	}
	assert_int_equal(lines, 1000);
	end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_line_has_pe_name_arguments_result_and_time),
	        cmocka_unit_test(a_failed_mapping_shows_descriptor_and_level),
	        cmocka_unit_test(outputs_are_shown_on_success_only),
	        cmocka_unit_test(lists_are_read_from_memory),
	        cmocka_unit_test(memory_of_a_failed_call_is_not_read),
	        cmocka_unit_test(a_long_list_is_cut_short),
	        cmocka_unit_test(an_operation_is_followed_to_the_outputs_of_its_command),
	        cmocka_unit_test(more_operations_than_are_remembered_do_no_harm),
	        cmocka_unit_test(exits_of_a_rec_are_put_in_words),
	        cmocka_unit_test(an_identifier_nobody_knows_is_shown_in_hexadecimal),
	        cmocka_unit_test(revisions_differ_in_psci_complete),
	        cmocka_unit_test(a_status_that_is_none_of_psci_is_shown_as_it_is),
	        cmocka_unit_test(the_granule_size_is_learnt_from_the_configuration),
	        cmocka_unit_test(flags_and_states_are_put_in_words),
	        cmocka_unit_test(the_environment_switches_the_trace_on),
	        cmocka_unit_test(lines_of_two_threads_do_not_mix),
	};

	(void)unsetenv("RMI_TRACE");
	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
