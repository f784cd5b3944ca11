/* SPDX-License-Identifier: BSD-3-Clause */
/* CBOR (RFC 8949) written into a buffer, with the encoders of libcbor: nothing is allocated. */
#ifndef RMM_ATTEST_CBOR_H
#define RMM_ATTEST_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A buffer that is being written. */
struct attest_cbor {
	uint8_t *buffer;
	size_t size;
	size_t used;
	bool full; /**< Something did not fit; what is there is of no use. */
};

/** Items in the shortest encoding. */
void attest_cbor_int(struct attest_cbor *w, int64_t value);
void attest_cbor_bytes(struct attest_cbor *w, const void *bytes, size_t size);
void attest_cbor_text(struct attest_cbor *w, const char *text);
void attest_cbor_tag(struct attest_cbor *w, uint64_t tag);

/** The head of an item; what is in it follows. */
void attest_cbor_array(struct attest_cbor *w, size_t items);
void attest_cbor_map(struct attest_cbor *w, size_t pairs);
void attest_cbor_bytes_head(struct attest_cbor *w, size_t size);

/** A pair of a map whose key is a label. */
void attest_cbor_pair_int(struct attest_cbor *w, int64_t label, int64_t value);
void attest_cbor_pair_bytes(struct attest_cbor *w, int64_t label, const void *bytes, size_t size);
void attest_cbor_pair_text(struct attest_cbor *w, int64_t label, const char *text);

#endif
