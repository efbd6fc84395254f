/* The text that scrapers get. */
#include "memprof/viewers/openmetrics.h"

#include "memprof/base/number.h"
#include "unit.h"

static struct board_metrics sample(void)
{
	struct board_metrics m = {
		.link = BOARD_LINK_POLLING,
		.n_snapshots = 12,
		.taken_wall_us = 1700000000500000,
		.firmware = "micropython 1.25.0",
		.machine = "Pico",
		.n_pools = 1,
		.pools = { { .name = "gc",
			     .state.total_bytes = 1000,
			     .state.used_bytes = 600,
			     .state.free_bytes = 400,
			     .state.lfb_bytes = NOT_KNOWN,
			     .peak_bytes = NOT_KNOWN } },
	};
	return m;
}

static void write_one(struct strbuf *out, const char *board, const struct board_metrics *m,
		      enum openmetrics_format format)
{
	const struct openmetrics_point point = { board, m, NOT_KNOWN };

	openmetrics_write(out, &point, 1, format);
	assert_int_equal(strbuf_error(out), 0);
}

static bool has(const struct strbuf *out, const char *text) { return strstr(strbuf_text(out), text) != NULL; }

UNIT_TEST(openmetrics)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_metrics m = sample();

	write_one(&out, "kitchen", &m, OPENMETRICS_1_0);
	assert_true(has(&out,
			"# TYPE memprof_up gauge\n# HELP memprof_up Whether the board is connected.\n"
			"memprof_up{board=\"kitchen\"} 1\n"));
	assert_true(has(&out, "# TYPE memprof_board info\n"));
	assert_true(has(
		&out, "\nmemprof_board_info{board=\"kitchen\",firmware=\"micropython 1.25.0\",machine=\"Pico\"} 1\n"));
	assert_true(has(&out, "# TYPE memprof_pool_free_bytes gauge\n# UNIT memprof_pool_free_bytes bytes\n"));
	assert_true(has(&out, "\nmemprof_pool_free_bytes{board=\"kitchen\",pool=\"gc\"} 400\n"));
	assert_true(has(&out, "# TYPE memprof_snapshots counter\n"));
	assert_true(has(&out, "\nmemprof_snapshots_total{board=\"kitchen\"} 12\n"));
	assert_true(has(&out, "\nmemprof_last_snapshot_timestamp_seconds{board=\"kitchen\"} 1700000000\n"));
	assert_false(has(&out, "largest_free_bytes{")); /* not known is no sample */
	assert_false(has(&out, "collections_total{"));  /* nobody counts them */
	assert_string_equal(strbuf_text(&out) + out.n_bytes - 6, "# EOF\n");
}

UNIT_TEST(the_older_format)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_metrics m = sample();

	m.counts_collections = true;
	write_one(&out, "kitchen", &m, OPENMETRICS_0_0_4);
	assert_true(has(&out, "# TYPE memprof_snapshots_total counter\n# HELP memprof_snapshots_total "));
	assert_true(has(&out, "# TYPE memprof_board_info gauge\n"));
	assert_true(has(&out, "\nmemprof_collections_total{board=\"kitchen\"} 0\n"));
	assert_false(has(&out, "# UNIT"));
	assert_false(has(&out, "# EOF"));
}

UNIT_TEST(a_board_that_is_away)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_metrics m = sample();

	board_metrics_link(&m, BOARD_LINK_AWAY);
	write_one(&out, "kitchen", &m, OPENMETRICS_1_0);
	assert_true(has(&out, "\nmemprof_up{board=\"kitchen\"} 0\n"));
	assert_true(has(&out, "\nmemprof_snapshots_total{board=\"kitchen\"} 12\n"));
	assert_false(has(&out, "\nmemprof_pool"));
	assert_false(has(&out, "\nmemprof_board_info"));
}

/* No name ends its label, or its line. */
UNIT_TEST(names_are_escaped)
{
	static const struct {
		const char *name, *label;
	} names[] = {
		{ "a\"} 1\nmemprof_up{board=\"b", "a\\\"} 1\\nmemprof_up{board=\\\"b" },
		{ "C:\\n", "C:\\\\n" },
		{ "\xff\xc3(", "\\\\xff\\\\xc3(" },
		{ "\x1b[2J\r", "\\\\x1b[2J\\\\x0d" },
		{ "K\xc3\xbc"
		  "che",
		  "K\xc3\xbc"
		  "che" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT, line CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct board_metrics m = sample();
		snprintf(m.machine, sizeof(m.machine), "%s", names[i].name);
		write_one(&out, names[i].name, &m, OPENMETRICS_1_0);
		strbuf_printf(&line,
			      "\nmemprof_board_info{board=\"%s\",firmware=\"micropython 1.25.0\",machine=\"%s\"} 1\n",
			      names[i].label, names[i].label);
		assert_true(has(&out, strbuf_text(&line)));
	}
}

/* Of a saved log: all times of a series stand together, and families are not torn apart. */
UNIT_TEST(points_over_time)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_metrics a = sample(), b = sample();
	const struct openmetrics_point points[] = { { "x", &a, 1500000 }, { "x", &b, 2250000 }, { "y", &a, 1000000 } };

	b.n_pools = 2;
	b.pools[1] = b.pools[0];
	strcpy(b.pools[1].name, "caps");
	openmetrics_write(&out, points, ARRAY_SIZE(points), OPENMETRICS_1_0);
	assert_true(has(&out,
			"memprof_pool_free_bytes{board=\"x\",pool=\"gc\"} 400 1.500000\n"
			"memprof_pool_free_bytes{board=\"x\",pool=\"gc\"} 400 2.250000\n"
			"memprof_pool_free_bytes{board=\"x\",pool=\"caps\"} 400 2.250000\n"
			"memprof_pool_free_bytes{board=\"y\",pool=\"gc\"} 400 1.000000\n"));
	strbuf_reset(&out);
	openmetrics_write(&out, points, 2, OPENMETRICS_0_0_4);
	assert_true(has(&out, "memprof_up{board=\"x\"} 1 1500\nmemprof_up{board=\"x\"} 1 2250\n"));
}

UNIT_TEST(nothing_at_all)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	openmetrics_write(&out, NULL, 0, OPENMETRICS_1_0);
	assert_true(has(&out, "# EOF\n"));
}
