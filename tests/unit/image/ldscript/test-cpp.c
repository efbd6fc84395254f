/* Scripts that go through the C preprocessor first. */
#include <errno.h>
#include <stdio.h>

#include "ldscripts.h"

static const struct ldscript_text files[] = {
	{ "board.h", "#ifndef BOARD_H\n#define BOARD_H\n#define RAM_KB 192\nextern int x;\n#endif\n", 0 },
	{ "part.ld", "from_part = RAM_KB;\n#define PART 1\nbad +\n", 0 },
	{ "self.ld", "#include \"self.ld\"\n", 0 },
};

static int include(void *of, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	(void)of, (void)from, (void)diag;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(files[i].name, name) != 0)
			continue;
		*ret = files[i];
		ret->n_bytes = strlen(ret->bytes);
		return 0;
	}
	return -ENOENT;
}

#define GIVEN(...)                                                                               \
	(struct ldscript_options)                                                                \
	{                                                                                        \
		.include = include, .defines = (const char *const[]){ __VA_ARGS__ },             \
		.n_defines = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *) \
	}

static void check(const char *script, const struct ldscript_options *options, const char *expected)
{
	struct ldscript s;

	read_script(script, options, &s);
	assert_comes_to(&s, script, expected);
	ldscript_deinit(&s);
}

static void lines_are_chosen_and_names_replaced(void **state)
{
	static const struct {
		const char *script, *expected;
	} rows[] = {
		{ "#define A 5\nx = A; y = A_B;", "x=5 y=-" },
		{ "#define A (B + 1)\n#define B 2\nx = A;", "x=3" },
		{ "#define A (A + 1)\n\"A\" = 4;\nx = A; y = \"A\";", "x=5 y=4" },
		{ "#define A 1\n#undef A\n#ifdef A\nx = 1;\n#else\nx = 2;\n#endif", "x=2" },
		{ "#ifndef A\nx = 1;\n#else\nx = 2;\n#endif", "x=1" },
		{ "#define A\n#if defined(A) && !defined B\nx = 1;\n#endif", "x=1" },
		{ "#define N 2\n#if N == 1\nx = 1;\n#elif N == 2\nx = 2;\n#elif N == 2\nx = 3;\n#else\nx = 4;\n#endif",
		  "x=2" },
		{ "#if 0\n#if 1\nx = 1;\n#else\nx = 2;\n#endif\n#error no\n#else\nx = 3;\n#endif", "x=3" },
		{ "#  if 1\nx = 1;\n #endif // one\n", "x=1" },
		{ "#define LONG 1 + \\\n 2 + \\\r\n 3\nx = LONG;", "x=6" },
		{ "#define A 1 /* two\n lines */\nx = A; // no more\ny = 2;", "x=1 y=2" },
		{ "#if 1 // yes\nx = 1;\n#endif", "x=1" },
		{ "x = 1;\n#pragma once\n#warning hm\n# something else\ny = 2;", "x=1 y=2" },
		{ "#define REGION RAM\nMEMORY { REGION : ORIGIN = 0x10, LENGTH = 1K }\nx = ORIGIN(RAM);", "x=0x10" },
		/* conditions: 64 bits with a sign */
		{ "#if -1 < 0\nx = 1;\n#endif", "x=1" },
		{ "#if (1 << 3 | 1) == 9 && 7 % 4 == 3 && 0x10UL == 020 && ~0 == -1 && -7 / 2 == -3\nx = 1;\n#endif",
		  "x=1" },
		{ "#if 1 ? 0 : 1\nx = 1;\n#else\nx = 2;\n#endif", "x=2" },
		{ "#if 2 > 1 && 2 >= 2 && 1 <= 1 && 1 != 2 && (6 ^ 3) == 5 && (6 & 3) == 2 && 8 >> 2 == 2\nx = 1;\n#endif",
		  "x=1" },
		{ "#if 1 || NOBODY\nx = 1;\n#endif", "x=1" },
		{ "#if NOBODY || 1\nx = 1;\n#endif", "x=1" },
		{ "#if defined(NOBODY) && NOBODY > 3\nx = 1;\n#else\nx = 2;\n#endif", "x=2" },
		{ "#include \"board.h\"\nx = RAM_KB; y = 1;", "x=192 y=1" },
		{ "#include <board.h>\n#include \"board.h\"\nx = RAM_KB;", "x=192" },
		{ "#include \"nowhere.h\"\nx = 1;", "x=1" },
	};
	static const struct ldscript_options options = { .include = include };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(rows[i].script, &options, rows[i].expected);
}

static void given_names_decide(void **state)
{
	static const char flash[] =
		"#if TYPE == qspi_nor\nx = 1;\n#elif TYPE == hyper\nx = 2;\n#else\nx = 3;\n#endif\n";

	(void)state;
	/* In C both names are 0, and so the first branch is taken: so it is in the build. */
	check(flash, &GIVEN("TYPE=qspi_nor"), "x=1");
	check(flash, &GIVEN("TYPE=hyper"), "x=1");
	check("#if A\nx = A;\n#endif", &GIVEN("A"), "x=1");
	check("#if A > 2\nx = A;\n#endif", &GIVEN("A=3"), "x=3");
	check("#ifdef A\nx = 1;\n#else\nx = 2;\n#endif", &GIVEN("A=0"), "x=1");
	/* a script without a directive has its names replaced too */
	check("x = SIZE - 1;", &GIVEN("SIZE=(8 * 1024)"), "x=8191");
	check("x = SIZE; # not a directive\n", &GIVEN("SIZE=1"), "x=1");
}

