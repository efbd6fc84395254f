/* What the files of the REPL machine share. repl.c, which drives it, runs programs in the raw modes; paste.c runs them
 * in paste mode; prompt_search.c finds a prompt; all three build on state.c. */
#ifndef MEMPROF_REPL_PRIVATE_H
#define MEMPROF_REPL_PRIVATE_H

#include "memprof/protocol/repl.h"

#define MS                UINT64_C(1000)
#define REPL_QUIET_US     (300 * MS)   /* silence after which a prompt is looked for */
#define REPL_ANSWER_US    (1500 * MS)  /* for a lone control key; QEMU may take a second */
#define REPL_RESET_US     (15000 * MS) /* boot.py may take its time */
#define REPL_PROMPT       ">>> "
#define REPL_PASTE_PROMPT "=== "

enum { CTRL_A = 1, CTRL_B = 2, CTRL_C = 3, CTRL_D = 4, CTRL_E = 5 };

/* state.c. Of what does not fit, repl_put and repl_keep_error drop the end. */
void repl_emit(struct repl *r, enum repl_event_kind kind, const char *bytes, size_t n, bool raised);
void repl_put(struct repl *r, const char *bytes, size_t n); /* into the outbox */
void repl_send_key(struct repl *r, char key);
void repl_enter(struct repl *r, enum repl_state state, uint64_t patience_us); /* NOT_KNOWN: for ever */
void repl_keep_error(struct repl *r, const char *bytes, size_t n);

/* The last bytes: of an answer that is waited for. */
void repl_remember(struct repl *r, char c);
bool repl_tail_has(const struct repl *r, const char *words);
bool repl_tail_ends(const struct repl *r, const char *words);
bool repl_raw_is_up(const struct repl *r);
bool repl_raw_waits(const struct repl *r);

/* prompt_search.c */
bool repl_says_reboot(const struct repl *r);
void repl_rebooted(struct repl *r, enum repl_event_kind kind); /* looks for a prompt anew */
void repl_find_console(struct repl *r);                        /* takes text while no program runs, up to a reset */
void repl_find_take(struct repl *r);                           /* in the states of the search: at least a byte */
void repl_find_tick(struct repl *r);

/* paste.c */
void paste_feed(struct repl *r);                   /* sends as much as may be in flight */
void paste_echo(struct repl *r, const char *byte); /* REPL_S_ECHO: one byte of the echo */
void paste_take(struct repl *r);                   /* REPL_S_PASTE_OUTPUT: at least a byte */
void paste_release(struct repl *r);                /* what was held was output */

#endif
