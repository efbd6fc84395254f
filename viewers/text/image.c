/* What a firmware puts where. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"
#include "shared/image_words.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/parts.h"

enum {
	NAME_COLUMNS = 34, /* of an object, at 80 columns: 30 are left for where it is */
	WHERE_COLUMNS = 30,
	COLUMNS_MIN = 8, /* of what stands last in a line */
	SIZE_COLUMNS = 12,
	MANY_REGIONS = 12,
};

/* A table, while it is written: its heading comes with its first row. */
struct text_table {
	struct strbuf *out;
	const struct image_view *v;
	const struct text_style *style;
	const char *title;
	size_t n_rows;                 /* that are wanted */
	size_t n_left_out;             /* … beyond the top */
	bool are_nested;               /* rows lie in one another: their sum tells nothing */
	size_t rank[IMAGE_LEVELS_MAX]; /* of a tree: of the last row of each depth, among those of its own */
	unsigned left_out_depth;       /* … of the last row that was left out */
	uint64_t left_out_bytes;
};

/* ---- words ---- */

/* As wide as the column, whatever the name is. */
static void add_name(struct strbuf *out, const char *name, size_t columns)
{
	size_t n = text_cut(out, name, strlen(name), columns, CUT_BEGINNING);

	strbuf_repeat(out, " ", columns > n ? columns - n : 0);
}

/* What is left of the line that begins at this byte. */
static size_t columns_left(const struct strbuf *out, size_t i_line, const struct text_style *style)
{
	size_t n_used = text_columns_of(strbuf_text(out) + i_line);

	return style->columns > n_used + COLUMNS_MIN ? style->columns - n_used : COLUMNS_MIN;
}

static bool shows(const struct image_view *v, enum image_list list) { return v->lists >> list & 1; }

static bool shows_only(const struct image_view *v, enum image_list list) { return v->lists == 1u << list; }

/* Of a size -A only the sections are known. */
static bool has_objects(const struct image *image) { return image->n_objects > N_PSEUDO_OBJECTS; }

/* ---- rows ---- */

/* A row that is wanted: the heading, if it is the first. */
static void begin_row(struct text_table *t)
{
	if (t->n_rows++)
		return;
	strbuf_putc(t->out, '\n');
	text_role(t->out, t->style, ROLE_HEAD);
	strbuf_puts(t->out, t->title);
	text_role(t->out, t->style, ROLE_PLAIN);
	strbuf_putc(t->out, '\n');
}

/* The same, of a table that is cut at the top; false: it is left out. */
static bool begin_top_row(struct text_table *t, uint64_t size_bytes)
{
	begin_row(t);
	if (t->n_rows <= t->v->n_top)
		return true;
	t->n_left_out++;
	t->left_out_bytes += size_bytes;
	return false;
}

static void end_top_rows(const struct text_table *t)
{
	if (t->n_left_out && t->are_nested)
		strbuf_printf(t->out, "              %s more\n", count_words(t->n_left_out, t->style).text);
	if (!t->n_left_out || t->are_nested)
		return;
	text_size(t->out, SIZE_COLUMNS, t->left_out_bytes, t->style);
	strbuf_printf(t->out, "  in %s more%s\n", count_words(t->n_left_out, t->style).text,
		      t->v->by_chance ? "; --by and -n show them" : "");
}

/* ---- tables ---- */

/* Without the blanks of columns that are empty. */
static void end_row(struct strbuf *out)
{
	while (out->n_bytes && out->text[out->n_bytes - 1] == ' ')
		out->text[--out->n_bytes] = '\0';
	strbuf_putc(out, '\n');
}

static void lies_in(struct strbuf *out, const char *outer, const struct text_style *style)
{
	strbuf_puts(out, "    lies in ");
	text_cut(out, outer, strlen(outer), style->columns - 12, CUT_END);
	strbuf_putc(out, '\n');
}

