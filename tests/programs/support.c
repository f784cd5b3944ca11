/* SPDX-License-Identifier: BSD-3-Clause */
/* Output and what the compiler takes for granted. */
#include "program.h"

void *memcpy(void *to, const void *from, size_t count)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (count--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t count)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f)
		return memcpy(to, from, count);
	while (count--)
		t[count] = f[count];
	return to;
}

void *memset(void *to, int byte, size_t count)
{
	unsigned char *t = to;

	while (count--)
		*t++ = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
	const unsigned char *x = a, *y = b;

	for (; count; count--, x++, y++) {
		if (*x != *y)
			return *x < *y ? -1 : 1;
	}
	return 0;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

void put_text(const char *text)
{
	put_bytes(text, strlen(text));
}

static size_t digits(char *end, uint64_t value, unsigned base)
{
	size_t length = 0;

	do {
		*--end = "0123456789abcdef"[value % base];
		length++;
		value /= base;
	} while (value);
	return length;
}

static void padded(const char *text, size_t length, size_t width, bool left, char fill)
{
	if (left)
		put_bytes(text, length);
	for (; width > length; width--)
		put_bytes(&fill, 1);
	if (!left)
		put_bytes(text, length);
}

void put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (; *format; format++) {
		char buffer[32], *end = buffer + sizeof(buffer);
		const char *from = format;
		bool left = false, wide = false, negative = false;
		size_t width = 0, length;
		char fill = ' ';
		uint64_t value;

		while (*format && *format != '%')
			format++;
		if (format != from) {
			put_bytes(from, (size_t)(format - from));
			format--;
			continue;
		}
		format++;
		if (*format == '-') {
			left = true;
			format++;
		}
		if (*format == '0')
			fill = '0';
		for (; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + (size_t)(*format - '0');
		for (; *format == 'l'; format++)
			wide = true;
		switch (*format) {
		case 'd': {
			int64_t number = wide ? va_arg(args, long) : va_arg(args, int);

			negative = number < 0;
			value = negative ? 0 - (uint64_t)number : (uint64_t)number;
			length = digits(end, value, 10);
			if (negative) {
				length++;
				end[-(ptrdiff_t)length] = '-';
			}
			padded(end - length, length, width, left, fill);
			break;
		}
		case 'u':
		case 'x':
			value = wide ? va_arg(args, unsigned long) : va_arg(args, unsigned);
			length = digits(end, value, *format == 'u' ? 10 : 16);
			padded(end - length, length, width, left, fill);
			break;
		case 'c':
			buffer[0] = (char)va_arg(args, int);
			padded(buffer, 1, width, left, ' ');
			break;
		case 's': {
			const char *text = va_arg(args, const char *);

			padded(text, strlen(text), width, left, ' ');
			break;
		}
		default:
			put_bytes("%", 1);
			break;
		}
	}
	va_end(args);
}

void put_value(const char *name, uint64_t value)
{
	put("%s %lx\n", name, value);
}
