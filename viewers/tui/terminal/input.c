#include "tui/terminal/input.h"

#include <string.h>

#define NCURSES_NOMACROS
#include <curses.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { ESC = 27, KEY_SGR_MOUSE = 0x4000, KEY_OLD_MOUSE };

const struct terminal_sequence terminal_sequences[] = {
	{ "\033[<", KEY_SGR_MOUSE }, { "\033[M", KEY_OLD_MOUSE }, { "\033[A", KEY_UP },
	{ "\033[B", KEY_DOWN },      { "\033[C", KEY_RIGHT },     { "\033[D", KEY_LEFT },
	{ "\033OA", KEY_UP },        { "\033OB", KEY_DOWN },      { "\033OC", KEY_RIGHT },
	{ "\033OD", KEY_LEFT },      { "\033[H", KEY_HOME },      { "\033OH", KEY_HOME },
	{ "\033[1~", KEY_HOME },     { "\033[7~", KEY_HOME },     { "\033[F", KEY_END },
	{ "\033OF", KEY_END },       { "\033[4~", KEY_END },      { "\033[8~", KEY_END },
	{ "\033[3~", KEY_DC },       { "\033[5~", KEY_PPAGE },    { "\033[6~", KEY_NPAGE },
	{ "\033[Z", KEY_BTAB },      { "\033[1;2D", KEY_SLEFT },  { "\033[1;2C", KEY_SRIGHT },
	{ "\033OP", KEY_F(1) },      { "\033OQ", KEY_F(2) },      { "\033OR", KEY_F(3) },
	{ "\033OS", KEY_F(4) },      { "\033[11~", KEY_F(1) },    { "\033[12~", KEY_F(2) },
	{ "\033[13~", KEY_F(3) },    { "\033[14~", KEY_F(4) },    { "\033[15~", KEY_F(5) },
	{ "\033[17~", KEY_F(6) },    { "\033[18~", KEY_F(7) },    { "\033[19~", KEY_F(8) },
	{ "\033[20~", KEY_F(9) },    { "\033[21~", KEY_F(10) },
};
const size_t n_terminal_sequences = ARRAY_SIZE(terminal_sequences);

static const struct {
	int code;
	uint32_t key;
} keys[] = {
	{ '\b', TUI_KEY_BACKSPACE },  { 127, TUI_KEY_BACKSPACE },        { KEY_BACKSPACE, TUI_KEY_BACKSPACE },
	{ KEY_UP, TUI_KEY_UP },       { KEY_DOWN, TUI_KEY_DOWN },        { KEY_LEFT, TUI_KEY_LEFT },
	{ KEY_RIGHT, TUI_KEY_RIGHT }, { KEY_PPAGE, TUI_KEY_PAGE_UP },    { KEY_NPAGE, TUI_KEY_PAGE_DOWN },
	{ KEY_HOME, TUI_KEY_HOME },   { KEY_FIND, TUI_KEY_HOME },        { KEY_END, TUI_KEY_END },
	{ KEY_SELECT, TUI_KEY_END },  { KEY_DC, TUI_KEY_DELETE },        { KEY_BTAB, TUI_KEY_BACK_TAB },
	{ KEY_ENTER, '\r' },          { KEY_SLEFT, TUI_KEY_SHIFT_LEFT }, { KEY_SRIGHT, TUI_KEY_SHIFT_RIGHT },
};

void terminal_input_add(struct terminal_input *in, int code) { in->codes[in->n_codes++] = (uint16_t)code; }

/* What decoders answer in place of how many codes they used up: what is there may become something. */
enum { WAITS = 0 };

static size_t as_key(uint32_t key, struct tui_input *ret, bool *ret_is)
{
	*ret = (struct tui_input){ .kind = TUI_INPUT_KEY, .key = key };
	*ret_is = true;
	return 1;
}

/* What a mouse's report says: buttons as xterm counts them; column and row from 1. Only the left button
 * counts. */
static bool mouse_event(unsigned buttons, unsigned column, unsigned row, bool released, struct tui_input *ret)
{
	enum { WHICH = 3, NONE = 3, MOVED = 32, WHEEL = 64, OTHERS = 128 };
	unsigned which = buttons & WHICH;

	*ret = (struct tui_input){ .kind = TUI_INPUT_MOUSE, .x = (int)column - 1, .y = (int)row - 1 };
	if (column < 1 || row < 1 || buttons & OTHERS)
		return false;
	if (buttons & WHEEL) {
		ret->button = which == 0 ? TUI_WHEEL_UP : TUI_WHEEL_DOWN;
		return which < 2 && !released;
	}
	if (released || (which == NONE && !(buttons & MOVED))) {
		ret->button = TUI_RELEASE;
		return which == 0 || which == NONE;
	}
	ret->button = buttons & MOVED ? TUI_DRAG : TUI_PRESS;
	return which == 0;
}

