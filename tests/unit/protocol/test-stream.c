#include "memprof/protocol/stream.h"

#include "cuts.h"
#include "events.h"
#include "sample.h"
#include "unit.h"

/* date -ud 2026-11-20T07:09:41Z +%s */
#define STARTED_US (UINT64_C(1795158581) * 1000000 + 123000)
#define HEAD       "memprof-stream/1 2026-11-20T07:09:41.123Z exec:micropython\n"

static void assert_events(const char *stream, size_t n_bytes, int ret, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;

	assert_int_equal(events_read(&decoder_stream, stream, n_bytes, (struct cuts){ 0 }, &events), ret);
	assert_string_equal(strbuf_text(&events), expected);
	cuts_split(&decoder_stream, "the stream", (const uint8_t *)stream, n_bytes);
	cuts_end(&decoder_stream, (const uint8_t *)stream, n_bytes);
}
#define ASSERT_EVENTS(stream, ret, expected) assert_events(stream, strlen(stream), ret, expected)

/* ---- writing ---- */

UNIT_TEST(the_head_is_one_line)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	stream_head(&s, STARTED_US, "exec:micropython");
	assert_string_equal(strbuf_text(&s), HEAD);
	strbuf_reset(&s);
	stream_head(&s, STARTED_US, "exec:printf 'a\nb\x1b[2J'");
	assert_string_equal(strbuf_text(&s),
			    "memprof-stream/1 2026-11-20T07:09:41.123Z"
			    " exec:printf 'a\\x0ab\\x1b[2J'\n");
}

UNIT_TEST(chunks_are_their_bytes)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	stream_chunk(&s, 1500, '<', "GC: \0\n", 6);
	stream_chunk(&s, 1730, '>', "\x03", 1);
	stream_chunk(&s, 1731, '<', "", 0);
	assert_int_equal(s.n_bytes, 9 + 7 + 9 + 2 + 9 + 1);
	assert_memory_equal(s.text, "1500 < 6\nGC: \0\n\n1730 > 1\n\x03\n1731 < 0\n\n", s.n_bytes);
}

/* ---- reading ---- */

UNIT_TEST(a_question_that_finds_no_memory)
{
#define ERROR_LINE "MemoryError: memory allocation failed, allocating 200 bytes\n"
	ASSERT_EVENTS(HEAD "10 < 60\n" ERROR_LINE "\n20 > 0\n\n30 < 60\n" ERROR_LINE "\n40 < 0\n\n50 < 60\n" ERROR_LINE
			   "\n",
		      0,
		      "failed line 1 asked 200 'MemoryError: memory allocation failed, allocating 200 bytes'"
		      " at 10 [2026-11-20T07:09:41.123Z]\n"
		      "failed line 3 asked 200 'MemoryError: memory allocation failed, allocating 200 bytes'"
		      " at 50 [2026-11-20T07:09:41.123Z]\n");
#undef ERROR_LINE
}

/* Neither an answer to memprof (between chunks of no bytes) nor the echo of code (from Ctrl-E to Ctrl-D) is the
 * board's; what shares a line with them is. */
