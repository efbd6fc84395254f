#include "tui/state/typed_line.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/viewers/tui.h"

/* ---- editing; columns are the view's business, here are bytes ---- */

static void set(struct typed_line *l, const char *text)
{
	text_copy(l->text, sizeof(l->text), text, strlen(text));
	l->n = l->i = strlen(l->text);
}

static void erase(struct typed_line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->n - to + 1);
	l->n -= to - from;
	l->i = from;
}

static bool inside(const struct typed_line *l, size_t i) { return i < l->n && ((uint8_t)l->text[i] & 0xc0) == 0x80; }

static size_t before(const struct typed_line *l)
{
	size_t i = l->i - (l->i > 0);

	while (i > 0 && inside(l, i))
		i--;
	return i;
}

static size_t after(const struct typed_line *l)
{
	size_t i = l->i + (l->i < l->n);

	while (inside(l, i))
		i++;
	return i;
}

static void insert(struct typed_line *l, uint32_t point)
{
	char bytes[4];
	bool text = point >= ' ' && (point < 0x7f || point > 0x9f) && point <= 0x10ffff &&
		    (point < 0xd800 || point > 0xdfff);
	size_t n = text ? text_put_utf8(point, bytes) : 0;

	if (l->n + n >= sizeof(l->text))
		return;
	memmove(l->text + l->i + n, l->text + l->i, l->n - l->i + 1);
	memcpy(l->text + l->i, bytes, n);
	l->i += n;
	l->n += n;
}

static void to_left(struct typed_line *l) { l->i = before(l); }
static void to_right(struct typed_line *l) { l->i = after(l); }
static void to_beginning(struct typed_line *l) { l->i = 0; }
static void to_end(struct typed_line *l) { l->i = l->n; }
static void erase_to_left(struct typed_line *l) { erase(l, before(l), l->i); }
static void erase_to_right(struct typed_line *l) { erase(l, l->i, after(l)); }
static void erase_to_beginning(struct typed_line *l) { erase(l, 0, l->i); }
static void erase_to_end(struct typed_line *l) { erase(l, l->i, l->n); }

static void erase_word(struct typed_line *l)
{
	size_t i = l->i;

	while (i > 0 && l->text[i - 1] == ' ')
		i--;
	while (i > 0 && l->text[i - 1] != ' ')
		i--;
	erase(l, i, l->i);
}

/* ---- old lines ---- */

void typed_line_remember(const struct typed_line *line, struct old_lines *old)
{
	if (line->n == 0 || (old->n > 0 && strcmp(old->lines[0], line->text) == 0))
		return;
	old->n = MIN(old->n + 1, ARRAY_SIZE(old->lines));
	memmove(old->lines[1], old->lines[0], (old->n - 1) * sizeof(old->lines[0]));
	memcpy(old->lines[0], line->text, sizeof(line->text));
}

static void show_old(struct typed_line *l, const struct old_lines *old, size_t i)
{
	if (i > old->n)
		return;
	if (l->i_old == 0)
		memcpy(l->draft, l->text, sizeof(l->text));
	l->i_old = i;
	set(l, i > 0 ? old->lines[i - 1] : l->draft);
}

/* ---- the whole ---- */

void typed_line_begin(struct typed_line *line)
{
	set(line, "");
	line->i_old = 0;
}

enum typed_line_result typed_line_key(struct typed_line *line, const struct old_lines *old, uint32_t key)
{
	enum {
		CTRL_A = 1,
		CTRL_C = 3,
		CTRL_E = 5,
		CTRL_H = 8,
		LF = 10,
		CTRL_K,
		CR = 13,
		CTRL_U = 21,
		CTRL_W = 23,
		ESC = 27,
		DEL = 127
	};
	static const struct {
		uint32_t key;
		void (*edit)(struct typed_line *l);
	} edits[] = {
		{ TUI_KEY_LEFT, to_left },
		{ TUI_KEY_RIGHT, to_right },
		{ TUI_KEY_HOME, to_beginning },
		{ TUI_KEY_END, to_end },
		{ CTRL_A, to_beginning },
		{ CTRL_E, to_end },
		{ TUI_KEY_BACKSPACE, erase_to_left },
		{ CTRL_H, erase_to_left },
		{ DEL, erase_to_left },
		{ TUI_KEY_DELETE, erase_to_right },
		{ CTRL_U, erase_to_beginning },
		{ CTRL_K, erase_to_end },
		{ CTRL_W, erase_word },
	};

	if (key == CR || key == LF)
		return TYPED_LINE_ENTERED;
	if (key == ESC || key == CTRL_C)
		return TYPED_LINE_LEFT;
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++)
		if (edits[i].key == key) {
			edits[i].edit(line);
			return TYPED_LINE_EDITED;
		}
	if (key == TUI_KEY_UP)
		show_old(line, old, line->i_old + 1);
	else if (key == TUI_KEY_DOWN && line->i_old > 0)
		show_old(line, old, line->i_old - 1);
	else
		insert(line, key);
	return TYPED_LINE_EDITED;
}
