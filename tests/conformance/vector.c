/* SPDX-License-Identifier: BSD-3-Clause */
#include "vector.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 128

/** A block of memory that lives as long as the file. */
struct block {
	struct block *next;
	max_align_t data[];
};

struct parser {
	struct vec_file *file;
	unsigned line;
	char *err;
	size_t err_size;
	bool failed;
	const char *comment;
	const char *tag;
	bool tag_values;
	struct vec_sequence *sequence; /**< The open one, or NULL. */
	size_t sequences_room;
	size_t lines_room;
	size_t handles_room;
};

/** How a kind of line looks. */
struct shape {
	const char *word;
	enum vec_kind kind;
	unsigned min_args;
	unsigned max_args;
	unsigned max_results; /**< 0: no arrow */
};

static const struct shape host_shapes[] = {
        {"w64", VEC_W64, 2, 2, 0},
        {"fill", VEC_FILL, 3, 3, 0},
        {"r64", VEC_R64, 2, 2, 0},
        {"ne64", VEC_NE64, 2, 2, 0},
        {"call", VEC_CALL, 1, 18, 18},
        {"exit", VEC_EXIT, 1, MAX_FIELDS, 0},
        {"delegate_all", VEC_DELEGATE, 2, 2, 1},
        {"undelegate_all", VEC_UNDELEGATE, 2, 2, 1},
        {"data_map_all", VEC_DATA_MAP, 5, 5, 1},
        {"unprot_map_all", VEC_UNPROT_MAP, 6, 6, 1},
        {"data_unmap_all", VEC_DATA_UNMAP, 3, 3, 1},
        {"unprot_unmap_all", VEC_UNPROT_UNMAP, 3, 3, 1},
        {"init_ripas_all", VEC_INIT_RIPAS, 3, 3, 1},
        {"rec_create", VEC_REC_CREATE, 6, 6, 1},
        {"rec_destroy", VEC_REC_DESTROY, 2, 2, 1},
};

/* For entry and pc the values are what is expected: parse_guest() moves them to the results. */
static const struct shape guest_shapes[] = {
        {"entry", VEC_G_ENTRY, 9, 9, 0},   {"pc", VEC_G_PC, 1, 1, 0},
        {"smc", VEC_G_SMC, 1, 18, 18},     {"reg", VEC_G_REG, 2, 2, 0},
        {"w64", VEC_G_W64, 2, 2, 0},       {"r64", VEC_G_R64, 2, 2, 0},
        {"dabort", VEC_G_DABORT, 3, 3, 1}, {"iabort", VEC_G_IABORT, 3, 3, 1},
        {"irq", VEC_G_IRQ, 0, 0, 1},       {"fiq", VEC_G_FIQ, 0, 0, 1},
        {"wfi", VEC_G_WFI, 0, 0, 1},       {"wfe", VEC_G_WFE, 0, 0, 1},
        {"hvc", VEC_G_HVC, 0, 0, 1},       {"serror", VEC_G_SERROR, 1, 1, 1},
        {"host", VEC_G_HOST, 1, 18, 18},
};

static void __attribute__((format(printf, 2, 3))) fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->failed)
		return;
	p->failed = true;
	n = snprintf(p->err, p->err_size, "%s:%u: ", p->file->name, p->line);
	if (n < 0 || (size_t)n >= p->err_size)
		return;
	va_start(ap, fmt);
	vsnprintf(p->err + n, p->err_size - (size_t)n, fmt, ap);
	va_end(ap);
}

static void *keep(struct vec_file *file, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		abort();
	b->next = file->blocks;
	file->blocks = b;
	return b->data;
}

static const char *keep_string(struct vec_file *file, const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(keep(file, size), s, size);
}

