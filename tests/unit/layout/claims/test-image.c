/* Claims from images: regions, sections, symbols that bound heaps and stacks, windows on flash, SRAM seen twice. */
#include "memprof/image/image.h"
#include "memprof/layout/layout.h"

#include "unit.h"

static struct layout layout;

UNIT_BEFORE(set_up) { layout = (struct layout){ 0 }; }

UNIT_AFTER(tear_down) { layout_deinit(&layout); }

/* ---- images, made by hand ---- */

struct made_region {
	const char *name;
	uint64_t origin, length_bytes;
};
struct made_section {
	const char *name;
	uint64_t vma, size_bytes, lma;
	const char *input;
};
struct made_value {
	const char *name;
	uint64_t value;
};

struct made {
	const char *target;
	struct made_region regions[7];
	struct made_section sections[9];
	struct made_value values[10]; /* ended by one without a name */
};

static struct image_slice slice(const char *text) { return (struct image_slice){ text, (uint32_t)strlen(text) }; }

static void make(struct image *image, const struct made *m)
{
	struct diag diag;

	image_init(image, "firmware.map");
	image->target = m->target;
	for (const struct made_region *r = m->regions; r->name; r++) {
		struct image_region *region = image_add_region(image);
		region->name = r->name;
		region->attributes = "";
		region->origin = r->origin;
		region->length_bytes = r->length_bytes;
	}
	for (const struct made_section *s = m->sections; s->name; s++) {
		struct image_section *section = image_begin_section(image, s->name, strlen(s->name));
		section->vma = s->vma;
		section->size_bytes = s->size_bytes;
		section->lma = s->lma ? s->lma : NOT_KNOWN;
		uint32_t object = image_object(image, "main.o", 6);
		image_add_piece(image, object, s->vma, s->size_bytes)->name = slice(s->input ? s->input : s->name);
		assert_int_equal(image_end_section(image), 0);
	}
	for (const struct made_value *v = m->values; v->name; v++)
		assert_int_equal(image_add_value(image, slice(v->name), v->value), 0);
	assert_int_equal(image_resolve(image, &diag), 0);
}

static void lay_out(struct layout *l, const struct made *m)
{
	struct image image;

	make(&image, m);
	layout_image(l, &image, NOT_KNOWN);
	image_deinit(&image); /* the layout borrows nothing of it */
	assert_int_equal(layout_resolve(l), 0);
}

static const struct layout_span *find(const struct layout *l, const char *space, enum span_kind kind, uint64_t start)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (strcmp(l->spans[i].space, space) == 0 && l->spans[i].kind == kind && l->spans[i].start == start)
			return &l->spans[i];
	return NULL;
}

#define assert_span(l, space, kind, start, bytes, called)                      \
	do {                                                                   \
		const struct layout_span *span_ = find(l, space, kind, start); \
		assert_non_null(span_);                                        \
		assert_u64_equal(span_->size_bytes, bytes);                    \
		assert_string_equal(span_->name, called);                      \
		assert_string_equal(span_->from[0], "firmware.map");           \
	} while (0)

/* ---- boards ---- */

static const struct made pico = {
	NULL,
	{ { "FLASH", 0x10000000, 0x200000 },
	  { "RAM", 0x20000000, 0x40000 },
	  { "SCRATCH_X", 0x20040000, 0x1000 },
	  { "SCRATCH_Y", 0x20041000, 0x1000 } },
	{ { ".text", 0x10000000, 0x40000, 0, NULL },
	  { ".data", 0x20000000, 0x100, 0x10040000, NULL },
	  { ".bss", 0x20000100, 0x300, 0x10040100, NULL },
	  { ".heap", 0x20000400, 0x800, 0, NULL },
	  { ".stack_dummy", 0x20040000, 0x2000, 0, NULL } },
	{ { "__flash_binary_end", 0x10040200 },
	  { "__bss_end__", 0x20000400 },
	  { "__GcHeapStart", 0x20000500 },
	  { "__GcHeapEnd", 0x20040000 },
	  { "__StackBottom", 0x20040000 },
	  { "__StackTop", 0x20042000 } },
};

