#include "writer.h"

#include <stdio.h>

#include "memprof/base/number.h"

/* Chains whose last snapshot is older than ?1, since 1970. Without "main", tables are those of the stages. */
#define OLD_CHAINS                                                                                                \
	"SELECT chain FROM (SELECT chain, max(last) AS newest FROM main.tables GROUP BY chain) JOIN main.samples" \
	" ON samples.id = newest JOIN main.sessions ON session = samples.id >> " SQL_SESSION_SHIFT                \
	" WHERE at_us >= 0 AND started_us + at_us < ?1"
#define OLDEST_CHAIN "SELECT chain FROM main.tables WHERE chain <> ?1 ORDER BY id LIMIT 1"

/* Removes chains; how many snapshots had their tables there. */
static int remove_chains(sqlite3 *db, const char *chains, uint64_t argument, uint64_t *ret_n)
{
	static const char count[] =
		"SELECT count(*) FROM main.tables JOIN main.samples ON samples.id BETWEEN tables.id AND tables.last"
		" LEFT JOIN main.sample_details ON sample_details.id = samples.id WHERE chain IN (%s) AND kind IS NULL";
	char sql[640];
	int code = SQLITE_OK;

	*ret_n = 0;
	for (int i = 0; i < 2 && code == SQLITE_OK; i++) {
		snprintf(sql, sizeof(sql), i == 0 ? count : "DELETE FROM main.tables WHERE chain IN (%s)", chains);
		sqlite3_stmt *s = schema_prepare(db, sql);
		if (!s)
			return sqlite3_errcode(db);
		schema_bind(s, 1, argument);
		code = sqlite3_step(s);
		if (code == SQLITE_ROW)
			*ret_n = (uint64_t)sqlite3_column_int64(s, 0);
		code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
		sqlite3_finalize(s);
	}
	return code;
}

/* Without pages that are free. */
static uint64_t used_bytes(sqlite3 *db)
{
	sqlite3_stmt *s = schema_prepare(db,
					 "SELECT (page_count - freelist_count) * page_size FROM"
					 " pragma_page_count, pragma_freelist_count, pragma_page_size");
	uint64_t n = s && sqlite3_step(s) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return n;
}

int keep_thin(sqlite3 *db, const struct recording_keep *keep, uint64_t now_us, uint64_t chain, uint64_t *n_thinned)
{
	uint64_t n = 0, n_round = 1;
	int code = SQLITE_OK;

	if (keep->newest_us && now_us != NOT_KNOWN && now_us > keep->newest_us)
		code = remove_chains(db, OLD_CHAINS, now_us - keep->newest_us, &n);
	*n_thinned += n;
	while (code == SQLITE_OK && n_round > 0 && keep->max_bytes && used_bytes(db) > keep->max_bytes) {
		code = remove_chains(db, OLDEST_CHAIN, chain, &n_round);
		*n_thinned += n_round;
	}
	return code;
}
