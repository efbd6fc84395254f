#include "console/resets.h"

#include <string.h>

#include "memprof/base/number.h"
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

/* What a board prints as it starts, or as it ends: several of them one after the other are one reset, as figures are
 * between two. */
static const struct {
	const char *text;
	enum { ANYWHERE, AT_START, WHOLE } where;
	const char *also; /* is in the line behind it; NULL */
} forms[] = {
	{ "MPY: soft reboot", WHOLE, NULL }, /* MicroPython, shared/runtime/pyexec.c and ports */
	{ "PYB: soft reboot", WHOLE, NULL }, /* before 2018 */
	{ "soft reboot", WHOLE, NULL },      /* CircuitPython, main.c */
	{ "rst:0x", ANYWHERE, " (" },        /* ROM of an ESP32 */
	{ "ESP-ROM:esp32", ANYWHERE, NULL }, /* of its successors */
	{ "8 2013,rst cause:", ANYWHERE, NULL },
	{ "Guru Meditation Error", ANYWHERE, NULL }, /* ESP-IDF, panic.c */
	{ "Rebooting...", AT_START, NULL },
	{ "*** Booting Zephyr OS", ANYWHERE, NULL }, /* kernel/banner.c */
	{ "*** Booting nRF Connect SDK", ANYWHERE, NULL },
	{ "NuttShell (NSH)", ANYWHERE, NULL },         /* apps/nshlib */
	{ "Project tasmota", ANYWHERE, "Version" },    /* Tasmota, at start */
	{ "Running through setup()", ANYWHERE, NULL }, /* ESPHome, application.cpp */
	{ "(c) 20", ANYWHERE, "G.Williams" },          /* Espruino's banner */
};

static bool has_form(const struct plain_line *line, size_t i)
{
	const char *end = line->text + line->n_bytes, *p = line->text;
	size_t n = strlen(forms[i].text);

	if (forms[i].where == ANYWHERE)
		p = text_find(p, line->n_bytes, forms[i].text);
	else if (!text_starts(p, line->n_bytes, forms[i].text) || (forms[i].where == WHOLE && line->n_bytes != n))
		p = NULL;
	return p && (!forms[i].also || text_find(p, (size_t)(end - p), forms[i].also));
}

bool resets_is_reset(const struct resets *r, const struct plain_line *line)
{
	if (line->prompt)
		return resets_is_banner(line);
	if (resets_is_banner(line))
		return !r->was_idle;
	for (size_t i = 0; line->words & LINE_OF_RESET && i < ARRAY_SIZE(forms); i++)
		if (has_form(line, i))
			return true;
	return false;
}
