/* The stacks of tasks, a TASK for each. */
#include "memprof/tasks.h"

#include <string.h>

#include "memprof/frame.h"
#include "memprof/table.h"

/* A task is sent when the next one is known, as the last one has a flag. */
struct round {
	struct memprof_agent *agent;
	struct memprof_task_list *list;
	struct memprof_task held;
	uint32_t at_ms;
	uint8_t n_seen;
	bool holds, is_full;             /* is_full: with as many as a host takes */
	bool is_refused, is_out_of_time; /* by the channel */
};

static void send(struct round *round, const struct memprof_task *task, uint32_t flags)
{
	struct memprof_agent *agent = round->agent;
	uint32_t n_name = MEMPROF_TASK_NAME_MAX_BYTES;

	round->is_out_of_time = memprof_is_full(agent);
	if (round->is_out_of_time)
		return;
	if (task->name_max_bytes && task->name_max_bytes < n_name)
		n_name = task->name_max_bytes;
	if (task->is_current)
		flags |= WIRE_TASK_CURRENT;
	if (task->least_free_not_known)
		flags |= WIRE_TASK_UNMEASURED;
	memprof_frame_begin(agent, WIRE_TASK);
	memprof_put_u8(agent, round->list->n_sent);
	memprof_put_u8(agent, flags);
	memprof_put_varint(agent, round->at_ms);
	memprof_put_varint(agent, task->stack_bytes);
	memprof_put_varint(agent, task->least_free_not_known ? 0 : task->least_free);
	memprof_put_varint(agent, task->used_now);
	memprof_put_varint(agent, task->address);
	for (const char *at = task->name; at && n_name && *at; n_name--)
		memprof_put_u8(agent, (uint8_t)*at++);
	round->is_refused = !memprof_frame_end(agent);
	round->list->n_sent++;
	round->holds = false;
}

static bool ends(const struct round *round) { return round->is_refused || round->is_out_of_time; }

static void on_task(void *ctx, const struct memprof_task *task)
{
	struct round *round = ctx;

	round->is_full = round->n_seen == WIRE_TASKS_MAX;
	if (round->is_full || ends(round) || round->n_seen++ < round->list->n_sent)
		return;
	if (round->holds)
		send(round, &round->held, 0);
	if (ends(round))
		return;
	round->held = *task;
	round->holds = true;
}

/* If tasks have gone between two calls, its last frame may be missing: then the host waits for the next round. */
static bool send_round(struct memprof_agent *agent, struct memprof_task_list *list)
{
	struct round round = { .agent = agent, .list = list, .at_ms = agent->port->now_ms() };
	static const struct memprof_task none;
	bool all = list->tasks(on_task, &round) && !round.is_full;

	if (round.holds && !ends(&round))
		send(&round, &round.held, all ? WIRE_TASK_LAST : 0);
	if (!all && !ends(&round))
		send(&round, &none, WIRE_TASK_LAST | WIRE_TASK_MISSING);
	return !round.is_out_of_time;
}

bool memprof_send_tasks(struct memprof_agent *agent, struct memprof_task_list *list, bool with_descriptions)
{
	if (with_descriptions)
		list->has_sent_pools = false;
	if (!list->has_sent_pools) {
		list->n_sent = 0;
		if (list->pools && !memprof_send_pools(agent, list->pools, with_descriptions))
			return false;
	}
	list->has_sent_pools = !send_round(agent, list);
	return !list->has_sent_pools;
}

uint32_t memprof_stack_untouched(const void *low, uint32_t n_bytes, uint32_t paint)
{
	const uint8_t *at = low;
	uint32_t n = 0, word;

	for (; n_bytes - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, at + n, sizeof(word));
		if (word != paint)
			break;
	}
	return n;
}
