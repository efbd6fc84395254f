/* What the two files of the REPL machine share: repl.c, which finds a prompt and speaks the raw modes,
 * and repl_paste.c, which speaks paste mode. */
#ifndef MEMPROF_REPL_PRIVATE_H
#define MEMPROF_REPL_PRIVATE_H

#include "memprof/repl.h"

#define MS UINT64_C(1000)
#define REPL_PROMPT ">>> "
#define REPL_PASTE_PROMPT "=== "

enum { CTRL_A = 1, CTRL_B = 2, CTRL_C = 3, CTRL_D = 4, CTRL_E = 5 };

/* repl.c */
void repl_emit(struct repl *r, enum repl_event_kind kind, const char *bytes, size_t n, bool raised);
void repl_send_key(struct repl *r, char key);
void repl_enter(struct repl *r, enum repl_state state, uint64_t patience_us); /* NOT_KNOWN: for ever */
void repl_keep_error(struct repl *r, const char *bytes, size_t n);

/* repl_paste.c */
void paste_feed(struct repl *r);                       /* sends as much as may be in flight */
void paste_echo(struct repl *r, const char *byte);     /* REPL_S_ECHO: one byte of the echo */
void paste_take(struct repl *r);                       /* REPL_S_PASTE_OUTPUT: at least a byte */
void paste_release(struct repl *r);                    /* what was held was output */

#endif
