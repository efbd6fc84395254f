/* A live connection to a board: opens the source, runs its protocol, and hands out what comes. The only event loop.
 * session_close gives the prompt back, however the session ended.
 *
 * Two backends speak to boards: `repl` (a MicroPython prompt, a program that prints dumps, or memprof's agent in the
 * firmware) and `openmv` (OpenMV's own protocol). Nothing is printed here, and no options are read: notices go to the
 * handler, errors to a diag. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/event.h"
#include "memprof/io/source.h"
#include "memprof/live/ui_hooks.h"
#include "memprof/model/board.h"
#include "memprof/protocol/agent_link.h"

struct session;

/* ---- what is asked for, and what is told ---- */

enum session_protocol { SESSION_AUTO, SESSION_REPL, SESSION_OPENMV };

struct session_config {
	const char *uri; /* of a source; "auto": the only board that is plugged in */
	struct source_line line;
	enum session_protocol protocol;
	bool wait;                     /* for a board that is not there, or goes away */
	bool interrupt, reset;         /* the program that runs there, first */
	bool listen_only;              /* send nothing */
	bool agent_only;               /* the same, but for requests to an agent: no prompt is looked for */
	bool needs_prompt;             /* listening is of no use */
	bool agent_will_do;            /* needs_prompt, but an agent with the next ones is as good */
	uint64_t agent_abilities;      /* of wire.h */
	const char *record;            /* a file for all that goes over the line (stream.h); NULL */
	bool replace;                  /* it may be there already: the older one becomes FILE~ */
	const struct figures *figures; /* lines that tell of the heap; NULL; borrowed */
	struct notice_sink notices;
};

/* Each may be NULL. */
struct session_handler {
	void (*on_event)(void *ctx, struct event *event);                /* heaps, failures … */
	void (*on_output)(void *ctx, const char *bytes, size_t n_bytes); /* of a program that was run here */
	/* All that the board prints, that too, except the answers to memprof. */
	void (*on_console)(void *ctx, const char *bytes, size_t n_bytes);
	/* The board was reset, or is back after it was unplugged: what was known of it is void. */
	void (*on_reset)(void *ctx);
	void (*on_link)(void *ctx, const char *words); /* the state of the connection: "it is back" */
	void *ctx;
	const struct ui_hooks *ui; /* NULL, or a screen that runs beside it; borrowed */
};

/* What became of a call. Every function of this room that talks to a board returns one of these. */
enum session_outcome {
	SESSION_GOES_ON,   /* not decided yet */
	SESSION_READY,     /* the board can be asked */
	SESSION_LISTENING, /* a program runs there: only what it prints can be seen */
	SESSION_DONE,      /* done; the program has ended */
	SESSION_RAISED,    /* the program raised: session_traceback */
	SESSION_RESTARTED, /* the board was reset; session_find finds out what comes after that */
	SESSION_ANSWERED,  /* a helper that is talked with has answered */
	SESSION_TIME,      /* the time is over */
	SESSION_NO_ROOM,   /* the board has no memory for it now */
	SESSION_UNABLE,    /* it cannot be done with this board, or is of no use: see diag, or ask in another way */
	SESSION_STOPPED,   /* Ctrl-C or SIGTERM */
	SESSION_GONE,      /* the source has ended, or the board no longer follows the protocol */
};

/* READY, LISTENING, STOPPED and GONE decide what can be done next; other outcomes leave the session as it is. */
static inline bool session_is_over(enum session_outcome outcome)
{
	return outcome == SESSION_STOPPED || outcome == SESSION_GONE || outcome == SESSION_RESTARTED;
}

/* ---- opening and closing ---- */

/* Opens the source and looks for a prompt, a camera or an agent. 0: *ret_outcome is READY, LISTENING (after a notice on
 * what can be done, unless listen_only), STOPPED or GONE (session_report_gone). -EINVAL, -ENODEV (it cannot be opened)
 * or -ENOMEM, with diag; -EINTR if a stop was requested. *ret is NULL then. */
int session_open(struct session **ret, const struct session_config *config, const struct session_handler *handler,
		 enum session_outcome *ret_outcome, struct diag *diag);
/* The same on a source that is open already, which it takes: config's uri and line are not looked at. */
int session_open_source(struct session **ret, struct source *source, const struct session_config *config,
			const struct session_handler *handler, enum session_outcome *ret_outcome, struct diag *diag);
void session_close(struct session *s); /* NULL is fine */

