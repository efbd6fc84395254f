#include "memprof/sinks/document.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/protocol/decoder.h"
#include "memprof/viewers/report_page.h"

/* By itself or in a page. */
static bool has_json(const struct heap_document *d)
{
	return d->out->format == OUTPUT_JSON || d->out->format == OUTPUT_HTML;
}

void document_drain(struct heap_document *d)
{
	if (d->out->format == OUTPUT_HTML) {
		report_page_add(&d->out->text, strbuf_text(&d->document), d->document.n_bytes);
		if (strbuf_error(&d->document))
			d->out->text.error = strbuf_error(&d->document);
		strbuf_reset(&d->document);
	}
	output_drain(d->out);
}

bool document_shows_one(const struct heap_document *d) { return d->wanted && d->out->format != OUTPUT_JSON; }

const struct boots *document_boots(const struct heap_document *d) { return d->boots ? d->boots : &d->own_boots; }

const char *document_format(const struct heap_document *d)
{
	const char *format = capture_counts(d->capture)->format;

	return format ? format : decoder_mem_info.name;
}

struct dump_info document_dump(const struct heap_document *d, const struct heap *heap, const struct moment *m)
{
	bool no_line = d->brief || (d->live && document_is_report(d));

	return (struct dump_info){
		.heap = heap,
		.n_dump = m->n_dump,
		.line = no_line ? 0 : m->line,
		.at_us = m->at_us,
		.time = m->time,
		.label = m->label[0] ? m->label : NULL,
		.file = m->file,
		.reported = m->reported,
	};
}

/* ---- errors ---- */

/* The last errors are kept for the text; of a row without anything between them the first one: where memory has run
 * out, the prompt fails too. */
static void keep_error(struct heap_document *d, const struct error_info *error)
{
	enum { RIGHT_AFTER_LINES = 3 };
	struct error_info *last = d->n_errors ? &d->errors[d->n_errors - 1] : NULL;

	if (last && error->line > d->last_error_line && last->n_dump_before == error->n_dump_before &&
	    error->line - d->last_error_line <= RIGHT_AFTER_LINES) {
		last->n_more++;
	} else {
		if (d->n_errors == DOCUMENT_ERRORS_MAX)
			memmove(d->errors, d->errors + 1, --d->n_errors * sizeof(d->errors[0]));
		d->errors[d->n_errors++] = *error;
	}
	d->last_error_line = error->line;
}

void document_error(struct heap_document *d, const struct error_info *error)
{
	d->n_errors_all++;
	keep_error(d, error);
	if (!has_json(d))
		return;
	struct error_info written = *error;
	if (d->brief)
		written.line = 0; /* there is no log that it could be a line of */
	json_error(&d->lists[DOCUMENT_ERRORS].json, &written);
	spool_spill(&d->lists[DOCUMENT_ERRORS]);
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct heap_document *d = ctx;
	struct error_info error;

	error_explain(&d->judge, failure, d->full_after, &error);
	document_error(d, &error);
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	struct heap_document *d = ctx;

	error_reference(&d->judge, snapshot);
}

/* ---- moments ---- */

static void note_series(struct heap_document *d, const struct moment *m)
{
	struct series_info *series = &d->series;
	const struct pool_state *now = &m->state;

	if (m->n_boot != d->n_series_boot || m->file != d->series_file) {
		if (d->shown.set && !d->shown_is_over)
			d->shown_series = *series;
		d->shown_is_over = d->shown.set;
		*series = (struct series_info){ 0 };
		d->n_series_boot = m->n_boot;
		d->series_file = m->file;
	}
	if (now->used_bytes == NOT_KNOWN || now->free_bytes == NOT_KNOWN)
		return;
	uint64_t before_bytes = series->n_known > 0 && (m->collected || m->is_typed) ? series->last_used_bytes : 0;
	series->freed_bytes = before_bytes - MIN(before_bytes, now->used_bytes);
	if (series->n_known++ == 0)
		series->first_used_bytes = now->used_bytes;
	series->last_used_bytes = now->used_bytes;
	if (series->n_known > 1 && now->free_bytes >= series->fullest.free_bytes)
		return;
	series->fullest = *now;
	series->n_fullest_dump = m->n_dump;
}

/* For the pictures of a page, which take all figures from the document. */
static void keep_picture(struct heap_document *d, const struct moment *m)
{
	struct history_moment picture = {
		.at_us = m->at_us,
		.line = m->line,
		.reported = m->reported,
		.problem = m->heap->problem,
	};

	memcpy(picture.label, m->label, sizeof(picture.label));
	if (history_add(d->moments, m->heap, &picture) < 0)
		d->out->text.error = -ENOMEM;
}

static void keep_if_better(struct heap_document *d, struct moment *m)
{
	bool whole = m->heap->problem == HEAP_WHOLE;
	bool better = !d->shown.set || whole || d->shown.heap.problem != HEAP_WHOLE;

	if (document_shows_one(d) ? m->n_dump != d->wanted : !better)
		return;
	d->shown.set = true;
	d->shown.moment = *m;
	d->shown_is_over = false;
	if (moment_take_heap(m, &d->shown.heap) < 0)
		d->out->text.error = -ENOMEM;
}

