/* What a board reports beside its heap: its agent, what happened, its tasks, its pools. */
#include <inttypes.h>
#include <string.h>

#include "document/report.h"
#include "memprof/analysis/tasks.h"
#include "shared/number_words.h"

enum { RATE_COLLECTIONS = 5 }; /* fewer make no rate */

/* ---- the agent ---- */

static struct doc_span ms_if(bool is_known, uint64_t us) { return DOC_MS(is_known ? us : NOT_KNOWN); }

static void add_last_words(struct document *d, const struct agent_info *agent)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!agent->has_last_words)
		return;
	text_board_event(&words, &agent->last_words, NULL);
	if (words.n_bytes)
		words.text[0] = 'B'; /* "before the last reset, ..." */
	doc_say(d, doc_warning(DOC_T(strbuf_text(&words))), DOC_T("."));
}

void report_add_agent(struct document *d, const struct agent_info *agent)
{
	uint64_t span_us = agent->last_us - agent->first_us;
	bool has_stop = agent->longest_pause_us > 0 || agent->n_rolling > 0;
	bool waits = agent->tells_waits && agent->wait_in_longest_us >= 100 && agent->wait_in_longest_us != NOT_KNOWN;
	bool has_rate = span_us > 0 && agent->n_collections >= RATE_COLLECTIONS;
	const struct doc_figure figures[] = {
		{ "agent", DOC_T(arena_printf(&d->arena, "%u.%u.%u", agent->hello.agent_major, agent->hello.agent_minor,
					      agent->hello.agent_patch)) },
		{ "stop", ms_if(has_stop, agent->tells_waits ? agent->longest_stop_us : agent->longest_pause_us) },
		{ "waits", ms_if(waits, agent->wait_in_longest_us) },
		{ "silent", doc_text_or_none(agent->tells_waits ? NULL : "waits for the line not counted") },
		{ "rolling", DOC_N(agent->n_rolling ? agent->n_rolling : NOT_KNOWN) },
		{ "snapshots", DOC_N(agent->n_snapshots) },
		{ "roll", DOC_MS(agent->longest_roll_us) },
		{ "collections", DOC_N(agent->n_collections > 1 ? agent->n_collections : NOT_KNOWN) },
		{ "one", doc_text_or_none(agent->n_collections == 1 ? "1 collection" : NULL) },
		{ "all", DOC_MS(agent->gc_us) },
		{ "longest", DOC_MS(agent->longest_gc_us) },
		{ "rate", DOC_T(has_rate ? arena_printf(&d->arena, ", %.1f ms a second",
							(double)agent->gc_us * 1e3 / (double)span_us) :
					   " in all") },
		{ "frames", DOC_N(agent->lost_frames ? agent->lost_frames : NOT_KNOWN) },
		{ "lost", DOC_N(agent->lost_snapshots ? agent->lost_snapshots : NOT_KNOWN) },
		{ "abandoned", DOC_N(agent->n_abandoned ? agent->n_abandoned : NOT_KNOWN) },
	};

	add_last_words(d, agent);
	doc_add_pattern(
		d, false,
		"[Frames lost: {frames}. ][Snapshots lost: {lost}. ][Snapshots given up by the board, as nobody "
		"read: {abandoned}.]",
		figures);
	if (agent->greeted && !agent->hello.refused)
		doc_add_pattern(
			d, false,
			"Agent {agent}[: a snapshot pauses the board for at most {stop} ms][, {waits} ms of it "
			"waiting for the line][, {silent}][; {rolling} of {snapshots} were sent in several parts, "
			"over at most {roll} ms].",
			figures);
	doc_add_pattern(d, false, "[{collections} collections took {all} ms{rate}; the longest {longest} ms.]",
			figures);
	doc_add_pattern(d, false, "[{one} took {all} ms.]", figures);
}

/* ---- what happened ---- */

void report_add_events(struct document *d, const struct board_event *last, size_t n, uint64_t n_all)
{
	if (n > 0)
		doc_section(d, n_all > n ?
				       arena_printf(&d->arena, "What happened: the last %zu of %" PRIu64, n, n_all) :
				       "What happened");
	for (size_t i = 0; i < n; i++) {
		struct strbuf time CLEANUP(strbuf_deinit) = STRBUF_INIT, words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		uint64_t ms = last[i].at_us / 1000;
		if (last[i].at_us != NOT_KNOWN)
			strbuf_printf(&time, "%" PRIu64 ":%02u.%03u ", ms / 60000, (unsigned)(ms / 1000 % 60),
				      (unsigned)(ms % 1000));
		text_board_event(&words, &last[i], NULL);
		doc_item(d, DOC_T(strbuf_text(&time)), DOC_T(strbuf_text(&words)));
	}
}

/* ---- tasks ---- */

static const char *task_name(const struct heap_task *task) { return task->name[0] ? task->name : "(no name)"; }

void report_add_low_stacks(struct document *d, const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_tasks; i++) {
		const struct heap_task *task = &heap->tasks[i];
		const struct doc_figure figures[] = {
			{ "task", DOC_T(task_name(task)) },
			{ "least", doc_exact(DOC_BYTES(task->least_free_bytes)) },
			{ "stack", doc_exact(DOC_BYTES(task->stack_bytes)) },
		};
		struct task_report r;
		report_task(task, &r);
		if (!r.is_low)
			continue;
		d->severity = MAX(d->severity, DOC_LOOK);
		doc_add_pattern(d, false, "Task {task}: {least}[ of {stack}] of its stack were never used.", figures);
	}
}

