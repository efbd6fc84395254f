#include "document/run.h"

#include <inttypes.h>
#include <string.h>

#include "document/report.h"
#include "memprof/analysis/run_info.h"
#include "memprof/viewers/trend_view.h"

enum { TOLD_SAMPLING_US = 50000 }; /* less is nothing to mention */

static bool has_kept(const struct run_info *run)
{
	return run->before.used_bytes != NOT_KNOWN && run->collected.used_bytes != NOT_KNOWN;
}

/* ---- findings ---- */

static const char *end_words(struct document *d, const struct run_info *run)
{
	if (run->exit_code >= 0)
		return arena_printf(&d->arena, "ended its process with exit code %d", run->exit_code);
	return run->lost      ? "was lost with its board" :
	       run->restarted ? "reset the board" :
	       run->stopped   ? "was stopped" :
	       run->raised    ? "raised" :
				"ended";
}

static void add_answer(struct document *d, const struct run_info *run)
{
	int64_t kept_bytes = has_kept(run) ? (int64_t)(run->collected.used_bytes - run->before.used_bytes) : 0;
	const struct doc_figure figures[] = {
		{ "script", DOC_T(run->script) },
		{ "ended", DOC_T(end_words(d, run)) },
		{ "exception", DOC_T(run->exception) },
		{ "peak", DOC_BYTES(run->peak_used_bytes) },
		{ "kept", DOC_BYTES(kept_bytes > 0 ? (uint64_t)kept_bytes : NOT_KNOWN) },
		{ "nothing", doc_text_or_none(has_kept(run) && kept_bytes <= 0 ? "nothing" : NULL) },
		{ "holder", DOC_T(run->has_holder && run->n_owners > 0 && kept_bytes > 0 ? run->owners[0].path : "") },
	};

	doc_add_pattern(
		d, true,
		"{script} {ended}[ {exception}][: peak {peak}][, keeps {kept}][, keeps {nothing}][ ({holder})].",
		figures);
	d->severity = run->raised || run->lost ? DOC_ACT : DOC_FINE;
}

static void add_leak(struct document *d, const struct report_view *v)
{
	const struct trend_view view = {
		.name = v->run->script, .trend = v->trend, .has_ended = true, .has_failed = v->n_errors > 0
	};

	if (v->trend)
		document_trend_run(d, &view, v->input->name);
}

void run_add_findings(struct document *d, const struct report_view *v)
{
	const struct run_info *run = v->run;
	const struct trend_pool_result *worst = v->trend ? trend_worst(v->trend) : NULL;
	bool leaks = worst && worst->leaks;
	bool told = run->sampling_us != NOT_KNOWN && run->sampling_us >= TOLD_SAMPLING_US;
	const struct doc_figure figures[] = {
		{ "time", DOC_T(arena_printf(&d->arena, "%.1f s", (double)run->duration_us / 1e6)) },
		{ "n", DOC_N(run->n_samples) },
		{ "samples", DOC_T(run->n_samples == 1 ? "sample" : "samples") },
		{ "sampling", told ? DOC_T(arena_printf(&d->arena, "%.1f s", (double)run->sampling_us / 1e6)) :
				     doc_text_or_none(NULL) },
	};

	add_answer(d, run);
	for (size_t i = 0; i < v->n_errors; i++)
		report_add_error(d, &v->errors[i],
				 i + 1 == v->n_errors && !leaks ? report_after_error(v, &v->errors[i]) : NULL);
	add_leak(d, v);
	if (run->unanswered)
		doc_say(d, DOC_T("Afterwards there was no memory left to ask the board."));
	if (run->restarted)
		doc_say(d, DOC_T("Afterwards the heap is a new one: nothing to compare with."));
	doc_add_pattern(d, false, "It took {time}; {n} {samples} of its heap[, which took {sampling} of it].", figures);
	if (v->imports)
		imports_add_findings(d, v->imports);
	for (size_t i = 0; i < run->n_left; i++)
		doc_item(d, DOC_T("Still on the board, unless it lost its power: "), DOC_T(run->left[i].name),
			 DOC_T("; "), DOC_T(run->left[i].by_hand ? run->left[i].by_hand : ""),
			 DOC_T(run->left[i].by_hand ? ", or reset it" : "reset it"));
}

/* ---- moments ---- */

struct moment_row {
	const char *name;
	struct pool_state at;
};

enum { MOMENTS_MAX = RUN_MARKS_MAX + 6 };

struct moments {
	struct moment_row all[MOMENTS_MAX];
	size_t n;
};

static void add_moment(struct moments *m, const char *name, uint64_t used, uint64_t free, uint64_t lfb)
{
	m->all[m->n] = (struct moment_row){ name, { .used_bytes = used, .free_bytes = free, .lfb_bytes = lfb } };
	m->n += used != NOT_KNOWN || lfb != NOT_KNOWN;
}

static void add_state(struct moments *m, const char *name, const struct pool_state *at)
{
	if (at->used_bytes != NOT_KNOWN)
		add_moment(m, name, at->used_bytes, at->free_bytes, at->lfb_bytes);
}

