/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>

#include "internal.h"

void rmi_error_set(struct rmi_error *err, const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
}
