/* The memory of a board whose program runs, by an agent that holds it still (WIRE_CAN_HOLD), as a carrier of a memory
 * reader: all that is read is of one moment. */
#pragma once

#include "memprof/live/session.h"
#include "memprof/model/memory_reader.h"

struct agent_memory {
	/* Its carrier is this struct, which must stay where it is. -EFAULT: the agent does not read that; -EIO:
	 * outcome. */
	struct memory_reader reader;
	struct agent_held held;
	enum session_outcome outcome; /* of the last thing that failed: TIME, STOPPED, GONE */
	uint64_t address;             /* that was asked for last */
	/* private */
	struct session *session;
	uint64_t began_us;
};

/* DONE: it stands still until agent_memory_end, or until nothing is asked for half a second. Or as session_hold. */
enum session_outcome agent_memory_begin(struct agent_memory *m, struct session *session);
/* The program goes on. False: it did before, so what was read is of several moments. */
bool agent_memory_end(struct agent_memory *m, uint64_t *ret_held_us);
