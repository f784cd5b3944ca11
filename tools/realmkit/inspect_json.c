/* SPDX-License-Identifier: BSD-3-Clause */
/* A view as JSON (docs/inspect.md). Addresses and handles are strings, "0x80000000". */
#include <inttypes.h>

#include <jansson.h>

#include "tool.h"
#include "view.h"

/* json_pack() frees what it takes over, and takes NULL for a failure of its own. */

static json_t *address(uint64_t value)
{
	char text[32];

	if (value == RMM_INSPECT_NONE)
		return json_null();
	(void)snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_string(text);
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *hex(const uint8_t *bytes, size_t size)
{
	char text[2 * 64 + 1] = "";

	for (size_t i = 0; i < size && i < 64; i++)
		(void)snprintf(&text[2 * i], 3, "%02x", bytes[i]);
	return json_string(text);
}

static json_t *rmm_to_json(const struct rmm_info *rmm)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:i}", "state", rmm->state,
	                 "dram_base", address(rmm->dram_base), "dram_size", number(rmm->dram_size),
	                 "granule_size", number(rmm->granule_size), "tracking_region_size",
	                 number(rmm->tracking_region_size), "realms", number(rmm->realms),
	                 "vmids_used", (int)rmm->vmids, "vmids", (int)rmm->max_vmids,
	                 "contexts_used", (int)rmm->sros, "contexts", (int)rmm->max_sros);
}

static json_t *tracking_to_json(const struct view *view)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->num_tracking; i++) {
		const struct rmm_tracking_info *t = &view->tracking[i];

		if (json_array_append_new(array,
		                          json_pack("{s:o, s:o, s:s}", "base", address(t->base),
		                                    "size", number(t->size), "state",
		                                    view_tracking_name(t->state))) != 0)
			goto fail;
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *granules_to_json(const struct view *view)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->num_granules; i++) {
		const struct rmm_granule_info *g = &view->granules[i];

		if (json_array_append_new(array,
		                          json_pack("{s:o, s:o, s:s, s:b, s:o}", "pa",
		                                    address(g->pa), "size", number(g->size),
		                                    "state", g->state, "intermediate",
		                                    g->intermediate, "rd", address(g->owner))) != 0)
			goto fail;
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *sros_to_json(const struct view *view)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->num_sros; i++) {
		const struct rmm_sro_info *s = &view->sros[i];
		json_t *object =
		        json_pack("{s:o, s:s, s:b, s:s, s:b, s:b, s:o, s:o, s:o}", "handle",
		                  address(s->handle), "command", s->command, "executing",
		                  s->executing, "request", view_request_name(s->request),
		                  "can_cancel", s->can_cancel, "abandoned", s->abandoned, "donated",
		                  number(s->donated), "rd", address(s->rd), "rec", address(s->rec));

		if (json_array_append_new(array, object) != 0)
			goto fail;
		if (s->request == RMI_OP_MEM_REQ_DONATE &&
		    json_object_set_new(object, "donate",
		                        json_pack("{s:o, s:o, s:b}", "size", number(s->donate_size),
		                                  "count", number(s->donate_count), "contiguous",
		                                  s->donate_contig)) != 0)
			goto fail;
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *recs_to_json(const struct view_realm *realm)
{
	json_t *array = json_array();

	for (size_t i = 0; i < realm->num_recs; i++) {
		const struct rmm_rec_info *r = &realm->recs[i];
		json_t *object = json_pack(
		        "{s:o, s:o, s:o, s:s, s:b, s:b, s:s, s:b, s:o, s:o}", "rec",
		        address(r->rec), "index", number(r->index), "mpidr", address(r->mpidr),
		        "state", r->state, "runnable", r->runnable, "intermediate", r->intermediate,
		        "pending", r->pending, "emulatable_abort", r->emulatable_abort, "pc",
		        address(r->pc), "donated", number(r->donated));

		if (json_array_append_new(array, object) != 0)
			goto fail;
		if (r->ripas_base < r->ripas_top &&
		    json_object_set_new(object, "ripas_change",
		                        json_pack("{s:o, s:o}", "base", address(r->ripas_base),
		                                  "top", address(r->ripas_top))) != 0)
			goto fail;
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *entry_to_json(const struct rmm_rtt_info *e)
{
	const char *ripas = view_ripas_name(e);

	return json_pack("{s:i, s:o, s:o, s:i, s:o, s:s, s:b, s:s?, s:o}", "level", e->level,
	                 "base", address(e->base), "top", address(e->top), "entries",
	                 (int)e->entries, "rtt", address(e->rtt), "state", e->state, "protected",
	                 e->is_protected, "ripas", ripas[0] != '\0' ? ripas : NULL, "pa",
	                 address(e->pa));
}

static json_t *trees_to_json(const struct view_realm *realm)
{
	json_t *trees = json_array();

	for (unsigned n = 0; n < realm->info.num_trees; n++) {
		const struct view_tree *tree = &realm->trees[n];
		json_t *entries = json_array();

		if (json_array_append_new(trees, entries) != 0)
			goto fail;
		for (size_t i = 0; i < tree->count; i++) {
			if (json_array_append_new(entries, entry_to_json(&tree->entries[i])) != 0)
				goto fail;
		}
	}
	return trees;
fail:
	json_decref(trees);
	return NULL;
}

static json_t *realm_to_json(const struct view_realm *realm, unsigned what)
{
	const struct rmm_realm_info *info = &realm->info;
	json_t *object = json_pack(
	        "{s:o, s:s, s:b, s:i, s:i, s:b, s:o, s:i, s:i, s:s, s:o, s:o, s:i, s:o, s:o}", "rd",
	        address(info->rd), "state", info->state, "intermediate", info->intermediate, "vmid",
	        (int)info->vmid, "ipa_bits", (int)info->ipa_bits, "lpa2", info->lpa2, "rtt_base",
	        address(info->rtt_base), "rtt_level_start", info->rtt_level_start, "rtt_num_start",
	        (int)info->rtt_num_start, "hash", tool_hash_name(info->hash), "rim",
	        hex(info->rim, info->hash_size), "rpv", hex(info->rpv, sizeof(info->rpv)),
	        "recs_running", (int)info->recs_running, "donated", number(info->donated), "recs",
	        recs_to_json(realm));

	if (object != NULL && (what & VIEW_RTT) != 0 &&
	    json_object_set_new(object, "rtts", trees_to_json(realm)) != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *realms_to_json(const struct view *view, unsigned what)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->num_realms; i++) {
		if (json_array_append_new(array, realm_to_json(&view->realms[i], what)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

bool view_json(const struct view *view, unsigned what, FILE *out)
{
	json_t *root =
	        json_pack("{s:s, s:i, s:s, s:o, s:o, s:o}", "format", "realmkit inspect", "version",
	                  1, "moment", view->moment, "exits", number(view->exits), "rmm",
	                  rmm_to_json(&view->rmm), "realms", realms_to_json(view, what));
	bool good = root != NULL;

	if (good && (what & VIEW_MEMORY) != 0)
		good = json_object_set_new(root, "tracking", tracking_to_json(view)) == 0 &&
		       json_object_set_new(root, "granules", granules_to_json(view)) == 0 &&
		       json_object_set_new(root, "operations", sros_to_json(view)) == 0;
	/* A file that cannot be written shows when it is closed. */
	if (good)
		(void)json_dumpf(root, out, JSON_INDENT(2));
	(void)fputc('\n', out);
	json_decref(root);
	return good;
}
