/* The table that GNU ld and lld print for --print-memory-usage (binutils ld/ldlang.c, lang_print_memory_usage;
 * LLVM lld/ELF/LinkerScript.cpp, printMemoryUsage), perhaps amid what a build says, and beside it the lines in which
 * they say that a region overflowed (ld/ldlang.c, lang_check_section_addresses and os_region_check;
 * lld/ELF/LinkerScript.cpp, checkMemoryRegions). It knows regions and nothing else. */
#include <errno.h>
#include <inttypes.h>

#include "map/log_lines.h"
#include "map/reader.h"
#include "map/words.h"

static const char heading[] = "Memory region         Used Size  Region Size  %age Used";

enum { SAID_MAX = 32, SAID_NAME_MAX_BYTES = 64 }; /* more are left out; longer ones are cut */

/* "region `FLASH' overflowed by 3705 bytes", "section `.text' will not fit in region `FLASH'". */
struct said {
	char region[SAID_NAME_MAX_BYTES], section[SAID_NAME_MAX_BYTES]; /* "": the line does not tell it */
	uint64_t over_bytes;                                            /* 0: it does not tell it */
};

struct usage {
	struct map_reader m;
	uint64_t n_tables;
	struct said said[SAID_MAX]; /* what is said of a table stands before or behind it: that since the one before */
	size_t n_said, n_said_before; /* n_said_before: of these, what stood before the table's heading */
};

/* ---- rows ---- */

/* "988 B", "4 KB": units are used where they divide exactly, so that nothing is rounded. */
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

/* "FLASH:   988 B   128 KB   0.75%", where the percentage of a region without bytes is missing. 1: no row. */
static int row(struct map_reader *m, const char *p, const char *end)
{
	uint64_t used_bytes, length_bytes;

	const char *colon = memchr(p, ':', (size_t)(end - p));
	const char *at = colon && colon > p ? size(colon + 1, end, &used_bytes) : NULL;
	at = at ? size(at, end, &length_bytes) : NULL;
	if (!at)
		return 1;
	struct image_region *r = image_add_region(m->image);
	if (!r)
		return map_no_memory(m);
	r->name = arena_text(&m->image->arena, p, (size_t)(colon - p));
	r->attributes = "";
	r->origin = NOT_KNOWN;
	r->length_bytes = length_bytes;
	r->used_bytes = r->sections_bytes = used_bytes;
	return 0;
}

/* ---- what the linker says of them ---- */

/* Behind "WORD `NAME'" or, of lld, "WORD 'NAME'". */
static const char *quoted(const char *p, const char *end, const char *word, char ret[SAID_NAME_MAX_BYTES])
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
	text_copy(ret, SAID_NAME_MAX_BYTES, p + 1, (size_t)(quote - p - 1));
	return quote + 1;
}

static bool read_said(const char *p, const char *end, struct said *ret)
{
	static const char by[] = "overflowed by ";
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

static void hear(struct usage *u, const char *p, const char *end)
{
	struct said said = { "", "", 0 };

	if (u->n_said < SAID_MAX && text_find(p, (size_t)(end - p), "region ") && read_said(p, end, &said))
		u->said[u->n_said++] = said;
}

static struct image_region *region_called(struct image *image, const char *name)
{
	for (size_t i = 0; i < image->n_regions; i++)
		if (strcmp(image->regions[i].name, name) == 0)
			return &image->regions[i];
	return NULL;
}

/* GNU ld's table has what overflows in its figures already. */
static void add_said(struct image *image, const struct said *said)
{
	struct image_region *r = region_called(image, said->region);

	if (said->over_bytes && r && r->used_bytes <= r->length_bytes && said->over_bytes < NOT_KNOWN - r->length_bytes)
		r->used_bytes = r->sections_bytes = r->length_bytes + said->over_bytes;
	if (said->section[0])
		image_note(image, "the linker says that section %s does not fit into region %s", said->section,
			   said->region);
	else if (!r)
		image_note(image,
			   "the linker says that region %s overflowed by %" PRIu64
			   " bytes; the table does not"
			   " have it",
			   said->region, said->over_bytes);
}

/* Without a table: who overflowed is known, and by what is not. */
static int refuse_alone(const struct usage *u)
{
	const struct said *first = &u->said[0];
	struct place at = map_lines_place(&u->m.in);

	for (size_t i = 0; i < u->n_said && !first->over_bytes; i++)
		first = &u->said[i];
	if (!first->over_bytes)
		return diag_at(u->m.diag, at, -EINVAL,
			       "the linker says that section %s does not fit into region %s; give"
			       " memprof the map (-Wl,-Map=FILE): ld writes it all the same",
			       first->section, first->region);
	return diag_at(u->m.diag, at, -EINVAL,
		       "the linker says that region %s overflowed by %" PRIu64
		       " bytes; give"
		       " memprof the map (-Wl,-Map=FILE), which tells by what: ld writes it all the same",
		       first->region, first->over_bytes);
}

/* ---- the format ---- */

/* Of several tables the last counts: a build may link more than once. */
static void begin_table(struct usage *u)
{
	u->m.image->n_regions = 0;
	u->n_tables++;
	memmove(u->said, u->said + u->n_said_before, (u->n_said - u->n_said_before) * sizeof(*u->said));
	u->n_said -= u->n_said_before;
	u->n_said_before = u->n_said;
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
			hear(&u, p, end);
	}
	if (r < 0)
		return r;
	if (!u.n_tables && u.n_said)
		return refuse_alone(&u);
	if (!image->n_regions)
		return diag_at(diag, map_lines_place(&u.m.in), -EINVAL,
			       "no region stands below the heading of"
			       " --print-memory-usage: is the text cut?");
	for (size_t i = 0; i < u.n_said; i++)
		add_said(image, &u.said[i]);
	if (u.n_tables > 1)
		image_note(image, "it has %" PRIu64 " tables of --print-memory-usage; this is the last one",
			   u.n_tables);
	image_note(image,
		   "this is the table of --print-memory-usage: it tells how full the regions are; what they"
		   " hold is in the map (-Wl,-Map=FILE)");
	return 0;
}

static int memory_usage_probe(const char *head, size_t n_bytes)
{
	struct map_lines in;
	char line[LOG_LINE_MAX_BYTES];
	const char *p, *end;
	struct said said;
	int sure = 0;

	if (!text_find(head, n_bytes, "region"))
		return 0;
	map_lines_init(&in, NULL, head, n_bytes);
	while (log_lines_next(&in, line, &p, &end)) {
		if (starts(p, end, heading))
			return 85;
		if (!sure && text_find(p, (size_t)(end - p), "region ") && read_said(p, end, &said))
			sure = 40;
	}
	return sure;
}

const struct image_format image_print_memory_usage = {
	.name = "print-memory-usage",
	.says = "table of the linker's --print-memory-usage: regions only",
	.in_logs = true,
	.probe = memory_usage_probe,
	.read = memory_usage_read,
};
