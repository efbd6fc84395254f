#include "console/block_table.h"

#include <string.h>

#include "memprof/base/text.h"

enum {
	MASK_5_DIGITS = 0xfffff,
	/* A short line may stand for many free blocks: without the board's word for it not for more. */
	BLOCKS_WITHOUT_TOTAL = 1 << 20,
};

/* What a symbol of a row stands for; 0: no symbol. The tail was `t` until v1.8.0, and `-` in trial
 * builds of May 2016. */
static const uint8_t symbols[256] = {
	['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',        ['e'] = 'e',        ['f'] = 'f',        ['g'] = 'g',
	['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k',        ['l'] = 'l',        ['m'] = 'm',        ['n'] = 'n',
	['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',        ['s'] = 's',        ['t'] = BLOCK_TAIL, ['u'] = 'u',
	['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',        ['z'] = 'z',        ['A'] = 'A',        ['B'] = 'B',
	['C'] = 'C', ['D'] = 'D', ['E'] = 'E', ['F'] = 'F',        ['G'] = 'G',        ['H'] = 'H',        ['I'] = 'I',
	['J'] = 'J', ['K'] = 'K', ['L'] = 'L', ['M'] = 'M',        ['N'] = 'N',        ['O'] = 'O',        ['P'] = 'P',
	['Q'] = 'Q', ['R'] = 'R', ['S'] = 'S', ['T'] = 'T',        ['U'] = 'U',        ['V'] = 'V',        ['W'] = 'W',
	['X'] = 'X', ['Y'] = 'Y', ['Z'] = 'Z', ['='] = BLOCK_TAIL, ['-'] = BLOCK_TAIL, ['.'] = BLOCK_FREE,
};

/* Letters that firmware is known to print; a short row must have no others, or any word after an
 * address would be one. */
static bool known_letter(char c) { return c && strchr("hTLDSAFBMmt=-.", c); }

static struct heap_area *last_area(const struct table *t) { return &t->pool->areas[t->pool->n_areas - 1]; }

void table_begin(struct table *t, struct heap *heap, struct heap_pool *pool)
{
	*t = (struct table){ .heap = heap, .pool = pool, .hint_bytes = t->hint_bytes };
}

void table_area(struct table *t, uint64_t base, uint64_t line)
{
	t->digits = 0;
	t->origin = t->lead_bytes = 0;
	t->lost = heap_add_area(t->pool, base) < 0;
	if (t->lost)
		heap_note(t->heap, HEAP_TOO_LARGE, line);
}

void table_loose_area(struct table *t, uint64_t printed, uint32_t digits, uint32_t step_bytes, uint64_t line)
{
	table_area(t, printed, line);
	heap_note(t->heap, HEAP_NO_BEGINNING, line);
	if (t->lost)
		return;
	last_area(t)->loose = true;
	t->origin = printed;
	t->digits = digits;
	if (t->pool->block_bytes == 0)
		t->pool->block_bytes = step_bytes / ROW_BLOCKS;
}

bool table_area_ended(const struct table *t) { return t->pool->n_areas > 0 && last_area(t)->n_blocks % ROW_BLOCKS; }

bool table_full(const struct table *t)
{
	uint64_t total = t->pool->reported.total_bytes;

	return total != NOT_KNOWN && t->pool->n_blocks > 0 && t->pool->block_bytes > 0 &&
	       (uint64_t)t->pool->n_blocks * t->pool->block_bytes >= total;
}

/* Whether n more blocks can still belong to this heap. */
static bool room_for(const struct table *t, uint64_t n_blocks)
{
	uint64_t total = t->pool->reported.total_bytes;
	uint64_t block_bytes = t->pool->block_bytes ? t->pool->block_bytes : 8;
	uint64_t most = total == NOT_KNOWN ? BLOCKS_WITHOUT_TOTAL : total / block_bytes;

	return n_blocks <= MIN(most, (uint64_t)HEAP_BLOCKS_MAX) - MIN(most, (uint64_t)t->pool->n_blocks);
}

/* The offset in bytes that the next row of the last area should have. */
static uint64_t expected(const struct table *t) { return (uint64_t)last_area(t)->n_blocks * t->pool->block_bytes; }

/* Whether a heap of this size can have such blocks: it is a multiple of four (py/gc.c, gc_setup_area:
 * four blocks a byte of the table). */
static bool may_have(const struct table *t, uint64_t block_bytes)
{
	uint64_t total = t->pool->reported.total_bytes;

	return total == NOT_KNOWN || total % (4 * block_bytes) == 0;
}

/* The block size from the first row that is not at the beginning of its area. Its address should be
 * that of the blocks so far (five digits of it); if no size makes it so, rows are missing, and it is
 * the largest size that leaves whole rows missing. The dump before this one is believed first. */
static bool learn_block_bytes(struct table *t, uint64_t offset, uint32_t digits)
{
	offset -= MIN(offset, t->lead_bytes);
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

/* The rows that are missing before the first one there is, once it is known how many they are. */
static void settle_lead(struct table *t, uint64_t line)
{
	uint64_t n_blocks = t->pool->block_bytes ? t->lead_bytes / t->pool->block_bytes : 0;

	if (t->lead_bytes % MAX(t->pool->block_bytes, 1u) || !room_for(t, n_blocks) ||
	    (n_blocks && heap_insert_unknown(t->pool, 0, (uint32_t)n_blocks) < 0))
		heap_note(t->heap, HEAP_TOO_LARGE, line);
	t->lead_bytes = 0;
}

/* The first step was over a missing row if the second is a half or a quarter of it: then blocks are
 * smaller, and the hole belongs after the first row. */
static void unlearn_block_bytes(struct table *t, uint64_t offset, uint64_t line)
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

/* Places a row of n_blocks with this printed address: makes the hole before it, if there is one. */
static enum table_answer place(struct table *t, uint64_t printed, uint32_t digits, size_t n_blocks, bool clean,
			       uint64_t line)
{
	struct heap_area *area = last_area(t);
	bool first = t->digits == 0;

	if (first) {
		t->digits = digits;
		if (digits == 5 && printed != 0 && area->n_blocks == 0 && printed == (area->base & MASK_5_DIGITS))
			t->origin = printed;
	} else if (digits != t->digits) {
		return TABLE_NOT_MINE;
	}
	if (t->origin)
		printed = (printed - t->origin) & (digits == 5 ? MASK_5_DIGITS : UINT64_MAX);
	if (t->pool->block_bytes == 0) {
		if (area->n_blocks == 0 && printed == 0)
			return TABLE_TAKEN;
		if (area->n_blocks == 0) {
			if (!clean)
				return TABLE_NOT_MINE;
			if (t->hint_bytes == 0) { /* the first rows are missing */
				heap_note(t->heap, HEAP_ROWS_MISSING, line);
				t->lead_bytes = printed;
				return TABLE_TAKEN;
			}
			t->pool->block_bytes = t->hint_bytes;
		} else if (!clean || !learn_block_bytes(t, printed, digits)) {
			heap_note(t->heap, printed ? HEAP_ROWS_MISSING : HEAP_ROW_TWICE, line);
			return TABLE_DAMAGED;
		} else if (t->lead_bytes) {
			settle_lead(t, line);
		}
	}
	uint64_t want = expected(t);
	if (digits == 5) /* wraps every MiB; holes are taken to be as small as can be */
		printed = want + ((printed - want) & MASK_5_DIGITS);
	if (printed == want) {
		t->n_steps += area->n_blocks > 0;
		return TABLE_TAKEN;
	}
	if (!clean) /* noise before the address: only the very next row is believed */
		return TABLE_NOT_MINE;
	if (printed > (uint64_t)ROW_BLOCKS * t->pool->block_bytes && printed < want)
		unlearn_block_bytes(t, printed, line);
	if (expected(t) == printed)
		return TABLE_TAKEN;
	uint64_t n_missing = (printed - want) / t->pool->block_bytes;
	if (printed < want || (printed - want) % t->pool->block_bytes ||
	    (digits == 5 && printed - want > MASK_5_DIGITS / 2) || !room_for(t, n_missing + n_blocks)) {
		heap_note(t->heap, HEAP_ROW_TWICE, line);
		return TABLE_DAMAGED;
	}
	heap_note(t->heap, HEAP_ROWS_MISSING, line);
	if (heap_append(t->pool, BLOCK_UNKNOWN, (uint32_t)n_missing) < 0) {
		heap_note(t->heap, HEAP_TOO_LARGE, line);
		return TABLE_DAMAGED;
	}
	return TABLE_TAKEN;
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool table_is_row(const char *text, size_t n_bytes, uint64_t *ret_address, uint32_t *ret_digits)
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

/* Finds "ADDRESS: " in a line: returns where its symbols begin, or NULL. Noise of other threads may
 * stand before the address and run into it, so its last digits count. */
static const char *find_address(const struct table *t, const char *text, const char *end, uint64_t *ret,
				uint32_t *ret_digits, bool *ret_clean)
{
	const char *colon = text;

	while ((colon = memchr(colon, ':', (size_t)(end - colon)))) {
		const char *p = colon;
		while (p > text && is_hex(p[-1]))
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

/* A row whose address is readable and whose symbols are not: unknown blocks, as many as there is room
 * for, so that an elision after it finds its place. */
static enum table_answer broken_row(struct table *t, uint64_t printed, uint32_t digits, uint64_t line)
{
	uint32_t n = ROW_BLOCKS;

	heap_note(t->heap, HEAP_ROWS_MISSING, line);
	if (t->pool->block_bytes == 0 || t->digits == 0)
		return TABLE_DAMAGED;
	while (n > 0 && !room_for(t, n))
		n--;
	if (n > 0 && place(t, printed, digits, n, true, line) == TABLE_TAKEN && room_for(t, n))
		heap_append(t->pool, BLOCK_UNKNOWN, n);
	return TABLE_DAMAGED;
}

enum table_answer table_row(struct table *t, const char *text, size_t n_bytes, uint64_t line)
{
	const char *end = text + n_bytes;
	uint64_t printed;
	uint32_t digits;
	bool clean;

	if (t->pool->n_areas == 0)
		return TABLE_NOT_MINE;
	const char *row = find_address(t, text, end, &printed, &digits, &clean);
	if (!row)
		return TABLE_NOT_MINE;
	size_t n = (size_t)(end - row);
	if (t->lost)
		return TABLE_DAMAGED;
	uint8_t kinds[ROW_BLOCKS];
	bool valid = n <= ROW_BLOCKS;
	for (size_t i = 0; i < MIN(n, (size_t)ROW_BLOCKS); i++) {
		kinds[i] = symbols[(uint8_t)row[i]];
		valid &= kinds[i] != 0;
	}
	for (size_t i = 0; valid && n < ROW_BLOCKS && i < n; i++)
		valid = known_letter(row[i]);
	if (!valid)
		return clean ? broken_row(t, printed, digits, line) : TABLE_NOT_MINE;
	enum table_answer answer = place(t, printed, digits, n, clean, line);
	if (answer != TABLE_TAKEN)
		return answer;
	uint8_t *at = room_for(t, n) ? heap_extend(t->pool, (uint32_t)n) : NULL;
	if (!at) {
		heap_note(t->heap, HEAP_TOO_LARGE, line);
		return TABLE_DAMAGED;
	}
	memcpy(at, kinds, n);
	return TABLE_TAKEN;
}

uint64_t table_is_elision(const char *text, size_t n_bytes)
{
	static const char words[] = " lines all free)";
	const char *end = text + n_bytes;
	uint64_t n_lines;

	if (n_bytes < sizeof(words) || *text != '(')
		return 0;
	const char *p = number_scan(text + 1, end, &n_lines);
	return p && text_starts(p, (size_t)(end - p), words) ? n_lines : 0;
}

enum table_answer table_free_rows(struct table *t, uint64_t n_lines, uint64_t line)
{
	if (t->pool->n_areas == 0 || t->lost)
		return TABLE_DAMAGED;
	if (n_lines == 0 || n_lines > HEAP_BLOCKS_MAX / ROW_BLOCKS || last_area(t)->n_blocks % ROW_BLOCKS ||
	    !room_for(t, n_lines * ROW_BLOCKS) ||
	    heap_append(t->pool, BLOCK_FREE, (uint32_t)n_lines * ROW_BLOCKS) < 0) {
		heap_note(t->heap, HEAP_BAD_ELISION, line);
		return TABLE_DAMAGED;
	}
	return TABLE_TAKEN;
}

enum table_answer table_elision(struct table *t, const char *text, size_t n_bytes, uint64_t line)
{
	uint64_t n_lines = table_is_elision(text, n_bytes);

	/* A number that is damaged or 0 is an elision all the same. */
	if (!n_lines && (n_bytes == 0 || *text != '(' || !text_find(text, n_bytes, " lines all free)")))
		return TABLE_NOT_MINE;
	return table_free_rows(t, n_lines, line);
}

void table_end(struct table *t, uint64_t line)
{
	struct heap_pool *pool = t->pool;
	uint64_t total = pool->reported.total_bytes;

	if (pool->n_areas == 0) {
		/* Statistics alone. They leave 16 as the block size when 32 contradicts them: a heap is
		 * a multiple of four blocks, and its longest free run is not longer than what is free. */
		const struct heap_reported *said = &pool->reported;
		bool not_32 = total != NOT_KNOWN && (total % 128 || (said->max_free_blocks != NOT_KNOWN &&
								     said->max_free_blocks > said->free_bytes / 32));
		if (not_32 && total % 64 == 0 &&
		    (said->max_free_blocks == NOT_KNOWN || said->max_free_blocks <= said->free_bytes / 16))
			pool->block_bytes = 16;
		else if (!not_32 || total == NOT_KNOWN)
			pool->block_bytes = t->hint_bytes;
		return;
	}
	if (pool->block_bytes == 0) {
		uint64_t n = pool->n_blocks;
		if (n && !t->lead_bytes && total != NOT_KNOWN && total % n == 0 && heap_block_bytes_ok(total / n))
			pool->block_bytes = (uint32_t)(total / n);
		else if (t->hint_bytes)
			pool->block_bytes = t->hint_bytes;
	}
	if (pool->block_bytes == 0) { /* kinds without a size are of no use to anyone */
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
