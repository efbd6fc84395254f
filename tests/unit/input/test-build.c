#include "memprof/input/build.h"

#include <errno.h>

#include "tests_dir.h"
#include "unit.h"

#define IMAGES TESTS_DIR "/data/images/"

static struct build b;
static struct diag diag;

UNIT_BEFORE(begin_test) { diag = (struct diag){ .text = "" }; }

UNIT_AFTER(end_test) { build_deinit(&b); }

static int read_of_one(const char *map, const char *elf)
{
	return build_read(&b,
			  &(struct build_spec){ .map = map, .elf = elf, .options = "--elf goes", .of_one_build = true },
			  &diag);
}

UNIT_TEST(a_map_gets_the_kinds_of_its_elf)
{
	size_t n_by_elf = 0;

	assert_int_equal(read_of_one(IMAGES "arm-bfd-a.map", IMAGES "arm-bfd-a.elf"), 0);
	assert_true(b.is_joined);
	assert_ptr_equal(b.image, &b.map.image);
	for (size_t i = 0; i < b.image->n_sections; i++)
		n_by_elf += b.image->sections[i].by_elf;
	assert_true(n_by_elf >= 10);
}

UNIT_TEST(an_elf_alone)
{
	assert_int_equal(read_of_one(NULL, IMAGES "arm-bfd-a.elf"), 0);
	assert_false(b.is_joined);
	assert_ptr_equal(b.image, &b.elf.image);
}

UNIT_TEST(what_is_not_of_one_build)
{
	const struct build_spec any = { .map = IMAGES "riscv64-bfd-a.map", .elf = IMAGES "arm-bfd-a.elf" };

	assert_int_equal(read_of_one(any.map, any.elf), -EINVAL);
	assert_string_equal(diag.at.file, any.elf);
	assert_string_equal(diag.text,
			    "from another build than " IMAGES "riscv64-bfd-a.map; give both files of one build");
	build_deinit(&b);
	assert_int_equal(build_read(&b, &any, &diag), IMAGE_OTHER_BUILD);
	assert_false(b.is_joined);
	assert_ptr_equal(b.image, &b.map.image);
}

UNIT_TEST(what_is_no_elf_or_no_map)
{
	assert_int_equal(read_of_one(IMAGES "arm-bfd-a.map", IMAGES "arm-bfd-a.map"), -EINVAL);
	assert_string_equal(diag.text, "expected an ELF; this is gnu-ld");
	build_deinit(&b);
	assert_int_equal(read_of_one(IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.elf"), -EINVAL);
	assert_string_equal(diag.text, "this is an ELF itself; --elf goes with a linker map");
}
