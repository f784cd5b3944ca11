/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend "model": the software RMM. The only file of librmi that knows it. */

#include <stdlib.h>

#include <rmi/abi/cca_token.h>
#include <rmi/model.h>
#include <rmm/inspect.h>
#include <rmm/model.h>
#include <rmm/quirks.h>

#include "../internal.h"
#include "conf.h"

struct model {
	struct rmi_backend backend;
	struct rmm *rmm;
};

static const struct rmi_conf_name revision_names[] = {
        {.name = "2.0-bet1", .value = RMI_REVISION_2_0_BET1},
        {.name = "2.0-bet3", .value = RMI_REVISION_2_0_BET3},
        {0},
};

static const struct rmi_conf_name tracking_names[] = {
        {.name = "fine", .value = RMI_TRACKING_FINE},
        {.name = "coarse", .value = RMI_TRACKING_COARSE},
        {.name = "none", .value = RMI_TRACKING_NONE},
        {0},
};

static const struct rmi_conf_name gpt_names[] = {
        {.name = "platform", .value = RMM_GPT_PLATFORM},
        {.name = "table", .value = RMM_GPT_TABLE},
        {.name = "block", .value = RMM_GPT_BLOCK},
        {0},
};

static const struct rmi_conf_name clock_names[] = {
        {.name = "host", .value = RMM_CLOCK_HOST},
        {.name = "steps", .value = RMM_CLOCK_STEPS},
        {0},
};

static const struct rmi_conf_name granule_names[] = {
        {.name = "4K", .value = RMM_SET(RMI_GRANULE_SIZE_4KB)},
        {.name = "16K", .value = RMM_SET(RMI_GRANULE_SIZE_16KB)},
        {.name = "64K", .value = RMM_SET(RMI_GRANULE_SIZE_64KB)},
        {0},
};

static const struct rmi_conf_name hash_names[] = {
        {.name = "sha256", .value = RMM_SET(RMI_HASH_SHA_256)},
        {.name = "sha384", .value = RMM_SET(RMI_HASH_SHA_384)},
        {.name = "sha512", .value = RMM_SET(RMI_HASH_SHA_512)},
        {0},
};

/* The first value of each state (A7.2.3.3). */
static const struct rmi_conf_name lifecycle_names[] = {
        {.name = "unknown", .value = CCA_LIFECYCLE_UNKNOWN},
        {.name = "test", .value = CCA_LIFECYCLE_ASSEMBLY_AND_TEST},
        {.name = "provisioning", .value = CCA_LIFECYCLE_ROT_PROVISIONING},
        {.name = "secured", .value = CCA_LIFECYCLE_SECURED},
        {.name = "debug", .value = CCA_LIFECYCLE_NON_CCA_ROT_DEBUG},
        {.name = "recoverable_debug", .value = CCA_LIFECYCLE_RECOVERABLE_ROT_DEBUG},
        {.name = "decommissioned", .value = CCA_LIFECYCLE_DECOMMISSIONED},
        {0},
};

static const struct rmi_conf_name policy_names[] = {
        {.name = "calm", .value = 0},
        {.name = "hostile", .value = 1},
        {0},
};

static const struct rmi_conf_name donate_names[] = {
        {.name = "pages", .value = RMM_DONATE_PAGES},
        {.name = "contig", .value = RMM_DONATE_CONTIG},
        {.name = "block", .value = RMM_DONATE_BLOCK},
        {.name = "ns_pages", .value = RMM_DONATE_NS_PAGES},
        {.name = "ns_contig", .value = RMM_DONATE_NS_CONTIG},
        {.name = "cond_pages", .value = RMM_DONATE_COND_PAGES},
        {0},
};

/* Deviations of implementations from the specification. */
static const struct rmi_conf_name quirk_names[] = {
#define QUIRK(NAME, lower, what, where) {.name = #lower, .value = RMM_QUIRK_BIT(RMM_QUIRK_##NAME)},
#define NO_QUIRK(lower, what)           {.name = #lower, .value = 0},
        {.name = "tf-rmm", .value = RMM_QUIRKS_TF_RMM},
        RMM_QUIRKS(QUIRK) RMM_QUIRKS_ALWAYS(NO_QUIRK)
#undef QUIRK
#undef NO_QUIRK
                {0},
};

