#include "memprof/cli/spool.h"

#include "unit.h"

struct sink {
	struct strbuf out, all;
	size_t n_max_bytes; /* the most that waited at once */
};

static void drain(void *of)
{
	struct sink *sink = of;

	sink->n_max_bytes = MAX(sink->n_max_bytes, sink->out.n_bytes);
	strbuf_add(&sink->all, strbuf_text(&sink->out), sink->out.n_bytes);
	strbuf_reset(&sink->out);
}

static void assert_replayed(uint64_t n_members, bool compact)
{
	struct sink sink = { .n_max_bytes = 0 };
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;
	struct spool s;

	spool_init(&s, compact);
	strbuf_puts(&expected, "[");
	for (uint64_t i = 0; i < n_members; i++) {
		json_row(&s.json, NULL);
		json_u64(&s.json, "line", i);
		json_object_end(&s.json);
		spool_spill(&s);
		strbuf_puts(&expected, i ? "," : "");
		strbuf_printf(&expected, compact ? "{\"line\":%" PRIu64 "}" : "\n    {\"line\": %" PRIu64 "}", i);
	}
	strbuf_puts(&expected, n_members && !compact ? "\n  ]" : "]");
	assert_int_equal(spool_replay(&s, &sink.out, drain, &sink), 0);
	drain(&sink);
	spool_deinit(&s);
	assert_string_equal(strbuf_text(&sink.all), strbuf_text(&expected));
	assert_true(sink.n_max_bytes < 512 * 1024);
	strbuf_deinit(&sink.out);
	strbuf_deinit(&sink.all);
}

UNIT_TEST(members_come_out_as_they_went_in)
{
	for (uint64_t n = 0; n < 4; n++) {
		assert_replayed(n, false);
		assert_replayed(n, true);
	}
}

UNIT_TEST(long_lists_wait_in_a_file)
{
	assert_replayed(200000, false);
	assert_replayed(200000, true);
}
