#include "memprof/viewers/openmetrics.h"

#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

const char *const openmetrics_content_types[] = {
	[OPENMETRICS_1_0] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	[OPENMETRICS_0_0_4] = "text/plain; version=0.0.4; charset=utf-8",
};

struct writer {
	struct strbuf *out;
	const struct openmetrics_point *points;
	size_t n_points;
	enum openmetrics_format format;
};

/* ---- families ---- */

enum family_type { GAUGE, COUNTER, INFO };

/* One of the two is set; neither of the verdict, which has a sample for each state. */
struct family {
	const char *name; /* without the suffix of its samples: _total, _info */
	enum family_type type;
	const char *unit; /* NULL: none */
	const char *help;
	uint64_t (*of_pool)(const struct history_figures *pool);
	uint64_t (*of_board)(const struct board_metrics *m); /* NOT_KNOWN: no sample */
};

static uint64_t pool_size(const struct history_figures *pool) { return pool->state.total_bytes; }
static uint64_t pool_used(const struct history_figures *pool) { return pool->state.used_bytes; }
static uint64_t pool_free(const struct history_figures *pool) { return pool->state.free_bytes; }
static uint64_t pool_largest(const struct history_figures *pool) { return pool->state.lfb_bytes; }
static uint64_t pool_least_free(const struct history_figures *pool) { return pool->least_free_bytes; }
static uint64_t n_snapshots(const struct board_metrics *m) { return m->n_snapshots; }
static uint64_t n_failures(const struct board_metrics *m) { return m->n_failures; }
static uint64_t n_resets(const struct board_metrics *m) { return m->n_resets; }
static uint64_t is_up(const struct board_metrics *m) { return m->link != BOARD_LINK_AWAY; }
static uint64_t one_if_known(const struct board_metrics *m) { return m->firmware[0] || m->machine[0] ? 1 : NOT_KNOWN; }

static uint64_t n_collections(const struct board_metrics *m)
{
	return m->counts_collections ? m->n_collections : NOT_KNOWN;
}

static uint64_t taken_seconds(const struct board_metrics *m) { return m->taken_wall_us / 1000000; }

static const struct family families[] = {
	{ "memprof_up", GAUGE, NULL, "Whether the board is connected.", NULL, is_up },
	{ "memprof_board", INFO, NULL, "What the board reports about itself.", NULL, one_if_known },
	{ "memprof_pool_size_bytes", GAUGE, "bytes", "Size of the pool.", pool_size, NULL },
	{ "memprof_pool_used_bytes", GAUGE, "bytes", "Bytes in use, garbage included.", pool_used, NULL },
	{ "memprof_pool_free_bytes", GAUGE, "bytes", "Free bytes.", pool_free, NULL },
	{ "memprof_pool_largest_free_bytes", GAUGE, "bytes", "Largest free block: no allocation can be larger.",
	  pool_largest, NULL },
	{ "memprof_pool_least_free_bytes", GAUGE, "bytes", "Least free bytes since the board began, as it reports.",
	  pool_least_free, NULL },
	{ "memprof_verdict", GAUGE, NULL, "Verdict on the board's heap: 1 for the state that holds.", NULL, NULL },
	{ "memprof_snapshots", COUNTER, NULL, "Snapshots of the heap that were taken.", NULL, n_snapshots },
	{ "memprof_last_snapshot_timestamp_seconds", GAUGE, "seconds", "When the last snapshot was taken; 0: none was.",
	  NULL, taken_seconds },
	{ "memprof_collections", COUNTER, NULL, "Garbage collections that an agent reported.", NULL, n_collections },
	{ "memprof_allocation_failures", COUNTER, NULL, "Failed allocations.", NULL, n_failures },
	{ "memprof_resets", COUNTER, NULL, "Resets of the board.", NULL, n_resets },
};

static const char *sample_suffix(const struct family *f)
{
	return f->type == COUNTER ? "_total" : f->type == INFO ? "_info" : "";
}

/* In 0.0.4 a family has the name of its samples, and there is no type info. */
static void write_head(const struct writer *w, const struct family *f)
{
	static const char *const types[] = { [GAUGE] = "gauge", [COUNTER] = "counter", [INFO] = "info" };
	bool is_old = w->format == OPENMETRICS_0_0_4;
	const char *suffix = is_old ? sample_suffix(f) : "";

	strbuf_printf(w->out, "# TYPE %s%s %s\n", f->name, suffix,
		      is_old && f->type == INFO ? "gauge" : types[f->type]);
	if (f->unit && !is_old)
		strbuf_printf(w->out, "# UNIT %s %s\n", f->name, f->unit);
	strbuf_printf(w->out, "# HELP %s%s %s\n", f->name, suffix, f->help);
}

/* ---- samples ---- */

/* Names come from boards and from command lines. Bytes that are no UTF-8, and what acts on a terminal, are written as
 * text_visible does; then a backslash, a quote and a line feed are escaped, as both formats want it. */
static void write_label(struct strbuf *out, const char *name, const char *value, bool is_first)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&clean, value, strlen(value), true);
	strbuf_printf(out, "%c%s=\"", is_first ? '{' : ',', name);
	for (const char *p = strbuf_text(&clean); *p; p++) {
		if (*p == '\n')
			strbuf_puts(out, "\\n");
		else if (*p == '\\' || *p == '"')
			strbuf_printf(out, "\\%c", *p);
		else
			strbuf_putc(out, *p);
	}
	strbuf_putc(out, '"');
	if (strbuf_error(&clean))
		out->error = strbuf_error(&clean);
}

