/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay [--vectors DIR] [--backend CONF] [--quirks LIST] [--file F] [--seq NAME] [--verbose]
 *        [--only-commands LIST] [--keep-going]
 *
 * Replays reference vectors and says where the RMM differs from them. Without vectors the test is
 * skipped: the project does not come with any.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rmm/quirks.h>

#include "replay.h"

#define SKIP_RETURN_CODE 77

/** What makes the model look like the RMM that the vectors were recorded from. */
#define RECORDED_RMM                                                                               \
	"model:spec=2.0-bet1,dram=64M,dram_base=0x80000000,pes=2,s2sz=48,lpa2=1,"                  \
	"hash=sha256+sha512,max_recs_order=10,num_bps=2,num_wps=2,rec_aux=16,cancel=0"

/** Every quirk of the model, as a list. */
#define QUIRK_NAME(NAME, name, what, where) #name ","
#define ALWAYS_NAME(name, what)             #name ","
#define TF_RMM                              RMM_QUIRKS(QUIRK_NAME) RMM_QUIRKS_ALWAYS(ALWAYS_NAME)

struct arguments {
	const char *folder;
	const char *backend;
	const char *file;
	struct replay_options options;
};

static int usage(FILE *out, int status)
{
	fprintf(out, "usage: replay [options]\n"
	             "  --vectors DIR        folder of *.vec files; default $REALMKIT_VECTORS\n"
	             "  --backend CONF       backend, or \"+key=value,...\" for more keys of the "
	             "default\n"
	             "  --quirks LIST        deviations that the RMM has, joined by ','; "
	             "tf-rmm: all of\n"
	             "                       include/rmm/quirks.h\n"
	             "  --only-commands LIST commands that the RMM must have; lines with others "
	             "are left\n"
	             "                       out. Default: those that it does not refuse\n"
	             "  --file F             only this file of the folder\n"
	             "  --seq NAME           only this sequence\n"
	             "  --verbose            print each line\n");
	return status;
}

static void add_quirks(struct name_set *quirks, const char *list)
{
	struct name_set names = {0};

	name_set_add(&names, list);
	for (size_t i = 0; i < names.count; i++)
		name_set_add(quirks, strcmp(names.names[i], "tf-rmm") ? names.names[i] : TF_RMM);
	name_set_free(&names);
}

static bool parse_arguments(struct arguments *a, int argc, char **argv, int *status)
{
	static const struct option options[] = {
	        {"vectors", required_argument, NULL, 'd'},
	        {"backend", required_argument, NULL, 'b'},
	        {"quirks", required_argument, NULL, 'q'},
	        {"only-commands", required_argument, NULL, 'o'},
	        {"file", required_argument, NULL, 'f'},
	        {"seq", required_argument, NULL, 's'},
	        {"keep-going", no_argument, NULL, 'k'},
	        {"verbose", no_argument, NULL, 'v'},
	        {"help", no_argument, NULL, 'h'},
	        {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			a->folder = optarg;
			break;
		case 'b':
			a->backend = optarg;
			break;
		case 'q':
			add_quirks(&a->options.quirks, optarg);
			break;
		case 'o':
			name_set_add(&a->options.only, optarg);
			break;
		case 'f':
			a->file = optarg;
			break;
		case 's':
			a->options.sequence = optarg;
			break;
		case 'k':
			a->options.keep_going = true;
			break;
		case 'v':
			a->options.verbose = true;
			break;
		case 'h':
			*status = usage(stdout, 0);
			return false;
		default:
			*status = usage(stderr, 2);
			return false;
		}
	}
	if (optind != argc) {
		*status = usage(stderr, 2);
		return false;
	}
	return true;
}

/** The configuration of the backend, with the deviations that it is to have. To be freed. */
static char *backend_conf(const struct arguments *a)
{
	const char *base = RECORDED_RMM;
	const char *comma = "";
	const char *more = "";
	char *conf;

	if (a->backend && *a->backend == '+') {
		comma = ",";
		more = a->backend + 1;
	} else if (a->backend) {
		base = a->backend;
	}
	if (asprintf(&conf, "%s%s%s%s", base, comma, more,
	             a->options.quirks.count ? ",quirks=" : "") < 0)
		abort();
	for (size_t i = 0; i < a->options.quirks.count; i++) {
		char *longer;

		if (asprintf(&longer, "%s%s%s", conf, i ? "+" : "", a->options.quirks.names[i]) < 0)
			abort();
		free(conf);
		conf = longer;
	}
	return conf;
}

