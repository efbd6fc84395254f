#include "memprof/objects/interpreter.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum {
	PIECE_WORDS = 2048,
	BACK_BYTES = 4096, /* from an area to sys.modules; 872 seen */
	DICT_WORDS = 4,    /* type, flags and used, room, table (py/obj.h, mp_obj_dict_t) */
	ENTRIES_MAX = 1 << 16,
	KEYS = 64, /* of a table that are looked at */
	WORDS_MAX = BACK_BYTES / 4,
	TABLE_PIECE_BYTES = 4096,
	TRIES_MAX = 1024, /* of places that look like a heap, or like two dicts before one; 1 seen */
};

struct search {
	struct memory_reader *r;
	const struct reader_range *ram;
	size_t n_ram;
	struct interpreter *found;
	unsigned *n_tries;
};

static bool in_ram(const struct search *s, uint64_t address, uint64_t n_bytes)
{
	return reader_ranges_have(s->ram, s->n_ram, address, n_bytes);
}

static struct gc_areas_extent extent_of(const struct search *s)
{
	return (struct gc_areas_extent){ .total_bytes = NOT_KNOWN, .ram = s->ram, .n_ram = s->n_ram };
}

/* n_words, at most WORDS_MAX. */
static int read_words(const struct search *s, uint64_t address, size_t n_words, uint64_t *ret)
{
	uint8_t bytes[WORDS_MAX * 8];
	size_t n_bytes = n_words * s->r->word_bytes;
	int error = reader_allow(s->r, address, n_bytes);

	if (error == 0)
		error = reader_read(s->r, address, n_bytes, bytes);
	if (error == 0)
		reader_words(s->r->word_bytes, bytes, n_words, ret);
	return error == -ERANGE ? -EFAULT : error;
}

/* ---- areas ---- */

static int add_areas(const struct search *s, const struct gc_area *first)
{
	const struct gc_areas_extent extent = extent_of(s);
	struct gc_areas *areas = &s->found->areas;
	struct diag diag = { 0 };
	uint64_t next;
	int error = read_words(s, first->address - s->r->word_bytes, 1, &next);

	if (error == 0)
		error = gc_areas_follow(s->r, first, next, &extent, areas, &diag);
	s->found->ids.total_bytes = areas->total_bytes;
	s->found->ids.lacks_areas = areas->lacks;
	return error;
}

/* Counts the blocks in use. */
static int count_table(const struct search *s, const struct gc_area *area)
{
	uint8_t bytes[TABLE_PIECE_BYTES];
	unsigned before = 0;
	int error = 0;

	for (uint64_t at = 0; at < area->n_table_bytes && error == 0; at += sizeof(bytes)) {
		size_t n = (size_t)MIN(area->n_table_bytes - at, sizeof(bytes));
		error = reader_read(s->r, area->table + at, n, bytes);
		for (size_t i = 0; i < 4 * n && error == 0; i++) {
			unsigned code = bytes[i / 4] >> i % 4 * 2 & 3;
			s->found->ids.used_bytes += code ? area->block_bytes : 0;
			s->found->collects |= code == 3 || (code == 2 && before == 0);
			before = code;
		}
	}
	return error;
}

static int read_moment(const struct search *s, const struct gc_area *first)
{
	int error = add_areas(s, first);

	s->found->ids.used_bytes = 0;
	s->found->collects = false;
	for (size_t i = 0; i < s->found->areas.n_areas && error == 0; i++)
		error = count_table(s, &s->found->areas.areas[i]);
	return error;
}

/* ---- sys.modules and the globals of __main__ ---- */

static bool in_pools(const struct search *s, uint64_t address, uint64_t n_bytes)
{
	for (size_t i = 0; i < s->found->areas.n_areas; i++) {
		const struct gc_area *area = &s->found->areas.areas[i];
		if (address >= area->pool && address <= area->pool_end && n_bytes <= area->pool_end - address)
			return true;
	}
	return false;
}

