/* The last failed allocation, and where the program stopped, in RAM that a reset leaves as it is. */
#include "memprof/allocations.h"

#include <string.h>

#include "memprof/frame.h"

#define MAGIC 0x4d504c57u /* "WLPM" in memory */

static uint32_t crc_of(const struct memprof_record *record)
{
	return ~memprof_crc(~(uint32_t)0, record, offsetof(struct memprof_record, crc));
}

static bool is_whole(const struct memprof_record *record)
{
	return record->magic == MAGIC && record->crc == crc_of(record);
}

static void clear(struct memprof_record *record) { memset(record, 0, sizeof(*record)); }

static void seal(struct memprof_record *record)
{
	record->magic = MAGIC;
	record->crc = crc_of(record);
}

void memprof_last_words_begin(struct memprof_last_words *words)
{
	if (is_whole(&words->now))
		memcpy(&words->before, &words->now, sizeof(words->now)); /* with what pads it: the CRC covers that */
	else
		clear(&words->before);
	clear(&words->now);
}

void memprof_last_words_failed(struct memprof_last_words *words, uint8_t pool, const struct memprof_failure *failure)
{
	clear(&words->now);
	words->now.pool = pool;
	words->now.failure = *failure;
	seal(&words->now);
}

void memprof_last_words_fault(struct memprof_last_words *words, uint32_t at_ms, uintptr_t address, const char *task)
{
	struct memprof_record *record = &words->now;

	if (!is_whole(record)) {
		clear(record);
		record->failure.at_ms = at_ms;
		for (uint32_t i = 0; task && i < MEMPROF_TASK_BYTES - 1 && task[i]; i++)
			record->failure.task[i] = task[i];
	}
	record->fault = address;
	seal(record);
}

void memprof_send_last_words(struct memprof_agent *agent, const struct memprof_last_words *words)
{
	const struct memprof_failure *failure = &words->before.failure;
	uint32_t n_task = 0;

	if (!is_whole(&words->before))
		return;
	while (n_task < MEMPROF_TASK_BYTES - 1 && failure->task[n_task])
		n_task++;
	memprof_frame_begin(agent, WIRE_EVENT);
	memprof_put_u8(agent, WIRE_LAST_WORDS);
	memprof_put_varint(agent, agent->port->now_ms());
	memprof_put_varint(agent, failure->at_ms);
	memprof_put_u8(agent, words->before.pool);
	memprof_put_varint(agent, failure->n_bytes);
	memprof_put_varint(agent, failure->largest_free);
	memprof_put_varint(agent, failure->caller);
	memprof_put_varint(agent, words->before.fault);
	memprof_put_u8(agent, n_task);
	memprof_put_bytes(agent, failure->task, n_task);
	memprof_frame_end(agent);
}
