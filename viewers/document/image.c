/* What a firmware puts where: a table for each list that is asked for. */
#include "document/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"
#include "shared/image_words.h"
#include "text/cut.h"

enum { MANY_REGIONS = 12, WHERE_REGIONS_MAX = 3 };

static bool shows(const struct image_view *v, enum image_list list) { return v->lists >> list & 1; }

static bool shows_only(const struct image_view *v, enum image_list list) { return v->lists == 1u << list; }

/* Of a size -A only the sections are known. */
static bool has_objects(const struct image *image) { return image->n_objects > N_PSEUDO_OBJECTS; }

/* ---- rows ---- */

void image_rows_init(struct image_rows *rows, struct document *d, const struct image_view *v, const void *items,
		     size_t n_items)
{
	*rows = (struct image_rows){ .v = v,
				     .items = items,
				     .i_items = arena_zeroed(&d->arena, MIN(n_items, v->n_top), sizeof(uint32_t)) };
}

void image_rows_add(struct image_rows *rows, size_t i_item, uint64_t size_bytes)
{
	if (rows->n_all++ < rows->v->n_top && rows->i_items)
		rows->i_items[rows->n_rows++] = (uint32_t)i_item;
	else
		rows->more_bytes += size_bytes;
}

/* The same view with this --top. It lives as long as the document; NULL: no memory. */
static struct image_view *with_top(struct document *d, const struct image_view *v, size_t n_top)
{
	struct image_view *ret = arena_zeroed(&d->arena, 1, sizeof(*ret));

	if (ret) {
		*ret = *v;
		ret->n_top = n_top;
	}
	return ret;
}

static void say_more(struct document *d, size_t n, uint64_t n_bytes, const struct image_view *v)
{
	const char *hint = v->by_chance ? "; --by and -n show them" : "";

	if (n && n_bytes == NOT_KNOWN)
		doc_item(d, DOC_N(n), DOC_T(" more"), DOC_T(hint));
	else if (n)
		doc_item(d, DOC_N(n), DOC_T(" more, "), DOC_BYTES(n_bytes), DOC_T(hint));
}

size_t image_rows_end(struct document *d, const struct image_rows *rows, struct doc_table *table)
{
	struct image_rows *kept = arena_zeroed(&d->arena, 1, sizeof(*kept));

	if (!kept)
		return rows->n_all;
	*kept = *rows;
	table->n_rows = rows->n_rows;
	table->ctx = kept;
	doc_table(d, table);
	say_more(d, rows->n_all - rows->n_rows, rows->more_bytes, rows->v);
	return rows->n_all;
}

#define EXACT_TABLE(heading, list, fill)                                                                           \
	&(struct doc_table)                                                                                        \
	{                                                                                                          \
		.title = (heading), .columns = (list), .n_columns = ARRAY_SIZE(list), .row = (fill), .exact = true \
	}

static const void *item_at(const void *ctx, size_t i, size_t item_bytes)
{
	const struct image_rows *rows = ctx;

	return (const char *)rows->items + rows->i_items[i] * item_bytes;
}

static const struct image *image_of(const void *ctx) { return ((const struct image_rows *)ctx)->v->image; }

/* A slice as the text of a cell. */
static void set_slice(struct doc_row *row, size_t i, struct image_slice slice)
{
	strbuf_add(doc_make(row, i), slice.text, slice.n_bytes);
}

/* "libc.a(printf.o)" */
static void set_object(struct doc_row *row, size_t i, const char *path, const char *member)
{
	struct strbuf *out = doc_make(row, i);

	strbuf_puts(out, path);
	if (!member)
		return;
	strbuf_putc(out, '(');
	strbuf_puts(out, member);
	strbuf_putc(out, ')');
}

/* ---- regions ---- */

enum { R_NAME, R_ORIGIN, R_LENGTH, R_USED, R_PERCENT, R_RESERVED_KEY, R_RESERVED, R_FREE };

static const struct doc_column region_columns[] = {
	[R_NAME] = { "name", "region", DOC_TEXT, .is_name = true },
	[R_ORIGIN] = { "origin", "origin", DOC_ADDRESS },
	[R_LENGTH] = { "length", "length", DOC_SIZE },
	[R_USED] = { "used", "used", DOC_SIZE },
	[R_PERCENT] = { NULL, "%", DOC_PERCENT },
	[R_RESERVED_KEY] = { .key = "reserved" },
	[R_RESERVED] = { NULL, "reserved", DOC_SIZE, .drop = 1 },
	[R_FREE] = { "free", "free", DOC_BALANCE },
};

