#include "memprof/protocol/installed_agent.h"

#include "memprof/base/number.h"
#include "unit.h"

UNIT_TEST(whose_file_it_is)
{
	static const struct {
		const char *head, *version;
	} cases[] = {
		{ "# memprof.py 1.0.0: memprof's agent", "1.0.0" },
		{ "# memprof.py 12.34.567: x", "12.34.567" },
		{ "# memprof.py 1.0.0", NULL },
		{ "# memprof.py 1.0.0 : x", NULL },
		{ "# memprof.py : x", NULL },
		{ "# memprof.py 1111111111111111: x", NULL },
		{ "# memprof.py", NULL },
		{ "import memprof", NULL },
		{ "", NULL },
	};
	char version[INSTALLED_VERSION_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		strcpy(version, "?");
		assert_int_equal(installed_version(cases[i].head, strlen(cases[i].head), version),
				 cases[i].version != NULL);
		assert_string_equal(version, cases[i].version ? cases[i].version : "?");
	}
}

UNIT_TEST(whose_compiled_file_it_is)
{
	static const char ours[] = "M\6\x13\x1fL\3 memprof.py\0\17\x82\x3d\n1.1.0\0\4gc",
			  cut[] = "M\6\x13\x1fL\3 memprof.py\0\17\x82\x3d\n1.1.0",
			  other[] = "M\6\x13\x1fL\3 my_memprof.p\0\17\n1.1.0\0\4gc",
			  late[] = "M\6\x13\x1fL\3 0123456789012345678901234567890123456789 memprof.py\0\n1.1.0";
	char version[INSTALLED_VERSION_BYTES];

	assert_true(installed_version(ours, sizeof(ours) - 1, version));
	assert_string_equal(version, "1.1.0");
	for (size_t n = 0; n < 28; n++)
		assert_false(installed_version(ours, n, version));
	assert_false(installed_version(cut, sizeof(cut) - 1, version));
	assert_false(installed_version(other, sizeof(other) - 1, version));
	assert_false(installed_version(late, sizeof(late), version));
}

UNIT_TEST(which_files_a_board_gets)
{
	enum { SUB = 256, ARCHITECTURE = 1024 };
	static const struct {
		bool is_micropython;
		uint32_t mpy;
		uint64_t heap_free_bytes;
		const char *choice; /* NULL: the source */
	} cases[] = {
		{ true, 6 | 3 * SUB | 4 * ARCHITECTURE, 16000, "armv6m" },     /* RP2040, 1.23 and later */
		{ true, 6 | 3 * SUB | 7 * ARCHITECTURE, 160000, "armv6m" },    /* Cortex-M4F */
		{ true, 6 | 3 * SUB | 8 * ARCHITECTURE, NOT_KNOWN, "armv6m" }, /* Cortex-M7 with doubles */
		{ true, 6 | 3 * SUB | 9 * ARCHITECTURE, 30000, "xtensa" },     /* ESP8266 */
		{ true, 6 | 3 * SUB | 10 * ARCHITECTURE, 100000, "xtensawin" },
		{ true, 6 | 3 * SUB | 11 * ARCHITECTURE | 64 * ARCHITECTURE, 100000,
		  "rv32imc" }, /* 1.27 has flags there */
		{ true, 6 | 3 * SUB | 2 * ARCHITECTURE, 100000, "x64" },
		{ true, 6 | 3 * SUB | 3 * ARCHITECTURE, 100000, "bytecode" }, /* ARMv6: not Thumb */
		{ true, 6 | 3 * SUB, 100000, "bytecode" },                    /* no native code */
		{ true, 6 | 1 * SUB | 4 * ARCHITECTURE, 99999, "bytecode" },  /* 1.20 */
		{ true, 6 | 1 * SUB | 4 * ARCHITECTURE, NOT_KNOWN, "bytecode" },
		{ true, 6 | 1 * SUB | 4 * ARCHITECTURE, 100000, NULL },
		{ true, 5 | 4 * ARCHITECTURE, 200000, NULL }, /* 1.18 */
		{ true, 7 | 4 * ARCHITECTURE, 200000, NULL },
		{ true, 0, 200000, NULL },
		{ false, 6 | 3 * SUB | 4 * ARCHITECTURE, 200000, NULL }, /* CircuitPython */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct installed board = { .is_micropython = cases[i].is_micropython,
						 .mpy = cases[i].mpy,
						 .heap_free_bytes = cases[i].heap_free_bytes };
		const char *choice = installed_choice(&board);
		assert_string_equal(choice ? choice : "", cases[i].choice ? cases[i].choice : "");
	}
}

static struct installed read(const char *text, bool whole)
{
	struct installed found;

	assert_int_equal(installed_read(text, strlen(text), &found), whole);
	return found;
}