/* Seconds in OpenMetrics, milliseconds in 0.0.4. */
static void write_value(const struct writer *w, uint64_t value, uint64_t at_wall_us)
{
	strbuf_printf(w->out, "} %" PRIu64, value);
	if (at_wall_us != NOT_KNOWN && w->format == OPENMETRICS_1_0)
		strbuf_printf(w->out, " %" PRIu64 ".%06" PRIu64, at_wall_us / 1000000, at_wall_us % 1000000);
	else if (at_wall_us != NOT_KNOWN)
		strbuf_printf(w->out, " %" PRIu64, at_wall_us / 1000);
	strbuf_putc(w->out, '\n');
}

static void write_pool_sample(const struct writer *w, const struct family *f, const char *board, const char *pool,
			      uint64_t value, uint64_t at_wall_us)
{
	if (value == NOT_KNOWN)
		return;
	strbuf_puts(w->out, f->name);
	write_label(w->out, "board", board, true);
	write_label(w->out, "pool", pool, false);
	write_value(w, value, at_wall_us);
}

static void write_pool(const struct writer *w, const struct family *f, const struct openmetrics_point *point,
		       const struct history_figures *pool)
{
	write_pool_sample(w, f, point->board, pool->name, f->of_pool(pool), point->at_wall_us);
}

static void write_board(const struct writer *w, const struct family *f, const struct openmetrics_point *point)
{
	uint64_t value = f->of_board(point->metrics);

	if (value == NOT_KNOWN)
		return;
	strbuf_printf(w->out, "%s%s", f->name, sample_suffix(f));
	write_label(w->out, "board", point->board, true);
	if (f->type == INFO) {
		write_label(w->out, "firmware", point->metrics->firmware, false);
		write_label(w->out, "machine", point->metrics->machine, false);
	}
	write_value(w, value, point->at_wall_us);
}

static void write_verdict(const struct writer *w, const struct family *f, const struct openmetrics_point *point)
{
	const struct board_metrics *m = point->metrics;

	for (unsigned i = 0; m->has_verdict && i <= VERDICT_UNKNOWN; i++) {
		strbuf_puts(w->out, f->name);
		write_label(w->out, "board", point->board, true);
		write_label(w->out, "state", verdict_state_name((enum verdict_state)i), false);
		write_value(w, m->verdict.state == i, point->at_wall_us);
	}
}

static const struct history_figures *pool_named(const struct board_metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n_pools; i++)
		if (strcmp(m->pools[i].name, name) == 0)
			return &m->pools[i];
	return NULL;
}

static bool was_written(const struct openmetrics_point *points, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (pool_named(points[i].metrics, name))
			return true;
	return false;
}

/* The samples of one series stand together: all times of one pool, then the next pool. */
static void write_pools(const struct writer *w, const struct family *f, const struct openmetrics_point *points,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < points[i].metrics->n_pools; k++) {
			const char *name = points[i].metrics->pools[k].name;
			if (was_written(points, i, name))
				continue;
			for (size_t at = i; at < n; at++) {
				const struct history_figures *pool = pool_named(points[at].metrics, name);
				if (pool)
					write_pool(w, f, &points[at], pool);
			}
		}
}

static size_t points_of_board(const struct writer *w, size_t i)
{
	size_t n = 1;

	while (i + n < w->n_points && strcmp(w->points[i + n].board, w->points[i].board) == 0)
		n++;
	return n;
}

static void write_family(const struct writer *w, const struct family *f)
{
	write_head(w, f);
	for (size_t i = 0, n; i < w->n_points; i += n) {
		n = points_of_board(w, i);
		if (f->of_pool)
			write_pools(w, f, &w->points[i], n);
		for (size_t k = 0; !f->of_pool && k < n; k++)
			(f->of_board ? write_board : write_verdict)(w, f, &w->points[i + k]);
	}
}

void openmetrics_write(struct strbuf *out, const struct openmetrics_point *points, size_t n_points,
		       enum openmetrics_format format)
{
	const struct writer w = { out, points, n_points, format };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		write_family(&w, &families[i]);
	if (format == OPENMETRICS_1_0)
		strbuf_puts(out, "# EOF\n");
}

/* ---- one series after another ---- */

static const struct family *pool_family(size_t i)
{
	size_t at = 0;

	while (!families[at].of_pool || i-- > 0)
		at++;
	return &families[at];
}

uint64_t openmetrics_pool_figure(size_t i, const struct history_figures *pool) { return pool_family(i)->of_pool(pool); }

void openmetrics_pool_head(struct strbuf *out, size_t i)
{
	const struct writer w = { .out = out, .format = OPENMETRICS_1_0 };

	write_head(&w, pool_family(i));
}

void openmetrics_pool_sample(struct strbuf *out, size_t i, const char *board, const char *pool, uint64_t value,
			     uint64_t at_wall_us)
{
	const struct writer w = { .out = out, .format = OPENMETRICS_1_0 };

	write_pool_sample(&w, pool_family(i), board, pool, value, at_wall_us);
}
