/* What a build's broken limits are made of: objects, of an object its symbols. Against a baseline what grew or came
 * into what is limited; else, and where nothing did, what is largest in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget/check_image.h"

/* ---- what a row is about ---- */

static bool is_about(const struct check_row *row, const char *name)
{
	if (row->entry->each || row->entry->subject == SUBJECT_REGION)
		return strcmp(name, row->found ? row->found : row->entry->pattern) == 0;
	return check_fits(row->entry, name);
}

static bool is_about_slice(const struct check_row *row, struct image_slice name)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_add(&text, name.text, name.n_bytes);
	return is_about(row, strbuf_text(&text));
}

/* Of the whole: what is stored. */
static bool holds_section(const struct check_row *row, const struct image_section *s)
{
	return row->entry->subject == SUBJECT_IMAGE ? image_section_load_bytes(s) > 0 :
						      s->alloc && !s->placeholder && is_about(row, s->name);
}

/* Whose compressed copy alone counts, nobody knows. */
static bool counts(const struct check_contents *of_image, size_t i_section)
{
	return !of_image->scope || of_image->scope->sections[i_section] == DIFF_COUNTS;
}

/* ---- objects ---- */

/* Adds the bytes that each object has in what the row is about. 1: that is there; 0; -ENOMEM. */
typedef int add_bytes(struct check_contents *of_image, const struct check_row *row, uint64_t *ret);

static int add_regions(struct check_contents *of_image, const struct check_row *row, uint64_t *ret)
{
	const struct image *image = of_image->image;
	int there = 0;

	for (size_t k = 0; k < image->n_regions; k++) {
		if (!is_about(row, image->regions[k].name))
			continue;
		there = 1;
		for (size_t i = 0; i < image->n_objects; i++)
			ret[i] += image->objects[i].by_region[k];
	}
	return there;
}

static int add_sections(struct check_contents *of_image, const struct check_row *row, uint64_t *ret)
{
	const struct image *image = of_image->image;
	int there = 0;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!holds_section(row, s))
			continue;
		there = 1;
		if (!counts(of_image, i))
			continue;
		for (size_t k = s->i_piece; k < s->i_piece + s->n_pieces; k++)
			ret[image->pieces[k].object] += image->pieces[k].size_bytes;
	}
	return there;
}

static int add_groups(const struct check_contents *of_image, const struct image_groups *groups,
		      const struct check_row *row, uint64_t *ret)
{
	const struct image *image = of_image->image;
	int there = 0;

	for (size_t i = 0; i < image->n_objects; i++) {
		uint32_t group = groups->of_object[i];
		if (group == IMAGE_NONE || !is_about(row, groups->groups[group].name))
			continue;
		there = 1;
		ret[i] += of_image->scope ? of_image->scope->objects[i] : image->objects[i].size_bytes;
	}
	return there;
}

static int add_components(struct check_contents *of_image, const struct check_row *row, uint64_t *ret)
{
	const struct image_groups *groups = check_components(of_image);

	return groups ? add_groups(of_image, groups, row, ret) : -ENOMEM;
}

static int add_archives(struct check_contents *of_image, const struct check_row *row, uint64_t *ret)
{
	const struct image_groups *groups = check_archives(of_image);

	return groups ? add_groups(of_image, groups, row, ret) : -ENOMEM;
}

static add_bytes *const adders[SUBJECT_IMAGE + 1] = {
	[SUBJECT_REGION] = add_regions,   [SUBJECT_SECTION] = add_sections, [SUBJECT_COMPONENT] = add_components,
	[SUBJECT_ARCHIVE] = add_archives, [SUBJECT_IMAGE] = add_sections,
};

static int match_objects(struct check_of_build *b)
{
	if (b->matched)
		return 0;
	int r = diff_objects_match(&b->objects, b->was.image, b->is.image);
	b->matched = r == 0;
	return r;
}

/* now, base: bytes of each object; base NULL: only what is there now. */
static void choose_objects(const struct check_of_build *b, const uint64_t *now, const uint64_t *base,
			   struct check_top *top)
{
	for (size_t i = 0; i < b->is.image->n_objects; i++) {
		uint32_t partner = base ? b->objects.new.partner[i] : MATCH_NONE;
		uint64_t old_bytes = partner == MATCH_NONE ? 0 : base[partner];
		int64_t delta = (int64_t)(now[i] - old_bytes);
		if (now[i] && (!base || delta > 0))
			check_top_add(top, (struct check_candidate){ .i = i,
								     .delta_bytes = base ? delta : FIGURE_NO_DELTA,
								     .size_bytes = now[i] });
	}
}

static int find_objects(struct check_of_build *b, const struct check_row *row, struct check_top *top)
{
	const struct image *image = b->is.image, *old = b->was.image;
	add_bytes *add = adders[row->entry->subject];
	bool compare = old && diff_tells_owners(old);

	if (!diff_tells_owners(image))
		return 0;
	uint64_t *now = calloc(image->n_objects + 1, sizeof(*now));
	uint64_t *base = calloc(compare ? old->n_objects + 1 : 1, sizeof(*base));
	int r = now && base ? add(&b->is, row, now) : -ENOMEM;
	if (r >= 0 && compare) {
		r = add(&b->was, row, base);
		if (r > 0 && (r = match_objects(b)) == 0)
			choose_objects(b, now, base, top);
	}
	if (r >= 0 && !top->n)
		choose_objects(b, now, NULL, top);
	free(now);
	free(base);
	return MIN(r, 0);
}

