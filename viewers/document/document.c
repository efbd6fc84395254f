#include "memprof/viewers/document.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "memprof/base/text.h"

void doc_init(struct document *d, const char *what) { *d = (struct document){ .what = what, .title = "" }; }

void doc_deinit(struct document *d)
{
	for (size_t i = 0; i < d->n_owned; i++)
		d->owned[i].free(d->owned[i].ctx);
	vec_deinit(d, owned);
	vec_deinit(d, blocks);
	arena_deinit(&d->arena);
}

void doc_own(struct document *d, void *ctx, void (*free)(void *ctx))
{
	if (vec_push(d, owned, (struct doc_owned){ ctx, free }) < 0)
		d->error = -ENOMEM; /* leaked */
}

const char *doc_keep(struct document *d, const char *text) { return arena_text(&d->arena, text, strlen(text)); }

const char *doc_shell_word(struct document *d, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,=+@%";
	struct strbuf escaped CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_visible = text_is_visible(word, strlen(word)); /* else $'a\x0ab', which bash and zsh decode */
	const char *quote = word[strspn(word, plain)] || !*word ? "'" : "", *begin = *word == '-' ? "./" : "";

	for (; *word; word++)
		if (*word == '\'' || (*word == '\\' && !is_visible))
			strbuf_printf(&escaped, is_visible ? "'\\%c'" : "\\%c", *word);
		else
			strbuf_putc(&escaped, *word);
	text_clean(&clean, strbuf_text(&escaped));
	return arena_printf(&d->arena, "%s%s%s%s%s", is_visible ? "" : "$", quote, begin, strbuf_text(&clean), quote);
}

struct doc_column *doc_columns(struct document *d, const struct doc_column *columns, size_t n)
{
	struct doc_column *ret = arena_zeroed(&d->arena, n, sizeof(*ret));

	if (ret)
		memcpy(ret, columns, n * sizeof(*ret));
	return ret;
}

void doc_title(struct document *d, const char *title) { d->title = doc_keep(d, title); }

static struct doc_block *add_block(struct document *d, enum doc_block_kind kind)
{
	struct doc_block *block = vec_add(d, blocks);

	if (block)
		block->kind = kind;
	else
		d->error = -ENOMEM;
	return block;
}

void doc_section(struct document *d, const char *title)
{
	struct doc_block *block = add_block(d, DOC_SECTION);

	if (block)
		block->title = title;
}

void doc_table(struct document *d, const struct doc_table *table)
{
	struct doc_block *block = add_block(d, DOC_TABLE);

	if (block)
		block->table = *table;
}

void doc_picture(struct document *d, const struct doc_picture *picture)
{
	struct doc_block *block = add_block(d, DOC_PICTURE);

	if (block)
		block->picture = *picture;
}

/* Of a block with so many spans: the arena has no more than twice what is needed. */
static size_t room_for(size_t n_spans)
{
	size_t n = 4;

	while (n < n_spans)
		n *= 2;
	return n_spans ? n : 0;
}

void doc_add_to(struct document *d, struct doc_block *block, const struct doc_span *spans, size_t n_spans)
{
	size_t n_before = block->n_spans, n_room = room_for(n_before + n_spans);
	struct doc_span *all = (struct doc_span *)block->spans;

	if (n_room != room_for(n_before)) {
		all = arena_zeroed(&d->arena, n_room, sizeof(*all));
		if (!all) {
			d->error = -ENOMEM;
			return;
		}
		if (n_before)
			memcpy(all, block->spans, n_before * sizeof(*all));
	}
	for (size_t i = 0; i < n_spans; i++) {
		all[n_before + i] = spans[i];
		if (spans[i].kind == DOC_TEXT)
			all[n_before + i].text = doc_keep(d, spans[i].text ? spans[i].text : "");
	}
	block->spans = all;
	block->n_spans += n_spans;
}

void doc_add(struct document *d, enum doc_block_kind kind, const struct doc_span *spans, size_t n_spans)
{
	struct doc_block *block = add_block(d, kind);

	if (block)
		doc_add_to(d, block, spans, n_spans);
}

void doc_add_answer(struct document *d, enum doc_severity severity, const struct doc_span *spans, size_t n_spans)
{
	d->severity = MAX(d->severity, severity);
	doc_add_to(d, &d->answer, spans, n_spans);
}

void doc_add_told(struct document *d, enum doc_severity severity, const struct doc_span *spans, size_t n_spans)
{
	d->severity = MAX(d->severity, severity);
	if (d->answer.n_spans)
		doc_add(d, DOC_SENTENCE, spans, n_spans);
	else
		doc_add_to(d, &d->answer, spans, n_spans);
}

void doc_add_source(struct document *d, const struct doc_span *spans, size_t n_spans)
{
	doc_add_to(d, &d->source, spans, n_spans);
}

