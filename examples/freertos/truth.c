#include "truth.h"

#include <string.h>

#include "allocations.h"
#include "board.h"
#include "logger.h"

enum { FILL = 0xa5 }; /* what the kernel fills a stack with, when it makes a task */

static void put(const char *text) { uart_write((const uint8_t *)text, strlen(text)); }

static void put_number(const char *before, uint32_t n)
{
	char text[sizeof("4294967295")], *at = text + sizeof(text) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	put(before);
	put(at);
}

static void put_stack(const char *before, const char *name, const void *stack, uint32_t n_bytes, TaskHandle_t task)
{
	const uint8_t *bytes = stack;
	uint32_t untouched = 0;

	while (bytes && untouched < n_bytes && bytes[untouched] == FILL)
		untouched++;
	untouched -= untouched % sizeof(StackType_t); /* as the kernel counts */
	put(before);
	put("{\"name\":\"");
	put(name);
	put_number("\",\"address\":", (uint32_t)stack);
	put_number(",\"stack\":", n_bytes);
	put_number(",\"least_free\":", bytes ? untouched : uxTaskGetStackHighWaterMark(task) * sizeof(StackType_t));
	put("}");
}

static void put_task(const char *before, const char *name, const struct static_task *task)
{
	put_stack(before, name, task->stack, task->n_words * sizeof(StackType_t), task->handle);
}

void truth_print(void)
{
	put_number("@T{\"heap\":{\"free\":", (uint32_t)xPortGetFreeHeapSize());
	put_number(",\"least_free\":", (uint32_t)xPortGetMinimumEverFreeHeapSize());
	put_number(",\"total\":", configTOTAL_HEAP_SIZE);
	put_number(",\"address\":", (uint32_t)ucHeap);
	put_number(",\"allocations\":", n_allocations);
	put_number(",\"failed\":", n_failed);
	put(",\"live\":[");
	for (uint32_t i = 0; i < n_live; i++) {
		put_number(i ? ",[" : "[", (uint32_t)live[i].address);
		put_number(",", (uint32_t)live[i].n_bytes);
		put("]");
	}
	put("]},\"tasks\":[");
	put_task("", "sensor", &sensor_task);
	put_task(",", "radio", &radio_task);
	put_task(",", "memprof", &agent_task);
	put_task(",", "IDLE", &idle_task);
	if (backup_task)
		put_stack(",", "backup", NULL, BACKUP_STACK_WORDS * sizeof(StackType_t), backup_task);
	put("]}T@\r\n");
}

void truth_hold(void)
{
	truth_print();
	while (uart_read() < 0) {}
}
