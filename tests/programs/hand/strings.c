/* SPDX-License-Identifier: BSD-3-Clause */
/* String routines, and a search by Knuth, Morris and Pratt. */
#include "program.h"

static char *find(const char *text, char c)
{
	for (; *text; text++)
		if (*text == c)
			return (char *)text;
	return NULL;
}

static void upper(char *text)
{
	for (; *text; text++)
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 32);
}

static int64_t number(const char *text, const char **end)
{
	bool negative = *text == '-';
	uint64_t value = 0;

	text += negative;
	while (*text >= '0' && *text <= '9')
		value = value * 10 + (uint64_t)(*text++ - '0');
	*end = text;
	return (int64_t)(negative ? 0 - value : value);
}

static unsigned count(const char *text, const char *pattern)
{
	unsigned fail[32] = {0}, length = (unsigned)strlen(pattern), k = 0, n = 0;

	for (unsigned i = 1; i < length; i++) {
		while (k && pattern[k] != pattern[i])
			k = fail[k - 1];
		k += pattern[k] == pattern[i];
		fail[i] = k;
	}
	k = 0;
	for (; *text; text++) {
		while (k && (k == length || pattern[k] != *text))
			k = fail[k - 1];
		k += pattern[k] == *text;
		n += k == length;
	}
	return n;
}

void program(void)
{
	char text[] = "the quick brown fox jumps over the lazy dog", copy[64], word[16];
	const char *rest = "12,-345,9223372036854775807,-9223372036854775808,0,x";
	size_t n = 0;

	memcpy(copy, text, sizeof(text));
	upper(copy);
	put("%s|%s|%d %d\n", text, copy, strcmp(text, copy) > 0, strcmp("ab", "abc"));
	for (char *at = text; at; at = find(at + 1, ' ')) {
		char *end = find(at + 1, ' ');

		n = end ? (size_t)(end - at) : strlen(at);
		memcpy(word, at, n);
		word[n] = 0;
		put("[%12s|%-12s|%s]\n", word, word, word);
	}
	for (;;) {
		const char *end;
		int64_t value = number(rest, &end);

		if (end == rest)
			break;
		put("%ld\n", value);
		rest = end + 1;
	}
	put("%u %u %u\n", count("abababababab", "abab"), count(text, "o"), count(text, "zz"));
	memmove(text + 4, text, 20);
	put("%s\n", text);
	memmove(text, text + 3, 20);
	put("%s %d\n", text, memcmp(text, copy, 10) > 0);
}
