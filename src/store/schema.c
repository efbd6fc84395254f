#define _DEFAULT_SOURCE /* O_CLOEXEC */
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { VALUE_MAX_BYTES = 128 << 20, PAGE_BYTES = 4096 }; /* of a row, and of a value in it; of a file's pages */

/* Their keys are numbers without a gap, from 1: of batches within each session. Whatever is missing is noticed. */
const struct table schema_tables[N_SCHEMA_TABLES] = {
	[TABLE_CONTENTS] = { "contents",
			     "CREATE TABLE contents(row INTEGER PRIMARY KEY, sessions INTEGER NOT NULL, marks INTEGER NOT"
			     " NULL, files INTEGER NOT NULL, crc INTEGER NOT NULL)",
			     "row, sessions, marks, files", 4, "" },
	[TABLE_SESSIONS] = { "sessions",
			     "CREATE TABLE sessions(session INTEGER PRIMARY KEY, source TEXT NOT NULL, format TEXT,"
			     " started_us INTEGER, board BLOB, batches INTEGER NOT NULL, samples INTEGER NOT NULL,"
			     " snapshots INTEGER NOT NULL, bare INTEGER NOT NULL, crc INTEGER NOT NULL)",
			     "session, source, format, started_us, board, batches, samples, snapshots, bare", 9, "" },
	[TABLE_BATCHES] = { "batches",
			    "CREATE TABLE batches(batch INTEGER PRIMARY KEY, chain INTEGER NOT NULL, before INTEGER NOT"
			    " NULL, snapshots INTEGER NOT NULL, marks INTEGER NOT NULL, first_us INTEGER, last_us"
			    " INTEGER, event_bytes INTEGER NOT NULL, table_bytes INTEGER NOT NULL, events BLOB NOT NULL,"
			    " crc INTEGER NOT NULL)",
			    "batch, chain, before, snapshots, marks, first_us, last_us, event_bytes, table_bytes, events",
			    10, ", (SELECT tables FROM main.tables WHERE tables.batch = batches.batch)" },
	/* apart, so that whole pages are free where --keep removes them; a frame has a checksum of its own */
	[TABLE_TABLES] = { "tables",
			   "CREATE TABLE tables(batch INTEGER PRIMARY KEY, tables BLOB NOT NULL, crc INTEGER)",
			   "batch, tables", 2, "" },
	[TABLE_MARKS] = { "marks",
			  "CREATE TABLE marks(mark INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, text BLOB NOT NULL, crc"
			  " INTEGER NOT NULL)",
			  "mark, at_us, text", 3, "" },
	[TABLE_FILES] = { "files",
			  "CREATE TABLE files(file INTEGER PRIMARY KEY, mark INTEGER NOT NULL, name TEXT NOT NULL, content"
			  " BLOB NOT NULL, crc INTEGER NOT NULL)",
			  "file, mark, name, content", 4, "" },
};

/* ---- rows ---- */

/* A value's type, length and bytes; of a number its eight bytes, the lowest first. */
static uLong add_value(uLong crc, sqlite3_value *value)
{
	int type = sqlite3_value_type(value);
	bool is_number = type == SQLITE_INTEGER;
	uint64_t number = is_number ? (uint64_t)sqlite3_value_int64(value) : 0;
	const void *bytes = is_number || type == SQLITE_NULL ? NULL : sqlite3_value_blob(value);
	uint32_t n_bytes = bytes ? (uint32_t)sqlite3_value_bytes(value) : 0;
	uint8_t head[13] = { (uint8_t)type };

	for (int i = 0; i < 8; i++)
		head[1 + i] = (uint8_t)(number >> 8 * i);
	for (int i = 0; i < 4; i++)
		head[9 + i] = (uint8_t)(n_bytes >> 8 * i);
	crc = crc32(crc, head, sizeof(head));
	return n_bytes > 0 ? crc32(crc, bytes, n_bytes) : crc;
}

static void row_crc(sqlite3_context *context, int n, sqlite3_value **values)
{
	uLong crc = crc32(0, NULL, 0);

	for (int i = 0; i < n; i++)
		crc = add_value(crc, values[i]);
	sqlite3_result_int64(context, (sqlite3_int64)crc);
}

