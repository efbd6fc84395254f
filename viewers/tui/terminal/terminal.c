/* The one place with ncurses: a grid brought to a terminal, what is typed and clicked brought back.
 *
 * SIGWINCH, SIGTSTP and SIGCONT are blocked like those of include/memprof/live/stop_signals.h, so they come while
 * memprof waits, and what they ask for is done by the next terminal_read. What ends the process is
 * tui/terminal/restore.c's. */
#define _GNU_SOURCE /* wcwidth, TIOCGWINSZ, fopen "e" */
#include <assert.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_NOMACROS
#include <curses.h>

#include "memprof/base/number.h"
#include "tui/grid.h"
#include "tui/palette.h"
#include "tui/terminal/input.h"
#include "tui/terminal/restore.h"
#include "tui/width.h"

enum { ESC_WAIT_MS = 25, COLUMNS_MAX = 1000, ROWS_MAX = 500 };

struct size {
	int columns, rows;
};

struct terminal {
	FILE *in; /* standard input, or the terminal if that is something else */
	int in_fd, out_fd;
	SCREEN *screen;
	WINDOW *keys; /* typed into: reading from it draws nothing */
	bool took_signals, mouse, gone;
	attr_t attributes[N_TUI_ROLES];
	short pairs[N_TUI_ROLES];
	struct size told;       /* what terminal_read said last */
	struct grid grid, seen; /* to be drawn; as it is on the screen */
	bool all;               /* nothing is known of the screen */
	struct terminal_input input;
	struct sigaction old_winch, old_stop, old_go_on;
	sigset_t old_mask;
};

/* ---- signals ---- */

static volatile sig_atomic_t stop_asked, went_on;

static void on_resize(int number) { (void)number; /* it ends the wait, and that is all */ }

static void on_stop(int number)
{
	(void)number;
	stop_asked = 1;
}

static void on_going_on(int number)
{
	(void)number;
	went_on = 1;
}

static void watch(int number, void (*handler)(int), struct sigaction *ret_old)
{
	const struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigaction(number, &action, ret_old);
}

/* Before newterm, which leaves alone what has a handler. */
static void signals_take(struct terminal *t)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGWINCH);
	sigaddset(&ours, SIGTSTP);
	sigaddset(&ours, SIGCONT);
	sigprocmask(SIG_BLOCK, &ours, &t->old_mask);
	stop_asked = went_on = 0;
	watch(SIGWINCH, on_resize, &t->old_winch);
	watch(SIGCONT, on_going_on, &t->old_go_on);
	watch(SIGTSTP, on_stop, &t->old_stop);
	if (t->old_stop.sa_handler == SIG_IGN) /* where nobody could start it again */
		sigaction(SIGTSTP, &t->old_stop, NULL);
}

static void signals_give(struct terminal *t)
{
	sigprocmask(SIG_SETMASK, &t->old_mask, NULL);
	sigaction(SIGTSTP, &t->old_stop, NULL);
	sigaction(SIGCONT, &t->old_go_on, NULL);
	sigaction(SIGWINCH, &t->old_winch, NULL);
}

/* ---- open and close ---- */

static struct size size_now(const struct terminal *t)
{
	struct winsize w;

	if (ioctl(t->out_fd, TIOCGWINSZ, &w) < 0 || w.ws_col == 0 || w.ws_row == 0)
		return (struct size){ t->grid.columns, t->grid.rows };
	return (struct size){ MIN(w.ws_col, COLUMNS_MAX), MIN(w.ws_row, ROWS_MAX) };
}

static bool is_size(struct size a, int columns, int rows) { return a.columns == columns && a.rows == rows; }

/* One pair for each role. */
static void set_colors(struct terminal *t, const struct terminal_options *options)
{
	enum theme theme = options->theme;
	int n_colors = 0;
	bool own = false;

	if (options->color && has_colors() && start_color() == OK && COLOR_PAIRS > N_TUI_ROLES) {
		n_colors = COLORS <= 256 ? COLORS : 8; /* above, numbers are red, green and blue */
		own = use_default_colors() == OK;
		if (!own && theme == THEME_LIGHT) /* it is black then */
			theme = THEME_DARK;
	}
	for (int i = 0; i < N_TUI_ROLES; i++) {
		struct palette_entry e = palette_of((enum tui_role)i, theme, n_colors);
		t->attributes[i] = (e.bold ? A_BOLD : 0) | (e.dim ? A_DIM : 0) | (e.reverse ? A_REVERSE : 0) |
				   (e.underline ? A_UNDERLINE : 0);
		if (e.color < 0 && e.ground < 0) /* pair 0 is the terminal's own */
			continue;
		t->pairs[i] = (short)(i + 1);
		init_pair(t->pairs[i], e.color, own || e.ground >= 0 ? e.ground : COLOR_BLACK);
	}
}

/* Every key comes at once, unchanged, Ctrl-Z, Ctrl-S and Ctrl-V too; but Ctrl-C and Ctrl-\ stay signals.
 * Enter is 13. */
