/* The USB devices of this computer and their serial channels. Looking at them opens none and needs no rights.
 * Linux: sysfs. */
#ifndef MEMPROF_USB_LIST_H
#define MEMPROF_USB_LIST_H

#include "memprof/io/ports.h"
#include "usb/cdc.h"

/* A channel of a device, or a device that has none. */
struct usb_item {
	struct port port;     /* path: its name, as usb_name_make gives it; interface: the control interface's */
	uint8_t bus, address; /* of now: it gets another address when it is plugged in again */
	unsigned channel;     /* from 1; 0: the device has none */
	unsigned n_channels;  /* of the device */
	struct usb_cdc cdc;
	char tty[32]; /* what the kernel calls it, "/dev/ttyACM0"; "": no driver has it */
};

/* All of them but hubs, in the order of their plugs; *ret is freed by the caller. 0, or -errno with diag. */
int usb_list(struct usb_item **ret, size_t *ret_n, struct diag *diag);

/* The node that whoever uses it has open: "/dev/bus/usb/001/007". */
enum { USB_NODE_CHARS = 32 };
void usb_node(const struct usb_item *item, char ret[USB_NODE_CHARS]);

#endif
