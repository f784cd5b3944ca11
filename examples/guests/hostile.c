/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest that tries everything that it must not: each cell of the table of realm accesses
 * (DEN0137 A5.3.1) that can be arranged with the host's help, and each error of RSI and PSCI that
 * arguments can provoke; on each vCPU in turn. One line for each, and the exit status is the number
 * of wrong ones.
 */
#include "guest.h"

static unsigned cells, conditions, wrong;
static uint64_t ram_top;

/* An exit that the host cannot mend ends in this interrupt. */
static struct {
	volatile unsigned came;
	bool call; /* What was tried is a call: it has a return address. */
} watch;

/* What the host has counted. */
struct counts {
	uint64_t private_faults, shared_faults, mmio_reads, mmio_writes, mapped;
};

static struct counts counts(void)
{
	uint64_t gprs[31] = {0};

	if (!host_call(PLATFORM_CALL_COUNTS, gprs))
		panic("the host does not count");
	return (struct counts){gprs[0], gprs[1], gprs[2], gprs[3], gprs[4]};
}

/* Whether these happened since, and no others. The host may map a block where it maps a page. */
static bool came(const struct counts *before, struct counts wanted)
{
	struct counts now = counts();

	return now.private_faults - before->private_faults == wanted.private_faults &&
	       now.shared_faults - before->shared_faults == wanted.shared_faults &&
	       now.mmio_reads - before->mmio_reads == wanted.mmio_reads &&
	       now.mmio_writes - before->mmio_writes == wanted.mmio_writes &&
	       (now.mapped != before->mapped) == (wanted.mapped != 0);
}

static void on_watch(unsigned intid, struct kit_frame *frame, void *arg)
{
	(void)intid;
	(void)arg;
	watch.came = watch.came + 1;
	frame->elr = watch.call ? frame->x[30] : frame->elr + 4;
}

static void verdict(bool right)
{
	printf("%s\n", right ? "ok" : "WRONG");
	wrong += !right;
}

/* Accesses. */

enum access { READ, WRITE, FETCH, NUM_ACCESSES };

static const char *const access_names[NUM_ACCESSES] = {"read", "write", "fetch"};

static struct fault try_access(enum access access, uint64_t addr)
{
	uint64_t value;

	watch.call = access == FETCH;
	switch (access) {
	case READ:
		return try_read(addr, &value);
	case WRITE:
		return try_write(addr, UINT64_C(0xd65f03c0d65f03c0));
	default:
		return try_call(addr);
	}
}

static bool is_abort(struct fault fault, enum access access, unsigned fsc, uint64_t addr)
{
	return fault.taken &&
	       esr_ec(fault.esr) == (access == FETCH ? EC_INSTR_ABORT_EL1 : EC_DATA_ABORT_EL1) &&
	       esr_fsc(fault.esr) == fsc && fault.far == addr;
}

/* A5.3: an abort that is taken to the Realm says that it is external. */
static bool is_sea(struct fault fault, enum access access, uint64_t addr)
{
	return is_abort(fault, access, FSC_SEA, addr) && (fault.esr & UINT64_C(1) << 9) != 0;
}

/* A fetch from a new page finds zeros, which are no instruction. */
static bool is_new_page(struct fault fault, enum access access)
{
	return access == FETCH ? fault.taken && esr_ec(fault.esr) == EC_UNKNOWN : !fault.taken;
}

static void begin_cell(const char *where, enum access access)
{
	cells++;
	printf("cell %s %s: ", where, access_names[access]);
}

static void cannot(const char *where, const char *why)
{
	printf("cell %s: left out, %s\n", where, why);
}

/* The page is RAM, and nothing is mapped there: given away and taken back. */
static void make_void(uint64_t page)
{
	if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_EMPTY) ||
	    !set_ripas(page, PAGE_SIZE, RSI_RIPAS_RAM))
		panic("the host does not change the RIPAS");
}

/* Likewise, but DESTROYED. */
static void make_destroyed(uint64_t page)
{
	uint64_t gprs[31] = {page, PAGE_SIZE};
	uint64_t top, ripas;

	if (!host_call(PLATFORM_CALL_DESTROY, gprs) || gprs[0] != PAGE_SIZE)
		panic("the host does not take the page away");
	if (rsi_ipa_state_get(page, page + PAGE_SIZE, &top, &ripas) != RSI_SUCCESS ||
	    ripas != RSI_RIPAS_DESTROYED)
		panic("the page is not destroyed");
}

