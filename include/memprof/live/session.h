/* A conversation with a board: opens the source, runs the protocol, keeps what was said, and hands
 * out what comes. The only event loop. Whatever happens, session_close gives the prompt back. */
#ifndef MEMPROF_SESSION_H
#define MEMPROF_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "memprof/cli/options.h"
#include "memprof/io/source.h"
#include "memprof/live/ui_hooks.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/repl.h"

struct session;

/* What a session tells its command. Each may be NULL. */
struct session_handler {
	void (*on_event)(void *of, struct event *event);                /* heaps, failures … */
	void (*on_output)(void *of, const char *bytes, size_t n_bytes); /* of a program run here */
	/* All that the board prints, that too, but for what memprof asked it for. */
	void (*on_console)(void *of, const char *bytes, size_t n_bytes);
	/* The board was reset, or is back after it was unplugged: what was known of it is void. */
	void (*on_reset)(void *of);
	void (*on_link)(void *of, const char *words); /* the state of the connection: "it is back" */
	void *of;
	bool needs_prompt;                 /* listening is of no use: say so */
	bool agent_reads;                  /* then an agent that reads memory for us is as good */
	const struct companion *companion; /* NULL, or it waits with the session; borrowed */
	struct diag *quiet;                /* NULL, or no messages, and here goes why the source was not opened */
};

enum session_outcome {
	SESSION_GOES_ON,   /* never seen outside of a session, but for session_start */
	SESSION_READY,     /* programs can be run */
	SESSION_LISTENING, /* a program runs there: only what it prints can be seen */
	SESSION_DONE,      /* the program has ended */
	SESSION_RAISED,    /* it raised */
	SESSION_RESTARTED, /* the board was reset; session_find tells what comes after that */
	SESSION_ANSWERED,  /* a helper that is talked with has said what was waited for */
	SESSION_TIME,      /* the time asked for is over */
	SESSION_STOPPED,   /* Ctrl-C or SIGTERM */
	SESSION_GONE,      /* the source has ended, or the board no longer follows the protocol */
};

/* Opens the source that argument i_argument of the command line names (if there is none: the only
 * board), with the options of OPTIONS_BOARD and --wait, and looks for a prompt.
 * Negative after a message, or -EINTR if somebody wanted to stop (then *ret is NULL); else 0 and *ret_outcome is
 * SESSION_READY, SESSION_LISTENING (after one message on what can be done, unless --listen-only), SESSION_STOPPED or
 * SESSION_GONE (after a message). */
int session_open(struct session **ret, const struct options *options, int i_argument,
		 const struct session_handler *handler, enum session_outcome *ret_outcome);
int session_open_exit(int error);      /* the exit code for an error of it */
void session_close(struct session *s); /* NULL is fine */

bool session_has_prompt(const struct session *s); /* now; after RESTARTED: SystemExit leaves one */

/* After RESTARTED: what the search for a prompt found. READY, LISTENING, STOPPED or GONE, as above. */
enum session_outcome session_find(struct session *s);

/* After GONE: waits for the board to come back, for ever with --wait, else as long as a reset of a
 * board takes whose USB goes away with it. Then as session_find; GONE if it did not come. */
enum session_outcome session_return(struct session *s);

/* Runs a program and waits for its end: DONE, RAISED, RESTARTED, STOPPED (it was interrupted and
 * has ended), GONE; TIME if timeout_us (0: none) passed, and then it was interrupted too. */
enum session_outcome session_exec(struct session *s, const char *code, uint64_t timeout_us);

/* Begins a program that session_wait follows to its end. GOES_ON; else why not, as session_helper. code is borrowed
 * until then. */
enum session_outcome session_start(struct session *s, const char *code);
/* Keys for the program that runs there, ours or not. 0; -EBUSY if none can take them now; -EAGAIN if there is no room.
 */
int session_type(struct session *s, const char *bytes, size_t n_bytes);
/* Ctrl-C to the program of session_start, which goes on until it has ended. */
void session_interrupt(struct session *s);
/* The same for one that nobody wants to wait for: STOPPED once it has ended, or after a message; or GONE. */
enum session_outcome session_stop(struct session *s);
/* Looks for a prompt afresh, as session_open does with --interrupt, or --reset. As session_find, but a build that
 * cannot be reset is READY, after a message; on_reset is told if it was. */
