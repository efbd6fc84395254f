/* How a USB board is called: usb:[VID:PID[:SERIAL]][@PLUG][#CHANNEL], all parts of which may be left out. Pure. */
#ifndef MEMPROF_USB_NAME_H
#define MEMPROF_USB_NAME_H

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
	char serial[sizeof(((struct port *)0)->serial)]; /* "": whatever it is; cut as a port's is */
	char plug[sizeof(((struct port *)0)->location)]; /* "1-1.4"; "": whatever it is */
	unsigned channel;                                /* from 1; the first if none is named */
};

bool usb_is_name(const char *uri);

/* 0, or -EINVAL with what was expected. A serial number may have colons (Espressif's are MAC addresses). */
int usb_name_read(const char *uri, struct usb_name *ret, struct diag *diag);

/* Whether it may mean this device; the channel is not looked at. */
bool usb_name_fits(const struct usb_name *name, const struct port *port);

/* The name that a device can be told from others by: by its serial number, or by its plug where by_plug says that
 * others have the same, where there is none, or one that a shell would take for something else. Cut to the room
 * in ret. */
void usb_name_make(const struct port *port, unsigned channel, bool by_plug, char *ret, size_t n_ret);

#endif
