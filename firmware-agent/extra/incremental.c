/* Snapshots that take their time: for slow channels, where all of one in a single call would be too long a pause. */
#include "memprof/extra.h"

#include "memprof/memprof_config.h"
#include "memprof/snapshot.h"

void memprof_begin_incremental(struct memprof_agent *agent, bool key)
{
	if (!agent->n_rows) {
		memprof_snapshot(agent, key);
		return;
	}
	if (!memprof_begin(agent, key ? WIRE_INCREMENTAL | WIRE_KEY : WIRE_INCREMENTAL))
		return;
	agent->pause_us += agent->port->now_us();
	if (agent->stuck)
		memprof_abandon(agent);
}

static bool continue_incremental(struct memprof_agent *agent)
{
	if (memprof_areas_crc(agent) != agent->areas_crc)
		return memprof_abandon(agent);
	agent->pause_us -= agent->port->now_us();
	if (agent->next_row >= agent->end_row) {
		agent->all_rows = false;
		agent->n_refresh = 0;
		return memprof_finish(agent);
	}
	memprof_send_rows(agent, MEMPROF_INCREMENTAL_ROWS);
	agent->pause_us += agent->port->now_us();
	return agent->stuck && memprof_abandon(agent);
}

bool memprof_poll_incremental(struct memprof_agent *agent)
{
	uint32_t now_ms = agent->port->now_ms();

	if (agent->incremental)
		return continue_incremental(agent);
	if (!agent->n_rows)
		return memprof_poll(agent);
	if (!agent->period_ms || (int32_t)(now_ms - agent->due_ms) < 0)
		return false;
	agent->due_ms = now_ms + agent->period_ms;
	memprof_begin_incremental(agent, false);
	return false;
}