static void fill_level(struct strbuf *out, const struct image_region *r, const struct text_style *style)
{
	int64_t free_bytes = image_region_free(r);

	if (r->window && free_bytes >= 0) {
		strbuf_puts(out, "  a window onto flash\n");
		return;
	}
	if (r->length_bytes)
		strbuf_printf(out, " %5.1f%%", 100.0 * (double)r->used_bytes / (double)r->length_bytes);
	else
		strbuf_puts(out, "       ");
	text_role(out, style, free_bytes < 0 ? ROLE_WARNING : ROLE_PLAIN);
	text_right(out, SIZE_COLUMNS, balance_words(free_bytes, style).text);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

/* Below what is used. */
static void of_that(struct strbuf *out, const char *what, uint64_t n_bytes, const struct text_style *style)
{
	strbuf_printf(out, "    of that %-33s", what);
	text_size(out, SIZE_COLUMNS, n_bytes, style);
	strbuf_putc(out, '\n');
}

static void gaps(struct strbuf *out, const struct image *image, const struct image_region *r,
		 const struct text_style *style)
{
	struct strbuf what CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&what, "gaps");
	if (r->behind_gap == IMAGE_NONE) {
		strbuf_puts(&what, " between sections");
	} else {
		const char *name = image->sections[r->behind_gap].name;
		strbuf_puts(&what, ", the widest before ");
		text_cut(&what, name, strlen(name), 13, CUT_BEGINNING);
	}
	of_that(out, strbuf_text(&what), r->gaps_bytes, style);
}

static void regions(struct text_table *t)
{
	const struct image_view *v = t->v;
	const struct image *image = v->image;
	const struct text_style *style = t->style;
	struct strbuf *out = t->out;
	size_t n_unused = 0;

	t->title = "REGION                     origin      length        used               free";
	for (uint32_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (!image_wanted(v, r->name, r->used_bytes))
			continue;
		if (!r->used_bytes && image->n_regions > MANY_REGIONS && !shows_only(v, IMAGE_REGIONS)) {
			n_unused++;
			continue;
		}
		begin_row(t);
		strbuf_puts(out, "  ");
		add_name(out, r->name, 18);
		if (r->origin == NOT_KNOWN)
			strbuf_puts(out, "            -");
		else
			strbuf_hex(out, r->origin, 13);
		if (r->length_bytes == NOT_KNOWN) {
			text_size(out, SIZE_COLUMNS, NOT_KNOWN, style);
			text_size(out, SIZE_COLUMNS, r->used_bytes, style);
			strbuf_puts(out, "       -");
			text_size(out, SIZE_COLUMNS - 1, NOT_KNOWN, style);
			strbuf_putc(out, '\n');
			continue;
		}
		if (image_region_is_shared_out(image, i)) {
			text_size(out, SIZE_COLUMNS, r->length_bytes, style);
			strbuf_puts(out, "  shared out among others\n");
			continue;
		}
		text_size(out, SIZE_COLUMNS, r->length_bytes, style);
		text_size(out, SIZE_COLUMNS, r->used_bytes, style);
		fill_level(out, r, style);
		if (r->reserved_bytes)
			of_that(out, "reserved for heap and stack", r->reserved_bytes, style);
		if (r->gaps_bytes)
			gaps(out, image, r, style);
		if (r->inside != IMAGE_NONE)
			lies_in(out, image->regions[r->inside].name, style);
	}
	if (n_unused)
		strbuf_printf(out, "  and %s more, of which nothing is used; --by region shows them\n",
			      count_words(n_unused, style).text);
}

static const char *kind_of(const struct image_section *s)
{
	if (s->reserved)
		return "reserved";
	if (s->placeholder)
		return "placeholder";
	if (s->tls)
		return "per thread";
	return s->nobits ? "zeroed" : "";
}

