/* Memory images made here: mp_state_ctx with a heap behind it, as the builds that there are lay it out
 * (micropython py/mpstate.h, py/gc.c gc_setup_area; CircuitPython). */
#include "memprof/model/gc_areas.h"

#include "unit.h"

enum { BASE = 0x20000000, IMAGE_BYTES = 128 * 1024, MODULES = 0x100, AREA_AT = MODULES + 312 };

struct board {
	unsigned word;
	uint8_t bytes[IMAGE_BYTES];
	uint64_t n_reads;
	uint64_t highest; /* address that was read */
	int fails_after;  /* so many reads; 0: never */
};

static int read_board(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct board *b = ctx;

	assert_true(address >= BASE && n_bytes <= IMAGE_BYTES && address - BASE <= IMAGE_BYTES - n_bytes);
	if (b->fails_after && ++b->n_reads >= (uint64_t)b->fails_after)
		return -EIO;
	b->highest = MAX(b->highest, address + n_bytes);
	memcpy(ret, b->bytes + (address - BASE), n_bytes);
	return 0;
}

static void put(struct board *b, uint64_t offset, uint64_t value)
{
	for (unsigned i = 0; i < b->word; i++)
		b->bytes[offset + i] = (uint8_t)(value >> 8 * i);
}

/* How an area is laid out. */
struct layout {
	unsigned n_tables;
	bool gap;
	uint32_t block_bytes, n_table_bytes, n_padding;
	bool chained;    /* the word before the table's pointer is `next` */
	uint64_t before; /* what it is */
	uint64_t last_used;
};

/* Writes a structure at `at`, whose tables and pool begin at `from`; where the pool ends. */
static uint64_t put_area(struct board *b, uint64_t at, uint64_t from, const struct layout *l)
{
	uint64_t table = from, n_bits_bytes = ((uint64_t)l->n_table_bytes * 4 + 7) / 8;
	uint64_t end = table + l->n_table_bytes + l->gap, finalisers = end;
	uint64_t words[GC_AREA_WORDS], n = 0;

	for (unsigned i = 1; i < l->n_tables; i++)
		end += n_bits_bytes;
	uint64_t pool = (end + l->n_padding + l->block_bytes - 1) / l->block_bytes * l->block_bytes;
	uint64_t pool_end = pool + (uint64_t)l->n_table_bytes * 4 * l->block_bytes;
	words[n++] = l->before;
	words[n++] = BASE + table;
	words[n++] = l->n_table_bytes;
	for (unsigned i = 1; i < l->n_tables; i++)
		words[n++] = BASE + finalisers + (i - 1) * n_bits_bytes;
	words[n++] = BASE + pool;
	words[n++] = BASE + pool_end;
	words[n++] = 0;
	words[n++] = l->last_used;
	for (uint64_t i = 0; i < n; i++)
		put(b, at - b->word + i * b->word, words[i]);
	return pool_end;
}

static struct memory_reader reader_of(struct board *b)
{
	return (struct memory_reader){ .word_bytes = b->word, .read = read_board, .ctx = b };
}

static const struct gc_areas_extent not_told = { .total_bytes = NOT_KNOWN };

static int find(struct board *b, uint64_t total_bytes, struct gc_areas *ret, struct diag *diag)
{
	const struct gc_areas_extent extent = { .total_bytes = total_bytes };
	struct memory_reader r = reader_of(b);

	*diag = (struct diag){ 0 };
	return gc_areas_find(&r, BASE + MODULES, BASE + MODULES + 4u * b->word, &extent, ret, diag);
}

/* A board with what is usual before the area: small numbers, pointers to the heap and to flash. */
static struct board *board_of(unsigned word)
{
	struct board *b = calloc(1, sizeof(*b));
	uint32_t random = 5;

	assert_non_null(b);
	b->word = word;
	for (uint64_t at = MODULES; at < AREA_AT - word; at += word) {
		static const uint64_t samples[] = {
			0, 1, 64, 0x1f933, BASE + 0x4000, BASE + 0x1234, 0x10012340, 16, 256
		};
		put(b, at, samples[next_random(&random) % ARRAY_SIZE(samples)]);
	}
	return b;
}

static const struct layout layouts[] = {
	{ 2, true, 16, 500, 0, false, 0, 77 },       /* rp2, QEMU */
	{ 2, true, 16, 500, 60, false, 0x1056, 77 }, /* MEM_STATS before it */
	{ 2, true, 32, 250, 0, false, 0x1f933, 77 }, /* unix */
	{ 2, true, 32, 38, 128, false, 0, 77 },      /* unix, 20 KB in four areas */
	{ 2, false, 16, 500, 3, false, 0, 9 },       /* before 1.20 */
	{ 1, true, 16, 500, 5, false, 0, 77 },       /* no finalisers */
	{ 1, false, 16, 500, 0, false, 0, 77 },
	{ 3, true, 16, 500, 0, false, 0, 77 }, /* CircuitPython 10; a write barrier */
	{ 3, true, 32, 201, 0, false, 0, 77 },
	{ 2, true, 64, 100, 0, false, 0, 77 },
	{ 2, true, 8, 999, 0, false, 0, 77 },
	{ 2, true, 16, 1, 0, false, 0, 2 },
};

