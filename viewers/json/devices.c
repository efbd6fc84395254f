#include <stdio.h>

#include "memprof/viewers/device_view.h"
#include "memprof/viewers/view.h"

void json_devices(struct json *j, struct strbuf *out)
{
	*j = (struct json){ .out = out };
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
	json_name(j, "serial", d->serial);
	json_name(j, "product", d->product);
	json_name(j, "manufacturer", d->manufacturer);
	json_name(j, "board", d->name);
	json_name(j, "kind", d->kind);
	json_name(j, "by_id", d->by_id);
	json_name(j, "location", d->location);
	json_u64(j, "interface", d->usb ? d->interface : NOT_KNOWN);
	json_name(j, "busy", d->busy);
	json_name(j, "missing", d->missing);
	json_text(j, "speaks", d->speaks);
	json_board(j, "firmware", &d->board);
	json_object_end(j);
}

void json_devices_end(struct json *j)
{
	json_array_end(j);
	json_object_end(j);
}
