/* Where the heap of the board is that runs the program. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/live/memory_probe.h"
#include "private.h"

static const char statistics_code[] = "__import__('micropython').mem_info()";
static const char total_code[] = "(lambda g:print(g.mem_alloc()+g.mem_free()))(__import__('gc'))";

static void decode(struct program *p, const char *text, size_t n, struct program_statistics *ret)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.feed(p->statistics, (const uint8_t *)text, n, NOT_KNOWN);
	while (decoder_mem_info.next_event(p->statistics, &event, &diag) == DECODER_EVENT) {
		if (event.kind != EVENT_SNAPSHOT)
			continue;
		struct heap_pool *pool = &event.snapshot.heap->pools[0];
		if (pool->block_bytes == 0)
			pool->block_bytes = p->block_bytes;
		ret->summary = pool_state_counted(pool);
		ret->reported = pool->reported;
	}
}

void program_statistics(struct program *p, const char *text, size_t n, struct program_statistics *ret)
{
	*ret = (struct program_statistics){ POOL_STATE_NOT_KNOWN, HEAP_REPORTED_NOTHING };
	decode(p, text, n, ret);
	decode(p, session_end_of_dump, strlen(session_end_of_dump), ret);
}

/* "GC: total" of mem_info(); where there is none, the sum of two figures, which on a heap that grows is more. */
static struct heap_reported ask_statistics(struct program *p)
{
	struct program_statistics now = { POOL_STATE_NOT_KNOWN, HEAP_REPORTED_NOTHING };
	size_t n;

	session_question(p->session, board_poll_collect_code); /* garbage is no memory that it lacks */
	if (session_question(p->session, statistics_code) == SESSION_DONE) {
		const char *text = session_answer(p->session, &n);
		program_statistics(p, text, n, &now);
	}
	if (now.reported.total_bytes == NOT_KNOWN)
		now.reported.total_bytes = session_number(p->session, total_code);
	return now.reported;
}

/* How fast memory comes: of a question and its answer, so it is too low on a fast line. 0 if there is no answer. */
static double measure_line(struct memory_reader *r, const struct gc_area *area)
{
	uint8_t bytes[4096];
	size_t n = MIN(sizeof(bytes), area->n_table_bytes);
	uint64_t began_us = clock_now_us();

	if (reader_read(r, area->table, n, bytes) < 0)
		return 0;
	return (double)n * 1e6 / (double)(clock_now_us() - began_us + 1);
}

static int find_stacks(struct call_stacks *ret, struct memory_probe *probe, const struct gc_areas *areas,
		       struct diag *diag)
{
	struct interpreter_ids ids = probe_ids(&probe->hello);
	uint64_t sp;

	return call_stacks_find(ret, &probe->reader, &ids, areas, &sp, diag);
}

enum session_outcome program_areas_find(struct program *p, struct program_areas *ret, struct call_stacks *stacks,
					struct diag *diag)
{
	struct memory_probe probe;

	*ret = (struct program_areas){ .n_crs = 0 };
	struct heap_reported now = ask_statistics(p);

	p->free_bytes = now.free_bytes;
	p->bare_bytes = MIN(p->bare_bytes, now.used_bytes);
	if (now.free_bytes != NOT_KNOWN && now.max_new_split_bytes != NOT_KNOWN)
		p->free_bytes += now.max_new_split_bytes;
	if (now.total_bytes == NOT_KNOWN) {
		diag_set(diag, -ENOENT, "it does not say how large its heap is");
		return SESSION_RAISED;
	}
	enum session_outcome outcome = memory_probe_begin(&probe, p->session, diag);
	p->lacks_room = outcome == SESSION_NO_ROOM;
	if (outcome != SESSION_DONE)
		return session_is_over(outcome) ? outcome : SESSION_RAISED;
	const struct probe_hello *hello = &probe.hello;
	const struct gc_areas_extent extent = { .total_bytes = now.total_bytes };
	int error = gc_areas_find(&probe.reader, hello->id_modules, hello->id_globals, &extent, &ret->areas, diag);
	const struct gc_area *first = &ret->areas.areas[0];
	bool chained = ret->areas.chained || now.max_new_split_bytes != NOT_KNOWN;
	if (error == 0 && (chained || first->n_table_bytes > COLLECTION_BYTES_SLOW))
		ret->bytes_per_s = measure_line(&probe.reader, first);
	if (error == 0 && stacks)
		error = find_stacks(stacks, &probe, &ret->areas, diag);
	if (session_is_over(probe.outcome))
		return probe.outcome;
	memory_probe_end(&probe);
	if (error < 0) {
		if (!diag->text[0])
			diag_set(diag, error, "its heap is not laid out as expected");
		return SESSION_RAISED;
	}
	if (p->block_bytes == 0)
		p->block_bytes = first->block_bytes;
	ret->n_crs = probe.n_crs;
	ret->hello = probe.hello;
	ret->growth_bytes = now.max_new_split_bytes;
	ret->layout = (struct gc_layout){
		.address = first->address - hello->word_bytes,
		.word_bytes = hello->word_bytes,
		.block_bytes = first->block_bytes,
		.n_tables = first->n_tables,
		.chained = chained,
	};
	return SESSION_DONE;
}

unsigned program_room_words(uint64_t heap_bytes, unsigned word_bytes, unsigned part)
{
	if (heap_bytes == NOT_KNOWN || word_bytes == 0)
		return 0;
	return (unsigned)MIN(heap_bytes / word_bytes / part, (uint64_t)PROMPT_ROOM_WORDS);
}
