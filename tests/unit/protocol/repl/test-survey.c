/* The survey: the table of questions, and answers of boards (tests/data/survey). */
#include "memprof/protocol/survey.h"

#include "memprof/base/text.h"
#include "sample.h"
#include "unit.h"

/* Gives answers, Ctrl-D between them, to the questions that apply, as look_survey does. */
static void answer(const char *bytes, size_t n_bytes, struct board_info *board)
{
	const char *p = bytes, *end = bytes + n_bytes;

	*board = (struct board_info){ .known = false };
	for (size_t i = 0; i < n_survey_questions && p < end; i++) {
		if (!survey_applies(&survey_questions[i], board))
			continue;
		const char *stop = memchr(p, 4, (size_t)(end - p));
		size_t n = (size_t)((stop ? stop : end) - p);
		if (n > 0) {
			char *copy = exact_copy(p, n);
			survey_questions[i].read(copy, n, board);
			free(copy);
		}
		p += n + 1;
	}
}

static void answer_file(const char *name, struct board_info *board)
{
	struct sample file;
	char path[128];

	snprintf(path, sizeof(path), "survey/%s", name);
	sample_read(path, &file);
	answer((const char *)file.bytes, file.n_bytes, board);
	sample_free(&file);
}

static const struct survey_question *question(const char *what, const char *platform)
{
	struct board_info board = { .known = true };

	snprintf(board.platform, sizeof(board.platform), "%s", platform);
	for (size_t i = 0; i < n_survey_questions; i++)
		if (strcmp(survey_questions[i].what, what) == 0 && survey_applies(&survey_questions[i], &board))
			return &survey_questions[i];
	fail_msg("'%s' is not asked on %s", what, platform);
	return NULL;
}

static void ask(const char *what, const char *platform, const char *text, struct board_info *board)
{
	size_t n = strlen(text);
	char *copy = exact_copy(text, n);

	question(what, platform)->read(copy, n, board);
	free(copy);
}

static struct board_info asked(const char *what, const char *platform, const char *text)
{
	struct board_info board;

	board_init(&board);
	ask(what, platform, text, &board);
	return board;
}

/* ---- the table ---- */

/* What is sent must not leave a name behind, must fit on a line, and must not be long: it is compiled
 * there. An expression that is a list would be printed in paste mode, hence "and None". */
UNIT_TEST(questions_are_small_expressions)
{
	static const char *const statements[] = { "import ", "=", ";", "def ", "del ", "exec", "global" };

	for (size_t i = 0; i < n_survey_questions; i++) {
		const char *code = survey_questions[i].code;
		assert_non_null(survey_questions[i].read);
		assert_true(strlen(survey_questions[i].what) > 0);
		assert_true(strlen(code) <= 200);
		assert_null(strchr(code, '\n'));
		for (const char *p = code; *p; p++)
			assert_true(*p >= ' ' && *p < 0x7f);
		for (size_t k = 0; k < ARRAY_SIZE(statements); k++)
			if (strstr(code, statements[k]) && !strstr(code, "start=0"))
				fail_msg("'%s' has a '%s' in it", code, statements[k]);
		assert_true(text_starts(code, strlen(code), "print(") || text_starts(code, strlen(code), "help(") ||
			    strstr(code, ".print_stats()") || /* which returns None */
			    (code[0] == '[' && strcmp(code + strlen(code) - 9, "]and None") == 0));
	}
}

