/* A leak from end to end: the verdict, who holds what grew, the lines that allocated it, and the evidence. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "document/trend_parts.h"
#include "memprof/viewers/leaks_view.h"
#include "memprof/viewers/verdict_words.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "shared/sites_words.h"
#include "text/cut.h"

enum { PARTS_SHOWN = 3, OWNERS_SHOWN = 5, CALLS_SHOWN = 4 };

/* ---- the lines ---- */

static const struct doc_column line_columns[] = {
	{ NULL, "alive, about", DOC_SIZE },
	{ NULL, "line", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	{ NULL, "called from", DOC_TEXT, DOC_CUT_END, .columns_max = 40 },
};

static void fill_line(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct leaks_subject *s = ctx;
	const struct leaks_line *line = &s->lines[i];
	struct strbuf *calls = doc_make(ret, 2);
	struct sites_chain chain = { .n_frames = 0 };

	ret->cells[0] = DOC_BYTES(line->alive_bytes);
	sites_frame_words(doc_make(ret, 1), sites_frame_at(s->sites, line->frame));
	if (line->node != SITES_NONE)
		sites_chain(s->sites, line->node, &chain);
	for (size_t k = 1; k < chain.n_frames && k <= CALLS_SHOWN; k++) {
		strbuf_puts(calls, k > 1 ? ", " : "");
		if (k == CALLS_SHOWN)
			strbuf_printf(calls, "%zu more", chain.n_frames - k);
		else
			sites_frame_words(calls, sites_frame_at(s->sites, chain.frames[k]));
	}
}

/* ---- what grew ---- */

static const struct doc_column grew_columns[] = {
	{ NULL, "size", DOC_SIZE },
	{ NULL, "held by", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	{ NULL, "what", DOC_TEXT, DOC_CUT_WORDS, .columns_max = 40 },
};

static const struct objects_owned *owner_at(const struct objects_owners *grew, size_t i)
{
	for (size_t k = 0;; k++)
		if (leaks_is_programs(&grew->owners[k]) && i-- == 0)
			return &grew->owners[k];
}

static void fill_grew(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct objects_owners *grew = ctx;
	const struct objects_owned *owned = owner_at(grew, i);
	struct strbuf *parts = doc_make(ret, 2);

	ret->cells[0] = DOC_BYTES(owned->sum.n_bytes);
	ret->cells[1] = DOC_T(owned->name);
	for (size_t k = 0, n = 0; k < owned->n_parts && n < PARTS_SHOWN; k++) {
		const struct objects_owned *part = &grew->parts[owned->i_part + k];
		if (part->sum.n_objects == 0) /* blocks of one that was there before */
			continue;
		strbuf_printf(parts, "%s+%s %s", n++ ? ", " : "", count_words(part->sum.n_objects, NULL).text,
			      part->name);
	}
}

static void add_table(struct document *d, const char *title, const struct doc_column *columns, size_t n_columns,
		      void (*row)(const void *ctx, size_t i, struct doc_row *ret), const void *ctx, size_t n_rows)
{
	if (n_rows)
		doc_table(d, &(struct doc_table){ .title = title,
						  .columns = columns,
						  .n_columns = n_columns,
						  DOC_ROWS(n_rows, row, ctx) });
}

#define ADD(d, title, columns, row, ctx, n_rows) add_table(d, title, columns, ARRAY_SIZE(columns), row, ctx, n_rows)

/* ---- what next ---- */

#define C         TREND_COMMAND
#define NAME_LINE C "memprof leaks SCRIPT.py BOARD" C " names the line that allocates it."

/* The same program again, for as long. */
static const char *next_of_program(struct document *d, const struct leaks_subject *s, const char *board)
{
	const char *script = doc_shell_word(d, s->run->script), *by = s->n_lines > 0 ? "source" : "tree";
	const char *shows = s->n_lines > 0 ? "these lines in the program" : "what allocates, by its callers";

	if (s->outcome == LEAKS_STOPPED)
		by = arena_printf(&d->arena, "%s --timeout %.0fs", by, ceil((double)s->run->duration_us / 1e6));
	return arena_printf(&d->arena, C "memprof sites --by %s %s %s" C " shows %s.", by, script, board, shows);
}

/* NULL: as of a trend. */
static const char *next_of(struct document *d, const struct leaks_subject *s, const char *source,
			   const struct trend_pool_result *pool)
{
	const struct survival_stay *stay = pool->survival.n_stays > 0 ? &pool->survival.stays[0] : NULL;
	bool is_gone = source && strncmp(source, "exec:", 5) == 0; /* its memory, with its process */
	const char *board = source ? doc_shell_word(d, source) : "", *path = "";

	if (!verdict_accuses(&s->verdict))
		return !s->run || pool->verdict != LEAK_STEADY || pool->fragments ?
			       NULL :
			       arena_printf(&d->arena, C "memprof run %s %s" C " shows its peak, and what it keeps.",
					    doc_shell_word(d, s->run->script), board);
	if (s->run && (s->n_lines > 0 || is_gone))
		return next_of_program(d, s, board);
	if (!source)
		return NAME_LINE;
	if (stay && stay->n_addresses > 0)
		path = arena_printf(&d->arena, "--path 0x%" PRIx64 " ", stay->addresses[0]);
	return arena_printf(&d->arena, C "memprof objects %s%s" C " shows who holds what remains.", path, board);
}

/* ---- one subject ---- */

static enum trend_of origin(const struct leaks_subject *s, const char *source)
{
	return s->outcome == LEAKS_ENDED  ? TREND_OF_ENDED :
	       s->outcome == LEAKS_RAISED ? TREND_OF_RAISED :
	       source                     ? TREND_OF_PROGRAM :
					    TREND_OF_LOG;
}

static void add_evidence(struct document *d, const struct leaks_subject *s, const struct trend_view *view,
			 const struct trend_pool_result *pool)
{
	size_t n_owners = 0;

	for (size_t i = 0; i < s->grew.n_owners && n_owners < OWNERS_SHOWN; i++)
		n_owners += leaks_is_programs(&s->grew.owners[i]);
	if (verdict_accuses(&s->verdict)) {
		ADD(d, "Allocated at", line_columns, fill_line, s, s->n_lines);
		ADD(d, "What grew since the start-up", grew_columns, fill_grew, &s->grew, n_owners);
	}
	trend_add_picture(d, view, pool, pool->n_minima >= 2, true);
}

void document_leaks(struct document *d, const struct leaks_subject *s, const char *source)
{
	const struct trend_pool_result *pool = trend_worst(&s->trend);
	const struct trend_view view = {
		.name = s->name,
		.of = origin(s, source),
		.trend = &s->trend,
		.boot = &s->boot,
		.line = s->verdict.line[0] ? s->verdict.line : NULL,
		.has_ended = s->run,
		.has_failed = s->boot.failed.set || s->outcome == LEAKS_RAISED,
	};

	doc_init(d, "leaks");
	doc_title(d, text_input_name(s->name));
	if (pool) {
		document_trend_pool(d, &view, pool, next_of(d, s, source, pool));
		trend_add_boot(d, &view);
		add_evidence(d, s, &view, pool);
	} else {
		doc_answer(d, DOC_LOOK, DOC_T("Not known: no figure of its heap was seen."));
	}
	if (s->run)
		document_pools(d, &s->run->pools);
	doc_source(d, DOC_FILE(s->name));
	if (s->run && s->run->sampling_us != NOT_KNOWN)
		doc_source(d, DOC_T(arena_printf(&d->arena, ", %.1f s for collections and samples",
						 (double)s->run->sampling_us / 1e6)));
}

/* ---- several ---- */

static const struct doc_column list_columns[] = {
	{ NULL, "verdict", DOC_TEXT },
	{ NULL, "more per sample", DOC_RATE, .drop = 1 },
	{ NULL, "forecast", DOC_TEXT, .drop = 2 },
	{ NULL, "held by", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 24, .drop = 3 },
	{ NULL, "of", DOC_TEXT, .is_name = true, .whole = true },
};

static void fill_subject(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct leaks_subject *s = &((const struct leaks_subject *)ctx)[i];
	const struct trend_pool_result *pool = trend_worst(&s->trend);
	struct verdict_words words;

	verdict_words(&s->verdict, &words);
	strbuf_puts(doc_make(ret, 0), words.text[0] ? words.text : "NOT KNOWN");
	if (!verdict_accuses(&s->verdict) && pool && trend_only_rises(&s->trend, pool))
		ret->cells[1] = DOC_PACE(fabs(pool->series[trend_judged_field(pool)].slope.per_sample));
	strbuf_puts(doc_make(ret, 2), words.ends);
	ret->cells[3] = doc_text_or_none(s->verdict.holder);
	ret->cells[4] = DOC_FILE(s->name);
	if (s->verdict.severity == SEVERITY_ACT)
		ret->role = ROLE_WARNING;
}

void document_leaks_list(struct document *d, const struct leaks_subject *all, size_t n)
{
	size_t n_leaks = 0, n_suspected = 0, n_unknown = 0, n_failed = 0;
	enum doc_severity severity = DOC_FINE;

	doc_init(d, "leaks");
	for (size_t i = 0; i < n; i++) {
		n_leaks += verdict_accuses(&all[i].verdict);
		n_suspected += all[i].verdict.state == VERDICT_SUSPECTED;
		n_failed += all[i].verdict.state == VERDICT_FAILED;
		severity = MAX(severity, (enum doc_severity)all[i].verdict.severity);
		n_unknown += all[i].verdict.state == VERDICT_WATCHING || all[i].verdict.state == VERDICT_UNKNOWN;
	}
	doc_answer(d, severity, DOC_N(n_leaks), DOC_T(" of "), DOC_N(n), DOC_T(n_leaks == 1 ? " leaks" : " leak"));
	if (n_suspected)
		doc_answer(d, DOC_LOOK, DOC_T(", "), DOC_N(n_suspected), DOC_T(" may leak"));
	if (n_unknown)
		doc_answer(d, DOC_LOOK, DOC_T(", "), DOC_N(n_unknown), DOC_T(" not known yet"));
	if (n_failed)
		doc_answer(d, DOC_ACT, DOC_T(", "), DOC_N(n_failed), DOC_T(" ran out of memory"));
	doc_answer(d, DOC_FINE, DOC_T("."));
	doc_say(d, DOC_T("Next: memprof leaks with one of them shows the rest."));
	doc_source(d, DOC_OF(n, "input"));
	ADD(d, NULL, list_columns, fill_subject, all, n);
}