static void fill_task(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct heap_task *task = &((const struct heap *)ctx)->tasks[i];
	struct task_report r;

	report_task(task, &r);
	ret->role = r.is_low ? ROLE_WARNING : ROLE_PLAIN;
	ret->cells[0] = DOC_T(task_name(task));
	ret->cells[1] = DOC_BYTES(task->stack_bytes);
	ret->cells[2] = DOC_BYTES(r.most_used_bytes);
	ret->cells[3] = DOC_BYTES(task->least_free_bytes);
	ret->cells[4] = r.most_used_bytes == NOT_KNOWN ? DOC_PART(NOT_KNOWN) :
							 doc_share(r.most_used_bytes, task->stack_bytes);
	ret->cells[5] = doc_text_or_none(r.is_low ? "low" : NULL);
}

void report_add_tasks(struct document *d, const struct heap *heap)
{
	static const struct doc_column columns[] = {
		{ NULL, "task", DOC_TEXT, .is_name = true },
		{ NULL, "stack", DOC_SIZE },
		{ NULL, "peak used", DOC_SIZE },
		{ NULL, "least free", DOC_SIZE },
		{ NULL, "peak", DOC_PERCENT, .drop = 1 },
		{ NULL, "", DOC_TEXT },
	};

	doc_table(d, &(struct doc_table){ .title = "Stacks of tasks",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(heap->n_tasks, fill_task, heap),
					  .exact = true });
	if (heap->tasks_missing)
		doc_item(d, DOC_T("The board has more tasks than its agent has room for: MEMPROF_TASKS_MAX."));
}

/* ---- pools ---- */

enum { POOL, KIND, MEMORY, START, SIZE, USED, FREE, LARGEST, PEAK, LEAST, ALLOCATIONS, FAILED };

static void fill_pool(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct heap_pool *pool = ((const struct heap_pool *const *)ctx)[i];
	const struct heap_reported *r = &pool->reported;
	const struct pool_state now = pool_state_counted(pool);

	if (pool->damaged || (now.total_bytes != NOT_KNOWN && now.free_bytes < now.total_bytes / 50))
		ret->role = ROLE_WARNING;
	ret->cells[POOL] = DOC_T(pool->name);
	strbuf_printf(doc_make(ret, KIND), "%s%s", pool_kind_name(pool->kind), pool->damaged ? ", damaged" : "");
	ret->cells[MEMORY] = doc_text_or_none(heap_memory_name(pool->memory));
	ret->cells[START] = DOC_AT(pool->n_areas == 0 ? pool->start : NOT_KNOWN);
	ret->cells[SIZE] = DOC_BYTES(now.total_bytes);
	ret->cells[USED] = DOC_BYTES(now.used_bytes);
	ret->cells[FREE] = DOC_BYTES(now.free_bytes);
	ret->cells[LARGEST] = DOC_BYTES(now.lfb_bytes);
	ret->cells[PEAK] = DOC_BYTES(r->peak_bytes);
	ret->cells[LEAST] = DOC_BYTES(r->peak_bytes == NOT_KNOWN ? r->least_free_bytes : NOT_KNOWN);
	if (r->n_failures != 0 || r->n_allocations != 0) {
		ret->cells[ALLOCATIONS] = DOC_N(r->n_allocations);
		ret->cells[FAILED] = DOC_N(r->n_failures);
	}
}

void report_add_pools(struct document *d, const char *title, const struct heap_pool *const *pools, size_t n)
{
	static const struct doc_column columns[] = {
		[POOL] = { NULL, "pool", DOC_TEXT, .is_name = true },
		[KIND] = { NULL, "kind", DOC_TEXT, .drop = 4 },
		[MEMORY] = { NULL, "memory", DOC_TEXT, .drop = 5 },
		[START] = { NULL, "start", DOC_ADDRESS, .drop = 6 },
		[SIZE] = { NULL, "size", DOC_SIZE },
		[USED] = { NULL, "used", DOC_SIZE, .drop = 1 },
		[FREE] = { NULL, "free", DOC_SIZE },
		[LARGEST] = { NULL, "largest free", DOC_SIZE },
		[PEAK] = { NULL, "peak", DOC_SIZE, .drop = 2 },
		[LEAST] = { NULL, "least free", DOC_SIZE, .drop = 2 },
		[ALLOCATIONS] = { NULL, "allocations", DOC_COUNT, .drop = 7 },
		[FAILED] = { NULL, "failed", DOC_COUNT },
	};

	doc_table(d, &(struct doc_table){ .title = title, DOC_COLUMNS(columns), DOC_ROWS(n, fill_pool, pools) });
}

void document_pools(struct document *d, const struct heap *heap)
{
	const struct heap_pool **pools = arena_zeroed(&d->arena, heap->n_pools, sizeof(const struct heap_pool *));

	for (uint32_t i = 0; pools && i < heap->n_pools; i++)
		pools[i] = &heap->pools[i];
	if (pools && heap->n_pools > 1)
		report_add_pools(d, "Pools", pools, heap->n_pools);
}

void report_add_allocations(struct document *d, const struct heap *heap)
{
	bool begun = false;

	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT, sizes CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (!pool->window)
			continue;
		if (!begun)
			doc_section(d, "Allocations since the snapshot before");
		begun = true;
		text_pool_allocations(&words, pool, NULL);
		size_words(&sizes, pool->window->n_by_size, NULL);
		doc_item(d, DOC_T(pool->name), DOC_T(": "), DOC_T(strbuf_text(&words)),
			 DOC_T(sizes.n_bytes ? "; sizes: " : ""), DOC_T(strbuf_text(&sizes)));
	}
}
