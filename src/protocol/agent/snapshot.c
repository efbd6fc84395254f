#include "agent/snapshot.h"

#include <errno.h>

void agent_snapshot_deinit(struct agent_snapshot *s)
{
	agent_table_deinit(&s->table);
	*s = (struct agent_snapshot){ 0 };
}

void agent_snapshot_clear(struct agent_snapshot *s)
{
	struct agent_table table = s->table;

	agent_table_clear(&table);
	*s = (struct agent_snapshot){ .table = table, .of_granules = s->of_granules };
}

static void forget_all(struct agent_snapshot *s) { agent_table_forget(&s->table, 0, s->table.n_rows); }

bool agent_snapshot_ends_previous(const struct agent_snapshot *s, uint8_t number)
{
	return s->open && s->number != number;
}

void agent_snapshot_drop(struct agent_snapshot *s)
{
	agent_table_forget(&s->table, MIN(s->row, s->table.n_rows), s->table.n_rows);
	s->open = s->complete = false;
}

/* The first received frame of a snapshot. Rows that it leaves out are those of the previous snapshot, if known. */
static void open_snapshot(struct agent_snapshot *s, uint8_t number)
{
	if (!s->based || number != (uint8_t)(s->number + 1))
		forget_all(s);
	s->based = s->open = true;
	s->number = number;
	s->begun = s->any_rows = s->complete = false;
	s->n_stops = s->longest_stop_us = s->took_us = NOT_KNOWN;
	s->gap = false;
	s->last_index = UINT32_MAX;
	s->row = s->in_row = 0;
	s->n_wire_bytes = 0;
}

static int read_begin(struct agent_snapshot *s, struct agent_fields *f)
{
	uint64_t flags = fields_u8(f), at_ms = fields_varint(f), block_bytes = fields_varint(f);
	uint64_t n_areas = fields_varint(f), used = fields_varint(f), limit = fields_varint(f);

	bool is_none = !s->of_granules && block_bytes == 0 && n_areas == 0; /* a firmware without a GC heap */
	bool is_size = s->of_granules ? block_bytes > 0 && block_bytes <= GRANULE_MAX_BYTES :
					is_none || heap_block_bytes_ok(block_bytes);
	if (f->truncated || n_areas > HEAP_AREAS_MAX || !is_size)
		return -EBADMSG;
	int r = agent_table_set_n_areas(&s->table, (uint32_t)n_areas);
	if (r < 0)
		return r;
	if (flags & WIRE_KEY)
		forget_all(s);
	s->begun = true;
	s->flags = flags;
	s->at_ms = at_ms;
	s->block_bytes = block_bytes;
	s->stack_used_bytes = used ? used : NOT_KNOWN;
	s->stack_limit_bytes = limit ? limit : NOT_KNOWN;
	return SNAPSHOT_MORE;
}

static enum heap_memory memory_of(uint8_t wire)
{
	return wire <= WIRE_MEMORY_FLASH ? (enum heap_memory)wire : MEMORY_NOT_KNOWN;
}

static int read_area(struct agent_snapshot *s, struct agent_fields *f, uint32_t rows_max)
{
	uint32_t i = fields_below(f, s->begun ? s->table.n_areas : HEAP_AREAS_MAX);
	struct agent_area area = { .memory = memory_of(fields_u8(f)) };

	area.address = fields_varint(f);
	area.n_blocks = fields_below(f, HEAP_BLOCKS_MAX + 1);
	if (f->truncated || area.address > UINT64_MAX - (uint64_t)area.n_blocks * GRANULE_MAX_BYTES)
		return -EBADMSG;
	int r = agent_table_set_area(&s->table, i, &area, rows_max);
	return r == -E2BIG ? -EBADMSG : r < 0 ? r : SNAPSHOT_MORE;
}