static void set_modes(const struct terminal *t)
{
	struct termios modes;

	cbreak();
	noecho();
	nonl();
	if (tcgetattr(t->out_fd, &modes) == 0) {
		modes.c_iflag &= (tcflag_t)~IXON;
		modes.c_lflag &= (tcflag_t)~IEXTEN;
		modes.c_cc[VSUSP] = _POSIX_VDISABLE;
		tcsetattr(t->out_fd, TCSADRAIN, &modes);
	}
	def_prog_mode();
}

static void set_mouse(const struct terminal *t, bool on)
{
	if (t->mouse && on)
		restore_write(TERMINAL_MOUSE_ON, strlen(TERMINAL_MOUSE_ON));
	else if (t->mouse)
		restore_write(TERMINAL_MOUSE_OFF, strlen(TERMINAL_MOUSE_OFF));
}

static int set_keys(struct terminal *t)
{
	t->keys = newpad(1, 1);
	if (!t->keys)
		return -ENOMEM;
	keypad(t->keys, TRUE); /* this first: it is what reads the description */
	nodelay(t->keys, TRUE);
	for (size_t i = 0; i < n_terminal_sequences; i++) {
		int code = key_defined(terminal_sequences[i].bytes);
		if (code <= 0 || code > KEY_MAX || code == KEY_MOUSE) /* above are keys without a name */
			define_key(terminal_sequences[i].bytes, terminal_sequences[i].code);
	}
	return 0;
}

/* Standard output, if it is a terminal that can do it. */
static int find_screen(bool *ret_mouse, struct diag *diag)
{
	if (!isatty(STDOUT_FILENO))
		return diag_set(diag, -ENOTTY, "standard output is no terminal: the full-screen view needs one");
	return restore_prepare(STDOUT_FILENO, ret_mouse, diag);
}

static int find_keyboard(struct terminal *t, struct diag *diag)
{
	t->in = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "re");
	if (!t->in)
		return diag_set(diag, -ENOTTY,
				"no terminal to read keys from: standard input is none, and there is"
				" no /dev/tty");
	t->in_fd = fileno(t->in);
	return 0;
}

static int take_terminal(struct terminal *t, const struct terminal_options *options, struct diag *diag)
{
	bool can_mouse, utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	int r = find_screen(&can_mouse, diag);

	if (r == 0)
		r = find_keyboard(t, diag);
	if (r < 0)
		return r;
	t->out_fd = STDOUT_FILENO;
	t->mouse = options->mouse && can_mouse;
	signals_take(t);
	restore_arm();
	t->took_signals = true;
	set_escdelay(ESC_WAIT_MS);
	use_env(FALSE); /* LINES and COLUMNS know nothing of resizes */
	use_tioctl(TRUE);
	t->screen = newterm(NULL, stdout, t->in);
	if (!t->screen)
		return diag_set(diag, -ENODEV, "the terminal cannot be set up");
	set_modes(t);
	set_colors(t, options);
	set_mouse(t, true);
	t->input.utf8 = utf8;
	t->all = true;
	if (set_keys(t) < 0 || grid_init(&t->grid, COLS, LINES, utf8) < 0 || grid_init(&t->seen, COLS, LINES, utf8) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	t->told = size_now(t);
	return 0;
}

int terminal_check(struct diag *diag)
{
	bool can_mouse;

	return find_screen(&can_mouse, diag);
}

int terminal_open(struct terminal **ret, const struct terminal_options *options, struct diag *diag)
{
	struct terminal *t = calloc(1, sizeof(*t));
	int r = t ? take_terminal(t, options, diag) : diag_set(diag, -ENOMEM, "out of memory");

	if (r < 0)
		terminal_close(t);
	else
		*ret = t;
	return r;
}

static void leave(const struct terminal *t)
{
	if (!t->gone)
		restore_clear();
	endwin();
}

void terminal_close(struct terminal *t)
{
	if (!t)
		return;
	if (t->screen) {
		set_mouse(t, false);
		if (t->keys)
			delwin(t->keys);
		leave(t);
		delscreen(t->screen);
	}
	if (t->took_signals) {
		restore_disarm();
		signals_give(t);
	}
	if (t->in && t->in != stdin)
		fclose(t->in);
	grid_deinit(&t->grid);
	grid_deinit(&t->seen);
	free(t);
}

int terminal_fd(const struct terminal *t) { return t->gone ? -1 : t->in_fd; }

/* ---- stopped and going on ---- */

static void take_again(struct terminal *t)
{
	went_on = 0;
	reset_prog_mode(); /* in the background this is where the kernel stops us until we are not */
	if (!isendwin())
		endwin(); /* whoever stopped us took the screen as it was */
	wrefresh(curscr); /* clears it and draws all of it */
	set_mouse(t, true);
}

static void stop(struct terminal *t, pid_t who)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t stops;

	if (t->gone || t->old_stop.sa_handler == SIG_IGN)
		return;
	set_mouse(t, false);
	leave(t);
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGCONT);
	sigaction(SIGTSTP, &usual, NULL);
	kill(who, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stops, NULL); /* here it stops */
	sigprocmask(SIG_BLOCK, &stops, NULL);
	watch(SIGTSTP, on_stop, NULL);
	take_again(t);
}

