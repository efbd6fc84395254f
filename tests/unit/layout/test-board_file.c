/* Board files: what is wrong is refused with its place; and what holds for every board that is shipped. */
#define _DEFAULT_SOURCE
#include "memprof/layout/board_file.h"

#include <glob.h>

#include "memprof/base/text.h"
#include "sample.h"
#include "tests_dir.h"
#include "unit.h"

/* ---- small files ---- */

/* These have ' for ", which no text in them has. */
static char *quoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return copy;
}

#define HEAD_OF(name)                                  \
	"{'schema': 'memprof.board/1', 'name': '" name \
	"', 'title': 'T', 'maker': 'M', "              \
	"'mcu': 'C', 'firmware': 'micropython', 'port': 'rp2', "
#define SOURCE "'source': [{'repository': 'r', 'path': 'p', 'says': 's'}], "
/* What is under test stands in the second line, from column 1 on. */
#define FILE_OF(rest)    HEAD_OF("a-board") SOURCE "\n" rest "}"
#define SRAM             "{'name': 'SRAM', 'kind': 'sram', 'space': 'cpu', 'start': '0x1000', 'size': '4K'"
#define IN_SRAM(spans)   "'memories': [" SRAM ",\n'spans': [" spans "]}]"
#define WITH_SRAM(rest)  FILE_OF("'memories': [" SRAM "}]" rest)
#define ROM_OF(rest)     FILE_OF("'memories': [{'name': 'x', 'kind': 'rom', 'space': 'cpu',\n" rest "}]")
#define ROM_AT_0(rest)   FILE_OF("'memories': [{'name': 'x', 'kind': 'rom', 'space': 'cpu', 'start': '0x0',\n" rest "}]")
#define SPAN(name, more) "{'name': '" name "', 'kind': 'heap', " more "}"

static struct board_file *read_text(const char *text)
{
	struct board_file *board = NULL;
	struct diag diag = { .text = "" };
	char *json = quoted(text);

	if (board_file_read(json, strlen(json), "x.json", &board, &diag) != 0)
		fail_msg("%d:%d: %s\n%s", (int)diag.at.line, (int)diag.at.col, diag.text, text);
	free(json);
	return board;
}

UNIT_TEST(all_members_are_read)
{
	static const char text[] = HEAD_OF("a-board")
		"'$schema': 'x', 'source': [{'repository': 'r', 'path': 'p', 'commit': '0123abc', 'says': 's'}],"
		"'memories': [{'name': 'flash', 'kind': 'flash', 'space': 'flash', 'start': '0x0', 'size': '1.5M'}, "
		SRAM ", 'says': 'fast', 'spans': ["
		SPAN("a", "'start': '0x1800', 'size': 16") ", " SPAN("b", "'offset': '1K', 'size': '0x10'") ", "
		SPAN("c", "'size': '0.5K', 'says': 'moves'") "]}],"
		"'partitions': {'table': 't.csv', 'memory': 'flash', 'rows': ["
		SPAN("nvs", "'offset': 36864, 'size': '24K'") "]},"
		"'mappings': [{'space': 'cpu', 'start': '0x10000000', 'size': '1M', 'to_space': 'flash',"
		" 'to_start': '0x80000'}]}";
	struct board_file *b = read_text(text);

	assert_string_equal(b->name, "a-board");
	assert_string_equal(b->title, "T");
	assert_string_equal(b->firmware, "micropython");
	assert_string_equal(b->partition_table, "t.csv");
	assert_string_equal(b->sources[0].commit, "0123abc");
	assert_int_equal(b->n_memories, 2);
	assert_string_equal(b->memories[0].space, "flash");
	assert_u64_equal(b->memories[0].size_bytes, 1536 << 10);
	assert_null(b->memories[0].summary);
	assert_string_equal(b->memories[1].summary, "fast");
	assert_int_equal(b->n_spans, 4);
	assert_u64_equal(b->spans[0].start, 0x1800);
	assert_u64_equal(b->spans[1].start, 0x1400);
	assert_u64_equal(b->spans[1].size_bytes, 16);
	assert_u64_equal(b->spans[2].start, NOT_KNOWN);
	assert_u64_equal(b->spans[2].size_bytes, 512);
	assert_false(b->spans[2].of_partitions);
	assert_true(b->spans[3].of_partitions && b->spans[3].i_memory == 0);
	assert_u64_equal(b->mappings[0].to_start, 0x80000);
	assert_u64_equal(board_file_memory_bytes(b, 1u << BOARD_FLASH), 1536 << 10);
	assert_u64_equal(board_file_memory_bytes(b, 1u << BOARD_SRAM | 1u << BOARD_TCM), 4096);
	assert_u64_equal(board_file_memory_bytes(b, 1u << BOARD_PSRAM), 0);
	board_file_free(b);
	board_file_free(NULL);
}

