/* SPDX-License-Identifier: BSD-3-Clause */
/* Floating point and loops to be vectorized: nothing here depends on NaNs or on contraction. */
#include <stddef.h>

#include "workload.h"

#define N 64

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15) + (digest >> 29);
}

static uint64_t bits_of(double value)
{
	union {
		double value;
		uint64_t bits;
	} u = {value};

	return u.bits;
}

static uint32_t bits_of_float(float value)
{
	union {
		float value;
		uint32_t bits;
	} u = {value};

	return u.bits;
}

/* Two matrices and their product, in single and in double precision. */
static uint64_t matrices(void *memory, uint64_t *seed)
{
	double *a = memory, *b = a + N * N / 4, *c = b + N * N / 4;
	float *f = (float *)(c + N * N / 4), *g = f + N * N / 4;
	const size_t n = N / 2;
	uint64_t digest = 0;

	for (size_t i = 0; i < n * n; i++) {
		a[i] = (double)(int64_t)next_random(seed) * 0x1p-40;
		b[i] = (double)(int32_t)next_random(seed) / 1000.0;
		c[i] = 0;
		f[i] = (float)(int32_t)(next_random(seed) >> 33) * 0.125f;
		g[i] = 0;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			for (size_t j = 0; j < n; j++)
				c[i * n + j] += a[i * n + k] * b[k * n + j];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			for (size_t j = 0; j < n; j++)
				g[i * n + j] += f[i * n + k] * f[k * n + j];
	for (size_t i = 0; i < n * n; i++)
		digest = mix(mix(digest, bits_of(c[i])), bits_of_float(g[i]));
	return digest;
}

struct body {
	double position[3];
	double velocity[3];
	double mass;
};

static uint64_t bodies(uint64_t *seed)
{
	struct body body[5];
	uint64_t digest = 0;

	for (unsigned i = 0; i < 5; i++) {
		for (unsigned j = 0; j < 3; j++) {
			body[i].position[j] = (double)(next_random(seed) >> 50) / 512.0;
			body[i].velocity[j] = (double)(next_random(seed) >> 52) / 4096.0 - 0.5;
		}
		body[i].mass = 1.0 + i;
	}
	for (unsigned step = 0; step < 60; step++) {
		for (unsigned i = 0; i < 5; i++) {
			for (unsigned j = i + 1; j < 5; j++) {
				double delta[3], square = 0.01, pull;

				for (unsigned k = 0; k < 3; k++) {
					delta[k] = body[i].position[k] - body[j].position[k];
					square += delta[k] * delta[k];
				}
				pull = 0.001 / (square * __builtin_sqrt(square));
				for (unsigned k = 0; k < 3; k++) {
					body[i].velocity[k] -= delta[k] * body[j].mass * pull;
					body[j].velocity[k] += delta[k] * body[i].mass * pull;
				}
			}
		}
		for (unsigned i = 0; i < 5; i++)
			for (unsigned k = 0; k < 3; k++)
				body[i].position[k] += body[i].velocity[k] * 0.001;
	}
	for (unsigned i = 0; i < 5; i++)
		for (unsigned k = 0; k < 3; k++)
			digest = mix(digest, bits_of(body[i].position[k]));
	return digest;
}

static uint64_t fractal(void)
{
	uint64_t digest = 0;

	for (int y = -12; y < 12; y++) {
		for (int x = -20; x < 10; x++) {
			float re = 0, im = 0;
			unsigned n = 0;

			while (n < 50 && re * re + im * im < 4) {
				float next = re * re - im * im + (float)x / 10;

				im = 2 * re * im + (float)y / 10;
				re = next;
				n++;
			}
			digest = mix(digest, n);
		}
	}
	return digest;
}

/* Series with conversions, comparisons, rounding. */
static uint64_t series(uint64_t *seed)
{
	double sum = 0, low = 1e300, high = -1e300;
	float product = 1;
	uint64_t digest = 0;

	for (int i = 1; i < 400; i++) {
		double x = (double)(int64_t)next_random(seed) * 0x1p-50;
		int64_t whole = (int64_t)x;
		uint32_t positive = (uint32_t)(x < 0 ? -x : x);

		sum += (i & 1 ? 1.0 : -1.0) / i + (x - (double)whole);
		low = x < low ? x : low;
		high = x > high ? x : high;
		product *= 1.0f + (float)(i % 7) * 0.001f;
		if (product > 100)
			product /= 3;
		digest = mix(digest, (uint64_t)whole + positive);
		digest = mix(digest, bits_of(__builtin_fabs(x) + (float)x));
	}
	digest = mix(mix(digest, bits_of(sum)), bits_of_float(product));
	return mix(mix(digest, bits_of(low)), bits_of(high));
}

/* Loops over bytes, halfwords and words. */
static uint64_t lanes(uint8_t *bytes, uint64_t *seed)
{
	uint8_t *a = bytes, *b = bytes + 1024, *c = bytes + 2048;
	int16_t *h = (int16_t *)(void *)(bytes + 4096);
	uint32_t *w = (uint32_t *)(void *)(bytes + 8192);
	uint32_t sad = 0, dot = 0, ones = 0;
	int64_t sum = 0;
	uint64_t digest = 0;

	for (size_t i = 0; i < 1024; i++) {
		a[i] = (uint8_t)next_random(seed);
		b[i] = (uint8_t)(a[i] * 7 + 3);
		h[i] = (int16_t)next_random(seed);
		w[i] = (uint32_t)next_random(seed);
	}
	for (size_t i = 0; i < 1024; i++) {
		sad += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
		dot += (uint32_t)a[i] * b[i];
		c[i] = (uint8_t)((a[i] + b[i] + 1) >> 1);
		sum += h[i];
	}
	for (size_t i = 0; i < 1024; i++) {
		int scaled = h[i] * 3 >> 1;

		h[i] = (int16_t)(scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled);
		w[i] = (w[i] << 7 | w[i] >> 25) + (uint32_t)(uint16_t)h[i] * 31;
		ones += (uint32_t)__builtin_popcount(w[i]);
	}
	/* Every third byte, backwards, and a gather. */
	for (size_t i = 0; i < 341; i++)
		c[1023 - i] ^= (uint8_t)(a[3 * i] + b[3 * i + 1] * c[3 * i + 2]);
	for (size_t i = 0; i < 1024; i++)
		digest = mix(digest,
		             c[i] + ((uint64_t)(uint16_t)h[i] << 8) + ((uint64_t)w[i] << 24));
	digest = mix(mix(digest, sad), dot);
	return mix(mix(digest, (uint64_t)sum), ones);
}

/* Copies of every length and alignment. */
static uint64_t copies(uint8_t *bytes)
{
	uint64_t digest = 0;

	for (size_t length = 1; length < 200; length += 13) {
		for (size_t offset = 0; offset < 17; offset += 3) {
			__builtin_memcpy(bytes + 8192 + offset, bytes + length, length);
			__builtin_memset(bytes + 8192 + offset + length, (int)length, 37);
			for (size_t i = 0; i < length + 37; i += 5)
				digest = mix(digest, bytes[8192 + offset + i]);
		}
	}
	return digest;
}

uint64_t fp_workload(void *memory, uint64_t rounds)
{
	uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);
	uint64_t digest = 0;

	while (rounds--) {
		digest = mix(digest, matrices(memory, &seed));
		digest = mix(digest, bodies(&seed));
		digest = mix(digest, fractal());
		digest = mix(digest, series(&seed));
		digest = mix(digest, lanes(memory, &seed));
		digest = mix(digest, copies(memory));
	}
	return digest;
}
