/* Where the heap of the board is that runs the program. */
#include <errno.h>
#include <string.h>

#include "memprof/live/memory_probe.h"
#include "run/private.h"

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
			pool->block_bytes = p->block_bytes ? p->block_bytes : p->imports_heap.block_bytes;
		report_summary(pool, &ret->summary);
		ret->reported = pool->reported;
	}
}

void program_statistics(struct program *p, const char *text, size_t n, struct program_statistics *ret)
{
	*ret = (struct program_statistics){ program_no_figures, HEAP_REPORTED_NOTHING };
	decode(p, text, n, ret);
	decode(p, session_end_of_dump, strlen(session_end_of_dump), ret);
}

/* "GC: total" of mem_info(); where there is none, the sum of two figures, which on a heap that grows is more. */
static struct heap_reported ask_statistics(struct program *p)
{
	struct program_statistics now = { program_no_figures, HEAP_REPORTED_NOTHING };
	size_t n;

	if (session_question(p->session, statistics_code) == SESSION_DONE) {
		const char *text = session_answer(p->session, &n);
		program_statistics(p, text, n, &now);
	}
	if (now.reported.total_bytes == NOT_KNOWN)
		now.reported.total_bytes = session_number(p->session, total_code);
	return now.reported;
}

enum session_outcome program_areas_find(struct program *p, struct program_areas *ret, struct diag *diag)
{
	struct memory_probe probe;
	struct heap_reported now = ask_statistics(p);

	if (now.total_bytes == NOT_KNOWN)
		return SESSION_RAISED;
	enum session_outcome outcome = memory_probe_begin(&probe, p->session, diag);
	if (outcome != SESSION_DONE)
		return session_is_over(outcome) ? outcome : SESSION_RAISED;
	const struct probe_hello *hello = &probe.hello;
	int error = gc_areas_find(&probe.reader, hello->id_modules, hello->id_globals, now.total_bytes, &ret->areas,
				  diag);
	if (error == -EIO && session_is_over(probe.outcome))
		return probe.outcome;
	if (memory_probe_is_on(&probe))
		session_talk_end(p->session);
	ret->word_bytes = hello->word_bytes;
	ret->n_crs = probe.n_crs;
	ret->grows = now.max_new_split_bytes != NOT_KNOWN;
	return error < 0 ? SESSION_RAISED : SESSION_DONE;
}
