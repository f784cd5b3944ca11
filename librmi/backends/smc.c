/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend "smc": the RMM of this machine, through the Linux driver of librmi/shim.
 *
 * A PE is a thread that is pinned to a CPU and makes the calls of the PE there, so that the list
 * registers and the kick of a PE belong to one CPU.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../internal.h"
#include "../shim/rmi_shim_abi.h"
#include "conf.h"

#define MAX_PES      64
#define DEFAULT_PATH "/dev/rmi"
#define PAGE         UINT64_C(4096)
/* Pages whose states are asked for at a time. */
#define QUERY_PAGES  4096

struct smc;

/* A PE: one caller at a time puts a call here, its thread makes it. */
struct smc_pe {
	struct smc *smc;
	unsigned index;
	pthread_t thread;
	pthread_mutex_t turn; /* Held by the caller. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct smccc_regs *regs; /* The call that is due; guarded by lock. */
	bool stop;
	struct rmi_ich ich;
};

struct smc {
	struct rmi_backend backend;
	struct rmi_shim_info info;
	int fd;
	unsigned num_running; /* PEs whose threads are there. */
	struct smc_pe pes[MAX_PES];
};

struct smc_conf {
	char path[512];
	uint64_t dram;
	uint32_t pes;
	uint32_t spec;
};

#define SPEC_OF_THE_RMM 0xff

static const struct rmi_conf_name revision_names[] = {
        {.name = "2.0-bet1", .value = RMI_REVISION_2_0_BET1},
        {.name = "2.0-bet3", .value = RMI_REVISION_2_0_BET3},
        {0},
};

#define MEMBER(member) RMI_CONF_MEMBER(smc_conf, member)

static const struct rmi_conf_key smc_keys[] = {
        {"dram", RMI_CONF_SIZE, MEMBER(dram), .min = 1 << 20, .multiple = PAGE},
        {"pes", RMI_CONF_UNSIGNED, MEMBER(pes), .min = 1, .max = MAX_PES},
        {"spec", RMI_CONF_ENUM, MEMBER(spec), .names = revision_names},
};

static struct smc *to_smc(struct rmi_backend *backend)
{
	return (struct smc *)backend;
}

/*
 * What the driver refuses has not reached the RMM. An RMM says RMI_ERROR_INPUT to an address or a
 * handle that is none, and knows no function that the driver does not.
 */