static void what_cannot_be_decided_is_named(void **state)
{
	static const struct {
		const char *script;
		uint64_t line;
		const char *part;
	} rows[] = {
		{ "/* one\n two */\n#if MICROPY_HW_FLASH_RESERVED\n#endif", 3,
		  "needs the C preprocessor with MICROPY_HW_FLASH_RESERVED: give -D MICROPY_HW_FLASH_RESERVED=VALUE" },
		{ "#if 1 && A == 2\n#endif", 1, "with A:" },
		{ "#if (0 || A)\n#endif", 1, "with A:" },
		{ "#if A ? 1 : 2\n#endif", 1, "with A:" },
		{ "#if 0\n#elif B\n#endif", 2, "with B:" },
		{ "#if TYPE == qspi_nor\n#endif", 1, "with TYPE:" },
		{ "#define F(a) a\nx = F(1);", 2, "F is a macro with arguments" },
		{ "#if 1\nx = 1;\n", 1, "has no #endif" },
		{ "x = 1;\n#endif", 2, "#endif without #if" },
		{ "#if 1\n#else\n#else\n#endif", 3, "#else after the #else" },
		{ "#if 1 +\n#endif", 1, "makes no sense" },
		{ "#if 1 2\n#endif", 1, "makes no sense from '2' on" },
		{ "#if 1 / 0\n#endif", 1, "divides by 0" },
		{ "#if 1 << 64\n#endif", 1, "shift by more than 63" },
		{ "#if 99999999999999999999\n#endif", 1, "more than 64 bits" },
		{ "#ifdef\n#endif", 1, "expected a name after #ifdef" },
		{ "#define 1x\n", 1, "expected a name after #define" },
		{ "#include board.h\n", 1, "expected \"FILE\" after #include" },
		{ "#include \"self.ld\"\n", 1, "self.ld includes itself" },
		{ "\n#error Unknown type\n", 2, "#error Unknown type" },
		{ "#define A /*\n", 1, "comment has no end" },
	};
	static const struct ldscript_options options = { .include = include };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_refused(rows[i].script, &options, -EINVAL, rows[i].line, 0, rows[i].part);
	check_refused("", &GIVEN("1A=2"), -EINVAL, 0, 0, "expected NAME or NAME=TEXT, here is '1A=2'");
	check_refused("", &GIVEN("=2"), -EINVAL, 0, 0, "expected NAME or NAME=TEXT");
}

static void places_hold(void **state)
{
	static const struct ldscript_options options = { .include = include };
	struct ldscript_text text = { "t.ld", "#include \"board.h\"\n#include \"part.ld\"\n", 0 };
	struct diag diag = { .text = "" };
	struct ldscript s;

	(void)state;
	check_refused("#if 1\n/* a\n*/ #define A 1\n\n#endif\nx = A +;\n", &options, -EINVAL, 6, 8, "here is ';'");
	check_refused("#include \"board.h\"\n\n+", &options, -EINVAL, 3, 1, "expected a statement");
	text.n_bytes = strlen(text.bytes);
	assert_int_equal(ldscript_read(&s, &text, 1, &options, &diag), -EINVAL);
	assert_string_equal(diag.at.file, "part.ld");
	assert_int_equal(diag.at.line, 3);
	ldscript_deinit(&s);
	/* markers of a preprocessor that ran already */
	check_refused("# 1 \"a.ld\"\nx = 1;\n# 40 \"b.ld\" 2\ny = ;", NULL, -EINVAL, 40, 5, "here is ';'");
}

/* Each macro doubles the one before: the text has a bound. */
static void macros_do_not_explode(void **state)
{
	static const char *const ends[] = { "x = a40;\n", "#if a40\n#endif\n" };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(ends); k++) {
		CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
		strbuf_puts(&text, "#define a0\n");
		for (unsigned i = 0; i < 40; i++)
			strbuf_printf(&text, "#define a%u a%u a%u\n", i + 1, i, i);
		strbuf_puts(&text, ends[k]);
		check_refused(strbuf_text(&text), NULL, -EFBIG, 42, 0, "more than 4 MiB");
	}
	CLEANUP(strbuf_deinit) struct strbuf deep = STRBUF_INIT;
	for (unsigned i = 0; i < 300; i++)
		strbuf_printf(&deep, "#define a%u a%u\n", i, i + 1);
	strbuf_puts(&deep, "x = a0;\n");
	check_refused(strbuf_text(&deep), NULL, -EINVAL, 301, 0, "macros are nested more than 200 deep");
	CLEANUP(strbuf_deinit) struct strbuf ifs = STRBUF_INIT;
	strbuf_repeat(&ifs, "#if 1\n", 300);
	check_refused(strbuf_text(&ifs), NULL, -EINVAL, 201, 0, "#if nested more than 200 deep");
	CLEANUP(strbuf_deinit) struct strbuf brackets = STRBUF_INIT;
	strbuf_puts(&brackets, "#if ");
	strbuf_repeat(&brackets, "(", 10000);
	check_refused(strbuf_text(&brackets), NULL, -EINVAL, 1, 0, "nested more than 200 deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_chosen_and_names_replaced),
		cmocka_unit_test(given_names_decide),
		cmocka_unit_test(what_cannot_be_decided_is_named),
		cmocka_unit_test(places_hold),
		cmocka_unit_test(macros_do_not_explode),
	};

	return RUN(tests);
}
