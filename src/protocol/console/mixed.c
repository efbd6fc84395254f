#include "console/mixed.h"

#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"

/* The name that a line begins with, "[kitchen]", "COM3>": its length; 0: none. */
static size_t name_of(const struct plain_line *line)
{
	const char *blank = memchr(line->text, ' ', line->n_bytes);
	size_t n = blank ? (size_t)(blank - line->text) : 0;
	bool is_name = n > 1 && n < sizeof(((struct mixed *)0)->of[0].name) && strchr("]:>|)", line->text[n - 1]);

	return is_name ? n : 0;
}

static uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

void mixed_line(struct mixed *m, const struct plain_line *line, uint64_t free_bytes)
{
	size_t n = name_of(line), i = 0;

	while (i < 2 && m->of[i].n > 0 && (strlen(m->of[i].name) != n || memcmp(m->of[i].name, line->text, n) != 0))
		i++;
	if (n == 0 || i == 2 || free_bytes == NOT_KNOWN)
		return;
	if (m->of[i].n > 0 && m->of[1 - i].n > 0) {
		m->n_told++;
		m->n_apart += distance(free_bytes, m->of[i].last_bytes) <
			      distance(free_bytes, m->of[1 - i].last_bytes) / 4;
	}
	text_copy(m->of[i].name, sizeof(m->of[i].name), line->text, n);
	m->of[i].last_bytes = free_bytes;
	m->of[i].n++;
}

bool mixed_note(const struct mixed *m, char ret[DECODER_NOTE_BYTES])
{
	enum { TOLD_LEAST = 6, OF_EACH_LEAST = 3 };
	struct strbuf names[2] = { STRBUF_INIT, STRBUF_INIT };

	if (m->n_told < TOLD_LEAST || MIN(m->of[0].n, m->of[1].n) < OF_EACH_LEAST ||
	    m->n_apart < m->n_told - m->n_told / 10)
		return false;
	for (size_t i = 0; i < 2; i++)
		text_visible(&names[i], m->of[i].name, strlen(m->of[i].name), false);
	snprintf(ret, DECODER_NOTE_BYTES,
		 "lines of two boards, heaps or places are mixed in it, '%s' and '%s', and read as one; for each:"
		 " grep -F NAME FILE | memprof leaks -",
		 strbuf_text(&names[0]), strbuf_text(&names[1]));
	strbuf_deinit(&names[0]);
	strbuf_deinit(&names[1]);
	return true;
}
