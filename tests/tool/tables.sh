#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every row belongs to a table: a blank line ends one, and rows behind it are plain text.
#
# usage: tables.sh FILE...
set -eu

awk '
FNR == 1 { row = 0 }
# A table begins with a row, and a line of dashes behind it.
row == 1 && !/^\|[-:| ]+\|$/ {
	print FILENAME ":" FNR - 1 ": a row without a table"
	status = 1
}
/^\|/ { row++; rows++; next }
{ row = 0 }
END {
	print rows " rows"
	exit status || rows == 0
}' "$@"
