#include "memprof/model/gc_areas.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/block_letters.h"

enum {
	STEP_BYTES = 64,
	WINDOW_BYTES = 4096, /* the largest distance observed is 880 bytes (unix, 64 bits) */
	WINDOW_WORDS = WINDOW_BYTES / 4,
	PADDING_BLOCKS =
		5, /* less, between the last table and the pool: four have a byte of the table, and it is aligned */
	SMALLEST_ADDRESS = 1 << 24, /* of RAM on boards that have several areas; MEM_STATS has smaller numbers there */
	REGION_BITS = 29,           /* of Cortex-M: RAM, peripherals and external RAM are in regions of 512 MiB */
	DICT_WORDS = 4,             /* mp_obj_dict_t */
};

/* ---- one structure ---- */

static uint64_t bits_bytes(uint64_t n_bits) { return n_bits / 8 + (n_bits % 8 != 0); }

/* The block size with which the pool matches its table; 0 if none does. */
static uint32_t block_size(uint64_t pool_bytes, uint64_t n_blocks)
{
	for (uint32_t block = 8; block <= 64; block *= 2)
		if (n_blocks * block == pool_bytes)
			return block;
	return 0;
}

/* Checks a structure with n_tables tables: their pointers, then the pool and its end. */
static bool check_layout(const uint64_t *words, unsigned n_tables, uint64_t last_address, struct gc_area *ret)
{
	uint64_t table = words[0], n_bytes = words[1], end = table + n_bytes;
	uint64_t pool = words[n_tables + 1], pool_end = words[n_tables + 2];
	uint64_t n_blocks = n_bytes * 4, n_bits_bytes = bits_bytes(n_blocks);
	struct gc_area area = { .table = table,
				.n_table_bytes = n_bytes,
				.pool = pool,
				.pool_end = pool_end,
				.n_tables = (uint8_t)n_tables };

	if (pool_end <= pool || pool_end > last_address || end > pool)
		return false;
	area.block_bytes = block_size(pool_end - pool, n_blocks);
	if (!area.block_bytes || pool % area.block_bytes ||
	    pool - end > n_bytes * (n_tables > 2 ? 2 : 1) + PADDING_BLOCKS * area.block_bytes)
		return false;
	area.n_blocks = (uint32_t)n_blocks;
	if (n_tables > 1) {
		area.finalisers = words[2];
		if (area.finalisers < end || area.finalisers - end > 1)
			return false;
		area.gap = area.finalisers - end == 1;
		end = area.finalisers + n_bits_bytes;
	}
	if (n_tables > 2) { /* CircuitPython's, or for a write barrier */
		if (words[3] != end)
			return false;
		end += n_bits_bytes;
	}
	if (end > pool)
		return false;
	*ret = area;
	return true;
}

/* No object begins in the last page; also keeps sums from overflowing. */
static uint64_t last_address(unsigned word_bytes) { return word_bytes == 4 ? UINT32_MAX - 0xfff : INT64_MAX; }

bool gc_area_read(unsigned word_bytes, uint64_t address, const uint64_t *words, size_t n_words, struct gc_area *ret)
{
	uint64_t last = last_address(word_bytes);

	if (n_words < 4 || words[0] == 0 || words[0] > last || words[1] == 0 || words[1] > HEAP_BLOCKS_MAX / 4)
		return false;
	for (unsigned n_tables = 1; n_tables <= 3 && n_tables + 3 <= n_words; n_tables++) {
		if (!check_layout(words, n_tables, last, ret))
			continue;
		ret->address = address;
		return true;
	}
	return false;
}

const struct gc_area *gc_areas_at(const struct gc_areas *areas, uint64_t address)
{
	for (size_t i = 0; i < areas->n_areas; i++)
		if (address >= areas->areas[i].pool && address < areas->areas[i].pool_end)
			return &areas->areas[i];
	return NULL;
}

uint64_t gc_areas_table_bytes(const struct gc_areas *areas)
{
	uint64_t n = 0;

	for (size_t i = 0; i < areas->n_areas; i++)
		n += areas->areas[i].n_table_bytes;
	return n;
}

size_t gc_area_n_words(const struct gc_area *area)
{
	return (size_t)area->n_tables + 6; /* next; table, length … pool, end; two numbers */
}

uint64_t gc_area_last_used(const struct gc_area *area, const uint64_t *words)
{
	uint64_t last = words[gc_area_n_words(area) - 1];

	return area->gap && last <= area->n_blocks ? last : NOT_KNOWN;
}

bool gc_area_is_same(const struct gc_areas *all, const struct gc_area *area, const uint64_t *before,
		     const uint64_t *now)
{
	size_t n = gc_area_n_words(area) - 2;

	if (all->chained ? before[0] != now[0] : before[0] == 0 && now[0] != 0)
		return false;
	return memcmp(before + 1, now + 1, (n - 1) * sizeof(*now)) == 0;
}

/* ---- finding them ---- */

