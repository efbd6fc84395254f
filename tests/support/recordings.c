#include "recordings.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16, CHANGES_EVERY = 40 };

/* ---- heaps ---- */

static uint32_t mixed(uint32_t a, uint32_t b)
{
	uint32_t x = a * UINT32_C(0x9e3779b9) ^ (b + UINT32_C(0x7f4a7c15)) * UINT32_C(0x85ebca6b);

	x ^= x >> 15;
	x *= UINT32_C(0x2c1b3c6d);
	return x ^ x >> 13;
}

/* Each block changes every CHANGES_EVERY snapshots, each at another of them. */
static uint8_t kind_of(uint32_t seed, uint32_t i, uint32_t n)
{
	static const char kinds[] = "....hhhhTLDSAFBM";
	uint32_t phase = mixed(seed, i) % CHANGES_EVERY;

	return (uint8_t)kinds[mixed(seed ^ i * 31, (n + phase) / CHANGES_EVERY) % (sizeof(kinds) - 1)];
}

static void add_area(struct heap_pool *pool, uint64_t base, uint32_t seed, uint32_t n, uint32_t n_blocks)
{
	heap_add_area(pool, base);
	uint8_t *kinds = heap_extend(pool, n_blocks);
	for (uint32_t i = 0; kinds && i < n_blocks; i++)
		kinds[i] = kind_of(seed + (uint32_t)base, i, n);
}

void made_heap(struct heap *heap, uint32_t seed, uint32_t n)
{
	struct heap_pool *pool;
	struct heap_task task = { .name = "mp_main", .start = 0x20010000, .stack_bytes = 8192, .is_current = true };

	heap_reset(heap);
	heap_add_pool(heap, "gc", POOL_GC, &pool);
	pool->block_bytes = BLOCK_BYTES;
	add_area(pool, 0x20000000, seed, n, MADE_BLOCKS / 3 * 2);
	add_area(pool, 0x3c000000, seed, n, MADE_BLOCKS / 3);
	pool->reported.n_allocations = n;
	heap_add_pool(heap, "idf.0", POOL_CAPS, &pool);
	pool->reported.total_bytes = 100000;
	pool->reported.free_bytes = mixed(seed, n) % 100000;
	heap_add_pool(heap, "tlsf", POOL_TLSF, &pool);
	pool->reported.total_bytes = 65536;
	pool->reported.used_bytes = n % 65536;
	task.used_bytes = mixed(seed, n) % 8192;
	task.least_free_bytes = NOT_KNOWN;
	heap_add_task(heap, &task);
	heap_seal(heap);
}

void made_figures(const struct heap *heap, struct history_figures ret[MADE_POOLS])
{
	memset(ret, 0, MADE_POOLS * sizeof(*ret));
	for (uint32_t i = 0; i < heap->n_pools && i < MADE_POOLS; i++) {
		const struct heap_pool *p = &heap->pools[i];
		uint64_t n_free = 0;
		for (uint32_t k = 0; k < p->n_blocks; k++)
			n_free += p->kinds[k] == BLOCK_FREE;
		memcpy(ret[i].name, p->name, sizeof(ret[i].name));
		ret[i].kind = p->kind;
		ret[i].memory = p->memory;
		ret[i].state.total_bytes = p->n_blocks ? (uint64_t)p->n_blocks * BLOCK_BYTES : p->reported.total_bytes;
		ret[i].state.free_bytes = p->n_blocks ? n_free * BLOCK_BYTES : p->reported.free_bytes;
		ret[i].state.used_bytes = p->n_blocks ? ret[i].state.total_bytes - ret[i].state.free_bytes :
							p->reported.used_bytes;
		ret[i].state.lfb_bytes = ret[i].peak_bytes = NOT_KNOWN;
		ret[i].has_table = p->n_blocks > 0;
	}
}

