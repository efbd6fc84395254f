/* What a check found: the answer, then limits by what became of them, those that need somebody first. */
#include <math.h>
#include <string.h>

#include "document/check_row.h"
#include "document/tests.h"

enum { INPUTS_MAX = 8 }; /* named in a sentence */

/* ---- groups of rows ---- */

static bool is_broken(const struct check_row *row) { return row->status == CHECK_FAIL; }
static bool is_not_judged(const struct check_row *row) { return row->status == CHECK_ERROR; }
static bool is_warned(const struct check_row *row) { return row->status == CHECK_PASS && row->warned; }
static bool is_idle(const struct check_row *row) { return row->status == CHECK_PASS && !row->warned && row->idle; }
static bool is_kept(const struct check_row *row) { return row->status == CHECK_PASS && !row->warned && !row->idle; }
static bool is_skipped(const struct check_row *row) { return row->status == CHECK_SKIP; }
static bool is_changed(const struct check_row *row) { return row->new_limit; }

static const struct group {
	const char *title, *type;
	enum doc_outcome outcome;
	bool (*has)(const struct check_row *row);
	bool folded;    /* open to who asks for it: may be long */
	bool is_change; /* of the limit by --update, besides what became of the row */
} groups[] = {
	{ "Broken", "limit broken", DOC_FAILED, is_broken },
	{ "Could not be judged", "not judged", DOC_ERRED, is_not_judged },
	{ "Nearly used up", "nearly used up", DOC_WARNED, is_warned },
	{ "Cannot be broken", "cannot be broken", DOC_NOTED, is_idle },
	{ "Limits changed", NULL, DOC_NOTED, is_changed, .is_change = true },
	{ "Kept", NULL, DOC_PASSED, is_kept, .folded = true },
	{ "Skipped", "skipped", DOC_SKIPPED, is_skipped, .folded = true },
};

/* ---- a row ---- */

enum { WHAT, VALUE, LIMIT, MARGIN, BECAUSE, WHY, ADVICE, WAS, NOW, LINE, N_COLUMNS };

static const struct doc_column columns[N_COLUMNS] = {
	[WHAT] = { NULL, "what", DOC_WORDS, .is_name = true },
	[VALUE] = { NULL, "value", DOC_SIZE },
	[LIMIT] = { NULL, "limit", DOC_SIZE },
	[MARGIN] = { NULL, "margin", DOC_SIZE },
	[BECAUSE] = { NULL, "because of", DOC_WORDS },
	[WHY] = { NULL, "why", DOC_TEXT },
	[ADVICE] = { NULL, "what to do", DOC_TEXT },
	[WAS] = { NULL, "was", DOC_SIZE },
	[NOW] = { NULL, "is", DOC_SIZE },
	[LINE] = { NULL, "line", DOC_COUNT },
};

struct line {
	const struct check_row *row;
	struct doc_block what, value, limit, margin, causes, message;
	const char *fault, *advice;
};

static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct line *line = (const struct line *)ctx + i;

	ret->cells[WHAT] = DOC_SAYS(&line->what);
	ret->cells[LINE] = DOC_N(line->row->at.line ? line->row->at.line : NOT_KNOWN);
	ret->cells[VALUE] = DOC_SAYS(&line->value);
	ret->cells[LIMIT] = DOC_SAYS(&line->limit);
	ret->cells[MARGIN] = DOC_SAYS(&line->margin);
	ret->cells[BECAUSE] = DOC_SAYS(&line->causes);
	ret->cells[WHY] = doc_text_or_none(line->fault);
	ret->cells[ADVICE] = doc_text_or_none(line->advice);
}

static void fill_changed(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct line *line = (const struct line *)ctx + i;

	ret->cells[WHAT] = DOC_SAYS(&line->what);
	ret->cells[LINE] = DOC_N(line->row->at.line ? line->row->at.line : NOT_KNOWN);
	ret->cells[WAS] = doc_text_or_none(line->row->old_limit);
	ret->cells[NOW] = DOC_T(line->row->new_limit);
}

static const char *keep_sentence(struct document *d, const char *text)
{
	struct strbuf cut CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!text || !*text)
		return NULL;
	check_sentence(&cut, text);
	return doc_keep(d, strbuf_text(&cut));
}

static const char *keep_words(struct document *d, const struct check_row *row,
			      void (*words)(struct strbuf *out, const struct check_row *row))
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	words(&text, row);
	return doc_keep(d, strbuf_text(&text));
}

static void say_row(struct document *d, struct line *line)
{
	const struct check_row *row = line->row;

	check_put_what(d, &line->what, row);
	check_put_row(d, &line->message, row);
	line->advice = keep_sentence(d, row->advice);
	if (!check_is_judged(row)) {
		line->fault = keep_sentence(d, row->fault ? row->fault : "it could not be judged");
		return;
	}
	check_put_value(d, &line->value, row);
	check_put_limit(d, &line->limit, row);
	check_put_margin(d, &line->margin, row);
	check_put_causes(d, &line->causes, row);
}

