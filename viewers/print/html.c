/* A page: all of the document is in it as text; scripts only help to sort it and to find something (document.js). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "html/page.h"
#include "memprof/base/json.h"
#include "print/print.h"
#include "shared/xml.h"
#include "text/cut.h"

static const struct text_style page_style = { .columns = 80, .utf8 = true, .is_page = true };

static const char *role_class(enum text_role role)
{
	static const char *const classes[N_ROLES] = {
		[ROLE_FREE] = "good", [ROLE_WARNING] = "bad", [ROLE_FAINT] = "faint"
	};

	return classes[role];
}

/* Values are as far down as they are below the highest: scripts read them as they are. If all are alike they lie in the
 * middle. */
static void add_curve(struct strbuf *out, const struct doc_curve *c)
{
	bool is_flat = c->high <= c->low;

	strbuf_printf(out, "<svg data-high=\"%" PRIu64 "\" data-last=\"%zu\" data-n=\"%zu\" role=\"img\" aria-label=\"",
		      c->high, c->i_row, c->n);
	strbuf_printf(out, "%s to", figure_words(c->low, &page_style).text);
	strbuf_printf(out, " %s\" viewBox=\"0 %d %zu %" PRIu64 "\" preserveAspectRatio=\"none\"><path d=\"",
		      figure_words(c->high, &page_style).text, is_flat ? -1 : 0, MAX(c->n, (size_t)2) - 1,
		      is_flat ? 2 : c->high - c->low);
	for (size_t i = 0; i < c->n; i++) {
		bool begins = i == 0 || c->values[i - 1] == NOT_KNOWN;
		if (c->values[i] != NOT_KNOWN)
			strbuf_printf(out, "%c%zu %" PRIu64 "%s", begins ? 'M' : 'L', i, c->high - c->values[i],
				      begins ? "h0" : "");
	}
	strbuf_puts(out, "\"/></svg>");
}

static void add_span(struct strbuf *out, const struct doc_span *span, bool exact)
{
	bool is_command = span->kind == DOC_TEXT && span->exact;

	for (size_t i = 0; span->kind == DOC_WORDS && i < span->words->n_spans; i++)
		add_span(out, &span->words->spans[i], false);
	strbuf_puts(out, is_command ? "<code>" : "");
	if (span->kind == DOC_TEXT)
		xml_text(out, span->is_file ? text_input_name(span->text) : span->text);
	else if (span->kind == DOC_CURVE)
		add_curve(out, span->curve);
	else if (!doc_is_empty(span))
		strbuf_puts(out, print_number(span, &page_style, exact).text);
	strbuf_puts(out, is_command ? "</code>" : "");
}

static void add_sentence(struct strbuf *out, const struct doc_block *block, const char *tag)
{
	strbuf_printf(out, "<%s>", tag);
	for (size_t i = 0; i < block->n_spans; i++) {
		const char *class = role_class(block->spans[i].role);
		if (class)
			strbuf_printf(out, "<span class=\"%s\">", class);
		add_span(out, &block->spans[i], false);
		strbuf_puts(out, class ? "</span>" : "");
	}
	strbuf_printf(out, "</%s>\n", tag);
}

/* ---- tables ---- */

static const char *column_class(const struct doc_column *column)
{
	return column->is_name               ? "name" :
	       column->kind == DOC_ADDRESS   ? "address" :
	       column->kind == DOC_CURVE     ? "curve" :
	       print_is_number(column->kind) ? "num" :
	       column->whole                 ? "whole" :
					       "text";
}

/* As WORDS of assets/page.js has them. */
static const char *kind_name(enum doc_kind kind, bool exact)
{
	switch (kind) {
	case DOC_SIZE:
	case DOC_BALANCE:
		return exact ? "number" : "human";
	case DOC_CHANGE:
		return exact ? "signed" : "more";
	case DOC_COUNT:
		return "number";
	case DOC_COUNT_CHANGE:
		return "signed";
	case DOC_ADDRESS:
		return "address";
	case DOC_PERCENT:
		return "tenths";
	case DOC_RELATIVE:
		return "relative";
	case DOC_RATE:
		return "rate";
	case DOC_TIME:
		return "time";
	case DOC_CURVE:
		return "curve";
	default:
		return "text";
	}
}

/* What a cell is sorted by, of several words their first number; "": what has none. */
static struct number_words value_of(const struct doc_span *cell)
{
	struct number_words ret = { "" };

