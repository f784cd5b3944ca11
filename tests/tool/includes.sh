#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# `realmkit run` is a thin program over the public API: its files include headers of include/, of the
# system, and of the tool itself, and what they name of libhost is what libhost exports.
#
# usage: includes.sh SOURCE-DIR FILE...
set -u

top=$1
shift
tool=$top/tools/realmkit
failed=0
for file in "$@"; do
	while read -r header; do
		if [ ! -f "$top/include/$header" ] && [ ! -f "$tool/$header" ] &&
			! echo "#include <$header>" | cc -E -x c - >/dev/null 2>&1; then
			echo "$file includes $header"
			failed=1
		fi
	done < <(sed -nE 's/^#include [<"]([^>"]+)[>"].*/\1/p' "$tool/$file")
	while read -r name; do
		if grep -qE "\b$name\(" "$top"/libhost/*.h && ! grep -qw "$name" "$top/libhost/libhost.map"; then
			echo "$file calls $name(), which libhost does not export"
			failed=1
		fi
	done < <(grep -oE '\b(host|realm|gic)_[a-z0-9_]+\(' "$tool/$file" | tr -d '(' | sort -u)
done
exit $failed
