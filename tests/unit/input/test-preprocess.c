/* The C preprocessor, and programs in its place that fail. */
#include "preprocess.h"

#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "unit.h"

static const char *const none[] = { NULL };

struct result {
	int error;
	struct strbuf text, notices;
	struct diag diag;
};

static void add_notice(void *ctx, const struct notice *notice)
{
	struct strbuf *all = ctx;

	strbuf_printf(all, "%s:%u:%u: %s: %s\n", notice->at.file ? notice->at.file : "", (unsigned)notice->at.line,
		      notice->at.col, notice->severity, notice->text);
}

static void run_cpp(struct result *ret, const char *cpp, const char *const *defines, const char *const *folders,
		    const char *name, bool is_file, const char *text)
{
	*ret = (struct result){ .text = STRBUF_INIT, .notices = STRBUF_INIT };
	const struct linker_scripts scripts = {
		.names = none,
		.defines = defines,
		.defsyms = none,
		.folders = folders,
		.cpp = cpp,
		.notices = { add_notice, &ret->notices },
	};
	struct blob script = {
		.name = name, .bytes = (char *)(uintptr_t)text, .n_bytes = strlen(text), .is_file = is_file
	};
	ret->error = preprocess(&scripts, &script, &ret->text, &ret->diag);
}

static void result_free(struct result *r)
{
	strbuf_deinit(&r->text);
	strbuf_deinit(&r->notices);
}

static void check_fault(struct result *r, const char *part)
{
	if (r->error != -EINVAL || !strstr(r->diag.text, part) || r->text.n_bytes > 0)
		fail_msg("%d, '%s', %zu bytes; expected '%s'", r->error, r->diag.text, r->text.n_bytes, part);
	result_free(r);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(scripts_from_files_and_pipes)
{
	static const char text[] = "#if A == 2\nx = A + B;\n#else\n#error no\n#endif\n# a comment\n";
	const char *const defines[] = { "A=2", "B", NULL };

	for (int is_file = 0; is_file < 2; is_file++) {
		struct result r;
		run_cpp(&r, NULL, defines, none, scratch_text("a.ld", text), is_file, text);
		assert_int_equal(r.error, 0);
		assert_non_null(strstr(strbuf_text(&r.text), "x = 2 + 1;"));
		assert_null(strstr(strbuf_text(&r.text), "error"));
		assert_int_equal(r.notices.n_bytes, 0);
		result_free(&r);
	}
}

/* gcc takes such names for a list of arguments, or an option. */
UNIT_TEST(names_that_begin_with_a_sign)
{
	struct result r;

	run_cpp(&r, "echo", none, none, "@a.ld", true, "");
	assert_non_null(strstr(strbuf_text(&r.text), " ./@a.ld\n"));
	result_free(&r);
	run_cpp(&r, "echo", none, none, "-a.ld", true, "");
	assert_non_null(strstr(strbuf_text(&r.text), " ./-a.ld\n"));
	result_free(&r);
}

UNIT_TEST(the_command)
{
	const char *const defines[] = { "A=1", "B_2", NULL }, *const folders[] = { "inc", "../x", NULL };
	struct result r;

	run_cpp(&r, " echo  -m32\t", defines, folders, "a.ld", true, "");
	assert_int_equal(r.error, 0);
	assert_string_equal(strbuf_text(&r.text),
			    "-m32 -E -x assembler-with-cpp -Wundef -DA=1 -DB_2 -Iinc -I../x a.ld\n");
	result_free(&r);
	run_cpp(&r, "echo cpp", none, none, "a.ld", false, "");
	assert_string_equal(strbuf_text(&r.text), "cpp -E -x assembler-with-cpp -Wundef -\n");
	result_free(&r);
}

UNIT_TEST(options_that_make_no_sense)
{
	static const char *const wrong[] = { "=1", "2A", "A B=1", "", "A-B" };
	struct result r;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *const defines[] = { wrong[i], NULL };
		run_cpp(&r, "echo", defines, none, "a.ld", true, "");
		check_fault(&r, "--define takes NAME or NAME=TEXT, not '");
	}
	run_cpp(&r, " \t", none, none, "a.ld", true, "");
	check_fault(&r, "--cpp takes a command, not '");
}

