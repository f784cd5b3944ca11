#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs a build and uses the installed tree as an outside program does: through pkg-config and
# through CMake, with the shared and with the static libraries.
#
# usage: install.sh CMAKE BUILD-DIR SOURCE-DIR COMPILER VERSION
set -eu

cmake=$1 build=$2 source=$3 compiler=$4 version=$5
outside=$source/tests/install/outside
life_cycle=$source/examples/life_cycle.c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
for file in include/rmi/rmi.h include/rmm/model.h include/host/host.h bin/realmkit; do
	[ -e "$prefix/$file" ] || { echo "$file is not installed"; exit 1; }
done
"$prefix/bin/realmkit" --version >/dev/null

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name realmkit-rmi.pc)")
libraries=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH

# use NAME PROGRAM: runs a program and looks at what it links.
use() {
	LD_LIBRARY_PATH=$libraries "$2" >"$work/output" || { echo "$1: failed"; cat "$work/output"; exit 1; }
	echo "$1: $(tail -n 1 "$work/output")"
}
# shared NAME PROGRAM, static NAME PROGRAM: the same, for a program that must be linked so.
shared() {
	ldd "$2" | grep -q "$libraries\|not found" || { echo "$1: not linked to the shared libraries"; exit 1; }
	use "$1" "$2"
}
static() {
	! ldd "$2" 2>/dev/null | grep -q 'librmi\|librmm' || { echo "$1: linked to shared libraries"; exit 1; }
	use "$1" "$2"
}

for package in realmkit-rmi realmkit-rmm realmkit-host; do
	[ "$(pkg-config --modversion $package)" = "$version" ] || { echo "$package: wrong version"; exit 1; }
done
flags="-std=gnu11 -Wall -Wextra -Werror"
# compile SOURCE PROGRAM [FLAG...]; what is said about static linking with libc is of no interest.
compile() {
	compiled=$1 program=$2
	shift 2
	$compiler $flags "$compiled" -o "$program" "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}
# A program that links nothing shared at all needs an archive of every library. Debian has none of
# libcbor: there, realmkit's own libraries are static, and the others shared.
archive=$($compiler -print-file-name=libcbor.a)
# static_flags PACKAGE...
static_flags() {
	if [ "$archive" != libcbor.a ]; then
		echo -static $(pkg-config --static --cflags --libs "$@")
	else
		pkg-config --static --cflags --libs "$@" |
			sed 's/-l\(host\|rmi\|rmm-model\)\b/-l:lib\1.a/g'
	fi
}
compile "$outside/call.c" "$work/call" $(pkg-config --cflags --libs realmkit-rmi)
shared "pkg-config, shared" "$work/call"
compile "$outside/call.c" "$work/call" $(static_flags realmkit-rmi)
static "pkg-config, static" "$work/call"
compile "$life_cycle" "$work/life" $(pkg-config --cflags --libs realmkit-host realmkit-rmm)
shared "pkg-config, shared, life cycle" "$work/life"
compile "$life_cycle" "$work/life" $(static_flags realmkit-host realmkit-rmm)
static "pkg-config, static, life cycle" "$work/life"

"$cmake" -G Ninja -S "$outside" -B "$work/outside" -DCMAKE_C_COMPILER="$compiler" -DLIFE_CYCLE="$life_cycle" \
	-DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags" >"$work/log" 2>&1 &&
	"$cmake" --build "$work/outside" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
shared "CMake, shared" "$work/outside/call_shared"
static "CMake, static" "$work/outside/call"
shared "CMake, shared, life cycle" "$work/outside/life_cycle_shared"
static "CMake, static, life cycle" "$work/outside/life_cycle"
