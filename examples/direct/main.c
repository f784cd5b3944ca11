/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs an image of examples/guests on a host that is not libhost: direct IMAGE [BACKEND [VCPUS]].
 * One thread takes the vCPUs in turns. What the realm finds is described in host/platform.h; there
 * is no interrupt controller.
 */

#include <elf.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <host/platform.h>

#include "direct.h"

/* ESR_EL2 (DDI0487). */
#define ESR_EC(esr)     ((unsigned)((esr) >> 26 & 0x3f))
#define EC_WFX          0x01u
#define EC_SYSREG       0x18u
#define EC_IABT_LOW     0x20u
#define EC_DABT_LOW     0x24u
#define ISS_ISV         (UINT64_C(1) << 24)
#define ISS_WNR         (UINT64_C(1) << 6)
#define ISS_SYS_RT(esr) ((unsigned)((esr) >> 5 & 0x1f))

static bool in_ram(const struct realm *r, uint64_t gpa)
{
	return gpa >= r->ram && gpa - r->ram < r->ram_size;
}

/* A console that is never full; everything else aborts in the realm. */
static void mmio(struct vcpu *cpu, uint64_t gpa)
{
	const struct rmi_rec_exit *exit = &cpu->run->exit;

	if (ESR_EC(exit->esr) != EC_DABT_LOW || (exit->esr & ISS_ISV) == 0 ||
	    gpa < PLATFORM_UART_BASE || gpa - PLATFORM_UART_BASE >= PLATFORM_UART_SIZE) {
		cpu->run->enter.flags = RMI_REC_ENTER_FLAGS_INJECT_SEA;
		return;
	}
	if ((exit->esr & ISS_WNR) == 0)
		cpu->run->enter.gprs[0] = 0;
	else if (gpa - PLATFORM_UART_BASE == PLATFORM_UART_DR)
		(void)putchar((int)(exit->gprs[0] & 0xff));
	cpu->run->enter.flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
}

static bool sync_exit(struct realm *r, struct vcpu *cpu)
{
	const struct rmi_rec_exit *exit = &cpu->run->exit;
	/* HPFAR_EL2.FIPA is IPA[55:12] at [47:4]. */
	const uint64_t ipa = (exit->hpfar & ~UINT64_C(0xf)) << 8;
	const uint64_t gpa = ipa & ~SHARED_BIT;

	switch (ESR_EC(exit->esr)) {
	case EC_IABT_LOW:
	case EC_DABT_LOW:
		if ((ipa & SHARED_BIT) != 0 && !in_ram(r, gpa)) {
			mmio(cpu, gpa | (exit->far & (PAGE - 1)));
			return true;
		}
		return (ipa & SHARED_BIT) != 0 ? realm_share(r, gpa) : realm_map(r, gpa);
	case EC_SYSREG:
		/* Reads as zero. */
		if (ISS_SYS_RT(exit->esr) < RMI_REC_RUN_NR_GPRS)
			cpu->run->enter.gprs[ISS_SYS_RT(exit->esr)] = 0;
		return true;
	case EC_WFX:
		/* The others have their turn. */
		return true;
	default:
		return false;
	}
}

/* Reverses bytes of the realm's, if they are within a shared page. */
static uint64_t reverse(struct realm *r, uint64_t ipa, uint64_t size)
{
	const uint64_t gpa = ipa & ~SHARED_BIT;
	uint64_t pa = in_ram(r, gpa) ? r->shared[(gpa - r->ram) / PAGE] : 0;
	uint8_t *text;

	if (pa == 0 || size > PAGE - gpa % PAGE)
		return 0;
	text = (uint8_t *)page_va(r->m, pa) + gpa % PAGE;
	for (uint64_t i = 0; i < size / 2; i++) {
		uint8_t byte = text[i];

		text[i] = text[size - 1 - i];
		text[size - 1 - i] = byte;
	}
	return size;
}

