/* Maps of Cosmic's linker clnk, of STM8 and other small processors. It lists segments first, then what each module has
 * in which section; a library's member is "(library)member". Numbers are hexadecimal without a prefix, lengths decimal.
 */
#include <errno.h>
#include <string.h>

#include "map/reader.h"
#include "memprof/base/strbuf.h"

enum { SEGMENTS_MAX = 64 };

struct segment {
	struct image_slice name;
	uint64_t start, size_bytes;
	uint64_t lma;        /* NOT_KNOWN: the same */
	bool is_initialized; /* in RAM, from where the line ", from" says */
};

struct cosmic {
	struct map_reader m;
	struct segment segments[SEGMENTS_MAX + 1];
	size_t n_segments;
	const char *modules, *symbols; /* where these parts begin; NULL: not there */
};

/* "start 00008080 end 000080f6 length   118 segment .const": kind is " segment " or " section ". */
static bool scan_range(const char *p, const char *end, const char *kind, struct segment *ret)
{
	uint64_t values[2] = { 0 };

	for (size_t i = 0; i < 2; i++) {
		static const char *const words[] = { "start ", "end " };
		if (!starts(p, end, words[i]))
			return false;
		p = scan_hex_digits(p + strlen(words[i]), end, &values[i]);
		if (!p)
			return false;
	}
	p = text_find(p, (size_t)(end - p), kind);
	if (!p || values[1] < values[0])
		return false;
	p += strlen(kind);
	struct image_slice name = slice(p, word_end(p, end));
	if (name.n_bytes > 1 && name.text[name.n_bytes - 1] == ',')
		name.n_bytes--;
	*ret = (struct segment){ name, values[0], values[1] - values[0], NOT_KNOWN,
				 text_find(p, (size_t)(end - p), ", initialized") != NULL };
	return name.n_bytes > 0;
}

/* ".data, from", behind ".data, initialized": the same bytes, where they are stored. */
static bool is_stored(struct cosmic *c, const struct segment *from, const char *p, const char *end)
{
	if (!text_find(p, (size_t)(end - p), ", from"))
		return false;
	for (size_t i = 0; i < c->n_segments; i++) {
		struct segment *s = &c->segments[i];
		if (!s->is_initialized || s->lma != NOT_KNOWN || !slice_same(s->name, from->name))
			continue;
		s->lma = from->start;
		return true;
	}
	return false;
}

static bool is_of_tools(struct image_slice name) { return slice_starts(name, ".debug") || slice_starts(name, ".info"); }

static bool is_zeroed(struct image_slice name)
{
	static const char *const names[] = { ".bss", ".ubsct", ".share", ".bit" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

/* "Debug\main.o:", "(C:\lib\libm0.sm8)ldiv.o:". IMAGE_NONE without memory. */
static uint32_t object_of(struct cosmic *c, const char *p, const char *end)
{
	const char *close = end;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	while (close > p && close[-1] != ')') /* the last one: a folder may be called "Program Files (x86)" */
		close--;
	if (*p == '(' && close > p)
		strbuf_printf(&name, "%.*s(%.*s)", (int)(close - p - 2), p + 1, (int)(end - close), close);
	else
		strbuf_add(&name, p, (size_t)(end - p));
	return strbuf_error(&name) ? IMAGE_NONE : image_object(c->m.image, strbuf_text(&name), name.n_bytes);
}

/* One pass over the modules for each segment: lines belong to the section that is open. */
static int read_segment(struct cosmic *c, const struct segment *segment, const char *end_of_map)
{
	struct map_lines in;
	struct image_section *s;
	const char *p, *end;
	uint32_t object = OBJECT_LINKER;
	int r = map_begin_section(&c->m, segment->name, segment->start, segment->size_bytes, &s);

	if (r < 0)
		return r;
	s->alloc = !is_of_tools(segment->name);
	s->nobits = is_zeroed(segment->name);
	s->lma = segment->lma;
	map_lines_init(&in, c->m.image->name, c->modules, (size_t)(end_of_map - c->modules));
	while (r >= 0 && map_lines_next(&in, &p, &end) && p < c->symbols) {
		struct segment part;
		if (end > p && end[-1] == ':')
			object = object_of(c, p, end - 1);
		if (object == IMAGE_NONE)
			return -ENOMEM;
		if (scan_range(p, end, " section ", &part) && slice_same(part.name, segment->name) && part.size_bytes &&
		    part.start >= segment->start && part.start - segment->start < segment->size_bytes)
			r = map_add_line(&c->m, part.name, object, part.start, part.size_bytes);
	}
	return r < 0 ? r : map_end_section(&c->m);
}

/* "_main   00008149   defined in Debug\main.o section .text" */
static int symbol_line(struct cosmic *c, const char *p, const char *end)
{
	const char *name_end = word_end(p, end), *at = skip_blanks(name_end, end);
	uint64_t address;

	if (name_end == p || !text_find(at, (size_t)(end - at), " defined in ") || !scan_hex_digits(at, end, &address))
		return 0;
	return map_add_symbol(&c->m, slice(p, name_end), address, NOT_KNOWN);
}

static int find_parts(struct cosmic *c)
{
	const char *p, *end;

	while (map_lines_next(&c->m.in, &p, &end)) {
		struct image_slice word = slice(skip_blanks(p, end), end);
		if (slice_is(word, "Modules"))
			c->modules = c->modules ? c->modules : end;
		else if (slice_is(word, "Symbols"))
			c->symbols = c->symbols ? c->symbols : end;
		else if (c->modules && !c->symbols && text_find(p, (size_t)(end - p), "*** removed ***"))
			c->m.image->n_discarded++;
		else if (!c->modules && scan_range(p, end, " segment ", &c->segments[c->n_segments]) &&
			 !is_stored(c, &c->segments[c->n_segments], p, end) && ++c->n_segments > SEGMENTS_MAX)
			return diag_at(c->m.diag, map_lines_place(&c->m.in), -EINVAL,
				       "more than %d segments, which no link has", SEGMENTS_MAX);
	}
	return c->modules && c->symbols > c->modules ? 0 : map_truncated(&c->m, "before its symbols");
}

static int cosmic_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct cosmic c = { .n_segments = 0 };
	struct map_lines in;
	const char *p, *end;

	map_reader_init(&c.m, image, bytes, n_bytes, want, diag);
	image->locate_symbols = true;
	image->derive_symbols = c.m.want_symbols;
	int r = find_parts(&c);
	for (size_t i = 0; i < c.n_segments && r == 0; i++)
		if (c.segments[i].size_bytes)
			r = read_segment(&c, &c.segments[i], bytes + n_bytes);
	if (r < 0)
		return r;
	map_lines_init(&in, image->name, c.symbols, (size_t)(bytes + n_bytes - c.symbols));
	while (r == 0 && c.m.want_symbols && map_lines_next(&in, &p, &end))
		r = symbol_line(&c, p, end);
	return r;
}

static int cosmic_probe(const char *head, size_t n_bytes)
{
	return text_find(head, n_bytes, "Map of ") && text_find(head, n_bytes, " from link file ") ? 90 : 0;
}

const struct image_format image_cosmic = {
	.name = "cosmic",
	.summary = "map of Cosmic's linker (clnk -m FILE), of STM8",
	.probe = cosmic_probe,
	.read = cosmic_read,
};
