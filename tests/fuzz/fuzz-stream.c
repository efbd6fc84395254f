
#include "decode.h"
#include "fuzz.h"
#include "memprof/protocol/stream.h"

/* A saved stream as it is; and, if the second byte says so, one made of the rest, so that the
 * fuzzer need not find out how chunks are counted. */
FUZZ(data, size)
{
	struct strbuf s = STRBUF_INIT;
	uint64_t at_us = 0;

	if (size < 2 || data[1] % 2 == 0) {
		decode(&decoder_stream, data, size);
		return;
	}
	strbuf_add(&s, data, 1);
	stream_head(&s, (uint64_t)data[1] << 45, "fuzz");
	for (size_t at = 2; at < size;) {
		size_t n = (size_t)data[at] * 3;
		char direction = data[at] % 16 ? '<' : '>';
		n = n < size - at - 1 ? n : size - at - 1;
		at_us += data[at];
		stream_chunk(&s, at_us, direction, data + at + 1, n);
		at += n + 1;
	}
	MUST(strbuf_error(&s) == 0);
	decode(&decoder_stream, (const uint8_t *)strbuf_text(&s), s.n_bytes);
	strbuf_deinit(&s);
}