/* "0;12;7M", or m at a release. */
static size_t sgr_mouse(const uint16_t *codes, size_t n, struct tui_input *ret, bool *ret_is)
{
	unsigned values[3] = { 0 };
	size_t i_value = 0;

	for (size_t i = 1; i < n; i++) {
		if (codes[i] >= '0' && codes[i] <= '9' && values[i_value] < 10000) {
			values[i_value] = values[i_value] * 10 + (unsigned)(codes[i] - '0');
		} else if (codes[i] == ';' && i_value < 2) {
			i_value++;
		} else if ((codes[i] == 'M' || codes[i] == 'm') && i_value == 2) {
			*ret_is = mouse_event(values[0], values[1], values[2], codes[i] == 'm', ret);
			return i + 1;
		} else {
			return i; /* no report; what came instead is looked at by itself */
		}
	}
	return WAITS;
}

/* Three bytes from 32 on, as terminals send that do not know the other way. */
static size_t old_mouse(const uint16_t *codes, size_t n, struct tui_input *ret, bool *ret_is)
{
	enum { BASE = 32 };

	for (size_t i = 1; i < MIN(n, 4); i++)
		if (codes[i] < BASE || codes[i] > 255)
			return i;
	if (n < 4)
		return WAITS;
	*ret_is = mouse_event(codes[1] - BASE, codes[2] - BASE, codes[3] - BASE, false, ret);
	return 4;
}

/* A sequence that nobody here knows is left out as a whole; else it is the key. */
static size_t escape(const uint16_t *codes, size_t n, bool all, struct tui_input *ret, bool *ret_is)
{
	if (n == 1 && !all)
		return WAITS;
	if (n > 2 && codes[1] == 'O' && codes[2] >= 'A' && codes[2] <= 'z')
		return 3;
	if (n > 2 && codes[1] == '[')
		for (size_t i = 2; i < n && codes[i] >= 0x20 && codes[i] < 0x7f; i++)
			if (codes[i] >= 0x40)
				return i + 1;
	return as_key(ESC, ret, ret_is);
}

static size_t character(const uint16_t *codes, size_t n, struct tui_input *ret, bool *ret_is)
{
	uint8_t bytes[4];
	size_t n_bytes = 0, n_whole = codes[0] >= 0xf0 ? 4 : codes[0] >= 0xe0 ? 3 : codes[0] >= 0xc0 ? 2 : 1;
	uint32_t point;

	while (n_bytes < MIN(n, n_whole) && codes[n_bytes] < 256 && (n_bytes == 0 || codes[n_bytes] >= 0x80)) {
		bytes[n_bytes] = (uint8_t)codes[n_bytes];
		n_bytes++;
	}
	size_t n_used = text_utf8(bytes, bytes + n_bytes, &point);
	if (n_used > 0) {
		as_key(point, ret, ret_is);
		return n_used;
	}
	return n_bytes == n && n < n_whole ? WAITS : 1;
}

/* How many codes were used up, and whether they were something. */
static size_t decode(const struct terminal_input *in, bool all, struct tui_input *ret, bool *ret_is)
{
	const uint16_t *codes = in->codes;
	size_t n = in->n_codes;

	*ret_is = false;
	if (codes[0] == KEY_SGR_MOUSE)
		return sgr_mouse(codes, n, ret, ret_is);
	if (codes[0] == KEY_OLD_MOUSE)
		return old_mouse(codes, n, ret, ret_is);
	if (codes[0] == ESC)
		return escape(codes, n, all, ret, ret_is);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (codes[0] == keys[i].code)
			return as_key(keys[i].key, ret, ret_is);
	if (codes[0] >= KEY_F(1) && codes[0] <= KEY_F(10))
		return as_key(TUI_KEY_F1 + (uint32_t)(codes[0] - KEY_F(1)), ret, ret_is);
	if (codes[0] < 0x80)
		return as_key(codes[0], ret, ret_is);
	return codes[0] < 256 && in->utf8 ? character(codes, n, ret, ret_is) : 1;
}

bool terminal_input_next(struct terminal_input *in, bool all, struct tui_input *ret)
{
	while (in->n_codes > 0) {
		bool is;
		size_t n = decode(in, all, ret, &is);
		if (n == WAITS && in->n_codes == TERMINAL_INPUT_MAX)
			n = 1;
		if (n == WAITS)
			return false;
		in->n_codes -= n;
		memmove(in->codes, in->codes + n, in->n_codes * sizeof(in->codes[0]));
		if (is)
			return true;
	}
	return false;
}