	for (size_t i = 0; cell->kind == DOC_WORDS && !*ret.text && i < cell->words->n_spans; i++)
		ret = value_of(&cell->words->spans[i]);
	if (!print_is_number(cell->kind) || cell->kind == DOC_ADDRESS || doc_is_empty(cell))
		return ret;
	if (cell->kind == DOC_CHANGE || cell->kind == DOC_BALANCE || cell->kind == DOC_COUNT_CHANGE)
		snprintf(ret.text, sizeof(ret.text), "%" PRId64, cell->change);
	else if (cell->kind == DOC_RELATIVE)
		snprintf(ret.text, sizeof(ret.text), "%.0f", cell->ratio * 1e6);
	else if (cell->kind == DOC_RATE)
		snprintf(ret.text, sizeof(ret.text), "%.3f", cell->ratio);
	else
		snprintf(ret.text, sizeof(ret.text), "%" PRIu64,
			 cell->kind == DOC_CURVE ? cell->curve->high - cell->curve->low : cell->number);
	return ret;
}

static void add_heads(struct strbuf *out, const struct doc_table *t, const struct print_columns *columns)
{
	strbuf_puts(out, "<thead><tr>");
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct doc_column *c = &t->columns[i];
		if (!columns->shown[i])
			continue;
		strbuf_printf(out, "<th scope=\"col\" class=\"%s%s\" data-kind=\"%s\"%s>", column_class(c),
			      c->has_bar ? " barred" : "", kind_name(c->kind, t->exact),
			      c->is_given ? " data-given" : "");
		xml_text(out, print_head(c, true));
		strbuf_puts(out, "</th>");
	}
	strbuf_puts(out, "</tr></thead>\n<tbody>\n");
}

/* A number has what it is sorted by, where it is shown otherwise. */
static void add_cell(struct strbuf *out, const struct doc_table *t, size_t i, const struct doc_row *row)
{
	const struct doc_column *column = &t->columns[i];
	const struct doc_span *cell = &row->cells[i];
	bool is_change = cell->kind == DOC_CHANGE || cell->kind == DOC_COUNT_CHANGE;
	const struct number_words value = value_of(cell);
	const char *tag = column->is_name ? "th" : "td", *role = role_class(cell->role);

	if (is_change && role)
		role = cell->change > 0 ? "grown" : "shrunk";
	strbuf_printf(out, "<%s class=\"%s%s%s\"", tag, column_class(column), role ? " " : "", role ? role : "");
	if (column->is_name)
		strbuf_printf(out, " scope=\"row\" style=\"--depth:%u\"", MIN(row->depth, (uint32_t)DOC_DEPTH_MAX));
	if (*value.text && print_is_number(column->kind))
		strbuf_printf(out, " data-value=\"%s\"", value.text);
	strbuf_putc(out, '>');
	if (column->is_name && row->color)
		strbuf_printf(out, "<span class=\"k\" style=\"border-color:var(--%s)\">", row->color);
	add_span(out, cell, t->exact);
	strbuf_printf(out, "%s</%s>", column->is_name && row->color ? "</span>" : "", tag);
}

/* Its colour, and the row of another table of the page that it is about (limits.js). */
static void add_finding(struct strbuf *out, const struct doc_finding *f)
{
	static const char *const classes[N_DOC_OUTCOMES] = {
		"passed", "noted", "warned", "failed", "erred", "skipped",
	};

	strbuf_printf(out, " class=\"%s\"", classes[f->outcome]);
	if (!f->kind)
		return;
	strbuf_printf(out, " data-kind=\"%s\" data-found=\"", f->kind);
	xml_text(out, f->found);
	strbuf_putc(out, '"');
}

static void add_row(struct strbuf *out, const struct doc_table *t, size_t k, const struct print_columns *columns,
		    bool has_picture, const struct doc_row *row)
{
	const char *role = role_class(row->role);

	strbuf_puts(out, "<tr");
	if (has_picture || t->i_first)
		strbuf_printf(out, " data-row=\"%zu\"", t->i_first + k);
	if (t->findings)
		add_finding(out, &t->findings[k]);
	else if (role)
		strbuf_printf(out, " class=\"%s\"", role);
	if (row->word)
		strbuf_printf(out, " data-word=\"%s\"", row->word);
	strbuf_putc(out, '>');
	for (size_t i = 0; i < t->n_columns; i++)
		if (columns->shown[i])
			add_cell(out, t, i, row);
	strbuf_puts(out, "</tr>\n");
}

/* ---- long tables: the first rows as text, the others as lists, which the scripts read ---- */

enum { ROWS_AS_TEXT = 500, FIRST_ROWS = 100 };

