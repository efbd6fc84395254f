/* Rows as a compiler tells of errors, so that editors find the line; in the order of the file. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "shared/check_words.h"
#include "text/ci_command.h"
#include "text/cut.h"

enum {
	THING_COLUMNS_MIN = 16, /* on a narrow screen lines are longer than it */
	ENTRY_COLUMNS = 24,
	FIGURE_COLUMNS = 40, /* of names that are cut */
	ITEM_COLUMNS_MIN = 24,
	INDENT = 4, /* of lines that go on */
};

/* ---- lines ---- */

/* A line that goes on in another one where the screen ends. */
struct check_line {
	struct strbuf *out;
	size_t n_columns; /* that it has by now */
	size_t columns;
	bool begun; /* with more than blanks, whatever is one */
	char last;
};

static void put(struct check_line *line, const char *clean)
{
	for (; *clean; clean++) {
		if (ci_command_at(clean, line->begun, line->last)) {
			strbuf_printf(line->out, "\\x%02x", (unsigned char)*clean);
			line->n_columns += strlen("\\x3a");
		} else {
			strbuf_putc(line->out, *clean);
			line->n_columns += (*clean & 0xc0) != 0x80;
		}
		line->begun |= ci_begins(*clean);
		line->last = *clean;
	}
}

static void put_raw(struct check_line *line, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	put(line, strbuf_text(&clean));
}

static void end_line(struct check_line *line)
{
	strbuf_putc(line->out, '\n');
	*line = (struct check_line){ .out = line->out, .columns = line->columns };
}

static void go_on(struct check_line *line)
{
	end_line(line);
	strbuf_repeat(line->out, " ", INDENT);
	line->n_columns = INDENT;
}

static bool fits(const struct check_line *line, size_t n_more) { return line->n_columns + n_more <= line->columns; }

/* Words as far as they fit, the others below. */
static void put_words(struct check_line *line, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	for (char *word = clean.text, *next; word && *word; word = next) {
		char *end = word + strcspn(word, " ");
		next = end + strspn(end, " ");
		*end = '\0';
		if (word > clean.text && !fits(line, 1 + text_columns_of(word)))
			go_on(line);
		else if (word > clean.text)
			put(line, " ");
		put(line, word);
	}
}

/* What is blamed, or as bad: "modtls.o +4112". */
struct list {
	const struct check_row *row;
	size_t n;
	void (*words)(struct strbuf *out, const struct check_row *row, size_t i, const struct text_style *style);
	const struct text_style *style;
};

static void item(struct strbuf *ret, const struct list *list, size_t i)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	list->words(&text, list->row, i, list->style);
	text_clean(ret, strbuf_text(&text));
}

/* In a line with all of them: false if that is too long. */
static bool put_behind(struct check_line *line, const char *words, const struct list *list)
{
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < list->n; i++) {
		strbuf_puts(&all, i == 0 ? words : ", ");
		item(&all, list, i);
	}
	if (!fits(line, text_columns_of(strbuf_text(&all))))
		return false;
	put(line, strbuf_text(&all));
	return true;
}

/* In lines of their own, which begin with words of ours. */
static void put_below(struct check_line *line, const char *words, const struct list *list)
{
	go_on(line);
	put(line, words);
	for (size_t i = 0; i < list->n; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		size_t n_behind = i + 1 < list->n ? strlen(",") : 0;
		item(&text, list, i);
		if (i > 0 && fits(line, 1 + text_columns_of(strbuf_text(&text)) + n_behind)) {
			put(line, " ");
		} else if (i > 0) {
			go_on(line);
			put(line, "and ");
		}
		if (fits(line, text_columns_of(strbuf_text(&text)) + n_behind)) {
			put(line, strbuf_text(&text));
		} else {
			struct strbuf cut CLEANUP(strbuf_deinit) = STRBUF_INIT;
			size_t n_left = fits(line, ITEM_COLUMNS_MIN) ? line->columns - line->n_columns :
								       ITEM_COLUMNS_MIN;
			text_cut(&cut, strbuf_text(&text), text.n_bytes, n_left - n_behind, CUT_BEGINNING);
			put(line, strbuf_text(&cut));
		}
		put(line, n_behind ? "," : "");
	}
}

/* ---- a row ---- */

/* "budget.json:7:5: error: " */
static void place(struct check_line *line, const struct check_view *view, const struct check_row *row,
		  const char *severity, enum text_role role, const struct text_style *style)
{
	const char *file = check_words_file(view->check, row);
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&text, file);
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

static void cut_name(struct strbuf *out, const struct check_row *row, size_t columns)
{
	const struct check_name name = check_words_name_of(row), *of = &name;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, figure CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_figure(&text, row);
	size_t n = text_cut(&figure, strbuf_text(&text), text.n_bytes, FIGURE_COLUMNS, CUT_END);
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
static void name(struct check_line *line, const struct check_row *row, size_t n_behind)
{
	struct strbuf full CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_taken = line->n_columns + n_behind, room = line->columns > n_taken ? line->columns - n_taken : 0;

	check_words_name(&full, row);
	text_visible(&text, full.text, full.n_bytes, false);
	if (text_columns_of(strbuf_text(&text)) > room) {
		strbuf_reset(&text);
		cut_name(&text, row, room);
	}
	put(line, strbuf_text(&text));
}

/* Whether it is in a line of its own. */
static bool moment(struct check_line *line, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!row->moment)
		return false;
	strbuf_puts(&text, "at ");
	check_words_moment(&text, row);
	text_clean(&clean, strbuf_text(&text));
	bool beside = fits(line, 2 + text_columns_of(strbuf_text(&clean)));
	if (beside)
		put(line, ", ");
	else
		go_on(line);
	put_words(line, strbuf_text(&text));
	return !beside;
}

