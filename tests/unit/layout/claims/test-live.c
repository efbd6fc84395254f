/* Claims from dumps and from live boards, and firmware put into partitions. */

#include "figures.h"
#include "memprof/event.h"
#include "memprof/image/partitions.h"
#include "memprof/layout/layout.h"
#include "memprof/model/board.h"
#include "memprof/model/heap.h"
#include "unit.h"

static struct layout l;

UNIT_BEFORE(set_up) { l = (struct layout){ 0 }; }

UNIT_AFTER(tear_down) { layout_deinit(&l); }

static const struct layout_span *find(enum span_kind kind, uint64_t start)
{
	for (size_t i = 0; i < l.n_spans; i++)
		if (l.spans[i].kind == kind && l.spans[i].start == start)
			return &l.spans[i];
	return NULL;
}

/* ---- heaps ---- */

/* A TLSF pool of 1000 bytes, whose table has granules of 64: nothing of it is missing. */
UNIT_TEST(a_pool_has_its_table_or_its_figures)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "tlsf", POOL_TLSF, &pool), 0);
	pool->block_bytes = 64;
	pool->reported.total_bytes = 1000;
	assert_int_equal(heap_add_area(pool, 0x60000000), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 15), 0);
	assert_int_equal(heap_add_pool(&heap, "stream buffer", POOL_FIXED, &pool), 0);
	pool->start = 0x20110000;
	pool->reported.total_bytes = 4096;
	pool->reported.used_bytes = 1000;
	pool->reported.free_bytes = 3096;
	assert_int_equal(heap_add_pool(&heap, "/tmp", POOL_RAMFS, &pool), 0);
	pool->reported.total_bytes = 4096;
	heap_seal(&heap);
	heap.pools[0].missing_bytes = 40;
	layout_heap(&l, &heap, "/dev/ttyACM0");
	assert_string_equal(find(SPAN_POOL, 0x60000000)->name, "tlsf.0");
	const struct layout_span *stream = find(SPAN_POOL, 0x20110000);
	assert_string_equal(stream->name, "stream buffer");
	assert_u64_equal(stream->size_bytes, 4096);
	assert_u64_equal(stream->used_bytes, 1000);
	assert_u64_equal(stream->free_bytes, 3096);
	assert_int_equal(l.n_notes, 1); /* of /tmp: where it lies is not known */
	heap_deinit(&heap);
}

UNIT_TEST(areas_have_their_figures)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, 0x20004000), 0);
	assert_int_equal(heap_append(pool, BLOCK_HEAD, 3), 0);
	assert_int_equal(heap_append(pool, BLOCK_TAIL, 2), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 10), 0);
	assert_int_equal(heap_append(pool, BLOCK_UNKNOWN, 1), 0);
	assert_int_equal(heap_add_area(pool, 0x60000000), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 4), 0);
	assert_int_equal(heap_add_area(pool, 0), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 4), 0);
	pool->areas[2].loose = true;
	heap_seal(&heap);
	layout_heap(&l, &heap, "crash.log");
	assert_int_equal(l.n_spans, 2);
	const struct layout_span *first = find(SPAN_HEAP, 0x20004000);
	assert_string_equal(first->name, "gc.0");
	assert_u64_equal(first->size_bytes, 256);
	assert_u64_equal(first->used_bytes, 80); /* neither used nor free: one that is not known */
	assert_u64_equal(first->free_bytes, 160);
	assert_string_equal(find(SPAN_HEAP, 0x60000000)->name, "gc.1");
	assert_int_equal(l.n_notes, 1);
	heap_deinit(&heap);
}

UNIT_TEST(a_pool_without_address_is_no_span)
{
	struct heap_pool pool = idf_pool("idf.0", 100, 40, NOT_KNOWN);

	assert_false(layout_pool(&l, &pool, "x"));
	assert_int_equal(l.n_spans, 0);
	pool.start = 0x3ffb0000;
	assert_true(layout_pool(&l, &pool, "x"));
	assert_u64_equal(l.spans[0].free_bytes, 40);
}

/* ---- boards ---- */

static void mount(struct board_info *board, const char *path, uint64_t total_bytes, uint64_t free_bytes)
{
	struct board_filesystem *fs = &board->filesystems[board->n_filesystems++];

	board->filesystems_known = true;
	snprintf(fs->path, sizeof(fs->path), "%s", path);
	fs->total_bytes = total_bytes;
	fs->free_bytes = free_bytes;
}

static void init(struct board_info *board, const char *platform)
{
	*board = (struct board_info){ .known = true,
				      .flash_bytes = NOT_KNOWN,
				      .flash_user_start = NOT_KNOWN,
				      .n_device_blocks = NOT_KNOWN,
				      .device_block_bytes = NOT_KNOWN };
	snprintf(board->platform, sizeof(board->platform), "%s", platform);
}

