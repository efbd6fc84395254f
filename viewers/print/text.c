/* For people at a terminal: as wide as it is, tables with the columns that fit. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "print/print.h"
#include "text/cut.h"

enum {
	COLUMNS_MIN = 40,
	SENTENCE_COLUMNS_MAX = 100, /* longer lines are hard to read */
	NAME_COLUMNS = 24,          /* that a name is left as long as another column can go instead */
	NAME_COLUMNS_MIN = 12,
	TEXT_COLUMNS_MIN = 8,
	INDENT = 2, /* of items; of what goes on below them, twice */
};

/* ---- sentences ---- */

struct line {
	struct strbuf *out;
	const struct text_style *style;
	size_t column, columns, indent;
	struct strbuf word; /* that has no end yet, with its colours */
	size_t word_columns;
	bool is_first;       /* the word begins the sentence */
	bool is_whole;       /* the word is never cut */
	enum text_role role; /* of what has none */
};

/* The word without its middle; its colours stay. */
static void add_cut(struct line *l, size_t room)
{
	size_t n_head = (room - 1) / 2, n_tail = room - 2 - n_head, i = 0;

	for (const char *p = strbuf_text(&l->word), *end; *p; p = end) {
		end = p + (*p == '\x1b' ? strcspn(p, "m") + 1 : 1);
		while ((*end & 0xc0) == 0x80)
			end++;
		i += *p != '\x1b';
		if (*p == '\x1b' || i <= n_head || i > l->word_columns - n_tail)
			strbuf_add(l->out, p, (size_t)(end - p));
		else if (i == n_head + 1)
			strbuf_puts(l->out, "..");
	}
}

static void end_word(struct line *l)
{
	bool fits_nowhere = l->is_whole && l->word_columns > l->columns - l->indent;

	if (l->word_columns == 0)
		return;
	if (!l->is_first && !fits_nowhere && l->column + 1 + l->word_columns > l->columns) {
		strbuf_putc(l->out, '\n');
		strbuf_repeat(l->out, " ", l->indent);
		l->column = l->indent;
	} else if (!l->is_first) {
		strbuf_putc(l->out, ' ');
		l->column++;
	}
	size_t room = l->columns - MIN(l->column, l->columns - COLUMNS_MIN / 2);
	if (l->word_columns > room && !l->is_whole)
		add_cut(l, room);
	else
		strbuf_add(l->out, strbuf_text(&l->word), l->word.n_bytes);
	l->column += l->is_whole ? l->word_columns : MIN(l->word_columns, room);
	l->is_first = false;
	strbuf_reset(&l->word);
	l->word_columns = 0;
	l->is_whole = false;
}

static void add_to_word(struct line *l, const char *clean, size_t n_bytes)
{
	strbuf_add(&l->word, clean, n_bytes);
	for (size_t i = 0; i < n_bytes; i++)
		l->word_columns += (clean[i] & 0xc0) != 0x80;
}

/* Lines are broken at blanks of texts, not within a number and its unit. */
static void add_span(struct line *l, const struct doc_span *span)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (span->role != ROLE_PLAIN)
		text_role(&l->word, l->style, span->role);
	if (span->kind == DOC_TEXT) {
		text_clean(&clean, span->text ? span->text : "");
		l->is_whole |= span->exact;
		for (const char *p = strbuf_text(&clean), *end; *p; p = end) {
			end = p + strcspn(p, span->exact ? "" : " ");
			add_to_word(l, p, (size_t)(end - p));
			if (*end) {
				end_word(l);
				end++;
			}
		}
	} else if (!doc_is_empty(span)) {
		const struct number_words words = print_number(span, l->style, false);
		add_to_word(l, words.text, strlen(words.text));
	}
	if (span->role != ROLE_PLAIN)
		text_role(&l->word, l->style, l->role);
}

static void add_sentence(struct strbuf *out, const struct doc_block *block, size_t column, size_t indent,
			 enum text_role role, const struct text_style *style)
{
	unsigned most = style->columns == UINT_MAX ? UINT_MAX : SENTENCE_COLUMNS_MAX;
	size_t columns = MIN(MAX(style->columns, (unsigned)COLUMNS_MIN), most);
	struct line l = {
		.out = out,
		.style = style,
		.column = column,
		.columns = columns,
		.indent = indent,
		.is_first = true,
		.role = role,
	};

