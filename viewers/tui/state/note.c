/* Notes: a line of text that stays for some seconds. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/text.h"
#include "tui/state/actions.h"

enum { NOTE_US = 6000000 }; /* how long it stays */

void tui_message(struct tui *t, const char *text, uint64_t now_us)
{
	text_copy(t->note, sizeof(t->note), text, strlen(text));
	t->note_until_us = now_us + NOTE_US;
	t->note_is_mine = false;
	t->n_notes++;
	t->stale = true;
}

void tui_note(struct tui *t, const char *format, ...)
{
	char text[sizeof(t->note)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tui_message(t, text, t->now_us);
	t->note_is_mine = true;
}
