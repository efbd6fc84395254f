/* What golden files do not say of memprof report: what must be true of all outputs, and where they
 * go. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/base/text.h"
#include "run.h"
#include "tests_dir.h"
#include "unit.h"

#define DUMPS "data/dumps/"
#define MADE  "data/synthetic/"
#define REPORT(...)                               \
	{                                         \
		.args = { "report", __VA_ARGS__ } \
	}

static struct strbuf out, err;

static int report(struct run run)
{
	strbuf_reset(&out);
	strbuf_reset(&err);
	return run_memprof(&run, &out, &err);
}

static int forget(void **state)
{
	(void)state;
	strbuf_deinit(&out);
	strbuf_deinit(&err);
	return 0;
}

static bool summary(const struct strbuf *text, const char *words) { return strstr(strbuf_text(text), words) != NULL; }

/* ---- of every log ---- */

static void each_log(void (*visit)(const char *name))
{
	static const char *const patterns[] = { DUMPS "*.txt", MADE "*" };

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		char pattern[512];
		glob_t found;
		snprintf(pattern, sizeof(pattern), TESTS_DIR "/%s", patterns[i]);
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
		for (size_t k = 0; k < found.gl_pathc; k++)
			visit(found.gl_pathv[k] + sizeof(TESTS_DIR));
		globfree(&found);
	}
}

static unsigned columns_of(const char *line, size_t n)
{
	const uint8_t *p = (const uint8_t *)line, *end = p + n;
	unsigned columns = 0;

	for (; p < end; columns++) {
		size_t n_code = text_utf8(p, end, NULL);
		p += n_code ? n_code : 1;
	}
	return columns;
}

static unsigned n_wide;

/* The title has the name of the file in it; all other lines keep to 80 columns. */
static void check_columns(const char *name)
{
	for (int utf8 = 0; utf8 < 2; utf8++) {
		report((struct run){ .args = { "report", "-q", "--need", "16K", "--need", "100K", name },
				     .utf8 = utf8 });
		for (const char *p = strbuf_text(&out); *p;) {
			size_t n = strcspn(p, "\n");
			bool title = text_find(p, n, ": dump ") || text_starts(p, n, "MicroPython ");
			if (!title && columns_of(p, n) > 80 && n_wide++ < 5)
				print_error("%s: %u columns: %.*s\n", name, columns_of(p, n), (int)n, p);
			p += n + (p[n] == '\n');
		}
	}
}

UNIT_TEST_WITH(text_keeps_to_80_columns, NULL, forget)
{
	n_wide = 0;
	each_log(check_columns);
	if (n_wide > 0)
		fail_msg("%u lines are wider than 80 columns", n_wide);
}

static void check_bytes(const char *name)
{
	for (int json = 0; json < 2; json++) {
		int exit_code = report((struct run){ .args = { "report", name, json ? "--json" : "--map=full" } });
		assert_true(exit_code == 0 || exit_code == 2);
		assert_true(exit_code == 0 || err.n_bytes > 0);
		const struct strbuf *texts[] = { &out, &err };
		for (size_t i = 0; i < 2; i++) {
			for (size_t k = 0; k < texts[i]->n_bytes; k++) {
				uint8_t c = (uint8_t)texts[i]->text[k];
				if (c != '\n' && (c < 0x20 || c == 0x7f))
					fail_msg("%s: byte 0x%02x comes through", name, c);
			}
		}
		if (out.n_bytes > 0)
			assert_int_equal(out.text[out.n_bytes - 1], '\n');
	}
}

UNIT_TEST_WITH(no_control_byte_comes_through, NULL, forget) { each_log(check_bytes); }

/* The same bytes from a file, from a pipe, and a second time. */
static void check_repeatable(const char *name)
{
	CLEANUP(strbuf_deinit) struct strbuf first = STRBUF_INIT;

	report((struct run){ .args = { "report", "--json", "-" }, .input = name });
	strbuf_puts(&first, strbuf_text(&out));
	report((struct run){ .args = { "report", "--json", "-" }, .input = name, .utf8 = true });
	assert_string_equal(strbuf_text(&out), strbuf_text(&first));
}

