/* What the files of the REPL machine share. repl.c, which drives it, sends programs in the raw modes, and raw_output.c
 * reads what they print; paste.c does both in paste mode; program_end.c makes the lines that end programs;
 * prompt_search.c finds a prompt; all build on state.c. */
#pragma once

#include "memprof/protocol/repl.h"

#define MS                UINT64_C(1000)
#define REPL_QUIET_US     (300 * MS)   /* silence before the search for a prompt */
#define REPL_ANSWER_US    (1500 * MS)  /* for the answer to a control key; QEMU may take a second */
#define REPL_RESET_US     (15000 * MS) /* boot.py may take long */
#define REPL_PROMPT       ">>> "
#define REPL_PASTE_PROMPT "=== "

enum { CTRL_A = 1, CTRL_B = 2, CTRL_C = 3, CTRL_D = 4, CTRL_E = 5, CTRL_F = 6 };

/* state.c. Of what does not fit, repl_put and repl_error_add drop the end. */
void repl_emit(struct repl *r, enum repl_event_kind kind, const char *bytes, size_t n, bool raised);
void repl_put(struct repl *r, const char *bytes, size_t n); /* into the outbox */
void repl_send_key(struct repl *r, char key);
void repl_enter(struct repl *r, enum repl_state state, uint64_t timeout_us); /* NOT_KNOWN: none */
void repl_error_add(struct repl *r, const char *bytes, size_t n);
void repl_done(struct repl *r, bool raised); /* the program has ended; error is its traceback */
void repl_restarted(struct repl *r);         /* the board was reset while it ran; a raw prompt is there */

/* The tail: the last bytes received in this state. */
void repl_tail_add(struct repl *r, char c);
bool repl_tail_has(const struct repl *r, const char *words);
bool repl_tail_ends(const struct repl *r, const char *words);
bool repl_raw_is_up(const struct repl *r);
bool repl_raw_waits(const struct repl *r);
bool repl_friendly_is_up(const struct repl *r); /* right after the banner: the board has just started */

/* program_end.c */
void repl_make_end(struct repl *r);              /* for the mode, and for whose program it is */
size_t repl_program_bytes(const struct repl *r); /* with the end lines */
char repl_program_byte(const struct repl *r, size_t i);
void repl_program_put(struct repl *r, size_t n); /* the next n bytes into the outbox, which has room for them */

/* raw_output.c: REPL_S_OUTPUT of a user's program */
void repl_raw_output_read(struct repl *r); /* at least one byte, or an event */
void repl_raw_output_tick(struct repl *r);
void repl_raw_output_finish(struct repl *r);

/* prompt_search.c */
bool repl_is_reboot(const struct repl *r);
void repl_restart_search(struct repl *r, enum repl_event_kind kind); /* after a reset */
void repl_console_read(struct repl *r);                              /* text while no program runs, up to a reset */
void repl_search_read(struct repl *r);                               /* at least one byte, during the search */
void repl_search_tick(struct repl *r);

/* paste.c */
void repl_paste_feed(struct repl *r);                   /* sends as much as may be in flight */
void repl_paste_echo(struct repl *r, const char *byte); /* REPL_S_ECHO: one byte of the echo */
void repl_paste_read(struct repl *r);                   /* REPL_S_PASTE_OUTPUT: at least one byte */
void repl_paste_tick(struct repl *r);
void repl_paste_finish(struct repl *r); /* held text was output */
