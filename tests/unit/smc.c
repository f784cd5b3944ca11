/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend "smc", without hardware: what it says when there is no device, and what it does with
 * a driver that this file plays, with the software RMM behind it.
 */
#include "cmocka_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rmi/rmi.h>

#include <librmi/shim/rmi_shim_abi.h>

/* The driver: an RMM, and what its ioctls answer in place of it when an errno value is set. */
static struct {
	struct rmi *rmm;
	int fd;
	struct rmi_shim_info info;
	int info_error, alloc_error, call_error, mmap_error;
	uint64_t away; /* A page that is delegated. */
	unsigned kicks;
	uint64_t lr; /* What the driver finds in the first list register. */
} driver;

/* NOLINTBEGIN(bugprone-reserved-identifier): names that the linker makes up for --wrap. */
int __real_ioctl(int fd, unsigned long command, void *arg);
int __wrap_ioctl(int fd, unsigned long command, void *arg);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

static int failed(int error)
{
	errno = error;
	return -1;
}

static int play_call(struct rmi_shim_call *call)
{
	struct smccc_regs regs;

	if (driver.call_error != 0)
		return failed(driver.call_error);
	memcpy(regs.x, call->x, sizeof(regs.x));
	rmi_call(rmi_pe(driver.rmm, call->pe), &regs);
	memcpy(call->x, regs.x, sizeof(regs.x));
	return 0;
}

static int play_pages(const struct rmi_shim_pages *pages)
{
	uint8_t *states = (uint8_t *)(uintptr_t)pages->states;

	for (uint64_t i = 0; i < pages->count; i++)
		states[i] = pages->pa + i * 4096 == driver.away ? RMI_SHIM_PAGE_DELEGATED
		                                                : RMI_SHIM_PAGE_NORMAL;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long command, void *arg)
{
	struct rmi_shim_enter *enter = arg;

	if (driver.rmm == NULL || fd != driver.fd)
		return __real_ioctl(fd, command, arg);
	switch (command) {
	case RMI_SHIM_INFO:
		*(struct rmi_shim_info *)arg = driver.info;
		return driver.info_error != 0 ? failed(driver.info_error) : 0;
	case RMI_SHIM_ALLOC:
		((struct rmi_shim_chunk *)arg)->pa = rmi_memory(driver.rmm).base;
		return driver.alloc_error != 0 ? failed(driver.alloc_error) : 0;
	case RMI_SHIM_CALL:
		return play_call(arg);
	case RMI_SHIM_ENTER:
		driver.lr = enter->ich.lr[0];
		enter->ich.lr[0] = 0x77;
		return play_call(&enter->call);
	case RMI_SHIM_PAGES:
		return play_pages(arg);
	case RMI_SHIM_KICK:
		driver.kicks++;
		return 0;
	default:
		return failed(ENOTTY);
	}
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	if (driver.rmm != NULL && strcmp(path, "/dev/rmi") == 0) {
		driver.fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);
		return driver.fd;
	}
	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, int) : 0;
	va_end(args);
	return __real_open(path, flags, mode);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (driver.rmm == NULL || fd != driver.fd || fd < 0)
		return __real_mmap(at, size, prot, flags, fd, offset);
	if (driver.mmap_error != 0) {
		errno = driver.mmap_error;
		return MAP_FAILED;
	}
	return rmi_memory(driver.rmm).host;
}

int __wrap_munmap(void *at, size_t size)
{
	if (driver.rmm != NULL && at == rmi_memory(driver.rmm).host && driver.fd >= 0)
		return 0;
	return __real_munmap(at, size);
}

static int with_driver(void **state)
{
	struct rmi *rmm = rmi_open("model:dram=4M,pes=2", NULL);

	(void)state;
	memset(&driver, 0, sizeof(driver));
	driver.fd = -1;
	driver.info = (struct rmi_shim_info){.abi = RMI_SHIM_ABI_VERSION,
	                                     .flags = RMI_SHIM_LOOPBACK,
	                                     .revision = RMI_REVISION_2_0_BET3,
	                                     .granule_size = 4096,
	                                     .num_pes = 2,
	                                     .num_lrs = 4,
	                                     .ich_vtr = 3,
	                                     .counter_hz = RMI_COUNTER_HZ};
	driver.rmm = rmm;
	return rmm == NULL;
}

