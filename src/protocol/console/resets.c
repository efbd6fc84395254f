#include "console/resets.h"

#include <string.h>

#include "memprof/base/text.h"

void resets_note_line(struct resets *r, const struct raw_line *raw)
{
	const char *end = raw->text + raw->n_bytes;

	while (end > raw->text && end[-1] == ' ')
		end--;
	r->was_idle = r->idle;
	r->idle = end > raw->text && end[-1] == '>';
}

bool resets_is_banner(const struct plain_line *line)
{
	const char *text = line->text;
	size_t n = line->n_bytes;

	return (text_starts(text, n, "MicroPython v") || text_starts(text, n, "Adafruit CircuitPython ")) &&
	       text_find(text, n, " on ") && text_find(text, n, "; ");
}

static bool is_text(const struct plain_line *line, const char *text)
{
	return line->n_bytes == strlen(text) && text_starts(line->text, line->n_bytes, text);
}

bool resets_is_reset(const struct resets *r, const struct plain_line *line)
{
	if (line->prompt)
		return resets_is_banner(line);
	switch (line->n_bytes > 0 ? *line->text : '\0') {
	case 'M':
		return is_text(line, "MPY: soft reboot") || (resets_is_banner(line) && !r->was_idle);
	case 'A':
		return resets_is_banner(line) && !r->was_idle;
	case 's':
		return is_text(line, "soft reboot");
	case 'r':
		return text_starts(line->text, line->n_bytes, "rst:0x") && text_find(line->text, line->n_bytes, " (");
	default:
		return false;
	}
}
