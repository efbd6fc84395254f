#include "logger.h"

#include <string.h>

#include "board.h"
#include "queue.h"

enum {
	SAMPLE_MS = 15,
	N_QUEUED = 24,
	RECORD_MIN_BYTES = 24,
	RECORD_MAX_BYTES = 280,
	HELD_MS = 300, /* until a record is acknowledged */
	BUSY_MS = 700, /* the channel is taken, now and then: records pile up */
	CHECKS_FROM_MS = 4000,
	BACKUP_EVERY_MS = 4000,
	BACKUP_MS = 2000,
	BACKUP_BYTES = 1500,
	PACKET_BYTES = 456,
};

struct record {
	TickType_t sent_at;
	struct record *next;
	uint8_t data[];
};

TASK_STORAGE(sensor_task, 96);
TASK_STORAGE(radio_task, 160);
TASK_STORAGE(idle_task, configMINIMAL_STACK_SIZE);
TaskHandle_t backup_task;
uint8_t ucHeap[configTOTAL_HEAP_SIZE] __attribute__((aligned(8)));

static QueueHandle_t records;

static uint32_t chance(uint32_t one_in)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % one_in;
}

static void run_sensor(void *nothing)
{
	(void)nothing;
	for (;; vTaskDelay(SAMPLE_MS)) {
		size_t n_bytes = RECORD_MIN_BYTES + chance(RECORD_MAX_BYTES - RECORD_MIN_BYTES);
		struct record *record = pvPortMalloc(n_bytes);

		if (!record) /* the agent's task reports it */
			continue;
		memset(record, (int)n_bytes, n_bytes);
		if (xQueueSend(records, &record, 0) != pdTRUE)
			vPortFree(record);
	}
}

/* A buffer on the stack, now and then: the task's high-water mark rises. */
static uint32_t __attribute__((noinline)) checksum(const struct record *record)
{
	volatile uint8_t packet[PACKET_BYTES];
	uint32_t sum = 0;

	for (uint32_t i = 0; i < sizeof(packet); i++)
		packet[i] = (uint8_t)(i + record->sent_at);
	for (uint32_t i = 0; i < sizeof(packet); i++)
		sum += packet[i];
	return sum;
}

static void run_backup(void *nothing)
{
	void *copy = pvPortMalloc(BACKUP_BYTES);

	(void)nothing;
	vTaskDelay(BACKUP_MS);
	vPortFree(copy);
	backup_task = NULL;
	vTaskDelete(NULL);
}

static void run_radio(void *nothing)
{
	struct record *sent = NULL, **last = &sent, *record;
	TickType_t backup_at = xTaskGetTickCount(), busy_at = backup_at, busy_ms = 0;
	volatile uint32_t sum = 0;

	(void)nothing;
	for (;;) {
		if (xQueueReceive(records, &record, SAMPLE_MS) == pdTRUE) {
			*record = (struct record){ .sent_at = xTaskGetTickCount() };
			if (xTaskGetTickCount() >= CHECKS_FROM_MS && chance(50) == 0)
				sum += checksum(record);
			*last = record;
			last = &record->next;
		}
		if (xTaskGetTickCount() - busy_at < busy_ms)
			continue;
		busy_at = xTaskGetTickCount();
		busy_ms = chance(150) ? 0 : BUSY_MS;
		while (sent && xTaskGetTickCount() - sent->sent_at >= HELD_MS) {
			record = sent;
			sent = record->next;
			if (!sent)
				last = &sent;
			vPortFree(record);
		}
		if (xTaskGetTickCount() - backup_at >= BACKUP_EVERY_MS && !backup_task) {
			backup_at = xTaskGetTickCount();
			xTaskCreate(run_backup, "backup", BACKUP_STACK_WORDS, NULL, 2, &backup_task);
		}
	}
}

/* What the kernel calls, by its configuration. */
void vApplicationGetIdleTaskMemory(StaticTask_t **storage, StackType_t **stack, uint32_t *n_words);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationIdleHook(void);

void vApplicationGetIdleTaskMemory(StaticTask_t **storage, StackType_t **stack, uint32_t *n_words)
{
	*storage = idle_task.storage;
	*stack = idle_task.stack;
	*n_words = idle_task.n_words;
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
	(void)task, (void)name;
	for (;;) /* a debugger finds the task here */
		board_wait();
}

void vApplicationIdleHook(void) { board_wait(); }

void task_start(struct static_task *task, const char *name, TaskFunction_t run, UBaseType_t priority)
{
	task->handle = xTaskCreateStatic(run, name, task->n_words, NULL, priority, task->stack, task->storage);
}

void logger_start(void)
{
	records = xQueueCreate(N_QUEUED, sizeof(struct record *));
	task_start(&sensor_task, "sensor", run_sensor, 3);
	task_start(&radio_task, "radio", run_radio, 2);
}
