#include "raw_poll_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"

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

/* ---- saying so ---- */

static void say_begun(struct fast *f)
{
	struct place at = { .file = session_source_name(f->session) };

	f->said = true;
	if (f->own_bytes > 0)
		message_at(at, "note",
			   "reading block tables directly (uctypes) from here on, letters from the text; what"
			   " reads them counts as used there, about %" PRIu64 " B; --text takes the text each time",
			   f->own_bytes);
	else
		message_at(at, "note",
			   "reading block tables directly (uctypes) from here on, letters from the text; --text"
			   " takes the text each time");
}

static enum fast_answer give_up(struct fast *f, const char *why)
{
	f->off = true;
	message_at((struct place){ .file = session_source_name(f->session) }, "note",
		   "its block tables are not read"
		   " directly: %s; each look is the text of mem_info(1)",
		   why);
	return FAST_TEXT;
}

/* What an answer of the probe means for a look. */
static enum fast_answer answer_of(struct fast *f, enum probing_answer answer, const struct diag *diag,
				  enum session_outcome *ret_outcome)
{
	switch (answer) {
	case PROBING_FINE:
		return FAST_TOOK;
	case PROBING_NO_ROOM:
		f->n_wait = TEXT_EVERY_LOOKS;
		return FAST_TEXT;
	case PROBING_OUTCOME:
		*ret_outcome = f->probing.outcome;
		return FAST_OUTCOME;
	default:
		return give_up(f, diag && diag->text[0] ? diag->text :
							  "what came was not what was asked for; does"
							  " something there print at the same time?");
	}
}

/* ---- the text ---- */

/* The kinds of the text as the first table to compare with. */
static bool keep_text(struct fast *f, const struct heap *heap)
{
	const struct heap_pool *from = heap->n_pools ? &heap->pools[0] : NULL;
	struct heap_pool *pool;

	if (!from || heap->problem != HEAP_WHOLE || from->n_blocks == 0 || from->reported.total_bytes == NOT_KNOWN)
		return false;
	heap_reset(&f->text);
	if (heap_add_pool(&f->text, "gc", POOL_GC, &pool) < 0)
		return false;
	for (uint32_t i = 0; i < from->n_areas; i++) {
		const struct heap_area *area = &from->areas[i];
		uint8_t *at = heap_add_area(pool, area->base) == 0 ? heap_extend(pool, area->n_blocks) : NULL;
		if (!at || area->loose)
			return false;
		memcpy(at, area->kinds, area->n_blocks);
	}
	pool->block_bytes = from->block_bytes;
	pool->reported = from->reported;
	f->text.stack_used_bytes = heap->stack_used_bytes;
	f->text.stack_limit_bytes = heap->stack_limit_bytes;
	heap_seal(&f->text);
	return true;
}

static void on_snapshot(void *of, const struct event *event)
{
	struct fast *f = of;

	if (f->listening)
		f->has_text = keep_text(f, event->snapshot.heap);
}

void fast_text_begins(struct fast *f)
{
	f->listening = true;
	f->has_text = false;
}

void fast_text_ended(struct fast *f)
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

static bool worth_it(const struct fast *f)
{
	return f->n_wait == 0 && f->n_text_bytes > table_bytes(&f->text.pools[0]) + GAIN_BYTES &&
	       has_room(&f->text.pools[0]);
}

/* ---- tables ---- */

bool fast_read_view(struct fast *f, struct fast_view *ret, enum probing_answer *ret_answer)
{
	uint8_t bytes[GC_AREAS_MAX][GC_AREA_BYTES];
	struct probing_read reads[GC_AREAS_MAX];
	unsigned word = f->probing.hello.word_bytes;

	for (size_t i = 0; i < f->areas.n_areas; i++) {
		const struct gc_area *area = &f->areas.areas[i];
		reads[i] = (struct probing_read){ area->address - word, gc_area_n_words(area) * word, bytes[i] };
	}
	*ret_answer = probing_read(&f->probing, reads, f->areas.n_areas);
	for (size_t i = 0; *ret_answer == PROBING_FINE && i < f->areas.n_areas; i++)
		reader_words(&f->probing.reader, bytes[i], gc_area_n_words(&f->areas.areas[i]), ret->words[i]);
	return *ret_answer == PROBING_FINE;
}

static bool same_areas(const struct fast *f, const struct fast_view *now)
{
	for (size_t i = 0; i < f->areas.n_areas; i++)
		if (!gc_area_is_same(&f->areas, &f->areas.areas[i], f->view.words[i], now->words[i]))
			return false;
	return true;
}

