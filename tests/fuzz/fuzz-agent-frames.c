
#include "agent/frame_finder.h"
#include "fuzz.h"
#include "memprof/base/number.h"

/* What comes out, put together again: texts as they are, frames as their body behind a mark. */
struct out {
	uint8_t *bytes;
	size_t n_bytes, n_text_bytes, n_wire_bytes;
	unsigned n_frames;
};

static void take(struct frame_finder *f, struct out *out)
{
	struct finder_item found;
	int what;

	while ((what = frame_finder_next(f, &found)) != FINDER_MORE) {
		MUST(found.n_bytes > 0);
		if (what == FINDER_FRAME) {
			MUST(found.n_bytes >= WIRE_HEAD_BYTES &&
			     found.n_bytes <= WIRE_HEAD_BYTES + WIRE_PAYLOAD_MAX_BYTES);
			MUST(found.n_wire_bytes > found.n_bytes);
			MUST(found.bytes[0] > 0 && found.bytes[0] < WIRE_TYPE_END);
			out->n_wire_bytes += found.n_wire_bytes;
			out->n_frames++;
		} else {
			out->n_text_bytes += found.n_bytes;
		}
		memcpy(out->bytes + out->n_bytes, found.bytes, found.n_bytes);
		out->n_bytes += found.n_bytes;
	}
}

static void find(const struct crc32 *crc, const uint8_t *data, size_t size, size_t stride, struct out *ret)
{
	struct frame_finder f = { .crc = crc };

	*ret = (struct out){ .bytes = malloc(size + 1) };
	MUST(ret->bytes);
	for (size_t at = 0; at < size; at += stride) {
		size_t n = MIN(stride, size - at);
		uint8_t *copy = malloc(n); /* gone after the round: a read of it is found */
		MUST(copy);
		memcpy(copy, data + at, n);
		frame_finder_feed(&f, copy, n);
		take(&f, ret);
		free(copy);
		MUST(f.n_buffer - f.at <= FRAME_HOLD_MAX_BYTES);
	}
	frame_finder_flush(&f);
	take(&f, ret);
	MUST(!frame_finder_holds(&f));
}

/* No byte is lost or made up, and the cuts change nothing. */
FUZZ(data, size)
{
	static struct crc32 crc;
	struct out whole, cut;
	size_t stride = size ? 1 + data[0] % 200 : 1;

	crc32_init(&crc);
	find(&crc, data, size, size + 1, &whole);
	find(&crc, data, size, stride, &cut);
	MUST(whole.n_text_bytes + whole.n_wire_bytes == size);
	MUST(cut.n_text_bytes == whole.n_text_bytes && cut.n_frames == whole.n_frames);
	MUST(cut.n_bytes == whole.n_bytes && memcmp(cut.bytes, whole.bytes, cut.n_bytes) == 0);
	MUST(whole.n_frames > 0 || memcmp(whole.bytes, data, size) == 0);
	free(whole.bytes);
	free(cut.bytes);
}
