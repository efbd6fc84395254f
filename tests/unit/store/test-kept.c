/* A file goes in with a mark and comes out of it. */

#include "memprof/store/recording.h"
#include "recordings.h"
#include "scratch.h"
#include "unit.h"

static const char *made(const char *name)
{
	const char *path = scratch_path(name);
	struct diag diag = { 0 };
	struct recording_writer *w = made_writer(path, "a", 0, &diag);

	made_snapshot(w, 1, 0);
	assert_int_equal(recording_writer_close(w, &diag), 0);
	return path;
}

static void keep(const char *path, const char *mark, const void *bytes, size_t n_bytes)
{
	const struct recording_file file = { "file", bytes, n_bytes };
	struct diag diag = { .text = "" };

	if (recording_mark(path, MADE_STARTED_US, mark, bytes ? &file : NULL, &diag) < 0)
		fail_msg("%s: %s", mark, diag.text);
}

static void assert_kept(const char *path, const char *mark, const char *bytes, size_t n_bytes)
{
	struct diag diag = { .text = "" };
	char *kept;
	size_t n;

	if (recording_kept(path, mark, &kept, &n, &diag) < 0)
		fail_msg("%s: %s", mark, diag.text);
	assert_int_equal(n, n_bytes);
	assert_memory_equal(kept, bytes, n_bytes);
	assert_int_equal(kept[n], '\0');
	free(kept);
}

static void assert_refused(const char *path, const char *mark, int error, const char *words)
{
	struct diag diag = { .text = "" };
	char *kept;
	size_t n;
	int r = recording_kept(path, mark, &kept, &n, &diag);

	if (r != error || !strstr(diag.text, words))
		fail_msg("%s: %d '%s', expected '%s'", mark, r, diag.text, words);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(what_went_in)
{
	static const char bytes[] = "\0\xff\n of a memory file";
	const char *path = made("in");

	keep(path, "memory", bytes, sizeof(bytes));
	keep(path, "empty", "", 0);
	keep(path, "not \xff UTF-8", "x", 1);
	assert_kept(path, "memory", bytes, sizeof(bytes));
	assert_kept(path, "empty", "", 0);
	assert_kept(path, "not \xff UTF-8", "x", 1);
}

UNIT_TEST(the_last_one_of_several)
{
	const char *path = made("several");

	keep(path, "login", "old", 3);
	keep(path, "login", "new", 3);
	keep(path, "login", NULL, 0); /* without a file */
	assert_kept(path, "login", "new", 3);
}

UNIT_TEST(too_large)
{
	enum { TOO_MANY_BYTES = (128 << 20) + 1 };
	const char *path = made("large");
	const struct recording_file file = { "file", calloc(1, TOO_MANY_BYTES), TOO_MANY_BYTES };
	struct diag diag = { .text = "" };

	assert_non_null(file.bytes);
	assert_int_equal(recording_mark(path, MADE_STARTED_US, "large", &file, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "more than 128 MiB"));
	assert_refused(path, "large", -EINVAL, "no file is kept"); /* nor is a mark */
	free((void *)file.bytes);
}

UNIT_TEST(none)
{
	const char *path = made("none");

	assert_refused(path, "login", -EINVAL, "'login'; memprof mark --file keeps one");
	keep(path, "login", NULL, 0);
	keep(path, "esc\x1b", "x", 1);
	assert_refused(path, "login", -EINVAL, "marks with a file: 'esc\\x1b'");
	assert_refused(scratch_path("missing"), "login", -ENOENT, "No such file");
}
