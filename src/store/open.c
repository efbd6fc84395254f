/* Opens a recording to add to it. */
#define _DEFAULT_SOURCE /* access */
#include <errno.h>
#include <unistd.h>

#include "reader.h"

static int open_to_write(const char *path, sqlite3 **ret, struct diag *diag)
{
	int r = schema_connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ret, diag);
	int code = r == 0 ? schema_make(*ret) : SQLITE_OK;
	if (code != SQLITE_OK)
		r = schema_failed(*ret, code, path, diag);
	if (r == 0)
		r = schema_check_writable(*ret, path, diag);
	if (r == 0)
		return 0;
	sqlite3_close(*ret);
	*ret = NULL;
	return r;
}

int recording_writer_open(const char *path, struct recording_writer **ret, struct diag *diag)
{
	sqlite3 *db;
	int r = open_to_write(path, &db, diag);

	*ret = r == 0 ? writer_new(db, path) : NULL;
	if (r == 0 && !*ret) {
		sqlite3_close(db);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	return r;
}

int recording_move_on(struct recording_writer *w, struct diag *diag)
{
	struct strbuf log CLEANUP(strbuf_deinit) = STRBUF_INIT;

	writer_close(w); /* before another one is opened: SQLite's files beside both have the same names */
	writer_begin_again(w);
	strbuf_printf(&log, "%s-wal", w->path);
	if (access(strbuf_text(&log), F_OK) == 0)
		return diag_at(
			diag, (struct place){ .file = strbuf_text(&log) }, -EBUSY,
			"another program has the file open that was moved or removed, and this belongs to it; it ends here");
	return open_to_write(w->path, &w->db, diag);
}
