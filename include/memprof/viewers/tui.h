/* The full-screen view: heap maps, trends, events and the console of a board, live or from a saved log. What
 * is shown is worked out and drawn by pure code (struct tui, viewers/tui); a struct terminal brings it to a
 * real one. The event loop belongs to cmd: it hands in keys and times, and does what is requested. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/report.h"
#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/theme.h"
#include "memprof/model/board.h"
#include "memprof/model/history.h"
#include "memprof/model/scrollback.h"
#include "memprof/objects/objects.h"
#include "memprof/viewers/sites_view.h"

/* What a cell is for; themes.c has its colours, for terminals of 0, 8, 16 and 256. */
enum tui_role {
	TUI_PLAIN,
	TUI_FAINT,
	TUI_HEAD,
	TUI_TITLE,
	TUI_TITLE_KEY, /* as those below, on the ground of the title */
	TUI_TITLE_GOOD,
	TUI_TITLE_WARNING,
	TUI_KEY,
	TUI_CHOSEN,
	TUI_CURSOR,
	TUI_WARNING,
	TUI_GOOD,
	TUI_FREE,
	TUI_USED,
	TUI_OVERHEAD,
	TUI_UNKNOWN,
	TUI_LARGEST,
	TUI_LFB_CURVE, /* the same, as a line instead of an area */
	TUI_PEAK,
	TUI_CULPRIT,
	TUI_FOUND,
	TUI_ADDED,
	TUI_REMOVED,
	TUI_CHANGED, /* since the moment it is compared with */
	TUI_KIND_HEAD,
	TUI_KIND_TUPLE,
	TUI_KIND_LIST,
	TUI_KIND_DICT,
	TUI_KIND_STR,
	TUI_KIND_ARRAY,
	TUI_KIND_FLOAT,
	TUI_KIND_FUNCTION,
	TUI_KIND_MODULE,
	TUI_KIND_MARKED,
	TUI_AGE_NEW,
	TUI_AGE_YOUNG,
	TUI_AGE_MIDDLE,
	TUI_AGE_OLD,
	TUI_AGE_OLDEST,
	N_TUI_ROLES
};

/* ---- input ---- */

enum tui_key {
	/* below: Unicode points, control keys as they are: 27 is Esc, 13 Enter, 26 Ctrl-Z; Ctrl-C is a signal */
	TUI_KEY_UP = 0x200000,
	TUI_KEY_DOWN,
	TUI_KEY_LEFT,
	TUI_KEY_RIGHT,
	TUI_KEY_PAGE_UP,
	TUI_KEY_PAGE_DOWN,
	TUI_KEY_HOME,
	TUI_KEY_END,
	TUI_KEY_BACKSPACE,
	TUI_KEY_DELETE,
	TUI_KEY_BACK_TAB,
	TUI_KEY_F1,
	TUI_KEY_F10 = TUI_KEY_F1 + 9,
	TUI_KEY_SHIFT_LEFT,
	TUI_KEY_SHIFT_RIGHT,
};
struct tui_input {
	enum { TUI_INPUT_KEY, TUI_INPUT_MOUSE, TUI_INPUT_RESIZE } kind;
	uint32_t key; /* enum tui_key, or a point */
	int x, y;     /* of the left button or the wheel; may be outside */
	enum { TUI_PRESS, TUI_DRAG, TUI_RELEASE, TUI_WHEEL_UP, TUI_WHEEL_DOWN } button;
};

/* ---- the state ---- */

struct tui;

enum tui_link {
	TUI_LIVE,
	TUI_LISTENING /* a program runs there */,
	TUI_AWAY /* gone, and waited for */,
	TUI_ENDED /* gone for good: the last picture stays */,
	TUI_REPLAY
};

struct tui_options {
	const char *source; /* "/dev/ttyACM0", "crash.log" */
	bool live;          /* else a replay: no console to type to, no rate */
	bool utf8;
	size_t n_culprits;              /* at most REPORT_CULPRITS_MAX */
	const struct history *history;  /* all borrowed for good; history may grow between two calls */
	struct history *ages;           /* the same history, for history_first_seen */
	const struct console *console;  /* NULL: there is none */
	const struct board_info *board; /* NULL, or what is known of it by now */
	const struct boots *boots;      /* NULL, or the same moments: for the verdict */
	const char *panels;             /* that are shown at first, "map,trend"; NULL, "" or "auto": as usual */
};

struct tui *tui_new(const struct tui_options *options); /* NULL: out of memory */
void tui_free(struct tui *t);                           /* NULL is fine */

/* The objects of the board's heap, when its memory was read last; all borrowed until the next call. */
struct tui_objects {
	const struct objects *objects;
	const struct objects_report *report;
	const struct objects_since *since; /* the mark; NULL: there is none, or it is this reading */
	uint64_t at_us;                    /* when they were read, as now_us; NOT_KNOWN: they are of a file */
};
void tui_set_objects(struct tui *t, const struct tui_objects *objects); /* NULL: there are none (any more) */

void tui_set_link(struct tui *t, enum tui_link link, const char *words); /* "agent 1.0, 10 Hz" */
/* A line that stays for a while: an error that has no other place, what S wrote. */
void tui_message(struct tui *t, const char *text, uint64_t now_us);
/* Columns that the words of an event have in the list, as it was drawn last, or would be; 0 before that. */
int tui_event_columns(const struct tui *t);
/* Shows the worst moment in place of the newest: the last failed allocation, else the fullest, by the free bytes of the
 * first pool. A note reports it, unless it is the newest. */
