/* A budget made by hand, and heaps block by block, for tests of a check. */
#pragma once

#include "figures.h"
#include "made_budget.h"

enum { BLOCK_BYTES = 16 };

static struct made_budget made_budget;
static struct check check;
static unsigned n_boot; /* of the moments that come */

UNIT_BEFORE(set_up)
{
	made_budget = (struct made_budget){ 0 };
	check = (struct check){ 0 };
	n_boot = 1;
}

UNIT_AFTER(tear_down) { check_deinit(&check); }

/* An entry with one limit; it goes with the row of its number. */
static inline struct budget_entry *limit(enum figure_subject subject, const char *pattern, const char *key,
					 struct budget_amount amount)
{
	return made(&made_budget, subject, pattern, key, amount);
}

static inline struct budget_entry *limit_heap(const char *pattern, enum budget_when when, const char *key,
					      struct budget_amount amount)
{
	struct budget_entry *entry = limit(SUBJECT_HEAP, pattern, key, amount);

	entry->when = when;
	return entry;
}

static inline struct budget_entry *limit_mark(const char *pattern, const char *label, const char *key,
					      struct budget_amount amount)
{
	struct budget_entry *entry = limit_heap(pattern, WHEN_MARK, key, amount);

	entry->label = label;
	return entry;
}

static inline struct budget_entry *limit_fits(const char *pattern, enum budget_when when, uint64_t size_bytes,
					      uint64_t n_times)
{
	struct budget_entry *entry = limit_heap(pattern, when, "fits", WHOLE(n_times));

	entry->limits[0].fits_bytes = size_bytes;
	return entry;
}

static inline void begin(void)
{
	check = (struct check){ .n_rows = 0 };
	assert_int_equal(check_begin(&check, &made_budget.budget), 0);
	assert_true(check.n_rows >= made_budget.budget.n_entries);
	for (size_t i = 0; i < N_CHECK_INPUTS; i++)
		check.given[i] = true;
}

/* ---- what came out ---- */

#define assert_value(i_row, value) value_is((i_row), (value), __FILE__, __LINE__)
#define assert_fault(i_row, text)  fault_is((i_row), (text), __FILE__, __LINE__)

static inline void value_is(size_t i_row, int64_t value, const char *file, int line)
{
	const struct check_row *row = &check.rows[i_row];

	if (row->value.known && row->value.amount == value)
		return;
	print_error("%s:%d: row %zu (%s) is %lld, not %lld; %s\n", file, line, i_row, row->entry->pattern,
		    row->value.known ? (long long)row->value.amount : -1, (long long)value,
		    row->fault ? row->fault : "");
	fail();
}

static inline void fault_is(size_t i_row, const char *text, const char *file, int line)
{
	const struct check_row *row = &check.rows[i_row];

	if (!row->value.known && row->fault && strstr(row->fault, text))
		return;
	print_error("%s:%d: row %zu (%s): '%s' has no '%s'\n", file, line, i_row, row->entry->pattern,
		    row->fault ? row->fault : "", text);
	fail();
}

/* ---- heaps ---- */

/* A pool with an area, a letter for each block; an area more for each space. */
static inline struct heap_pool *add_pool(struct heap *heap, const char *name, uint64_t base, const char *blocks)
{
	struct heap_pool *pool;

	assert_int_equal(heap_add_pool(heap, name, POOL_GC, &pool), 0);
	pool->block_bytes = BLOCK_BYTES;
	for (bool begins = true; *blocks; blocks++) {
		if (begins)
			assert_int_equal(heap_add_area(pool, base), 0);
		begins = *blocks == ' ';
		base += begins ? 0x1000 : BLOCK_BYTES;
		if (!begins)
			assert_int_equal(heap_append(pool, (uint8_t)*blocks, 1), 0);
	}
	return pool;
}

static inline void set_text(char *ret, size_t n_ret, const char *text) { snprintf(ret, n_ret, "%s", text ? text : ""); }

static inline void give_heap(enum check_side side, struct heap *heap, const char *label)
{
	struct moment moment = { .heap = heap, .timeline_us = NOT_KNOWN, .n_boot = n_boot };

	set_text(moment.label, sizeof(moment.label), label);
	assert_int_equal(check_moment(&check, side, &moment), 0);
}

/* A dump of one pool. */
static inline void give(enum check_side side, const char *name, const char *blocks, const char *label)
{
	struct heap heap;

	heap_init(&heap);
	add_pool(&heap, name, 0x20000000, blocks);
	heap_seal(&heap);
	give_heap(side, &heap, label);
	heap_deinit(&heap);
}

static inline void give_sample(enum check_side side, uint64_t used_bytes, uint64_t free_bytes,
			       uint64_t largest_free_bytes, const char *label)
{
	struct moment moment = {
		.kind = MOMENT_SAMPLE,
		.state = sample_of(used_bytes, free_bytes, largest_free_bytes),
		.timeline_us = NOT_KNOWN,
	};

	set_text(moment.label, sizeof(moment.label), label);
	assert_int_equal(check_moment(&check, side, &moment), 0);
}

static inline void give_told(enum check_side side, const char *name, uint64_t total_bytes, uint64_t free_bytes,
			     uint64_t largest_free_bytes)
{
	struct pool_moment moment = {
		.pool = idf_pool(name, total_bytes, free_bytes, largest_free_bytes),
		.timeline_us = NOT_KNOWN,
	};

	moment.state = pool_state_of_figures(&moment.pool);
	assert_int_equal(check_pool(&check, side, &moment), 0);
}

static inline void offer_heaps(void)
{
	assert_int_equal(check_heaps_offer(&check), 0);
	check_judge(&check);
}