UNIT_TEST(a_pico)
{
	lay_out(&layout, &pico);
	assert_int_equal(layout.n_conflicts, 0);
	assert_span(&layout, "cpu", SPAN_SECTION, 0x20000000, 0x100, ".data");
	assert_span(&layout, "cpu", SPAN_SECTION, 0x10040000, 0x100, ".data, to load");
	assert_null(find(&layout, "cpu", SPAN_SECTION, 0x10040100)); /* .bss loads nothing, whatever the map prints */
	assert_span(&layout, "cpu", SPAN_HEAP, 0x20000500, 0x3fb00, "GC heap");
	assert_span(&layout, "cpu", SPAN_POOL, 0x20000400, 0x100, "C heap");
	assert_span(&layout, "cpu", SPAN_STACK, 0x20040000, 0x1000, "stack"); /* over two banks */
	assert_span(&layout, "cpu", SPAN_STACK, 0x20041000, 0x1000, "stack");
	assert_null(find(&layout, "cpu", SPAN_RESERVED, 0x20000400)); /* .heap: symbols know better */
	assert_null(find(&layout, "cpu", SPAN_RESERVED, 0x20040000));
	assert_span(&layout, "flash", SPAN_FIRMWARE, 0, 0x40200, "firmware");
	assert_int_equal(layout.n_mappings, 1);
	assert_u64_equal(layout.mappings[0].start, 0x10000000);
	assert_u64_equal(layout.mappings[0].size_bytes, 0x200000);
	const struct layout_span *ram = find(&layout, "cpu", SPAN_REGION, 0x20000000);
	assert_u64_equal(ram->used_bytes, 0xc00); /* with .heap */
	assert_u64_equal(ram->free_bytes, 0);     /* all the rest is the GC heap's */
}

/* As from MicroPython 1.29 on: the script knows of the file system. */
UNIT_TEST(a_pico_whose_script_has_the_file_system)
{
	struct made m = pico;

	m.regions[0].length_bytes = 0xa0000;
	m.regions[4] = (struct made_region){ "FLASH_FS", 0x100a0000, 0x160000 };
	lay_out(&layout, &m);
	assert_int_equal(layout.n_conflicts, 0);
	assert_span(&layout, "flash", SPAN_FILESYSTEM, 0xa0000, 0x160000, "file system");
	assert_u64_equal(layout.mappings[0].size_bytes, 0x200000);
	layout_deinit(&layout);

	layout = (struct layout){ 0 };
	m.values[0].value = 0x100a0001; /* one byte into it: no region says so, as an end has no section */
	lay_out(&layout, &m);
	assert_int_equal(layout.n_conflicts, 1);
	assert_string_equal(layout.conflicts[0].what, "the firmware and the file system overlap by 1 B");
}

UNIT_TEST(a_nucleo)
{
	static const struct made m = {
		NULL,
		{ { "FLASH", 0x8000000, 0x80000 },
		  { "FLASH_ISR", 0x8000000, 0x4000 },
		  { "FLASH_FS", 0x8004000, 0x10000 },
		  { "FLASH_TEXT", 0x8020000, 0x60000 },
		  { "RAM", 0x20000000, 0x18000 } },
		{ { ".isr_vector", 0x8000000, 0x200, 0, NULL },
		  { ".text", 0x8020000, 0x1000, 0, NULL },
		  { ".heap", 0x20000ae4, 0x4000, 0, NULL } },
		{ { "_heap_start", 0x20000ae4 },
		  { "_heap_end", 0x20014000 },
		  { "_sstack", 0x20014000 },
		  { "_estack", 0x20018000 },
		  { "_micropy_hw_internal_flash_storage_start", 0x8004000 },
		  { "_micropy_hw_internal_flash_storage_end", 0x8014000 },
		  { "_micropy_hw_internal_flash_storage_ram_cache_start", 0x20000000 },
		  { "_micropy_hw_internal_flash_storage_ram_cache_end", 0x4000 } }, /* OpenMV's is a length */
	};

	lay_out(&layout, &m);
	assert_int_equal(layout.n_conflicts, 0);
	assert_span(&layout, "cpu", SPAN_FILESYSTEM, 0x8004000, 0x10000, "file system");
	assert_string_equal(layout.spans[find(&layout, "cpu", SPAN_FILESYSTEM, 0x8004000)->parent].name, "FLASH_FS");
	assert_string_equal(layout.spans[find(&layout, "cpu", SPAN_REGION, 0x8020000)->parent].name, "FLASH");
	assert_u64_equal(find(&layout, "cpu", SPAN_REGION, 0x8020000)->used_bytes, 0x1000);
	/* All of FLASH is in the others: 0 used, and all of it free, would be wrong. The first there is the outer one.
	 */
	const struct layout_span *flash = find(&layout, "cpu", SPAN_REGION, 0x8000000);
	assert_string_equal(flash->name, "FLASH");
	assert_u64_equal(flash->used_bytes, NOT_KNOWN);
	assert_u64_equal(flash->free_bytes, NOT_KNOWN);
	assert_span(&layout, "cpu", SPAN_HEAP, 0x20000ae4, 0x1351c, "GC heap");
	assert_null(find(&layout, "cpu", SPAN_RESERVED, 0x20000000));
	assert_int_equal(layout.n_mappings, 0);
}

