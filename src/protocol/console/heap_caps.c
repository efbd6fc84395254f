#include "console/heap_caps.h"

#include <stdio.h>
#include <string.h>

#include "console/scan.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

static const char list_name[] = "idf_heap_info";

enum { LIST_MAX = 64 }; /* of one list; no chip has a quarter of that */

static void name(struct event_pool *pool, const char *list, uint32_t n)
{
	snprintf(pool->name, sizeof(pool->name), "%s.%u", list, (unsigned)n);
}

/* ---- heap_caps_print_heap_info ---- */

static bool read_region(struct regions *s, const struct console_line *line)
{
	static const char words[] = "At 0x";
	const char *end = line->text + line->n_bytes;
	struct event_pool *pool = &s->region;
	uint64_t said[4];

	if (!text_starts(line->text, line->n_bytes, words))
		return false;
	*pool = (struct event_pool){ .kind = POOL_CAPS };
	const char *p = line->text + sizeof(words) - 1;
	p = p < end ? number_scan_hex(p, end, &pool->start) : NULL;
	if (!p || scan(p, end, " len # free # allocated # min_free #", said, 4) != 4)
		return false;
	pool->total_bytes = said[0];
	pool->free_bytes = said[1];
	pool->used_bytes = said[2];
	pool->min_free_bytes = said[3];
	pool->largest_free_bytes = NOT_KNOWN;
	s->half = true;
	return true;
}

static bool read_blocks(struct regions *s, const struct console_line *line)
{
	uint64_t said[4];

	if (!s->half || scan(line->text, line->text + line->n_bytes,
			     "largest_free_block # alloc_blocks # free_blocks # total_blocks #", said, 4) != 4)
		return false;
	s->region.largest_free_bytes = said[0];
	return true;
}

/* ---- idf_heap_info ---- */

/* "(79912, 35712, 35512, 35108)": sizes of ESP-IDF are multiples of four, and each of them is not above
 * the one before it, but that nobody says how largest and least are to each other. */
static const char *read_tuple(const char *p, const char *end, uint64_t said[4])
{
	p = scan_start(p, end, "(#, #, #, #)", said);
	if (!p || said[0] == 0 || said[1] > said[0] || said[2] > said[1] || said[3] > said[1])
		return NULL;
	return (said[0] | said[1] | said[2] | said[3]) % 4 == 0 ? p : NULL;
}

/* Whether all of a line is tuples, up to the end of the list or a comma. */
static bool is_list(const char *p, const char *end, bool *ret_goes_on)
{
	uint64_t said[4];

	for (int n = 0; n < LIST_MAX && (p = read_tuple(p, end, said)); n++) {
		*ret_goes_on = p < end && *p == ',';
		if (p < end && (*p == ']' || *p == ',') && p + 1 == end)
			return true;
		if (!*ret_goes_on || p + 1 == end || p[1] != ' ')
			return false;
		p += 2;
	}
	return false;
}

static bool read_list(struct regions *s, const struct console_line *line)
{
	const char *p = line->text, *end = p + line->n_bytes;
	bool named = text_starts(p, line->n_bytes, list_name);

	if (named) {
		p += strlen(list_name);
		p += p < end && *p == ' ';
	}
	bool begins = (s->asked || named) && text_starts(p, (size_t)(end - p), "[(");
	if (!begins && !s->in_list)
		return false;
	p += begins;
	if (!is_list(p, end, &s->in_list)) {
		s->in_list = false;
		return false;
	}
	if (begins)
		s->n_told = 0;
	s->p = p;
	s->end = end;
	return true;
}

static bool read_line(struct regions *s, const struct line *raw, const struct console_line *line)
{
	if (!strchr("Al[(Hi", *line->text)) {
		s->half = s->in_list = false;
		return false;
	}
	if (console_may_be_cut(raw, line))
		return false;
	if (text_starts(line->text, line->n_bytes, "Heap summary for capabilities 0x")) {
		s->n_told = 0;
		return true;
	}
	if (read_blocks(s, line))
		return true;
	s->half = false;
	return read_region(s, line) || read_list(s, line);
}

bool regions_read(struct regions *s, const struct line *raw, const struct console_line *line)
{
	if (line->n_bytes == 0)
		return false;
	bool taken = !line->prompt && read_line(s, raw, line);

	s->asked = !taken && text_find(line->text, line->n_bytes, list_name);
	return taken;
}

bool regions_next(struct regions *s, struct event_pool *ret)
{
	uint64_t said[4];

	if (s->half && s->region.largest_free_bytes != NOT_KNOWN) {
		s->half = false;
		*ret = s->region;
		name(ret, "caps", s->n_told++);
	} else if (s->p) {
		const char *p = read_tuple(s->p, s->end, said);
		s->p = p && s->end - p > 2 ? p + 2 : NULL;
		if (!p)
			return false;
		*ret = (struct event_pool){ .kind = POOL_CAPS,
					    .start = NOT_KNOWN,
					    .total_bytes = said[0],
					    .used_bytes = NOT_KNOWN,
					    .free_bytes = said[1],
					    .largest_free_bytes = said[2],
					    .min_free_bytes = said[3] };
		name(ret, "idf", s->n_told++);
	} else {
		return false;
	}
	return true;
}
