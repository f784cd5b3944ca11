#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The host of examples/direct runs the images that need no interrupts: a realm says the same on it as
# on libhost, but for its measurement, and every granule comes back.
#
# usage: direct.sh DIRECT REALMKIT GUESTS-DIR
set -u

direct=$1 realmkit=$2 guests=$3
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# check IMAGE VCPUS CONF
check() {
	"$realmkit" run "$guests/$1.elf" --cpus "$2" --backend model 2>"$scratch/err" | grep -v '^rim ' \
		>"$scratch/expected"
	if ! "$direct" "$guests/$1.elf" "$3" "$2" >"$scratch/all" 2>"$scratch/err" ||
		! grep -v '^rim ' "$scratch/all" | cmp -s - "$scratch/expected" ||
		! grep -qx 'status 0, 0 granules not given back' "$scratch/err"; then
		echo "FAILED: direct $1.elf $3 $2"
		cat "$scratch/all" "$scratch/err"
		failed=1
	fi
}

for conf in model model:spec=2.0-bet1 model:policy=hostile,seed=1 \
	model:policy=hostile,seed=2,spec=2.0-bet1; do
	check hello 1 $conf
	check hello 4 $conf
	check memory 1 $conf
	check faulty 1 $conf
	check bench 1 $conf
done
# A realm that ends with a panic is a failure, and still comes back.
if "$direct" "$guests/timer.elf" >"$scratch/all" 2>"$scratch/err" ||
	! grep -qx 'status 70, 0 granules not given back' "$scratch/err"; then
	echo "FAILED: direct timer.elf"
	cat "$scratch/err"
	failed=1
fi
exit $failed
