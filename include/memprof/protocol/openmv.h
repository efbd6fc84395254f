/* OpenMV's protocol, version 2 (openmv docs/protocol.md), as a state machine without I/O: bytes and times in, items and
 * bytes to send out. It queries a camera's memory pools and the output of its script, without stopping the script.
 *
 * The caller sets the line: OPENMV_BAUD with DTR on before the first byte, which switches a camera from its REPL to
 * this protocol; another speed, or DTR off, after the last one, which switches it back. Firmware before 5.0.0 has
 * another protocol at that speed, in which these bytes have no meaning.
 *
 * It sends PROTO_SYNC until the camera answers, then queries and acknowledgements; it takes no lock, stops no script
 * and writes nothing. There is one query at a time; after any error (timeout, a packet out of sequence, an invalid
 * answer) it sends a new PROTO_SYNC and repeats the query. All input is checked and bounded.
 *
 *     openmv_feed → openmv_next until OPENMV_MORE → openmv_outbox/openmv_sent; openmv_tick at openmv_deadline
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"
#include "memprof/model/board.h"

enum { OPENMV_BAUD = 921600 };

struct openmv;

/* text_every_us: interval of queries for the script's output (a camera buffers 1 or 2 kB); NOT_KNOWN: none. Starts at
 * once. NULL without memory. */
struct openmv *openmv_new(uint64_t text_every_us, uint64_t now_us);
void openmv_free(struct openmv *o); /* NULL is fine */

/* bytes are borrowed until openmv_next returns OPENMV_MORE. */
void openmv_feed(struct openmv *o, const void *bytes, size_t n_bytes, uint64_t now_us);

enum {
	OPENMV_MORE = 1,
	OPENMV_READY,  /* queries are possible; again after each reboot */
	OPENMV_TEXT,   /* output of the script */
	OPENMV_EVENT,  /* EVENT_SNAPSHOT; EVENT_RESET: it reboots, OPENMV_READY follows; EVENT_LOST: resynchronized */
	OPENMV_SCRIPT, /* a script started or ended */
	OPENMV_OTHER_VERSION, /* a version without memory queries (before 1.0.2), or another major one; last item */
	OPENMV_SILENT,        /* no answer in this protocol, or no more; last item */
	OPENMV_LEFT,          /* after openmv_leave; last item */
};
/* Text and heap are borrowed until the next call. */
struct openmv_item {
	const char *text; /* OPENMV_TEXT: a board's bytes */
	size_t n_bytes;
	struct event event; /* OPENMV_EVENT */
	bool runs;          /* OPENMV_SCRIPT */
};
/* One of the above, or -ENOMEM. */
int openmv_next(struct openmv *o, struct openmv_item *ret);

/* Queries the pools: an EVENT_SNAPSHOT follows, with figures only, "gc" first, then "uma.0" …. No effect while a query
 * is pending. 0; -EAGAIN before the first OPENMV_READY, -EPIPE after the last item. */
int openmv_ask_memory(struct openmv *o, uint64_t now_us);

const uint8_t *openmv_outbox(const struct openmv *o, size_t *ret_n);
void openmv_sent(struct openmv *o, size_t n_bytes);
uint64_t openmv_deadline(const struct openmv *o); /* NOT_KNOWN: none */
void openmv_tick(struct openmv *o, uint64_t now_us);

/* Waits for the pending answer, as the camera would go on repeating it. */
void openmv_leave(struct openmv *o, uint64_t now_us);
/* The source has ended: a held part of a text becomes an item. */
void openmv_finish(struct openmv *o);

/* Identity of the camera; all 0 before the first OPENMV_READY or OPENMV_OTHER_VERSION, and if not reported. */
struct openmv_versions {
	uint8_t protocol[3], boot_loader[3], firmware[3];
};
struct openmv_info {
	uint8_t device_id[12]; /* three words, the last one first */
	uint32_t usb_id;       /* VID << 16 | PID */
	uint32_t flash_kb, ram_kb, frame_buffer_kb, stream_buffer_kb;
};
const struct openmv_versions *openmv_versions(const struct openmv *o);
/* The same as the result of a survey. */
void openmv_board(const struct openmv *o, struct board_info *ret);
