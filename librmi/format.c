/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls in words. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rmi/commands.h>
#include <rmi/format.h>

#include "format.h"

/* Most descriptors of a list that are shown. */
#define MAX_LIST_SHOWN 4

void rmi_text_add(struct rmi_text *text, const char *fmt, ...)
{
	va_list args;
	int length;

	if (text->used >= text->size)
		return;
	va_start(args, fmt);
	length = vsnprintf(text->buf + text->used, text->size - text->used, fmt, args);
	va_end(args);
	if (length > 0)
		text->used += (size_t)length;
}

static struct rmi_text text_begin(char *buf, size_t size)
{
	if (size > 0)
		buf[0] = '\0';
	return (struct rmi_text){.buf = buf, .size = size};
}

const void *rmi_format_memory(const struct rmi_format *how, uint64_t pa, uint64_t size)
{
	const struct rmi_memory *memory = &how->memory;

	if (pa < memory->base || pa - memory->base > memory->size ||
	    size > memory->size - (pa - memory->base))
		return NULL;
	return (const unsigned char *)memory->host + (pa - memory->base);
}

static void add_result(struct rmi_text *text, uint64_t x0)
{
	const char *name = rmi_status_name(x0 & 0xff);
	uint64_t data = x0 >> 8;

	if (x0 == SMCCC_NOT_SUPPORTED) {
		rmi_text_add(text, "SMCCC_NOT_SUPPORTED");
		return;
	}
	if (name == NULL) {
		rmi_text_add(text, "0x%" PRIx64, x0);
		return;
	}
	rmi_text_add(text, "%s", name);
	if (rmi_status_has_level(rmi_status(x0))) {
		rmi_text_add(text, " level %d", rmi_level(x0));
		data >>= 8;
	} else if (rmi_status(x0) == RMI_INCOMPLETE) {
		static const char *const requests[] = {"nothing", "donate", "reclaim", "mem=3"};

		rmi_text_add(text, " wants %s%s", requests[rmi_memreq(x0)],
		             rmi_can_cancel(x0) ? ", can cancel" : "");
		data >>= 3;
	}
	if (data != 0)
		rmi_text_add(text, " data=0x%" PRIx64, data);
}

void rmi_format_result(char *buf, size_t size, uint64_t x0)
{
	struct rmi_text text = text_begin(buf, size);

	add_result(&text, x0);
}

void rmi_format_value(char *buf, size_t size, const struct rmi_format *how, enum rmi_arg_type type,
                      uint64_t value)
{
	struct rmi_text text = text_begin(buf, size);

	rmi_text_value(&text, how, type, value);
}

/* A list of descriptors in memory, at a register that holds its address. */
static void add_list(struct rmi_text *text, const struct rmi_format *how, uint64_t addr,
                     uint64_t count, bool readable)
{
	const void *list = NULL;

	if (readable && count <= 1u << 14)
		list = rmi_format_memory(how, addr, count * sizeof(uint64_t));
	rmi_text_add(text, "@0x%" PRIx64, addr);
	if (list == NULL)
		return;
	rmi_text_add(text, "[");
	for (uint64_t i = 0; i < count && i < MAX_LIST_SHOWN; i++) {
		uint64_t word;

		memcpy(&word, (const unsigned char *)list + i * sizeof(word), sizeof(word));
		rmi_text_add(text, i > 0 ? " " : "");
		rmi_text_value(text, how, RMI_ARG_ADDR_RANGE_DESC, word);
	}
	if (count > MAX_LIST_SHOWN)
		rmi_text_add(text, " and %" PRIu64 " more", count - MAX_LIST_SHOWN);
	rmi_text_add(text, "]");
}

static enum rmi_rtt_addr_type addr_type(uint64_t flags)
{
	return (enum rmi_rtt_addr_type)RMI_FIELD_GET(flags, RMI_RTT_MAP_FLAGS_OADDR_TYPE);
}

