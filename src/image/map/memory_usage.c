/* The table that GNU ld and lld print for --print-memory-usage (binutils ld/ldlang.c, lang_print_memory_usage; LLVM
 * lld/ELF/LinkerScript.cpp, printMemoryUsage), also inside the log of a build, and the errors about overflowed regions
 * beside it (ld/ldlang.c, lang_check_section_addresses and os_region_check; lld/ELF/LinkerScript.cpp,
 * checkMemoryRegions). It has regions and nothing else. */
#include <errno.h>
#include <inttypes.h>

#include "map/reader.h"
#include "map/words.h"
#include "memprof/base/strbuf.h"

static const char heading[] = "Memory region         Used Size  Region Size  %age Used";

enum { OVERFLOWS_MAX = 32, NAME_MAX_BYTES = 64 }; /* more are left out; longer names are truncated */

/* "region `FLASH' overflowed by 3705 bytes", "section `.text' will not fit in region `FLASH'". */
struct overflow {
	char region[NAME_MAX_BYTES], section[NAME_MAX_BYTES]; /* section "": not in the line */
	uint64_t over_bytes;                                  /* 0: not in the line */
};

struct usage {
	struct map_reader m;
	uint64_t n_tables;
	struct overflow overflows[OVERFLOWS_MAX]; /* since the table before: errors come before or after their table */
	size_t n_overflows, n_before;             /* n_before: of these, before the heading of the table */
};

/* ---- rows ---- */

/* "988 B", "4 KB": only units that divide exactly are used, so nothing is rounded. */
static const char *size(const char *p, const char *end, uint64_t *ret)
{
	static const struct {
		const char *text;
		unsigned shift;
	} units[] = {
		{ "B", 0 }, { "KB", 10 }, { "MB", 20 }, { "GB", 30 }, { "TB", 40 },
	};
	uint64_t value;

	p = number_scan(skip_blanks(p, end), end, &value);
	if (!p)
		return NULL;
	p = skip_blanks(p, end);
	const char *unit_end = word_end(p, end);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!slice_is(slice(p, unit_end), units[i].text))
			continue;
		if (value > (NOT_KNOWN - 1) >> units[i].shift)
			return NULL;
		*ret = value << units[i].shift;
		return unit_end;
	}
	return NULL;
}

/* "FLASH:   988 B   128 KB   0.75%"; an empty region has no percentage. 1: not a row. */
static int row(struct map_reader *m, const char *p, const char *end)
{
	uint64_t used_bytes, length_bytes;

	const char *colon = memchr(p, ':', (size_t)(end - p));
	const char *at = colon && colon > p ? size(colon + 1, end, &used_bytes) : NULL;
	at = at ? size(at, end, &length_bytes) : NULL;
	if (!at)
		return 1;
	struct image_region *r = map_add_region(m, slice(p, colon), NOT_KNOWN, length_bytes);
	if (!r)
		return -ENOMEM;
	r->used_bytes = r->sections_bytes = used_bytes;
	return 0;
}

/* ---- overflows ---- */

/* Reads NAME of "WORD `NAME'" or, of lld, "WORD 'NAME'"; returns what follows, or NULL. */
static const char *quoted(const char *p, const char *end, const char *word, char ret[NAME_MAX_BYTES])
{
	p = text_find(p, (size_t)(end - p), word);
	if (!p)
		return NULL;
	p += strlen(word);
	if (end - p < 3 || (*p != '`' && *p != '\''))
		return NULL;
	const char *quote = memchr(p + 1, '\'', (size_t)(end - p - 1));
	if (!quote)
		return NULL;
	text_copy(ret, NAME_MAX_BYTES, p + 1, (size_t)(quote - p - 1));
	return quote + 1;
}

static bool read_overflow(const char *p, const char *end, struct overflow *ret)
{
	static const char by[] = "overflowed by ";
	if (!text_find(p, (size_t)(end - p), "region "))
		return false;
	const char *section = quoted(p, end, "section ", ret->section);
	const char *fit = section ? text_find(section, (size_t)(end - section), "will not fit in region ") : NULL;
	const char *region = quoted(fit ? fit : p, end, "region ", ret->region);

	if (!region)
		return false;
	if (!fit)
		ret->section[0] = '\0';
	const char *over = text_find(region, (size_t)(end - region), by);
	ret->over_bytes = 0;
	return (over && number_scan(over + sizeof(by) - 1, end, &ret->over_bytes) && ret->over_bytes) || fit;
}

/* lld has a line for each section from the first on that does not fit, and repeats them: the last one of a region is
 * the total. GNU ld has a line without a number for each section, then one with the total. */
