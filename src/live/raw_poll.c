#include "raw_poll_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum {
	TEXT_EVERY_LOOKS = 30, /* a head that was freed and taken again in the same place shows then at the latest */
	GAIN_BYTES = 512,      /* that the text must be larger by */
	/* Room for the probe on 32 bits, measured: it compiles with 4.6 kB free, its largest piece is about 0.8 kB. */
	ROOM_BYTES = 6 * 1024,
	ROOM_WHOLE_BYTES = 1536,
	TRIES = 3,          /* for tables that change while they are read */
	ASK_LEFT_MAX = 500, /* heads without a letter: then the text is cheaper */
	MISFITS_MAX = 3,
};

static const char used_code[] = "print(__import__('gc').mem_alloc())";

/* ---- notices ---- */

static void report_begun(struct raw_poll *f)
{
	f->reported = true;
	if (f->own_bytes > 0)
		session_notice(f->session, "note",
			       "reading block tables directly: about %" PRIu64
			       " B of the heap are memprof's (--text avoids that)",
			       f->own_bytes);
	else
		session_notice(f->session, "note", "reading block tables directly (--text avoids that)");
}

static enum session_outcome give_up(struct raw_poll *f, const char *why)
{
	f->off = true;
	session_notice(f->session, "note",
		       "block tables are not read directly: %s; each snapshot is the text of mem_info(1)", why);
	return SESSION_UNABLE;
}

/* What an outcome of the probe means for a snapshot. */
static enum session_outcome conclude(struct raw_poll *f, enum session_outcome outcome, const struct diag *diag)
{
	if (outcome == SESSION_DONE || session_is_over(outcome))
		return outcome;
	if (outcome != SESSION_NO_ROOM)
		return give_up(f,
			       diag && diag->text[0] ? diag->text : "the answer was mixed up; does a program print?");
	f->n_wait = TEXT_EVERY_LOOKS;
	return SESSION_UNABLE;
}

enum session_outcome raw_poll_read(struct raw_poll *f, const struct memory_read *reads, size_t n_reads)
{
	int error = reader_read_batch(&f->probe.reader, reads, n_reads);

	return error == 0 ? SESSION_DONE : error == -EIO ? f->probe.outcome : SESSION_UNABLE;
}

/* ---- the text ---- */

/* The text as the first table to compare with. */
static bool keep_text(struct raw_poll *f, const struct heap *heap)
{
	const struct heap_pool *pool = heap->n_pools ? &heap->pools[0] : NULL;

	if (!pool || heap->problem != HEAP_WHOLE || pool->n_blocks == 0 || pool->reported.total_bytes == NOT_KNOWN)
		return false;
	for (uint32_t i = 0; i < pool->n_areas; i++)
		if (pool->areas[i].loose)
			return false;
	return heap_copy(&f->text, heap) == 0;
}

static void on_snapshot(void *ctx, const struct event *event)
{
	struct raw_poll *f = ctx;

	if (f->listening)
		f->has_text = keep_text(f, event->snapshot.heap);
}

void raw_poll_text_begins(struct raw_poll *f)
{
	f->listening = true;
	f->has_text = false;
}

void raw_poll_text_ended(struct raw_poll *f)
{
	f->listening = false;
	f->n_text_bytes = session_helper_bytes(f->session);
	f->n_since_text = 0;
	if (f->n_wait > 0)
		f->n_wait--;
}

/* The table up to the last used block, and what stands before and behind it. */
static uint64_t table_bytes(const struct heap_pool *pool)
{
	uint64_t n_bytes = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		uint32_t n = pool->areas[i].n_blocks;
		while (n > 0 && pool->areas[i].kinds[n - 1] == BLOCK_FREE)
			n--;
		n_bytes += n / 4 + 1 + GC_AREA_BYTES;
	}
	return n_bytes;
}

static bool has_room(const struct heap_pool *pool)
{
	uint32_t n_free = 0, run = 0, longest = 0;
	uint64_t scale = pool->block_bytes > 16 ? 2 : 1; /* objects of 64 bits */

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		run = 0;
		for (uint32_t k = 0; k < pool->areas[i].n_blocks; k++) {
			run = pool->areas[i].kinds[k] == BLOCK_FREE ? run + 1 : 0;
			n_free += run > 0;
			longest = MAX(longest, run);
		}
	}
	return (uint64_t)n_free * pool->block_bytes >= ROOM_BYTES * scale &&
	       (uint64_t)longest * pool->block_bytes >= ROOM_WHOLE_BYTES * scale;
}

