/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rmi/commands.h>
#include <rmi/format.h>
#include <rmi/model.h>
#include <rmm/watch.h>

#include "guest_image.h"
#include "tool.h"

/* Columns of a line: symbol and instruction. */
#define SYMBOL_WIDTH       26
#define INSTRUCTION_WIDTH  26

/* ESR_EL2 */
#define EC(esr)            ((unsigned)((esr) >> 26) & 0x3f)
#define EC_IABT            0x20
#define ESR_ISV            (UINT64_C(1) << 24)
#define ESR_WNR            (UINT64_C(1) << 6)
#define ESR_SAS(esr)       ((unsigned)((esr) >> 22) & 3)
#define ESR_SRT(esr)       ((unsigned)((esr) >> 16) & 31)
#define ESR_FSC(esr)       ((unsigned)(esr)&0x3f)
#define ESR_SYSREG_READ    UINT64_C(1)
#define ESR_SYSREG_RT(esr) ((unsigned)((esr) >> 5) & 31)

/* XZR */
#define NO_REGISTER        31u

/* SMC64 numbers of PSCI have this bit, and the command table lists those. */
#define PSCI_SMC64         UINT32_C(0x40000000)

/* What a vCPU has left with that it gets an answer to when it goes on. */
struct awaited {
	const struct rmi_command *call;
	bool is_read; /* A read of memory or of a system register. */
	unsigned rt;  /* The register that is read into. */
	uint64_t pc;
};

struct guest_trace {
	struct rmm *rmm;
	struct guest_image *image; /* NULL: it cannot be read. */
	const char *path;          /* NULL: standard error. */
	FILE *out;
	bool colour;
	struct rmi_format how;
	uint64_t begun_ns;
	pthread_mutex_t lock;    /* Of all below, the image and the output. */
	struct awaited *awaited; /* By index of the vCPU. */
	size_t num_awaited;
};

/* A line that grows. */
struct line {
	char text[2048];
	size_t used;
};

static void add(struct line *line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *fmt, ...)
{
	size_t left = sizeof(line->text) - line->used;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line->text + line->used, left, fmt, args);
	va_end(args);
	if (n > 0)
		line->used += (size_t)n < left ? (size_t)n : left - 1;
}

static const struct rmi_command *find(const struct rmi_command *table, size_t count, uint32_t fid)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].fid == fid)
			return &table[i];
	}
	return NULL;
}

/* What is neither RSI nor PSCI (DEN0028). */
static const struct rmi_command smccc_table[] = {
        {.name = "SMCCC_VERSION", .fid = SMCCC_VERSION_FID},
        {.name = "SMCCC_ARCH_FEATURES",
         .fid = SMCCC_ARCH_FEATURES_FID,
         .in = {{"arch_func_id", RMI_ARG_UINT64}}},
};

static const struct rmi_command *find_function(const struct guest_trace *trace, uint32_t fid)
{
	const struct rmi_command *command = rsi_command_find(trace->how.revision, fid);
	const struct rmi_command *psci;
	size_t count;

	if (command != NULL)
		return command;
	psci = psci_commands(&count);
	command = find(psci, count, fid | PSCI_SMC64);
	if (command != NULL)
		return command;
	return find(smccc_table, sizeof(smccc_table) / sizeof(smccc_table[0]), fid);
}

/* Whether an argument is one of the registers that a long value takes: value_0, value_1, ... */
static bool is_part(const struct rmi_arg *arg)
{
	size_t length = strlen(arg->name);

	return length > 2 && arg->name[length - 2] == '_' &&
	       strchr("0123456789", arg->name[length - 1]) != NULL;
}

/* Some of what the table has as a number means nothing in decimal. */
static void add_value(struct guest_trace *trace, struct line *line, const struct rmi_arg *arg,
                      uint64_t value)
{
	bool is_function = strstr(arg->name, "func_id") != NULL;
	enum rmi_arg_type type = arg->type;
	char text[256];

	if (is_function && value <= UINT32_MAX) {
		const struct rmi_command *function = find_function(trace, (uint32_t)value);

		if (function != NULL) {
			add(line, "%s", function->name);
			return;
		}
	}
	if (is_function || strcmp(arg->name, "context_id") == 0)
		type = RMI_ARG_BITS64;
	rmi_format_value(text, sizeof(text), &trace->how, type, value);
	add(line, "%s", text);
}