static void fill_moment(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct moment_row *row = &((const struct moments *)ctx)->all[i];

	ret->cells[0] = DOC_T(row->name);
	ret->cells[1] = DOC_BYTES(row->at.used_bytes);
	ret->cells[2] = DOC_BYTES(row->at.free_bytes);
	ret->cells[3] = DOC_BYTES(row->at.lfb_bytes);
}

static void add_moments(struct document *d, const struct run_info *run)
{
	static const struct doc_column columns[] = {
		{ NULL, "moment", DOC_TEXT, .is_name = true },
		{ NULL, "used", DOC_SIZE },
		{ NULL, "free", DOC_SIZE },
		{ NULL, "largest free", DOC_SIZE },
	};
	struct moments *m = arena_zeroed(&d->arena, 1, sizeof(*m));
	uint64_t first = run->n_marks > RUN_MARKS_MAX ? run->n_marks - RUN_MARKS_MAX : 0;

	if (!m)
		return;
	add_state(m, "before", &run->before);
	for (uint64_t i = first; i < run->n_marks; i++)
		add_state(m, run->marks[i % RUN_MARKS_MAX].label, &run->marks[i % RUN_MARKS_MAX].at);
	add_state(m, "after", &run->after);
	add_state(m, "after gc.collect()", &run->collected);
	add_moment(m, "memprof's own part", run->own_bytes, NOT_KNOWN, NOT_KNOWN);
	add_moment(m, "peak", run->peak_used_bytes, NOT_KNOWN, run->lowest_lfb_bytes);
	doc_table(d,
		  &(struct doc_table){
			  .title = "The heap", DOC_COLUMNS(columns), DOC_ROWS(m->n, fill_moment, m), .exact = true });
}

/* ---- what stayed ---- */

struct kept {
	const struct run_info *run;
	uint8_t letters[128];
	size_t n;
};

static int64_t bytes_more(const struct run_info *run, size_t letter)
{
	return ((int64_t)run->collected_counts.kind_blocks[letter] - run->before_counts.kind_blocks[letter]) *
	       run->block_bytes;
}

static int64_t objects_more(const struct run_info *run, size_t letter)
{
	return (int64_t)run->collected_counts.kind_objects[letter] - run->before_counts.kind_objects[letter];
}

static void fill_kept(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct kept *kept = ctx;
	uint8_t letter = kept->letters[i];

	ret->cells[0] = DOC_T(block_kind_name(letter));
	ret->cells[1] = DOC_MORE_N(objects_more(kept->run, letter));
	ret->cells[2] = DOC_MORE(bytes_more(kept->run, letter));
}

static void add_kept(struct document *d, const struct run_info *run)
{
	static const struct doc_column columns[] = {
		{ NULL, "kind", DOC_TEXT, .is_name = true },
		{ NULL, "objects", DOC_COUNT_CHANGE },
		{ NULL, "bytes", DOC_CHANGE },
	};
	struct kept *kept = arena_zeroed(&d->arena, 1, sizeof(*kept));

	if (!kept || !has_kept(run))
		return;
	kept->run = run;
	for (uint8_t letter = 0; letter < ARRAY_SIZE(kept->letters); letter++)
		if (objects_more(run, letter) || bytes_more(run, letter))
			kept->letters[kept->n++] = letter;
	doc_table(d, &(struct doc_table){ .title = "Stayed after gc.collect(), by kind",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(kept->n, fill_kept, kept),
					  .exact = true });
}

static void fill_owner(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct run_owner *owner = &((const struct run_info *)ctx)->owners[i];

	ret->cells[0] = DOC_T(owner->path);
	ret->cells[1] = DOC_BYTES(owner->n_bytes);
	ret->cells[2] = DOC_N(owner->n_objects);
	if (owner->n_most > 1 && strcmp(owner->most, "other") != 0)
		strbuf_printf(doc_make(ret, 3), "%" PRIu64 " %s", owner->n_most, owner->most);
}

static void add_owners(struct document *d, const struct run_info *run)
{
	static const struct doc_column columns[] = {
		{ NULL, "holder", DOC_TEXT, .is_name = true },
		{ NULL, "bytes", DOC_SIZE },
		{ NULL, "objects", DOC_COUNT },
		{ NULL, "most of them", DOC_TEXT, .drop = 1 },
	};

	doc_table(d, &(struct doc_table){ .title = "Held at the end",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(run->n_owners, fill_owner, run),
					  .exact = true });
	if (run->n_owners > 0)
		doc_item(d, DOC_T("read "), DOC_BYTES(run->n_read_bytes), DOC_T(" for this; --no-memory skips it"));
}

void run_add_tables(struct document *d, const struct report_view *v)
{
	const struct run_info *run = v->run;

	add_moments(d, run);
	add_kept(d, run);
	add_owners(d, run);
	document_pools(d, &run->pools);
	if (v->imports)
		imports_add_table(d, v->imports);
}
