/* A note on the screen of a profile: it stays until the next key. */
#include <stdarg.h>
#include <stdio.h>

#include "tui/profile/actions.h"

void profile_note(struct tui_profile *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->note, sizeof(p->note), format, args);
	va_end(args);
}
