#define _DEFAULT_SOURCE /* symlink */
#include "memprof/io/new_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/io/blob.h"
#include "scratch.h"
#include "unit.h"

UNIT_GROUP(scratch_make, scratch_remove)

static int write_text(const char *path, const char *words, struct diag *diag)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, words);
	return new_file_write(path, &text, diag);
}

static void assert_text(const char *path, const char *words)
{
	struct blob blob = { 0 };
	struct diag diag = { 0 };

	assert_int_equal(blob_read(path, &blob, &diag), 0);
	assert_string_equal(blob.bytes, words);
	blob_deinit(&blob);
}

UNIT_TEST(a_text_replaces_a_file_and_keeps_its_mode)
{
	const char *path = scratch_text("old.json", "old");
	struct diag diag = { 0 };
	struct stat st;

	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(write_text(path, "new", &diag), 0);
	assert_text(path, "new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

UNIT_TEST(what_may_be_written_is_known_before)
{
	const char *path = scratch_text("there.json", "");
	struct diag diag = { 0 };

	assert_int_equal(new_file_check(scratch_path("none.json"), false, &diag), 0);
	assert_int_equal(new_file_check(path, true, &diag), 0);
	assert_int_equal(new_file_check(path, false, &diag), -EEXIST);
	assert_int_equal(new_file_check("/dev/null", true, &diag), -EINVAL);
	assert_string_equal(diag.text, "cannot write: not a regular file");
	assert_int_equal(write_text(scratch_path("no/folder.json"), "x", &diag), -ENOENT);
	assert_string_equal(diag.text, "cannot write: No such file or directory");
}

UNIT_TEST(through_a_link)
{
	const char *path = scratch_text("target.json", "old"), *link = scratch_path("link.json");
	struct diag diag = { 0 };

	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(write_text(link, "new", &diag), 0);
	assert_text(path, "new");
}
