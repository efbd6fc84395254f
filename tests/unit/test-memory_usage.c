#include "image-fixture.h"

#define HEAD "Memory region         Used Size  Region Size  %age Used\n"

static void regions(void **state)
{
	(void)state;
	read_text(&image_print_memory_usage, "[3/4] Linking\n" HEAD
		"           FLASH:         988 B       128 KB      0.75%\n"
		"             RAM:       33000 B        32 KB    100.71%\n"
		"             CCM:          0 GB         0 GB\n"
		"  long_region_name:           4 MB         1 GB      0.39%\n"
		"ninja: done in 3 B\n");
	assert_int_equal(image.n_regions, 4);
	assert_string_equal(image.regions[0].name, "FLASH");
	assert_u64_equal(image.regions[0].used_bytes, 988);
	assert_u64_equal(image.regions[0].length_bytes, 128 << 10);
	assert_u64_equal(image.regions[0].origin, NOT_KNOWN);
	assert_u64_equal(image.regions[0].inside, IMAGE_NONE);
	assert_u64_equal(image.regions[0].gaps_bytes, 0);
	assert_true(image_region_free(&image.regions[1]) == -232);
	assert_true(image.overflowed);
	assert_u64_equal(image.regions[2].length_bytes, 0);
	assert_u64_equal(image.regions[3].used_bytes, 4 << 20);
	assert_int_equal(image.n_notes, 1);     /* where more is */
}

static void a_real_table(void **state)
{
	(void)state;
	read_sample(&image_print_memory_usage, "images/avr-bfd-a.memory.txt");
	assert_int_equal(image.n_regions, 7);
	assert_u64_equal(image_find_region(&image, "data")->used_bytes, 2829);
	assert_u64_equal(image_find_region(&image, "fuse")->length_bytes, 3);
	assert_false(image.overflowed);
}

static void bad_tables(void **state)
{
	(void)state;
	refuse_text(HEAD, 1, "no region stands below");
	refuse_text(HEAD "  FLASH:  12 XB  128 KB 1%\n", 2, "no region");
	refuse_text(HEAD "  FLASH:  99999999999999999999 B  128 KB 1%\n", 2, "no region");
	refuse_text(HEAD "  FLASH:  99999999999999999 GB  128 KB 1%\n", 2, "no region");
	refuse_text(HEAD "  FLASH:  12 B\n", 2, "no region");
}

static void damage(void **state)
{
	(void)state;
	assert_withstands_damage("images/avr-bfd-a.memory.txt");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IMAGE_TEST(regions),
		IMAGE_TEST(a_real_table),
		IMAGE_TEST(bad_tables),
		IMAGE_TEST(damage),
	};

	return RUN(tests);
}
