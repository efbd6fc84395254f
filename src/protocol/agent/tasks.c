#include "agent/tasks.h"

#include <errno.h>

#include "memprof/wire.h"

static void begin_round(struct agent_tasks *t)
{
	t->next.n_tasks = t->next_number = 0;
	t->next.missing = false;
}

void agent_tasks_clear(struct agent_tasks *t)
{
	t->whole.n_tasks = 0;
	t->whole.missing = false;
	begin_round(t);
}

/* Impossible values are dropped, as those of pools. */
static uint64_t figure(uint64_t value) { return value >> 48 ? NOT_KNOWN : value; }
static uint64_t figure_or_0(uint64_t value) { return value ? figure(value) : NOT_KNOWN; }

static void read_task(struct agent_fields *f, uint8_t flags, struct heap_task *ret)
{
	fields_varint(f); /* at_ms, which is also in BEGIN or STATS */
	ret->stack_bytes = figure_or_0(fields_varint(f));
	ret->least_free_bytes = figure(fields_varint(f));
	ret->used_bytes = figure_or_0(fields_varint(f));
	ret->start = fields_varint(f);
	if (ret->start == 0)
		ret->start = NOT_KNOWN;
	fields_text(f, ret->name, sizeof(ret->name));
	ret->is_current = flags & WIRE_TASK_CURRENT;
	if (flags & WIRE_TASK_UNMEASURED || ret->least_free_bytes > ret->stack_bytes)
		ret->least_free_bytes = NOT_KNOWN;
}

int agent_tasks_read(struct agent_tasks *t, struct agent_fields *f)
{
	uint8_t number = fields_u8(f), flags = fields_u8(f);
	struct heap_task task;

	read_task(f, flags, &task);
	if (f->truncated)
		return -EBADMSG;
	if (number == 0)
		begin_round(t);
	if (number != t->next_number)
		return 0; /* one before it was lost */
	t->next_number++;
	if (flags & WIRE_TASK_MISSING || t->next.n_tasks == HEAP_TASKS_MAX)
		t->next.missing = true;
	else
		t->next.tasks[t->next.n_tasks++] = task;
	if (flags & WIRE_TASK_LAST) {
		t->whole = t->next;
		begin_round(t);
	}
	return 0;
}

int agent_tasks_add(const struct agent_tasks *t, struct heap *heap)
{
	for (uint32_t i = 0; i < t->whole.n_tasks; i++)
		if (heap_add_task(heap, &t->whole.tasks[i]) < 0)
			return -ENOMEM;
	heap->tasks_missing = t->whole.missing;
	return 0;
}