static void take_overflow(struct usage *u, const char *p, const char *end)
{
	struct overflow read;

	if (!read_overflow(p, end, &read))
		return;
	for (size_t i = u->n_before; i < u->n_overflows; i++) {
		struct overflow *o = &u->overflows[i];
		if (!read.over_bytes || !o->over_bytes || strcmp(o->region, read.region) != 0)
			continue;
		*o = read;
		return;
	}
	if (u->n_overflows < OVERFLOWS_MAX)
		u->overflows[u->n_overflows++] = read;
}

/* The figures of GNU ld's table include the overflow. */
static void add_overflow(struct image *image, const struct overflow *o)
{
	struct image_region *r = NULL;

	for (size_t i = 0; i < image->n_regions && !r; i++)
		r = strcmp(image->regions[i].name, o->region) == 0 ? &image->regions[i] : NULL;
	if (o->over_bytes && r && r->used_bytes <= r->length_bytes && o->over_bytes < NOT_KNOWN - r->length_bytes)
		r->used_bytes = r->sections_bytes = r->length_bytes + o->over_bytes;
	if (o->section[0])
		image_note(image, "the linker reports: section %s does not fit into region %s", o->section, o->region);
	else if (!r)
		image_note(image,
			   "the linker reports: region %s overflowed by %" PRIu64 " bytes; the table does not have it",
			   o->region, o->over_bytes);
}

/* Without a table the overflowed region is known, but not its contents. */
static int refuse_overflow(const struct usage *u)
{
	static const char hint[] =
		"give memprof the map (-Wl,-Map=FILE) for its contents; the linker writes it nevertheless";
	struct strbuf totals CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct overflow *first = &u->overflows[0];
	struct place at = map_lines_place(&u->m.in);

	for (size_t i = 0; i < u->n_overflows; i++)
		if (u->overflows[i].over_bytes)
			strbuf_printf(&totals, "%s %s overflowed by %" PRIu64 " bytes",
				      totals.n_bytes ? ", region" : "region", u->overflows[i].region,
				      u->overflows[i].over_bytes);
	return totals.n_bytes ?
		       diag_at(u->m.diag, at, -EINVAL, "the linker reports: %s; %s", strbuf_text(&totals), hint) :
		       diag_at(u->m.diag, at, -EINVAL, "the linker reports: section %s does not fit into region %s; %s",
			       first->section, first->region, hint);
}

/* ---- the format ---- */

/* The last of several tables counts: a build may link more than once. */
static void begin_table(struct usage *u)
{
	u->m.image->n_regions = 0;
	u->n_tables++;
	u->n_overflows -= u->n_before;
	memmove(u->overflows, u->overflows + u->n_before, u->n_overflows * sizeof(*u->overflows));
	u->n_before = u->n_overflows;
}

static int memory_usage_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct usage u = { .n_tables = 0 };
	char line[LOG_LINE_MAX_BYTES];
	const char *p, *end;
	int r = 0;

	map_reader_init(&u.m, image, bytes, n_bytes, want, diag);
	while (r >= 0 && log_lines_next(&u.m.in, line, &p, &end)) {
		if (starts(p, end, heading)) {
			begin_table(&u);
			continue;
		}
		r = u.n_tables ? row(&u.m, p, end) : 1;
		if (r == 1)
			take_overflow(&u, p, end);
	}
	if (r < 0)
		return r;
	if (!u.n_tables && u.n_overflows)
		return refuse_overflow(&u);
	if (!image->n_regions)
		return diag_at(diag, map_lines_place(&u.m.in), -EINVAL,
			       "no region below the heading of --print-memory-usage: is the text truncated?");
	for (size_t i = 0; i < u.n_overflows; i++)
		add_overflow(image, &u.overflows[i]);
	if (u.n_tables > 1)
		image_note(image, "%" PRIu64 " tables of --print-memory-usage; this is the last one", u.n_tables);
	image_note(image,
		   "the table of --print-memory-usage has only the use of regions; their contents are in the map"
		   " (-Wl,-Map=FILE)");
	return 0;
}

static int memory_usage_probe(const char *head, size_t n_bytes)
{
	struct map_lines in;
	char line[LOG_LINE_MAX_BYTES];
	const char *p, *end;
	struct overflow overflow;
	int sure = 0;

	if (!text_find(head, n_bytes, "region"))
		return 0;
	map_lines_init(&in, NULL, head, n_bytes);
	while (log_lines_next(&in, line, &p, &end)) {
		if (starts(p, end, heading))
			return 85;
		if (!sure && read_overflow(p, end, &overflow))
			sure = 40;
	}
	return sure;
}

const struct image_format image_print_memory_usage = {
	.name = "print-memory-usage",
	.summary = "table of the linker's --print-memory-usage: regions only",
	.in_logs = true,
	.probe = memory_usage_probe,
	.read = memory_usage_read,
};