/* The limit of all that fit the pattern. */
static void say_change(struct document *d, struct line *line)
{
	const struct check_row *row = line->row;
	struct check_row of_all = *row;

	of_all.found = NULL;
	doc_put(d, &line->what, DOC_T(keep_words(d, row, check_title)));
	doc_put(d, &line->message, DOC_T(keep_words(d, &of_all, check_name)), DOC_T(": the limit is "),
		DOC_T(row->new_limit), DOC_T(" now"));
	if (row->old_limit)
		doc_put(d, &line->message, DOC_T(", it was "), DOC_T(row->old_limit));
}

/* Servers take what stands before the last dot for a package: "ci/budget.region". Of an entry with a fault the subject
 * may not be known. */
static const char *suite_of(struct document *d, const struct check *check, const char *subject)
{
	const char *file = check->name ? check->name : "budget";
	size_t n = strlen(file);

	return arena_printf(&d->arena, "%.*s.%s", (int)(n > 5 && strcmp(file + n - 5, ".json") == 0 ? n - 5 : n), file,
			    subject);
}

static const char *subject_of(const struct check_row *row)
{
	if (!row->entry)
		return "file";
	return row->limit || row->entry->pattern ? figure_subject_name(row->entry->subject) : "entry";
}

static struct doc_finding finding_of(struct document *d, const struct check *check, const struct group *group,
				     const struct line *line)
{
	const struct check_row *row = line->row;
	bool has_subject = row->entry && row->entry->pattern && !group->is_change;

	return (struct doc_finding){
		.outcome = group->outcome,
		.type = group->type,
		.at = { check->name || row->at.file ? check_file(check, row) : NULL, row->at.line, row->at.col },
		.suite = group->is_change ? NULL : suite_of(d, check, subject_of(row)),
		.name = keep_words(d, row, check_title),
		.message = &line->message,
		.advice = line->advice,
		.duration_us = NOT_KNOWN,
		.kind = has_subject ? figure_subject_name(row->entry->subject) : NULL,
		.found = !has_subject ? NULL :
			 row->found   ? row->found :
					row->entry->pattern,
	};
}

/* ---- tables ---- */

static void add_group(struct document *d, const struct group *group, const struct check_view *view)
{
	const struct check *check = view->check;
	bool folded = group->folded && !view->all;
	size_t n = 0, k = 0;

	for (size_t i = 0; i < check->n_rows; i++)
		n += group->has(&check->rows[i]);
	struct line *lines = arena_zeroed(&d->arena, n, sizeof(*lines));
	struct doc_finding *findings = arena_zeroed(&d->arena, n, sizeof(*findings));
	if (n == 0 || !lines || !findings)
		return;
	for (size_t i = 0; i < check->n_rows; i++) {
		if (!group->has(&check->rows[i]))
			continue;
		lines[k].row = &check->rows[i];
		(group->is_change ? say_change : say_row)(d, &lines[k]);
		findings[k] = finding_of(d, check, group, &lines[k]);
		k++;
	}
	doc_table(d, &(struct doc_table){ .title = folded ? group->title :
							    arena_printf(&d->arena, "%s: %zu", group->title, n),
					  .columns = columns,
					  .n_columns = N_COLUMNS,
					  DOC_ROWS(n, group->is_change ? fill_changed : fill_row, lines),
					  .n_folded = folded ? n : 0,
					  .findings = findings,
					  .as_lines = true,
					  .is_told = !check->budget });
}

/* A run that came to grief is no success, whatever the limits say. For people the answer says so. */
static void add_trouble(struct document *d, const struct check_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct doc_block *message = arena_zeroed(&d->arena, 1, sizeof(*message));
	struct doc_finding *finding = arena_zeroed(&d->arena, 1, sizeof(*finding));

	check_trouble(&text, view);
	if (text.n_bytes == 0 || !message || !finding)
		return;
	doc_put(d, message, DOC_T(strbuf_text(&text)));
	*finding = (struct doc_finding){ .outcome = DOC_ERRED,
					 .type = "run failed",
					 .suite = suite_of(d, view->check, "run"),
					 .name = "run",
					 .message = message,
					 .duration_us = NOT_KNOWN };
	doc_table(d, &(struct doc_table){ .n_rows = 1, .findings = finding, .as_lines = true });
}

/* ---- the answer ---- */

static bool has_failed(const struct check_view *view)
{
	const struct check *check = view->check;
	bool told = !check->budget || check->n_of[CHECK_FAIL] || check->n_of[CHECK_ERROR] ||
		    (view->tests && tests_any_bad(view->tests));

	return view->trouble || (view->exit_code != 0 && !told);
}

void check_trouble(struct strbuf *out, const struct check_view *view)
{
	if (view->trouble)
		check_sentence(out, view->trouble);
	else if (has_failed(view))
		strbuf_printf(out, "exit code %d, its messages say why", view->exit_code);
}

/* "2 of 7 limits broken", "1 limit kept", "all 7 limits kept" */
static void say_some(struct document *d, enum doc_severity severity, size_t n_some, size_t n, const char *what)
{
	if (n == 1)
		doc_answer(d, severity, DOC_T("1 limit "), DOC_T(what));
	else
		doc_answer(d, severity, DOC_N(n_some), DOC_T(" of "), DOC_N(n), DOC_T(" limits "), DOC_T(what));
}

