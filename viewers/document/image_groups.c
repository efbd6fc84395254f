/* Components, archives, objects, sources and folders of an image, and trees of them. */
#include "document/image.h"

#include <string.h>

#include "shared/image_words.h"

enum { WHERE_REGIONS_MAX = 3 };

enum { G_NAME_KEY, G_SIZE, G_NAME, G_COMPONENT, G_WHERE, G_REGIONS };

static const struct doc_column group_columns[] = {
	[G_NAME_KEY] = { .key = "name" },
	[G_SIZE] = { "size", "size", DOC_SIZE, .has_bar = true },
	[G_NAME] = { NULL, "name", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	[G_COMPONENT] = { .kind = DOC_TEXT },
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
	const struct image_group *g = image_rows_item(ctx, i, sizeof(*g));
	const struct image_view *v = ((const struct image_rows *)ctx)->v;

	/* Of a folder what comes behind the one that it lies in, if that is listed. */
	image_set_object(ret, G_NAME, g->name + (shows_parents(v) ? g->i_label : 0), g->member);
	image_set_object(ret, G_NAME_KEY, g->name, g->member);
	ret->depth = shows_parents(v) ? g->depth : 0;
	ret->cells[G_SIZE] = DOC_BYTES(g->size_bytes);
	ret->word = g->is_rest ? "rest" : NULL;
	if (v->is_page && ((const struct image_rows *)ctx)->items == v->objects->groups)
		ret->cells[G_COMPONENT] = doc_text_or_none(image_component_of(v, g->i_object));
	add_where(doc_make(ret, G_WHERE), v->image, g);
	for (size_t k = 0; k < v->image->n_regions; k++) {
		ret->cells[G_REGIONS + k] = DOC_BYTES(g->by_region[k]);
		ret->cells[G_REGIONS + v->image->n_regions + k] = DOC_BYTES(g->by_region[k] ? g->by_region[k] :
											      NOT_KNOWN);
	}
}

/* With one for each region, for spreadsheets; for people, too, where it is of few. Of an image without objects the
 * groups are only what the linker made: for_people is false. NULL: no memory. */
static const struct doc_column *columns_of_groups(struct document *d, const struct image_view *v,
						  const struct image_groups *g, bool for_people)
{
	const struct image *image = v->image;
	size_t n = image->n_regions, n_used = 0, n_most = v->is_page ? SIZE_MAX : WHERE_REGIONS_MAX;
	struct doc_column *columns = arena_zeroed(&d->arena, G_REGIONS + 2 * n, sizeof(*columns));

	if (!columns)
		return NULL;
	memcpy(columns, group_columns, sizeof(group_columns));
	for (size_t i = 0; i < n; i++) {
		bool is_used = false;
		columns[G_REGIONS + i] = (struct doc_column){ .key = image->regions[i].name, .kind = DOC_SIZE };
		for (size_t k = 0; k < g->n_groups && !is_used; k++)
			is_used = g->groups[k].by_region[i] > 0;
		if (is_used && n_used++ < n_most)
			columns[G_REGIONS + n + i] = (struct doc_column){ NULL, image->regions[i].name,
									  .is_given = true, .kind = DOC_SIZE };
	}
	if (for_people)
		columns[G_COMPONENT].page_head = "component";
	if (n_used <= n_most)
		columns[G_WHERE].head = NULL;
	for (size_t i = for_people ? G_REGIONS + n : 0; i < G_REGIONS + 2 * n; i++)
		if (!for_people || n_used > n_most)
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
	const struct image_view *all = image_rows_top(d, v, SIZE_MAX);
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
	image_rows_more(d, ranks.n_left_out, NOT_KNOWN, v);
	return rows.n_all;
}

static size_t add_groups(struct document *d, const struct image_view *v, const struct image_groups *g,
			 const char *title)
{
	bool are_nested = image_shows(v, IMAGE_FOLDERS); /* their sum tells nothing */
	bool for_people = image_has_objects(v->image) || image_shows(v, IMAGE_NESTED);
	struct doc_table table = { .title = title,
				   .columns = columns_of_groups(d, v, g, for_people),
				   .n_columns = G_REGIONS + 2 * v->image->n_regions,
				   .row = fill_group };
	struct image_rows rows;

	if (!table.columns)
		return 0;
	if (image_shows(v, IMAGE_NESTED))
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

size_t document_image_components(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->components, "Components");
}

size_t document_image_archives(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->archives, "Archives");
}

size_t document_image_objects(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->objects, "Objects");
}

size_t document_image_sources(struct document *d, const struct image_view *v)
{
	return add_groups(d, v, v->sources,
			  image_shows(v, IMAGE_UNITS)   ? "Compiled sources" :
			  image_shows(v, IMAGE_FOLDERS) ? "Folders of sources" :
							  "Sources");
}

size_t document_image_nested(struct document *d, const struct image_view *v)
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