/* "RAM, from FLASH", "RAM, zeroed": as much of the names as there is room for. */
static void place_of(struct strbuf *out, const struct image *image, const struct image_section *s, size_t columns)
{
	const char *region = s->region != IMAGE_NONE ? image->regions[s->region].name :
			     image->n_regions        ? "outside every region" :
						       "";
	const char *from = s->load_region != IMAGE_NONE ? image->regions[s->load_region].name : NULL;
	struct strbuf rest CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (from) {
		strbuf_puts(&rest, ", from ");
		text_cut(&rest, from, strlen(from), columns / 2, CUT_END);
	} else if (*kind_of(s)) {
		strbuf_printf(&rest, "%s%s", *region ? ", " : "", kind_of(s));
	}
	size_t n_rest = text_columns_of(strbuf_text(&rest));
	text_cut(out, region, strlen(region), columns > n_rest + 2 ? columns - n_rest : 2, CUT_END);
	strbuf_puts(out, strbuf_text(&rest));
}

static bool wants_section(const struct text_table *t, const struct image_section *s)
{
	return s->alloc && s->size_bytes && image_wanted(t->v, s->name, s->size_bytes);
}

static int by_size_down(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x > y ? -1 : x < y;
}

/* The size of the smallest section that is shown, where only the largest are asked for; else, and without memory, 0. */
static uint64_t least_shown(const struct text_table *t)
{
	const struct image *image = t->v->image;
	size_t n = 0, n_top = t->v->n_top;
	uint64_t *sizes = t->v->by_chance || n_top >= image->n_sections ? NULL :
									  malloc(image->n_sections * sizeof(*sizes));

	if (!sizes)
		return 0;
	for (size_t i = 0; i < image->n_sections; i++)
		if (wants_section(t, &image->sections[i]))
			sizes[n++] = image->sections[i].size_bytes;
	qsort(sizes, n, sizeof(*sizes), by_size_down);
	uint64_t least = n_top > 0 && n_top < n ? sizes[n_top - 1] : 0;
	free(sizes);
	return least;
}

/* In the order of addresses, also where only the largest are asked for. */
static void sections(struct text_table *t)
{
	const struct image *image = t->v->image;
	const struct text_style *style = t->style;
	struct strbuf *out = t->out;
	uint64_t least_bytes = least_shown(t);
	bool by_rule = false;

	t->title = "SECTION                   address        size     fill  where";
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!wants_section(t, s))
			continue;
		begin_row(t);
		by_rule |= !s->by_elf;
		if (s->size_bytes < least_bytes) {
			t->n_left_out++;
			t->left_out_bytes += s->size_bytes;
			continue;
		}
		size_t i_line = out->n_bytes;
		strbuf_puts(out, "  ");
		add_name(out, s->name, 18);
		strbuf_hex(out, s->vma, 13);
		text_size(out, SIZE_COLUMNS, s->size_bytes, style);
		text_size(out, 9, s->fill_bytes, style);
		strbuf_puts(out, "  ");
		place_of(out, image, s, columns_left(out, i_line, style));
		end_row(out);
	}
	end_top_rows(t);
	if (by_rule && has_objects(image)) {
		text_in_role(out, style, ROLE_FAINT,
			     "  Zeroed ones are recognised by name; --elf FILE makes that certain.\n");
	}
}

/* The region of which it has most, of those that are not in told yet; IMAGE_NONE. */
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

/* The regions that a group is in, with what it has there, largest first; ".." stands for those without room. */
static void where(struct strbuf *out, const struct image *image, const uint64_t *by_region, size_t columns,
		  const struct text_style *style)
{
	static const char others[] = ", ..";
	size_t n_used = 0;

	for (uint32_t i = IMAGE_NONE; (i = next_region(image, by_region, i)) != IMAGE_NONE;) {
		struct strbuf one CLEANUP(strbuf_deinit) = STRBUF_INIT;
		bool last = next_region(image, by_region, i) == IMAGE_NONE;
		strbuf_puts(&one, n_used ? ", " : "");
		text_cut(&one, image->regions[i].name, strlen(image->regions[i].name), 14, CUT_END);
		strbuf_printf(&one, " %s", figure_words(by_region[i], style).text);
		size_t n = text_columns_of(strbuf_text(&one));
		if (n_used && n_used + n + (last ? 0 : sizeof(others) - 1) > columns) {
			strbuf_puts(out, others);
			break;
		}
		strbuf_puts(out, strbuf_text(&one));
		n_used += n;
	}
}

