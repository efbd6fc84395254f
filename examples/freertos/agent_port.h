/* memprof's agent in this firmware. */
#ifndef AGENT_PORT_H
#define AGENT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before the first allocation. */
void agent_start(void);
/* From the agent's task, with the scheduler suspended. */
void agent_poll(void);
void agent_snapshot(void);
/* A byte that came in; false: it is not the agent's. */
bool agent_takes(uint8_t byte);

/* From any task, with the scheduler suspended, so that no two tasks call at once. */
void agent_requested(size_t n_bytes, bool is_there, const void *caller);
void agent_freed(void);

#endif