static int not_found(struct diag *diag, const char *what)
{
	return diag_set(diag, -ENOENT, "unexpected heap layout: %s", what);
}

static bool overlaps(const struct gc_areas *all, const struct gc_area *area)
{
	for (size_t i = 0; i < all->n_areas; i++) {
		const struct gc_area *other = &all->areas[i];
		if (area->table < other->pool_end && other->table < area->pool_end)
			return true;
	}
	return false;
}

/* NULL, or what is wrong with it beside the others. */
static const char *contradiction(const struct gc_areas *all, const struct gc_area *area)
{
	uint64_t n_blocks = area->n_blocks;

	for (size_t i = 0; i < all->n_areas; i++)
		n_blocks += all->areas[i].n_blocks;
	if (all->n_areas == GC_AREAS_MAX || n_blocks > HEAP_BLOCKS_MAX)
		return "more areas or blocks than memprof keeps";
	if (overlaps(all, area) || (all->n_areas && area->block_bytes != all->areas[0].block_bytes))
		return "two areas contradict each other";
	return NULL;
}

static const char *append(struct gc_areas *all, const struct gc_area *area)
{
	const char *wrong = contradiction(all, area);

	if (wrong)
		return wrong;
	all->areas[all->n_areas++] = *area;
	all->total_bytes += area->pool_end - area->pool;
	return NULL;
}

int gc_areas_add(struct gc_areas *areas, const struct gc_layout *layout, uint64_t address, const uint64_t *words)
{
	struct gc_area area;

	if (!gc_area_read(layout->word_bytes, address, words, layout->n_tables + 3, &area) ||
	    area.n_tables != layout->n_tables || area.block_bytes != layout->block_bytes || append(areas, &area))
		return -EINVAL;
	return 0;
}

static int add(struct memory_reader *r, struct gc_areas *all, const struct gc_area *area, struct diag *diag)
{
	uint64_t word = r->word_bytes;
	const char *wrong = append(all, area);

	if (wrong)
		return not_found(diag, wrong);
	int error = reader_allow(r, area->address - word, gc_area_n_words(area) * word);
	if (error == 0)
		error = reader_allow(r, area->table, area->pool - area->table);
	return error < 0 ? not_found(diag, "too many areas") : 0;
}

/* The first area, searched upwards in steps. *ret_before: the word before it. */
static int find_first(struct memory_reader *r, uint64_t from, struct gc_area *ret, uint64_t *ret_before,
		      struct diag *diag)
{
	uint64_t words[WINDOW_WORDS];
	size_t n_words = 0, i_next = 1;

	for (uint64_t at = 0; at < WINDOW_BYTES; at += STEP_BYTES) {
		uint8_t bytes[STEP_BYTES];
		int error = reader_allow(r, from + at, STEP_BYTES);
		if (error < 0)
			return not_found(diag, "memory ends where the interpreter's state should be");
		error = reader_read(r, from + at, STEP_BYTES, bytes);
		if (error < 0)
			return error;
		reader_words(r->word_bytes, bytes, STEP_BYTES / r->word_bytes, words + n_words);
		n_words += STEP_BYTES / r->word_bytes;
		/* Whole structures only: one without its end may match with fewer tables. */
		for (; i_next + GC_AREA_WORDS - 1 <= n_words; i_next++) {
			if (!gc_area_read(r->word_bytes, from + i_next * r->word_bytes, words + i_next,
					  n_words - i_next, ret))
				continue;
			*ret_before = words[i_next - 1];
			return 0;
		}
	}
	return not_found(diag, "no heap area after sys.modules");
}

/* The area at `next`. */
static int follow(struct memory_reader *r, uint64_t address, struct gc_area *ret, uint64_t *ret_next, struct diag *diag)
{
	uint8_t bytes[GC_AREA_BYTES];
	uint64_t words[GC_AREA_WORDS];
	size_t n = (size_t)GC_AREA_WORDS * r->word_bytes;

	if (address % r->word_bytes || reader_allow(r, address, n) < 0)
		return not_found(diag, "the address of the next area is invalid");
	int error = reader_read(r, address, n, bytes);
	if (error < 0)
		return error;
	reader_words(r->word_bytes, bytes, GC_AREA_WORDS, words);
	if (!gc_area_read(r->word_bytes, address + r->word_bytes, words + 1, GC_AREA_WORDS - 1, ret))
		return not_found(diag, "the next area is invalid");
	*ret_next = words[0];
	return 0;
}

/* Whether a word may be the address of the next area, before it is read: a build with one area has any number there. */
static bool is_address(const struct memory_reader *r, const struct gc_area *first, uint64_t word)
{
	uint64_t lowest = MIN(first->address, first->pool) / 2; /* PSRAM of an RP2350 lies below SRAM, at half of it */

	return word % r->word_bytes == 0 && word >= lowest && word <= last_address(r->word_bytes);
}

