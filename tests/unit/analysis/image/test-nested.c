/* Rows in rows. */
#include "memprof/analysis/image_groups.h"
#include "memprof/image/image.h"
#include "unit.h"

static struct image image;
static struct image_groups groups;

UNIT_AFTER(end)
{
	image_groups_deinit(&groups);
	image_deinit(&image);
}

static struct image_section *add_section(const char *name, uint64_t vma, uint64_t size_bytes)
{
	struct image_section *s = image_begin_section(&image, name, strlen(name));

	assert_non_null(s);
	s->vma = vma;
	s->size_bytes = size_bytes;
	s->by_elf = true;
	uint32_t object = image_object(&image, "a.o", 3);
	assert_non_null(image_add_piece(&image, object, vma, size_bytes));
	assert_int_equal(image_end_section(&image), 0);
	return &image.sections[image.n_sections - 1];
}

static void add_region(const char *name, uint64_t origin, uint64_t length_bytes)
{
	struct image_region *r = image_add_region(&image);

	r->name = name;
	r->attributes = "";
	r->origin = origin;
	r->length_bytes = length_bytes;
}

static void add_symbol(const char *name, uint64_t address, uint64_t size_bytes)
{
	struct image_slice slice = { name, (uint32_t)strlen(name) };

	assert_int_equal(image_add_symbol(&image, slice, address, size_bytes), 0);
	image.symbols[image.n_symbols - 1].section = 0;
}

static void begin(void)
{
	image_init(&image, "a");
	image.format = image_elf.name;
}

static void sum(const enum image_level levels[], size_t n_levels)
{
	struct diag diag;

	assert_int_equal(image_resolve(&image, &diag), 0);
	assert_int_equal(image_groups_nested(&image, NULL, levels, n_levels, &groups), 0);
}

static uint64_t size_of(unsigned depth, const char *name)
{
	for (size_t i = 0; i < groups.n_groups; i++)
		if (groups.groups[i].depth == depth && strcmp(groups.groups[i].name, name) == 0)
			return groups.groups[i].size_bytes;
	return NOT_KNOWN;
}

/* The size of outer is without that of inner, which lies in it. */
UNIT_TEST(symbols_in_symbols)
{
	begin();
	add_section(".text", 0x100, 100);
	add_symbol("outer", 0x100, 70);
	add_symbol("inner", 0x100 + 40, 20);
	sum((enum image_level[]){ LEVEL_SECTION, LEVEL_SYMBOL }, 2);
	assert_u64_equal(size_of(0, ".text"), 100);
	assert_u64_equal(size_of(1, "outer"), 70);
	assert_u64_equal(size_of(1, "inner"), 20);
	assert_u64_equal(size_of(1, "*no symbol*"), 10);
	assert_int_equal(groups.n_groups, 4);
}

UNIT_TEST(copies_count_once)
{
	begin();
	add_region("FLASH", 0x1000, 0x1000);
	add_region("RAM", 0x8000, 0x1000);
	add_section(".data", 0x8000, 60)->lma = 0x1000;
	struct image_section *packed = add_section(".packed", 0x8100, 40);
	packed->lma = 0x1100;
	packed->stored_bytes = 8;
	sum((enum image_level[]){ LEVEL_SECTION, LEVEL_REGION }, 2);
	assert_u64_equal(size_of(0, ".data"), 60);
	assert_u64_equal(size_of(0, ".packed"), 40);
	image_groups_deinit(&groups);
	sum((enum image_level[]){ LEVEL_REGION, LEVEL_ARCHIVE }, 2);
	assert_u64_equal(size_of(0, "RAM"), 100);
	assert_u64_equal(size_of(0, "FLASH"), 60 + 8);
	assert_u64_equal(size_of(1, "*no archive*"), 100);
}
