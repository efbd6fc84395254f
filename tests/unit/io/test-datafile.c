#define _DEFAULT_SOURCE
#include "memprof/io/datafile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* Where such files are looked for is tested by tests/checks/places, which moves a program about.
 * Here the program is this test, so layouts/ beside it is the first place. */
static struct strbuf folder, path, text;
static struct diag diag;

UNIT_BEFORE(set_up)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(n > 0);
	exe[n] = '\0';
	*strrchr(exe, '/') = '\0';
	strbuf_reset(&folder);
	strbuf_reset(&path);
	strbuf_reset(&text);
	strbuf_printf(&folder, "%s/layouts", exe);
	assert_true(mkdir(folder.text, 0777) == 0 || errno == EEXIST);
	strbuf_puts(&folder, "/of-test-datafile.json");
}

UNIT_AFTER(tear_down)
{
	unlink(folder.text);
	rmdir(folder.text);
	*strrchr(folder.text, '/') = '\0';
	rmdir(folder.text);
	strbuf_deinit(&folder);
	strbuf_deinit(&path);
	strbuf_deinit(&text);
}

static void write_file(size_t n_bytes)
{
	FILE *file = fopen(folder.text, "w");

	assert_non_null(file);
	for (size_t i = 0; i < n_bytes; i++)
		fputc('a' + (int)(i % 26), file);
	assert_int_equal(fclose(file), 0);
}

static int read_it(void) { return datafile_read("of-test-datafile.json", &path, &text, &diag); }

UNIT_TEST(a_file_is_read_whole)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, DATAFILE_MAX_BYTES };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		write_file(sizes[i]);
		strbuf_reset(&text);
		assert_int_equal(read_it(), 0);
		assert_u64_equal(text.n_bytes, sizes[i]);
		assert_string_equal(strbuf_text(&path), strbuf_text(&folder));
		for (size_t k = 0; k < sizes[i]; k += 997)
			assert_int_equal(text.text[k], 'a' + (int)(k % 26));
	}
}

UNIT_TEST(one_byte_too_many_is_refused)
{
	write_file(DATAFILE_MAX_BYTES + 1);
	assert_int_equal(read_it(), -EFBIG);
	assert_string_equal(diag.at.file, strbuf_text(&folder));
}

UNIT_TEST(what_is_there_and_cannot_be_read_is_said)
{
	assert_int_equal(mkdir(folder.text, 0777), 0);
	assert_int_equal(read_it(), -EISDIR);
	assert_string_equal(diag.at.file, strbuf_text(&folder));
}

UNIT_TEST(what_is_nowhere_is_said_with_all_places)
{
	assert_int_equal(read_it(), -ENOENT);
	assert_non_null(strstr(diag.text, "cannot find memprof's data file of-test-datafile.json"));
	assert_non_null(strstr(diag.text, "/layouts/of-test-datafile.json, "));
}

UNIT_TEST(names_lead_nowhere_else)
{
	static const char *const names[] = { "", ".", "..", "../x.json", "/etc/passwd", ".hidden", "a/b" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(datafile_read(names[i], &path, &text, &diag), -EINVAL);
		assert_int_equal(text.n_bytes, 0);
	}
}

/* Only what ends so, in order, and no hidden files. */
UNIT_TEST(what_is_there_is_listed)
{
	static const char *const others[] = { "b.of-test", "a.of-test", ".c.of-test", ".of-test", "a.of-tests" };
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char name[4200];
	const char *end = strrchr(folder.text, '/');

	assert_int_equal(datafile_list(".of-test", &list), 0);
	assert_string_equal(strbuf_text(&list), "");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(name, sizeof(name), "%.*s/%s", (int)(end - folder.text), folder.text, others[i]);
		fclose(fopen(name, "w"));
	}
	assert_int_equal(datafile_list(".of-test", &list), 0);
	assert_string_equal(strbuf_text(&list), "a\nb\n");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(name, sizeof(name), "%.*s/%s", (int)(end - folder.text), folder.text, others[i]);
		unlink(name);
	}
}
