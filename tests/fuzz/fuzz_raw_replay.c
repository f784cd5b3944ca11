/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_raw_replay FILE...              runs the inputs of files, one per line in hexadecimal
 * fuzz_raw_replay --write DIR FILE...  writes them as files that a fuzzer starts with
 * fuzz_raw_replay --hex FILE...        prints files of a fuzzer as such lines
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_raw.h"

#define MAX_INPUT 4096

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "fuzz_raw_replay: %s: %s\n", name, what);
	return 1;
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/** Reads a line up to a "#". @return number of bytes, -1 if it is no hexadecimal */
static int parse(const char *line, uint8_t *bytes)
{
	int count = 0;

	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (!*line || *line == '#')
			return count;
		if (digit(line[0]) < 0 || digit(line[1]) < 0 || count == MAX_INPUT)
			return -1;
		bytes[count++] = (uint8_t)(digit(line[0]) << 4 | digit(line[1]));
		line += 2;
	}
}

static int write_input(const char *dir, unsigned number, const uint8_t *bytes, size_t count)
{
	char name[512];
	FILE *file;

	snprintf(name, sizeof(name), "%s/%04u", dir, number);
	file = fopen(name, "wb");
	if (!file)
		return fail("cannot be written", name);
	fwrite(bytes, 1, count, file);
	return fclose(file) ? fail("cannot be written", name) : 0;
}

/** Runs, or writes, what a file holds. */
static int take_lines(const char *name, const char *dir, unsigned *number)
{
	static char line[3 * MAX_INPUT];
	static uint8_t bytes[MAX_INPUT];
	FILE *file = fopen(name, "r");
	int result = 0;

	if (!file)
		return fail("cannot be read", name);
	while (!result && fgets(line, sizeof(line), file)) {
		int count = parse(line, bytes);

		if (count < 0)
			result = fail("a line is no hexadecimal, or too long", name);
		else if (count && dir)
			result = write_input(dir, *number, bytes, (size_t)count);
		else if (count)
			LLVMFuzzerTestOneInput(bytes, (size_t)count);
		*number += count > 0;
	}
	fclose(file);
	return result;
}

static int print_hex(const char *name)
{
	FILE *file = fopen(name, "rb");
	int c;

	if (!file)
		return fail("cannot be read", name);
	while ((c = getc(file)) != EOF)
		printf("%02x", (unsigned)c);
	printf("\n");
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	bool hex = argc > 1 && !strcmp(argv[1], "--hex");
	bool write = argc > 2 && !strcmp(argv[1], "--write");
	unsigned number = 0;
	int result = 0;

	for (int i = hex ? 2 : write ? 3 : 1; i < argc && !result; i++)
		result = hex ? print_hex(argv[i])
		             : take_lines(argv[i], write ? argv[2] : NULL, &number);
	if (!hex)
		printf("%u inputs\n", number);
	return !hex && !number ? fail("no input", "arguments") : result;
}