static void meet_needs(struct heap_document *d, const char *pool_name)
{
	for (size_t i = 0; i < d->options.n_needs; i++)
		if (report_is_needed(&d->options, i, pool_name))
			d->needs_met |= UINT32_C(1) << i;
}

static void add_snapshot(struct heap_document *d, struct moment *m)
{
	bool is_cut = m->heap->problem != HEAP_WHOLE;

	if (m->heap->is_stack_odd && !d->odd_stack.line)
		d->odd_stack = (struct place){ .file = m->file, .line = m->line };
	if (m->n_dump == d->wanted) {
		d->wanted_seen = true;
		d->wanted_cut = is_cut;
		boots_pin(&d->own_boots);
	}
	for (uint32_t i = 0; i < m->heap->n_pools; i++)
		meet_needs(d, m->heap->pools[i].name);
	if (has_json(d)) {
		struct dump_info dump = document_dump(d, m->heap, m);
		json_dump(&d->json, &dump, &d->options);
		document_drain(d);
	}
	if (d->out->format == OUTPUT_HTML)
		keep_picture(d, m);
	if (d->out->format != OUTPUT_JSON)
		note_series(d, m);
	keep_if_better(d, m);
}

static void add_sample(struct heap_document *d, const struct moment *m)
{
	d->last_sample = *m;
	if (has_json(d)) {
		json_sample(&d->lists[DOCUMENT_SAMPLES].json, m);
		spool_spill(&d->lists[DOCUMENT_SAMPLES]);
	}
}

void document_moment(void *document, struct moment *m)
{
	struct heap_document *d = document;

	if (m->kind == MOMENT_SNAPSHOT)
		add_snapshot(d, m);
	else if (m->kind == MOMENT_SAMPLE)
		add_sample(d, m);
}

static void on_pool(void *ctx, const struct pool_moment *m)
{
	struct heap_document *d = ctx;
	size_t i = 0;

	meet_needs(d, m->pool.name);
	d->n_pools = heap_pools_forget_list(d->pools, d->n_pools, sizeof(d->pools[0]), &m->pool);
	while (i < d->n_pools && strcmp(d->pools[i].pool.name, m->pool.name) != 0)
		i++;
	if (i < DOCUMENT_POOLS_MAX) {
		d->pools[i] = *m;
		d->n_pools = MAX(d->n_pools, i + 1);
	}
	if (has_json(d)) {
		json_pool(&d->lists[DOCUMENT_POOLS].json, m);
		spool_spill(&d->lists[DOCUMENT_POOLS]);
	}
}

void document_board_event(void *document, const struct board_event *event)
{
	struct heap_document *d = document;

	if (d->n_board_events == DOCUMENT_EVENTS_MAX)
		memmove(d->board_events, d->board_events + 1, --d->n_board_events * sizeof(d->board_events[0]));
	d->board_events[d->n_board_events++] = *event;
	d->n_board_events_all++;
	if (has_json(d)) {
		json_board_event(&d->lists[DOCUMENT_EVENTS].json, event);
		spool_spill(&d->lists[DOCUMENT_EVENTS]);
	}
}

static int status(void *ctx)
{
	const struct heap_document *d = ctx;

	return d->out->gone ? -EPIPE : 0;
}

/* ---- begin and end ---- */

/* A page has the document within it, and pictures of the heaps. */
static int begin_page(struct heap_document *d)
{
	d->moments = history_new(HISTORY_BYTES);
	if (!d->moments)
		return -ENOMEM;
	report_page_begin(&d->out->text, d->title, d->limits);
	return 0;
}

int document_begin_part(struct heap_document *d, struct capture *capture)
{
	d->capture = capture;
	heap_init(&d->shown.heap);
	for (size_t i = 0; i < N_DOCUMENT_LISTS; i++)
		spool_init(&d->lists[i], d->compact);
	if (d->out->format == OUTPUT_HTML && begin_page(d) < 0)
		return -ENOMEM;
	if (has_json(d)) {
		d->json = (struct json){ .out = d->out->format == OUTPUT_HTML ? &d->document : &d->out->text,
					 .compact = d->compact };
		json_object(&d->json, NULL);
		json_text(&d->json, "schema", "memprof.report/1");
		json_array(&d->json, "dumps");
	}
	return 0;
}

int document_begin(struct heap_document *d, const struct capture_options *options)
{
	const struct sink own = {
		.on_moment = document_moment,
		.on_pool = on_pool,
		.on_board_event = document_board_event,
		.on_failure = on_failure,
		.on_reference = on_reference,
		.status = status,
		.ctx = d,
	};
	const struct sink sinks[] = { d->namer, boots_sink(&d->own_boots), own };

	if (feed_open(&d->feed, options, sinks, ARRAY_SIZE(sinks)) < 0)
		return -ENOMEM;
	return document_begin_part(d, d->feed.capture);
}

void document_deinit(struct heap_document *d)
{
	feed_close(&d->feed);
	d->capture = NULL;
	heap_deinit(&d->shown.heap);
	boots_deinit(&d->own_boots);
	for (size_t i = 0; i < N_DOCUMENT_LISTS; i++)
		spool_deinit(&d->lists[i]);
	strbuf_deinit(&d->document);
	history_free(d->moments);
	d->moments = NULL;
}