static void fill_region(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_region *r = item_at(ctx, i, sizeof(*r));
	const struct image *image = image_of(ctx);
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
static void say_region(struct document *d, const struct image *image, uint32_t i)
{
	const struct image_region *r = &image->regions[i];

	if (image_region_is_shared_out(image, i))
		doc_item(d, DOC_T(r->name), DOC_T(" is shared out among others"));
	else if (r->window && image_region_free(r) >= 0)
		doc_item(d, DOC_T(r->name), DOC_T(" is a window onto flash"));
	if (r->gaps_bytes && r->behind_gap == IMAGE_NONE)
		doc_item(d, DOC_T(r->name), DOC_T(": "), DOC_BYTES(r->gaps_bytes),
			 DOC_T(" used are gaps between sections"));
	else if (r->gaps_bytes)
		doc_item(d, DOC_T(r->name), DOC_T(": "), DOC_BYTES(r->gaps_bytes),
			 DOC_T(" used are gaps, the widest before "), DOC_T(image->sections[r->behind_gap].name));
	if (r->reserved_bytes)
		doc_item(d, DOC_T(r->name), DOC_T(": "), DOC_BYTES(r->reserved_bytes),
			 DOC_T(" used are reserved for heap and stack"));
	if (r->inside != IMAGE_NONE)
		doc_item(d, DOC_T(r->name), DOC_T(" lies in "), DOC_T(image->regions[r->inside].name));
}

static size_t add_regions(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	const struct image_view *shown = with_top(d, v, v->by_chance ? SIZE_MAX : v->n_top);
	struct image_rows rows;
	size_t n_unused = 0;

	if (!shown)
		return 0;
	image_rows_init(&rows, d, shown, image->regions, image->n_regions);
	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		bool is_many = image->n_regions > MANY_REGIONS && !shows_only(v, IMAGE_REGIONS);
		if (image_wanted(v, r->name, r->used_bytes) && !r->used_bytes && is_many)
			n_unused++;
		else if (image_wanted(v, r->name, r->used_bytes))
			image_rows_add(&rows, i, r->used_bytes);
	}
	image_rows_end(d, &rows, EXACT_TABLE("Regions", region_columns, fill_region));
	for (size_t i = 0; i < rows.n_rows; i++)
		say_region(d, image, rows.i_items[i]);
	if (n_unused)
		doc_item(d, DOC_N(n_unused), DOC_T(" more, of which nothing is used; --by region shows them"));
	return rows.n_all + n_unused;
}

/* ---- sections ---- */

enum { S_NAME, S_ADDRESS, S_SIZE, S_FILL, S_KIND, S_REGION, S_LOAD_REGION, S_WHERE };

static const struct doc_column section_columns[] = {
	[S_NAME] = { "name", "section", DOC_TEXT, .is_name = true },
	[S_ADDRESS] = { "address", "address", DOC_ADDRESS },
	[S_SIZE] = { "size", "size", DOC_SIZE },
	[S_FILL] = { "fill", "fill", DOC_SIZE },
	[S_KIND] = { .key = "kind" },
	[S_REGION] = { .key = "region" },
	[S_LOAD_REGION] = { .key = "load_region" },
	[S_WHERE] = { NULL, "where", DOC_TEXT, .columns_max = 34 },
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
	const struct image_section *s = item_at(ctx, i, sizeof(*s));
	const struct image *image = image_of(ctx);

	ret->cells[S_NAME] = DOC_T(s->name);
	ret->cells[S_ADDRESS] = DOC_AT(s->vma);
	ret->cells[S_SIZE] = DOC_BYTES(s->size_bytes);
	ret->cells[S_FILL] = DOC_BYTES(s->fill_bytes);
	ret->cells[S_KIND] = DOC_T(kind_of(s));
	ret->cells[S_REGION] = doc_text_or_none(image_region_name(image, s->region));
	ret->cells[S_LOAD_REGION] = doc_text_or_none(image_region_name(image, s->load_region));
	place_of(doc_make(ret, S_WHERE), image, s);
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
	const struct image_view *all = with_top(d, v, SIZE_MAX);
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
	say_more(d, n_more, more_bytes, v);
	if (by_rule && has_objects(image))
		doc_item(d, DOC_FAINT("Zeroed ones are recognised by name; --elf FILE makes that certain."));
	return rows.n_all;
}

/* ---- components, archives, objects, sources, folders and trees of them ---- */

enum { G_NAME_KEY, G_SIZE, G_NAME, G_WHERE, G_REGIONS };

