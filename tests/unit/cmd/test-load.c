/* Scripts that the C preprocessor reads first: a real one, none, and those that fail or print anything. */
#define _GNU_SOURCE
#include "load.h"

#include <sys/stat.h>
#include <unistd.h>

#include "ldscripts.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "sample.h"
#include "tests_dir.h"

struct test_args {
	struct script_args scripts;
};
static const struct option_spec specs[] = {
	{ 0, "ld", "FILE", "the script", AS_LIST(test, scripts.ld) },
	OPTIONS_SCRIPTS(test),
	OPTION_END,
};
static const struct command layout = { .name = "layout", .usage = "", .options = specs };

static char folder[] = "/tmp/memprof-test-scripts-XXXXXX";
static char *path_before;
static struct strbuf printed; /* messages, a line each */

static void keep_message(void *ctx, const char *line, const char *words)
{
	(void)ctx, (void)words;
	strbuf_printf(&printed, "%s\n", line);
}

static int make_folder(void **state)
{
	(void)state;
	path_before = strdup(getenv("PATH"));
	message_redirect(keep_message, NULL);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];

	message_redirect(NULL, NULL);
	setenv("PATH", path_before, 1);
	free(path_before);
	strbuf_deinit(&printed);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void put(const char *name, const char *text, bool runs)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, runs ? 0755 : 0644), 0);
}

/* Reads with these arguments, split at "|". */
static int read_with(const char *line, struct ldscript *ret)
{
	char copy[1024], *argv[32] = { (char *)(uintptr_t) "layout" };
	struct test_args args = { .scripts = { .cpp = NULL } };
	struct options options;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
		argv[argc++] = word;
	strbuf_reset(&printed);
	*ret = (struct ldscript){ .n_regions = 0 };
	if (options_parse(&layout, argc, argv, &args, &options) < 0)
		return -EINVAL;
	const struct linker_scripts scripts = load_script_names(&args.scripts);
	struct diag diag = { 0 };
	return load_exit(linker_scripts_read(&scripts, ret, &diag), &diag) == EXIT_FINE ? 0 : -EINVAL;
}

static void check_comes_to(const char *line, const char *expected)
{
	struct ldscript s;

	if (read_with(line, &s) != 0)
		fail_msg("%s\n  %s", line, strbuf_text(&printed));
	assert_comes_to(&s, line, expected);
	ldscript_deinit(&s);
}

static void check_fails(const char *line, const char *message)
{
	struct ldscript s;

	assert_int_equal(read_with(line, &s), -EINVAL);
	if (!strstr(strbuf_text(&printed), message))
		fail_msg("%s\n  printed: %s\n  not: %s", line, strbuf_text(&printed), message);
	ldscript_deinit(&s);
}

static bool have_cc(void) { return system("cc --version >/dev/null 2>&1") == 0; }

UNIT_GROUP(make_folder, remove_folder)

UNIT_TEST(directives_choose_and_replace)
{
	static const struct {
		const char *script, *expected;
	} rows[] = {
		{ "#define A 5\nx = A; y = A_B;", "x=5 y=-" },
		{ "#define A (B + 1)\n#define B 2\nx = A;", "x=3" },
		{ "#define KB(n) ((n) * 1024)\nx = KB(16);", "x=0x4000" },
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
		{ "x = 1;\n#pragma once\n# something else\ny = 2;", "x=1 y=2" },
		{ "#define REGION RAM\nMEMORY { REGION : ORIGIN = 0x10, LENGTH = 1K }\nx = ORIGIN(RAM);", "x=0x10" },
		{ "#if -1 < 0\nx = 1;\n#endif", "x=1" },
		{ "#if 1 || NOBODY\nx = 1;\n#endif", "x=1" },
		{ "#if defined(NOBODY) && NOBODY > 3\nx = 1;\n#else\nx = 2;\n#endif", "x=2" },
		{ "#include \"board.h\"\nx = RAM_KB; y = 1;", "x=192 y=1" },
		{ "#include \"board.h\"\n#include \"board.h\"\nx = RAM_KB;", "x=192" },
		/* names of this computer's compiler are none of the firmware's */
		{ "#ifdef __linux__\nx = 1;\n#else\nx = 2;\n#endif\ny = unix; z = linux;", "x=2 y=- z=-" },
	};

	if (!have_cc())
		skip();
	put("board.h",
	    "#ifndef BOARD_H\n#define BOARD_H\n#define RAM_KB 192\n#ifndef __ASSEMBLER__\nextern int x;\n#endif\n"
	    "#endif\n",
	    false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put("t.ld", rows[i].script, false);
		check_comes_to("--ld|t.ld", rows[i].expected);
	}
}