bool fast_same_moment(const struct fast *f, const struct fast_view *a, const struct fast_view *b)
{
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		size_t n = gc_area_n_words(&f->areas.areas[i]);
		if (memcmp(a->words[i] + 1, b->words[i] + 1, (n - 1) * sizeof(uint64_t)) != 0)
			return false;
	}
	return true;
}

static size_t used_table_bytes(const struct fast *f, size_t i, const struct fast_view *view)
{
	const struct gc_area *area = &f->areas.areas[i];
	uint64_t last = f->uses_last[i] ? gc_area_last_used(area, view->words[i]) : NOT_KNOWN;

	return (size_t)(last == NOT_KNOWN ? area->n_table_bytes : MIN(area->n_table_bytes, last / 4 + 1));
}

/* One table of all areas, of one moment: views before and after it are the same. *ret_used: blocks. */
static enum fast_answer read_tables(struct fast *f, uint64_t *ret_used, enum session_outcome *ret_outcome)
{
	struct probing_read reads[GC_AREAS_MAX];
	enum probing_answer answer;
	struct fast_view before, after;

	if (!fast_read_view(f, &before, &answer))
		return answer_of(f, answer, NULL, ret_outcome);
	for (unsigned i_try = 0; i_try < TRIES; i_try++) {
		if (!same_areas(f, &before))
			return FAST_TEXT; /* areas came or went: the text tells of them */
		uint8_t *at = f->table;
		for (size_t i = 0; i < f->areas.n_areas; i++) {
			size_t n = used_table_bytes(f, i, &before);
			reads[i] = (struct probing_read){ f->areas.areas[i].table, n, at };
			at += n;
		}
		answer = probing_read(&f->probing, reads, f->areas.n_areas);
		if (answer != PROBING_FINE || !fast_read_view(f, &after, &answer))
			return answer_of(f, answer, NULL, ret_outcome);
		bool still = fast_same_moment(f, &before, &after);
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
			return FAST_TOOK;
		}
		before = after;
	}
	return FAST_TEXT;
}

/* ---- a look ---- */

/* What the text told of the areas, against what the firmware itself keeps. */
static bool fits_text(const struct fast *f)
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

static bool make_room(struct fast *f)
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
static enum fast_answer find(struct fast *f, enum session_outcome *ret_outcome)
{
	const struct probe_hello *hello = &f->probing.hello;
	struct diag diag = { 0 };
	int error = gc_areas_find(&f->probing.reader, hello->id_modules, hello->id_globals,
				  f->text.pools[0].reported.total_bytes, &f->areas, &diag);

	if (error == -EIO)
		return answer_of(f, probing_why(&f->probing), &diag, ret_outcome);
	/* A heap that grows by itself may have grown since the text: once is no wonder. */
	if (error < 0 || !fits_text(f)) {
		f->n_wait = 1;
		return ++f->n_misfits < MISFITS_MAX ?
			       FAST_TEXT :
			       give_up(f, diag.text[0] ? diag.text : "its areas are not those of the text");
	}
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		const struct gc_area *area = &f->areas.areas[i];
		if (reader_allow(&f->probing.reader, area->pool, area->pool_end - area->pool) < 0)
			return give_up(f, "it has too many areas");
		f->uses_last[i] = false;
	}
	if (!make_room(f))
		return give_up(f, "out of memory");
	memcpy(f->kinds, f->text.pools[0].kinds, f->n_blocks);
	enum probing_answer answer;
	fast_read_view(f, &f->view, &answer);
	return answer_of(f, answer, NULL, ret_outcome);
}

/* Whether the word that should be gc_last_used_block says what the whole table shows. */
static void judge_last_used(struct fast *f)
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
static const char *contradiction(const struct fast *f, uint64_t n_used)
{
	const struct probe_hello *hello = &f->probing.hello;
	uint64_t block = f->areas.areas[0].block_bytes;
	uint64_t free_bytes = f->areas.total_bytes - n_used * block;
	bool grows = f->text.pools[0].reported.max_new_split_bytes != NOT_KNOWN;

	if (n_used * block != hello->used_bytes)
		return "its tables do not add up to gc.mem_alloc()";
	if (grows ? hello->free_bytes < free_bytes : hello->free_bytes != free_bytes)
		return "its tables do not add up to gc.mem_free()";
	return NULL;
}

