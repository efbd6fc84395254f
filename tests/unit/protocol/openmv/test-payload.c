#include "memprof/model/uma.h"
#include "openmv/payload.h"

#include "openmv/packet.h"
#include "unit.h"

/* An OpenMV Cam RT1060 in the middle of a script. */
static const struct {
	uint8_t type;
	uint16_t flags;
	uint32_t figures[5];
} rt1060[] = {
	{ 0, 0, { 8650752, 1200000, 7450752, 0, 0 } },
	{ 1, 0, { 24113940, 921632, 23192280, 307232, 1843264 } },
	{ 1, UMA_FAST | UMA_DTCM, { 521084, 0, 521080, 0, 65536 } },
	{ 1, UMA_DTCM, { 62332, 40960, 21364, 40960, 40960 } },
};
enum { ENTRIES_AT = 4, ENTRY_BYTES = 24 };
static const struct openmv_info no_info;

static size_t write_memory(uint8_t *ret, size_t n_entries)
{
	memset(ret, 0, ENTRIES_AT + n_entries * ENTRY_BYTES);
	ret[0] = (uint8_t)n_entries;
	for (size_t i = 0; i < n_entries; i++) {
		uint8_t *at = ret + ENTRIES_AT + i * ENTRY_BYTES;
		at[0] = rt1060[i % 4].type;
		openmv_put_u16(at + 2, rt1060[i % 4].flags);
		for (size_t k = 0; k < 5; k++)
			openmv_put_u32(at + 4 + 4 * k, rt1060[i % 4].figures[k]);
	}
	return ENTRIES_AT + n_entries * ENTRY_BYTES;
}

UNIT_TEST(pools_of_a_camera)
{
	static const struct {
		const char *name;
		enum pool_kind kind;
		enum heap_memory memory;
	} expected[] = {
		{ "gc", POOL_GC, MEMORY_NOT_KNOWN },
		{ "uma.0", POOL_UMA, MEMORY_SDRAM },
		{ "uma.1", POOL_UMA, MEMORY_SRAM },
		{ "uma.2", POOL_UMA, MEMORY_TCM },
	};
	uint8_t bytes[ENTRIES_AT + 4 * ENTRY_BYTES];
	struct heap heap;

	heap_init(&heap);
	write_memory(bytes, 4);
	const struct openmv_info info = { .frame_buffer_kb = 300, .stream_buffer_kb = 1024 };
	assert_int_equal(openmv_read_memory(bytes, sizeof(bytes), openmv_board_find(0x37c51060), &info, &heap), 0);
	static const struct {
		const char *name;
		enum heap_memory memory;
		uint64_t total_bytes, used_bytes;
	} others[] = {
		{ "uma.0 persist", MEMORY_SDRAM, NOT_KNOWN, 307232 },
		{ "uma.2 persist", MEMORY_TCM, NOT_KNOWN, 40960 },
		{ "frame buffer", MEMORY_SDRAM, 307200, NOT_KNOWN },
		{ "stream buffer", MEMORY_SDRAM, 1 << 20, NOT_KNOWN },
	};
	assert_int_equal(heap.n_pools, 4 + ARRAY_SIZE(others));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct heap_pool *pool = &heap.pools[4 + i];
		assert_string_equal(pool->name, others[i].name);
		assert_int_equal(pool->kind, POOL_FIXED);
		assert_int_equal(pool->memory, others[i].memory);
		assert_u64_equal(pool->reported.total_bytes, others[i].total_bytes);
		assert_u64_equal(pool->reported.used_bytes, others[i].used_bytes);
	}
	assert_int_equal(heap_check(&heap), 0);
	assert_int_equal(heap.problem, HEAP_WHOLE);
	for (size_t i = 0; i < 4; i++) {
		const struct heap_pool *pool = &heap.pools[i];
		assert_string_equal(pool->name, expected[i].name);
		assert_int_equal(pool->kind, expected[i].kind);
		assert_int_equal(pool->memory, expected[i].memory);
		assert_u64_equal(pool->reported.total_bytes, rt1060[i].figures[0]);
		assert_u64_equal(pool->reported.used_bytes, rt1060[i].figures[1]);
		assert_u64_equal(pool->reported.free_bytes, rt1060[i].figures[2]);
		assert_u64_equal(pool->reported.peak_bytes, i == 0 ? NOT_KNOWN : rt1060[i].figures[4]);
		assert_u64_equal(pool->reported.largest_free_bytes, NOT_KNOWN);
	}
	/* Of a board that nobody knows the flags tell of some. */
	assert_int_equal(openmv_read_memory(bytes, sizeof(bytes), NULL, &no_info, &heap), 0);
	assert_int_equal(heap.pools[1].memory, MEMORY_NOT_KNOWN);
	assert_int_equal(heap.pools[2].memory, MEMORY_SRAM);
	assert_int_equal(heap.pools[3].memory, MEMORY_TCM);
	heap_deinit(&heap);
}

