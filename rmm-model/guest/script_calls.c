/* SPDX-License-Identifier: BSD-3-Clause */
/* What a script guest can do: memory, exceptions, SMCs and the commands behind them. */
#include <string.h>

#include "guest/script.h"
#include "guest/stage2.h"

/* ESR_EL2 fields. */
#define ESR_EC(ec)    (UINT64_C(ec) << 26)
#define ESR_IL        (UINT64_C(1) << 25)
#define ESR_ISV       (UINT64_C(1) << 24)
#define ESR_SAS_SHIFT 22
#define ESR_SRT_SHIFT 16
#define ESR_SF        (UINT64_C(1) << 15)
#define ESR_WNR       (UINT64_C(1) << 6)
#define ESR_WFX_WFE   UINT64_C(1)
#define EC_WFX        0x01
#define EC_HVC        0x16
#define EC_IABT       0x20
#define EC_DABT       0x24

#define PAGE_OFFSET   (RSI_GRANULE_SIZE - 1)

/* The register that loads and stores use; the Host's emulation of a load arrives there. */
#define SRT           0

struct guest_regs *guest_regs(struct guest *g)
{
	return g->vcpu->regs;
}

static uint64_t abort_esr(enum guest_access access, size_t size, unsigned fsc)
{
	uint64_t esr = ESR_IL | fsc;

	if (access == GUEST_FETCH)
		return esr | ESR_EC(EC_IABT);
	esr |= ESR_EC(EC_DABT) | ESR_ISV | (uint64_t)SRT << ESR_SRT_SHIFT;
	esr |= (uint64_t)__builtin_ctzl(size) << ESR_SAS_SHIFT;
	if (size == sizeof(uint64_t))
		esr |= ESR_SF;
	if (access == GUEST_WRITE)
		esr |= ESR_WNR;
	return esr;
}

/*
 * Leaves the guest with an abort. PC and X0 show afterwards what became of the access.
 * @return whether it has to be made again
 */
static bool abort_access(struct guest *g, const struct guest_exit *exit, uint64_t *loaded)
{
	uint64_t pc = g->vcpu->regs->pc;
	uint64_t x0 = g->vcpu->regs->x[SRT];
	struct guest_regs *regs;
	bool emulated;

	g->skip = false;
	guest_leave(g, exit);
	regs = g->vcpu->regs;
	emulated = regs->pc != pc;
	if (emulated)
		*loaded = regs->x[SRT];
	regs->pc = pc;
	regs->x[SRT] = x0;
	return !emulated && !g->skip;
}

/*
 * vCPUs may meet in guest memory. What is naturally aligned is single-copy atomic, as it is for
 * guest code.
 */
static void store(uint8_t *host, uint64_t value, size_t size)
{
	if (((uintptr_t)host & (size - 1)) != 0) {
		for (size_t i = 0; i < size; i++)
			__atomic_store_n(&host[i], (uint8_t)(value >> (8 * i)), __ATOMIC_RELAXED);
		return;
	}
	switch (size) {
	case 8:
		__atomic_store_n((uint64_t *)(void *)host, value, __ATOMIC_SEQ_CST);
		break;
	case 4:
		__atomic_store_n((uint32_t *)(void *)host, (uint32_t)value, __ATOMIC_SEQ_CST);
		break;
	case 2:
		__atomic_store_n((uint16_t *)(void *)host, (uint16_t)value, __ATOMIC_SEQ_CST);
		break;
	default:
		__atomic_store_n(host, (uint8_t)value, __ATOMIC_SEQ_CST);
		break;
	}
}

static uint64_t load(uint8_t *host, size_t size)
{
	uint64_t value = 0;

	if (((uintptr_t)host & (size - 1)) != 0) {
		for (size_t i = 0; i < size; i++)
			value |= (uint64_t)__atomic_load_n(&host[i], __ATOMIC_RELAXED) << (8 * i);
		return value;
	}
	switch (size) {
	case 8:
		return __atomic_load_n((uint64_t *)(void *)host, __ATOMIC_SEQ_CST);
	case 4:
		return __atomic_load_n((uint32_t *)(void *)host, __ATOMIC_SEQ_CST);
	case 2:
		return __atomic_load_n((uint16_t *)(void *)host, __ATOMIC_SEQ_CST);
	default:
		return __atomic_load_n(host, __ATOMIC_SEQ_CST);
	}
}

