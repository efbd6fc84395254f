/* The file of a report: its format, and that it is complete or not there. */
#define _GNU_SOURCE
#include "memprof/cli/output.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/cli/message.h"
#include "scratch.h"
#include "unit.h"

struct test_args {
	struct output_args output;
	const char *save, *need;
};
static const struct option_spec all_specs[] = {
	OPTIONS_OUTPUT_IN(test, "any", "text|json|markdown|csv|svg|html|junit|github"),
	{ 0, "map", "HOW", "", "full|scaled|none", AS_CHOICE(test, output.map) },
	OPTIONS_SIZES(test),
	{ 0, "save", "FILE", "", AS_WRITTEN(test, save) },
	{ 0, "need", "SIZE", "", AS_TEXT(test, need) },
	OPTION_END,
};
static const struct option_spec few_specs[] = { OPTIONS_OUTPUT(test), OPTION_END };

static struct test_args args;
static struct strbuf messages;

static void add_message(void *ctx, const char *line, const char *text)
{
	(void)ctx;
	(void)text;
	strbuf_printf(&messages, "%s\n", line);
}

static void parse(const struct option_spec *specs, const char *line, struct options *ret)
{
	const struct command command = { .name = "report", .usage = "[FILE...]", .options = specs };
	static char copy[1024], *argv[32];
	int argc = 0;

	snprintf(copy, sizeof(copy), "report %s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	strbuf_reset(&messages);
	args = (struct test_args){ .save = NULL };
	assert_int_equal(options_parse(&command, argc, argv, &args, ret), 0);
}

/* %s in the line is the path. */
static int open_output(struct output *out, struct options *options, const char *line, const char *path)
{
	CLEANUP(strbuf_deinit) struct strbuf words = STRBUF_INIT;
	const char *at = strstr(line, "%s");

	strbuf_add(&words, line, at ? (size_t)(at - line) : strlen(line));
	strbuf_printf(&words, "%s%s", at ? path : "", at ? at + 2 : "");
	parse(all_specs, strbuf_text(&words), options);
	return output_open(out, options, &args.output);
}

static void assert_message(const char *part)
{
	if (!strstr(strbuf_text(&messages), part) || !*part != !messages.n_bytes)
		fail_msg("'%s' is not in: %s", part, strbuf_text(&messages));
}

/* content NULL: no such file */
static void assert_file(const char *path, const char *content)
{
	char have[64] = "";
	FILE *file = fopen(path, "r");

	assert_true((file != NULL) == (content != NULL));
	if (!file)
		return;
	have[fread(have, 1, sizeof(have) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(have, content);
}

static void assert_no_temporary(void)
{
	glob_t found;
	int r = glob(scratch_path("*.??????"), 0, NULL, &found);

	if (r != GLOB_NOMATCH)
		fail_msg("a temporary file is left: %s", found.gl_pathv[0]);
}

static int begin(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	message_redirect(add_message, NULL);
	return scratch_make(state);
}

static int end(void **state)
{
	strbuf_deinit(&messages);
	return scratch_remove(state);
}

UNIT_GROUP(begin, end)

/* ---- formats ---- */

UNIT_TEST(the_suffix_selects_the_format)
{
	static const struct {
		const struct option_spec *specs;
		const char *line, *path;
		int format; /* -1: refused */
		const char *message;
	} rows[] = {
		{ all_specs, "", NULL, OUTPUT_TEXT, "" },
		{ all_specs, "--json", NULL, OUTPUT_JSON, "" },
		{ all_specs, "--format svg", NULL, OUTPUT_SVG, "" },
		{ all_specs, "", "a.txt", OUTPUT_TEXT, "" },
		{ all_specs, "", "out/a.b.log", OUTPUT_TEXT, "" },
		{ all_specs, "", "a.json", OUTPUT_JSON, "" },
		{ all_specs, "", "a.JSON", OUTPUT_JSON, "" },
		{ all_specs, "", "a.md", OUTPUT_MARKDOWN, "" },
		{ all_specs, "", "a.markdown", OUTPUT_MARKDOWN, "" },
		{ all_specs, "", "a.csv", OUTPUT_CSV, "" },
		{ all_specs, "", "a.svg", OUTPUT_SVG, "" },
		{ all_specs, "", "a.html", OUTPUT_HTML, "" },
		{ all_specs, "", "a.htm", OUTPUT_HTML, "" },
		{ all_specs, "", "a.xml", OUTPUT_JUNIT, "" },
		{ all_specs, "--format github", "a.xml", OUTPUT_GITHUB, "" },
		{ all_specs, "--json", "a.svg", OUTPUT_JSON, "" },
		/* no suffix */
		{ all_specs, "", "a", OUTPUT_TEXT, "" },
		{ all_specs, "", ".json", OUTPUT_TEXT, "" },
		{ all_specs, "", "a.", OUTPUT_TEXT, "" },
		{ all_specs, "", "b.json/a", OUTPUT_TEXT, "" },
		{ all_specs, "", "/dev/null", OUTPUT_TEXT, "" },
		{ all_specs, "", "a.pdf", -1, "-o a.pdf: no format for suffix '.pdf'; use one of .txt, .json, .md, " },
		{ few_specs, "", "a.svg", -1, "use one of .txt, .json, or add --format\n" },
		{ few_specs, "--format text", "a.svg", OUTPUT_TEXT, "" },
		{ all_specs, "--json --format svg", NULL, -1, "--json and --format svg exclude each other" },
		{ all_specs, "--json --format json", "a.svg", OUTPUT_JSON, "" },
	};
	struct options options;
	enum output_format of_folder;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum output_format format = N_OUTPUT_FORMATS;
		parse(rows[i].specs, rows[i].line, &options);
		bool taken = output_format_of(&options, &args.output, rows[i].path, &format);
		if (taken != (rows[i].format >= 0) || (taken && (int)format != rows[i].format))
			fail_msg("'%s' %s: %s, format %d", rows[i].line, rows[i].path ? rows[i].path : "",
				 taken ? "taken" : "refused", (int)format);
		assert_message(rows[i].message);
	}
	parse(all_specs, "", &options);
	assert_true(output_format_of(&options, &args.output, scratch_folder("folder.pdf"), &of_folder));
	assert_int_equal(of_folder, OUTPUT_TEXT);
}

UNIT_TEST(names_of_formats)
{
	struct options options;

	parse(few_specs, "", &options);
	assert_string_equal(output_choices(&options), "text|json");
	for (int i = 0; i < N_OUTPUT_FORMATS; i++) {
		enum output_format format = N_OUTPUT_FORMATS;
		const char *name = output_format_name((enum output_format)i);
		assert_true(output_format_named(name, strlen(name), &format));
		assert_int_equal(format, i);
		assert_false(output_format_named(name, strlen(name) - 1, &format));
		assert_int_equal(output_format_offered(&options, (enum output_format)i),
				 i == OUTPUT_TEXT || i == OUTPUT_JSON);
	}
}

/* ---- files ---- */

UNIT_TEST(a_report_appears_when_it_is_complete)
{
	static const char *const before[] = { NULL, "old" };

	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		const char *path = scratch_path("report.json");
		struct options options;
		struct output out;
		struct stat st;
		if (before[i])
			assert_int_equal(chmod(scratch_text("report.json", before[i]), 0600), 0);
		mode_t mask = umask(027);
		assert_int_equal(open_output(&out, &options, "-o %s", path), 0);
		umask(mask);
		assert_int_equal(out.format, OUTPUT_JSON);
		strbuf_puts(&out.text, "one ");
		output_drain(&out);
		strbuf_puts(&out.text, "two");
		output_drain(&out);
		assert_file(path, before[i]);
		assert_int_equal(output_close(&out, EXIT_FINDING), EXIT_FINDING);
		assert_file(path, "one two");
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, before[i] ? 0600 : 0640);
		assert_no_temporary();
		assert_message("");
		unlink(path);
	}
}

