#define _DEFAULT_SOURCE /* O_CLOEXEC */
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "entries.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { VALUE_MAX_BYTES = 2 * ENTRIES_MAX_BYTES }; /* of a row, and of a value in it */

struct table {
	const char *name, *sql;
};

/* As sqlite_schema has them: a file whose tables differ is not read. */
static const struct table tables[] = {
	{ "sessions",
	  "CREATE TABLE sessions(session INTEGER PRIMARY KEY, source TEXT NOT NULL, format TEXT, started_us"
	  " INTEGER, machine TEXT, firmware TEXT, board BLOB)" },
	{ "pools",
	  "CREATE TABLE pools(session INTEGER, pool INTEGER, name TEXT NOT NULL, kind INTEGER NOT NULL, memory"
	  " INTEGER NOT NULL, start INTEGER, size_bytes INTEGER, PRIMARY KEY(session, pool)) WITHOUT ROWID" },
	{ "samples",
	  "CREATE TABLE samples(id INTEGER PRIMARY KEY, boot INTEGER, at_us INTEGER, pool INTEGER, used_bytes"
	  " INTEGER, free_bytes INTEGER, largest_free_bytes INTEGER)" },
	{ "sample_details",
	  "CREATE TABLE sample_details(id INTEGER PRIMARY KEY, kind INTEGER, line INTEGER, time TEXT,"
	  " label BLOB, peak_bytes INTEGER, least_free_bytes INTEGER)" },
	{ "figures",
	  "CREATE TABLE figures(id INTEGER PRIMARY KEY, pool INTEGER, used_bytes INTEGER, free_bytes INTEGER,"
	  " largest_free_bytes INTEGER, peak_bytes INTEGER, least_free_bytes INTEGER)" },
	{ "events",
	  "CREATE TABLE events(id INTEGER PRIMARY KEY, boot INTEGER, at_us INTEGER, line INTEGER, time TEXT,"
	  " kind TEXT NOT NULL, bytes INTEGER, duration_us INTEGER, board_us INTEGER, pool TEXT, text BLOB,"
	  " details TEXT)" },
	{ "console", "CREATE TABLE console(id INTEGER PRIMARY KEY, at_us INTEGER, text BLOB)" },
	{ "tables",
	  "CREATE TABLE tables(id INTEGER PRIMARY KEY, chain INTEGER NOT NULL, last INTEGER NOT NULL, n_bytes"
	  " INTEGER NOT NULL, entries BLOB NOT NULL)" },
	{ "marks", "CREATE TABLE marks(mark INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, text BLOB NOT NULL)" },
	{ "files",
	  "CREATE TABLE files(file INTEGER PRIMARY KEY, mark INTEGER NOT NULL, name TEXT NOT NULL, content BLOB"
	  " NOT NULL)" },
};

const char *const schema_staged[] = { "pools",  "samples", "sample_details", "figures",
				      "events", "console", "tables",         NULL };

/* Whole milliseconds, as memprof prints them. */
#define UTC(us)        "strftime('%Y-%m-%dT%H:%M:%fZ', " us " / 1000 / 1000.0, 'unixepoch')"
#define SESSION_OF(id) "(" id " >> " SQL_SESSION_SHIFT ")"