void guest_poll(struct guest *g)
{
	struct guest_exit exit = {.kind = GUEST_EXIT_KICKED};

	g->vcpu->steps++;
	g->services->tick(g->vcpu);
	if ((atomic_load(&g->vcpu->requests) & GUEST_REQUEST_KICK) == 0)
		return;
	atomic_fetch_and(&g->vcpu->requests, ~GUEST_REQUEST_KICK);
	guest_leave(g, &exit);
}

/* Makes one access. @return what a load gives; 0 if the access was skipped */
static uint64_t access_memory(struct guest *g, uint64_t ipa, enum guest_access access, size_t size,
                              uint64_t value)
{
	uint64_t loaded = 0;

	guest_poll(g);
	for (;;) {
		struct guest_page page;
		unsigned fsc = g->services->translate(g->vcpu, ipa, access, &page);
		struct guest_exit exit = {
		        .kind = GUEST_EXIT_ABORT,
		        .esr = abort_esr(access, size, fsc),
		        .far = ipa,
		        .ipa = ipa,
		        .value = value,
		};

		if (page.host != NULL) {
			uint8_t *host = (uint8_t *)page.host + (ipa & PAGE_OFFSET);

			if (access == GUEST_WRITE)
				store(host, value, size);
			else
				loaded = load(host, size);
			stage2_pause(g->vcpu);
			return loaded;
		}
		stage2_pause(g->vcpu);
		if (!abort_access(g, &exit, &loaded))
			return loaded;
	}
}

/* An access that leaves its page is two. */
static uint64_t access_any(struct guest *g, uint64_t ipa, enum guest_access access, size_t size,
                           uint64_t value)
{
	uint64_t loaded = 0;

	if ((ipa & PAGE_OFFSET) + size <= RSI_GRANULE_SIZE)
		return access_memory(g, ipa, access, size, value);
	for (size_t i = 0; i < size; i++)
		loaded |= access_memory(g, ipa + i, access, 1, value >> (8 * i) & 0xff) << (8 * i);
	return loaded;
}

uint64_t guest_load64(struct guest *g, uint64_t ipa)
{
	return access_any(g, ipa, GUEST_READ, 8, 0);
}

uint32_t guest_load32(struct guest *g, uint64_t ipa)
{
	return (uint32_t)access_any(g, ipa, GUEST_READ, 4, 0);
}

uint16_t guest_load16(struct guest *g, uint64_t ipa)
{
	return (uint16_t)access_any(g, ipa, GUEST_READ, 2, 0);
}

uint8_t guest_load8(struct guest *g, uint64_t ipa)
{
	return (uint8_t)access_any(g, ipa, GUEST_READ, 1, 0);
}

void guest_store64(struct guest *g, uint64_t ipa, uint64_t value)
{
	access_any(g, ipa, GUEST_WRITE, 8, value);
}

void guest_store32(struct guest *g, uint64_t ipa, uint32_t value)
{
	access_any(g, ipa, GUEST_WRITE, 4, value);
}

void guest_store16(struct guest *g, uint64_t ipa, uint16_t value)
{
	access_any(g, ipa, GUEST_WRITE, 2, value);
}

void guest_store8(struct guest *g, uint64_t ipa, uint8_t value)
{
	access_any(g, ipa, GUEST_WRITE, 1, value);
}

uint32_t guest_fetch(struct guest *g, uint64_t ipa)
{
	return (uint32_t)access_memory(g, ipa & ~UINT64_C(3), GUEST_FETCH, 4, 0);
}

unsigned guest_take_sea(struct guest *g, uint64_t *esr, uint64_t *far)
{
	const struct guest_regs *regs = g->vcpu->regs;
	unsigned count = g->exceptions;

	g->exceptions = 0;
	if (esr != NULL)
		*esr = regs->sysreg[GUEST_ESR_EL1];
	if (far != NULL)
		*far = regs->sysreg[GUEST_FAR_EL1];
	return count;
}

void guest_raise(struct guest *g, const struct guest_exit *exit)
{
	guest_leave(g, exit);
}

