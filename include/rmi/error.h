/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file error.h
 * How opening a connection explains a failure.
 */
#ifndef RMI_ERROR_H
#define RMI_ERROR_H

/** One line of text that names the value and the rule that it breaks, without a newline. */
struct rmi_error {
	char text[512];
};

#endif
