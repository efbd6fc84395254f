/* What the two files of a session share: session.c talks to the board, session_open.c opens it, follows it
 * through absences, and ends it. */
#ifndef MEMPROF_SESSION_PRIVATE_H
#define MEMPROF_SESSION_PRIVATE_H

#include "memprof/strbuf.h"
#include "opening.h"
#include "saving.h"
#include "session.h"
#include "stopping.h"

enum { READ_BYTES = 16 * 1024 };

struct session {
	struct source *source;
	struct repl    repl;
	struct session_handler handler;
	void          *decoder_state;   /* of decoder_mem_info */
	uint64_t       started_us, began_us;    /* the session; the conversation at hand */
	struct saving  saving;
	struct stopping *stopping;
	bool           gone_said;
	bool           gone, finished;  /* finished: the protocol knows that it is gone */
	bool           stuck;           /* it is there, but does not follow the protocol */
	unsigned       n_stuck;         /* so often since a program ended well */
	bool           in_helper;
	bool           helper_stopped;  /* somebody stopped while one ran: it may run on */
	enum repl_event_kind last_kind;
	uint64_t       n_helper_bytes;
	struct strbuf  helper_output;   /* of the last helper */
	struct strbuf  traceback;
	struct repl_options repl_options;
	struct opening opening;
	char           last_line[160];  /* that was heard, and is not empty; cut if too long */
	size_t         n_last_line;
	bool           line_ended;
	char           bytes[READ_BYTES]; /* what was read last; the protocol's events point into it */
};

/* Runs the loop until the protocol has news, the time is over, or somebody wants to stop. */
enum session_outcome session_loop(struct session *s, uint64_t until_us, bool stop_counts);

#endif