static void print_tally(FILE *out, const struct tally *tally, const char *what)
{
	for (size_t i = 0; i < tally->num_rows; i++)
		fprintf(out, "    %6u %s: %s\n", tally->rows[i].count, what, tally->rows[i].name);
}

static void merge(struct tally *to, const struct tally *from)
{
	for (size_t i = 0; i < from->num_rows; i++)
		for (unsigned n = 0; n < from->rows[i].count; n++)
			tally_add(to, from->rows[i].name);
}

static void print_counts(FILE *out, const char *name, const struct replay_counts *c)
{
	fprintf(out, "%-12s %4u run, %u cut short, %u skipped, %u different; %u calls compared\n",
	        name, c->run, c->cut, c->skipped, c->different, c->calls);
}

/** The deviations that the RMM has: how many lines show each, and how many of those differ. */
static void print_quirks(FILE *out, const struct replay_counts *c)
{
	for (size_t i = 0; i < c->shown.num_rows; i++) {
		const struct tally_row *row = &c->shown.rows[i];
		unsigned different = 0;

		for (size_t j = 0; j < c->failed.num_rows; j++)
			if (!strcmp(c->failed.rows[j].name, row->name))
				different = c->failed.rows[j].count;
		fprintf(out, "    quirk %-38s %4u equal, %u different\n", row->name,
		        row->count - different, different);
	}
}

/** @return whether the file could be parsed */
static bool replay_one(const struct arguments *a, const char *name, struct replay_counts *total)
{
	struct replay_counts counts = {0};
	struct vec_file *file;
	char err[512];
	char *path;

	if (asprintf(&path, "%s/%s", a->folder, name) < 0)
		abort();
	file = vec_load(path, err, sizeof(err));
	free(path);
	if (!file) {
		fprintf(stderr, "replay: %s\n", err);
		return false;
	}
	replay_file(&a->options, file, &counts);
	print_counts(a->options.out, name, &counts);
	print_tally(a->options.out, &counts.reasons, "sequences");
	print_tally(a->options.out, &counts.lines, "lines left out");
	fflush(a->options.out);
	total->run += counts.run;
	total->cut += counts.cut;
	total->skipped += counts.skipped;
	total->different += counts.different;
	total->calls += counts.calls;
	merge(&total->lines, &counts.lines);
	merge(&total->shown, &counts.shown);
	merge(&total->failed, &counts.failed);
	tally_free(&counts.reasons);
	tally_free(&counts.lines);
	tally_free(&counts.shown);
	tally_free(&counts.failed);
	vec_free(file);
	return true;
}

static int is_vector(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && !strcmp(entry->d_name + length - 4, ".vec");
}

static int replay_folder(const struct arguments *a)
{
	struct replay_counts total = {0};
	struct dirent **entries;
	int count = scandir(a->folder, &entries, is_vector, alphasort);
	bool ok = true;
	bool any = false;

	if (count < 0) {
		fprintf(stderr, "replay: %s: %s\n", a->folder, strerror(errno));
		return 2;
	}
	for (int i = 0; i < count; i++) {
		if (!a->file || !strcmp(a->file, entries[i]->d_name)) {
			ok = replay_one(a, entries[i]->d_name, &total) && ok;
			any = true;
		}
		free(entries[i]);
	}
	free(entries);
	if (!any) {
		fprintf(stderr, "replay: %s: no such vectors\n", a->folder);
		return 2;
	}
	fprintf(a->options.out, "lines left out in all:\n");
	print_tally(a->options.out, &total.lines, "lines");
	print_counts(a->options.out, "total:", &total);
	print_quirks(a->options.out, &total);
	tally_free(&total.lines);
	tally_free(&total.shown);
	tally_free(&total.failed);
	return ok && !total.different ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct arguments a = {.folder = getenv("REALMKIT_VECTORS"), .options = {.out = stdout}};
	int status;

	if (parse_arguments(&a, argc, argv, &status)) {
		if (!a.folder || !*a.folder) {
			printf("skipped: no vectors (--vectors DIR or REALMKIT_VECTORS)\n");
			status = SKIP_RETURN_CODE;
		} else {
			char *conf = backend_conf(&a);

			a.options.backend = conf;
			status = replay_folder(&a);
			free(conf);
		}
	}
	name_set_free(&a.options.quirks);
	name_set_free(&a.options.only);
	return status;
}