	if (role != ROLE_PLAIN)
		text_role(out, style, role);
	for (size_t i = 0; i < block->n_spans; i++)
		add_span(&l, &block->spans[i]);
	end_word(&l);
	strbuf_add(out, strbuf_text(&l.word), l.word.n_bytes);
	strbuf_deinit(&l.word);
	if (role != ROLE_PLAIN)
		text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

/* ---- findings: as compilers tell of errors, so that editors find the line ---- */

static void add_finding(struct strbuf *out, const struct doc_finding *f, const struct text_style *style)
{
	static const struct {
		const char *severity;
		enum text_role role;
	} severities[N_DOC_OUTCOMES] = {
		[DOC_PASSED] = { "note", ROLE_FREE },       [DOC_NOTED] = { "note", ROLE_FREE },
		[DOC_WARNED] = { "warning", ROLE_WARNING }, [DOC_FAILED] = { "error", ROLE_WARNING },
		[DOC_ERRED] = { "error", ROLE_WARNING },    [DOC_SKIPPED] = { "note", ROLE_FAINT },
	};
	struct strbuf place CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *severity = severities[f->outcome].severity;
	const struct doc_span advice = DOC_T(f->advice);

	print_place(&place, f);
	text_in_role(out, style, ROLE_HEAD, strbuf_text(&place));
	text_in_role(out, style, severities[f->outcome].role, severity);
	strbuf_puts(out, ": ");
	add_sentence(out, f->message, text_columns_of(strbuf_text(&place)) + strlen(severity) + 2, 2 * INDENT,
		     ROLE_PLAIN, style);
	if (!f->advice)
		return;
	strbuf_repeat(out, " ", 2 * INDENT);
	add_sentence(out, &(struct doc_block){ .spans = &advice, .n_spans = 1 }, 2 * INDENT, 2 * INDENT, ROLE_PLAIN,
		     style);
}

/* ---- tables ---- */

struct widths {
	size_t of[DOC_COLUMNS_MAX]; /* 0: the column is not shown */
	size_t indent, gap;
};

static size_t columns_of(const struct doc_span *cell, bool exact, const struct text_style *style)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT, words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (doc_is_empty(cell))
		return 0;
	if (cell->kind == DOC_WORDS) {
		print_plain(&words, cell->words, style);
		return columns_of(&DOC_T(strbuf_text(&words)), exact, style);
	}
	if (cell->kind != DOC_TEXT)
		return text_columns_of(print_number(cell, style, exact).text);
	if (text_is_ascii(cell->text, strlen(cell->text)))
		return strlen(cell->text);
	text_clean(&clean, cell->text);
	return text_columns_of(strbuf_text(&clean));
}

static size_t sum_of(const struct widths *w, size_t n_columns)
{
	size_t sum = 0, n = 0;

	for (size_t i = 0; i < n_columns; i++) {
		sum += w->of[i];
		n += w->of[i] > 0;
	}
	return sum + (n ? (n - 1) * w->gap : 0);
}

/* The column that goes next; n_columns: none. */
static size_t next_dropped(const struct widths *w, const struct doc_table *t)
{
	size_t ret = t->n_columns;

	for (size_t i = 0; i < t->n_columns; i++)
		if (w->of[i] && t->columns[i].drop &&
		    (ret == t->n_columns || t->columns[i].drop > t->columns[ret].drop))
			ret = i;
	return ret;
}

/* Makes the name shorter, but not below n_least; false: the table is still too wide. */
static bool shorten_name(struct widths *w, const struct doc_table *t, size_t n_least, size_t columns)
{
	size_t i = 0, sum = sum_of(w, t->n_columns);

	while (i < t->n_columns && (!t->columns[i].is_name || t->columns[i].whole))
		i++;
	if (sum <= columns || i == t->n_columns || w->of[i] <= n_least)
		return sum <= columns;
	w->of[i] -= MIN(sum - columns, w->of[i] - n_least);
	return sum_of(w, t->n_columns) <= columns;
}