UNIT_TEST(what_the_board_printed)
{
	static const struct {
		const char *chunks, *printed;
	} rows[] = {
		{ "1 < 4\n>>> \n2 > 0\n\n3 < 7\nnote\n12\n4 < 0\n\n5 < 4\n>>> \n", "[>>> ][\n][>>> ]" },
		{ "1 < 4\n>>> \n2 > 0\n\n3 < 2\n12\n4 < 0\n\n5 < 4\nyes\n\n", "[>>> ][yes]" },
		{ "1 > 1\n\x05\n2 < 13\n=== print(1)\n\n3 > 9\nprint(1)\x04\n4 < 5\n1\n>>>\n", "[1][\n][>>>]" },
		{ "1 > 1\n\x05\n2 < 4\n=== \n3 > 1\n\x03\n4 < 5\n\n>>> \n", "[>>> ]" },
		{ "1 > 3\n\x05"
		  "A\x01\n2 < 5\nR\x01\x80\x02\x01\n3 > 2\nx\x04\n4 < 8\n\x04\x01out\x04>\n",
		  "[out]" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf stream = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf printed = STRBUF_INIT;
		const struct cuts cuts = { .with_printed = true };
		strbuf_puts(&stream, HEAD);
		strbuf_puts(&stream, rows[i].chunks);
		assert_int_equal(events_read(&decoder_stream, stream.text, stream.n_bytes, cuts, &printed), 0);
		assert_string_equal(strbuf_text(&printed), rows[i].printed);
		cuts_split(&decoder_stream, "the stream", (const uint8_t *)stream.text, stream.n_bytes);
	}
}

UNIT_TEST(lines_run_through_chunks)
{
	ASSERT_EVENTS(HEAD "1500 < 8\nInitial \n2500 < 6\nfree: \n3500 < 16\n5 allocated: 6\n\n\n", 0,
		      "sample line 1 used 6 free 5 at 3500 [2026-11-20T07:09:41.126Z]\n");
}

UNIT_TEST(sent_bytes_are_no_output)
{
	ASSERT_EVENTS(HEAD
		      "1 > 29\nInitial free: 1 allocated: 2\n\n"
		      "2 < 29\nInitial free: 3 allocated: 4\n\n"
		      "3 < 4\n>>> \n"
		      "4 > 14\ngc.mem_free()\n\n"
		      "5 < 21\ngc.mem_free()\r\n1234\r\n\n",
		      0,
		      "sample line 1 used 4 free 3 at 2 [2026-11-20T07:09:41.123Z]\n"
		      "sample line 3 used - free 1234 at 5 [2026-11-20T07:09:41.123Z]\n");
}

/* A stamp that the terminal program wrote is nearer to the truth than the chunk. */
UNIT_TEST(stamps_inside_a_stream)
{
	ASSERT_EVENTS(HEAD
		      "1000000 < 40\n[07:00:00] Initial free: 1 allocated: 2\n\n"
		      "9000000 < 40\n[07:00:02] Initial free: 3 allocated: 4\n\n",
		      0,
		      "sample line 1 used 2 free 1 at 1000000 [2026-11-20T07:09:42.123Z]\n"
		      "sample line 2 used 4 free 3 at 9000000 [2026-11-20T07:09:50.123Z]\n");
}

UNIT_TEST(a_head_without_a_time)
{
	static const char *const heads[] = {
		"memprof-stream/1 \n",
		"memprof-stream/1 yesterday exec:x\n",
		"memprof-stream/1 07:09:41 exec:x\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		strbuf_puts(&s, heads[i]);
		stream_chunk(&s, 7, '<', "Initial free: 1 allocated: 2\n", 29);
		ASSERT_EVENTS(strbuf_text(&s), 0, "sample line 1 used 2 free 1 at 7\n");
	}
}

UNIT_TEST(a_head_longer_than_memory_for_it)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf source = STRBUF_INIT;

	strbuf_repeat(&source, "long ", 1000);
	stream_head(&s, STARTED_US, strbuf_text(&source));
	stream_chunk(&s, 0, '<', "Initial free: 1 allocated: 2\n", 29);
	ASSERT_EVENTS(strbuf_text(&s), 0, "sample line 1 used 2 free 1 at 0 [2026-11-20T07:09:41.123Z]\n");
}

UNIT_TEST(nothing_but_a_head)
{
	ASSERT_EVENTS("", 0, "");
	ASSERT_EVENTS(HEAD, 0, "");
}

/* ---- damage ---- */

UNIT_TEST(bytes_that_are_no_chunk)
{
	FOR_PARTS(part,
		  "hello\n|\n|1500\n|1500 <\n|1500 < \n|1500 < x\n|1500 ! 5\nhello\n|1500 < -1\n|"
		  "1500 < 5 \nhello\n| 1500 < 5\nhello\n|-1 < 5\nhello\n|1500 <  5\nhello\n|1500 < 1048577\n|"
		  "1500 < 18446744073709551614\n|1500 < 99999999999999999999\n|"
		  "99999999999999999999 < 5\nhello\n|1500 < 4\nhello\n|1500 < 6\nhello\nx|1500 < 5\r\nhello\n") {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		strbuf_puts(&s, HEAD);
		stream_chunk(&s, 0, '<', "Initial free: 1 allocated: 2\n", 29);
		strbuf_puts(&s, part);
		stream_chunk(&s, 0, '<', "Initial free: 3 allocated: 4\n", 29);
		ASSERT_EVENTS(strbuf_text(&s), -EBADMSG,
			      "sample line 1 used 2 free 1 at 0 [2026-11-20T07:09:41.123Z]\n");
	}
}

UNIT_TEST(a_chunk_head_without_end)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_puts(&s, HEAD);
	strbuf_repeat(&s, "1", 5000);
	ASSERT_EVENTS(strbuf_text(&s), -EBADMSG, "");
}

/* What comes before the damage was read: the dump that was going on comes out before the error. */
UNIT_TEST(a_dump_before_the_damage)
{
	ASSERT_EVENTS(HEAD "5 < 44\nGC: total: 64, used: 16, free: 48\nwhatever.\n\ndamage\n", -EBADMSG,
		      "snapshot line 1 +1 lines, whole 0, stack -/-, said 64/16/48 - - - - -\n"
		      "    gc 16 B, 0 blocks, missing 0 at 5 [2026-11-20T07:09:41.123Z]\n");
}

/* ---- round trip ---- */