/* Whether the rows that a row lies in are there: of folders only where none are left out. */
static bool shows_parents(const struct image_view *v)
{
	return v->lists & 1u << IMAGE_NESTED || (!v->filter && !v->min_bytes);
}

/* "libc.a(printf.o)"; of a folder what comes behind the one that it lies in, if that is listed. */
static void full_name(struct strbuf *ret, const struct image_view *v, const struct image_group *row)
{
	strbuf_reset(ret);
	strbuf_puts(ret, row->name + (shows_parents(v) ? row->i_label : 0));
	if (row->member)
		strbuf_printf(ret, "(%s)", row->member);
}

/* In columns, by how many others a row lies in. */
static size_t indent_of(const struct image_view *v, const struct image_group *row, size_t most)
{
	return shows_parents(v) ? MIN(2 * (size_t)row->depth, most) : 0;
}

/* As wide as the longest name that is shown, so that short ones leave room for where they are. */
static size_t name_columns(const struct image_view *v, const struct image_groups *g, const struct text_style *style)
{
	size_t columns = 0, most = style->columns > NAME_COLUMNS + WHERE_COLUMNS + 16 ?
					   style->columns - WHERE_COLUMNS - 16 :
					   NAME_COLUMNS;
	size_t n_most = v->lists & 1u << IMAGE_NESTED ? SIZE_MAX : v->n_top;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0, n = 0; i < g->n_groups && n < n_most && columns < most; i++) {
		if (!image_wanted_group(v, &g->groups[i]))
			continue;
		n++;
		full_name(&name, v, &g->groups[i]);
		strbuf_reset(&clean);
		size_t indent = indent_of(v, &g->groups[i], most / 2);
		size_t n_seen = text_cut(&clean, strbuf_text(&name), name.n_bytes, most - indent, CUT_BEGINNING);
		columns = MAX(columns, indent + n_seen);
	}
	return columns;
}

/* Whether a row only repeats the one that it lies in, as of a function that nothing was inlined into. */
static bool is_repetition(const struct image_groups *g, size_t i)
{
	const struct image_group *row = &g->groups[i];
	bool is_last = i + 1 == g->n_groups || g->groups[i + 1].depth < row->depth;

	return row->is_rest && i > 0 && row->depth == g->groups[i - 1].depth + 1 && is_last;
}

/* Of a tree the top is that of the rows that lie in one other row. False: it is left out, or one that it lies in. */
static bool begin_ranked_row(struct text_table *t, const struct image_groups *g, size_t i)
{
	const struct image_group *row = &g->groups[i];
	unsigned depth = MIN(row->depth, (unsigned)IMAGE_LEVELS_MAX - 1);
	bool is_in_left_out = t->left_out_depth < depth && t->n_left_out;

	for (unsigned k = depth + 1; k < IMAGE_LEVELS_MAX; k++)
		t->rank[k] = 0;
	if (is_in_left_out)
		return false;
	if (++t->rank[depth] > t->v->n_top) {
		t->left_out_depth = depth;
		t->n_left_out++;
		return false;
	}
	t->left_out_depth = IMAGE_LEVELS_MAX;
	begin_row(t);
	return true;
}

