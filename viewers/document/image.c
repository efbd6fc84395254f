/* What a firmware puts where: a table for each list that is asked for. */
#include "document/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"
#include "shared/image_words.h"
#include "text/cut.h"

enum { MANY_REGIONS = 12 };

#define EXACT_TABLE(heading, list, fill) \
	&(struct doc_table) { .title = (heading), DOC_COLUMNS(list), .row = (fill), .exact = true }

/* A slice as the text of a cell. */
static void set_slice(struct doc_row *row, size_t i, struct image_slice slice)
{
	strbuf_add(doc_make(row, i), slice.text, slice.n_bytes);
}

/* ---- regions ---- */

enum { R_NAME, R_ORIGIN, R_LENGTH, R_USED, R_PERCENT, R_RESERVED_KEY, R_RESERVED, R_FREE };

static const struct doc_column region_columns[] = {
	[R_NAME] = { "name", "region", DOC_TEXT, .is_name = true },
	[R_ORIGIN] = { "origin", "origin", DOC_ADDRESS, .drop = 1 },
	[R_LENGTH] = { "length", "length", DOC_SIZE, .drop = 1 },
	[R_USED] = { "used", "used", DOC_SIZE },
	[R_PERCENT] = { NULL, "%", DOC_PERCENT, .drop = 2 },
	[R_RESERVED_KEY] = { .key = "reserved" },
	[R_RESERVED] = { NULL, "reserved", DOC_SIZE, .drop = 3 },
	[R_FREE] = { "free", "free", DOC_BALANCE },
};

static void fill_region(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_region *r = image_rows_item(ctx, i, sizeof(*r));
	const struct image *image = image_rows_image(ctx);
	int64_t free_bytes = image_region_free(r);
	bool is_shared = image_region_is_shared_out(image, (uint32_t)(r - image->regions));

	ret->cells[R_NAME] = DOC_T(r->name);
	ret->cells[R_ORIGIN] = DOC_AT(r->origin);
	ret->cells[R_LENGTH] = DOC_BYTES(r->length_bytes);
	ret->cells[R_USED] = DOC_BYTES(r->used_bytes);
	ret->cells[R_RESERVED_KEY] = DOC_BYTES(r->reserved_bytes);
	ret->cells[R_RESERVED] = DOC_BYTES(r->reserved_bytes ? r->reserved_bytes : NOT_KNOWN);
	if (r->length_bytes == NOT_KNOWN)
		return;
	ret->cells[R_FREE] = DOC_LEFT(free_bytes);
	if (free_bytes < 0)
		ret->cells[R_FREE].role = ROLE_WARNING;
	if (r->length_bytes && !is_shared && (!r->window || free_bytes < 0))
		ret->cells[R_PERCENT] = doc_share(r->used_bytes, r->length_bytes);
}

/* What the columns do not say. */
static void say_region(struct document *d, const struct image_view *v, uint32_t i)
{
	const struct image *image = v->image;
	const struct image_region *r = &image->regions[i];

	if (image_region_is_shared_out(image, i))
		doc_item(d, DOC_T(r->name), DOC_T(" is shared out among others"));
	else if (r->window && image_region_free(r) >= 0)
		doc_item(d, DOC_T(r->name), DOC_T(" is a window onto flash"));
	if (r->gaps_bytes)
		doc_item(d, DOC_T(r->name), DOC_T(": used includes "), DOC_BYTES(r->gaps_bytes), DOC_T(" of gaps"),
			 DOC_T(r->behind_gap == IMAGE_NONE ? " between sections" : ", the widest before "),
			 DOC_T(r->behind_gap == IMAGE_NONE ? "" : image->sections[r->behind_gap].name));
	if (r->reserved_bytes)
		doc_item(d, DOC_T(r->name), DOC_T(": used includes "), DOC_BYTES(r->reserved_bytes),
			 DOC_T(" reserved for heap and stack"));
	if (i == v->rooms->stack_region && !r->used_bytes)
		doc_item(d, DOC_T(r->name), DOC_T(" is for the stack"));
	if (r->inside != IMAGE_NONE)
		doc_item(d, DOC_T(r->name), DOC_T(" lies in "), DOC_T(image->regions[r->inside].name));
}

