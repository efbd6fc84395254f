/* What a build's broken limits are made of: objects, of an object its symbols. Against a baseline what grew or came
 * into what is limited; else, and where nothing did, what is largest in it. */
#include <errno.h>

#include "budget/check_image.h"

/* What a row is about, and what of an image counts there. */
struct about {
	struct image_check *check;
	struct check_row *row;
	enum figure_subject subject;
	struct matcher matcher; /* of its entry */
	struct arena arena;
	struct image_scope now, base;
	bool in_base;  /* the baseline has it */
	bool no_worse; /* than in the baseline, as a whole: what grew in it is no cause */
	int64_t was;   /* the figure that is limited, in the baseline */
	struct check_top top;
};

static bool is_about(struct about *a, struct image_slice name, bool is_c_name)
{
	if (a->row->entry->each || a->subject == SUBJECT_REGION)
		return slice_is(name, a->row->found ? a->row->found : a->row->entry->pattern);
	return matcher_find(&a->matcher, name, is_c_name, NULL) > 0 && !a->matcher.hits[0].left_out;
}

/* Of the whole: what is stored. */
static bool is_about_section(struct about *a, const struct image_section *s)
{
	if (a->subject == SUBJECT_IMAGE)
		return image_section_load_bytes(s) > 0;
	return a->subject != SUBJECT_SECTION || (s->alloc && !s->placeholder && is_about(a, slice_of(s->name), false));
}

static int note_name(void *ctx, const struct figure *figure)
{
	struct about *a = ctx;

	if (!is_about(a, figure->name, figure->c_name))
		return 0;
	a->in_base = true;
	if (figure->kind == a->row->limit->spec->figure && figure->value.known)
		a->was += figure->value.amount;
	return 0;
}

/* Leaves the bytes of the row alone in the scope of its "in". */
static int narrow(struct about *a, struct image_lists *lists, struct image_scope *ret)
{
	const struct image *image = lists->image;
	bool of_group = a->subject == SUBJECT_COMPONENT || a->subject == SUBJECT_ARCHIVE;
	const struct image_groups *groups = of_group ? image_lists_groups(lists, a->subject) : NULL;

	if (image_scope_init(&a->arena, ret, image) < 0 || (of_group && !groups))
		return -ENOMEM;
	for (size_t i = 0; i < image->n_regions; i++)
		ret->regions[i] = a->subject == SUBJECT_REGION && is_about(a, slice_of(image->regions[i].name), false);
	image_scope_add_sections(ret, image, a->subject != SUBJECT_REGION);
	for (size_t i = 0; i < image->n_sections; i++) {
		if (!is_about_section(a, &image->sections[i]))
			ret->sections[i] = IMAGE_COUNTS_NOT;
		else if (lists->scope)
			ret->sections[i] = lists->scope->sections[i];
	}
	image_scope_add_objects(ret, image, a->subject == SUBJECT_SECTION);
	for (size_t i = 0; i < image->n_objects && of_group; i++) {
		uint32_t group = groups->of_object[i];
		if (group == IMAGE_NONE || !is_about(a, slice_of(groups->groups[group].name), false))
			ret->objects[i] = 0;
	}
	return 0;
}

/* ---- objects ---- */

static int find_objects(struct about *a)
{
	const struct image *image = a->check->now_lists.image;
	const struct diff_list *list = a->in_base && !a->no_worse ? image_check_list(a->check, SUBJECT_OBJECT) : NULL;
	uint64_t *was = arena_zeroed(&a->arena, image->n_objects, sizeof(*was));

	if (!was)
		return -ENOMEM;
	for (size_t i = 0; list && i < N_PSEUDO_OBJECTS; i++) /* which may have no row, as of reserved bytes alone */
		was[i] = a->base.objects[i];
	for (size_t i = 0; list && i < list->n_rows; i++)
		if (list->rows[i].i_new != DIFF_NONE && list->rows[i].i_old != DIFF_NONE)
			was[list->rows[i].i_new] = a->base.objects[list->rows[i].i_old];
	for (size_t i = 0; i < image->n_objects; i++) {
		int64_t delta = list ? (int64_t)(a->now.objects[i] - was[i]) : FIGURE_NO_DELTA;
		check_top_add(&a->top, (struct check_candidate){
					       .i = i, .delta_bytes = delta, .size_bytes = a->now.objects[i] });
	}
	return 0;
}

