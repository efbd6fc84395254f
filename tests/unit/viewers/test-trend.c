/* Whatever a trend is, its JSON has numbers and its text fits on the screen. */
#include <math.h>

#include "document/report.h"
#include "figures.h"
#include "memprof/base/text.h"
#include "memprof/viewers/trend_view.h"
#include "text/chart.h"
#include "unit.h"

static const struct text_style plain = { .columns = 80 }, fine = { .columns = 80, .utf8 = true };

/* What is printed of a trend, with what attach prints at its end. */
static void print_trend(struct strbuf *out, const struct trend_result *result, enum trend_of of,
			const struct text_style *style)
{
	const struct trend_view view = { .name = "a log", .of = of, .trend = result };
	struct document d;

	document_trend(&d, &view);
	print_text(out, &d, style);
	doc_deinit(&d);
	doc_init(&d, "leak");
	document_trend_finding(&d, &view, "memprof trend shows how it went.");
	print_text(out, &d, style);
	doc_deinit(&d);
}

static void assert_narrow(const struct strbuf *s, unsigned columns)
{
	const uint8_t *p = (const uint8_t *)strbuf_text(s), *end = p + s->n_bytes;
	unsigned n = 0;

	while (p < end) {
		size_t n_bytes = text_utf8(p, end, NULL);
		assert_true(n_bytes > 0);
		n = *p == '\n' ? 0 : n + 1;
		if (n > columns)
			fail_msg("a line is longer than %u columns: %.80s", columns, (const char *)p - columns);
		p += n_bytes;
	}
}

static void assert_views(const struct trend *t)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct trend_result result;
	struct json j;

	assert_int_equal(trend_work_out(t, &result), 0);
	j = (struct json){ .out = &out };
	json_object(&j, NULL);
	json_trend(&j, &result);
	json_object_end(&j);
	assert_null(strstr(strbuf_text(&out), "nan"));
	assert_null(strstr(strbuf_text(&out), "inf"));
	assert_null(strstr(strbuf_text(&out), "-0.000,"));
	assert_null(strstr(strbuf_text(&out), "18446744073709551615"));
	for (unsigned columns = 40; columns <= 200; columns += columns == 40 ? 40 : 120) {
		struct text_style style = columns > 80 ? fine : plain;
		style.columns = columns;
		strbuf_reset(&out);
		for (int of = TREND_OF_LOG; of <= TREND_OF_RAISED; of++)
			print_trend(&out, &result, (enum trend_of)of, &style);
		assert_narrow(&out, MAX(columns, 80u));
		assert_null(strstr(strbuf_text(&out), "nan"));
	}
	strbuf_reset(&out);
	print_trend(&out, &result, TREND_OF_LOG, &fine);
	assert_narrow(&out, 80);
	trend_result_deinit(&result);
}

UNIT_TEST(odd_values)
{
	static const uint64_t odd[] = {
		0,
		1,
		16,
		1000,
		200000,
		UINT32_MAX,
		UINT64_C(1) << 53,
		(UINT64_C(1) << 63) + 7,
		UINT64_MAX - 2,
		UINT64_MAX - 1,
		NOT_KNOWN,
	};
	uint32_t random = 5;

	for (int round = 0; round < 300; round++) {
		size_t n = 1 + next_random(&random) % (round % 10 ? 60 : 1200);
		uint32_t n_odd = 1 + next_random(&random) % ARRAY_SIZE(odd);
		struct trend t;
		uint64_t at_us = 0;
		t = (struct trend){ 0 };
		for (size_t i = 0; i < n; i++) {
			uint64_t v[5];
			for (size_t k = 0; k < ARRAY_SIZE(v); k++)
				v[k] = odd[(next_random(&random) / 7) % n_odd];
			at_us += MIN(v[0], UINT64_C(1) << (round % 45));
			struct trend_sample sample = { round % 3 ? at_us : v[0], state_of(v[1], v[2], v[3], v[4]),
						       round % 7 == 3, .no_collector = round % 5 == 2 };
			trend_add(&t, next_random(&random) % 9 ? "gc" : "other", &sample);
		}
		assert_views(&t);
		trend_deinit(&t);
	}
}

/* Leaks of every size, at every speed: the sentences must fit too. */
UNIT_TEST(leaks_of_every_size)
{
	for (unsigned shift = 0; shift < 36; shift++) {
		for (unsigned step = 0; step < 50; step += 7) {
			struct trend t;
			t = (struct trend){ 0 };
			for (uint64_t i = 0; i < 40; i++) {
				uint64_t used = (i / 4 + 10 * (i % 4)) << shift, total = UINT64_C(200) << shift;
				struct trend_sample sample = { i << step,
							       state_of(total, used, total - used, (total - used) / 2),
							       false };
				trend_add(&t, "gc", &sample);
			}
			assert_views(&t);
			trend_deinit(&t);
		}
	}
}

