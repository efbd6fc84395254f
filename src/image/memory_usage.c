/* The table that GNU ld and lld print for --print-memory-usage (binutils ld/ldlang.c, lang_print_memory_usage;
 * LLVM lld/ELF/LinkerScript.cpp, printMemoryUsage), perhaps amid what a build says. It knows regions and nothing
 * else. */
#include <errno.h>

#include "map_reader.h"
#include "map_words.h"

static const char heading[] = "Memory region         Used Size  Region Size  %age Used";

/* "988 B", "4 KB": units are used where they divide exactly, so that nothing is rounded. */
static const char *size(const char *p, const char *end, uint64_t *ret)
{
	static const struct { const char *text; unsigned shift; } units[] = {
		{ "B", 0 }, { "KB", 10 }, { "MB", 20 }, { "GB", 30 }, { "TB", 40 },
	};
	uint64_t value;

	p = number_scan(skip_blanks(p, end), end, &value);
	if (!p)
		return NULL;
	p = skip_blanks(p, end);
	const char *unit_end = word_end(p, end);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!is_word(slice(p, unit_end), units[i].text))
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

	p = skip_blanks(p, end);
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

static int memory_usage_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want,
			     struct diag *diag)
{
	struct map_reader m;
	const char *p, *end;
	bool began = false;
	int r = 0;

	map_reader_init(&m, image, bytes, n_bytes, want, diag);
	while (r == 0 && map_lines_next(&m.in, &p, &end)) {
		if (!began)
			began = starts(skip_blanks(p, end), end, heading);
		else
			r = row(&m, p, end);
	}
	if (r < 0)
		return r;
	if (!image->n_regions)
		return diag_at(diag, map_lines_place(&m.in), -EINVAL, "no region stands below the heading of"
			       " --print-memory-usage: is the text cut?");
	image_note(image, "this is the table of --print-memory-usage: it tells how full the regions are; what they"
		   " hold is in the map (-Wl,-Map=FILE)");
	return 0;
}

static int memory_usage_probe(const char *head, size_t n_bytes)
{
	return text_find(head, n_bytes, heading) ? 85 : 0;
}

const struct image_format image_print_memory_usage = {
	.name = "print-memory-usage", .says = "table of the linker's --print-memory-usage: regions only",
	.probe = memory_usage_probe, .read = memory_usage_read,
};
