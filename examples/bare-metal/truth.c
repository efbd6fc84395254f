#include "truth.h"

#include <malloc.h>
#include <string.h>

#include "board.h"
#include "heap.h"
#include "history.h"
#include "messages.h"
#include "node.h"

/* No printf: newlib's takes its buffer from the heap that this reports. */
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

static void put_stack(const char *before, const struct task *task)
{
	const uint32_t *words = (const uint32_t *)task->stack;
	uint32_t untouched = 0;

	while (untouched < TASK_STACK_WORDS && words[untouched] == TASK_PAINT)
		untouched++;
	put(before);
	put_number("{\"address\":", (uint32_t)words);
	put_number(",\"total\":", sizeof(task->stack));
	put_number(",\"used\":", (uint32_t)(words + TASK_STACK_WORDS - task->sp) * sizeof(*words));
	put_number(",\"peak\":", (TASK_STACK_WORDS - untouched) * sizeof(*words));
	put("}");
}

static void put_requests(const char *before, struct request_figures *figures)
{
	put(before);
	put_number("{\"allocations\":", figures->n_allocations);
	put_number(",\"frees\":", figures->n_frees);
	put_number(",\"failures\":", figures->n_failures);
	put_number(",\"allocated\":", figures->allocated);
	put_number(",\"freed\":", figures->freed);
	put_number(",\"used\":", figures->used);
	put_number(",\"least_used\":", figures->least_used);
	put_number(",\"most_used\":", figures->most_used);
	for (uint32_t i = 0; i < N_SIZES; i++)
		put_number(i ? "," : ",\"sizes\":[", figures->sizes[i]);
	put("]}");
	figures->least_used = figures->most_used = figures->used;
}

#ifdef WITH_TLSF
static void put_block(void *block, size_t n_bytes, int used, void *ctx)
{
	const char **before = ctx;

	put_number(*before, (uint32_t)(uintptr_t)block);
	put_number(",", n_bytes);
	put(used ? ",1]" : ",0]");
	*before = ",[";
}

/* The blocks by TLSF's walker; the records and their sum by the program. */
static void put_history(void)
{
	const char *before = "[";
	uintptr_t address, n_bytes;

	history_where(&address, &n_bytes);
	put_number(",\"history\":{\"address\":", address);
	put_number(",\"total\":", n_bytes);
	put_number(",\"used\":", history_figures.used);
	put_number(",\"fits\":", history_largest_fit());
	put(",\"blocks\":[");
	history_walk(put_block, &before);
	put("],\"records\":[");
	before = "[";
	for (struct record *record = history_figures.records; record; record = record->next, before = ",[") {
		put_number(before, (uint32_t)record);
		put_number(",", history_taken(record));
		put_number(",", record->n_bytes);
		put("]");
	}
	put("]}");
}
#else
static void put_history(void) {}
#endif

void truth_print(void)
{
	const char *before = ",\"packets\":[";

	put_number("@T{\"newlib\":{\"used\":", (uint32_t)mallinfo().uordblks);
	put_number(",\"arena\":", heap_taken());
	put_number(",\"total\":", (uint32_t)(heap_end - heap_begin));
	put_number(",\"address\":", (uint32_t)heap_begin);
	put(",\"free\":[");
	for (const struct free_block *block = __malloc_free_list; block; block = block->next) {
		put_number("[", (uint32_t)block);
		put_number(",", (uint32_t)block->n_bytes);
		put(block->next ? "]," : "]");
	}
	put("]}");
	for (const struct packet *packet = packets; packet; packet = packet->next, before = ",")
		put_number(before, packet->n_bytes);
	put(packets ? "]" : ",\"packets\":[]");
	put_number(",\"messages\":{\"address\":", (uint32_t)message_buffers);
	put_number(",\"most\":", message_figures.n_most_used);
	put_number(",\"allocations\":", message_figures.n_allocations);
	put_number(",\"failures\":", message_figures.n_failures);
	for (uint32_t i = 0; i < N_MESSAGES; i++) {
		put_number(i ? ",[" : ",\"buffers\":[[", sizeof(struct message));
		put(message_is_used(i) ? ",1]" : ",0]");
	}
	put("]},\"stacks\":[");
	put_stack("", &sampler);
	put_stack(",", &radio);
	put_requests("],\"requests\":[", &heap_requests);
	put_requests(",", &message_requests);
	put("]");
	put_history();
	put("}T@\r\n");
}

void truth_hold(void)
{
	truth_print();
	while (uart_read() < 0) {}
}