/* Only what was saved can be reported on. */
UNIT_TEST(next_steps)
{
	static const struct {
		const char *summary, *never;
	} rows[] = {
		[TREND_OF_LOG] = { "Next: print micropython.mem_info(1) instead", "--save" },
		[TREND_OF_RECORDING] = { "Next: print micropython.mem_info(1) instead", "--save" },
		[TREND_OF_AGENT] = { "Next: compare an early and a late dump", "mem_info" },
		[TREND_OF_SAVED_BOARD] = { "Next: compare an early and a late dump", "--save" },
		[TREND_OF_SAVED_PROGRAM] = { "Next: compare an early and a late dump", "--save" },
		[TREND_OF_BOARD] = { "Next: attach again with --save FILE", "mem_info" },
		[TREND_OF_PROGRAM] = { "Next: attach again with --save FILE", "mem_info" },
	};
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct trend_result result;
	struct trend t;

	t = (struct trend){ 0 };
	for (uint64_t i = 0; i < 200; i++) {
		uint64_t used = 1000 + 100 * (i / 10) + 500 * (i % 10);
		struct trend_sample sample = { i * 1000000, state_of(20000, used, 20000 - used, 20000 - used), false };
		trend_add(&t, "gc", &sample);
	}
	assert_int_equal(trend_work_out(&t, &result), 0);
	for (size_t of = 0; of < ARRAY_SIZE(rows); of++) {
		strbuf_reset(&out);
		print_trend(&out, &result, (enum trend_of)of, &plain);
		assert_non_null(strstr(strbuf_text(&out), rows[of].summary));
		assert_null(strstr(strbuf_text(&out), rows[of].never));
	}
	trend_result_deinit(&result);
	trend_deinit(&t);
}

/* What is printed of n samples in one pool. */
static const char *words_of(const struct trend_sample *model, size_t n, uint64_t step_us, uint64_t rise_bytes,
			    enum trend_of of, struct strbuf *out)
{
	struct trend_result result;
	struct trend t;

	t = (struct trend){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct trend_sample sample = *model;
		sample.at_us = i * step_us;
		uint64_t total = 1 << 20, used = 1000 + i * rise_bytes;
		sample.state = state_of(total, used, total - used, total - used);
		trend_add(&t, "x", &sample);
	}
	assert_int_equal(trend_work_out(&t, &result), 0);
	strbuf_reset(out);
	print_trend(out, &result, of, &plain);
	trend_result_deinit(&result);
	trend_deinit(&t);
	return strbuf_text(out);
}

static void assert_has(const char *text, const char *words, bool wanted)
{
	if ((strstr(text, words) != NULL) != wanted)
		fail_msg("%s'%s' in\n%s", wanted ? "no " : "", words, text);
}

/* An agent or a program takes no request to collect, and a heap that is collected needs no advice to do so. */
UNIT_TEST(collections_are_advised_where_they_help)
{
	static const struct trend_sample as_found = { .collected = false }, collected = { .collected = true };
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	for (int of = TREND_OF_LOG; of <= TREND_OF_PROGRAM; of++) {
		bool helps = of == TREND_OF_RECORDING || of == TREND_OF_SAVED_BOARD || of == TREND_OF_BOARD;
		assert_has(words_of(&as_found, 3, 1000000, 0, (enum trend_of)of, &out), "Next: let it run longer",
			   true);
		assert_has(strbuf_text(&out), "add --collect:", helps);
		assert_has(words_of(&as_found, 30, 1000000, 8, (enum trend_of)of, &out), "--collected",
			   of == TREND_OF_LOG);
		assert_has(words_of(&collected, 3, 1000000, 0, (enum trend_of)of, &out), "--collect", false);
	}
}

UNIT_TEST(pools_without_a_collector_wait_for_none)
{
	static const struct trend_sample low_points = { .no_collector = true };
	static const struct trend_sample samples = { .no_collector = true, .collected = true };
	static const struct {
		const struct trend_sample *model;
		size_t n;
		uint64_t rise_bytes;
		const char *words;
	} rows[] = {
		{ &low_points, 3, 0, "Too early to tell: 0 of 8 low points so far" },
		{ &low_points, 30, 0, "Unchanged: as much is in use in every sample." },
		{ &low_points, 30, 8, "and it has\nnot fallen yet." },
		{ &samples, 3, 0, "Too early to tell: 3 of 5 samples so far" },
		{ &samples, 60, 800, "Leak: 800 B more in use with every sample (60 observed)" },
		{ &samples, 60, 0, "No leak: memory in use has not grown (60 samples)" },
	};
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		words_of(rows[i].model, rows[i].n, 1000000, rows[i].rise_bytes, TREND_OF_LOG, &out);
		assert_has(strbuf_text(&out), rows[i].words, true);
		assert_has(strbuf_text(&out), "collection", false);
		assert_has(strbuf_text(&out), "collect()", false);
		assert_has(strbuf_text(&out), "garbage", false);
	}
}