/* The sample as a stream of chunks of all sizes, with something sent between them. */
static void as_stream(const struct sample *s, struct strbuf *ret)
{
	uint32_t random = 795;
	uint64_t at_us = 0;
	size_t n;

	stream_head(ret, STARTED_US, s->name);
	for (size_t at = 0; at < s->n_bytes; at += n) {
		n = 1 + next_random(&random) % 3000;
		n = MIN(n, s->n_bytes - at);
		at_us += next_random(&random) % 1000;
		stream_chunk(ret, at_us, '<', s->bytes + at, n);
		if (n % 3 == 0)
			stream_chunk(ret, at_us, '>', s->bytes + at, MIN(n, (size_t)40));
	}
}

static void round_trip(const struct sample *s)
{
	CLEANUP(strbuf_deinit) struct strbuf stream = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf direct = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf through = STRBUF_INIT;
	struct cuts cuts = { .without_times = true };

	as_stream(s, &stream);
	assert_int_equal(events_read(&decoder_mem_info, s->bytes, s->n_bytes, cuts, &direct), 0);
	assert_int_equal(events_read(&decoder_stream, stream.text, stream.n_bytes, cuts, &through), 0);
	assert_true(direct.n_bytes > 0);
	assert_string_equal(strbuf_text(&through), strbuf_text(&direct));
	assert_ptr_equal(decoder_for(s->bytes, MIN(s->n_bytes, (size_t)DECODER_PROBE_BYTES)), &decoder_mem_info);
	assert_ptr_equal(decoder_for((const uint8_t *)stream.text, MIN(stream.n_bytes, (size_t)DECODER_PROBE_BYTES)),
			 &decoder_stream);
}

UNIT_TEST(every_dump_comes_through_unchanged) { sample_each_dump(round_trip); }

static void split_stream(const struct sample *s)
{
	CLEANUP(strbuf_deinit) struct strbuf stream = STRBUF_INIT;

	as_stream(s, &stream);
	cuts_split(&decoder_stream, s->name, (const uint8_t *)stream.text, stream.n_bytes);
}

UNIT_TEST(any_cut_into_feeds_gives_the_same_events) { sample_each_dump(split_stream); }

/* What a stream says up to its n-th byte: the bytes received by then. */
static size_t received(const struct strbuf *stream, size_t n, uint8_t *ret)
{
	const char *p = strchr(stream->text, '\n') + 1, *end = stream->text + n;
	size_t n_received = 0;

	while (p < end) {
		const char *bytes = memchr(p, '\n', (size_t)(end - p));
		if (!bytes)
			break;
		bytes++;
		char *direction;
		strtoull(p, &direction, 10);
		size_t n_chunk = strtoull(direction + 2, NULL, 10);
		size_t n_here = MIN(n_chunk, (size_t)(end - bytes));
		if (direction[1] == '<') {
			memcpy(ret + n_received, bytes, n_here);
			n_received += n_here;
		}
		p = bytes + n_chunk + 1;
	}
	return n_received;
}

/* Cut anywhere, it is a log that ends there, and no error. */
static void end_stream(const struct sample *s)
{
	CLEANUP(strbuf_deinit) struct strbuf stream = STRBUF_INIT;
	uint8_t *bytes = malloc(s->n_bytes);
	struct cuts cuts = { .without_times = true };

	assert_non_null(bytes);
	as_stream(s, &stream);
	for (size_t n = sizeof(HEAD); n < stream.n_bytes; n += cuts_stride(stream.n_bytes)) {
		CLEANUP(strbuf_deinit) struct strbuf direct = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf through = STRBUF_INIT;
		size_t n_received = received(&stream, n, bytes);
		events_read(&decoder_mem_info, bytes, n_received, cuts, &direct);
		assert_int_equal(events_read(&decoder_stream, stream.text, n, cuts, &through), 0);
		assert_string_equal(strbuf_text(&through), strbuf_text(&direct));
	}
	free(bytes);
}

UNIT_TEST(a_stream_may_end_anywhere) { sample_each_dump(end_stream); }

static void damage(const struct sample *s)
{
	CLEANUP(strbuf_deinit) struct strbuf stream = STRBUF_INIT;
	uint32_t random = 0x6d656d70;

	if (s->n_bytes > 50000)
		return;
	as_stream(s, &stream);
	for (int round = 0; round < 100; round++) {
		CLEANUP(strbuf_deinit) struct strbuf copy = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
		strbuf_add(&copy, stream.text, stream.n_bytes);
		for (uint32_t n = 1 + next_random(&random) % 5; n > 0; n--)
			copy.text[next_random(&random) % copy.n_bytes] = (char)next_random(&random);
		int r = events_read(&decoder_stream, copy.text, copy.n_bytes, (struct cuts){ 0 }, &events);
		assert_true(r == 0 || r == -EBADMSG);
	}
}

UNIT_TEST(bytes_may_change) { sample_each_dump(damage); }
