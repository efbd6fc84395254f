/* The REPL of stock MicroPython as a state machine without I/O: bytes and times in, events and bytes to
 * send out. It uses raw-paste mode with its flow control, the raw REPL, or paste mode, whichever the
 * build has (shared/runtime/pyexec.c, ports/unix/main.c).
 *
 * Unless requested it never sends a soft reset, a Ctrl-C, or a CR (which would run a half-typed line or
 * answer an input()); but a Ctrl-C clears what a program of the user's left unread at the prompt (repl_send). It
 * detects a free prompt with a lone Ctrl-A, sent only if the last output was a prompt or there was none, or if output
 * keeps coming, as of a timer: an input() that waits without a prompt takes a Ctrl-A as an empty answer, which only
 * --listen-only avoids.
 *
 * A reset shows in the output ("MPY: soft reboot", the banner, an ESP's boot loader). It gives
 * REPL_REBOOTED, or REPL_RESTARTED if a program of ours ran, and the search for a prompt starts again;
 * REPL_READY, _BUSY or _TYPED follow.
 *
 *     repl_feed → repl_next_event … → repl_outbox/repl_sent; repl_tick at repl_deadline
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/protocol/probe.h"

enum {
	REPL_ERROR_MAX_BYTES = 4096,
	REPL_OUTBOX_BYTES = 512,
	REPL_TAIL_BYTES = 64,
	REPL_MARK_BYTES = 40,
	REPL_END_BYTES = 448
};

/* Record and unit separator: memprof prints them around its own output within that of a program. They
 * are passed on, but are not part of a line of text. */
enum { REPL_FRAME_BEGIN = 0x1e, REPL_FRAME_END = 0x1f };

enum repl_mode { REPL_MODE_NONE, REPL_MODE_RAW_PASTE, REPL_MODE_RAW, REPL_MODE_PASTE };

enum repl_event_kind {
	REPL_READY,     /* there is a prompt; programs can be run */
	REPL_BUSY,      /* no prompt: a program runs */
	REPL_TYPED,     /* the prompt has a half-typed line */
	REPL_PASTING,   /* somebody's paste mode is open, where all that comes is code until a Ctrl-C or Ctrl-D */
	REPL_NO_RESET,  /* a reset was requested, but would end this build's process */
	REPL_CONSOLE,   /* text that is not output of our program */
	REPL_OUTPUT,    /* output of our program */
	REPL_DONE,      /* our program ended; text is its traceback if it raised */
	REPL_RESTARTED, /* the board was reset while our program ran (SystemExit does that) */
	REPL_REBOOTED,  /* the board was reset at another time; the search for a prompt runs */
	REPL_TAKEN,     /* all bytes of repl_take_raw were received; the program runs on */
	REPL_STUCK,     /* the board stopped in the middle of the protocol */
	REPL_LEFT,      /* after repl_leave: the prompt is as it was found */
};

struct repl_event {
	enum repl_event_kind kind;
	const char *bytes; /* borrowed until the next call; not clean */
	size_t n_bytes;
	bool raised; /* of REPL_DONE */
};

struct repl_options {
	bool interrupt;   /* Ctrl-C if a program runs */
	bool reset;       /* soft-reset before the first program; implies interrupt */
	bool listen_only; /* send nothing */
	bool probe_left;  /* the previous session was interrupted while our probe ran (probe.h): end it if it still does
			   */
	uint64_t boot_us; /* a process starts: time to its first byte before it is asked; 0: a board that runs */
	uint64_t seed;    /* random; the marks that end programs are made from it */
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

/* Output that keeps coming during the search for a prompt. */
struct repl_noise {
	uint64_t heard_us; /* time of the last output; 0: none */
	bool recurs;       /* after a silence */
	bool has_dumps;    /* a program prints them */
	bool moves_cursor;
	bool is_asked; /* Ctrl-A was sent all the same */
};

struct repl {
	struct repl_options options;
	enum repl_mode mode;
	enum repl_state state;
	uint64_t now_us, deadline_us;  /* NOT_KNOWN: none */
	uint64_t entered_us, heard_us; /* start of this state; time of the last byte */
	uint64_t rebooted_us;          /* while listening only: time of the last reset; 0: none */
	bool heard, reset_done;
	bool asked_twice; /* a ">>> " followed the first Ctrl-A, so a second was sent: two answers may come */
	bool saw_prompt;  /* a ">>> " came since the last Ctrl-A; more output may have followed it */
	bool had_banner;  /* the raw banner came in place of an answer about raw-paste, which may still come */
	bool maybe_raw;   /* a Ctrl-A was sent and no Ctrl-B since */
	struct repl_noise noise;
	unsigned n_tries;

	const char *p, *end;        /* rest of the last feed */
	char tail[REPL_TAIL_BYTES]; /* the last bytes received in this state */
	size_t n_tail;

	char outbox[REPL_OUTBOX_BYTES];
	size_t n_outbox;