static bool worth_it(const struct raw_poll *f)
{
	return f->n_wait == 0 && f->n_text_bytes > table_bytes(&f->text.pools[0]) + GAIN_BYTES &&
	       has_room(&f->text.pools[0]);
}

/* ---- tables ---- */

enum session_outcome raw_poll_read_view(struct raw_poll *f, struct areas_view *ret)
{
	uint8_t bytes[GC_AREAS_MAX][GC_AREA_BYTES];
	struct memory_read reads[GC_AREAS_MAX];
	unsigned word = f->probe.hello.word_bytes;

	for (size_t i = 0; i < f->areas.n_areas; i++) {
		const struct gc_area *area = &f->areas.areas[i];
		reads[i] = (struct memory_read){ area->address - word, gc_area_n_words(area) * word, bytes[i] };
	}
	enum session_outcome outcome = raw_poll_read(f, reads, f->areas.n_areas);
	for (size_t i = 0; outcome == SESSION_DONE && i < f->areas.n_areas; i++)
		reader_words(f->probe.reader.word_bytes, bytes[i], gc_area_n_words(&f->areas.areas[i]), ret->words[i]);
	return outcome;
}

static bool same_areas(const struct raw_poll *f, const struct areas_view *now)
{
	for (size_t i = 0; i < f->areas.n_areas; i++)
		if (!gc_area_is_same(&f->areas, &f->areas.areas[i], f->view.words[i], now->words[i]))
			return false;
	return true;
}

bool raw_poll_same_moment(const struct raw_poll *f, const struct areas_view *a, const struct areas_view *b)
{
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		size_t n = gc_area_n_words(&f->areas.areas[i]);
		if (memcmp(a->words[i] + 1, b->words[i] + 1, (n - 1) * sizeof(uint64_t)) != 0)
			return false;
	}
	return true;
}

static size_t used_table_bytes(const struct raw_poll *f, size_t i, const struct areas_view *view)
{
	const struct gc_area *area = &f->areas.areas[i];
	uint64_t last = f->uses_last[i] ? gc_area_last_used(area, view->words[i]) : NOT_KNOWN;

	return (size_t)(last == NOT_KNOWN ? area->n_table_bytes : MIN(area->n_table_bytes, last / 4 + 1));
}

/* One table of all areas, of one moment: views before and after it are the same. *ret_used: blocks. */
static enum session_outcome read_tables(struct raw_poll *f, uint64_t *ret_used)
{
	struct memory_read reads[GC_AREAS_MAX];
	struct areas_view before, after;
	enum session_outcome outcome = raw_poll_read_view(f, &before);

	for (unsigned i_try = 0; i_try < TRIES && outcome == SESSION_DONE; i_try++) {
		if (!same_areas(f, &before))
			return SESSION_UNABLE; /* areas came or went: the text reports them */
		uint8_t *at = f->table;
		for (size_t i = 0; i < f->areas.n_areas; i++) {
			size_t n = used_table_bytes(f, i, &before);
			reads[i] = (struct memory_read){ f->areas.areas[i].table, n, at };
			at += n;
		}
		outcome = raw_poll_read(f, reads, f->areas.n_areas);
		if (outcome == SESSION_DONE)
			outcome = raw_poll_read_view(f, &after);
		if (outcome != SESSION_DONE)
			break;
		bool still = raw_poll_same_moment(f, &before, &after);
		uint64_t n_used = 0;
		uint8_t *kinds = f->fresh;
		for (size_t i = 0; still && i < f->areas.n_areas; i++) {
			uint32_t n;
			still = block_table_read(reads[i].ret, reads[i].n_bytes, kinds, f->areas.areas[i].n_blocks,
						 &n) == 0;
			kinds += f->areas.areas[i].n_blocks;
			n_used += still ? n : 0;
		}
		if (still) {
			f->view = after;
			*ret_used = n_used;
			return SESSION_DONE;
		}
		before = after;
	}
	return outcome == SESSION_DONE ? SESSION_UNABLE : conclude(f, outcome, NULL);
}

