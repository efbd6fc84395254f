/* What the files of this room share: a session, and its backend. event_loop.c has the loop and what both backends need,
 * repl_*.c and openmv_backend.c one backend each; session.c opens, waits and closes. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/live/session.h"
#include "memprof/live/stop_signals.h"
#include "memprof/protocol/agent_link.h"
#include "memprof/protocol/collection_hook.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/repl.h"
#include "stream_file.h"

/* A protocol with a board. Its state is in the session. */
struct backend {
	enum session_protocol protocol;
	uint32_t baud; /* if none was requested; 0: that of the port */
	/* Whether it is tried on a source unasked, before the others. */
	bool (*recognizes)(const char *uri);
	/* A notice on what was found; not found: another backend is tried next. NULL: none. */
	void (*report_found)(struct session *s, bool found);
	/* A conversation from the start, when the source was opened, or opened again. 0 or -ENOMEM. */
	int (*begin)(struct session *s);
	/* The state of the board. As session_find. */
	enum session_outcome (*find)(struct session *s);
	enum session_outcome (*wait)(struct session *s, uint64_t until_us); /* as session_wait */
	enum session_outcome (*poll)(struct session *s);                    /* as session_poll; NULL: unable */
	const struct board_info *(*board)(const struct session *s);         /* NULL: not known */
	/* Handles one thing that came. False: there is none. */
	bool (*next)(struct session *s, enum session_outcome *ret_outcome);
	/* The source has ended: true if something was held back, which comes next. */
	bool (*finish)(struct session *s);
	void (*feed)(struct session *s, size_t n_bytes); /* of s->bytes */
	/* Sends what is to be sent. True: there is more than there is room for. */
	bool (*flush)(struct session *s);
	uint64_t (*deadline_us)(const struct session *s); /* of clock_now_us(); NOT_KNOWN */
	void (*tick)(struct session *s);
	/* The conversation broke off, but the source is there: READY and the like if another one could be begun. */
	enum session_outcome (*begin_again)(struct session *s);
	const char *(*why_gone)(struct session *s, struct strbuf *text); /* in words; NULL: the source has ended */
	void (*leave)(struct session *s); /* begins to give the board back, which takes at most: */
	uint64_t leave_us;
	void (*free)(struct session *s);
};
extern const struct backend backend_repl, backend_openmv;

/* A helper that is talked with. */
struct session_talk {
	bool on;
	bool wants_line; /* a line is waited for */
	size_t i_line;   /* in helper_output: what was handed out before */
	const char *end; /* what ends it */
	size_t n_end;
	char *bytes; /* of the answer that is being taken */
	size_t cap_bytes;
};

enum reset_report { RESET_NOT_REPORTED, RESET_BY_WORDS, RESET_BY_AGENT };

enum { READ_BYTES = 16 * 1024, TYPED_BYTES = 512, PROGRAM_INPUT_BYTES = 64 };

/* What a program is to read, on its way from the command to the board. */
struct program_input {
	const struct session_input *from; /* NULL: nothing */
	bool on;                          /* a program runs that is to get it */
	char bytes[PROGRAM_INPUT_BYTES];  /* not sent, or perhaps not read */
	size_t n_bytes, n_sent;           /* all of them; sent */
	bool after_cr;
	bool unread; /* the process has not read them: it did not wait for them */
	bool sent_to_keys, sent_again;
	uint64_t sent_us;    /* the last piece; at first, when the program began */
	size_t n_unanswered; /* bytes sent since the board sent something */
	uint64_t look_us;    /* when to look at it again */
};

struct repl_session {
	struct repl repl;
	struct repl_options options;
	struct agent_link *link; /* takes an agent's frames out, before the REPL sees the text */
	bool agent_talks;        /* by itself: nothing is asked */
	bool agent_known;        /* and that was reported, before it was disturbed */
	bool cooked_known;       /* a terminal on the way changes its frames, and that was reported */
	uint32_t period_ms;      /* that it is asked for; 0: whichever it has */
	unsigned n_period_tries; /* since its session began */
	struct {
		bool waits;
		uint64_t address;
		size_t n_bytes, n_done;
		uint8_t *ret;
	} memory;                     /* that it was asked for */
	struct agent_held *held;      /* where the answer to a HOLD goes; NULL: none is awaited */
	bool is_held;                 /* the program, as far as is known */
	bool was_tidied;              /* what another memprof has left there was looked for */
	bool link_finished, finished; /* finished: the protocol knows that the source has ended */
	uint64_t exec_ends_us;        /* when the program of session_exec is to end; 0: whenever it does */
	bool stopping;                /* the program is to end at Ctrl-C, and is given time */
	bool stuck;                   /* it is there, but does not follow the protocol */
	unsigned n_stuck;             /* so often since a program ended well */
	bool in_helper, quietly;      /* quietly: what it prints is not decoded */
	struct session_talk talk;
	struct {
		struct collection_filter *state; /* NULL: none */
		bool (*on_frame)(void *ctx);
		void *ctx;
		const char *p, *end; /* of the session's bytes: what it has not read yet */
		bool was_at_stop;    /* a frame that asks came since the program is to end */
		bool frame;          /* one is complete, and the text before it is on its way */
		char text[READ_BYTES + COLLECTION_HEAD_BYTES]; /* what it lets through */
	} filter;
	struct program_input input;
	enum repl_event_kind last_kind;
	uint64_t n_helper_bytes;
	struct strbuf helper_output; /* of the last helper */
	struct strbuf traceback;
	char typed[TYPED_BYTES]; /* for a program that is listened to */
	size_t n_typed;
	char last_line[160]; /* that was heard, and is not empty; truncated */
	size_t n_last_line;
	bool line_ended;
};

