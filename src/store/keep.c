#include "memprof/base/number.h"
#include "writer.h"

#define SESSION_END "(session + 1 << " SQL_SESSION_SHIFT ")"
/* The chain of the first tables of each session, and of these the one that began first; not ?1. Those without a time
 * come last; without ?2 not at all. */
#define OLDEST                                                                                                          \
	"SELECT chain, session, started_us, head FROM (SELECT session, started_us, (SELECT min(batch) FROM main.tables" \
	" WHERE batch BETWEEN session << " SQL_SESSION_SHIFT " AND " SESSION_END                                        \
	") AS head FROM main.sessions)"                                                                                 \
	" JOIN main.batches ON batch = head WHERE chain <> ?1 AND (?2 OR started_us + first_us NOT NULL)"               \
	" ORDER BY started_us + first_us IS NULL, started_us + first_us LIMIT 1"
/* The first batch behind a chain ?1, of the session that ends at ?2. */
#define BEHIND "SELECT min(batch) FROM main.batches WHERE batch > ?1 AND batch < ?2 AND chain = batch"
#define ENDED                                                                                                   \
	"SELECT last_us FROM main.batches WHERE batch >= ?1 AND batch < ?2 AND last_us NOT NULL ORDER BY batch" \
	" DESC LIMIT 1"
#define SNAPSHOTS "SELECT sum(snapshots) FROM main.batches WHERE batch >= ?1 AND batch < ?2 AND table_bytes > 0"

struct chain {
	uint64_t session, first, end, ended_us; /* end: behind its last batch; ended_us: since 1970; NOT_KNOWN */
};

static uint64_t number(sqlite3 *db, const char *sql, uint64_t a, uint64_t b)
{
	sqlite3_stmt *s = schema_prepare(db, sql);

	if (s) {
		schema_bind(s, 1, a);
		schema_bind(s, 2, b);
	}
	uint64_t n = s && sqlite3_step(s) == SQLITE_ROW ? schema_u64(s, 0) : NOT_KNOWN;
	sqlite3_finalize(s);
	return n;
}

/* False: there is none, or an error. */
static bool find_oldest(sqlite3 *db, uint64_t but, bool is_any, struct chain *ret)
{
	sqlite3_stmt *s = schema_prepare(db, OLDEST);
	uint64_t started_us = NOT_KNOWN, head = 0;

	if (s) {
		schema_bind(s, 1, but);
		schema_bind(s, 2, is_any);
	}
	bool found = s && sqlite3_step(s) == SQLITE_ROW;
	if (found) {
		*ret = (struct chain){ .session = schema_u64(s, 1), .first = schema_u64(s, 0) };
		started_us = schema_u64(s, 2);
		head = schema_u64(s, 3);
	}
	sqlite3_finalize(s);
	if (!found)
		return false;
	uint64_t end = (ret->session + 1) << SESSION_SHIFT;
	uint64_t behind = number(db, BEHIND, ret->first, end);
	ret->end = MIN(behind, end);
	ret->first = MIN(ret->first, head); /* whatever a damaged row says, the first tables go */
	ret->end = MAX(ret->end, head + 1);
	uint64_t last_us = number(db, ENDED, ret->first, ret->end);
	ret->ended_us = last_us == NOT_KNOWN || started_us == NOT_KNOWN ? NOT_KNOWN : started_us + last_us;
	return true;
}

/* Its tables, and says so in the row of the session: what is missing otherwise is damaged. SQLite's code. */
static int remove_tables(sqlite3 *db, const struct chain *chain)
{
	sqlite3_stmt *remove = schema_prepare(db, "DELETE FROM main.tables WHERE batch >= ?1 AND batch < ?2"),
		     *row = schema_select(db, TABLE_SESSIONS, "WHERE session = ?1"),
		     *put = schema_insert(db, TABLE_SESSIONS);
	int code = remove && row && put ? schema_run(db, "BEGIN IMMEDIATE") : sqlite3_errcode(db);

	if (code == SQLITE_OK) {
		schema_bind(remove, 1, chain->first);
		schema_bind(remove, 2, chain->end);
		code = schema_put(remove);
		schema_bind(row, 1, chain->session);
	}
	int read = code == SQLITE_OK ? sqlite3_step(row) : code;
	code = read == SQLITE_ROW || read == SQLITE_DONE ? code : read;
	if (code == SQLITE_OK && read == SQLITE_ROW && schema_is_fine(row, TABLE_SESSIONS)) {
		schema_copy(row, put, TABLE_SESSIONS);
		uint64_t n_batches = schema_u64(row, SESSION_BATCHES),
			 n_bare = chain->end - 1 - (chain->session << SESSION_SHIFT);
		schema_bind(put, SESSION_BARE + 1, MIN(n_bare, n_batches));
		code = schema_put(put);
	}
	sqlite3_finalize(remove);
	sqlite3_finalize(row);
	sqlite3_finalize(put);
	if (code == SQLITE_OK)
		code = schema_run(db, "COMMIT");
	if (!sqlite3_get_autocommit(db))
		schema_run(db, "ROLLBACK");
	return code == SQLITE_OK ? schema_run(db, "PRAGMA incremental_vacuum") : code; /* the pages go back */
}

int keep_thin(sqlite3 *db, const struct recording_keep *keep, uint64_t now_us, uint64_t chain, uint64_t *n_thinned)
{
	uint64_t since_us = keep->newest_us && now_us != NOT_KNOWN ? now_us - MIN(now_us, keep->newest_us) : 0;
	struct chain oldest;
	int code = SQLITE_OK;

	for (;;) {
		bool is_large = keep->max_bytes && schema_file_bytes(db) > keep->max_bytes;
		if (code != SQLITE_OK || (!is_large && !since_us) || !find_oldest(db, chain, is_large, &oldest) ||
		    (!is_large && oldest.ended_us >= since_us))
			return code;
		uint64_t n = number(db, SNAPSHOTS, oldest.first, oldest.end);
		code = remove_tables(db, &oldest);
		*n_thinned += code == SQLITE_OK && n != NOT_KNOWN ? n : 0;
	}
}