/* ---- a snapshot ---- */

/* What the text told of the areas, against what the firmware itself keeps. */
static bool fits_text(const struct raw_poll *f)
{
	const struct heap_pool *pool = &f->text.pools[0];

	if (pool->n_areas != f->areas.n_areas || pool->block_bytes != f->areas.areas[0].block_bytes)
		return false;
	for (uint32_t i = 0; i < pool->n_areas; i++)
		if (pool->areas[i].base != f->areas.areas[i].pool ||
		    pool->areas[i].n_blocks != f->areas.areas[i].n_blocks)
			return false;
	return true;
}

static bool make_room(struct raw_poll *f)
{
	uint64_t n_table_bytes = 0;

	f->n_blocks = 0;
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		f->n_blocks += f->areas.areas[i].n_blocks;
		n_table_bytes += f->areas.areas[i].n_table_bytes;
	}
	free(f->kinds);
	free(f->fresh);
	free(f->table);
	f->kinds = malloc(f->n_blocks);
	f->fresh = malloc(f->n_blocks);
	f->table = malloc((size_t)n_table_bytes);
	return f->kinds && f->fresh && f->table;
}

/* Finds what there is to read. */
static enum session_outcome find_areas(struct raw_poll *f)
{
	const struct probe_hello *hello = &f->probe.hello;
	struct diag diag = { 0 };
	const struct gc_areas_extent extent = { .total_bytes = f->text.pools[0].reported.total_bytes };
	int error = gc_areas_find(&f->probe.reader, hello->id_modules, hello->id_globals, &extent, &f->areas, &diag);

	if (error == -EIO)
		return conclude(f, f->probe.outcome, &diag);
	/* A heap that grows by itself may have grown since the text: once is no wonder. */
	if (error < 0 || !fits_text(f)) {
		f->n_wait = 1;
		return ++f->n_misfits < MISFITS_MAX ?
			       SESSION_UNABLE :
			       give_up(f, diag.text[0] ? diag.text : "its areas are not those of the text");
	}
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		const struct gc_area *area = &f->areas.areas[i];
		if (reader_allow(&f->probe.reader, area->pool, area->pool_end - area->pool) < 0)
			return give_up(f, "it has too many areas");
		f->uses_last[i] = false;
	}
	if (!make_room(f))
		return give_up(f, "out of memory");
	memcpy(f->kinds, f->text.pools[0].kinds, f->n_blocks);
	return conclude(f, raw_poll_read_view(f, &f->view), NULL);
}

/* Whether the word that should be gc_last_used_block says what the whole table shows. */
static void judge_last_used(struct raw_poll *f)
{
	const uint8_t *kinds = f->fresh;

	for (size_t i = 0; i < f->areas.n_areas; i++) {
		uint32_t n_blocks = f->areas.areas[i].n_blocks, n = n_blocks;
		uint64_t last = gc_area_last_used(&f->areas.areas[i], f->view.words[i]);
		while (n > 0 && kinds[n - 1] == BLOCK_FREE)
			n--;
		f->uses_last[i] = last != NOT_KNOWN && last + 1 >= n;
		kinds += n_blocks;
	}
}

/* The probe's own figures against the whole table. */
static const char *contradiction(const struct raw_poll *f, uint64_t n_used)
{
	const struct probe_hello *hello = &f->probe.hello;
	uint64_t block = f->areas.areas[0].block_bytes;
	uint64_t free_bytes = f->areas.total_bytes - n_used * block;
	bool grows = f->text.pools[0].reported.max_new_split_bytes != NOT_KNOWN;

	if (n_used * block != hello->used_bytes)
		return "its tables do not add up to gc.mem_alloc()";
	if (grows ? hello->free_bytes < free_bytes : hello->free_bytes != free_bytes)
		return "its tables do not add up to gc.mem_free()";
	return NULL;
}

