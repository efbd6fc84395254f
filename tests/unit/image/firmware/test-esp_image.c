/* Images by data/esp/make-esp, and sizes that esptool itself printed. */
#include "memprof/image/esp_image.h"

#include "memprof/image/partitions.h"
#include "sample.h"
#include "unit.h"

static int read_bytes(const uint8_t *bytes, size_t n_bytes, struct esp_image *ret, struct diag *diag)
{
	uint8_t *copy = exact_copy(bytes, n_bytes);

	*diag = (struct diag){ .text = "" };
	int r = esp_image_read(ret, "app.bin", copy, n_bytes, diag);
	free(copy);
	return r;
}

static void read_sample(const char *name, struct esp_image *ret)
{
	struct sample s;
	struct diag diag;

	sample_read(name, &s);
	assert_true(esp_image_is(s.bytes, s.n_bytes));
	if (read_bytes(s.bytes, s.n_bytes, ret, &diag) != 0)
		fail_msg("%s: %s", name, diag.text);
	sample_free(&s);
}

UNIT_TEST(an_image_has_its_chip_and_version)
{
	struct esp_image image;

	read_sample("esp/app-s3.bin", &image);
	assert_int_equal(image.kind, ESP_IMAGE_ESP32);
	assert_string_equal(image.chip->name, "esp32s3");
	assert_int_equal(image.entry, 0x40081214);
	assert_u64_equal(image.flash_bytes, 8 << 20);
	assert_int_equal(image.n_segments, 4);
	assert_int_equal(image.segments[0].load_address, 0x3c000020);
	assert_u64_equal(image.segments[0].file_offset, 32);
	assert_int_equal(image.segments[0].size_bytes, 256 + 64);
	assert_int_equal(image.segments[3].load_address, 0x42000020);
	assert_u64_equal(image.image_bytes, 1024);
	assert_u64_equal(image.slot_bytes, 1024);
	assert_true(image.checksum_good && image.hashed && image.hash_good);
	assert_string_equal(image.project, "micropython");
	assert_string_equal(image.version, "v1.25.0");
	assert_string_equal(image.idf_version, "v5.4.1");
}

UNIT_TEST(sums_are_checked)
{
	struct esp_image image;

	read_sample("esp/app-bad-hash.bin", &image);
	assert_true(image.checksum_good && !image.hash_good);
	read_sample("esp/app-bad-checksum.bin", &image);
	assert_true(!image.checksum_good && !image.hash_good);
	read_sample("esp/app-no-hash.bin", &image);
	assert_true(image.checksum_good && !image.hashed && image.hash_good);
	assert_u64_equal(image.image_bytes, 1024 - 32);
	assert_string_equal(image.chip->title, "ESP32");
}

UNIT_TEST(a_signature_takes_room_too)
{
	struct esp_image image;
	struct sample s;
	struct diag diag;
	uint8_t signed_v1[1024 + 68] = { 0 };

	read_sample("esp/app-signed.bin", &image);
	assert_u64_equal(image.image_bytes, 1024);
	assert_u64_equal(image.slot_bytes, 8192);
	assert_true(image.checksum_good && image.hash_good);
	sample_read("esp/app-s3.bin", &s);
	memcpy(signed_v1, s.bytes, s.n_bytes);
	assert_int_equal(read_bytes(signed_v1, sizeof(signed_v1), &image, &diag), 0);
	assert_u64_equal(image.slot_bytes, sizeof(signed_v1));
	assert_int_equal(read_bytes(signed_v1, sizeof(signed_v1) - 1, &image, &diag), 0);
	assert_u64_equal(image.slot_bytes, 1024);
	sample_free(&s);
}

