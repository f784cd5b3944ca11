/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest that does what it must not do, takes the exceptions at EL1, tells about them and goes on.
 * The exit status is the number of surprises.
 */
#include "guest.h"

static int surprises;

static const char *class_name(uint64_t esr)
{
	switch (esr_ec(esr)) {
	case EC_UNKNOWN:
		return "unknown";
	case EC_INSTR_ABORT_EL1:
		return "instruction abort";
	case EC_DATA_ABORT_EL1:
		return "data abort";
	default:
		return "exception";
	}
}

static void report(const char *what, struct fault fault, unsigned ec, unsigned fsc, uint64_t far)
{
	bool expected = fault.taken && esr_ec(fault.esr) == ec;

	if (!fault.taken) {
		printf("%s: no exception\n", what);
	} else if (ec == EC_UNKNOWN) {
		printf("%s: %s exception, ESR 0x%lx\n", what, class_name(fault.esr), fault.esr);
	} else {
		printf("%s: %s, ESR 0x%lx FAR 0x%lx\n", what, class_name(fault.esr), fault.esr,
		       fault.far);
		expected = expected && esr_fsc(fault.esr) == fsc && fault.far == far;
	}
	if (!expected) {
		printf("that was not to be expected\n");
		surprises++;
	}
}

int guest_main(void)
{
	uint64_t end = ram_end();
	uint64_t page = end - PAGE_SIZE;
	uint64_t beyond = UINT64_C(1) << realm_config()->ipa_width;
	uint64_t nothing = (uint64_t)shared(0x07000000);
	uint64_t value;

	/* Nothing but RAM has a RIPAS other than EMPTY. */
	report("read behind RAM", try_read(end, &value), EC_DATA_ABORT_EL1, FSC_SEA, end);

	*(volatile uint64_t *)page = 42;
	if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_EMPTY))
		panic("the host does not take the page");
	report("read of an EMPTY page", try_read(page + 8, &value), EC_DATA_ABORT_EL1, FSC_SEA,
	       page + 8);
	report("write to an EMPTY page", try_write(page + 16, 1), EC_DATA_ABORT_EL1, FSC_SEA,
	       page + 16);
	report("fetch from an EMPTY page", try_call(page), EC_INSTR_ABORT_EL1, FSC_SEA, page);

	/* Code is never taken from memory that the host can write. */
	report("fetch from a shared page", try_call((uint64_t)shared(page)), EC_INSTR_ABORT_EL1,
	       FSC_SEA, (uint64_t)shared(page));

	/* What is neither RAM nor a device is the VMM's to answer; this one answers by an abort. */
	report("read where no device is", try_read(nothing, &value), EC_DATA_ABORT_EL1, FSC_SEA,
	       nothing);

	report("read beyond the IPA space", try_read(beyond, &value), EC_DATA_ABORT_EL1,
	       FSC_ADDR_SIZE_L0, beyond);
	report("hvc", try_hvc(), EC_UNKNOWN, 0, 0);

	if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_RAM))
		panic("the host does not give the page back");
	if (try_read(page, &value).taken)
		panic("the page is RAM, and still faults");
	printf("recovered: the page is RAM again and reads %lu\n", value);
	printf("surprises: %d\n", surprises);
	return surprises;
}
