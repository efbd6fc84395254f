/* Rows as a compiler tells of errors, so that editors find the line; in the order of the file. */
#include <inttypes.h>
#include <string.h>

#include "../check_words.h"
#include "cut.h"
#include "memprof/text.h"

enum {
	THING_COLUMNS_MIN = 16, /* on a narrow screen lines are longer than it */
	ENTRY_COLUMNS = 24, FIGURE_COLUMNS = 40,        /* of names that are cut */
	INDENT = 4,             /* of lines that go on */
};

/* ---- lines ---- */

/* A line that goes on in another one where the screen ends. */
struct line {
	struct strbuf *out;
	size_t n_columns;       /* that it has by now */
	size_t columns;
};

static void put(struct line *line, const char *clean)
{
	strbuf_puts(line->out, clean);
	line->n_columns += text_columns_of(clean);
}

static void go_on(struct line *line)
{
	strbuf_putc(line->out, '\n');
	strbuf_repeat(line->out, " ", INDENT);
	line->n_columns = INDENT;
}

/* Words as far as they fit, the others below. */
static void put_words(struct line *line, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&clean, text, strlen(text), false);
	for (char *word = clean.text, *next; word && *word; word = next) {
		char *end = word + strcspn(word, " ");
		next = end + strspn(end, " ");
		*end = '\0';
		if (word > clean.text && line->n_columns + 1 + text_columns_of(word) > line->columns)
			go_on(line);
		else if (word > clean.text)
			put(line, " ");
		put(line, word);
	}
}

/* ---- a row ---- */

/* "budget.json:7:5: error: " */
static void place(struct line *line, const struct check_view *view, const struct check_row *row,
		  const char *severity, enum text_role role, const struct text_style *style)
{
	const char *file = check_words_file(view->check, row);
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&text, file, strlen(file), false);
	if (row->at.line)
		strbuf_printf(&text, ":%" PRIu64, row->at.line);
	if (row->at.line && row->at.col)
		strbuf_printf(&text, ":%" PRIu32, row->at.col);
	strbuf_puts(&text, ": ");
	text_role(line->out, style, ROLE_HEAD);
	put(line, strbuf_text(&text));
	text_role(line->out, style, role);
	put(line, severity);
	put(line, ":");
	text_role(line->out, style, ROLE_PLAIN);
	put(line, " ");
}

static void cut_name(struct strbuf *out, const struct check_name *of, size_t columns)
{
	struct strbuf figure CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = text_cut(&figure, of->figure, strlen(of->figure), FIGURE_COLUMNS, CUT_END);

	if (of->entry) {
		n += text_cut(out, of->entry, strlen(of->entry), ENTRY_COLUMNS, CUT_END) + 2;
		strbuf_puts(out, ": ");
	}
	if (of->subject) {
		strbuf_printf(out, "%s ", of->subject);
		n += strlen(of->subject) + 1;
	}
	columns = columns > n + THING_COLUMNS_MIN ? columns - n : THING_COLUMNS_MIN;
	text_cut(out, of->thing, strlen(of->thing), columns, CUT_BEGINNING);
	strbuf_puts(out, strbuf_text(&figure));
}

/* Cut if it is longer than what the screen has left beside n_behind columns. */
static void name(struct line *line, const struct check_row *row, size_t n_behind)
{
	const struct check_name of = check_words_name_of(row);
	struct strbuf full CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_taken = line->n_columns + n_behind, room = line->columns > n_taken ? line->columns - n_taken : 0;

	check_words_name(&full, row);
	text_visible(&text, full.text, full.n_bytes, false);
	if (text_columns_of(strbuf_text(&text)) > room) {
		strbuf_reset(&text);
		cut_name(&text, &of, room);
	}
	put(line, strbuf_text(&text));
}

/* A cause as it fits into the line behind n_behind more columns: by its path, or by its file alone. */
static bool cause_that_fits(const struct line *line, const struct check_cause *cause, size_t n_behind,
			    struct strbuf *ret)
{
	struct check_cause named = *cause;

	for (int i = 0; i < 2; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		named.name = i == 0 ? cause->name : text_file_of(cause->name);
		check_words_cause(&text, &named);
		strbuf_reset(ret);
		text_visible(ret, strbuf_text(&text), text.n_bytes, false);
		if (line->n_columns + n_behind + text_columns_of(strbuf_text(ret)) <= line->columns)
			return true;
	}
	return false;
}

/* As many as fit in the line; if it is none, as many as fit in the one below. */
static void causes(struct line *line, const struct check_row *row)
{
	for (size_t i = 0; i < row->n_causes; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		bool fits = cause_that_fits(line, &row->causes[i], 2, &text);
		if (i > 0 && !fits)
			return;
		put(line, i > 0 ? ", " : fits ? ": " : ":");
		if (fits) {
			put(line, strbuf_text(&text));
			continue;
		}
		go_on(line);
		cause_that_fits(line, &row->causes[i], 0, &text);
		line->n_columns += text_cut(line->out, strbuf_text(&text), text.n_bytes, line->columns - INDENT,
					    CUT_BEGINNING);
	}
}

