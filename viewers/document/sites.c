/* An allocation profile: what leaks and how much was allocated, how it was sampled, its lines, what is left of it. */
#include "document/sites.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/sites_words.h"
#include "text/cut.h"

enum { FEW_POINTS = 30 }; /* shares that are no better known than so are guesses */

/* ---- the answer: the leak first ---- */

/* The largest leak; NULL: nothing leaks. */
static const struct sites_kept *largest_leak(const struct sites *s, size_t *ret_n)
{
	const struct sites_kept *ret = NULL;

	*ret_n = 0;
	for (size_t i = s->n_kept; i-- > 0;)
		if (s->kept[i].is_leak) {
			ret = &s->kept[i];
			++*ret_n;
		}
	return ret;
}

static const char *frame_words(struct document *d, const struct sites *s, uint32_t frame)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	sites_frame_words(&words, sites_frame_at(s, frame));
	return doc_keep(d, strbuf_text(&words));
}

/* The answer, or a sentence beside another one. */
static void say_leak(struct document *d, const struct sites *s, const struct sites_kept *leak, size_t n)
{
	bool is_answer = d->answer.n_spans == 0;
	uint64_t n_bytes = sites_leak_bytes(s);
	bool has_rate = s->n_collections > 1 && s->n_collections <= n_bytes && s->alive_when != SITES_AT_MARK;
	const struct doc_figure figures[] = {
		{ "title", DOC_T(is_answer ? d->title : "It") },
		{ "bytes", DOC_BYTES(has_rate ? n_bytes / s->n_collections : n_bytes) },
		{ "per", DOC_T(has_rate ? " per collection" : "") },
		{ "holder", DOC_T(leak->holder) },
		{ "line", DOC_T(frame_words(d, s, leak->frame)) },
		{ "more", DOC_N(n > 1 ? n - 1 : NOT_KNOWN) },
		{ "lines", DOC_T(n > 2 ? "lines" : "line") },
	};

	d->severity = MAX(d->severity, DOC_ACT);
	doc_add_pattern(d, is_answer,
			"{title} leaks {bytes}{per}[ into {holder}], from {line}[ and {more} more {lines}]", figures);
}

/* In points, of a line with half of the bytes. */
static double points_of(const struct sites *s) { return ceil(100 / sqrt(sites_independent(s))); }

static bool has_few_samples(const struct sites *s)
{
	return !sites_has_all(s) && s->n_bursts && points_of(s) >= FEW_POINTS;
}

static void say_estimate(struct document *d, const struct sites *s)
{
	bool is_answer = d->answer.n_spans == 0;
	const struct sites_sum *all = &s->nodes[0].total;
	struct sites_lines lines CLEANUP(sites_lines_deinit) = { .lines = NULL };
	int r = sites_lines(s, &lines);
	bool has_most = r == 0 && lines.n_lines > 0 && !has_few_samples(s);
	const struct doc_figure figures[] = {
		{ "title", DOC_T(is_answer ? d->title : "") },
		{ "about", DOC_T(sites_has_all(s) ? "" :
				 is_answer        ? "about " :
						    "About ") },
		{ "amount", sites_amount(s, all->bytes) },
		{ "unit", DOC_T(sites_head(s, " allocated", " us")) },
		{ "count", DOC_N(s->has_counts ? all->count : NOT_KNOWN) },
		{ "allocations", DOC_T(all->count == 1 ? "allocation" : "allocations") },
		{ "requested", DOC_BYTES(s->requested_bytes) },
		{ "time",
		  DOC_T(s->joined_us == NOT_KNOWN ? "" :
						    arena_printf(&d->arena, "%.1f s", (double)s->joined_us / 1e6)) },
		{ "line", DOC_T(has_most ? frame_words(d, s, lines.lines[0].frame) : "") },
		{ "share", sites_share(s, has_most ? lines.lines[0].own.bytes : 0) },
	};

	if (r < 0)
		d->error = -ENOMEM;
	doc_add_pattern(
		d, is_answer,
		"[{title}: ]{about}{amount}{unit}[ in {count} {allocations}][; the program requested {requested}]"
		"[, in {time} of a program that ran already][; most at {line} ({share})]",
		figures);
}

