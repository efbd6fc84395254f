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

bool agent_snapshot_ends_open(const struct agent_snapshot *s, uint8_t number) { return s->open && s->number != number; }

void agent_snapshot_give_up(struct agent_snapshot *s)
{
	agent_table_forget(&s->table, MIN(s->row, s->table.n_rows), s->table.n_rows);
	s->open = s->whole = false;
}

/* The first frame of a snapshot that came. What it leaves out is as in the one before it, if the table is of that. */
static void open(struct agent_snapshot *s, uint8_t number)
{
	if (!s->based || number != (uint8_t)(s->number + 1))
		forget_all(s);
	s->based = s->open = true;
	s->number = number;
	s->begun = s->any_rows = s->whole = false;
	s->gap = false;
	s->last_index = UINT32_MAX;
	s->row = s->in_row = 0;
	s->n_wire_bytes = 0;
}

static int take_begin(struct agent_snapshot *s, struct fields *f)
{
	uint64_t flags = fields_u8(f), at_ms = fields_varint(f), block_bytes = fields_varint(f);
	uint64_t n_areas = fields_varint(f), used = fields_varint(f), limit = fields_varint(f);

	bool is_size = s->of_granules ? block_bytes > 0 && block_bytes <= GRANULE_MAX_BYTES :
					heap_block_bytes_ok(block_bytes);
	if (f->short_of || n_areas > HEAP_AREAS_MAX || !is_size)
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

static int take_area(struct agent_snapshot *s, struct fields *f, uint32_t rows_max)
{
	uint32_t i = fields_below(f, s->begun ? s->table.n_areas : HEAP_AREAS_MAX);
	struct agent_area area = { .memory = memory_of(fields_u8(f)) };

	area.address = fields_varint(f);
	area.n_blocks = fields_below(f, HEAP_BLOCKS_MAX + 1);
	if (f->short_of || area.address > UINT64_MAX - (uint64_t)area.n_blocks * GRANULE_MAX_BYTES)
		return -EBADMSG;
	int r = agent_table_set_area(&s->table, i, &area, rows_max);
	return r == -E2BIG ? -EBADMSG : r < 0 ? r : SNAPSHOT_MORE;
}

/* Rows that were passed over on the way to a place: as before, or lost with the frames that told them. In a rolling
 * snapshot the rows come again from the beginning: then the way is to the end, and from there. */
static void pass_over(struct agent_snapshot *s, uint32_t row, uint32_t in_row, bool lost)
{
	bool backwards = row < s->row || (row == s->row && in_row < s->in_row);

	if (!lost)
		return;
	agent_table_forget(&s->table, s->row, backwards ? s->table.n_rows : row);
	if (backwards)
		agent_table_forget(&s->table, 0, row);
}

static int take_rows(struct agent_snapshot *s, uint8_t type, uint32_t index, struct fields *f,
		     const struct agent_tools *tools)
{
	struct agent_table *t = &s->table;
	uint32_t i = fields_below(f, s->begun ? t->n_areas : HEAP_AREAS_MAX);
	uint32_t first = fields_below(f, HEAP_BLOCKS_MAX + 1), end;

	if (f->short_of)
		return -EBADMSG;
	if (i >= t->n_areas || !t->areas[i].known) {
		s->gap = true; /* there is no place for them */
		return SNAPSHOT_MORE;
	}
	if (first > t->areas[i].n_blocks)
		return -EBADMSG;
	/* Only areas stand before the first rows: those are known from before if they did not come. */
	bool lost = s->gap && (s->any_rows || index != t->n_areas + 1);
	uint32_t row = t->areas[i].first_row + first / WIRE_ROW_BLOCKS, in_row = first % WIRE_ROW_BLOCKS;
	bool goes_on = !lost && in_row && row == s->row && in_row == s->in_row;
	pass_over(s, row, in_row, lost);
	if (in_row && !goes_on)
		agent_table_forget(t, row, MIN(row + 1, t->n_rows));
	int r = type == WIRE_RAW ? agent_table_raw(t, i, first, goes_on, f, &end) :
				   agent_table_tokens(t, tools, i, first, goes_on, f, &end);
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

static int take_end(struct agent_snapshot *s, uint32_t index, struct fields *f, const struct agent_tools *tools)
{
	struct agent_table *t = &s->table;
	uint32_t digest = fields_u32(f);

	s->pause_us = fields_varint(f);
	s->n_abandoned = fields_varint(f);
	s->n_skipped = fields_varint(f);
	s->n_collections = fields_varint(f);
	if (f->short_of)
		return -EBADMSG;
	if (s->gap && (s->any_rows || index != t->n_areas + 1))
		agent_table_forget(t, s->row, t->n_rows);
	s->open = false;
	if (!agent_table_areas_known(t) || agent_table_n_unknown(t) > 0)
		return SNAPSHOT_LACKS;
	if (agent_table_digest(t, tools) != digest) {
		forget_all(s);
		return SNAPSHOT_LACKS;
	}
	s->whole = s->begun;
	return s->whole ? SNAPSHOT_WHOLE : SNAPSHOT_LACKS;
}

int agent_snapshot_take(struct agent_snapshot *s, uint8_t type, uint8_t number, struct fields *f,
			const struct agent_tools *tools, uint32_t rows_max)
{
	uint32_t index = fields_below(f, UINT32_MAX);

	if (f->short_of || (type == WIRE_BEGIN && index != 0))
		return -EBADMSG;
	if (!s->open) {
		if (s->based && s->number == number && type != WIRE_BEGIN)
			return -EBADMSG; /* it has ended */
		open(s, number);
	}
	if (s->last_index != UINT32_MAX && index <= s->last_index)
		return -EBADMSG; /* too late for its place in the order of rows */
	s->gap |= index != s->last_index + 1;
	s->last_index = index;
	int r = type == WIRE_BEGIN ? take_begin(s, f) :
		type == WIRE_AREA  ? take_area(s, f, rows_max) :
		type == WIRE_END   ? take_end(s, index, f, tools) :
				     take_rows(s, type, index, f, tools);
	s->gap |= r == -EBADMSG;
	return r;
}