static const struct doc_column group_columns[] = {
	[G_NAME_KEY] = { .key = "name" },
	[G_SIZE] = { "size", "size", DOC_SIZE },
	[G_NAME] = { NULL, "name", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	[G_WHERE] = { NULL, "where", DOC_TEXT, .columns_max = 30 },
};

/* Whether the rows that a row lies in are there: of folders only where none are left out. */
static bool shows_parents(const struct image_view *v)
{
	return v->lists & 1u << IMAGE_NESTED || (!v->filter && !v->min_bytes);
}

/* The region of which it has most, of those that are not told yet; IMAGE_NONE. */
static uint32_t next_region(const struct image *image, const uint64_t *by_region, uint32_t before)
{
	uint32_t best = IMAGE_NONE;

	for (uint32_t i = 0; i < image->n_regions; i++) {
		bool later = before == IMAGE_NONE || by_region[i] < by_region[before] ||
			     (by_region[i] == by_region[before] && i > before);
		if (by_region[i] && later && (best == IMAGE_NONE || by_region[i] > by_region[best]))
			best = i;
	}
	return best;
}

/* The regions that a group is in, largest first. */
static void add_where(struct strbuf *out, const struct image *image, const struct image_group *g)
{
	for (uint32_t i = IMAGE_NONE; (i = next_region(image, g->by_region, i)) != IMAGE_NONE;)
		strbuf_printf(out, "%s%s", out->n_bytes ? ", " : "", image->regions[i].name);
}

static void fill_group(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_group *g = item_at(ctx, i, sizeof(*g));
	const struct image_view *v = ((const struct image_rows *)ctx)->v;

	/* Of a folder what comes behind the one that it lies in, if that is listed. */
	set_object(ret, G_NAME, g->name + (shows_parents(v) ? g->i_label : 0), g->member);
	set_object(ret, G_NAME_KEY, g->name, g->member);
	ret->depth = shows_parents(v) ? g->depth : 0;
	ret->cells[G_SIZE] = DOC_BYTES(g->size_bytes);
	add_where(doc_make(ret, G_WHERE), v->image, g);
	for (size_t k = 0; k < v->image->n_regions; k++) {
		ret->cells[G_REGIONS + k] = DOC_BYTES(g->by_region[k]);
		ret->cells[G_REGIONS + v->image->n_regions + k] = DOC_BYTES(g->by_region[k] ? g->by_region[k] :
											      NOT_KNOWN);
	}
}

/* With one for each region, for spreadsheets; for people, too, where it is of few. Of an image without objects the
 * groups are only what the linker made: for_people is false. NULL: no memory. */
static const struct doc_column *columns_of_groups(struct document *d, const struct image *image,
						  const struct image_groups *g, bool for_people)
{
	size_t n = image->n_regions, n_used = 0;
	struct doc_column *columns = arena_zeroed(&d->arena, G_REGIONS + 2 * n, sizeof(*columns));

	if (!columns)
		return NULL;
	memcpy(columns, group_columns, sizeof(group_columns));
	for (size_t i = 0; i < n; i++) {
		bool is_used = false;
		columns[G_REGIONS + i] = (struct doc_column){ .key = image->regions[i].name, .kind = DOC_SIZE };
		columns[G_REGIONS + n + i] = (struct doc_column){ .kind = DOC_SIZE };
		for (size_t k = 0; k < g->n_groups && !is_used; k++)
			is_used = g->groups[k].by_region[i] > 0;
		if (is_used && n_used++ < WHERE_REGIONS_MAX)
			columns[G_REGIONS + n + i].head = image->regions[i].name;
	}
	if (n_used <= WHERE_REGIONS_MAX)
		columns[G_WHERE].head = NULL;
	for (size_t i = for_people ? G_REGIONS + n : 0; i < G_REGIONS + 2 * n; i++)
		if (!for_people || n_used > WHERE_REGIONS_MAX)
			columns[i].head = NULL;
	return columns;
}

/* Whether a row only repeats the one that it lies in, as of a function that nothing was inlined into. */
static bool is_repetition(const struct image_groups *g, size_t i)
{
	const struct image_group *row = &g->groups[i];
	bool is_last = i + 1 == g->n_groups || g->groups[i + 1].depth < row->depth;

	return row->is_rest && i > 0 && row->depth == g->groups[i - 1].depth + 1 && is_last;
}

/* Of a tree the top is that of the rows that lie in one other row. */
struct ranks {
	size_t of_depth[IMAGE_LEVELS_MAX]; /* of the last row of each depth, among those of its own */
	unsigned left_out_depth;           /* of the last row that was left out */
	size_t n_left_out;
};

/* False: it is left out, or one that it lies in. */
static bool has_rank(struct ranks *ranks, const struct image_group *row, size_t n_top)
{
	unsigned depth = MIN(row->depth, (unsigned)IMAGE_LEVELS_MAX - 1);

	for (unsigned k = depth + 1; k < IMAGE_LEVELS_MAX; k++)
		ranks->of_depth[k] = 0;
	if (ranks->left_out_depth < depth && ranks->n_left_out)
		return false;
	if (++ranks->of_depth[depth] > n_top) {
		ranks->left_out_depth = depth;
		ranks->n_left_out++;
		return false;
	}
	ranks->left_out_depth = IMAGE_LEVELS_MAX;
	return true;
}

static size_t add_tree(struct document *d, const struct image_view *v, const struct image_groups *g,
		       struct doc_table *table)
{
	const struct image_view *all = with_top(d, v, SIZE_MAX);
	struct ranks ranks = { .left_out_depth = IMAGE_LEVELS_MAX };
	struct image_rows rows;

	if (!all)
		return 0;
	image_rows_init(&rows, d, all, g->groups, g->n_groups);
	for (size_t i = 0; i < g->n_groups; i++)
		if (image_wanted_group(v, &g->groups[i]) && !is_repetition(g, i) &&
		    has_rank(&ranks, &g->groups[i], v->n_top))
			image_rows_add(&rows, i, g->groups[i].size_bytes);
	image_rows_end(d, &rows, table);
	say_more(d, ranks.n_left_out, NOT_KNOWN, v);
	return rows.n_all;
}

static size_t add_groups(struct document *d, const struct image_view *v, const struct image_groups *g,
			 const char *title)
{
	bool are_nested = shows(v, IMAGE_FOLDERS); /* their sum tells nothing */
	bool for_people = has_objects(v->image) || shows(v, IMAGE_NESTED);
	struct doc_table table = { .title = title,
				   .columns = columns_of_groups(d, v->image, g, for_people),
				   .n_columns = G_REGIONS + 2 * v->image->n_regions,
				   .row = fill_group };
	struct image_rows rows;

	if (!table.columns)
		return 0;
	if (shows(v, IMAGE_NESTED))
		return add_tree(d, v, g, &table);
	image_rows_init(&rows, d, v, g->groups, g->n_groups);
	for (size_t i = 0; i < g->n_groups; i++)
		if (image_wanted_group(v, &g->groups[i]))
			image_rows_add(&rows, i, g->groups[i].size_bytes);
	rows.more_bytes = are_nested ? NOT_KNOWN : rows.more_bytes;
	if (!for_people)
		rows.n_all = rows.n_rows; /* no word on those that are left out */
	image_rows_end(d, &rows, &table);
	return for_people ? rows.n_all : 0;
}

static size_t add_components(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->components, "Components");
}