static void groups(struct text_table *t, const struct image_groups *g, const char *title)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf *out = t->out;
	size_t columns = name_columns(t->v, g, t->style);
	bool is_nested = t->v->lists & 1u << IMAGE_NESTED;

	t->title = title;
	for (size_t i = 0; i < g->n_groups && (is_nested || has_objects(t->v->image)); i++) {
		const struct image_group *row = &g->groups[i];
		size_t indent = indent_of(t->v, row, columns / 2);
		if (!image_wanted_group(t->v, row) || (is_nested && is_repetition(g, i)))
			continue;
		if (is_nested ? !begin_ranked_row(t, g, i) : !begin_top_row(t, row->size_bytes))
			continue;
		full_name(&name, t->v, row);
		text_size(out, SIZE_COLUMNS, row->size_bytes, t->style);
		strbuf_puts(out, "  ");
		strbuf_repeat(out, " ", indent);
		add_name(out, strbuf_text(&name), columns - indent);
		strbuf_puts(out, "  ");
		where(out, t->v->image, row->by_region, t->style->columns - columns - 16, t->style);
		end_row(out);
	}
	end_top_rows(t);
}

static void components(struct text_table *t) { groups(t, t->v->components, "COMPONENTS"); }

static void archives(struct text_table *t) { groups(t, t->v->archives, "ARCHIVES"); }

static void objects(struct text_table *t) { groups(t, t->v->objects, "OBJECTS"); }

static void sources(struct text_table *t) { groups(t, t->v->sources, "SOURCES"); }

static void units(struct text_table *t) { groups(t, t->v->sources, "COMPILED SOURCES"); }

static void folders(struct text_table *t)
{
	t->are_nested = true;
	groups(t, t->v->sources, "FOLDERS OF SOURCES");
}

static void nested(struct text_table *t)
{
	static const char *const names[N_IMAGE_LEVELS] = {
		[LEVEL_REGION] = "REGION",   [LEVEL_SECTION] = "SECTION", [LEVEL_COMPONENT] = "COMPONENT",
		[LEVEL_ARCHIVE] = "ARCHIVE", [LEVEL_OBJECT] = "OBJECT",   [LEVEL_SYMBOL] = "SYMBOL",
		[LEVEL_SOURCE] = "SOURCE",   [LEVEL_UNIT] = "UNIT",       [LEVEL_INLINE] = "INLINE",
	};
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < t->v->n_levels; i++)
		strbuf_printf(&title, "%s%s", i ? ">" : "BY ", names[t->v->levels[i]]);
	t->are_nested = true;
	groups(t, t->v->sources, strbuf_text(&title));
}

static void stack(struct text_table *t) { t->n_rows = text_image_stack(t->out, t->v, t->style); }

/* Where a symbol is from: its line, else its object; "" if neither is known. */
static void origin_of(struct strbuf *ret, const struct image *image, const struct image_symbol *s)
{
	strbuf_reset(ret);
	if (s->file) {
		strbuf_printf(ret, "%s:%" PRIu32, s->file, s->line);
	} else if (s->object != IMAGE_NONE) {
		const struct image_object *o = &image->objects[s->object];
		const char *slash = strrchr(o->path, '/'), *backslash = strrchr(slash ? slash : o->path, '\\');
		const char *before = backslash ? backslash : slash;
		strbuf_puts(ret, before ? before + 1 : o->path);
		if (o->member)
			strbuf_printf(ret, "(%s)", o->member);
	}
}

/* In at most so many columns. */
static void symbol_name(struct text_table *t, const struct image_symbol *s, size_t columns)
{
	bool by_linker = t->v->names == NAMES_LINKAGE && s->linkage.n_bytes;
	struct image_slice name = by_linker ? s->linkage : s->name;

	text_cut(t->out, name.text, name.n_bytes, t->v->names == NAMES_SHORT ? columns : SIZE_MAX, CUT_MIDDLE);
}

