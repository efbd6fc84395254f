#include "image-fixture.h"

#define HEAD "Memory region         Used Size  Region Size  %age Used\n"

UNIT_TEST(regions)
{
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
	assert_u64_equal(image.regions[2].length_bytes, 0);
	assert_u64_equal(image.regions[3].used_bytes, 4 << 20);
	assert_int_equal(image.n_notes, 1); /* where more is */
}

UNIT_TEST(a_real_table)
{
	read_sample(&image_print_memory_usage, "images/avr-bfd-a.memory.txt");
	assert_int_equal(image.n_regions, 7);
	assert_u64_equal(image_find_region(&image, "data")->used_bytes, 2829);
	assert_u64_equal(image_find_region(&image, "fuse")->length_bytes, 3);
}

#define ROWS "           FLASH:       20089 B        16 KB    122.61%\n             RAM:        3032 B         2 KB\n"
#define SAID                                                         \
	"ld: a.elf section `.text' will not fit in region `FLASH'\n" \
	"ld: region `FLASH' overflowed by 3705 bytes\nld: region `RAM' overflowed by 984 bytes\n"

/* Each line behind a prefix. */
static void read_prefixed(const char *prefix, const char *text)
{
	static char log[4096];

	log[0] = '\0';
	for (const char *p = text; *p; p = strchr(p, '\n') + 1) {
		strcat(log, prefix);
		strncat(log, p, (size_t)(strchr(p, '\n') + 1 - p));
	}
	read_text(&image_print_memory_usage, log);
}

UNIT_TEST(out_of_the_log_of_a_build)
{
	static const char *const prefixes[] = {
		"",
		"    ",
		"\t",
		"2026-11-20T12:00:00.1234567Z ",
		"2026-11-20 12:00:00,123 ",
		"[12:00:00] ",
		"12:00:00 ",
		"[2026-11-20T12:00:00.123+01:00] ",
		"[2026-11-20T12:00:00Z]   ",
		"\033[0m",
		"\033[32;1m  ",
		"2026-11-20T12:00:00Z \033[36;1m",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		read_prefixed(prefixes[i], "[3/4] Linking a.elf\n" HEAD ROWS "[4/4] Done in 3 B\n");
		assert_int_equal(image.n_regions, 2);
		assert_string_equal(image.regions[0].name, "FLASH");
		assert_u64_equal(image.regions[0].used_bytes, 20089);
		assert_true(image_region_free(&image.regions[1]) == -984);
		assert_int_equal(image.n_notes, 1);
		image_deinit(&image);
	}
}

UNIT_TEST(a_colour_in_a_row_is_taken_out)
{
	read_text(&image_print_memory_usage,
		  "\033[1mMemory region\033[0m         Used Size  Region Size  %age Used\n"
		  "  \033[31mFLASH\033[0m:  12 B  \033[K128 KB 1%\n");
	assert_string_equal(image.regions[0].name, "FLASH");
	assert_u64_equal(image.regions[0].used_bytes, 12);
}

UNIT_TEST(far_down_in_a_log)
{
	static char log[300000];
	size_t n = 0;

	while (n < 200000)
		n += (size_t)snprintf(log + n, 64, "[%zu/9999] Building C object main.c.obj\n", n);
	strcpy(log + n, HEAD ROWS);
	memset(log + strlen(log), '\n', 50000);
	read_text(&image_print_memory_usage, log);
	assert_int_equal(image.n_regions, 2);
}

UNIT_TEST(the_last_of_several_tables_counts)
{
	read_text(&image_print_memory_usage, SAID HEAD ROWS HEAD "  ROM:  12 B  1 KB 1%\n");
	assert_int_equal(image.n_regions, 1);
	assert_string_equal(image.regions[0].name, "ROM");
	assert_int_equal(image.n_notes, 2); /* none of what is said of the first */
	assert_string_equal(image.notes[0], "2 tables of --print-memory-usage; this is the last one");
}

UNIT_TEST(what_ld_says_of_regions_is_added)
{
	read_text(&image_print_memory_usage, SAID HEAD ROWS);
	assert_u64_equal(image.regions[0].used_bytes, 20089);
	assert_int_equal(image.n_notes, 2);
	assert_string_equal(image.notes[0], "the linker reports: section .text does not fit into region FLASH");
	image_deinit(&image);
	/* lld prints no row of more than fits; ld a table without the region, if that is cut */
	read_text(&image_print_memory_usage, HEAD
		  "  FLASH:  16 KB  16 KB 100%\n"
		  "ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 12 bytes\n"
		  "ld: region `RAM' overflowed by 984 bytes\n");
	assert_true(image_region_free(&image.regions[0]) == -12);
	assert_int_equal(image.n_notes, 3);
	assert_non_null(strstr(image.notes[1], "region RAM overflowed by 984 bytes; the table does not have it"));
}

UNIT_TEST(what_ld_says_alone_asks_for_the_map)
{
	refuse_text(SAID, 3,
		    "region FLASH overflowed by 3705 bytes, region RAM overflowed by 984 bytes; give memprof the map");
	refuse_text("ld: a.elf section `.text' will not fit in region `FLASH'\n", 1,
		    "section .text does not fit into region"
		    " FLASH");
	refuse_text("the region 'north' is large\n", 0, "neither a supported linker map nor an ELF");
	refuse_text("ld: region `FLASH' overflowed by many bytes\n", 0, "neither a supported linker map nor an ELF");
	refuse_text("ld: region `FLASH\n", 0, "neither a supported linker map nor an ELF");
}

UNIT_TEST(utf_16_is_named)
{
	static const char text[] = "\xff\xfeM\0e\0m\0o\0r\0y\0";

	assert_int_equal(image_read(&image, "a.map", text, sizeof(text) - 1, 0, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "UTF-16"));
}

UNIT_TEST(bad_tables)
{
	refuse_text(HEAD, 1, "no region below");
	refuse_text(HEAD "  FLASH:  12 XB  128 KB 1%\n", 2, "no region");
	refuse_text(HEAD "  FLASH:  99999999999999999999 B  128 KB 1%\n", 2, "no region");
	refuse_text(HEAD "  FLASH:  99999999999999999 GB  128 KB 1%\n", 2, "no region");
	refuse_text(HEAD "  FLASH:  12 B\n", 2, "no region");
}

UNIT_TEST(damage) { assert_withstands_damage("images/avr-bfd-a.memory.txt"); }