UNIT_TEST_WITH(json_does_not_depend_on_the_locale, NULL, forget) { each_log(check_repeatable); }

/* ---- options ---- */

UNIT_TEST_WITH(help_is_no_error, NULL, forget)
{
	static const struct run runs[] = {
		{ .args = { "--help" } },
		{ .args = { "-h" } },
		{ .args = { "help" } },
		{ .args = { "report", "--help" } },
		{ .args = { "report", "-h", "x" } },
		{ .args = { "help", "report" } },
		{ .args = { "--version" } },
	};
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		assert_int_equal(report(runs[i]), 0);
		assert_int_equal(err.n_bytes, 0);
		assert_true(out.n_bytes > 0);
		for (const char *p = strbuf_text(&out); *p; p += strcspn(p, "\n") + 1)
			assert_true(strcspn(p, "\n") <= 80);
	}
	assert_int_equal(report((struct run){ .args = { NULL } }), 2);
}

UNIT_TEST_WITH(completions_are_for_three_shells, NULL, forget)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		assert_int_equal(report((struct run){ .args = { "completion", shells[i] } }), 0);
		assert_true(summary(&out, "__complete"));
		assert_int_equal(err.n_bytes, 0);
	}
	assert_int_equal(report((struct run){ .args = { "__complete", "re" } }), 0);
	assert_true(summary(&out, "report\tanalyse"));
	assert_int_equal(report((struct run){ .args = { "__complete", "report", "--" } }), 0);
	assert_true(summary(&out, "--need\t"));
	assert_int_equal(report((struct run){ .args = { "completion", "csh" } }), 2);
	assert_int_equal(report((struct run){ .args = { "completion" } }), 2);
}

/* Whatever is plugged in here: a list, perhaps an empty one, and no port is opened for it. */
UNIT_TEST_WITH(devices_are_a_list, NULL, forget)
{
	assert_int_equal(report((struct run){ .args = { "devices", "--json" } }), 0);
	assert_int_equal(err.n_bytes, 0);
	assert_true(summary(&out, "\"schema\": \"memprof.devices/1\""));
	assert_true(summary(&out, "\"devices\": []") || summary(&out, "\"speaks\": null"));
	bool any = summary(&out, "\"source\"");
	assert_int_equal(report((struct run){ .args = { "devices" } }), 0);
	assert_int_equal(summary(&out, "No board found"), !any);
	assert_int_equal(report((struct run){ .args = { "devices", "--all" } }), 0);
	assert_true(summary(&out, "serial port"));
}

UNIT_TEST_WITH(a_udev_rule_for_each_entry, NULL, forget)
{
	size_t n_rules = 0, n_names = 0;

	assert_int_equal(report((struct run){ .args = { "devices", "--udev" } }), 0);
	assert_true(summary(&out, "ATTRS{idVendor}==\"2e8a\", ATTRS{idProduct}==\"0005\", TAG+=\"uaccess\""));
	for (const char *p = strbuf_text(&out); *p; p += strcspn(p, "\n") + 1) {
		n_rules += text_starts(p, strlen(p), "SUBSYSTEMS==\"usb\", ");
		n_names += *p == '#';
		assert_true(strcspn(p, "\n") < 8192); /* udev reads no longer lines */
	}
	assert_true(n_rules > 50);
	assert_int_equal(n_names, n_rules + 3);
}

/* ---- where it goes ---- */

static char folder[64], path[128];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/memprof-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/report.txt", folder);
	return 0;
}

static size_t n_files(void)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*", folder);
	size_t n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return n;
}

static int remove_folder(void **state)
{
	forget(state);
	unlink(path);
	return rmdir(folder);
}

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool holds(const char *words)
{
	char text[20000] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return strstr(text, words) != NULL;
}