UNIT_TEST(what_is_wrong_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		uint32_t line, col;
		const char *summary;
	} faults[] = {
		{ "[]", 1, 1, "must be an object" },
		{ "{}", 1, 1, "no 'schema'" },
		{ "{'schema': 'memprof.usb-ids/1'}", 1, 12, "expected the schema 'memprof.board/1'" },
		{ "{'schema': 'memprof.board/1'}", 1, 1, "no 'name'" },
		{ "{'schema': 'memprof.board/1',\n'name': 'Pico'}", 2, 9, "no name of a board" },
		{ "{'schema': 'memprof.board/1',\n'name': 'a--b'}", 2, 9, "no name of a board" },
		{ "{'schema': 'memprof.board/1',\n'name': 'a-'}", 2, 9, "no name of a board" },
		{ "{'schema': 'memprof.board/1',\n'name': ''}", 2, 9, "1 to 40 printable" },
		{ "{'schema': 'memprof.board/1',\n'name': 'a', 'title': '\\u001b[2J'}", 2, 23, "printable" },
		{ "{'schema': 'memprof.board/1',\n'name': 'a', 'name': 'b'}", 2, 14, "duplicate 'name'" },
		{ "{'schema': 'memprof.board/1',\n'colour': 1}", 2, 1, "unknown member 'colour'" },
		{ HEAD_OF("a") "'memories': []}", 1, 1, "no 'source'" },
		{ HEAD_OF("a") "\n'source': []}", 2, 11, "'source' must have 1 to 32 items; found 0" },
		{ HEAD_OF("a") "\n'source': [{}]}", 2, 12, "no 'repository'" },
		{ HEAD_OF("a") "\n'source': [{'repository': 'r', 'path': 'p', 'says': 's',\n'commit': 'HEAD123'}]}", 3,
		  11, "'commit' must be" },
		{ FILE_OF("'memories': []"), 2, 13, "1 to 32 items" },
		{ FILE_OF("'memories': {}"), 2, 13, "must be an array" },
		{ FILE_OF("'memories': [1]"), 2, 14, "must be an object" },
		{ FILE_OF("'memories': [{'name': 'x', 'kind': 'dram'}]"), 2, 36,
		  "no kind 'dram'; expected sram, tcm, psram, sdram, flash or rom" },
		{ FILE_OF("'memories': [{'name': 'x', 'kind': 'rom', 'space': 'ram'}]"), 2, 52,
		  "expected cpu, flash or psram" },
		{ ROM_OF("'start': 0"), 3, 10, "must be a string" },
		{ ROM_OF("'start': '0xA'"), 3, 10, "found '0xA'" },
		{ ROM_OF("'start': '10'"), 3, 10, "hexadecimal" },
		{ ROM_OF("'start': '0x'"), 3, 10, "hexadecimal" },
		{ ROM_OF("'start': '0xffffffffffffffff'"), 3, 10, "hexadecimal" },
		{ ROM_AT_0("'size': 0"), 3, 9, "must not be 0" },
		{ ROM_AT_0("'size': -1"), 3, 9, "" },
		{ ROM_AT_0("'size': '1G'"), 3, 9, "found '1G'" },
		{ ROM_AT_0("'size': '8KiB'"), 3, 9, "whole number of bytes" },
		{ ROM_AT_0("'size': '0.3K'"), 3, 9, "whole number of bytes" },
		{ ROM_OF("'start': '0xfffffffffffffffe', 'size': 2"), 3, 10, "do not fit into 64 bits" },
		{ FILE_OF("'memories': [" SRAM "},\n" SRAM "}]"), 3, 1, "there is a memory 'SRAM' already" },
		{ FILE_OF("'memories': [" SRAM
			  "},\n{'name': 'b', 'kind': 'sram', 'space': 'cpu', 'start': '0x1fff', 'size': 1}]"),
		  3, 1, "'b' overlaps 'SRAM'" },
		{ FILE_OF(IN_SRAM("")), 3, 10, "1 to 256 items" },
		{ FILE_OF(IN_SRAM("{'name': 'a', 'kind': 'section', 'size': 1}")), 3, 33,
		  "no kind 'section'; expected region," },
		{ FILE_OF(IN_SRAM("{'name': 'a', 'size': 1}")), 3, 11, "no 'kind'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'start': '0x1000', 'offset': 0, 'size': 1"))), 3, 60,
		  "'start' is there already" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'start': '0xfff', 'size': 1"))), 3, 11, "does not lie in 'SRAM'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'start': '0x1fff', 'size': 2"))), 3, 11, "does not lie in 'SRAM'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'start': '0x2000', 'size': 1"))), 3, 11, "does not lie in 'SRAM'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'offset': '4K', 'size': 1"))), 3, 51, "beyond 'SRAM', which has 4096" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'size': 4097"))), 3, 11, "more than the 4096 of 'SRAM'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'offset': 0, 'size': 32") ",\n" SPAN("b", "'offset': 16, 'size': 32"))), 4,
		  1, "'b' overlaps 'a'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'offset': 0, 'size': 32") ",\n" SPAN("b", "'offset': 0, 'size': 32"))), 4,
		  1, "'b' has the same range as 'a'" },
		{ FILE_OF(IN_SRAM(SPAN("a", "'offset': 0, 'size': 32") ",\n" SPAN("a", "'size': 32"))), 4, 10,
		  "'SRAM' has a span 'a' already" },
		{ FILE_OF("'memories': [" SRAM ", 'spans': [" SPAN(
			  "a",
			  "'offset': 0, 'size': 32") "]}], "
						     "'partitions': {'table': 't', 'memory': 'SRAM',\n'rows': [" SPAN(
							     "a", "'offset': 64, 'size': 1") "]}"),
		  3, 19, "'SRAM' has a span 'a' already" },
		{ WITH_SRAM(", 'partitions': {'table': 't',\n'memory': 'flash', 'rows': []}"), 3, 11,
		  "no memory 'flash' in this file" },
		{ WITH_SRAM(", 'partitions': {'table': 't', 'memory': 'SRAM',\n'rows': [" SPAN("a", "'size': 1") "]}"),
		  3, 10, "'a' has no 'offset'" },
		{ WITH_SRAM(", 'partitions':\n[]"), 3, 1, "must be an object" },
		{ WITH_SRAM(",\n'mappings': [{'space': 'flash', 'start': '0x0', 'size': '8K', 'to_space': 'cpu',"
			    " 'to_start': '0x1000'}]"),
		  3, 14, "no memory of 'cpu' has all of 0x1000 and 8192" },
		{ WITH_SRAM(",\n'mappings': [{'space': 'cpu', 'start': '0x1800', 'size': '2K', 'to_space': 'cpu',"
			    " 'to_start': '0x1800'}]"),
		  3, 14, "cannot show itself" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct board_file *none = NULL;
		struct diag diag = { .text = "" };
		char *json = quoted(faults[i].text);
		int r = board_file_read(json, strlen(json), "x.json", &none, &diag);
		if (r != -EINVAL || none || diag.at.line != faults[i].line || diag.at.col != faults[i].col ||
		    strcmp(diag.at.file, "x.json") != 0 || !strstr(diag.text, faults[i].summary) || !diag.text[0])
			fail_msg("%s: %d, %d:%d: %s", faults[i].text, r, (int)diag.at.line, (int)diag.at.col,
				 diag.text);
		free(json);
	}
}

