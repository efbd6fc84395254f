/* What the tasks of all kernels have in common. */
#include <errno.h>

#include "memprof/base/number.h"
#include "private.h"

enum { PIECE_BYTES = 512, STACK_MAX_BYTES = 1 << 18 };

/* How much of a stack was never used, at its low end. False: it cannot be read. */
static bool count_untouched(struct reading *reading, uint64_t stack, uint64_t end, uint8_t fill, uint64_t *ret)
{
	uint8_t bytes[PIECE_BYTES];

	for (uint64_t at = stack; at < end; at += sizeof(bytes)) {
		size_t n = (size_t)MIN(end - at, (uint64_t)sizeof(bytes)), i = 0;
		if (!read_bytes(reading, at, n, bytes))
			return false;
		while (i < n && bytes[i] == fill)
			i++;
		if (i < n || at + n == end) {
			*ret = (at + i - stack) / WORD_BYTES * WORD_BYTES;
			return true;
		}
	}
	return false;
}

void c_task_name(struct reading *reading, uint64_t at, const char *type, const char *member, struct heap_task *ret)
{
	uint64_t offset, n_bytes;
	uint8_t bytes[sizeof(ret->name)] = { 0 };

	if (!image_types_member(reading->program->types, type, member, &offset, &n_bytes) ||
	    !read_bytes(reading, at + offset, (size_t)MIN(n_bytes, (uint64_t)sizeof(bytes) - 1), bytes))
		return;
	for (size_t i = 0; i + 1 < sizeof(bytes) && bytes[i]; i++)
		ret->name[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '?';
}

void c_task_add(struct reading *reading, struct heap_task *task, uint64_t end, uint8_t fill)
{
	bool is_sane = end > task->start && end - task->start <= STACK_MAX_BYTES;

	if (!is_sane || !count_untouched(reading, task->start, end, fill, &task->least_free_bytes))
		task->least_free_bytes = NOT_KNOWN;
	int error = reading->error < 0 ? 0 : heap_add_task(reading->heap, task);
	if (error == -ENOMEM)
		reading->error = error;
	if (error == -E2BIG)
		reading->heap->tasks_missing = true;
}
