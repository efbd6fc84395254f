#include "memprof/model/scrollback.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum { BEL = 0x07, BS = 0x08, CAN = 0x18, SUB = 0x1a, ESC = 0x1b };
enum { TAB_COLUMNS = 8 };

/* The line that has no end yet. */
struct last_line {
	size_t n_bytes;
	size_t n_over; /* characters that had no room */
	bool cr;       /* it begins again, unless it ends */
	char bytes[CONSOLE_LINE_BYTES];
};

/* Of a line that has ended: whole in the ring of bytes, with one for its end. */
struct ended_line {
	uint32_t i_byte, n_bytes;
};

struct console {
	uint64_t n_all;
	size_t n_ended; /* that are kept: before the last one */
	enum { TEXT, ESCAPE, INTERMEDIATE, CONTROL, STRING, STRING_ESCAPE } state;
	struct last_line last;
	struct ended_line ended[CONSOLE_LINES_MAX]; /* number n is at n % CONSOLE_LINES_MAX */
	char bytes[CONSOLE_BYTES];
};

/* ---- lines that have ended ---- */

static const struct ended_line *ended_line(const struct console *c, size_t i)
{
	return &c->ended[(c->n_all - 1 - c->n_ended + i) % CONSOLE_LINES_MAX];
}

/* Of the oldest ones, those go that are in the way of the bytes from i to end, or of one more line. */
static void make_room(struct console *c, size_t i, size_t end)
{
	while (c->n_ended > 0) {
		const struct ended_line *oldest = ended_line(c, 0);
		bool in_the_way = oldest->i_byte < end && oldest->i_byte + oldest->n_bytes >= i;
		if (!in_the_way && c->n_ended < CONSOLE_LINES_MAX)
			break;
		c->n_ended--;
	}
}

static void end_line(struct console *c)
{
	size_t n = c->last.n_bytes, i = 0;

	if (c->n_ended > 0) {
		const struct ended_line *newest = ended_line(c, c->n_ended - 1);
		i = newest->i_byte + newest->n_bytes + 1;
	}
	if (i + n + 1 > CONSOLE_BYTES) {
		make_room(c, i, CONSOLE_BYTES);
		i = 0;
	}
	make_room(c, i, i + n + 1);
	memcpy(c->bytes + i, c->last.bytes, n);
	c->ended[(c->n_all - 1) % CONSOLE_LINES_MAX] = (struct ended_line){ (uint32_t)i, (uint32_t)n };
	c->n_ended++;
	c->n_all++;
}

/* ---- the last line ---- */

static void begin_line(struct console *c)
{
	c->last.n_bytes = c->last.n_over = 0;
	c->last.cr = false;
}

struct console *console_new(void)
{
	struct console *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->n_all = 1;
	return c;
}

void console_free(struct console *c) { free(c); }

static bool continues(char byte) { return ((uint8_t)byte & 0xc0) == 0x80; }

static void take_back(struct last_line *line)
{
	if (line->n_over) {
		line->n_over--;
		return;
	}
	while (line->n_bytes && continues(line->bytes[line->n_bytes - 1]))
		line->n_bytes--;
	if (line->n_bytes)
		line->n_bytes--;
}

static void add(struct console *c, char byte)
{
	struct last_line *line = &c->last;

	if (line->cr)
		begin_line(c);
	if (byte == BS)
		take_back(line);
	else if (line->n_bytes < CONSOLE_LINE_BYTES && !line->n_over)
		line->bytes[line->n_bytes++] = byte;
	else
		line->n_over += !continues(byte);
}

/* To the next stop, as far as there is room. */
static void add_tab(struct console *c)
{
	const struct last_line *line = &c->last;
	size_t n_columns;

	if (line->n_over) { /* nothing of it is seen */
		add(c, ' ');
		return;
	}
	do {
		add(c, ' ');
		n_columns = 0;
		for (size_t i = 0; i < line->n_bytes; i++)
			n_columns += !continues(line->bytes[i]);
	} while (n_columns % TAB_COLUMNS && !line->n_over);
}

static void add_text(struct console *c, char byte)
{
	switch (byte) {
	case ESC:
		c->state = ESCAPE;
		break;
	case '\t':
		add_tab(c);
		break;
	case '\r':
		c->last.cr = true;
		break;
	case '\n':
		end_line(c);
		begin_line(c);
		break;
	default:
		add(c, byte);
	}
}

static bool is_in(char byte, uint8_t low, uint8_t high) { return (uint8_t)byte >= low && (uint8_t)byte <= high; }

/* What a byte does in a sequence (ECMA-48): false if it is no part of it, which then ends before it. */
static bool add_escaped(struct console *c, char byte)
{
	if (byte == CAN || byte == SUB) {
		c->state = TEXT;
		return true;
	}
	switch (c->state) {
	case ESCAPE:
		if (byte == '[')
			c->state = CONTROL;
		else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_')
			c->state = STRING;
		else
			c->state = is_in(byte, 0x20, 0x2f) ? INTERMEDIATE : TEXT;
		return is_in(byte, 0x20, 0x7e);
	case INTERMEDIATE:
		if (!is_in(byte, 0x20, 0x2f))
			c->state = TEXT;
		return is_in(byte, 0x20, 0x7e);
	case CONTROL:
		if (!is_in(byte, 0x20, 0x3f))
			c->state = TEXT;
		return is_in(byte, 0x20, 0x7e);
	case STRING_ESCAPE:
		if (byte != '\\') {
			c->state = ESCAPE;
			return add_escaped(c, byte);
		}
		c->state = TEXT;
		return true;
	default: /* STRING: up to BEL or ESC \, or the end of the line */
		c->state = byte == BEL ? TEXT : byte == ESC ? STRING_ESCAPE : STRING;
		return byte != '\n' && byte != '\r';
	}
}

void console_add(struct console *c, const char *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		if (c->state != TEXT && add_escaped(c, bytes[i]))
			continue;
		c->state = TEXT;
		add_text(c, bytes[i]);
	}
}

size_t console_n_lines(const struct console *c) { return c->n_ended + 1; }
uint64_t console_n_all(const struct console *c) { return c->n_all - (c->last.n_bytes == 0); }

const char *console_line(const struct console *c, size_t i, size_t *ret_n)
{
	if (i == c->n_ended) {
		*ret_n = c->last.n_bytes;
		return c->last.bytes;
	}
	const struct ended_line *line = ended_line(c, i);
	*ret_n = line->n_bytes;
	return c->bytes + line->i_byte;
}