sqlite3_stmt *schema_select(sqlite3 *db, enum schema_table table, const char *where)
{
	const struct table *t = &schema_tables[table];
	char sql[512];

	snprintf(sql, sizeof(sql), "SELECT %s, crc IS row_crc('%s', %s)%s FROM main.%s %s", t->columns, t->name,
		 t->columns, t->last, t->name, where);
	return schema_prepare(db, sql);
}

sqlite3_stmt *schema_insert(sqlite3 *db, enum schema_table table)
{
	static const char list[] = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10";
	const struct table *t = &schema_tables[table];
	int n = t->n_columns * 4 - 2 + (t->n_columns == 10); /* of the list */
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT %sINTO main.%s(%s, crc) VALUES(%.*s, row_crc('%s', %.*s))",
		 table <= TABLE_SESSIONS ? "OR REPLACE " : "", t->name, t->columns, n, list, t->name, n, list);
	return schema_prepare(db, sql);
}

bool schema_is_fine(sqlite3_stmt *select, enum schema_table table)
{
	return sqlite3_column_int(select, schema_tables[table].n_columns) == 1;
}

void schema_copy(sqlite3_stmt *select, sqlite3_stmt *insert, enum schema_table table)
{
	const struct table *t = &schema_tables[table];

	for (int i = 0; i < t->n_columns; i++)
		sqlite3_bind_value(insert, i + 1, sqlite3_column_value(select, i));
}