struct session {
	const struct backend *backend;
	struct session_config config;
	struct session_handler handler;
	struct source *source;
	struct stop_signals *stop;
	struct stream_file recording;
	void *decoder_state; /* of decoder_mem_info: what the board prints */
	struct decoder_options decoder_options;
	uint64_t started_us, began_us; /* the session; the conversation at hand */
	bool gone;                     /* the source has ended */
	bool gone_reported;
	bool has_figures;               /* since the last reset */
	enum reset_report reset_report; /* since the last figures */
	bool yields;                    /* session_wait: it ends when the screen wants something */
	bool helper_stopped;            /* a stop was requested while a helper ran: it may still run */
	void (*on_snapshot)(void *ctx, const struct event *event);
	void *on_snapshot_ctx;
	struct repl_session repl;
	struct openmv_session *openmv; /* NULL: not in use */
	char bytes[READ_BYTES];        /* what was read last; the protocol's events point into it */
};

/* ---- reporting.c ---- */

/* Text of the board, to the decoder of logs. NULL: no more comes. */
void session_decode(struct session *s, const char *bytes, size_t n);
/* Hands an event on. False: it is a reset that was handed on before. */
bool session_hand_on(struct session *s, struct event *event);
/* A board reports a reset in words and in frames, and it is one reset. */
void session_reset(struct session *s, enum reset_report by);
void session_link(struct session *s, const char *words);

/* ---- event_loop.c ---- */

/* Runs the loop until the backend has an outcome, the time is over, or a stop is requested. */
enum session_outcome session_loop(struct session *s, uint64_t until_us, bool may_stop);

/* Saves it, if anything is saved. direction: as in protocol/stream.h. */
void session_record(struct session *s, char direction, const void *bytes, size_t n);

/* A command of memprof's own begins or ends, also in the recording. */
void session_set_in_helper(struct session *s, bool in_helper);

/* repl_filter.c: n bytes of s->bytes have come. */
void repl_filter_feed(struct session *s, size_t n);
/* Passes on the text up to the next frame, or hands that frame out, or passes on what broke off; false: there is none.
 * Only once everything before is read, as its bytes are borrowed. */
bool repl_filter_next(struct session *s, enum session_outcome *ret_outcome);
bool repl_filter_finish(struct session *s); /* at the end: the same of what was held back */
uint64_t repl_filter_deadline(const struct session *s);

/* Sends some of it: how many bytes; 0 if there is no room now, or nobody any more. */
size_t session_send(struct session *s, const void *bytes, size_t n);

/* ---- opening.c ---- */

/* Opens the source and sets its line. 0; -EINVAL or -ENODEV, with diag; -EINTR. */
int opening_open(struct session *s, struct diag *diag);
/* Opens what has gone away again, as soon as it is back: 0; -ENODEV if that takes longer than a reset and config.wait
 * is not set; -EINTR. */
int opening_reopen(struct session *s);

/* ---- repl_backend.c, repl_programs.c, repl_talk.c ---- */

/* GOES_ON once the program has been sent; else why not. */
enum session_outcome repl_begin_program(struct session *s, const char *code, bool ours);
void repl_remove_left(struct session *s); /* of another memprof, in one line of notice */
/* The board does not answer any more: GONE, after a notice. */
enum session_outcome repl_silent(struct session *s);
/* A notice that the board has an agent, if that is new. */
void repl_report_agent(const struct session *s);
void repl_report_cooked(struct session *s); /* once, if a terminal on the way changes its frames */
/* What the agent's link gave: kind is AGENT_EVENT, AGENT_MEMORY or AGENT_HELD. */
enum session_outcome repl_take_agent(struct session *s, int kind, struct agent_item *item);
/* An event means this for the helper that is talked with; that one is over. */
enum session_outcome talk_heard(struct session *s, const struct repl_event *event);
void talk_over(struct session *s);

/* ---- program_input.c ---- */

void program_input_begin(struct session *s);
void program_input_end(struct session *s);
int program_input_fd(const struct session *s);               /* to wait for; -1: nothing is to be read now */
uint64_t program_input_deadline_us(const struct session *s); /* of clock_now_us(); when more may be sent; NOT_KNOWN */
void program_input_turn(struct session *s, bool ready);      /* ready: the fd */
