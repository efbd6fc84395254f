/* The program: a sensor node. One task samples into message buffers, the other packs them and sends packets, which are
 * on the C heap until they are acknowledged. */
#ifndef NODE_H
#define NODE_H

#include <stddef.h>
#include <stdint.h>

#include "task.h"

struct packet {
	struct packet *next;
	uint32_t until_ms; /* of the acknowledgement */
	size_t n_bytes;    /* of all of it */
	uint8_t data[];
};

extern struct task sampler, radio;
extern struct packet *packets; /* sent and not acknowledged, the oldest first */

void node_start(void);
/* A defect, for the test: the processor stops in it. */
void node_break(void);
/* From the main loop: runs the tasks whose time has come. */
void node_run(void);

#endif