UNIT_TEST(spans_may_nest_and_touch)
{
	struct board_file *b = read_text(FILE_OF(IN_SRAM(
		SPAN("a", "'offset': 0, 'size': 32") "," SPAN("b", "'offset': 32, 'size': 32") "," SPAN("c", "'offset': 4, 'size': 4") "," SPAN(
			"d",
			"'offset': 0, 'size': '4K'") ","
						     "{'name': 'e', 'kind': 'region', 'offset': 0, 'size': '4K'}")));

	assert_int_equal(b->n_spans, 5);
	board_file_free(b);
}

/* The words of a file are those that a layout is printed with. */
UNIT_TEST(kinds_are_called_what_layouts_call_them)
{
	char text[1000];
	size_t n_kinds = 0;

	for (int kind = 0; kind < N_SPAN_KINDS; kind++) {
		struct board_file *board = NULL;
		snprintf(text, sizeof(text), FILE_OF(IN_SRAM("{'name': 'a', 'kind': '%s', 'size': 1}")),
			 span_kind_name((enum span_kind)kind));
		char *json = quoted(text);
		int r = board_file_read(json, strlen(json), "x", &board, NULL);
		bool is_none = kind == SPAN_MEMORY || kind == SPAN_FIRMWARE || kind == SPAN_SECTION;
		assert_int_equal(r, is_none ? -EINVAL : 0);
		if (board)
			assert_int_equal(board->spans[0].kind, kind);
		n_kinds += board != NULL;
		board_file_free(board);
		free(json);
	}
	assert_int_equal(n_kinds, 9);
	for (int kind = 0; kind < N_BOARD_MEMORY_KINDS; kind++) {
		snprintf(text, sizeof(text),
			 FILE_OF("'memories': [{'name': 'x', 'kind': '%s', 'space': 'cpu',"
				 " 'start': '0x0', 'size': 1}]"),
			 board_memory_kind_name((enum board_memory_kind)kind));
		struct board_file *board = read_text(text);
		assert_int_equal(board->memories[0].kind, kind);
		board_file_free(board);
	}
}

