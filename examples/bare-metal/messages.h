/* An allocator of the firmware's own: message buffers of one size. Not for interrupts. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "requests.h"

enum { N_MESSAGES = 32, MESSAGE_BYTES = 64 };

struct message {
	struct message *next; /* for the owner: in a queue */
	uint32_t at_ms;
	uint8_t data[MESSAGE_BYTES - sizeof(struct message *) - sizeof(uint32_t)];
};

/* NULL: all are in use. */
struct message *message_new(void);
void message_free(struct message *message);

/* What is there, for the agent (pools.c) and the test (truth.c). */
struct message_figures {
	uint32_t n_used, n_most_used, n_allocations, n_failures;
};
extern struct message message_buffers[N_MESSAGES];
extern struct message_figures message_figures;
extern struct request_figures message_requests;
bool message_is_used(uint32_t i);

#endif
