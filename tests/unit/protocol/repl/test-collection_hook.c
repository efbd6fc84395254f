#include "memprof/protocol/collection_hook.h"

#include "memprof/base/number.h"
#include "unit.h"

/* Heaps of one area of twelve blocks, and of two of eight and four that are chained, at 32 bits. */
#define TOKEN UINT64_C(0x0123456789abcdef)
static const struct collection_hook one = {
	.layout = { 0x20000100, 4, 16, 2, false },
	.bytes_max = 16,
	.token = TOKEN,
};
static const struct collection_hook chained = {
	.layout = { 0x20000100, 4, 16, 2, true },
	.bytes_max = 16,
	.token = TOKEN,
};
#define HEAD    "\x1e@ABCDEFGHIJKLMNO"
#define NUMBERS "@@@@@@AB@@@@@@@"
/* Next area; table, its length, finalisers, blocks, their end. */
#define STRUCT "\x00\x10\x00\x20\x03\0\0\0\x04\x10\x00\x20\x10\x10\x00\x20\xd0\x10\x00\x20"
#define FIRST  "\x00\x20\x00\x20\x00\x10\x00\x20\x02\0\0\0\x03\x10\x00\x20\x10\x10\x00\x20\x90\x10\x00\x20"
#define SECOND "\0\0\0\0\x10\x20\x00\x20\x01\0\0\0\x12\x20\x00\x20\x20\x20\x00\x20\x60\x20\x00\x20"
enum { STRUCT_BYTES = 20, LINKED_BYTES = 24 };

UNIT_TEST(the_code_names_what_it_reads)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;

	collection_hook_code(&code, &one);
	assert_non_null(strstr(strbuf_text(&code), "bin=bytearray(b'\\x1e@ABCDEFGHIJKLMNO@@@@@@@@@@@@@@@@A')\n"));
	assert_non_null(
		strstr(strbuf_text(&code), " filter=0x20000104\n bool=0\n round=16\n str=4\n type=20\n object=16\n"));
	strbuf_reset(&code);
	collection_hook_code(&code, &chained);
	assert_non_null(
		strstr(strbuf_text(&code), " filter=0x20000100\n bool=1\n round=16\n str=4\n type=24\n object=16\n"));
}

UNIT_TEST(a_hook_needs_finalisers)
{
	struct gc_areas areas = { .areas = { { .n_table_bytes = 10, .finalisers = 1 },
					     { .n_table_bytes = 6, .finalisers = 2 } },
				  .n_areas = 2 };

	assert_null(collection_hook_lacks(&chained, &areas));
	areas.areas[1].n_table_bytes++;
	assert_string_equal(collection_hook_lacks(&chained, &areas), "its heap is too large for so slow a line");
	areas.areas[1].n_table_bytes--;
	areas.areas[1].finalisers = 0;
	assert_string_equal(collection_hook_lacks(&chained, &areas), "its firmware has no finalisers");
}

UNIT_TEST(tables_are_as_long_as_the_line_allows)
{
	assert_int_equal(collection_bytes_max(0), 16384);
	assert_int_equal(collection_bytes_max(11520), 16384);
	assert_int_equal(collection_bytes_max(115200), 163840);
	assert_int_equal(collection_bytes_max(1e9), 262144);
}

/* ---- the filter ---- */

static uint8_t tables[1024];
static struct collection_filter filter;
static char out[512];
static size_t n_out;
static int n_frames;

static void begin(const struct collection_hook *with)
{
	assert_true(collection_filter_room(with) <= sizeof(tables));
	filter = (struct collection_filter){ .hook = with, .tables = tables };
	n_out = 0;
	n_frames = 0;
}

static void feed(const char *bytes, size_t n, uint64_t now_us)
{
	const char *p = bytes, *end = bytes + n;
	bool frame;

	while (p < end) {
		n_out += collection_filter_read(&filter, &p, end, now_us, out + n_out, &frame);
		n_frames += frame;
	}
}
#define FEED(text) feed(text, sizeof(text) - 1, 5)

static int read_tables(uint8_t *was, uint8_t *is)
{
	assert_int_equal(n_frames, 1);
	assert_int_equal(n_out, 0);
	return collection_frame_tables(filter.hook, &filter.frame, tables, was, is);
}

/* bytes: of twelve blocks, in one area and in two. */
static void assert_tables(const char *bytes, char sentinel, const char *before, const char *after)
{
	for (int two = 0; two < 2; two++) {
		uint8_t was[64], is[64];
		begin(two ? &chained : &one);
		FEED(HEAD NUMBERS);
		feed(&sentinel, 1, 5);
		FEED("A");
		feed(two ? FIRST : STRUCT, two ? LINKED_BYTES : STRUCT_BYTES, 5);
		feed(bytes, two ? 2 : 3, 5);
		if (two) {
			FEED(SECOND);
			feed(bytes + 2, 1, 5);
		}
		FEED("\x1f");
		assert_int_equal(read_tables(was, is), 0);
		assert_int_equal(filter.frame.areas.n_areas, 1 + two);
		assert_memory_equal(was, before, 12);
		assert_memory_equal(is, after, 12);
	}
}

