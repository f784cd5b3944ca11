/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Linux driver as a program sees it, in loopback. scripts/check-qemu runs it in a machine of
 * its own; static, without the project's libraries.
 *
 *     shim_test server
 *     shim_test basic | pages | refused | look | fuzz SEED CALLS | held | hold SECONDS
 *     shim_test operations      with an RMM whose range commands do two entries at a time
 *     shim_test user PROGRAM ARGUMENT...
 *     shim_test kill SEED TIMES PROGRAM ARGUMENT...
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rmi/abi/fid.h>
#include <rmi/abi/layout.h>
#include <rmi/abi/status.h>
#include <rmi/abi/types.h>

#include "rmi_shim_abi.h"

#define PAGE  UINT64_C(4096)
#define CHUNK (64 * PAGE)

static unsigned failures;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: not so: %s (errno %d)\n", __func__, __LINE__, #condition,   \
			       errno);                                                             \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

/* An ioctl that fails with this error. */
#define REFUSED(error, call) CHECK((call) == -1 && errno == (error))

static int open_rmi(void)
{
	int fd = open("/dev/rmi", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		printf("/dev/rmi: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

static uint64_t alloc(int fd, uint64_t size, unsigned char **va)
{
	struct rmi_shim_chunk chunk = {.size = size};
	void *at;

	if (ioctl(fd, RMI_SHIM_ALLOC, &chunk) != 0) {
		printf("alloc: %s\n", strerror(errno));
		exit(1);
	}
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)chunk.pa);
	if (at == MAP_FAILED) {
		printf("mmap: %s\n", strerror(errno));
		exit(1);
	}
	*va = at;
	return chunk.pa;
}

static int call(int fd, uint64_t *x, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct rmi_shim_call args = {.x = {x0, x1, x2, x3}};
	int result = ioctl(fd, RMI_SHIM_CALL, &args);

	memcpy(x, args.x, sizeof(args.x));
	return result;
}

static uint64_t rmi(int fd, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[RMI_SHIM_NUM_REGS];

	return call(fd, x, x0, x1, x2, x3) == 0 ? x[0] : ~UINT64_C(0);
}

static uint8_t state_of(int fd, uint64_t pa)
{
	uint8_t state = 0xff;
	struct rmi_shim_pages pages = {.pa = pa, .count = 1, .states = (uintptr_t)&state};

	CHECK(ioctl(fd, RMI_SHIM_PAGES, &pages) == 0);
	return state;
}

static struct rmi_shim_info info_of(int fd)
{
	struct rmi_shim_info info;

	memset(&info, 0xff, sizeof(info));
	CHECK(ioctl(fd, RMI_SHIM_INFO, &info) == 0);
	return info;
}

static void activate(int fd)
{
	uint64_t x0 = rmi(fd, SMC_RMI_RMM_ACTIVATE, 0, 0, 0);

	/* ERROR_GLOBAL: it is active already. */
	CHECK(x0 == RMI_SUCCESS || rmi_status(x0) == RMI_ERROR_GLOBAL);
}

static void basic(void)
{
	int fd = open_rmi(), other = open_rmi();
	struct rmi_shim_info info = info_of(fd);
	uint64_t x[RMI_SHIM_NUM_REGS];
	struct rmi_shim_chunk chunk;
	unsigned char *va;
	uint64_t pa;

	CHECK(info.abi == RMI_SHIM_ABI_VERSION && info.granule_size == PAGE);
	CHECK(info.flags == RMI_SHIM_LOOPBACK && info.num_pes > 0 && info.num_lrs > 0);
	activate(fd);
	CHECK(rmi(fd, SMC_RMI_VERSION, RMI_ABI_VERSION, 0, 0) == RMI_SUCCESS);
	pa = alloc(fd, CHUNK, &va);
	for (uint64_t i = 0; i < CHUNK; i++)
		CHECK(va[i] == 0);
	memset(va, 0, CHUNK);
	/* The RMM reads a copy; who asks gets back what he gave. */
	CHECK(call(fd, x, SMC_RMI_RMM_CONFIG_SET, pa, 11, 12) == 0);
	CHECK(rmi_status(x[0]) != RMI_SUCCESS && x[1] == pa && x[2] == 11 && x[3] == 12);
	memset(va, 0x5a, CHUNK);
	/* What is in use is not given out again, and not to others. */
	REFUSED(EPERM,
	        call(other, (uint64_t[18]){0}, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + PAGE, 0));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, (off_t)pa) == MAP_FAILED);
	CHECK(mmap(NULL, CHUNK + PAGE, PROT_READ, MAP_SHARED, fd, (off_t)pa) == MAP_FAILED);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)pa) == MAP_FAILED);
	chunk = (struct rmi_shim_chunk){.size = CHUNK, .pa = pa};
	REFUSED(EINVAL, ioctl(other, RMI_SHIM_FREE, &chunk));
	CHECK(ioctl(fd, RMI_SHIM_FREE, &chunk) == 0);
	REFUSED(EINVAL, ioctl(fd, RMI_SHIM_FREE, &chunk));
	munmap(va, CHUNK);
	close(other);
	close(fd);
}

