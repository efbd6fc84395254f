/* The full screen of attach and view, a heap's or that of a profile: brings what was seen to the terminal and keys to
 * the tui, and does what is requested as far as that takes no board. It is a companion: it has its turn while a
 * session waits. */
#pragma once

#include "memprof/analysis/history_feed.h"
#include "memprof/cli/options.h"
#include "memprof/live/ui_hooks.h"
#include "memprof/viewers/tui.h"

#define OPTIONS_SCREEN(args)                                                             \
	{ 0,                                                                             \
	  "history",                                                                     \
	  "SIZE",                                                                        \
	  "memory limit for history (default: 64M)",                                     \
	  AS_SIZE(args, history_bytes),                                                  \
	  .least = 1 << 20,                                                              \
	  .most = UINT64_C(1) << 40,                                                     \
	  .otherwise = HISTORY_BYTES },                                                  \
		{ 0,                                                                     \
		  "theme",                                                               \
		  "NAME",                                                                \
		  "colours: auto, dark, light, contrast or mono",                        \
		  THEME_CHOICES,                                                         \
		  AS_TEXT(args, output.theme) },                                         \
	{                                                                                \
		0, "no-mouse", NULL, "do not capture the mouse", AS_FLAG(args, no_mouse) \
	}

struct watch;

struct watch_options {
	const char *source;
	const struct history_feed *feed; /* borrowed for good, as all of this */
	const struct boots *boots;       /* of the same moments */
	struct report_options report;
	const struct text_style *style; /* its utf8, color and theme */
	bool mouse;
	/* A message; NULL: it is only shown for a while, and printed in the end. */
	void (*on_message)(void *ctx, const char *words);
	void *ctx;
};

/* A request that only the command can carry out: TUI_SEND, TUI_INTERRUPT, TUI_RESET_BOARD, TUI_READ_MEMORY,
 * TUI_ASK_OWNER, TUI_MARK_MEMORY, TUI_SLOWER, TUI_FASTER. */
enum { WATCH_LINE_BYTES = 256 };
struct watch_request {
	enum tui_request what;
	char line[WATCH_LINE_BYTES]; /* of TUI_SEND */
};

/* NULL: out of memory. */
struct watch *watch_new(const struct watch_options *options);
/* The same for another screen, of which only source, style and mouse of the options are used; ctx is
 * borrowed for good. It has no watch_tui and no watch_link. */
struct watch *watch_new_screen(const struct watch_options *options, const struct tui_screen *screen, void *ctx);
void watch_free(struct watch *w); /* NULL is fine; closes it */

/* Takes the terminal: from now on messages are notes on the screen. As terminal_open; nothing new if it has it. */
int watch_open(struct watch *w, struct diag *diag);
/* Gives it back, then prints those messages. Safe twice. */
void watch_close(struct watch *w);

const struct ui_hooks *watch_ui_hooks(const struct watch *w);
struct tui *watch_tui(const struct watch *w);
/* As tui_set_link. Requests are forgotten when the board is not there (AWAY, ENDED). */
void watch_link(struct watch *w, enum tui_link link, const char *words);
void watch_message(struct watch *w, const char *text);
/* False: there is none. */
bool watch_take_request(struct watch *w, struct watch_request *ret);

/* While it holds, nobody is told that there are requests (ui_hooks.wants). */
void watch_hold(struct watch *w, bool hold);

/* Waits until somebody wants to leave, where there is no session (any more) to wait with; not at all without a
 * terminal. 0 or -ENOMEM. */
int watch_stay(struct watch *w);

/* For what is complete: opens it, stays, and frees it. The exit code, after a message; NULL: out of memory. */
int watch_show(struct watch *w);