UNIT_TEST(every_layout_is_found)
{
	for (unsigned word = 4; word <= 8; word += 4) {
		for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
			const struct layout *l = &layouts[i];
			struct board *b = board_of(word);
			uint64_t total_bytes = (uint64_t)l->n_table_bytes * 4 * l->block_bytes;
			uint64_t at = MODULES + (word == 4 ? 308 : 872);
			struct gc_areas areas;
			struct diag diag;
			uint64_t words[GC_AREA_WORDS];
			uint8_t bytes[GC_AREA_BYTES];
			put_area(b, at, 0x8000, l);
			assert_int_equal(find(b, total_bytes, &areas, &diag), 0);
			const struct gc_area *area = &areas.areas[0];
			assert_int_equal(areas.n_areas, 1);
			assert_false(areas.chained);
			assert_u64_equal(areas.total_bytes, total_bytes);
			assert_u64_equal(area->address, BASE + at);
			assert_u64_equal(area->table, BASE + 0x8000);
			assert_u64_equal(area->n_table_bytes, l->n_table_bytes);
			assert_int_equal(area->block_bytes, l->block_bytes);
			assert_int_equal(area->n_blocks, l->n_table_bytes * 4);
			assert_int_equal(area->n_tables, l->n_tables);
			assert_int_equal(area->finalisers != 0, l->n_tables > 1);
			assert_u64_equal(area->pool_end - area->pool, total_bytes);
			assert_ptr_equal(gc_areas_at(&areas, area->pool_end - 1), area);
			assert_null(gc_areas_at(&areas, area->pool_end));
			/* No farther than needed: the structure lies within the last step. */
			assert_true(b->highest <= BASE + at + (GC_AREA_WORDS + 1) * word + 64);
			struct memory_reader r = reader_of(b);
			assert_int_equal(reader_allow(&r, BASE, IMAGE_BYTES), 0);
			assert_int_equal(reader_read(&r, area->address - word, gc_area_n_words(area) * word, bytes), 0);
			reader_words(r.word_bytes, bytes, gc_area_n_words(area), words);
			assert_u64_equal(gc_area_last_used(area, words),
					 l->gap && l->n_tables > 1 && l->last_used <= area->n_blocks ? l->last_used :
												       NOT_KNOWN);
			free(b);
		}
	}
}

UNIT_TEST(the_tables_may_be_read_and_nothing_else)
{
	struct board *b = board_of(4);
	struct memory_reader r = reader_of(b);
	struct gc_areas areas;
	struct diag diag;

	put_area(b, AREA_AT, 0x8000, &layouts[0]);
	assert_int_equal(gc_areas_find(&r, BASE + MODULES, BASE + MODULES + 16, &not_told, &areas, &diag), 0);
	assert_true(reader_may(&r, areas.areas[0].table, areas.areas[0].n_table_bytes));
	assert_true(reader_may(&r, areas.areas[0].finalisers, 250));
	assert_false(reader_may(&r, areas.areas[0].pool, 1));
	assert_false(reader_may(&r, BASE + MODULES - 1, 1));
	assert_false(reader_may(&r, BASE + 0x7fff, 1));
	free(b);
}

/* Four areas: the structures of all but the first lie at their areas' beginnings. */
static struct board *split(unsigned word, uint32_t block_bytes)
{
	struct board *b = board_of(word);
	struct layout l = { 2, true, block_bytes, 60, 0, true, 0, 77 };
	uint64_t at = AREA_AT, from = 0x6000;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t next = 0x6000 + (i + 1) * 0x6000;
		l.before = i < 3 ? BASE + next : 0;
		put_area(b, at, i ? from + 9 * word : from, &l);
		at = next + word;
		from = next;
	}
	return b;
}