static int read_rows(struct agent_snapshot *s, uint8_t type, uint32_t index, struct agent_fields *f,
		     const struct agent_lookup *lookup)
{
	struct agent_table *t = &s->table;
	uint32_t i = fields_below(f, s->begun ? t->n_areas : HEAP_AREAS_MAX);
	uint32_t first = fields_below(f, HEAP_BLOCKS_MAX + 1), end;

	if (f->truncated)
		return -EBADMSG;
	if (i >= t->n_areas || !t->areas[i].known) {
		s->gap = true; /* their place is not known */
		return SNAPSHOT_MORE;
	}
	if (first >= t->areas[i].n_blocks)
		return -EBADMSG;
	/* Only AREAs precede the first rows; a missing one is that of the previous snapshot. */
	bool lost = s->gap && (s->any_rows || index != t->n_areas + 1);
	uint32_t row = t->areas[i].first_row + first / WIRE_ROW_BLOCKS, in_row = first % WIRE_ROW_BLOCKS;
	bool continues = !lost && in_row && row == s->row && in_row == s->in_row;
	if (row < s->row || (row == s->row && in_row < s->in_row)) /* rows are sent in order */
		return -EBADMSG;
	if (lost) /* those in between are lost, not unchanged */
		agent_table_forget(t, s->row, row);
	if (in_row && !continues)
		agent_table_forget(t, row, MIN(row + 1, t->n_rows));
	int r = type == WIRE_RAW ? agent_table_raw(t, i, first, continues, f, &end) :
				   agent_table_tokens(t, lookup, i, first, continues, f, &end);
	if (r < 0) {
		forget_all(s);
		return r;
	}
	s->any_rows = true;
	s->gap = false;
	bool at_end = end == t->areas[i].n_blocks;
	s->row = t->areas[i].first_row + (at_end ? t->areas[i].n_rows : end / WIRE_ROW_BLOCKS);
	s->in_row = at_end ? 0 : end % WIRE_ROW_BLOCKS;
	return SNAPSHOT_MORE;
}

static int read_end(struct agent_snapshot *s, uint32_t index, struct agent_fields *f, const struct agent_lookup *lookup)
{
	struct agent_table *t = &s->table;
	uint32_t digest = fields_u32(f);

	s->pause_us = fields_varint(f);
	s->n_abandoned = fields_varint(f);
	s->n_skipped = fields_varint(f);
	s->n_collections = fields_varint(f);
	s->wait_us = f->p < f->end ? fields_varint(f) : NOT_KNOWN;
	if (f->truncated)
		return -EBADMSG;
	if (s->gap && (s->any_rows || index != t->n_areas + 1))
		agent_table_forget(t, s->row, t->n_rows);
	s->open = false;
	if (!agent_table_areas_known(t) || agent_table_n_unknown(t) > 0)
		return SNAPSHOT_INCOMPLETE;
	if (agent_table_digest(t, lookup) != digest) {
		forget_all(s);
		return SNAPSHOT_INCOMPLETE;
	}
	s->complete = s->begun;
	return s->complete ? SNAPSHOT_COMPLETE : SNAPSHOT_INCOMPLETE;
}

int agent_snapshot_read(struct agent_snapshot *s, uint8_t type, uint8_t number, struct agent_fields *f,
			const struct agent_lookup *lookup, uint32_t rows_max)
{
	uint32_t index = fields_below(f, UINT32_MAX);

	if (f->truncated || (type == WIRE_BEGIN && index != 0))
		return -EBADMSG;
	if (!s->open) {
		if (s->based && s->number == number && type != WIRE_BEGIN)
			return -EBADMSG; /* already ended */
		open_snapshot(s, number);
	}
	if (s->last_index != UINT32_MAX && index <= s->last_index)
		return -EBADMSG; /* late; rows after it were read */
	s->gap |= index != s->last_index + 1;
	s->last_index = index;
	int r = type == WIRE_BEGIN ? read_begin(s, f) :
		type == WIRE_AREA  ? read_area(s, f, rows_max) :
		type == WIRE_END   ? read_end(s, index, f, lookup) :
				     read_rows(s, type, index, f, lookup);
	s->gap |= r == -EBADMSG;
	return r;
}
