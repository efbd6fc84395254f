/* Opens a recording to add to it. */
#include <errno.h>

#include "reader.h"

int recording_writer_open(const char *path, struct recording_writer **ret, struct diag *diag)
{
	sqlite3 *db;
	int version, r = schema_connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &db, diag);

	*ret = NULL;
	if (r < 0)
		return r;
	r = schema_make(db, path, diag);
	if (r == 0)
		r = schema_check(db, path, &version, diag);
	if (r == 0 && version < SCHEMA_VERSION)
		r = copy_upgrade(db, path, diag);
	*ret = r == 0 ? writer_new(db, path) : NULL;
	if (!*ret)
		sqlite3_close(db);
	return r == 0 && !*ret ? diag_set(diag, -ENOMEM, "out of memory") : r;
}
