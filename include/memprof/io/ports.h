/* The serial ports of this computer, and who stands between us and them. Looking at them opens none
 * and sends nothing. Linux: libserialport and sysfs. */
#ifndef MEMPROF_PORTS_H
#define MEMPROF_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

/* Texts are a device's own: NUL-terminated, not clean, "" if it has none. */
struct port {
	char path[96];   /* "/dev/ttyACM0"; of a source without one, its name: "usb:2e8a:0005:e6614c31" */
	char by_id[192]; /* "/dev/serial/by-id/usb-…-if00", the name that stays */
	bool usb;
	uint16_t vid, pid;
	unsigned interface; /* bInterfaceNumber: which of a device's channels */
	char location[32];  /* of a USB device: bus and plug, "1-1.4" */
	char serial[64], product[96], manufacturer[96];
};

/* All of them, in the order of their names; *ret is freed by the caller. 0, or -errno with diag. */
int ports_list(struct port **ret, size_t *ret_n, struct diag *diag);

/* The port behind a name, which may be a symlink, or that of a usb: source. 0; -ENOENT if there is none, or no only one
 * (no diag). */
int port_find(const char *name, struct port *ret);

/* Whether two ports are the same channel of the same device, whatever they are called now. Devices
 * without a serial number are told apart by the plug they are in. */
bool port_same(const struct port *a, const struct port *b);

/* Whether two ports are channels of one device that is plugged in now. */
bool port_siblings(const struct port *a, const struct port *b);

/* Who has it open, us excepted: the first other process found in /proc that we may look into. */
struct port_holder {
	pid_t pid;     /* 0: nobody */
	char name[32]; /* not clean */
};
void port_holder(const char *path, struct port_holder *ret);

/* What is missing to open it, with what to do: "it belongs to root:dialout …". True if something is. */
bool port_forbidden(const char *path, struct strbuf *ret);

#endif