/** Makes room for one more element. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? *room * 2 : 16;
	array = realloc(array, *room * size);
	if (!array)
		abort();
	return array;
}

static uint64_t find_handle(struct parser *p, const char *name)
{
	struct vec_file *f = p->file;

	for (size_t i = 0; i < f->num_handles; i++)
		if (!strcmp(f->handles[i], name))
			return i;
	f->handles = grow(f->handles, f->num_handles, &p->handles_room, sizeof(*f->handles));
	f->handles[f->num_handles] = keep_string(f, name);
	return f->num_handles++;
}

static uint64_t parse_number(struct parser *p, const char *s)
{
	uint64_t v;
	char *end;

	if (*s < '0' || *s > '9') {
		fail(p, "\"%s\" is not a number", s);
		return 0;
	}
	errno = 0;
	v = strtoull(s, &end, s[0] == '0' && s[1] == 'x' ? 16 : 10);
	if (errno || *end)
		fail(p, "\"%s\" is not a number", s);
	return v;
}

static void parse_value(struct parser *p, char *s, struct vec_value *v)
{
	char *bar = strchr(s, '|');

	if (bar) {
		struct vec_value *other = keep(p->file, sizeof(*other));

		*bar = '\0';
		parse_value(p, bar + 1, other);
		v->or = other;
	}
	if (!strcmp(s, "-")) {
		v->kind = VEC_ANY;
	} else if (*s == '@') {
		v->kind = VEC_HANDLE;
		v->number = find_handle(p, s + 1);
	} else if ((*s == 'D' || *s == 'N') && s[1] == '+') {
		v->kind = *s == 'D' ? VEC_DRAM : VEC_NOMEM;
		v->number = parse_number(p, s + 2);
	} else {
		v->kind = VEC_NUMBER;
		v->number = parse_number(p, s);
	}
}

static struct vec_value *parse_values(struct parser *p, char **fields, size_t count)
{
	struct vec_value *values = keep(p->file, (count + 1) * sizeof(*values));

	for (size_t i = 0; i < count; i++)
		parse_value(p, fields[i], &values[i]);
	return values;
}

/** "off=value" becomes two fields. */
static size_t split_pairs(struct parser *p, char **fields, size_t count, char **pairs)
{
	size_t n = 0;

	pairs[n++] = fields[0];
	for (size_t i = 1; i < count; i++) {
		char *equals = strchr(fields[i], '=');

		if (!equals) {
			fail(p, "\"%s\" is not offset=value", fields[i]);
			return 0;
		}
		*equals = '\0';
		pairs[n++] = fields[i];
		pairs[n++] = equals + 1;
	}
	return n;
}

static void parse_operands(struct parser *p, struct vec_line *line, const struct shape *shape,
                           char **fields, size_t count)
{
	char *pairs[2 * MAX_FIELDS];
	size_t args = 0;
	size_t results = 0;

	while (args < count && strcmp(fields[args], "->"))
		args++;
	if (args < count)
		results = count - args - 1;
	if (args < shape->min_args || args > shape->max_args || results > shape->max_results ||
	    (shape->max_results && !results)) {
		fail(p, "wrong number of fields for \"%s\"", shape->word);
		return;
	}
	line->num_results = results;
	if (results && !strcmp(fields[args + 1], "exit"))
		line->outcome = VEC_EXITS;
	else if (results && !strcmp(fields[args + 1], "realm"))
		line->outcome = VEC_REALM;
	if (line->outcome == VEC_RETURNS)
		line->results = parse_values(p, fields + args + 1, results);
	else
		line->num_results = 0;
	if (line->outcome != VEC_RETURNS && results > 1)
		fail(p, "\"%s\" stands alone", fields[args + 1]);
	if (shape->kind == VEC_EXIT) {
		args = split_pairs(p, fields, args, pairs);
		fields = pairs;
	}
	line->num_args = args;
	line->args = parse_values(p, fields, args);
}

static const struct shape *find_shape(const struct shape *shapes, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(shapes[i].word, word))
			return &shapes[i];
	return NULL;
}

static struct vec_line *add_line(struct parser *p, enum vec_kind kind, const char *text)
{
	struct vec_sequence *s = p->sequence;
	struct vec_line *line;

	s->lines = grow(s->lines, s->num_lines, &p->lines_room, sizeof(*s->lines));
	line = &s->lines[s->num_lines++];
	*line = (struct vec_line){
	        .kind = kind,
	        .number = p->line,
	        .text = text,
	        .comment = p->comment,
	        .tag = p->tag,
	        .tag_values = p->tag_values,
	};
	p->comment = NULL;
	p->tag = NULL;
	p->tag_values = false;
	return line;
}

static void parse_tag(struct parser *p, char **fields, size_t count)
{
	if (count < 1 || count > 2 || (count == 2 && strcmp(fields[1], "values"))) {
		fail(p, "expected quirk NAME or quirk NAME values");
		return;
	}
	p->tag = keep_string(p->file, fields[0]);
	p->tag_values = count == 2;
}

static void parse_needs(struct parser *p, const char *text, char **fields, size_t count)
{
	struct vec_line *line;

	if (count < 1 || count > 2) {
		fail(p, "expected needs WHAT or needs WHAT VALUE");
		return;
	}
	line = add_line(p, VEC_NEEDS, text);
	if (count == 2 && !strcmp(fields[0], "quirk")) {
		line->name = "quirk";
		line->tag = keep_string(p->file, fields[1]);
		return;
	}
	line->name = keep_string(p->file, fields[0]);
	line->num_args = count - 1;
	line->args = parse_values(p, fields + 1, count - 1);
}

