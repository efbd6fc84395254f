/* A picture that is known, on a real terminal, and what is typed and clicked as words in it. Keys: q ends, z suspends,
 * a aborts, s overflows the stack, t shows where text is typed, w fills the screen, l draws all of it again.
 *
 * usage: terminal-demo [--no-color] [--no-mouse] [THEME] */
#define _GNU_SOURCE /* ppoll */
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/viewers/tui.h"
#include "tui/grid.h"

static volatile sig_atomic_t ended;

static void on_end(int number) { ended = number; }

static const char *const key_names[] = {
	"up",        "down",   "left",     "right", "page-up", "page-down",  "home",        "end",
	"backspace", "delete", "back-tab", "f1",    "f2",      "f3",         "f4",          "f5",
	"f6",        "f7",     "f8",       "f9",    "f10",     "shift-left", "shift-right",
};
static const char *const button_names[] = { "press", "drag", "release", "wheel-up", "wheel-down" };

struct demo {
	struct terminal *terminal;
	char said[8][64]; /* what came in, the newest first */
	unsigned n_said;
	bool typing, full;
};

static void say(struct demo *d, const struct tui_input *input)
{
	memmove(d->said[1], d->said[0], sizeof(d->said) - sizeof(d->said[0]));
	if (input->kind == TUI_INPUT_RESIZE)
		snprintf(d->said[0], sizeof(d->said[0]), "%u resize", ++d->n_said);
	else if (input->kind == TUI_INPUT_MOUSE)
		snprintf(d->said[0], sizeof(d->said[0]), "%u %s %d,%d", ++d->n_said, button_names[input->button],
			 input->x, input->y);
	else if (input->key >= TUI_KEY_UP)
		snprintf(d->said[0], sizeof(d->said[0]), "%u key %s", ++d->n_said, key_names[input->key - TUI_KEY_UP]);
	else
		snprintf(d->said[0], sizeof(d->said[0]), "%u key U+%04X", ++d->n_said, (unsigned)input->key);
}

static void draw(const struct demo *d, struct grid *g)
{
	const struct rect all = { 0, 0, g->columns, g->rows }, heading = { 0, 0, g->columns, 1 };
	static const struct {
		enum tui_role role;
		const char *name;
	} roles[] = {
		{ TUI_PLAIN, "plain" },     { TUI_FREE, "free" },       { TUI_USED, "used" },
		{ TUI_LARGEST, "largest" }, { TUI_CULPRIT, "culprit" }, { TUI_TITLE, "title" },
	};
	char text[64];
	int x = 0;

	grid_clear(g);
	if (d->full)
		grid_fill(g, &all, '#', TUI_CULPRIT);
	snprintf(text, sizeof(text), "%dx%d %s", g->columns, g->rows, g->utf8 ? "UTF-8" : "ASCII");
	grid_heading(g, &heading, TUI_HEAD, text);
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		x += 1 + grid_text(g, x, 1, 10, roles[i].role, roles[i].name);
	grid_text(g, 0, 2, g->columns, TUI_PLAIN, "größe メモリ 🐍 e\u0301 \x1b[31m\u202e \u0915\u093f |");
	grid_bar(g, 0, 3, MIN(g->columns, 16), 0.53, TUI_USED, TUI_FREE);
	for (int i = 0; i < (int)ARRAY_SIZE(d->said); i++)
		grid_text(g, 0, 4 + i, g->columns, TUI_PLAIN, d->said[i]);
	grid_put(g, g->columns - 1, g->rows - 1, '%', TUI_PLAIN);
	if (d->typing) {
		g->cursor_x = 5;
		g->cursor_y = 4;
	}
}

static int overflow(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	return depth < 0 ? 0 : overflow(depth + 1) + room[0];
}

/* False: that was the end. */
static bool act(struct demo *d, const struct tui_input *input, bool *ret_all)
{
	say(d, input);
	if (input->kind != TUI_INPUT_KEY)
		return true;
	switch (input->key) {
	case 'q':
		return false;
	case 'a':
		abort();
	case 's':
		return overflow(0) > 1;
	case 'z':
		terminal_suspend(d->terminal);
		break;
	case 't':
		d->typing = !d->typing;
		break;
	case 'w':
		d->full = !d->full;
		break;
	case 'l':
		*ret_all = true;
		break;
	}
	return true;
}

static int run(struct demo *d, const sigset_t *mask)
{
	while (!ended) {
		struct tui_input input;
		struct grid *grid;
		bool all = false;
		while (terminal_read(d->terminal, &input))
			if (!act(d, &input, &all))
				return 0;
		if (terminal_grid(d->terminal, &grid) < 0)
			return 3;
		draw(d, grid);
		const struct timespec soon = { 0, 20000000 };
		bool shown = terminal_show(d->terminal, all);
		struct pollfd fd = { .fd = terminal_fd(d->terminal), .events = POLLIN };
		ppoll(&fd, 1, shown ? NULL : &soon, mask);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP };
	const struct sigaction action = { .sa_handler = on_end };
	struct terminal_options options = { .mouse = true, .color = true };
	struct demo d = { 0 };
	struct diag diag;
	sigset_t blocked, mask;

	setlocale(LC_CTYPE, "");
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--no-color") == 0)
			options.color = false;
		else if (!theme_named(argv[i], &options.theme))
			options.mouse = false;
	sigemptyset(&blocked);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaction(ends[i], &action, NULL);
		sigaddset(&blocked, ends[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, &mask);
	int r = terminal_open(&d.terminal, &options, &diag);
	if (r < 0) {
		fprintf(stderr, "error %d: %s\n", r, diag.text);
		return 2;
	}
	r = run(&d, &mask);
	terminal_close(d.terminal);
	printf("the end %d\n", r);
	return r;
}