static void add_answer(struct document *d, const struct sites *s, const struct sites_kept *leak, size_t n_leaks)
{
	if (leak)
		say_leak(d, s, leak, n_leaks);
	if (s->nodes[0].total.n_samples > 0)
		say_estimate(d, s);
	else if (leak)
		return;
	else if (s->exception[0])
		doc_answer(d, DOC_ACT, DOC_T(d->title), DOC_T(": the program raised "), DOC_T(s->exception));
	else if (s->requested_bytes == 0)
		doc_answer(d, DOC_FINE, DOC_T(d->title), DOC_T(": the program requested no memory"));
	else
		doc_answer(d, DOC_LOOK, DOC_T(d->title),
			   DOC_T(" ended before the first sample: run longer, or sample more often: --"),
			   DOC_T(sites_head(s, "step", "interval")));
}

/* ---- how it was sampled ---- */

static void say_sampling(struct document *d, const struct sites *s)
{
	static const char *const how[] = {
		[SITES_HOOK] = "by a hook in the allocator",
		[SITES_SENTINEL] = "by sentinel objects",
		[SITES_TIMER] = "by a timer",
		[SITES_PROBE] = "by a debug probe",
	};
	uint64_t n = s->nodes[0].total.n_samples;

	if (sites_has_all(s))
		doc_item(d, DOC_T("Every allocation was sampled, "), DOC_T(how[s->how]), DOC_T(" ("),
			 DOC_OF(n, "sample"), DOC_T("): figures are exact."));
	else
		doc_item(d, DOC_T("Sampled "), DOC_T(how[s->how]), DOC_T(s->step_bytes ? ", every " : ""),
			 sites_amount(s, s->step_bytes ? s->step_bytes : NOT_KNOWN),
			 DOC_T(s->step_bytes && s->unit == SITES_TIME ? " us" : ""), DOC_T(" ("), DOC_OF(n, "sample"),
			 DOC_T(s->n_bursts ? " in " : ""), DOC_N(s->n_bursts ? s->n_bursts : NOT_KNOWN),
			 DOC_T(!s->n_bursts     ? "" :
			       s->n_bursts == 1 ? " burst" :
						  " bursts"),
			 DOC_T(!n           ? ")." :
			       !s->n_bursts ? "); a figure of 4 samples is within 100 %, of 25 within 40 %, of 100 "
					      "within 20 %." :
			       has_few_samples(s) ? "): too few, shares are guesses." :
						    arena_printf(&d->arena, "); shares are within %.0f point%s.",
								 points_of(s), points_of(s) > 1 ? "s" : "")));
	if (s->n_lost)
		doc_item(d, DOC_N(s->n_lost),
			 DOC_T(s->n_lost == 1 ? " more sample was lost." : " more samples were lost."));
	if (n > 0 && sites_better_step(s))
		doc_item(d, DOC_T("Run longer, or sample more often: --step "),
			 DOC_T(arena_printf(&d->arena, "%" PRIu64, sites_better_step(s))));
}

static void say_alive(struct document *d, const struct sites *s)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool has_garbage = s->alive_when == SITES_AT_STOP || s->alive_when == SITES_AT_MARK;

	sites_alive_words(&words, s);
	doc_item(d, sites_amount(s, s->nodes[0].total.alive_bytes), DOC_T(" "), DOC_T(strbuf_text(&words)),
		 DOC_T(has_garbage ? ", with garbage that no collection had found yet" : ""));
	if (s->guessed_bytes > 0)
		doc_item(d, sites_amount(s, s->guessed_bytes),
			 DOC_T(" of these may have been freed: what became of these blocks was not reported, and there "
			       "are such blocks at their places."));
}

void document_sites_summary(struct document *d, const struct sites_view *view)
{
	const struct sites *s = view->sites;
	bool has_samples = s->nodes[0].total.n_samples > 0;
	size_t n_leaks;
	const struct sites_kept *leak = largest_leak(s, &n_leaks);

	doc_init(d, sites_head(s, "allocation profile", "time profile"));
	doc_title(d, text_file_of(view->title));
	if (view->changes)
		document_sites_changes_answer(d, view);
	else
		add_answer(d, s, leak, n_leaks);
	if (view->changes && leak)
		say_leak(d, s, leak, n_leaks);
	if (has_samples && s->has_alive)
		say_alive(d, s);
	if (has_samples && s->temporary_bytes != NOT_KNOWN)
		doc_item(d, sites_amount(s, s->temporary_bytes), DOC_T(" temporary, freed by the next collection"));
	if (has_samples && s->exception[0])
		doc_item(d, DOC_T("The program raised "), DOC_T(s->exception), DOC_T("."));
	if (s->was_stopped)
		doc_item(d, DOC_T("The program was stopped before its end."));
	say_sampling(d, s);
}