static const char *area_difference(const struct heap_area *a, const struct heap_area *b)
{
	if (a->base != b->base || a->n_blocks != b->n_blocks || a->loose != b->loose || a->memory != b->memory)
		return "an area";
	return a->n_blocks && memcmp(a->kinds, b->kinds, a->n_blocks) != 0 ? "kinds" : NULL;
}

static const char *pool_difference(const struct heap_pool *a, const struct heap_pool *b)
{
	const char *what = NULL;

	if (strcmp(a->name, b->name) != 0 || a->kind != b->kind || a->memory != b->memory || a->start != b->start ||
	    a->damaged != b->damaged || a->guessed_kinds != b->guessed_kinds || a->n_finalisers != b->n_finalisers ||
	    a->block_bytes != b->block_bytes || a->missing_bytes != b->missing_bytes)
		return "a pool";
	if (memcmp(&a->reported, &b->reported, sizeof(a->reported)) != 0)
		return "reported figures";
	if (!a->window != !b->window || (a->window && memcmp(a->window, b->window, sizeof(*a->window)) != 0))
		return "a window";
	if (a->n_areas != b->n_areas || a->n_blocks != b->n_blocks)
		return "the number of areas or blocks";
	for (uint32_t i = 0; i < a->n_areas && !what; i++)
		what = area_difference(&a->areas[i], &b->areas[i]);
	return what;
}

static const char *task_difference(const struct heap_task *a, const struct heap_task *b)
{
	return strcmp(a->name, b->name) != 0 || a->start != b->start || a->stack_bytes != b->stack_bytes ||
			       a->used_bytes != b->used_bytes || a->least_free_bytes != b->least_free_bytes ||
			       a->is_current != b->is_current ?
		       "a task" :
		       NULL;
}

const char *made_difference(const struct heap *a, const struct heap *b)
{
	const char *what = NULL;

	if (a->n_pools != b->n_pools || a->n_tasks != b->n_tasks)
		return "the number of pools or tasks";
	if (a->tasks_missing != b->tasks_missing || a->stack_used_bytes != b->stack_used_bytes ||
	    a->stack_limit_bytes != b->stack_limit_bytes || a->problem != b->problem ||
	    a->problem_line != b->problem_line)
		return "the heap";
	for (uint32_t i = 0; i < a->n_tasks && !what; i++)
		what = task_difference(&a->tasks[i], &b->tasks[i]);
	for (uint32_t i = 0; i < a->n_pools && !what; i++)
		what = pool_difference(&a->pools[i], &b->pools[i]);
	return what;
}

/* ---- writing ---- */

struct recording_writer *made_writer(const char *path, const char *source, uint64_t at_us, struct diag *diag)
{
	const struct recording_session session = { source, NULL, MADE_STARTED_US + at_us };
	struct recording_writer *w;

	if (recording_writer_open(path, &w, diag) < 0)
		return NULL;
	if (recording_begin(w, &session, diag) == 0)
		return w;
	recording_writer_close(w, NULL);
	return NULL;
}

void made_snapshot(struct recording_writer *w, uint32_t seed, uint32_t n)
{
	struct event event = { .kind = EVENT_SNAPSHOT,
			       .at_us = n * UINT64_C(1000000),
			       .snapshot = EVENT_SNAPSHOT_INIT };
	struct history_figures figures[MADE_POOLS];
	struct heap heap;

	heap_init(&heap);
	made_heap(&heap, seed, n);
	made_figures(&heap, figures);
	event.snapshot.heap = &heap;
	if (n % 10 == 0)
		snprintf(event.snapshot.label, sizeof(event.snapshot.label), "label %" PRIu32, n);
	event.snapshot.reported.format = "agent";
	recording_event(w, &event, figures, n * UINT64_C(1000000));
	heap_deinit(&heap);
}

void made_text(struct recording_writer *w, uint32_t n)
{
	char text[32];

	recording_text(w, text, (size_t)snprintf(text, sizeof(text), "text of %" PRIu32 "\n", n));
}