UNIT_TEST(areas_of_a_split_heap)
{
	for (unsigned word = 4; word <= 8; word += 4) {
		struct board *b = split(word, 4 * word);
		uint64_t one_bytes = 60 * 4 * 4 * word;
		struct gc_areas areas;
		struct diag diag;
		assert_int_equal(find(b, 4 * one_bytes, &areas, &diag), 0);
		assert_int_equal(areas.n_areas, 4);
		assert_true(areas.chained);
		for (size_t i = 1; i < 4; i++)
			assert_u64_equal(areas.areas[i].address, BASE + 0x6000 + i * 0x6000 + word);
		assert_false(areas.lacks);
		/* Nobody says how large it is, or it may grow: all that there are. */
		assert_int_equal(find(b, NOT_KNOWN, &areas, &diag), 0);
		assert_int_equal(areas.n_areas, 4);
		assert_false(areas.lacks);
		assert_int_equal(find(b, 5 * one_bytes, &areas, &diag), 0);
		assert_int_equal(areas.n_areas, 4);
		/* As many as the total needs; one that is half needed is a contradiction. */
		assert_int_equal(find(b, 2 * one_bytes, &areas, &diag), 0);
		assert_int_equal(areas.n_areas, 2);
		assert_int_equal(find(b, one_bytes, &areas, &diag), 0);
		assert_false(areas.chained);
		assert_int_equal(find(b, one_bytes + 16, &areas, &diag), -ENOENT);
		assert_int_equal(find(b, one_bytes - 16, &areas, &diag), -ENOENT);
		assert_int_equal(areas.n_areas, 1); /* untouched by failures */
		free(b);
	}
}

/* The word before the only area is any number, in a build without others. Where nobody says how large the heap is, one
 * that may be an address is read, if that may be read. */
UNIT_TEST(a_number_is_no_list)
{
	static const struct {
		uint64_t word;
		bool lacks; /* it may be an area that cannot be read */
	} rows[] = {
		{ 0, false },
		{ 0x1056, false },        /* of MEM_STATS */
		{ BASE + 0x9001, false }, /* odd */
		{ BASE + 0x4000, false }, /* no area */
		{ BASE + 0x1fff8, true }, /* beyond what is there */
		{ 0x11000000, true },     /* PSRAM of an RP2350 */
		{ 0x00ff1000, false },    /* flash */
		{ 0xfffffffc, false },
	};
	const struct reader_range ram = { BASE, IMAGE_BYTES };
	const struct gc_areas_extent extent = { .total_bytes = NOT_KNOWN, .ram = &ram, .n_ram = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct board *b = board_of(4);
		struct memory_reader r = reader_of(b);
		struct layout l = layouts[0];
		struct gc_areas areas;
		struct diag diag;
		l.before = rows[i].word;
		put_area(b, AREA_AT, 0x8000, &l);
		assert_int_equal(gc_areas_find(&r, BASE + MODULES, BASE + MODULES + 16, &extent, &areas, &diag), 0);
		assert_int_equal(areas.n_areas, 1);
		assert_false(areas.chained);
		assert_int_equal(areas.lacks, rows[i].lacks);
		/* What is told is not looked for. */
		assert_int_equal(find(b, 32000, &areas, &diag), 0);
		assert_false(areas.lacks);
		free(b);
	}
}

/* The last two are empty, in memory that an image lacks. */
UNIT_TEST(what_cannot_be_read_is_said_to_be_missing)
{
	struct board *b = split(4, 16);
	const struct reader_range ram = { BASE, 0x12000 };
	const struct gc_areas_extent extent = { .total_bytes = NOT_KNOWN, .ram = &ram, .n_ram = 1 };
	struct memory_reader r = reader_of(b);
	struct gc_areas areas;
	struct diag diag;

	assert_int_equal(gc_areas_find(&r, BASE + MODULES, BASE + MODULES + 16, &extent, &areas, &diag), 0);
	assert_int_equal(areas.n_areas, 2);
	assert_true(areas.lacks);
	assert_true(b->highest <= BASE + 0x12000);
	/* Its tables would be peripherals. */
	struct layout l = { 2, true, 16, 60, 0, true, 0, 77 };
	put_area(b, 0xc004, 0x20000000, &l);
	assert_int_equal(gc_areas_find(&r, BASE + MODULES, BASE + MODULES + 16, &extent, &areas, &diag), 0);
	assert_int_equal(areas.n_areas, 1);
	free(b);
}

UNIT_TEST(chains_that_lie)
{
	static const uint64_t nexts[] = {
		BASE + AREA_AT - 4,           /* itself */
		BASE + 0xc001, BASE + 0xd000, /* odd; no structure */
	};
	for (size_t i = 0; i < ARRAY_SIZE(nexts); i++) {
		struct board *b = split(4, 16);
		struct gc_areas areas = { .n_areas = 77 };
		struct diag diag;
		put(b, AREA_AT - 4, nexts[i]);
		assert_int_equal(find(b, 4 * 3840, &areas, &diag), -ENOENT);
		assert_true(diag.text[0]);
		assert_int_equal(areas.n_areas, 77);
		free(b);
	}
	/* The third leads back to the second, whose pool was counted. */
	struct board *b = split(4, 16);
	struct gc_areas areas;
	struct diag diag;
	put(b, 0x6000 + 2 * 0x6000, BASE + 0x6000 + 0x6000);
	assert_int_equal(find(b, 10 * 3840, &areas, &diag), -ENOENT);
	/* Blocks of another size. */
	struct layout l = { 2, true, 32, 30, 0, true, 0, 7 };
	put_area(b, 0xc004, 0xc024, &l);
	assert_int_equal(find(b, 2 * 3840, &areas, &diag), -ENOENT);
	free(b);
}

