#include "console/heap_caps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "console/scan.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

static const char list_name[] = "idf_heap_info";

enum { LIST_MAX = 64 }; /* regions; no chip has a quarter as many */

static void name(struct heap_pool *pool, const char *list, uint32_t n)
{
	snprintf(pool->name, sizeof(pool->name), "%.11s.%u", list, (unsigned)(n % 1000));
	pool->begins_list = n == 0;
}

/* Of a region, or of all: total, free, largest, least free. */
static struct heap_pool figures(const char *name, const uint64_t n[4])
{
	struct heap_pool pool = heap_pool_named(name, POOL_CAPS);

	pool.reported.total_bytes = n[0];
	pool.reported.free_bytes = n[1];
	pool.reported.largest_free_bytes = n[2];
	pool.reported.least_free_bytes = n[3];
	return pool;
}

/* ---- heap_caps_print_heap_info ---- */

static bool read_summary(struct heap_caps *s, const struct plain_line *line)
{
	static const char words[] = "Heap summary for capabilities 0x";
	const char *end = line->text + line->n_bytes;
	uint64_t caps = 0;

	if (!text_starts(line->text, line->n_bytes, words))
		return false;
	number_scan_hex(line->text + strlen(words), end, &caps);
	if (!s->any_caps)
		s->first_caps = caps;
	s->any_caps = true;
	s->n_pools = 0;
	if (caps == s->first_caps)
		s->caps_name[0] = '\0';
	else
		snprintf(s->caps_name, sizeof(s->caps_name), "-%" PRIx32, (uint32_t)caps);
	return true;
}

static bool read_region(struct heap_caps *s, const struct plain_line *line)
{
	static const char words[] = "At 0x";
	const char *end = line->text + line->n_bytes;
	uint64_t start, n[4];

	if (!text_starts(line->text, line->n_bytes, words))
		return false;
	const char *p = line->text + sizeof(words) - 1;
	p = p < end ? number_scan_hex(p, end, &start) : NULL;
	if (!p || scan(p, end, " len # free # allocated # min_free #", n, 4) != 4)
		return false;
	s->pool = figures("", (uint64_t[]){ n[0], n[1], NOT_KNOWN, n[3] });
	s->pool.reported.used_bytes = n[2];
	s->pool.start = start;
	s->has_first_line = true;
	return true;
}

static bool read_blocks(struct heap_caps *s, const struct plain_line *line)
{
	uint64_t n[4];

	if (!s->has_first_line || scan(line->text, line->text + line->n_bytes,
				       "largest_free_block # alloc_blocks # free_blocks # total_blocks #", n, 4) != 4)
		return false;
	s->pool.reported.largest_free_bytes = n[0];
	return true;
}

/* ---- idf_heap_info ---- */

/* "(79912, 35712, 35512, 35108)": total, free, largest, least free. Free is at most total, and the other two are at
 * most free. */
static const char *read_tuple(const char *p, const char *end, uint64_t n[4])
{
	p = scan_start(p, end, "(#, #, #, #)", n);
	return p && n[0] > 0 && n[1] <= n[0] && n[2] <= n[1] && n[3] <= n[1] ? p : NULL;
}

/* Whether the whole line is tuples, up to the end of the list or a comma. */
static bool is_list(const char *p, const char *end, bool *ret_continues)
{
	uint64_t sizes[4];

	for (int n = 0; n < LIST_MAX && (p = read_tuple(p, end, sizes)); n++) {
		*ret_continues = p < end && *p == ',';
		if (p < end && (*p == ']' || *p == ',') && p + 1 == end)
			return true;
		if (!*ret_continues || p + 1 == end || p[1] != ' ')
			return false;
		p += 2;
	}
	return false;
}

static bool read_list(struct heap_caps *s, const struct plain_line *line)
{
	const char *p = line->text, *end = p + line->n_bytes;
	bool named = text_starts(p, line->n_bytes, list_name);

	if (named) {
		p += strlen(list_name);
		p += p < end && *p == ' ';
	}
	bool begins = (s->announced || named) && text_starts(p, (size_t)(end - p), "[(");
	if (!begins && !s->in_list)
		return false;
	p += begins;
	if (!is_list(p, end, &s->in_list)) {
		s->in_list = false;
		return false;
	}
	if (begins)
		s->n_pools = 0;
	s->p = p;
	s->end = end;
	return true;
}

