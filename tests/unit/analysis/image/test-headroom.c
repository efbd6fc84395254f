/* Where an image leaves room. */
#include "memprof/analysis/image_headroom.h"

#include "made_image.h"

UNIT_TEST(reservations_are_room_for_heap_and_stack)
{
	static const struct made_image made = {
		"a.map",
		{ { "FLASH", 0x8000000, 0x1000 }, { "RAM", 0x20000000, 0x1000 } },
		0x8000000,
		0x20000000,
		{ { ".text", "main.o", 0x800, NULL, 0 }, { ".bss", "main.o", 0x100, NULL, 0 } },
	};
	struct image image;
	struct image_rooms rooms;
	struct diag diag;

	make_image(&made, &image);
	struct image_section *heap = image_begin_section(&image, ".heap", 5);
	heap->vma = 0x20000100;
	heap->size_bytes = 0x600;
	assert_int_equal(image_end_section(&image), 0);
	image.sections[1].nobits = true;
	assert_int_equal(image_resolve(&image, &diag), 0);
	image_rooms(&image, &rooms);
	assert_string_equal(image.regions[rooms.load_region].name, "FLASH");
	assert_string_equal(image.regions[rooms.run_region].name, "RAM");
	assert_true(image_region_free(&image.regions[rooms.run_region]) == 0x900);
	assert_u64_equal(rooms.heap_region, rooms.run_region);
	assert_u64_equal(rooms.stack_region, rooms.run_region);
	assert_u64_equal(image_room_for_heap(&image.regions[rooms.heap_region]), 0xf00);
	assert_u64_equal(rooms.load_start, 0x8000000);
	assert_u64_equal(rooms.load_end, 0x8000800);
	assert_false(rooms.storage_unknown);
	image_deinit(&image);
}

/* ESP-IDF's *_dummy: bytes that count elsewhere. */
UNIT_TEST(a_region_of_place_holders_has_no_heap)
{
	static const struct made_image made = {
		"a.map",
		{ { "FLASH", 0x8000000, 0x1000 }, { "RAM", 0x20000000, 0x1000 }, { "RTC", 0x50000000, 0x2000 } },
		0x8000000,
		0x20000000,
		{ { ".text", "main.o", 0x800, NULL, 0 }, { ".bss", "main.o", 0x100, NULL, 0 } },
	};
	struct image image;
	struct image_rooms rooms;
	struct diag diag;

	make_image(&made, &image);
	struct image_section *dummy = image_begin_section(&image, ".rtc_dummy", 10);
	dummy->vma = 0x50000000;
	dummy->size_bytes = 0x600;
	assert_int_equal(image_end_section(&image), 0);
	image.sections[1].nobits = true;
	assert_int_equal(image_resolve(&image, &diag), 0);
	image_rooms(&image, &rooms);
	assert_string_equal(image.regions[rooms.run_region].name, "RAM");
	image_deinit(&image);
}

UNIT_TEST(rp2_does_not_know_its_file_system)
{
	static const struct made_image old = {
		"a.map", { { "FLASH", 0x10000000, 0x1000 } }, 0x10000000, 0x20000000, { { ".text", "main.o", 0x800, NULL, 0 } },
	}, new = {
		"a.map", { { "FLASH", 0x10000000, 0x1000 }, { "FLASH_FS", 0x10001000, 0x1000 } }, 0x10000000, 0x20000000,
		{ { ".text", "main.o", 0x800, NULL, 0 } },
	};
	struct image image;
	struct image_rooms rooms;

	for (int i = 0; i < 2; i++) {
		make_image(i ? &new : &old, &image);
		image_rooms(&image, &rooms);
		assert_false(rooms.storage_unknown);
		assert_int_equal(image_add_value(&image, SLICE("__flash_binary_end"), 0x10000800), 0);
		image_rooms(&image, &rooms);
		assert_int_equal(rooms.storage_unknown, i == 0);
		image_deinit(&image);
	}
}

UNIT_TEST(without_regions_it_is_from_the_first_to_the_last_byte)
{
	static const struct made_image made = {
		"a.elf", { { NULL, 0, 0 } }, 0x10000000, 0x20000000, { { ".text", "main.o", 0x800, NULL, 0 } },
	};
	struct image image;
	struct image_rooms rooms;
	struct diag diag;

	make_image(&made, &image);
	struct image_section *data = image_begin_section(&image, ".data", 5);
	data->vma = 0x20000000;
	data->lma = 0x10000900;
	data->size_bytes = 0x10;
	assert_int_equal(image_end_section(&image), 0);
	assert_int_equal(image_resolve(&image, &diag), 0);
	image_rooms(&image, &rooms);
	assert_u64_equal(rooms.load_region, IMAGE_NONE);
	assert_u64_equal(rooms.heap_region, IMAGE_NONE);
	assert_u64_equal(rooms.load_start, 0x10000000);
	assert_u64_equal(rooms.load_end, 0x10000910);
	image_deinit(&image);
}

UNIT_TEST(of_nothing_there_is_no_room)
{
	struct image image;
	struct image_rooms rooms;
	struct diag diag;

	image_init(&image, "a.map");
	assert_int_equal(image_resolve(&image, &diag), 0);
	image_rooms(&image, &rooms);
	assert_u64_equal(rooms.load_region, IMAGE_NONE);
	assert_u64_equal(rooms.run_region, IMAGE_NONE);
	assert_u64_equal(rooms.load_end - rooms.load_start, 0);
	image_deinit(&image);
}