/* From the last column on: numbers are dropped, texts are cut, or dropped where next to nothing would be left of them.
 * Names and texts without a bound stay; where they alone are too wide, nothing is dropped, as that would not help. */
static void narrow(struct widths *w, const struct doc_table *t, size_t columns)
{
	struct widths least = *w;

	for (size_t i = 0; i < t->n_columns; i++)
		if (!t->columns[i].is_name && (t->columns[i].kind != DOC_TEXT || t->columns[i].columns_max))
			least.of[i] = 0;
	if (sum_of(&least, t->n_columns) > columns)
		return;
	for (size_t i = t->n_columns; i-- > 0 && sum_of(w, t->n_columns) > columns;) {
		size_t n_over = sum_of(w, t->n_columns) - columns;
		bool shrinks = t->columns[i].kind == DOC_TEXT && w->of[i] >= n_over + TEXT_COLUMNS_MIN;
		if (least.of[i] == 0)
			w->of[i] = shrinks ? w->of[i] - n_over : 0;
	}
}

/* Until it fits: long texts are cut, then the gaps shrink and the name, then columns are dropped. Texts get the room
 * that is left. */
static void fit(struct widths *w, const struct doc_table *t, size_t columns)
{
	const struct widths natural = *w;
	size_t i_dropped;

	for (size_t i = 0; i < t->n_columns && sum_of(w, t->n_columns) > columns; i++)
		if (t->columns[i].columns_max)
			w->of[i] = MIN(w->of[i], (size_t)t->columns[i].columns_max);
	if (sum_of(w, t->n_columns) > columns)
		w->gap = 1;
	while (!shorten_name(w, t, NAME_COLUMNS, columns) && (i_dropped = next_dropped(w, t)) < t->n_columns)
		w->of[i_dropped] = 0;
	shorten_name(w, t, NAME_COLUMNS_MIN, columns);
	narrow(w, t, columns);
	for (size_t i = 0; i < t->n_columns; i++) {
		size_t sum = sum_of(w, t->n_columns);
		if (w->of[i] && sum < columns)
			w->of[i] += MIN(columns - sum, natural.of[i] - w->of[i]);
	}
}

/* Sizes in bytes, without a unit. */
static bool is_exact(const struct doc_table *t, const struct text_style *style)
{
	return t->exact || style->sizes == SIZES_EXACT;
}

/* Whether larger numbers are never shorter. */
static bool grows(enum doc_kind kind, bool exact)
{
	return kind == DOC_COUNT || kind == DOC_ADDRESS || (kind == DOC_SIZE && exact);
}

static struct widths measure(const struct doc_table *t, struct doc_row *row, const struct text_style *style)
{
	bool exact = is_exact(t, style);
	struct widths w = { .indent = INDENT, .gap = 2 };
	uint64_t largest[DOC_COLUMNS_MAX] = { 0 };
	size_t depth_max = 0;

	for (size_t k = 0; k < t->n_rows; k++) {
		doc_row_fill(row, t, k);
		size_t depth = MIN(row->depth, (uint32_t)DOC_DEPTH_MAX);
		depth_max = MAX(depth_max, depth);
		for (size_t i = 0; i < t->n_columns; i++) {
			const struct doc_span *cell = &row->cells[i];
			if (!t->columns[i].head || (grows(cell->kind, exact) && cell->number < largest[i]))
				continue;
			size_t n = columns_of(cell, exact, style);
			if (n > 0 && grows(cell->kind, exact))
				largest[i] = cell->number;
			if (n > 0)
				w.of[i] = MAX(w.of[i], n + (t->columns[i].is_name ? INDENT * depth : 0));
		}
	}
	for (size_t i = 0; i < t->n_columns; i++)
		if (w.of[i]) {
			size_t n_head = columns_of(&DOC_T(t->columns[i].head), exact, style);
			w.of[i] = MAX(w.of[i], n_head);
		}
	size_t natural = sum_of(&w, t->n_columns), columns = MAX(style->columns, (unsigned)COLUMNS_MIN);
	if (natural > columns && depth_max > 1)
		w.indent = 1;
	fit(&w, t, columns);
	return w;
}

