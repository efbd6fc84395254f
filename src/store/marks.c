/* Marks of people, and the files that they keep with them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "reader.h"

/* ---- writing ---- */

static int put_mark(sqlite3 *db, uint64_t mark, uint64_t at_us, const char *text)
{
	sqlite3_stmt *s = schema_insert(db, TABLE_MARKS);

	if (!s)
		return sqlite3_errcode(db);
	schema_bind(s, 1, mark);
	schema_bind(s, 2, at_us);
	schema_bind_bytes(s, 3, text, strlen(text));
	int code = schema_put(s);
	sqlite3_finalize(s);
	return code;
}

static int put_file(sqlite3 *db, uint64_t number, uint64_t mark, const struct recording_file *file)
{
	sqlite3_stmt *s = schema_insert(db, TABLE_FILES);

	if (!s)
		return sqlite3_errcode(db);
	schema_bind(s, 1, number);
	schema_bind(s, 2, mark);
	sqlite3_bind_text(s, 3, file->name, -1, SQLITE_STATIC);
	int code = sqlite3_bind_blob64(s, 4, file->bytes, file->n_bytes, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = schema_put(s);
	sqlite3_finalize(s);
	return code;
}

static int put_both(sqlite3 *db, uint64_t at_us, const char *text, const struct recording_file *file)
{
	struct contents contents;
	int code = schema_run(db, SQL_BEGIN_ALONE);

	if (code == SQLITE_OK)
		code = contents_get(db, &contents);
	uint64_t mark = schema_next(db, TABLE_MARKS);
	if (code == SQLITE_OK)
		code = put_mark(db, mark, at_us, text);
	if (code == SQLITE_OK && file)
		code = put_file(db, schema_next(db, TABLE_FILES), mark, file);
	contents.n_marks++;
	contents.n_files += file != NULL;
	if (code == SQLITE_OK)
		code = contents_put(db, &contents);
	return code == SQLITE_OK ? schema_run(db, "COMMIT") : code;
}

int recording_mark(const char *path, uint64_t at_us, const char *text, const struct recording_file *file,
		   struct diag *diag)
{
	sqlite3 *db;

	if (recording_is_moved(path))
		return diag_at(
			diag, (struct place){ .file = path }, -EBUSY,
			"it was moved, or is a link, and is still recorded under its other name; wait until that ends");
	int r = schema_connect(path, SQLITE_OPEN_READWRITE, &db, diag);

	if (r == 0)
		r = schema_check_writable(db, path, diag);
	int code = r == 0 ? put_both(db, at_us, text, file) : SQLITE_OK;
	if (code != SQLITE_OK)
		r = schema_failed(db, code, path, diag);
	sqlite3_close(db);
	return r;
}

/* ---- reading ---- */

static int copy_content(sqlite3_stmt *s, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag)
{
	const void *content = sqlite3_column_blob(s, 3);
	size_t n_bytes = (size_t)sqlite3_column_bytes(s, 3);
	char *bytes = content || n_bytes == 0 ? malloc(n_bytes + 1) : NULL;

	if (!bytes)
		return diag_set(diag, -ENOMEM, "out of memory");
	if (n_bytes > 0)
		memcpy(bytes, content, n_bytes);
	bytes[n_bytes] = '\0';
	*ret_bytes = bytes;
	*ret_n_bytes = n_bytes;
	return 0;
}

/* The marks that have a file, the newest first. */
static int refuse(sqlite3 *db, const char *path, const char *mark, struct diag *diag)
{
	struct strbuf marks CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct contents contents;

	if (contents_get(db, &contents) != SQLITE_OK ||
	    schema_damaged(db, TABLE_MARKS, contents.n_marks) + schema_damaged(db, TABLE_FILES, contents.n_files) > 0)
		return schema_failed(db, SQLITE_CORRUPT, path, diag);
	sqlite3_stmt *s = schema_prepare(db,
					 "SELECT CAST(text AS TEXT) FROM marks JOIN files USING (mark)"
					 " GROUP BY 1 ORDER BY max(file) DESC");

	schema_list(s, &marks);
	sqlite3_finalize(s);
	return diag_at(diag, (struct place){ .file = path }, -EINVAL, "no file is kept with a mark '%s'; %s%s", mark,
		       marks.n_bytes > 0 ? "marks with a file: " : "memprof mark --file keeps one",
		       strbuf_text(&marks));
}

static int query_file(sqlite3 *db, const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes,
		      struct diag *diag)
{
	sqlite3_stmt *s = schema_select(db, TABLE_FILES,
					"WHERE mark IN (SELECT mark FROM marks WHERE CAST(text AS TEXT) = ?1)"
					" ORDER BY file DESC LIMIT 1");
	int r, code = SQLITE_NOMEM;

	if (s) {
		sqlite3_bind_text(s, 1, mark, -1, SQLITE_STATIC);
		code = sqlite3_step(s);
	}
	if (code == SQLITE_ROW && !schema_is_fine(s, TABLE_FILES))
		code = SQLITE_CORRUPT;
	if (code == SQLITE_ROW)
		r = copy_content(s, ret_bytes, ret_n_bytes, diag);
	else
		r = code == SQLITE_DONE ? refuse(db, path, mark, diag) : schema_failed(db, code, path, diag);
	sqlite3_finalize(s);
	return r;
}

int recording_kept(const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag)
{
	struct recording *r;
	int error = recording_open(path, &r, diag);

	if (error < 0)
		return error;
	error = query_file(r->db, path, mark, ret_bytes, ret_n_bytes, diag);
	recording_close(r);
	return error;
}
