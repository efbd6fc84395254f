#include "memprof/base/number.h"
#include "writer.h"

/* The first chain of each session that has tables yet, and of these the one that ended first; not ?1. */
#define OLDEST_CHAIN                                                                                                 \
	"SELECT chain, (SELECT max(started_us + last_us) FROM main.batches WHERE chain = first.chain) AS ended FROM" \
	" (SELECT started_us, (SELECT min(chain) FROM main.batches WHERE tables IS NOT NULL AND chain >= session <<" \
	" " SQL_SESSION_SHIFT " AND chain < session + 1 << " SQL_SESSION_SHIFT                                       \
	" AND chain <> ?1) AS chain FROM"                                                                            \
	" main.sessions) AS first WHERE chain NOT NULL ORDER BY ended, chain LIMIT 1"
#define REMOVE_TABLES \
	"UPDATE main.batches SET tables = NULL WHERE tables IS NOT NULL AND chain = ?1 RETURNING snapshots"

/* False: there is none, or an error. ended_us: since 1970; NOT_KNOWN. */
static bool find_oldest(sqlite3 *db, uint64_t but, uint64_t *ret_chain, uint64_t *ret_ended_us)
{
	sqlite3_stmt *s = schema_prepare(db, OLDEST_CHAIN);

	if (s)
		schema_bind(s, 1, but);
	bool found = s && sqlite3_step(s) == SQLITE_ROW;
	if (found) {
		*ret_chain = schema_u64(s, 0);
		*ret_ended_us = schema_u64(s, 1);
	}
	return sqlite3_finalize(s) == SQLITE_OK && found;
}

/* Adds how many snapshots had their tables there. SQLite's code. */
static int remove_tables(sqlite3 *db, uint64_t chain, uint64_t *n)
{
	sqlite3_stmt *s = schema_prepare(db, REMOVE_TABLES);
	int code;

	if (!s)
		return sqlite3_errcode(db);
	schema_bind(s, 1, chain);
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		*n += schema_u64(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int keep_thin(sqlite3 *db, const struct recording_keep *keep, uint64_t now_us, uint64_t chain, uint64_t *n_thinned)
{
	uint64_t oldest, ended_us, n = 0;
	int code = SQLITE_OK;

	while (code == SQLITE_OK && find_oldest(db, chain, &oldest, &ended_us)) {
		bool is_old = keep->newest_us && now_us != NOT_KNOWN && ended_us != NOT_KNOWN &&
			      now_us > keep->newest_us && ended_us < now_us - keep->newest_us;
		if (!is_old && !(keep->max_bytes && schema_file_bytes(db) > keep->max_bytes))
			break;
		code = remove_tables(db, oldest, &n);
		if (code == SQLITE_OK) /* the pages go back */
			code = schema_run(db, "PRAGMA incremental_vacuum");
	}
	*n_thinned += n;
	return code;
}
