#include <string.h>

#include "memprof/store/recording.h"
#include "schema.h"

static int insert_mark(sqlite3 *db, uint64_t at_us, const char *text)
{
	sqlite3_stmt *s = schema_prepare(db, "INSERT INTO marks(at_us, text) VALUES(?1, ?2)");

	if (!s)
		return sqlite3_errcode(db);
	schema_bind(s, 1, at_us);
	schema_bind_bytes(s, 2, text, strlen(text));
	int code = sqlite3_step(s);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int insert_file(sqlite3 *db, const struct recording_file *file)
{
	sqlite3_stmt *s = schema_prepare(db,
					 "INSERT INTO files(mark, name, content) VALUES(last_insert_rowid(), ?1, ?2)");

	if (!s)
		return sqlite3_errcode(db);
	sqlite3_bind_text(s, 1, file->name, -1, SQLITE_STATIC);
	int code = sqlite3_bind_blob64(s, 2, file->bytes, file->n_bytes, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int recording_mark(const char *path, uint64_t at_us, const char *text, const struct recording_file *file,
		   struct diag *diag)
{
	sqlite3 *db;
	int r = schema_connect(path, SQLITE_OPEN_READWRITE, &db, diag);

	if (r == 0)
		r = schema_check(db, path, diag);
	if (r == 0) {
		int code = schema_run(db, SQL_BEGIN_ALONE);
		if (code == SQLITE_OK)
			code = insert_mark(db, at_us, text);
		if (code == SQLITE_OK && file)
			code = insert_file(db, file);
		if (code == SQLITE_OK)
			code = schema_run(db, "COMMIT");
		if (code != SQLITE_OK)
			r = schema_failed(db, code, path, diag);
	}
	sqlite3_close(db);
	return r;
}