/* Two bits a block: free 0, head 1, tail 2, marked 3. The sentinel is a head. */
UNIT_TEST(marked_objects_stay)
{
	/* m=h= h..m m.h. */
	assert_tables("\x9b\xc1\x13", 'D', "h=h=h..hh.h.", "h=.....hh...");
	/* of several tails */
	assert_tables("\xab\x29\x10", 'J', "h===h==...h.", "h===........");
}

/* Older versions: the sweep has taken away the marks below the sentinel, and what was not marked. */
UNIT_TEST(heads_below_the_sentinel_stay_without_marks)
{
	assert_tables("\x41\xc5\x0d", 'D', "h..hhh.hhh..", "h..h...h.h..");
	assert_tables("\x41\x45\x34", 'I', "h..hhh.h.hh.", "h..hhh.h..h.");
}

UNIT_TEST(what_is_no_table_is_refused)
{
	static const struct {
		const char *bytes;
		size_t n_bytes;
		int result;
	} cases[] = {
		{ STRUCT "\x0e\x00\x13\x1f", STRUCT_BYTES + 4, -EINVAL }, /* a tail without a head */
		{ STRUCT "\x9b\xc1\x13\x00", STRUCT_BYTES + 4, -EINVAL }, /* no end */
		{ STRUCT "\x41\x01\x00\x1f", STRUCT_BYTES + 4, -ENOENT }, /* nothing is marked: a reset frees all */
		{ STRUCT "\x9b\xc3\x13\x1f", STRUCT_BYTES + 4, -ENOENT }, /* the sentinel is in use */
		{ STRUCT "\x9b\xc0\x13\x1f", STRUCT_BYTES + 4, -ENOENT }, /* there is none */
		{ "MPY: soft reboot, and more", STRUCT_BYTES, -EINVAL },  /* no structure */
	};
	uint8_t was[64], is[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(&one);
		FEED(HEAD NUMBERS "DA");
		feed(cases[i].bytes, cases[i].n_bytes, 5);
		assert_int_equal(read_tables(was, is), cases[i].result);
		assert_int_equal(filter.n_tables, cases[i].n_bytes);
		assert_memory_equal(tables, cases[i].bytes, cases[i].n_bytes); /* as text */
	}
}

/* A table that is longer than it may be, in one area or in all, is none; areas in a circle end there, too. */
UNIT_TEST(too_long_a_frame_is_refused)
{
	struct collection_hook small = chained;
	uint8_t was[64], is[64];

	small.bytes_max = 2;
	begin(&small);
	FEED(HEAD NUMBERS "DA" FIRST "\x9b\xc1" SECOND);
	assert_int_equal(read_tables(was, is), -EINVAL);
	begin(&chained);
	FEED(HEAD NUMBERS "DA" FIRST "\x9b\xc1" FIRST);
	assert_int_equal(read_tables(was, is), -EINVAL);
}

UNIT_TEST(more_areas_than_memprof_keeps_are_refused)
{
	struct collection_hook many = chained;

	many.bytes_max = 64;
	begin(&many);
	uint8_t *exactly = malloc(collection_filter_room(&many)); /* ASan sees one byte more */
	assert_non_null(exactly);
	filter.tables = exactly;
	FEED(HEAD NUMBERS "DA");
	for (uint32_t i = 0; i < GC_AREAS_MAX + 1 && n_frames == 0; i++) {
		uint32_t at = 0x20001000 + 0x100 * i;
		uint32_t words[] = { at + 0x100, at + 0x20, 1, at + 0x22, at + 0x30, at + 0x70 };
		feed((const char *)words, sizeof(words), 5);
		feed("\x13", 1, 5);
	}
	assert_int_equal(n_frames, 1);
	assert_true(filter.frame.is_broken);
	assert_int_equal(filter.frame.areas.n_areas, GC_AREAS_MAX);
	free(exactly);
}

UNIT_TEST(a_heap_that_has_grown_too_large_says_so)
{
	uint8_t was[64], is[64];

	begin(&chained);
	FEED(HEAD NUMBERS "D@\x1f");
	assert_int_equal(read_tables(was, is), -E2BIG);
}

UNIT_TEST(frames_are_taken_out_however_they_are_cut)
{
	static const char stream[] = "one\x04" HEAD "@@@@@@AB@@@@@@@CA" STRUCT
				     "\x04\x1e\x0d\x1f"
				     "two\x1e"
				     "GC: total\x1f" HEAD "@@@@@@@B@@@@@@@DA" STRUCT "\x01\x02\x03\x1f";
	static const char text[] =
		"one\x04"
		"two\x1e"
		"GC: total\x1f";

	for (size_t step = 1; step < sizeof(stream); step++) {
		begin(&one);
		for (size_t i = 0; i < sizeof(stream) - 1; i += step)
			feed(stream + i, MIN(step, sizeof(stream) - 1 - i), 5);
		assert_int_equal(n_frames, 2);
		assert_int_equal(n_out, sizeof(text) - 1);
		assert_memory_equal(out, text, n_out);
		assert_u64_equal(filter.frame.n_collections, 2);
		assert_int_equal(filter.frame.i_sentinel, 4);
		assert_memory_equal(tables + STRUCT_BYTES, "\x01\x02\x03\x1f", 4);
		assert_u64_equal(collection_filter_deadline(&filter), NOT_KNOWN);
	}
}

