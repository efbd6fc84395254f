#include "memprof/protocol/collection_hook.h"

#include <errno.h>

#include "memprof/base/number.h"
#include "unit.h"

/* Two areas of eight and four blocks, at 32 bits. */
static const struct collection_hook hook = {
	.areas = { .areas = { { .address = 0x20000104,
				.table = 0x20001000,
				.n_table_bytes = 2,
				.finalisers = 0x20001003,
				.pool = 0x20001010,
				.pool_end = 0x20001090,
				.block_bytes = 16,
				.n_blocks = 8 },
			      { .address = 0x20002004,
				.table = 0x20002010,
				.n_table_bytes = 1,
				.finalisers = 0x20002012,
				.pool = 0x20002020,
				.pool_end = 0x20002060,
				.block_bytes = 16,
				.n_blocks = 4 } },
		   .n_areas = 2 },
	.word_bytes = 4,
	.token = UINT64_C(0x0123456789abcdef),
};
#define HEAD "\x1e@ABCDEFGHIJKLMNO"

static void the_code_names_what_it_reads(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;
	struct collection_hook grows = hook;

	(void)state;
	collection_hook_code(&code, &hook);
	assert_non_null(strstr(strbuf_text(&code), " all=[abs(0x20001000,2),abs(0x20002010,1),b'\\x1f']\n"));
	assert_non_null(strstr(strbuf_text(&code),
			       " any=[(0x20001010,0x20001090,0,abs(0x20001003,1)),"
			       "(0x20002020,0x20002060,8,abs(0x20002012,1)),]\n"));
	assert_non_null(strstr(strbuf_text(&code), "bin=bytearray(b'\\x1e@ABCDEFGHIJKLMNO@@@@@@@@@@@@@@@@')\n"));
	assert_int_equal(collection_frame_bytes(&hook), 4);
	grows.grows = true;
	strbuf_reset(&code);
	collection_hook_code(&code, &grows);
	assert_non_null(strstr(strbuf_text(&code), "abs(0x20002010,1),abs(0x20002000,4),b'\\x1f']\n"));
	assert_int_equal(collection_frame_bytes(&grows), 8);
}

static void a_hook_needs_finalisers(void **state)
{
	struct collection_hook other = hook;

	(void)state;
	assert_true(collection_hook_fits(&hook));
	other.areas.areas[1].finalisers = 0;
	assert_false(collection_hook_fits(&other));
	other = hook;
	other.areas.areas[1].n_table_bytes = COLLECTION_BYTES_MAX;
	assert_false(collection_hook_fits(&other));
	other = hook;
	other.areas.n_areas = 0;
	assert_false(collection_hook_fits(&other));
}

static void assert_tables(const char *bytes, uint32_t i_sentinel, const char *before, const char *after)
{
	struct collection_frame frame = { 1, i_sentinel };
	uint8_t was[12], is[12];

	assert_int_equal(collection_frame_tables(&hook, &frame, (const uint8_t *)bytes, was, is), 0);
	assert_memory_equal(was, before, sizeof(was));
	assert_memory_equal(is, after, sizeof(is));
}

/* Two bits a block: free 0, head 1, tail 2, marked 3. */
static void marked_objects_stay(void **state)
{
	(void)state;
	/* m=h= h..m  and  =: no head before it */
	assert_tables("\x9b\xc1\x0d\x1f", 0, "h=h=h..hhh..", "h=.....h.h..");
	/* of several tails */
	assert_tables("\xab\x29\x00\x1f", 7, "h===h==.....", "h===........");
}

/* Before 1.23 the sweep has taken away the marks below the sentinel, and what was not marked. */
static void heads_below_the_sentinel_stay_without_marks(void **state)
{
	(void)state;
	assert_tables("\x41\xc7\x0d\x1f", 4, "h..hhh.hhh..", "h..hh..h.h..");
	assert_tables("\x41\x45\x0d\x1f", 9, "h..hhh.hhh..", "h..hhh.hhh..");
}

static void what_is_no_table_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		bool grows;
		int result;
	} cases[] = {
		{ "\x0e\x00\x00\x1f", false, -EINVAL }, /* a tail without a head */
		{ "\x03\x00\x02\x1f", false, -EINVAL }, /* at the beginning of an area */
		{ "\x03\x00\x00\x00", false, -EINVAL }, /* no end */
		{ "\x01\x00\x00\x1f", false, -ENOENT }, /* nothing is marked: a reset frees all */
		{ "\x03\x00\x00\0\0\0\0\x1f", true, 0 },
		{ "\x03\x00\x00\0\0\1\0\x1f", true, -E2BIG }, /* another area */
	};
	struct collection_frame frame = { 1, 0 };
	uint8_t was[12], is[12];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct collection_hook with = hook;
		with.grows = cases[i].grows;
		assert_int_equal(collection_frame_tables(&with, &frame, (const uint8_t *)cases[i].bytes, was, is),
				 cases[i].result);
	}
}