static void symbols(struct text_table *t)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, origin CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf *out = t->out;

	t->title = "        SIZE       ADDRESS  SYMBOL";
	for (size_t i = 0; i < t->v->n_symbols; i++) {
		const struct image_symbol *s = t->v->symbols[i];
		if (!image_wanted_symbol(t->v, s) || !begin_top_row(t, s->size_bytes))
			continue;
		size_t i_line = out->n_bytes;
		strbuf_putc(out, s->estimated ? '~' : ' ');
		text_size(out, SIZE_COLUMNS - 1, s->size_bytes, t->style);
		strbuf_hex(out, s->address, 14);
		strbuf_puts(out, "  ");
		size_t columns = columns_left(out, i_line, t->style), n_origin;
		origin_of(&name, t->v->image, s);
		strbuf_reset(&origin);
		n_origin = text_cut(&origin, strbuf_text(&name), name.n_bytes,
				    MAX(columns / 2, columns - MIN(columns, s->name.n_bytes + (size_t)2)),
				    CUT_BEGINNING);
		symbol_name(t, s, columns - (n_origin ? n_origin + 2 : 0));
		strbuf_printf(out, "%s%s", n_origin ? "  " : "", strbuf_text(&origin));
		strbuf_putc(out, '\n');
	}
	end_top_rows(t);
}

/* What the component has beside its modules: names, constants and tables that several of them use. */
static uint64_t shared_frozen_bytes(const struct image_view *v)
{
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < v->image->n_frozen; i++)
		n_bytes += v->image->frozen[i].size_bytes;
	for (size_t i = 0; i < v->components->n_groups; i++)
		if (strcmp(v->components->groups[i].name, "frozen modules") == 0)
			return v->components->groups[i].size_bytes - MIN(n_bytes, v->components->groups[i].size_bytes);
	return 0;
}

static void qstrs(struct strbuf *out, const struct image_qstr *q, const struct text_style *style)
{
	uint64_t n_bytes = q->tables_bytes + (q->texts_bytes == NOT_KNOWN ? 0 : q->texts_bytes);

	strbuf_printf(out, "\nInterned strings in flash: %s in %s pools, %s%s.\n",
		      count_words(q->n_strings, style).text, count_words(q->n_pools, style).text,
		      bytes_words(n_bytes, style).text, q->texts_bytes == NOT_KNOWN ? " without their texts" : "");
}

static const char *hash_of(const struct image_frozen *module, char ret[IMAGE_SHA256_CHARS + 1])
{
	const char *hash = image_sha256_text(module, ret);

	return hash ? hash : "(unknown; the ELF has it)";
}

/* A hash goes beyond narrow terminals; the names stay readable then. */
static size_t frozen_columns(const struct text_table *t)
{
	size_t n_columns = t->style->columns - 30;

	return t->v->sha256 ? MAX(n_columns, IMAGE_SHA256_CHARS + (size_t)30) - IMAGE_SHA256_CHARS : n_columns;
}

static void frozen(struct text_table *t)
{
	const struct image *image = t->v->image;
	bool all = !t->v->filter && !t->v->min_bytes;
	uint64_t all_bytes = 0, shared_bytes = all ? shared_frozen_bytes(t->v) : 0;

	t->title = "FROZEN MODULES";
	for (size_t i = 0; i < image->n_frozen; i++) {
		const struct image_frozen *f = &image->frozen[i];
		char hash[IMAGE_SHA256_CHARS + 1];
		if (!image_wanted(t->v, f->name, f->size_bytes))
			continue;
		all_bytes += f->size_bytes;
		if (!begin_top_row(t, f->size_bytes))
			continue;
		text_size(t->out, SIZE_COLUMNS, f->size_bytes, t->style);
		strbuf_puts(t->out, "  ");
		if (t->v->sha256)
			strbuf_printf(t->out, "%-*s  ", IMAGE_SHA256_CHARS, hash_of(f, hash));
		text_cut(t->out, f->name, strlen(f->name), frozen_columns(t), CUT_BEGINNING);
		strbuf_puts(t->out, f->source ? "  (source text)\n" : "\n");
	}
	end_top_rows(t);
	if (t->n_rows && shared_bytes) {
		text_size(t->out, SIZE_COLUMNS, shared_bytes, t->style);
		strbuf_puts(t->out, "  in what they share: names, constants, tables of all of them\n");
	}
	if (t->n_rows) {
		text_size(t->out, SIZE_COLUMNS, all_bytes + shared_bytes, t->style);
		strbuf_puts(t->out, "  in all\n");
	}
	if (all && image->qstr.n_pools)
		qstrs(t->out, &image->qstr, t->style);
}