static void host_call(struct realm *r, struct vcpu *cpu, int *status)
{
	uint64_t *gprs = cpu->run->enter.gprs;

	memcpy(gprs, cpu->run->exit.gprs, sizeof(cpu->run->exit.gprs));
	switch (cpu->run->exit.imm) {
	case PLATFORM_CALL_WRITE:
		if (gprs[0] > PLATFORM_CALL_TEXT_MAX)
			gprs[0] = 0;
		(void)fwrite(gprs + 1, 1, gprs[0], stdout);
		break;
	case PLATFORM_CALL_EXIT_STATUS:
		*status = (int)(gprs[0] & 0xff);
		break;
	case PLATFORM_CALL_REVERSE:
		gprs[0] = reverse(r, gprs[0], gprs[1]);
		break;
	default:
		gprs[0] = PLATFORM_CALL_UNKNOWN;
	}
}

/* @return whether the realm goes on */
static bool psci(struct realm *r, struct vcpu *cpu, bool *good)
{
	const uint64_t target = rmi_rec_index(cpu->run->exit.gprs[1]);
	uint64_t x0;

	switch (cpu->run->exit.gprs[0] & ~(uint64_t)SMCCC_FID_SMC64) {
	case SMC32_PSCI_SYSTEM_OFF:
	case SMC32_PSCI_SYSTEM_RESET:
		return false;
	case SMC32_PSCI_CPU_OFF:
		cpu->on = false;
		return true;
	case SMC32_PSCI_CPU_ON:
	case SMC32_PSCI_AFFINITY_INFO:
		*good = target < r->num_vcpus;
		if (!*good)
			return false;
		do {
			x0 = rmi_psci_complete(r->m->pe, cpu->rec, r->vcpu[target].rec,
			                       PSCI_SUCCESS);
		} while (rmi_status(x0) == RMI_BUSY || rmi_status(x0) == RMI_BLOCKED);
		*good = x0 == RMI_SUCCESS;
		if ((cpu->run->exit.gprs[0] & ~(uint64_t)SMCCC_FID_SMC64) == SMC32_PSCI_CPU_ON)
			r->vcpu[target].on = true;
		return *good;
	default:
		return true;
	}
}

static bool ripas_change(struct realm *r, struct vcpu *cpu)
{
	const struct rmi_rec_exit *exit = &cpu->run->exit;

	if (exit->ripas_base < r->ram || exit->ripas_top > r->ram + r->ram_size) {
		cpu->run->enter.flags = RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE;
		return true;
	}
	return realm_change_ripas(r, cpu, exit->ripas_base, exit->ripas_top,
	                          (enum rmi_ripas)exit->ripas_value);
}

/* One entry. @return whether the realm goes on; if not, good says why */
static bool enter(struct realm *r, struct vcpu *cpu, int *status, bool *good)
{
	struct smccc_regs regs;
	uint64_t x0;

	cpu->run->enter.flags |= RMI_REC_ENTER_FLAGS_TRAP_WFI | RMI_REC_ENTER_FLAGS_TRAP_WFE;
	x0 = CALL_RMM(r->m, regs, SMC_RMI_REC_ENTER, cpu->rec, cpu->run_pa);
	*good = x0 == RMI_SUCCESS;
	if (!*good)
		return false;
	cpu->run->enter.flags = 0;
	switch (cpu->run->exit.exit_reason) {
	case RMI_EXIT_SYNC:
		return *good = sync_exit(r, cpu);
	case RMI_EXIT_IRQ:
	case RMI_EXIT_FIQ:
		return true;
	case RMI_EXIT_PSCI:
		return psci(r, cpu, good);
	case RMI_EXIT_RIPAS_CHANGE:
		return *good = ripas_change(r, cpu);
	case RMI_EXIT_HOST_CALL:
		host_call(r, cpu, status);
		return true;
	default:
		return *good = false;
	}
}

/* Ends a vCPU's turn now and then: one that waits for another must not wait for ever. */
struct slicer {
	struct rmi_pe *pe;
	atomic_bool stop;
	pthread_t thread;
};

