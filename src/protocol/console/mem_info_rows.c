/* The areas of a dump and their rows, with and without header lines. */
#include "console/mem_info_private.h"

#include <string.h>

#include "console/scan.h"
#include "memprof/base/text.h"

/* Words before the address of an area. The second is of micropython/micropython#3533. */
static const char *const area_words[] = { "GC memory layout; from ", "GC area #" };

/* The address in the header line of an area, NOT_KNOWN for other lines. *ret_bare: the line has nothing
 * but the address. */
static uint64_t area_address(const struct mem_info *m, bool *ret_bare)
{
	const char *text = m->line.text, *end = text + m->line.n_bytes, *p = NULL;
	uint64_t base, n[2];
	/* A log may have lost the words; an offset within an area is smaller than an address. */
	bool bare = m->phase == MEM_INFO_TABLE && m->line.n_bytes >= 8 && m->line.n_bytes <= 19 && end[-1] == ':';

	for (size_t i = 0; i < ARRAY_SIZE(area_words) && !p; i++) {
		p = text_find(text, m->line.n_bytes, area_words[i]);
		p = p ? p + strlen(area_words[i]) : NULL;
		if (p && i == 1)
			p = scan_start(p, end, "# (size #), from ", n);
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

/* Whether the current dump already has an area at this address. */
static bool has_area(const struct mem_info *m, uint64_t base)
{
	bool more = m->phase == MEM_INFO_TABLE && m->pool->n_areas < HEAP_AREAS_MAX;

	for (uint32_t i = 0; more && i < m->pool->n_areas; i++)
		if (m->pool->areas[i].base == base && !m->pool->areas[i].loose)
			return true;
	return false;
}

enum line_use mem_info_read_area(struct mem_info *m)
{
	bool bare = false;
	uint64_t base = m->line.n_bytes >= 8 && m->line.text[m->line.n_bytes - 1] == ':' ? area_address(m, &bare) :
											   NOT_KNOWN;

	if (base == NOT_KNOWN)
		return LINE_OTHER;
	if (bare) {
		m->bare = (struct bare_area){ true, base, m->raw_line.number };
		return LINE_OTHER;
	}
	if (has_area(m, base))
		return LINE_NEXT_DUMP;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin(m, MEM_INFO_TABLE))
		return LINE_OTHER;
	if (m->phase == MEM_INFO_STATISTICS && !m->saw_gc && !m->lacks_gc)
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
	m->phase = MEM_INFO_TABLE;
	block_table_begin_area(&m->table, base, m->raw_line.number);
	return LINE_TAKEN;
}

/* Remembers where a row would follow that is beyond the total of this dump. */
static void note_full(struct mem_info *m)
{
	const struct heap_area *area = &m->pool->areas[m->pool->n_areas - 1];
	uint64_t next = m->table.origin + (uint64_t)area->n_blocks * m->pool->block_bytes;

	m->full_line = m->raw_line.number;
	m->full_address = m->table.digits == 5 ? next & 0xfffff : next;
}

enum line_use mem_info_read_table(struct mem_info *m)
{
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;
	enum block_table_result answer;

	if (m->phase != MEM_INFO_TABLE)
		return LINE_OTHER;
	bool loose = m->pool->n_areas > 0 && m->pool->areas[m->pool->n_areas - 1].loose;
	uint64_t address;
	uint32_t digits;
	if (m->bare.set && block_table_is_row(text, n, &address, &digits)) {
		bool begins = address == 0 || (digits == 5 && address == (m->bare.base & 0xfffff));
		m->bare.set = false;
		if (begins && has_area(m, m->bare.base))
			return LINE_NEXT_DUMP;
		if (begins)
			block_table_begin_area(&m->table, m->bare.base, m->bare.line);
		loose &= !begins;
	}
	if (loose && block_table_area_ended(&m->table) && block_table_is_row(text, n, &address, &digits))
		return LINE_NEXT_DUMP;
	answer = block_table_add_row(&m->table, text, n, m->raw_line.number);
	if (answer == BLOCK_TABLE_DAMAGED && loose && block_table_is_row(text, n, &address, &digits))
		return LINE_NEXT_DUMP; /* without a header it need not belong to this table */
	if (answer == BLOCK_TABLE_NOT_MINE)
		answer = block_table_add_elision(&m->table, text, n, m->raw_line.number);
	if (answer == BLOCK_TABLE_NOT_MINE)
		return LINE_OTHER;
	if (answer == BLOCK_TABLE_ADDED && !m->raw_line.ended && !block_table_is_full(&m->table))
		heap_note(&m->heap, HEAP_CUT, m->raw_line.number);
	if (!block_table_is_full(&m->table))
		return LINE_TAKEN;
	note_full(m);
	return LINE_LAST;
}

/* Bytes per row, from the addresses of the loose row and this one; 0 if they are not of one table. */
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

/* The header is missing in excerpts, and in logs pasted into web pages. */
enum line_use mem_info_read_loose(struct mem_info *m)
{
	struct loose_row *loose = &m->loose;
	uint64_t address, n_rows;
	uint32_t digits;

	if (m->phase == MEM_INFO_TABLE || m->line.n_bytes == 0)
		return LINE_OTHER;
	if (!block_table_is_row(m->line.text, m->line.n_bytes, &address, &digits)) {
		n_rows = loose->set ? block_table_is_elision(m->line.text, m->line.n_bytes) : 0;
		loose->set = n_rows > 0 && n_rows <= HEAP_BLOCKS_MAX / ROW_BLOCKS && loose->n_free_rows == 0;
		loose->n_free_rows = n_rows;
		return LINE_OTHER;
	}
	uint32_t step_bytes = loose_step(loose, address, digits);
	if (!step_bytes) {
		keep_loose(m, address, digits);
		return LINE_OTHER;
	}
	loose->set = false;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin_at(m, MEM_INFO_TABLE, loose->line, &loose->at))
		return LINE_OTHER;
	m->phase = MEM_INFO_TABLE;
	if (m->full_line && loose->line == m->full_line + 1 && loose->address == m->full_address)
		heap_note(&m->heap, HEAP_TOO_LARGE, loose->line);
	block_table_begin_loose_area(&m->table, loose->address, digits, step_bytes, loose->line);
	block_table_add_row(&m->table, loose->text, loose->n_bytes, loose->line);
	if (loose->n_free_rows)
		block_table_add_free_rows(&m->table, loose->n_free_rows, loose->line + 1);
	return mem_info_read_table(m);
}
