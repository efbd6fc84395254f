#include "memprof/base/diag.h"

#include "unit.h"

UNIT_TEST(keeps_the_place_and_the_words)
{
	struct place at = { .file = "crash.log", .line = 118, .col = 4 };
	struct diag diag = { 0 };

	assert_int_equal(diag_at(&diag, at, -EINVAL, "size 0x%x is not a multiple of %d", 0x11, 16), -EINVAL);
	assert_string_equal(diag.text, "size 0x11 is not a multiple of 16");
	assert_string_equal(diag.at.file, "crash.log");
	assert_u64_equal(diag.at.line, 118);
	assert_int_equal(diag.at.col, 4);
}

UNIT_TEST(without_a_place)
{
	struct diag diag = { .at = { .file = "old", .line = 1, .col = 1 } };

	assert_int_equal(diag_set(&diag, -ENOMEM, "out of memory"), -ENOMEM);
	assert_string_equal(diag.text, "out of memory");
	assert_null(diag.at.file);
	assert_u64_equal(diag.at.line, 0);
}

/* Whoever fails to open something has freed its name before the message is printed. */
UNIT_TEST(the_name_is_a_copy)
{
	char name[300] = "gone.log";
	struct diag diag = { 0 };

	diag_at(&diag, (struct place){ .file = name }, -ENOENT, "lost");
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(diag.at.file, "gone.log");
	diag_at(&diag, diag.at, -ENOENT, "lost again");
	assert_string_equal(diag.at.file, "gone.log");
	diag_at(&diag, (struct place){ .file = name }, -ENOENT, "too long");
	assert_int_equal(strlen(diag.at.file), sizeof(diag.file) - 1);
}

UNIT_TEST(no_diag_is_wanted)
{
	assert_int_equal(diag_set(NULL, -EIO, "%s", "lost"), -EIO);
	assert_int_equal(diag_at(NULL, (struct place){ 0 }, 3, "%s", "lost"), 3);
}

UNIT_TEST(a_text_that_is_too_long_is_cut)
{
	char text[1000];
	struct diag diag;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	diag_set(&diag, -EINVAL, "%s", text);
	assert_int_equal(strlen(diag.text), sizeof(diag.text) - 1);
}
