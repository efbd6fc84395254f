/* The serial ports of this computer, and obstacles to opening them. Nothing here opens a port. Linux:
 * libserialport and sysfs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

/* Texts are from the device: NUL-terminated, not clean, "" if there is none. */
struct port {
	char path[96];   /* "/dev/ttyACM0"; without a port, the name of the source: "usb:2e8a:0005:e6614c31" */
	char by_id[192]; /* "/dev/serial/by-id/usb-…-if00", the permanent name */
	bool usb;
	uint16_t vid, pid;
	unsigned interface; /* bInterfaceNumber, the channel of the device */
	char location[32];  /* of a USB device: bus and plug, "1-1.4" */
	char serial[64], product[96], manufacturer[96];
};

/* All ports, sorted by name; *ret is freed by the caller. 0, or -errno with diag. */
int ports_list(struct port **ret, size_t *ret_n, struct diag *diag);

/* The port with a name, which may be a symlink, or that of a usb: source. 0; -ENOENT if there is none, or several. */
int port_find(const char *name, struct port *ret);

/* Whether two ports are the same channel of the same device, under any name. Devices without a serial
 * number are distinguished by their plug. */
bool port_same(const struct port *a, const struct port *b);

/* Whether two ports are channels of the same device. */
bool port_siblings(const struct port *a, const struct port *b);

/* The first other process found in /proc, as far as readable, that has the port open. */
struct port_holder {
	pid_t pid;     /* 0: none */
	char name[32]; /* not clean */
};
void port_holder(const char *path, struct port_holder *ret);
/* The one of them that has locked it (flock). */
void port_locker(const char *path, struct port_holder *ret);

/* True if permissions to open the port are missing; appends the reason and what to do. */
bool port_forbidden(const char *path, struct strbuf *ret);
