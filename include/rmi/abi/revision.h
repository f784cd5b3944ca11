/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file revision.h
 * Revisions of the RMM specification (DEN0137) that realmkit speaks.
 *
 * RMI_VERSION answers 2.0 for every beta, so the revision is a property of a connection. Encoders
 * and decoders whose layout differs between revisions take it as their first argument.
 */
#ifndef RMI_ABI_REVISION_H
#define RMI_ABI_REVISION_H

/** A revision of RMM 2.0. */
enum rmi_revision {
	RMI_REVISION_2_0_BET1, /**< 2.0-bet1; 2.0-bet0 is the same for everything modelled here. */
	RMI_REVISION_2_0_BET3, /**< 2.0-bet3 */
};

#define RMI_NUM_REVISIONS 2

/** Set of revisions, as the command table uses it. */
enum rmi_revision_set {
	RMI_REVISIONS_NONE = 0,
	RMI_REVISIONS_BET1 = 1 << RMI_REVISION_2_0_BET1,
	RMI_REVISIONS_BET3 = 1 << RMI_REVISION_2_0_BET3,
	RMI_REVISIONS_ALL = RMI_REVISIONS_BET1 | RMI_REVISIONS_BET3,
};

#endif
