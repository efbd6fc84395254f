/* Symbols that only an input section names. */
#include "memprof/image/image.h"

#include "unit.h"

/* One section ".text" of these input sections, 16 bytes each, without a symbol. */
static void resolve(struct image *image, const char *const *names)
{
	struct diag diag = { 0 };

	image_init(image, "a.map");
	image->derive_symbols = true;
	struct image_section *s = image_begin_section(image, ".text", 5);
	s->vma = 0x10000000;
	for (; *names; names++) {
		uint32_t object = image_object(image, "main.o", 6);
		struct image_piece *piece = image_add_piece(image, object, s->vma + s->size_bytes, 16);
		piece->name = (struct image_slice){ *names, (uint32_t)strlen(*names) };
		s->size_bytes += 16;
	}
	assert_int_equal(image_end_section(image), 0);
	assert_int_equal(image_resolve(image, &diag), 0);
}

UNIT_TEST(a_static_function_is_named_by_its_section)
{
	static const char *const sections[] = { ".text.one",
						".text.unlikely.two",
						".time_critical.three",
						".ramfunc.four",
						".uninitialized_data.five",
						".uninitialized_bss.six",
						".scratch_x.seven",
						".scratch_y.eight",
						".after_data.nine",
						".flashdata.ten",
						NULL };
	static const char *const names[] = {
		"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
	};
	struct image image;

	resolve(&image, sections);
	assert_int_equal(image.n_symbols, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(image.symbols[i].name.n_bytes, strlen(names[i]));
		assert_memory_equal(image.symbols[i].name.text, names[i], strlen(names[i]));
		assert_u64_equal(image.symbols[i].size_bytes, 16);
		assert_false(image.symbols[i].estimated);
	}
	image_deinit(&image);
}

UNIT_TEST(what_several_share_is_no_name)
{
	static const char *const sections[] = { ".text",
						".rodata.str1.4",
						".rodata.main.str1.1",
						".rodata.cst16",
						".rodata.12",
						".iram1.7",
						".time_critical.tinyusb",
						".time_critical.3",
						".text.main.__stub",
						".time_critical.",
						".own.name",
						NULL };
	struct image image;

	resolve(&image, sections);
	assert_int_equal(image.n_symbols, 0);
	image_deinit(&image);
}