	const char *code;              /* the program; borrowed until REPL_DONE */
	size_t n_code, i_code, i_echo; /* its bytes; sent; echoed; the last two count the end lines, too */
	char mark[REPL_MARK_BYTES];    /* printed by the end lines */
	char end_lines[REPL_END_BYTES];
	size_t n_end_lines;
	uint32_t i_echo_more;    /* within "\n=== " */
	uint64_t window, budget; /* raw-paste */

	char error[REPL_ERROR_MAX_BYTES];
	size_t n_error;
	bool ours;          /* the program is memprof's own */
	bool ended;         /* the mark was received */
	bool at_line_start; /* paste */
	const char *word;   /* paste: the prompt, head of a traceback or mark that is being matched ... */
	size_t n_word;      /* ... and the bytes of it matched so far, which are held back */
	size_t n_mark;      /* raw: bytes of the mark matched so far */
	enum {
		HOLD_NONE,
		HOLD_TRACEBACK, /* paste: a traceback and what follows it */
		HOLD_FIELD,     /* raw: Ctrl-D and what follows it, which may be the end */
		HOLD_END,       /* raw: a whole end, if the board is silent after it */
	} hold;                 /* what is held is in error */
	size_t i_held;          /* raw: what is held begins here */
	size_t n_shown; /* bytes of error, or of word, that were passed on all the same: the pause was too long */
	size_t n_word_shown;
	uint64_t prompt_us; /* paste: when the prompt that was received counts */
	/* Raw: a whole end that more output followed, and is still in error; 0: none. The board is asked whether it was
	 * the end, by a Ctrl-A. */
	size_t n_seen_end, i_seen_end;
	uint64_t ask_us;
	bool asked_end;
	bool interrupted; /* by repl_interrupt, while it ran */
	bool takes_input; /* repl_expect_input */
	bool has_output;  /* paste: of the program that runs */
	bool typed;       /* repl_send was used for a user's program: the rest of it may be at the prompt */
	/* The board was reset before it had read what we sent: PERHAPS that is at its prompt; once it has shown its
	 * banner and a prompt, what is typed there IS ours. */
	enum { STRAYED_NO, STRAYED_PERHAPS, STRAYED_IS } strayed;

	char *raw;    /* buffer of repl_take_raw */
	size_t n_raw; /* bytes still missing */
	struct probe_cooked cooked;

	struct repl_event queue[3];
	size_t n_queue;
};

void repl_init(struct repl *r, const struct repl_options *options, uint64_t now_us);
void repl_feed(struct repl *r, const void *bytes, size_t n_bytes, uint64_t now_us);
bool repl_next_event(struct repl *r, struct repl_event *ret);

/* Bytes to send, *ret_n of them. Report those that were sent with repl_sent. */
const char *repl_outbox(const struct repl *r, size_t *ret_n);
void repl_sent(struct repl *r, size_t n_bytes);

/* When to call repl_tick; NOT_KNOWN: never. */
uint64_t repl_deadline(const struct repl *r);
void repl_tick(struct repl *r, uint64_t now_us);

/* Runs a program whose lines end in LF. Only after REPL_READY or REPL_DONE. Lines that print a mark are appended: where
 * it comes in the output, the program has ended. 0, or -EBUSY. */
int repl_run(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us);

/* The same for a short program of memprof's own: output that looks like a reset is one, and Ctrl-D in raw mode is the
 * end. */
int repl_run_ours(struct repl *r, const char *code, size_t n_bytes, uint64_t now_us);

/* The next program of the user's may get input by repl_send. What it does not read is then not left to the prompt,
 * where that can be avoided: in the raw modes, and in paste mode if it does not raise. */
void repl_expect_input(struct repl *r, bool yes);
/* Whether a program of the user's runs. */
bool repl_runs(const struct repl *r);
/* Sends bytes to the running program. 0; -EBUSY if none runs; -EAGAIN if there is no room for all of them now. */
int repl_send(struct repl *r, const void *bytes, size_t n_bytes);
/* Writes the next n_bytes printed by the running program to ret, whatever their value. ret must stay valid until
 * REPL_TAKEN. n_crs: number of CRs inserted before each LF (probe.h). 0, or -EBUSY. */
int repl_take_raw(struct repl *r, void *ret, size_t n_bytes, unsigned n_crs);
/* Whether the next bytes received are such; only repl_feed may interpret them. */
bool repl_reads_raw(const struct repl *r);
/* Ends it: further bytes are text again. Returns the number of missing bytes. */
size_t repl_stop_raw(struct repl *r);

/* Sends a Ctrl-C to the running program, or stops sending one. REPL_DONE follows when it has ended. */
void repl_interrupt(struct repl *r, uint64_t now_us);

/* The source has ended: held text becomes events. */
void repl_finish(struct repl *r);

/* Whether the search for a prompt runs. repl_only_listen ends it; nothing is sent afterwards. */
bool repl_is_searching(const struct repl *r);
void repl_only_listen(struct repl *r);

/* Whether other bytes may be sent to the board now. */
bool repl_is_idle(const struct repl *r);

/* Restores the prompt, from any state; REPL_LEFT follows. */
void repl_leave(struct repl *r, uint64_t now_us);