UNIT_TEST(what_a_board_answers)
{
	struct installed found = read(
		"{mp loaded True /lib/memprof.py}\r\n"
		"noise {mp file 18923 23206d656d70726f662e707920312e302e303a206d656d /lib/memprof.py}\r\n"
		"\1{mp file 7 6d7920 /a file.py}\r\n{mp file 7 6d7920 /a file.py}\r\n"
		"{mp folder 1433600 /lib}\r\n{mp platform rp2}\r\n",
		true);
	assert_true(found.loaded);
	assert_false(found.built_in);
	assert_int_equal(found.running, INSTALLED_RUNNING);
	assert_string_equal(found.loaded_from, "/lib/memprof.py");
	assert_int_equal(found.n_files, 2); /* a folder that is named twice counts once */
	assert_string_equal(found.files[0].version, "1.0.0");
	assert_int_equal(found.files[0].n_bytes, 18923);
	assert_string_equal(found.files[1].path, "/a file.py");
	assert_string_equal(found.files[1].version, "");
	assert_string_equal(found.folder, "/lib");
	assert_int_equal(found.free_bytes, 1433600);
	assert_false(found.in_memory);
	assert_false(found.is_micropython);
	assert_true(found.mpy == 0 && found.heap_free_bytes == NOT_KNOWN);

	assert_false(found.has_timer);
	found = read("{mp mpy 4870 micropython}{mp heap 235000}{mp timer}{mp platform rp2}", true);
	assert_true(found.is_micropython && found.has_timer);
	assert_int_equal(found.mpy, 4870);
	assert_int_equal(found.heap_free_bytes, 235000);
	found = read("{mp mpy 99999999999 micropython}{mp heap x}{mp platform rp2}", true);
	assert_true(found.mpy == 0 && found.heap_free_bytes == NOT_KNOWN);

	found = read("{mp builtin}{mp loaded ? }{mp folder ? /lib}{mp platform webassembly}", true);
	assert_true(found.built_in && found.loaded && found.in_memory);
	assert_int_equal(found.running, INSTALLED_RUNNING_UNKNOWN);
	assert_string_equal(found.loaded_from, "");
	assert_true(found.free_bytes == NOT_KNOWN);
}

UNIT_TEST(what_is_no_answer)
{
	char text[INSTALLED_PATH_BYTES + 64];

	assert_int_equal(read("", false).n_files, 0);
	assert_int_equal(read("{mp file 7 6d79 /a", false).n_files, 0);
	assert_int_equal(read("{mp file 7 6d79}{mp file}{mp}{mp platform", false).n_files, 0);
	assert_int_equal(read("{mp file x 6g /a}{mp platform x}", true).files[0].n_bytes == NOT_KNOWN, 1);
	memset(text, 'x', sizeof(text));
	memcpy(text, "{mp file 1 00 /", 15);
	memcpy(text + sizeof(text) - 3, "}\r\n", 3);
	struct installed found;
	assert_false(installed_read(text, sizeof(text), &found));
	assert_int_equal(found.n_files, 0); /* a path that could not be asked for again */
	struct strbuf many = STRBUF_INIT;
	for (int i = 0; i < 3 * INSTALLED_FILES_MAX; i++)
		strbuf_printf(&many, "{mp file 1 00 /%d}", i);
	installed_read(strbuf_text(&many), many.n_bytes, &found);
	assert_int_equal(found.n_files, INSTALLED_FILES_MAX);
	strbuf_deinit(&many);
}

UNIT_TEST(what_is_written)
{
	static const char bytes[] = "it's\n\\ \xe2\x82\xac\r";
	struct strbuf code = STRBUF_INIT;

	installed_ask_write(&code, "/lib/a.new", bytes, sizeof(bytes) - 1, true);
	assert_non_null(strstr(strbuf_text(&code), "os.mkdir(b'/lib'.decode())"));
	assert_non_null(strstr(strbuf_text(&code), "open(b'/lib/a.new'.decode(),'wb')"));
	assert_non_null(strstr(strbuf_text(&code), "f.write(b'it\\x27s\\n\\x5c \\xe2\\x82\\xac\\x0d')"));
	strbuf_reset(&code);
	installed_ask_write(&code, "/a.new", bytes, 1, false);
	assert_null(strstr(strbuf_text(&code), "mkdir"));
	assert_non_null(strstr(strbuf_text(&code), ",'ab')"));
	strbuf_reset(&code);
	installed_ask_rename(&code, "/a'", "/b");
	assert_string_equal(strbuf_text(&code), "__import__('os').rename(b'/a\\x27'.decode(),b'/b'.decode())\n");
	strbuf_reset(&code);
	static const char *const paths[] = { "/lib/memprof.mpy", "/a'" };
	installed_ask_clear(&code, paths, 2);
	assert_non_null(strstr(strbuf_text(&code), "for p in(b'/lib/memprof.mpy'.decode(),b'/a\\x27'.decode(),):\n"));
	strbuf_deinit(&code);
}

UNIT_TEST(what_it_costs)
{
	static const char text[] = "noise{mp heap x 1}{mp heap 12000 1500}\r\n";
	uint64_t free_bytes = 7, used_bytes = 7;

	assert_false(installed_read_heap(text, sizeof(text) - 5, &free_bytes, &used_bytes));
	assert_true(free_bytes == 7 && used_bytes == 7);
	assert_true(installed_read_heap(text, sizeof(text) - 1, &free_bytes, &used_bytes));
	assert_true(free_bytes == 12000 && used_bytes == 1500);
}

UNIT_TEST(sums)
{
	struct installed_sum sum = installed_sum_of("Wikipedia", 9);

	assert_int_equal(sum.adler, 0x11e60398); /* zlib.adler32(b"Wikipedia") */
	assert_int_equal(installed_sum_of("", 0).adler, 1);
	assert_true(installed_read_sum("x{mp sum 9 920 4582}", 20, &sum));
	assert_int_equal(sum.adler, 0x11e60398);
	assert_int_equal(sum.n_bytes, 9);
	assert_false(installed_read_sum("{mp sum 9 920 65521}", 20, &sum));
	assert_false(installed_read_sum("{mp sum 9 920}", 14, &sum));
	assert_false(installed_read_sum("{mp sum 9 920 1", 15, &sum));
	assert_int_equal(sum.adler, 0x11e60398);
}
