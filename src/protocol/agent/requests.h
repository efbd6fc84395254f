/* Requests to an agent: frames in an outbox. */
#ifndef MEMPROF_AGENT_REQUESTS_H
#define MEMPROF_AGENT_REQUESTS_H

#include "agent/frame_code.h"
#include "agent/table.h"

enum { AGENT_OUTBOX_BYTES = 512 };

struct agent_requests {
	uint8_t session;
	uint16_t sequence;
	uint8_t outbox[AGENT_OUTBOX_BYTES];
	size_t n_outbox;
};

/* A payload under construction, at most WIRE_PAYLOAD_MAX_BYTES. */
struct agent_request {
	uint8_t body[WIRE_BODY_MAX_BYTES];
	size_t n_bytes;
};
void agent_request_begin(struct agent_request *q, uint8_t type);
void agent_request_u8(struct agent_request *q, uint8_t value);
bool agent_request_varint(struct agent_request *q, uint64_t value); /* false: not added, no room */

/* -EBUSY if the outbox is full. */
int agent_requests_add(struct agent_requests *r, const struct crc32 *crc, struct agent_request *q);
void agent_requests_sent(struct agent_requests *r, size_t n_bytes);

/* Requests the unknown rows of a table, as many runs of them as fit. */
int agent_requests_rows(struct agent_requests *r, const struct crc32 *crc, uint8_t pool, const struct agent_table *t);

#endif
