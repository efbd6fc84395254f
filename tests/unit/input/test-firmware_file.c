/* Files that are flashed, by data/esp/make-esp and data/uf2/make-uf2. */
#include "memprof/input/firmware_file.h"

#include "scratch.h"
#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

static void add_notice(void *ctx, const struct notice *notice)
{
	struct strbuf *all = ctx;

	strbuf_printf(all, "%s: %s\n", notice->severity, notice->text);
}

static int read_any(const char *path, struct diag *diag)
{
	struct firmware_file file;

	return firmware_file_read(&file, path, false, NULL, diag);
}

static int read_app(const char *path, struct diag *diag)
{
	struct firmware_file file;

	return firmware_file_read(&file, path, true, NULL, diag);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(each_kind)
{
	static const struct {
		const char *name, *format, *chip_title;
		uint64_t size_bytes;
		const char *notice; /* a part of it; "": none */
	} rows[] = {
		{ DATA "esp/app-s3.bin", "esp-image", "ESP32-S3", 1024, "" },
		{ DATA "esp/app-no-hash.bin", "esp-image", "ESP32", 992, "" },
		{ DATA "esp/app-bad-hash.bin", "esp-image", "ESP32-S3", 1024, "warning: its hash is wrong" },
		{ DATA "esp/app-bad-checksum.bin", "esp-image", "ESP32-S3", 1024, "warning: its checksum is wrong" },
		{ DATA "esp/app-signed.bin", "esp-image", "ESP32-S3", 8192, "" },
		{ DATA "uf2/rp2040.uf2", "uf2", NULL, 768, "" },
		{ DATA "uf2/two-families.uf2", "uf2", NULL, 768, "" }, /* the larger of the two */
		{ DATA "uf2/bad-block.uf2", "uf2", NULL, 512, "warning: block 2 at offset 1024: " },
		{ DATA "images/arm-bfd-a.bin", "bin", NULL, 988, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf notices = STRBUF_INIT;
		const struct notice_sink sink = { .report = add_notice, .ctx = &notices };
		struct diag diag = { .text = "" };
		struct firmware_file file;
		if (firmware_file_read(&file, rows[i].name, false, &sink, &diag) != 0)
			fail_msg("%s: %s", rows[i].name, diag.text);
		if (strcmp(file.format, rows[i].format) != 0 || file.size_bytes != rows[i].size_bytes ||
		    !strstr(strbuf_text(&notices), rows[i].notice) || !*rows[i].notice != !notices.n_bytes)
			fail_msg("%s: %s of %llu bytes\n%s", rows[i].name, file.format,
				 (unsigned long long)file.size_bytes, strbuf_text(&notices));
		assert_string_equal(file.chip_title ? file.chip_title : "",
				    rows[i].chip_title ? rows[i].chip_title : "");
		assert_ptr_equal(file.name, rows[i].name);
	}
}

/* Padding of one byte is not counted; anything else behind an image is flashed with it. */
UNIT_TEST(bytes_behind_an_image)
{
	static const struct {
		char last;
		uint64_t size_bytes;
	} rows[] = { { '\xff', 1024 }, { '\0', 1024 }, { 'x', 1034 } };
	struct blob app;

	assert_int_equal(blob_read(DATA "esp/app-s3.bin", &app, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf notices = STRBUF_INIT;
		const struct notice_sink sink = { .report = add_notice, .ctx = &notices };
		char bytes[1034];
		struct blob longer = { .name = "app.bin", .bytes = bytes, .n_bytes = sizeof(bytes) };
		struct firmware_file file;
		memset(bytes, '\xff', sizeof(bytes));
		memcpy(bytes, app.bytes, app.n_bytes);
		bytes[sizeof(bytes) - 1] = rows[i].last;
		assert_int_equal(firmware_file_of(&file, &longer, true, &sink, NULL), 0);
		assert_u64_equal(file.size_bytes, rows[i].size_bytes);
		assert_int_equal(notices.n_bytes > 0, rows[i].last == 'x');
	}
	blob_deinit(&app);
}

UNIT_TEST(files_that_are_not_flashed)
{
	static const struct {
		const char *name, *any, *app; /* parts of the messages; NULL: accepted */
	} rows[] = {
		{ DATA "images/arm-bfd-a.elf", "an ELF", "an ELF" },
		{ DATA "images/arm-bfd-a.map", "name the .bin or .uf2", "into a partition goes an ESP image" },
		{ DATA "synthetic/empty.txt", "the file is empty", "the file is empty" },
		{ DATA "uf2/rp2040.uf2", NULL, "this is a UF2" },
		{ DATA "uf2/skipped.uf2", NULL, "this is a UF2" },
		{ DATA "images/arm-bfd-a.bin", NULL, "these are plain bytes" },
		{ DATA "layout/partitions.csv", NULL, "into a partition goes an ESP image" },
	};

	scratch_check_unreadable(read_any);
	scratch_check_unreadable(read_app);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int for_partitions = 0; for_partitions < 2; for_partitions++) {
			const char *part = for_partitions ? rows[i].app : rows[i].any;
			struct firmware_file file = { .format = "of before" };
			struct diag diag = { .text = "" };
			int r = firmware_file_read(&file, rows[i].name, for_partitions, NULL, &diag);
			if (r != (part ? -EINVAL : 0) || (part && !strstr(diag.text, part)))
				fail_msg("%s: %d, '%s'", rows[i].name, r, diag.text);
			if (part) {
				assert_null(file.format);
				assert_string_equal(diag.at.file, rows[i].name);
			}
		}
	}
}

UNIT_TEST(images_cut_at_any_length)
{
	struct blob app;

	assert_int_equal(blob_read(DATA "esp/app-s3.bin", &app, NULL), 0);
	for (size_t n = 0; n < app.n_bytes; n++) {
		struct blob cut = { .name = "cut.bin", .bytes = malloc(n + !n), .n_bytes = n };
		struct firmware_file file;
		struct diag diag = { .text = "" };
		assert_non_null(cut.bytes);
		memcpy(cut.bytes, app.bytes, n);
		assert_int_equal(firmware_file_of(&file, &cut, true, NULL, &diag), -EINVAL);
		assert_string_equal(diag.at.file, "cut.bin");
		free(cut.bytes);
	}
	blob_deinit(&app);
}

UNIT_TEST(chips_that_contradict)
{
	static const struct {
		const char *of_file, *other;
		bool contradicts;
	} rows[] = {
		{ "ESP32-S3", "esp32s3", false }, { "ESP32-S3", "ESP32-S3", false }, { "ESP32-S3", "esp32", true },
		{ "ESP32-S3", "RP2040", true },   { "ESP8266", "ESP8266", false },   { NULL, "esp32", false },
		{ "ESP32-S3", NULL, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct firmware_file file = { .chip_title = rows[i].of_file };
		assert_int_equal(firmware_file_contradicts(&file, rows[i].other), rows[i].contradicts);
	}
}

/* Two sections of 1000 bytes each are loaded, 3000 bytes apart. */
UNIT_TEST(plain_bytes_of_another_build)
{
	static const struct {
		const char *format;
		uint64_t size_bytes;
		const char *part; /* of the warning; NULL: none */
	} rows[] = {
		{ "bin", 1999, "it has 1999 bytes, and a.map loads 2000" },
		{ "bin", 2000, NULL },
		{ "bin", 5000, NULL },
		{ "bin", 5000 + 1024, NULL }, /* a signature */
		{ "bin", 20 * 256, NULL },    /* padding */
		{ "bin", 240 * 1024, NULL },  /* the same */
		{ "bin", 5000 + 1025, "ends after 5000" },
		{ "bin", (5000 + (256 << 10) + 255) / 256 * 256, "ends after 5000" },
		{ "uf2", 1, NULL },
	};
	struct image_section sections[] = {
		{ .name = ".text", .vma = 0x1000, .size_bytes = 1000, .lma = NOT_KNOWN, .alloc = true },
		{ .name = ".data", .vma = 0x20000000, .size_bytes = 1000, .lma = 0x1000 + 4000, .alloc = true },
		{ .name = ".far", .vma = 0x90000000, .size_bytes = 77, .lma = NOT_KNOWN, .alloc = true },
	};
	const struct image_rooms rooms = { .load_start = 0x1000, .load_end = 0x10000 };
	struct image image = { .name = "a.map", .sections = sections, .n_sections = ARRAY_SIZE(sections) };

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		sections[i].stored_bytes = NOT_KNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf notices = STRBUF_INIT;
		const struct notice_sink sink = { .report = add_notice, .ctx = &notices };
		struct firmware_file file = { .name = "a.bin",
					      .format = rows[i].format,
					      .size_bytes = rows[i].size_bytes };
		firmware_file_compare(&file, &image, &rooms, &sink);
		if ((notices.n_bytes > 0) != (rows[i].part != NULL) ||
		    (rows[i].part && !strstr(strbuf_text(&notices), rows[i].part)))
			fail_msg("%llu bytes: '%s'", (unsigned long long)rows[i].size_bytes, strbuf_text(&notices));
	}
}

/* An image tells for which flash it is made, also if it is truncated, and of which project it is. */
UNIT_TEST(what_an_esp_image_tells)
{
	struct blob app = { 0 };
	CLEANUP(strbuf_deinit) struct strbuf notices = STRBUF_INIT;
	const struct notice_sink sink = { .report = add_notice, .ctx = &notices };
	struct firmware_file file;
	struct diag diag = { .text = "" };

	assert_int_equal(blob_read(DATA "esp/app-s3.bin", &app, &diag), 0);
	char *copy = malloc(app.n_bytes), *project = NULL;
	memcpy(copy, app.bytes, app.n_bytes);
	struct blob other = { .name = "other.bin", .bytes = copy, .n_bytes = app.n_bytes };
	assert_int_equal(firmware_file_of(&file, &other, true, &sink, &diag), 0);
	assert_u64_equal(file.flash_bytes, 8 << 20);
	assert_true(file.is_python);
	for (size_t i = 0; !project; i++)
		if (memcmp(copy + i, "micropython", 11) == 0)
			project = copy + i;
	memcpy(project, "hello_world", 11);
	assert_int_equal(firmware_file_of(&file, &other, true, &sink, &diag), 0);
	assert_false(file.is_python);
	other.n_bytes = 64;
	assert_int_equal(firmware_file_of(&file, &other, true, &sink, &diag), -EINVAL);
	assert_u64_equal(file.flash_bytes, 8 << 20);
	assert_string_equal(file.chip_title, "ESP32-S3");
	assert_null(file.format);
	free(copy);
	blob_deinit(&app);
}