static void others(struct line *line, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_others(&text, row);
	if (text.n_bytes == 0)
		return;
	go_on(line);
	put(line, "also ");
	put_words(line, strbuf_text(&text));
}

static void moment(struct line *line, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!row->moment)
		return;
	strbuf_puts(&text, "at ");
	check_words_moment(&text, row);
	text_visible(&clean, strbuf_text(&text), text.n_bytes, false);
	if (line->n_columns + 2 + text_columns_of(strbuf_text(&clean)) > line->columns)
		go_on(line);
	else
		put(line, ", ");
	put_words(line, strbuf_text(&text));
}

static void judged(struct line *line, const struct check_row *row)
{
	struct strbuf figures CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *between = check_words_between(row);

	check_words_figures(&figures, row);
	name(line, row, 1);
	put(line, *between == ':' ? ":" : "");
	if (line->n_columns + 1 + figures.n_bytes + (row->n_causes > 0) > line->columns)
		go_on(line);
	else
		put(line, " ");
	put_words(line, strbuf_text(&figures));
	moment(line, row);
	if (row->status == CHECK_FAIL)
		causes(line, row);
	others(line, row);
}

static void not_judged(struct line *line, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_row(&text, row);
	put_words(line, strbuf_text(&text));
	if (row->advice) {
		go_on(line);
		strbuf_reset(&text);
		check_words_advice(&text, row);
		put_words(line, strbuf_text(&text));
	}
}

static void row_of(struct strbuf *out, const struct check_view *view, const struct check_row *row,
		   const struct text_style *style)
{
	static const struct { const char *severity; enum text_role role; } severities[N_CHECK_STATUSES] = {
		[CHECK_PASS] = { "note", ROLE_FREE }, [CHECK_FAIL] = { "error", ROLE_WARNING },
		[CHECK_ERROR] = { "error", ROLE_WARNING }, [CHECK_SKIP] = { "note", ROLE_FAINT },
	};
	struct line line = { .out = out, .columns = style->columns };
	bool warns = row->status == CHECK_PASS && row->warned;

	place(&line, view, row, warns ? "warning" : severities[row->status].severity,
	      warns ? ROLE_WARNING : severities[row->status].role, style);
	if (row->limit && (row->status == CHECK_PASS || row->status == CHECK_FAIL))
		judged(&line, row);
	else
		not_judged(&line, row);
	strbuf_putc(out, '\n');
}

static void new_limit(struct strbuf *out, const struct check_view *view, const struct check_row *row,
		      const struct text_style *style)
{
	struct line line = { .out = out, .columns = style->columns };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct check_row of_all = *row;

	of_all.found = NULL;    /* it is the limit of all that fit */
	strbuf_puts(&text, ": the limit is ");
	check_words_new_limit(&text, row);
	strbuf_puts(&text, " now");
	if (row->old_limit) {
		strbuf_puts(&text, ", it was ");
		check_words_old_limit(&text, row);
	}
	place(&line, view, row, "note", ROLE_FREE, style);
	name(&line, &of_all, text.n_bytes);
	text_visible(out, text.text, text.n_bytes, false);
	strbuf_putc(out, '\n');
}

/* ---- all of them ---- */

static void trouble(struct strbuf *out, const struct check_view *view, const struct text_style *style)
{
	struct line line = { .out = out, .columns = style->columns };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	put(&line, "memprof: ");
	text_role(out, style, ROLE_WARNING);
	put(&line, "error:");
	text_role(out, style, ROLE_PLAIN);
	put(&line, " ");
	check_words_trouble(&text, view);
	put_words(&line, strbuf_text(&text));
	strbuf_putc(out, '\n');
}

static void sum_up(struct strbuf *out, const struct check_view *view, const struct text_style *style)
{
	struct line line = { .out = out, .columns = style->columns };
	struct strbuf counts CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf tightest CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_counts(&counts, view);
	check_words_tightest(&tightest, view);
	text_visible(&clean, strbuf_text(&tightest), tightest.n_bytes, false);
	text_role(out, style, view->exit_code ? ROLE_WARNING : ROLE_FREE);
	put(&line, strbuf_text(&counts));
	text_role(out, style, ROLE_PLAIN);
	if (clean.n_bytes > 0) {
		bool fits = line.n_columns + 2 + text_columns_of(strbuf_text(&clean)) <= line.columns;
		put(&line, fits ? ", " : ",\n");
		put(&line, strbuf_text(&clean));
	}
	strbuf_putc(out, '\n');
}

void text_check(struct strbuf *out, const struct check_view *view, const struct text_style *style)
{
	for (size_t i = 0; i < view->check->n_rows; i++) {
		const struct check_row *row = &view->check->rows[i];
		if (view->all || row->warned || row->status == CHECK_FAIL || row->status == CHECK_ERROR)
			row_of(out, view, row, style);
		if (row->new_limit)
			new_limit(out, view, row, style);
	}
	if (view->trouble)
		trouble(out, view, style);
	sum_up(out, view, style);
}