UNIT_TEST(images_of_the_esp8266_are_known)
{
	struct esp_image image;

	read_sample("esp/esp8266.bin", &image);
	assert_int_equal(image.kind, ESP_IMAGE_ESP8266);
	assert_null(image.chip);
	assert_int_equal(image.n_segments, 2);
	assert_u64_equal(image.image_bytes, 96);
	assert_u64_equal(image.flash_bytes, 1 << 20);
	assert_true(image.checksum_good);
	read_sample("esp/esp8266-second.bin", &image);
	assert_int_equal(image.kind, ESP_IMAGE_ESP8266_V2);
	assert_int_equal(image.n_segments, 2);
	assert_int_equal(image.segments[0].size_bytes, 72);
	assert_u64_equal(image.image_bytes, 164);
	assert_true(image.checksum_good);
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* ESP-IDF's documents show what esptool 5.0.2 says of an app: six segments, the place of each, and the size.
 */
UNIT_TEST(sizes_are_those_of_esptool)
{
	static const struct {
		uint32_t bytes, address, at;
	} listed[] = {
		{ 0x0711c, 0x3f400020, 0x00018 }, { 0x0241c, 0x3ffb0000, 0x0713c }, { 0x06ab0, 0x40080000, 0x09560 },
		{ 0x0b724, 0x400d0020, 0x10018 }, { 0x060c0, 0x40086ab0, 0x1b744 }, { 0x00024, 0x50000000, 0x2180c },
	};
	static uint8_t bytes[137312 + 5] = { 0xe9, ARRAY_SIZE(listed), 2, 0x10, 0x14, 0x12, 0x08, 0x40, 0xee };
	struct esp_image image;
	struct diag diag;

	bytes[23] = 1;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		put32(bytes + listed[i].at, listed[i].address);
		put32(bytes + listed[i].at + 4, listed[i].bytes);
	}
	if (read_bytes(bytes, sizeof(bytes), &image, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_u64_equal(image.image_bytes, 137312);
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		assert_u64_equal(image.segments[i].file_offset, listed[i].at + 8);
}

UNIT_TEST(images_cut_anywhere_are_refused)
{
	static const char *const names[] = { "esp/app-s3.bin", "esp/app-no-hash.bin", "esp/esp8266.bin",
					     "esp/esp8266-second.bin" };
	enum { HEADER_BYTES = 24 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct esp_image image, before;
		struct sample s;
		struct diag diag;

		sample_read(names[i], &s);
		memset(&image, 0x5a, sizeof(image));
		before = image;
		for (size_t n = 0; n <= s.n_bytes; n++) {
			int r = read_bytes(s.bytes, n, &image, &diag);
			if (r == 0)
				break;
			assert_int_equal(r, -EINVAL);
			assert_true(diag.text[0] != '\0');
			if (n < HEADER_BYTES)
				assert_memory_equal(&image, &before, sizeof(image));
			else
				assert_true(image.flash_bytes >= 1 << 20);
			assert_true(n < s.n_bytes);
		}
		/* Whole as soon as its own end is there. */
		struct esp_image whole;
		assert_int_equal(read_bytes(s.bytes, s.n_bytes, &whole, &diag), 0);
		assert_u64_equal(image.image_bytes, whole.image_bytes);
		sample_free(&s);
	}
}

UNIT_TEST(hostile_sizes_are_cuts)
{
	static const uint32_t sizes[] = { 0xffffffff, 0xfffffff8, 0x80000000, 0x7fffffff, 10000 };
	struct sample s;
	struct esp_image image;
	struct diag diag;

	sample_read("esp/app-s3.bin", &s);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		put32(s.bytes + 28, sizes[i]);
		assert_int_equal(read_bytes(s.bytes, s.n_bytes, &image, &diag), -EINVAL);
		assert_non_null(strstr(diag.text, "truncated: a segment of"));
	}
	s.bytes[1] = 17;
	assert_int_equal(read_bytes(s.bytes, s.n_bytes, &image, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "17 segments"));
	s.bytes[0] = 0x7f;
	assert_int_equal(read_bytes(s.bytes, s.n_bytes, &image, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "not an ESP image"));
	sample_free(&s);
}

UNIT_TEST(chips_are_known_by_name_and_number)
{
	static const char *const esp32s3[] = { "esp32s3", "ESP32-S3", "ESP32S3", "esp32-s3" };

	for (size_t i = 0; i < ARRAY_SIZE(esp32s3); i++)
		assert_int_equal(esp_chip_by_name(esp32s3[i])->image_id, 9);
	assert_int_equal(esp_chip_by_name("esp32")->bootloader_offset, 0x1000);
	assert_int_equal(esp_chip_by_name("esp32p4")->bootloader_offset, 0x2000);
	assert_null(esp_chip_by_name("esp32x"));
	assert_null(esp_chip_by_name(""));
	assert_null(esp_chip_by_name("rp2040"));
	assert_string_equal(esp_chip_by_image_id(0x12)->title, "ESP32-P4");
	assert_null(esp_chip_by_image_id(0xffff));
}

/* A dump of flash: each app partition with what its image takes. The last one lies beyond its end. */
UNIT_TEST(dumps_tell_what_their_apps_use)
{
	static uint8_t flash[0x30100];
	struct partition_options options = PARTITION_OPTIONS_INIT;
	struct partition_table t;
	struct sample table, app;
	struct diag diag = { .text = "" };

	sample_read("esp/table.bin", &table);
	sample_read("esp/app-s3.bin", &app);
	memset(flash, 0xff, sizeof(flash));
	memcpy(flash + 0x8000, table.bytes, table.n_bytes);
	memcpy(flash + 0x10000, app.bytes, app.n_bytes);
	memcpy(flash + 0x30000, app.bytes, 0x100);
	if (partition_table_read(&t, "flash.bin", flash, sizeof(flash), &options, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(t.source, PARTITION_FROM_DUMP);
	assert_true(t.md5);
	assert_u64_equal(t.rows[0].used_bytes, NOT_KNOWN); /* nvs */
	assert_u64_equal(t.rows[1].used_bytes, 1024);
	assert_u64_equal(t.rows[2].used_bytes, 0);         /* erased */
	assert_u64_equal(t.rows[3].used_bytes, NOT_KNOWN); /* cut */
	assert_u64_equal(t.rows[4].used_bytes, NOT_KNOWN);
	assert_int_equal(t.n_notes, 2);
	assert_non_null(strstr(t.notes[0].text, "4 slots for updates"));
	assert_int_equal(t.notes[1].line, 4);
	assert_non_null(strstr(t.notes[1].text, "no complete app image in \"cut\": the image is truncated"));
	partition_table_deinit(&t);
	sample_free(&table);
	sample_free(&app);
}

/* What MicroPython hands out for an ESP32 begins with the boot loader, which lies at 0x1000 of flash. */
UNIT_TEST(files_that_begin_with_the_boot_loader_are_moved_to_their_place)
{
	static uint8_t flash[0x14000];
	static const struct {
		const char *loader;
		size_t from, loader_at;
		const char *chip;
	} rows[] = {
		{ "esp/app-no-hash.bin", 0x1000, 0x1000, "esp32" }, /* the file */
		{ "esp/app-no-hash.bin", 0, 0x1000, "esp32" },      /* all of flash */
		{ "esp/app-s3.bin", 0, 0, "esp32s3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct partition_options options = PARTITION_OPTIONS_INIT;
		struct partition_table t;
		struct sample table, app, loader;
		struct diag diag = { .text = "" };

		sample_read("esp/table.bin", &table);
		sample_read("esp/app-s3.bin", &app);
		sample_read(rows[i].loader, &loader);
		memset(flash, 0xff, sizeof(flash));
		memcpy(flash + rows[i].loader_at, loader.bytes, loader.n_bytes);
		memcpy(flash + 0x8000, table.bytes, table.n_bytes);
		memcpy(flash + 0x10000, app.bytes, app.n_bytes);
		if (partition_table_read(&t, "fw.bin", flash + rows[i].from, sizeof(flash) - rows[i].from, &options,
					 &diag) != 0)
			fail_msg("%s", diag.text);
		assert_string_equal(t.chip->name, rows[i].chip);
		assert_u64_equal(t.table_offset, 0x8000);
		assert_u64_equal(t.bootloader_offset, rows[i].loader_at);
		assert_u64_equal(t.bootloader_bytes, loader.n_bytes);
		assert_u64_equal(t.rows[1].used_bytes, 1024);
		assert_int_equal(t.n_notes, 1 + (rows[i].from ? 1 : 0)); /* of the slots, and of where it begins */
		partition_table_deinit(&t);
		sample_free(&table);
		sample_free(&app);
		sample_free(&loader);
	}
}

UNIT_TEST(an_app_alone_is_no_table)
{
	struct partition_options options = PARTITION_OPTIONS_INIT;
	struct partition_table t;
	struct sample app;
	struct diag diag = { .text = "" };

	sample_read("esp/app-s3.bin", &app);
	assert_int_equal(partition_table_read(&t, "app.bin", app.bytes, app.n_bytes, &options, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "an ESP image (app or bootloader)"));
	partition_table_deinit(&t);
	sample_free(&app);
}
