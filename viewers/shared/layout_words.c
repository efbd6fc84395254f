/* Words that several views of a layout have in common. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "shared/layout_line.h"

const char *layout_space_says(const char *space)
{
	static const struct {
		const char *space, *words;
	} all[] = {
		{ LAYOUT_FLASH, "offsets into the flash" },
		{ LAYOUT_CPU, "addresses of the processor" },
		{ LAYOUT_PSRAM, "offsets into the PSRAM" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(space, all[i].space) == 0)
			return all[i].words;
	return "offsets into this chip";
}

/* ---- who says so: a number for each input, a line of it behind a colon ---- */

/* From 1; 0 if there are too many. */
static size_t source_number(struct layout_sources *s, const char *from)
{
	size_t n_bytes = layout_from_bytes(from);

	for (size_t i = 0; i < s->n_texts; i++)
		if (s->n_bytes[i] == n_bytes && memcmp(s->texts[i], from, n_bytes) == 0)
			return i + 1;
	if (s->n_texts == LAYOUT_SOURCES_MAX)
		return 0;
	s->texts[s->n_texts] = from;
	s->n_bytes[s->n_texts++] = n_bytes;
	return s->n_texts;
}

void layout_source_words(struct strbuf *out, struct layout_sources *s, const struct layout_span *span)
{
	for (uint32_t i = 0; span && i < span->n_from; i++) {
		size_t number = source_number(s, span->from[i]);
		const char *line = span->from[i] + layout_from_bytes(span->from[i]);
		if (number > 0)
			strbuf_printf(out, "%s%zu%s", i ? " " : "", number, line);
		else
			strbuf_puts(out, i ? " +" : "+");
	}
}

/* ---- what it is about ---- */

static void add_base_name(struct strbuf *out, const char *text, size_t n_bytes)
{
	size_t start = n_bytes;

	while (start > 0 && text[start - 1] != '/')
		start--;
	if (start == n_bytes || memchr(text, ':', start))
		start = 0; /* a source that is no file */
	strbuf_add(out, text + start, n_bytes - start);
}

/* Options, and what firmware does by itself. */
static bool is_file(const char *text) { return strncmp(text, "--", 2) != 0 && strcmp(text, "made at boot") != 0; }

void layout_title(struct strbuf *out, const struct layout *l)
{
	enum { NAMED_MAX = 3 };
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct layout_sources s = { .n_texts = 0 };

	if (l->board) {
		strbuf_puts(out, l->board);
		return;
	}
	for (size_t i = 0; i < l->n_rows; i++)
		if (l->rows[i].span != LAYOUT_NONE)
			layout_source_words(&words, &s, &l->spans[l->rows[i].span]);
	size_t n = 0;
	for (size_t i = 0; i < s.n_texts; i++) {
		if (!is_file(s.texts[i]) || n++ >= NAMED_MAX)
			continue;
		strbuf_puts(out, n > 1 ? ", " : "");
		add_base_name(out, s.texts[i], s.n_bytes[i]);
	}
	if (n > NAMED_MAX)
		strbuf_printf(out, " and %zu more", n - NAMED_MAX);
}

/* ---- conflicts ---- */

const char *layout_no_conflicts(const struct layout *l)
{
	return l->incomplete ? "no conflicts in what could be read, but not all inputs could" : "no conflicts";
}

void layout_conflict_words(struct strbuf *out, const struct layout_conflict *c)
{
	strbuf_puts(out, c->what);
	if (c->size_bytes > 0)
		strbuf_printf(out, " (%s 0x%" PRIx64 " to 0x%" PRIx64 ")", c->space, c->start,
			      c->start + (c->size_bytes - 1));
}