/* ---- symbols: of objects, and of all where nothing tells of objects ---- */

static bool has_symbol(const struct check_contents *of_image, const struct check_row *row,
		       const struct image_symbol *symbol)
{
	const struct image *image = of_image->image;
	const struct image_section *s = symbol->section == IMAGE_NONE ? NULL : &image->sections[symbol->section];

	if (!symbol->size_bytes || !s || !s->alloc || s->reserved || !counts(of_image, symbol->section))
		return false;
	switch (row->entry->subject) {
	case SUBJECT_SYMBOL:
		return is_about_slice(row, symbol->name);
	case SUBJECT_OBJECT:
		return symbol->object != IMAGE_NONE && is_about(row, diff_object_name(&image->objects[symbol->object]));
	case SUBJECT_REGION:
		return s->region != IMAGE_NONE && is_about(row, image->regions[s->region].name);
	default:
		return holds_section(row, s);
	}
}

/* What has come out of another object is new in this one. */
static int64_t grown_bytes(const struct check_row *row, const struct diff_row *d)
{
	bool is_new = row->entry->subject == SUBJECT_OBJECT && d->from_place && !is_about(row, d->from_place);

	return d->new_bytes == NOT_KNOWN ? 0 : is_new ? (int64_t)d->new_bytes : d->delta_bytes;
}

static void choose_grown(const struct check_row *row, const struct diff_list *list, const struct names *names,
			 struct check_top *top)
{
	for (size_t i = 0; i < list->n_rows; i++) {
		const struct diff_row *d = &list->rows[i];
		int64_t delta = grown_bytes(row, d);
		bool elsewhere = row->entry->subject == SUBJECT_OBJECT && !(d->place && is_about(row, d->place));
		if (delta > 0 && !elsewhere && names_find(names, d->name, strlen(d->name)) != NAMES_NONE)
			check_top_add(top, (struct check_candidate){ i, diff_slice(d->name), delta, d->new_bytes });
	}
}

static int find_symbols(struct check_of_build *b, const struct check_row *row, struct check_top *top)
{
	const struct image *image = b->is.image;
	struct check_top largest = { .n = 0 };
	struct arena arena = { 0 };
	struct names names = { .arena = &arena };
	int r = check_compare(b);

	for (size_t i = 0; i < image->n_symbols && r == 0; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (!has_symbol(&b->is, row, s))
			continue;
		check_top_add(&largest, (struct check_candidate){ i, s->name, FIGURE_NO_DELTA, s->size_bytes });
		if (names_add(&names, s->name.text, s->name.n_bytes) == NAMES_NONE)
			r = -ENOMEM;
	}
	const struct diff_list *list = check_compared(b, SUBJECT_SYMBOL);
	if (r == 0 && list)
		choose_grown(row, list, &names, top);
	if (!top->n)
		*top = largest;
	names_deinit(&names);
	arena_deinit(&arena);
	return r;
}

/* Input sections of objects whose symbols nobody has read; with a section for each function they are called after
 * it. */
static int find_pieces(struct check_of_build *b, const struct check_row *row, struct check_top *top)
{
	const struct image *image = b->is.image;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		for (size_t k = s->i_piece;
		     k < s->i_piece + s->n_pieces && s->alloc && !s->reserved && counts(&b->is, i); k++) {
			const struct image_piece *p = &image->pieces[k];
			struct image_slice name = p->name.n_bytes ? p->name : diff_slice(s->name);
			if (p->size_bytes && is_about(row, diff_object_name(&image->objects[p->object])))
				check_top_add(top, (struct check_candidate){ k, name, FIGURE_NO_DELTA, p->size_bytes });
		}
	}
	return 0;
}

/* ---- frozen modules: of several together ---- */

static bool is_any(const struct check_row *row)
{
	(void)row;
	return true;
}

static bool has_module(struct check_finder *f, const struct check_row *row, const char *name, bool mangled)
{
	size_t n = check_find(f, diff_slice(name), mangled);

	for (size_t i = 0; i < n; i++)
		if (f->searches[f->hits[i]].entry == row->entry)
			return true;
	return false;
}