static void say_limits(struct document *d, const struct check_view *view)
{
	const struct check *check = view->check;
	size_t n_fail = check->n_of[CHECK_FAIL], n_error = check->n_of[CHECK_ERROR];
	size_t n_kept = check->n_of[CHECK_PASS], n_skip = check->n_of[CHECK_SKIP];

	if (!check->budget)
		doc_answer(d, DOC_ACT, DOC_T("the budget could not be read"));
	else if (n_fail || n_error)
		say_some(d, DOC_ACT, n_fail ? n_fail : n_error, check->n_rows,
			 n_fail ? "broken" : "could not be judged");
	else if (n_kept == 0)
		doc_answer(d, DOC_LOOK, DOC_T("no limit judged"));
	else if (n_kept == check->n_rows && n_kept > 1 && !has_failed(view))
		doc_answer(d, DOC_FINE, DOC_T("all "), DOC_N(n_kept), DOC_T(" limits kept"));
	else
		say_some(d, DOC_FINE, n_kept, check->n_rows, "kept");
	if (n_fail && n_error)
		doc_answer(d, DOC_ACT, DOC_T(", "), DOC_N(n_error), DOC_T(" could not be judged"));
	if ((n_fail || n_error) && n_kept)
		doc_answer(d, DOC_ACT, DOC_T(", "), DOC_N(n_kept), DOC_T(" kept"));
	if (n_skip)
		doc_answer(d, DOC_FINE, DOC_T(", "), DOC_N(n_skip), DOC_T(" skipped"));
	if (check->n_warned)
		doc_answer(d, DOC_LOOK, DOC_T(", "), DOC_OF(check->n_warned, "warning"));
}

/* Where all is well, how long that will be so. */
static void say_tightest(struct document *d, const struct check_view *view)
{
	const struct check *check = view->check;
	const struct check_row *tightest = NULL;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	double most = -1;

	if (check->n_of[CHECK_FAIL] || check->n_of[CHECK_ERROR] || has_failed(view))
		return;
	for (size_t i = 0; i < check->n_rows; i++) {
		const struct check_row *row = &check->rows[i];
		double part = row->limit && row->status == CHECK_PASS ? check_used_part(row) : NAN;
		if (part > most) { /* not so of NAN */
			most = part;
			tightest = row;
		}
	}
	if (!tightest)
		return;
	check_name(&name, tightest);
	if (check->n_rows > 1)
		doc_answer(d, DOC_FINE, DOC_T(", the tightest is "), DOC_T(strbuf_text(&name)), DOC_T(" with "));
	else
		doc_answer(d, DOC_FINE, DOC_T(", with "));
	check_put_left(d, &d->answer, tightest);
}

static void add_answer(struct document *d, const struct check_view *view)
{
	struct strbuf trouble CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_trouble(&trouble, view);
	if (trouble.n_bytes)
		doc_answer(d, DOC_ACT, DOC_T("the run failed: "), DOC_T(strbuf_text(&trouble)), DOC_T("; "));
	if (view->tests)
		tests_answer(d, view->tests);
	if (!view->tests || !view->check->budget || view->check->n_rows > 0) {
		doc_answer(d, view->exit_code ? DOC_ACT : DOC_FINE, DOC_T(view->tests ? "; " : ""));
		say_limits(d, view);
		say_tightest(d, view);
	}
}

/* A folder of somebody's machine is nothing for a page that is passed on. */
static const char *shown_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return *path == '/' && slash[1] ? slash + 1 : path;
}

static void add_source(struct document *d, const struct check_view *view)
{
	bool unlimited = !view->check->name && view->tests;

	if (!view->check->name && view->n_inputs == 0)
		return;
	if (unlimited)
		doc_source(d, DOC_T("Inputs: "));
	else
		doc_source(d, DOC_T("Checked against "),
			   DOC_T(view->check->name ? shown_name(view->check->name) : "the budget"));
	for (size_t i = 0; i < MIN(view->n_inputs, (size_t)INPUTS_MAX); i++)
		doc_source(d,
			   DOC_T(i > 0     ? ", " :
				 unlimited ? "" :
					     ": "),
			   DOC_T(view->inputs[i].role), DOC_T(" "), DOC_T(shown_name(view->inputs[i].name)));
	if (view->n_inputs > INPUTS_MAX)
		doc_source(d, DOC_T(" and "), DOC_N(view->n_inputs - INPUTS_MAX), DOC_T(" more"));
}

void document_check(struct document *d, const struct check_view *view)
{
	doc_init(d, "check");
	doc_title(d, view->check->name ? shown_name(view->check->name) : view->tests ? "tests" : "budget");
	d->max_bytes = CHECK_MARKDOWN_MAX;
	add_answer(d, view);
	add_source(d, view);
	add_trouble(d, view);
	for (size_t i = 0; i < ARRAY_SIZE(groups) && !groups[i].folded; i++)
		add_group(d, &groups[i], view);
	if (view->tests)
		tests_tables(d, view->tests, view->all);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].folded)
			add_group(d, &groups[i], view);
}