static size_t add_regions(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	const struct image_view *shown = image_rows_top(d, v, v->by_chance ? SIZE_MAX : v->n_top);
	struct image_rows rows;
	size_t n_unused = 0;

	if (!shown)
		return 0;
	image_rows_init(&rows, d, shown, image->regions, image->n_regions);
	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		bool is_many = image->n_regions > MANY_REGIONS && !image_shows_only(v, IMAGE_REGIONS);
		if (image_wanted(v, r->name, r->used_bytes) && !r->used_bytes && is_many)
			n_unused++;
		else if (image_wanted(v, r->name, r->used_bytes))
			image_rows_add(&rows, i, r->used_bytes);
	}
	image_rows_end(d, &rows, EXACT_TABLE("Regions", region_columns, fill_region));
	for (size_t i = 0; i < rows.n_rows; i++)
		say_region(d, v, rows.i_items[i]);
	if (n_unused)
		doc_item(d, DOC_N(n_unused), DOC_T(" more, all unused; --by region shows them"));
	return rows.n_all + n_unused;
}

/* ---- sections ---- */

enum { S_NAME, S_ADDRESS, S_SIZE, S_FILL, S_KIND, S_REGION, S_LOAD_REGION, S_WHERE, S_LOAD };

static const struct doc_column section_columns[] = {
	[S_NAME] = { "name", "section", DOC_TEXT, .is_name = true },
	[S_ADDRESS] = { "address", "address", DOC_ADDRESS },
	[S_SIZE] = { "size", "size", DOC_SIZE, .has_bar = true },
	[S_FILL] = { "fill", "fill", DOC_SIZE },
	[S_KIND] = { .key = "kind" },
	[S_REGION] = { .key = "region" },
	[S_LOAD_REGION] = { .key = "load_region" },
	[S_WHERE] = { NULL, "where", DOC_TEXT, .columns_max = 34 },
	[S_LOAD] = { .kind = DOC_TEXT, .page_head = "loaded from" },
};

static const char *kind_of(const struct image_section *s)
{
	bool is_copied = s->load_region != IMAGE_NONE && s->load_region != s->region;

	return s->reserved ? "reserved" : s->nobits ? "zeroed" : is_copied ? "copied" : "loaded";
}

/* "RAM, from FLASH", "RAM, zeroed" */
static void place_of(struct strbuf *out, const struct image *image, const struct image_section *s)
{
	const char *region = s->region != IMAGE_NONE ? image->regions[s->region].name :
			     image->n_regions        ? "outside every region" :
						       "";
	const char *kind = s->reserved    ? "reserved" :
			   s->placeholder ? "placeholder" :
			   s->tls         ? "per thread" :
			   s->nobits      ? "zeroed" :
					    "";

	strbuf_puts(out, region);
	if (s->load_region != IMAGE_NONE)
		strbuf_printf(out, ", from %s", image->regions[s->load_region].name);
	else if (*kind)
		strbuf_printf(out, "%s%s", *region ? ", " : "", kind);
}

static void fill_section(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_section *s = image_rows_item(ctx, i, sizeof(*s));
	const struct image *image = image_rows_image(ctx);

	ret->cells[S_NAME] = DOC_T(s->name);
	ret->cells[S_ADDRESS] = DOC_AT(s->vma);
	ret->cells[S_SIZE] = DOC_BYTES(s->size_bytes);
	ret->cells[S_FILL] = DOC_BYTES(s->fill_bytes);
	ret->cells[S_KIND] = DOC_T(kind_of(s));
	ret->cells[S_REGION] = doc_text_or_none(image_region_name(image, s->region));
	ret->cells[S_LOAD_REGION] = doc_text_or_none(image_region_name(image, s->load_region));
	place_of(doc_make(ret, S_WHERE), image, s);
	ret->cells[S_LOAD] = DOC_AT(s->lma == s->vma ? NOT_KNOWN : s->lma);
}

