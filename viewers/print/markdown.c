/* For a README, an issue, the summary of a job or a comment under a pull request. What is refused as a whole if it is
 * too long loses rows before that, and a line says how many. */
#include <errno.h>
#include <string.h>

#include "memprof/base/text.h"
#include "print/print.h"
#include "text/cut.h"

enum {
	NAME_MAX_BYTES = 240,
	TAIL_BYTES = 400, /* room kept for what closes tables and says what is left out */
};

/* ---- texts ---- */

/* GitHub looks for @somebody and #123 in what it has made of a comment, so "&#64;" is no help against that; a space
 * of no width behind the sign is (renovatebot/renovate, lib/util/markdown.ts). So it is against "https://" and "www.".
 */
static const char no_width[] = "&#8203;";

/* GitHub makes a formula of what stands between two of them, and a backslash is no help outside of one
 * (docs.github.com, "Writing mathematical expressions"). */
static const char no_formula[] = "<span>$</span>";

/* An untrusted text, so that nothing in it marks up, makes a link or a formula, calls somebody, or ends a cell of a
 * table. */
static void add_text(struct strbuf *out, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	for (const char *p = strbuf_text(&clean); *p; p++) {
		bool links = strchr("@#", *p) || strncmp(p, "://", 3) == 0 || strncmp(p, "www.", 4) == 0;
		if (*p == '<')
			strbuf_puts(out, "&lt;");
		else if (*p == '&')
			strbuf_puts(out, "&amp;");
		else if (*p == '$')
			strbuf_puts(out, no_formula);
		else
			strbuf_printf(out, strchr("\\`*_{}[]>|~!", *p) ? "\\%c%s" : "%c%s", *p, links ? no_width : "");
	}
}

/* The same, and what is above 240 bytes is cut off: the end of a path tells more than its beginning. */
static void add_name(struct strbuf *out, const char *name)
{
	size_t n = strlen(name);

	if (n > NAME_MAX_BYTES) {
		name += n - NAME_MAX_BYTES;
		while ((*name & 0xc0) == 0x80)
			name++;
		strbuf_puts(out, "…");
	}
	add_text(out, name);
}

static const struct text_style style = { .columns = 80, .utf8 = true, .map_rows = 12, .is_page = true };
static const struct text_style exact_style = { .columns = 80, .utf8 = true, .sizes = SIZES_EXACT, .is_page = true };

struct printer {
	const struct document *d;
	struct strbuf *out;
	size_t begins, max_bytes; /* of what stands in out; it stays below: characters are at most as many */
	size_t n_left_out;        /* rows */
	struct strbuf text;       /* that is not in out yet */
	struct doc_row row;
	bool is_open; /* a <details> */
};

static void add_span(struct printer *p, const struct doc_span *span, bool exact)
{
	for (size_t i = 0; span->kind == DOC_WORDS && i < span->words->n_spans; i++)
		add_span(p, &span->words->spans[i], false);
	if (span->kind == DOC_TEXT)
		(p->d->max_bytes ? add_name : add_text)(&p->text,
							span->is_file ? text_input_name(span->text) : span->text);
	else if (!doc_is_empty(span))
		strbuf_puts(&p->text, print_number(span, exact || span->exact ? &exact_style : &style, exact).text);
}

static void add_spans(struct printer *p, const struct doc_block *block)
{
	for (size_t i = 0; i < block->n_spans; i++)
		add_span(p, &block->spans[i], false);
}

/* False: it is left out. */
static bool flush(struct printer *p)
{
	bool fits = p->out->n_bytes - p->begins + p->text.n_bytes + TAIL_BYTES < p->max_bytes;

	if (fits)
		strbuf_add(p->out, strbuf_text(&p->text), p->text.n_bytes);
	strbuf_reset(&p->text);
	return fits;
}

/* ---- tables ---- */

static void add_heads(struct printer *p, const struct doc_table *t, const struct print_columns *columns)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (columns->shown[i]) {
			strbuf_puts(&p->text, "| ");
			add_name(&p->text, t->columns[i].head);
			strbuf_putc(&p->text, ' ');
		}
	strbuf_puts(&p->text, "|\n");
	for (size_t i = 0; i < t->n_columns; i++)
		if (columns->shown[i])
			strbuf_puts(&p->text, print_is_number(t->columns[i].kind) ? "|---:" : "|---");
	strbuf_puts(&p->text, "|\n");
}

static void add_row(struct printer *p, const struct doc_table *t, const struct print_columns *columns)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		bool faint = p->row.role == ROLE_FAINT && t->columns[i].is_name;
		if (!columns->shown[i])
			continue;
		strbuf_puts(&p->text, "| ");
		if (t->columns[i].is_name)
			strbuf_repeat(&p->text, "&emsp;", MIN(p->row.depth, (uint32_t)DOC_DEPTH_MAX));
		strbuf_puts(&p->text, faint ? "*" : "");
		add_span(p, &p->row.cells[i], t->exact);
		strbuf_puts(&p->text, faint ? "*" : "");
		strbuf_puts(&p->text, doc_is_empty(&p->row.cells[i]) ? "" : " ");
	}
	strbuf_puts(&p->text, "|\n");
}

