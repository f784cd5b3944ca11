#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Compiles each header alone.
#
# usage: headers.sh freestanding|hosted INCLUDE-DIR FOLDERS COMPILER [FLAG...]
# Freestanding: only the headers that C11 gives an implementation without a C library are there.
set -eu

mode=$1 include=$2 folders=$3 compiler=$4
shift 4
if [ "$mode" = freestanding ]; then
	set -- "$@" -ffreestanding -nostdinc -isystem "$("$compiler" -print-file-name=include)"
fi
status=0 count=0
for header in $(cd "$include" && find $folders -name "*.h" | sort); do
	count=$((count + 1))
	echo "#include <$header>" |
		"$compiler" "$@" -Wall -Wextra -Wpedantic -Werror -I"$include" -c -o /dev/null - || {
		echo "$header does not compile alone"
		status=1
	}
done
echo "$count headers"
[ "$count" -gt 0 ] || status=1
exit $status
