/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine of 16 registers that runs a program of its own: an interpreter in the interpreter. */
#include "program.h"

enum { LI, ADD, SUB, MUL, AND, SHR, JNZ, LD, ST, OUT, HALT };

struct insn {
	uint8_t op, a, b, c;
};

static uint32_t registers[16], memory[256];

static unsigned execute(const struct insn *code)
{
	unsigned pc = 0, steps = 0;

	for (; steps < 100000; steps++) {
		struct insn i = code[pc++];
		uint32_t *r = registers;

		switch (i.op) {
		case LI:
			r[i.a] = (uint32_t)i.b << 8 | i.c;
			break;
		case ADD:
			r[i.a] = r[i.b] + r[i.c];
			break;
		case SUB:
			r[i.a] = r[i.b] - r[i.c];
			break;
		case MUL:
			r[i.a] = r[i.b] * r[i.c];
			break;
		case AND:
			r[i.a] = r[i.b] & r[i.c];
			break;
		case SHR:
			r[i.a] = r[i.b] >> (r[i.c] & 31);
			break;
		case JNZ:
			pc = r[i.a] ? i.b : pc;
			break;
		case LD:
			r[i.a] = memory[r[i.b] & 255];
			break;
		case ST:
			memory[r[i.b] & 255] = r[i.a];
			break;
		case OUT:
			put("%u\n", r[i.a]);
			break;
		default:
			return steps;
		}
	}
	return steps;
}

void program(void)
{
	/* Squares into memory, then their sum, Collatz from 27. */
	static const struct insn code[] = {
	        {LI, 0, 0, 200}, {LI, 1, 0, 1},   {MUL, 2, 0, 0},  {ST, 2, 0, 0},  {SUB, 0, 0, 1},
	        {JNZ, 0, 2, 0},  {LI, 0, 0, 200}, {LI, 3, 0, 0},   {LD, 2, 0, 0},  {ADD, 3, 3, 2},
	        {SUB, 0, 0, 1},  {JNZ, 0, 8, 0},  {OUT, 3, 0, 0},  {LI, 4, 0, 27}, {LI, 5, 0, 3},
	        {LI, 6, 0, 0},   {OUT, 4, 0, 0},  {ADD, 6, 6, 1},  {AND, 7, 4, 1}, {JNZ, 7, 22, 0},
	        {SHR, 4, 4, 1},  {JNZ, 1, 24, 0}, {MUL, 4, 4, 5},  {ADD, 4, 4, 1}, {SUB, 8, 4, 1},
	        {JNZ, 8, 16, 0}, {OUT, 6, 0, 0},  {HALT, 0, 0, 0},
	};

	put("%u\n", execute(code));
}