/* For people with sqlite3; memprof reads none of them. */
static const char views[] =
	"CREATE VIEW v_figures AS SELECT f.id, sessions.source, samples.boot, "
	UTC("(sessions.started_us + samples.at_us)") " AS time, samples.at_us / 1e6 AS seconds,"
	" CAST(sample_details.label AS TEXT) AS label, pools.name AS pool, pools.size_bytes, f.used_bytes, f.free_bytes,"
	" f.largest_free_bytes, f.peak_bytes, f.least_free_bytes,"
	" CASE WHEN f.free_bytes > 0 THEN 1.0 - 1.0 * f.largest_free_bytes / f.free_bytes END AS fragmentation"
	" FROM (SELECT samples.id, pool, used_bytes, free_bytes, largest_free_bytes, peak_bytes, least_free_bytes FROM"
	" samples LEFT JOIN sample_details ON sample_details.id = samples.id"
	" UNION ALL SELECT id >> " SQL_POOL_SHIFT ", pool, used_bytes, free_bytes, largest_free_bytes, peak_bytes, least_free_bytes FROM"
	" figures) AS f JOIN samples ON samples.id = f.id LEFT JOIN sample_details ON sample_details.id = f.id"
	" JOIN sessions ON sessions.session = " SESSION_OF("f.id")
	" JOIN pools ON pools.session = sessions.session AND pools.pool = f.pool;"
	"CREATE VIEW v_events AS SELECT events.id, sessions.source, events.boot, "
	UTC("(sessions.started_us + events.at_us)") " AS time, events.kind, events.bytes, events.duration_us,"
	" events.pool, CAST(events.text AS TEXT) AS text, events.details"
	" FROM events JOIN sessions ON sessions.session = " SESSION_OF("events.id") ";"
	"CREATE VIEW v_console AS SELECT console.id, sessions.source, "
	UTC("(sessions.started_us + console.at_us)") " AS time, CAST(console.text AS TEXT) AS text"
	" FROM console JOIN sessions ON sessions.session = " SESSION_OF("console.id") ";"
	"CREATE VIEW v_marks AS SELECT " UTC("at_us") " AS time, NULL AS source, CAST(text AS TEXT) AS text FROM marks"
	" UNION ALL SELECT time, source, text FROM v_events WHERE kind = 'mark';"
	"CREATE VIEW v_boots AS SELECT sessions.source, sessions.session, samples.boot, count(*) AS n_samples, "
	UTC("min(sessions.started_us + samples.at_us)") " AS first, "
	UTC("max(sessions.started_us + samples.at_us)") " AS last"
	" FROM samples JOIN sessions ON sessions.session = " SESSION_OF("samples.id")
	" GROUP BY sessions.session, samples.boot;";

/* ---- connections ---- */

uint64_t schema_file_bytes(sqlite3 *db)
{
	sqlite3_stmt *s = schema_prepare(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
	uint64_t n = s && sqlite3_step(s) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return n;
}

int schema_error(sqlite3 *db, const char *path, struct diag *diag)
{
	return schema_failed(db, db ? sqlite3_errcode(db) : SQLITE_NOMEM, path, diag);
}

/* FILE-shm is a file like others, but that it does not fit is an I/O error. */
static bool is_full(sqlite3 *db, int code)
{
	return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE ||
	       ((code & 0xff) == SQLITE_IOERR && db && sqlite3_system_errno(db) == ENOSPC);
}

int schema_failed(sqlite3 *db, int code, const char *path, struct diag *diag)
{
	struct place at = { .file = path };

	if (is_full(db, code))
		return diag_at(diag, at, -ENOSPC, "no room left on the disk; what was committed before is kept");
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return diag_set(diag, -ENOMEM, "out of memory");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return diag_at(diag, at, -EBUSY, "another program has locked it");
	case SQLITE_TOOBIG:
		return diag_at(diag, at, -EFBIG, "a row with more than %d MiB does not go into a recording",
			       VALUE_MAX_BYTES >> 20);
	case SQLITE_NOTADB:
		return diag_at(diag, at, -EINVAL, "this is no recording");
	case SQLITE_INTERRUPT: /* of schema_limit */
		return diag_at(diag, at, -EBADMSG,
			       "the recording is damaged (pages refer to each other in circles);"
			       " memprof convert --recover saves what can be read");
	case SQLITE_CORRUPT:
		return diag_at(diag, at, -EBADMSG,
			       "the recording is damaged (%s); memprof convert --recover saves what can be read",
			       sqlite3_errstr(code));
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		if (access(path, F_OK) == 0)
			return diag_at(
				diag, at, -EACCES,
				"it was not closed, or is being written, and its -wal and -shm cannot be used where"
				" it is; copy all three files to a folder that you can write to");
		return diag_at(diag, at, -ENOENT, "cannot open it: %s", strerror(sqlite3_system_errno(db)));
	default:
		return diag_at(diag, at, -EIO, "%s", sqlite3_errmsg(db));
	}
}

int schema_run(sqlite3 *db, const char *sql) { return sqlite3_exec(db, sql, NULL, NULL, NULL); }

sqlite3_stmt *schema_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	sqlite3_prepare_v2(db, sql, -1, &s, NULL);
	return s;
}

