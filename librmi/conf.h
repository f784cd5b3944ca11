/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations of backends: "key=value,key=value". A table says which keys there are. */
#ifndef LIBRMI_CONF_H
#define LIBRMI_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/error.h>

enum rmi_conf_type {
	RMI_CONF_BOOL,     /* "0" or "1" */
	RMI_CONF_UNSIGNED, /* A number, decimal or 0x hexadecimal. */
	RMI_CONF_SIZE,     /* A number with an optional suffix K, M, G or T. */
	RMI_CONF_PA,       /* A number without a suffix. */
	RMI_CONF_ENUM,     /* One of the names. */
	RMI_CONF_SET,      /* Names joined by '+'; their values are or-ed. */
	RMI_CONF_TEXT,     /* Any text without a comma, for an array of char. */
};

/* One value of an ENUM or a SET. A list ends with a NULL name. */
struct rmi_conf_name {
	const char *name;
	uint64_t value;
	const char *refusal; /* Why it cannot be had; NULL when it can. */
};

/* One key. */
struct rmi_conf_key {
	const char *name;
	enum rmi_conf_type type;
	size_t offset; /* Of the member that takes the value. */
	size_t width;  /* Its bytes. */
	uint64_t min;
	uint64_t max;      /* 0 stands for the most that the member holds. */
	uint64_t multiple; /* 0 stands for 1. */
	const struct rmi_conf_name *names;
};

/* The member of a structure that a key sets. */
#define RMI_CONF_MEMBER(type, member)                                                              \
	.offset = offsetof(struct type, member), .width = sizeof(((struct type *)0)->member)

/* Most keys that a table has. */
#define RMI_CONF_MAX_KEYS 64

/*
 * Reads a configuration into *target. Members whose keys it does not name keep their values.
 *
 * Returns whether it was right. If not, *err names the backend, the key, the value and the rule.
 */
bool rmi_conf_parse(const char *backend, const struct rmi_conf_key *keys, size_t num_keys,
                    const char *conf, void *target, struct rmi_error *err);

/* Writes what follows an unknown name: did you mean "dram"? known: dram, dram_base. */
void rmi_conf_known(char *buf, size_t size, const char *name, size_t length,
                    const char *const names[], size_t num_names);

#endif
