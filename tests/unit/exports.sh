#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a shared library exports is what its headers declare is what its version script lists.
#
# usage: exports.sh LIBRARY VERSION-SCRIPT INCLUDE-DIR HEADER-DIR
set -eu

library=$1 map=$2 include=$3 headers=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# gcc lists every function that it sees declared, with the file.
for header in "$include/$headers"/*.h; do
	echo "#include <$headers/$(basename "$header")>"
done >"$work/all.c"
gcc -std=gnu11 -I"$include" -aux-info "$work/functions" -fsyntax-only "$work/all.c"
{
	sed -n "s|^/\* $include/$headers/[^/]*\.h:[0-9]*:NC \*/ extern [^(]*[ *]\([a-z_][a-zA-Z0-9_]*\) (.*|\1|p" \
		"$work/functions"
	sed -n 's/^extern .*[ *]\([a-z_][a-zA-Z0-9_]*\);$/\1/p' "$include/$headers"/*.h
} | sort -u >"$work/declared"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/exported"
sed -n '/global:/,/local:/s/^[[:space:]]*\([a-zA-Z_][a-zA-Z0-9_]*\);.*/\1/p' "$map" | sort >"$work/listed"

status=0
# expect_same TEXT FILE FILE: reports what is in the first file only.
expect_same() {
	comm -23 "$2" "$3" | while read -r name; do echo "$name: $1"; done
	[ -z "$(comm -23 "$2" "$3")" ] || status=1
}
[ -s "$work/declared" ] || { echo "no declaration found in $headers"; status=1; }
expect_same "declared, but not listed in $(basename "$map")" "$work/declared" "$work/listed"
expect_same "listed in $(basename "$map"), but not declared" "$work/listed" "$work/declared"
expect_same "declared, but not exported" "$work/declared" "$work/exported"
expect_same "exported, but not declared" "$work/exported" "$work/declared"
if grep -q '[*?]' "$map" && [ "$(grep -c '[*?]' "$map")" -ne 1 ]; then
	echo "$(basename "$map") has a wildcard besides local: *"
	status=1
fi
echo "$(wc -l <"$work/declared") symbols"
exit $status