void made_event(struct recording_writer *w, uint32_t n)
{
	char text[32];
	struct event event = { .kind = EVENT_MARK, .at_us = n * UINT64_C(1000000) };

	event.mark.n_bytes = (size_t)snprintf(text, sizeof(text), "mark %" PRIu32, n);
	event.mark.bytes = text;
	recording_event(w, &event, NULL, n * UINT64_C(1000000));
}

int made_board(const char *path, const char *source, uint64_t at_us, uint32_t seed, uint32_t n, uint32_t n_commit,
	       struct diag *diag)
{
	struct recording_writer *w = made_writer(path, source, at_us, diag);
	int error = w ? 0 : -1;

	for (uint32_t i = 0; error == 0 && i < n; i++) {
		made_snapshot(w, seed, i);
		made_text(w, i);
		made_event(w, i);
		if (i % n_commit == 0)
			error = recording_flush(w, NOT_KNOWN, diag);
	}
	int closed = recording_writer_close(w, error == 0 ? diag : NULL);
	return error < 0 ? error : closed;
}

static int keep_number(void *ctx, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int64_t *)ctx = values[0] ? strtoll(values[0], NULL, 10) : 0;
	return 0;
}

int64_t made_number(const char *path, const char *sql)
{
	int64_t ret = -1;
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, keep_number, &ret, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s: %s\n", path, sql, sqlite3_errmsg(db));
		abort();
	}
	sqlite3_close(db);
	return ret;
}

void made_sql(const char *path, const char *sql) { made_number(path, sql); }

/* ---- reading ---- */

static void see_snapshot(struct made_seen *seen, const struct event *event)
{
	const struct heap *heap = event->snapshot.heap;
	struct heap expected;
	const char *what;

	seen->n_snapshots++;
	seen->n_tables += heap->n_pools > 0 && heap->pools[0].n_blocks > 0;
	if (!seen->compare || heap->n_pools == 0 || heap->pools[0].n_blocks == 0)
		return;
	heap_init(&expected);
	made_heap(&expected, seen->seed, (uint32_t)(seen->first + seen->n_snapshots - 1));
	what = made_difference(heap, &expected);
	if (what) {
		seen->n_wrong++;
		seen->wrong = what;
	}
	heap_deinit(&expected);
}

static int see(void *ctx, struct event *event)
{
	struct made_seen *seen = ctx;

	seen->n_events++;
	seen->n_samples += event->kind == EVENT_SAMPLE;
	seen->n_pools += event->kind == EVENT_POOL;
	seen->n_marks += event->kind == EVENT_MARK;
	seen->n_resets += event->kind == EVENT_RESET;
	if (event->kind == EVENT_MARK && event->time[0])
		memcpy(seen->last_mark_time, event->time, sizeof(event->time));
	if (event->kind == EVENT_SNAPSHOT) {
		seen->last_at_us = event->at_us;
		memcpy(seen->last_time, event->time, sizeof(event->time));
		memcpy(seen->last_label, event->snapshot.label, sizeof(event->snapshot.label));
		see_snapshot(seen, event);
	}
	return 0;
}

static void see_text(void *ctx, const char *bytes, size_t n_bytes)
{
	struct made_seen *seen = ctx;

	(void)bytes;
	seen->n_text_bytes += n_bytes;
}

int made_read(const char *path, const char *choice, struct made_seen *seen, uint64_t *ret_n_bare, struct diag *diag)
{
	const struct recording_handler handler = { see, see_text, seen, seen };
	struct recording *r;
	int error = recording_open(path, &r, diag);

	if (error < 0)
		return error;
	error = recording_choose(r, choice, diag);
	if (error == 0)
		error = recording_read(r, &handler, diag);
	if (ret_n_bare)
		*ret_n_bare = recording_n_bare(r);
	recording_close(r);
	return error;
}
