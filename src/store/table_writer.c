#include "writer.h"

#include "codes.h"
#include "memprof/base/number.h"

enum {
	CHAIN_MAX_BYTES =
		4 << 20, /* of entries, before all of a snapshot is written again: what it takes to read one */
	CHUNK_MAX_BYTES = 1 << 20, /* of entries in one blob, but for the last of them */
};

void table_writer_deinit(struct table_writer *t)
{
	strbuf_deinit(&t->last);
	strbuf_deinit(&t->code);
	entries_deinit(&t->entries);
	strbuf_deinit(&t->before);
}

static int insert_blob(struct table_writer *t, const struct strbuf *joined)
{
	struct strbuf packed CLEANUP(strbuf_deinit) = STRBUF_INIT;
	sqlite3_stmt *s = t->insert;

	if (strbuf_error(joined) || entries_pack(&packed, joined, &t->before) < 0)
		return SQLITE_NOMEM;
	schema_bind(s, 1, t->first_entry);
	schema_bind(s, 2, t->chain);
	schema_bind(s, 3, t->last_entry);
	schema_bind(s, 4, joined->n_bytes);
	sqlite3_bind_blob64(s, 5, strbuf_text(&packed), packed.n_bytes, SQLITE_TRANSIENT);
	int code = sqlite3_step(s);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int table_writer_end_blob(struct table_writer *t)
{
	struct strbuf joined CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (entries_bytes(&t->entries) == 0)
		return SQLITE_OK;
	entries_join(&t->entries, &joined);
	int code = insert_blob(t, &joined);
	entries_follow(&t->before, &joined);
	entries_reset(&t->entries);
	if (code != SQLITE_OK)
		t->chain = 0; /* nothing may refer to a blob that is not there */
	return code;
}

/* Chains are kept or removed as a whole, so with --keep none is longer than a part of what is to be kept. */
static bool is_too_long(const struct table_writer *t, const struct event *event)
{
	bool is_old = t->keep.newest_us && event->at_us != NOT_KNOWN &&
		      event->at_us - t->chain_at_us > t->keep.newest_us / KEEP_PARTS;

	return is_old || t->n_chain_bytes > CHAIN_MAX_BYTES ||
	       (t->keep.max_bytes && t->n_chain_bytes > t->keep.max_bytes / KEEP_PARTS);
}

static int begin_chain(struct table_writer *t, uint64_t id, uint64_t at_us)
{
	int code = table_writer_end_blob(t);

	strbuf_reset(&t->before);
	t->chain = id;
	t->chain_at_us = at_us;
	t->n_chain_bytes = 0;
	return code;
}

/* The snapshot in code. */
static void add_entry(struct table_writer *t, uint64_t id, bool is_key)
{
	size_t n_before = entries_bytes(&t->entries);
	struct strbuf last = t->last;

	if (n_before == 0)
		t->first_entry = t->last_entry = id;
	entries_add(&t->entries, id - t->last_entry, is_key ? NULL : strbuf_text(&t->last), strbuf_text(&t->code),
		    t->code.n_bytes);
	t->last_entry = id;
	t->n_chain_bytes += entries_bytes(&t->entries) - n_before;
	t->last = t->code;
	t->code = last;
}

int table_writer_add(struct table_writer *t, uint64_t id, const struct event *event)
{
	int code = SQLITE_OK;

	strbuf_reset(&t->code);
	heap_code_put(&t->code, event);
	if (strbuf_error(&t->code) || t->code.n_bytes > ENTRIES_MAX_BYTES / 2) {
		code = table_writer_end_blob(t);
		t->chain = 0;
		return strbuf_error(&t->code) ? SQLITE_NOMEM : code;
	}
	if (entries_bytes(&t->entries) > CHUNK_MAX_BYTES)
		code = table_writer_end_blob(t);
	bool is_key = t->chain == 0 || t->last.n_bytes != t->code.n_bytes || is_too_long(t, event);
	if (is_key) {
		int begun = begin_chain(t, id, event->at_us);
		code = code == SQLITE_OK ? begun : code;
	}
	add_entry(t, id, is_key);
	return code;
}
