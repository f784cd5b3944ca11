/* SPDX-License-Identifier: BSD-3-Clause */
/* Arranging and clearing up. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static void take_log(void *arg, enum host_log_level level, const char *text)
{
	struct scene *s = arg;
	size_t used = strlen(s->log);

	if (level == HOST_LOG_WARNING)
		snprintf(s->log + used, sizeof(s->log) - used, "%s\n", text);
}

void scene_open(struct scene *s, const char *conf)
{
	const char *extra = getenv("SCENE_CONF"), *spec = NULL;
	struct rmi_error err = {{0}};
	int length = 0;
	char full[192];

	memset(s, 0, sizeof(*s));
	if (extra != NULL && strstr(conf, "policy") == NULL) {
		/* A revision that a scenario has chosen stays; it comes last in $SCENE_CONF. */
		spec = strstr(conf, "spec=") != NULL ? strstr(extra, ",spec=") : NULL;
		length = (int)(spec != NULL ? (size_t)(spec - extra) : strlen(extra));
	}
	snprintf(full, sizeof(full), "model:%s%s%.*s", conf,
	         conf[0] != '\0' && length != 0 ? "," : "", length, extra);
	/* Little patience makes for short tests; with an RMM that tries it, it takes more. */
	s->calm = strstr(full, "hostile") == NULL;
	s->limits = s->calm ? (struct host_limits){.busy_attempts = 100, .blocked_attempts = 50}
	                    : (struct host_limits){.busy_attempts = 1000, .blocked_attempts = 100};
	s->rmi = hook_open(full, &s->hook);
	s->rmm = rmi_model(s->hook->inner);
	s->host = host_open_config(
	        &(struct host_config){
	                .rmi = s->rmi, .log = take_log, .log_arg = s, .limits = s->limits},
	        &err);
	if (s->host == NULL)
		fail_msg("%s: %s", full, err.text);
}

static void take_byte(void *arg, uint8_t byte)
{
	struct scene *s = arg;

	if (s->console_length < sizeof(s->console) - 1)
		s->console[s->console_length++] = (char)byte;
}

void scene_realm(struct scene *s, const struct realm_config *config)
{
	s->vm = realm_create(s->host, config);
	if (s->vm == NULL)
		fail_msg("realm_create: %s", host_last_error(s->host));
	if (s->uart == NULL)
		s->uart = pl011_create(take_byte, s);
	assert_non_null(s->uart);
	assert_int_equal(realm_add_memory(s->vm, RAM, RAM_SIZE), 0);
	assert_int_equal(realm_add_mmio(s->vm, UART, PL011_SIZE, pl011_mmio(), s->uart), 0);
}

const struct realm_config scene_pages = {.block_size = PAGE};

void scene_guest(struct scene *s, guest_script *fn, void *arg)
{
	scene_guest_config(s, NULL, fn, arg);
}

void scene_guest_config(struct scene *s, const struct realm_config *config, guest_script *fn,
                        void *arg)
{
	scene_realm(s, config);
	assert_true(rmm_script(s->rmm, RAM, fn, arg));
	if (realm_populate(s->vm, RAM, "guest", 5, REALM_MEASURE) != 0)
		fail_msg("realm_populate: %s", host_last_error(s->host));
	s->cpu = realm_vcpu_create(s->vm, 0);
	assert_non_null(s->cpu);
	assert_int_equal(realm_vcpu_set_pc(s->cpu, RAM), 0);
}

struct realm_exit *scene_run(struct scene *s)
{
	for (;;) {
		struct realm_exit *e = realm_vcpu_run(s->cpu);

		if (e->reason != REALM_EXIT_MEMORY_FAULT || e->error != -EFAULT)
			return e;
		s->grants++;
		if (realm_set_attributes(s->vm, e->memory_fault.gpa, e->memory_fault.size,
		                         e->memory_fault.is_private) != 0)
			return e;
	}
}

void scene_run_to_end(struct scene *s)
{
	struct realm_exit *e = scene_run(s);

	if (e->reason != REALM_EXIT_SYSTEM_EVENT)
		fail_msg("exit %s, error %d: %s", realm_exit_name(e->reason), e->error,
		         host_last_error(s->host));
}

/* Host and RMM agree that nothing is lost; each page in question is listed. */
static void check_nothing_lost(struct scene *s)
{
	struct rmi_error err = {{0}};

	if (host_audit(s->host, NULL) != 0 || rmi_audit(s->rmi, NULL) != 0) {
		host_audit(s->host, stderr);
		rmi_audit(s->rmi, stderr);
		fail_msg("pages are lost; log:\n%s", s->log);
	}
	if (!rmm_check(s->rmm, &err))
		fail_msg("%s", err.text);
}

void scene_end_realm(struct scene *s)
{
	struct host_pages pages;
	int err = realm_destroy(s->vm);

	s->vm = NULL;
	s->cpu = NULL;
	if (err != 0)
		fail_msg("realm_destroy: %d, log:\n%s", err, s->log);
	check_nothing_lost(s);
	host_pages(s->host, &pages);
	assert_int_equal(pages.owner[HOST_PAGE_FREE], pages.total);
}

static void close_all(struct scene *s)
{
	host_close(s->host);
	rmi_close(s->rmi);
	pl011_destroy(s->uart);
}

void scene_close(struct scene *s)
{
	if (s->vm != NULL)
		scene_end_realm(s);
	check_nothing_lost(s);
	close_all(s);
}

void scene_close_lossy(struct scene *s, uint64_t lost)
{
	realm_destroy(s->vm);
	if (host_audit(s->host, NULL) != lost) {
		host_audit(s->host, stderr);
		fail_msg("expected %d lost pages; log:\n%s", (int)lost, s->log);
	}
	close_all(s);
}

void guest_puts(struct guest *g, const char *text)
{
	while (*text != '\0')
		guest_store32(g, SHARED_BIT | UART, (uint32_t)(uint8_t)*text++);
}

bool guest_set_ripas(struct guest *g, uint64_t base, uint64_t top, enum rsi_ripas ripas,
                     uint64_t flags)
{
	while (base < top) {
		uint64_t response = RSI_RESPONSE_REJECT;
		uint64_t from = base;

		if (rsi_ipa_state_set(g, base, top, ripas, flags, &base, &response) !=
		            RSI_SUCCESS ||
		    response != RSI_RESPONSE_ACCEPT || base <= from)
			return false;
	}
	return true;
}
