#include "v1_tables.h"

#include <string.h>

#include "memprof/base/number.h"

enum { BEFORE_MAX_BYTES = 256 << 10 };

bool v1_tables_open(struct v1_tables *t, sqlite3 *db, uint64_t from, uint64_t to)
{
	*t = (struct v1_tables){
		.s = schema_prepare(db,
				    "SELECT id, chain, n_bytes, entries FROM tables WHERE id BETWEEN ?1 AND ?2"
				    " ORDER BY id"),
	};
	if (t->s) {
		schema_bind(t->s, 1, from);
		schema_bind(t->s, 2, to);
	}
	return t->s != NULL;
}

void v1_tables_deinit(struct v1_tables *t)
{
	sqlite3_finalize(t->s);
	unpacker_deinit(&t->unpacker);
	strbuf_deinit(&t->blob);
	strbuf_deinit(&t->before);
	strbuf_deinit(&t->code);
}

/* 7 bits a byte, the lowest first. */
static bool get_number(struct field_bytes *in, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		const uint8_t *byte = field_bytes_take(in, 1);
		if (!byte || (shift == 63 && *byte > 1))
			return false;
		*ret |= (uint64_t)(*byte & 0x7f) << shift;
		if (*byte < 0x80)
			return true;
	}
	return false;
}

static void note_damage(struct v1_tables *t)
{
	t->n_damaged++;
	t->has_code = false;
	memset(t->streams, 0, sizeof(t->streams));
}

static bool split(struct v1_tables *t)
{
	struct field_bytes in = { (const uint8_t *)strbuf_text(&t->blob), t->blob.n_bytes };
	uint64_t sizes[N_V1_STREAMS];

	for (size_t i = 0; i < N_V1_STREAMS; i++)
		if (!get_number(&in, &sizes[i]))
			return false;
	for (size_t i = 0; i < N_V1_STREAMS; i++) {
		const uint8_t *bytes = sizes[i] <= in.n_bytes ? field_bytes_take(&in, (size_t)sizes[i]) : NULL;
		if (!bytes)
			return false;
		t->streams[i] = (struct field_bytes){ bytes, (size_t)sizes[i] };
	}
	return in.n_bytes == 0;
}

/* Not all of a chain's, but the same when it was written and when it is read. */
static void follow(struct v1_tables *t)
{
	if (t->before.n_bytes + t->blob.n_bytes > BEFORE_MAX_BYTES)
		strbuf_reset(&t->before);
	strbuf_add(&t->before, strbuf_text(&t->blob), t->blob.n_bytes);
}

/* False: there are no more. */
static bool next_blob(struct v1_tables *t)
{
	int code = t->is_end ? SQLITE_DONE : sqlite3_step(t->s); /* one more step would begin again */
	uint64_t id = code == SQLITE_ROW ? schema_u64(t->s, 0) : NOT_KNOWN;

	if (code != SQLITE_ROW || id <= t->last_blob) {
		t->n_damaged += code != SQLITE_DONE;
		t->is_end = true;
		return false;
	}
	uint64_t chain = schema_u64(t->s, 1);
	follow(t);
	if (chain != t->chain) {
		strbuf_reset(&t->before);
		t->has_code = false;
		t->is_headless = id != chain;
	}
	t->chain = chain;
	t->next_id = t->last_blob = id;
	strbuf_reset(&t->blob);
	memset(t->streams, 0, sizeof(t->streams));
	if (!t->is_headless &&
	    (frame_unpack(&t->unpacker, &t->blob, sqlite3_column_blob(t->s, 3), (size_t)sqlite3_column_bytes(t->s, 3),
			  schema_u64(t->s, 2), &t->before) < 0 ||
	     !split(t)))
		note_damage(t);
	return true;
}

static bool find_next(struct v1_tables *t)
{
	uint64_t head;

	while (!t->has_next) {
		if (t->streams[V1_HEADS].n_bytes == 0) {
			if (!next_blob(t))
				return false;
			continue;
		}
		t->has_next = get_number(&t->streams[V1_HEADS], &head) && get_number(&t->streams[V1_HEADS], &t->n);
		if (!t->has_next) {
			note_damage(t);
			continue;
		}
		t->is_key = head & 1;
		t->next_id += head >> 1;
	}
	return true;
}

static bool take(struct v1_tables *t, uint64_t n, const uint8_t **ret)
{
	struct field_bytes *content = &t->streams[V1_CONTENT];

	*ret = n <= content->n_bytes ? field_bytes_take(content, (size_t)n) : NULL;
	return *ret != NULL;
}

/* The next entry, in place of the snapshot before it; passed over where that is not there. False: damaged. */
static bool apply(struct v1_tables *t)
{
	bool has_code = t->has_code || t->is_key;
	uint64_t i = 0, n_stay, n_new;
	const uint8_t *bytes;

	t->has_next = false;
	t->has_code = has_code;
	if (t->is_key) {
		strbuf_reset(&t->code);
		if (!take(t, t->n, &bytes))
			return false;
		strbuf_add(&t->code, bytes, (size_t)t->n);
		return !strbuf_error(&t->code);
	}
	for (; t->n > 0; t->n--) {
		if (!get_number(&t->streams[V1_STAYS], &n_stay) || !get_number(&t->streams[V1_COUNTS], &n_new) ||
		    !take(t, n_new, &bytes))
			return false;
		if (!has_code)
			continue;
		if (n_stay > t->code.n_bytes - i || n_new > t->code.n_bytes - i - n_stay)
			return false;
		if (n_new > 0)
			memcpy(t->code.text + i + n_stay, bytes, (size_t)n_new);
		i += n_stay + n_new;
	}
	return true;
}

bool v1_tables_find(struct v1_tables *t, uint64_t id, struct field_bytes *ret)
{
	while (find_next(t) && t->next_id <= id) {
		bool is_it = t->next_id == id;
		if (!apply(t))
			note_damage(t);
		*ret = (struct field_bytes){ (const uint8_t *)strbuf_text(&t->code), t->code.n_bytes };
		if (is_it)
			return t->has_code;
	}
	return false;
}