static void cells_of_ram(uint64_t page)
{
	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		struct counts before;
		struct fault fault;

		make_void(page);
		before = counts();
		begin_cell("protected RAM VOID", access);
		fault = try_access(access, page);
		verdict(is_new_page(fault, access) &&
		        came(&before, (struct counts){.private_faults = 1, .mapped = 1}));
	}
	/* RET, twice. */
	*(volatile uint64_t *)page = UINT64_C(0xd65f03c0d65f03c0);
	__asm__ volatile("dsb sy\n\tic iallu\n\tdsb sy\n\tisb" : : : "memory");
	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		struct counts before = counts();

		begin_cell("protected RAM DATA", access);
		verdict(!try_access(access, page).taken && came(&before, (struct counts){0}));
	}
}

static void cells_of_empty(uint64_t page)
{
	if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_EMPTY))
		panic("the host does not take the page");
	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		struct counts before = counts();

		begin_cell("protected EMPTY VOID", access);
		verdict(is_sea(try_access(access, page + 8), access, page + 8) &&
		        came(&before, (struct counts){0}));
	}
	if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_RAM))
		panic("the host does not give the page back");
	cannot("protected EMPTY DATA", "this host unmaps what the realm gives away");
}

/*
 * The host cannot bring the content back: the access exits for ever, until an interrupt ends it.
 * From the first exit to the second the host maps a page, so that both states of the host's are
 * passed through.
 */
static void cells_of_destroyed(uint64_t page)
{
	*(volatile uint64_t *)page = 1;
	irq_unmask();
	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		struct counts before, after;
		unsigned interrupts = watch.came;

		make_destroyed(page);
		before = counts();
		begin_cell("protected DESTROYED VOID", access);
		(void)try_access(access, page);
		after = counts();
		verdict(watch.came == interrupts + 1 && after.mapped != before.mapped &&
		        after.private_faults >= before.private_faults + 2);
	}
	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		struct counts before = counts(), after;
		unsigned interrupts = watch.came;

		begin_cell("protected DESTROYED DATA", access);
		(void)try_access(access, page);
		after = counts();
		verdict(watch.came == interrupts + 1 && after.mapped == before.mapped &&
		        after.private_faults > before.private_faults);
	}
}

static void condition(const char *name, uint64_t result, uint64_t wanted)
{
	conditions++;
	printf("%s: ", name);
	if (result != wanted)
		printf("0x%lx, not 0x%lx: ", result, wanted);
	verdict(result == wanted);
}

/* A command that belongs to a feature may be absent as a whole. */
static void optional(const char *name, uint64_t result, uint64_t wanted)
{
	condition(name, result, result == SMCCC_NOT_SUPPORTED ? result : wanted);
}

/* What the realm can do about DESTROYED, and what it means to the RSI. */
static void leave_destroyed(uint64_t page)
{
	uint64_t base, response;
	unsigned interrupts = watch.came;

	watch.call = false;
	(void)rsi_realm_config((struct rsi_realm_config *)page);
	condition("RSI_REALM_CONFIG at a destroyed page exits", watch.came, interrupts + 1);
	irq_mask();
	if (rsi_ipa_state_set(page, page + PAGE_SIZE, RSI_RIPAS_RAM, RSI_NO_CHANGE_DESTROYED, &base,
	                      &response) != RSI_SUCCESS)
		panic("RSI_IPA_STATE_SET fails");
	condition("RSI_IPA_STATE_SET leaves DESTROYED alone",
	          base == page && response == RSI_RESPONSE_REJECT, true);
	if (rsi_ipa_state_set(page, page + PAGE_SIZE, RSI_RIPAS_RAM, RSI_CHANGE_DESTROYED, &base,
	                      &response) != RSI_SUCCESS)
		panic("RSI_IPA_STATE_SET fails");
	condition("RSI_IPA_STATE_SET changes DESTROYED when told so",
	          base == page + PAGE_SIZE && response == RSI_RESPONSE_ACCEPT, true);
	condition("what was destroyed is RAM again and usable",
	          try_access(WRITE, page).taken || try_access(READ, page).taken, false);
}

