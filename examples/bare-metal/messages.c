#include "messages.h"

#include <stddef.h>

#include "agent_port.h"

struct message message_buffers[N_MESSAGES];
struct message_figures message_figures;
struct request_figures message_requests;

static uint32_t used; /* a bit for each */

bool message_is_used(uint32_t i) { return used >> i & 1; }

struct message *message_new(void)
{
	for (uint32_t i = 0; i < N_MESSAGES; i++) {
		if (message_is_used(i))
			continue;
		used |= (uint32_t)1 << i;
		message_figures.n_allocations++;
		if (++message_figures.n_used > message_figures.n_most_used)
			message_figures.n_most_used = message_figures.n_used;
		requests_count(&message_requests, MESSAGE_BYTES, MESSAGE_BYTES, true);
		agent_requested(POOL_MESSAGES, MESSAGE_BYTES, MESSAGE_BYTES, __builtin_return_address(0));
		return &message_buffers[i];
	}
	message_figures.n_failures++;
	requests_count(&message_requests, MESSAGE_BYTES, 0, false);
	agent_requested(POOL_MESSAGES, MESSAGE_BYTES, 0, __builtin_return_address(0));
	return NULL;
}

void message_free(struct message *message)
{
	used &= ~((uint32_t)1 << (message - message_buffers));
	message_figures.n_used--;
	requests_count_free(&message_requests, MESSAGE_BYTES);
	agent_freed(POOL_MESSAGES, MESSAGE_BYTES);
}