/* A file of many spans, and what comes after them. */
static int read_many(size_t n_spans, const char *rest, struct diag *diag)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct board_file *board = NULL;

	strbuf_puts(&s, HEAD_OF("a") SOURCE "'memories': [" SRAM ", 'spans': [");
	for (size_t i = 0; i < n_spans; i++)
		strbuf_printf(&s, "%s{'name': 's%zu', 'kind': 'pool', 'offset': %zu, 'size': 1}", i ? "," : "", i, i);
	strbuf_puts(&s, rest);
	char *json = quoted(s.text);
	int r = board_file_read(json, strlen(json), "x", &board, diag);
	assert_true((r == 0) == (board != NULL));
	board_file_free(board);
	free(json);
	return r;
}

UNIT_TEST(more_spans_than_are_read_are_refused)
{
	struct diag diag = { .text = "" };

	assert_int_equal(read_many(BOARD_FILE_SPANS_MAX, "]}]}", &diag), 0);
	assert_int_equal(read_many(BOARD_FILE_SPANS_MAX, ",1]}]}", &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "1 to 256 items; found 257"));
	assert_int_equal(read_many(BOARD_FILE_SPANS_MAX,
				   "]}, {'name': 'x', 'kind': 'rom', 'space': 'cpu',"
				   " 'start': '0x0', 'size': 1, 'spans': [1]}]}",
				   &diag),
			 -EINVAL);
	assert_non_null(strstr(diag.text, "more than the 256 spans"));
}

/* ---- the boards that are shipped ---- */