static int without_driver(void **state)
{
	struct rmi *rmm = driver.rmm;

	(void)state;
	driver.rmm = NULL;
	rmi_close(rmm);
	return 0;
}

/* Opens what cannot be opened, and looks for a word in the reason. */
static void assert_no(const char *conf, const char *word)
{
	struct rmi_error err = {{0}};
	struct rmi *rmi = rmi_open(conf, &err);

	if (rmi != NULL || strstr(err.text, word) == NULL)
		fail_msg("%s: \"%s\" lacks \"%s\"", conf, err.text, word);
}

static void a_missing_device_is_named(void **state)
{
	(void)state;
	assert_no("smc:/dev/not-there", "there is no /dev/not-there; is the driver loaded?");
	assert_no("smc:/dev/not-there,dram=2M", "there is no /dev/not-there");
}

static void a_file_that_is_not_the_device_is_refused(void **state)
{
	char path[] = "/tmp/smc-XXXXXX", conf[64];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(conf, sizeof(conf), "smc:%s", path);
	assert_no(conf, "is not the device of the RMI driver");
	assert_no("smc:/dev/null", "is not the device of the RMI driver");
	assert_no("smc:/tmp", "/tmp: Is a directory");
	(void)close(fd);
	(void)unlink(path);
}

static void a_device_that_is_not_ours_says_what_it_takes(void **state)
{
	char path[] = "/tmp/smc-XXXXXX", conf[64];
	int fd = mkstemp(path), status;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0 && fchmod(fd, 0) == 0);
	(void)snprintf(conf, sizeof(conf), "smc:%s", path);
	pid = fork();
	if (pid == 0) {
		struct rmi_error err = {{0}};
		bool right;

		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(2);
		right = rmi_open(conf, &err) == NULL && strstr(err.text, "CAP_SYS_ADMIN") != NULL;
		_exit(right ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(fd);
	(void)unlink(path);
}

static void a_wrong_configuration_names_the_key(void **state)
{
	(void)state;
	assert_no("smc:dram=4K", "dram");
	assert_no("smc:/dev/null,pes=0", "pes");
	assert_no("smc:/dev/null,spec=1.0", "spec");
	assert_no("smc:/dev/null,lrs=4", "lrs");
}

static void a_driver_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	assert_no("smc:spec=2.0-bet1", "the RMM speaks 2.0-bet3");
	assert_no("smc:pes=3", "there are 2");
	driver.alloc_error = ENOMEM;
	assert_no("smc:dram=4M", "dram=4096K: no such run of free memory");
	driver.alloc_error = 0;
	driver.mmap_error = EAGAIN;
	assert_no("smc:dram=4M", "cannot be mapped");
	driver.mmap_error = 0;
	driver.info.abi++;
	assert_no("smc:dram=4M", "the driver speaks version");
}

static struct rmi *open_smc(void)
{
	struct rmi_error err;
	struct rmi *rmi = rmi_open("smc:/dev/rmi,dram=4M", &err);

	if (rmi == NULL)
		fail_msg("%s", err.text);
	return rmi;
}

static void calls_go_through_to_the_rmm(void **state)
{
	struct rmi *rmi = open_smc();
	uint64_t lower = 0, higher = 0, base = rmi_memory(rmi).base;

	(void)state;
	assert_string_equal(rmi_backend_name(rmi), "smc");
	assert_int_equal(rmi_num_pes(rmi), 2);
	assert_int_equal(rmi_revision(rmi), RMI_REVISION_2_0_BET3);
	assert_int_equal(rmi_granule_size(rmi), 4096);
	assert_int_equal(rmi_version(rmi_pe(rmi, 1), RMI_ABI_VERSION, &lower, &higher), 0);
	assert_int_equal(lower, RMI_ABI_VERSION);
	assert_int_equal(rmi_rmm_activate(rmi_pe(rmi, 0), NULL), RMI_SUCCESS);
	assert_int_equal(rmi_granule_range_delegate(rmi_pe(rmi, 0), base, base + 4096, NULL, NULL),
	                 RMI_SUCCESS);
	rmi_close(rmi);
}

