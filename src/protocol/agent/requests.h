/* Requests to an agent: frames in an outbox. */
#pragma once

#include "agent/frame_code.h"
#include "agent/table.h"

enum { AGENT_OUTBOX_BYTES = 512 };

struct agent_requests {
	uint8_t session;
	uint16_t sequence;
	uint8_t outbox[AGENT_OUTBOX_BYTES];
	size_t n_outbox;
};

void agent_requests_sent(struct agent_requests *r, size_t n_bytes);

/* Requests the unknown rows of a table, as many runs of them as fit. */
int agent_requests_rows(struct agent_requests *r, const struct crc32 *crc, uint8_t pool, const struct agent_table *t);