/* After RESTARTED: what the search for a prompt found. As session_open. */
enum session_outcome session_find(struct session *s);
/* Looks for a prompt afresh, as with config.interrupt, or .reset. As session_find, but a build that cannot be reset is
 * READY, after a notice. */
enum session_outcome session_find_again(struct session *s, bool reset);
/* What was sent to the prompt has gone elsewhere: whoever waits for an answer gets GONE, until session_find_again. */
void session_lose_prompt(struct session *s);

/* After GONE: waits for the board to come back, without end if config.wait, else as long as a reset of a board takes
 * whose USB goes away with it. Then as session_find; GONE if it did not come. */
enum session_outcome session_return(struct session *s);

/* Waits until a moment of clock_now_us() (NOT_KNOWN: without end), or until the screen wants something, handing out
 * what comes: TIME, STOPPED, GONE; READY or LISTENING, RESTARTED if the board's state changed. */
enum session_outcome session_wait(struct session *s, uint64_t until_us);

/* ---- what is known ---- */

enum session_protocol session_protocol(const struct session *s);
uint64_t session_now_us(const struct session *s); /* since the session began: the time of its events */
const char *session_source_name(const struct session *s);
bool session_has_prompt(const struct session *s);       /* now; after RESTARTED: SystemExit leaves one */
int session_exit_code(struct session *s);               /* of an exec: source that has ended, or -1 */
bool session_recording_failed(const struct session *s); /* after a notice */
/* What the protocol of the board reported of it; NULL: programs at the prompt have to ask. */
const struct board_info *session_board(const struct session *s);

void session_notice(const struct session *s, const char *severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void session_report_gone(struct session *s);   /* why a source has ended; once */
void session_report_raised(struct session *s); /* what a helper of ours raised */
/* The same of a call that ended so: 0 if it is DONE; -EINTR if STOPPED; else -ENODEV, after a notice: other, if the
 * board neither went away nor raised an exception; NULL: there was one before. */
int session_report(struct session *s, enum session_outcome outcome, const char *other);

/* Asks for the pools by the board's own protocol and waits for them: DONE once on_event had them; STOPPED; GONE; UNABLE
 * if programs at the prompt have to ask. */
enum session_outcome session_poll(struct session *s);

/* ---- programs ---- */

/* Runs a program and waits for its end: DONE, RAISED, RESTARTED, STOPPED (it was interrupted and has ended), GONE; TIME
 * if timeout_us (0: none) passed, and then it was interrupted too. */
enum session_outcome session_exec(struct session *s, const char *code, uint64_t timeout_us);

/* From on_output: the program that session_exec runs is to end within this time, or is interrupted: TIME. */
void session_exec_ends(struct session *s, uint64_t within_us);

/* Text in place of what was taken out, for the recording, if there is one. */
void session_save_text(struct session *s, const char *text, size_t n);
/* From here on frames of this hook are taken out of what the board sends, before anything else looks at it, and
 * on_frame is called for each, after the text before it; false: it is no frame, and its bytes are passed on as text.
 * The filter is borrowed; NULL: no more. */
struct collection_filter;
void session_filter(struct session *s, struct collection_filter *filter, bool (*on_frame)(void *ctx), void *ctx);
/* Whether a program that is to end at Ctrl-C has not ended yet. */
bool session_is_stopping(const struct session *s);
/* From on_frame, of a frame that asks: sends to the hook and takes exactly n_in bytes, as session_talk. ANSWERED; TIME
 * after a long silence, or GONE. Nothing of it is saved. */
enum session_outcome session_filter_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
					 unsigned n_crs);

/* Input of programs that session_exec runs, while they run; borrowed until the session is closed. */
struct session_input {
	int (*fd)(void *ctx);                           /* to wait for; -1: there is no more */
	size_t (*read)(void *ctx, char *ret, size_t n); /* once fd is ready: how many bytes; 0: none now */
	void *ctx;
};
void session_set_input(struct session *s, const struct session_input *input);

/* Begins a program that session_wait follows to its end. GOES_ON; else why not, as session_helper. code is borrowed
 * until then. */
enum session_outcome session_start(struct session *s, const char *code);
/* Keys for the program that runs there, ours or not. 0; -EBUSY if none can take them now; -EAGAIN without room. */
int session_type(struct session *s, const char *bytes, size_t n_bytes);
/* Ctrl-C to the program of session_start, which goes on until it has ended. */
void session_interrupt(struct session *s);
/* The same, without waiting longer than a few seconds: STOPPED, after a notice if it goes on; or GONE. */
enum session_outcome session_stop(struct session *s);

