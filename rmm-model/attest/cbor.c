/* SPDX-License-Identifier: BSD-3-Clause */
#include "attest/cbor.h"

#include <cbor/encoding.h>
#include <string.h>

static unsigned char *at(const struct attest_cbor *w)
{
	return w->buffer + w->used;
}

static size_t left(const struct attest_cbor *w)
{
	return w->size - w->used;
}

/* An encoder has written so many bytes; none if there was no room. */
static void wrote(struct attest_cbor *w, size_t size)
{
	w->used += size;
	w->full |= size == 0;
}

static void copy(struct attest_cbor *w, const void *bytes, size_t size)
{
	if (size > left(w)) {
		w->full = true;
		return;
	}
	/* The bytes may have been written further behind in the same buffer. */
	memmove(at(w), bytes, size);
	w->used += size;
}

void attest_cbor_int(struct attest_cbor *w, int64_t value)
{
	if (value < 0)
		wrote(w, cbor_encode_negint((uint64_t)(-1 - value), at(w), left(w)));
	else
		wrote(w, cbor_encode_uint((uint64_t)value, at(w), left(w)));
}

void attest_cbor_bytes_head(struct attest_cbor *w, size_t size)
{
	wrote(w, cbor_encode_bytestring_start(size, at(w), left(w)));
}

void attest_cbor_bytes(struct attest_cbor *w, const void *bytes, size_t size)
{
	attest_cbor_bytes_head(w, size);
	copy(w, bytes, size);
}

void attest_cbor_text(struct attest_cbor *w, const char *text)
{
	size_t size = strlen(text);

	wrote(w, cbor_encode_string_start(size, at(w), left(w)));
	copy(w, text, size);
}

void attest_cbor_tag(struct attest_cbor *w, uint64_t tag)
{
	wrote(w, cbor_encode_tag(tag, at(w), left(w)));
}

void attest_cbor_array(struct attest_cbor *w, size_t items)
{
	wrote(w, cbor_encode_array_start(items, at(w), left(w)));
}

void attest_cbor_map(struct attest_cbor *w, size_t pairs)
{
	wrote(w, cbor_encode_map_start(pairs, at(w), left(w)));
}

void attest_cbor_pair_int(struct attest_cbor *w, int64_t label, int64_t value)
{
	attest_cbor_int(w, label);
	attest_cbor_int(w, value);
}

void attest_cbor_pair_bytes(struct attest_cbor *w, int64_t label, const void *bytes, size_t size)
{
	attest_cbor_int(w, label);
	attest_cbor_bytes(w, bytes, size);
}

void attest_cbor_pair_text(struct attest_cbor *w, int64_t label, const char *text)
{
	attest_cbor_int(w, label);
	attest_cbor_text(w, text);
}
