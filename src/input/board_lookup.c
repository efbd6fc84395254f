#define _POSIX_C_SOURCE 200809L /* strnlen, PATH_MAX */
#include "memprof/input/board_lookup.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/edit_distance.h"
#include "memprof/base/text.h"
#include "memprof/io/blob.h"
#include "memprof/io/datafile.h"

static const char suffix[] = ".json";

enum { NEAR_MAX = 4 }; /* names that one message offers */

/* memprof's other data files are JSON too: one that speaks of this schema, in whatever version, is a board. */
static bool is_board(const struct strbuf *text)
{
	return text_find(strbuf_text(text), text->n_bytes, "\"memprof.board/") != NULL;
}

/* The text of a data file. What ret_path was before is forgotten. */
static int read_shipped(const char *name, size_t n_name, struct strbuf *ret_path, struct strbuf *ret_text,
			struct diag *diag)
{
	struct strbuf file CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&file, "%.*s%s", (int)n_name, name, suffix);
	if (strbuf_error(&file))
		return diag_set(diag, -ENOMEM, "out of memory");
	return datafile_read(file.text, ret_path, ret_text, diag);
}

/* What cannot be read is listed: whoever asks for it is told why. */
int board_file_names(struct strbuf *ret)
{
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = datafile_list(suffix, &all);

	for (const char *p = strbuf_text(&all); r == 0 && *p;) {
		size_t n = strcspn(p, "\n");
		strbuf_reset(&text);
		if (read_shipped(p, n, &path, &text, NULL) < 0 || is_board(&text))
			strbuf_add(ret, p, n + 1);
		p += n + 1;
	}
	return r < 0 ? r : strbuf_error(ret);
}

/* ---- near names ---- */

/* Small letters and digits alone: "Pico 2" and "pico2", "ESP32-S3" and "esp32s3" are the same. */
static void plain(const char *text, char ret[BOARD_FILE_NAME_MAX_CHARS + 1])
{
	size_t n = 0;

	for (; *text && n < BOARD_FILE_NAME_MAX_CHARS; text++)
		if (isalnum((unsigned char)*text))
			ret[n++] = (char)tolower((unsigned char)*text);
	ret[n] = '\0';
}

static bool is_in(const char *plain_word, const char *text)
{
	char whole[BOARD_FILE_NAME_MAX_CHARS + 1];

	plain(text, whole);
	return strstr(whole, plain_word) != NULL;
}

/* A word that is a part of the name ("pico"), or the name with a letter or two wrong; else a part of what the board
 * or its chip is called ("Pico 2", "RP2040"). */
static bool is_near(const char *word, const char *name)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct board_file *board;
	char wanted[BOARD_FILE_NAME_MAX_CHARS + 1];

	if (strlen(word) < 3)
		return false;
	if (strstr(name, word) || strstr(word, name) || edit_distance(word, name) <= 3)
		return true;
	plain(word, wanted);
	if (strlen(wanted) < 3 || read_shipped(name, strlen(name), &path, &text, NULL) < 0 ||
	    board_file_read(text.text, text.n_bytes, strbuf_text(&path), &board, NULL) < 0)
		return false;
	bool near = is_in(wanted, board->title) || is_in(wanted, board->mcu);
	board_file_free(board);
	return near;
}

static int no_board(const char *word, struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf near CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char name[BOARD_FILE_NAME_MAX_CHARS + 1];
	int n_near = 0;

	if (board_file_names(&names) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	for (const char *p = strbuf_text(&names); *p;) {
		size_t n = strcspn(p, "\n");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		if (is_near(word, name) && n_near++ < NEAR_MAX)
			strbuf_printf(&near, "%s%s", near.n_bytes ? ", " : "", name);
		p += n + 1;
	}
	if (n_near > NEAR_MAX)
		strbuf_printf(&near, ", or %d more (memprof boards)", n_near - NEAR_MAX);
	if (near.n_bytes)
		return diag_set(diag, -ENOENT,
				"no board '%.60s'; did you mean %s? A file of your own has a / or"
				" ends in .json",
				word, strbuf_text(&near));
	return diag_set(diag, -ENOENT,
			"no board '%.60s'; memprof boards lists them, and a file of your own has a"
			" / or ends in .json",
			word);
}

/* ---- one board ---- */

static bool is_path(const char *word)
{
	size_t n = strlen(word);

	return strcmp(word, "-") == 0 || strchr(word, '/') ||
	       (n >= sizeof(suffix) - 1 && strcmp(word + n - (sizeof(suffix) - 1), suffix) == 0);
}

static int find_in_file(const char *path, struct strbuf *ret_path, struct board_file **ret, struct diag *diag)
{
	struct blob file = { .name = NULL };
	int r;

	strbuf_reset(ret_path);
	strbuf_puts(ret_path, path);
	if (strbuf_error(ret_path))
		return diag_set(diag, -ENOMEM, "out of memory");
	r = blob_read(path, &file, diag);
	if (r == 0)
		r = board_file_read(file.bytes, file.n_bytes, strbuf_text(ret_path), ret, diag);
	blob_deinit(&file);
	return r;
}

int board_file_find(const char *name_or_path, struct strbuf *ret_path, struct board_file **ret, struct diag *diag)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag missing = { .text = "" };
	int r;

	if (is_path(name_or_path))
		return find_in_file(name_or_path, ret_path, ret, diag);
	r = read_shipped(name_or_path, strnlen(name_or_path, PATH_MAX), ret_path, &text, &missing);
	if (r == -ENOENT || r == -EINVAL || r == -ENAMETOOLONG || (r == 0 && !is_board(&text)))
		return no_board(name_or_path, diag);
	if (r < 0)
		return diag_at(diag, (struct place){ .file = missing.at.file }, r, "%s", missing.text);
	return board_file_read(text.text, text.n_bytes, strbuf_text(ret_path), ret, diag);
}
