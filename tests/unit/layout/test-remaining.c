/* What is left behind a firmware. */
#include "memprof/layout/layout.h"

#include "unit.h"

static struct layout l;

static void claim(const char *space, enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes)
{
	layout_claim(&l, &(struct layout_claim){ .space = space,
						 .kind = kind,
						 .name = name,
						 .start = start,
						 .size_bytes = size_bytes,
						 .used_bytes = NOT_KNOWN,
						 .free_bytes = NOT_KNOWN });
}

/* A chip of 2 MiB at 0x10000000 with a file system behind 640 KiB, as the processor and as the flash see it. */
static void make_pico(void)
{
	l = (struct layout){ 0 };
	claim("flash", SPAN_MEMORY, "flash", 0, 0x200000);
	claim("flash", SPAN_BOOTLOADER, "boot2", 0, 0x100);
	claim("flash", SPAN_REGION, "FLASH", 0, 0xa0000);
	claim("flash", SPAN_FILESYSTEM, "file system", 0xa0000, 0x160000);
	claim("flash", SPAN_FIRMWARE, "firmware", 0, 0x50000);
	claim("cpu", SPAN_REGION, "FLASH", 0x10000000, 0x200000);
	claim("cpu", SPAN_SECTION, ".text", 0x10000100, 0x40000);
	claim("cpu", SPAN_HEAP, "GC heap", 0x20000000, 0x30000);
	layout_map(&l, &(struct layout_mapping){ "cpu", "flash", 0x10000000, 0x200000, 0 });
}

UNIT_TEST(up_to_the_file_system)
{
	struct layout_room_after room;

	make_pico();
	assert_true(layout_find_room_after(&l, 0x10000000, 0x10050000, &room));
	assert_true(room.bytes == 0x50000);
	assert_string_equal(room.before, "file system");
	assert_string_equal(room.called, "the file system");
	assert_false(room.at_end);
	assert_true(layout_find_room_after(&l, 0x10000000, 0x100a0000, &room));
	assert_true(room.bytes == 0);
	layout_deinit(&l);
}

UNIT_TEST(into_the_file_system)
{
	struct layout_room_after room;

	make_pico();
	assert_true(layout_find_room_after(&l, 0x10000000, 0x100a0010, &room));
	assert_true(room.bytes == -16);
	assert_string_equal(room.before, "file system");
	layout_deinit(&l);
}

UNIT_TEST(up_to_the_end_of_what_holds_it)
{
	struct layout_room_after room;

	l = (struct layout){ 0 };
	claim("cpu", SPAN_MEMORY, "flash", 0x8000000, 0x80000);
	claim("cpu", SPAN_FILESYSTEM, "file system", 0x8004000, 0x10000); /* in front of it */
	claim("cpu", SPAN_SECTION, ".data, to load", 0x8040000, 0x100);
	assert_true(layout_find_room_after(&l, 0x8020000, 0x8040100, &room));
	assert_true(room.bytes == 0x3ff00);
	assert_string_equal(room.before, "flash");
	assert_string_equal(room.called, "the end of memory flash");
	assert_true(room.at_end);
	layout_deinit(&l);
}

/* A region that is kept for a file system, and that itself, at one place: the file system is what it is. */
UNIT_TEST(a_file_system_goes_before_its_region)
{
	struct layout_room_after room;

	l = (struct layout){ 0 };
	claim("cpu", SPAN_REGION, "FLASH", 0x10000000, 0x1000);
	claim("cpu", SPAN_REGION, "FLASH_FS", 0x10001000, 0x1000);
	claim("cpu", SPAN_FILESYSTEM, "file system", 0x10001000, 0x1000);
	assert_true(layout_find_room_after(&l, 0x10000000, 0x10000ff0, &room));
	assert_true(room.bytes == 16);
	assert_string_equal(room.before, "file system");
	layout_deinit(&l);
}

UNIT_TEST(nothing_is_known)
{
	struct layout_room_after room = { .bytes = 7 };

	make_pico();
	assert_false(layout_find_room_after(&l, 0x60000000, 0x60001000, &room));
	assert_false(layout_find_room_after(&l, 0x8000000, 0x8001000, &room)); /* other things come behind it */
	assert_false(layout_find_room_after(&l, 0x10000000, 0x10000000, &room));
	assert_true(room.bytes == 7);
	layout_deinit(&l);
	l = (struct layout){ 0 }; /* all addresses there are */
	claim("cpu", SPAN_REGION, "all", 1, UINT64_MAX - 1);
	assert_true(layout_find_room_after(&l, 0x1000, 0x2000, &room));
	assert_true(room.bytes == INT64_MAX);
	layout_deinit(&l);
}
