/* SPDX-License-Identifier: BSD-3-Clause */
#include "serve/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <rmi/rmi.h>

#include "../internal.h"
#include "../shim/rmi_shim_abi.h"

/* As many as the driver has PEs, which have one call each, and some more for kicks. */
#define MAX_PES     64u
#define MAX_THREADS (MAX_PES + 2)

struct loopback {
	struct rmi *rmi;
	int fd, stop_fd;
	atomic_int error; /* The errno value that ended a thread. */
	atomic_uint running;
	pthread_t threads[MAX_THREADS];
	unsigned num_threads;
};

static void load_ich(struct rmi_ich *ich, const struct rmi_shim_ich *from)
{
	ich->hcr = from->hcr;
	ich->vmcr = from->vmcr;
	memcpy(ich->ap0r, from->ap0r, sizeof(ich->ap0r));
	memcpy(ich->ap1r, from->ap1r, sizeof(ich->ap1r));
	memcpy(ich->lr, from->lr, sizeof(ich->lr));
}

static void save_ich(const struct rmi_ich *ich, struct rmi_shim_ich *to)
{
	to->hcr = ich->hcr;
	to->vmcr = ich->vmcr;
	to->misr = ich->misr;
	to->eisr = ich->eisr;
	to->elrsr = ich->elrsr;
	memcpy(to->ap0r, ich->ap0r, sizeof(to->ap0r));
	memcpy(to->ap1r, ich->ap1r, sizeof(to->ap1r));
	memcpy(to->lr, ich->lr, sizeof(to->lr));
}

/* Returns whether there is an answer. */
static bool serve_message(struct loopback *loopback, struct rmi_loopback_msg *msg)
{
	struct rmi_pe *pe = rmi_pe(loopback->rmi, msg->call.pe);
	struct smccc_regs regs;

	if (msg->kind == RMI_LOOPBACK_KICK) {
		if (pe != NULL)
			rmi_pe_kick(pe);
		return false;
	}
	memcpy(regs.x, msg->call.x, sizeof(regs.x));
	if (pe == NULL) {
		regs.x[0] = SMCCC_NOT_SUPPORTED;
	} else if (msg->kind == RMI_LOOPBACK_ENTER) {
		load_ich(rmi_pe_ich(pe), &msg->ich);
		rmi_call(pe, &regs);
		save_ich(rmi_pe_ich(pe), &msg->ich);
	} else {
		rmi_call(pe, &regs);
	}
	memcpy(msg->call.x, regs.x, sizeof(regs.x));
	return true;
}

static void serve_messages(struct loopback *loopback)
{
	struct pollfd fds[2] = {{.fd = loopback->fd, .events = POLLIN},
	                        {.fd = loopback->stop_fd, .events = POLLIN}};

	for (;;) {
		struct rmi_loopback_msg msg;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents != 0)
			return;
		if (fds[0].revents == 0)
			continue;
		if (ioctl(loopback->fd, RMI_LOOPBACK_RECV, &msg) != 0) {
			/* Another thread has taken it. */
			if (errno == EAGAIN || errno == EINTR)
				continue;
			break;
		}
		if (serve_message(loopback, &msg) &&
		    ioctl(loopback->fd, RMI_LOOPBACK_SEND, &msg) != 0 && errno != ENOENT)
			break;
	}
	atomic_store(&loopback->error, errno);
}

static void *run_thread(void *arg)
{
	struct loopback *loopback = arg;

	serve_messages(loopback);
	atomic_fetch_sub(&loopback->running, 1);
	return NULL;
}

static bool open_device(const char *path, int *fd, struct rmi_error *err)
{
	*fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (*fd >= 0)
		return true;
	rmi_error_set(err, "%s: %s%s", path, strerror(errno),
	              errno == ENOENT ? "; is the driver loaded with loopback=1?" : "");
	return false;
}

static const char *why_not(int error)
{
	switch (error) {
	case EBUSY:
		return "another server is there, or clients of one that has gone";
	case ENOMEM:
		return "there is no such run of free memory";
	case ENOTTY:
		return "not the loopback device of the RMI driver";
	default:
		return strerror(error);
	}
}

/* Puts the driver's memory in the place of the RMM's own, of which nothing has been used. */
static bool replace_memory(struct loopback *loopback, const char *device, uint64_t pa,
                           struct rmi_error *err)
{
	struct rmi_memory memory = rmi_memory(loopback->rmi);

