/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI_ATTESTATION_TOKEN_INIT and RSI_ATTESTATION_TOKEN_CONTINUE (DEN0137 B5.4.2, B5.4.3). */
#include "spoil.h"

/* Bytes that one call asks for: fewer than any token has. */
#define PORTION   UINT64_C(16)
/* More than a token of the software RMM has. */
#define TOKEN_MAX 8192
/* CONTINUEs after which a token must be complete. */
#define CALLS_MAX 4096

static void realm(struct world *w)
{
	world_realm(w);
	world_load(w);
	world_server(w);
	world_activate(w);
	world_ready(w, w->rec);
}

static void init_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_ATTESTATION_TOKEN_INIT);
	for (unsigned i = 1; i <= 8; i++)
		w->regs.x[i] = UINT64_C(0x0101010101010101) * i;
}

static void call_continue(struct world *w)
{
	WORLD_CALL(w, SMC_RSI_ATTESTATION_TOKEN_CONTINUE, WORLD_RAM_IPA(w), 0, PORTION);
	w->answer = RSI_INCOMPLETE;
}

/* No token is in progress. */
static void early_base(struct world *w)
{
	realm(w);
	call_continue(w);
}

static void continue_base(struct world *w)
{
	struct smccc_regs init = {.x = {SMC_RSI_ATTESTATION_TOKEN_INIT, 1, 2, 3}};

	realm(w);
	world_equal(w, world_realm_call(w, w->rec, &init), RSI_SUCCESS,
	            "X0 of RSI_ATTESTATION_TOKEN_INIT");
	call_continue(w);
}

/* The next bytes of the token. @return X0 */
static uint64_t go_on(struct world *w, uint8_t *token, uint64_t *size)
{
	struct smccc_regs next = {
	        .x = {SMC_RSI_ATTESTATION_TOKEN_CONTINUE, WORLD_RAM_IPA(w), 0, RSI_GRANULE_SIZE}};
	uint64_t x0 = world_realm_call(w, w->rec, &next);

	if (x0 != RSI_SUCCESS && x0 != RSI_INCOMPLETE)
		return x0;
	world_expect(w, *size + next.x[1] <= TOKEN_MAX, "the token has more than %d bytes",
	             TOKEN_MAX);
	for (uint64_t i = 0; i < next.x[1]; i += 8) {
		uint64_t word = world_peek(w, WORLD_RAM_IPA(w) + i);
		uint64_t left = next.x[1] - i;

		memcpy(token + *size + i, &word, left < 8 ? left : 8);
	}
	*size += next.x[1];
	return x0;
}

/* Goes on to the end. */
static void complete(struct world *w, uint8_t token[TOKEN_MAX], uint64_t *size)
{
	uint64_t x0 = RSI_INCOMPLETE;

	for (unsigned i = 0; i < CALLS_MAX && x0 == RSI_INCOMPLETE; i++)
		x0 = go_on(w, token, size);
	world_equal(w, x0, RSI_SUCCESS, "X0 of the last RSI_ATTESTATION_TOKEN_CONTINUE");
}

static void is_in_progress(struct world *w)
{
	uint8_t token[TOKEN_MAX];
	uint64_t size = 0;
	uint64_t x0 = go_on(w, token, &size);

	world_expect(w, x0 == RSI_SUCCESS || x0 == RSI_INCOMPLETE, "X0 is 0x%llx",
	             (unsigned long long)x0);
}

/* The claim with label 10, a byte string of 64 bytes: 0a 58 40. */
static void has_challenge(struct world *w)
{
	uint8_t claim[3 + 64] = {0x0a, 0x58, 0x40};
	uint8_t token[TOKEN_MAX];
	uint64_t size = 0;

	memcpy(claim + 3, &w->in.x[1], 64);
	complete(w, token, &size);
	world_expect(w, memmem(token, size, claim, sizeof(claim)) != NULL,
	             "the challenge is not in the token");
}

static void is_bound(struct world *w)
{
	uint64_t bound = w->regs.x[1];
	uint8_t token[TOKEN_MAX];
	uint64_t size = 0;

	complete(w, token, &size);
	world_expect(w, size <= bound, "the token has %llu bytes, more than %llu",
	             (unsigned long long)size, (unsigned long long)bound);
}

static const struct conformance_row init_rows[] = {
        HOLDS(state, is_in_progress),
        HOLDS(challenge, has_challenge),
        HOLDS(size, is_bound),
        {0},
};

const struct conformance_command conformance_rsi_attestation_token_init = {
        .name = "RSI_ATTESTATION_TOKEN_INIT",
        .base = init_base,
        .rows = init_rows,
};

static void offset_bound(struct world *w)
{
	w->regs.x[2] = RSI_GRANULE_SIZE;
	w->regs.x[3] = 0;
}

static void size_overflow(struct world *w)
{
	w->regs.x[2] = 8;
	w->regs.x[3] = UINT64_MAX;
}

static void size_bound(struct world *w)
{
	w->regs.x[2] = 8;
	w->regs.x[3] = RSI_GRANULE_SIZE - 7;
}

static void nothing(struct world *w)
{
	(void)w;
}

/* What is behind them is still zero. */
static void has_written(struct world *w)
{
	uint64_t len = w->regs.x[1];

	world_expect(w, len <= PORTION, "len is %llu", (unsigned long long)len);
	world_equal(w, world_peek(w, WORLD_RAM_IPA(w) + PORTION), 0, "a word behind the buffer");
	/* A token is a tagged item: d9 038b. */
	if (len >= 3)
		world_equal(w, world_peek(w, WORLD_RAM_IPA(w)) & 0xffffff, 0x8b03d9,
		            "the start of the token");
}

static void ends(struct world *w)
{
	uint8_t token[TOKEN_MAX];
	uint64_t size = w->regs.x[1];

	complete(w, token, &size);
	world_equal(w, go_on(w, token, &size), RSI_ERROR_STATE,
	            "X0 of RSI_ATTESTATION_TOKEN_CONTINUE after the last byte");
}

static const struct conformance_row continue_rows[] = {
        FAILS(addr_align, spoil_rsi_align),
        FAILS(addr_bound, spoil_rsi_bound),
        FAILS(addr_empty, spoil_rsi_empty),
        FAILS(offset_bound, offset_bound),
        FAILS(size_overflow, size_overflow),
        FAILS(size_bound, size_bound),
        FAILS(state, nothing, .base = early_base),
        FAILS(unknown, nothing, .conf = "token_unknown=1000"),
        HOLDS(len, has_written),
        HOLDS(incomplete, is_in_progress),
        HOLDS(complete, ends),
        {0},
};

const struct conformance_command conformance_rsi_attestation_token_continue = {
        .name = "RSI_ATTESTATION_TOKEN_CONTINUE",
        .base = continue_base,
        .rows = continue_rows,
};
