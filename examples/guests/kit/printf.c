/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest.h"

/* Text on its way to the console; a vCPU has one on its stack, so that lines stay whole. */
struct line {
	char text[PLATFORM_CALL_TEXT_MAX];
	size_t used;
	int total;
};

static void flush(struct line *line)
{
	if (line->used)
		console_write(line->text, line->used);
	line->used = 0;
}

static void put(struct line *line, char c)
{
	line->text[line->used++] = c;
	line->total++;
	if (line->used == sizeof(line->text))
		flush(line);
}

static void pad(struct line *line, char c, int count)
{
	while (count-- > 0)
		put(line, c);
}

struct conversion {
	bool left;
	bool zero;
	int width;
	int longs;
};

static void put_text(struct line *line, const struct conversion *cv, const char *text, size_t size)
{
	int fill = cv->width - (int)size;

	if (!cv->left)
		pad(line, ' ', fill);
	for (size_t i = 0; i < size; i++)
		put(line, text[i]);
	if (cv->left)
		pad(line, ' ', fill);
}

static void put_number(struct line *line, const struct conversion *cv, uint64_t value,
                       unsigned base, bool negative)
{
	char digits[24];
	size_t start = sizeof(digits);
	size_t size;

	do {
		digits[--start] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	size = sizeof(digits) - start;
	if (cv->zero && !cv->left) {
		if (negative)
			put(line, '-');
		pad(line, '0', cv->width - (int)size - negative);
	} else if (negative) {
		digits[--start] = '-';
		size++;
	}
	if (cv->zero && !cv->left)
		put_text(line, &(struct conversion){0}, digits + start, size);
	else
		put_text(line, cv, digits + start, size);
}

static uint64_t take_unsigned(va_list *args, int longs)
{
	return longs ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
}

static int64_t take_signed(va_list *args, int longs)
{
	return longs ? va_arg(*args, int64_t) : va_arg(*args, int);
}

static const char *convert(struct line *line, const char *fmt, va_list *args)
{
	struct conversion cv = {0};
	int64_t number;
	const char *text;
	char c;

	for (;; fmt++) {
		if (*fmt == '-')
			cv.left = true;
		else if (*fmt == '0')
			cv.zero = true;
		else
			break;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		cv.width = cv.width * 10 + (*fmt - '0');
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		cv.longs++;
	switch (*fmt) {
	case 'c':
		c = (char)va_arg(*args, int);
		put_text(line, &cv, &c, 1);
		break;
	case 's':
		text = va_arg(*args, const char *);
		put_text(line, &cv, text, strlen(text));
		break;
	case 'd':
		number = take_signed(args, cv.longs);
		put_number(line, &cv, number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
		           number < 0);
		break;
	case 'u':
		put_number(line, &cv, take_unsigned(args, cv.longs), 10, false);
		break;
	case 'x':
		put_number(line, &cv, take_unsigned(args, cv.longs), 16, false);
		break;
	case 'p':
		put(line, '0');
		put(line, 'x');
		put_number(line, &cv, (uintptr_t)va_arg(*args, void *), 16, false);
		break;
	case '\0':
		return fmt;
	default:
		put(line, *fmt);
		break;
	}
	return fmt + 1;
}

int vprintf(const char *fmt, va_list args)
{
	struct line line = {.used = 0};
	va_list rest;

	va_copy(rest, args);
	while (*fmt) {
		if (*fmt != '%')
			put(&line, *fmt++);
		else
			fmt = convert(&line, fmt + 1, &rest);
	}
	va_end(rest);
	flush(&line);
	return line.total;
}

int printf(const char *fmt, ...)
{
	va_list args;
	int total;

	va_start(args, fmt);
	total = vprintf(fmt, args);
	va_end(args);
	return total;
}

void print_hex(const void *bytes, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++)
		printf("%02x", b[i]);
}