static void cause(struct strbuf *out, const struct check_row *row, size_t i, const struct text_style *style)
{
	check_words_cause(out, &row->causes[i], style);
}

static void blame(struct check_line *line, const struct check_row *row, bool behind_figures,
		  const struct text_style *style)
{
	const struct list causes = { row, row->n_causes, cause, style };
	const struct list others = { row, check_words_n_others(row), check_words_other, style };
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (causes.n > 0 && !put_behind(line, behind_figures ? ": " : ", because of ", &causes))
		put_below(line, "because of ", &causes);
	if (others.n == 0)
		return;
	strbuf_puts(&words, "also ");
	check_words_more(&words, row);
	put_below(line, strbuf_text(&words), &others);
}

static void judged(struct check_line *line, const struct check_row *row, const struct text_style *style)
{
	struct strbuf figures CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *between = check_words_between(row);

	check_words_figures(&figures, row, style);
	name(line, row, 1);
	put(line, *between == ':' ? ":" : "");
	if (fits(line, 1 + text_columns_of(strbuf_text(&figures))))
		put(line, " ");
	else
		go_on(line);
	put_words(line, strbuf_text(&figures));
	bool apart = moment(line, row);
	if (row->status == CHECK_FAIL)
		blame(line, row, !apart, style);
}

static void not_judged(struct check_line *line, const struct check_row *row)
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
	static const struct {
		const char *severity;
		enum text_role role;
	} severities[N_CHECK_STATUSES] = {
		[CHECK_PASS] = { "note", ROLE_FREE },
		[CHECK_FAIL] = { "error", ROLE_WARNING },
		[CHECK_ERROR] = { "error", ROLE_WARNING },
		[CHECK_SKIP] = { "note", ROLE_FAINT },
	};
	struct check_line line = { .out = out, .columns = style->columns };
	bool warns = row->status == CHECK_PASS && row->warned;

	place(&line, view, row, warns ? "warning" : severities[row->status].severity,
	      warns ? ROLE_WARNING : severities[row->status].role, style);
	if (row->limit && (row->status == CHECK_PASS || row->status == CHECK_FAIL))
		judged(&line, row, style);
	else
		not_judged(&line, row);
	end_line(&line);
}

static void new_limit(struct strbuf *out, const struct check_view *view, const struct check_row *row,
		      const struct text_style *style)
{
	struct check_line line = { .out = out, .columns = style->columns };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct check_row of_all = *row;

	of_all.found = NULL; /* it is the limit of all that fit */
	strbuf_puts(&text, ": the limit is ");
	check_words_new_limit(&text, row);
	strbuf_puts(&text, " now");
	if (row->old_limit) {
		strbuf_puts(&text, ", it was ");
		check_words_old_limit(&text, row);
	}
	place(&line, view, row, "note", ROLE_FREE, style);
	name(&line, &of_all, text.n_bytes);
	put_raw(&line, strbuf_text(&text));
	end_line(&line);
}

/* ---- all of them ---- */

/* "the run failed: the baseline gone.map could not be read; " */
static void trouble(struct check_line *line, const struct check_view *view, const char *counts)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!check_words_failed(view))
		return;
	check_words_trouble(&text, view);
	put(line, "the run failed: ");
	put_raw(line, strbuf_text(&text));
	if (fits(line, 2 + strlen(counts)))
		put(line, "; ");
	else
		end_line(line);
}

/* Where it is too long for a line it is several, as whoever reads a log looks for whole ones. */
static void sum_up(struct strbuf *out, const struct check_view *view, const struct text_style *style)
{
	const struct check_row *row = check_words_tightest_row(view);
	struct check_line line = { .out = out, .columns = style->columns };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf left CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_counts(&text, view);
	text_role(out, style, view->exit_code ? ROLE_WARNING : ROLE_FREE);
	trouble(&line, view, strbuf_text(&text));
	put_raw(&line, strbuf_text(&text));
	text_role(out, style, ROLE_PLAIN);
	strbuf_reset(&text);
	check_words_tightest(&text, view, style);
	text_clean(&clean, strbuf_text(&text));
	if (row && fits(&line, 2 + text_columns_of(strbuf_text(&clean)))) {
		put(&line, ", ");
		put(&line, strbuf_text(&clean));
	} else if (row) {
		end_line(&line);
		put(&line, "the tightest is ");
		check_words_left(&left, row, style);
		name(&line, row, strlen(" with ") + text_columns_of(strbuf_text(&left)));
		put(&line, " with ");
		put(&line, strbuf_text(&left));
	}
	end_line(&line);
}

void text_check(struct strbuf *out, const struct check_view *view, const struct text_style *style)
{
	if (view->tests)
		text_tests(out, view->tests, view->all, style);
	for (size_t i = 0; view->check->budget && i < view->check->n_rows; i++) {
		const struct check_row *row = &view->check->rows[i];
		if (view->all || row->warned || row->idle || row->status == CHECK_FAIL || row->status == CHECK_ERROR)
			row_of(out, view, row, style);
		if (row->new_limit)
			new_limit(out, view, row, style);
	}
	sum_up(out, view, style);
}