UNIT_TEST(given_names_decide)
{
	static const char flash[] =
		"#if TYPE == qspi_nor\nx = 1;\n#elif TYPE == hyper\nx = 2;\n#else\nx = 3;\n#endif\n";

	if (!have_cc())
		skip();
	put("t.ld", flash, false);
	/* In C both names are 0, and so the first branch is taken: so it is in the build. */
	check_comes_to("--ld|t.ld|-D|TYPE=qspi_nor", "x=1");
	check_comes_to("--ld|t.ld|-D|TYPE=hyper|-D|qspi_nor=1", "x=2");
	put("t.ld", "#if A > 2\nx = A;\n#else\nx = A + 100;\n#endif", false);
	check_comes_to("--ld|t.ld|-D|A", "x=101");
	check_comes_to("--ld|t.ld|-D|A=3", "x=3");
	/* in a script without a directive they are replaced too */
	put("t.ld", "# not a directive\nx = SIZE - 1; # SIZE\n", false);
	check_comes_to("--ld|t.ld|-D|SIZE=(8 * 1024)", "x=8191");
}

/* In the folder of the script, then in those of -L; scripts that a script INCLUDEs are preprocessed as well. */
UNIT_TEST(included_files_are_found)
{
	if (!have_cc())
		skip();
	assert_int_equal(mkdir("boards", 0755), 0);
	assert_int_equal(mkdir("@common", 0755), 0);
	put("size.h", "#define SIZE 1\n", false);
	put("boards/size.h", "#define SIZE 2\n", false);
	put("@common/more.h", "#define MORE 3\n", false);
	put("@common/part.ld", "#define PART 4\npart = PART;\n", false);
	put("boards/t.ld", "#include \"size.h\"\n#include <more.h>\nx = SIZE; y = MORE;\nINCLUDE part.ld\n", false);
	check_comes_to("--ld|boards/t.ld|-L|@common", "x=2 y=3 part=4");
	check_fails("--ld|boards/t.ld", "boards/t.ld:2:");
	check_fails("--ld|boards/t.ld", ": error: cc: ");
	check_fails("--ld|boards/t.ld", "more.h");
	/* names that a compiler could take for options or lists of arguments */
	put("-v", "#define A 7\nx = A;\n", false);
	check_comes_to("--ld=-v", "x=7");
	put("@v", "#define A 8\nx = A;\n", false);
	check_comes_to("--ld|@v", "x=8");
}

UNIT_TEST(messages_have_places)
{
	static const struct {
		const char *script, *message;
	} rows[] = {
		{ "/* one\n two */\n#if FLASH_RESERVED\n#endif",
		  "t.ld:3:5: error: FLASH_RESERVED is not defined, and an #if depends on it: give -D"
		  " FLASH_RESERVED=VALUE" },
		{ "#if 0\n#elif B == 2\n#endif", "t.ld:2:7: error: B is not defined" },
		{ "#if 1\nx = 1;\n", ": error: cc: unterminated " },
		{ "x = 1;\n#endif", "t.ld:2:2: error: cc: #endif without #if" },
		{ "\n#error Unknown type\n", "Unknown type; correct the script, or pass the -D and -L of its build" },
		{ "#include \"t.ld\"\n", ": error: cc: #include nested" },
		/* what is wrong behind the preprocessor */
		{ "#if 1\n/* a\n*/\n\n#endif\nx = 1 +;\n", "t.ld:6:8: error: expected a number, a name or '(', " },
		{ "#include \"board.h\"\n\n+", "t.ld:3:1: error: expected a statement" },
		{ "\n#include \"part.ld\"\n", "part.ld:3:1: error: expected a statement" },
	};
	struct ldscript s;

	if (!have_cc())
		skip();
	put("part.ld", "from_part = 1;\n#define PART 1\nbad +\n", false);
	put("board.h", "#define RAM_KB 192\n", false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put("t.ld", rows[i].script, false);
		check_fails("--ld|t.ld", rows[i].message);
	}
	put("t.ld", "x = 1;\n#warning made \033[31m up\n", false);
	assert_int_equal(read_with("--ld|t.ld", &s), 0);
	assert_non_null(strstr(strbuf_text(&printed), "t.ld:2:2: warning: "));
	assert_non_null(strstr(strbuf_text(&printed), "made \\x1b[31m up"));
	ldscript_deinit(&s);
	check_fails("--ld|t.ld|-D|1A=2", "memprof: error: --define takes NAME or NAME=TEXT, not '1A=2'");
	check_fails("--ld|t.ld|-D|=2", "memprof: error: --define takes NAME or NAME=TEXT, not ");
	check_fails("--ld|t.ld|-D|-o/tmp/x", "memprof: error: --define takes NAME or NAME=TEXT, not ");
	check_fails("--ld|t.ld|--defsym|a", "memprof: error: --defsym takes NAME=VALUE, not 'a'");
	check_fails("--ld|t.ld|--defsym|a=)", "memprof: --defsym:1:5: error: expected ");
	put("empty.ld", "", false);
	check_fails("--ld|empty.ld", "empty.ld: error: the file is empty; expected a linker script");
	check_fails("--cpp|cc", "--cpp requires --ld FILE");
}