void schema_list(sqlite3_stmt *s, struct strbuf *out)
{
	for (size_t n = 0; s && sqlite3_step(s) == SQLITE_ROW; n++) {
		if (n == SCHEMA_NAMES_MAX) {
			strbuf_puts(out, " ...");
			break;
		}
		size_t n_bytes = (size_t)sqlite3_column_bytes(s, 0);
		strbuf_puts(out, n == 0 ? "'" : ", '");
		text_visible(out, sqlite3_column_blob(s, 0), MIN(n_bytes, (size_t)SCHEMA_NAME_BYTES), false);
		strbuf_puts(out, n_bytes > SCHEMA_NAME_BYTES ? "...'" : "'");
	}
}

void schema_bind(sqlite3_stmt *s, int i, uint64_t value)
{
	if (value == NOT_KNOWN)
		sqlite3_bind_null(s, i);
	else
		sqlite3_bind_int64(s, i, (sqlite3_int64)value);
}

uint64_t schema_u64(sqlite3_stmt *s, int i)
{
	return sqlite3_column_type(s, i) == SQLITE_INTEGER ? (uint64_t)sqlite3_column_int64(s, i) : NOT_KNOWN;
}

/* Without NULs, which SQLite's functions stop at. */
static bool is_utf8(const char *bytes, size_t n_bytes)
{
	const uint8_t *at = (const uint8_t *)bytes, *end = at + n_bytes;

	while (at < end) {
		size_t n = *at ? text_utf8(at, end, NULL) : 0;
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

void schema_bind_bytes(sqlite3_stmt *s, int i, const char *bytes, size_t n_bytes)
{
	if (!bytes)
		sqlite3_bind_null(s, i);
	else if (is_utf8(bytes, n_bytes))
		sqlite3_bind_text64(s, i, bytes, n_bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
	else
		sqlite3_bind_blob64(s, i, bytes, n_bytes, SQLITE_TRANSIENT);
}

/* Limits for untrusted files. */
static void set_bounds(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, 3000);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
}

/* SQLite's code. */
static int get_number(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *s = schema_prepare(db, sql);

	if (s && sqlite3_step(s) == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	return s ? sqlite3_finalize(s) : sqlite3_errcode(db);
}

const char *schema_table(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (strcmp(tables[i].name, name) == 0)
			return tables[i].sql;
	return NULL;
}

/* The file of a writer that did not close it, without its -wal, as when it was copied: nobody has it open. Reading it
 * as SQLite does would make a -wal and a -shm, and leave them there. */
static bool is_left(const char *path)
{
	enum { VERSION_AT = 18, WAL = 2 };
	struct strbuf wal CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint8_t head[VERSION_AT + 1];

	strbuf_printf(&wal, "%s-wal", path);
	int fd = access(strbuf_text(&wal), F_OK) == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, head, sizeof(head));
	close(fd); /* and with it the locks of this process: a writer in it would have a -wal */
	return n == sizeof(head) && head[VERSION_AT] == WAL;
}

/* SQLite has names of its own, as ":memory:"; a path is none. */
static int connect(const char *path, int flags, sqlite3 **ret)
{
	struct strbuf uri CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&uri, "file:%s", path[0] == '/' ? "" : "./");
	for (const char *p = path; *p; p++)
		if (strchr("%?#", *p))
			strbuf_printf(&uri, "%%%02x", *p);
		else
			strbuf_putc(&uri, *p);
	if (flags == SQLITE_OPEN_READONLY && is_left(path))
		strbuf_puts(&uri, "?immutable=1");
	if (strbuf_error(&uri))
		return SQLITE_NOMEM;
	int code = sqlite3_open_v2(strbuf_text(&uri), ret, flags | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, NULL);

	if (code != SQLITE_OK)
		return code;
	set_bounds(*ret);
	return schema_run(*ret, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
}

/* Whether a writer was killed while its file became one file again: SQLite must write to undo that. */
static bool must_write(sqlite3 *db)
{
	int64_t n;

	return (get_number(db, "SELECT count(*) FROM sqlite_schema", &n) & 0xff) == SQLITE_READONLY;
}

int schema_connect(const char *path, int flags, sqlite3 **ret, struct diag *diag)
{
	int code = connect(path, flags, ret);

	if (code == SQLITE_OK && flags == SQLITE_OPEN_READONLY && must_write(*ret)) {
		sqlite3_close(*ret);
		code = connect(path, SQLITE_OPEN_READWRITE, ret);
	}
	if (code == SQLITE_OK)
		return 0;
	int r = schema_failed(*ret, code, path, diag);
	sqlite3_close(*ret);
	*ret = NULL;
	return r;
}

enum {
	LIMIT_EVERY = 4096,   /* steps of SQLite's virtual machine between two looks */
	STEPS_MIN = 10000000, /* a second or less */
	STEPS_PER_BYTE = 32,  /* a sample of 30 bytes takes about 150, to be counted, found and read */
};

static int use_steps(void *ctx)
{
	uint64_t *n_steps = ctx;

	*n_steps -= MIN(*n_steps, (uint64_t)LIMIT_EVERY);
	return *n_steps == 0;
}

void schema_limit(sqlite3 *db, uint64_t *n_steps)
{
	*n_steps = STEPS_MIN + schema_file_bytes(db) * STEPS_PER_BYTE;
	sqlite3_progress_handler(db, LIMIT_EVERY, use_steps, n_steps);
}

/* ---- the tables ---- */

/* SQLITE_ROW: it is there. */
static int find_table(sqlite3_stmt *s, const struct table *table)
{
	sqlite3_reset(s);
	sqlite3_bind_text(s, 1, table->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, table->sql, -1, SQLITE_STATIC);
	return sqlite3_step(s);
}

static int check_tables(sqlite3 *db, const char *path, struct diag *diag)
{
	sqlite3_stmt *s = schema_prepare(db,
					 "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql = ?2");
	int code = s ? SQLITE_ROW : sqlite3_errcode(db);

	for (size_t i = 0; code == SQLITE_ROW && i < ARRAY_SIZE(tables); i++)
		code = find_table(s, &tables[i]);
	sqlite3_finalize(s);
	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? diag_at(diag, (struct place){ .file = path }, -EINVAL,
					     "its tables are not those of a recording (schema %d)", SCHEMA_VERSION) :
				     schema_failed(db, code, path, diag);
}

bool schema_is_newer(sqlite3 *db)
{
	int64_t version = 0;

	return get_number(db, "PRAGMA user_version", &version) == SQLITE_OK && version > SCHEMA_VERSION &&
	       check_tables(db, "", NULL) < 0;
}

int schema_check(sqlite3 *db, const char *path, struct diag *diag)
{
	struct place at = { .file = path };
	int64_t application = 0, version = 0;
	int code = get_number(db, "PRAGMA application_id", &application);

	if (code == SQLITE_OK)
		code = get_number(db, "PRAGMA user_version", &version);
	if (code != SQLITE_OK)
		return schema_failed(db, code, path, diag);
	if (application != SCHEMA_APPLICATION)
		return diag_at(diag, at, -EINVAL, "this SQLite file is no recording of memprof's");
	if (version > SCHEMA_VERSION)
		return diag_at(diag, at, -EINVAL,
			       "recorded by a newer memprof (schema %d, and this one reads up to %d); update memprof",
			       (int)version, SCHEMA_VERSION);
	return check_tables(db, path, diag);
}

static int make_tables(sqlite3 *db)
{
	char pragmas[96];
	int code = SQLITE_OK;

	snprintf(pragmas, sizeof(pragmas), "PRAGMA page_size = %d; BEGIN IMMEDIATE", PAGE_BYTES);
	code = schema_run(db, pragmas);
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d", SCHEMA_APPLICATION,
		 SCHEMA_VERSION);
	for (size_t i = 0; code == SQLITE_OK && i < ARRAY_SIZE(tables); i++)
		code = schema_run(db, tables[i].sql);
	if (code == SQLITE_OK)
		code = schema_run(db, views);
	if (code == SQLITE_OK)
		code = schema_run(db, pragmas);
	return code == SQLITE_OK ? schema_run(db, "COMMIT") : code;
}

int schema_make(sqlite3 *db, const char *path, struct diag *diag)
{
	int64_t n_schema = 0;
	int code = get_number(db, "SELECT count(*) FROM sqlite_schema", &n_schema);

	if (code != SQLITE_OK)
		return schema_failed(db, code, path, diag);
	if (n_schema > 0)
		return schema_check(db, path, diag);
	return make_tables(db) == SQLITE_OK ? 0 : schema_error(db, path, diag);
}