/* ---- the filter ---- */

static uint8_t tables[8];
static struct collection_filter filter;
static char out[256];
static size_t n_out;
static int n_frames;

static void begin(const struct collection_hook *with)
{
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

static void frames_are_taken_out_however_they_are_cut(void **state)
{
	static const char stream[] = "one\x04" HEAD
				     "@@@@@@AB@@@@@@@C\x04\x1e\x0d\x1f"
				     "two\x1e"
				     "GC: total\x1f" HEAD "@@@@@@@B@@@@@@@D\x01\x02\x03\x1f";
	static const char text[] =
		"one\x04"
		"two\x1e"
		"GC: total\x1f";

	(void)state;
	for (size_t step = 1; step < sizeof(stream); step++) {
		begin(&hook);
		for (size_t i = 0; i < sizeof(stream) - 1; i += step)
			feed(stream + i, MIN(step, sizeof(stream) - 1 - i), 5);
		assert_int_equal(n_frames, 2);
		assert_int_equal(n_out, sizeof(text) - 1);
		assert_memory_equal(out, text, n_out);
		assert_u64_equal(filter.frame.n_collections, 2);
		assert_int_equal(filter.frame.i_sentinel, 4);
		assert_memory_equal(tables, "\x01\x02\x03\x1f", 4);
		assert_u64_equal(collection_filter_deadline(&filter), NOT_KNOWN);
	}
}

static void line_ends_are_as_in_memory(void **state)
{
	static const char stream[] = HEAD "@@@@@@@B@@@@@@@D\r\n\r\x03\x1f";
	struct collection_hook cooked = hook;

	(void)state;
	cooked.n_crs = 1;
	begin(&cooked);
	feed(stream, sizeof(stream) - 1, 5);
	assert_int_equal(n_frames, 1);
	assert_memory_equal(tables, "\n\r\x03\x1f", 4);
	assert_int_equal(n_out, 0);
}

static void only_its_token_begins_a_frame(void **state)
{
	static const char other[] = "\x1e@ABCDEFGHIJKLMNN@@@@@@@B@@@@@@@D\x01\x02\x03\x1f", twice[] = "\x1e" HEAD "@";

	(void)state;
	begin(&hook);
	feed(other, sizeof(other) - 1, 5);
	assert_int_equal(n_out, sizeof(other) - 1);
	assert_memory_equal(out, other, n_out);
	begin(&hook);
	feed(twice, sizeof(twice) - 1, 5);
	assert_int_equal(n_out, 1);
	assert_u64_equal(collection_filter_deadline(&filter), 5 + COLLECTION_SILENCE_US);
}

/* The board was reset within a frame. */
static void what_breaks_off_comes_out(void **state)
{
	(void)state;
	begin(&hook);
	feed("\x1e@ABC", 5, 5);
	assert_int_equal(collection_filter_release(&filter, 6, out), 0);
	assert_int_equal(collection_filter_release(&filter, 5 + COLLECTION_SILENCE_US, out), 5);
	assert_memory_equal(out, "\x1e@ABC", 5);
	begin(&hook);
	feed(HEAD "@@@@@@@B@@@@@@@DMP", 35, 5);
	assert_int_equal(collection_filter_release(&filter, NOT_KNOWN, out), 2); /* at the end, no silence is needed */
	assert_memory_equal(out, "MP", 2);
	feed("Y", 1, 7);
	assert_int_equal(n_out, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_code_names_what_it_reads),
		cmocka_unit_test(a_hook_needs_finalisers),
		cmocka_unit_test(marked_objects_stay),
		cmocka_unit_test(heads_below_the_sentinel_stay_without_marks),
		cmocka_unit_test(what_is_no_table_is_refused),
		cmocka_unit_test(frames_are_taken_out_however_they_are_cut),
		cmocka_unit_test(line_ends_are_as_in_memory),
		cmocka_unit_test(only_its_token_begins_a_frame),
		cmocka_unit_test(what_breaks_off_comes_out),
	};

	return RUN(tests);
}