static void hand_out(struct raw_poll *f, bool begun)
{
	struct heap_pool *pool;

	if (gc_areas_fill(&f->areas, f->kinds, &f->heap, &pool) < 0)
		return;
	pool->reported.max_new_split_bytes = f->text.pools[0].reported.max_new_split_bytes;
	if (begun) {
		pool->reported.used_bytes = f->probe.hello.used_bytes;
		pool->reported.free_bytes = pool->reported.total_bytes - pool->reported.used_bytes;
	}
	f->heap.stack_used_bytes = f->probe.hello.stack_used_bytes;
	f->heap.stack_limit_bytes = f->text.stack_limit_bytes;
	heap_seal(&f->heap);
	struct event event = { .kind = EVENT_SNAPSHOT,
			       .at_us = session_now_us(f->session),
			       .snapshot = EVENT_SNAPSHOT_INIT };
	event.snapshot.reported.format = "block-table";
	event.snapshot.heap = &f->heap;
	event.snapshot.n_lines = 1;
	f->on_event(f->ctx, &event);
}

static enum session_outcome take(struct raw_poll *f, bool begun)
{
	uint64_t n_used = 0;
	enum session_outcome outcome = read_tables(f, &n_used);
	const char *wrong = outcome == SESSION_DONE && begun ? contradiction(f, n_used) : NULL;

	if (wrong)
		return give_up(f, wrong);
	if (outcome != SESSION_DONE)
		return outcome;
	if (begun)
		judge_last_used(f);
	uint32_t n_asked = raw_poll_carry_letters(f);
	outcome = begun ? raw_poll_learn(f) : SESSION_DONE;
	if (outcome == SESSION_DONE && n_asked > 0)
		outcome = raw_poll_ask_letters(f);
	if (outcome != SESSION_DONE)
		return conclude(f, outcome, NULL);
	uint8_t *was = f->kinds;
	f->kinds = f->fresh;
	f->fresh = was;
	uint32_t n_left = 0;
	for (uint32_t i = 0; i < f->n_blocks; i++)
		n_left += f->kinds[i] == BLOCK_ASK;
	if (n_left > ASK_LEFT_MAX)
		f->n_since_text = TEXT_EVERY_LOOKS;
	return SESSION_DONE;
}

static enum session_outcome begin_poll(struct raw_poll *f)
{
	struct diag diag = { 0 };
	uint64_t before_bytes = f->reported ? NOT_KNOWN : session_number(f->session, used_code);
	enum session_outcome outcome = conclude(f, memory_probe_begin(&f->probe, f->session, &diag), &diag);

	if (outcome != SESSION_DONE)
		return outcome;
	if (before_bytes < f->probe.hello.used_bytes)
		f->own_bytes = f->probe.hello.used_bytes - before_bytes;
	return find_areas(f);
}

enum session_outcome raw_poll_take(struct raw_poll *f)
{
	enum session_outcome outcome = SESSION_DONE;
	bool begins = !memory_probe_is_on(&f->probe);

	if (f->off || !f->has_text || f->n_since_text >= TEXT_EVERY_LOOKS || (begins && !worth_it(f)))
		return SESSION_UNABLE;
	if (begins)
		outcome = begin_poll(f);
	if (outcome == SESSION_DONE)
		outcome = take(f, begins);
	if (outcome == SESSION_UNABLE)
		f->has_text = false;
	if (outcome != SESSION_DONE)
		return outcome;
	if (!f->reported)
		report_begun(f);
	f->n_misfits = 0;
	f->n_since_text++;
	hand_out(f, begins);
	return SESSION_DONE;
}

enum session_outcome raw_poll_collect(struct raw_poll *f)
{
	if (!memory_probe_is_on(&f->probe))
		return SESSION_UNABLE;
	return conclude(f, memory_probe_collect(&f->probe), NULL);
}

/* ---- beginning and end ---- */

struct raw_poll *raw_poll_new(struct session *session, void (*on_event)(void *ctx, struct event *event), void *ctx)
{
	struct raw_poll *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->session = session;
	f->on_event = on_event;
	f->ctx = ctx;
	heap_init(&f->text);
	heap_init(&f->heap);
	session_watch(session, on_snapshot, f);
	return f;
}

void raw_poll_forget(struct raw_poll *f)
{
	f->has_text = f->listening = false;
	f->n_wait = 0;
}

void raw_poll_free(struct raw_poll *f)
{
	if (!f)
		return;
	session_watch(f->session, NULL, NULL);
	heap_deinit(&f->text);
	heap_deinit(&f->heap);
	free(f->kinds);
	free(f->fresh);
	free(f->table);
	free(f);
}
