#include "reader.h"

#include <errno.h>

#include "memprof/base/number.h"

/* From the beginning of the chain: each of its blobs needs those before it. */
static const char tables_query[] =
	"SELECT id, chain, n_bytes, entries FROM tables WHERE id <= ?2 AND id >="
	" coalesce((SELECT chain FROM tables WHERE id BETWEEN ?1 >> " SQL_SESSION_SHIFT " << " SQL_SESSION_SHIFT
	" AND ?1 ORDER BY id DESC LIMIT 1), ?1)"
	" ORDER BY id";

int table_reader_open(struct table_reader *t, sqlite3 *db, uint64_t from, uint64_t to)
{
	t->s = schema_prepare(db, tables_query);
	if (!t->s)
		return -ENODATA;
	schema_bind(t->s, 1, from);
	schema_bind(t->s, 2, to);
	return 0;
}

void table_reader_deinit(struct table_reader *t)
{
	sqlite3_finalize(t->s);
	unpacker_deinit(&t->unpacker);
	strbuf_deinit(&t->joined);
	strbuf_deinit(&t->before);
	strbuf_deinit(&t->code);
}

static void note_damage(struct table_reader *t)
{
	t->n_damaged++;
	t->has_code = false;
	t->entries = (struct entries_reader){ .is_key = false };
}

/* False: there are no more. */
static bool next_blob(struct table_reader *t)
{
	int code = t->is_end ? SQLITE_DONE : sqlite3_step(t->s); /* one more step would begin again */

	if (code != SQLITE_ROW) {
		t->is_end = true;
		t->error = code == SQLITE_DONE ? t->error : code;
		return false;
	}
	uint64_t chain = schema_u64(t->s, 1), n_bytes = schema_u64(t->s, 2);
	const void *blob = sqlite3_column_blob(t->s, 3);
	entries_follow(&t->before, &t->joined);
	strbuf_reset(&t->joined);
	if (chain != t->chain) {
		strbuf_reset(&t->before);
		t->has_code = false;
		t->is_headless = schema_u64(t->s, 0) != chain;
	}
	t->chain = chain;
	t->next_id = schema_u64(t->s, 0);
	if (t->last_blob >= t->next_id) {
		t->error = SQLITE_CORRUPT;
		t->is_end = true;
		return false;
	}
	t->last_blob = t->next_id;
	if (t->is_headless) {
		t->entries = (struct entries_reader){ .is_key = false };
		return true;
	}
	if (n_bytes > ENTRIES_MAX_BYTES ||
	    entries_unpack(&t->unpacker, &t->joined, blob, (size_t)sqlite3_column_bytes(t->s, 3), (size_t)n_bytes,
			   &t->before) < 0 ||
	    !entries_read(&t->entries, &t->joined))
		note_damage(t);
	return true;
}

static bool find_next(struct table_reader *t)
{
	uint64_t id_step;

	while (!t->has_next) {
		if (!entries_next(&t->entries, &id_step)) {
			if (!next_blob(t))
				return false;
			continue;
		}
		t->has_next = id_step != NOT_KNOWN;
		t->next_id += id_step;
		if (!t->has_next)
			note_damage(t);
	}
	return true;
}

static bool apply(struct table_reader *t)
{
	bool has_code = t->has_code || t->entries.is_key;

	t->has_next = false;
	if (!entries_apply(&t->entries, has_code ? &t->code : NULL)) {
		note_damage(t);
		return false;
	}
	return has_code;
}

bool table_reader_find(struct table_reader *t, uint64_t id)
{
	while (find_next(t) && t->next_id <= id) {
		bool is_it = t->next_id == id;
		t->has_code = apply(t);
		if (is_it)
			return t->has_code;
	}
	return false;
}
