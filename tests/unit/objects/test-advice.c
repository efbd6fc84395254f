/* Advice about the memory of a board whose program has one of each to improve (QEMU's Cortex-M3, blocks of 16 B); what
 * of it holds when it is applied, tests/device/test-advice.py measures. */

#include "memprof/objects/advice.h"
#include "sample.h"
#include "unit.h"

static struct sample sample;
static struct memory_file file;
static struct objects *objects;
static struct objects_report report;
static struct objects_advice advice;

static void advise(const char *name, const struct advice_flash *flash)
{
	struct diag diag = { 0 };

	sample_read(name, &sample);
	assert_int_equal(memory_file_read((const char *)sample.bytes, sample.n_bytes, name, &file, &diag), 0);
	struct memory_reader reader = memory_file_reader(&file);
	assert_int_equal(objects_read(&reader, &file.ids, &objects, &diag), 0);
	assert_int_equal(objects_report(objects, &report), 0);
	assert_int_equal(objects_advise(objects, &report, flash, &advice), 0);
	for (size_t i = 1; i < advice.n_list; i++)
		assert_true(advice.list[i - 1].saved_bytes >= advice.list[i].saved_bytes);
}

UNIT_AFTER(tear_down)
{
	objects_advice_deinit(&advice);
	objects_report_deinit(&report);
	objects_free(objects);
	memory_file_deinit(&file);
	sample_free(&sample);
	memset(&advice, 0, sizeof(advice));
	memset(&report, 0, sizeof(report));
	memset(&file, 0, sizeof(file));
	memset(&sample, 0, sizeof(sample));
	objects = NULL;
}

/* The one of a kind whose text begins so. */
static const struct advice *advice_of(const char *kind, const char *text)
{
	for (size_t i = 0; i < advice.n_list; i++)
		if (strcmp(advice.list[i].kind, kind) == 0 && strncmp(advice.list[i].text, text, strlen(text)) == 0)
			return &advice.list[i];
	fail_msg("no advice %s '%s'", kind, text);
	return NULL;
}

static void assert_about(const struct advice *a, const char *expected)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	objects_path(objects, a->object, &path);
	assert_string_equal(strbuf_text(&path), expected);
}

UNIT_TEST(each_kind_saves_whole_blocks)
{
	static const struct {
		const char *kind, *text, *about;
		uint64_t saved_bytes;
	} expected[] = {
		/* 40 strings, 4 of them different: 36 objects of 16 B, 36 texts of 32 B */
		{ "share-strings", "records: ", "records", 36 * (16 + 32) },
		/* 8 lists with 36 of 64 items */
		{ "copy-list", "devices: ", "devices", 8 * (64 - 36) * 4 },
		{ "copy-list", "log: ", "log", (256 - 140) * 4 },
		/* 130 of 167 slots of 8 B: 1,344 B of blocks, and 1,040 B */
		{ "rebuild-dict", "names: ", "names", 1344 - 1040 },
		{ "share-buffer", "Port: ", "Port", 3 * (16 + 128) },
		/* 140 numbers in a block for 256; 8 of 36 in blocks for 64: bytes with a 0 at their end */
		{ "pack-numbers", "log: its 140 numbers are 0 to 139: keep them as bytes(x)", "log", 1024 - 144 },
		{ "pack-numbers", "devices: 8 lists and tuples in it", "devices", 8 * (256 - 48) },
	};

	advise("objects/advice.mem", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct advice *a = advice_of(expected[i].kind, expected[i].text);
		assert_u64_equal(a->saved_bytes, expected[i].saved_bytes);
		assert_int_equal(a->gain, ADVICE_USED);
		assert_about(a, expected[i].about);
	}
	assert_int_equal(advice.n_list, 12);
}