#define MEMBER(member) RMI_CONF_MEMBER(rmm_config, member)

/* Which numbers are allowed is for rmm_create() to say. */
static const struct rmi_conf_key model_keys[] = {
        {"dram", RMI_CONF_SIZE, MEMBER(dram_size)},
        {"dram_base", RMI_CONF_PA, MEMBER(dram_base)},
        {"identity", RMI_CONF_BOOL, MEMBER(identity)},
        {"pes", RMI_CONF_UNSIGNED, MEMBER(pes)},
        {"spec", RMI_CONF_ENUM, MEMBER(revision), .names = revision_names},
        {"tracking", RMI_CONF_ENUM, MEMBER(tracking), .names = tracking_names},
        {"clock", RMI_CONF_ENUM, MEMBER(clock), .names = clock_names},
        {"gpt", RMI_CONF_ENUM, MEMBER(gpt), .names = gpt_names},
        {"gpt_unfold", RMI_CONF_BOOL, MEMBER(gpt_unfold)},
        {"l0gpt_block_delegate", RMI_CONF_BOOL, MEMBER(l0gpt_block_delegate)},
        {"pat_valid", RMI_CONF_BOOL, MEMBER(pat_valid)},
        {"rak_key", RMI_CONF_TEXT, MEMBER(rak_key)},
        {"cpak_key", RMI_CONF_TEXT, MEMBER(cpak_key)},
        {"lifecycle", RMI_CONF_ENUM, MEMBER(lifecycle), .names = lifecycle_names},
        {"granule", RMI_CONF_SET, MEMBER(granule_sizes), .names = granule_names},
        {"s2sz", RMI_CONF_UNSIGNED, MEMBER(s2sz)},
        {"lpa2", RMI_CONF_BOOL, MEMBER(lpa2)},
        {"hash", RMI_CONF_SET, MEMBER(hashes), .names = hash_names},
        {"max_recs_order", RMI_CONF_UNSIGNED, MEMBER(max_recs_order)},
        {"num_bps", RMI_CONF_UNSIGNED, MEMBER(num_bps)},
        {"num_wps", RMI_CONF_UNSIGNED, MEMBER(num_wps)},
        {"vmids", RMI_CONF_UNSIGNED, MEMBER(num_vmids)},
        {"lrs", RMI_CONF_UNSIGNED, MEMBER(num_lrs)},
        {"planes", RMI_CONF_UNSIGNED, MEMBER(planes)},
        {"policy", RMI_CONF_ENUM, MEMBER(policy.vary), .names = policy_names},
        {"seed", RMI_CONF_UNSIGNED, MEMBER(policy.seed)},
        {"range", RMI_CONF_UNSIGNED, MEMBER(policy.range_granules)},
        {"incomplete", RMI_CONF_UNSIGNED, MEMBER(policy.incomplete_permille)},
        {"incomplete_rounds", RMI_CONF_UNSIGNED, MEMBER(policy.incomplete_rounds)},
        {"incomplete_every", RMI_CONF_UNSIGNED, MEMBER(policy.incomplete_every)},
        {"busy", RMI_CONF_UNSIGNED, MEMBER(policy.busy_permille)},
        {"fiq", RMI_CONF_UNSIGNED, MEMBER(policy.fiq_permille)},
        {"pat_busy", RMI_CONF_UNSIGNED, MEMBER(policy.pat_busy)},
        {"token_bytes", RMI_CONF_UNSIGNED, MEMBER(policy.token_bytes)},
        {"token_unknown", RMI_CONF_UNSIGNED, MEMBER(policy.token_unknown)},
        {"platform_config", RMI_CONF_UNSIGNED, MEMBER(policy.platform_config)},
        {"rmm_aux", RMI_CONF_UNSIGNED, MEMBER(policy.rmm_aux)},
        {"rec_aux", RMI_CONF_UNSIGNED, MEMBER(policy.rec_aux)},
        {"realm_aux", RMI_CONF_UNSIGNED, MEMBER(policy.realm_aux)},
        {"tracking_aux", RMI_CONF_UNSIGNED, MEMBER(policy.tracking_aux)},
        {"donate", RMI_CONF_SET, MEMBER(policy.donate_shapes), .names = donate_names},
        {"donate_rounds", RMI_CONF_UNSIGNED, MEMBER(policy.donate_rounds)},
        {"cancel", RMI_CONF_BOOL, MEMBER(policy.cancel)},
        {"sro_contexts", RMI_CONF_UNSIGNED, MEMBER(policy.sro_contexts)},
        {"quirks", RMI_CONF_SET, MEMBER(quirks), .names = quirk_names},
};