static uint64_t refusal(int error)
{
	switch (error) {
	case EPERM:
	case EINVAL:
		return rmi_result(RMI_ERROR_INPUT);
	case ENOMEM:
	case EINTR:
		return rmi_result(RMI_BUSY);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

static void call(struct smc_pe *pe, struct smccc_regs *regs)
{
	struct rmi_shim_call args = {.pe = pe->index};

	memcpy(args.x, regs->x, sizeof(args.x));
	if (ioctl(pe->smc->fd, RMI_SHIM_CALL, &args) != 0)
		regs->x[0] = refusal(errno);
	else
		memcpy(regs->x, args.x, sizeof(args.x));
}

/* Ticks of the counter in units of 1 / RMI_COUNTER_HZ. */
static uint64_t to_counter(const struct smc *smc, uint64_t ticks)
{
	uint64_t hz = smc->info.counter_hz;

	if (hz == RMI_COUNTER_HZ || hz == 0)
		return ticks;
	return ticks / hz * RMI_COUNTER_HZ + ticks % hz * RMI_COUNTER_HZ / hz;
}

/* Timers of the Realm in the count that rmi_pe_counter() has. */
static void convert_timers(struct smc *smc, uint64_t run_ptr)
{
	const struct rmi_memory *memory = &smc->backend.memory;
	struct rmi_rec_run *run;

	if (smc->info.counter_hz == RMI_COUNTER_HZ || run_ptr - memory->base >= memory->size)
		return;
	run = (void *)((unsigned char *)memory->host + (run_ptr - memory->base));
	run->exit.cntv_cval = to_counter(smc, run->exit.cntv_cval);
	run->exit.cntp_cval = to_counter(smc, run->exit.cntp_cval);
}

static void enter(struct smc_pe *pe, struct smccc_regs *regs)
{
	struct rmi_shim_enter args = {.call.pe = pe->index};
	struct rmi_ich *ich = &pe->ich;
	uint64_t run_ptr = regs->x[2];

	memcpy(args.call.x, regs->x, sizeof(args.call.x));
	args.ich.hcr = ich->hcr;
	args.ich.vmcr = ich->vmcr;
	memcpy(args.ich.ap0r, ich->ap0r, sizeof(args.ich.ap0r));
	memcpy(args.ich.ap1r, ich->ap1r, sizeof(args.ich.ap1r));
	memcpy(args.ich.lr, ich->lr, sizeof(args.ich.lr));
	if (ioctl(pe->smc->fd, RMI_SHIM_ENTER, &args) != 0) {
		regs->x[0] = refusal(errno);
		return;
	}
	memcpy(regs->x, args.call.x, sizeof(args.call.x));
	ich->hcr = args.ich.hcr;
	ich->vmcr = args.ich.vmcr;
	ich->misr = args.ich.misr;
	ich->eisr = args.ich.eisr;
	ich->elrsr = args.ich.elrsr;
	memcpy(ich->ap0r, args.ich.ap0r, sizeof(args.ich.ap0r));
	memcpy(ich->ap1r, args.ich.ap1r, sizeof(args.ich.ap1r));
	memcpy(ich->lr, args.ich.lr, sizeof(args.ich.lr));
	if (rmi_status(regs->x[0]) == RMI_SUCCESS)
		convert_timers(pe->smc, run_ptr);
}

/* The CPUs of this process, one after the other. */
static void pin(unsigned index)
{
	cpu_set_t allowed, one;
	unsigned nth;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0 || CPU_COUNT(&allowed) == 0)
		return;
	nth = index % (unsigned)CPU_COUNT(&allowed);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || nth-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		(void)sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void *run_pe(void *arg)
{
	struct smc_pe *pe = arg;

	pin(pe->index);
	pthread_mutex_lock(&pe->lock);
	while (!pe->stop) {
		struct smccc_regs *regs = pe->regs;

		if (regs == NULL) {
			pthread_cond_wait(&pe->changed, &pe->lock);
			continue;
		}
		pthread_mutex_unlock(&pe->lock);
		if ((uint32_t)regs->x[0] == SMC_RMI_REC_ENTER)
			enter(pe, regs);
		else
			call(pe, regs);
		pthread_mutex_lock(&pe->lock);
		pe->regs = NULL;
		pthread_cond_broadcast(&pe->changed);
	}
	pthread_mutex_unlock(&pe->lock);
	return NULL;
}

static void smc_call(struct rmi_backend *backend, unsigned index, struct smccc_regs *regs)
{
	struct smc_pe *pe = &to_smc(backend)->pes[index];

	pthread_mutex_lock(&pe->turn);
	pthread_mutex_lock(&pe->lock);
	pe->regs = regs;
	pthread_cond_broadcast(&pe->changed);
	while (pe->regs != NULL)
		pthread_cond_wait(&pe->changed, &pe->lock);
	pthread_mutex_unlock(&pe->lock);
	pthread_mutex_unlock(&pe->turn);
}

static void smc_kick(struct rmi_backend *backend, unsigned pe)
{
	struct rmi_shim_kick kick = {.pe = pe};

	(void)ioctl(to_smc(backend)->fd, RMI_SHIM_KICK, &kick);
}

static struct rmi_ich *smc_ich(struct rmi_backend *backend, unsigned pe)
{
	return &to_smc(backend)->pes[pe].ich;
}

static uint64_t smc_counter(struct rmi_backend *backend, unsigned pe)
{
	struct timespec now;

	(void)pe;
#if defined(__aarch64__)
	/* In loopback the server's counter is the clock below. */
	if ((to_smc(backend)->info.flags & RMI_SHIM_LOOPBACK) == 0) {
		uint64_t ticks;

		/* Not before what the program has done so far. */
		__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
		return to_counter(to_smc(backend), ticks);
	}
#else
	(void)backend;
#endif
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * RMI_COUNTER_HZ + (uint64_t)now.tv_nsec;
}

static uint64_t smc_granule_size(struct rmi_backend *backend)
{
	return to_smc(backend)->info.granule_size;
}

static const char *state_name(uint8_t state)
{
	switch (state) {
	case RMI_SHIM_PAGE_DELEGATED:
		return "GRAN_DELEGATED";
	case RMI_SHIM_PAGE_RD:
		return "GRAN_RD";
	case RMI_SHIM_PAGE_REC:
		return "GRAN_REC";
	case RMI_SHIM_PAGE_RTT:
		return "GRAN_RTT";
	case RMI_SHIM_PAGE_DONATED:
		return "GRAN_INTERNAL";
	default:
		return "in an operation";
	}
}

/* As far as the driver knows: a granule of data is delegated to it. */
static bool smc_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                             const char **state)
{
	const struct rmi_memory *memory = &backend->memory;
	uint8_t states[QUERY_PAGES];
	uint64_t first = from <= memory->base ? 0 : (from - memory->base + PAGE - 1) / PAGE;
	uint64_t pages = memory->size / PAGE;

	while (first < pages) {
		uint64_t count = pages - first < QUERY_PAGES ? pages - first : QUERY_PAGES;
		struct rmi_shim_pages query = {.pa = memory->base + first * PAGE,
		                               .count = count,
		                               .states = (uintptr_t)states};

		if (ioctl(to_smc(backend)->fd, RMI_SHIM_PAGES, &query) != 0)
			return false;
		for (uint64_t i = 0; i < count; i++) {
			if (states[i] == RMI_SHIM_PAGE_NORMAL)
				continue;
			*pa = memory->base + (first + i) * PAGE;
			*state = state_name(states[i]);
			return true;
		}
		first += count;
	}
	return false;
}

static void stop_pe(struct smc_pe *pe)
{
	pthread_mutex_lock(&pe->lock);
	pe->stop = true;
	pthread_cond_broadcast(&pe->changed);
	pthread_mutex_unlock(&pe->lock);
	(void)pthread_join(pe->thread, NULL);
	(void)pthread_cond_destroy(&pe->changed);
	(void)pthread_mutex_destroy(&pe->lock);
	(void)pthread_mutex_destroy(&pe->turn);
}

/* The mapping keeps the device open: the driver takes everything back when both are gone. */
static void smc_close(struct rmi_backend *backend)
{
	struct smc *smc = to_smc(backend);

	while (smc->num_running > 0)
		stop_pe(&smc->pes[--smc->num_running]);
	if (smc->backend.memory.host != NULL)
		(void)munmap(smc->backend.memory.host, (size_t)smc->backend.memory.size);
	if (smc->fd >= 0)
		(void)close(smc->fd);
	free(smc);
}

static const struct rmi_backend_ops smc_ops = {
        .call = smc_call,
        .kick = smc_kick,
        .ich = smc_ich,
        .granule_next = smc_granule_next,
        .counter = smc_counter,
        .granule_size = smc_granule_size,
        .close = smc_close,
};

/* Signals are the program's business. */
static int start_pes(struct smc *smc)
{
	sigset_t all, before;
	int error = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (error == 0 && smc->num_running < smc->backend.num_pes) {
		struct smc_pe *pe = &smc->pes[smc->num_running];

		pe->smc = smc;
		pe->index = smc->num_running;
		pe->ich.vtr = smc->info.ich_vtr;
		pe->ich.pmr = 0xff;
		(void)pthread_mutex_init(&pe->turn, NULL);
		(void)pthread_mutex_init(&pe->lock, NULL);
		(void)pthread_cond_init(&pe->changed, NULL);
		error = pthread_create(&pe->thread, NULL, run_pe, pe);
		smc->num_running += error == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static bool open_device(struct smc *smc, const struct smc_conf *conf, struct rmi_error *err)
{
	const char *path = conf->path;

	smc->fd = open(path, O_RDWR | O_CLOEXEC);
	if (smc->fd < 0) {
		switch (errno) {
		case ENOENT:
			rmi_error_set(
			        err,
			        "smc: there is no %s; is the driver loaded? (docs/hardware.md)",
			        path);
			break;
		case EACCES:
		case EPERM:
			rmi_error_set(err, "smc: %s: no permission; it takes CAP_SYS_ADMIN", path);
			break;
		case ENODEV:
		case ENXIO:
			rmi_error_set(err, "smc: %s: there is no RMM behind it", path);
			break;
		default:
			rmi_error_set(err, "smc: %s: %s", path, strerror(errno));
		}
		return false;
	}
	if (ioctl(smc->fd, RMI_SHIM_INFO, &smc->info) != 0) {
		rmi_error_set(err, "smc: %s is not the device of the RMI driver", path);
		return false;
	}
	if (smc->info.abi != RMI_SHIM_ABI_VERSION) {
		rmi_error_set(err, "smc: %s: the driver speaks version %u, this program %u", path,
		              smc->info.abi, RMI_SHIM_ABI_VERSION);
		return false;
	}
	return true;
}

static bool fits(const struct smc *smc, const struct smc_conf *conf, struct rmi_error *err)
{
	if (conf->spec != SPEC_OF_THE_RMM && conf->spec != smc->info.revision) {
		rmi_error_set(err, "smc: spec=%s: the RMM speaks %s",
		              rmi_revision_name((enum rmi_revision)conf->spec),
		              rmi_revision_name((enum rmi_revision)smc->info.revision));
		return false;
	}
	if (conf->pes > smc->info.num_pes) {
		rmi_error_set(err, "smc: pes=%u: there are %u", conf->pes, smc->info.num_pes);
		return false;
	}
	return true;
}

static bool get_memory(struct smc *smc, uint64_t size, struct rmi_error *err)
{
	struct rmi_shim_chunk chunk = {.size = size};
	void *host;

	if (ioctl(smc->fd, RMI_SHIM_ALLOC, &chunk) != 0) {
		rmi_error_set(err, "smc: dram=%lluK: no such run of free memory: %s",
		              (unsigned long long)(size >> 10), strerror(errno));
		return false;
	}
	host = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, smc->fd,
	            (off_t)chunk.pa);
	if (host == MAP_FAILED) {
		rmi_error_set(err, "smc: the memory cannot be mapped: %s", strerror(errno));
		return false;
	}
	smc->backend.memory = (struct rmi_memory){.base = chunk.pa, .size = size, .host = host};
	return true;
}

/* "PATH", "PATH,key=value" or "key=value". */
static bool parse(const char *text, struct smc_conf *conf, struct rmi_error *err)
{
	size_t first = strcspn(text, ",");

	*conf = (struct smc_conf){
	        .path = DEFAULT_PATH, .dram = UINT64_C(64) << 20, .spec = SPEC_OF_THE_RMM};
	if (memchr(text, '=', first) == NULL && first > 0) {
		if (first >= sizeof(conf->path)) {
			rmi_error_set(err, "smc: the path of the device is too long");
			return false;
		}
		memcpy(conf->path, text, first);
		conf->path[first] = '\0';
		text += first + (text[first] == ',');
	}
	return rmi_conf_parse("smc", smc_keys, sizeof(smc_keys) / sizeof(smc_keys[0]), text, conf,
	                      err);
}

static struct rmi_backend *smc_open(const char *text, struct rmi_error *err)
{
	struct smc_conf conf;
	struct smc *smc;
	int error;

	if (!parse(text, &conf, err))
		return NULL;
	smc = calloc(1, sizeof(*smc));
	if (smc == NULL) {
		rmi_error_set(err, "smc: out of memory");
		return NULL;
	}
	smc->fd = -1;
	if (!open_device(smc, &conf, err) || !fits(smc, &conf, err) ||
	    !get_memory(smc, conf.dram, err))
		goto close;
	smc->backend.ops = &smc_ops;
	smc->backend.name = rmi_backend_smc.name;
	smc->backend.revision = (enum rmi_revision)smc->info.revision;
	smc->backend.num_pes = conf.pes != 0                 ? conf.pes
	                       : smc->info.num_pes < MAX_PES ? smc->info.num_pes
	                                                     : MAX_PES;
	error = start_pes(smc);
	if (error == 0)
		return &smc->backend;
	rmi_error_set(err, "smc: no thread for a PE: %s", strerror(error));

close:
	smc_close(&smc->backend);
	return NULL;
}

const struct rmi_backend_type rmi_backend_smc = {
        .name = "smc",
        .open = smc_open,
};
