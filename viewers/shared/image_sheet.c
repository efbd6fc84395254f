#include "shared/image_sheet.h"

#include <inttypes.h>

#include "shared/image_words.h"

struct sheet {
	struct strbuf *out;
	const struct image_view *view;
	const struct sheet_format *format;
	size_t n_cells, n_rows, n_left_out; /* n_cells: of this row */
};

/* ---- cells ---- */

static void begin_cell(struct sheet *s)
{
	strbuf_puts(s->out, s->n_cells++ ? s->format->end_cell : s->format->begin_row);
}

static void text(struct sheet *s, const char *value)
{
	begin_cell(s);
	s->format->text(s->out, value ? value : "");
}

static void number(struct sheet *s, uint64_t value)
{
	begin_cell(s);
	if (value != NOT_KNOWN)
		s->format->number(s->out, value);
}

/* What may be below 0, as an overflowed region's free bytes. */
static void difference(struct sheet *s, bool known, int64_t value)
{
	begin_cell(s);
	if (known)
		strbuf_printf(s->out, "%" PRId64, value);
}

static void address(struct sheet *s, uint64_t value)
{
	begin_cell(s);
	if (value != NOT_KNOWN)
		strbuf_hex(s->out, value, 0);
}

static void end_row(struct sheet *s)
{
	strbuf_puts(s->out, s->format->end_row);
	s->n_cells = 0;
}

/* False: the row is one too many. */
static bool begin_row(struct sheet *s)
{
	if (s->n_rows >= s->view->n_top) {
		s->n_left_out++;
		return false;
	}
	s->n_rows++;
	return true;
}

/* ---- titles ---- */

struct column {
	const char *title;
	bool is_number;
};

static void titles(struct sheet *s, const struct column *columns, size_t n_columns, bool with_regions)
{
	const struct image *image = s->view->image;
	size_t n_regions = with_regions ? image->n_regions : 0;

	for (size_t i = 0; i < n_columns; i++)
		text(s, columns[i].title);
	for (size_t i = 0; i < n_regions; i++)
		text(s, image->regions[i].name);
	end_row(s);
	if (!s->format->rule)
		return;
	for (size_t i = 0; i < n_columns + n_regions; i++) {
		begin_cell(s);
		s->format->rule(s->out, i >= n_columns || columns[i].is_number);
	}
	end_row(s);
}

/* ---- tables ---- */

static void regions(struct sheet *s)
{
	static const struct column columns[] = { { "name", false }, { "origin", true },   { "length", true },
						 { "used", true },  { "reserved", true }, { "free", true } };
	const struct image *image = s->view->image;

	titles(s, columns, ARRAY_SIZE(columns), false);
	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (!image_wanted(s->view, r->name, r->used_bytes) || !begin_row(s))
			continue;
		text(s, r->name);
		address(s, r->origin);
		number(s, r->length_bytes);
		number(s, r->used_bytes);
		number(s, r->reserved_bytes);
		difference(s, r->length_bytes != NOT_KNOWN, image_region_free(r));
		end_row(s);
	}
}

static const char *kind_of(const struct image_section *section)
{
	bool is_copied = section->load_region != IMAGE_NONE && section->load_region != section->region;

	return section->reserved ? "reserved" : section->nobits ? "zeroed" : is_copied ? "copied" : "loaded";
}

static void sections(struct sheet *s)
{
	static const struct column columns[] = { { "name", false },       { "address", true }, { "size", true },
						 { "fill", true },        { "kind", false },   { "region", false },
						 { "load_region", false } };
	const struct image *image = s->view->image;

	titles(s, columns, ARRAY_SIZE(columns), false);
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *section = &image->sections[i];
		if (!section->alloc || !section->size_bytes ||
		    !image_wanted(s->view, section->name, section->size_bytes) || !begin_row(s))
			continue;
		text(s, section->name);
		address(s, section->vma);
		number(s, section->size_bytes);
		number(s, section->fill_bytes);
		text(s, kind_of(section));
		text(s, image_region_name(image, section->region));
		text(s, image_region_name(image, section->load_region));
		end_row(s);
	}
}

static void groups(struct sheet *s, const struct image_groups *g, bool objects)
{
	static const struct column columns[] = { { "name", false }, { "size", true } };

	titles(s, columns, ARRAY_SIZE(columns), true);
	for (size_t i = 0; i < g->n_groups; i++) {
		const struct image_group *row = &g->groups[i];
		struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (!image_wanted_group(s->view, row) || !begin_row(s))
			continue;
		strbuf_puts(&name, row->name);
		if (objects && row->member)
			strbuf_printf(&name, "(%s)", row->member);
		text(s, strbuf_text(&name));
		number(s, row->size_bytes);
		for (size_t k = 0; k < s->view->image->n_regions; k++)
			number(s, row->by_region[k]);
		end_row(s);
	}
}

static void components(struct sheet *s) { groups(s, s->view->components, false); }

static void archives(struct sheet *s) { groups(s, s->view->archives, false); }

static void objects(struct sheet *s) { groups(s, s->view->objects, true); }

