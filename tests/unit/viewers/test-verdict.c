/* A verdict in few words. */
#include "memprof/viewers/verdict_words.h"

#include <math.h>

#include "memprof/base/number.h"
#include "text/chart.h"
#include "unit.h"

static const struct {
	struct verdict verdict;
	const char *line;
	bool warns;
} rows[] = {
	{ { .state = VERDICT_UNKNOWN }, "", false },
	{ { .state = VERDICT_OK, .room.lfb_bytes = 2 << 20 }, "OK, largest free 2.0 MiB", false },
	{ { .state = VERDICT_WATCHING,
	    .n_collections = 3,
	    .n_needed = 12,
	    .room.lfb_bytes = NOT_KNOWN,
	    .room.free_bytes = 512 },
	  "WATCHING 3 of 12, 512 B free",
	  false },
	{ { .state = VERDICT_WATCHING, .n_collections = 14, .n_needed = 12, .room.lfb_bytes = 512 },
	  "WATCHING, largest free 512 B",
	  false },
	{ { .state = VERDICT_SUSPECTED, .n_collections = 9, .n_needed = 12, .room.lfb_bytes = 512 },
	  "SUSPECTED leak, 9 of 12, largest free 512 B",
	  false },
	{ { .state = VERDICT_LEAKING, .n_pools = 1, .pool = "gc", .holder = "handlers", .bytes_per_collection = 1126 },
	  "LEAKING 1.1 KiB per collection, held by handlers",
	  true },
	{ { .state = VERDICT_LEAKING, .n_pools = 2, .pool = "ui", .no_collector = true, .bytes_per_collection = 64 },
	  "LEAKING ui 64.0 B per sample",
	  true },
	{ { .state = VERDICT_GROWING, .n_pools = 1, .pool = "gc", .bytes_per_collection = NAN }, "GROWING", true },
	{ { .state = VERDICT_FULL,
	    .severity = SEVERITY_LOOK,
	    .pool = "gc",
	    .room = { .total_bytes = 64000, .free_bytes = 2080 } },
	  "NEARLY FULL gc, 2.0 KiB of 62.5 KiB free",
	  true },
	{ { .state = VERDICT_FRAGMENTED, .pool = "caps", .room = { .free_bytes = 960, .lfb_bytes = 320 } },
	  "FRAGMENTED caps, largest free 320 B of 960 B",
	  true },
};

UNIT_TEST(each_state_has_its_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct verdict verdict = rows[i].verdict;
		struct verdict_words words;
		verdict.ends_least_us = verdict.ends_most_us = NOT_KNOWN;
		text_verdict_line(&line, &verdict);
		assert_string_equal(strbuf_text(&line), rows[i].line);
		verdict_words(&verdict, &words);
		assert_int_equal(words.warns, rows[i].warns);
	}
}

UNIT_TEST(the_end_is_a_range)
{
	static const struct {
		uint64_t least_s, most_s;
		const char *words;
	} ranges[] = {
		{ 0, 3, "within 3 s" },
		{ 48, 99, "in 48 to 99 s" },
		{ 130, 181, "in 2 to 4 min" },
		{ 30, 200, "within 4 min" },
		{ 3600, 10900, "in 1 to 4 h" },
		{ 90000, 400000, "in 1 to 5 days" },
		{ 0, 100000000, "within 4 years" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		chart_range(&words, ranges[i].least_s * 1000000, ranges[i].most_s * 1000000);
		assert_string_equal(strbuf_text(&words), ranges[i].words);
	}
}