/* ---- lines: all for spreadsheets, the largest for people ---- */

struct lines {
	const struct sites *s;
	const struct sites_view *view;
	struct sites_lines all;
	size_t n_shown;
	struct sites_sum rest; /* of those that are not */
};

static void free_lines(void *ctx) { sites_lines_deinit(&((struct lines *)ctx)->all); }

enum { A_FILE, A_LINE, A_FUNCTION, A_OWN, A_TOTAL, A_COUNT, A_ALIVE, A_SAMPLES };

static const struct doc_column all_columns[] = {
	{ .key = "file" },        { .key = "line" },  { .key = "function" },    { .key = "own_bytes" },
	{ .key = "total_bytes" }, { .key = "count" }, { .key = "alive_bytes" }, { .key = "samples" },
};

/* Of what is alive no samples were taken: it is a part of theirs. */
static void fill_all(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct lines *lines = ctx;
	const struct sites_line *line = &lines->all.lines[i];
	const struct sites_frame *frame = sites_frame_at(lines->s, line->frame);

	ret->cells[A_FILE] = DOC_T(frame ? frame->file : "");
	ret->cells[A_LINE] = DOC_N(frame && frame->line ? frame->line : NOT_KNOWN);
	ret->cells[A_FUNCTION] = DOC_T(frame ? frame->function : "");
	ret->cells[A_OWN] = DOC_N(line->own.bytes);
	ret->cells[A_TOTAL] = DOC_N(line->total.bytes);
	ret->cells[A_COUNT] = DOC_N(lines->s->has_counts ? line->own.count : NOT_KNOWN);
	ret->cells[A_ALIVE] = DOC_N(lines->s->has_alive ? line->own.alive_bytes : NOT_KNOWN);
	ret->cells[A_SAMPLES] = DOC_N(lines->view->alive_only ? NOT_KNOWN : line->own.n_samples);
}

enum { L_OWN, L_SHARE, L_TOTAL, L_COUNT, L_ALIVE, L_SAMPLES, L_LINE };

