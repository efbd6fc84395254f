/* The boards that are plugged in: serial ports, with what the table of USB ids knows of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/ports.h"
#include "memprof/io/usb_ids.h"

struct board_port {
	struct port port;
	const struct usb_id *id; /* NULL: not in the table */
	bool first;              /* the first channel of its device: where a REPL is */
};

struct boards {
	struct board_port *all; /* every serial port, in the order of their names */
	size_t n;
	struct usb_ids *ids;
	struct strbuf ids_path; /* for messages */
};

/* 0, or -errno. Opens no port. */
int boards_list(struct boards *ret, struct diag *diag);
void boards_deinit(struct boards *boards);

/* The port of the only board there is: of a device with several channels its first, and a board
 * before a converter with anything behind it. 0; -ENODEV if there is none, -EINVAL if there are several,
 * which diag lists. */
int boards_pick(struct strbuf *ret_path, struct diag *diag);

/* The ports of all boards there are, by the same rule; converters only if there is no board. */
struct boards_picked {
	char (*paths)[96];
	size_t n; /* at least 1 */
};
/* 0; -ENODEV if there is none, -ENOMEM. */
int boards_pick_all(struct boards_picked *ret, struct diag *diag);
void boards_picked_deinit(struct boards_picked *picked);

/* Whether the source of that name ("auto": the only board) is a port with the USB ids of a camera that may speak
 * OpenMV's protocol. False where that cannot be found out. Opens nothing. */
bool boards_is_openmv(const char *name);