uint64_t guest_smc(struct guest *g, struct smccc_regs *regs)
{
	struct guest_exit exit = {.kind = GUEST_EXIT_SMC};

	uint64_t pc = g->vcpu->regs->pc;

	memcpy(g->vcpu->regs->x, regs->x, sizeof(regs->x));
	/* A command that needs memory the Host has to bring begins again at the next entry. */
	do {
		guest_leave(g, &exit);
	} while (g->vcpu->regs->pc == pc);
	memcpy(regs->x, g->vcpu->regs->x, sizeof(regs->x));
	return regs->x[0];
}

static void wait_for(struct guest *g, bool trapped, uint64_t iss)
{
	struct guest_exit exit = {
	        .kind = GUEST_EXIT_WFX,
	        .esr = ESR_EC(EC_WFX) | ESR_IL | iss,
	};

	if (trapped && guest_interrupts(g) == 0)
		guest_leave(g, &exit);
}

void guest_wfi(struct guest *g)
{
	wait_for(g, g->entry->trap_wfi, 0);
}

void guest_wfe(struct guest *g)
{
	wait_for(g, g->entry->trap_wfe, ESR_WFX_WFE);
}

void guest_hvc(struct guest *g)
{
	struct guest_exit exit = {.kind = GUEST_EXIT_HVC, .esr = ESR_EC(EC_HVC) | ESR_IL};

	guest_leave(g, &exit);
}

static void set_out(uint64_t *out, uint64_t value)
{
	if (out != NULL)
		*out = value;
}

