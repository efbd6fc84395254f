/* The REPL of stock MicroPython as a machine without I/O: bytes and times in, events and bytes to
 * send out. Raw-paste mode with its flow control, else the raw REPL, else paste mode, whichever the
 * build has (shared/runtime/pyexec.c, ports/unix/main.c).
 *
 * What it never does unless asked: soft-reset, Ctrl-C, a CR of its own (a CR would run a half-typed
 * line and answer an input()). Whether there is a free prompt is found out with a lone Ctrl-A, and
 * only if the last thing heard was a prompt or nothing was heard: an input() that waits silently
 * takes a Ctrl-A for an empty answer, and nothing can be done about that but --listen-only.
 *
 * A board that is reset says so ("MPY: soft reboot", its banner, an ESP's boot loader). Then whatever
 * was known of its prompt is void: REPL_REBOOTED, or REPL_RESTARTED if a program of ours ran, and the
 * search for a prompt begins anew; REPL_READY, _BUSY or _TYPED follow.
 *
 *     repl_feed → repl_next_event … → repl_outbox/repl_sent; repl_tick at repl_deadline
 */
#ifndef MEMPROF_REPL_H
#define MEMPROF_REPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/protocol/probe.h"

enum { REPL_ERROR_MAX_BYTES = 4096, REPL_OUTBOX_BYTES = 512, REPL_TAIL_BYTES = 64 };

/* Programs that memprof runs may print these two around what is not theirs: the record and the unit
 * separator. The machine passes them on, and does not count them as text. */
enum { REPL_FRAME_BEGIN = 0x1e, REPL_FRAME_END = 0x1f };

enum repl_mode { REPL_MODE_NONE, REPL_MODE_RAW_PASTE, REPL_MODE_RAW, REPL_MODE_PASTE };

enum repl_event_kind {
	REPL_READY,     /* there is a prompt, and programs can be run */
	REPL_BUSY,      /* no prompt answers: a program runs */
	REPL_TYPED,     /* somebody has typed half a line at the prompt */
	REPL_NO_RESET,  /* asked to reset, but this build cannot without ending */
	REPL_CONSOLE,   /* text that is no output of a program run here */
	REPL_OUTPUT,    /* output of the program that runs */
	REPL_DONE,      /* that program has ended; text is its traceback if it raised */
	REPL_RESTARTED, /* the board was reset while the program ran (SystemExit does that) */
	REPL_REBOOTED,  /* the board was reset otherwise; a prompt is being looked for */
	REPL_TAKEN,     /* the bytes of repl_take_raw are all there; the program runs on */
	REPL_STUCK,     /* the board stopped in the middle of the protocol */
	REPL_LEFT,      /* after repl_leave: the prompt is as it was found */
};

struct repl_event {
	enum repl_event_kind kind;
	const char *bytes; /* borrowed until the next call; a board's bytes */
	size_t n_bytes;
	bool raised; /* of REPL_DONE */
};

struct repl_options {
	bool interrupt;   /* Ctrl-C if a program runs */
	bool reset;       /* soft-reset before the first program; implies interrupt */
	bool listen_only; /* send nothing, ever */
	bool probe_left;  /* the conversation before broke off while our probe ran (probe.h): end it, if it does */
	uint64_t boot_us; /* how long a board may take to its first byte; 0: it is up */
};

enum repl_state {
	REPL_S_LISTEN,
	REPL_S_PROBE,
	REPL_S_INTERRUPT,
	REPL_S_RESET,
	REPL_S_PASSIVE,
	REPL_S_READY,
	REPL_S_ASK,
	REPL_S_WINDOW,
	REPL_S_FEED,
	REPL_S_ACK, /* raw-paste */
	REPL_S_RAW_CODE,
	REPL_S_RAW_OK, /* raw */
	REPL_S_BANNER,
	REPL_S_ECHO,
	REPL_S_ECHO_END, /* paste */
	REPL_S_OUTPUT,
	REPL_S_ERROR,
	REPL_S_PROMPT,
	REPL_S_PASTE_OUTPUT,
	REPL_S_CANCEL,
	REPL_S_LEAVING,
	REPL_S_LEFT,
};