static void for_each_shipped(void (*check)(const struct board_file *board, const char *path))
{
	glob_t found;
	size_t n = 0;

	assert_int_equal(glob(TESTS_DIR "/../layouts/*.json", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct board_file *board = NULL;
		struct diag diag = { .text = "" };
		struct sample file;
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		char in_data[128];
		snprintf(in_data, sizeof(in_data), "../../layouts/%s", name);
		sample_read(in_data, &file);
		if (!text_find((const char *)file.bytes, file.n_bytes, "\"memprof.board/")) {
			sample_free(&file);
			continue;
		}
		if (board_file_read((const char *)file.bytes, file.n_bytes, name, &board, &diag) != 0)
			fail_msg("%s:%d:%d: %s", name, (int)diag.at.line, (int)diag.at.col, diag.text);
		check(board, name);
		board_file_free(board);
		sample_free(&file);
		n++;
	}
	assert_true(n >= 19);
	globfree(&found);
}

static struct board_file *shipped(const char *name)
{
	struct board_file *board = NULL;
	struct sample file;
	char in_data[128];

	snprintf(in_data, sizeof(in_data), "../../layouts/%s.json", name);
	sample_read(in_data, &file);
	assert_int_equal(board_file_read((const char *)file.bytes, file.n_bytes, "x", &board, NULL), 0);
	sample_free(&file); /* nothing of a board is the text's */
	return board;
}

static void check_texts(const struct board_file *board, const char *file)
{
	size_t n_placed = 0;

	assert_int_equal(strlen(file), strlen(board->name) + 5);
	assert_memory_equal(file, board->name, strlen(board->name));
	assert_true(strlen(board->title) <= 19); /* a column of the list */
	for (size_t i = 0; i < board->n_sources; i++) {
		assert_non_null(strchr(board->sources[i].repository, '/'));
		assert_true(board->sources[i].commit && strlen(board->sources[i].commit) == 40);
		assert_true(board->sources[i].path[0] != '/');
	}
	for (size_t i = 0; i < board->n_spans; i++)
		n_placed += board->spans[i].start != NOT_KNOWN;
	assert_true(n_placed > 0);
	assert_true(board_file_memory_bytes(board, 1u << BOARD_SRAM | 1u << BOARD_TCM) >= 64 << 10);
}

UNIT_TEST(shipped_boards_say_where_it_is_from) { for_each_shipped(check_texts); }

/* What has no place must fit beside what has one: together no more than their memory. */
static void check_sums(const struct board_file *board, const char *file)
{
	for (uint32_t k = 0; k < board->n_memories; k++) {
		uint64_t loose = 0, placed = 0;
		for (size_t i = 0; i < board->n_spans; i++) {
			const struct board_span *s = &board->spans[i];
			if (s->i_memory != k)
				continue;
			if (s->start == NOT_KNOWN)
				loose += s->size_bytes;
			else if (s->kind != SPAN_REGION && s->kind != SPAN_BOOTLOADER)
				placed += s->size_bytes;
		}
		if (loose + placed > board->memories[k].size_bytes)
			fail_msg("%s: %s has %" PRIu64 " bytes and %" PRIu64 " are in it", file,
				 board->memories[k].name, board->memories[k].size_bytes, loose + placed);
	}
}

UNIT_TEST(shipped_boards_have_room_for_what_they_hold) { for_each_shipped(check_sums); }

static void check_layout(const struct board_file *board, const char *file)
{
	struct layout l = { 0 };
	size_t n_placed = 0, n_loose = 0;

	layout_board(&l, board, NOT_KNOWN);
	layout_board_partitions(&l, board);
	layout_board(&l, board, NOT_KNOWN); /* who says it twice says no more */
	assert_int_equal(layout_resolve(&l), 0);
	for (size_t i = 0; i < board->n_spans; i++) {
		n_placed += board->spans[i].start != NOT_KNOWN;
		n_loose += board->spans[i].start == NOT_KNOWN;
	}
	if (l.n_conflicts > 0)
		fail_msg("%s: %s", file, l.conflicts[0].what);
	assert_int_equal(l.n_spans, board->n_memories + n_placed);
	assert_int_equal(l.n_notes, n_loose);
	assert_string_equal(l.board, board->name);
	for (size_t i = 0; i < l.n_spans; i++)
		assert_true((l.spans[i].kind == SPAN_MEMORY) == (l.spans[i].parent == LAYOUT_NONE));
	layout_deinit(&l);
}

UNIT_TEST(shipped_boards_resolve_without_conflict) { for_each_shipped(check_layout); }

/* ---- what is known of some of them ---- */

static const struct layout_span *span_called(const struct layout *l, const char *name)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (strcmp(l->spans[i].name, name) == 0)
			return &l->spans[i];
	fail_msg("there is no span %s", name);
	return NULL;
}