/* ---- all of it ---- */

static void nothing(struct strbuf *out, const struct image_view *v)
{
	const struct image *image = v->image;

	if (v->filter || v->min_bytes)
		strbuf_puts(out, "\nNo row fits --filter or --min.\n");
	else if (shows_only(v, IMAGE_FROZEN) && !v->elf_name && strcmp(image->format, "elf") != 0)
		strbuf_puts(out,
			    "\nThis map names no frozen modules; the ELF of the same build lists them:"
			    "\ngive it with --elf FILE.\n");
	else if (shows_only(v, IMAGE_FROZEN))
		strbuf_puts(out, "\nNo frozen modules are in it.\n");
	else if (shows_only(v, IMAGE_ARCHIVES) && has_objects(image))
		strbuf_puts(out, "\nNo object in it is of an archive.\n");
	else if (shows_only(v, IMAGE_STACK))
		strbuf_puts(out,
			    "\nThis ELF has no call frames: it is built without -g, or stripped. --su takes the .su and"
			    "\n.ci files that GCC writes with -fstack-usage and -fcallgraph-info=su.\n");
	else
		strbuf_printf(out, "\nThis input (%s) tells of none.\n", image->format);
}

/* An ELF tells of files for its static symbols only: no picture of what fills it, but there for who asks. */
static bool is_left_out(const struct image_view *v, unsigned list)
{
	bool of_objects = list == IMAGE_COMPONENTS || list == IMAGE_OBJECTS;

	return of_objects && !shows_only(v, list) && strcmp(v->image->format, "elf") == 0;
}

void text_image(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	static void (*const lists[N_IMAGE_LISTS])(struct text_table * t) = {
		[IMAGE_REGIONS] = regions,   [IMAGE_SECTIONS] = sections, [IMAGE_COMPONENTS] = components,
		[IMAGE_ARCHIVES] = archives, [IMAGE_OBJECTS] = objects,   [IMAGE_SYMBOLS] = symbols,
		[IMAGE_FROZEN] = frozen,     [IMAGE_SOURCES] = sources,   [IMAGE_UNITS] = units,
		[IMAGE_FOLDERS] = folders,   [IMAGE_STACK] = stack,       [IMAGE_NESTED] = nested,
	};
	const struct image *image = v->image;
	size_t n_rows = 0;

	text_role(out, style, ROLE_HEAD);
	text_clean(out, image->name);
	text_role(out, style, ROLE_PLAIN);
	strbuf_printf(out, " (%s%s%s%s)\n", image->format, v->elf_name ? " with its ELF" : "", v->tree ? ", " : "",
		      v->tree ? v->tree : "");
	text_image_answer(out, v, style);
	for (unsigned i = 0; i < N_IMAGE_LISTS; i++) {
		struct text_table table = { .out = out, .v = v, .style = style };
		if (!shows(v, i) || is_left_out(v, i))
			continue;
		lists[i](&table);
		n_rows += table.n_rows;
	}
	if (n_rows == 0)
		nothing(out, v);
	else if (shows(v, IMAGE_OBJECTS) && is_left_out(v, IMAGE_OBJECTS))
		strbuf_puts(out, "\nThe linker map has the owners of the bytes; --by symbol shows the symbols.\n");
}