static void cells_of_unprotected(uint64_t page)
{
	const uint64_t alias = (uint64_t)shared(page);
	const uint64_t nothing = (uint64_t)shared(0x07000000);
	const uint64_t device = (uint64_t)shared(PLATFORM_UART_BASE) + PLATFORM_UART_FR;
	struct counts before = counts();

	/* The printed line is MMIO, too: it comes before the counting. */
	begin_cell("unprotected UNMAPPED_NS nothing", READ);
	before = counts();
	verdict(is_sea(try_access(READ, nothing), READ, nothing) &&
	        came(&before, (struct counts){.mmio_reads = 1}));
	begin_cell("unprotected UNMAPPED_NS nothing", WRITE);
	before = counts();
	verdict(is_sea(try_access(WRITE, nothing), WRITE, nothing) &&
	        came(&before, (struct counts){.mmio_writes = 1}));
	begin_cell("unprotected UNMAPPED_NS nothing", FETCH);
	before = counts();
	verdict(is_sea(try_access(FETCH, nothing), FETCH, nothing) &&
	        came(&before, (struct counts){0}));
	begin_cell("unprotected UNMAPPED_NS device", READ);
	before = counts();
	verdict(!try_access(READ, device).taken && came(&before, (struct counts){.mmio_reads = 1}));
	begin_cell("unprotected UNMAPPED_NS no syndrome", READ);
	before = counts();
	verdict(is_sea(try_read_pair(nothing), READ, nothing) && came(&before, (struct counts){0}));

	for (enum access access = READ; access <= WRITE; access++) {
		make_void(page);
		if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_EMPTY))
			panic("the host does not take the page");
		begin_cell("unprotected UNMAPPED_NS memory", access);
		before = counts();
		verdict(!try_access(access, alias).taken &&
		        came(&before, (struct counts){.shared_faults = 1}));
		if (access != READ)
			continue;
		/* This host lets a page that was only read be read only. */
		begin_cell("unprotected MAPPED_NS without permission", WRITE);
		before = counts();
		verdict(!try_access(WRITE, alias).taken &&
		        came(&before, (struct counts){.shared_faults = 1}));
	}
	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		struct fault fault;

		begin_cell("unprotected MAPPED_NS", access);
		before = counts();
		fault = try_access(access, alias);
		verdict((access == FETCH ? is_sea(fault, access, alias) : !fault.taken) &&
		        came(&before, (struct counts){0}));
	}
	if (!set_ripas(page, PAGE_SIZE, RSI_RIPAS_RAM))
		panic("the host does not give the page back");
}

static void cells_beyond(void)
{
	uint64_t beyond = UINT64_C(1) << realm_config()->ipa_width;

	for (enum access access = READ; access < NUM_ACCESSES; access++) {
		begin_cell("beyond the IPA space", access);
		verdict(is_abort(try_access(access, beyond), access, FSC_ADDR_SIZE_L0, beyond));
	}
}

/* To the RSI, too, a page that the host has not mapped yet is RAM. */
static void rsi_at_void(uint64_t page)
{
	struct counts before;

	make_void(page);
	before = counts();
	condition("RSI_REALM_CONFIG at a page that is not mapped",
	          rsi_realm_config((struct rsi_realm_config *)page), RSI_SUCCESS);
	condition("it exits first",
	          came(&before, (struct counts){.private_faults = 1, .mapped = 1}), true);
}

static void walk_cells(uint64_t page)
{
	/* Lines that are written by MMIO would be counted. */
	console_select(CONSOLE_HOST_CALL);
	cells_of_empty(page);
	cells_of_ram(page);
	cells_of_destroyed(page);
	leave_destroyed(page);
	rsi_at_void(page);
	cannot("protected NARCH_DEV, ARCH_DEV, DEV", "there is no device assignment");
	cells_of_unprotected(page);
	cells_beyond();
}

/* Errors of the RSI. */

/* A raw call, so that any argument can be passed. */
static uint64_t rsi(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
	struct smccc_regs r = {.x = {fid, x1, x2, x3, x4}};

	return smc(&r);
}

