/* The serial ports there are, what is behind them, and what keeps one from being opened. */
#include <string.h>

#include "memprof/viewers/device_view.h"
#include "shared/board_words.h"

static const char *protocol_words(const char *speaks)
{
	static const char *const words[][2] = {
		{ "repl", "MicroPython prompt" },
		{ "program", "a program is running; nothing else answers" },
		{ "unknown", "none that memprof knows" },
	};

	for (size_t i = 0; speaks && i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i][0], speaks) == 0)
			return words[i][1];
	return speaks;
}

static const char *firmware_words(struct document *d, const struct board_info *b)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	board_name_words(&words, b);
	return b->known ? doc_keep(d, strbuf_text(&words)) : NULL;
}

void document_device(struct document *d, const struct device_info *device)
{
	const char *name = device->name && device->name[0] ? device->name : device->product;
	const struct {
		const char *head, *text;
		bool is_typed; /* it is copied as it is */
	} lines[] = {
		{ "USB id", device->usb ? arena_printf(&d->arena, "%04x:%04x", device->vid, device->pid) : NULL },
		{ "product", device->name ? device->product : NULL },
		{ "serial number", device->serial, true },
		{ "stable name", device->by_id, true },
		{ "in use by", device->busy },
		{ "no access", device->missing },
		{ "protocol", protocol_words(device->speaks) },
		{ "firmware", firmware_words(d, &device->board) },
	};

	doc_section(d, arena_printf(&d->arena, "%s%s%s", device->path, name && name[0] ? ": " : "", name ? name : ""));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (lines[i].text && *lines[i].text)
			doc_item(d, DOC_T(lines[i].head), DOC_T(": "),
				 lines[i].is_typed ? doc_exact(DOC_T(lines[i].text)) : DOC_T(lines[i].text));
}

void document_devices_end(struct document *d, size_t n, bool all)
{
	if (n)
		doc_answer(d, DOC_FINE, DOC_OF(n, "serial port"));
	else
		doc_answer(d, DOC_LOOK, DOC_T(all ? "No serial port" : "No board found: no USB serial port"));
	if (n || all)
		return;
	doc_item(d, DOC_T("a cable that only charges? --all lists other ports; sim:pico needs no board"));
	doc_item(d, DOC_T("exec:, tcp: and the like are not listed: memprof help sources"));
}