UNIT_TEST_WITH(output_goes_to_a_file, make_folder, remove_folder)
{
	struct stat st;

	assert_int_equal(report((struct run)REPORT("-o", path, MADE "session.txt")), 0);
	assert_int_equal(out.n_bytes, 0);
	assert_true(holds("Dump 2 of 2"));
	assert_int_equal(n_files(), 1);
	assert_int_equal(stat(path, &st), 0);
	mode_t mask = umask(0);
	umask(mask);
	assert_int_equal(st.st_mode & 0777, 0666 & ~mask);
}

UNIT_TEST_WITH(an_old_file_is_replaced, make_folder, remove_folder)
{
	put("stale");
	assert_int_equal(report((struct run)REPORT("--output", path, MADE "session.txt", "--json")), 0);
	assert_false(holds("stale"));
	assert_true(holds("memprof.report/1"));
	assert_int_equal(n_files(), 1);
}

/* A cut dump is reported as far as it goes; the code says that it is cut. */
UNIT_TEST_WITH(a_file_is_replaced_by_a_cut_report, make_folder, remove_folder)
{
	put("old");
	assert_int_equal(report((struct run)REPORT("-o", path, MADE "cut-in-row.txt")), 2);
	assert_false(holds("old"));
	assert_true(holds("Dump 1 of 1"));
}

/* No old report may stand for a new one. */
UNIT_TEST_WITH(nothing_to_say_removes_the_file, make_folder, remove_folder)
{
	put("old");
	assert_int_equal(report((struct run)REPORT("-o", path, MADE "hello.txt")), 2);
	assert_int_equal(n_files(), 0);
}

UNIT_TEST_WITH(bad_usage_leaves_the_file_alone, make_folder, remove_folder)
{
	put("old");
	assert_int_equal(report((struct run)REPORT("-o", path, "--format", "xml", MADE "session.txt")), 2);
	assert_true(holds("old"));
	assert_int_equal(report((struct run)REPORT("-o", path, "--bogus", MADE "session.txt")), 2);
	assert_true(holds("old"));
	assert_int_equal(n_files(), 1);
}

UNIT_TEST_WITH(the_suffix_selects_the_format, make_folder, remove_folder)
{
	static const struct {
		const char *suffix, *begins;
	} kinds[] = { { ".txt", "data/synthetic/session" },
		      { ".JSON", "{" },
		      { ".html", "<!DOCTYPE html>" },
		      { ".svg", "<?xml" },
		      { "", "data/synth" },
		      { ".", "data/synth" } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "%s/report%s", folder, kinds[i].suffix);
		assert_int_equal(report((struct run)REPORT("-o", path, MADE "session.txt")), 0);
		assert_true(holds(kinds[i].begins));
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/report.svg", folder);
	assert_int_equal(report((struct run)REPORT("--format", "text", "-o", path, MADE "session.txt")), 0);
	assert_true(holds("Dump 2 of 2"));
	assert_int_equal(report((struct run)REPORT("-o", path, MADE "session.txt", MADE "strings.txt")), 2);
	assert_true(summary(&err, "one FILE"));
	assert_true(holds("Dump 2 of 2"));
}

UNIT_TEST_WITH(an_unknown_suffix_is_refused, make_folder, remove_folder)
{
	snprintf(path, sizeof(path), "%s/report.csv", folder);
	put("old");
	assert_int_equal(report((struct run)REPORT("-o", path, MADE "session.txt")), 2);
	assert_true(summary(&err, "'.csv'; use one of .txt, .json, .md, .svg, .html, or add --format\n"));
	assert_true(holds("old"));
	assert_int_equal(report((struct run)REPORT("--json", "-o", path, MADE "session.txt")), 0);
	assert_true(holds("memprof.report/1"));
	assert_int_equal(report((struct run)REPORT("--qstr-defs", "-o", path, MADE "strings.txt")), 0);
	assert_int_equal(report((struct run){ .args = { "devices", "-o", path } }), 2);
	assert_int_equal(report((struct run){ .args = { "devices", "--udev", "-o", path } }), 0);
	assert_true(holds("SUBSYSTEMS"));
	assert_int_equal(n_files(), 1);
}

