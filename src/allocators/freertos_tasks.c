/* FreeRTOS's tasks and their stacks (V9 to V11, tasks.c): by the lists of the scheduler. The kernel fills a stack with
 * 0xa5 when it makes the task, and what of it was never used still is. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum {
	FILL = 0xa5,
	TASKS_MAX = HEAP_TASKS_MAX,
	LISTS_MAX = 64, /* of ready tasks, one for each priority */
	STACK_MAX_BYTES = 1 << 18,
};

static const char tcb_type[] = "tskTaskControlBlock";

struct tasks {
	struct reading *reading;
	uint64_t current;
	uint64_t list_bytes, first, owner, next; /* of List_t: its size, xListEnd.pxNext; of an item: pvOwner, pxNext */
	uint64_t end;                            /* xListEnd */
	struct seen {
		uint64_t tcb, number; /* in which order they were made, or else are in memory */
	} seen[TASKS_MAX];
	size_t n_seen;
};

static bool any(const struct reading *reading)
{
	uint64_t address;

	return symbol_at(reading, "pxCurrentTCB", &address, NULL) &&
	       symbol_at(reading, "pxReadyTasksLists", &address, NULL);
}

/* The size of a stack that the kernel has allocated: its block is in the heap, with a head of 8 bytes; or by
 * pxEndOfStack; or of the variable that it is. */
static uint64_t bytes_of_stack(struct reading *reading, uint64_t tcb, uint64_t stack)
{
	const struct image *image = reading->program->image;
	uint64_t end, heap, heap_bytes, size;

	if (read_member(reading, tcb, tcb_type, "pxEndOfStack", &end) && end > stack && end - stack < STACK_MAX_BYTES)
		return (end - stack + 8) & ~UINT64_C(7);
	if (symbol_at(reading, "ucHeap", &heap, &heap_bytes) && stack >= heap + 8 && stack < heap + heap_bytes &&
	    read_word(reading, stack - WORD_BYTES, &size) && (size >> 31) && (size & INT32_MAX) > 8 &&
	    (size & INT32_MAX) <= heap + heap_bytes - stack + 8)
		return (size & INT32_MAX) - 8;
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (s->address + reading->program->moved_by == stack && s->kind == 'o' && s->size_bytes != NOT_KNOWN &&
		    s->size_bytes <= STACK_MAX_BYTES)
			return s->size_bytes;
	}
	return NOT_KNOWN;
}

static void add_task(struct tasks *t, uint64_t tcb)
{
	for (size_t i = 0; i < t->n_seen; i++)
		if (t->seen[i].tcb == tcb)
			return;
	if (t->n_seen == TASKS_MAX) {
		t->reading->heap->tasks_missing = true;
		return;
	}
	t->seen[t->n_seen].tcb = tcb;
	if (!read_member(t->reading, tcb, tcb_type, "uxTCBNumber", &t->seen[t->n_seen].number))
		t->seen[t->n_seen].number = tcb;
	t->n_seen++;
}

static int in_order(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void describe(struct reading *reading, uint64_t tcb, bool is_current)
{
	struct heap_task task = { .is_current = is_current, .used_bytes = NOT_KNOWN };
	uint64_t top;

	if (!read_word(reading, tcb, &top) || !read_member(reading, tcb, tcb_type, "pxStack", &task.start) ||
	    top < task.start || top - task.start > STACK_MAX_BYTES)
		return;
	c_task_name(reading, tcb, tcb_type, "pcTaskName", &task);
	task.stack_bytes = bytes_of_stack(reading, tcb, task.start);
	uint64_t limit = task.stack_bytes == NOT_KNOWN ? top : task.start + task.stack_bytes;
	/* What the current one has left on its stack is of when it was switched to. */
	if (task.stack_bytes != NOT_KNOWN && !is_current && limit >= top)
		task.used_bytes = limit - top;
	c_task_add(reading, &task, limit, FILL);
}

/* Items are a circle with xListEnd, which has no owner. */
static void add_list(struct tasks *t, uint64_t list)
{
	uint64_t item, end = list + t->end, owner;

	if (!read_word(t->reading, list + t->first, &item))
		return;
	for (size_t n = 0; n <= TASKS_MAX && item != end && item != 0; n++) {
		if (!read_word(t->reading, item + t->owner, &owner) || owner == 0)
			return;
		add_task(t, owner);
		if (!read_word(t->reading, item + t->next, &item))
			return;
	}
}

static bool find_offsets(struct tasks *t)
{
	const struct image_types *types = t->reading->program->types;

	return types && image_types_bytes(types, "xLIST", &t->list_bytes) &&
	       image_types_member(types, "xLIST", "xListEnd", &t->end, NULL) &&
	       image_types_member(types, "xLIST", "xListEnd.pxNext", &t->first, NULL) &&
	       image_types_member(types, "xLIST_ITEM", "pvOwner", &t->owner, NULL) &&
	       image_types_member(types, "xLIST_ITEM", "pxNext", &t->next, NULL);
}

static void read_tasks(struct reading *reading)
{
	static const char *const lists[] = { "xDelayedTaskList1", "xDelayedTaskList2", "xPendingReadyList",
					     "xSuspendedTaskList" };
	struct tasks t = { .reading = reading };
	uint64_t ready, n_bytes, list;

	if (!find_offsets(&t) || t.list_bytes == 0 || !read_value(reading, "pxCurrentTCB", &t.current) ||
	    t.current == 0 || !symbol_at(reading, "pxReadyTasksLists", &ready, &n_bytes))
		return;
	for (uint64_t at = 0; at + t.list_bytes <= MIN(n_bytes, LISTS_MAX * t.list_bytes); at += t.list_bytes)
		add_list(&t, ready + at);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (symbol_at(reading, lists[i], &list, NULL))
			add_list(&t, list);
	qsort(t.seen, t.n_seen, sizeof(t.seen[0]), in_order);
	for (size_t i = 0; i < t.n_seen; i++)
		describe(reading, t.seen[i].tcb, t.seen[i].tcb == t.current);
}

const struct allocator freertos_tasks = { any, read_tasks };
