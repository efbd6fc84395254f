/* The signals that end memprof: Ctrl-C, SIGTERM, SIGHUP and SIGQUIT. A command that one of them ends before its result
 * is whole says so, leaves no file half written, and dies of the signal: 128 + its number, for a shell. Whoever has a
 * session with a board is told instead, and ends it properly first (live/stop_signals.h). */
#pragma once

#include <stdbool.h>

enum { N_INTERRUPTS = 4 };
extern const int interrupt_signals[N_INTERRUPTS];

/* Of a program, first. Signals that are ignored stay so: nohup. */
void interrupt_catch(void);

/* From now on such a signal waits, or not any more. */
void interrupt_hold(bool holds);

/* Dies of the signal; 0: of the one that ended the last session. */
void interrupt_end(int number);
/* What ended a session. */
void interrupt_note(int number);

/* A file that goes when a signal ends memprof, or an empty folder. path: borrowed until it is kept. In this order, at
 * most INTERRUPT_FILES_MAX. */
enum { INTERRUPT_FILES_MAX = 16 };
void interrupt_removes(const char *path);
void interrupt_keeps(const char *path);
