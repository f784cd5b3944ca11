#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A plugin in C++ exports the function that librmi looks for, by that very name.
#
# usage: plugin_cxx.sh INCLUDE-DIR COMPILER [FLAG...]
set -eu

include=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/plugin.cc" <<'END'
#include <rmi/plugin.h>

static const struct rmi_plugin plugin = {};

RMI_PLUGIN(plugin)
END
"$@" -Wall -Wextra -Wpedantic -Werror -fvisibility=hidden -I"$include" -fPIC -shared \
	-o "$work/plugin.so" "$work/plugin.cc"
nm -D --defined-only "$work/plugin.so" >"$work/names"
grep -q ' T rmi_plugin$' "$work/names" || {
	echo "rmi_plugin is not exported:"
	cat "$work/names"
	exit 1
}