static size_t add_archives(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->archives, "Archives");
}

static size_t add_objects(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->objects, "Objects");
}

static size_t add_sources(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->sources,
			  shows(v, IMAGE_UNITS)   ? "Compiled sources" :
			  shows(v, IMAGE_FOLDERS) ? "Folders of sources" :
						    "Sources");
}

static size_t add_nested(struct document *d, const struct image_view *v)
{
	static const char *const names[N_IMAGE_LEVELS] = {
		[LEVEL_REGION] = "region",   [LEVEL_SECTION] = "section", [LEVEL_COMPONENT] = "component",
		[LEVEL_ARCHIVE] = "archive", [LEVEL_OBJECT] = "object",   [LEVEL_SYMBOL] = "symbol",
		[LEVEL_SOURCE] = "source",   [LEVEL_UNIT] = "unit",       [LEVEL_INLINE] = "inline",
	};
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < v->n_levels; i++)
		strbuf_printf(&title, "%s%s", i ? " > " : "By ", names[v->levels[i]]);
	return add_groups(d, v, v->sources, doc_keep(d, strbuf_text(&title)));
}

/* ---- symbols ---- */

enum { Y_NAME_KEY, Y_ADDRESS, Y_SIZE, Y_ESTIMATED, Y_SIGN, Y_SECTION, Y_OBJECT, Y_FILE, Y_LINE, Y_NAME, Y_FROM };