UNIT_TEST(a_pool_that_forgot_its_peak)
{
	uint8_t bytes[ENTRIES_AT + 2 * ENTRY_BYTES];
	struct heap heap;

	heap_init(&heap);
	write_memory(bytes, 2);
	openmv_put_u32(bytes + ENTRIES_AT + ENTRY_BYTES + 20, 0);
	assert_int_equal(openmv_read_memory(bytes, sizeof(bytes), NULL, &no_info, &heap), 0);
	assert_u64_equal(heap.pools[1].reported.peak_bytes, NOT_KNOWN);
	heap_deinit(&heap);
}

UNIT_TEST(entries_of_later_versions)
{
	uint8_t bytes[ENTRIES_AT + 3 * ENTRY_BYTES + 8];
	struct heap heap;

	heap_init(&heap);
	memset(bytes, 0xff, sizeof(bytes));
	write_memory(bytes, 3);
	bytes[ENTRIES_AT + 2 * ENTRY_BYTES] = 7; /* of a kind that is not known yet */
	assert_int_equal(openmv_read_memory(bytes, sizeof(bytes), NULL, &no_info, &heap), 0);
	assert_string_equal(heap.pools[2].name, "pool.1");
	assert_int_equal(heap.pools[2].kind, POOL_FIXED);
	heap_deinit(&heap);
}

UNIT_TEST(what_is_no_answer)
{
	uint8_t bytes[ENTRIES_AT + 255 * ENTRY_BYTES];
	struct heap heap;

	heap_init(&heap);
	size_t n = write_memory(bytes, 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(openmv_read_memory(bytes, i, NULL, &no_info, &heap), -EBADMSG);
	bytes[0] = 0;
	assert_int_equal(openmv_read_memory(bytes, n, NULL, &no_info, &heap), -EBADMSG);
	bytes[0] = 4;
	bytes[ENTRIES_AT] = 1; /* the first is always the GC heap */
	assert_int_equal(openmv_read_memory(bytes, n, NULL, &no_info, &heap), -EBADMSG);
	n = write_memory(bytes, HEAP_POOLS_MAX);
	assert_int_equal(openmv_read_memory(bytes, n, NULL, &no_info, &heap), 0);
	n = write_memory(bytes, 255); /* more pools than a heap has */
	assert_int_equal(openmv_read_memory(bytes, n, NULL, &no_info, &heap), -EBADMSG);
	heap_deinit(&heap);
}

UNIT_TEST(the_other_answers)
{
	uint8_t caps[16] = { 0x0f, 0, 0, 0, 0xf2, 0x1f }, versions[16] = { 1, 0, 2, 4, 5, 6, 5, 0, 1 },
		info[76] = { 0 };
	uint32_t max_payload;
	struct openmv_versions v;
	struct openmv_info i;

	assert_false(openmv_read_caps(caps, 15, &max_payload));
	assert_true(openmv_read_caps(caps, 16, &max_payload));
	assert_int_equal(max_payload, 8178); /* of an N6 */

	assert_false(openmv_read_versions(versions, 8, &v));
	assert_true(openmv_read_versions(versions, 16, &v));
	assert_memory_equal(v.protocol, versions, 3);
	assert_memory_equal(v.boot_loader, versions + 3, 3);
	assert_memory_equal(v.firmware, versions + 6, 3);

	static const struct {
		size_t at;
		uint32_t value;
	} words[] = {
		{ 4, 0x11121314 }, { 8, 0x21222324 }, { 12, 0x31323334 }, { 16, 0x37c5124a },
		{ 48, 2048 },      { 52, 1024 },      { 56, 512 },        { 60, 256 },
	};
	for (size_t k = 0; k < ARRAY_SIZE(words); k++)
		openmv_put_u32(info + words[k].at, words[k].value);
	assert_false(openmv_read_info(info, 63, &i));
	assert_true(openmv_read_info(info, sizeof(info), &i));
	assert_memory_equal(i.device_id, info + 4, 12);
	assert_u64_equal(i.usb_id, 0x37c5124a);
	assert_u64_equal(i.flash_kb, 2048);
	assert_u64_equal(i.ram_kb, 1024);
	assert_u64_equal(i.frame_buffer_kb, 512);
	assert_u64_equal(i.stream_buffer_kb, 256);
	assert_string_equal(openmv_board_find(i.usb_id)->name, "OpenMV Cam H7 Plus");
	assert_null(openmv_board_find(0));
}

UNIT_TEST(channels_by_name)
{
	uint8_t list[64] = { 0 };

	memcpy(list, "\x00\x40usb", 5);
	memcpy(list + 16, "\x01\x06stdin", 7);
	memcpy(list + 32, "\x02\x01stdout", 8);
	memcpy(list + 48, "\x28\x01stdouts and more", 16); /* no room for a NUL */
	assert_int_equal(openmv_find_channel(list, sizeof(list), "stdin"), 1);
	assert_int_equal(openmv_find_channel(list, sizeof(list), "stdout"), 2);
	assert_int_equal(openmv_find_channel(list, 47, "stdout"), -1);
	assert_int_equal(openmv_find_channel(list, sizeof(list), "stream"), -1);
	list[32] = 32; /* there is no such channel */
	assert_int_equal(openmv_find_channel(list, sizeof(list), "stdout"), -1);
}
