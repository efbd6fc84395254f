/* What the two files of a session share: session.c talks to the board, session_open.c opens it, follows it
 * through absences, and ends it. */
#ifndef MEMPROF_SESSION_PRIVATE_H
#define MEMPROF_SESSION_PRIVATE_H

#include "memprof/base/strbuf.h"
#include "memprof/live/opening.h"
#include "memprof/live/saving.h"
#include "memprof/live/session.h"
#include "memprof/live/stop_signals.h"
#include "memprof/protocol/agent_link.h"

enum { READ_BYTES = 16 * 1024, TYPED_BYTES = 512 };

/* A helper that is talked with. */
struct session_talk {
	bool on;
	bool wants_line; /* somebody waits for one */
	size_t i_line;   /* in helper_output: what was handed out before */
	const char *end; /* what ends it */
	size_t n_end;
	char *bytes; /* of the answer that is being taken */
	size_t cap_bytes;
};

enum reset_said { RESET_UNSAID, RESET_BY_WORDS, RESET_BY_AGENT };

struct session {
	struct source *source;
	struct repl repl;
	struct session_handler handler;
	struct agent_link *link;    /* takes an agent's frames out, before the REPL sees the text */
	bool agent_talks;           /* it talks by itself: nothing is asked */
	bool agent_known;           /* and was said to, before it was disturbed */
	uint32_t period_ms;         /* that it is asked for; 0: whichever it has */
	unsigned n_period_tries;    /* since its session began */
	bool lived;                 /* figures came since the last reset */
	enum reset_said reset_said; /* since the last figures */
	struct {
		bool waits;
		uint64_t address;
		size_t n_bytes;
		uint8_t *ret;
	} memory;                      /* that it was asked for */
	void *decoder_state;           /* of decoder_mem_info */
	uint64_t started_us, began_us; /* the session; the conversation at hand */
	struct saving saving;
	struct stopping *stopping;
	bool gone_said;
	bool gone, link_finished, finished; /* finished: the protocol knows that it is gone */
	bool stuck;                         /* it is there, but does not follow the protocol */
	unsigned n_stuck;                   /* so often since a program ended well */
	bool in_helper;
	bool yields;         /* session_wait: it ends when the companion wants something */
	bool quietly;        /* what it prints is not decoded */
	bool helper_stopped; /* somebody stopped while one ran: it may run on */
	struct session_talk talk;
	void (*on_snapshot)(void *of, const struct event *event);
	void *on_snapshot_of;
	enum repl_event_kind last_kind;
	uint64_t n_helper_bytes;
	struct strbuf helper_output; /* of the last helper */
	struct strbuf traceback;
	struct repl_options repl_options;
	struct opening opening;
	char typed[TYPED_BYTES]; /* for a program that is listened to */
	size_t n_typed;
	char last_line[160]; /* that was heard, and is not empty; cut if too long */
	size_t n_last_line;
	bool line_ended;
	char bytes[READ_BYTES]; /* what was read last; the protocol's events point into it */
};

/* Runs the loop until the protocol has news, the time is over, or somebody wants to stop. */
enum session_outcome session_loop(struct session *s, uint64_t until_us, bool stop_counts);

/* GOES_ON once it has been told; else why not. */
enum session_outcome session_begin(struct session *s, const char *code, bool ours);

/* Hands an event on. False: it is a reset that was reported before. */
bool session_hand_on(struct session *s, struct event *event);

/* Tells of a reset, unless that was told. */
void say_reset(struct session *s, enum reset_said by);

/* session_talk.c: an event means this for it; the session is over. */
enum session_outcome talk_heard(struct session *s, const struct repl_event *event);
void talk_over(struct session *s);

/* session_open.c: says that it is listened to, or why not. */
void say_agent(const struct session *s);

#endif