UNIT_TEST(an_esp32)
{
	static const struct made m = {
		"ESP32S3",
		{ { "iram0_0_seg", 0x40374000, 0x67700 },
		  { "iram0_2_seg", 0x42000020, 0x1ffffe0 },
		  { "dram0_0_seg", 0x3fc88000, 0x53700 } },
		{ { ".dram0.dummy", 0x3fc88000, 0x8000, 0, NULL },
		  { ".iram0.text", 0x40374000, 0xc000, 0, NULL },
		  { ".flash.text", 0x42000020, 0x1000, 0, NULL },
		  { ".dram0.bss", 0x3fc90000, 0x1000, 0, ".bss" } },
		{ { "_heap_start", 0x3fc91000 }, { "_heap_end", 0x40000000 } },
	};
	struct image image;

	make(&image, &m);
	assert_true(layout_image_is_esp_idf(&image));
	assert_true(layout_image_is_micropython(&image)); /* it has no symbols to tell */
	*vec_add(&image, symbols) = (struct image_symbol){ .name = SLICE("app_main"), .section = IMAGE_NONE };
	assert_false(layout_image_is_micropython(&image));
	assert_int_equal(image_add_value(&image, SLICE("mp_state_ctx"), 0x3fc90000), 0);
	assert_true(layout_image_is_micropython(&image));
	/* header, two segments, bytes, checksum, hash */
	assert_u64_equal(layout_app_bytes_at_least(&image), 24 + 2 * 8 + 0xc000 + 0x1000 + 16 + 32);
	image_deinit(&image);
	lay_out(&layout, &m);
	assert_int_equal(layout.n_conflicts, 0);
	assert_span(&layout, "cpu", SPAN_RESERVED, 0x3fc88000, 0x8000, ".dram0.dummy");
	assert_span(&layout, "cpu", SPAN_POOL, 0x3fc91000, 0x3fcdb700 - 0x3fc91000,
		    "ESP-IDF heap"); /* to the bank's end */
	assert_null(find(&layout, "cpu", SPAN_REGION, 0x42000020));
	assert_int_equal(layout.n_mappings, 1);
	assert_u64_equal(layout.mappings[0].start, 0x40378000);
	assert_u64_equal(layout.mappings[0].to_start, 0x3fc88000);
	assert_true(layout.n_notes > 0);
}

UNIT_TEST(a_region_that_overflows)
{
	static const struct made m = {
		NULL,
		{ { "RAM", 0x20000000, 0x1000 } },
		{ { ".bss", 0x20000000, 0x1010, 0, NULL } },
		{ { NULL, 0 } },
	};

	lay_out(&layout, &m);
	assert_string_equal(layout.conflicts[0].what, "region RAM overflows by 16 B");
	assert_u64_equal(find(&layout, "cpu", SPAN_REGION, 0x20000000)->free_bytes, 0);
}

/* The region stays what holds its sections, and what is beyond its end is one conflict, however many sections that is.
 */
UNIT_TEST(sections_of_a_region_that_overflows)
{
	static const struct made m = {
		NULL,
		{ { "FLASH", 0x8000000, 0x1000 }, { "RAM", 0x20000000, 0x1000 } },
		{ { ".text", 0x8000000, 0x1010, 0, NULL },
		  { ".rodata", 0x8001010, 0x20, 0, NULL },
		  { ".data", 0x20000000, 0x30, 0x8001030, NULL } },
		{ { NULL, 0 } },
	};

	lay_out(&layout, &m);
	assert_int_equal(layout.n_conflicts, 1);
	assert_string_equal(layout.conflicts[0].what, "region FLASH overflows by 96 B");
	assert_u64_equal(layout.conflicts[0].start, 0x8001000);
	assert_u64_equal(layout.conflicts[0].size_bytes, 0x60);
	const struct layout_span *text = find(&layout, "cpu", SPAN_SECTION, 0x8000000);
	assert_u64_equal(text->size_bytes, 0x1000);
	assert_string_equal(layout.spans[text->parent].name, "FLASH");
	assert_null(find(&layout, "cpu", SPAN_SECTION, 0x8001010));
}

/* A heap that symbols put where no memory is says that a symbol means something else here. */
UNIT_TEST(bounds_outside_of_all_regions_are_left_out)
{
	static const struct made m = {
		NULL,
		{ { "RAM", 0x20000000, 0x1000 } },
		{ { ".bss", 0x20000000, 0x10, 0, NULL } },
		{ { "_sheap", 0x30000000 },
		  { "_eheap", 0x30001000 },
		  { "_sstack", 0x20001000 },
		  { "_estack", 0x20000800 } },
	};

	lay_out(&layout, &m);
	assert_int_equal(layout.n_spans, 2);
	assert_int_equal(layout.n_notes, 1);
}
