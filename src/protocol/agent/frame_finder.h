/* Takes the frames of an agent out of a stream in which console text stands between them. Whatever is no frame with a
 * right CRC comes out as text, byte for byte, zeros included.
 *
 * However the stream is cut into feeds, the frames and the text are the same; held back is at most what may be the
 * beginning of a frame. */
#ifndef MEMPROF_FRAME_FINDER_H
#define MEMPROF_FRAME_FINDER_H

#include "agent/frame_code.h"

enum { FRAME_HOLD_MAX_BYTES = sizeof(WIRE_TEXT_BEGIN) - 1 + BASE64_MAX_BYTES + 1 }; /* longer than the binary one */

struct frame_finder {
	const struct crc32 *crc;
	const uint8_t *p, *end;                   /* what is left of the last feed; borrowed */
	uint8_t buffer[2 * FRAME_HOLD_MAX_BYTES]; /* what is held, and some of the feed behind it */
	size_t at, n_held, n_buffer; /* from at on; n_held of the bytes are no more to be had from the feed */
	bool let_go;                 /* what is held becomes text */
	uint8_t body[WIRE_BODY_MAX_BYTES];
	size_t n_body;
};

enum { FINDER_MORE, FINDER_TEXT, FINDER_FRAME };
struct found {
	const uint8_t *bytes; /* text, or type to payload of a frame; good until the next call */
	size_t n_bytes;
	size_t n_wire_bytes; /* of a frame, with all that is around it */
};

/* All but crc is zero at the beginning. Feed only after FINDER_MORE. */
void frame_finder_feed(struct frame_finder *f, const void *bytes, size_t n_bytes);
int frame_finder_next(struct frame_finder *f, struct found *ret);

bool frame_finder_holds(const struct frame_finder *f);
void frame_finder_let_go(struct frame_finder *f); /* what is held is text: nothing more came for a while, or ever */

#endif