static const struct doc_column symbol_columns[] = {
	[Y_NAME_KEY] = { .key = "name" },
	[Y_ADDRESS] = { "address", "address", DOC_ADDRESS },
	[Y_SIZE] = { "size", "size", DOC_SIZE },
	[Y_ESTIMATED] = { .key = "estimated" },
	[Y_SIGN] = { NULL, "~", DOC_TEXT },
	[Y_SECTION] = { .key = "section" },
	[Y_OBJECT] = { .key = "object" },
	[Y_FILE] = { .key = "file" },
	[Y_LINE] = { .key = "line" },
	[Y_NAME] = { NULL, "symbol", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
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
	ret->cells[Y_NAME_KEY] = DOC_T(strbuf_text(&ret->made[Y_NAME]));
	ret->cells[Y_ADDRESS] = DOC_AT(s->address);
	ret->cells[Y_SIZE] = DOC_BYTES(s->size_bytes);
	ret->cells[Y_ESTIMATED] = DOC_T(s->estimated ? "yes" : "no");
	if (s->estimated)
		ret->cells[Y_SIGN] = DOC_T("~");
	if (s->section != IMAGE_NONE)
		ret->cells[Y_SECTION] = DOC_T(v->image->sections[s->section].name);
	if (o)
		set_object(ret, Y_OBJECT, o->path, o->member);
	ret->cells[Y_FILE] = doc_text_or_none(s->file);
	ret->cells[Y_LINE] = DOC_N(s->line ? s->line : NOT_KNOWN);
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
	[F_STRINGS] = { .key = "strings" },
	[F_SHA256] = { .key = "sha256" },
	[F_HASH] = { NULL, "sha256", DOC_TEXT },
	[F_SOURCE] = { NULL, "kind", DOC_TEXT, .drop = 1 },
};

static void fill_frozen(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct image_frozen *f = item_at(ctx, i, sizeof(*f));
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
	if (is_all && q->n_pools)
		doc_item(d, DOC_OF(q->n_strings, "interned string"), DOC_T(" in flash, in "),
			 DOC_OF(q->n_pools, "pool"), DOC_T(": "),
			 DOC_BYTES(q->tables_bytes + (q->texts_bytes == NOT_KNOWN ? 0 : q->texts_bytes)),
			 DOC_T(q->texts_bytes == NOT_KNOWN ? " without their texts" : ""));
	return rows.n_all;
}

/* ---- all of it ---- */

static void say_nothing(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;

	if (v->filter || v->min_bytes)
		doc_say(d, DOC_T("No row fits --filter or --min."));
	else if (shows_only(v, IMAGE_FROZEN) && !v->elf_name && strcmp(image->format, "elf") != 0)
		doc_say(d, DOC_T("This map names no frozen modules; the ELF of the same build lists them: give it with "
				 "--elf FILE."));
	else if (shows_only(v, IMAGE_FROZEN))
		doc_say(d, DOC_T("No frozen modules are in it."));
	else if (shows_only(v, IMAGE_ARCHIVES) && has_objects(image))
		doc_say(d, DOC_T("No object in it is of an archive."));
	else if (shows_only(v, IMAGE_STACK))
		doc_say(d, DOC_T("This ELF has no call frames: it is built without -g, or stripped. --su takes the .su "
				 "and .ci files that GCC writes with -fstack-usage and -fcallgraph-info=su."));
	else
		doc_say(d, DOC_T("This input ("), DOC_T(image->format), DOC_T(") lists none."));
}

/* An ELF tells of files for its static symbols only: no picture of what fills it, but there for who asks. */
static bool is_left_out(const struct image_view *v, unsigned list)
{
	bool of_objects = list == IMAGE_COMPONENTS || list == IMAGE_OBJECTS;

	return of_objects && !shows_only(v, list) && strcmp(v->image->format, "elf") == 0;
}

void document_image(struct document *d, const struct image_view *v)
{
	static size_t (*const lists[N_IMAGE_LISTS])(struct document * d, const struct image_view *v) = {
		[IMAGE_REGIONS] = add_regions,        [IMAGE_SECTIONS] = add_sections,
		[IMAGE_COMPONENTS] = add_components,  [IMAGE_ARCHIVES] = add_archives,
		[IMAGE_OBJECTS] = add_objects,        [IMAGE_SYMBOLS] = add_symbols,
		[IMAGE_FROZEN] = add_frozen,          [IMAGE_SOURCES] = add_sources,
		[IMAGE_UNITS] = add_sources,          [IMAGE_FOLDERS] = add_sources,
		[IMAGE_STACK] = document_image_stack, [IMAGE_NESTED] = add_nested,
	};
	size_t n_rows = 0;

	document_image_answer(d, v);
	for (unsigned i = 0; i < N_IMAGE_LISTS; i++)
		if (shows(v, i) && !is_left_out(v, i))
			n_rows += lists[i](d, v);
	if (n_rows == 0)
		say_nothing(d, v);
	else if (shows(v, IMAGE_OBJECTS) && is_left_out(v, IMAGE_OBJECTS))
		doc_say(d, DOC_T("The linker map has the owners of the bytes; --by symbol shows the symbols."));
	if (arena_error(&d->arena))
		d->error = -ENOMEM;
}
