/* Maps USB ids to boards: layouts/usb-ids.json (docs/schema/memprof.usb-ids-1.schema.json). An id is only
 * a hint; what a board reports takes precedence. No I/O but in usb_ids_load. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

#define USB_IDS_FILE "usb-ids.json"

enum {
	USB_IDS_MAX = 2000, /* entries */
	USB_ID_NAME_MAX_CHARS = 48,
};

/* What probably answers on the serial port. */
enum usb_id_kind {
	USB_ID_MICROPYTHON,
	USB_ID_CIRCUITPYTHON,
	USB_ID_OPENMV,     /* MicroPython and OpenMV's protocol */
	USB_ID_BRIDGE,     /* a UART bridge to any chip, with DTR and RTS possibly wired to its reset */
	USB_ID_DEBUGGER,   /* a debug probe with a serial port: the same */
	USB_ID_BOOTLOADER, /* no Python until the board is restarted */
	USB_ID_ANY,        /* a board that may run any of them, or something else */
	N_USB_ID_KINDS
};
const char *usb_id_kind_name(enum usb_id_kind kind); /* as in the file: "micropython" */

struct usb_id {
	uint16_t vid, first_pid, last_pid; /* 0x0000 to 0xffff: all of the vendor's */
	enum usb_id_kind kind;
	const char *name; /* of the board, or a description */
};

struct usb_ids;

/* 0, or -EINVAL … with file, line and column: invalid JSON, another schema, unknown members, ids that are
 * not four lower-case hexadecimal digits, or two overlapping entries with the same number of ids, so that
 * neither is more specific. name is for messages and must be valid as long as diag is used. */
int usb_ids_read(const char *text, size_t n_bytes, const char *name, struct usb_ids **ret, struct diag *diag);
/* Reads memprof's own table, the data file USB_IDS_FILE. *ret_path: its path, borrowed by *ret. */
int usb_ids_load(struct strbuf *ret_path, struct usb_ids **ret, struct diag *diag);
void usb_ids_free(struct usb_ids *ids); /* NULL is fine */

/* The most specific entry for the id; NULL if there is none. O(entries). */
const struct usb_id *usb_ids_find(const struct usb_ids *ids, uint16_t vid, uint16_t pid);
/* The i-th entry in the order of the file; NULL after the last. */
const struct usb_id *usb_ids_at(const struct usb_ids *ids, size_t i);
