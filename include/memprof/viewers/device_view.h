/* The ports there are: devices. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/json.h"
#include "memprof/model/board.h"
#include "memprof/viewers/document.h"

/* Texts are a device's own, not clean; NULL or "" where there is none. */
struct device_info {
	const char *path; /* "/dev/ttyACM0" */
	bool usb;
	unsigned vid, pid, interface; /* of USB */
	const char *serial, *product, *manufacturer, *by_id, *location;
	const char *name, *kind; /* what the table of USB ids says */
	char busy[64];           /* who has it open: "thonny (4711)" */
	char missing[320];       /* what is missing to open it */
	const char *speaks;      /* "repl", "program" …; NULL: nobody asked */
	struct board_info board; /* what it answered */
};
void json_devices(struct json *j, struct strbuf *out);
void json_device(struct json *j, const struct device_info *device);
void json_devices_end(struct json *j);
/* A section of it; then the answer, of how many there are. all: also those without USB. */
void document_device(struct document *d, const struct device_info *device);
void document_devices_end(struct document *d, size_t n, bool all);