/* Whether memory that a call with this result points to is the Host's to read. */
static bool memory_readable(uint64_t x0)
{
	return rmi_status(x0) == RMI_SUCCESS || rmi_status(x0) == RMI_INCOMPLETE;
}

/* An output address set: what it means stands in the flags before it (B4.6.7). */
static void add_addr_set(struct rmi_text *text, const struct rmi_format *how,
                         const struct rmi_command *cmd, uint64_t flags, uint64_t value,
                         const struct smccc_regs *out)
{
	bool unmap = cmd->fid == SMC_RMI_RTT_DATA_UNMAP || cmd->fid == SMC_RMI_RTT_UNPROT_UNMAP;

	if (addr_type(flags) == RMI_ADDR_TYPE_SINGLE && !unmap)
		rmi_text_value(text, how, RMI_ARG_ADDR_RANGE_DESC, value);
	else if (addr_type(flags) == RMI_ADDR_TYPE_LIST && unmap)
		add_list(text, how, value, out->x[3], rmi_status(out->x[0]) == RMI_SUCCESS);
	else if (addr_type(flags) == RMI_ADDR_TYPE_LIST)
		add_list(text, how, value, RMI_FIELD_GET(flags, RMI_RTT_MAP_FLAGS_LIST_COUNT),
		         memory_readable(out->x[0]));
	else
		rmi_text_value(text, how, RMI_ARG_BITS64, value);
}

static void add_inputs(struct rmi_text *text, const struct rmi_format *how,
                       const struct rmi_command *cmd, const struct smccc_regs *in,
                       const struct smccc_regs *out)
{
	for (unsigned i = 0; cmd->in[i].name != NULL; i++) {
		uint64_t value = in->x[i + 1];

		rmi_text_add(text, " %s=", cmd->in[i].name);
		if (cmd->in[i].type == RMI_ARG_ADDR_SET_DESC)
			add_addr_set(text, how, cmd, in->x[i], value, out);
		else if (cmd->fid == SMC_RMI_OP_MEM_DONATE && i == 1)
			add_list(text, how, value, in->x[3], memory_readable(out->x[0]));
		else if (cmd->fid == SMC_RMI_OP_MEM_RECLAIM && i == 1)
			add_list(text, how, value, out->x[1], memory_readable(out->x[0]));
		else
			rmi_text_value(text, how, cmd->in[i].type, value);
	}
}

/* Whether a result defines an output. */
static bool output_defined(const struct rmi_command *cmd, const struct rmi_arg *arg,
                           const struct smccc_regs *in, uint64_t x0)
{
	enum rmi_status_code status = rmi_status(x0);

	switch (cmd->fid) {
	case SMC_RMI_VERSION:
		return status == RMI_SUCCESS || status == RMI_ERROR_INPUT;
	case SMC_RMI_RTT_DESTROY:
		if (strcmp(arg->name, "top") == 0)
			return status == RMI_SUCCESS || status == RMI_ERROR_RTT;
		break;
	case SMC_RMI_RTT_AUX_DESTROY:
		if (strcmp(arg->name, "top") == 0)
			return status == RMI_SUCCESS || status == RMI_ERROR_RTT_AUX;
		break;
	case SMC_RMI_RTT_DATA_UNMAP:
	case SMC_RMI_RTT_UNPROT_UNMAP:
		if (strcmp(arg->name, "out_range") == 0 &&
		    addr_type(in->x[4]) != RMI_ADDR_TYPE_SINGLE)
			return false;
		if (strcmp(arg->name, "out_count") == 0 &&
		    addr_type(in->x[4]) != RMI_ADDR_TYPE_LIST)
			return false;
		break;
	case SMC_RMI_OP_MEM_DONATE:
		if (arg->type != RMI_ARG_OP_MEM_DONATE_REQ)
			return true;
		return status == RMI_INCOMPLETE && rmi_memreq(x0) == RMI_OP_MEM_REQ_DONATE;
	case SMC_RMI_OP_MEM_RECLAIM:
		return status == RMI_INCOMPLETE;
	case SMC_RMI_OP_CONTINUE:
		/* Otherwise the outputs are those of the command that it ends. */
		return false;
	default:
		break;
	}
	return status == RMI_SUCCESS;
}