UNIT_TEST(line_ends_are_as_in_memory)
{
	struct collection_hook cooked = one;

	cooked.n_crs = 1;
	begin(&cooked);
	FEED(HEAD "@@@@@@@B@@@@@@@DA" STRUCT "\r\n\r\x03\x1f");
	assert_int_equal(n_frames, 1);
	assert_memory_equal(tables + STRUCT_BYTES, "\n\r\x03\x1f", 4);
	assert_int_equal(n_out, 0);
}

UNIT_TEST(only_its_token_begins_a_frame)
{
	static const char other[] = "\x1e@ABCDEFGHIJKLMNN@@@@@@@B@@@@@@@DA\x01\x02\x03\x1f", twice[] = "\x1e" HEAD "@";

	begin(&one);
	FEED(other);
	assert_int_equal(n_out, sizeof(other) - 1);
	assert_memory_equal(out, other, n_out);
	begin(&one);
	FEED(twice);
	assert_int_equal(n_out, 1);
	assert_u64_equal(collection_filter_deadline(&filter), 5 + COLLECTION_SILENCE_US);
}

/* The board was reset within a frame. */
UNIT_TEST(what_breaks_off_comes_out)
{
	const char *text;

	begin(&one);
	FEED("\x1e@ABC");
	assert_int_equal(collection_filter_release(&filter, 6, &text), 0);
	assert_int_equal(collection_filter_release(&filter, 5 + COLLECTION_SILENCE_US, &text), 5);
	assert_memory_equal(text, "\x1e@ABC", 5);
	begin(&one);
	FEED(HEAD "@@@@@@@B@@@@@@@DAMP");
	assert_int_equal(collection_filter_release(&filter, NOT_KNOWN, &text), 2); /* at the end, at once */
	assert_memory_equal(text, "MP", 2);
	FEED("Y");
	assert_int_equal(n_out, 1);
}

/* ---- stops ---- */

static const struct collection_hook asks = {
	.layout = { 0x20000100, 4, 16, 2, false }, .bytes_max = 16, .token = TOKEN, .asks = true, .step_bytes = 4096
};

UNIT_TEST(a_stop_is_a_head_alone)
{
	static const char text[] = "ab" HEAD NUMBERS "@Bcd";
	struct collection_filter f = { .hook = &asks };
	const char *p = text, *end = text + strlen(text);
	char passed[64];
	bool is_frame;

	assert_int_equal(collection_filter_read(&f, &p, end, 0, passed, &is_frame), 2);
	assert_true(is_frame);
	assert_true(f.frame.asks);
	assert_false(f.frame.is_last);
	assert_string_equal(p, "cd"); /* is for whoever answers */
	assert_int_equal(collection_filter_read(&f, &p, end, 0, passed, &is_frame), 2);
	assert_false(is_frame);
}

/* Sixteen of an exponential distribution: their mean is the step, besides what is prepared for a burst. */
UNIT_TEST(thresholds_have_the_step_as_mean)
{
	const uint64_t prepared = (uint64_t)2 * COLLECTION_BURST * 16;
	uint64_t sum = 0;

	for (unsigned i = 0; i < 16; i++) {
		uint64_t n = collection_hook_threshold(&asks, i);
		assert_true(n > (i == 0 ? prepared : collection_hook_threshold(&asks, i - 1)));
		sum += n;
	}
	assert_in_range(sum / 16 - prepared, 4090, 4100);
}

UNIT_TEST(the_code_of_stops)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf without = STRBUF_INIT;

	collection_hook_code(&code, &asks);
	collection_hook_code(&without, &one);
	assert_non_null(strstr(strbuf_text(&code), "@@@@@@@@@@@@@@@@B')\n"));
	assert_non_null(strstr(strbuf_text(&code), "readinto"));
	assert_null(strstr(strbuf_text(&without), "readinto"));
	assert_null(strstr(strbuf_text(&without), "float=float")); /* the thresholds of stops */
	assert_null(strstr(strbuf_text(&code), "mem_free"));       /* steps */
}

UNIT_TEST(the_code_of_steps)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;
	struct collection_hook steps = one;

	steps.step_bytes = 4032;
	steps.step_max_bytes = 258048;
	steps.share_percent = 17;
	steps.room_words = 1003;
	collection_hook_code(&code, &steps);
	assert_non_null(strstr(strbuf_text(&code), "chr[15]=input and 4032 or 0"));
	assert_non_null(strstr(strbuf_text(&code), "*17:"));
	assert_non_null(strstr(strbuf_text(&code), "chr[15]>258048:"));
	char room[32];
	snprintf(room, sizeof(room), "bytearray(%u)", 1003 * one.layout.word_bytes);
	assert_non_null(strstr(strbuf_text(&code), room));
}