/* Of the last RAISED: the traceback, and its last line that is not empty. */
const char *session_traceback(const struct session *s, size_t *ret_n);
const char *session_exception(const struct session *s, size_t *ret_n);
bool session_raised(const struct session *s, const char *what); /* whether it has this in it: "MemoryError" */

/* ---- helpers: programs of ours ---- */

/* Runs a helper: its output goes to the decoder, not to on_output. */
enum session_outcome session_helper(struct session *s, const char *code);
enum session_outcome session_mem_info(struct session *s); /* micropython.mem_info(1) */
/* The same as session_helper, but its output is no news: it is kept for session_answer alone. */
enum session_outcome session_question(struct session *s, const char *code);
/* The same for one that tidies up: it waits for a helper that was stopped to end, and cannot be stopped; each of the
 * two lasts a few seconds at most, or it is STOPPED. */
enum session_outcome session_tidy(struct session *s, const char *code);
/* The same, where it is not worth waiting for a board that does not answer: half a second each. */
enum session_outcome session_tidy_soon(struct session *s, const char *code);
/* What the last helper printed: a board's bytes, good until the next one. */
const char *session_answer(const struct session *s, size_t *ret_n);
uint64_t session_helper_bytes(const struct session *s); /* that came since the last helper began */
/* A helper that prints one number; NOT_KNOWN if it does not. */
uint64_t session_number(struct session *s, const char *code);

/* A helper that is talked with while it runs. Whatever needs the prompt next ends it before: another helper,
 * session_exec, session_close.
 *
 * session_talk_begin begins it: ANSWERED, or as session_helper. end is what ends it, n_end bytes that are borrowed for
 * good; session_talk_ends cuts that to the n_end that suffice. _line waits for the next line that it prints, without
 * its LF, good until the next call. session_talk sends, and takes exactly n_in bytes, whatever they hold; n_crs: as in
 * probe.h. All: ANSWERED; DONE, RAISED, RESTARTED, GONE, STOPPED; TIME after a long silence. */
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
void session_watch(struct session *s, void (*on_snapshot)(void *ctx, const struct event *event), void *ctx);

/* ---- memprof's agent in the firmware ---- */

uint64_t session_n_agent_snapshots(const struct session *s); /* since the session began */
bool session_agent_talks(const struct session *s);           /* without being asked */
bool session_agent_is_on_request(const struct session *s);   /* its HELLO announced no period */
bool session_agent_holds(const struct session *s);           /* can hold the program still */
uint64_t session_agent_abilities(const struct session *s); /* by its HELLO, of wire.h; NOT_KNOWN: none of our version */
unsigned session_agent_word_bytes(const struct session *s); /* 4 or 8, by its HELLO */
bool session_agent_waits(const struct session *s);          /* such a one sends snapshots only on request */
/* Requests, where it can receive: a snapshot now; one every period from now on, whenever it is started. */
void session_ask_snapshot(struct session *s, bool key);
void session_ask_period(struct session *s, uint64_t period_us);
/* Requests that events answer, EVENT_SITES and EVENT_SITE_NAME: samples of allocations for keep_ms from now on
 * (PROTOCOL.md, SET_SITES), and an interned string. False: not now, or the agent takes none. */
bool session_ask_sites(struct session *s, uint32_t step_bytes, uint32_t keep_ms);
bool session_ask_name(struct session *s, uint32_t number);
/* Memory of the board, at most SESSION_MEMORY_MAX_BYTES, or while it is held SESSION_HELD_MEMORY_BYTES. DONE; UNABLE:
 * it does not read all of that; TIME, STOPPED, GONE. */
enum { SESSION_MEMORY_MAX_BYTES = 96, SESSION_HELD_MEMORY_BYTES = 4096 };
enum session_outcome session_memory(struct session *s, uint64_t address, size_t n_bytes, uint8_t *ret);
/* The program there stands still until nothing was asked for hold_ms, at most 500 (0: it goes on), and from the same
 * moment on more memory can be read. DONE; TIME if the agent does not answer; STOPPED, GONE. */
enum session_outcome session_hold(struct session *s, uint32_t hold_ms, struct agent_held *ret);

/* A prompt, for a decoder of text: statistics or a table are over. */
extern const char session_end_of_dump[];
