/* Files of builds that were really made, and files that are none. */
#include "memprof/input/build_inputs.h"

#include "scratch.h"
#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(images_by_content)
{
	static const struct {
		const char *name, *format, *section;
		uint64_t section_bytes; /* of that section, as arm-size and readelf print it */
	} rows[] = {
		{ DATA "images/arm-bfd-a.elf", "elf", ".text", 712 },
		{ DATA "images/arm-bfd-a.map", "gnu-ld", ".text", 712 },
		{ DATA "images/armlink-6.map", "armlink", NULL, 0 },
		{ DATA "images/iar-9.map", "iar", NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct input_image input;
		struct diag diag = { .text = "" };
		uint64_t bytes = 0;
		if (input_image_read(&input, rows[i].name, IMAGE_WANT_SYMBOLS, &diag) != 0)
			fail_msg("%s: %s", rows[i].name, diag.text);
		assert_string_equal(input.image.format, rows[i].format);
		assert_string_equal(input.image.name, rows[i].name);
		assert_true(input.image.n_sections > 0 && input.image.n_symbols > 0);
		for (size_t k = 0; rows[i].section && k < input.image.n_sections; k++)
			if (strcmp(input.image.sections[k].name, rows[i].section) == 0)
				bytes = input.image.sections[k].size_bytes;
		assert_u64_equal(bytes, rows[i].section_bytes);
		input_image_deinit(&input);
		input_image_deinit(&input);
	}
}

static int read_image(const char *path, struct diag *diag)
{
	struct input_image input;
	int r = input_image_read(&input, path, 0, diag);

	assert_null(input.blob.bytes);
	assert_int_equal(input.image.n_sections, 0);
	return r;
}

UNIT_TEST(images_that_cannot_be_read)
{
	struct diag diag = { .text = "" };

	scratch_check_unreadable(read_image);
	assert_int_equal(read_image(scratch_text("empty", ""), &diag), -ENOMSG);
	assert_true(*diag.text);
	assert_int_equal(read_image(scratch_text("prose", "Dear reader,\n"), &diag), -ENOMSG);
	assert_int_equal(read_image(DATA "uf2/rp2040.uf2", &diag), -ENOMSG);
	const char *cut = scratch_cut("images/arm-bfd-a.elf", 900);
	diag = (struct diag){ .text = "" };
	assert_int_equal(read_image(cut, &diag), -EINVAL);
	assert_string_equal(diag.at.file, cut);
	assert_true(*diag.text);
}

/* The bytes have one owner, whatever becomes of them. */
UNIT_TEST(taken_bytes_are_gone)
{
	static const char *const names[] = { DATA "images/x86-mold.map", DATA "synthetic/hello.txt" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct blob blob;
		struct input_image input;
		struct diag diag = { .text = "" };
		assert_int_equal(blob_read(names[i], &blob, &diag), 0);
		int r = input_image_take(&input, &blob, 0, &diag);
		assert_int_equal(r, i == 0 ? 0 : -ENOMSG);
		assert_null(blob.bytes);
		assert_int_equal(blob.n_bytes, 0);
		assert_true((input.blob.bytes != NULL) == (r == 0));
		input_image_deinit(&input);
	}
}

static int read_elf(const char *path, struct diag *diag)
{
	struct input_image input;
	int r = input_elf_read(&input, path, 0, diag);

	input_image_deinit(&input);
	return r;
}

UNIT_TEST(an_elf_and_nothing_else)
{
	struct diag diag = { .text = "" };

	scratch_check_unreadable(read_elf);
	assert_int_equal(read_elf(DATA "images/riscv-bfd-a.elf", &diag), 0);
	assert_int_equal(read_elf(DATA "images/arm-lld.map", &diag), -EINVAL);
	assert_string_equal(diag.text, "expected an ELF; this is lld");
	assert_string_equal(diag.at.file, DATA "images/arm-lld.map");
}

static int read_table(const char *path, struct diag *diag)
{
	static const struct partition_options options = PARTITION_OPTIONS_INIT;
	struct partition_table table = { .name = NULL };
	int r = input_partitions(&table, path, &options, diag);

	partition_table_deinit(&table);
	return r;
}

UNIT_TEST(partition_tables)
{
	static const struct partition_options options = PARTITION_OPTIONS_INIT;
	struct partition_table table;
	struct diag diag = { .text = "" };

	assert_int_equal(input_partitions(&table, DATA "layout/partitions.csv", &options, &diag), 0);
	assert_int_equal(table.source, PARTITION_FROM_CSV);
	assert_int_equal(table.n_rows, 5);
	assert_string_equal(table.rows[3].name, "ota_0");
	assert_u64_equal(table.rows[3].size_bytes, 1408 << 10);
	partition_table_deinit(&table);
	if (input_partitions(&table, DATA "partitions/circuitpython-16MB.bin", &options, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(table.source, PARTITION_FROM_TABLE);
	assert_int_equal(table.n_rows, 6);
	assert_string_equal(table.rows[5].name, "user_fs");
	assert_u64_equal(table.rows[5].offset, 0x450000);
	partition_table_deinit(&table);
	scratch_check_unreadable(read_table);
	assert_int_equal(read_table(DATA "partitions/bad-md5.bin", &diag), -EINVAL);
	assert_string_equal(diag.at.file, DATA "partitions/bad-md5.bin");
	assert_int_equal(read_table(scratch_text("empty.csv", ""), &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "empty"));
}

static int read_rules(const char *path, struct diag *diag)
{
	struct components *c = NULL;
	int r = input_components(path, &c, diag);

	components_free(c);
	return r;
}

UNIT_TEST(rules_for_components)
{
	struct diag diag = { .text = "" };

	assert_int_equal(read_rules(TESTS_DIR "/../layouts/components.json", &diag), 0);
	scratch_check_unreadable(read_rules);
	const char *cut = scratch_text("rules.json", "{\n  \"schema\":");
	assert_int_equal(read_rules(cut, &diag), -EINVAL);
	assert_string_equal(diag.at.file, cut);
	assert_int_equal(diag.at.line, 2);
}
