# SPDX-License-Identifier: BSD-3-Clause
# What cmake --install puts where.
