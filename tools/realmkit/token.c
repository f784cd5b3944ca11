/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit token: shows CCA attestation tokens, and checks them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "token.h"
#include "tool.h"

/* Most bytes of a file. */
#define MAX_FILE  (UINT64_C(1) << 20)
/* Most bytes of a value on the command line. */
#define MAX_VALUE 64

enum { OPT_CPAK = 1, OPT_SEED, OPT_CHALLENGE, OPT_RPV, OPT_RIM, OPT_REM, OPT_HELP };

struct token_options {
	const char *cpak; /* NULL: the test key of the seed. */
	uint64_t seed;
	struct token_expected expected;
	uint8_t values[7][MAX_VALUE]; /* What the spans of expected point to. */
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits up to 64 bytes. */
static bool parse_hex(const char *option, const char *text, uint8_t value[MAX_VALUE],
                      struct token_span *span)
{
	size_t n = 0;

	for (; text[2 * n] != '\0' && n < MAX_VALUE; n++) {
		int high = digit(text[2 * n]);
		int low = high < 0 ? -1 : digit(text[2 * n + 1]);

		if (low < 0)
			break;
		value[n] = (uint8_t)(high << 4 | low);
	}
	if (n == 0 || text[2 * n] != '\0')
		return tool_bad_value(option, text, "1 to 64 bytes in hexadecimal");
	*span = (struct token_span){value, n};
	return true;
}

/* N=HEX */
static bool parse_rem(const char *text, struct token_options *options)
{
	unsigned n = (unsigned)(text[0] - '0');

	if (text[0] == '\0' || n > 3 || text[1] != '=')
		return tool_bad_value("--rem", text, "0=HEX to 3=HEX");
	return parse_hex("--rem", text + 2, options->values[3 + n], &options->expected.rem[n]);
}

static bool take_option(int opt, const char *value, struct token_options *options)
{
	struct token_expected *expected = &options->expected;

	switch (opt) {
	case OPT_CPAK:
		options->cpak = value;
		return true;
	case OPT_SEED:
		return tool_parse_number("--seed", value, 0, UINT64_MAX, &options->seed);
	case OPT_CHALLENGE:
		/* Short challenges have zeros behind them. */
		if (!parse_hex("--challenge", value, options->values[0], &expected->challenge))
			return false;
		expected->challenge.size = MAX_VALUE;
		return true;
	case OPT_RPV:
		if (!parse_hex("--rpv", value, options->values[1], &expected->rpv))
			return false;
		expected->rpv.size = MAX_VALUE;
		return true;
	case OPT_RIM:
		return parse_hex("--rim", value, options->values[2], &expected->rim);
	case OPT_REM:
		return parse_rem(value, options);
	default:
		return false;
	}
}

/* The content of a file; NULL after a complaint. "-" is standard input. */
static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	uint8_t *bytes = malloc(MAX_FILE + 1);

	if (bytes == NULL) {
		tool_error("out of memory");
	} else if (file == NULL) {
		tool_error("%s: %s", path, strerror(errno));
	} else {
		*size = fread(bytes, 1, MAX_FILE + 1, file);
		if (!ferror(file) && *size != 0 && *size <= MAX_FILE) {
			if (file != stdin)
				(void)fclose(file);
			return bytes;
		}
		if (ferror(file))
			tool_error("%s: %s", path, strerror(errno));
		else
			tool_error("%s: %s", path, *size == 0 ? "empty" : "no token is that large");
	}
	if (file != NULL && file != stdin)
		(void)fclose(file);
	free(bytes);
	return NULL;
}

/* A file that is nothing but hexadecimal digits and space is what they stand for. */
static void decode_hex(uint8_t *bytes, size_t *size)
{
	size_t digits = 0;

	for (size_t i = 0; i < *size; i++) {
		if (digit((char)bytes[i]) >= 0)
			digits++;
		else if (!isspace(bytes[i]))
			return;
	}
	if (digits == 0 || digits % 2 != 0)
		return;
	digits = 0;
	for (size_t i = 0; i < *size; i++) {
		int value = digit((char)bytes[i]);

		if (value < 0)
			continue;
		if (digits % 2 == 0)
			bytes[digits / 2] = (uint8_t)(value << 4);
		else
			bytes[digits / 2] |= (uint8_t)value;
		digits++;
	}
	*size = digits / 2;
}

/* Who has signed the platform token, as the options tell. */
static bool check_platform(const struct token *token, const struct token_options *options)
{
	EVP_PKEY *key = options->cpak != NULL ? token_read_key(options->cpak)
	                                      : token_test_key(options->seed);
	char whose[64];
	bool ok;

	if (key == NULL)
		return false;
	if (options->cpak != NULL)
		(void)snprintf(whose, sizeof(whose), "the key of --cpak");
	else
		(void)snprintf(whose, sizeof(whose), "the test key of seed %llu",
		               (unsigned long long)options->seed);
	ok = token_check_signature(&token->platform, key, whose);
	EVP_PKEY_free(key);
	if (ok && options->cpak != NULL)
		printf("ok: the platform token is signed by the key of --cpak\n");
	else if (ok)
		printf("ok: the platform token is signed by the test key of seed %llu, which is no "
		       "root of trust\n",
		       (unsigned long long)options->seed);
	return ok;
}

