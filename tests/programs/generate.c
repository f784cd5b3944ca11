/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes a random C program that has one meaning only: no overflow of signed integers, no index out
 * of bounds, no value that was not set, no order of evaluation that matters. It ends: every loop
 * and every call takes from one supply of fuel.
 *
 *   generate SEED [float]
 *
 * The program prints values on its way and what its variables hold at its end. With "float" some of
 * its arithmetic is in float and double; only operations that IEEE 754 rounds in one way are used.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUM_LOCALS 5u
#define ARRAY      32u

static struct {
	uint64_t random;
	bool floats;
	unsigned function; /* Number of the one being written. */
	unsigned num_labels;
	unsigned num_traces;
	unsigned indent;
	unsigned loops; /* How many are around. */
} g;

static uint32_t below(uint32_t n)
{
	g.random ^= g.random << 13;
	g.random ^= g.random >> 7;
	g.random ^= g.random << 17;
	return (uint32_t)((g.random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static const char *pick(const char *const *names, size_t count)
{
	return names[below((uint32_t)count)];
}

#define PICK(...)                                                                                  \
	pick((const char *const[]){__VA_ARGS__},                                                   \
	     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void begin_line(void)
{
	for (unsigned i = 0; i < g.indent; i++)
		putchar('\t');
}

static void constant(void)
{
	switch (below(5)) {
	case 0:
		printf("UINT64_C(%" PRIu32 ")", below(16));
		break;
	case 1:
		printf("UINT64_C(0x%" PRIx32 ")", below(0x10000));
		break;
	case 2:
		printf("(UINT64_C(1) << %" PRIu32 ")", below(64));
		break;
	case 3:
		printf("%s", PICK("UINT64_C(0x7fffffff)", "UINT64_C(0x80000000)", "UINT64_MAX",
		                  "(uint64_t)INT64_MAX", "UINT64_C(0xff00ff00ff00ff)"));
		break;
	default:
		printf("UINT64_C(0x%" PRIx32 "%08" PRIx32 ")", below(0x7fffffff),
		       below(0x7fffffff));
		break;
	}
}

/* Something that has a value of up to 64 bits. */
static void leaf(void)
{
	switch (below(12)) {
	case 0:
	case 1:
		constant();
		break;
	case 2:
	case 3:
	case 4:
		printf("v%" PRIu32, below(NUM_LOCALS));
		break;
	case 5:
		printf("%s", PICK("a", "b"));
		break;
	case 6:
		printf("(uint64_t)%s[v%" PRIu32 " %% %u]",
		       PICK("u8s", "u16s", "u32s", "u64s", "s8s", "s16s", "s32s", "s64s"),
		       below(NUM_LOCALS), ARRAY);
		break;
	case 7:
		printf("(uint64_t)record.%s", PICK("low", "high", "bits", "sign", "flag", "byte",
		                                   "half", "inner.x", "inner.y"));
		break;
	case 8:
		printf("p[v%" PRIu32 " & 7]", below(NUM_LOCALS));
		break;
	case 9:
		printf("(uint64_t)w%" PRIu32, below(2));
		break;
	case 10:
		printf("unaligned((v%" PRIu32 ") %% 100)", below(NUM_LOCALS));
		break;
	default:
		printf("%s", PICK("watched", "counter", "checksum"));
		break;
	}
}

static void expression(unsigned depth);

static void binary(const char *before, const char *between, const char *after, unsigned depth)
{
	printf("%s", before);
	expression(depth - 1);
	printf("%s", between);
	expression(depth - 1);
	printf("%s", after);
}

static void expression(unsigned depth)
{
	if (depth == 0 || below(6) == 0) {
		leaf();
		return;
	}
	switch (below(24)) {
	case 0:
	case 1:
	case 2:
		binary("(", PICK(" + ", " - ", " * "), ")", depth);
		break;
	case 3:
	case 4:
		binary("(", PICK(" & ", " | ", " ^ ", " & ~", " | ~", " ^ ~"), ")", depth);
		break;
	case 5:
	case 6:
		printf("(");
		expression(depth - 1);
		printf(" %s (", PICK("<<", ">>"));
		expression(depth - 1);
		printf(" & 63))");
		break;
	case 7:
		printf("(uint64_t)(%s(", PICK("(int64_t)", "(int64_t)(int32_t)"));
		expression(depth - 1);
		printf(") >> %" PRIu32 ")", below(64));
		break;
	case 8:
		binary(PICK("div_u(", "mod_u(", "div_s(", "mod_s(", "div_w(", "mod_w("), ", ", ")",
		       depth);
		break;
	case 9:
		binary("(uint64_t)(", PICK(" < ", " <= ", " == ", " != ", " > "), ")", depth);
		break;
	case 10:
		printf("(uint64_t)((int64_t)(");
		expression(depth - 1);
		printf(") %s (int64_t)(", PICK("<", "<=", ">", ">="));
		expression(depth - 1);
		printf("))");
		break;
	case 11:
		printf("((");
		expression(depth - 1);
		printf(") %s ", PICK("& 1 ?", "> 1000 ?", "== 0 ?"));
		binary("(", ") : (", "))", depth);
		break;
	case 12:
		binary("(uint64_t)((", PICK(") && (", ") || ("), "))", depth);
		break;
	case 13:
		printf("(uint64_t)(%s)(",
		       PICK("uint8_t", "uint16_t", "uint32_t", "int8_t", "int16_t", "int32_t"));
		expression(depth - 1);
		printf(")");
		break;
	case 14:
		printf("%s(",
		       PICK("~", "-", "(uint64_t)!", "bits_clz", "bits_ctz", "bits_count",
		            "__builtin_bswap64", "(uint64_t)__builtin_bswap32", "bits_reverse"));
		expression(depth - 1);
		printf(")");
		break;
	case 15:
		binary(PICK("rotate(", "rotate_w(", "high_u(", "high_s("), ", ", ")", depth);
		break;
	case 16:
		printf("(uint64_t)((uint32_t)(");
		expression(depth - 1);
		printf(") %s (uint32_t)(", PICK("+", "-", "*", "^"));
		expression(depth - 1);
		printf("))");
		break;
	case 17:
		binary(PICK("divide_wide(", "add_wide(", "shift_wide("), ", ", ")", depth);
		break;
	case 18:
		printf("((");
		expression(depth - 1);
		printf(" >> %" PRIu32 ") & UINT64_C(0x%" PRIx32 "))", below(48), 1 + below(0xffff));
		break;
	case 19:
		binary(PICK("smallest(", "largest(", "saturate(", "widen("), ", ", ")", depth);
		break;
	case 20:
		if (g.floats)
			binary(PICK("f_add(", "f_mul(", "f_div(", "d_add(", "d_mul(", "d_div(",
			            "d_less(", "d_round(", "f_of("),
			       ", ", ")", depth);
		else
			leaf();
		break;
	default:
		leaf();
		break;
	}
}

/* Something that a value can be put into. */
static void place(void)
{
	switch (below(9)) {
	case 0:
	case 1:
	case 2:
	case 3:
		printf("v%" PRIu32, below(NUM_LOCALS));
		break;
	case 4:
		printf("w%" PRIu32, below(2));
		break;
	case 5:
		printf("%s[v%" PRIu32 " %% %u]", PICK("u8s", "u16s", "u32s", "u64s"),
		       below(NUM_LOCALS), ARRAY);
		break;
	case 6:
		printf("record.%s",
		       PICK("low", "high", "bits", "flag", "byte", "half", "inner.x", "inner.y"));
		break;
	case 7:
		printf("p[v%" PRIu32 " & 7]", below(NUM_LOCALS));
		break;
	default:
		printf("watched");
		break;
	}
}

static void block(unsigned depth, unsigned count);

static void call_statement(void)
{
	unsigned callee = below(g.function);

	begin_line();
	/* What a call changes through a pointer is not on its left. */
	if (callee % 5 == 2)
		printf("w0 ^= (uint32_t)");
	else
		printf("v%" PRIu32 " %s= ", below(NUM_LOCALS), PICK("", "^", "+"));
	switch (callee % 5) {
	case 0:
		printf("(below_last ? table[v%" PRIu32 " %% NUM_TABLE] : f%u)(", below(NUM_LOCALS),
		       callee);
		expression(1);
		printf(", ");
		expression(1);
		printf(");\n");
		break;
	case 1:
		printf("f%u((struct pair){", callee);
		expression(1);
		printf(", ");
		expression(1);
		printf("}).%s;\n", PICK("first", "second"));
		break;
	case 2:
		printf("f%u((uint8_t)(", callee);
		expression(1);
		printf("), (int16_t)(");
		expression(1);
		printf("), &v%" PRIu32 ", record);\n", below(NUM_LOCALS));
		break;
	case 3:
		printf("f%u(3, ", callee);
		expression(1);
		printf(", (int)(v%" PRIu32 " & 0xffff), ", below(NUM_LOCALS));
		expression(1);
		printf(");\n");
		break;
	default:
		printf("f%u(", callee);
		expression(1);
		printf(", %" PRIu32 ");\n", 1 + below(6));
		break;
	}
}

static void loop(unsigned depth)
{
	unsigned n = g.num_labels++;

	begin_line();
	switch (below(3)) {
	case 0:
		printf("for (unsigned i%u = 0; i%u < %" PRIu32 " && burn(); i%u++) {\n", n, n,
		       2 + below(14), n);
		g.indent++;
		begin_line();
		printf("v%" PRIu32 " += i%u;\n", below(NUM_LOCALS), n);
		g.indent--;
		break;
	case 1:
		printf("for (uint64_t i%u = v%" PRIu32 " %% 50; i%u && burn(); i%u >>= 1) {\n", n,
		       below(NUM_LOCALS), n, n);
		break;
	default:
		printf("while ((v%" PRIu32 "++ & %" PRIu32 ") && burn()) {\n", below(NUM_LOCALS),
		       3 + below(12));
		break;
	}
	g.loops++;
	block(depth - 1, 1 + below(4));
	g.indent++;
	if (below(3) == 0) {
		begin_line();
		printf("if ((");
		expression(1);
		printf(") %% 7 == %" PRIu32 ")\n", below(7));
		g.indent++;
		begin_line();
		printf("%s;\n", PICK("break", "continue"));
		g.indent--;
		begin_line();
		printf("v%" PRIu32 " ^= checksum;\n", below(NUM_LOCALS));
	}
	g.indent--;
	g.loops--;
	begin_line();
	printf("}\n");
}

static void choice(unsigned depth)
{
	unsigned cases = 3 + below(8);
	bool dense = below(2);

	begin_line();
	printf("switch ((");
	expression(1);
	printf(") %% %u) {\n", dense ? cases + 2 : 1000);
	for (unsigned i = 0; i < cases; i++) {
		begin_line();
		printf("case %u:\n", dense ? i : i * (1000 / cases) + below(1000 / cases));
		block(depth - 1, 1 + below(2));
		g.indent++;
		begin_line();
		printf("%s;\n",
		       i + 1 < cases && below(4) == 0 ? "__attribute__((fallthrough))" : "break");
		g.indent--;
	}
	begin_line();
	printf("default:\n");
	block(depth - 1, 1);
	g.indent++;
	begin_line();
	printf("break;\n");
	g.indent--;
	begin_line();
	printf("}\n");
}

static void atomic_statement(void)
{
	const char *target = PICK("u8s", "u16s", "u32s", "u64s");
	unsigned v = below(NUM_LOCALS);

	begin_line();
	if (below(4) == 0) {
		printf("v%u = exchange(&u64s[v%u %% %u], v%" PRIu32 ", v%" PRIu32 ");\n", v, v,
		       ARRAY, below(NUM_LOCALS), below(NUM_LOCALS));
		return;
	}
	printf("v%u = __atomic_%s(&%s[v%u %% %u], ", v,
	       PICK("fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor", "exchange_n",
	            "add_fetch", "and_fetch"),
	       target, v, ARRAY);
	printf("(__typeof__(%s[0]))(", target);
	expression(1);
	printf("), %s);\n", PICK("__ATOMIC_RELAXED", "__ATOMIC_ACQUIRE", "__ATOMIC_RELEASE",
	                         "__ATOMIC_ACQ_REL", "__ATOMIC_SEQ_CST"));
}

static void statement(unsigned depth)
{
	unsigned what = below(depth ? 16 : 9);

	switch (what) {
	case 0:
	case 1:
	case 2:
	case 3:
		begin_line();
		place();
		printf(" %s= ", PICK("", "", "", "+", "-", "^", "|", "&"));
		expression(3);
		printf(";\n");
		break;
	case 4:
		begin_line();
		printf("trace(%u, ", g.num_traces++);
		expression(2);
		printf(");\n");
		break;
	case 5:
		begin_line();
		printf("p = &u64s[v%" PRIu32 " %% %u];\n", below(NUM_LOCALS), ARRAY - 8);
		break;
	case 6:
		atomic_statement();
		break;
	case 7:
		begin_line();
		printf("%s(u8s + v%" PRIu32 " %% 16, u8s + v%" PRIu32 " %% 16, v%" PRIu32
		       " %% 17);\n",
		       PICK("memmove", "memmove", "reverse"), below(NUM_LOCALS), below(NUM_LOCALS),
		       below(NUM_LOCALS));
		break;
	case 8:
		begin_line();
		printf("record.inner = (struct inner){(uint16_t)(v%" PRIu32 "), v%" PRIu32 "};\n",
		       below(NUM_LOCALS), below(NUM_LOCALS));
		break;
	case 9:
	case 10:
		if (g.function && g.loops < 2)
			call_statement();
		break;
	case 11:
	case 12:
		loop(depth);
		break;
	case 13:
		choice(depth);
		break;
	case 14: {
		unsigned n = g.num_labels++;

		begin_line();
		printf("if ((");
		expression(2);
		printf(") & 1)\n");
		g.indent++;
		begin_line();
		printf("goto l%u;\n", n);
		g.indent--;
		statement(0);
		begin_line();
		printf("l%u:;\n", n);
		break;
	}
	default:
		begin_line();
		printf("if ((");
		expression(2);
		printf(") > (");
		expression(2);
		printf(")) {\n");
		block(depth - 1, 1 + below(3));
		begin_line();
		printf("} else {\n");
		block(depth - 1, 1 + below(2));
		begin_line();
		printf("}\n");
		break;
	}
}

static void block(unsigned depth, unsigned count)
{
	g.indent++;
	/* Labels and declarations need something that they stand before. */
	begin_line();
	printf("counter++;\n");
	for (unsigned i = 0; i < count; i++)
		statement(depth);
	g.indent--;
}

static void function(unsigned number)
{
	static const char *const parameters[5] = {
	        "uint64_t a, uint64_t b",
	        "struct pair in",
	        "uint8_t small, int16_t half, uint64_t *out, struct record in",
	        "int count, ...",
	        "uint64_t a, unsigned depth",
	};
	static const char *const starts[5] = {
	        "",
	        "\tuint64_t a = in.first, b = in.second;\n",
	        "\tuint64_t a = in.low + small, b = (uint64_t)half + in.inner.y;\n",
	        "\tuint64_t a, b;\n\tva_list list;\n\n\tva_start(list, count);\n\ta = va_arg(list, "
	        "uint64_t);\n\tb = (uint64_t)va_arg(list, int);\n\ta ^= va_arg(list, uint64_t);\n"
	        "\tva_end(list);\n",
	        "\tuint64_t b = depth;\n",
	};
	unsigned kind = number % 5;

	g.function = number;
	printf("%sstatic ", PICK("", "__attribute__((noinline)) ", "__attribute__((noinline)) "));
	printf("%s f%u(%s)\n{\n%s", kind == 1 ? "struct pair" : "uint64_t", number,
	       parameters[kind], starts[kind]);
	for (unsigned i = 0; i < NUM_LOCALS; i++) {
		printf("\tuint64_t v%u = ", i);
		constant();
		printf(" ^ %s;\n", PICK("a", "b", "(a + b)", "(a * 3)"));
	}
	printf("\tuint32_t w0 = (uint32_t)a, w1 = (uint32_t)b;\n");
	printf("\tuint64_t *p = u64s;\n\tbool below_last = %s;\n", number ? "true" : "false");
	printf("\n\t(void)below_last;\n\tif (!burn())\n\t\treturn %s;\n",
	       kind == 1 ? "in" : "a ^ b");
	if (kind == 4)
		printf("\tif (depth)\n\t\tv0 ^= f%u(a * 3 + depth, depth - 1);\n", number);
	block(2, 3 + below(5));
	if (kind == 2)
		printf("\t*out ^= v2;\n");
	if (kind == 1)
		printf("\treturn (struct pair){v0 ^ w0 ^ *p, v1 + v2 * v3 + w1 + v4};\n}\n\n");
	else
		printf("\treturn v0 ^ v1 ^ (v2 + v3) ^ v4 ^ w0 ^ w1 ^ *p;\n}\n\n");
}

static const char prologue[] =
        "#include \"program.h\"\n"
        "\n"
        "struct inner {\n\tuint16_t x;\n\tuint64_t y;\n};\n"
        "struct record {\n\tuint64_t low;\n\tuint32_t high;\n\tunsigned bits : 11;\n"
        "\tint sign : 7;\n\tunsigned flag : 1;\n\tuint8_t byte;\n\tuint16_t half;\n"
        "\tstruct inner inner;\n};\n"
        "struct pair {\n\tuint64_t first, second;\n};\n"
        "\n"
        "static uint8_t u8s[32];\nstatic uint16_t u16s[32];\nstatic uint32_t u32s[32];\n"
        "static uint64_t u64s[32];\nstatic int8_t s8s[32];\nstatic int16_t s16s[32];\n"
        "static int32_t s32s[32];\nstatic int64_t s64s[32];\nstatic uint8_t heap[128];\n"
        "static struct record record;\nstatic volatile uint64_t watched;\n"
        "static uint64_t counter, checksum;\nstatic unsigned fuel = 30000, traces = 200;\n"
        "\n"
        "static inline bool burn(void)\n{\n\treturn fuel && fuel--;\n}\n\n"
        "static void trace(unsigned id, uint64_t value)\n{\n"
        "\tchecksum = checksum * 31 + value + id;\n\tif (!traces)\n\t\treturn;\n\ttraces--;\n"
        "\tput(\"%u: %lx\\n\", id, value);\n}\n\n"
        "static inline uint64_t unaligned(uint64_t at)\n{\n\tuint64_t value;\n\n"
        "\t__builtin_memcpy(&value, heap + at, 8);\n\treturn value;\n}\n\n"
        "static void reverse(uint8_t *to, const uint8_t *from, uint64_t count)\n{\n"
        "\tuint8_t copy[32];\n\n\tfor (uint64_t i = 0; i < count; i++)\n\t\tcopy[i] = from[i];\n"
        "\tfor (uint64_t i = 0; i < count; i++)\n\t\tto[i] = copy[count - 1 - i];\n}\n\n"
        "static uint64_t exchange(uint64_t *at, uint64_t old, uint64_t new)\n{\n"
        "\tuint64_t expected = old & 1 ? old : *at;\n\n"
        "\treturn __atomic_compare_exchange_n(at, &expected, new, false, __ATOMIC_SEQ_CST,\n"
        "\t                                   __ATOMIC_RELAXED) ? new : expected;\n}\n\n"
        "static inline uint64_t div_u(uint64_t a, uint64_t b)\n{\n\treturn b ? a / b : a;\n}\n"
        "static inline uint64_t mod_u(uint64_t a, uint64_t b)\n{\n\treturn b ? a % b : a;\n}\n"
        "static inline uint64_t div_s(uint64_t a, uint64_t b)\n{\n"
        "\treturn b + 1 < 2 ? a : (uint64_t)((int64_t)a / (int64_t)b);\n}\n"
        "static inline uint64_t mod_s(uint64_t a, uint64_t b)\n{\n"
        "\treturn b + 1 < 2 ? a : (uint64_t)((int64_t)a % (int64_t)b);\n}\n"
        "static inline uint64_t div_w(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint32_t)b ? (uint32_t)a / (uint32_t)b : a;\n}\n"
        "static inline uint64_t mod_w(uint64_t a, uint64_t b)\n{\n\tint32_t s = (int32_t)b;\n\n"
        "\treturn s > 0 ? (uint64_t)((int32_t)a % s) : a;\n}\n"
        "static inline uint64_t bits_clz(uint64_t a)\n{\n"
        "\treturn a ? (uint64_t)__builtin_clzll(a) : 64;\n}\n"
        "static inline uint64_t bits_ctz(uint64_t a)\n{\n"
        "\treturn a ? (uint64_t)__builtin_ctzll(a) : 64;\n}\n"
        "static inline uint64_t bits_count(uint64_t a)\n{\n"
        "\tunsigned n = 0;\n\n\tfor (; a; a &= a - 1)\n\t\tn++;\n\treturn n;\n}\n"
        "static inline uint64_t bits_reverse(uint64_t a)\n{\n\tuint64_t r = 0;\n\n"
        "\tfor (unsigned i = 0; i < 64; i++)\n\t\tr |= (a >> i & 1) << (63 - i);\n\treturn r;\n}\n"
        "static inline uint64_t rotate(uint64_t a, uint64_t n)\n{\n"
        "\treturn a >> (n & 63) | a << (-n & 63);\n}\n"
        "static inline uint64_t rotate_w(uint64_t a, uint64_t n)\n{\n\tuint32_t w = "
        "(uint32_t)a;\n\n"
        "\treturn w >> (n & 31) | w << (-n & 31);\n}\n"
        "static inline uint64_t high_u(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint64_t)((u128)a * b >> 64);\n}\n"
        "static inline uint64_t high_s(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint64_t)((u128)((__int128)(int64_t)a * (int64_t)b) >> 64);\n}\n"
        "static inline uint64_t add_wide(uint64_t a, uint64_t b)\n{\n"
        "\tu128 sum = ((u128)a << 64 | b) + ((u128)b << 64 | a);\n\n"
        "\treturn (uint64_t)(sum >> 64) ^ (uint64_t)sum;\n}\n"
        "static inline uint64_t shift_wide(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint64_t)(((u128)a << 64 | b) >> (b & 127));\n}\n"
        "static __attribute__((noinline)) uint64_t divide_wide(uint64_t a, uint64_t b)\n{\n"
        "\treturn b ? (uint64_t)(((u128)a << 40 | b) / b) : a;\n}\n"
        "static inline uint64_t smallest(uint64_t a, uint64_t b)\n{\n"
        "\treturn (int64_t)a < (int64_t)b ? a : b;\n}\n"
        "static inline uint64_t largest(uint64_t a, uint64_t b)\n{\n\treturn a > b ? a : b;\n}\n"
        "static inline uint64_t saturate(uint64_t a, uint64_t b)\n{\n\tuint64_t sum;\n\n"
        "\treturn __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;\n}\n"
        "static inline uint64_t widen(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint64_t)((int64_t)(int32_t)a * (int32_t)b) + (uint64_t)(uint32_t)a * "
        "(uint32_t)b;"
        "\n}\n";

/* NaN would show its payload, so what might become one is 1. */
static const char float_helpers[] =
        "static uint64_t d_out(double x)\n{\n\tuint64_t bits;\n\n\tif (x != x)\n\t\tx = 1;\n"
        "\t__builtin_memcpy(&bits, &x, 8);\n\treturn bits;\n}\n"
        "static uint64_t f_out(float x)\n{\n\tuint32_t bits;\n\n\tif (x != x)\n\t\tx = 1;\n"
        "\t__builtin_memcpy(&bits, &x, 4);\n\treturn bits;\n}\n"
        "static double d_in(uint64_t a)\n{\n"
        "\treturn a & 1 ? (double)(int64_t)a : (double)a / 4096.0;\n}\n"
        "static float f_in(uint64_t a)\n{\n"
        "\treturn a & 1 ? (float)(int32_t)a : (float)(uint32_t)a / 64.0f;\n}\n"
        "static uint64_t d_add(uint64_t a, uint64_t b)\n{\n\treturn d_out(d_in(a) - d_in(b));\n}\n"
        "static uint64_t d_mul(uint64_t a, uint64_t b)\n{\n\treturn d_out(d_in(a) * d_in(b));\n}\n"
        "static uint64_t d_div(uint64_t a, uint64_t b)\n{\n\treturn d_out(d_in(a) / d_in(b));\n}\n"
        "static uint64_t f_add(uint64_t a, uint64_t b)\n{\n\treturn f_out(f_in(a) + f_in(b));\n}\n"
        "static uint64_t f_mul(uint64_t a, uint64_t b)\n{\n\treturn f_out(f_in(a) * f_in(b));\n}\n"
        "static uint64_t f_div(uint64_t a, uint64_t b)\n{\n\treturn f_out(f_in(a) / f_in(b));\n}\n"
        "static uint64_t d_less(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint64_t)(d_in(a) < d_in(b)) + 2 * (uint64_t)(f_in(a) >= f_in(b));\n}\n"
        "static uint64_t d_round(uint64_t a, uint64_t b)\n{\n"
        "\treturn (uint64_t)(int64_t)(d_in(a) / 3.0) + (uint64_t)(d_in(b >> 12) + 0.5);\n}\n"
        "static uint64_t f_of(uint64_t a, uint64_t b)\n{\n"
        "\treturn f_out((float)d_in(a)) ^ d_out((double)f_in(b));\n}\n";

/* Compiler flags that change which instructions there are. */
static const char *architecture(void)
{
	return PICK("", "-march=armv8.1-a", "-march=armv8.2-a", "-march=armv8.3-a",
	            "-march=armv8.4-a", "-march=armv8.5-a",
	            "-march=armv8.3-a -mbranch-protection=standard",
	            "-march=armv8.5-a -mbranch-protection=pac-ret+leaf+b-key+bti");
}

int main(int argc, char **argv)
{
	unsigned functions;

	if (argc < 2) {
		fprintf(stderr, "usage: generate SEED [float]\n");
		return 2;
	}
	g.random = strtoull(argv[1], NULL, 0) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	g.floats = argc > 2 && strcmp(argv[2], "float") == 0;
	for (unsigned i = 0; i < 16; i++)
		below(2);
	functions = 4 + below(5);

	printf("/* flags: %s -ffp-contract=off */\n", architecture());
	printf("%s", prologue);
	if (g.floats)
		printf("%s", float_helpers);
	printf("\n#define NUM_TABLE 2\nstatic uint64_t (*const table[NUM_TABLE])(uint64_t, "
	       "uint64_t);\n\n");
	for (unsigned i = 0; i < functions; i++)
		function(i);
	printf("static uint64_t (*const table[NUM_TABLE])(uint64_t, uint64_t) = {f0, "
	       "saturate};\n\n");
	printf("void program(void)\n{\n\tuint64_t state = 0x%" PRIx32 ", sum = 0;\n\n",
	       1 + below(99999));
	printf("\tfor (unsigned i = 0; i < 32; i++) {\n");
	printf("\t\tu64s[i] = next_random(&state);\n\t\ts64s[i] = (int64_t)next_random(&state);\n");
	printf("\t\tu32s[i] = (uint32_t)u64s[i];\n\t\tu16s[i] = (uint16_t)u64s[i];\n");
	printf("\t\tu8s[i] = (uint8_t)u64s[i];\n\t\ts32s[i] = (int32_t)s64s[i];\n");
	printf("\t\ts16s[i] = (int16_t)s64s[i];\n\t\ts8s[i] = (int8_t)s64s[i];\n\t}\n");
	printf("\tfor (unsigned i = 0; i < 128; i++)\n\t\theap[i] = "
	       "(uint8_t)next_random(&state);\n");
	printf("\trecord.sign = -5;\n");
	for (unsigned i = 0; i < functions; i++) {
		switch (i % 5) {
		case 0:
			printf("\tput_value(\"f%u\", f%u(next_random(&state), %" PRIu32 "));\n", i,
			       i, below(1000));
			break;
		case 1:
			printf("\tput_value(\"f%u\", f%u((struct pair){%" PRIu32
			       ", next_random(&state)}).first);\n",
			       i, i, below(1000));
			break;
		case 2:
			printf("\tput_value(\"f%u\", f%u(%" PRIu32 ", -%" PRIu32
			       ", &sum, record));\n",
			       i, i, below(256), below(1000));
			break;
		case 3:
			printf("\tput_value(\"f%u\", f%u(3, next_random(&state), %" PRIu32
			       ", UINT64_C(7)));\n",
			       i, i, below(1000));
			break;
		default:
			printf("\tput_value(\"f%u\", f%u(next_random(&state), %" PRIu32 "));\n", i,
			       i, 1 + below(5));
			break;
		}
		printf("\tfuel += 3000;\n");
	}
	printf("\tfor (unsigned i = 0; i < 32; i++)\n\t\tsum = sum * 31 + u8s[i] + u16s[i] + "
	       "u32s[i] + "
	       "u64s[i];\n");
	printf("\tsum += record.low + record.high + record.bits + record.inner.x + "
	       "record.inner.y;\n");
	printf("\tput_value(\"memory\", sum);\n\tput_value(\"checksum\", checksum ^ watched ^ "
	       "counter "
	       "^ fuel);\n}\n");
	return 0;
}