static bool wants_section(const struct image_view *v, const struct image_section *s)
{
	return s->alloc && s->size_bytes && image_wanted(v, s->name, s->size_bytes);
}

static int by_size_down(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x > y ? -1 : x < y;
}

/* The size of the smallest section that is shown, where only the largest are asked for; else, and without memory, 0. */
static uint64_t least_shown(const struct image_view *v)
{
	const struct image *image = v->image;
	size_t n = 0, n_top = v->n_top;
	uint64_t *sizes = v->by_chance || n_top >= image->n_sections ? NULL :
								       malloc(image->n_sections * sizeof(*sizes));

	if (!sizes)
		return 0;
	for (size_t i = 0; i < image->n_sections; i++)
		if (wants_section(v, &image->sections[i]))
			sizes[n++] = image->sections[i].size_bytes;
	qsort(sizes, n, sizeof(*sizes), by_size_down);
	uint64_t least = n_top > 0 && n_top < n ? sizes[n_top - 1] : 0;
	free(sizes);
	return least;
}

/* In the order of addresses, also where only the largest are asked for. */
static size_t add_sections(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	uint64_t least_bytes = least_shown(v), more_bytes = 0;
	const struct image_view *all = image_rows_top(d, v, SIZE_MAX);
	struct image_rows rows;
	size_t n_more = 0;
	bool by_rule = false;

	if (!all)
		return 0;
	image_rows_init(&rows, d, all, image->sections, image->n_sections);
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!wants_section(v, s))
			continue;
		by_rule |= !s->by_elf;
		if (s->size_bytes >= least_bytes) {
			image_rows_add(&rows, i, s->size_bytes);
		} else {
			n_more++;
			more_bytes += s->size_bytes;
		}
	}
	image_rows_end(d, &rows, EXACT_TABLE("Sections", section_columns, fill_section));
	image_rows_more(d, n_more, more_bytes, v);
	if (by_rule && image_has_objects(image))
		doc_item(d, DOC_FAINT("\"zeroed\" is guessed from names; --elf FILE makes it certain."));
	return rows.n_all;
}

/* ---- symbols ---- */

enum { Y_KEY, Y_ADDRESS, Y_SIZE, Y_ABOUT, Y_SIGN, Y_NAME, Y_KIND, Y_SECTION, Y_PART, Y_OBJECT, Y_FILE, Y_LINE, Y_FROM };

