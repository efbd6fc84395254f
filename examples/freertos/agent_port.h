/* memprof's agent in this firmware. */
#ifndef AGENT_PORT_H
#define AGENT_PORT_H

#include <stdbool.h>
#include <stdint.h>

/* From the agent's task. */
void agent_start(void);
/* With the scheduler suspended. */
void agent_poll(void);
void agent_snapshot(void);
/* A byte that came in; false: it is not the agent's. */
bool agent_takes(uint8_t byte);

#endif
