/* The boards of layouts/, by name; boards of the user's, by path. */
#include "memprof/input/board_lookup.h"

#include <glob.h>

#include "memprof/io/blob.h"
#include "memprof/io/datafile.h"
#include "scratch.h"
#include "tests_dir.h"
#include "unit.h"

#define LAYOUTS TESTS_DIR "/../layouts/"

/* ---- the source's layouts/ in place of those beside the program (-Wl,--wrap) ---- */

static int read_error; /* of any data file */

int __wrap_datafile_read(const char *name, struct strbuf *ret_path, struct strbuf *ret_text, struct diag *diag);
int __wrap_datafile_list(const char *suffix, struct strbuf *ret);

int __wrap_datafile_read(const char *name, struct strbuf *ret_path, struct strbuf *ret_text, struct diag *diag)
{
	struct blob blob;

	strbuf_reset(ret_path);
	strbuf_printf(ret_path, LAYOUTS "%s", name);
	if (read_error)
		return diag_at(diag, (struct place){ .file = strbuf_text(ret_path) }, read_error, "cannot read it");
	int r = strchr(name, '/') ? -EINVAL : blob_read(strbuf_text(ret_path), &blob, diag);
	if (r == 0) {
		strbuf_add(ret_text, blob.bytes, blob.n_bytes);
		blob_deinit(&blob);
	}
	return r;
}

int __wrap_datafile_list(const char *suffix, struct strbuf *ret)
{
	CLEANUP(strbuf_deinit) struct strbuf pattern = STRBUF_INIT;
	glob_t found;

	strbuf_printf(&pattern, LAYOUTS "*%s", suffix);
	assert_int_equal(glob(strbuf_text(&pattern), 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		strbuf_printf(ret, "%.*s\n", (int)(strlen(name) - strlen(suffix)), name);
	}
	globfree(&found);
	return 0;
}

/* ---- tests ---- */

static int find_board(const char *name, struct board_file **ret, struct diag *diag)
{
	CLEANUP(strbuf_deinit) struct strbuf path = STRBUF_INIT;

	*diag = (struct diag){ .text = "" };
	return board_file_find(name, &path, ret, diag);
}

static int read_board(const char *path, struct diag *diag)
{
	struct board_file *board = NULL;

	return find_board(path, &board, diag);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(every_board_is_listed_and_found)
{
	CLEANUP(strbuf_deinit) struct strbuf names = STRBUF_INIT;
	unsigned n = 0;

	assert_int_equal(board_file_names(&names), 0);
	for (char *name = strtok(names.text, "\n"); name; name = strtok(NULL, "\n"), n++) {
		struct board_file *board;
		struct diag diag;
		assert_string_not_equal(name, "components"); /* a data file, but no board */
		assert_string_not_equal(name, "usb-ids");
		if (find_board(name, &board, &diag) != 0)
			fail_msg("%s: %s", name, diag.text);
		assert_string_equal(board->name, name);
		board_file_free(board);
	}
	assert_true(n >= 20);
}

UNIT_TEST(a_path_is_read)
{
	CLEANUP(strbuf_deinit) struct strbuf path = STRBUF_INIT;
	struct board_file *board;
	struct diag diag = { .text = "" };

	strbuf_puts(&path, "before");
	assert_int_equal(board_file_find(LAYOUTS "pjrc-teensy41.json", &path, &board, &diag), 0);
	assert_string_equal(strbuf_text(&path), LAYOUTS "pjrc-teensy41.json");
	assert_string_equal(board->name, "pjrc-teensy41");
	board_file_free(board);
	scratch_check_unreadable(read_board);
	const char *cut = scratch_text("cut.json", "{\n \"schema\": \"memprof.board/1\",\n");
	assert_int_equal(find_board(cut, &board, &diag), -EINVAL);
	assert_string_equal(diag.at.file, cut);
	assert_true(diag.at.line >= 2);
	assert_int_equal(find_board(scratch_text("empty.json", ""), &board, &diag), -EINVAL);
	assert_int_equal(find_board(LAYOUTS "usb-ids.json", &board, &diag), -EINVAL);
	assert_int_equal(find_board("missing.json", &board, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "cannot open it"));
}

UNIT_TEST(unknown_names_get_near_ones)
{
	static const struct {
		const char *word, *part, *absent; /* of the message */
	} rows[] = {
		{ "raspberypi-pico", "did you mean raspberrypi-pico", "teensy" },         /* a letter is missing */
		{ "teensy", "did you mean pjrc-teensy41?", "pico" },                      /* a part of the name */
		{ "RP2350", "pimoroni-tufty2350", "raspberrypi-pico," },                  /* the chip */
		{ "ESP32-C3", "did you mean espressif-esp32c3-4m?", "esp32s3" },          /* … in another spelling */
		{ "PICO 2", "raspberrypi-pico2", "raspberrypi-pico," },                   /* the title */
		{ "esp", "espressif-esp32-2m, ", "pico" },                                /* several */
		{ "espressif", ", or 13 more (memprof boards)", "espressif-esp8266-1m" }, /* more than four */
		{ "xy", "memprof boards lists them", "did you mean" },                    /* too short for a guess */
		{ "commodore-64", "no board 'commodore-64'; memprof boards lists them", "did you mean" },
		{ "usb-ids", "no board 'usb-ids'", "schema" }, /* a data file of another kind */
		{ "", "no board ''", "did you mean" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct board_file *board;
		struct diag diag;
		int r = find_board(rows[i].word, &board, &diag);
		if (r != -ENOENT || !strstr(diag.text, rows[i].part) || strstr(diag.text, rows[i].absent))
			fail_msg("'%s': %d, %s", rows[i].word, r, diag.text);
	}
}

UNIT_TEST(data_files_that_cannot_be_read)
{
	CLEANUP(strbuf_deinit) struct strbuf names = STRBUF_INIT;
	struct board_file *board;
	struct diag diag;

	read_error = -EACCES;
	int r = find_board("raspberrypi-pico", &board, &diag);
	int list_error = board_file_names(&names);
	read_error = 0;
	assert_int_equal(r, -EACCES);
	assert_string_equal(diag.text, "cannot read it");
	assert_string_equal(diag.at.file, LAYOUTS "raspberrypi-pico.json");
	/* they are listed: asking for one gives the reason */
	assert_int_equal(list_error, 0);
	assert_non_null(strstr(strbuf_text(&names), "raspberrypi-pico\n"));
}