static const struct doc_column symbol_columns[] = {
	[Y_KEY] = { .key = "name" },
	[Y_ADDRESS] = { "address", "address", DOC_ADDRESS },
	[Y_SIZE] = { "size", "size", DOC_SIZE, .has_bar = true },
	[Y_ABOUT] = { .key = "estimated" },
	[Y_SIGN] = { NULL, "~", DOC_TEXT },
	[Y_NAME] = { NULL, "symbol", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
	[Y_KIND] = { .kind = DOC_TEXT, .page_head = "kind" },
	[Y_SECTION] = { "section", NULL, DOC_TEXT, .page_head = "section" },
	[Y_PART] = { .kind = DOC_TEXT, .page_head = "component" },
	[Y_OBJECT] = { "object", NULL, DOC_TEXT, .page_head = "object" },
	[Y_FILE] = { .key = "file" },
	[Y_LINE] = { .key = "line" },
	[Y_FROM] = { NULL, "from", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 28 },
};

/* Its line, else its object without the folder; "" if neither is known. */
static void add_origin(struct strbuf *out, const struct image *image, const struct image_symbol *s)
{
	if (s->file) {
		strbuf_puts(out, s->file);
		strbuf_putc(out, ':');
		strbuf_decimal(out, s->line);
	} else if (s->object != IMAGE_NONE) {
		const struct image_object *o = &image->objects[s->object];
		const char *slash = strrchr(o->path, '/'), *backslash = strrchr(slash ? slash : o->path, '\\');
		const char *before = backslash ? backslash : slash;
		strbuf_printf(out, o->member ? "%s(%s)" : "%s", before ? before + 1 : o->path, o->member);
	}
}

static void fill_symbol(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_rows *rows = ctx;
	const struct image_view *v = rows->v;
	const struct image_symbol *s = v->symbols[rows->i_items[i]];
	const struct image_object *o = s->object == IMAGE_NONE ? NULL : &v->image->objects[s->object];
	struct image_slice name = v->names == NAMES_LINKAGE && s->linkage.n_bytes ? s->linkage : s->name;

	set_slice(ret, Y_NAME, name);
	ret->cells[Y_KEY] = DOC_T(strbuf_text(&ret->made[Y_NAME]));
	ret->cells[Y_ADDRESS] = DOC_AT(s->address);
	ret->cells[Y_SIZE] = DOC_BYTES(s->size_bytes);
	ret->cells[Y_ABOUT] = DOC_T(s->estimated ? "yes" : "no");
	if (s->estimated)
		ret->cells[Y_SIGN] = DOC_T("~");
	if (s->section != IMAGE_NONE)
		ret->cells[Y_SECTION] = DOC_T(v->image->sections[s->section].name);
	if (o)
		image_set_object(ret, Y_OBJECT, o->path, o->member);
	ret->cells[Y_FILE] = doc_text_or_none(s->file);
	ret->cells[Y_LINE] = DOC_N(s->line ? s->line : NOT_KNOWN);
	ret->cells[Y_PART] = doc_text_or_none(image_component_of(v, s->object));
	ret->cells[Y_KIND] = doc_text_or_none(s->kind == 'f' ? "function" : s->kind == 'o' ? "object" : NULL);
	if (s->file || !v->is_page) /* which has the object in a column of its own */
		add_origin(doc_make(ret, Y_FROM), v->image, s);
}

static size_t add_symbols(struct document *d, const struct image_view *v)
{
	struct doc_column *columns = doc_columns(d, symbol_columns, ARRAY_SIZE(symbol_columns));
	struct image_rows rows;

	if (!columns)
		return 0;
	if (!v->image->has_lines)
		columns[Y_FILE].key = columns[Y_LINE].key = NULL;
	columns[Y_NAME].whole = v->names != NAMES_SHORT;
	image_rows_init(&rows, d, v, NULL, v->n_symbols);
	for (size_t i = 0; i < v->n_symbols; i++)
		if (image_wanted_symbol(v, v->symbols[i]))
			image_rows_add(&rows, i, v->symbols[i]->size_bytes);
	return image_rows_end(d, &rows,
			      &(struct doc_table){ .title = "Symbols",
						   .columns = columns,
						   .n_columns = ARRAY_SIZE(symbol_columns),
						   .row = fill_symbol,
						   .exact = true });
}

/* ---- frozen modules ---- */

enum { F_NAME, F_SIZE, F_STRINGS, F_SHA256, F_HASH, F_SOURCE };

static const struct doc_column frozen_columns[] = {
	[F_NAME] = { "name", "module", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	[F_SIZE] = { "size", "size", DOC_SIZE },
	[F_STRINGS] = { "strings", NULL, DOC_SIZE, .page_head = "strings" },
	[F_SHA256] = { .key = "sha256" },
	[F_HASH] = { NULL, "sha256", DOC_TEXT },
	[F_SOURCE] = { NULL, "kind", DOC_TEXT, .drop = 1 },
};

static void fill_frozen(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_frozen *f = image_rows_item(ctx, i, sizeof(*f));
	char text[IMAGE_SHA256_CHARS + 1];
	const char *hash = image_sha256_text(f, text);

	ret->cells[F_NAME] = DOC_T(f->name);
	ret->cells[F_SIZE] = DOC_BYTES(f->size_bytes);
	ret->cells[F_STRINGS] = DOC_N(f->strings_bytes);
	if (hash)
		strbuf_puts(doc_make(ret, F_SHA256), hash);
	if (((const struct image_rows *)ctx)->v->sha256)
		strbuf_puts(doc_make(ret, F_HASH), hash ? hash : "(unknown; the ELF has it)");
	if (f->source)
		ret->cells[F_SOURCE] = DOC_T("source text");
}

/* What the component has beside its modules: names, constants and tables that several of them use. */
static uint64_t shared_frozen_bytes(const struct image_view *v, uint64_t modules_bytes)
{
	for (size_t i = 0; i < v->components->n_groups; i++)
		if (strcmp(v->components->groups[i].name, "frozen modules") == 0)
			return v->components->groups[i].size_bytes -
			       MIN(modules_bytes, v->components->groups[i].size_bytes);
	return 0;
}

static size_t add_frozen(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	const struct image_qstr *q = &image->qstr;
	bool is_all = !v->filter && !v->min_bytes;
	uint64_t modules_bytes = 0;
	struct doc_column *columns = doc_columns(d, frozen_columns, ARRAY_SIZE(frozen_columns));
	struct image_rows rows;

	image_rows_init(&rows, d, v, image->frozen, image->n_frozen);
	for (size_t i = 0; i < image->n_frozen; i++) {
		const struct image_frozen *f = &image->frozen[i];
		if (!image_wanted(v, f->name, f->size_bytes))
			continue;
		modules_bytes += f->size_bytes;
		image_rows_add(&rows, i, f->size_bytes);
	}
	if (columns) {
		columns[F_NAME].whole = v->sha256; /* beside a hash a name would be too short to be read */
		image_rows_end(d, &rows,
			       &(struct doc_table){ .title = "Frozen modules",
						    .columns = columns,
						    .n_columns = ARRAY_SIZE(frozen_columns),
						    .row = fill_frozen });
	}
	uint64_t shared_bytes = is_all ? shared_frozen_bytes(v, modules_bytes) : 0;
	if (rows.n_all && shared_bytes)
		doc_item(d, DOC_BYTES(modules_bytes + shared_bytes), DOC_T(" in all, "), DOC_BYTES(shared_bytes),
			 DOC_T(" of it shared: names, constants and tables of all modules"));
	else if (rows.n_all)
		doc_item(d, DOC_BYTES(modules_bytes), DOC_T(" in all"));
	if (is_all && q->n_pools && (rows.n_all || !v->is_page)) /* else it would stand below another table */
		doc_item(d, DOC_OF(q->n_strings, "interned string"), DOC_T(" in flash, in "),
			 DOC_OF(q->n_pools, "pool"), DOC_T(": "),
			 DOC_BYTES(q->tables_bytes + (q->texts_bytes == NOT_KNOWN ? 0 : q->texts_bytes)),
			 DOC_T(q->texts_bytes == NOT_KNOWN ? " without their texts" : ""));
	return rows.n_all;
}

/* ---- gaps, in pages ---- */

enum { P_ADDRESS, P_SIZE, P_REGION };

static const struct doc_column gap_columns[] = {
	[P_ADDRESS] = { NULL, "address", DOC_ADDRESS, .is_name = true },
	[P_SIZE] = { NULL, "size", DOC_SIZE, .has_bar = true },
	[P_REGION] = { NULL, "region", DOC_TEXT },
};

static void fill_gap(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image *image = ctx;

	ret->cells[P_ADDRESS] = DOC_AT(image->gaps[i].start);
	ret->cells[P_SIZE] = DOC_BYTES(image->gaps[i].size_bytes);
	ret->cells[P_REGION] = DOC_T(image->regions[image->gaps[i].region].name);
}

/* ---- all of it ---- */

static void say_nothing(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;

	if (v->filter || v->min_bytes)
		doc_tell(d, DOC_FINE, DOC_T("No row fits --filter or --min."));
	else if (image_shows_only(v, IMAGE_FROZEN) && !v->elf_name && strcmp(image->format, "elf") != 0)
		doc_tell(d, DOC_FINE,
			 DOC_T("This map names no frozen modules; the ELF of the same build does: --elf FILE."));
	else if (image_shows_only(v, IMAGE_FROZEN))
		doc_tell(d, DOC_FINE, DOC_T("No frozen modules in it."));
	else if (image_shows_only(v, IMAGE_ARCHIVES) && image_has_objects(image))
		doc_tell(d, DOC_FINE, DOC_T("No object of it is from an archive."));
	else if (image_shows_only(v, IMAGE_STACK))
		doc_tell(
			d, DOC_FINE,
			DOC_T("This ELF has no call frames: it is built without -g, or stripped. --su takes the .su and .ci files that GCC writes with -fstack-usage and -fcallgraph-info=su."));
	else
		doc_tell(d, DOC_FINE, DOC_T("This input ("), DOC_T(image->format), DOC_T(") lists none."));
}

/* An ELF tells of files for its static symbols only: no picture of what fills it, but there for who asks. */
static bool is_left_out(const struct image_view *v, unsigned list)
{
	bool of_objects = list == IMAGE_COMPONENTS || list == IMAGE_OBJECTS;

	return of_objects && !image_shows_only(v, list) && strcmp(v->image->format, "elf") == 0;
}

/* "Largest symbol: main, 120 B", of the rows that are shown; "*linker*" and the like only where there is no other. */
static void answer_asked(struct document *d, const struct image_view *v, const struct doc_table *t)
{
	const char *title = t->title + (image_shows_only(v, IMAGE_STACK) ? 0 : 1);
	struct doc_row row = { .depth = 0 };
	struct doc_span size = { .kind = DOC_NONE };
	const char *name = "";
	uint64_t best = 0;
	size_t i_size = 0, i_name = 0;

	for (size_t k = t->n_columns; k-- > 0;) {
		i_size = t->columns[k].head && t->columns[k].kind == DOC_SIZE ? k : i_size;
		i_name = t->columns[k].is_name ? k : i_name;
	}
	for (size_t i = 0; i < t->n_rows && t->columns[i_size].kind == DOC_SIZE; i++) {
		doc_row_fill(&row, t, i);
		const char *text = row.cells[i_name].text;
		uint64_t rank = row.cells[i_size].number + (*text == '*' ? 0 : UINT64_C(1) << 62);
		if (rank <= best)
			continue;
		best = rank;
		size = row.cells[i_size];
		name = doc_keep(d, text);
	}
	doc_row_deinit(&row);
	size.exact = t->exact;
	if (best)
		doc_answer(d, DOC_FINE, DOC_T(title == t->title ? "" : "Largest "),
			   DOC_T(title == t->title ? "" : arena_printf(&d->arena, "%c", t->title[0] - 'A' + 'a')),
			   DOC_T(arena_text(&d->arena, title, strlen(title) - 1)), DOC_T(": "), DOC_T(name),
			   DOC_T(", "), size);
}

static size_t (*const lists[N_IMAGE_LISTS])(struct document *d, const struct image_view *v) = {
	[IMAGE_REGIONS] = add_regions,
	[IMAGE_SECTIONS] = add_sections,
	[IMAGE_COMPONENTS] = document_image_components,
	[IMAGE_ARCHIVES] = document_image_archives,
	[IMAGE_OBJECTS] = document_image_objects,
	[IMAGE_SYMBOLS] = add_symbols,
	[IMAGE_FROZEN] = add_frozen,
	[IMAGE_SOURCES] = document_image_sources,
	[IMAGE_UNITS] = document_image_sources,
	[IMAGE_FOLDERS] = document_image_sources,
	[IMAGE_STACK] = document_image_stack,
	[IMAGE_NESTED] = document_image_nested,
};

void document_image(struct document *d, const struct image_view *v)
{
	unsigned never = 1u << IMAGE_REGIONS | 1u << IMAGE_FOLDERS | 1u << IMAGE_NESTED;
	size_t n_rows = 0, i_table;

	document_image_answer(d, v);
	if ((v->lists & (v->lists - 1)) == 0 && !(v->lists & never) && d->severity < DOC_ACT) {
		doc_add(d, DOC_SENTENCE, d->answer.spans, d->answer.n_spans); /* what is asked for stands before it */
		d->answer.n_spans = 0;
	}
	i_table = d->n_blocks;
	for (unsigned i = 0; i < N_IMAGE_LISTS; i++)
		if (image_shows(v, i) && !is_left_out(v, i))
			n_rows += lists[i](d, v);
	for (; i_table < d->n_blocks && d->answer.n_spans == 0; i_table++)
		if (d->blocks[i_table].table.title && d->blocks[i_table].table.n_rows)
			answer_asked(d, v, &d->blocks[i_table].table);
	if (n_rows == 0)
		say_nothing(d, v);
	else if (image_shows(v, IMAGE_OBJECTS) && is_left_out(v, IMAGE_OBJECTS))
		doc_say(d, DOC_T("The linker map has the owners of the bytes; --by symbol shows the symbols."));
}

/* What it was made of, and what is not in its tables. */
static void tell_source(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	const struct doc_figure figures[] = {
		{ "format", DOC_T(image->format) },
		{ "target", DOC_T(image->target) },
		{ "elf", DOC_FILE(v->elf_name) },
		{ "build", DOC_T(image->build_id) },
		{ "tree", DOC_T(v->tree) },
		{ "strings", DOC_N(image->qstr.n_pools ? image->qstr.n_strings : NOT_KNOWN) },
		{ "discarded", DOC_N(image->n_discarded ? image->n_discarded : NOT_KNOWN) },
		{ "bytes", DOC_BYTES(image->discarded_bytes) },
	};

	d->source.n_spans = 0;
	doc_add_source_pattern(d,
			       "{format}[, {target}][, with {elf}][, build {build}][, components of {tree}]"
			       "[, {strings} interned strings][, {discarded} sections discarded, {bytes}]",
			       figures);
}

void document_image_page(struct document *d, const struct image_view *v)
{
	static const struct {
		enum image_list list;
		const char *name; /* for links (limits.js), and for the size map (image.js) */
		bool if_asked;
	} tables[] = {
		{ IMAGE_REGIONS, "regions" },       { IMAGE_STACK, "stack", true },
		{ IMAGE_SOURCES, "sources", true }, { IMAGE_UNITS, "sources", true },
		{ IMAGE_COMPONENTS, "components" }, { IMAGE_ARCHIVES, "archives" },
		{ IMAGE_OBJECTS, "objects" },       { IMAGE_SYMBOLS, "symbols" },
		{ IMAGE_SECTIONS, "sections" },     { IMAGE_FROZEN, "frozen" },
	};
	size_t n_gaps = v->image->n_gaps, n_rows = 0;

	document_image_answer(d, v);
	tell_source(d, v);
	for (size_t i = 0; i < MIN(v->image->n_notes, (uint64_t)IMAGE_NOTES_MAX); i++)
		doc_item(d, DOC_T(v->image->notes[i]));
	struct image_view *page = image_rows_top(d, v, v->by_chance ? SIZE_MAX : v->n_top);
	for (size_t i = 0, k = d->n_blocks; i < ARRAY_SIZE(tables) && page; i++) {
		page->is_page = true;
		page->lists = 1u << tables[i].list;
		if (!tables[i].if_asked || image_shows(v, tables[i].list))
			n_rows += lists[tables[i].list](d, page);
		for (; k < d->n_blocks; k++) {
			struct doc_table *t = &d->blocks[k].table;
			if (d->blocks[k].kind != DOC_TABLE)
				continue;
			t->name = tables[i].name;
			t->exact = true;
			t->n_folded = i ? t->n_rows : 0;
		}
	}
	if (n_rows == 0)
		say_nothing(d, v);
	doc_table(d, &(struct doc_table){ .title = "Gaps",
					  .name = "gaps",
					  DOC_COLUMNS(gap_columns),
					  DOC_ROWS(n_gaps, fill_gap, v->image),
					  .exact = true,
					  .n_folded = n_gaps });
}
