/* SPDX-License-Identifier: BSD-3-Clause */
/* Realms with an auxiliary tree, and looking into it: no RMI command reads its entries. */
#ifndef CONFORMANCE_AUX_H
#define CONFORMANCE_AUX_H

#include <rmm/inspect.h>

#include "suite.h"

/* What the tests of auxiliary trees need of the software RMM. */
#define AUX_CONF "planes=3"
/* Index of the tree. */
#define AUX_TREE UINT64_C(1)
/* Any level. */
#define AUX_LEAF (-2)

/* Creates the Realm with one auxiliary plane and a tree for it. */
void aux_realm(struct world *w);

/* Creates one table of the auxiliary tree. @return its PA */
uint64_t aux_table(struct world *w, uint64_t ipa, int level);

/* Creates the tables of the auxiliary tree for an IPA, down to a level. */
void aux_tables(struct world *w, uint64_t ipa, int last);

/* An entry of a tree. @param level of the table it is in; AUX_LEAF: where the walk ends */
struct rmm_rtt_info aux_entry(struct world *w, unsigned tree, uint64_t ipa, int level);

/* Maps RAM: RIPAS RAM, and a page of data, in the primary tree. @return PA of the first page */
uint64_t aux_ram(struct world *w, uint64_t base, uint64_t top);

/* Maps a block of RAM in the primary tree, at the second block. @return its PA */
uint64_t aux_ram_block(struct world *w);

/* Maps in the auxiliary tree what the primary tree maps. */
void aux_prot_map(struct world *w, uint64_t base, uint64_t top);

/* First IPA behind the table that has an entry of a level for an IPA. */
uint64_t aux_table_end(const struct world *w, uint64_t ipa, int level);

#endif