static void add_title(struct printer *p, const struct doc_table *t)
{
	const char *note = t->note ? t->note : "";

	if (t->title && t->n_folded) {
		strbuf_puts(&p->text, "\n<details><summary>");
		add_text(&p->text, t->title);
		strbuf_printf(&p->text, ": %zu</summary>\n", t->n_folded);
	} else if (t->title) {
		strbuf_puts(&p->text, "\n### ");
		add_text(&p->text, t->title);
		strbuf_printf(&p->text, "%s%s\n", *note ? ": " : "", note);
	}
	strbuf_putc(&p->text, '\n');
}

static void add_table(struct printer *p, const struct doc_table *t)
{
	const struct print_columns columns = print_shown(t, &p->row, false);
	size_t i = 0;

	add_title(p, t);
	add_heads(p, t, &columns);
	if (!flush(p)) {
		p->n_left_out += t->n_rows;
		return;
	}
	p->is_open = t->n_folded;
	for (; i < t->n_rows; i++) {
		doc_row_fill(&p->row, t, i);
		add_row(p, t, &columns);
		if (!flush(p))
			break;
	}
	p->n_left_out += t->n_rows - i;
}

/* Markdown has no pictures of its own. */
static void add_picture(struct printer *p, const struct doc_picture *picture)
{
	if (!picture->text)
		return;
	strbuf_puts(&p->text, "\n### ");
	add_text(&p->text, picture->title ? picture->title : "Picture");
	strbuf_puts(&p->text, "\n\n```\n");
	picture->text(&p->text, picture->ctx, &style);
	strbuf_puts(&p->text, "```\n");
}

/* ---- documents ---- */

static void add_block(struct printer *p, const struct doc_block *block, size_t n_item)
{
	switch (block->kind) {
	case DOC_SECTION:
		strbuf_puts(&p->text, "\n### ");
		add_text(&p->text, block->title);
		strbuf_puts(&p->text, "\n");
		break;
	case DOC_TABLE:
		add_table(p, &block->table);
		return;
	case DOC_SENTENCE:
		strbuf_putc(&p->text, '\n');
		add_spans(p, block);
		strbuf_putc(&p->text, '\n');
		break;
	case DOC_ITEM:
	case DOC_NUMBERED:
	case DOC_REASON:
		strbuf_puts(&p->text, n_item == 1 ? "\n" : "");
		if (block->kind == DOC_NUMBERED)
			strbuf_printf(&p->text, "%zu. ", n_item);
		else
			strbuf_puts(&p->text, block->kind == DOC_REASON ? "  - " : "- ");
		add_spans(p, block);
		strbuf_putc(&p->text, '\n');
		break;
	case DOC_PICTURE:
		add_picture(p, &block->picture);
		break;
	}
	flush(p);
}

static void add_head(struct printer *p)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (*p->d->title) {
		print_title(&title, p->d);
		strbuf_puts(&p->text, "## ");
		add_text(&p->text, strbuf_text(&title));
		strbuf_puts(&p->text, "\n\n");
	}
	strbuf_puts(&p->text, p->d->severity == DOC_FINE ? "**" : ":warning: **");
	add_spans(p, &p->d->answer);
	strbuf_puts(&p->text, "**\n");
	flush(p);
}

void print_markdown(struct strbuf *out, const struct document *d)
{
	struct printer p = {
		.d = d, .out = out, .begins = out->n_bytes, .max_bytes = d->max_bytes ? d->max_bytes : SIZE_MAX
	};
	size_t n_item = 0;

	if (print_fails(out, d))
		return;
	add_head(&p);
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *block = &d->blocks[i], *next = i + 1 < d->n_blocks ? block + 1 : NULL;
		if (block->kind == DOC_TABLE && !print_is_for(&block->table, READ_BY_PEOPLE))
			continue;
		n_item = print_is_item(block) ? n_item + 1 : 0;
		add_block(&p, block, n_item);
		/* Items below a table are folded with it. */
		if (p.is_open && !(next && print_is_item(next))) {
			strbuf_puts(out, "\n</details>\n");
			p.is_open = false;
		}
	}
	if (d->source.n_spans) {
		strbuf_putc(&p.text, '\n');
		add_spans(&p, &d->source);
		strbuf_putc(&p.text, '\n');
		flush(&p);
	}
	if (p.n_left_out)
		strbuf_printf(out, "\n*%zu rows are left out: a comment may have %zu characters. JSON has all.*\n",
			      p.n_left_out, d->max_bytes);
	doc_row_deinit(&p.row);
	strbuf_deinit(&p.text);
}