static void pack_text(struct json *j, const struct doc_span *cell)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	print_plain(&words, cell->words, &page_style);
	json_text(j, NULL, strbuf_text(&words));
}

/* What it is sorted by, and its words. */
static void pack_bound(struct json *j, const struct doc_table *t, const struct doc_span *cell, const char *value)
{
	json_array(j, NULL);
	json_raw(j, NULL, value);
	json_text(j, NULL, print_number(cell, &page_style, t->exact).text);
	json_array_end(j);
}

static void pack_cell(struct json *j, const struct doc_table *t, const struct doc_span *cell)
{
	const struct number_words value = value_of(cell);

	if (cell->kind == DOC_WORDS)
		pack_text(j, cell);
	else if (*value.text && cell->bound != DOC_IS)
		pack_bound(j, t, cell, value.text);
	else if (*value.text)
		json_raw(j, NULL, value.text);
	else if (doc_is_empty(cell))
		json_text(j, NULL, NULL);
	else if (cell->kind == DOC_ADDRESS)
		json_address(j, NULL, cell->number);
	else
		json_text(j, NULL, cell->is_file ? text_input_name(cell->text) : cell->text);
}

/* Each begins with the word of its row, and how deep it lies. */
static void pack_rows(struct strbuf *out, const struct doc_table *t, const char *id,
		      const struct print_columns *columns, struct doc_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j = { .out = &text, .compact = true };

	json_array(&j, NULL);
	for (size_t k = FIRST_ROWS; k < t->n_rows; k++) {
		doc_row_fill(row, t, k);
		json_array(&j, NULL);
		json_text(&j, NULL, row->word);
		json_u64(&j, NULL, MIN(row->depth, (uint32_t)DOC_DEPTH_MAX));
		for (size_t i = 0; i < t->n_columns; i++)
			if (columns->shown[i])
				pack_cell(&j, t, &row->cells[i]);
		json_array_end(&j);
	}
	json_array_end(&j);
	html_data_packed(out, id, &text);
	strbuf_printf(out, "<noscript><p>The other %zu rows need JavaScript.</p></noscript>\n", t->n_rows - FIRST_ROWS);
}

static void add_table(struct strbuf *out, const struct doc_table *t, bool has_picture, struct doc_row *row)
{
	const struct print_columns columns = print_shown(t, row, true);
	bool is_long = t->n_rows > ROWS_AS_TEXT && !has_picture && !t->findings;

	strbuf_printf(out, "<div class=\"table\" data-name=\"%s\"><table>", t->name ? t->name : "");
	if (t->note || t->exact)
		strbuf_printf(out, "<caption>%s%s</caption>", t->note ? t->note : "",
			      !t->exact ? "" :
			      t->note   ? "; sizes in bytes" :
					  "Sizes in bytes");
	add_heads(out, t, &columns);
	for (size_t k = 0; k < (is_long ? (size_t)FIRST_ROWS : t->n_rows); k++) {
		doc_row_fill(row, t, k);
		add_row(out, t, k, &columns, has_picture, row);
	}
	strbuf_puts(out, "</tbody></table>");
	if (is_long) {
		struct strbuf id CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&id, "rows-%zu", out->n_bytes); /* another for each */
		pack_rows(out, t, strbuf_text(&id), &columns, row);
	}
	strbuf_puts(out, "</div>\n");
}

/* ---- documents ---- */

static const char *list_of(enum doc_block_kind kind)
{
	return kind == DOC_ITEM || kind == DOC_REASON ? "ul" : kind == DOC_NUMBERED ? "ol" : NULL;
}

/* A part of the page: what follows up to the next one lies in it. Returns what ends it. What may be folded is a tab if
 * links lead to it (document.js). */
static const char *begin_section(struct strbuf *out, const char *title, const struct doc_table *t)
{
	const char *name = t ? t->name : NULL;
	bool is_folded = t && t->n_folded, has_details = is_folded && !name;

	strbuf_puts(out, has_details ? "<details" : "<section");
	if (name)
		strbuf_printf(out, " id=\"%s\"", name);
	strbuf_puts(out, has_details ? "><summary>" : is_folded ? " class=\"fold\"><h2>" : "><h2>");
	xml_text(out, title);
	if (has_details)
		strbuf_printf(out, ": %zu", t->n_folded);
	strbuf_puts(out, has_details ? "</summary>\n" : "</h2>\n");
	return has_details ? "</details>\n" : "</section>\n";
}

