/* The tasks reported by an agent. Those of a round come together: the list is that of the last round that came whole.
 */
#pragma once

#include "agent/fields.h"
#include "memprof/model/heap.h"

struct agent_tasks {
	struct agent_task_list {
		struct heap_task tasks[HEAP_TASKS_MAX];
		uint32_t n_tasks;
		bool missing; /* the board has more */
	} whole, next;        /* next: of the round that has begun */
	uint32_t next_number; /* of it */
};

void agent_tasks_clear(struct agent_tasks *t); /* for a new session, and when frames were lost */

/* The payload of a TASK. 0 or -EBADMSG. */
int agent_tasks_read(struct agent_tasks *t, struct agent_fields *f);

/* Adds them to the heap of an event. 0 or -ENOMEM. */
int agent_tasks_add(const struct agent_tasks *t, struct heap *heap);
