/* The agent's start, what it says of itself, and events. */
#include "memprof/agent.h"

#include "memprof/frame.h"
#include "memprof/memprof_config.h"

#include <string.h>

#if MEMPROF_HELLO_EVERY < 1 || MEMPROF_HELLO_EVERY > 255
#error "MEMPROF_HELLO_EVERY must be from 1 to 255: it is counted in a byte, and with 0 nothing would ever be sent"
#endif

enum { FIRMWARE_MAX_BYTES = 40, MACHINE_MAX_BYTES = 32 };

static struct memprof_agent *put_field(struct memprof_agent *agent, uint32_t tag, const void *bytes, uint32_t n_bytes)
{
	if (!n_bytes)
		return agent;
	agent = memprof_put_u8(agent, tag);
	agent = memprof_put_u8(agent, n_bytes);
	return memprof_put_bytes(agent, bytes, n_bytes);
}

static struct memprof_agent *put_text_field(struct memprof_agent *agent, uint32_t tag, const char *text,
					    uint32_t max_bytes)
{
	uint32_t n_bytes = 0;

	while (text && n_bytes < max_bytes && text[n_bytes])
		n_bytes++;
	return put_field(agent, tag, text, n_bytes);
}

void memprof_hello(struct memprof_agent *agent)
{
	const struct memprof_port *port = agent->port;
	static const uint8_t about[] = {
		WIRE_MAJOR, WIRE_MINOR, MEMPROF_MAJOR, MEMPROF_MINOR, MEMPROF_PATCH, sizeof(MEMPROF_WORD),
	};

	agent = memprof_frame_begin(agent, WIRE_HELLO);
	agent = memprof_put_bytes(agent, about, sizeof(about));
	agent = memprof_put_varint(agent, port->block_bytes);
	agent = memprof_put_varint(agent, port->abilities | (agent->n_rows ? (uintptr_t)WIRE_CAN_DELTAS : 0));
	agent = memprof_put_varint(agent, agent->period_ms);
	agent = put_text_field(agent, WIRE_TAG_FIRMWARE, port->firmware, FIRMWARE_MAX_BYTES);
	agent = put_field(agent, WIRE_TAG_BUILD_ID, port->build_id, port->n_build_id);
	agent = put_text_field(agent, WIRE_TAG_MACHINE, port->machine, MACHINE_MAX_BYTES);
	agent->until_hello = memprof_frame_end(agent) ? MEMPROF_HELLO_EVERY : 0;
	if (agent->until_hello && port->send_pools)
		port->send_pools(true);
}

void memprof_start(struct memprof_agent *agent, const struct memprof_port *port, uint8_t session, uint16_t *rows,
		   uint32_t n_rows)
{
	memset(agent, 0, sizeof(*agent));
	agent->port = port;
	agent->session = session;
	agent->rows = rows;
	agent->n_rows = rows ? n_rows : 0;
	memprof_hello(agent);
}

void memprof_event(struct memprof_agent *agent, uint32_t what, uint32_t at_ms, const uintptr_t *fields,
		   uint32_t n_fields)
{
	agent = memprof_frame_begin(agent, WIRE_EVENT);
	agent = memprof_put_u8(agent, what);
	agent = memprof_put_varint(agent, at_ms);
	while (n_fields--)
		agent = memprof_put_varint(agent, *fields++);
	memprof_frame_end(agent);
}