/* The words that fit; a + stands for the rest. */
static size_t cut_words(struct strbuf *out, const char *words, size_t columns)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_columns = 0, n_fit = 0, n_fit_columns = 0;

	text_clean(&clean, words);
	const char *text = strbuf_text(&clean);
	if (text_columns_of(text) <= columns) {
		strbuf_puts(out, text);
		return text_columns_of(text);
	}
	for (size_t i = 0; n_columns + 1 < columns; i++) {
		n_columns += (text[i] & 0xc0) != 0x80;
		if (text[i] == ' ') {
			n_fit = i + 1;
			n_fit_columns = n_columns;
		}
	}
	strbuf_printf(out, "%.*s+", (int)n_fit, text);
	return n_fit_columns + 1;
}

static void add_cell(struct strbuf *out, const struct doc_table *t, size_t i, const struct doc_row *row,
		     const struct widths *w, const struct text_style *style)
{
	static const enum text_cut cuts[] = {
		[DOC_CUT_END] = CUT_END, [DOC_CUT_MIDDLE] = CUT_MIDDLE, [DOC_CUT_BEGINNING] = CUT_BEGINNING
	};
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct doc_span *cell = &row->cells[i];
	const char *text = cell->text;
	size_t width = w->of[i], n = 0;

	if (cell->kind == DOC_WORDS) {
		print_plain(&words, cell->words, style);
		text = strbuf_text(&words);
	} else if (cell->kind != DOC_TEXT) {
		const struct number_words amount = print_number(cell, style, is_exact(t, style));
		const char *number = doc_is_empty(cell) ? "" : amount.text;
		n = text_columns_of(number);
		bool right = print_is_number(cell->kind);
		strbuf_repeat(out, " ", right && n < width ? width - n : 0);
		strbuf_puts(out, number);
		strbuf_repeat(out, " ", !right && n < width ? width - n : 0);
		return;
	}
	if (t->columns[i].is_name) {
		n = MIN(w->indent * MIN(row->depth, (uint32_t)DOC_DEPTH_MAX), width > 4 ? width - 4 : 0);
		strbuf_repeat(out, " ", n);
	}
	size_t room = width > n + 2 ? width - n : 2;
	n += t->columns[i].cut == DOC_CUT_WORDS ? cut_words(out, text, room) :
						  text_cut(out, text, strlen(text), room, cuts[t->columns[i].cut]);
	strbuf_repeat(out, " ", n < width ? width - n : 0);
}

static void end_row(struct strbuf *out, struct strbuf *line, enum text_role role, const struct text_style *style)
{
	while (line->n_bytes > 0 && line->text[line->n_bytes - 1] == ' ')
		line->text[--line->n_bytes] = '\0';
	if (role == ROLE_PLAIN)
		strbuf_puts(out, strbuf_text(line));
	else
		text_in_role(out, style, role, strbuf_text(line));
	strbuf_putc(out, '\n');
	strbuf_reset(line);
}

static void add_heads(struct strbuf *line, const struct doc_table *t, const struct widths *w)
{
	bool begun = false;

	for (size_t i = 0; i < t->n_columns; i++) {
		struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (!w->of[i])
			continue;
		size_t n = text_cut(&head, t->columns[i].head, strlen(t->columns[i].head), MAX(w->of[i], (size_t)2),
				    CUT_END);
		size_t n_blank = w->of[i] - MIN(w->of[i], n);
		bool right = print_is_number(t->columns[i].kind);
		strbuf_repeat(line, " ", (begun ? w->gap : 0) + (right ? n_blank : 0));
		strbuf_puts(line, strbuf_text(&head));
		strbuf_repeat(line, " ", right ? 0 : n_blank);
		begun = true;
	}
}

static void add_row(struct strbuf *line, const struct doc_table *t, const struct doc_row *row, const struct widths *w,
		    const struct text_style *style)
{
	bool begun = false;

	for (size_t i = 0; i < t->n_columns; i++) {
		if (!w->of[i])
			continue;
		strbuf_repeat(line, " ", begun ? w->gap : 0);
		begun = true;
		if (row->cells[i].role != ROLE_PLAIN)
			text_role(line, style, row->cells[i].role);
		add_cell(line, t, i, row, w, style);
		if (row->cells[i].role != ROLE_PLAIN)
			text_role(line, style, row->role);
	}
}

