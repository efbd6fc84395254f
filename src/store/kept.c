/* Files that are kept with marks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/store/recording.h"
#include "schema.h"

static int copy_content(sqlite3_stmt *s, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag)
{
	const void *content = sqlite3_column_blob(s, 0);
	size_t n_bytes = (size_t)sqlite3_column_bytes(s, 0);
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
	sqlite3_stmt *s = schema_prepare(db,
					 "SELECT content FROM marks JOIN files USING (mark)"
					 " WHERE CAST(text AS TEXT) = ?1 ORDER BY file DESC LIMIT 1");
	int r, code = SQLITE_NOMEM;

	if (s) {
		sqlite3_bind_text(s, 1, mark, -1, SQLITE_STATIC);
		code = sqlite3_step(s);
	}
	if (code == SQLITE_ROW)
		r = copy_content(s, ret_bytes, ret_n_bytes, diag);
	else
		r = code == SQLITE_DONE ? refuse(db, path, mark, diag) : schema_failed(db, code, path, diag);
	sqlite3_finalize(s);
	return r;
}

int recording_kept(const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag)
{
	uint64_t n_steps = 0;
	sqlite3 *db;
	int r = schema_connect(path, SQLITE_OPEN_READONLY, &db, diag);

	if (r < 0)
		return r;
	schema_limit(db, &n_steps);
	r = schema_check(db, path, diag);
	if (r == 0)
		r = query_file(db, path, mark, ret_bytes, ret_n_bytes, diag);
	sqlite3_close(db);
	return r;
}
