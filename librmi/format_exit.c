/* SPDX-License-Identifier: BSD-3-Clause */
/* Exits of a REC in words. */

#include <inttypes.h>
#include <string.h>

#include <rmi/format.h>

#include "format.h"

/* Exception classes that a synchronous exit has (ESR_EL2.EC). */
#define EC_WFX        0x01
#define EC_SYSREG     0x18
#define EC_FETCH      0x20
#define EC_DATA_ABORT 0x24

/* ISS fields of a data abort. */
#define ISS_ISV       (UINT64_C(1) << 24)
#define ISS_WNR       (UINT64_C(1) << 6)

/* The IPA of an abort: HPFAR_EL2 has the page, FAR_EL2 the bytes when it is reported. */
static uint64_t abort_ipa(const struct rmi_rec_exit *exit)
{
	return (exit->hpfar >> 4 << 12) | (exit->far & 0xfff);
}

static void add_sync(struct rmi_text *text, const struct rmi_rec_exit *exit)
{
	switch (exit->esr >> 26 & 0x3f) {
	case EC_WFX:
		rmi_text_add(text, "%s", (exit->esr & 1) != 0 ? "WFE" : "WFI");
		break;
	case EC_SYSREG:
		rmi_text_add(text, "system register");
		break;
	case EC_FETCH:
		rmi_text_add(text, "instruction abort ipa=0x%" PRIx64, abort_ipa(exit));
		break;
	case EC_DATA_ABORT:
		rmi_text_add(text, "data abort ipa=0x%" PRIx64, abort_ipa(exit));
		if ((exit->esr & ISS_ISV) != 0)
			rmi_text_add(text, " %s", (exit->esr & ISS_WNR) != 0 ? "write" : "read");
		break;
	default:
		break;
	}
	rmi_text_add(text, " esr=0x%" PRIx64, exit->esr);
}

void rmi_text_exit(struct rmi_text *text, const struct rmi_format *how, uint64_t run_ptr)
{
	const void *run = rmi_format_memory(how, run_ptr, sizeof(struct rmi_rec_run));
	struct rmi_rec_exit exit;
	const char *name;

	if (run == NULL)
		return;
	memcpy(&exit, (const unsigned char *)run + offsetof(struct rmi_rec_run, exit),
	       sizeof(exit));
	name = rmi_exit_reason_name(exit.exit_reason);
	if (name == NULL) {
		rmi_text_add(text, " exit=%u", exit.exit_reason);
		return;
	}
	rmi_text_add(text, " exit=%s", name);
	switch ((enum rmi_rec_exit_reason)exit.exit_reason) {
	case RMI_EXIT_IRQ:
	case RMI_EXIT_FIQ:
		return;
	case RMI_EXIT_SYNC:
		rmi_text_add(text, "{");
		add_sync(text, &exit);
		break;
	case RMI_EXIT_PSCI:
		rmi_text_add(text, "{fid=0x%" PRIx64 " x1=0x%" PRIx64 " x2=0x%" PRIx64,
		             exit.gprs[0], exit.gprs[1], exit.gprs[2]);
		break;
	case RMI_EXIT_RIPAS_CHANGE:
		rmi_text_add(text, "{base=0x%" PRIx64 " top=0x%" PRIx64 " ripas=", exit.ripas_base,
		             exit.ripas_top);
		rmi_text_value(text, how, RMI_ARG_RIPAS, exit.ripas_value);
		break;
	case RMI_EXIT_HOST_CALL:
		rmi_text_add(text, "{imm=%u", exit.imm);
		break;
	case RMI_EXIT_SERROR:
		rmi_text_add(text, "{esr=0x%" PRIx64, exit.esr);
		break;
	case RMI_EXIT_S2AP_CHANGE:
		rmi_text_add(text, "{base=0x%" PRIx64 " top=0x%" PRIx64, exit.s2ap_base,
		             exit.s2ap_top);
		break;
	}
	rmi_text_add(text, "}");
}
