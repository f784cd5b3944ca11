/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening, describing and closing a host. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <host/realm.h>

#include "internal.h"
#include "realm_impl.h"

#define DEFAULT_BUSY_ATTEMPTS    1000u
#define DEFAULT_BLOCKED_ATTEMPTS 100u

static void *refuse(struct rmi_error *err, int code, const char *text)
{
	if (err != NULL && text != NULL)
		snprintf(err->text, sizeof(err->text), "%s", text);
	errno = -code;
	return NULL;
}

/* A host without an RMM: connection, PEs and threads. NULL: out of memory. */
static struct host *make(struct rmi *rmi, const struct host_config *config)
{
	struct host *host = calloc(1, sizeof(*host));

	if (host == NULL)
		return NULL;
	host->rmi = rmi;
	host->owns_rmi = config->rmi == NULL;
	host->limits = config->limits;
	if (host->limits.busy_attempts == 0)
		host->limits.busy_attempts = DEFAULT_BUSY_ATTEMPTS;
	if (host->limits.blocked_attempts == 0)
		host->limits.blocked_attempts = DEFAULT_BLOCKED_ATTEMPTS;
	host->log = config->log;
	host->log_arg = config->log_arg;
	host->fail_at = UINT64_MAX;
	host->num_pes = rmi_num_pes(rmi);
	host->pes = calloc(host->num_pes, sizeof(host->pes[0]));
	if (host->pes == NULL || pthread_key_create(&host->thread_key, host_thread_gone) != 0) {
		free(host->pes);
		free(host);
		return NULL;
	}
	pthread_mutex_init(&host->pe_lock, NULL);
	pthread_mutex_init(&host->list_lock, NULL);
	pthread_cond_init(&host->pe_free, NULL);
	return host;
}

static void unmake(struct host *host)
{
	struct rmi *rmi = host->owns_rmi ? host->rmi : NULL;

	pthread_key_delete(host->thread_key);
	while (host->threads != NULL) {
		struct host_thread *thread = host->threads;

		host->threads = thread->next;
		free(thread);
	}
	pthread_mutex_destroy(&host->pe_lock);
	pthread_mutex_destroy(&host->list_lock);
	pthread_cond_destroy(&host->pe_free);
	free(host->pes);
	free(host);
	rmi_close(rmi);
}

struct host *host_open_config(const struct host_config *config, struct rmi_error *err)
{
	struct rmi *rmi = config->rmi;
	struct host_thread *self;
	struct host *host;
	int ret;

	if (rmi == NULL) {
		rmi = rmi_open(config->conf, err);
		if (rmi == NULL)
			return refuse(err, -EINVAL, NULL);
	}
	host = make(rmi, config);
	if (host == NULL) {
		if (config->rmi == NULL)
			rmi_close(rmi);
		return refuse(err, -ENOMEM, "out of memory");
	}
	self = host_enter(host);
	if (self == NULL) {
		unmake(host);
		return refuse(err, -ENOMEM, "out of memory");
	}
	ret = host_bringup(self, err, config->granule_size);
	host_leave(self);
	if (ret != 0) {
		unmake(host);
		return refuse(err, ret, NULL);
	}
	return host;
}

struct host *host_open(const char *conf, struct rmi_error *err)
{
	return host_open_config(&(struct host_config){.conf = conf}, err);
}

void host_close(struct host *host)
{
	struct host_thread *self;

	if (host == NULL)
		return;
	while (host->realms != NULL)
		realm_destroy(host->realms);
	self = host_enter(host);
	if (self != NULL) {
		host_shutdown_rmm(self);
		host_leave(self);
	}
	host_phys_fini(&host->phys);
	unmake(host);
}

struct rmi *host_rmi(struct host *host)
{
	return host->rmi;
}

const struct host_features *host_features(const struct host *host)
{
	return &host->features;
}

/* A size as people write it. */
static void print_size(FILE *out, uint64_t size)
{
	static const char units[] = "KMGT";
	int unit = -1;

	while (size != 0 && size % 1024 == 0 && unit < 3) {
		size /= 1024;
		unit++;
	}
	fprintf(out, "%" PRIu64, size);
	if (unit >= 0)
		fputc(units[unit], out);
}

void host_describe(struct host *host, FILE *out)
{
	static const char *const hashes[] = {"SHA-256", "SHA-512", "SHA-384"};
	const struct host_features *features = &host->features;
	struct rmi_memory memory = rmi_memory(host->rmi);

	fprintf(out, "backend:      %s\n", rmi_backend_name(host->rmi));
	fprintf(out, "revision:     RMM %s\n", rmi_revision_name(rmi_revision(host->rmi)));
	fprintf(out, "PEs:          %u\n", host->num_pes);
	fprintf(out, "memory:       ");
	print_size(out, memory.size);
	fprintf(out, " at %#" PRIx64 "\n", memory.base);
	fprintf(out, "granule:      ");
	print_size(out, features->granule_size);
	fprintf(out, " (supported:");
	for (uint64_t size = 0x1000; size <= 0x10000; size <<= 2) {
		if ((features->granule_sizes & size) != 0) {
			fputc(' ', out);
			print_size(out, size);
		}
	}
	fprintf(out, ")\n");
	fprintf(out, "IPA space:    up to %u bits%s\n", features->ipa_bits,
	        features->lpa2 ? ", LPA2" : "");
	fprintf(out, "measurement: ");
	for (unsigned i = 0; i < 3; i++)
		if (features->hash[i])
			fprintf(out, " %s", hashes[i]);
	fprintf(out, "\nRECs:         up to %u in a realm\n", features->max_recs);
	fprintf(out, "debug:        %u breakpoints, %u watchpoints\n", features->breakpoints,
	        features->watchpoints);
	fprintf(out, "SVE:          ");
	if (features->sve_vl != 0)
		fprintf(out, "vectors up to %u bits\n", features->sve_vl);
	else
		fprintf(out, "no\n");
	fprintf(out, "PMU:          ");
	if (features->pmu_counters != 0)
		fprintf(out, "%u counters\n", features->pmu_counters);
	else
		fprintf(out, "no\n");
	fprintf(out, "planes:       %u auxiliary\n", features->aux_planes);
	fprintf(out, "devices:      %s\n", features->devices ? "yes" : "no");
	fprintf(out, "encryption:   %" PRIu64 " private keys\n", features->mecids);
	for (unsigned i = 0; i < RMI_NUM_FEATURE_REGISTERS; i++)
		fprintf(out, "RMI_FEATURES %u: %#018" PRIx64 "\n", i, features->reg[i]);
}
