#include "console/block_table.h"

#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/text.h"

enum {
	MASK_5_DIGITS = 0xfffff,
	/* An elision may stand for many free blocks; the bound if the firmware reported no total. */
	BLOCKS_WITHOUT_TOTAL = 1 << 20,
};

_Static_assert(BLOCK_TAIL == '=' && BLOCK_FREE == '.', "kinds are letters");

/* The kinds of a row, whose length is right, and whether all of them are letters of a row. The tail was `t` until
 * v1.8.0, and `-` in development builds of May 2016. Without branches, as compilers make vectors of it. */
static bool read_kinds(const char *row, size_t n, uint8_t ret[ROW_BLOCKS])
{
	uint8_t other = 0;

	memset(ret, BLOCK_FREE, ROW_BLOCKS);
	memcpy(ret, row, n);
	for (size_t i = 0; i < ROW_BLOCKS; i++) {
		uint8_t c = ret[i], letter = (uint8_t)((c | 0x20) - 'a');
		uint8_t is_tail = (uint8_t)((c == 't') | (c == '=') | (c == '-'));
		other |= (uint8_t) !(is_tail | (letter < 26) | (c == '.'));
		ret[i] = is_tail ? BLOCK_TAIL : c;
	}
	return !other;
}

/* Letters that firmware is known to print. A short row must have no others, else any word after an
 * address would match. */
static bool known_letter(char c) { return c && strchr("hTLDSAFBMmt=-.", c); }

static struct heap_area *last_area(const struct block_table *t) { return &t->pool->areas[t->pool->n_areas - 1]; }

void block_table_begin(struct block_table *t, struct heap *heap, struct heap_pool *pool)
{
	*t = (struct block_table){ .heap = heap, .pool = pool, .hint_bytes = t->hint_bytes };
}

void block_table_begin_area(struct block_table *t, uint64_t base, uint64_t line)
{
	t->digits = 0;
	t->origin = t->missing_head_bytes = 0;
	t->lost = heap_add_area(t->pool, base) < 0;
	if (t->lost)
		heap_note(t->heap, HEAP_TOO_LARGE, line);
}

void block_table_begin_loose_area(struct block_table *t, uint64_t printed, uint32_t digits, uint32_t step_bytes,
				  uint64_t line)
{
	block_table_begin_area(t, printed, line);
	heap_note(t->heap, HEAP_NO_BEGINNING, line);
	if (t->lost)
		return;
	last_area(t)->loose = true;
	t->origin = printed;
	t->digits = digits;
	if (t->pool->block_bytes == 0)
		t->pool->block_bytes = step_bytes / ROW_BLOCKS;
}

bool block_table_area_ended(const struct block_table *t)
{
	return t->pool->n_areas > 0 && last_area(t)->n_blocks % ROW_BLOCKS;
}

bool block_table_is_full(const struct block_table *t)
{
	uint64_t total = t->pool->reported.total_bytes;

	return total != NOT_KNOWN && t->pool->n_blocks > 0 && t->pool->block_bytes > 0 &&
	       (uint64_t)t->pool->n_blocks * t->pool->block_bytes >= total;
}

/* Whether the heap has room for n more blocks. */
static bool room_for(const struct block_table *t, uint64_t n_blocks)
{
	uint64_t total = t->pool->reported.total_bytes, n_all = t->pool->n_blocks + n_blocks;
	uint64_t block_bytes = t->pool->block_bytes ? t->pool->block_bytes : 8;

	if (n_blocks == 0)
		return true;
	return n_all <= (uint64_t)HEAP_BLOCKS_MAX &&
	       (total == NOT_KNOWN ? n_all <= BLOCKS_WITHOUT_TOTAL : n_all * block_bytes <= total);
}

/* The offset in bytes that the next row of the last area should have. */
static uint64_t expected(const struct block_table *t)
{
	return (uint64_t)last_area(t)->n_blocks * t->pool->block_bytes;
}

/* Whether the total is a multiple of four such blocks (py/gc.c, gc_setup_area: four blocks per byte of
 * the table). */
static bool may_have(const struct block_table *t, uint64_t block_bytes)
{
	uint64_t total = t->pool->reported.total_bytes;

	return total == NOT_KNOWN || total % (4 * block_bytes) == 0;
}

/* Derives the block size from the first row that is not at the start of its area. The size is the one
 * that puts the row right after the blocks so far (modulo the printed digits); if none does, rows are
 * missing, and it is the largest size by which a whole number of rows is missing. The size of the
 * previous dump is tried first. */