/* Neither a report nor a failure may destroy what was read, by whatever name it goes. */
UNIT_TEST_WITH(an_input_is_never_written_to, make_folder, remove_folder)
{
	char other[300];

	put("Memory Configuration\n");
	snprintf(other, sizeof(other), "%s/../%s/link", folder, strrchr(folder, '/') + 1);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(report((struct run){ .args = { "map", "-o", path, path } }), 2);
	assert_true(holds("Memory Configuration") && summary(&err, "is an input"));
	assert_int_equal(report((struct run){ .args = { "diff", "-o", other, path, "nowhere.map" } }), 2);
	assert_true(holds("Memory Configuration"));
	assert_int_equal(report((struct run){ .args = { "layout", "-o", path, "--map", other } }), 2);
	assert_true(holds("Memory Configuration"));
	unlink(other);
}

UNIT_TEST_WITH(a_dash_is_standard_output, NULL, forget)
{
	assert_int_equal(report((struct run)REPORT("-o", "-", MADE "session.txt")), 0);
	assert_true(summary(&out, "Dump 2 of 2"));
	assert_int_equal(access(TESTS_DIR "/-", F_OK), -1);
}

UNIT_TEST_WITH(a_place_that_cannot_be_written, make_folder, remove_folder)
{
	assert_int_equal(report((struct run)REPORT("-o", "/nowhere/report.txt", MADE "session.txt")), 2);
	assert_true(summary(&err, "/nowhere/report.txt"));
	assert_int_equal(report((struct run)REPORT("-o", folder, MADE "session.txt")), 2);
	assert_true(summary(&err, folder));
	assert_int_equal(n_files(), 0);
}

/* Replacing by rename is for files. /dev/stdout, /dev/full or a pipe is written to as it is. */
UNIT_TEST_WITH(a_pipe_is_not_replaced, make_folder, remove_folder)
{
	char text[4096] = "";
	struct stat st;

	assert_int_equal(mkfifo(path, 0600), 0);
	int fd = open(path, O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(report((struct run)REPORT("-o", path, MADE "session.txt")), 0);
	assert_int_equal(lstat(path, &st), 0);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(S_ISFIFO(st.st_mode));
	assert_true(n > 0);
	assert_non_null(strstr(text, "Dump 2 of 2"));
}

/* ---- pipes ---- */

static char *memprof;

static int shell(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && M='%s' && %s", TESTS_DIR, memprof, command);
	int status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

UNIT_TEST_WITH(a_closed_pipe_ends_in_silence, make_folder, remove_folder)
{
	char command[600];

	snprintf(command, sizeof(command),
		 "( \"$M\" report --json " DUMPS
		 "unix-1.25.0-leak-64k.txt 2>&3; echo $? >&3 ) 3>%s"
		 " | head -c 1 >/dev/null; test \"$(cat %s)\" = 0",
		 path, path);
	assert_int_equal(shell(command), 0);
}

UNIT_TEST_WITH(a_full_disk_is_an_error, NULL, forget)
{
	assert_int_equal(shell("\"$M\" report " MADE "session.txt >/dev/full 2>/dev/null"), 2);
	assert_int_equal(shell("\"$M\" report --json " MADE "session.txt >/dev/full 2>/dev/null"), 2);
	assert_int_equal(shell("\"$M\" --help >/dev/full 2>/dev/null"), 2);
}

int main(int argc, char **argv)
{
	run_begin(argc, argv);
	memprof = realpath(argv[1], NULL);
	int failed = unit_run();
	free(memprof);
	return failed;
}