static void add_args(struct guest_trace *trace, struct line *line, const struct rmi_arg *args,
                     const uint64_t *values)
{
	for (unsigned i = 0; args[i].name != NULL; i++) {
		/* Of a long value those registers that are zero say nothing. */
		if (is_part(&args[i]) && values[i] == 0)
			continue;
		add(line, " %s=", args[i].name);
		add_value(trace, line, &args[i], values[i]);
	}
}

static const char *rsi_status_name(uint64_t x0)
{
	static const char *const names[] = {"SUCCESS",    "ERROR_INPUT",   "ERROR_STATE",
	                                    "INCOMPLETE", "ERROR_UNKNOWN", "ERROR_DEVICE"};

	return x0 < sizeof(names) / sizeof(names[0]) ? names[x0] : NULL;
}

static bool is_rsi(const struct rmi_command *command)
{
	return command->fid >= SMC_RSI_FIRST && command->fid <= SMC_RSI_LAST;
}

/* Whether the outputs of an RSI command are defined: a version that does not fit has them, too. */
static bool has_outputs(const struct rmi_command *command, uint64_t x0)
{
	return x0 == RSI_SUCCESS || x0 == RSI_INCOMPLETE ||
	       (x0 == RSI_ERROR_INPUT && command->fid == SMC_RSI_VERSION);
}

/* What X0 of another function is. Versions are not negative, "not supported" is. */
static enum rmi_arg_type answer_type(const struct rmi_command *command, uint64_t x0)
{
	bool version = command->fid == SMC64_PSCI_VERSION || command->fid == SMCCC_VERSION_FID;

	return version && x0 <= INT32_MAX ? RMI_ARG_VERSION : RMI_ARG_PSCI_RETURN_CODE;
}

/* What the RMM has answered, if it has: X0 in words, and the outputs. */
static void add_answer(struct guest_trace *trace, struct line *line,
                       const struct rmm_watch_event *event, const struct rmi_command *command)
{
	uint64_t x0 = event->x_after[0];
	char value[64];

	if (event->exit != NULL)
		return;
	if (!is_rsi(command)) {
		rmi_format_value(value, sizeof(value), &trace->how, answer_type(command, x0), x0);
		add(line, " -> %s", value);
		return;
	}
	if (rsi_status_name(x0) == NULL) {
		add(line, " -> 0x%" PRIx64, x0);
		return;
	}
	add(line, " -> %s", rsi_status_name(x0));
	if (has_outputs(command, x0))
		add_args(trace, line, command->out, &event->x_after[1]);
}

static void add_smc(struct guest_trace *trace, struct line *line,
                    const struct rmm_watch_event *event)
{
	uint32_t fid = (uint32_t)event->x[0];
	const struct rmi_command *command = find_function(trace, fid);

	if (command == NULL) {
		add(line, "SMC 0x%" PRIx32 " x1=0x%" PRIx64 " x2=0x%" PRIx64, fid, event->x[1],
		    event->x[2]);
		if (event->exit == NULL)
			add(line, " -> 0x%" PRIx64, event->x_after[0]);
		return;
	}
	add(line, "%s", command->name);
	add_args(trace, line, command->in, &event->x[1]);
	add_answer(trace, line, event, command);
}

/* A fault status code. */
static void add_fault(struct line *line, unsigned fsc)
{
	static const char *const kinds[] = {"address size", "translation", "access flag",
	                                    "permission"};

	if (fsc < 0x10)
		add(line, ", %s fault level %u", kinds[fsc >> 2], fsc & 3);
	else if (fsc == 0x10)
		add(line, ", external abort");
	else
		add(line, ", FSC 0x%x", fsc);
}

static void add_abort(struct line *line, const struct guest_exit *cause)
{
	uint64_t esr = cause->esr;

	if (EC(esr) == EC_IABT) {
		add(line, "instruction abort at IPA 0x%" PRIx64, cause->ipa);
	} else {
		add(line, "%s", (esr & ESR_WNR) != 0 ? "write" : "read");
		if ((esr & ESR_ISV) != 0)
			add(line, " of %u bits", 8u << ESR_SAS(esr));
		add(line, " at IPA 0x%" PRIx64, cause->ipa);
		if ((esr & ESR_ISV) != 0 && (esr & ESR_WNR) != 0)
			add(line, " value=0x%" PRIx64, cause->value);
	}
	add_fault(line, ESR_FSC(esr));
}

