#include <stdio.h>

#include "memprof/view.h"

static const char *text_or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

void json_devices(struct json *j, struct strbuf *out)
{
	json_init(j, out, false);
	json_object(j, NULL);
	json_text(j, "schema", "memprof.devices/1");
	json_array(j, "devices");
}

static void id(struct json *j, const char *key, bool known, unsigned value)
{
	char text[8];

	snprintf(text, sizeof(text), "%04x", value & 0xffff);
	json_text(j, key, known ? text : NULL);
}

void json_device(struct json *j, const struct device_info *d)
{
	json_object(j, NULL);
	json_text(j, "source", d->path);
	id(j, "vid", d->usb, d->vid);
	id(j, "pid", d->usb, d->pid);
	json_text(j, "serial", text_or_null(d->serial));
	json_text(j, "product", text_or_null(d->product));
	json_text(j, "manufacturer", text_or_null(d->manufacturer));
	json_text(j, "board", text_or_null(d->name));
	json_text(j, "kind", text_or_null(d->kind));
	json_text(j, "by_id", text_or_null(d->by_id));
	json_text(j, "location", text_or_null(d->location));
	json_u64(j, "interface", d->usb ? d->interface : NOT_KNOWN);
	json_text(j, "busy", text_or_null(d->busy));
	json_text(j, "missing", text_or_null(d->missing));
	json_text(j, "speaks", d->speaks);
	json_board(j, "firmware", &d->board);
	json_object_end(j);
}

void json_devices_end(struct json *j)
{
	json_array_end(j);
	json_object_end(j);
}