static bool learn_block_bytes(struct block_table *t, uint64_t offset, uint32_t digits)
{
	offset -= MIN(offset, t->missing_head_bytes);
	const uint64_t sizes[] = { t->hint_bytes, 64, 32, 16, 8 };
	uint64_t n = last_area(t)->n_blocks;
	uint64_t mask = digits == 5 ? MASK_5_DIGITS : UINT64_MAX;

	for (int missing = 0; missing < 2 && n > 0 && offset > 0; missing++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			uint64_t size = sizes[i];
			if (!heap_block_bytes_ok(size) || !may_have(t, size))
				continue;
			if (missing ? offset > n * size && (offset - n * size) % (size * ROW_BLOCKS) == 0 :
				      ((n * size) & mask) == offset) {
				t->pool->block_bytes = (uint32_t)size;
				return true;
			}
		}
	}
	return false;
}

/* Inserts the rows missing before the first one, once the block size is known. */
static void insert_missing_head(struct block_table *t, uint64_t line)
{
	uint64_t n_blocks = t->pool->block_bytes ? t->missing_head_bytes / t->pool->block_bytes : 0;

	if (t->missing_head_bytes % MAX(t->pool->block_bytes, 1u) || !room_for(t, n_blocks) ||
	    (n_blocks && heap_insert_unknown(t->pool, 0, (uint32_t)n_blocks) < 0))
		heap_note(t->heap, HEAP_TOO_LARGE, line);
	t->missing_head_bytes = 0;
}

/* If the second step between rows is a half or a quarter of the first, the first one skipped missing
 * rows: blocks are smaller, and the gap belongs after the first row. */
static void correct_block_bytes(struct block_table *t, uint64_t offset, uint64_t line)
{
	struct heap_area *area = last_area(t);
	uint64_t was = t->pool->block_bytes, step = offset - was * ROW_BLOCKS;

	if (t->n_steps != 1 || t->pool->n_areas != 1 || area->n_blocks != 2 * ROW_BLOCKS || area->loose ||
	    offset <= was * ROW_BLOCKS || step % ROW_BLOCKS || step / ROW_BLOCKS >= was ||
	    !heap_block_bytes_ok(step / ROW_BLOCKS))
		return;
	uint64_t now = step / ROW_BLOCKS;
	t->pool->block_bytes = (uint32_t)now;
	heap_insert_unknown(t->pool, ROW_BLOCKS, (uint32_t)((was / now - 1) * ROW_BLOCKS));
	heap_note(t->heap, HEAP_ROWS_MISSING, line);
}

/* Places a row of n_blocks by its printed address, after filling the gap before it, if any. */
static enum block_table_result place(struct block_table *t, uint64_t printed, uint32_t digits, size_t n_blocks,
				     bool clean, uint64_t line)
{
	struct heap_area *area = last_area(t);
	bool first = t->digits == 0;

	if (first) {
		t->digits = digits;
		if (digits == 5 && printed != 0 && area->n_blocks == 0 && printed == (area->base & MASK_5_DIGITS))
			t->origin = printed;
	} else if (digits != t->digits) {
		return BLOCK_TABLE_NOT_MINE;
	}
	if (t->origin)
		printed = (printed - t->origin) & (digits == 5 ? MASK_5_DIGITS : UINT64_MAX);
	if (t->pool->block_bytes == 0) {
		if (area->n_blocks == 0 && printed == 0)
			return BLOCK_TABLE_ADDED;
		if (area->n_blocks == 0) {
			if (!clean)
				return BLOCK_TABLE_NOT_MINE;
			if (t->hint_bytes == 0) { /* the first rows are missing */
				heap_note(t->heap, HEAP_ROWS_MISSING, line);
				t->missing_head_bytes = printed;
				return BLOCK_TABLE_ADDED;
			}
			t->pool->block_bytes = t->hint_bytes;
		} else if (!clean || !learn_block_bytes(t, printed, digits)) {
			heap_note(t->heap, printed ? HEAP_ROWS_MISSING : HEAP_ROW_TWICE, line);
			return BLOCK_TABLE_DAMAGED;
		} else if (t->missing_head_bytes) {
			insert_missing_head(t, line);
		}
	}
	uint64_t want = expected(t);
	if (digits == 5) /* wraps every MiB; assume the smallest gap */
		printed = want + ((printed - want) & MASK_5_DIGITS);
	if (printed == want) {
		t->n_steps += area->n_blocks > 0;
		return BLOCK_TABLE_ADDED;
	}
	if (!clean) /* other output before the address: only the very next row is accepted */
		return BLOCK_TABLE_NOT_MINE;
	if (printed > (uint64_t)ROW_BLOCKS * t->pool->block_bytes && printed < want)
		correct_block_bytes(t, printed, line);
	if (expected(t) == printed)
		return BLOCK_TABLE_ADDED;
	uint64_t n_missing = (printed - want) / t->pool->block_bytes;
	if (printed < want || (printed - want) % t->pool->block_bytes ||
	    (digits == 5 && printed - want > MASK_5_DIGITS / 2) || !room_for(t, n_missing + n_blocks)) {
		heap_note(t->heap, HEAP_ROW_TWICE, line);
		return BLOCK_TABLE_DAMAGED;
	}
	heap_note(t->heap, HEAP_ROWS_MISSING, line);
	if (heap_append(t->pool, BLOCK_UNKNOWN, (uint32_t)n_missing) < 0) {
		heap_note(t->heap, HEAP_TOO_LARGE, line);
		return BLOCK_TABLE_DAMAGED;
	}
	return BLOCK_TABLE_ADDED;
}

