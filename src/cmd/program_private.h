/* A program under memprof, in parts: program.c has the board, program_output.c what the program prints. */
#ifndef MEMPROF_PROGRAM_PRIVATE_H
#define MEMPROF_PROGRAM_PRIVATE_H

#include "look.h"
#include "memprof/strbuf.h"
#include "program.h"
#include "session.h"

struct program {
	const struct program_options *options;
	const struct program_handler *handler;
	struct program_result *result;
	struct session *session;
	struct look look;
	const char *label;              /* of the next snapshot; NULL */
	bool by_agent;                  /* snapshots come by themselves while the program runs */
	struct ticker ticker;
	bool is_running;
	bool in_frame, sampled;
	bool fresh_sample;              /* since the last mark */
	struct strbuf frame;
	uint64_t began_us, shown_us;
	struct strbuf line;             /* the program's, for marks and MemoryErrors */
	struct strbuf unshown;          /* of its output: an unfinished character */
	size_t n_calls;                 /* of the sampler in the program */
	void *frames;                   /* decoder state: what stands in frames */
	uint64_t n_events;              /* stand-in for line numbers */
	struct pool_summary *wanted;    /* where the next snapshot's figures go */
	struct area_counts *wanted_counts;
	uint32_t block_bytes;
	struct pool_summary last_sample;
};

/* Whatever the board tells comes through here on its way to the handler. */
void program_event(struct program *p, struct event *event);

/* Takes frames out of what the program prints, and passes on the rest. */
void program_output(struct program *p, const char *bytes, size_t n_bytes);
/* It has ended: what was held back comes out. */
void program_output_ends(struct program *p);
/* Shows what a board says of it that is not its output, and takes a MemoryError in it as one in a log. */
void program_traceback(struct program *p, const char *bytes, size_t n_bytes);

#endif