static void *slice(void *arg)
{
	const struct timespec turn = {.tv_nsec = 1000000};
	struct slicer *slicer = arg;

	while (!slicer->stop) {
		(void)nanosleep(&turn, NULL);
		rmi_pe_kick(slicer->pe);
	}
	return NULL;
}

static int take_turns(struct realm *r)
{
	bool good = true, any = true;
	int status = 0;

	while (any) {
		any = false;
		for (unsigned i = 0; i < r->num_vcpus; i++) {
			if (!r->vcpu[i].on)
				continue;
			any = true;
			if (!enter(r, &r->vcpu[i], &status, &good))
				return good ? status : -1;
		}
	}
	return status;
}

int realm_run(struct realm *r)
{
	struct slicer slicer = {.pe = r->m->pe};
	int status;

	if (pthread_create(&slicer.thread, NULL, slice, &slicer) != 0)
		return -1;
	status = take_turns(r);
	slicer.stop = true;
	(void)pthread_join(slicer.thread, NULL);
	return status;
}

/* Populates the pages that the segments of an image cover. */
static bool load(struct realm *r, FILE *file, uint64_t *entry)
{
	Elf64_Ehdr header;

	if (fread(&header, sizeof(header), 1, file) != 1 ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_AARCH64)
		return false;
	*entry = header.e_entry;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		uint64_t at, end;
		Elf64_Phdr segment;

		if (fseek(file, (long)(header.e_phoff + i * sizeof(segment)), SEEK_SET) != 0 ||
		    fread(&segment, sizeof(segment), 1, file) != 1)
			return false;
		if (segment.p_type != PT_LOAD)
			continue;
		if (segment.p_paddr % PAGE != 0 || !in_ram(r, segment.p_paddr) ||
		    segment.p_memsz > r->ram_size)
			return false;
		if (fseek(file, (long)segment.p_offset, SEEK_SET) != 0)
			return false;
		end = segment.p_paddr + segment.p_memsz;
		for (at = segment.p_paddr; at < end; at += PAGE) {
			uint64_t done = at - segment.p_paddr;
			uint8_t page[PAGE] = {0};
			size_t size = segment.p_filesz > done ? segment.p_filesz - done : 0;

			if (size > PAGE)
				size = PAGE;
			if (fread(page, 1, size, file) != size || !realm_populate(r, at, page))
				return false;
		}
	}
	return true;
}

/* @return exit status of the realm; -1: an error */
static int whole_life(struct machine *m, FILE *image, unsigned vcpus)
{
	struct realm r;
	uint64_t entry = 0;
	int status = -1;
	bool good = realm_create(&r, m, PLATFORM_RAM_BASE, PLATFORM_RAM_SIZE) &&
	            load(&r, image, &entry);

	for (unsigned i = 0; good && i < vcpus; i++)
		good = realm_add_vcpu(&r, entry);
	if (good && realm_activate(&r))
		status = realm_run(&r);
	if (!realm_destroy(&r))
		status = -1;
	return status;
}

int main(int argc, char **argv)
{
	const char *conf = argc > 2 ? argv[2] : NULL;
	const unsigned long vcpus = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	FILE *image = argc > 1 ? fopen(argv[1], "rbe") : NULL;
	struct machine m;
	uint64_t held;
	int status;

	if (image == NULL || vcpus < 1 || vcpus > MAX_VCPUS) {
		(void)fprintf(stderr, "usage: direct IMAGE.elf [BACKEND [VCPUS]]\n");
		return 2;
	}
	status = machine_open(&m, conf) ? whole_life(&m, image, (unsigned)vcpus) : -1;
	held = machine_close(&m);
	(void)fclose(image);
	(void)fflush(stdout);
	(void)fprintf(stderr, "status %d, %" PRIu64 " granules not given back\n", status, held);
	return status == 0 && held == 0 ? 0 : 1;
}