/* The preprocessor evaluates it to 0; memprof does not guess. */
UNIT_TEST(a_name_that_decides_must_be_defined)
{
	static const char text[] = "\n#if FLASH == 4\nx = 1;\n#endif\n";
	const char *const words[] = { "TYPE=FLASH", NULL };
	const char *path = scratch_text("undefined.ld", text);
	struct result r;

	run_cpp(&r, NULL, none, none, path, true, text);
	assert_string_equal(r.diag.at.file, path);
	assert_int_equal(r.diag.at.line, 2);
	check_fault(&r, "FLASH is not defined, and an #if depends on it: give -D FLASH=VALUE");
	run_cpp(&r, NULL, words, none, path, true, text); /* a word of a value */
	assert_int_equal(r.error, 0);
	result_free(&r);
}

UNIT_TEST(warnings_become_notices)
{
	static const char text[] = "#warning this board is old\nx = 1;\n";
	const char *path = scratch_text("warning.ld", text);
	struct result r;

	run_cpp(&r, NULL, none, none, path, true, text);
	assert_int_equal(r.error, 0);
	assert_non_null(strstr(strbuf_text(&r.notices), ":1:2: warning: "));
	assert_non_null(strstr(strbuf_text(&r.notices), "this board is old"));
	assert_non_null(strstr(strbuf_text(&r.text), "x = 1;"));
	result_free(&r);
}

UNIT_TEST(errors_have_their_place)
{
	static const char text[] = "x = 1;\n#include \"missing.h\"\n";
	const char *path = scratch_text("error.ld", text);
	struct result r;

	run_cpp(&r, NULL, none, none, path, true, text);
	assert_string_equal(r.diag.at.file, path);
	assert_int_equal(r.diag.at.line, 2);
	check_fault(&r, "correct the script, or pass the -D and -L of its build");
}