void terminal_suspend(struct terminal *t) { stop(t, 0); }

/* ---- in ---- */

/* False if there may be more than there was room for. */
static bool fetch(struct terminal *t)
{
	while (t->input.n_codes < TERMINAL_INPUT_MAX) {
		int code = wgetch(t->keys);
		if (code == ERR)
			return true;
		terminal_input_add(&t->input, code);
	}
	return false;
}

static bool hung_up(const struct terminal *t)
{
	struct pollfd in = { .fd = t->in_fd, .events = POLLIN };

	return poll(&in, 1, 0) > 0 && in.revents & (POLLHUP | POLLERR | POLLNVAL);
}

bool terminal_read(struct terminal *t, struct tui_input *ret)
{
	if (stop_asked) {
		stop_asked = 0;
		stop(t, getpid());
	}
	if (went_on)
		take_again(t);

	struct size now = size_now(t);
	if (!is_size(now, t->told.columns, t->told.rows)) {
		t->told = now;
		*ret = (struct tui_input){ .kind = TUI_INPUT_RESIZE };
		return true;
	}
	for (bool all = t->gone; !all;) {
		all = fetch(t);
		if (terminal_input_next(&t->input, all, ret))
			return true;
	}
	t->gone = t->gone || hung_up(t);
	return false;
}

/* ---- out ---- */

int terminal_grid(struct terminal *t, struct grid **ret)
{
	struct size now = size_now(t);
	int r = 0;

	if (!is_size(now, t->grid.columns, t->grid.rows)) {
		r = grid_resize(&t->grid, now.columns, now.rows);
		t->all = true;
	}
	if (r == 0)
		*ret = &t->grid;
	return r;
}

static void draw_cell(const struct terminal *t, int x, int y, const struct grid_cell *cell)
{
	bool wide = x + 1 < t->grid.columns && cell[1].point == 0;
	wchar_t text[] = { (wchar_t)cell->point, 0 };
	cchar_t c;

	assert(width_of(cell->point) > 0); /* grid_put sees to it: nothing here can act on a terminal */
	if (cell->point >= 0x80 && wcwidth(text[0]) != (wide ? 2 : 1)) {
		text[0] = '?';
		setcchar(&c, L" ", t->attributes[cell->role], t->pairs[cell->role], NULL);
		if (wide) /* what was in its other half is not to stay there */
			mvwadd_wch(stdscr, y, x + 1, &c);
	}
	setcchar(&c, text, t->attributes[cell->role], t->pairs[cell->role], NULL);
	mvwadd_wch(stdscr, y, x, &c);
}

static void draw_row(const struct terminal *t, int y)
{
	size_t i = (size_t)y * (size_t)t->grid.columns;
	const struct grid_cell *cells = t->grid.cells + i, *seen = t->seen.cells + i;

	for (int x = 0; x < t->grid.columns; x++)
		if (cells[x].point != 0 && (t->all || cells[x].point != seen[x].point || cells[x].role != seen[x].role))
			draw_cell(t, x, y, &cells[x]);
}

static void place_cursor(const struct grid *g)
{
	bool there = g->cursor_x >= 0 && g->cursor_x < g->columns && g->cursor_y >= 0 && g->cursor_y < g->rows;

	curs_set(there);
	wmove(stdscr, there ? g->cursor_y : g->rows - 1, there ? g->cursor_x : g->columns - 1);
}

bool terminal_show(struct terminal *t, bool all)
{
	struct pollfd out = { .fd = t->out_fd, .events = POLLOUT };

	if (t->gone)
		return true;
	if (poll(&out, 1, 0) == 0)
		return false;
	if (!is_size((struct size){ COLS, LINES }, t->grid.columns, t->grid.rows))
		resize_term(t->grid.rows, t->grid.columns);
	if (!is_size((struct size){ t->seen.columns, t->seen.rows }, t->grid.columns, t->grid.rows) &&
	    grid_resize(&t->seen, t->grid.columns, t->grid.rows) < 0)
		return false;
	t->all = t->all || all;
	if (t->all) {
		werase(stdscr);
		clearok(stdscr, TRUE);
	}
	for (int y = 0; y < t->grid.rows; y++)
		draw_row(t, y);
	place_cursor(&t->grid);
	wrefresh(stdscr);
	memcpy(t->seen.cells, t->grid.cells, (size_t)t->grid.columns * (size_t)t->grid.rows * sizeof(*t->grid.cells));
	t->all = false;
	return true;
}

void terminal_text(const struct terminal *t, struct strbuf *ret) { grid_as_text(&t->grid, ret); }