/* ---- symbols of an object, or where the input has no objects; frozen modules of several together ---- */

static int add_thing(struct about *a, struct names *names, struct image_slice name, uint64_t size_bytes)
{
	check_top_add(&a->top, (struct check_candidate){
				       .name = name, .delta_bytes = FIGURE_NO_DELTA, .size_bytes = size_bytes });
	return names_add(names, name.text, name.n_bytes) == NAMES_NONE ? -ENOMEM : 0;
}

static bool has_symbol(struct about *a, const struct image *image, const struct image_symbol *symbol)
{
	if (!image_symbol_counts(image, symbol) || a->now.sections[symbol->section] != IMAGE_COUNTS)
		return false;
	if (a->subject == SUBJECT_OBJECT)
		return symbol->object != IMAGE_NONE && is_about(a, slice_of(image->objects[symbol->object].key), false);
	return a->subject != SUBJECT_SYMBOL || is_about(a, symbol->name, false);
}

static int list_things(struct about *a, struct names *names)
{
	const struct image *image = a->check->now_lists.image;
	int r = 0;

	for (size_t i = 0; i < image->n_frozen && a->subject == SUBJECT_FROZEN && r == 0; i++)
		if (is_about(a, slice_of(image->frozen[i].name), image_frozen_has_c_names(image)))
			r = add_thing(a, names, slice_of(image->frozen[i].name), image->frozen[i].size_bytes);
	for (size_t i = 0; i < image->n_symbols && a->subject != SUBJECT_FROZEN && r == 0; i++)
		if (has_symbol(a, image, &image->symbols[i]))
			r = add_thing(a, names, image->symbols[i].name, image->symbols[i].size_bytes);
	return r;
}

/* By how much a row of the diff grew there: what came out of another object is new in this one. */
static int64_t growth_of(struct about *a, const struct diff_row *d)
{
	bool of_object = a->subject == SUBJECT_OBJECT;

	if (d->new_bytes == NOT_KNOWN || (of_object && !(d->place && is_about(a, slice_of(d->place), false))))
		return 0;
	if (of_object && d->from_place && !is_about(a, slice_of(d->from_place), false))
		return (int64_t)d->new_bytes;
	return d->delta_bytes;
}

static int find_things(struct about *a)
{
	struct names names = { .arena = &a->arena };
	int r = list_things(a, &names);
	enum figure_subject subject = a->subject == SUBJECT_FROZEN ? SUBJECT_FROZEN : SUBJECT_SYMBOL;
	const struct diff_list *list = a->no_worse ? NULL : image_check_list(a->check, subject);

	for (size_t i = 0; list && i < list->n_rows && r == 0; i++) {
		const struct diff_row *d = &list->rows[i];
		int64_t delta = growth_of(a, d);
		if (delta > 0 && names_find(&names, d->name, strlen(d->name)) != NAMES_NONE)
			check_top_add(&a->top, (struct check_candidate){ i, slice_of(d->name), delta, d->new_bytes });
	}
	names_deinit(&names);
	return r;
}

/* Input sections of objects whose symbols were not read; with a section for each function they have its name. */
static void find_pieces(struct about *a)
{
	const struct image *image = a->check->now_lists.image;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		bool counts = s->alloc && !s->reserved && a->now.sections[i] == IMAGE_COUNTS;
		for (size_t k = s->i_piece; counts && k < s->i_piece + s->n_pieces; k++) {
			const struct image_piece *p = &image->pieces[k];
			struct image_slice name = p->name.n_bytes ? p->name : slice_of(s->name);
			if (p->size_bytes && is_about(a, slice_of(image->objects[p->object].key), false))
				check_top_add(&a->top,
					      (struct check_candidate){ k, name, FIGURE_NO_DELTA, p->size_bytes });
		}
	}
}

/* ---- names ---- */