/* The last of 12 is live. */
UNIT_TEST(garbage_is_until_the_next_collection)
{
	const struct advice *a;

	advise("objects/advice.mem", NULL);
	a = advice_of("reuse-buffer", "Make one bytearray(100)");
	assert_u64_equal(a->saved_bytes, 11 * (16 + 112));
	assert_int_equal(a->gain, ADVICE_GARBAGE);
	assert_int_equal(a->object, OBJECT_NONE);
}

/* Of 61 such globals a function assigns to one. */
UNIT_TEST(what_is_assigned_to_is_no_constant)
{
	const struct advice *a;

	advise("objects/advice.mem", NULL);
	a = advice_of("use-const", "chip: assign its 60 numbers");
	/* 73 slots of 8 B become 6; 64 names of the code become 4 */
	assert_u64_equal(a->saved_bytes, 592 - 48 + 128);
	assert_about(a, "chip");
}

UNIT_TEST(room_in_flash_is_said)
{
	struct advice_flash flash = { "FLASH", 4000 };

	advise("objects/advice.mem", &flash);
	assert_non_null(strstr(advice_of("freeze-module", "weather: ")->text, "; FLASH has room: 4000 B are free"));
	tear_down();
	flash.free_bytes = 1000;
	advise("objects/advice.mem", &flash);
	assert_non_null(strstr(advice_of("freeze-module", "weather: ")->text, "no room for that: 1000 B are free"));
	assert_non_null(strstr(advice_of("freeze-module", "chip: ")->text, "; FLASH has room"));
	tear_down();
	flash.free_bytes = -20;
	advise("objects/advice.mem", &flash);
	assert_non_null(strstr(advice_of("freeze-module", "chip: ")->text, "no room for that: -20 B are free"));
}

/* Pools of names are saved as a whole, so that all modules save another amount than their sum. */
UNIT_TEST(modules_are_frozen_together_too)
{
	const struct advice *all, *weather, *chip;

	advise("objects/advice.mem", NULL);
	all = advice_of("freeze-modules", "Freeze all 2 modules in RAM");
	weather = advice_of("freeze-module", "weather: ");
	chip = advice_of("freeze-module", "chip: ");
	assert_true(all->saved_bytes > weather->saved_bytes + chip->saved_bytes);
	assert_int_equal(all->object, OBJECT_NONE);
	assert_about(weather, "weather");
}

UNIT_TEST(what_stands_in_the_way_came_too_late)
{
	const struct advice *a;

	advise("objects/fragmented.mem", NULL);
	a = advice_of("allocate-first", "log: ");
	assert_int_equal(advice.n_list, 1);
	assert_int_equal(a->gain, ADVICE_LARGEST_FREE);
	assert_u64_equal(a->saved_bytes, 134512 - 15232);
	assert_about(a, "log");
}

/* Two areas. Without `small` the largest free run hardly grows, `Late` is a class, and two buffers were made in vain.
 */
UNIT_TEST(what_saves_little_is_not_advised)
{
	advise("objects/order.mem", NULL);
	assert_u64_equal(advice_of("allocate-first", "first: ")->saved_bytes, 7008);
	assert_int_equal(advice.n_list, 1);
}

/* A board just started, and a program without anything to improve. */
UNIT_TEST(there_may_be_nothing_to_advise)
{
	advise("objects/rp2.mem", NULL);
	assert_int_equal(advice.n_list, 0);
	tear_down();
	advise("objects/before.mem", NULL);
	assert_int_equal(advice.n_list, 0);
}

/* The unix port after `run` of a program with a function, and `objects` and `sites --cpu` thrice, without a collection.
 */
UNIT_TEST(what_memprof_made_is_left_out)
{
	advise("objects/own.mem", NULL);
	assert_int_equal(advice.n_list, 0);
	assert_int_equal(report.n_duplicates, 0);
}

/* Names and texts of a board that are no plain text. */
UNIT_TEST(texts_are_clean)
{
	advise("objects/hostile.mem", NULL);
	for (size_t i = 0; i < advice.n_list; i++)
		for (const char *c = advice.list[i].text; *c; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
}