UNIT_TEST(its_file_system_fills_the_partition)
{
	struct board_info board;

	init(&board, "esp32");
	board.flash_bytes = 0x400000;
	board.partitions[0] = (struct board_partition){ "factory", 0, 0, 0x10000, 0x1f0000, false };
	board.partitions[1] = (struct board_partition){ "vfs", 1, 0x81, 0x200000, 0x200000, false };
	board.n_partitions = 2;
	mount(&board, "/", 0x1f0000, 0x1e0000);
	mount(&board, "/sd", 0x8000000, 0x1000);
	layout_live(&l, &board, "/dev/ttyACM0");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
	const struct layout_span *vfs = find(SPAN_PARTITION, 0x200000), *fs = find(SPAN_FILESYSTEM, 0x200000);
	assert_u64_equal(vfs->used_bytes, 0x10000);
	assert_u64_equal(fs->free_bytes, 0x1e0000);
	assert_string_equal(fs->name, "/");
	assert_string_equal(find(SPAN_MEMORY, 0)->name, "flash");
	assert_int_equal(l.n_notes, 1); /* the card lies nowhere */
}

UNIT_TEST(it_fills_what_others_know_of)
{
	struct board_info board;

	layout_claim(&l,
		     &(struct layout_claim){ "flash", 0, 0x200000, "W25Q16", SPAN_MEMORY, NOT_KNOWN, NOT_KNOWN, "b" });
	layout_claim(&l, &(struct layout_claim){ "flash", 0xa0000, 0x160000, "file system", SPAN_FILESYSTEM, NOT_KNOWN,
						 NOT_KNOWN, "b" });
	init(&board, "rp2");
	board.flash_bytes = 0x200000;
	board.n_device_blocks = 352;
	board.device_block_bytes = 4096;
	mount(&board, "/", 352 * 4096, 349 * 4096);
	layout_live(&l, &board, "port");
	assert_int_equal(l.n_spans, 2);
	assert_u64_equal(find(SPAN_FILESYSTEM, 0xa0000)->used_bytes, 3 * 4096);
	assert_int_equal(find(SPAN_FILESYSTEM, 0xa0000)->n_from, 2);
	assert_string_equal(find(SPAN_MEMORY, 0)->name, "W25Q16");
}

/* Behind the sector of native code, up to the SDK's, as a file of the board has it, too. */
UNIT_TEST(an_esp8266_has_its_file_system_behind_the_firmware)
{
	static const struct {
		uint64_t flash_bytes, user_start, start, size_bytes;
	} rows[] = {
		{ 1 << 20, 0x98000, 0x99000, 0x62000 },
		{ 4 << 20, 0x100000, 0x100000, 0x2fb000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct board_info board;
		l = (struct layout){ 0 };
		layout_claim_range(&l, "flash", SPAN_FILESYSTEM, "file system", rows[i].start, rows[i].size_bytes, "b");
		init(&board, "esp8266");
		board.flash_bytes = rows[i].flash_bytes;
		board.flash_user_start = rows[i].user_start;
		mount(&board, "/", rows[i].size_bytes - 8192, 4096);
		layout_live(&l, &board, "/dev/ttyUSB0");
		assert_int_equal(layout_resolve(&l), 0);
		assert_int_equal(l.n_conflicts, 0);
		assert_int_equal(find(SPAN_FILESYSTEM, rows[i].start)->n_from, 2);
		assert_u64_equal(find(SPAN_FILESYSTEM, rows[i].start)->free_bytes, 4096);
		layout_deinit(&l);
	}
}

/* The disk of a PC is no flash, and what is larger than its room lies elsewhere. */
UNIT_TEST(what_cannot_be_there_is_not)
{
	struct board_info board;

	init(&board, "linux");
	mount(&board, "/", UINT64_C(1) << 40, 1 << 20);
	layout_live(&l, &board, "exec:micropython");
	assert_int_equal(l.n_spans + l.n_notes, 0);
	init(&board, "rp2");
	layout_claim(
		&l, &(struct layout_claim){ "flash", 0xa0000, 0x1000, "", SPAN_FILESYSTEM, NOT_KNOWN, NOT_KNOWN, "b" });
	mount(&board, "/", 0x1001, 0);
	mount(&board, "/x", 10, 11); /* more free than there is */
	layout_live(&l, &board, "port");
	assert_u64_equal(l.spans[0].used_bytes, NOT_KNOWN);
	assert_int_equal(l.n_notes, 1);
	board = (struct board_info){ .known = false };
	layout_live(&l, &board, "nobody");
}

/* ---- firmware in partitions ---- */

UNIT_TEST(an_app_goes_into_the_first_slot_and_must_fit_all)
{
	static const char csv[] = "ota_0,app,ota_0,0x10000,0x20000\nota_1,app,ota_1,,0x10000\n";
	static const struct partition_options options = PARTITION_OPTIONS_INIT;
	struct partition_table table;
	struct diag diag;

	assert_int_equal(partition_table_read(&table, "p.csv", csv, sizeof(csv) - 1, &options, &diag), 0);
	layout_partitions(&l, &table, 0x40000, true);
	layout_app(&l, &table, 0x10010, "app.bin");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
	assert_string_equal(l.conflicts[0].what, "the firmware, 65552 B, is 16 B larger than partition ota_1");
	assert_u64_equal(find(SPAN_PARTITION, 0x10000)->free_bytes, 0x20000 - 0x10010);
	assert_u64_equal(find(SPAN_FIRMWARE, 0x10000)->size_bytes, 0x10010);
	layout_deinit(&l);

	l = (struct layout){ 0 };
	layout_partitions(&l, &table, 0x40000, true);
	layout_app(&l, &table, 0x20001, "app.bin");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 2); /* and none for what lies behind the slot */
	assert_u64_equal(find(SPAN_FIRMWARE, 0x10000)->size_bytes, 0x20000);
	partition_table_deinit(&table);
}