static bool is_dict(const struct search *s, const uint64_t *words)
{
	uint64_t type = words[0], used = words[1] >> DICT_FLAGS_MAX, room = words[2], table = words[3];

	return type != 0 && type % s->r->word_bytes == 0 && !in_pools(s, type, 0) && room > 0 && room <= ENTRIES_MAX &&
	       used <= room && in_pools(s, table, room * 2 * s->r->word_bytes);
}

/* A type of this type: 1, and its own type; 0: it is none; errors of the reader. */
static int read_type(const struct search *s, uint64_t address, uint64_t *ret)
{
	int error = read_words(s, address, 1, ret);

	if (error == 0 && (*ret == 0 || *ret % s->r->word_bytes || in_pools(s, *ret, 0)))
		return 0;
	uint64_t type = error == 0 ? *ret : 0, its_type = 0;
	if (error == 0)
		error = read_words(s, type, 1, &its_type);
	return error == -EFAULT ? 0 : error < 0 ? error : its_type == type;
}

/* Whether the table has the keys that its dict counts; one may be about to come. Before 1.20 two lists lie behind the
 * dicts, sys.path and sys.argv, and look like them but for this. 1; 0; errors of the reader. */
static int has_keys(const struct search *s, const uint64_t *dict)
{
	uint64_t words[2 * KEYS], n_keys = 0;
	size_t n = (size_t)MIN(dict[2], KEYS);
	int error = read_words(s, dict[3], 2 * n, words);

	for (size_t i = 0; i < n; i++)
		n_keys += error == 0 && !is_empty_key(words[2 * i]);
	if (error < 0 || dict[2] > KEYS)
		return error < 0 ? error : 1;
	for (unsigned shift = DICT_FLAGS; shift <= DICT_FLAGS_MAX; shift++)
		if (dict[1] >> shift == n_keys || dict[1] >> shift == n_keys + 1)
			return 1;
	return 0;
}

/* Two dicts of one type: 1 if they are an interpreter's; 0; errors of the reader. */
static int check_dicts(const struct search *s, const uint64_t *modules, const uint64_t *globals)
{
	int found = read_type(s, globals[0], &s->found->ids.id_type);

	if (found == 1)
		found = has_keys(s, modules);
	return found == 1 ? has_keys(s, globals) : found;
}

/* Globals that end at words[i_end], and sys.modules before them: as check_dicts. */
static int find_modules(const struct search *s, const uint64_t *words, size_t i_end, uint64_t start)
{
	const uint64_t word = s->r->word_bytes, *globals = words + i_end - DICT_WORDS;
	int found = 0;

	for (size_t n = DICT_WORDS; found == 0 && n <= GC_GLOBALS_WORDS && n + DICT_WORDS <= i_end; n++) {
		const uint64_t *modules = globals - n;
		if (modules[0] != globals[0] || !is_dict(s, modules) || (*s->n_tries)++ >= TRIES_MAX)
			continue;
		s->found->ids.id_modules = start + (uint64_t)(modules - words) * word;
		s->found->ids.id_globals = start + (uint64_t)(globals - words) * word;
		found = check_dicts(s, modules, globals);
	}
	return found;
}

/* Two dicts before the area: 1 if it is an interpreter's; 0; errors of the reader. */
static int find_dicts(const struct search *s, const struct gc_area *area)
{
	uint64_t words[WORDS_MAX], word = s->r->word_bytes, start = area->address - word;
	size_t n_words = 0;

	while (n_words * word < BACK_BYTES && in_ram(s, start - word, word)) {
		start -= word;
		n_words++;
	}
	int found = read_words(s, start, n_words, words);
	for (size_t i = n_words; found == 0 && i >= 2 * (size_t)DICT_WORDS; i--)
		if (is_dict(s, words + i - DICT_WORDS))
			found = find_modules(s, words, i, start);
	return found;
}

