/* Lists the USB devices of this computer and their serial channels, without opening them or special rights. Linux:
 * sysfs. */
#pragma once

#include "memprof/io/ports.h"
#include "usb/cdc.h"

/* A channel of a device, or a device that has none. */
struct usb_item {
	struct port port;     /* path: the name from usb_name_make; interface: of the control interface */
	uint8_t bus, address; /* address changes when the device is plugged in again */
	unsigned channel;     /* from 1; 0: the device has none */
	unsigned n_channels;  /* of the device */
	struct usb_cdc cdc;
	char tty[32]; /* the kernel's port, "/dev/ttyACM0"; "": no driver */
};

/* All devices but hubs, in the order of their plugs; *ret is freed by the caller. 0, or -errno with diag. */
int usb_list(struct usb_item **ret, size_t *ret_n, struct diag *diag);

/* The node that users of the device have open: "/dev/bus/usb/001/007". */
enum { USB_NODE_CHARS = 32 };
void usb_node(const struct usb_item *item, char ret[USB_NODE_CHARS]);

/* The only item that matches a name; *ret points into items. 0; -EINVAL for an invalid name, or several matches, listed
 * in diag; -ENOENT, with the devices present; -ENOTTY for a device without that channel. A boot loader (usb_ids.h) is
 * only found by its ids or its plug. */
int usb_find(const struct usb_item *items, size_t n, const char *uri, const struct usb_item **ret, struct diag *diag);
