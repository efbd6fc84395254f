/* Decoder of an agent's frames and the text between them; the decoder of saved streams contains one. */
#pragma once

#include "console/mem_info.h"
#include "memprof/protocol/agent_link.h"

struct agent_decoder {
	struct agent_link *link; /* NULL until the first bytes */
	struct mem_info text;
	const uint8_t *waiting; /* fed bytes that follow those held by the link; borrowed */
	size_t n_waiting;
	uint64_t now_us, at_us;
	struct agent_item item;
	bool item_waits; /* for the figures of the text before it, which were given */
	bool has_figures, finished, failed;
};

void agent_decoder_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us);
void agent_decoder_set(void *state, const struct decoder_options *options);
int agent_decoder_next_event(void *state, struct event *ret, struct diag *diag);
void agent_decoder_finish(void *state);
void agent_decoder_deinit(void *state);
uint64_t agent_decoder_n_frames(const void *state);
