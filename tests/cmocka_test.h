/* SPDX-License-Identifier: BSD-3-Clause */
/* cmocka with the headers that it expects to be there before it. */
#ifndef TESTS_CMOCKA_TEST_H
#define TESTS_CMOCKA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