static void rsi_memory(uint64_t page, uint64_t empty)
{
	const uint64_t outside = (uint64_t)shared(page);
	const uint64_t half = UINT64_C(1) << (realm_config()->ipa_width - 1);
	const uint64_t top = page + PAGE_SIZE;

	condition("RSI_REALM_CONFIG addr_align", rsi(SMC_RSI_REALM_CONFIG, page + 8, 0, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_REALM_CONFIG addr_bound", rsi(SMC_RSI_REALM_CONFIG, outside, 0, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_REALM_CONFIG addr_empty", rsi(SMC_RSI_REALM_CONFIG, empty, 0, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_HOST_CALL addr_align", rsi(SMC_RSI_HOST_CALL, page + 128, 0, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_HOST_CALL addr_bound", rsi(SMC_RSI_HOST_CALL, outside, 0, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_HOST_CALL addr_empty", rsi(SMC_RSI_HOST_CALL, empty, 0, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_GET base_align", rsi(SMC_RSI_IPA_STATE_GET, page + 8, top, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_GET end_align", rsi(SMC_RSI_IPA_STATE_GET, page, top + 8, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_GET size_valid", rsi(SMC_RSI_IPA_STATE_GET, page, page, 0, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_GET rgn_bound",
	          rsi(SMC_RSI_IPA_STATE_GET, page, half + PAGE_SIZE, 0, 0), RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_SET base_align", rsi(SMC_RSI_IPA_STATE_SET, page + 8, top, 1, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_SET top_align", rsi(SMC_RSI_IPA_STATE_SET, page, top + 8, 1, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_SET size_valid", rsi(SMC_RSI_IPA_STATE_SET, top, page, 1, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_SET rgn_bound",
	          rsi(SMC_RSI_IPA_STATE_SET, half - PAGE_SIZE, half + PAGE_SIZE, 1, 0),
	          RSI_ERROR_INPUT);
	condition("RSI_IPA_STATE_SET ripas_valid",
	          rsi(SMC_RSI_IPA_STATE_SET, page, top, RSI_RIPAS_DESTROYED, 0), RSI_ERROR_INPUT);
	/* Not an error, but the host refuses: there is no RAM. */
	condition("RSI_IPA_STATE_SET where the host has no memory",
	          set_ripas(ram_top, PAGE_SIZE, RSI_RIPAS_RAM), false);
}

static void rsi_attestation(uint64_t page, uint64_t empty)
{
	const uint32_t fid = SMC_RSI_ATTESTATION_TOKEN_CONTINUE;
	const uint64_t challenge[8] = {1};
	uint64_t size;

	/* Before the first INIT of this vCPU. */
	optional("RSI_ATTESTATION_TOKEN_CONTINUE state", rsi(fid, page, 0, PAGE_SIZE, 0),
	         RSI_ERROR_STATE);
	optional("RSI_ATTESTATION_TOKEN_INIT", rsi_attestation_token_init(challenge, &size),
	         RSI_SUCCESS);
	optional("RSI_ATTESTATION_TOKEN_CONTINUE addr_align", rsi(fid, page + 8, 0, 8, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_ATTESTATION_TOKEN_CONTINUE addr_bound",
	         rsi(fid, (uint64_t)shared(page), 0, 8, 0), RSI_ERROR_INPUT);
	optional("RSI_ATTESTATION_TOKEN_CONTINUE addr_empty", rsi(fid, empty, 0, 8, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_ATTESTATION_TOKEN_CONTINUE offset_bound", rsi(fid, page, PAGE_SIZE, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_ATTESTATION_TOKEN_CONTINUE size_overflow", rsi(fid, page, 8, UINT64_MAX, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_ATTESTATION_TOKEN_CONTINUE size_bound", rsi(fid, page, 8, PAGE_SIZE, 0),
	         RSI_ERROR_INPUT);
}

static void rsi_planes(uint64_t page, uint64_t empty)
{
	const uint64_t planes = realm_config()->num_aux_planes;
	const uint64_t top = page + PAGE_SIZE;

	optional("RSI_MEM_GET_PERM_VALUE plane_bound",
	         rsi(SMC_RSI_MEM_GET_PERM_VALUE, planes + 1, 0, 0, 0), RSI_ERROR_INPUT);
	optional("RSI_MEM_GET_PERM_VALUE perm_bound",
	         rsi(SMC_RSI_MEM_GET_PERM_VALUE, 0, RMM_NUM_PERM_OVERLAY_INDICES, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_INDEX base_align",
	         rsi(SMC_RSI_MEM_SET_PERM_INDEX, page + 8, top, 1, 0), RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_INDEX top_align",
	         rsi(SMC_RSI_MEM_SET_PERM_INDEX, page, top + 8, 1, 0), RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_INDEX rgn_bound",
	         rsi(SMC_RSI_MEM_SET_PERM_INDEX, page, (uint64_t)shared(top), 1, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_INDEX handle",
	         rsi(SMC_RSI_MEM_SET_PERM_INDEX, page, top, 1, 0x1234), RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_INDEX size_valid",
	         rsi(SMC_RSI_MEM_SET_PERM_INDEX, top, page, 1, 0), RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_INDEX perm_bound",
	         rsi(SMC_RSI_MEM_SET_PERM_INDEX, page, top, RMM_NUM_PERM_OVERLAY_INDICES, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_VALUE plane_bound",
	         rsi(SMC_RSI_MEM_SET_PERM_VALUE, 0, 1, RSI_PERM_LABEL_RO, 0), RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_VALUE perm_bound",
	         rsi(SMC_RSI_MEM_SET_PERM_VALUE, 1, RMM_NUM_PERM_OVERLAY_INDICES, RSI_PERM_LABEL_RO,
	             0),
	         RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_VALUE locked",
	         rsi(SMC_RSI_MEM_SET_PERM_VALUE, 1, 0, RSI_PERM_LABEL_RO, 0), RSI_ERROR_INPUT);
	optional("RSI_MEM_SET_PERM_VALUE supported", rsi(SMC_RSI_MEM_SET_PERM_VALUE, 1, 1, 5, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_PLANE_ENTER idx_bound", rsi(SMC_RSI_PLANE_ENTER, 0, page, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_PLANE_ENTER run_align", rsi(SMC_RSI_PLANE_ENTER, 1, page + 8, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_PLANE_ENTER run_bound",
	         rsi(SMC_RSI_PLANE_ENTER, 1, (uint64_t)shared(page), 0, 0), RSI_ERROR_INPUT);
	optional("RSI_PLANE_ENTER run_empty", rsi(SMC_RSI_PLANE_ENTER, 1, empty, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_PLANE_SYSREG_READ idx_bound",
	         rsi(SMC_RSI_PLANE_SYSREG_READ, planes + 1, 0, 0, 0), RSI_ERROR_INPUT);
	optional("RSI_PLANE_SYSREG_READ sysreg_valid", rsi(SMC_RSI_PLANE_SYSREG_READ, 0, 0, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_PLANE_SYSREG_WRITE sysreg_valid", rsi(SMC_RSI_PLANE_SYSREG_WRITE, 0, 0, 0, 0),
	         RSI_ERROR_INPUT);
	optional("RSI_PLANE_SYSREG_WRITE idx_bound",
	         rsi(SMC_RSI_PLANE_SYSREG_WRITE, planes + 1, 0, 0, 0), RSI_ERROR_INPUT);
}

static void rsi_others(void)
{
	uint64_t lower, higher;
	uint64_t value[8] = {0};

	condition("RSI_VERSION incompat_lower",
	          rsi_version(RSI_VERSION_ENCODE(99, 0), &lower, &higher), RSI_ERROR_INPUT);
	condition("RSI_VERSION incompat_higher",
	          rsi_version(RSI_VERSION_ENCODE(0, 1), &lower, &higher), RSI_ERROR_INPUT);
	condition("RSI_VERSION incompat_higher offers one", lower == higher, true);
	condition("RSI_MEASUREMENT_READ index_bound", rsi_measurement_read(5, value),
	          RSI_ERROR_INPUT);
	condition("RSI_MEASUREMENT_EXTEND index_bound, the RIM",
	          rsi_measurement_extend(0, value, 8), RSI_ERROR_INPUT);
	condition("RSI_MEASUREMENT_EXTEND index_bound", rsi_measurement_extend(5, value, 8),
	          RSI_ERROR_INPUT);
	condition("RSI_MEASUREMENT_EXTEND size_bound", rsi_measurement_extend(1, value, 65),
	          RSI_ERROR_INPUT);
	condition("an RSI command that there is not", rsi(SMC_RSI_LAST, 0, 0, 0, 0),
	          SMCCC_NOT_SUPPORTED);
	condition("an SMC that there is not", rsi(0xc3001234, 0, 0, 0, 0), SMCCC_NOT_SUPPORTED);
	condition("HVC is Unknown", esr_ec(try_hvc().esr), EC_UNKNOWN);
}

/* Errors of PSCI. */

static void psci_errors(unsigned cpus)
{
	const unsigned self = cpu_index();
	const uint64_t entry = PLATFORM_RAM_BASE;

	condition("PSCI_VERSION is 1.1 at least", psci_version() >= PSCI_VERSION_1_1, true);
	condition("PSCI_VERSION by its SMC64 number",
	          (uint64_t)psci_call(SMC64_PSCI_VERSION, 0, 0, 0), psci_version());
	condition("PSCI_FEATURES of what there is", (uint64_t)psci_features(SMC64_PSCI_CPU_ON),
	          psci_return(PSCI_SUCCESS));
	condition("PSCI_FEATURES of what there is not", (uint64_t)psci_features(0x84000042),
	          psci_return(PSCI_NOT_SUPPORTED));
	condition("a PSCI function that there is not", (uint64_t)psci_call(0x84000042, 0, 0, 0),
	          psci_return(PSCI_NOT_SUPPORTED));
	condition("PSCI_CPU_ON entry", (uint64_t)psci_cpu_on(0, (uint64_t)shared(entry), 0),
	          psci_return(PSCI_INVALID_ADDRESS));
	condition("PSCI_CPU_ON mpidr", (uint64_t)psci_cpu_on(mpidr_of(cpus), entry, 0),
	          psci_return(PSCI_INVALID_PARAMETERS));
	condition("PSCI_CPU_ON runnable, oneself", (uint64_t)psci_cpu_on(mpidr_of(self), entry, 0),
	          psci_return(PSCI_ALREADY_ON));
	condition("PSCI_CPU_ON runnable, the first one",
	          (uint64_t)psci_cpu_on(mpidr_of(0), entry, 0), psci_return(PSCI_ALREADY_ON));
	condition("PSCI_AFFINITY_INFO level", (uint64_t)psci_affinity_info_level(mpidr_of(self), 1),
	          psci_return(PSCI_INVALID_PARAMETERS));
	condition("PSCI_AFFINITY_INFO mpidr", (uint64_t)psci_affinity_info(mpidr_of(cpus)),
	          psci_return(PSCI_INVALID_PARAMETERS));
	condition("PSCI_AFFINITY_INFO of oneself", (uint64_t)psci_affinity_info(mpidr_of(self)),
	          psci_return(PSCI_SUCCESS));
	condition("PSCI_AFFINITY_INFO by its SMC32 number",
	          (uint64_t)psci_call(SMC32_PSCI_AFFINITY_INFO, mpidr_of(0), 0, 0),
	          psci_return(PSCI_SUCCESS));
	/* The SGI is masked, and ends the suspension all the same. */
	irq_mask();
	sgi_send(self, 0);
	condition("PSCI_CPU_SUSPEND ends with an interrupt",
	          (uint64_t)psci_cpu_suspend(0, UINT64_MAX, 0), psci_return(PSCI_SUCCESS));
	irq_unmask();
	__asm__ volatile("isb");
	irq_mask();
}

static void on_sgi(unsigned intid, struct kit_frame *frame, void *arg)
{
	(void)intid;
	(void)frame;
	(void)arg;
}

/* Everything, on the vCPU that runs it. */
static void walk(void *arg)
{
	const unsigned cpus = *(const unsigned *)arg;
	const uint64_t page = ram_top - 2 * (cpu_index() + 1) * PAGE_SIZE;
	const uint64_t empty = page + PAGE_SIZE;

	gic_cpu_init();
	irq_enable(0, 0x80);
	irq_route(PLATFORM_SPI_WATCH, cpu_index());
	walk_cells(page);
	if (!set_ripas(empty, PAGE_SIZE, RSI_RIPAS_EMPTY))
		panic("the host does not take the page");
	rsi_memory(page, empty);
	rsi_attestation(page, empty);
	rsi_planes(page, empty);
	rsi_others();
	psci_errors(cpus);
	if (!set_ripas(empty, PAGE_SIZE, RSI_RIPAS_RAM))
		panic("the host does not give the page back");
}

int guest_main(void)
{
	unsigned cpus = cpu_count();

	ram_top = ram_end();
	gic_init();
	irq_handle(0, on_sgi, NULL);
	irq_handle(PLATFORM_SPI_WATCH, on_watch, NULL);
	irq_set_edge(PLATFORM_SPI_WATCH, true);
	irq_enable(PLATFORM_SPI_WATCH, 0x80);
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		printf("vCPU %u\n", cpu);
		if (cpu == 0)
			walk(&cpus);
		else if (cpu_start(cpu, walk, &cpus) != PSCI_SUCCESS)
			panic("vCPU %u does not start", cpu);
		while (cpu != 0 && psci_affinity_info(mpidr_of(cpu)) != PSCI_OFF)
			__asm__ volatile("yield");
	}
	printf("%u cells, %u conditions, %u wrong\n", cells, conditions, wrong);
	return wrong < 255 ? (int)wrong : 255;
}