/* ---- the search ---- */

/* 1: it is an interpreter's; 0; errors of the reader. */
static int try_area(const struct search *s, const struct gc_area *area)
{
	const struct gc_areas_extent extent = extent_of(s);
	const struct memory_reader before = *s->r;

	if (!in_ram(s, area->address - s->r->word_bytes, s->r->word_bytes) || !gc_area_is_near(area, &extent) ||
	    (*s->n_tries)++ >= TRIES_MAX)
		return 0;
	int found = add_areas(s, area);
	if (found == 0)
		found = find_dicts(s, area);
	int error = found == 1 ? read_moment(s, area) : 0; /* which takes longer */
	if (found == 1 && error == 0)
		return 1;
	memcpy(s->r->ranges, before.ranges, sizeof(before.ranges)); /* what is only of this one stays unread */
	s->r->n_ranges = before.n_ranges;
	error = found < 0 ? found : error;
	return error == -EFAULT || error == -ENOENT ? 0 : error;
}

static int search_range(const struct search *s, const struct reader_range *range)
{
	uint64_t words[PIECE_WORDS], word = s->r->word_bytes, end = range->start + range->n_bytes;
	const uint64_t n_tail = GC_AREA_WORDS -
				2; /* an area that begins in the last words is found in the next piece */
	uint8_t bytes[PIECE_WORDS * 8];
	struct gc_area area;
	int found = 0;

	for (uint64_t at = (range->start + word - 1) / word * word; found == 0 && at < end;
	     at += (PIECE_WORDS - n_tail) * word) {
		size_t n = (size_t)MIN((end - at) / word, PIECE_WORDS);
		found = n ? reader_read(s->r, at, n * word, bytes) : 0;
		if (found == 0)
			reader_words(s->r->word_bytes, bytes, n, words);
		for (size_t i = 0; found == 0 && i + n_tail < n; i++)
			if (gc_area_read(s->r->word_bytes, at + i * word, words + i, n - i, &area))
				found = try_area(s, &area);
	}
	return found;
}

int interpreter_find(struct memory_reader *r, const struct reader_range *ram, size_t n_ram, struct interpreter *ret,
		     struct diag *diag)
{
	unsigned n_tries = 0;
	const struct search s = { r, ram, n_ram, ret, &n_tries };
	uint64_t n_bytes = 0;
	int found = 0;

	*ret = (struct interpreter){ .ids = { .word_bytes = r->word_bytes, .free_bytes = NOT_KNOWN } };
	for (size_t i = 0; i < n_ram && found == 0; i++) {
		n_bytes += ram[i].n_bytes;
		found = reader_allow(r, ram[i].start, ram[i].n_bytes);
		if (found == 0)
			found = search_range(&s, &ram[i]);
		else if (found == -ERANGE) /* beyond the last address of such words */
			found = 0;
	}
	return found < 0  ? found :
	       found == 1 ? 0 :
			    diag_set(diag, -ENOENT,
				     "no MicroPython in %" PRIu64 " KiB of RAM: has it started, and is that its RAM?",
				     n_bytes / 1024);
}

int interpreter_update(struct memory_reader *r, const struct reader_range *ram, size_t n_ram, struct interpreter *in,
		       struct diag *diag)
{
	unsigned n_tries = 0;
	const struct search s = { r, ram, n_ram, in, &n_tries };
	const struct gc_area before = in->areas.areas[0];
	uint64_t words[GC_AREA_WORDS];
	struct gc_area area;
	int error = read_words(&s, before.address, GC_AREA_WORDS - 1, words);

	if (error == 0 && !gc_area_read(r->word_bytes, before.address, words, GC_AREA_WORDS - 1, &area))
		return diag_set(diag, -ENOENT, "the heap is not where it was: did the board restart?");
	return error < 0 ? error : read_moment(&s, &area);
}