UNIT_TEST(what_is_asked_where)
{
	static const struct {
		const char *platform;
		size_t n;
	} counts[] = {
		{ "rp2", 10 },  { "esp32", 12 },      { "esp8266", 10 }, { "pyboard", 10 },
		{ "linux", 5 }, { "webassembly", 5 }, { "RP2040", 7 },   { "esp", 7 },
		{ "esp3", 7 },  { "esp322", 7 },      { "linux2", 7 },   { "", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct board_info board = { .known = true };
		size_t n = 0;
		snprintf(board.platform, sizeof(board.platform), "%s", counts[i].platform);
		for (size_t k = 0; k < n_survey_questions; k++)
			n += survey_applies(&survey_questions[k], &board);
		if (n != counts[i].n)
			fail_msg("%zu questions on '%s'", n, counts[i].platform);
	}
}

/* A module that is built in, not one whose name begins or ends so. */
UNIT_TEST(what_is_asked_of_a_module)
{
	static const struct {
		const char *modules;
		bool asked;
	} rows[] = {
		{ "umalloc\n", true },
		{ "time\numalloc\nzlib\n", true },
		{ "", false },
		{ "numalloc\numalloc2\n", false },
		{ "numalloc\numalloc\n", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct board_info board = { .known = true };
		snprintf(board.modules, sizeof(board.modules), "%s", rows[i].modules);
		bool asked = false;
		for (size_t k = 0; k < n_survey_questions; k++)
			asked |= strstr(survey_questions[k].code, "umalloc") &&
				 survey_applies(&survey_questions[k], &board);
		assert_int_equal(asked, rows[i].asked);
	}
}

/* ---- boards ---- */

UNIT_TEST(builds_that_are_tested_live)
{
	struct board_info board;

	answer_file("unix-1.25.0", &board);
	assert_true(board.known);
	assert_string_equal(board.firmware, "MicroPython");
	assert_string_equal(board.version, "1.25.0");
	assert_string_equal(board.machine, "linux [GCC 12.2.0] version");
	assert_string_equal(board.platform, "linux");
	assert_string_equal(board.build, "standard");
	assert_int_equal(board.gc, BOARD_GC_ON);
	assert_u64_equal(board.gc_threshold_bytes, BOARD_NO_THRESHOLD);
	assert_u64_equal(board.pystack_used_bytes, NOT_KNOWN);
	assert_u64_equal(board.freq_hz, NOT_KNOWN);
	assert_false(board.filesystems_known);
	assert_int_equal(board.n_modules, 33);
	assert_int_equal(strncmp(board.modules, "__main__\n_asyncio\n_thread\narray\n", 32), 0);
	answer_file("qemu-1.25.0", &board);
	assert_string_equal(board.machine, "mps2-an385 with Cortex-M3");
	assert_string_equal(board.platform, "qemu");
	assert_string_equal(board.build, "MPS2_AN385");
	assert_true(board.filesystems_known); /* it looked, and there are none */
	assert_int_equal(board.n_filesystems, 0);
	assert_int_equal(board.n_modules, 26);
}

static void assert_filesystem(const struct board_filesystem *fs, const char *path, const char *kind,
			      uint64_t total_bytes, uint64_t free_bytes)
{
	assert_string_equal(fs->path, path);
	assert_string_equal(fs->kind, kind);
	assert_u64_equal(fs->total_bytes, total_bytes);
	assert_u64_equal(fs->free_bytes, free_bytes);
}

UNIT_TEST(a_pico)
{
	struct board_info board;

	answer_file("made-rp2-1.25.0", &board);
	assert_string_equal(board.build, "RPI_PICO");
	assert_u64_equal(board.freq_hz, 125000000);
	assert_string_equal(board.unique_id, "e660583883724a32");
	assert_u64_equal(board.n_device_blocks, 352);
	assert_u64_equal(board.device_block_bytes, 4096);
	assert_int_equal(board.n_filesystems, 2); /* /lib is a folder of the first */
	assert_filesystem(&board.filesystems[0], "/", "littlefs2", 352 * 4096, 349 * 4096);
	assert_filesystem(&board.filesystems[1], "/sd", "fat", 60000 * 512, 1234 * 512);
	assert_int_equal(board.n_modules, 20);
}

UNIT_TEST(an_esp32)
{
	struct board_info board;

	answer_file("made-esp32-1.22.0", &board);
	assert_string_equal(board.version, "1.22.0");
	assert_string_equal(board.build, "");
	assert_u64_equal(board.gc_threshold_bytes, 26112);
	assert_u64_equal(board.flash_bytes, 4 << 20);
	assert_u64_equal(board.flash_user_start, 2 << 20);
	assert_int_equal(board.n_partitions, 4);
	assert_string_equal(board.partitions[0].label, "factory");
	assert_u64_equal(board.partitions[0].offset_bytes, 65536);
	assert_u64_equal(board.partitions[0].size_bytes, 2031616);
	assert_false(board.partitions[2].encrypted);
	assert_u64_equal(board.partitions[3].type, 1);
	assert_u64_equal(board.partitions[3].subtype, 129);
	assert_true(board.partitions[3].encrypted);
	assert_filesystem(&board.filesystems[0], "/", "", 512 * 4096, 500 * 4096);
}

/* No _machine, no version in sys.version, a root that is none. */
UNIT_TEST(old_firmware)
{
	struct board_info board;

	answer_file("made-esp8266-1.11", &board);
	assert_string_equal(board.firmware, "MicroPython");
	assert_string_equal(board.version, "1.11.0");
	assert_string_equal(board.machine, "");
	assert_string_equal(board.platform, "esp8266");
	assert_u64_equal(board.flash_user_start, 634880);
	answer_file("made-pyboard-1.12", &board);
	assert_string_equal(board.version, "1.12.0");
	assert_u64_equal(board.freq_hz, 168000000); /* of four clocks the first */
	assert_string_equal(board.unique_id, "");
	assert_u64_equal(board.n_device_blocks, 464);
	assert_int_equal(board.n_filesystems, 2);
	assert_filesystem(&board.filesystems[0], "/flash", "", 179 * 512, 174 * 512);
	assert_filesystem(&board.filesystems[1], "/sd", "", 124800 * 512, 124000 * 512);
}

UNIT_TEST(circuitpython)
{
	struct board_info board;

	answer_file("made-circuitpython-9.2.1", &board);
	assert_string_equal(board.firmware, "CircuitPython");
	assert_string_equal(board.version, "9.2.1");
	assert_string_equal(board.platform, "Atmel SAMD51");
	assert_int_equal(board.gc, BOARD_GC_ON);
	assert_u64_equal(board.gc_threshold_bytes, NOT_KNOWN);
	assert_int_equal(board.n_filesystems, 1);
}

/* The banner named the machine before the survey: fields that the survey lacks stay. */
UNIT_TEST(what_is_known_already_stays)
{
	struct board_info board;

	board_init(&board);
	strcpy(board.machine, "X with Y");
	strcpy(board.version, "1.19.1");
	ask("firmware", "", "(name='micropython', version=(1, 19, 2)) rp2 3.4.0\r\n", &board);
	assert_string_equal(board.machine, "X with Y");
	assert_string_equal(board.version, "1.19.1");
	ask("firmware", "", "Traceback\r\n", &board);
	ask("firmware", "", "\r\n", &board);
	ask("firmware", "", "", &board);
	assert_string_equal(board.platform, "rp2");
}

UNIT_TEST(an_invalid_answer_gives_no_board)
{
	struct board_info board = { .known = false };

	ask("firmware", "", "linux 3.4.0; MicroPython v1.25.0 on 2026-11-20\n", &board);
	assert_false(board.known);
}

/* ---- odd answers ---- */

UNIT_TEST(invalid_numbers)
{
	static const struct {
		const char *text;
		uint64_t is;
	} answers[] = {
		{ "-1\r\n", BOARD_NO_THRESHOLD },
		{ "-", BOARD_NO_THRESHOLD },
		{ "0\r\n", 0 },
		{ "", NOT_KNOWN },
		{ "None\r\n", NOT_KNOWN },
		{ "99999999999999999999\r\n", NOT_KNOWN },
		{ "12", 12 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		assert_u64_equal(asked("gc.threshold", "rp2", answers[i].text).gc_threshold_bytes, answers[i].is);
	assert_int_equal(asked("gc.isenabled", "rp2", "Tru").gc, BOARD_GC_NOT_KNOWN);
	assert_int_equal(asked("gc.isenabled", "rp2", "False\r\n").gc, BOARD_GC_OFF);
	struct board_info board = asked("flash", "esp8266", "1048576\r\n");
	assert_u64_equal(board.flash_bytes, 1 << 20);
	assert_u64_equal(board.flash_user_start, NOT_KNOWN);
	assert_string_equal(asked("unique id", "rp2", "E660\r\n").unique_id, "");
	assert_string_equal(asked("unique id", "rp2", "e66\x1b[2J\r\n").unique_id, "e66");
}

UNIT_TEST(partitions_that_are_odd)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct board_info board = asked("partitions", "esp32",
					"(0, 0, 65536, 100, 'True', False)\n"
					"(0, 0, 65536)\n"
					"(1, 2, 3, 4, 'cut\n"
					"(1, 2, 3, 4, 'a label that is longer than one can be', True)\n"
					"\n(1, 2, 3, 99999999999999999999, 'x', True)\n");

	assert_int_equal(board.n_partitions, 3);
	assert_string_equal(board.partitions[0].label, "True");
	assert_false(board.partitions[0].encrypted);
	assert_string_equal(board.partitions[1].label, "");
	assert_string_equal(board.partitions[2].label, "a label that is lon");
	assert_true(board.partitions[2].encrypted);
	for (int i = 0; i < 100; i++)
		strbuf_printf(&s, "(0, 0, %d, 1, 'p', False)\n", i);
	assert_int_equal(asked("partitions", "esp32", strbuf_text(&s)).n_partitions, BOARD_PARTITIONS_MAX);
}

UNIT_TEST(file_systems_that_are_odd)
{
	struct board_info board = asked("file systems", "rp2",
					"(4096, 4096, 100, 101, 0) too-free\n"
					"(4096, 4096, 100) cut\n"
					"(4096, 4294967296, 100, 1, 1) too-large\n"
					"(4096, 4294967295, 4294967295, 4294967295, 1) largest\n"
					"4096, 4096, 100, 50\n"
					"(4096, 4096, 100, 50\n"
					"(4096, 4096, 100, 50, 50) a-name-that-is-longer-than-a-path-may-be\n"
					"(4096, 4096, 100, 0, 0)x\n"
					"(4096, 4096, 100, 1, 0)\n"
					"(4096, 4096, 100, 1, 0) same-as-root\n");

	assert_int_equal(board.n_filesystems, 4);
	assert_filesystem(&board.filesystems[0], "/largest", "", UINT64_C(4294967295) * 4294967295,
			  UINT64_C(4294967295) * 4294967295);
	assert_filesystem(&board.filesystems[1], "/a-name-that-is-longer-than-a-p", "", 409600, 204800);
	assert_filesystem(&board.filesystems[2], "/", "", 409600, 0);
	assert_filesystem(&board.filesystems[3], "/", "", 409600, 4096);
	ask("kinds of file systems", "rp2", "VfsFat /nowhere\nVfsLfs1 /largest\n<X> /\nVfsFat\n/ VfsRom\n", &board);
	assert_string_equal(board.filesystems[0].kind, "littlefs1");
	assert_string_equal(board.filesystems[2].kind, "");
}

UNIT_TEST(modules_are_sorted_and_bounded)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct board_info board = asked("modules", "rp2",
					"b  a c\r\n d\r\nPlus any modules on the filesystem\r\ne\r\n");

	assert_string_equal(board.modules, "a\nb\nc\nd\n");
	assert_int_equal(board.n_modules, 4);
	/* Not a list of modules: a build that cannot list them explains the string. */
	board = asked("modules", "rp2", "object modules is of type str\r\n  encode -- <function>\r\n");
	assert_int_equal(board.n_modules, 0);
	for (size_t length = 1; length < 40; length++) {
		strbuf_reset(&s);
		while (s.n_bytes < 10000) {
			strbuf_repeat(&s, "m", (unsigned)length);
			strbuf_puts(&s, " ");
		}
		board = asked("modules", "rp2", strbuf_text(&s));
		size_t n = strlen(board.modules), n_lines = 0;
		assert_true(n < sizeof(board.modules));
		for (const char *p = board.modules; *p; p++)
			n_lines += *p == '\n';
		assert_int_equal(n_lines, board.n_modules); /* as many as it says */
		assert_int_equal(n, board.n_modules * (length + 1));
		assert_true(board.n_modules == 512 || n + length + 2 > sizeof(board.modules));
	}
}

UNIT_TEST(texts_are_cut_to_their_room)
{
	struct board_info board;

	answer_file("made-hostile", &board);
	assert_true(board.known);
	assert_int_equal(strlen(board.firmware), sizeof(board.firmware) - 1);
	assert_int_equal(strlen(board.machine), sizeof(board.machine) - 1);
	assert_int_equal(strlen(board.version), sizeof(board.version) - 1);
	assert_int_equal(strlen(board.platform), sizeof(board.platform) - 1);
	assert_int_equal(board.n_filesystems, BOARD_FILESYSTEMS_MAX);
	assert_u64_equal(board.pystack_used_bytes, NOT_KNOWN);
}

/* Wherever an answer is cut, what is read is whole or not there. */
UNIT_TEST(cut_anywhere)
{
	static const char *const names[] = {
		"unix-1.25.0",       "qemu-1.25.0",       "made-rp2-1.25.0",          "made-esp32-1.22.0",
		"made-esp8266-1.11", "made-pyboard-1.12", "made-circuitpython-9.2.1", "made-hostile"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct sample file;
		char path[128];
		snprintf(path, sizeof(path), "survey/%s", names[i]);
		sample_read(path, &file);
		for (size_t n = 0; n < MIN(file.n_bytes, (size_t)3000); n++) {
			struct board_info board;
			answer((const char *)file.bytes, n, &board);
			for (size_t k = 0; k < board.n_filesystems; k++)
				assert_true(board.filesystems[k].free_bytes <= board.filesystems[k].total_bytes);
			for (size_t k = 0; k < board.n_partitions; k++)
				assert_true(board.partitions[k].size_bytes != NOT_KNOWN);
		}
		sample_free(&file);
	}
}