static void add_outputs(struct rmi_text *text, const struct rmi_format *how,
                        const struct rmi_command *cmd, const struct smccc_regs *in,
                        const struct smccc_regs *out)
{
	for (unsigned i = 0; cmd->out[i].name != NULL; i++) {
		if (!output_defined(cmd, &cmd->out[i], in, out->x[0]))
			continue;
		rmi_text_add(text, " %s=", cmd->out[i].name);
		rmi_text_value(text, how, cmd->out[i].type, out->x[i + 1]);
	}
}

/* What an operation leaves that began or goes on (B4.3.2). */
static void add_operation(struct rmi_text *text, const struct rmi_format *how,
                          const struct smccc_regs *out)
{
	rmi_text_add(text, " handle=0x%" PRIx64, out->x[1]);
	if (rmi_memreq(out->x[0]) == RMI_OP_MEM_REQ_DONATE) {
		rmi_text_add(text, " donate_req=");
		rmi_text_value(text, how, RMI_ARG_OP_MEM_DONATE_REQ, out->x[2]);
	}
}

/* Registers of a call whose arguments nobody described. */
static void add_registers(struct rmi_text *text, const struct smccc_regs *regs)
{
	for (unsigned i = 1; i < SMCCC_NUM_REGS; i++) {
		if (regs->x[i] != 0)
			rmi_text_add(text, " x%u=0x%" PRIx64, i, regs->x[i]);
	}
}

static void add_unknown(struct rmi_text *text, const struct rmi_format *how,
                        const struct smccc_regs *in, const struct smccc_regs *out)
{
	const char *name = rmi_command_name(how->revision, (uint32_t)in->x[0]);

	if (name != NULL)
		rmi_text_add(text, "%s", name);
	else
		rmi_text_add(text, "0x%08" PRIx32, (uint32_t)in->x[0]);
	add_registers(text, in);
	rmi_text_add(text, " -> ");
	if (name != NULL || out->x[0] == SMCCC_NOT_SUPPORTED)
		add_result(text, out->x[0]);
	else
		rmi_text_add(text, "0x%" PRIx64, out->x[0]);
}

void rmi_format_call(char *buf, size_t size, const struct rmi_format *how,
                     const struct smccc_regs *in, const struct smccc_regs *out,
                     const struct smccc_regs *origin)
{
	struct rmi_text text = text_begin(buf, size);
	const struct rmi_command *cmd = rmi_command_find(how->revision, (uint32_t)in->x[0]);
	uint64_t x0 = out->x[0];

	if (cmd == NULL) {
		add_unknown(&text, how, in, out);
		return;
	}
	rmi_text_add(&text, "%s", cmd->name);
	add_inputs(&text, how, cmd, in, out);
	rmi_text_add(&text, " -> ");
	add_result(&text, x0);
	if (rmi_status(x0) == RMI_INCOMPLETE &&
	    ((cmd->flags & RMI_CMD_SRO) != 0 || cmd->fid == SMC_RMI_OP_CONTINUE))
		add_operation(&text, how, out);
	add_outputs(&text, how, cmd, in, out);
	if (cmd->fid == SMC_RMI_REC_ENTER && x0 == RMI_SUCCESS)
		rmi_text_exit(&text, how, in->x[2]);
	if (cmd->fid == SMC_RMI_OP_CONTINUE && origin != NULL && rmi_status(x0) != RMI_INCOMPLETE &&
	    rmi_status(x0) != RMI_BUSY) {
		const struct rmi_command *ended =
		        rmi_command_find(how->revision, (uint32_t)origin->x[0]);

		if (ended != NULL) {
			rmi_text_add(&text, " ends %s", ended->name);
			add_outputs(&text, how, ended, origin, out);
		}
	}
}
