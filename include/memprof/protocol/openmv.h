/* OpenMV's own protocol, version 2 (openmv docs/protocol.md), as a machine without I/O: bytes and times in, items and
 * bytes to send out. It asks a camera for the memory it has without stopping the script that runs there, and hears what
 * that prints.
 *
 * The line is the caller's: it must be at OPENMV_BAUD with DTR on before the first byte, which switches a camera from
 * its REPL to this protocol, and at another speed after the last one, or DTR off, which switches it back. Firmware
 * before 5.0.0 has another protocol at that speed; nothing that is sent here means anything in that.
 *
 * What it sends: PROTO_SYNC until it is answered, questions, and acknowledgements. It takes no lock, stops no script
 * and writes nothing. One question at a time; whatever goes wrong (no answer in time, a packet ahead of its turn, an
 * answer that is none) ends in a new PROTO_SYNC, after which what was asked is asked again. Everything a camera sends
 * is checked and bounded.
 *
 *     openmv_feed → openmv_next until OPENMV_MORE → openmv_outbox/openmv_sent; openmv_tick at openmv_deadline
 */
#ifndef MEMPROF_OPENMV_H
#define MEMPROF_OPENMV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"
#include "memprof/model/board.h"

enum { OPENMV_BAUD = 921600 };

struct openmv;

/* text_every_us: how often to ask for what the script has printed (a camera keeps 1 or 2 kB of it); NOT_KNOWN: never.
 * Begins at once. NULL without memory. */
struct openmv *openmv_new(uint64_t text_every_us, uint64_t now_us);
void openmv_free(struct openmv *o); /* NULL is fine */

/* bytes are borrowed until openmv_next answers OPENMV_MORE. */
void openmv_feed(struct openmv *o, const void *bytes, size_t n_bytes, uint64_t now_us);

enum {
	OPENMV_MORE = 1,
	OPENMV_READY,  /* questions can be asked; again after each reboot */
	OPENMV_TEXT,   /* the script printed */
	OPENMV_EVENT,  /* EVENT_SNAPSHOT; EVENT_RESET: it reboots, OPENMV_READY follows; EVENT_LOST: began anew */
	OPENMV_SCRIPT, /* a script began, or ended */
	/* It speaks the protocol, but in a version that cannot tell of memory (before 1.0.2), or of another major
	 * number; the end. */
	OPENMV_OTHER_VERSION,
	OPENMV_SILENT, /* nothing there speaks it, or does so no more; the end */
	OPENMV_LEFT,   /* after openmv_leave; the end */
};
/* Borrowed until the next call, but for what is a number. */
struct openmv_item {
	const char *text; /* OPENMV_TEXT: a board's bytes */
	size_t n_bytes;
	struct event event; /* OPENMV_EVENT */
	bool runs;          /* OPENMV_SCRIPT */
};
/* One of the above, or -ENOMEM. */
int openmv_next(struct openmv *o, struct openmv_item *ret);

/* Asks for the pools: an EVENT_SNAPSHOT comes, figures alone, with "gc" first and then "uma.0" …. Once more while one
 * is on its way changes nothing. 0; -EAGAIN before the first OPENMV_READY, -EPIPE after the end. */
int openmv_ask_memory(struct openmv *o, uint64_t now_us);

const uint8_t *openmv_outbox(const struct openmv *o, size_t *ret_n);
void openmv_sent(struct openmv *o, size_t n_bytes);
uint64_t openmv_deadline(const struct openmv *o); /* NOT_KNOWN: none */
void openmv_tick(struct openmv *o, uint64_t now_us);

/* Lets the question that is on its way be answered, so that the camera does not go on repeating its answer. */
void openmv_leave(struct openmv *o, uint64_t now_us);
/* The source has ended: what is held of a text becomes an item. */
void openmv_finish(struct openmv *o);

/* What it said of itself; all 0 before the first OPENMV_READY or OPENMV_OTHER_VERSION, and where it does not say. */
struct openmv_versions {
	uint8_t protocol[3], boot_loader[3], firmware[3];
};
struct openmv_info {
	uint8_t device_id[12]; /* three words, the last one first */
	uint32_t usb_id;       /* VID << 16 | PID */
	uint32_t flash_kb, ram_kb, frame_buffer_kb, stream_buffer_kb;
};
const struct openmv_versions *openmv_versions(const struct openmv *o);
/* The same in the words of a survey. */
void openmv_board(const struct openmv *o, struct board_info *ret);

#endif