static void add_block(struct strbuf *out, const struct doc_block *block, bool has_picture, struct doc_row *row)
{
	switch (block->kind) {
	case DOC_SECTION:
		break;
	case DOC_TABLE:
		if (print_is_for(&block->table, READ_IN_A_PAGE))
			add_table(out, &block->table, has_picture, row);
		break;
	case DOC_PICTURE:
		if (!block->picture.svg)
			break;
		strbuf_puts(out, "<div class=\"picture\">\n");
		block->picture.svg(out, block->picture.ctx, false);
		strbuf_puts(out, "</div>\n");
		break;
	case DOC_SENTENCE:
		add_sentence(out, block, "p");
		break;
	case DOC_ITEM:
	case DOC_NUMBERED:
	case DOC_REASON:
		add_sentence(out, block, "li");
		break;
	}
}

/* What a section begins with; NULL: with nothing of it. */
static const char *section_title(const struct doc_block *block)
{
	if (block->kind == DOC_TABLE && print_is_for(&block->table, READ_IN_A_PAGE))
		return block->table.title;
	if (block->kind == DOC_PICTURE && block->picture.svg)
		return block->picture.title;
	return block->kind == DOC_SECTION ? block->title : NULL;
}

/* The blocks [first, end), with lists around items. */
static void add_blocks(struct strbuf *out, const struct document *d, size_t first, size_t end)
{
	struct doc_row row = { .depth = 0 };
	const char *open = NULL, *end_of_section = "";
	bool has_picture = false;

	for (size_t i = first; i < end; i++) {
		const struct doc_block *block = &d->blocks[i];
		const char *list = list_of(block->kind), *title = section_title(block);
		has_picture |= block->kind == DOC_PICTURE;
		if (list != open && open)
			strbuf_printf(out, "</%s>\n", open);
		if (title) {
			strbuf_puts(out, end_of_section);
			end_of_section = begin_section(out, title, block->kind == DOC_TABLE ? &block->table : NULL);
		}
		if (list != open && list)
			strbuf_printf(out, "<%s>\n", list);
		open = list;
		add_block(out, block, has_picture, &row);
	}
	if (open)
		strbuf_printf(out, "</%s>\n", open);
	strbuf_puts(out, end_of_section);
	doc_row_deinit(&row);
}

static const char *severity_class(const struct document *d)
{
	static const char *const classes[] = { [DOC_FINE] = "fine", [DOC_LOOK] = "look", [DOC_ACT] = "act" };

	return classes[d->severity];
}

size_t print_html_findings(struct strbuf *out, const struct document *d)
{
	size_t end = 0;

	if (print_fails(out, d))
		return d->n_blocks;
	while (end < d->n_blocks && (d->blocks[end].kind == DOC_SENTENCE || list_of(d->blocks[end].kind)))
		end++;
	strbuf_printf(out, "<section id=\"findings\" class=\"%s\" aria-label=\"What was found\">\n", severity_class(d));
	add_sentence(out, &d->answer, "p");
	add_blocks(out, d, 0, end);
	strbuf_puts(out, "</section>\n");
	return end;
}

void print_html_limits(struct strbuf *out, const struct document *d)
{
	struct strbuf source CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!d || print_fails(out, d))
		return;
	strbuf_printf(out, "<section id=\"limits\" class=\"%s\" aria-label=\"Limits\">\n", severity_class(d));
	add_sentence(out, &d->answer, "p");
	print_plain(&source, &d->source, &page_style);
	strbuf_puts(out, "<p class=\"note\">");
	xml_text(out, strbuf_text(&source));
	strbuf_puts(out, "</p>\n");
	add_blocks(out, d, 0, d->n_blocks);
	strbuf_puts(out, "</section>\n");
}

void print_html_begin(struct strbuf *out, const struct document *d, const char *title, struct html_kind *kind)
{
	struct strbuf own CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf source CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (print_fails(out, d))
		return;
	print_plain(&source, &d->source, &page_style);
	print_title(&own, d);
	kind->what = d->what;
	if (!title)
		title = *d->title ? d->title : strbuf_text(&own);
	kind->source = d->source.n_spans && strcmp(title, strbuf_text(&source)) != 0 ? strbuf_text(&source) : NULL;
	kind->is_whole = true;
	html_begin(out, title, kind);
	kind->source = NULL;
}

void print_html_document(struct strbuf *out, const struct document *d)
{
	add_blocks(out, d, print_html_findings(out, d), d->n_blocks);
}

void print_html(struct strbuf *out, const struct document *d)
{
	struct html_kind kind = { .name = "document" };

	print_html_begin(out, d, NULL, &kind);
	print_html_document(out, d);
	html_end(out, &kind);
}