static void hand_out(struct fast *f, bool begun)
{
	struct heap_reported reported = HEAP_REPORTED_NOTHING;
	const struct heap_reported *text = &f->text.pools[0].reported;
	struct heap_pool *pool;
	const uint8_t *kinds = f->kinds;

	heap_reset(&f->heap);
	if (heap_add_pool(&f->heap, "gc", POOL_GC, &pool) < 0)
		return;
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		const struct gc_area *area = &f->areas.areas[i];
		uint8_t *at = heap_add_area(pool, area->pool) == 0 ? heap_extend(pool, area->n_blocks) : NULL;
		if (!at)
			return;
		block_letters_show(at, kinds, area->n_blocks);
		kinds += area->n_blocks;
	}
	pool->block_bytes = f->areas.areas[0].block_bytes;
	reported.total_bytes = f->areas.total_bytes;
	reported.max_new_split_bytes = text->max_new_split_bytes;
	if (begun) {
		reported.used_bytes = f->probing.hello.used_bytes;
		reported.free_bytes = reported.total_bytes - reported.used_bytes;
	}
	pool->reported = reported;
	f->heap.stack_used_bytes = f->probing.hello.stack_used_bytes;
	f->heap.stack_limit_bytes = f->text.stack_limit_bytes;
	heap_seal(&f->heap);
	struct event event = { .kind = EVENT_SNAPSHOT,
			       .at_us = session_now_us(f->session),
			       .snapshot = EVENT_SNAPSHOT_UNTOLD };
	event.snapshot.told.format = "block-table";
	event.snapshot.heap = &f->heap;
	event.snapshot.n_lines = 1;
	f->on_event(f->of, &event);
}

static enum fast_answer look(struct fast *f, bool begun, enum session_outcome *ret_outcome)
{
	uint64_t n_used = 0;
	enum fast_answer ret = read_tables(f, &n_used, ret_outcome);
	const char *wrong = ret == FAST_TOOK && begun ? contradiction(f, n_used) : NULL;

	if (wrong)
		return give_up(f, wrong);
	if (ret != FAST_TOOK)
		return ret;
	if (begun)
		judge_last_used(f);
	uint32_t n_asked = fast_carry_letters(f);
	enum probing_answer answer = begun ? fast_learn(f) : PROBING_FINE;
	if (answer == PROBING_FINE && n_asked > 0)
		answer = fast_ask_letters(f);
	if (answer != PROBING_FINE)
		return answer_of(f, answer, NULL, ret_outcome);
	uint8_t *was = f->kinds;
	f->kinds = f->fresh;
	f->fresh = was;
	uint32_t n_left = 0;
	for (uint32_t i = 0; i < f->n_blocks; i++)
		n_left += f->kinds[i] == BLOCK_ASK;
	if (n_left > ASK_LEFT_MAX)
		f->n_since_text = TEXT_EVERY_LOOKS;
	return FAST_TOOK;
}

enum fast_answer fast_take(struct fast *f, enum session_outcome *ret_outcome)
{
	enum fast_answer ret = FAST_TOOK;
	struct diag diag = { 0 };
	bool begun = false;

	if (f->off || !f->has_text || f->n_since_text >= TEXT_EVERY_LOOKS)
		return FAST_TEXT;
	if (!probing_is_on(&f->probing)) {
		if (!worth_it(f))
			return FAST_TEXT;
		begun = true;
		uint64_t before_bytes = f->said ? NOT_KNOWN : session_number(f->session, used_code);
		ret = answer_of(f, probing_begin(&f->probing, f->session, &diag), &diag, ret_outcome);
		if (ret == FAST_TOOK && before_bytes < f->probing.hello.used_bytes)
			f->own_bytes = f->probing.hello.used_bytes - before_bytes;
		if (ret == FAST_TOOK)
			ret = find(f, ret_outcome);
	}
	if (ret == FAST_TOOK)
		ret = look(f, begun, ret_outcome);
	if (ret == FAST_TEXT)
		f->has_text = false;
	if (ret != FAST_TOOK)
		return ret;
	if (!f->said)
		say_begun(f);
	f->n_misfits = 0;
	f->n_since_text++;
	hand_out(f, begun);
	return FAST_TOOK;
}

bool fast_collect(struct fast *f, enum session_outcome *ret_outcome)
{
	if (!probing_is_on(&f->probing))
		return false;
	return answer_of(f, probing_collect(&f->probing), NULL, ret_outcome) == FAST_TOOK;
}

/* ---- its life ---- */

struct fast *fast_new(struct session *session, void (*on_event)(void *of, struct event *event), void *of)
{
	struct fast *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->session = session;
	f->on_event = on_event;
	f->of = of;
	heap_init(&f->text);
	heap_init(&f->heap);
	session_watch(session, on_snapshot, f);
	return f;
}

void fast_forget(struct fast *f)
{
	f->has_text = f->listening = false;
	f->n_wait = 0;
}

void fast_free(struct fast *f)
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