/* ---- sums over all regions, in one line ---- */

static bool read_utop(struct heap_caps *s, const struct plain_line *line)
{
	static const struct {
		const char *word, *name;
	} heaps[] = { { "IDF heap (data): ", "idf-data" }, { "IDF heap (exec): ", "idf-exec" } };
	uint64_t n[5];

	for (size_t i = 0; i < ARRAY_SIZE(heaps); i++) {
		size_t n_word = strlen(heaps[i].word);
		if (!text_starts(line->text, line->n_bytes, heaps[i].word) ||
		    scan(line->text + n_word, line->text + line->n_bytes,
			 "# regions, # total, # free, # largest contiguous, # min free watermark", n, 5) != 5 ||
		    n[2] > n[1] || n[3] > n[2] || n[4] > n[2])
			continue;
		s->pool = figures(heaps[i].name, n + 1);
		return true;
	}
	return false;
}

/* esp_get_minimum_free_heap_size() and heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT), which are the same. */
static bool read_least(struct heap_caps *s, const struct plain_line *line)
{
	uint64_t least;

	if (scan_from(line->text, line->n_bytes, "Minimum free heap size: ", "# bytes", &least, 1) != 1 &&
	    scan_from(line->text, line->n_bytes, "min heap size: ", "#", &least, 1) != 1)
		return false;
	s->pool = heap_pool_named("idf", POOL_CAPS);
	s->pool.reported.least_free_bytes = least;
	return true;
}

/* Sums over the regions of a summary. */
static bool is_totals(const struct plain_line *line)
{
	uint64_t n[4];

	return scan(line->text, line->text + line->n_bytes, "free # allocated # min_free # largest_free_block #", n,
		    4) == 4;
}

static bool read_line(struct heap_caps *s, const struct raw_line *raw, const struct plain_line *line)
{
	if (!strchr("Al[(Hif", *line->text)) {
		s->has_first_line = s->in_list = false;
		s->has_sums = line->words & LINE_OF_FIGURES && !plain_line_may_be_cut(raw, line) &&
			      (read_utop(s, line) || read_least(s, line));
		return s->has_sums;
	}
	if (plain_line_may_be_cut(raw, line))
		return false;
	if (read_summary(s, line))
		return true;
	if (read_blocks(s, line) || (s->n_pools > 0 && is_totals(line)))
		return true;
	s->has_first_line = false;
	return read_region(s, line) || read_list(s, line);
}

bool heap_caps_read(struct heap_caps *s, const struct raw_line *raw, const struct plain_line *line)
{
	if (line->n_bytes == 0)
		return false;
	bool taken = !line->prompt && read_line(s, raw, line);

	if (!taken && line->words & LINE_OF_IDF)
		s->is_exec = text_find(line->text, line->n_bytes, "HEAP_EXEC") != NULL;
	s->announced = !taken && line->words & LINE_OF_IDF && text_find(line->text, line->n_bytes, list_name);
	return taken;
}

bool heap_caps_next(struct heap_caps *s, struct heap_pool *ret)
{
	uint64_t n[4];

	if (s->has_sums) {
		s->has_sums = false;
		*ret = s->pool;
	} else if (s->has_first_line && s->pool.reported.largest_free_bytes != NOT_KNOWN) {
		s->has_first_line = false;
		*ret = s->pool;
		char list[sizeof("caps") + sizeof(s->caps_name)];
		snprintf(list, sizeof(list), "caps%s", s->caps_name);
		name(ret, list, s->n_pools++);
	} else if (s->p) {
		const char *p = read_tuple(s->p, s->end, n);
		s->p = p && s->end - p > 2 ? p + 2 : NULL;
		if (!p)
			return false;
		*ret = figures("", n);
		name(ret, s->is_exec ? "idf-exec" : "idf", s->n_pools++);
	} else {
		return false;
	}
	return true;
}