static const char *program(const char *name, const char *text)
{
	const char *path = scratch_text(name, text);

	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

UNIT_TEST(programs_that_fail)
{
	struct result r;

	run_cpp(&r, "no-such-program-here", none, none, "a.ld", true, "");
	assert_string_equal(r.diag.at.file, "a.ld");
	check_fault(&r, "there is no program 'no-such-program-here'");
	run_cpp(&r, scratch_folder("bin"), none, none, "a.ld", true, "");
	check_fault(&r, "cannot be run: ");
	run_cpp(&r, program("fails", "#!/bin/sh\necho 'part of it'\necho 'no licence' >&2\nexit 3\n"), none, none,
		"a.ld", true, "");
	assert_string_equal(r.diag.at.file, "a.ld");
	check_fault(&r, "failed with exit code 3: no licence; try another one with --cpp");
	run_cpp(&r, program("endless", "#!/bin/sh\nexec yes\n"), none, none, "a.ld", true, "");
	check_fault(&r, "printed more than 4 MiB");
}

/* No more than ten, and the rest of the output counts all the same. */
UNIT_TEST(many_warnings)
{
	struct result r;
	unsigned n = 0;

	run_cpp(&r,
		program("warns",
			"#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo \"a.ld:$i: warning: w$i\" >&2; done\n"
			"echo 'x = 1;'\n"),
		none, none, "a.ld", true, "");
	assert_int_equal(r.error, 0);
	assert_string_equal(strbuf_text(&r.text), "x = 1;\n");
	for (const char *p = strbuf_text(&r.notices); *p; p++)
		n += *p == '\n';
	assert_int_equal(n, 10);
	assert_non_null(strstr(strbuf_text(&r.notices), "a.ld:10:0: warning: w10\n"));
	result_free(&r);
}

/* ---- ESP-IDF ---- */

/* As memory.ld.in: the script and a file that it includes both include the configuration. */
static const char idf_script[] =
	"#include \"sdkconfig.h\"\n#include \"ld.common\"\n#if CONFIG_FIXED\nx = CONFIG_FIXED_SIZE;\n"
	"#else\nx = CONFIG_CACHE + RESERVE - (CONFIG_NOT_THERE);\n#endif\n"
	"y = \"CONFIG_TEXT\" NOT_CONFIG_X CONFIG_TARGET;\n";
static const char idf_common[] =
	"#include \"sdkconfig.h\"\n#if CONFIG_RTC && !CONFIG_OTHER\n#define RESERVE CONFIG_RTC_SIZE\n#endif\n";
static const char idf_text[] =
	"# CONFIG_FIXED is not set\nCONFIG_CACHE=0x4000\r\nCONFIG_RTC=y\nCONFIG_RTC_SIZE=24\n"
	"CONFIG_TARGET=\"esp32s3\"\nCONFIG_NO=n\n\n";

static void run_script(struct result *ret, const char *text, const char *sdkconfig, const char *const *defines)
{
	const char *const folders[] = { scratch_path(""), NULL };
	*ret = (struct result){ .text = STRBUF_INIT, .notices = STRBUF_INIT };
	const struct linker_scripts scripts = {
		.names = none,
		.defines = defines,
		.defsyms = none,
		.folders = folders,
		.sdkconfig = sdkconfig,
		.notices = { add_notice, &ret->notices },
	};
	struct blob script = { .name = scratch_text("memory.ld.in", text), .is_file = true };
	ret->error = preprocess(&scripts, &script, &ret->text, &ret->diag);
}

static void run_idf(struct result *ret, const char *sdkconfig)
{
	scratch_text("ld.common", idf_common);
	run_script(ret, idf_script, sdkconfig, none);
}

/* The text file of a project, or the header of its build: what they do not set is 0. */
UNIT_TEST(the_configuration_of_an_esp_idf_project)
{
	for (int is_header = 0; is_header < 2; is_header++) {
		struct result r;
		if (is_header) {
			scratch_text("sdkconfig.h",
				     "#define CONFIG_CACHE 0x4000\n#define CONFIG_RTC 1\n"
				     "#define CONFIG_RTC_SIZE 24\n#define CONFIG_TARGET \"esp32s3\"\n");
			run_idf(&r, NULL);
		} else {
			run_idf(&r, scratch_text("sdkconfig", idf_text));
		}
		assert_int_equal(r.error, 0);
		const char *x = strstr(strbuf_text(&r.text), "x = 0x4000 + 24 - (0");
		assert_non_null(x);
		assert_int_equal(strcspn(x, ")"), strlen("x = 0x4000 + 24 - (CONFIG_NOT_THERE"));
		assert_non_null(strstr(x, "NOT_CONFIG_X \"esp32s3\";"));
		assert_non_null(strstr(strbuf_text(&r.notices), "no value for CONFIG_NOT_THERE, in an expression"));
		result_free(&r);
	}
}

/* -D overrides the configuration, which overrides a header in a folder of -L. Names without CONFIG_ must be defined. */
UNIT_TEST(what_a_configuration_does_not_say)
{
	const char *const defines[] = { "CONFIG_CACHE=0x2000", NULL };
	const char *config = scratch_text("sdkconfig", idf_text);
	struct result r;

	scratch_text("sdkconfig.h", "#define CONFIG_CACHE 7\n#define FOO 1\n");
	run_script(&r, "#include <sdkconfig.h>\nx = CONFIG_CACHE CONFIG_RTC_SIZE;\n", config, defines);
	assert_int_equal(r.error, 0);
	assert_non_null(strstr(strbuf_text(&r.text), "x = 0x2000 24;"));
	assert_int_equal(r.notices.n_bytes, 0);
	result_free(&r);
	run_script(&r, "#include <sdkconfig.h>\nx = CONFIG_CACHE;\n", config, none);
	assert_non_null(strstr(strbuf_text(&r.text), "x = 0x4000;"));
	result_free(&r);
	run_script(&r, "#include <sdkconfig.h>\n#if OWN_NAME\n#endif\n", config, none);
	check_fault(&r, "OWN_NAME is not defined");
	run_script(&r, "#include \"sdkconfig.h\"\n", scratch_text("other.h", "#define FOO 1\n"), none);
	check_fault(&r, "no line of it sets a CONFIG_ name");
	assert_int_equal(unlink(scratch_path("sdkconfig.h")), 0);
	run_script(&r, "#include \"sdkconfig.h\"\n", NULL, none);
	check_fault(&r, "with --sdkconfig");
}

UNIT_TEST(what_is_no_configuration)
{
	struct result r;

	run_idf(&r, scratch_text("empty", "# nothing\nA=1\n"));
	check_fault(&r, "no line of it sets a CONFIG_ name");
	run_idf(&r, scratch_path("absent"));
	assert_int_equal(r.error, -ENOENT);
	result_free(&r);
}
