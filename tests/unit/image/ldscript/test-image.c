#include "ldscripts.h"
#include "memprof/image/image.h"

static const char script[] =
	"MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 64K RAM (xrw) : ORIGIN = 0x20000000, LENGTH = _ram\n"
	"GONE : ORIGIN = _gone, LENGTH = 4 flash_text (rx) : ORIGIN = 0x42000020, LENGTH = 4M\n"
	"iram : ORIGIN = 0x40380000, LENGTH = 64K }";

UNIT_TEST(regions_are_given)
{
	struct ldscript s;
	struct image image;
	struct diag diag = { .text = "" };

	read_script(script, NULL, &s);
	image_init(&image, "firmware.elf");
	struct image_section *text = image_begin_section(&image, ".text", 5);
	text->vma = 0x08000100;
	text->size_bytes = 0x1000;
	assert_int_equal(image_end_section(&image), 0);
	assert_int_equal(image_resolve(&image, &diag), 0);
	assert_int_equal(image.sections[0].region, IMAGE_NONE);

	assert_int_equal(image_learn_from_ldscript(&image, &s), 4);
	ldscript_deinit(&s); /* the image keeps nothing of it */
	assert_int_equal(image_resolve(&image, &diag), 0);
	assert_int_equal(image.n_regions, 4);
	assert_string_equal(image.regions[0].name, "FLASH");
	assert_string_equal(image.regions[0].attributes, "rx");
	assert_u64_equal(image.regions[0].length_bytes, 0x10000);
	assert_u64_equal(image.regions[0].used_bytes, 0x1100);
	assert_u64_equal(image.regions[1].length_bytes, NOT_KNOWN);
	assert_false(image.regions[1].window);
	assert_true(image.regions[2].window);
	assert_false(image.regions[3].window);
	assert_int_equal(image.sections[0].region, 0);
	assert_int_equal(image.n_notes, 2);
	assert_string_equal(image.notes[0],
			    "the length of region RAM is not known: _ram needs the link, or --defsym _ram=VALUE");
	assert_string_equal(
		image.notes[1],
		"the origin of region GONE of t.ld is not known: _gone needs the link, or --defsym _gone=VALUE");
	image_deinit(&image);
}

UNIT_TEST(an_image_keeps_its_own)
{
	struct ldscript s;
	struct image image;

	read_script(script, NULL, &s);
	image_init(&image, "firmware.map");
	image_add_region(&image)->name = "RAM";
	assert_int_equal(image_learn_from_ldscript(&image, &s), 0);
	assert_int_equal(image.n_regions, 1);
	image_deinit(&image);
	ldscript_deinit(&s);
}