/* ---- patterns ---- */

static size_t fill_pattern(struct document *d, struct doc_span spans[DOC_PATTERN_SPANS], const char *pattern,
			   const struct doc_figure *figures)
{
	size_t n = 0, n_before = 0;
	bool is_left_out = false;

	for (const char *p = pattern; *p; p++) {
		size_t n_text = strcspn(p, "{[]");
		assert(n + 2 <= DOC_PATTERN_SPANS);
		if (n_text)
			spans[n++] = DOC_T(arena_text(&d->arena, p, n_text));
		p += n_text;
		if (*p == '{') {
			const struct doc_figure *f = figures;
			size_t n_key = strcspn(++p, "}");
			while (strncmp(f->key, p, n_key) != 0 || f->key[n_key])
				f++; /* builders give all of them */
			spans[n++] = f->span;
			is_left_out |= doc_is_empty(&f->span);
			p += n_key;
		} else if (*p == '[') {
			n_before = n;
			is_left_out = false;
		} else if (*p == ']') {
			n = is_left_out ? n_before : n;
		} else {
			break;
		}
	}
	return n;
}

void doc_add_pattern(struct document *d, bool is_answer, const char *pattern, const struct doc_figure *figures)
{
	struct doc_span spans[DOC_PATTERN_SPANS];
	size_t n = fill_pattern(d, spans, pattern, figures);

	if (n > 0 && is_answer)
		doc_add_to(d, &d->answer, spans, n);
	else if (n > 0 && spans[0].kind == DOC_TEXT) /* what was before a blank may be left out */
		spans[0].text += strspn(spans[0].text, " ");
	if (n > 0 && !is_answer)
		doc_add(d, DOC_SENTENCE, spans, n);
}

void doc_add_source_pattern(struct document *d, const char *pattern, const struct doc_figure *figures)
{
	struct doc_span spans[DOC_PATTERN_SPANS];

	doc_add_source(d, spans, fill_pattern(d, spans, pattern, figures));
}

bool doc_is_empty(const struct doc_span *span)
{
	switch (span->kind) {
	case DOC_NONE:
		return true;
	case DOC_TEXT:
		return !span->text || !*span->text;
	case DOC_SIZE:
	case DOC_COUNT:
	case DOC_ADDRESS:
	case DOC_PERCENT:
	case DOC_TIME:
		return span->number == NOT_KNOWN;
	case DOC_WORDS:
		return span->words->n_spans == 0;
	case DOC_RELATIVE:
	case DOC_RATE:
		return isnan(span->ratio);
	default:
		return false;
	}
}

/* ---- spans ---- */

struct doc_span doc_share(uint64_t part, uint64_t whole)
{
	return DOC_PART(whole ? (uint64_t)((double)part * 1000 / (double)whole + 0.5) : 0);
}

struct doc_span doc_bar(uint64_t part, uint64_t all)
{
	uint64_t thousandths = all ? (uint64_t)((double)part * 1000 / (double)all + .5) : 0;

	return (struct doc_span){ .kind = DOC_BAR, .number = part ? MAX(thousandths, UINT64_C(1)) : 0 };
}

struct doc_span doc_text_or_none(const char *text)
{
	return text ? DOC_T(text) : (struct doc_span){ .kind = DOC_NONE };
}

struct doc_span doc_exact(struct doc_span span)
{
	span.exact = true;
	return span;
}

struct doc_span doc_warning(struct doc_span span)
{
	span.role = ROLE_WARNING;
	return span;
}

struct doc_span doc_by_sign(struct doc_span span)
{
	span.role = span.change > 0 ? ROLE_WARNING : span.change < 0 ? ROLE_FREE : ROLE_PLAIN;
	return span;
}

/* ---- rows ---- */

struct strbuf *doc_make(struct doc_row *row, size_t i)
{
	row->cells[i] = DOC_T(NULL);
	return &row->made[i];
}

void doc_row_fill(struct doc_row *row, const struct doc_table *table, size_t i)
{
	for (size_t k = 0; k < table->n_columns; k++) {
		row->cells[k] = (struct doc_span){ .kind = DOC_NONE };
		strbuf_reset(&row->made[k]);
	}
	row->depth = 0;
	row->role = ROLE_PLAIN;
	row->color = row->word = NULL;
	table->row(table->ctx, i, row);
	for (size_t k = 0; k < table->n_columns; k++) {
		if (row->cells[k].kind == DOC_TEXT && !row->cells[k].text)
			row->cells[k].text = strbuf_text(&row->made[k]);
	}
}

void doc_row_deinit(struct doc_row *row)
{
	for (size_t k = 0; k < DOC_COLUMNS_MAX; k++)
		strbuf_deinit(&row->made[k]);
}