static int find_modules(struct check_of_build *b, const struct check_row *row, struct check_top *top)
{
	const struct image *image = b->is.image;
	bool mangled = check_frozen_is_mangled(image);
	struct check_finder f;

	if (row->entry->each || !check_is_glob(row->entry->pattern))
		return 0;
	int r = check_finder_init(&f, b->c, SUBJECT_FROZEN, NULL, is_any);
	if (r == 0)
		r = check_compare(b);
	const struct diff_list *list = check_compared(b, SUBJECT_FROZEN);
	for (size_t i = 0; list && i < list->n_rows && r == 0; i++) {
		const struct diff_row *d = &list->rows[i];
		if (d->delta_bytes > 0 && has_module(&f, row, d->name, mangled))
			check_top_add(top,
				      (struct check_candidate){ i, diff_slice(d->name), d->delta_bytes, d->new_bytes });
	}
	bool has_grown = top->n > 0;
	for (size_t i = 0; i < image->n_frozen && !has_grown && r == 0; i++) {
		const struct image_frozen *m = &image->frozen[i];
		if (has_module(&f, row, m->name, mangled))
			check_top_add(top, (struct check_candidate){ i, diff_slice(m->name), FIGURE_NO_DELTA,
								     m->size_bytes });
	}
	check_finder_deinit(&f);
	return r;
}

/* ---- names ---- */

/* Where the last n_parts of a path begin, which ends at n_bytes; 0: it has no more. */
static size_t tail_at(const char *path, size_t n_bytes, unsigned n_parts)
{
	size_t at = n_bytes;

	while (at > 0) {
		bool is_slash = path[at - 1] == '/' || path[at - 1] == '\\';
		if (is_slash && --n_parts == 0)
			break;
		at--;
	}
	return at;
}

static bool ends_alike(const struct image_object *o, const char *tail, const char *member)
{
	size_t n = strlen(o->path), n_tail = strlen(tail);

	if ((member == NULL) != (o->member == NULL) || (member && strcmp(member, o->member) != 0) || n < n_tail)
		return false;
	const char *before = o->path + n - n_tail;
	return strcmp(before, tail) == 0 && (before == o->path || before[-1] == '/' || before[-1] == '\\');
}

/* As much of its path as tells it from all others that have bytes. */
static const char *short_name(struct check *c, const struct image *image, size_t i_object)
{
	const struct image_object *object = &image->objects[i_object];
	const char *tail = object->path;
	bool alone = false;

	if (i_object < N_PSEUDO_OBJECTS || diff_object_is_lto(object))
		return arena_text(&c->arena, object->key, strlen(object->key));
	for (unsigned n_parts = 1; !alone; n_parts++) {
		tail = object->path + tail_at(object->path, strlen(object->path), n_parts);
		alone = true;
		for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects && alone; i++)
			alone = i == i_object || !image->objects[i].size_bytes ||
				!ends_alike(&image->objects[i], tail, object->member);
		alone |= tail == object->path;
	}
	return object->member ? arena_printf(&c->arena, "%s(%s)", tail, object->member) :
				arena_text(&c->arena, tail, strlen(tail));
}

/* ---- all of it ---- */

typedef int find_causes(struct check_of_build *b, const struct check_row *row, struct check_top *top);

/* The first that finds some. */
static find_causes *const finders[SUBJECT_IMAGE + 1][2] = {
	[SUBJECT_REGION] = { find_objects, find_symbols },
	[SUBJECT_SECTION] = { find_objects, find_symbols },
	[SUBJECT_COMPONENT] = { find_objects },
	[SUBJECT_ARCHIVE] = { find_objects },
	[SUBJECT_OBJECT] = { find_symbols, find_pieces },
	[SUBJECT_FROZEN] = { find_modules },
	[SUBJECT_SYMBOL] = { find_symbols },
	[SUBJECT_IMAGE] = { find_objects, find_symbols },
};

static int find_for(struct check_of_build *b, struct check_row *row)
{
	struct check_top top = { .n = 0 };
	bool of_objects = false;
	int r = 0;

	check_choose(b, row->entry->in);
	for (size_t i = 0; i < ARRAY_SIZE(finders[0]) && r == 0 && !top.n; i++) {
		find_causes *find = finders[row->entry->subject][i];
		if (find)
			r = find(b, row, &top);
		of_objects = find == find_objects;
	}
	for (size_t i = 0; i < top.n && r == 0; i++)
		row->causes[i] = (struct figure_part){
			.name = of_objects ? short_name(b->c, b->is.image, top.best[i].i) :
					     arena_text(&b->c->arena, top.best[i].name.text, top.best[i].name.n_bytes),
			.delta_bytes = top.best[i].delta_bytes,
			.size_bytes = top.best[i].size_bytes
		};
	row->n_causes = r == 0 ? top.n : 0;
	return r;
}

/* One symbol is made of nothing else. */
static bool has_parts(const struct check_row *row)
{
	return row->entry->subject != SUBJECT_SYMBOL || (check_is_glob(row->entry->pattern) && !row->entry->each);
}

int check_image_causes(struct check_of_build *b)
{
	size_t n_caused = 0;
	int r = 0;

	for (size_t i = 0; i < b->c->n_rows && b->is.image && n_caused < CHECK_CAUSED_MAX && r == 0; i++) {
		struct check_row *row = &b->c->rows[i];
		if (!row->limit || row->entry->subject > SUBJECT_IMAGE || !check_wants_causes(row) || !has_parts(row))
			continue;
		n_caused++;
		r = find_for(b, row);
	}
	return r;
}
