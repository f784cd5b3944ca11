/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations of backends. */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "internal.h"

/* A part of the configuration. */
struct span {
	const char *text;
	size_t length;
};

/* For "%.*s": the start of a span, so long that the rule still fits behind it. */
#define MAX_SHOWN  64
#define SHOW(span) (int)((span).length < MAX_SHOWN ? (span).length : MAX_SHOWN), (span).text

/* One "key=value" while it is read. */
struct item {
	const char *backend;
	const struct rmi_conf_key *key;
	struct span value;
	struct rmi_error *err;
};

static bool span_is(struct span span, const char *text)
{
	return strlen(text) == span.length && memcmp(text, span.text, span.length) == 0;
}

/* The part of *rest up to a separator, which is removed together with the part. */
static struct span next_span(struct span *rest, char separator)
{
	const char *end = memchr(rest->text, separator, rest->length);
	struct span span = {rest->text, end != NULL ? (size_t)(end - rest->text) : rest->length};
	size_t taken = span.length + (end != NULL);

	rest->text += taken;
	rest->length -= taken;
	return span;
}

/* Levenshtein distance, or a large number when a name is too long to be a slip of the keyboard. */
static unsigned distance(struct span a, const char *b)
{
	unsigned row[MAX_SHOWN + 1];
	size_t b_length = strlen(b);

	if (a.length > MAX_SHOWN || b_length > MAX_SHOWN)
		return MAX_SHOWN;
	for (unsigned j = 0; j <= b_length; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.length; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned best = diagonal + (a.text[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (best > row[j] + 1)
				best = row[j] + 1;
			if (best > row[j - 1] + 1)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_length];
}

static void append(char *buf, size_t size, const char *text)
{
	size_t length = strlen(buf);

	(void)snprintf(buf + length, size - length, "%s", text);
}

void rmi_conf_known(char *buf, size_t size, const char *name, size_t length,
                    const char *const names[], size_t num_names)
{
	struct span span = {name, length};
	const char *nearest = NULL;
	unsigned best = 3;

	for (size_t i = 0; i < num_names; i++) {
		unsigned d = distance(span, names[i]);

		/* A name that shares no letter with the wrong one is no guess. */
		if (d < best && d < length) {
			best = d;
			nearest = names[i];
		}
	}
	buf[0] = '\0';
	if (nearest != NULL) {
		append(buf, size, "did you mean \"");
		append(buf, size, nearest);
		append(buf, size, "\"? ");
	}
	append(buf, size, "known: ");
	for (size_t i = 0; i < num_names; i++) {
		/* Room for this name and for the sign that there are more. */
		if (strlen(buf) + strlen(names[i]) + sizeof(", , ...") > size) {
			append(buf, size, ", ...");
			break;
		}
		append(buf, size, i > 0 ? ", " : "");
		append(buf, size, names[i]);
	}
}

/* Says what is wrong with the value of an item; always false. */
#define REFUSE(item, fmt, ...)                                                                     \
	(rmi_error_set((item)->err, "%s: %s=%.*s: " fmt, (item)->backend, (item)->key->name,       \
	               SHOW((item)->value), ##__VA_ARGS__),                                        \
	 false)

static void store(void *target, const struct rmi_conf_key *key, uint64_t value)
{
	unsigned char *member = (unsigned char *)target + key->offset;
	uint32_t word = (uint32_t)value;
	bool flag = value != 0;

	if (key->width == sizeof(value)) {
		memcpy(member, &value, sizeof(value));
	} else if (key->width == sizeof(word)) {
		memcpy(member, &word, sizeof(word));
	} else {
		assert(key->width == sizeof(flag));
		memcpy(member, &flag, sizeof(flag));
	}
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Reads the digits at the start of *rest and removes them. */
static bool parse_digits(const struct item *item, struct span *rest, uint64_t *value)
{
	unsigned base = 10;
	size_t i = 0;

	if (rest->length > 2 && rest->text[0] == '0' &&
	    (rest->text[1] == 'x' || rest->text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	*value = 0;
	if (i == rest->length || (unsigned)digit_value(rest->text[i]) >= base)
		return REFUSE(item, "not a number");
	for (; i < rest->length && (unsigned)digit_value(rest->text[i]) < base; i++) {
		unsigned digit = (unsigned)digit_value(rest->text[i]);

		if (*value > (UINT64_MAX - digit) / base)
			return REFUSE(item, "does not fit in 64 bits");
		*value = *value * base + digit;
	}
	rest->text += i;
	rest->length -= i;
	return true;
}

/* A number for people: sizes with the largest suffix that fits, addresses in hexadecimal. */
static const char *show_number(char buf[24], enum rmi_conf_type type, uint64_t value)
{
	static const char suffixes[] = {'K', 'M', 'G', 'T'};
	unsigned suffix = 0;

	if (type == RMI_CONF_PA) {
		(void)snprintf(buf, 24, "0x%" PRIx64, value);
		return buf;
	}
	while (type == RMI_CONF_SIZE && suffix < 4 && value != 0 && value % 1024 == 0) {
		value /= 1024;
		suffix++;
	}
	if (suffix > 0)
		(void)snprintf(buf, 24, "%" PRIu64 "%c", value, suffixes[suffix - 1]);
	else
		(void)snprintf(buf, 24, "%" PRIu64, value);
	return buf;
}

static bool parse_suffix(const struct item *item, struct span rest, uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	const char *suffix = rest.length == 1 ? strchr(suffixes, rest.text[0]) : NULL;
	unsigned shift;

	if (rest.length == 0)
		return true;
	if (item->key->type != RMI_CONF_SIZE)
		return REFUSE(item, "not a number");
	if (suffix == NULL || *suffix == '\0')
		return REFUSE(item, "\"%.*s\" is no size suffix (K, M, G, T)", SHOW(rest));
	shift = 10 * ((unsigned)(suffix - suffixes) + 1);
	if (*value > UINT64_MAX >> shift)
		return REFUSE(item, "does not fit in 64 bits");
	*value <<= shift;
	return true;
}

static bool parse_number(const struct item *item, uint64_t *value)
{
	const struct rmi_conf_key *key = item->key;
	struct span rest = item->value;
	uint64_t max = key->max;
	char low[24], high[24];

	if (max == 0)
		max = key->width == sizeof(uint64_t) ? UINT64_MAX : UINT32_MAX;
	if (!parse_digits(item, &rest, value) || !parse_suffix(item, rest, value))
		return false;
	if (*value < key->min || *value > max)
		return REFUSE(item, "out of range (%s..%s)", show_number(low, key->type, key->min),
		              show_number(high, key->type, max));
	if (key->multiple != 0 && *value % key->multiple != 0)
		return REFUSE(item, "not a multiple of %s",
		              show_number(low, RMI_CONF_SIZE, key->multiple));
	return true;
}

static bool parse_name(const struct item *item, struct span span, uint64_t *value)
{
	const char *names[RMI_CONF_MAX_KEYS];
	char known[256];
	size_t count = 0;

	for (const struct rmi_conf_name *name = item->key->names; name->name != NULL; name++) {
		if (span_is(span, name->name)) {
			if (name->refusal != NULL)
				return REFUSE(item, "%s", name->refusal);
			*value = name->value;
			return true;
		}
		if (name->refusal == NULL && count < RMI_CONF_MAX_KEYS)
			names[count++] = name->name;
	}
	if (count == 0)
		return REFUSE(item, "unknown \"%.*s\" (none is known)", SHOW(span));
	rmi_conf_known(known, sizeof(known), span.text, span.length, names, count);
	return REFUSE(item, "unknown \"%.*s\" (%s)", SHOW(span), known);
}

static bool parse_set(const struct item *item, uint64_t *value)
{
	struct span rest = item->value;
	uint64_t one;

	*value = 0;
	if (rest.text[rest.length - 1] == '+')
		return REFUSE(item, "ends with \"+\"");
	while (rest.length > 0) {
		if (!parse_name(item, next_span(&rest, '+'), &one))
			return false;
		*value |= one;
	}
	return true;
}

static bool parse_value(const struct item *item, uint64_t *value)
{
	switch (item->key->type) {
	case RMI_CONF_BOOL:
		if (!span_is(item->value, "0") && !span_is(item->value, "1"))
			return REFUSE(item, "neither 0 nor 1");
		*value = item->value.text[0] == '1';
		return true;
	case RMI_CONF_UNSIGNED:
	case RMI_CONF_SIZE:
	case RMI_CONF_PA:
		return parse_number(item, value);
	case RMI_CONF_ENUM:
		return parse_name(item, item->value, value);
	case RMI_CONF_SET:
		return parse_set(item, value);
	case RMI_CONF_TEXT:
		break;
	}
	return false;
}

static bool unknown_key(const char *backend, const struct rmi_conf_key *keys, size_t num_keys,
                        struct span name, struct rmi_error *err)
{
	const char *names[RMI_CONF_MAX_KEYS];
	char known[480];

	for (size_t i = 0; i < num_keys; i++)
		names[i] = keys[i].name;
	rmi_conf_known(known, sizeof(known), name.text, name.length, names, num_keys);
	rmi_error_set(err, "%s: unknown key \"%.*s\" (%s)", backend, SHOW(name), known);
	return false;
}

static bool take_text(const struct item *item, void *target)
{
	char *member = (char *)target + item->key->offset;

	if (item->value.length >= item->key->width)
		return REFUSE(item, "longer than %zu bytes", item->key->width - 1);
	memcpy(member, item->value.text, item->value.length);
	member[item->value.length] = '\0';
	return true;
}

static bool take_value(const struct item *item, void *target)
{
	uint64_t value;

	if (item->key->type == RMI_CONF_TEXT)
		return take_text(item, target);
	if (!parse_value(item, &value))
		return false;
	store(target, item->key, value);
	return true;
}

bool rmi_conf_parse(const char *backend, const struct rmi_conf_key *keys, size_t num_keys,
                    const char *conf, void *target, struct rmi_error *err)
{
	struct span rest = {conf, strlen(conf)};
	uint64_t seen = 0;

	assert(num_keys <= RMI_CONF_MAX_KEYS);
	while (rest.length > 0) {
		struct span text = next_span(&rest, ',');
		struct span part = text;
		struct span name = next_span(&part, '=');
		struct item item = {.backend = backend, .value = part, .err = err};
		size_t i = 0;

		if (text.length == 0 || (text.text[text.length] == ',' && rest.length == 0)) {
			rmi_error_set(err, "%s: stray \",\" in \"%.64s\"", backend, conf);
			return false;
		}
		while (i < num_keys && !span_is(name, keys[i].name))
			i++;
		if (i == num_keys)
			return unknown_key(backend, keys, num_keys, name, err);
		if (part.length == 0) {
			rmi_error_set(err, "%s: key \"%s\" has no value (%s=...)", backend,
			              keys[i].name, keys[i].name);
			return false;
		}
		if ((seen & UINT64_C(1) << i) != 0) {
			rmi_error_set(err, "%s: key \"%s\" is given twice", backend, keys[i].name);
			return false;
		}
		seen |= UINT64_C(1) << i;
		item.key = &keys[i];
		if (!take_value(&item, target))
			return false;
	}
	return true;
}