UNIT_TEST(one_wrong_word_makes_it_invalid)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *l = &layouts[i];
		uint64_t total_bytes = (uint64_t)l->n_table_bytes * 4 * l->block_bytes;
		for (unsigned k = 0; k < l->n_tables + 3; k++) {
			static const uint64_t wrong[] = { 0, 1, UINT32_MAX, BASE + 0x8001 + 64 * 1024, BASE - 16 };
			for (size_t n = 0; n < ARRAY_SIZE(wrong); n++) {
				struct board *b = board_of(4);
				struct gc_areas areas;
				struct diag diag;
				uint64_t value = 0;
				put_area(b, AREA_AT, 0x8000, l);
				for (unsigned j = 4; j-- > 0;)
					value = value << 8 | b->bytes[AREA_AT + 4 * k + j];
				if (value != wrong[n]) {
					put(b, AREA_AT + 4 * k, wrong[n]);
					assert_int_equal(find(b, total_bytes, &areas, &diag), -ENOENT);
				}
				free(b);
			}
		}
	}
}

UNIT_TEST(memory_without_a_heap)
{
	uint32_t random = 9;

	for (unsigned i = 0; i < 300; i++) {
		struct board *b = board_of(i % 2 ? 4 : 8);
		struct gc_areas areas;
		struct diag diag;
		for (uint64_t at = MODULES; at < MODULES + 8192; at += b->word)
			put(b, at, i % 3 ? BASE + next_random(&random) % IMAGE_BYTES : next_random(&random) % 1000);
		assert_int_equal(find(b, 32000, &areas, &diag), -ENOENT);
		assert_true(b->highest <= BASE + MODULES + 4096);
		free(b);
	}
}

UNIT_TEST(what_stock_firmware_never_has)
{
	struct board *b = board_of(4);
	struct memory_reader r = reader_of(b);
	struct gc_areas areas;
	struct diag diag = { 0 };

	put_area(b, AREA_AT, 0x8000, &layouts[0]);
	assert_int_equal(gc_areas_find(&r, BASE + MODULES, BASE + MODULES + 12, &not_told, &areas, &diag), -ENOENT);
	assert_int_equal(gc_areas_find(&r, BASE + MODULES + 1, BASE + MODULES + 17, &not_told, &areas, &diag), -ENOENT);
	assert_int_equal(gc_areas_find(&r, UINT32_MAX - 7, UINT32_MAX + UINT64_C(9), &not_told, &areas, &diag),
			 -ENOENT);
	assert_int_equal(r.n_ranges, 0);
	assert_u64_equal(b->highest, 0);
	b->fails_after = 3;
	assert_int_equal(find(b, 32000, &areas, &diag), -EIO);
	free(b);
}

UNIT_TEST(views)
{
	struct gc_areas all = { .n_areas = 1, .areas[0] = { .n_tables = 2, .gap = true, .n_blocks = 100 } };
	uint64_t a[8] = { 0, 1, 2, 3, 4, 5, 6, 7 }, b[8];

	assert_int_equal(gc_area_n_words(&all.areas[0]), 8);
	memcpy(b, a, sizeof(b));
	b[6] = b[7] = 9; /* something was allocated */
	assert_true(gc_area_is_same(&all, &all.areas[0], a, b));
	for (size_t i = 0; i < 6; i++) {
		memcpy(b, a, sizeof(b));
		b[i] = 77;
		assert_false(gc_area_is_same(&all, &all.areas[0], a, b));
	}
	memcpy(b, a, sizeof(b));
	a[0] = 0x1000; /* a figure of MEM_STATS, not chained */
	b[0] = 0x1010;
	assert_true(gc_area_is_same(&all, &all.areas[0], a, b));
	all.chained = true;
	assert_false(gc_area_is_same(&all, &all.areas[0], a, b));
	a[7] = 101;
	assert_u64_equal(gc_area_last_used(&all.areas[0], a), NOT_KNOWN);
	a[7] = 100;
	assert_u64_equal(gc_area_last_used(&all.areas[0], a), 100);
	all.areas[0].gap = false;
	assert_u64_equal(gc_area_last_used(&all.areas[0], a), NOT_KNOWN);
}