static const struct doc_column line_columns[] = {
	[L_OWN] = { NULL, "own", DOC_SIZE, .has_bar = true },
	[L_SHARE] = { NULL, "share", DOC_PERCENT },
	[L_TOTAL] = { NULL, "total", DOC_SIZE, .drop = 2 },
	[L_COUNT] = { NULL, "count", DOC_COUNT, .drop = 3 },
	[L_ALIVE] = { NULL, "alive", DOC_SIZE },
	[L_SAMPLES] = { NULL, "samples", DOC_COUNT, .drop = 4 },
	[L_LINE] = { NULL, "line", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
};

/* The lines that are shown, what the others have, and all of it. */
static void fill_line(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct lines *lines = ctx;
	const struct sites *s = lines->s;
	size_t n_others = lines->all.n_lines - lines->n_shown;
	bool is_line = i < lines->n_shown, is_rest = i == lines->n_shown && n_others;
	const struct sites_sum *own = is_line ? &lines->all.lines[i].own : is_rest ? &lines->rest : &s->nodes[0].total;

	ret->cells[L_OWN] = sites_amount(s, own->bytes);
	ret->cells[L_SHARE] = sites_share(s, own->bytes);
	ret->cells[L_TOTAL] = sites_amount(s, is_line ? lines->all.lines[i].total.bytes :
					      is_rest ? NOT_KNOWN :
							own->bytes);
	ret->cells[L_COUNT] = DOC_N(s->has_counts ? own->count : NOT_KNOWN);
	ret->cells[L_ALIVE] = DOC_BYTES(s->has_alive ? own->alive_bytes : NOT_KNOWN);
	ret->cells[L_SAMPLES] = DOC_N(lines->view->alive_only ? NOT_KNOWN : own->n_samples);
	if (is_line)
		sites_frame_words(doc_make(ret, L_LINE), sites_frame_at(s, lines->all.lines[i].frame));
	else if (is_rest)
		strbuf_printf(doc_make(ret, L_LINE), "[%zu others]", n_others);
	else
		ret->cells[L_LINE] = DOC_T("TOTAL");
}

static void add_lines(struct document *d, const struct sites *s, const struct sites_view *view, bool has_total)
{
	struct lines *lines = arena_zeroed(&d->arena, 1, sizeof(*lines));
	struct doc_column *columns = doc_columns(d, all_columns, ARRAY_SIZE(all_columns));
	uint64_t n_top = view->n_top ? view->n_top : UINT64_MAX;

	if (!lines || !columns)
		return;
	if (s->unit == SITES_TIME) {
		columns[A_OWN].key = "own_us";
		columns[A_TOTAL].key = "total_us";
	}
	*lines = (struct lines){ .s = s, .view = view };
	doc_own(d, lines, free_lines);
	if (sites_lines(s, &lines->all) < 0)
		d->error = -ENOMEM;
	lines->n_shown = (size_t)MIN(lines->all.n_lines, n_top);
	lines->n_shown += lines->n_shown + 1 == lines->all.n_lines; /* no row stands for one */
	for (size_t i = lines->n_shown; i < lines->all.n_lines; i++) {
		lines->rest.bytes += lines->all.lines[i].own.bytes;
		lines->rest.count += lines->all.lines[i].own.count;
		lines->rest.alive_bytes += lines->all.lines[i].own.alive_bytes;
		lines->rest.n_samples += lines->all.lines[i].own.n_samples;
	}
	doc_table(d, &(struct doc_table){ .columns = columns,
					  .n_columns = ARRAY_SIZE(all_columns),
					  DOC_ROWS(lines->all.n_lines, fill_all, lines) });
	if (s->nodes[0].total.bytes + s->nodes[0].total.n_samples > 0)
		doc_table(d, &(struct doc_table){
				     .title = sites_head(s, "Lines", "Lines, in us"),
				     .name = "lines",
				     DOC_COLUMNS(line_columns),
				     DOC_ROWS(lines->n_shown + (lines->n_shown < lines->all.n_lines) + has_total,
					      fill_line, lines) });
}

/* ---- what is left, and who holds it ---- */

enum { K_SIZE, K_SAMPLES, K_QUARTERS, K_SIGN = K_QUARTERS + SITES_QUARTERS, K_HOLDER, K_LINE };

static const struct doc_column kept_columns[] = {
	[K_SIZE] = { NULL, "size", DOC_SIZE },
	[K_SAMPLES] = { NULL, "samples", DOC_COUNT, .drop = 1 },
	[K_QUARTERS] = { NULL, "1/4", DOC_COUNT },
	{ NULL, "2/4", DOC_COUNT },
	{ NULL, "3/4", DOC_COUNT },
	{ NULL, "4/4", DOC_COUNT },
	[K_SIGN] = { NULL, " ", DOC_TEXT },
	[K_HOLDER] = { NULL, "held by", DOC_TEXT, .columns_max = 20 },
	[K_LINE] = { NULL, "allocated at", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
};

static void fill_kept(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct sites *s = ctx;
	const struct sites_kept *kept = &s->kept[i];
	uint64_t all = sites_kept_bytes(kept);

	ret->cells[K_SIZE] = DOC_BYTES(all);
	ret->cells[K_SAMPLES] = DOC_N(kept->n_samples);
	for (unsigned k = 0; k < SITES_QUARTERS; k++)
		ret->cells[K_QUARTERS + k] = DOC_N((doc_share(kept->bytes[k], all).number + 5) / 10);
	ret->cells[K_SIGN] = DOC_T(kept->is_leak ? "+" : kept->in_doubt ? "?" : "");
	ret->cells[K_HOLDER] = DOC_T(kept->holder);
	sites_frame_words(doc_make(ret, K_LINE), sites_frame_at(s, kept->frame));
}

static void add_kept(struct document *d, const struct sites *s, uint64_t n_top)
{
	size_t n_shown = n_top ? MIN(s->n_kept, n_top) : s->n_kept;
	bool any_doubt = false;

	if (s->n_kept == 0)
		return;
	for (size_t i = 0; i < n_shown; i++)
		any_doubt |= s->kept[i].in_doubt;
	doc_table(d, &(struct doc_table){
			     .title = s->alive_when == SITES_AT_END ? "Still allocated at the end" : "Still allocated",
			     .name = "kept",
			     .note = s->joined_us == NOT_KNOWN ? "when, in per cent by quarter of the run" :
								 "when, in per cent by quarter of the time",
			     DOC_COLUMNS(kept_columns),
			     DOC_ROWS(n_shown, fill_kept, s) });
	if (n_shown < s->n_kept)
		doc_item(d, DOC_OF(s->n_kept - n_shown, "more line"), DOC_T(" with less"));
	if (sites_leak_bytes(s) > 0)
		doc_item(d, DOC_T("+ leak: its holder grew in at least 3 of 4 quarters of the run."));
	if (any_doubt)
		doc_item(d, DOC_T("? in doubt: it may be other memory, or more than is left of a block that moved."));
}

/* ---- sizes of requests ---- */

enum { Z_SIZE, Z_COUNT, Z_SHARE };

static const struct doc_column size_columns[] = {
	[Z_SIZE] = { NULL, "at most", DOC_SIZE },
	[Z_COUNT] = { NULL, "requests", DOC_COUNT, .has_bar = true },
	[Z_SHARE] = { NULL, "share", DOC_PERCENT },
};

static void fill_size(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct sites *s = ctx;
	uint64_t all = 0;
	size_t k = 0;

	for (size_t n = 0; n < SITES_N_SIZES; n++)
		all += s->sizes[n];
	for (; s->sizes[k] == 0 || i-- > 0; k++)
		;
	if (k + 1 < SITES_N_SIZES)
		ret->cells[Z_SIZE] = DOC_BYTES((uint64_t)8 << k);
	else
		ret->cells[Z_SIZE] = DOC_T("more");
	ret->cells[Z_COUNT] = DOC_N(s->sizes[k]);
	ret->cells[Z_SHARE] = doc_share(s->sizes[k], all);
}

static void add_sizes(struct document *d, const struct sites *s)
{
	struct doc_table table = {
		.title = "Requests", .name = "sizes", DOC_COLUMNS(size_columns), .row = fill_size, .ctx = s
	};

	for (size_t i = 0; i < SITES_N_SIZES; i++)
		table.n_rows += s->sizes[i] > 0;
	if (s->has_sizes && table.n_rows)
		doc_table(d, &table);
}

/* ---- all of it ---- */

static void free_sites(void *ctx) { sites_deinit(ctx); }

/* view->sites, or what is alive of it. NULL: no memory. */
static const struct sites *shown(struct document *d, const struct sites_view *view)
{
	struct sites *room;

	if (!view->alive_only)
		return view->sites;
	room = arena_zeroed(&d->arena, 1, sizeof(*room));
	if (!room || sites_alive(view->sites, room) < 0) {
		d->error = -ENOMEM;
		return NULL;
	}
	doc_own(d, room, free_sites);
	return room;
}

void document_sites(struct document *d, const struct sites_view *view)
{
	const struct sites *s;

	document_sites_summary(d, view);
	if (view->changes) {
		document_sites_changes(d, view);
		return;
	}
	s = shown(d, view);
	if (!s)
		return;
	if (view->what == SITES_TREE || view->what == SITES_BOTTOM_UP)
		document_sites_tree(d, s, view);
	else if (view->what == SITES_SOURCE)
		document_sites_source(d, s, view);
	else
		add_lines(d, s, view, true);
	if (view->what == SITES_BY_LINE)
		add_kept(d, view->sites, view->n_top);
	if (view->what == SITES_BY_LINE && !view->alive_only)
		add_sizes(d, s);
}

void document_sites_page(struct document *d, const struct sites_view *view)
{
	struct sites_view *all;

	document_sites_summary(d, view);
	all = arena_zeroed(&d->arena, 1, sizeof(*all)); /* rows refer to it until they are printed */
	if (!all)
		return;
	*all = *view;
	all->n_top = 0;
	all->alive_only = false;
	if (view->changes)
		document_sites_changes(d, view);
	add_lines(d, view->sites, all, false);
	add_kept(d, view->sites, 0);
	add_sizes(d, view->sites);
}
