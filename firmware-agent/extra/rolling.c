/* Snapshots over several calls, none of which stops the program for long. Rows are sent in one pass, each as it is when
 * it is read: those of two calls are of two moments. */
#include "memprof/rolling.h"

#include "memprof/frame.h"
#include "memprof/snapshot.h"
#include "memprof/table.h"

enum { ROWS_AT_ONCE = 32, PROGRAM_PARTS = 3 };

enum stage { STAGE_NONE, STAGE_HELLO, STAGE_POOLS, STAGE_BEGIN, STAGE_ROWS };

static uint32_t elapsed_us(const struct memprof_rolling *rolling)
{
	return rolling->agent->port->now_us() - rolling->began_us;
}

/* Room is kept for the next frame, and one more for the rest of its last row. A call whose channel is stuck has no more
 * to do: it is not full, or the snapshot would go on without the frame. */
static void look_at_clock(struct memprof_rolling *rolling)
{
	if (!rolling->agent->halt && rolling->in_call &&
	    elapsed_us(rolling) + rolling->frame_us + rolling->frame_us / 2 > rolling->stop_us)
		rolling->agent->halt = MEMPROF_FULL;
}

void memprof_rolling_wrote(struct memprof_rolling *rolling, size_t n_bytes, uint32_t took_us)
{
	uint32_t frame_us = n_bytes ? took_us * WIRE_FRAME_MAX_BYTES / (uint32_t)n_bytes : 0;

	if (rolling->frame_us < frame_us)
		rolling->frame_us = frame_us;
	look_at_clock(rolling);
}

void memprof_rolling_ask(struct memprof_rolling *rolling, bool key)
{
	struct memprof_agent *agent = rolling->agent;

	if (agent->between && rolling->stage == STAGE_ROWS && agent->all_rows) /* it is under way */
		return;
	rolling->asked = true;
	if (key)
		memprof_force_key(agent);
}

static enum stage begin(struct memprof_rolling *rolling)
{
	struct memprof_agent *agent = rolling->agent;

	rolling->asked = false;
	rolling->began_ms = agent->port->now_ms();
	rolling->longest_us = rolling->n_calls = 0;
	rolling->frame_us /= 2; /* a line may have become faster */
	agent->pause_us = 0u - rolling->began_us;
	agent->wait_us = 0;
	if (agent->until_hello-- > 1)
		return STAGE_POOLS;
	memprof_hello(agent);
	if (agent->until_hello)
		return memprof_is_full(agent) ? STAGE_HELLO : STAGE_POOLS;
	memprof_abandon(agent);
	return STAGE_NONE;
}

/* First what is left of those that HELLO sends, then the figures of now. */
static enum stage send_pools(const struct memprof_agent *agent, enum stage stage)
{
	bool (*send)(bool with_descriptions) = agent->port->send_pools;

	if (!send)
		return STAGE_BEGIN;
	while (stage < STAGE_BEGIN && !agent->halt && send(false))
		stage++;
	return stage;
}

/* What is known of them before the last one has ended. */
static void send_stops(struct memprof_rolling *rolling)
{
	struct memprof_agent *agent = rolling->agent;
	uint32_t this_us = elapsed_us(rolling);

	memprof_frame_begin(agent, WIRE_STOPS);
	memprof_put_u8(agent, agent->pool);
	memprof_put_u8(agent, agent->number);
	memprof_put_varint(agent, rolling->n_calls);
	memprof_put_varint(agent, this_us > rolling->longest_us ? this_us : rolling->longest_us);
	memprof_put_varint(agent, agent->port->now_ms() - rolling->began_ms);
	memprof_frame_end(agent);
}

static enum stage send_rows(struct memprof_rolling *rolling, bool *ret_sent)
{
	struct memprof_agent *agent = rolling->agent;

	while (agent->next_row < agent->end_row && !agent->halt) {
		memprof_send_rows(agent, ROWS_AT_ONCE);
		look_at_clock(rolling);
	}
	if (memprof_is_full(agent))
		return STAGE_ROWS;
	if (!memprof_is_stuck(agent))
		send_stops(rolling);
	*ret_sent = memprof_table_end(agent) || memprof_abandon(agent);
	return STAGE_NONE;
}

static enum stage go_on(struct memprof_rolling *rolling, bool *ret_sent)
{
	struct memprof_agent *agent = rolling->agent;
	enum stage stage = rolling->stage;

	if (stage == STAGE_NONE)
		stage = begin(rolling);
	else
		agent->pause_us -= rolling->began_us;
	rolling->n_calls++;
	if (stage == STAGE_HELLO || stage == STAGE_POOLS)
		stage = send_pools(agent, stage);
	if (stage == STAGE_ROWS && memprof_areas_crc(agent) != agent->areas_crc) {
		memprof_abandon(agent);
		stage = STAGE_NONE;
	}
	if (stage == STAGE_BEGIN && !agent->halt) {
		memprof_begin(agent, WIRE_ROLLING);
		stage = STAGE_ROWS;
	}
	return stage == STAGE_ROWS ? send_rows(rolling, ret_sent) : stage;
}

bool memprof_poll_rolling(struct memprof_rolling *rolling)
{
	struct memprof_agent *agent = rolling->agent;
	uint32_t now_us = agent->port->now_us(), took_us;
	bool sent = false;

	if (!agent->between) /* it is sent, or another call has abandoned it */
		rolling->stage = STAGE_NONE;
	if (agent->between ? (int32_t)(now_us - rolling->due_us) < 0 : !rolling->asked && !memprof_is_due(agent))
		return false;
	rolling->began_us = now_us;
	rolling->in_call = true;
	agent->between = false;
	agent->halt = 0;
	rolling->stage = (uint8_t)go_on(rolling, &sent);
	agent->between = rolling->stage != STAGE_NONE;
	rolling->in_call = false;
	agent->halt = 0;
	took_us = elapsed_us(rolling);
	if (rolling->longest_us < took_us)
		rolling->longest_us = took_us;
	rolling->due_us = now_us + took_us * (1 + PROGRAM_PARTS);
	agent->pause_us += now_us + took_us;
	if (!agent->between)
		agent->due_ms = agent->port->now_ms() + agent->period_ms;
	return sent;
}