static void list_registers_go_there_and_back(void **state)
{
	struct rmi *rmi = open_smc();
	struct rmi_ich *ich = rmi_pe_ich(rmi_pe(rmi, 1));

	(void)state;
	assert_int_equal(ich->vtr, 3);
	ich->lr[0] = 0x1234;
	assert_int_equal(rmi_status(rmi_rec_enter(rmi_pe(rmi, 1), rmi_memory(rmi).base, 0)),
	                 RMI_ERROR_INPUT);
	assert_int_equal(driver.lr, 0x1234);
	assert_int_equal(ich->lr[0], 0x77);
	rmi_pe_kick(rmi_pe(rmi, 1));
	assert_int_equal(driver.kicks, 1);
	rmi_close(rmi);
}

static void what_the_driver_refuses_is_an_answer_of_an_rmm(void **state)
{
	static const struct {
		int error;
		uint64_t x0;
	} cases[] = {
	        {EPERM, RMI_ERROR_INPUT},
	        {EINVAL, RMI_ERROR_INPUT},
	        {ENOMEM, RMI_BUSY},
	        {EINTR, RMI_BUSY},
	        {EOPNOTSUPP, SMCCC_NOT_SUPPORTED},
	        {ENODEV, SMCCC_NOT_SUPPORTED},
	};
	struct rmi *rmi = open_smc();

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smccc_regs regs = {{SMC_RMI_VERSION, RMI_ABI_VERSION, 2, 3}};

		driver.call_error = cases[i].error;
		assert_int_equal(rmi_call(rmi_pe(rmi, 0), &regs), cases[i].x0);
		assert_int_equal(regs.x[2], 2);
	}
	rmi_close(rmi);
}

static void an_audit_names_what_the_driver_holds(void **state)
{
	struct rmi *rmi = open_smc();
	const char *name;
	uint64_t pa;

	(void)state;
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	driver.away = rmi_memory(rmi).base + 5 * 4096;
	assert_int_equal(rmi_audit(rmi, NULL), 1);
	assert_true(rmi_next_held_granule(rmi, 0, &pa, &name));
	assert_int_equal(pa, driver.away);
	assert_string_equal(name, "GRAN_DELEGATED");
	assert_false(rmi_next_held_granule(rmi, pa + 1, &pa, &name));
	rmi_close(rmi);
}

static void *call_often(void *arg)
{
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(rmi_version(arg, RMI_ABI_VERSION, NULL, NULL), RMI_SUCCESS);
	return NULL;
}

static void threads_take_turns_on_a_pe(void **state)
{
	struct rmi *rmi = open_smc();
	pthread_t threads[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, rmi_pe(rmi, i % 2)),
		                 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	rmi_close(rmi);
}

#define TEST(name)        cmocka_unit_test(name)
#define DRIVER_TEST(name) cmocka_unit_test_setup_teardown(name, with_driver, without_driver)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_missing_device_is_named),
	        TEST(a_file_that_is_not_the_device_is_refused),
	        TEST(a_device_that_is_not_ours_says_what_it_takes),
	        TEST(a_wrong_configuration_names_the_key),
	        DRIVER_TEST(a_driver_that_does_not_fit_is_refused),
	        DRIVER_TEST(calls_go_through_to_the_rmm),
	        DRIVER_TEST(list_registers_go_there_and_back),
	        DRIVER_TEST(what_the_driver_refuses_is_an_answer_of_an_rmm),
	        DRIVER_TEST(an_audit_names_what_the_driver_holds),
	        DRIVER_TEST(threads_take_turns_on_a_pe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