	if (mmap(memory.host, (size_t)memory.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	         loopback->fd, (off_t)pa) != MAP_FAILED)
		return true;
	rmi_error_set(err, "%s: the memory cannot be mapped: %s", device, strerror(errno));
	return false;
}

/*
 * The machine is as large as the configuration says, and begins where the driver has found room:
 * that is known only when it has been asked, so the RMM is made twice.
 */
static bool attach(struct loopback *loopback, const struct serve_loopback_options *options,
                   struct rmi_error *err)
{
	struct rmi *first = rmi_open(options->backend, err);
	struct rmi_loopback_attach args;
	const char *joint = ",";

	if (first == NULL)
		return false;
	args = (struct rmi_loopback_attach){
	        .size = rmi_memory(first).size,
	        .revision = (uint32_t)rmi_revision(first),
	        .num_pes = rmi_num_pes(first) < MAX_PES ? rmi_num_pes(first) : MAX_PES,
	        .num_lrs = (uint32_t)(rmi_pe_ich(rmi_pe(first, 0))->vtr & 0xf) + 1,
	        .ich_vtr = rmi_pe_ich(rmi_pe(first, 0))->vtr,
	        .counter_hz = RMI_COUNTER_HZ,
	};
	rmi_close(first);
	if (ioctl(loopback->fd, RMI_LOOPBACK_ATTACH, &args) != 0) {
		rmi_error_set(err, "%s: %s", options->device, why_not(errno));
		return false;
	}
	if (strchr(options->backend, ':') == NULL)
		joint = ":";
	else if (strchr(options->backend, '=') == NULL)
		joint = "";
	loopback->rmi = rmi_open_fmt(err, "%s%sdram_base=0x%llx", options->backend, joint,
	                             (unsigned long long)args.pa);
	return loopback->rmi != NULL && replace_memory(loopback, options->device, args.pa, err);
}

static bool start(struct loopback *loopback, struct rmi_error *err)
{
	unsigned wanted = rmi_num_pes(loopback->rmi) + 2;
	int error = 0;

	if (wanted > MAX_THREADS)
		wanted = MAX_THREADS;
	while (error == 0 && loopback->num_threads < wanted) {
		atomic_fetch_add(&loopback->running, 1);
		error = pthread_create(&loopback->threads[loopback->num_threads], NULL, run_thread,
		                       loopback);
		if (error == 0)
			loopback->num_threads++;
		else
			atomic_fetch_sub(&loopback->running, 1);
	}
	if (loopback->num_threads > 1)
		return true;
	rmi_error_set(err, "no thread: %s", strerror(error));
	return false;
}

/* Waits for the end. Realms that run then have to exit, and those that a thread enters yet. */
static void finish(struct loopback *loopback)
{
	struct pollfd stop = {.fd = loopback->stop_fd, .events = POLLIN};

	while (poll(&stop, 1, -1) < 0 && errno == EINTR)
		continue;
	while (atomic_load(&loopback->running) != 0) {
		const struct timespec pause = {.tv_nsec = 5000000};

		for (unsigned i = 0; i < rmi_num_pes(loopback->rmi); i++)
			rmi_pe_kick(rmi_pe(loopback->rmi, i));
		(void)nanosleep(&pause, NULL);
	}
	for (unsigned i = 0; i < loopback->num_threads; i++)
		(void)pthread_join(loopback->threads[i], NULL);
}

bool serve_loopback(const struct serve_loopback_options *options, struct rmi_error *err)
{
	struct loopback loopback = {.stop_fd = options->stop_fd};
	bool good;

	if (!open_device(options->device, &loopback.fd, err))
		return false;
	good = attach(&loopback, options, err) && start(&loopback, err);
	if (good && options->ready != NULL)
		options->ready(rmi_num_pes(loopback.rmi), rmi_memory(loopback.rmi).size);
	if (good)
		finish(&loopback);
	if (good && atomic_load(&loopback.error) != 0) {
		rmi_error_set(err, "%s: %s", options->device,
		              strerror(atomic_load(&loopback.error)));
		good = false;
	}
	/* Clients hear of the end first. */
	(void)close(loopback.fd);
	rmi_close(loopback.rmi);
	return good;
}
