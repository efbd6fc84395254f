#include "memprof/sinks/exporter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/pool_figures.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"

enum { DRAIN_BYTES = 1 << 16 };

static bool is_wanted_pool(const struct exporter *x, const char *name)
{
	return !x->pool || strcmp(x->pool, name) == 0;
}

static void write_head(struct exporter *x)
{
	if (!x->begun && x->format->begin)
		x->format->begin(&x->e);
	x->begun = true;
}

static void drain(void *ctx)
{
	struct exporter *x = ctx;

	if (x->out->text.n_bytes >= DRAIN_BYTES)
		output_drain(x->out);
}

static struct export_place place_of(const struct exporter *x, uint64_t n_boot, uint64_t n_dump, uint64_t line,
				    uint64_t at_us)
{
	const struct feed *f = x->feed;
	const char *name = f->inputs[f->n_inputs - 1].name;

	return (struct export_place){
		.file = strcmp(name, "-") == 0 ? "standard input" : name,
		.n_input = f->n_inputs,
		.n_boot = n_boot,
		.n_dump = n_dump,
		.line = line,
		.at_us = at_us,
		.date_us = f->is_dated && at_us != NOT_KNOWN ? f->epoch_us + at_us : NOT_KNOWN,
		.is_utc = f->is_utc,
		.board = capture_board_of(f->capture, n_dump),
	};
}

/* ---- what is delivered ---- */

static void add_moment(struct exporter *x, const struct moment *m, const struct history_figures *pools, size_t n_pools)
{
	if (x->pool && n_pools == 0)
		return;
	x->pool_seen |= n_pools > 0;
	x->n_moments++;
	write_head(x);
	x->format->moment(&x->e, &(struct export_moment){
					 .place = place_of(x, m->n_boot, m->n_dump, m->line, m->at_us),
					 .kind = m->kind,
					 .label = m->label,
					 .complete = !m->heap || m->heap->problem == HEAP_WHOLE,
					 .reported = &m->reported,
					 .pools = pools,
					 .n_pools = n_pools,
				 });
	drain(x);
}

static void on_moment(void *ctx, struct moment *m)
{
	struct exporter *x = ctx;
	struct history_figures figures[HEAP_POOLS_MAX];
	size_t n = 0;

	if (m->kind == MOMENT_POOLS) /* each came by itself */
		return;
	for (uint32_t i = 0; m->heap && i < m->heap->n_pools; i++)
		if (is_wanted_pool(x, m->heap->pools[i].name))
			pool_figures(&m->heap->pools[i], m->heap->problem == HEAP_WHOLE, &figures[n++]);
	if (!m->heap) {
		pool_figures_of_sample(m, figures);
		n = is_wanted_pool(x, figures->name);
	}
	add_moment(x, m, figures, n);
}

static void on_pool(void *ctx, const struct pool_moment *pool)
{
	struct exporter *x = ctx;
	struct history_figures figures;
	const struct moment alone = {
		.kind = MOMENT_POOLS,
		.n_dump = pool->n_dump,
		.n_boot = pool->n_boot,
		.line = pool->line,
		.at_us = pool->at_us,
		.reported = SNAPSHOT_REPORTED_NOTHING,
	};

	if (!is_wanted_pool(x, pool->pool.name))
		return;
	pool_figures(&pool->pool, true, &figures);
	add_moment(x, &alone, &figures, 1);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct exporter *x = ctx;

	if (!x->format->event || (event->pool[0] && !is_wanted_pool(x, event->pool)))
		return;
	write_head(x);
	x->format->event(&x->e, &(struct export_event){
					.place = place_of(x, event->n_boot, event->n_dump, 0, event->at_us),
					.of = event,
				});
	drain(x);
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct exporter *x = ctx;
	struct error_info error;

	if (!x->format->failure)
		return;
	error_explain(&x->judge, failure, false, &error);
	write_head(x);
	x->format->failure(&x->e, &(struct export_failure){
					  .place = place_of(x, failure->n_boot, error.reference.n_dump, failure->line,
							    failure->timeline_us),
					  .error = &error,
				  });
	drain(x);
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	error_reference(&((struct exporter *)ctx)->judge, snapshot);
}

static int status(void *ctx)
{
	const struct output *out = ((const struct exporter *)ctx)->out;

	return out->gone || out->error ? -EPIPE : 0;
}

/* ---- from its beginning to its end ---- */

int exporter_open(struct exporter *x, bool wants_events)
{
	x->e = (struct export){ .out = &x->out->text, .wants_events = wants_events, .drain = drain, .ctx = x };
	x->e.state = calloc(1, x->format->state_bytes + 1);
	return x->e.state ? 0 : -ENOMEM;
}

void exporter_deinit(struct exporter *x)
{
	if (x->e.state && x->format->deinit)
		x->format->deinit(&x->e);
	free(x->e.state);
}

struct sink exporter_sink(struct exporter *x)
{
	return (struct sink){
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_board_event = on_board_event,
		.on_failure = on_failure,
		.on_reference = on_reference,
		.status = status,
		.ctx = x,
	};
}

static void warn_losses(const struct exporter *x, struct place at)
{
	const struct export *e = &x->e;

	if (e->n_pools_beyond > 0)
		message_at(at, "warning",
			   "%" PRIu64 " figures of pools were left out: a boot has more than %s has room for",
			   e->n_pools_beyond, x->format->name);
	if (e->n_untimed > 0 && e->n_untimed == x->n_moments)
		message_at(at, "warning",
			   "there are no times; the export has each moment at its number, in milliseconds");
	else if (e->n_untimed > 0)
		message_at(at, "warning",
			   "%" PRIu64 " of %" PRIu64
			   " snapshots have no time: they get that of the one before, or their number in ms",
			   e->n_untimed, x->n_moments);
	if (e->n_backwards > 0)
		message_at(at, "warning", "times go backwards at %" PRIu64 " of %" PRIu64 " moments", e->n_backwards,
			   x->n_moments);
	if (e->n_undated > 0)
		message_at((struct place){ .file = NULL }, "warning",
			   "not all logs have dates: those without, or all if the first has none, begin together");
}

static int check_wanted(const struct exporter *x, struct place at)
{
	const struct capture_counts *counts = capture_counts(x->feed->capture);

	if (counts->n_dumps + counts->n_samples + counts->n_pools == 0)
		return EXIT_INPUT; /* said already, by the input */
	if (x->from > 1 && counts->n_dumps < x->from)
		message_at(at, "error", "there is no dump %" PRIu64 "; there are %" PRIu64, x->from, counts->n_dumps);
	else if (x->pool && !x->pool_seen)
		message_at(at, "error", "there is no pool '%s'", x->pool);
	else
		return EXIT_FINE;
	return EXIT_INPUT;
}

int exporter_end(struct exporter *x, const char *name)
{
	struct place at = { .file = name };

	warn_losses(x, at);
	int code = status(x) == 0 ? check_wanted(x, at) : EXIT_FINE;
	if (x->begun && x->format->end)
		x->format->end(&x->e);
	output_drain(x->out);
	return code;
}