struct repl {
	struct repl_options options;
	enum repl_mode mode;
	enum repl_state state;
	uint64_t now_us, deadline_us;  /* NOT_KNOWN: none */
	uint64_t entered_us, heard_us; /* when this state began, when the last byte came */
	uint64_t rebooted_us;          /* while listening only: when a reset was heard; 0: never */
	bool heard, reset_done;
	bool asked_twice; /* a second Ctrl-A, after a ">>> " */
	bool maybe_raw;   /* a Ctrl-A was sent, and no Ctrl-B since */
	unsigned n_tries;

	const char *p, *end;        /* what is left of the last feed */
	char tail[REPL_TAIL_BYTES]; /* the last bytes while an answer is waited for */
	size_t n_tail;

	char outbox[REPL_OUTBOX_BYTES];
	size_t n_outbox;

	const char *code;              /* the program; borrowed until REPL_DONE */
	size_t n_code, i_code, i_echo; /* bytes; sent; seen echoed */
	uint32_t i_echo_more;          /* within "\n=== " */
	uint64_t window, budget;       /* raw-paste */

	char error[REPL_ERROR_MAX_BYTES];
	size_t n_error;
	bool ours;                 /* the program that runs */
	bool at_line_start, ended; /* paste: the end mark has been seen */
	const char *word;          /* a prompt or the head of a traceback: what a line may begin */
	size_t n_word;             /* with; so much of it has matched and is held back */
	enum { HOLD_NONE, HOLD_FRAMES, HOLD_MESSAGE } hold; /* a traceback, perhaps the last words */

	char *raw; /* where what is counted goes, and how much is still to come */
	size_t n_raw;
	struct probe_cooked cooked;

	struct repl_event queue[3];
	size_t n_queue;
};

void repl_init(struct repl *r, const struct repl_options *options, uint64_t now_us);
void repl_feed(struct repl *r, const void *bytes, size_t n_bytes, uint64_t now_us);
bool repl_next_event(struct repl *r, struct repl_event *ret);

/* What to send: *ret_n bytes, perhaps none. repl_sent says how many of them were sent. */
const char *repl_outbox(const struct repl *r, size_t *ret_n);
void repl_sent(struct repl *r, size_t n_bytes);

/* When repl_tick must be called at the latest; NOT_KNOWN: no need. */
uint64_t repl_deadline(const struct repl *r);
void repl_tick(struct repl *r, uint64_t now_us);

/* Runs a program, lines ended by LF. Only after REPL_READY or REPL_DONE. It must not end inside a
 * line; in paste mode a line is appended that says that its end was reached. 0, or -EBUSY. */
int repl_run(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us);

/* The same for a short program of memprof's own: what looks like a reset in its output is one. */
int repl_run_ours(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us);

/* While a program runs: bytes to it. 0; -EBUSY if none has begun to run; -EAGAIN if there is no room for all of
 * them at the moment. */
int repl_send(struct repl *r, const void *bytes, size_t n_bytes);
/* While one runs: the next n_bytes that it prints are no text and hold whatever they hold. They are written to ret,
 * which must stay until REPL_TAKEN; n_crs: so many CRs come before each LF that are not theirs (probe.h). 0, or -EBUSY.
 */
int repl_take_raw(struct repl *r, void *ret, size_t n_bytes, unsigned n_crs);
/* Whether the next bytes that come are such: nobody but repl_feed may look at them. */
bool repl_reads_raw(const struct repl *r);
/* No more of them: what comes now is text again. How many are still missing. */
size_t repl_stop_raw(struct repl *r);

/* Ctrl-C: to the program that runs, or to the board that is being told one, and then no more of it
 * is sent. REPL_DONE tells when it has ended. */
void repl_interrupt(struct repl *r, uint64_t now_us);

/* The source has ended: what was held back becomes events. */
void repl_finish(struct repl *r);

/* Whether it is still finding out if there is a prompt. repl_only_listen ends that: no question is sent any more. */
bool repl_is_searching(const struct repl *r);
void repl_only_listen(struct repl *r);

/* Whether bytes of somebody else's may be sent between its own: it is telling the board nothing. */
bool repl_is_idle(const struct repl *r);

/* Gives the prompt back, in whatever state the conversation is; REPL_LEFT tells when that is done. */
void repl_leave(struct repl *r, uint64_t now_us);

#endif
