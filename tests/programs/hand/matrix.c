/* SPDX-License-Identifier: BSD-3-Clause */
/* Matrices of integers: products, powers modulo a prime, determinants, transposition. */
#include "program.h"

#define N 9
#define P 1000003

typedef int64_t matrix[N][N];

static void multiply(matrix c, matrix a, matrix b)
{
	for (unsigned i = 0; i < N; i++)
		for (unsigned j = 0; j < N; j++) {
			int64_t sum = 0;

			for (unsigned k = 0; k < N; k++)
				sum += a[i][k] * b[k][j];
			c[i][j] = sum % P;
		}
}

static int64_t inverse(int64_t a)
{
	int64_t t = 0, s = 1, r = P;

	for (a = (a % P + P) % P; a;) {
		int64_t q = r / a, x = t - q * s, y = r - q * a;

		t = s;
		s = x;
		r = a;
		a = y;
	}
	return (t % P + P) % P;
}

static int64_t determinant(matrix m)
{
	int64_t det = 1;

	for (unsigned i = 0; i < N; i++) {
		unsigned pivot = i;

		while (pivot < N && m[pivot][i] % P == 0)
			pivot++;
		if (pivot == N)
			return 0;
		for (unsigned k = 0; pivot != i && k < N; k++) {
			int64_t swap = m[i][k];

			m[i][k] = m[pivot][k];
			m[pivot][k] = swap;
		}
		if (pivot != i)
			det = -det;
		det = det * m[i][i] % P;
		for (unsigned j = i + 1; j < N; j++) {
			int64_t factor = m[j][i] * inverse(m[i][i]) % P;

			for (unsigned k = i; k < N; k++)
				m[j][k] = (m[j][k] - factor * m[i][k]) % P;
		}
	}
	return det;
}

void program(void)
{
	static matrix a, b, c;
	uint64_t state = 15;

	for (unsigned i = 0; i < N; i++)
		for (unsigned j = 0; j < N; j++) {
			a[i][j] = (int64_t)(next_random(&state) % 201) - 100;
			b[i][j] = i == j;
		}
	for (unsigned power = 0; power < 12; power++) {
		multiply(c, b, a);
		memcpy(b, c, sizeof(b));
		put("%ld %ld ", b[0][0], b[N - 1][N / 2]);
		put("%ld\n", determinant(c));
	}
}