/* Clang's messages read otherwise. */
UNIT_TEST(other_preprocessors)
{
	static const char *const scripts[] = { "gcc -undef", "cpp -undef", "clang -undef", "clang -E -P" };

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		char line[128];
		snprintf(line, sizeof(line), "%.*s --version >/dev/null 2>&1", (int)strcspn(scripts[i], " "),
			 scripts[i]);
		if (system(line) != 0)
			continue;
		snprintf(line, sizeof(line), "--ld|t.ld|--cpp|%s", scripts[i]);
		put("t.ld", "#define A 5\n# text\nx = A; /* it's */\n", false);
		check_comes_to(line, "x=5");
		put("t.ld", "#if 1 && FOO\n#endif\n", false);
		check_fails(line, "t.ld:1:10: error: FOO is not defined, and an #if depends on it");
	}
}

/* A script on standard input has no name to open again. */
UNIT_TEST(standard_input_is_passed_on)
{
	int before = dup(STDIN_FILENO);

	if (!have_cc())
		skip();
	put("t.ld", "#define A 9\nx = A;\n", false);
	assert_non_null(freopen("t.ld", "r", stdin));
	check_comes_to("--ld|-", "x=9");
	assert_true(dup2(before, STDIN_FILENO) >= 0);
	close(before);
}

UNIT_TEST(without_a_preprocessor)
{
	put("t.ld", "#define A 5\nx = A;\n", false);
	put("plain.ld", "x = 6;\n", false);
	setenv("PATH", "", 1);
	check_fails("--ld|t.ld", "t.ld: error: this script needs the C preprocessor, and there is no program 'cc';");
	check_fails("--ld|t.ld|--cpp|/nowhere/cpp", "there is no program '/nowhere/cpp'");
	check_comes_to("--ld|plain.ld", "x=6"); /* it needs none */
	setenv("PATH", path_before, 1);
	check_fails("--ld|t.ld|--cpp|./t.ld", "the C preprocessor './t.ld' cannot be run: Permission denied");
	check_fails("--ld|t.ld|--cpp| ", "memprof: error: --cpp takes a command, not ' '");
}

UNIT_TEST(preprocessors_that_fail)
{
	static const struct {
		const char *program, *message;
	} rows[] = {
		{ "exit 3",
		  "t.ld: error: the C preprocessor './cpp' failed with exit code 3; try another one with --cpp" },
		{ "echo oh no >&2; echo more >&2; exit 1", "failed with exit code 1: oh no; try" },
		{ "printf '\\033[31mred\\007\\n' >&2; exit 1", "failed with exit code 1: \\x1b[31mred\\x07; try" },
		{ "echo 'a/b.h:7:3: fatal error: gone' >&2; exit 1", "a/b.h:7:3: error: ./cpp: gone; correct" },
		{ "kill -11 $$", "failed with exit code 139;" },
		{ "yes", "the C preprocessor './cpp' printed more than 4 MiB" },
		{ "printf 'x = \\033;'", ":1:5: error: expected a number" },
		{ "head -c 3000000 /dev/zero", ":1:1: error: expected a statement" },
		{ "echo '# 3 \"\033[31m\"'; echo 'x ='", "\\x1b[31m:4:1: error: expected a number" },
	};
	struct ldscript s;

	put("t.ld", "#define A 5\nx = A;\n", false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char program[256];
		snprintf(program, sizeof(program), "#!/bin/sh\n%s\n", rows[i].program);
		put("cpp", program, true);
		check_fails("--ld|t.ld|--cpp|./cpp", rows[i].message);
	}
	/* the words of the command, then options, then the file; no shell */
	put("cpp", "#!/bin/sh\necho \"/* $* */\"; eval \"file=\\$$#\"; grep -v '#' \"$file\"; echo \"n = $#;\"\n",
	    true);
	check_comes_to("--ld|t.ld|--cpp|./cpp  -a ;|-D|A=$(ls)|-L|a b", "n=9 x=-");
	/* any number of warnings */
	put("cpp", "#!/bin/sh\nyes 'a.ld:1: warning: odd' | head -1000 >&2; echo 'x = 1;'\n", true);
	assert_int_equal(read_with("--ld|t.ld|--cpp|./cpp", &s), 0);
	assert_int_equal(printed.n_bytes, 10 * strlen("a.ld:1: warning: odd\n"));
	ldscript_deinit(&s);
}

/* A script of MicroPython with the names that its Makefile gives, beside the project. */
UNIT_TEST(a_real_board)
{
	static const char name[] = TESTS_DIR "/../../shared/data/static/ld/micropython-mimxrt1062.ld";
	char line[1024];

	if (!have_cc() || access(name, R_OK) != 0)
		skip();
	snprintf(
		line, sizeof(line),
		"--ld|%s|-D|MICROPY_HW_FLASH_RESERVED=0|-D|MICROPY_HW_FLASH_TYPE=qspi_nor_flash|-D|MICROPY_HW_SDRAM_AVAIL=0"
		"|-D|MICROPY_HW_FLASH_SIZE=(8 * 1024 * 1024)|-D|MICROPY_HW_ROMFS_BYTES=0x40000",
		name);
	check_comes_to(line,
		       "vfs_start=0x60100000 vfs_size=0x700000 _micropy_hw_romfs_part0_start=0x600c0000"
		       " text_size=0xb3c00 _gc_heap_start=-");
}