static sigjmp_buf touched;

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(touched, 1);
}

/* Whether a touch is answered with SIGBUS. */
static bool faults(volatile unsigned char *at, bool write)
{
	if (sigsetjmp(touched, 1) != 0)
		return true;
	if (write)
		*at = 1;
	else
		(void)*at;
	return false;
}

static void pages(void)
{
	int fd = open_rmi(), null = open("/dev/null", O_WRONLY), ends[2];
	struct sigaction action = {.sa_handler = on_sigbus};
	struct rmi_shim_chunk chunk;
	unsigned char *va;
	uint64_t pa = alloc(fd, CHUNK, &va);

	sigaction(SIGBUS, &action, NULL);
	activate(fd);
	CHECK(pipe(ends) == 0);
	va[PAGE] = 7;
	CHECK(rmi(fd, SMC_RMI_GRANULE_RANGE_DELEGATE, pa + PAGE, pa + 2 * PAGE, 0) == RMI_SUCCESS);
	CHECK(state_of(fd, pa + PAGE) == RMI_SHIM_PAGE_DELEGATED);
	CHECK(state_of(fd, pa) == RMI_SHIM_PAGE_NORMAL);
	CHECK(faults(va + PAGE, false) && faults(va + PAGE, true) && !faults(va, true));
	/* The kernel, at a user's pointer. */
	CHECK(write(ends[1], va + PAGE, 16) == -1 && errno == EFAULT);
	CHECK(write(ends[1], va, 16) == 16);
	CHECK(read(ends[0], va + PAGE, 16) == -1 && errno == EFAULT);
	chunk = (struct rmi_shim_chunk){.size = CHUNK, .pa = pa};
	REFUSED(EBUSY, ioctl(fd, RMI_SHIM_FREE, &chunk));
	CHECK(info_of(fd).held == 1);
	/* An error leaves the page what it was. */
	CHECK(rmi_status(rmi(fd, SMC_RMI_GRANULE_RANGE_DELEGATE, pa + PAGE, pa + 3 * PAGE, 0)) ==
	      RMI_ERROR_INPUT);
	CHECK(state_of(fd, pa + 2 * PAGE) == RMI_SHIM_PAGE_NORMAL);
	CHECK(rmi_status(rmi(fd, SMC_RMI_REALM_ACTIVATE, pa, 0, 0)) == RMI_ERROR_INPUT);
	CHECK(state_of(fd, pa) == RMI_SHIM_PAGE_NORMAL && !faults(va, true));
	CHECK(rmi(fd, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa + PAGE, pa + 2 * PAGE, 0) ==
	      RMI_SUCCESS);
	CHECK(!faults(va + PAGE, true) && info_of(fd).held == 0);
	/* A file that is closed with pages away. */
	CHECK(rmi(fd, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + CHUNK, 0) == RMI_SUCCESS);
	CHECK(info_of(fd).held == CHUNK / PAGE);
	munmap(va, CHUNK);
	close(fd);
	fd = open_rmi();
	CHECK(info_of(fd).held == 0 && info_of(fd).leaked == 0);
	close(null);
	close(fd);
}