/* gc_add() sets an area up behind its structure (py/gc.c). */
static bool begins_at(const struct memory_reader *r, const struct gc_area *area, uint64_t address)
{
	return area->table >= address && area->table - address <= (uint64_t)(GC_AREA_WORDS + 1) * r->word_bytes;
}

bool gc_area_is_near(const struct gc_area *area, const struct gc_areas_extent *extent)
{
	uint64_t first = area->table >> REGION_BITS, last = (area->pool_end - 1) >> REGION_BITS;

	for (size_t i = 0; i < extent->n_ram; i++) {
		const struct reader_range *range = &extent->ram[i]; /* may cross regions */
		if (first >= range->start >> REGION_BITS && last <= (range->start + range->n_bytes - 1) >> REGION_BITS)
			return true;
	}
	return extent->n_ram == 0;
}

/* __main__'s globals follow sys.modules in mp_state_vm_t: at once since 1.20, and behind the scheduler's queue and some
 * words before. */
static bool are_placed(uint64_t word, uint64_t id_modules, uint64_t id_globals)
{
	return id_modules % word == 0 && id_globals % word == 0 && id_modules <= INT64_MAX &&
	       id_globals >= id_modules + DICT_WORDS * word && id_globals - id_modules <= GC_GLOBALS_WORDS * word;
}

/* The area at `next` of a board that did not say how large its heap is: 0 once it is added; 1 if the list ends here. */
static int try_next(struct memory_reader *r, const struct gc_areas_extent *extent, struct gc_areas *all, uint64_t *next)
{
	uint64_t address = *next, n_bytes = (uint64_t)GC_AREA_WORDS * r->word_bytes;
	struct diag diag = { 0 };
	struct gc_area area;

	if (!is_address(r, &all->areas[0], address))
		return 1;
	int error = extent->n_ram && !reader_ranges_have(extent->ram, extent->n_ram, address, n_bytes) ?
			    -EFAULT :
			    follow(r, address, &area, next, &diag);
	all->lacks = error == -EFAULT && address >= SMALLEST_ADDRESS;
	if (error == -EFAULT || error == -ENOENT) /* a number: in a process any may be an address */
		return 1;
	if (error < 0)
		return error;
	if (!begins_at(r, &area, address) || !gc_area_is_near(&area, extent) || contradiction(all, &area))
		return 1;
	return add(r, all, &area, &diag);
}

int gc_areas_follow(struct memory_reader *r, const struct gc_area *first, uint64_t next,
		    const struct gc_areas_extent *extent, struct gc_areas *ret, struct diag *diag)
{
	struct gc_areas all = { .lacks = extent->lacks };
	bool is_told = extent->total_bytes != NOT_KNOWN;
	struct gc_area area;
	int error = add(r, &all, first, diag);

	while (error == 0 && all.total_bytes < extent->total_bytes && next != 0) {
		if (!is_told) {
			error = try_next(r, extent, &all, &next);
		} else if (!is_address(r, first, next)) {
			error = not_found(diag, "the address of the next area is invalid");
		} else {
			error = follow(r, next, &area, &next, diag);
			if (error == 0)
				error = add(r, &all, &area, diag);
		}
	}
	if (error < 0)
		return error;
	if (is_told && all.total_bytes > extent->total_bytes)
		return not_found(diag, "the areas are larger than the heap");
	all.chained = all.n_areas > 1;
	*ret = all;
	return 0;
}

int gc_areas_find(struct memory_reader *r, uint64_t id_modules, uint64_t id_globals,
		  const struct gc_areas_extent *extent, struct gc_areas *ret, struct diag *diag)
{
	struct gc_area area;
	uint64_t next = 0;

	if (!are_placed(r->word_bytes, id_modules, id_globals))
		return not_found(diag, "sys.modules and the globals of __main__ are not placed as in stock firmware");
	int error = find_first(r, id_modules, &area, &next, diag);
	return error < 0 ? error : gc_areas_follow(r, &area, next, extent, ret, diag);
}

int gc_areas_fill(const struct gc_areas *areas, const uint8_t *kinds, struct heap *heap, struct heap_pool **ret_pool)
{
	struct heap_pool *pool;

	heap_reset(heap);
	int r = heap_add_pool(heap, "gc", POOL_GC, &pool);
	for (size_t i = 0; r == 0 && i < areas->n_areas; i++) {
		const struct gc_area *area = &areas->areas[i];
		r = heap_add_area(pool, area->pool);
		uint8_t *at = r == 0 ? heap_extend(pool, area->n_blocks) : NULL;
		if (!at)
			return r < 0 ? r : -E2BIG;
		block_letters_show(at, kinds, area->n_blocks);
		kinds += area->n_blocks;
	}
	if (r < 0)
		return r;
	pool->block_bytes = areas->areas[0].block_bytes;
	pool->guessed_kinds = true;
	pool->reported.total_bytes = areas->total_bytes;
	*ret_pool = pool;
	return 0;
}
