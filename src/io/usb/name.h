/* Names of USB boards: usb:[VID:PID[:SERIAL]][@PLUG][#CHANNEL]; all parts are optional. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/io/ports.h"

#define USB_NAME_PREFIX "usb:"
#define USB_NAME_FORM   "usb:VID:PID or usb:VID:PID:SERIAL"

struct usb_name {
	bool has_ids;
	uint16_t vid, pid;
	char serial[sizeof(((struct port *)0)->serial)]; /* "": any; truncated like a port's */
	char plug[sizeof(((struct port *)0)->location)]; /* "1-1.4"; "": any */
	unsigned channel;                                /* from 1, the default */
};

bool usb_is_name(const char *uri);

/* 0, or -EINVAL with diag. A serial number may have colons (Espressif's are MAC addresses). */
int usb_name_read(const char *uri, struct usb_name *ret, struct diag *diag);

/* Whether the name matches this device; ignores the channel. */
bool usb_name_fits(const struct usb_name *name, const struct port *port);

/* Makes a unique name for a device: by its serial number; or by its plug with by_plug (if another device has the same
 * number), without a number, or with one that would need quotes in a shell. Truncated to ret. */
void usb_name_make(const struct port *port, unsigned channel, bool by_plug, char *ret, size_t n_ret);
