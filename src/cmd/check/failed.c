/* Inputs that were given but could not be read. */
#include <stdarg.h>

#include "check/inputs.h"

void check_inputs_fail(struct check_inputs *in, enum check_input input, const char *format, ...)
{
	va_list ap;

	if (in->failed[input])
		return;
	va_start(ap, format);
	in->failed[input] = arena_vprintf(&in->arena, format, ap);
	va_end(ap);
	if (!in->trouble) /* the run failed, even if no limit needs this input */
		in->trouble = in->failed[input];
}
