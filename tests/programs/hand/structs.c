/* SPDX-License-Identifier: BSD-3-Clause */
/* Structures of all sizes by value, returned, in arrays, with unions and flexible arguments. */
#include "program.h"

struct s1 {
	uint8_t a;
};
struct s3 {
	uint8_t a, b, c;
};
struct s8 {
	uint32_t a;
	int16_t b, c;
};
struct s12 {
	int32_t a, b, c;
};
struct s16 {
	uint64_t a;
	int32_t b, c;
};
struct s24 {
	uint64_t a[3];
};
struct s80 {
	uint64_t a[10];
};
union any {
	uint64_t word;
	uint8_t bytes[8];
	struct s8 s;
};

__attribute__((noinline)) static struct s1 f1(struct s1 s)
{
	s.a ^= 0x5a;
	return s;
}
__attribute__((noinline)) static struct s3 f3(struct s3 s, int x)
{
	return (struct s3){s.c, (uint8_t)x, s.a};
}
__attribute__((noinline)) static struct s8 f8(int x, struct s8 s)
{
	s.b = (int16_t)(s.b - x);
	return s;
}
__attribute__((noinline)) static struct s12 f12(struct s12 s, struct s3 t)
{
	return (struct s12){s.b, s.c + t.a, s.a};
}
__attribute__((noinline)) static struct s16 f16(struct s16 s, struct s12 t)
{
	s.a += (uint64_t)t.b;
	s.c ^= s.b;
	return s;
}
__attribute__((noinline)) static struct s24 f24(struct s24 s, struct s16 t)
{
	s.a[1] ^= t.a;
	return s;
}
__attribute__((noinline)) static struct s80 f80(struct s80 s, int a, int b, int c, int d, int e,
                                                int f, int g, struct s24 t, int h)
{
	for (unsigned i = 0; i < 10; i++)
		s.a[i] =
		        s.a[i] * 3 + t.a[i % 3] + (uint64_t)(a + b * 2 + c * 3 + d - e + f * g - h);
	return s;
}

void program(void)
{
	struct s1 a = {1};
	struct s3 b = {1, 2, 3};
	struct s8 c = {1, 2, 3};
	struct s12 d = {4, 5, 6};
	struct s16 e = {7, 8, 9};
	struct s24 f = {{1, 2, 3}};
	struct s80 g = {{0}};

	for (int i = 0; i < 30; i++) {
		union any u = {.s = c};

		a = f1(a);
		b = f3(b, i * a.a);
		c = f8(i, c);
		d = f12(d, b);
		e = f16(e, d);
		f = f24(f, e);
		g = f80(g, i, a.a, b.b, c.b, d.c, e.b, -i, f, 8);
		put("%u %u %u %d %d %lx %lx ", a.a, b.c, c.a, c.b, d.a, e.a, f.a[1]);
		u.bytes[3] ^= (uint8_t)i;
		put("%lx %lx %lx\n", u.word, g.a[0], g.a[9]);
	}
}