static void parse_guest(struct parser *p, const char *text, char **fields, size_t count)
{
	const struct shape *shape;
	struct vec_line *line;

	if (!count) {
		fail(p, "what does the Realm do?");
		return;
	}
	if (!strcmp(fields[0], "quirk")) {
		parse_tag(p, fields + 1, count - 1);
		return;
	}
	shape = find_shape(guest_shapes, sizeof(guest_shapes) / sizeof(*guest_shapes), fields[0]);
	if (!shape) {
		fail(p, "unknown step of the Realm \"%s\"", fields[0]);
		return;
	}
	line = add_line(p, shape->kind, text);
	parse_operands(p, line, shape, fields + 1, count - 1);
	if (shape->kind == VEC_G_ENTRY || shape->kind == VEC_G_PC) {
		line->results = line->args;
		line->num_results = line->num_args;
		line->args = NULL;
		line->num_args = 0;
	}
}

static void begin_sequence(struct parser *p, char **fields, size_t count)
{
	struct vec_file *f = p->file;

	if (p->sequence) {
		fail(p, "the sequence before has no end");
		return;
	}
	if (count != 1) {
		fail(p, "expected seq NAME");
		return;
	}
	f->sequences =
	        grow(f->sequences, f->num_sequences, &p->sequences_room, sizeof(*f->sequences));
	p->sequence = &f->sequences[f->num_sequences++];
	*p->sequence = (struct vec_sequence){.name = keep_string(f, fields[0]), .number = p->line};
	p->lines_room = 0;
}

static void end_sequence(struct parser *p)
{
	const struct vec_sequence *s = p->sequence;

	if (p->tag)
		fail(p, "the last quirk of the sequence has no line");
	if (s->num_lines && vec_is_guest(s->lines[s->num_lines - 1].kind))
		fail(p, "the last steps of the Realm have no call");
	p->sequence = NULL;
}

/** @param text the line, without indentation; lives as long as the file */
static void parse_line(struct parser *p, const char *text)
{
	const struct shape *shape;
	char *fields[MAX_FIELDS];
	char copy[1024];
	size_t count = 0;
	char *save;

	if (!*text)
		return;
	if (*text == '#') {
		p->comment = text + 1 + (text[1] == ' ');
		return;
	}
	if (strlen(text) >= sizeof(copy)) {
		fail(p, "the line is too long");
		return;
	}
	strcpy(copy, text);
	for (char *s = strtok_r(copy, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		if (count == MAX_FIELDS) {
			fail(p, "too many fields");
			return;
		}
		fields[count++] = s;
	}
	if (!strcmp(fields[0], "seq")) {
		begin_sequence(p, fields + 1, count - 1);
		return;
	}
	if (!p->sequence) {
		fail(p, "\"%s\" outside of a sequence", fields[0]);
		return;
	}
	if (!strcmp(fields[0], "end")) {
		end_sequence(p);
	} else if (!strcmp(fields[0], "needs")) {
		parse_needs(p, text, fields + 1, count - 1);
	} else if (!strcmp(fields[0], "quirk")) {
		parse_tag(p, fields + 1, count - 1);
	} else if (!strcmp(fields[0], "g")) {
		parse_guest(p, text, fields + 1, count - 1);
	} else {
		shape = find_shape(host_shapes, sizeof(host_shapes) / sizeof(*host_shapes),
		                   fields[0]);
		if (!shape) {
			fail(p, "unknown line \"%s\"", fields[0]);
			return;
		}
		parse_operands(p, add_line(p, shape->kind, text), shape, fields + 1, count - 1);
	}
}

struct vec_file *vec_parse(const char *name, const char *text, char *err, size_t err_size)
{
	struct vec_file *file = calloc(1, sizeof(*file));
	struct parser p = {.file = file, .err = err, .err_size = err_size};
	const char *slash = strrchr(name, '/');
	char *copy;
	char *next;

	if (!file)
		abort();
	file->name = strdup(slash ? slash + 1 : name);
	if (!file->name)
		abort();
	copy = keep(file, strlen(text) + 1);
	strcpy(copy, text);
	for (char *line = copy; line && !p.failed; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		p.line++;
		parse_line(&p, line + strspn(line, " \t"));
	}
	if (p.sequence)
		fail(&p, "the last sequence has no end");
	if (p.failed) {
		vec_free(file);
		return NULL;
	}
	return file;
}

struct vec_file *vec_load(const char *path, char *err, size_t err_size)
{
	struct vec_file *file = NULL;
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	size_t got;

	if (!in) {
		snprintf(err, err_size, "%s: %s", path, strerror(errno));
		return NULL;
	}
	do {
		text = realloc(text, size + 65537);
		if (!text)
			abort();
		got = fread(text + size, 1, 65536, in);
		size += got;
	} while (got);
	text[size] = '\0';
	if (ferror(in))
		snprintf(err, err_size, "%s: cannot be read", path);
	else
		file = vec_parse(path, text, err, err_size);
	free(text);
	fclose(in);
	return file;
}

void vec_free(struct vec_file *file)
{
	struct block *next;

	if (!file)
		return;
	for (size_t i = 0; i < file->num_sequences; i++)
		free(file->sequences[i].lines);
	for (struct block *b = file->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(file->sequences);
	free(file->handles);
	free(file->name);
	free(file);
}
