/* The formats of exports: their table, dates, and what each writes of one moment. */
#include "memprof/viewers/export_view.h"

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "unit.h"

UNIT_TEST(formats_are_whole)
{
	for (size_t i = 0; export_formats[i]; i++) {
		const struct export_format *f = export_formats[i];
		assert_ptr_equal(export_format_named(f->name), f);
		assert_non_null(f->suffixes[0]);
		assert_non_null(f->moment);
		for (size_t k = 0; f->suffixes[k]; k++) {
			assert_int_equal(f->suffixes[k][0], '.');
			assert_ptr_equal(export_format_of_suffix(f->suffixes[k]), f);
		}
	}
	assert_ptr_equal(export_format_of_suffix(".PFTRACE"), &export_perfetto);
	assert_null(export_format_named("cs"));
	assert_null(export_format_of_suffix(".json"));
}

static const char *date(struct strbuf *out, uint64_t date_us, bool is_utc)
{
	const struct export_place place = { .date_us = date_us, .is_utc = is_utc };

	strbuf_reset(out);
	export_date(out, &place);
	return strbuf_text(out);
}

UNIT_TEST(dates_are_rfc_3339)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	assert_string_equal(date(&out, 0, true), "1970-01-01T00:00:00.000Z");
	assert_string_equal(date(&out, UINT64_C(1709251199999000), true), "2024-02-29T23:59:59.999Z");
	assert_string_equal(date(&out, UINT64_C(1709251199000001), false), "2024-02-29T23:59:59.000");
	assert_string_equal(date(&out, NOT_KNOWN, true), "");
	assert_string_equal(date(&out, NOT_KNOWN - 1, true), ""); /* beyond the year 9999 */
}

static const struct board_info no_board = { .known = false };
static const struct snapshot_reported nothing = SNAPSHOT_REPORTED_NOTHING;

#define HERE                                                                                                   \
	{                                                                                                      \
		.file = "a \"log\".txt", .n_input = 1, .n_boot = 2, .n_dump = 3, .line = 40, .at_us = 1500000, \
		.date_us = UINT64_C(1709251199999000), .is_utc = true, .board = &no_board,                     \
	}
static const struct history_figures figures[] = {
	{ .name = "gc",
	  .state.total_bytes = 1000,
	  .state.used_bytes = 600,
	  .state.free_bytes = 400,
	  .state.lfb_bytes = 100,
	  .peak_bytes = NOT_KNOWN,
	  .state.fragmentation = 0.75 },
	{ .name = "idf.0",
	  .kind = POOL_CAPS,
	  .state.total_bytes = NOT_KNOWN,
	  .state.used_bytes = NOT_KNOWN,
	  .state.free_bytes = 7,
	  .state.lfb_bytes = NOT_KNOWN,
	  .peak_bytes = 9,
	  .state.fragmentation = -1 },
};
static const struct export_moment moment = {
	.place = HERE,
	.label = "=after\x1b boot",
	.complete = true,
	.reported = &nothing,
	.pools = figures,
	.n_pools = ARRAY_SIZE(figures),
};

/* One moment and one event, in a format. */
static void write_all(const struct export_format *format, bool wants_events, struct strbuf *out)
{
	static const struct board_event gc = {
		.kind = BOARD_EVENT_GC, .bytes = NOT_KNOWN, .duration_us = 1500, .address = NOT_KNOWN
	};
	struct export e = { .out = out, .wants_events = wants_events, .state = calloc(1, format->state_bytes + 1) };

	assert_non_null(e.state);
	if (format->begin)
		format->begin(&e);
	format->moment(&e, &moment);
	format->event(&e, &(struct export_event){ .place = HERE, .of = &gc });
	if (format->end)
		format->end(&e);
	free(e.state);
}

UNIT_TEST(csv_has_a_row_for_each_pool)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	write_all(&export_csv, false, &out);
	assert_string_equal(
		strbuf_text(&out),
		"file,boot,time,seconds,line,moment,dump,label,complete,pool,kind,total,used,free,largest_free,fragmentation,"
		"peak\r\n"
		"\"a \"\"log\"\".txt\",2,2024-02-29T23:59:59.999Z,1.500000,40,snapshot,3,\"'=after\\x1b boot\",1,\"gc\",gc,1000,"
		"600,400,100,0.7500,\r\n"
		"\"a \"\"log\"\".txt\",2,2024-02-29T23:59:59.999Z,1.500000,40,snapshot,3,\"'=after\\x1b boot\",1,\"idf.0\",caps,"
		",,7,,,9\r\n");
}

UNIT_TEST(csv_has_a_row_for_each_event)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	write_all(&export_csv, true, &out);
	assert_string_equal(
		strbuf_text(&out),
		"file,boot,time,seconds,line,dump,event,pool,bytes,largest_free,duration_us,label,verdict,text\r\n"
		"\"a \"\"log\"\".txt\",2,2024-02-29T23:59:59.999Z,1.500000,40,3,gc,,,,1500,,,\"garbage collected in 1.5 "
		"ms\"\r\n");
}

UNIT_TEST(json_has_a_line_for_each)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	write_all(&export_json, false, &out);
	assert_string_equal(
		strbuf_text(&out),
		"{\"schema\":\"memprof.export/1\",\"type\":\"boot\",\"file\":\"a \\\"log\\\".txt\",\"boot\":2,\"firmware\":null,"
		"\"version\":null,\"machine\":null}\n"
		"{\"schema\":\"memprof.export/1\",\"type\":\"moment\",\"file\":\"a \\\"log\\\".txt\",\"boot\":2,"
		"\"time\":\"2024-02-29T23:59:59.999Z\",\"at_us\":1500000,\"line\":40,\"dump\":3,\"moment\":\"snapshot\","
		"\"label\":\"=after\\u001b boot\",\"complete\":true,\"pause_us\":null,\"collections\":null,\"pools\":["
		"{\"name\":\"gc\",\"kind\":\"gc\",\"memory\":null,\"total\":1000,\"used\":600,\"free\":400,\"largest_free\":100,"
		"\"fragmentation\":0.7500,\"peak\":null},"
		"{\"name\":\"idf.0\",\"kind\":\"caps\",\"memory\":null,\"total\":null,\"used\":null,\"free\":7,"
		"\"largest_free\":null,\"fragmentation\":null,\"peak\":9}]}\n"
		"{\"schema\":\"memprof.export/1\",\"type\":\"event\",\"file\":\"a \\\"log\\\".txt\",\"boot\":2,"
		"\"time\":\"2024-02-29T23:59:59.999Z\",\"at_us\":1500000,\"line\":40,\"dump\":3,\"what\":\"gc\","
		"\"duration_us\":1500,\"threshold\":false}\n");
}

/* Its bytes are tests/checks/exports' to decode; here, that names are in it and a hundred pools do no harm. */
UNIT_TEST(a_trace_has_room_for_so_many_pools)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct export e = { .out = &out, .state = calloc(1, export_perfetto.state_bytes) };
	struct history_figures many = figures[0];
	struct export_moment one = moment;

	assert_non_null(e.state);
	one.kind = MOMENT_POOLS;
	one.pools = &many;
	one.n_pools = 1;
	for (char i = 0; i < 100; i++) {
		many.name[0] = (char)('!' + i % 90);
		many.name[1] = i < 90 ? 'a' : 'b';
		export_perfetto.moment(&e, &one);
	}
	assert_int_equal(e.n_pools_beyond, 36);
	assert_non_null(text_find(strbuf_text(&out), out.n_bytes, "boot 2, a \"log\".txt"));
	free(e.state);
}
