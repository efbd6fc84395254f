/* The state of the decoder of an agent's frames and the text between them; the decoder of saved streams has one inside.
 */
#ifndef MEMPROF_AGENT_DECODER_H
#define MEMPROF_AGENT_DECODER_H

#include "console/mem_info.h"
#include "memprof/protocol/agent_link.h"

struct agent_decoder {
	struct agent_link *link; /* NULL until the first bytes */
	struct mem_info text;
	const uint8_t *waiting; /* borrowed; until what was held before it came out */
	size_t n_waiting;
	uint64_t now_us, at_us;
	bool lived, finished, failed;
};

void agent_decoder_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us);
int agent_decoder_next_event(void *state, struct event *ret, struct diag *diag);
void agent_decoder_finish(void *state);
void agent_decoder_deinit(void *state);

#endif
