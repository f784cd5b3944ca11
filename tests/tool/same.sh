#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# same.sh PROGRAM FILE: what the program prints is what the file says.
"$1" | diff -u "$2" - || {
	echo "$2 is not what $1 prints: build the target that writes it" >&2
	exit 1
}
