#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/device_view.h"
#include "memprof/viewers/view.h"

static void add(struct strbuf *out, const char *text, int columns)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&clean, text ? text : "", text ? strlen(text) : 0, false);
	strbuf_printf(out, "%-*s", columns, strbuf_text(&clean));
}

/* A line of its own, or several: a sentence is broken between words. */
static void more(struct strbuf *out, const char *what, const char *text, bool sentence)
{
	enum { INDENT = 20, COLUMNS = 80 };
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t column = INDENT;

	if (!text || !text[0])
		return;
	text_clean(&clean, text);
	strbuf_printf(out, "    %s", what);
	for (const char *p = strbuf_text(&clean); *p;) {
		size_t n = sentence ? strcspn(p, " ") : strlen(p);
		if (column > INDENT && column + 1 + n > COLUMNS) {
			strbuf_printf(out, "\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_add(out, p, n);
		column += n;
		p += n + (p[n] == ' ');
	}
	strbuf_putc(out, '\n');
}

static const char *speaks_long(const char *speaks)
{
	static const struct {
		const char *word, *words;
	} words[] = {
		{ "repl", "a MicroPython prompt" },
		{ "program", "a program runs there; nothing else answers" },
		{ "unknown", "nothing that memprof knows" },
	};
	for (size_t i = 0; speaks && i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, speaks) == 0)
			return words[i].words;
	return speaks;
}

void text_device(struct strbuf *out, const struct device_info *device, size_t n, const struct text_style *style)
{
	const char *name = device->name && device->name[0] ? device->name : device->product;

	if (n == 0) {
		text_role(out, style, ROLE_HEAD);
		strbuf_printf(out, "%-14s %-10s %s", "PORT", "USB ID", "LIKELY");
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
	}
	add(out, device->path, 14);
	if (device->usb)
		strbuf_printf(out, " %04x:%04x  ", device->vid, device->pid);
	else
		strbuf_printf(out, " %-10s ", "-");
	add(out, name && name[0] ? name : "-", 0);
	strbuf_putc(out, '\n');
	more(out, "it calls itself ", device->name ? device->product : NULL, false);
	more(out, "serial number   ", device->serial, false);
	more(out, "name that stays ", device->by_id, false);
	more(out, "held by         ", device->busy, false);
	more(out, "not for you     ", device->missing, true);
	more(out, "speaks          ", speaks_long(device->speaks), true);
	if (device->board.known)
		text_board(out, &device->board, "    it is           ", style);
}
