/* Separates the frames of an agent from the console text between them. All but frames with a valid CRC comes out as
 * text, byte for byte, zeros included.
 *
 * Frames and text are the same however the stream is cut into feeds. Only what may be the beginning of a frame is held
 * back. */
#pragma once

#include "agent/frame_code.h"

enum { FRAME_HOLD_MAX_BYTES = sizeof(WIRE_TEXT_BEGIN) - 1 + BASE64_MAX_BYTES + 1 }; /* longer than the binary one */

struct frame_finder {
	const struct crc32 *crc;
	const uint8_t *p, *end;                   /* rest of the last feed; borrowed */
	uint8_t buffer[2 * FRAME_HOLD_MAX_BYTES]; /* held bytes, and some of the feed after them */
	size_t at, n_held, n_buffer;              /* from at on; the first n_held bytes are from earlier feeds */
	bool flushing;                            /* held bytes become text */
	bool is_cooked; /* a frame was whole but for a CR that a terminal put before each LF (ONLCR) */
	uint8_t body[WIRE_BODY_MAX_BYTES];
	size_t n_body;
};

enum { FINDER_MORE, FINDER_TEXT, FINDER_FRAME };
struct finder_item {
	const uint8_t *bytes; /* text, or type to payload of a frame; valid until the next call */
	size_t n_bytes;
	size_t n_wire_bytes; /* of a frame, with delimiters and CRC */
};

/* All members but crc start as zero. Feed only after FINDER_MORE. */
void frame_finder_feed(struct frame_finder *f, const void *bytes, size_t n_bytes);
int frame_finder_next(struct frame_finder *f, struct finder_item *ret);

bool frame_finder_holds(const struct frame_finder *f);
void frame_finder_flush(struct frame_finder *f); /* held bytes are text, after a silence or at the end */