UNIT_TEST(what_is_known_of_boards_is_in_their_files)
{
	static const struct {
		const char *board, *span;
		uint64_t start, size_bytes;
	} known[] = {
		/* micropython-rp2-pico.map: the file system begins at 0x100A0000; FLASH has 655360 bytes */
		{ "raspberrypi-pico", "file system", 0xa0000, 1408 << 10 },
		{ "raspberrypi-pico", "FLASH", 0, 655360 },
		{ "raspberrypi-pico", "SRAM", 0x20000000, 264 << 10 },
		{ "raspberrypi-pico-w", "file system", 0x12c000, 848 << 10 },
		{ "raspberrypi-pico-w", "FLASH", 0, 1200 << 10 },
		{ "raspberrypi-pico2", "file system", 0x100000, 3 << 20 },
		{ "raspberrypi-pico2-w", "file system", 0x180000, 2560 << 10 },
		{ "raspberrypi-pico2", "SRAM", 0x20000000, 520 << 10 },
		{ "pimoroni-tufty2350", "PSRAM", 0x11000000, 8 << 20 },
		{ "pimoroni-tufty2350", "GC heap", 0x11000000, 3 << 20 },
		{ "pimoroni-tufty2350", "image pool", 0x11300000, 4 << 20 },
		{ "pimoroni-tufty2350", "RAM file system", 0x11700000, 1 << 20 },
		{ "pimoroni-tufty2350", "/ (littlefs)", 15 << 20, 1 << 20 },
		{ "espressif-esp32-4m", "vfs", 0x200000, 2 << 20 },
		{ "espressif-esp32-2m", "vfs", 0x170000, 576 << 10 },
		{ "espressif-esp32c3-4m", "vfs", 0x200000, 2 << 20 },
		{ "espressif-esp32c3-4m", "SRAM1", 0x3fc80000, 384 << 10 },
		{ "espressif-esp32s3-8m", "vfs", 0x200000, 6 << 20 },
		{ "espressif-esp32s3-8m", "bootloader", 0, 0x8000 },
		{ "espressif-esp8266-1m", "irom0_0_seg", 0x9000, 572 << 10 },
		{ "espressif-esp8266-1m", "SDK parameters", 0xfb000, 20 << 10 },
		{ "micropython-pyboard11", "FLASH_TEXT", 0x08020000, 896 << 10 },
		{ "st-nucleo-f401re", "cache of the file system", 0x20014000, 16 << 10 },
		{ "adafruit-feather-nrf52840", "FLASH_FIRMWARE", 0x27000, 780 << 10 },
		{ "adafruit-metro-m4", "FLASH_FIRMWARE", 0x4000, 488 << 10 },
		{ "pjrc-teensy41", "file system", 0x100000, (7 << 20) - 4096 },
		{ "openmv-h7plus", "UMA pool 0", 0xc0500000, 27 << 20 },
		{ "openmv-n6", "UMA pool 3", 0x34200000, 1792 << 10 },
		{ "arm-mps2-an385", "ROMFS", 0x21000000, 4 << 20 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct board_file *board = shipped(known[i].board);
		struct layout l = { 0 };
		layout_board(&l, board, NOT_KNOWN);
		layout_board_partitions(&l, board);
		board_file_free(board); /* the layout has copies */
		assert_int_equal(layout_resolve(&l), 0);
		const struct layout_span *span = span_called(&l, known[i].span);
		if (span->start != known[i].start || span->size_bytes != known[i].size_bytes)
			fail_msg("%s: %s is at 0x%" PRIx64 " and has %" PRIu64 " bytes", known[i].board, known[i].span,
				 span->start, span->size_bytes);
		assert_non_null(strstr(span->from[0], known[i].board));
		layout_deinit(&l);
	}
}

/* The PSRAM of the Tufty is shared out to its last byte. */
UNIT_TEST(tufty_splits_its_psram_in_three)
{
	struct board_file *board = shipped("pimoroni-tufty2350");
	struct layout l = { 0 };
	uint64_t sum = 0;

	layout_board(&l, board, NOT_KNOWN);
	assert_int_equal(layout_resolve(&l), 0);
	const struct layout_span *psram = span_called(&l, "PSRAM");
	for (uint32_t i = psram->first_child; i != LAYOUT_NONE; i = l.spans[i].next)
		sum += l.spans[i].size_bytes;
	assert_u64_equal(sum, psram->size_bytes);
	layout_deinit(&l);
	board_file_free(board);
}

/* Where flash is seen through a window, the place that people know is the window's. */
UNIT_TEST(pico_shows_its_file_system_at_0x100a0000)
{
	struct board_file *board = shipped("raspberrypi-pico");

	assert_int_equal(board->n_mappings, 1);
	assert_string_equal(board->mappings[0].to_space, LAYOUT_FLASH);
	for (size_t i = 0; i < board->n_spans; i++)
		if (board->spans[i].kind == SPAN_FILESYSTEM)
			assert_u64_equal(board->spans[i].start - board->mappings[0].to_start + board->mappings[0].start,
					 0x100a0000);
	board_file_free(board);
}

/* A partition table of one's own takes the place of the firmware's. */
UNIT_TEST(a_partition_table_is_claimed_alone)
{
	struct board_file *board = shipped("espressif-esp32-4m");
	struct layout l = { 0 };

	layout_board(&l, board, NOT_KNOWN);
	for (size_t i = 0; i < l.n_spans; i++)
		assert_int_not_equal(l.spans[i].kind, SPAN_PARTITION);
	size_t n = l.n_spans;
	layout_board_partitions(&l, board);
	assert_int_equal(l.n_spans, n + 6);
	assert_string_equal(span_called(&l, "vfs")->from[0], "partitions-4MiBplus.csv of espressif-esp32-4m");
	layout_deinit(&l);
	board_file_free(board);
}