static void add_columns(struct strbuf *out, const struct doc_table *t, struct doc_row *row,
			const struct text_style *style)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct widths w = measure(t, row, style);

	const struct doc_span title[] = { DOC_T(t->title), DOC_T(t->note ? ": " : ""), DOC_T(t->note) };

	if (t->title)
		add_sentence(out, &(struct doc_block){ .spans = title, .n_spans = ARRAY_SIZE(title) }, 0, INDENT,
			     ROLE_HEAD, style);
	add_heads(&line, t, &w);
	end_row(out, &line, ROLE_PLAIN, style);
	for (size_t k = 0; k < t->n_rows; k++) {
		doc_row_fill(row, t, k);
		add_row(&line, t, row, &w, style);
		end_row(out, &line, row->role, style);
	}
}

static void add_table(struct strbuf *out, const struct doc_table *t, struct doc_row *row,
		      const struct text_style *style)
{
	for (size_t i = 0; t->as_lines && !t->n_folded && !t->is_told && i < t->n_rows; i++)
		add_finding(out, &t->findings[i], style);
	if (!t->as_lines) {
		strbuf_putc(out, '\n');
		add_columns(out, t, row, style);
	}
}

static void add_head(struct strbuf *out, const char *title, const struct text_style *style)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, title);
	text_in_role(out, style, ROLE_HEAD, strbuf_text(&clean));
	strbuf_putc(out, '\n');
}

static void add_picture(struct strbuf *out, const struct doc_picture *picture, const struct text_style *style)
{
	if (!picture->text)
		return;
	strbuf_putc(out, '\n');
	if (picture->title)
		add_head(out, picture->title, style);
	picture->text(out, picture->ctx, style);
}

/* ---- documents ---- */

static void add_block(struct strbuf *out, const struct doc_block *block, size_t n_item, struct doc_row *row,
		      const struct text_style *style)
{
	struct strbuf mark CLEANUP(strbuf_deinit) = STRBUF_INIT;

	switch (block->kind) {
	case DOC_SECTION:
		strbuf_putc(out, '\n');
		add_head(out, block->title, style);
		break;
	case DOC_TABLE:
		add_table(out, &block->table, row, style);
		break;
	case DOC_SENTENCE:
		add_sentence(out, block, 0, 0, ROLE_PLAIN, style);
		break;
	case DOC_ITEM:
	case DOC_NUMBERED:
	case DOC_REASON:
		if (block->kind == DOC_NUMBERED)
			strbuf_printf(&mark, "  %zu ", n_item);
		else
			strbuf_repeat(&mark, " ", block->kind == DOC_REASON ? INDENT * 2 : INDENT);
		strbuf_puts(out, strbuf_text(&mark));
		add_sentence(out, block, mark.n_bytes, (size_t)INDENT * 2, ROLE_PLAIN, style);
		break;
	case DOC_PICTURE:
		add_picture(out, &block->picture, style);
		break;
	}
}

void print_text(struct strbuf *out, const struct document *d, const struct text_style *style)
{
	struct doc_row row = { .depth = 0 };
	size_t n_item = 0;
	bool is_below_table = false;

	if (print_fails(out, d))
		return;
	if (d->answer.n_spans)
		add_sentence(out, &d->answer, 0, 0, d->severity == DOC_FINE ? ROLE_HEAD : ROLE_WARNING, style);
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *block = &d->blocks[i];
		if (block->kind == DOC_TABLE && !print_is_for(&block->table, READ_BY_PEOPLE))
			continue;
		if (block->kind == DOC_SENTENCE && is_below_table)
			strbuf_putc(out, '\n');
		is_below_table = block->kind == DOC_TABLE;
		n_item = print_is_item(block) ? n_item + 1 : 0;
		add_block(out, block, n_item, &row, style);
	}
	if (d->source.n_spans) {
		strbuf_putc(out, '\n');
		add_sentence(out, &d->source, 0, INDENT, ROLE_FAINT, style);
	}
	text_disarm(out);
	doc_row_deinit(&row);
}