static void add_cause(struct guest_trace *trace, struct line *line,
                      const struct rmm_watch_event *event)
{
	const struct guest_exit *cause = event->cause;

	switch (cause->kind) {
	case GUEST_EXIT_SMC:
		add_smc(trace, line, event);
		return;
	case GUEST_EXIT_HVC:
		add(line, "HVC");
		return;
	case GUEST_EXIT_ABORT:
		add_abort(line, cause);
		return;
	case GUEST_EXIT_WFX:
		add(line, "%s", (cause->esr & 1) != 0 ? "waits for an event" : "waits");
		return;
	case GUEST_EXIT_SYSREG:
		add(line, "system register, ");
		if ((cause->esr & ESR_SYSREG_READ) != 0)
			add(line, "read");
		else
			add(line, "written with 0x%" PRIx64, cause->value);
		return;
	case GUEST_EXIT_IRQ:
	case GUEST_EXIT_KICKED:
		add(line, "interrupt");
		return;
	case GUEST_EXIT_FIQ:
		add(line, "FIQ");
		return;
	case GUEST_EXIT_SERROR:
		add(line, "SError esr=0x%" PRIx64, cause->esr);
		return;
	case GUEST_EXIT_TRAPPED:
		add(line, "trapped, esr=0x%" PRIx64, cause->esr);
		return;
	case GUEST_EXIT_BUDGET:
		add(line, "budget used up");
		return;
	case GUEST_EXIT_ERROR:
		add(line, "%s", cause->text != NULL ? cause->text : "the engine cannot go on");
		return;
	}
}

/* What the Host gets to see of it. */
static void add_exit(struct line *line, const struct rmi_rec_exit *exit)
{
	const char *name = rmi_exit_reason_name(exit->exit_reason);

	add(line, " => exit %s", name != NULL ? name : "?");
	if (exit->exit_reason == RMI_EXIT_HOST_CALL)
		add(line, " imm=%u gprs=0x%" PRIx64 ",0x%" PRIx64 ",...", exit->imm, exit->gprs[0],
		    exit->gprs[1]);
}

/* Text, padded to a column; one that is too long pushes the rest to the right. */
static void add_column(struct line *line, const char *text, int width)
{
	add(line, "%-*s ", width, text);
}

/* Where it is kept what a vCPU waits for; NULL: there is no room. */
static struct awaited *awaited_by(struct guest_trace *trace, uint64_t index)
{
	if (index >= trace->num_awaited) {
		size_t count = (size_t)index + 1;
		struct awaited *all = realloc(trace->awaited, count * sizeof(*all));

		if (all == NULL)
			return NULL;
		memset(all + trace->num_awaited, 0, (count - trace->num_awaited) * sizeof(*all));
		trace->awaited = all;
		trace->num_awaited = count;
	}
	return &trace->awaited[index];
}

static struct awaited awaited_after(struct guest_trace *trace, const struct rmm_watch_event *event)
{
	const struct guest_exit *cause = event->cause;
	struct awaited awaited = {.pc = event->pc};

	if (event->exit == NULL)
		return awaited;
	if (cause->kind == GUEST_EXIT_SMC) {
		awaited.call = find_function(trace, (uint32_t)event->x[0]);
	} else if (cause->kind == GUEST_EXIT_ABORT) {
		awaited.is_read = EC(cause->esr) != EC_IABT && (cause->esr & ESR_ISV) != 0 &&
		                  (cause->esr & ESR_WNR) == 0;
		awaited.rt = ESR_SRT(cause->esr);
	} else if (cause->kind == GUEST_EXIT_SYSREG) {
		awaited.is_read = (cause->esr & ESR_SYSREG_READ) != 0;
		awaited.rt = ESR_SYSREG_RT(cause->esr);
	}
	return awaited;
}

