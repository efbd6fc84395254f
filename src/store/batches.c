/* Reads the batches of a session, one after the other, past those that are damaged. */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "memprof/base/number.h"
#include "reader.h"

bool batch_reader_open(struct batch_reader *b, sqlite3 *db, const struct session_row *session)
{
	*b = (struct batch_reader){
		.session = session,
		.s = schema_select(db, TABLE_BATCHES, "WHERE batch >= ?1 AND batch <= ?2 ORDER BY batch"),
	};
	return b->s != NULL;
}

void batch_reader_deinit(struct batch_reader *b)
{
	sqlite3_finalize(b->s);
	unpacker_deinit(&b->unpacker);
	strbuf_deinit(&b->events);
	strbuf_deinit(&b->tables);
	strbuf_deinit(&b->last);
}

/* From batch n on. A step beyond the last one would begin again. */
static void seek(struct batch_reader *b, uint64_t n)
{
	uint64_t first = b->session->session << SESSION_SHIFT;

	sqlite3_reset(b->s);
	schema_bind(b->s, 1, first + n);
	schema_bind(b->s, 2, first + b->session->n_batches);
}

static void step(struct batch_reader *b)
{
	int code = sqlite3_step(b->s);

	b->is_row = code == SQLITE_ROW;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		b->error = code;
}

/* The row of batch n, past what cannot be read before it. */
static bool find_row(struct batch_reader *b, uint64_t n)
{
	uint64_t id = (b->session->session << SESSION_SHIFT) + n;

	if (n != b->n + 1 || b->n == 0) {
		seek(b, n);
		b->is_row = false;
	}
	if (!b->is_row)
		step(b);
	if (!b->is_row) { /* the next one begins anew */
		sqlite3_reset(b->s);
		b->n = 0;
		return false;
	}
	b->n = n;
	bool is_it = schema_u64(b->s, BATCH_ID) == id;
	if (!is_it && !schema_is_fine(b->s, TABLE_BATCHES)) /* whatever its number is */
		b->is_row = false;
	return is_it;
}

bool batch_reader_find(struct batch_reader *b, uint64_t n)
{
	b->heaps = (struct field_bytes){ NULL, 0 };
	if (!find_row(b, n))
		return false;
	b->is_row = false; /* it is used */
	if (!schema_is_fine(b->s, TABLE_BATCHES))
		return false;
	b->chain = schema_u64(b->s, BATCH_CHAIN) & (BATCHES_MAX - 1);
	b->n_before = schema_u64(b->s, BATCH_BEFORE);
	b->n_snapshots = schema_u64(b->s, BATCH_SNAPSHOTS);
	b->first_us = schema_u64(b->s, BATCH_FIRST);
	b->last_us = schema_u64(b->s, BATCH_LAST);
	return frame_unpack(&b->unpacker, &b->events, sqlite3_column_blob(b->s, BATCH_EVENTS),
			    (size_t)sqlite3_column_bytes(b->s, BATCH_EVENTS), schema_u64(b->s, BATCH_EVENT_BYTES),
			    NULL) == 0;
}

/* Its tables, which refer to those before it. False: they are damaged. */
static bool get_tables(struct batch_reader *b, uint64_t n_bytes)
{
	const void *events = sqlite3_column_blob(b->s, BATCH_EVENTS), *tables = sqlite3_column_blob(b->s, BATCH_TABLES);
	struct strbuf before = b->last;
	struct field_bytes crc;
	uint64_t value;

	b->last = b->tables;
	b->tables = before;
	if (frame_unpack(&b->unpacker, &b->tables, tables, (size_t)sqlite3_column_bytes(b->s, BATCH_TABLES), n_bytes,
			 b->chain == b->n ? NULL : &b->last) < 0 ||
	    b->tables.n_bytes < sizeof(value))
		return false;
	b->heaps = (struct field_bytes){ (const uint8_t *)b->tables.text, b->tables.n_bytes - sizeof(value) };
	crc = (struct field_bytes){ b->heaps.bytes + b->heaps.n_bytes, sizeof(value) };
	return field_bytes_u64(&crc, &value) &&
	       value == crc32(0, events, (uInt)sqlite3_column_bytes(b->s, BATCH_EVENTS));
}

bool batch_reader_tables(struct batch_reader *b)
{
	uint64_t n_bytes = schema_u64(b->s, BATCH_TABLE_BYTES);
	bool is_first = b->chain == b->n, is_known = b->n_last > 0 && b->n_last == b->n - 1;

	if (n_bytes == 0) { /* text and events alone */
		b->n_last = is_known && !is_first ? b->n : 0;
		return false;
	}
	if ((is_first || is_known) && get_tables(b, n_bytes)) {
		b->n_last = b->n;
		return true;
	}
	b->n_last = 0;
	b->heaps = (struct field_bytes){ NULL, 0 };
	/* or removed by --keep, perhaps since the recording was opened */
	if (b->chain > schema_n_bare(sqlite3_db_handle(b->s), b->session->session))
		b->n_damaged_tables += b->n_snapshots;
	return false;
}

struct field_bytes batch_reader_heap(struct batch_reader *b)
{
	struct field_bytes heap = { NULL, 0 };
	uint64_t n;

	if (field_bytes_u64(&b->heaps, &n) && n <= b->heaps.n_bytes) {
		heap.bytes = field_bytes_take(&b->heaps, (size_t)n);
		heap.n_bytes = (size_t)n;
	}
	return heap;
}