/* Ten seconds say nothing of an hour. */
UNIT_TEST(a_rate_is_for_no_longer_than_the_log)
{
	static const struct trend_sample as_found = { .collected = false };
	static const struct {
		uint64_t step_us;
		const char *words, *title;
	} rows[] = {
		{ 1000000, "every sample, 100 B a second", "a second  after" },
		{ 2000000, "every sample, 50.0 B a second", "a second  after" },
		{ 10000000, "every sample, 600 B a minute", "a minute  after" },
		{ 300000000, "every sample, 1.2 KiB an hour", "an hour  after" },
	};
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		words_of(&as_found, 30, rows[i].step_us, 100, TREND_OF_LOG, &out);
		assert_has(strbuf_text(&out), rows[i].words, true);
		assert_has(strbuf_text(&out), rows[i].title, true);
	}
}

UNIT_TEST(durations)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {
		{ 0, "0 ms" },
		{ 390000, "390 ms" },
		{ 45200000, "45 s" },
		{ 200000000, "3 min 20 s" },
		{ 7500000000, "2 h 5 min" },
		{ 273600000000, "3 days 4 h" },
		{ 1000000000000000, "31 years" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
		chart_duration(&out, rows[i].us);
		assert_string_equal(strbuf_text(&out), rows[i].text);
	}
}

/* Columns of the longest line. */
static size_t widest(const char *text)
{
	size_t n = 0, n_line;

	for (; *text; text += n_line + (text[n_line] == '\n')) {
		n_line = strcspn(text, "\n");
		n = MAX(n, n_line);
	}
	return n;
}

UNIT_TEST(charts_are_as_wide_as_the_screen)
{
	for (unsigned columns = 80; columns <= 200; columns += 20)
		for (uint64_t n = 1; n <= 500; n += n < 10 ? 1 : 35) {
			CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
			const struct text_style style = { .columns = columns };
			struct trend_result result;
			struct trend t;
			t = (struct trend){ 0 };
			for (uint64_t i = 0; i < n; i++) {
				const struct trend_sample sample = { .at_us = NOT_KNOWN,
								     .state.total_bytes = 8192,
								     .state.used_bytes = 4096,
								     .state.free_bytes = 4096,
								     .state.lfb_bytes = NOT_KNOWN };
				trend_add(&t, "x", &sample);
			}
			assert_int_equal(trend_work_out(&t, &result), 0);
			chart_layers(&out, &result, &result.pools[0], &style);
			assert_in_range(widest(strbuf_text(&out)), columns * 3 / 4, columns);
			trend_result_deinit(&result);
			trend_deinit(&t);
		}
}

/* The message may be cut off for lack of memory, and then it has no size. */
UNIT_TEST(an_error_of_a_program_that_grew)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct document d;
	struct error_info error = { .failure = FAILURE_UNSIZED, .cause = CAUSE_UNKNOWN, .asked_bytes = NOT_KNOWN };

	doc_init(&d, "");
	report_add_error(&d, &error, NULL);
	print_text(&out, &d, &plain);
	doc_deinit(&d);
	assert_non_null(strstr(strbuf_text(&out), "MemoryError, cause unknown.\nThe message gives no size"));
	strbuf_reset(&out);
	error.grew_until = true;
	doc_init(&d, "");
	report_add_error(&d, &error, NULL);
	print_text(&out, &d, &plain);
	doc_deinit(&d);
	assert_string_equal(strbuf_text(&out), "MemoryError, it grew until there was no room.\n");
}

/* What leaks in a program that has ended: its next command, and nothing that is still to come. */
UNIT_TEST(a_program_that_has_ended)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct trend_pool_result pool = { .name = "gc",
					  .leaks = true,
					  .by_objects = true,
					  .verdict = LEAK_LEAKING,
					  .bytes_per_collection = 100,
					  .n_collections = 20,
					  .left_bytes = 4096,
					  .ends_least_samples = 3,
					  .ends_most_samples = 9,
					  .ends_least_us = 3000000,
					  .ends_most_us = 9000000,
					  .leak = { 1, NAN, 1, 1 } };
	struct trend_result result = { .pools = &pool, .n_pools = 1, .n_samples = 20, .span_us = NOT_KNOWN };

	struct trend_view view = { .name = "it's.py", .trend = &result, .has_ended = true };
	struct document d;

	doc_init(&d, "leak");
	document_trend_run(&d, &view, "/dev/ttyACM0");
	print_text(&out, &d, &plain);
	doc_deinit(&d);
	assert_has(strbuf_text(&out), "Had it gone on, out of\nmemory in 3 to 9 s.\nNext: memprof leaks 'it'\\''s.py' ",
		   true);
	strbuf_reset(&out);
	view = (struct trend_view){ .name = "program.txt", .trend = &result, .has_ended = true, .has_failed = true };
	doc_init(&d, "leak");
	document_trend_run(&d, &view, "auto");
	print_text(&out, &d, &plain);
	doc_deinit(&d);
	assert_null(strstr(strbuf_text(&out), "Next:"));
	assert_null(strstr(strbuf_text(&out), "Had it gone on"));
}
