/* A look at a live board: what memprof asks it, and what that costs. snap, attach and run look alike. */
#ifndef MEMPROF_LOOK_H
#define MEMPROF_LOOK_H

#include "memprof/live/session.h"
#include "memprof/model/board.h"

struct look {
	struct session *session;
	/* Where there is no mem_info: find the largest free block by trying. It makes the board collect. */
	bool probe_largest;
	void (*on_event)(void *of, struct event *event); /* with probe_largest: gets what was found */
	void *of;
	struct fast *fast; /* looks without the text, where that pays; NULL: never */
	bool no_mem_info;  /* found out: CircuitPython, small builds */
	enum { LOOK_AGENT_UNASKED, LOOK_AGENT_NONE, LOOK_AGENT_THERE } agent; /* the module memprof there */
	bool agent_said;
};

extern const char look_collect_code[]; /* gc.collect() */

/* One snapshot, or the figures alone where there is no mem_info: DONE, STOPPED, RESTARTED, GONE;
 * RAISED if the board could not even print two numbers. */
enum session_outcome look_take(struct look *look);

/* Finds out whether there is a module memprof; asks once. DONE, STOPPED, RESTARTED, GONE. */
enum session_outcome look_find_agent(struct look *look);
/* A snapshot by that module: DONE; RAISED if it gave none, and then it is not asked again; or as above. look_take does
 * this if it can. */
enum session_outcome look_take_agent(struct look *look);
/* Lets it send snapshots while a program runs. False if it cannot. */
bool look_start_agent(struct look *look, uint32_t period_ms);
void look_stop_agent(struct look *look);

/* gc.collect() there: DONE, or as above. */
enum session_outcome look_collect(struct look *look);

/* Another life of the board: what was found out is void. */
void look_forget(struct look *look);

/* What the board knows of itself. What it cannot answer stays not known. DONE, or as above. */
enum session_outcome look_survey(struct look *look, struct board_info *ret);

/* gc.mem_alloc(): what is used at this moment; NOT_KNOWN. */
uint64_t look_used(struct look *look);

/* Says what our own commands left there, if it can be told: a collection makes it less. */
void look_say_garbage(const struct look *look, const char *who, uint64_t before_bytes, uint64_t after_bytes);

#endif
