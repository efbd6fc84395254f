#include "agent/frame_finder.h"

#include <string.h>

#include "memprof/base/number.h"

static const char mark[] = WIRE_TEXT_BEGIN;
enum { MARK_BYTES = sizeof(mark) - 1 };

void frame_finder_feed(struct frame_finder *f, const void *bytes, size_t n_bytes)
{
	f->p = bytes;
	f->end = n_bytes ? f->p + n_bytes : f->p;
	f->flushing = false;
}

bool frame_finder_holds(const struct frame_finder *f) { return f->at < f->n_buffer; }

void frame_finder_flush(struct frame_finder *f) { f->flushing = true; }

/* Number of bytes that are certainly text: up to a zero, or the possibly truncated mark of a text frame. Searches piece
 * by piece, so that the cost is that of the result, not of the input. */
static size_t text_length(const uint8_t *p, size_t n)
{
	enum { PIECE_BYTES = 256 };
	const uint8_t *end = p, *zero = NULL, *last;

	while (end < p + n && !zero) {
		const uint8_t *from = end;
		end += MIN((size_t)(p + n - end), (size_t)PIECE_BYTES);
		zero = memchr(from, 0, (size_t)(end - from));
		end = zero ? zero : end;
		for (; (last = memchr(from, mark[MARK_BYTES - 1], (size_t)(end - from))); from = last + 1)
			if (last - p >= MARK_BYTES - 1 && memcmp(last - (MARK_BYTES - 1), mark, MARK_BYTES) == 0)
				return (size_t)(last - p) - (MARK_BYTES - 1);
	}
	for (size_t n_begun = MARK_BYTES - 1; n_begun > 0 && !zero; n_begun--)
		if (n >= n_begun && memcmp(end - n_begun, mark, n_begun) == 0)
			return n - n_begun;
	return (size_t)(end - p);
}

/* Between two zeros. */
static bool is_cooked(const struct frame_finder *f, const uint8_t *code, size_t n)
{
	uint8_t raw[COBS_MAX_BYTES + 1], body[WIRE_BODY_MAX_BYTES];
	size_t n_raw = 0;

	for (size_t i = 0; i < n; i++)
		if (code[i] != '\r' || code[i + 1] != '\n')
			raw[n_raw++] = code[i];
	return n_raw < n && frame_body_is_valid(f->crc, body, cobs_decode(raw, n_raw, body));
}

/* The first byte is a zero. Length of the frame with both zeros; 0 if there is none; n + 1 if more bytes are needed. A
 * masked one is the echo of a request. */
static size_t binary_length(struct frame_finder *f, const uint8_t *p, size_t n)
{
	uint8_t code[COBS_MAX_BYTES + 1];
	size_t n_mask = n > 1 && p[1] & WIRE_MASKED;
	uint8_t mask = n_mask ? p[1] : 0;

	if (n < 2 + n_mask)
		return n + 1;
	uint8_t group = p[1 + n_mask] ^ mask;
	if (group < 2 || group > COBS_MAX_BYTES) /* a type of 0, or a group longer than any frame */
		return 0;
	if (n < 3 + n_mask)
		return n + 1;
	uint8_t type = p[2 + n_mask] ^ mask;
	if (type == 0 || type >= WIRE_TYPE_END || (n_mask && type < WIRE_TO_BOARD))
		return 0;
	const uint8_t *zero = memchr(p + 1, 0, MIN(n - 1, (size_t)COBS_MAX_BYTES + 1));
	if (!zero)
		return n < COBS_MAX_BYTES + 2 ? n + 1 : 0;
	size_t n_code = (size_t)(zero - p) - 1 - n_mask;
	for (size_t i = 0; i < n_code; i++)
		code[i] = p[1 + n_mask + i] ^ mask;
	bool is_cobs = !memchr(code, 0, n_code);
	f->n_body = is_cobs ? cobs_decode(code, n_code, f->body) : 0;
	if (frame_body_is_valid(f->crc, f->body, f->n_body))
		return n_code + n_mask + 2;
	f->is_cooked |= n_mask == 0 && is_cooked(f, p + 1, n_code);
	return 0;
}

/* The same for bytes that begin with the mark of a text frame, or are a part of it. */
static size_t text_frame_length(struct frame_finder *f, const uint8_t *p, size_t n)
{
	size_t at = MARK_BYTES;

	while (at < n && at < FRAME_HOLD_MAX_BYTES && base64_is_digit(p[at]))
		at++;
	if (at >= n)
		return n < FRAME_HOLD_MAX_BYTES ? n + 1 : 0;
	if (p[at] != WIRE_TEXT_END[0])
		return 0;
	f->n_body = base64_decode(p + MARK_BYTES, at - MARK_BYTES, f->body);
	return frame_body_is_valid(f->crc, f->body, f->n_body) ? at + 1 : 0;
}

/* What the bytes begin with, and its length. FINDER_MORE: not decided without more bytes. */
static int classify(struct frame_finder *f, const uint8_t *p, size_t n, size_t *ret_n)
{
	*ret_n = *p ? text_length(p, n) : 0;
	if (*ret_n > 0)
		return FINDER_TEXT;
	size_t n_frame = *p ? text_frame_length(f, p, n) : binary_length(f, p, n);
	if (n_frame > n && !f->flushing)
		return FINDER_MORE;
	bool is_frame = n_frame > 0 && n_frame <= n;
	*ret_n = is_frame ? n_frame : 1;
	return is_frame ? FINDER_FRAME : FINDER_TEXT;
}

static int make_item(const struct frame_finder *f, int what, const uint8_t *p, size_t n, struct finder_item *ret)
{
	*ret = what == FINDER_TEXT ? (struct finder_item){ p, n, 0 } :
				     (struct finder_item){ f->body, f->n_body - WIRE_CRC_BYTES, n };
	return what;
}

/* From the buffer, after adding bytes of the feed; what is not needed is left in the feed. */
static int next_held(struct frame_finder *f, struct finder_item *ret)
{
	memmove(f->buffer, f->buffer + f->at, f->n_buffer - f->at);
	f->n_buffer -= f->at;
	f->n_held -= MIN(f->at, f->n_held);
	f->at = 0;

	size_t n_take = MIN(sizeof(f->buffer) - f->n_buffer, (size_t)(f->end - f->p)), n;
	if (n_take > 0)
		memcpy(f->buffer + f->n_buffer, f->p, n_take);
	f->p += n_take;
	f->n_buffer += n_take;
	int what = classify(f, f->buffer, f->n_buffer, &n);
	if (what == FINDER_MORE) {
		f->n_held = f->n_buffer;
		return what;
	}
	f->at = n;
	if (n >= f->n_held) {
		f->p -= f->n_buffer - n;
		f->at = f->n_buffer = f->n_held = 0;
	}
	return make_item(f, what, f->buffer, n, ret);
}

int frame_finder_next(struct frame_finder *f, struct finder_item *ret)
{
	size_t n = (size_t)(f->end - f->p), n_found;

	if (f->at < f->n_buffer)
		return next_held(f, ret);
	f->at = f->n_buffer = f->n_held = 0;
	if (n == 0) {
		f->flushing = false;
		return FINDER_MORE;
	}
	int what = classify(f, f->p, n, &n_found);
	if (what == FINDER_MORE) {
		memcpy(f->buffer, f->p, n);
		f->n_buffer = f->n_held = n;
		f->p = f->end;
		return what;
	}
	f->p += n_found;
	return make_item(f, what, f->p - n_found, n_found, ret);
}