uint64_t rsi_version(struct guest *g, uint64_t req, uint64_t *lower, uint64_t *higher)
{
	struct smccc_regs regs = {{SMC_RSI_VERSION, req}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(lower, regs.x[1]);
	set_out(higher, regs.x[2]);
	return x0;
}

uint64_t rsi_features(struct guest *g, uint64_t index, uint64_t *value)
{
	struct smccc_regs regs = {{SMC_RSI_FEATURES, index}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(value, regs.x[1]);
	return x0;
}

uint64_t rsi_measurement_read(struct guest *g, uint64_t index, uint8_t value[64])
{
	struct smccc_regs regs = {{SMC_RSI_MEASUREMENT_READ, index}};
	uint64_t x0 = guest_smc(g, &regs);

	memcpy(value, &regs.x[1], 64);
	return x0;
}

uint64_t rsi_measurement_extend(struct guest *g, uint64_t index, const void *value, size_t size)
{
	struct smccc_regs regs = {{SMC_RSI_MEASUREMENT_EXTEND, index, size}};

	memcpy(&regs.x[3], value, size < 64 ? size : 64);
	return guest_smc(g, &regs);
}

uint64_t rsi_realm_config(struct guest *g, uint64_t ipa)
{
	struct smccc_regs regs = {{SMC_RSI_REALM_CONFIG, ipa}};

	return guest_smc(g, &regs);
}

uint64_t rsi_attestation_token_init(struct guest *g, const uint8_t challenge[64], uint64_t *size)
{
	struct smccc_regs regs = {{SMC_RSI_ATTESTATION_TOKEN_INIT}};
	uint64_t x0;

	memcpy(&regs.x[1], challenge, 64);
	x0 = guest_smc(g, &regs);
	if (size != NULL)
		*size = regs.x[1];
	return x0;
}

uint64_t rsi_attestation_token_continue(struct guest *g, uint64_t ipa, uint64_t offset,
                                        uint64_t size, uint64_t *len)
{
	struct smccc_regs regs = {{SMC_RSI_ATTESTATION_TOKEN_CONTINUE, ipa, offset, size}};
	uint64_t x0 = guest_smc(g, &regs);

	*len = x0 == RSI_SUCCESS || x0 == RSI_INCOMPLETE ? regs.x[1] : 0;
	return x0;
}

uint64_t rsi_ipa_state_get(struct guest *g, uint64_t base, uint64_t top, uint64_t *out_top,
                           uint64_t *ripas)
{
	struct smccc_regs regs = {{SMC_RSI_IPA_STATE_GET, base, top}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(out_top, regs.x[1]);
	set_out(ripas, regs.x[2]);
	return x0;
}

uint64_t rsi_ipa_state_set(struct guest *g, uint64_t base, uint64_t top, enum rsi_ripas ripas,
                           uint64_t flags, uint64_t *new_base, uint64_t *response)
{
	struct smccc_regs regs = {{SMC_RSI_IPA_STATE_SET, base, top, ripas, flags}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(new_base, regs.x[1]);
	set_out(response, regs.x[2]);
	return x0;
}

uint64_t rsi_host_call(struct guest *g, uint64_t ipa)
{
	struct smccc_regs regs = {{SMC_RSI_HOST_CALL, ipa}};

	return guest_smc(g, &regs);
}

uint64_t rsi_mem_get_perm_value(struct guest *g, uint64_t plane_index, uint64_t perm_index,
                                uint64_t *value)
{
	struct smccc_regs regs = {{SMC_RSI_MEM_GET_PERM_VALUE, plane_index, perm_index}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(value, regs.x[1]);
	return x0;
}

uint64_t rsi_mem_set_perm_value(struct guest *g, uint64_t plane_index, uint64_t perm_index,
                                uint64_t value)
{
	struct smccc_regs regs = {{SMC_RSI_MEM_SET_PERM_VALUE, plane_index, perm_index, value}};

	return guest_smc(g, &regs);
}

uint64_t rsi_mem_set_perm_index(struct guest *g, uint64_t base, uint64_t top, uint64_t perm_index,
                                uint64_t handle, uint64_t *new_base, uint64_t *response,
                                uint64_t *new_handle)
{
	struct smccc_regs regs = {{SMC_RSI_MEM_SET_PERM_INDEX, base, top, perm_index, handle}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(new_base, regs.x[1]);
	set_out(response, regs.x[2]);
	set_out(new_handle, regs.x[3]);
	return x0;
}

uint64_t rsi_plane_enter(struct guest *g, uint64_t plane_index, uint64_t run)
{
	struct smccc_regs regs = {{SMC_RSI_PLANE_ENTER, plane_index, run}};

	return guest_smc(g, &regs);
}

uint64_t rsi_plane_sysreg_read(struct guest *g, uint64_t plane_index, uint64_t addr,
                               uint64_t *value)
{
	struct smccc_regs regs = {{SMC_RSI_PLANE_SYSREG_READ, plane_index, addr}};
	uint64_t x0 = guest_smc(g, &regs);

	set_out(value, regs.x[1]);
	return x0;
}

uint64_t rsi_plane_sysreg_write(struct guest *g, uint64_t plane_index, uint64_t addr,
                                uint64_t value)
{
	struct smccc_regs regs = {{SMC_RSI_PLANE_SYSREG_WRITE, plane_index, addr, value}};

	return guest_smc(g, &regs);
}

static uint64_t psci(struct guest *g, uint32_t fid, uint64_t a, uint64_t b, uint64_t c)
{
	struct smccc_regs regs = {{fid, a, b, c}};

	return guest_smc(g, &regs);
}

uint64_t psci_version(struct guest *g)
{
	return psci(g, SMC32_PSCI_VERSION, 0, 0, 0);
}

uint64_t psci_features(struct guest *g, uint32_t fid)
{
	return psci(g, SMC32_PSCI_FEATURES, fid, 0, 0);
}

uint64_t psci_cpu_on(struct guest *g, uint64_t mpidr, uint64_t entry, uint64_t context_id)
{
	return psci(g, SMC64_PSCI_CPU_ON, mpidr, entry, context_id);
}

uint64_t psci_affinity_info(struct guest *g, uint64_t mpidr, uint64_t level)
{
	return psci(g, SMC64_PSCI_AFFINITY_INFO, mpidr, level, 0);
}

uint64_t psci_cpu_suspend(struct guest *g)
{
	return psci(g, SMC64_PSCI_CPU_SUSPEND, 0, 0, 0);
}

uint64_t psci_cpu_off(struct guest *g)
{
	return psci(g, SMC32_PSCI_CPU_OFF, 0, 0, 0);
}

uint64_t psci_system_off(struct guest *g)
{
	return psci(g, SMC32_PSCI_SYSTEM_OFF, 0, 0, 0);
}

uint64_t psci_system_reset(struct guest *g)
{
	return psci(g, SMC32_PSCI_SYSTEM_RESET, 0, 0, 0);
}