int schema_put(sqlite3_stmt *insert)
{
	int code = insert ? sqlite3_step(insert) : SQLITE_NOMEM;

	sqlite3_reset(insert);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

uint64_t schema_next(sqlite3 *db, enum schema_table table)
{
	const struct table *t = &schema_tables[table];
	char sql[96];
	int64_t n;

	snprintf(sql, sizeof(sql), "SELECT max(%.*s) FROM main.%s", (int)strcspn(t->columns, ","), t->columns, t->name);
	schema_number(db, sql, &n);
	return (uint64_t)n + 1;
}

int tables_put(sqlite3 *db, uint64_t batch, const void *bytes, size_t n_bytes)
{
	sqlite3_stmt *s = schema_insert(db, TABLE_TABLES);

	if (!s)
		return sqlite3_errcode(db);
	schema_bind(s, 1, batch);
	sqlite3_bind_blob64(s, 2, bytes, n_bytes, SQLITE_STATIC);
	int code = schema_put(s);
	sqlite3_finalize(s);
	return code;
}

uint64_t schema_n_bare(sqlite3 *db, uint64_t session)
{
	sqlite3_stmt *s = schema_select(db, TABLE_SESSIONS, "WHERE session = ?1");

	if (s)
		schema_bind(s, 1, session);
	bool is_fine = s && sqlite3_step(s) == SQLITE_ROW && schema_is_fine(s, TABLE_SESSIONS);
	uint64_t ret = is_fine ? schema_u64(s, SESSION_BARE) : 0;
	sqlite3_finalize(s);
	return ret;
}

uint64_t schema_damaged(sqlite3 *db, enum schema_table table, uint64_t n_all)
{
	sqlite3_stmt *s = schema_select(db, table, "");
	uint64_t n_fine = 0, n = 0;

	while (s && sqlite3_step(s) == SQLITE_ROW) {
		n_fine += schema_is_fine(s, table);
		n++;
	}
	sqlite3_finalize(s);
	return MAX(n, n_all) - n_fine;
}

int contents_get(sqlite3 *db, struct contents *ret)
{
	sqlite3_stmt *s = schema_select(db, TABLE_CONTENTS, "WHERE row = 1");
	int code = s ? sqlite3_step(s) : sqlite3_errcode(db);

	*ret = (struct contents){ 0 };
	if (code == SQLITE_DONE || (code == SQLITE_ROW && !schema_is_fine(s, TABLE_CONTENTS)))
		code = SQLITE_CORRUPT;
	if (code == SQLITE_ROW) {
		*ret = (struct contents){ schema_u64(s, 1), schema_u64(s, 2), schema_u64(s, 3) };
		code = SQLITE_OK;
	}
	sqlite3_finalize(s);
	return code;
}

int contents_put(sqlite3 *db, const struct contents *contents)
{
	sqlite3_stmt *s = schema_insert(db, TABLE_CONTENTS);
	const uint64_t values[] = { 1, contents->n_sessions, contents->n_marks, contents->n_files };

	for (int i = 0; s && i < (int)ARRAY_SIZE(values); i++)
		schema_bind(s, i + 1, values[i]);
	int code = s ? schema_put(s) : sqlite3_errcode(db);
	sqlite3_finalize(s);
	return code;
}

/* ---- connections ---- */

uint64_t schema_file_bytes(sqlite3 *db)
{
	int64_t n;

	schema_number(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", &n);
	return (uint64_t)n;
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
		if (db && (sqlite3_system_errno(db) == EMFILE || sqlite3_system_errno(db) == ENFILE))
			return diag_at(diag, at, -EMFILE, "cannot open it: %s", strerror(sqlite3_system_errno(db)));
		if ((code & 0xff) == SQLITE_READONLY && access(path, W_OK) < 0)
			return diag_at(diag, at, -EACCES, "cannot write to it: %s", strerror(EACCES));
		if (access(path, F_OK) == 0)
			return diag_at(
				diag, at, -EACCES,
				"it was not closed, or is being written, and its -wal and -shm cannot be used where"
				" it is; copy all three files to a folder that you can write to");
		return diag_at(diag, at, -ENOENT, "cannot open it: %s", strerror(sqlite3_system_errno(db)));
	default:
		return diag_at(diag, at, -EIO, "%s",
			       sqlite3_extended_errcode(db) == code ? sqlite3_errmsg(db) : sqlite3_errstr(code));
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
	sqlite3_create_function(db, "row_crc", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
				row_crc, NULL, NULL);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, 3000);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
}

int schema_number(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *s = schema_prepare(db, sql);

	*ret = 0;
	if (s && sqlite3_step(s) == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	return s ? sqlite3_finalize(s) : sqlite3_errcode(db);
}

/* The file of a writer that did not close it, without its -wal, as when it was copied: nobody has it open. Reading it
 * as SQLite does would make a -wal and a -shm, and leave them there. */
bool schema_is_left(const char *path)
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
	if (flags == SQLITE_OPEN_READONLY && schema_is_left(path))
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

	return (schema_number(db, "SELECT count(*) FROM sqlite_schema", &n) & 0xff) == SQLITE_READONLY;
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
	STEPS_PER_BYTE = 32,  /* a sample of schema 1, of 30 bytes, takes about 150 to be counted, found and read */
};

bool schema_is_sound(sqlite3 *db)
{
	sqlite3_stmt *s = schema_prepare(db, "PRAGMA quick_check(1)");
	const char *text = s && sqlite3_step(s) == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
	bool ok = text && strcmp(text, "ok") == 0;

	sqlite3_finalize(s);
	return ok;
}

static int use_steps(void *ctx)
{
	uint64_t *n_steps = ctx;

	*n_steps -= MIN(*n_steps, (uint64_t)LIMIT_EVERY);
	return *n_steps == 0;
}

void schema_limit(sqlite3 *db, uint64_t *n_steps)
{
	if (!n_steps) {
		sqlite3_progress_handler(db, 0, NULL, NULL);
		return;
	}
	*n_steps = STEPS_MIN + schema_file_bytes(db) * STEPS_PER_BYTE;
	sqlite3_progress_handler(db, LIMIT_EVERY, use_steps, n_steps);
}

int schema_temporary(sqlite3 **ret, struct diag *diag)
{
	int code = sqlite3_open("", ret);

	if (code != SQLITE_OK)
		return schema_failed(*ret, code, "a copy", diag);
	set_bounds(*ret);
	code = schema_make(*ret);
	return code == SQLITE_OK ? 0 : schema_failed(*ret, code, "a copy", diag);
}

/* ---- the tables ---- */

/* SQLITE_ROW: all of them are there; SQLITE_DONE: one is not. */
static int find_tables(sqlite3 *db)
{
	sqlite3_stmt *s = schema_prepare(db,
					 "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql = ?2");
	int code = s ? SQLITE_ROW : sqlite3_errcode(db);

	for (size_t i = 0; code == SQLITE_ROW && i < N_SCHEMA_TABLES; i++) {
		sqlite3_reset(s);
		sqlite3_bind_text(s, 1, schema_tables[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 2, schema_tables[i].sql, -1, SQLITE_STATIC);
		code = sqlite3_step(s);
	}
	sqlite3_finalize(s);
	return code;
}

bool schema_is_here(sqlite3 *db) { return find_tables(db) == SQLITE_ROW; }

bool schema_is_old(sqlite3 *db)
{
	int64_t n;

	return schema_number(
		       db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('samples', 'events')",
		       &n) == SQLITE_OK &&
	       n == 2;
}

bool schema_is_newer(sqlite3 *db)
{
	int64_t version;

	return schema_number(db, "PRAGMA user_version", &version) == SQLITE_OK && version > SCHEMA_VERSION &&
	       !schema_is_here(db) && !schema_is_old(db);
}

int schema_check(sqlite3 *db, const char *path, int *ret_version, struct diag *diag)
{
	struct place at = { .file = path };
	int64_t application, version;
	int code = schema_number(db, "PRAGMA application_id", &application);

	if (code == SQLITE_OK)
		code = schema_number(db, "PRAGMA user_version", &version);
	if (code != SQLITE_OK)
		return schema_failed(db, code, path, diag);
	if (application != SCHEMA_APPLICATION)
		return diag_at(diag, at, -EINVAL, "this SQLite file is no recording of memprof's");
	if (version > SCHEMA_VERSION)
		return diag_at(diag, at, -EINVAL,
			       "recorded by a newer memprof (schema %d, and this one reads up to %d); update memprof",
			       (int)version, SCHEMA_VERSION);
	*ret_version = version == SCHEMA_VERSION ? SCHEMA_VERSION : 1;
	code = version == SCHEMA_VERSION ? find_tables(db) : schema_is_old(db) ? SQLITE_ROW : SQLITE_DONE;
	if (code == SQLITE_DONE)
		return diag_at(diag, at, -EINVAL, "its tables are not those of a recording (schema %d)", (int)version);
	return code == SQLITE_ROW ? 0 : schema_failed(db, code, path, diag);
}

int schema_check_writable(sqlite3 *db, const char *path, struct diag *diag)
{
	int version, r = schema_check(db, path, &version, diag);

	if (r < 0 || version == SCHEMA_VERSION)
		return r;
	return diag_at(diag, (struct place){ .file = path }, -EINVAL,
		       "an older memprof made it; memprof convert -o NEW.mprof %s makes one that can be added to",
		       path);
}

/* The tables alone, in the present transaction. SQLite's code. */
static int make_tables(sqlite3 *db)
{
	char pragmas[96];
	int code = SQLITE_OK;

	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d", SCHEMA_APPLICATION,
		 SCHEMA_VERSION);
	for (size_t i = 0; code == SQLITE_OK && i < N_SCHEMA_TABLES; i++)
		code = schema_run(db, schema_tables[i].sql);
	if (code == SQLITE_OK) /* where the marks of boards are */
		code = schema_run(db, "CREATE INDEX batches_with_marks ON batches(batch) WHERE marks > 0");
	if (code == SQLITE_OK)
		code = contents_put(db, &(struct contents){ 0 });
	return code == SQLITE_OK ? schema_run(db, pragmas) : code;
}

static bool is_empty(sqlite3 *db)
{
	int64_t n;

	return schema_number(db, "SELECT count(*) FROM sqlite_schema", &n) == SQLITE_OK && n == 0;
}

int schema_make(sqlite3 *db)
{
	char begin[96];

	if (!is_empty(db))
		return SQLITE_OK;
	/* pages that --keep empties can be given back */
	snprintf(begin, sizeof(begin), "PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE",
		 PAGE_BYTES);
	int code = schema_run(db, begin);
	if (code == SQLITE_OK && is_empty(db)) /* nobody was faster */
		code = make_tables(db);
	if (code == SQLITE_OK)
		code = schema_run(db, "COMMIT");
	if (!sqlite3_get_autocommit(db))
		schema_run(db, "ROLLBACK");
	return code;
}