bool block_table_is_row(const char *text, size_t n_bytes, uint64_t *ret_address, uint32_t *ret_digits)
{
	uint32_t digits = (uint32_t)(n_bytes - MIN(n_bytes, (size_t)ROW_BLOCKS + 2));

	if ((digits != 5 && digits != 8) || text[digits] != ':' || text[digits + 1] != ' ' ||
	    number_scan_hex(text, text + digits, ret_address) != text + digits)
		return false;
	for (size_t i = digits + 2; i < n_bytes; i++)
		if (!known_letter(text[i]))
			return false;
	*ret_digits = digits;
	return true;
}

/* Finds "ADDRESS: " in a line: returns the start of its letters, or NULL. Output of other threads may
 * run into the address, so only its last digits count. */
static const char *find_address(const struct block_table *t, const char *text, const char *end, uint64_t *ret,
				uint32_t *ret_digits, bool *ret_clean)
{
	const char *colon = text;

	while ((colon = memchr(colon, ':', (size_t)(end - colon)))) {
		const char *p = colon;
		while (p > text && digit_of(p[-1]) < 16)
			p--;
		size_t n = (size_t)(colon - p);
		size_t n_take = t->digits ? t->digits : n >= 8 ? 8 : 5;
		if (n >= n_take && colon + 2 < end && colon[1] == ' ') {
			number_scan_hex(colon - n_take, colon, ret);
			*ret_digits = (uint32_t)n_take;
			*ret_clean = n == n_take;
			return colon + 2;
		}
		colon++;
	}
	return NULL;
}

static void keep_prefix(struct block_table *t, const char *text, const char *address)
{
	while (address > text && address[-1] == ' ')
		address--;
	t->n_prefix = (size_t)(address - text);
	memcpy(t->prefix, text, MIN(t->n_prefix, sizeof(t->prefix)));
}

/* Whether text ends with the prefix that the last row had, but for its numbers: "main: ", "  12 | ". */
static bool has_prefix(const struct block_table *t, const char *text, const char *end)
{
	const char *p = t->prefix, *p_end = p + t->n_prefix;

	if (t->n_prefix > sizeof(t->prefix))
		return false;
	while (end > text && end[-1] == ' ')
		end--;
	while (p < p_end && text < end) {
		bool number = digit_of(*p) < 10, other = digit_of(*text) < 10;
		if (number != other || (!number && *p != *text))
			return false;
		do
			p++;
		while (number && p < p_end && digit_of(*p) < 10);
		do
			text++;
		while (number && text < end && digit_of(*text) < 10);
	}
	return p == p_end && text == end;
}

/* A row with a readable address and unreadable letters becomes unknown blocks, as many as there is room
 * for, so that an elision after it is placed correctly. */
static enum block_table_result broken_row(struct block_table *t, uint64_t printed, uint32_t digits, uint64_t line)
{
	uint32_t n = ROW_BLOCKS;

	heap_note(t->heap, HEAP_ROWS_MISSING, line);
	if (t->pool->block_bytes == 0 || t->digits == 0)
		return BLOCK_TABLE_DAMAGED;
	while (n > 0 && !room_for(t, n))
		n--;
	if (n > 0 && place(t, printed, digits, n, true, line) == BLOCK_TABLE_ADDED && room_for(t, n))
		heap_append(t->pool, BLOCK_UNKNOWN, n);
	return BLOCK_TABLE_DAMAGED;
}

enum block_table_result block_table_add_row(struct block_table *t, const char *text, size_t n_bytes, uint64_t line)
{
	const char *end = text + n_bytes;
	uint64_t printed;
	uint32_t digits;
	bool clean;