enum session_outcome session_find_again(struct session *s, bool reset);

/* The traceback of the last RAISED. */
const char *session_traceback(const struct session *s, size_t *ret_n);

/* Its last line that is not empty: the exception. */
const char *session_exception(const struct session *s, size_t *ret_n);

/* Waits until a moment of clock_now_us() (NOT_KNOWN: for ever), or until the companion wants something, handing out
 * what comes: TIME, STOPPED, GONE. */
enum session_outcome session_wait(struct session *s, uint64_t until_us);

/* Runs a helper of ours: its output goes to the decoder, not to on_output. */
enum session_outcome session_helper(struct session *s, const char *code);
/* The same for one that tidies up: it waits for a helper that was stopped to end, and nobody stops it; each of the two
 * lasts a few seconds at most, or it is STOPPED. */
enum session_outcome session_tidy(struct session *s, const char *code);
/* What the last helper printed: a board's bytes, good until the next one. */
const char *session_answer(const struct session *s, size_t *ret_n);
/* The same as session_helper, but what it prints is no news: it is kept for session_answer alone. */
enum session_outcome session_question(struct session *s, const char *code);
/* The same for a helper that prints one number; NOT_KNOWN if it does not. */
uint64_t session_number(struct session *s, const char *code);

/* A helper that is talked with while it runs (session_talk.c). Whatever needs the prompt next ends it before:
 * another helper, session_exec, session_close.
 *
 * session_talk_begin begins it: ANSWERED, or as session_helper. end is what ends it, n_end bytes that are borrowed for
 * good; session_talk_ends cuts that to the n_end that suffice. _line waits for the next line that it
 * prints, without its LF, good until the next call. session_talk sends, and takes exactly n_in bytes, whatever they
 * hold; n_crs: as in probe.h. All: ANSWERED; DONE, RAISED, RESTARTED, GONE, STOPPED; TIME after a long silence. */
enum session_outcome session_talk_begin(struct session *s, const char *code, const char *end, size_t n_end);
enum session_outcome session_talk_line(struct session *s, const char **ret, size_t *ret_n);
void session_talk_ends(struct session *s, size_t n_end);
enum session_outcome session_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
				  unsigned n_crs);
/* Takes and forgets all that comes, until nothing does: after an answer that was not the one asked for. */
enum session_outcome session_talk_drain(struct session *s);
/* DONE once its end was heard; STOPPED, GONE, RESTARTED; TIME if it does not end. */
enum session_outcome session_talk_end(struct session *s);
bool session_talks(const struct session *s);

/* on_snapshot sees each heap before the handler does; NULL: nobody. */
void session_watch(struct session *s, void (*on_snapshot)(void *of, const struct event *event), void *of);
/* How many bytes came since the last helper began. */
uint64_t session_helper_bytes(const struct session *s);

/* Prints why a source has ended. */
void session_say_gone(struct session *s);
/* Prints what a helper of ours raised. */
void session_say_raised(struct session *s);

/* Whether --save could not keep all: a message was printed. */
bool session_save_failed(const struct session *s);

/* Snapshots that an agent sent, since the session began; and whether one talks without being asked. */
uint64_t session_n_agent_snapshots(const struct session *s);
bool session_agent_talks(const struct session *s);
bool session_agent_waits(const struct session *s); /* such a one sends snapshots only when asked */
/* Ask such an agent, where it hears: for a snapshot now, for one every period from now on, whenever it is started. */
void session_ask_snapshot(struct session *s, bool key);
void session_ask_period(struct session *s, uint64_t period_us);
/* Memory of the board, by such an agent: at most SESSION_MEMORY_MAX_BYTES. DONE; TIME if it does not read that;
 * STOPPED, GONE. */
enum { SESSION_MEMORY_MAX_BYTES = 96 };
enum session_outcome session_memory(struct session *s, uint64_t address, size_t n_bytes, uint8_t *ret);

uint64_t session_now_us(const struct session *s); /* since the session began */
const char *session_source_name(const struct session *s);
int session_exit_code(struct session *s); /* of an exec: source that is gone, or -1 */

/* What one snapshot is. */
extern const char session_snapshot_code[];
/* What tells the decoder that statistics or a table are over: a prompt. */
extern const char session_end_of_dump[];

#endif