static bool check_realm(const struct token *token)
{
	EVP_PKEY *key = token_realm_key(token);
	bool ok;

	if (key == NULL)
		return false;
	ok = token_check_signature(&token->realm, key, "the key in it");
	EVP_PKEY_free(key);
	if (ok)
		printf("ok: the Realm token is signed by the key in it\n");
	return ok;
}

static bool is_expected(const struct token_options *options)
{
	const struct token_expected *e = &options->expected;
	bool any = e->challenge.bytes != NULL || e->rpv.bytes != NULL || e->rim.bytes != NULL;

	for (size_t i = 0; i < 4; i++)
		any |= e->rem[i].bytes != NULL;
	return any;
}

/* Everything is checked, so that all that is wrong is said; but claims first, which others need. */
static bool verify(const struct token *token, const struct token_options *options)
{
	bool ok;

	if (!token_check_claims(token))
		return false;
	printf("ok: the claims are those of DEN0137 A7.2.3\n");
	ok = check_realm(token);
	if (token_check_binding(token))
		printf("ok: the platform token vouches for that key\n");
	else
		ok = false;
	ok &= check_platform(token, options);
	if (!token_check_expected(token, &options->expected))
		ok = false;
	else if (is_expected(options))
		printf("ok: the values are the expected ones\n");
	return ok;
}

static int run(const char *what, const char *path, const struct token_options *options)
{
	struct token token;
	size_t size = 0;
	uint8_t *bytes = read_file(path, &size);
	bool ok;

	if (bytes == NULL)
		return TOOL_FAILURE;
	decode_hex(bytes, &size);
	ok = token_decode(&token, bytes, size);
	if (ok && strcmp(what, "verify") == 0) {
		ok = verify(&token, options);
		printf("\n");
	}
	if (token.realm.claims != NULL && token.platform.claims != NULL)
		token_print(&token);
	token_free(&token);
	free(bytes);
	return ok ? TOOL_SUCCESS : TOOL_FAILURE;
}

static int token_main(int argc, char **argv)
{
	static const struct option known[] = {
	        {"cpak", required_argument, NULL, OPT_CPAK},
	        {"seed", required_argument, NULL, OPT_SEED},
	        {"challenge", required_argument, NULL, OPT_CHALLENGE},
	        {"rpv", required_argument, NULL, OPT_RPV},
	        {"rim", required_argument, NULL, OPT_RIM},
	        {"rem", required_argument, NULL, OPT_REM},
	        {"help", no_argument, NULL, OPT_HELP},
	        {0},
	};
	struct token_options options = {0};
	const char *what;
	int opt;

	while ((opt = tool_next_option("token", argc, argv, known)) != -1) {
		if (opt == OPT_HELP) {
			(void)fputs(tool_token.usage, stdout);
			return TOOL_SUCCESS;
		}
		if (!take_option(opt, optarg, &options))
			return TOOL_USAGE;
	}
	if (argc - optind != 2) {
		tool_error("token: say what to do and with which file: realmkit token verify FILE");
		return TOOL_USAGE;
	}
	what = argv[optind];
	if (strcmp(what, "verify") != 0 && strcmp(what, "print") != 0) {
		tool_error("token: \"%.64s\" is not known (known: verify, print)", what);
		return TOOL_USAGE;
	}
	return run(what, argv[optind + 1], &options);
}

const struct tool_command tool_token = {
        .name = "token",
        .summary = "show and verify an attestation token",
        .usage = "usage: realmkit token verify [OPTIONS] FILE\n"
                 "       realmkit token print FILE\n"
                 "\n"
                 "Shows what a CCA attestation token says; verify also checks its signatures,\n"
                 "that its two parts belong together, and its claims. FILE holds the token in\n"
                 "binary or as hexadecimal digits; - is standard input.\n"
                 "\n"
                 "  --cpak FILE.pem  key that must have signed the platform token, public or\n"
                 "                   private; without it the test key of the software RMM\n"
                 "  --seed N         seed of the RMM that the test key belongs to (0)\n"
                 "  --challenge HEX  challenge that the token must answer; up to 64 bytes\n"
                 "  --rpv HEX        personalization value that it must have\n"
                 "  --rim HEX        initial measurement that it must have\n"
                 "  --rem N=HEX      extensible measurement 0..3 that it must have\n"
                 "\n"
                 "Exit status: 0 if the token is good, 1 if not, 2 for a mistake on the command\n"
                 "line.\n",
        .main = token_main,
};