	if (t->pool->n_areas == 0)
		return BLOCK_TABLE_NOT_MINE;
	const char *row = find_address(t, text, end, &printed, &digits, &clean);
	if (!row)
		return BLOCK_TABLE_NOT_MINE;
	size_t n = (size_t)(end - row);
	if (t->lost)
		return BLOCK_TABLE_DAMAGED;
	uint8_t kinds[ROW_BLOCKS];
	bool valid = n <= ROW_BLOCKS && read_kinds(row, n, kinds);
	for (size_t i = 0; valid && n < ROW_BLOCKS && i < n; i++)
		valid = known_letter(row[i]);
	if (!valid)
		return clean ? broken_row(t, printed, digits, line) : BLOCK_TABLE_NOT_MINE;
	enum block_table_result answer = place(t, printed, digits, n, clean, line);
	if (answer != BLOCK_TABLE_ADDED)
		return answer;
	keep_prefix(t, text, row - 2 - digits);
	uint8_t *at = room_for(t, n) ? heap_extend(t->pool, (uint32_t)n) : NULL;
	if (!at) {
		heap_note(t->heap, HEAP_TOO_LARGE, line);
		return BLOCK_TABLE_DAMAGED;
	}
	memcpy(at, kinds, n);
	return BLOCK_TABLE_ADDED;
}

static const char elision_words[] = " lines all free)";

uint64_t block_table_is_elision(const char *text, size_t n_bytes)
{
	const char *end = text + n_bytes;
	uint64_t n_lines;

	if (n_bytes < sizeof(elision_words) || *text != '(')
		return 0;
	const char *p = number_scan(text + 1, end, &n_lines);
	return p && text_starts(p, (size_t)(end - p), elision_words) ? n_lines : 0;
}

enum block_table_result block_table_add_free_rows(struct block_table *t, uint64_t n_lines, uint64_t line)
{
	if (t->pool->n_areas == 0 || t->lost)
		return BLOCK_TABLE_DAMAGED;
	if (n_lines == 0 || n_lines > HEAP_BLOCKS_MAX / ROW_BLOCKS || last_area(t)->n_blocks % ROW_BLOCKS ||
	    !room_for(t, n_lines * ROW_BLOCKS) ||
	    heap_append(t->pool, BLOCK_FREE, (uint32_t)n_lines * ROW_BLOCKS) < 0) {
		heap_note(t->heap, HEAP_BAD_ELISION, line);
		return BLOCK_TABLE_DAMAGED;
	}
	return BLOCK_TABLE_ADDED;
}

enum block_table_result block_table_add_elision(struct block_table *t, const char *text, size_t n_bytes, uint64_t line)
{
	const char *bracket = text_find(text, n_bytes, elision_words);

	while (bracket && bracket > text && *bracket != '(')
		bracket--;
	if (bracket && t->n_prefix > 0 && has_prefix(t, text, bracket)) {
		n_bytes -= (size_t)(bracket - text);
		text = bracket;
	}
	uint64_t n_lines = block_table_is_elision(text, n_bytes);

	/* An elision with a damaged number or 0 is still one. */
	if (!n_lines && (n_bytes == 0 || *text != '(' || !text_find(text, n_bytes, elision_words)))
		return BLOCK_TABLE_NOT_MINE;
	return block_table_add_free_rows(t, n_lines, line);
}

void block_table_end(struct block_table *t, uint64_t line)
{
	struct heap_pool *pool = t->pool;
	uint64_t total = pool->reported.total_bytes;

	if (pool->n_areas == 0) {
		/* Statistics only. The block size is 16 if 32 contradicts them: a heap is a multiple of
		 * four blocks, and its longest free run is at most what is free. */
		const struct heap_reported *reported = &pool->reported;
		bool not_32 = total != NOT_KNOWN &&
			      (total % 128 || (reported->max_free_blocks != NOT_KNOWN &&
					       reported->max_free_blocks > reported->free_bytes / 32));
		if (not_32 && total % 64 == 0 &&
		    (reported->max_free_blocks == NOT_KNOWN || reported->max_free_blocks <= reported->free_bytes / 16))
			pool->block_bytes = 16;
		else if (!not_32 || total == NOT_KNOWN)
			pool->block_bytes = t->hint_bytes;
		return;
	}
	if (pool->block_bytes == 0) {
		uint64_t n = pool->n_blocks;
		if (n && !t->missing_head_bytes && total != NOT_KNOWN && total % n == 0 &&
		    heap_block_bytes_ok(total / n))
			pool->block_bytes = (uint32_t)(total / n);
		else if (t->hint_bytes)
			pool->block_bytes = t->hint_bytes;
	}
	if (pool->block_bytes == 0) { /* kinds are useless without a block size */
		heap_note(t->heap, pool->n_blocks ? HEAP_BLOCK_SIZE : HEAP_CUT, line);
		pool->n_areas = 0;
		pool->n_blocks = 0;
		return;
	}
	uint64_t counted = (uint64_t)pool->n_blocks * pool->block_bytes;
	if (total != NOT_KNOWN && counted < total) {
		pool->missing_bytes = total - counted;
		heap_note(t->heap, HEAP_CUT, line);
	}
	t->hint_bytes = pool->block_bytes;
}