/* What the driver says no to, with nothing changed. */
static void refused(void)
{
	static const uint64_t foreign[] = {0,         0x1000,      0x40000000, UINT64_C(1) << 47,
	                                   ~PAGE + 1, ~UINT64_C(0)};
	int fd = open_rmi();
	uint64_t x[RMI_SHIM_NUM_REGS];
	unsigned char *va;
	uint64_t pa = alloc(fd, CHUNK, &va), *words = (uint64_t *)(void *)va;

	activate(fd);
	for (unsigned i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		uint64_t p = foreign[i];

		REFUSED(EPERM, call(fd, x, SMC_RMI_REALM_CREATE, p, pa, 0));
		REFUSED(EPERM, call(fd, x, SMC_RMI_REC_CREATE, pa, p, pa));
		REFUSED(EPERM, call(fd, x, SMC_RMI_RTT_CREATE, pa, p, 0));
		CHECK(call(fd, x, SMC_RMI_GRANULE_RANGE_DELEGATE, p, p + PAGE, 0) == -1);
		CHECK(call(fd, x, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, p, 0) == -1);
		REFUSED(EPERM, call(fd, x, SMC_RMI_OP_CONTINUE, p, 0, 0));
		REFUSED(EPERM, call(fd, x, SMC_RMI_OP_MEM_DONATE, p, pa, 1));
	}
	/* A Realm whose tables would lie elsewhere, and a list that names others' memory. */
	((struct rmi_realm_params *)(void *)va)->rtt_base = 0x40000000;
	((struct rmi_realm_params *)(void *)va)->rtt_num_start = 1;
	REFUSED(EPERM, call(fd, x, SMC_RMI_REALM_CREATE, pa + PAGE, pa, 0));
	words[0] = 0x40000000 | 1 << 2;
	{
		struct rmi_shim_call args = {.x = {SMC_RMI_RTT_UNPROT_MAP, pa + PAGE, 0, PAGE,
		                                   RMI_ADDR_TYPE_LIST | 1 << 2, pa}};

		REFUSED(EPERM, ioctl(fd, RMI_SHIM_CALL, &args));
		args.x[4] = RMI_ADDR_TYPE_SINGLE;
		args.x[5] = words[0];
		REFUSED(EPERM, ioctl(fd, RMI_SHIM_CALL, &args));
		args.pe = 1000;
		REFUSED(EINVAL, ioctl(fd, RMI_SHIM_CALL, &args));
		args = (struct rmi_shim_call){.reserved = 1, .x = {SMC_RMI_VERSION}};
		REFUSED(EINVAL, ioctl(fd, RMI_SHIM_CALL, &args));
	}
	/* What is no RMI command, or has an ioctl of its own. */
	REFUSED(EOPNOTSUPP, call(fd, x, 0x84000008, 0, 0, 0));
	REFUSED(EOPNOTSUPP, call(fd, x, 0xC4000190, 0, 0, 0));
	REFUSED(EOPNOTSUPP, call(fd, x, 0xC4000176, pa, pa, 0));
	REFUSED(EINVAL, call(fd, x, SMC_RMI_REC_ENTER, pa, pa, 0));
	REFUSED(ENOTTY, ioctl(fd, _IO('R', 0x7f)));
	REFUSED(EFAULT, ioctl(fd, RMI_SHIM_CALL, (void *)8));
	REFUSED(EFAULT, ioctl(fd, RMI_SHIM_INFO, NULL));
	for (uint64_t size = 1; size != 0; size <<= 1) {
		struct rmi_shim_chunk chunk = {.size = size};

		if (size < PAGE || size >= UINT64_C(1) << 40)
			CHECK(ioctl(fd, RMI_SHIM_ALLOC, &chunk) == -1);
	}
	CHECK(info_of(fd).held == 0);
	munmap(va, CHUNK);
	close(fd);
}

