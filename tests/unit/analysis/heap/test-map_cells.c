/* What the blocks of a cell are: small heaps whose answer is plain to see, and random ones against a
 * version that knows the object of every block. */
#include "memprof/analysis/heap_map.h"

#include "heap-fixture.h"
#include "pools.h"
#include "unit.h"

static struct heap heap_before;
static struct heap_cells cells;

UNIT_BEFORE(set_up_both)
{
	cells = (struct heap_cells){ 0 };
	heap_init(&heap_before);
	set_up();
}

UNIT_AFTER(tear_down_both)
{
	heap_deinit(&heap_before);
	tear_down();
}

static struct heap_cell cell_of(uint32_t i_area, uint32_t i_first, uint32_t n_blocks)
{
	struct heap_span span = { true, i_area, i_first, n_blocks };
	struct heap_cell cell;

	heap_cells_get(&cells, &span, &cell);
	return cell;
}

/* ---- plain to see ---- */

UNIT_TEST(the_kind_with_most_blocks)
{
	static const struct {
		const char *runs;
		uint32_t n;
		char kind;
		uint32_t i_first;
	} rows[] = {
		{ "8.", 8, '.', 0 },
		{ "8?", 8, ' ', 0 },
		{ "7. 1?", 8, ' ', 0 },
		{ "7. 1h", 8, 'h', 0 },
		{ "7? 1h", 8, 'h', 0 },
		{ "1T 1= 1S 1. 1S", 5, 'S', 0 },
		{ "1T 2= 1S 1. 1S", 6, 'T', 0 },
		{ "1S 1= 1A 1= 1T", 5, 'A', 0 }, /* as many: the first letter */
		{ "1D 9= 1L 2=", 4, 'D', 6 },    /* its head is not in the cell */
		{ "1D 9= 1L 4=", 8, 'L', 7 },
		{ "4. 9= 1L 2=", 8, '=', 4 },
		{ "4? 9= 1L 2=", 4, '=', 6 },
		{ "3= 1h", 4, '=', 0 },
		{ "1D 200= 1L 2=", 2, 'D', 190 },
		{ "1D 200= 1L 2=", 64, 'D', 64 },
		{ "200= 1L 2=", 64, '=', 128 },
		{ "1D 70= 1. 60= 1h", 64, '=', 68 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cells.pool = pool_of(&heap, 16, rows[i].runs, NULL);
		heap_cells_prepare(&cells);
		struct heap_cell cell = cell_of(0, rows[i].i_first, rows[i].n);
		if (cell.kind != rows[i].kind)
			fail_msg("%s: %c", rows[i].runs, cell.kind);
		assert_int_equal(cell.first, heap.pools[0].kinds[rows[i].i_first]);
		assert_int_equal(cell.n_free + cell.n_used + cell.n_unknown, rows[i].n);
	}
}

UNIT_TEST(no_object_reaches_into_another_area)
{
	cells.pool = pool_of(&heap, 16, "60. 1D 3=", "70= 1.", NULL);
	heap_cells_prepare(&cells);
	assert_int_equal(cell_of(1, 64, 8).kind, BLOCK_TAIL);
	assert_int_equal(cell_of(1, 130, 4).kind, BLOCK_TAIL);
}

UNIT_TEST(what_is_no_cell)
{
	struct heap_cell cell;

	cells.pool = pool_of(&heap, 16, "8h", NULL);
	heap_cells_prepare(&cells);
	heap_cells_get(&cells, &(struct heap_span){ 0 }, &cell);
	assert_int_equal(cell.n_used + cell.n_free + cell.n_unknown, 0);
	assert_int_equal(cell.kind, BLOCK_UNKNOWN);
	assert_false(cell.largest || cell.culprit);
}

/* Of one cell that is all of it. */
UNIT_TEST(what_changed)
{
	static const struct {
		const char *before, *now;
		uint32_t n_added, n_removed, n_changed;
	} rows[] = {
		{ "1T 3= 4.", "1T 3= 4.", 0, 0, 0 }, { "8.", "1T 3= 4.", 4, 0, 0 },
		{ "1T 3= 4.", "8.", 0, 4, 0 },       { "1T 3= 4.", "1L 3= 4.", 0, 0, 4 }, /* of another kind */
		{ "1T 3= 4.", "1T 4= 3.", 1, 0, 4 },                                      /* it has grown */
		{ "1T 3= 4.", "1T 1= 6.", 0, 2, 2 }, { "1T 3= 4.", "1T 1T 2= 4.", 0, 0, 4 },
		{ "2. 2T 4.", "1. 2T 5.", 1, 1, 0 }, { "8?", "1T 3= 4.", 0, 0, 0 },
		{ "1T 3= 4.", "8?", 0, 0, 0 },       { "1T 3=", "1T 3= 1L 1. 1L", 2, 0, 0 }, /* the area has grown */
		{ "1T 3=", "1T 5= 1.", 2, 0, 4 },    { "1T 5= 1.", "1T 3=", 0, 0, 4 },
		{ "4. 3= 1h", "4. 3= 1h", 0, 0, 0 }, { "4. 3= 1h", "3. 4= 1h", 1, 0, 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cells.before = pool_of(&heap_before, 16, rows[i].before, NULL);
		cells.pool = pool_of(&heap, 16, rows[i].now, NULL);
		heap_cells_prepare(&cells);
		struct heap_cell cell = cell_of(0, 0, cells.pool->n_blocks);
		if (cell.n_added != rows[i].n_added || cell.n_removed != rows[i].n_removed ||
		    cell.n_changed != rows[i].n_changed)
			fail_msg("%s -> %s: %u added, %u removed, %u changed", rows[i].before, rows[i].now,
				 cell.n_added, cell.n_removed, cell.n_changed);
	}
}

UNIT_TEST(areas_are_paired_by_their_base)
{
	cells.before = pool_of(&heap_before, 16, "4T", "4L", "4.", NULL);
	cells.pool = pool_of(&heap, 16, "4L", "4D", "4.", NULL);
	heap.pools[0].areas[0].base = heap_before.pools[0].areas[1].base;
	heap.pools[0].areas[1].base = 0x12345670; /* was not there */
	heap_cells_prepare(&cells);
	assert_int_equal(cell_of(0, 0, 4).n_changed, 0);
	assert_int_equal(cell_of(1, 4, 4).n_added, 4);
	assert_int_equal(cell_of(2, 8, 4).n_added, 0);
	/* Blocks of another size are not compared. */
	heap_before.pools[0].block_bytes = 32;
	heap_cells_prepare(&cells);
	assert_int_equal(cell_of(1, 4, 4).n_added, 0);
}

UNIT_TEST(ages)
{
	static const uint32_t first_seen[] = { 0, 7, 7, 0, 3, 0, 9, 0, 0 };

	cells.pool = pool_of(&heap, 16, "1. 1T 1= 1. 1L 1. 1A 2.", NULL);
	cells.first_seen = first_seen;
	heap_cells_prepare(&cells);
	struct heap_cell cell = cell_of(0, 0, 9);
	assert_int_equal(cell.oldest, 3);
	assert_int_equal(cell.newest, 9);
	cell = cell_of(0, 1, 2);
	assert_int_equal(cell.oldest, 7);
	assert_int_equal(cell.newest, 7);
	cell = cell_of(0, 7, 2);
	assert_int_equal(cell.oldest, 0);
	assert_int_equal(cell.newest, 0);
}

UNIT_TEST(the_largest_and_the_culprits)
{
	static const struct report_options options = { .n_culprits = 5 };
	static struct pool_report report;

	/*                                            0  2  3  13 14 18  20 25 26 */
	const struct heap_pool *pool = pool_of(&heap, 16, "2h 1. 1T 9= 1. 4. 2S 5. 1h", NULL);
	report_pool(pool, true, &options, &report);
	assert_int_equal(report.n_culprits, 2);
	cells = (struct heap_cells){
		.pool = pool, .culprits = report.culprits, .n_culprits = report.n_culprits, .largest = { 20, 5 }
	};
	heap_cells_prepare(&cells);
	for (uint32_t i = 0; i < pool->n_blocks; i++) {
		struct heap_cell cell = cell_of(0, i, 1);
		assert_int_equal(cell.largest, i >= 20 && i < 25);
		assert_int_equal(cell.culprit, (i >= 3 && i < 13) || (i >= 18 && i < 20));
	}
	assert_true(cell_of(0, 0, 4).culprit);
	assert_true(cell_of(0, 12, 4).culprit);
	assert_false(cell_of(0, 13, 5).culprit);
	cells.largest.n_blocks = 0;
	assert_false(cell_of(0, 0, 26).largest);
}

/* ---- any heap, the slow way ---- */

struct block {
	uint8_t kind;            /* of its object */
	uint32_t i_begin, i_end; /* in its area */
	uint64_t base;
};

static struct block *blocks_of(const struct heap_pool *pool)
{
	struct block *all = calloc(pool->n_blocks + 1, sizeof(*all));

	assert_non_null(all);
	for (uint32_t a = 0; a < pool->n_areas; a++) {
		const struct heap_area *area = &pool->areas[a];
		struct block *b = all + area->i_first;
		for (uint32_t i = 0; i < area->n_blocks; i++) {
			uint8_t kind = area->kinds[i];
			bool joins = i > 0 && kind == BLOCK_TAIL &&
				     (block_is_head(b[i - 1].kind) || b[i - 1].kind == BLOCK_TAIL);
			b[i] = joins ? b[i - 1] : (struct block){ kind, i, 0, area->base };
		}
		for (uint32_t i = area->n_blocks; i-- > 0;)
			b[i].i_end = i + 1 < area->n_blocks && b[i + 1].i_begin == b[i].i_begin ? b[i + 1].i_end :
												  i + 1;
	}
	return all;
}

static bool is_used(uint8_t kind) { return kind != BLOCK_FREE && kind != BLOCK_UNKNOWN; }

/* The block that was at the same place; if there was none, a free one. */
static struct block was_at(const struct heap_pool *before, const struct block *all, uint64_t base, uint32_t i)
{
	for (uint32_t a = 0; a < before->n_areas; a++)
		if (before->areas[a].base == base && i < before->areas[a].n_blocks)
			return all[before->areas[a].i_first + i];
	return (struct block){ .kind = BLOCK_FREE };
}

static struct heap_cell slow_cell(const struct block *now, const struct block *before, const struct heap_span *span)
{
	const struct heap_area *area = &cells.pool->areas[span->i_area];
	struct heap_cell cell = { .kind = BLOCK_UNKNOWN, .first = cells.pool->kinds[span->i_first] };
	uint32_t counts[256] = { 0 };

	for (uint32_t k = 0; k < span->n_blocks; k++) {
		uint32_t i = span->i_first + k;
		struct block b = now[i];
		cell.n_free += b.kind == BLOCK_FREE;
		cell.n_unknown += b.kind == BLOCK_UNKNOWN;
		cell.n_used += is_used(b.kind);
		if (is_used(b.kind))
			counts[b.kind]++;
		if (before) {
			struct block was = was_at(cells.before, before, area->base, i - area->i_first);
			bool same = was.kind == b.kind && was.i_begin == b.i_begin && was.i_end == b.i_end;
			cell.n_added += is_used(b.kind) && was.kind == BLOCK_FREE;
			cell.n_removed += b.kind == BLOCK_FREE && is_used(was.kind);
			cell.n_changed += is_used(b.kind) && is_used(was.kind) && !same;
		}
		uint32_t seen = cells.first_seen ? cells.first_seen[i] : 0;
		if (seen) {
			cell.oldest = cell.oldest ? MIN(cell.oldest, seen) : seen;
			cell.newest = MAX(cell.newest, seen);
		}
		uint64_t address = area->base + (uint64_t)(i - area->i_first) * cells.pool->block_bytes;
		for (size_t c = 0; c < cells.n_culprits; c++)
			cell.culprit = cell.culprit || address - cells.culprits[c].start < cells.culprits[c].size_bytes;
		cell.largest = cell.largest || i - cells.largest.i_first < cells.largest.n_blocks;
	}
	if (cell.n_used == 0 && cell.n_unknown == 0)
		cell.kind = BLOCK_FREE;
	for (unsigned kind = 0, most = 0; kind < 256; kind++) {
		if (counts[kind] > most) {
			most = counts[kind];
			cell.kind = (uint8_t)kind;
		}
	}
	return cell;
}

static uint32_t less_than(uint32_t n, uint32_t *random) { return next_random(random) % n; }

static void append_runs(struct heap_pool *p, const char *begins, uint32_t n_left, uint32_t most, uint32_t *random)
{
	while (n_left > 0) {
		uint8_t kind = (uint8_t)begins[less_than((uint32_t)strlen(begins), random)];
		uint32_t n = 1 + less_than(less_than(4, random) ? 4 : most, random);
		n = MIN(n, n_left);
		assert_int_equal(heap_append(p, kind, 1), 0);
		assert_int_equal(heap_append(p, block_is_head(kind) ? BLOCK_TAIL : kind, n - 1), 0);
		n_left -= n;
	}
}

/* The heap at another moment: the same but for a few stretches, areas that are gone, moved, shorter or
 * longer. */
static void make_before(const struct heap_pool *now, uint32_t most, uint32_t *random)
{
	struct heap_pool *p;

	heap_reset(&heap_before);
	assert_int_equal(heap_add_pool(&heap_before, "gc", POOL_GC, &p), 0);
	p->block_bytes = now->block_bytes;
	for (uint32_t a = 0; a < now->n_areas; a++) {
		const struct heap_area *area = &now->areas[a];
		uint32_t what = less_than(12, random), n = area->n_blocks;
		if (what == 0)
			continue;
		assert_int_equal(heap_add_area(p, area->base + (what == 1 ? 0x1000 : 0)), 0);
		n = what == 2 ? less_than(n + 1, random) : n;
		for (uint32_t i = 0, n_next; i < n; i += n_next) {
			n_next = MIN(1 + less_than(4 * most, random), n - i);
			if (less_than(3, random)) {
				uint8_t *to = heap_extend(p, n_next);
				assert_non_null(to);
				memcpy(to, area->kinds + i, n_next);
			} else {
				append_runs(p, "TL.=? ", n_next, most, random);
			}
		}
		if (what == 3)
			append_runs(p, "T.", less_than(100, random), most, random);
	}
	heap_seal(&heap_before);
}

static void compare_cells(const struct heap_map *v, const struct block *now, const struct block *before)
{
	for (int y = 0; y < v->rows; y++) {
		for (int x = 0; x < v->columns; x++) {
			struct heap_span span = heap_map_at(cells.pool, v, x, y);
			if (!span.there)
				break;
			struct heap_cell is, should = slow_cell(now, before, &span);
			heap_cells_get(&cells, &span, &is);
			assert_int_equal(is.n_free, should.n_free);
			assert_int_equal(is.n_used, should.n_used);
			assert_int_equal(is.n_unknown, should.n_unknown);
			assert_int_equal(is.kind, should.kind);
			assert_int_equal(is.first, should.first);
			assert_int_equal(is.n_added, should.n_added);
			assert_int_equal(is.n_removed, should.n_removed);
			assert_int_equal(is.n_changed, should.n_changed);
			assert_int_equal(is.oldest, should.oldest);
			assert_int_equal(is.newest, should.newest);
			assert_int_equal(is.largest, should.largest);
			assert_int_equal(is.culprit, should.culprit);
		}
	}
}

static void compare_pool(const struct heap_pool *pool, bool with_before, uint32_t n_zooms, uint32_t *random)
{
	struct report_options options = { .n_culprits = less_than(REPORT_CULPRITS_MAX + 1, random) };
	uint32_t *first_seen = calloc(pool->n_blocks + 1, sizeof(*first_seen));
	static struct pool_report report;

	assert_non_null(first_seen);
	report_pool(pool, true, &options, &report);
	for (uint32_t i = 0; i < pool->n_blocks; i++)
		if (is_used(pool->kinds[i]) && less_than(3, random))
			first_seen[i] = 1 + less_than(50, random);
	cells = (struct heap_cells){ .pool = pool,
				     .before = with_before ? &heap_before.pools[0] : NULL,
				     .first_seen = less_than(2, random) ? first_seen : NULL,
				     .largest = { less_than(pool->n_blocks + 1, random), less_than(20, random) },
				     .culprits = report.culprits,
				     .n_culprits = report.n_culprits };
	heap_cells_prepare(&cells);
	struct block *now = blocks_of(pool), *before = with_before ? blocks_of(cells.before) : NULL;
	for (uint32_t k = 0; k < n_zooms; k++) {
		struct heap_map v = { 1 + (int)less_than(200, random), 30, 0, 0 };
		v.blocks_per_cell = MAX(heap_map_fit(pool, v.columns, v.rows) >> k, 1u);
		uint32_t n_rows = heap_map_n_rows(pool, &v);
		v.i_top_row = k > 0 && n_rows > 30 ? less_than(n_rows - 30, random) : 0;
		compare_cells(&v, now, before);
	}
	free(now);
	free(before);
	free(first_seen);
}

static struct heap_pool *some_pool(uint32_t n_areas, uint32_t n_most, uint32_t most, uint32_t *random)
{
	struct heap_pool *p;

	heap_reset(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &p), 0);
	p->block_bytes = 16u << less_than(2, random);
	for (uint32_t a = 0; a < n_areas; a++) {
		assert_int_equal(heap_add_area(p, UINT64_C(0x10000000) * (1 + a)), 0);
		uint32_t n = less_than(less_than(5, random) ? n_most : 2, random);
		append_runs(p, "ThLLDm\xff..= ", n, most, random);
	}
	heap_seal(&heap);
	return p;
}

UNIT_TEST(any_heap)
{
	uint32_t random = 1009;

	for (int round = 0; round < 600; round++) {
		uint32_t most = 1u << less_than(10, &random);
		struct heap_pool *p = some_pool(1 + less_than(6, &random), 1500, most, &random);
		bool with_before = less_than(4, &random) > 0;
		if (with_before)
			make_before(p, most, &random);
		compare_pool(p, with_before, 3, &random);
	}
}

/* Objects larger than what is between two marks, and marks far apart. */
UNIT_TEST(large_objects)
{
	uint32_t random = 7;

	for (int round = 0; round < 3; round++) {
		struct heap_pool *p = some_pool(3, 300000, 60000, &random);
		make_before(p, 60000, &random);
		compare_pool(p, true, 12, &random);
	}
}

UNIT_TEST(many_areas)
{
	uint32_t random = 19;

	struct heap_pool *p = some_pool(HEAP_AREAS_MAX, 40, 60, &random);
	make_before(p, 60, &random);
	compare_pool(p, true, 3, &random);
}