static struct rmm *to_rmm(struct rmi_backend *backend)
{
	return ((struct model *)backend)->rmm;
}

static void model_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	rmm_call(to_rmm(backend), pe, regs);
}

static void model_kick(struct rmi_backend *backend, unsigned pe)
{
	rmm_kick(to_rmm(backend), pe);
}

static struct rmi_ich *model_ich(struct rmi_backend *backend, unsigned pe)
{
	return rmm_ich(to_rmm(backend), pe);
}

static uint64_t model_counter(struct rmi_backend *backend, unsigned pe)
{
	(void)pe;
	return rmm_counter(to_rmm(backend));
}

static bool model_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                               const char **state)
{
	return rmm_next_held_granule(to_rmm(backend), from, pa, state);
}

static uint64_t model_granule_size(struct rmi_backend *backend)
{
	struct rmm_info info;

	rmm_inspect(to_rmm(backend), &info);
	return info.granule_size;
}

static bool model_operation(struct rmi_backend *backend, unsigned index, uint64_t *handle)
{
	struct rmm_sro_info info;

	for (unsigned from = 0; rmm_inspect_sro(to_rmm(backend), from, &info);
	     from = info.context + 1) {
		if (index-- == 0) {
			*handle = info.handle;
			return true;
		}
	}
	return false;
}

static void model_close(struct rmi_backend *backend)
{
	rmm_destroy(to_rmm(backend));
	free(backend);
}

static const struct rmi_backend_ops model_ops = {
        .call = model_call,
        .kick = model_kick,
        .ich = model_ich,
        .granule_next = model_granule_next,
        .counter = model_counter,
        .granule_size = model_granule_size,
        .operation = model_operation,
        .close = model_close,
};

static bool parse(const char *conf, struct rmm_config *config, struct rmi_error *err)
{
	return rmi_conf_parse("model", model_keys, sizeof(model_keys) / sizeof(model_keys[0]), conf,
	                      config, err);
}

static struct rmi_backend *model_open(const char *conf, struct rmi_error *err)
{
	struct rmm_config config;
	struct rmi_error reason;
	struct model *model;

	rmm_config_init(&config);
	if (!parse(conf, &config, err))
		return NULL;
	/* A ready-made policy comes first, and single knobs change it, wherever they stand. */
	if (config.policy.vary) {
		rmm_policy_hostile(&config.policy);
		parse(conf, &config, err);
	}
	model = calloc(1, sizeof(*model));
	if (model == NULL) {
		rmi_error_set(err, "model: out of memory");
		return NULL;
	}
	model->rmm = rmm_create(&config, &reason);
	if (model->rmm == NULL) {
		rmi_error_set(err, "model: %.480s", reason.text);
		free(model);
		return NULL;
	}
	model->backend = (struct rmi_backend){
	        .ops = &model_ops,
	        .name = rmi_backend_model.name,
	        .revision = config.revision,
	        .num_pes = config.pes,
	        .memory = {.base = config.dram_base,
	                   .size = config.dram_size,
	                   .host = rmm_dram(model->rmm)},
	};
	return &model->backend;
}

const struct rmi_backend_type rmi_backend_model = {
        .name = "model",
        .open = model_open,
};

struct rmm *rmi_model(struct rmi *rmi)
{
	struct rmi_backend *backend = rmi_top_backend(rmi);

	while (backend->below != NULL)
		backend = backend->below;
	return backend->ops == &model_ops ? to_rmm(backend) : NULL;
}