/* Looks at all files while one of them comes and goes. */
static void look(void)
{
	int fd = open_rmi(), status;
	pid_t pid = fork();

	if (pid == 0) {
		for (unsigned i = 0; i < 300; i++) {
			int own = open_rmi();
			unsigned char *va;
			uint64_t pa = alloc(own, CHUNK, &va);

			CHECK(rmi(own, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + CHUNK, 0) ==
			      RMI_SUCCESS);
			munmap(va, CHUNK);
			close(own);
		}
		_exit(failures != 0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		CHECK(info_of(fd).held <= CHUNK / PAGE);
	CHECK(status == 0);
	close(fd);
}

/* Goes on with an operation until it ends. @return X0 */
static uint64_t drive(int fd, uint64_t *x)
{
	uint64_t handle = x[1];

	while (rmi_status(x[0]) == RMI_INCOMPLETE)
		CHECK(call(fd, x, SMC_RMI_OP_CONTINUE, handle, 0, 0) == 0);
	return x[0];
}

/* While an operation has pages nobody else gets them, or knows what they are. */
static void half_way(int fd, uint64_t pa, unsigned char *va)
{
	const uint64_t top = pa + 16 * PAGE;
	uint64_t x[RMI_SHIM_NUM_REGS], op[RMI_SHIM_NUM_REGS];

	CHECK(call(fd, op, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, top, 0) == 0);
	CHECK(rmi_status(op[0]) == RMI_INCOMPLETE);
	REFUSED(EBUSY, call(fd, x, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + PAGE, 0));
	REFUSED(EBUSY, call(fd, x, SMC_RMI_GRANULE_RANGE_UNDELEGATE, top - PAGE, top, 0));
	*(uint64_t *)(void *)(va + 32 * PAGE) = pa | 1 << 2;
	REFUSED(EBUSY, call(fd, x, SMC_RMI_OP_MEM_DONATE, op[1], pa + 32 * PAGE, 1));
	CHECK(state_of(fd, pa) == RMI_SHIM_PAGE_UNKNOWN && faults(va, false));
	CHECK(state_of(fd, top) == RMI_SHIM_PAGE_NORMAL);
	CHECK(drive(fd, op) == RMI_SUCCESS);
	CHECK(state_of(fd, pa) == RMI_SHIM_PAGE_DELEGATED);
	CHECK(state_of(fd, top - PAGE) == RMI_SHIM_PAGE_DELEGATED && faults(va, false));

	CHECK(call(fd, op, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, top, 0) == 0);
	CHECK(rmi_status(op[0]) == RMI_INCOMPLETE);
	REFUSED(EBUSY, call(fd, x, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + PAGE, 0));
	CHECK(faults(va, false));
	CHECK(drive(fd, op) == RMI_SUCCESS);
	CHECK(state_of(fd, pa) == RMI_SHIM_PAGE_NORMAL && !faults(va, true));
}

static uint64_t page_desc(uint64_t pa)
{
	struct rmi_addr_range_desc desc = {.base = pa, .count = 1, .state = RMI_OP_MEM_UNDELEGATED};

	return rmi_addr_range_desc_encode(RMI_REVISION_2_0_BET3, 12, desc);
}

/* An operation that has a list keeps it, whatever other lists there are meanwhile. */
static void kept_list(int fd, uint64_t pa, unsigned char *va)
{
	const uint64_t params = pa + 32 * PAGE, list = pa + 33 * PAGE, other = pa + 34 * PAGE;
	const uint64_t ipa = UINT64_C(1) << 38, count = 8;
	const uint64_t flags =
	        RMI_ADDR_TYPE_LIST | RMI_FIELD_SET(count, RMI_RTT_MAP_FLAGS_LIST_COUNT) |
	        RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	        RMI_FIELD_SET(RMI_S2AP_DIRECT_READ, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
	struct rmi_realm_params *realm = (void *)(va + 32 * PAGE);
	struct rmi_shim_call args;
	uint64_t x[RMI_SHIM_NUM_REGS];

	CHECK(call(fd, x, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + 4 * PAGE, 0) == 0);
	CHECK(drive(fd, x) == RMI_SUCCESS);
	memset(realm, 0, PAGE);
	realm->s2sz = 39;
	realm->num_bps = realm->num_wps = 1;
	realm->rtt_base = pa + PAGE;
	realm->rtt_level_start = realm->rtt_num_start = 1;
	CHECK(rmi(fd, SMC_RMI_REALM_CREATE, pa, params, 0) == RMI_SUCCESS);
	for (uint64_t level = 2; level <= 3; level++) {
		args = (struct rmi_shim_call){
		        .x = {SMC_RMI_RTT_CREATE, pa, pa + level * PAGE, ipa, level}};
		CHECK(ioctl(fd, RMI_SHIM_CALL, &args) == 0 && args.x[0] == RMI_SUCCESS);
	}
	for (uint64_t i = 0; i < count; i++)
		((uint64_t *)(void *)(va + 33 * PAGE))[i] = page_desc(pa + (63 - i) * PAGE);
	args = (struct rmi_shim_call){
	        .x = {SMC_RMI_RTT_UNPROT_MAP, pa, ipa, ipa + count * PAGE, flags, list}};
	CHECK(ioctl(fd, RMI_SHIM_CALL, &args) == 0);
	CHECK(rmi_status(args.x[0]) == RMI_INCOMPLETE);
	memcpy(x, args.x, sizeof(x));
	/* Refused, but copied before it was read. */
	for (uint64_t i = 0; i < count; i++)
		((uint64_t *)(void *)(va + 34 * PAGE))[i] = page_desc(0x40000000 + i * PAGE);
	args = (struct rmi_shim_call){
	        .x = {SMC_RMI_RTT_UNPROT_MAP, pa, ipa, ipa + count * PAGE, flags, other}};
	REFUSED(EPERM, ioctl(fd, RMI_SHIM_CALL, &args));
	CHECK(drive(fd, x) == RMI_SUCCESS);
	for (uint64_t i = 0; i < count; i++) {
		CHECK(call(fd, x, SMC_RMI_RTT_READ_ENTRY, pa, ipa + i * PAGE, 3) == 0);
		CHECK(x[0] == RMI_SUCCESS && x[1] == 3);
		CHECK((x[3] & ((UINT64_C(1) << 48) - PAGE)) == pa + (63 - i) * PAGE);
	}
}

/* The Realm of kept_list() is left to the driver. */
static void operations(void)
{
	struct sigaction action = {.sa_handler = on_sigbus};
	int fd = open_rmi();
	unsigned char *va;
	uint64_t pa = alloc(fd, CHUNK, &va);

	sigaction(SIGBUS, &action, NULL);
	activate(fd);
	half_way(fd, pa, va);
	kept_list(fd, pa, va);
	munmap(va, CHUNK);
	close(fd);
}

static int loopback(void)
{
	int fd = open("/dev/rmi-loopback", O_RDWR | O_NONBLOCK);

	CHECK(fd >= 0);
	return fd;
}

/* A Host, in a process of its own that has the server's file open as well. */
static int client(void)
{
	int fd = open_rmi();
	struct rmi_shim_kick kick = {.pe = 1};
	uint64_t x[RMI_SHIM_NUM_REGS];

	for (unsigned i = 0; i < 1000; i++)
		CHECK(ioctl(fd, RMI_SHIM_KICK, &kick) == 0);
	CHECK(call(fd, x, SMC_RMI_VERSION, RMI_ABI_VERSION, 0, 0) == 0);
	CHECK(x[0] == 0x77 && x[1] == 0x78);
	REFUSED(ENODEV, call(fd, x, SMC_RMI_VERSION, RMI_ABI_VERSION, 0, 0));
	return failures != 0;
}

/* A server that does all it can against its clients and itself. */
static void server(void)
{
	const struct rmi_loopback_attach good = {
	        .size = UINT64_C(8) << 20, .num_pes = 2, .num_lrs = 4, .counter_hz = 1};
	void *fixed = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = loopback(), other = loopback(), rmi_fd, status;
	struct rmi_loopback_attach args;
	struct rmi_loopback_msg msg = {0};
	struct pollfd work = {.fd = fd, .events = POLLIN};
	unsigned kicks = 0;
	pid_t pid;

	REFUSED(ENOTCONN, ioctl(fd, RMI_LOOPBACK_RECV, &msg));
	for (unsigned i = 0; i < 3; i++) {
		args = good;
		args.size = i == 0 ? 0 : good.size;
		args.num_pes = i == 1 ? 65 : 2;
		args.num_lrs = i == 2 ? 17 : 4;
		REFUSED(EINVAL, ioctl(fd, RMI_LOOPBACK_ATTACH, &args));
	}
	/* Nowhere to say what came of it: nothing has come of it. */
	memcpy(fixed, &good, sizeof(good));
	mprotect(fixed, PAGE, PROT_READ);
	REFUSED(EFAULT, ioctl(fd, RMI_LOOPBACK_ATTACH, fixed));
	args = good;
	CHECK(ioctl(fd, RMI_LOOPBACK_ATTACH, &args) == 0);
	REFUSED(EEXIST, ioctl(fd, RMI_LOOPBACK_ATTACH, &args));
	REFUSED(EBUSY, ioctl(other, RMI_LOOPBACK_ATTACH, &args));
	REFUSED(EAGAIN, ioctl(fd, RMI_LOOPBACK_RECV, &msg));
	REFUSED(ENOENT, ioctl(fd, RMI_LOOPBACK_SEND, &msg));
	/* Nobody waits for an answer of his own. */
	rmi_fd = open_rmi();
	REFUSED(EDEADLK, call(rmi_fd, (uint64_t[18]){0}, SMC_RMI_VERSION, 0, 0, 0));
	close(rmi_fd);

	pid = fork();
	if (pid == 0)
		_exit(client());
	/* Kicks come first, and what could not be received is not lost. */
	do {
		CHECK(poll(&work, 1, -1) == 1);
		REFUSED(EFAULT, ioctl(fd, RMI_LOOPBACK_RECV, fixed));
		CHECK(ioctl(fd, RMI_LOOPBACK_RECV, &msg) == 0);
		kicks += msg.kind == RMI_LOOPBACK_KICK && msg.call.pe == 1;
	} while (msg.kind == RMI_LOOPBACK_KICK);
	CHECK(kicks > 0);
	CHECK(msg.kind == RMI_LOOPBACK_CALL && msg.call.x[0] == SMC_RMI_VERSION);
	msg.call.x[0] = 0x77;
	msg.call.x[1] = 0x78;
	CHECK(ioctl(fd, RMI_LOOPBACK_SEND, &msg) == 0);
	REFUSED(ENOENT, ioctl(fd, RMI_LOOPBACK_SEND, &msg));
	/* The server closes its file: that the client has it, too, does not keep it. */
	CHECK(poll(&work, 1, -1) == 1);
	CHECK(ioctl(fd, RMI_LOOPBACK_RECV, &msg) == 0 && msg.kind == RMI_LOOPBACK_CALL);
	close(fd);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	REFUSED(ENOTCONN, ioctl(other, RMI_LOOPBACK_RECV, &msg));
	args = good;
	CHECK(ioctl(other, RMI_LOOPBACK_ATTACH, &args) == 0);
	close(other);
}

static uint64_t random_state;

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Now and then something that makes sense. */
static uint64_t draw_word(uint64_t pa)
{
	switch (draw() % 8) {
	case 0:
		return draw();
	case 1:
		return draw() % 64;
	case 2:
		return UINT64_C(1) << draw() % 64;
	case 3:
		return pa + draw() % (2 * CHUNK);
	case 4:
		return -(draw() % 4096);
	default:
		return pa + draw() % (CHUNK / PAGE) * PAGE;
	}
}

static void fuzz(uint64_t seed, unsigned long calls)
{
	static const unsigned long commands[] = {RMI_SHIM_INFO, RMI_SHIM_ALLOC, RMI_SHIM_FREE,
	                                         RMI_SHIM_CALL, RMI_SHIM_ENTER, RMI_SHIM_PAGES,
	                                         RMI_SHIM_KICK};
	static union {
		uint64_t words[64];
		struct rmi_shim_call call;
		struct rmi_shim_chunk chunk;
		struct rmi_shim_pages pages;
	} args;
	static uint8_t states[CHUNK / PAGE];
	struct sigaction action = {.sa_handler = on_sigbus};
	int fd = open_rmi();
	unsigned char *va;
	uint64_t pa = alloc(fd, CHUNK, &va);
	unsigned long done = 0;

	random_state = seed * 2 + 1;
	sigaction(SIGBUS, &action, NULL);
	activate(fd);
	for (unsigned long i = 0; i < calls; i++) {
		unsigned long command = commands[draw() % 7];

		if (draw() % 4 != 0)
			command = RMI_SHIM_CALL;
		for (unsigned w = 0; w < 64; w++)
			args.words[w] = draw_word(pa);
		switch (command) {
		case RMI_SHIM_CALL:
		case RMI_SHIM_ENTER:
			args.call.reserved = draw() % 16 == 0;
			args.call.pe = draw() % 16 == 0 ? (uint32_t)draw() : 0;
			args.call.x[0] =
			        draw() % 16 == 0 ? draw() : SMC_RMI_VERSION + draw() % 0xc4;
			if (draw() % 4 == 0)
				args.call.x[0] = SMC_RMI_GRANULE_RANGE_DELEGATE + draw() % 2;
			/* What cannot be undone by the end: whole-machine commands. */
			if (args.call.x[0] == SMC_RMI_RMM_DEACTIVATE)
				continue;
			break;
		case RMI_SHIM_ALLOC:
			args.chunk.size = draw() % 4 * PAGE;
			args.chunk.pa = draw() % 4 == 0;
			break;
		case RMI_SHIM_PAGES:
			if (draw() % 2 == 0) {
				args.pages = (struct rmi_shim_pages){.pa = pa,
				                                     .count = CHUNK / PAGE,
				                                     .states = (uintptr_t)states};
			}
			break;
		default:
			break;
		}
		done += ioctl(fd, command, draw() % 64 == 0 ? (void *)draw() : (void *)&args) == 0;
		/* Lists and parameters in memory, as far as it is there. */
		if (sigsetjmp(touched, 1) == 0) {
			for (unsigned w = 0; w < 8; w++)
				((volatile uint64_t *)(void *)va)[draw() % (CHUNK / 8)] =
				        draw_word(pa) & ~(draw() % 3 * 0x3fc);
		}
	}
	CHECK(done > 0);
	printf("fuzz: %lu of %lu calls went through\n", done, calls);
	munmap(va, CHUNK);
	close(fd);
}

static void held(void)
{
	int fd = open_rmi();
	struct rmi_shim_info info = info_of(fd);

	if (info.held != 0 || info.leaked != 0)
		printf("held %llu, leaked %llu\n", (unsigned long long)info.held,
		       (unsigned long long)info.leaked);
	CHECK(info.held == 0 && info.leaked == 0);
	close(fd);
}

/* Starts a program that keeps quiet. */
static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/*
 * Kills a program at random points of its life, as long as it has when nobody does. One that ended
 * before does not count, and tells that lives are shorter now. The last file of a process that was
 * killed is closed while it dies.
 */
static void kill_and_look(uint64_t seed, unsigned times, char **argv)
{
	unsigned killed = 0, ended = 0;
	uint64_t began = microseconds();
	uint64_t life;
	int status;

	random_state = seed * 2 + 1;
	CHECK(waitpid(start(argv), &status, 0) > 0 && status == 0);
	life = microseconds() - began;
	held();
	while (killed < times && ended < times) {
		uint64_t after = draw() % life;
		pid_t pid = start(argv);

		usleep((useconds_t)after);
		kill(pid, SIGKILL);
		CHECK(waitpid(pid, &status, 0) == pid);
		if (WIFSIGNALED(status)) {
			killed++;
		} else {
			ended++;
			life = after + 1;
		}
		held();
	}
	printf("kill: %u times on the way, %u times too late\n", killed, ended);
	CHECK(killed == times);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "basic"))
		basic();
	else if (!strcmp(what, "server"))
		server();
	else if (!strcmp(what, "look"))
		look();
	else if (!strcmp(what, "operations"))
		operations();
	else if (!strcmp(what, "pages"))
		pages();
	else if (!strcmp(what, "refused"))
		refused();
	else if (!strcmp(what, "fuzz") && argc == 4)
		fuzz(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	else if (!strcmp(what, "held"))
		held();
	else if (!strcmp(what, "hold") && argc == 3)
		(void)(open_rmi() >= 0 && sleep((unsigned)strtoul(argv[2], NULL, 0)));
	else if (!strcmp(what, "user") && argc > 2)
		failures =
		        setgid(65534) != 0 || setuid(65534) != 0 || execv(argv[2], argv + 2) != 0;
	else if (!strcmp(what, "kill") && argc > 4)
		kill_and_look(strtoull(argv[2], NULL, 0), (unsigned)strtoul(argv[3], NULL, 0),
		              argv + 4);
	else
		return 2;
	return failures != 0;
}
