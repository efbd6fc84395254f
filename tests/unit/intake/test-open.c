/* What a name is of, and objects by it: errors go to a diag, and nothing is printed. */
#include "memprof/intake/bytes.h"
#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

static struct objects_reading reading;
static struct diag diag;

static int read_objects(const struct objects_spec *spec)
{
	diag = (struct diag){ 0 };
	return intake_objects(spec, &reading, &diag);
}

UNIT_TEST(a_name_is_of_one_kind)
{
	assert_int_equal(intake_kind_of("auto"), INTAKE_BOARD);
	assert_int_equal(intake_kind_of("/dev/ttyACM0"), INTAKE_BOARD);
	assert_int_equal(intake_kind_of("exec:micropython"), INTAKE_BOARD);
	assert_int_equal(intake_kind_of("gdb:localhost:3333"), INTAKE_TARGET);
	assert_int_equal(intake_kind_of("gdb"), INTAKE_FILE);
	assert_int_equal(intake_kind_of("-"), INTAKE_FILE);
}

UNIT_TEST(objects_of_a_memory_file)
{
	assert_int_equal(read_objects(&(struct objects_spec){ .name = DATA "objects/qemu.mem" }), 0);
	assert_true(objects_count(reading.objects) > 0);
	assert_int_equal(reading.cost.n_reads, 0);
	objects_reading_deinit(&reading);
	objects_reading_deinit(&reading);
}

UNIT_TEST(objects_of_a_core_file)
{
	assert_int_equal(read_objects(&(struct objects_spec){ .name = DATA "core/cut.core" }), -ENOENT);
	assert_non_null(strstr(diag.text, "truncated"));
	assert_string_equal(diag.at.file, DATA "core/cut.core");
	objects_reading_deinit(&reading);
}

UNIT_TEST(a_file_that_is_not_there)
{
	assert_int_equal(read_objects(&(struct objects_spec){ .name = "/nowhere/a.mem" }), -ENOENT);
	assert_null(reading.objects);
	assert_string_equal(diag.at.file, "/nowhere/a.mem");
}

UNIT_TEST(images_have_addresses)
{
	const char *const images[] = { DATA "objects/qemu.mem" };

	assert_int_equal(read_objects(&(struct objects_spec){ .name = images[0], .images = images, .n_images = 1 }),
			 -EINVAL);
	assert_non_null(strstr(diag.text, "FILE@ADDRESS"));
}

UNIT_TEST(bytes_of_a_file)
{
	struct intake_bytes b = {
		.name = DATA "objects/qemu.mem", .wanted_text = "0", .wanted_bytes = 16, .base_text = "0"
	};

	heap_init(&b.heap);
	diag = (struct diag){ 0 };
	assert_int_equal(intake_bytes(&b, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "--base"));
	intake_bytes_deinit(&b);
}