static void sources(struct sheet *s) { groups(s, s->view->sources, false); }

static void symbol(struct sheet *s, const struct image_symbol *symbol)
{
	const struct image *image = s->view->image;
	const struct image_object *object = symbol->object == IMAGE_NONE ? NULL : &image->objects[symbol->object];
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	bool by_linker = s->view->names == NAMES_LINKAGE && symbol->linkage.n_bytes;
	struct image_slice shown = by_linker ? symbol->linkage : symbol->name;
	strbuf_add(&name, shown.text, shown.n_bytes);
	text(s, strbuf_text(&name));
	address(s, symbol->address);
	number(s, symbol->size_bytes);
	text(s, symbol->estimated ? "yes" : "no");
	text(s, symbol->section == IMAGE_NONE ? NULL : image->sections[symbol->section].name);
	strbuf_reset(&name);
	if (object)
		strbuf_puts(&name, object->path);
	if (object && object->member)
		strbuf_printf(&name, "(%s)", object->member);
	text(s, strbuf_text(&name));
	if (image->has_lines) {
		text(s, symbol->file);
		number(s, symbol->line ? symbol->line : NOT_KNOWN);
	}
	end_row(s);
}

static void symbols(struct sheet *s)
{
	static const struct column columns[] = { { "name", false },      { "address", true },  { "size", true },
						 { "estimated", false }, { "section", false }, { "object", false },
						 { "file", false },      { "line", true } };
	const struct image_view *v = s->view;

	titles(s, columns, ARRAY_SIZE(columns) - (v->image->has_lines ? 0 : 2), false);
	for (size_t i = 0; i < v->n_symbols; i++)
		if (image_wanted_symbol(v, v->symbols[i]) && begin_row(s))
			symbol(s, v->symbols[i]);
}

static void stack_row(struct sheet *s, const struct stack_row *row)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct image_slice name = stack_row_name(s->view, row);

	strbuf_add(&words, name.text, name.n_bytes);
	text(s, strbuf_text(&words));
	address(s, row->function->address);
	number(s, row->function->frame_bytes);
	number(s, row->deepest_bytes);
	strbuf_reset(&words);
	for (unsigned i = 0; i < N_STACK_WHY; i++)
		if (row->why >> i & 1)
			strbuf_printf(&words, "%s%s", words.n_bytes ? " " : "", stack_why_names[i]);
	text(s, strbuf_text(&words));
	text(s, row->is_called ? "yes" : "no");
	strbuf_reset(&words);
	stack_row_path(&words, s->view, row);
	text(s, strbuf_text(&words));
	text(s, row->symbol ? row->symbol->file : NULL);
	number(s, row->symbol && row->symbol->line ? row->symbol->line : NOT_KNOWN);
	end_row(s);
}

static void stack(struct sheet *s)
{
	static const struct column columns[] = { { "name", false },   { "address", true },   { "frame", true },
						 { "deepest", true }, { "at_least", false }, { "called", false },
						 { "path", false },   { "file", false },     { "line", true } };

	titles(s, columns, ARRAY_SIZE(columns), false);
	for (size_t i = 0; i < s->view->stack->n_rows; i++) {
		const struct stack_row *row = &s->view->stack->rows[s->view->stack->by_depth[i]];
		if (stack_row_wanted(s->view, row) && begin_row(s))
			stack_row(s, row);
	}
}

static void frozen(struct sheet *s)
{
	static const struct column columns[] = {
		{ "name", false }, { "size", true }, { "strings", true }, { "sha256", false }
	};
	const struct image *image = s->view->image;

	titles(s, columns, ARRAY_SIZE(columns), false);
	for (size_t i = 0; i < image->n_frozen; i++) {
		const struct image_frozen *f = &image->frozen[i];
		char hash[IMAGE_SHA256_CHARS + 1];
		if (!image_wanted(s->view, f->name, f->size_bytes) || !begin_row(s))
			continue;
		text(s, f->name);
		number(s, f->size_bytes);
		number(s, f->strings_bytes);
		text(s, image_sha256_text(f, hash));
		end_row(s);
	}
}

size_t image_sheet(struct strbuf *out, const struct image_view *view, const struct sheet_format *format)
{
	static void (*const tables[N_IMAGE_LISTS])(struct sheet * s) = {
		[IMAGE_REGIONS] = regions,   [IMAGE_SECTIONS] = sections, [IMAGE_COMPONENTS] = components,
		[IMAGE_ARCHIVES] = archives, [IMAGE_OBJECTS] = objects,   [IMAGE_SYMBOLS] = symbols,
		[IMAGE_FROZEN] = frozen,     [IMAGE_SOURCES] = sources,   [IMAGE_UNITS] = sources,
		[IMAGE_FOLDERS] = sources,   [IMAGE_STACK] = stack,
	};
	struct sheet s = { .out = out, .view = view, .format = format };

	for (size_t i = 0; i < N_IMAGE_LISTS; i++)
		if (view->lists & 1u << i && tables[i])
			tables[i](&s);
	return s.n_left_out;
}
