/* The areas of a dump and their rows; and rows that nothing announces. */
#include "console/mem_info_private.h"

#include <string.h>

#include "console/scan.h"
#include "memprof/base/text.h"

/* What stands before the address of an area. The second is of micropython/micropython#3533. */
static const char *const area_words[] = { "GC memory layout; from ", "GC area #" };

/* The address in a line that begins an area, NOT_KNOWN if it is not such a line. *ret_bare: nothing but
 * the address is in it. */
static uint64_t area_address(const struct mem_info *m, bool *ret_bare)
{
	const char *text = m->line.text, *end = text + m->line.n_bytes, *p = NULL;
	uint64_t base, said[2];
	/* Someone may have cut the words away: an address further on than any heap is long. */
	bool bare = m->phase == MEM_INFO_TABLE && m->line.n_bytes >= 8 && m->line.n_bytes <= 19 && end[-1] == ':';

	for (size_t i = 0; i < ARRAY_SIZE(area_words) && !p; i++) {
		p = text_find(text, m->line.n_bytes, area_words[i]);
		p = p ? p + strlen(area_words[i]) : NULL;
		if (p && i == 1)
			p = scan_start(p, end, "# (size #), from ", said);
	}
	bare &= !p;
	*ret_bare = bare;
	if (bare)
		p = text;
	if (!p)
		return NOT_KNOWN;
	if (text_starts(p, (size_t)(end - p), "0x"))
		p += 2;
	p = p < end ? number_scan_hex(p, end, &base) : NULL;
	if (!p || end - p != 1 || *p != ':')
		return NOT_KNOWN;
	return bare && base < (uint64_t)HEAP_BLOCKS_MAX * MAX(m->pool->block_bytes, 16u) ? NOT_KNOWN : base;
}

/* Whether the dump at hand has an area with this address already. */
static bool has_area(const struct mem_info *m, uint64_t base)
{
	bool more = m->phase == MEM_INFO_TABLE && m->pool->n_areas < HEAP_AREAS_MAX;

	for (uint32_t i = 0; more && i < m->pool->n_areas; i++)
		if (m->pool->areas[i].base == base && !m->pool->areas[i].loose)
			return true;
	return false;
}

enum answer mem_info_read_area(struct mem_info *m)
{
	bool bare = false;
	uint64_t base = m->line.n_bytes >= 8 && m->line.text[m->line.n_bytes - 1] == ':' ? area_address(m, &bare) :
											   NOT_KNOWN;

	if (base == NOT_KNOWN)
		return NOT_MINE;
	if (bare) {
		m->bare = (struct bare_area){ true, base, m->raw_line.number };
		return NOT_MINE;
	}
	if (has_area(m, base))
		return NEW;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin(m, MEM_INFO_TABLE))
		return NOT_MINE;
	if (m->phase == MEM_INFO_STATISTICS && !m->saw_gc)
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
	m->phase = MEM_INFO_TABLE;
	table_area(&m->table, base, m->raw_line.number);
	return TAKEN;
}

/* Rows that go on where a full dump has ended are more than its total says. */
static void note_full(struct mem_info *m)
{
	const struct heap_area *area = &m->pool->areas[m->pool->n_areas - 1];
	uint64_t next = m->table.origin + (uint64_t)area->n_blocks * m->pool->block_bytes;

	m->full_line = m->raw_line.number;
	m->full_address = m->table.digits == 5 ? next & 0xfffff : next;
}

enum answer mem_info_read_table(struct mem_info *m)
{
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;
	enum table_answer answer;

	if (m->phase != MEM_INFO_TABLE)
		return NOT_MINE;
	bool loose = m->pool->n_areas > 0 && m->pool->areas[m->pool->n_areas - 1].loose;
	uint64_t address;
	uint32_t digits;
	if (m->bare.set && table_is_row(text, n, &address, &digits)) {
		bool begins = address == 0 || (digits == 5 && address == (m->bare.base & 0xfffff));
		m->bare.set = false;
		if (begins && has_area(m, m->bare.base))
			return NEW;
		if (begins)
			table_area(&m->table, m->bare.base, m->bare.line);
		loose &= !begins;
	}
	if (loose && table_area_ended(&m->table) && table_is_row(text, n, &address, &digits))
		return NEW;
	answer = table_row(&m->table, text, n, m->raw_line.number);
	if (answer == TABLE_DAMAGED && loose && table_is_row(text, n, &address, &digits))
		return NEW; /* nothing said that it belongs to this table */
	if (answer == TABLE_NOT_MINE)
		answer = table_elision(&m->table, text, n, m->raw_line.number);
	if (answer == TABLE_NOT_MINE)
		return NOT_MINE;
	if (answer == TABLE_TAKEN && !m->raw_line.ended && !table_full(&m->table))
		heap_note(&m->heap, HEAP_CUT, m->raw_line.number);
	if (!table_full(&m->table))
		return TAKEN;
	note_full(m);
	return FULL;
}

/* By how much the address grows with a row, from the loose row to this one; 0 if they do not belong
 * together. */
static uint32_t loose_step(const struct loose_row *loose, uint64_t address, uint32_t digits)
{
	uint64_t n_rows = 1 + loose->n_free_rows;
	uint64_t step = (address - loose->address) & (digits == 5 ? 0xfffff : UINT64_MAX);

	if (!loose->set || digits != loose->digits || step % n_rows || (step / n_rows) % ROW_BLOCKS ||
	    !heap_block_bytes_ok(step / n_rows / ROW_BLOCKS))
		return 0;
	return (uint32_t)(step / n_rows);
}

static void keep_loose(struct mem_info *m, uint64_t address, uint32_t digits)
{
	struct loose_row *loose = &m->loose;

	*loose = (struct loose_row){ .set = true,
				     .n_bytes = m->line.n_bytes,
				     .address = address,
				     .digits = digits,
				     .line = m->raw_line.number };
	memcpy(loose->text, m->line.text, loose->n_bytes);
	mem_info_event_time(m, &loose->at);
}

/* Rows of a table whose first line is not there: an excerpt, or a page that lost it. */
enum answer mem_info_read_loose(struct mem_info *m)
{
	struct loose_row *loose = &m->loose;
	uint64_t address, n_rows;
	uint32_t digits;

	if (m->phase == MEM_INFO_TABLE || m->line.n_bytes == 0)
		return NOT_MINE;
	if (!table_is_row(m->line.text, m->line.n_bytes, &address, &digits)) {
		n_rows = loose->set ? table_is_elision(m->line.text, m->line.n_bytes) : 0;
		loose->set = n_rows > 0 && n_rows <= HEAP_BLOCKS_MAX / ROW_BLOCKS && loose->n_free_rows == 0;
		loose->n_free_rows = n_rows;
		return NOT_MINE;
	}
	uint32_t step_bytes = loose_step(loose, address, digits);
	if (!step_bytes) {
		keep_loose(m, address, digits);
		return NOT_MINE;
	}
	loose->set = false;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin_at(m, MEM_INFO_TABLE, loose->line, &loose->at))
		return NOT_MINE;
	m->phase = MEM_INFO_TABLE;
	if (m->full_line && loose->line == m->full_line + 1 && loose->address == m->full_address)
		heap_note(&m->heap, HEAP_TOO_LARGE, loose->line);
	table_loose_area(&m->table, loose->address, digits, step_bytes, loose->line);
	table_row(&m->table, loose->text, loose->n_bytes, loose->line);
	if (loose->n_free_rows)
		table_free_rows(&m->table, loose->n_free_rows, loose->line + 1);
	return mem_info_read_table(m);
}