/* An old report must not pass for the one that failed. */
UNIT_TEST(a_report_of_nothing)
{
	static const struct {
		int code;
		const char *after;
	} rows[] = { { EXIT_FINE, "old" },  { EXIT_FINDING, "old" }, { EXIT_INPUT, NULL },
		     { EXIT_DEVICE, NULL }, { EXIT_SCRIPT, NULL },   { EXIT_STOPPED, "old" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *path = scratch_text("nothing.txt", "old");
		struct options options;
		struct output out;
		assert_int_equal(open_output(&out, &options, "-o %s", path), 0);
		assert_int_equal(output_close(&out, rows[i].code), rows[i].code);
		assert_file(path, rows[i].after);
		assert_no_temporary();
	}
}

UNIT_TEST(a_link_stays_a_link)
{
	const char *target = scratch_text("target.txt", "old"), *link = scratch_path("link.txt");
	struct options options;
	struct output out;
	struct stat st;

	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(open_output(&out, &options, "-o %s", link), 0);
	strbuf_puts(&out.text, "new");
	assert_int_equal(output_close(&out, EXIT_FINE), EXIT_FINE);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_file(target, "new");
	assert_no_temporary();
}

/* The file system takes no more than 4 KiB. */
UNIT_TEST(a_failed_write_leaves_the_old_report)
{
	const char *path = scratch_text("full.txt", "old");
	struct rlimit limit, small;
	struct options options;
	struct output out;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(open_output(&out, &options, "-o %s", path), 0);
	strbuf_repeat(&out.text, "0123456789abcdef", 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int code = output_close(&out, EXIT_FINDING);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(code, EXIT_INPUT);
	assert_message("full.txt: error: cannot write the whole report: File too large\n");
	assert_file(path, "old");
	assert_no_temporary();
}

UNIT_TEST(places_that_take_no_report)
{
	struct options options;
	struct output out;

	assert_int_equal(open_output(&out, &options, "-o %s", scratch_path("missing/report.txt")), -EINVAL);
	assert_message("cannot write: No such file or directory");
	assert_int_equal(open_output(&out, &options, "-o %s", scratch_folder("folder")), 0);
	strbuf_puts(&out.text, "text");
	assert_int_equal(output_close(&out, EXIT_FINE), EXIT_INPUT);
	assert_message("cannot write the whole report: Is a directory");
	assert_no_temporary();
	/* a device is written directly */
	assert_int_equal(open_output(&out, &options, "-o %s", "/dev/full"), 0);
	assert_false(out.is_replaced);
	strbuf_puts(&out.text, "text");
	assert_int_equal(output_close(&out, EXIT_DEVICE), EXIT_DEVICE); /* the worse of the two */
	assert_message("/dev/full: error: cannot write the whole report: No space left on device");
	assert_int_equal(access("/dev/full", F_OK), 0);
}

UNIT_TEST(an_input_is_not_replaced)
{
	const char *path = scratch_text("in.log", "input");
	CLEANUP(strbuf_deinit) struct strbuf line = STRBUF_INIT;
	struct options options;
	struct output out;

	strbuf_printf(&line, "--save %s --need 4K -o %s a.log", path, path); /* --save writes it */
	assert_int_equal(open_output(&out, &options, strbuf_text(&line), NULL), 0);
	output_close(&out, EXIT_FINE);
	strbuf_reset(&line);
	strbuf_printf(&line, "-o %s a.log %s", path, path);
	assert_int_equal(open_output(&out, &options, strbuf_text(&line), NULL), -EINVAL);
	assert_message("this file is an input; choose another one for -o");
	assert_string_equal(output_find_input(&options, path), path);
	assert_null(output_find_input(&options, scratch_text("other", "")));
	assert_null(output_find_input(&options, scratch_path("missing")));
	/* under another name, as the value of an option */
	assert_int_equal(symlink(path, scratch_path("same.log")), 0);
	strbuf_reset(&line);
	strbuf_printf(&line, "--need %s -o %s", scratch_path("same.log"), path);
	assert_int_equal(open_output(&out, &options, strbuf_text(&line), NULL), -EINVAL);
	assert_file(path, "input");
	assert_no_temporary();
}

/* ---- standard output ---- */

static int to_stdout(int fd, const char *text, bool *ret_gone)
{
	int kept = dup(STDOUT_FILENO);
	struct options options;
	struct output out;

	fflush(stdout);
	assert_int_equal(open_output(&out, &options, "-o -", NULL), 0);
	assert_null(out.path);
	dup2(fd, STDOUT_FILENO);
	strbuf_puts(&out.text, text);
	output_drain(&out);
	*ret_gone = out.gone;
	int code = output_close(&out, EXIT_FINDING);
	clearerr(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	return code;
}

UNIT_TEST(standard_output)
{
	int fds[2], full = open("/dev/full", O_WRONLY);
	char have[16] = "";
	bool gone;

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(to_stdout(fds[1], "report\n", &gone), EXIT_FINDING);
	assert_false(gone);
	assert_int_equal(read(fds[0], have, sizeof(have) - 1), 7);
	assert_string_equal(have, "report\n");
	assert_message("");
	close(fds[0]); /* a reader such as head is no failure */
	assert_int_equal(to_stdout(fds[1], "report\n", &gone), EXIT_FINDING);
	assert_true(gone);
	assert_message("");
	close(fds[1]);
	assert_int_equal(to_stdout(full, "report\n", &gone), EXIT_INPUT);
	assert_false(gone);
	assert_message("standard output: error: cannot write the whole report: No space left on device");
	close(full);
}

UNIT_TEST(the_style)
{
	static const struct {
		const char *line;
		bool color, map_full;
		unsigned map_rows;
	} rows[] = {
		{ "", false, false, 12 },
		{ "--color always", true, false, 12 },
		{ "--color never --map full", false, true, 12 },
		{ "--color auto --map none", false, false, 0 },
		{ "--map scaled", false, false, 12 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options options;
		struct output out;
		parse(all_specs, rows[i].line, &options);
		assert_int_equal(output_open_as(&out, &options, &args.output, OUTPUT_TEXT, scratch_path("style.txt")),
				 0);
		assert_int_equal(out.style.color, rows[i].color);
		assert_int_equal(out.style.map_full, rows[i].map_full);
		assert_int_equal(out.style.map_rows, rows[i].map_rows);
		assert_int_equal(out.style.columns, 80);
		assert_false(out.pager_wanted);
		output_close(&out, EXIT_FINE);
	}
}

UNIT_TEST(the_worse_exit_code)
{
	static const int order[] = { EXIT_FINE, EXIT_FINDING, EXIT_INPUT, EXIT_SCRIPT, EXIT_DEVICE };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (size_t k = 0; k < ARRAY_SIZE(order); k++)
			assert_int_equal(exit_worse(order[i], order[k]), order[MAX(i, k)]);
}

/* The last test: what any text has lost is remembered to the end. */
UNIT_TEST(a_report_is_not_written_without_a_part_of_it)
{
	CLEANUP(strbuf_deinit) struct strbuf part = STRBUF_INIT;
	const char *path = scratch_path("lacks.txt");
	struct options options;
	struct output out;

	strbuf_add(&part, "x", SIZE_MAX / 2);
	assert_int_equal(open_output(&out, &options, "-o %s", path), 0);
	strbuf_puts(&out.text, "Region: , 128 B");
	assert_int_equal(output_close(&out, EXIT_FINE), EXIT_INPUT);
	assert_message("cannot write the whole report: Cannot allocate memory");
	assert_int_equal(access(path, F_OK), -1);
}