/* Where the last n_parts of a path begin; 0: it has no more. */
static size_t tail_at(const char *path, unsigned n_parts)
{
	size_t at = strlen(path);

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

	if (i_object < N_PSEUDO_OBJECTS || image_object_is_lto(object))
		return arena_text(&c->arena, object->key, strlen(object->key));
	for (unsigned n_parts = 1; !alone; n_parts++) {
		tail = object->path + tail_at(object->path, n_parts);
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

static bool is_no_worse(const struct about *a)
{
	const struct image *image = a->check->now_lists.image;
	const struct limit_spec *spec = a->row->limit->spec;
	int64_t now = a->row->value.amount;

	if (!a->in_base || check_is_growth(a->row))
		return false;
	if (a->subject == SUBJECT_IMAGE)
		return image && image_stored_bytes(image) <= image_stored_bytes(a->check->base_lists.image);
	return spec->least ? now >= a->was : now <= a->was;
}

/* Objects of places and groups, where the input has owners; else symbols. */
static int find_parts(struct about *a, bool *ret_objects)
{
	struct image_check *b = a->check;
	bool of_objects = a->subject != SUBJECT_OBJECT && a->subject != SUBJECT_SYMBOL && a->subject != SUBJECT_FROZEN;
	int r = image_check_compare(b);

	if (r == 0 && b->base_lists.image && a->subject < SUBJECT_IMAGE &&
	    image_reports(b->base_lists.image, a->subject))
		r = image_figures(&b->base_lists, a->subject, note_name, a);
	a->in_base |= a->subject == SUBJECT_IMAGE && b->base_lists.image;
	a->no_worse = is_no_worse(a);
	if (r == 0)
		r = narrow(a, &b->now_lists, &a->now);
	if (r == 0 && b->base_lists.image)
		r = narrow(a, &b->base_lists, &a->base);
	if (r == 0 && of_objects && image_reports(b->now_lists.image, SUBJECT_OBJECT))
		r = find_objects(a);
	*ret_objects = a->top.largest.n > 0;
	if (r == 0 && !a->top.largest.n && a->subject != SUBJECT_COMPONENT && a->subject != SUBJECT_ARCHIVE)
		r = find_things(a);
	if (r == 0 && !a->top.largest.n && a->subject == SUBJECT_OBJECT)
		find_pieces(a);
	return r;
}

static int find_causes(struct image_check *b, struct check_row *row)
{
	struct about a = { .check = b, .row = row, .subject = row->entry->subject };
	bool are_objects = false;

	matcher_init(&a.matcher, a.subject);
	int r = matcher_add(&a.matcher, row->entry);
	if (r == 0)
		r = find_parts(&a, &are_objects);
	const struct check_ranking *parts = check_top_parts(&a.top);
	/* Of growth only what grew is a cause. */
	bool none_grew = check_is_growth(row) && a.in_base && parts != &a.top.grown;
	for (size_t i = 0; i < parts->n && r == 0 && !none_grew; i++) {
		struct check_candidate part = parts->best[i];
		if (are_objects)
			part.name = slice_of(short_name(b->c, b->now_lists.image, part.i));
		row->causes[row->n_causes++] = check_part_of(b->c, &part);
	}
	matcher_deinit(&a.matcher);
	arena_deinit(&a.arena);
	return r;
}

/* One symbol, or one module, is made of nothing else. */
static bool has_parts(const struct check_row *row)
{
	bool of_one = row->entry->subject == SUBJECT_SYMBOL || row->entry->subject == SUBJECT_FROZEN;

	if (SUBJECTS_OF_SOURCES >> row->entry->subject & 1) /* map --by source tells what is in a folder */
		return false;

	return !of_one || (check_is_glob(row->entry->pattern) && !row->entry->each);
}

int image_causes(struct image_check *b)
{
	int r = 0;

	for (size_t i = 0; i < b->c->n_rows && b->now_lists.image && r == 0; i++) {
		struct check_row *row = &b->c->rows[i];
		bool wanted = row->limit && row->entry->subject <= SUBJECT_IMAGE && check_wants_causes(row) &&
			      filter_same_regions(row->entry, b->in);
		if (wanted && has_parts(row) && b->n_caused++ < CHECK_CAUSED_MAX)
			r = find_causes(b, row);
	}
	return r;
}