void tui_show_worst(struct tui *t, uint64_t now_us);
/* The history grew: follows it if it is live. */
void tui_grew(struct tui *t);

/* What somebody wants that only the command can do. */
enum tui_request {
	TUI_NOTHING,
	TUI_QUIT,
	TUI_SUSPEND,
	TUI_SEND, /* a line for the board: tui_line */
	TUI_INTERRUPT,
	TUI_RESET_BOARD, /* it was asked and confirmed */
	TUI_READ_MEMORY, /* for tui_set_objects */
	TUI_ASK_OWNER,   /* the same, if no program has to stand still for it */
	TUI_MARK_MEMORY, /* from now on compare with that */
	TUI_SLOWER,
	TUI_FASTER,      /* the interval between looks */
	TUI_SAVE_SCREEN, /* grid_as_text into a file */
	TUI_REDRAW,      /* Ctrl-L: all of it */
};
enum tui_request tui_input(struct tui *t, const struct tui_input *input, uint64_t now_us);
const char *tui_line(const struct tui *t); /* of TUI_SEND, without its end */

/* Draws all of it. Cost: the blocks that are in sight, and figures that are new; what takes long is left to
 * the draws that follow. */
struct grid;
void tui_draw(struct tui *t, struct grid *grid, uint64_t now_us);
/* That the last draw has withdrawn a verdict of the title; once. False: it has not. */
enum { TUI_WITHDRAWAL_BYTES = 160 };
bool tui_take_withdrawal(struct tui *t, char ret[TUI_WITHDRAWAL_BYTES]);
/* Whether a draw now would show something that the last one did not; and when something will by itself: a
 * note that ends, or at once what the last draw has left. */
bool tui_is_stale(const struct tui *t);
uint64_t tui_deadline_us(const struct tui *t); /* NOT_KNOWN */

/* ---- a screen, whatever it shows ---- */

/* What an event loop does with a screen; each as the function of struct tui with its name. */
struct tui_screen {
	enum tui_request (*input)(void *ctx, const struct tui_input *input, uint64_t now_us);
	void (*message)(void *ctx, const char *text, uint64_t now_us);
	void (*draw)(void *ctx, struct grid *grid, uint64_t now_us);
	bool (*is_stale)(const void *ctx);
	uint64_t (*deadline_us)(const void *ctx);
};
extern const struct tui_screen tui_screen_heap; /* ctx: a struct tui */

/* ---- an allocation profile: lines, trees of calls, sources, what is left at the end ---- */

struct tui_profile;

struct tui_profile_options {
	const struct sites_view *view; /* its sites, title and sources; borrowed for good */
	bool utf8;
};
struct tui_profile *tui_profile_new(const struct tui_profile_options *options); /* NULL: out of memory */
void tui_profile_free(struct tui_profile *p);                                   /* NULL is fine */
extern const struct tui_screen tui_screen_profile;                              /* ctx: a struct tui_profile */

/* ---- the terminal: the only place with ncurses ---- */

struct terminal;

struct terminal_options {
	bool mouse;
	bool color; /* else mono: NO_COLOR, --color never */
	enum theme theme;
};
/* Takes the terminal of standard output; keys are those of standard input, or of /dev/tty where that is
 * something else. setlocale(LC_CTYPE, "") must have been called, as it tells whether there is UTF-8. -ENOTTY;
 * -ENODEV where TERM names none that can do it; -ENOMEM; all with diag.
 *
 * Whatever ends the process, the terminal is as it was: a crash and SIGQUIT are seen to here, SIGTERM, SIGINT
 * (Ctrl-C) and SIGHUP by whoever waits for them and calls terminal_close. Other signals (SIGWINCH, SIGTSTP,
 * SIGCONT) are blocked here, and are to come in while the caller waits: stopping_poll does it if stopping_new
 * came before. */
int terminal_open(struct terminal **ret, const struct terminal_options *options, struct diag *diag);
/* Whether it can be had, without taking it: 0, -ENOTTY or -ENODEV as above. */
int terminal_check(struct diag *diag);
void terminal_close(struct terminal *t);   /* NULL is fine */
int terminal_fd(const struct terminal *t); /* readable: terminal_read has something; -1: hung up */
/* A grid of the terminal's size now. */
int terminal_grid(struct terminal *t, struct grid **ret); /* 0 or -ENOMEM; the terminal's own */
/* False: nothing more for now. To be called until then after each wait, also if nothing could be read: a
 * signal may have ended it. After a stop from outside (kill -TSTP, kill -STOP) it takes the terminal again. */
bool terminal_read(struct terminal *t, struct tui_input *ret);
/* all: also what is thought to be on the screen already. False: the terminal does not take anything now, so
 * try again a little later; what is in between need not be shown. */
bool terminal_show(struct terminal *t, bool all);
/* Ctrl-Z: gives the terminal back, stops the process group, and takes it again when it goes on. */
void terminal_suspend(struct terminal *t);
/* The screen as text, for S. */
void terminal_text(const struct terminal *t, struct strbuf *ret);
