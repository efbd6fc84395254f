#include "memprof/model/scrollback.h"

#include <stdbool.h>
#include <stdlib.h>

#include "memprof/base/number.h"

enum { BEL = 0x07, BS = 0x08, CAN = 0x18, SUB = 0x1a, ESC = 0x1b };
enum { TAB_COLUMNS = 8 };

struct console_line {
	uint64_t at_us;
	size_t n_bytes;
	size_t n_over; /* characters that had no room */
	char bytes[CONSOLE_LINE_BYTES];
};

struct console {
	uint64_t n_all;
	bool begun; /* the last line has its time */
	bool cr;    /* the last line begins again, unless it ends */
	enum { TEXT, ESCAPE, INTERMEDIATE, CONTROL, STRING, STRING_ESCAPE } state;
	struct console_line lines[CONSOLE_LINES_MAX];
};

static struct console_line *last(struct console *c) { return &c->lines[(c->n_all - 1) % CONSOLE_LINES_MAX]; }

static void begin_line(struct console *c)
{
	struct console_line *line = last(c);

	line->at_us = NOT_KNOWN;
	line->n_bytes = line->n_over = 0;
	c->begun = c->cr = false;
}

struct console *console_new(void)
{
	struct console *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->n_all = 1;
	begin_line(c);
	return c;
}

void console_free(struct console *c) { free(c); }

static bool continues(char byte) { return ((uint8_t)byte & 0xc0) == 0x80; }

static void take_back(struct console_line *line)
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

static void add(struct console *c, char byte, uint64_t at_us)
{
	if (c->cr)
		begin_line(c);
	struct console_line *line = last(c);
	if (!c->begun)
		line->at_us = at_us;
	c->begun = true;
	if (byte == BS)
		take_back(line);
	else if (line->n_bytes < CONSOLE_LINE_BYTES && !line->n_over)
		line->bytes[line->n_bytes++] = byte;
	else
		line->n_over += !continues(byte);
}

/* To the next stop, as far as there is room. */
static void add_tab(struct console *c, uint64_t at_us)
{
	const struct console_line *line = last(c);
	size_t n_columns;

	do {
		add(c, ' ', at_us);
		n_columns = 0;
		for (size_t i = 0; i < line->n_bytes; i++)
			n_columns += !continues(line->bytes[i]);
	} while (n_columns % TAB_COLUMNS && !line->n_over);
}

static void add_text(struct console *c, char byte, uint64_t at_us)
{
	switch (byte) {
	case ESC:
		c->state = ESCAPE;
		break;
	case '\t':
		add_tab(c, at_us);
		break;
	case '\r':
		c->cr = true;
		break;
	case '\n':
		if (!c->begun)
			last(c)->at_us = at_us;
		c->n_all++;
		begin_line(c);
		break;
	default:
		add(c, byte, at_us);
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

void console_add(struct console *c, const char *bytes, size_t n_bytes, uint64_t at_us)
{
	for (size_t i = 0; i < n_bytes; i++) {
		if (c->state != TEXT && add_escaped(c, bytes[i]))
			continue;
		c->state = TEXT;
		add_text(c, bytes[i], at_us);
	}
}

size_t console_n_lines(const struct console *c) { return (size_t)MIN(c->n_all, (uint64_t)CONSOLE_LINES_MAX); }
uint64_t console_n_all(const struct console *c) { return c->n_all; }

const char *console_line(const struct console *c, size_t i, size_t *ret_n, uint64_t *ret_at_us)
{
	const struct console_line *line = &c->lines[(c->n_all - console_n_lines(c) + i) % CONSOLE_LINES_MAX];

	*ret_n = line->n_bytes;
	*ret_at_us = line->at_us;
	return line->bytes;
}