/* The answer to what the vCPU left with. Returns whether there is anything to be said. */
static bool add_entry(struct guest_trace *trace, struct line *line,
                      const struct rmm_watch_event *event, const struct awaited *awaited)
{
	const struct rmi_command *call = awaited->call;

	if (awaited->is_read) {
		/* One that was not emulated is made again. */
		if (event->pc == awaited->pc || awaited->rt == NO_REGISTER)
			return false;
		add(line, "read -> 0x%" PRIx64, event->x[awaited->rt]);
		return true;
	}
	/* A host call says no more than that the Host has been called. */
	if (call == NULL || (call->fid == SMC_RSI_HOST_CALL && event->x[0] == RSI_SUCCESS))
		return false;
	add(line, "%s", call->name);
	add_answer(trace, line, event, call);
	return true;
}

static void begin_line(struct guest_trace *trace, struct line *line,
                       const struct rmm_watch_event *event, uint64_t pc)
{
	double ms = (double)(tool_now_ns() - trace->begun_ns) / 1e6;
	char symbol[128] = "", instruction[96] = "";

	if (trace->image != NULL) {
		guest_image_symbol(trace->image, pc, symbol, sizeof(symbol));
		guest_image_instruction(trace->image, pc, instruction, sizeof(instruction));
	}
	add(line, "%10.3f ms vcpu%-2" PRIu64 " 0x%08" PRIx64 " ", ms, event->index, pc);
	add(line, "%s", trace->colour ? "\033[36m" : "");
	add_column(line, symbol, SYMBOL_WIDTH);
	add(line, "%s", trace->colour ? "\033[0m" : "");
	add_column(line, instruction, INSTRUCTION_WIDTH);
}

/* Returns whether it is worth a line. */
static bool describe(struct guest_trace *trace, struct line *line,
                     const struct rmm_watch_event *event)
{
	struct awaited *awaited = awaited_by(trace, event->index);

	if (event->cause == NULL) {
		if (awaited == NULL)
			return false;
		begin_line(trace, line, event, awaited->pc);
		return add_entry(trace, line, event, awaited);
	}
	begin_line(trace, line, event, event->pc);
	add_cause(trace, line, event);
	if (event->exit != NULL) {
		add(line, "%s", trace->colour ? "\033[33m" : "");
		add_exit(line, event->exit);
		add(line, "%s", trace->colour ? "\033[0m" : "");
	}
	if (awaited != NULL)
		*awaited = awaited_after(trace, event);
	return true;
}

static void watch(void *arg, const struct rmm_watch_event *event)
{
	struct guest_trace *trace = arg;
	struct line line = {.used = 0};

	(void)pthread_mutex_lock(&trace->lock);
	if (describe(trace, &line, event)) {
		add(&line, "\n");
		(void)fwrite(line.text, 1, line.used, trace->out);
		(void)fflush(trace->out);
	}
	(void)pthread_mutex_unlock(&trace->lock);
}

struct guest_trace *guest_trace_begin(struct rmi *rmi, const char *image, const char *path)
{
	struct rmm *rmm = rmi_model(rmi);
	struct guest_trace *trace;

	if (rmm == NULL) {
		tool_error("--trace=guest looks into the software RMM: the backend must be model");
		return NULL;
	}
	trace = calloc(1, sizeof(*trace));
	if (trace == NULL) {
		tool_error("out of memory");
		return NULL;
	}
	trace->out = path != NULL ? fopen(path, "we") : stderr;
	if (trace->out == NULL) {
		tool_error("--trace=guest:%s: %s", path, strerror(errno));
		free(trace);
		return NULL;
	}
	trace->rmm = rmm;
	trace->path = path;
	trace->colour = isatty(fileno(trace->out)) && getenv("NO_COLOR") == NULL;
	trace->how = (struct rmi_format){.revision = rmi_revision(rmi), .gshift = 12};
	trace->image = guest_image_open(image);
	trace->begun_ns = tool_now_ns();
	(void)pthread_mutex_init(&trace->lock, NULL);
	rmm_watch(rmm, watch, trace);
	return trace;
}

bool guest_trace_end(struct guest_trace *trace)
{
	bool written = true;

	if (trace == NULL)
		return true;
	rmm_watch(trace->rmm, NULL, NULL);
	if (trace->path != NULL && fclose(trace->out) != 0) {
		tool_error("--trace=guest:%s: cannot be written", trace->path);
		written = false;
	}
	guest_image_close(trace->image);
	free(trace->awaited);
	(void)pthread_mutex_destroy(&trace->lock);
	free(trace);
	return written;
}
