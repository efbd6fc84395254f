/* A build against its limits. What there is now is found by name. How far it grew is what diff says, so that a thing
 * which a compiler, a linker or a build folder calls otherwise is no new one. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "budget/check_image.h"

/* ---- two builds ---- */

/* What rows are about, and what their causes are made of. */
static unsigned tables_of(const struct check_of_build *b)
{
	static const unsigned tables[N_SUBJECTS] = {
		[SUBJECT_REGION] = DIFF_BIT(DIFF_REGIONS) | DIFF_BIT(DIFF_SECTIONS),
		[SUBJECT_SECTION] = DIFF_BIT(DIFF_SECTIONS),
		[SUBJECT_COMPONENT] = DIFF_BIT(DIFF_COMPONENTS),
		[SUBJECT_ARCHIVE] = DIFF_BIT(DIFF_ARCHIVES),
		[SUBJECT_OBJECT] = DIFF_BIT(DIFF_OBJECTS) | DIFF_BIT(DIFF_SYMBOLS),
		[SUBJECT_SYMBOL] = DIFF_BIT(DIFF_SYMBOLS),
		[SUBJECT_FROZEN] = DIFF_BIT(DIFF_FROZEN),
		[SUBJECT_IMAGE] = DIFF_BIT(DIFF_SECTIONS),
	};
	unsigned ret = diff_tells_owners(b->is.image) ? 0 : DIFF_BIT(DIFF_SYMBOLS);

	for (size_t i = 0; i < b->c->n_rows; i++)
		if (b->c->rows[i].limit && check_is_in(b->c->rows[i].entry, b->scope->in))
			ret |= tables[b->c->rows[i].entry->subject];
	return ret;
}

int check_compare(struct check_of_build *b)
{
	struct diff_options options = { .all = true, .region = b->scope->in };
	struct diag diag = { 0 };

	if (b->scope->compared || !b->is.image || !b->was.image)
		return 0;
	b->scope->compared = true;
	options.tables = tables_of(b);
	int r = diff_images(&b->scope->diff, b->was.image, b->is.image, b->rules, &options, &diag);
	if (r == -EINVAL) /* nothing is compared, of whatever it began with */
		diff_deinit(&b->scope->diff);
	return r == -ENOMEM ? r : 0;
}

const struct diff_list *check_compared(const struct check_of_build *b, enum figure_subject subject)
{
	static const enum diff_table tables[SUBJECT_IMAGE] = {
		[SUBJECT_REGION] = DIFF_REGIONS,       [SUBJECT_SECTION] = DIFF_SECTIONS,
		[SUBJECT_COMPONENT] = DIFF_COMPONENTS, [SUBJECT_ARCHIVE] = DIFF_ARCHIVES,
		[SUBJECT_OBJECT] = DIFF_OBJECTS,       [SUBJECT_SYMBOL] = DIFF_SYMBOLS,
		[SUBJECT_FROZEN] = DIFF_FROZEN,
	};
	const struct diff_list *list = &b->scope->diff.lists[tables[subject]];

	return list->compared ? list : NULL;
}

void check_not_comparable(struct check_of_build *b, struct check_row *row)
{
	bool without_regions = b->scope->in && b->was.image && !b->was.image->n_regions;
	const char *noun = check_noun(without_regions ? SUBJECT_REGION : row->entry->subject);

	if (!b->base)
		return; /* check_judge says that */
	if (!b->was.image)
		check_cannot(b->c, row, "of the baseline only the firmware's file is known, which tells of no %ss",
			     noun);
	else
		check_cannot(b->c, row, "the baseline, %s, tells of no %ss that could be compared", b->was.image->name,
			     noun);
}

/* ---- what there is ---- */

struct taker {
	struct check_finder *f;
	enum check_count what;
	bool mangled;
};

static int take(void *of, const struct check_thing *thing)
{
	struct taker *t = of;
	size_t n = check_find(t->f, thing->name, t->mangled);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = check_count(t->f, &t->f->searches[t->f->hits[i]], thing->name, t->what, thing->size_bytes);
	return r;
}

static int count_things(struct check_finder *f, struct check_contents *of_image, enum check_count what)
{
	struct taker t = { f, what, check_frozen_is_mangled(of_image->image) };

	return check_things(of_image, f->subject, take, &t);
}

static void offer(struct check *c, struct check_row *row, const struct check_found *found, struct figure_value base)
{
	check_offer(c, row,
		    &(struct check_figure){ .name = found->name,
					    .now = figure_bytes(found->now_bytes),
					    .base = base,
					    .capacity_bytes = NOT_KNOWN });
}

/* Growth comes later. */
static void offer_sizes(struct check *c, struct check_search *search)
{
	search->there = search->empty = search->n_found > 0;
	for (size_t i = 0; i < search->n_found; i++) {
		search->empty &= search->found[i].now_bytes == 0;
		for (size_t k = 0; k < search->n_rows; k++)
			if (!check_grows(&search->rows[k]))
				offer(c, &search->rows[k], &search->found[i], (struct figure_value){ 0 });
	}
}

/* ---- how it grew ---- */

/* What fits by its name of now counts with what it was before, whatever it was called. What fits by its old name alone
 * has left the limit, but was there. */
static int count_row(struct check_finder *f, const struct check_of_build *b, const struct diff_row *row)
{
	struct image_slice name = diff_slice(row->name), from = diff_slice(row->from ? row->from : row->name);
	bool is_there = row->new_bytes != NOT_KNOWN, was_there = row->old_bytes != NOT_KNOWN;
	size_t n = is_there ? check_find(f, name, check_frozen_is_mangled(b->is.image)) : 0;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct check_search *search = &f->searches[f->hits[i]];
		search->counted = row;
		r = check_count(f, search, name, CHECK_COUNT_NOW, row->new_bytes);
		if (r == 0 && was_there)
			r = check_count(f, search, name, CHECK_COUNT_BASE, row->old_bytes);
	}
	n = was_there && r == 0 ? check_find(f, from, check_frozen_is_mangled(b->was.image)) : 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct check_search *search = &f->searches[f->hits[i]];
		if (search->counted != row && !search->entry->each)
			r = check_count(f, search, from, CHECK_COUNT_BASE, row->old_bytes);
	}
	return r;
}

static void offer_growth(struct check_of_build *b, const struct check_search *search, struct check_row *row)
{
	bool offered = false;

	for (size_t i = 0; i < search->n_found; i++) {
		if (!search->found[i].n_now)
			continue;
		offer(b->c, row, &search->found[i], figure_bytes(search->found[i].base_bytes));
		offered = true;
	}
	if (offered)
		return;
	if (search->empty) { /* diff leaves out what has no byte in either */
		uint64_t base_bytes = search->n_found ? search->found[0].base_bytes : 0;
		offer(b->c, row, &(struct check_found){ .name = row->entry->pattern }, figure_bytes(base_bytes));
	} else {
		check_cannot(b->c, row,
			     "the baseline, %s, tells too little to compare it: one of the two is a linker"
			     " map, which names few static symbols",
			     b->was.image->name);
		check_advise(row, "give two maps, or two ELFs");
	}
}

static bool wants_growth(const struct check_search *search)
{
	bool ret = false;

	for (size_t i = 0; i < search->n_rows; i++)
		ret |= check_grows(&search->rows[i]);
	return ret && search->there;
}

/* They are there: nobody need look for names like theirs. */
static void close_growth(struct check_of_build *b, struct check_finder *f)
{
	for (size_t i = 0; i < f->n_searches; i++)
		for (size_t k = 0; k < f->searches[i].n_rows && f->searches[i].there; k++)
			if (check_grows(&f->searches[i].rows[k]))
				check_cannot(b->c, &f->searches[i].rows[k], "there is no older build");
}

static int check_growth(struct check_of_build *b, struct check_finder *f)
{
	bool wanted = false;
	int r = 0;

	for (size_t i = 0; i < f->n_searches; i++)
		wanted |= wants_growth(&f->searches[i]);
	if (!wanted)
		return 0;
	if (!b->base) {
		close_growth(b, f);
		return 0;
	}
	if (check_compare(b) < 0)
		return -ENOMEM;
	const struct diff_list *list = check_compared(b, f->subject);
	check_forget(f);
	for (size_t i = 0; list && i < list->n_rows && r == 0; i++)
		r = count_row(f, b, &list->rows[i]);
	for (size_t i = 0; i < f->n_searches && r == 0; i++)
		for (size_t k = 0; k < f->searches[i].n_rows && f->searches[i].there; k++) {
			struct check_row *row = &f->searches[i].rows[k];
			if (check_grows(row) && list)
				offer_growth(b, &f->searches[i], row);
			else if (check_grows(row))
				check_not_comparable(b, row);
		}
	return r;
}

/* ---- what is not there ---- */

/* Comparing names costs much more than finding one; of more that are not there the first tell enough. */
enum { NEAR_SEARCHES_MAX = 64 };

struct near_taker {
	struct check_near *nears; /* of each search */
	struct check_finder *f;
	bool mangled;
};

static int take_near(void *of, const struct check_thing *thing)
{
	struct near_taker *t = of;
	size_t n = check_find(t->f, thing->name, t->mangled);

	for (size_t i = 0; i < n; i++)
		t->nears[t->f->hits[i]].left_out = true;
	for (size_t i = 0; i < t->f->n_searches && i < NEAR_SEARCHES_MAX; i++)
		check_near_add(&t->nears[i], thing->name.text, thing->name.n_bytes);
	return 0;
}

static int find_near(struct check_of_build *b, struct check_finder *f)
{
	struct near_taker t = { arena_zeroed(&f->arena, f->n_searches, sizeof(*t.nears)), f,
				check_frozen_is_mangled(b->is.image) };

	if (!t.nears)
		return -ENOMEM;
	f->all = true; /* nothing else fits */
	for (size_t i = 0; i < f->n_searches; i++)
		t.nears[i] = (struct check_near){ .pattern = f->searches[i].entry->pattern, .arena = &f->arena };
	int r = check_things(&b->is, f->subject, take_near, &t);
	for (size_t i = 0; i < f->n_searches && r == 0; i++)
		for (size_t k = 0; k < f->searches[i].n_rows; k++)
			check_cannot_find(b->c, &f->searches[i].rows[k], check_noun(f->subject), &t.nears[i]);
	return r;
}

static void say_gone(struct check *c, const struct check_search *search, const char *noun)
{
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < search->n_found; i++)
		n_bytes = MIN(n_bytes + search->found[i].base_bytes, (uint64_t)INT64_MAX);
	for (size_t i = 0; i < search->n_rows && search->n_found; i++)
		check_cannot(c, &search->rows[i], "no %s %s '%s' any more; the baseline has %" PRIu64 " B of it", noun,
			     search->glob ? "fits" : "is called", search->entry->pattern, n_bytes);
}

/* Rows that nothing was said of fit nothing that there is. */
static int check_missing(struct check_of_build *b, enum figure_subject subject)
{
	struct check_finder f;
	int r = check_finder_init(&f, b->c, subject, b->scope->in, check_is_open);

	if (r == 0 && f.n_searches && b->was.image && check_tells(b->was.image, subject))
		r = count_things(&f, &b->was, CHECK_COUNT_BASE);
	for (size_t i = 0; i < f.n_searches && r == 0; i++)
		say_gone(b->c, &f.searches[i], check_noun(subject));
	if (r == 0 && f.n_searches)
		r = find_near(b, &f);
	check_finder_deinit(&f);
	return r;
}

/* ---- a subject ---- */

static void say_nothing_told(struct check_of_build *b, struct check_row *row, enum figure_subject subject)
{
	static const char *const advices[SUBJECT_IMAGE] = {
		[SUBJECT_REGION] = "give a map of GNU ld: it has them",
		[SUBJECT_COMPONENT] = "give the linker map: it tells whose the bytes are",
		[SUBJECT_ARCHIVE] = "give the linker map: it tells whose the bytes are",
		[SUBJECT_OBJECT] = "give the linker map: it tells whose the bytes are",
		[SUBJECT_SYMBOL] = "give the ELF of the build: it names all symbols",
	};
	const struct image *image = b->is.image;
	const char *noun = check_noun(subject);

	if (image) {
		check_cannot(b->c, row, "%s (%s) tells of no %ss", image->name, image->format, noun);
		check_advise(row, advices[subject]);
	} else {
		check_cannot(b->c, row, "only the firmware's file is given, which tells of no %ss", noun);
		check_advise(row, "give the linker map or the ELF too");
	}
}

/* What keeps an entry's "in" from counting anything: said. */
static bool is_nowhere(struct check_of_build *b, struct check_row *row)
{
	const struct image *image = b->is.image;
	struct check_near near = { .pattern = row->entry->in, .arena = &b->arena };
	const char *shared = NULL;

	for (uint32_t i = 0; i < image->n_regions; i++) {
		if (b->scope->now.regions[i] && !image_region_is_shared_out(image, i))
			return false;
		if (b->scope->now.regions[i])
			shared = image->regions[i].name;
		check_near_add(&near, image->regions[i].name, strlen(image->regions[i].name));
	}
	if (!image->n_regions)
		say_nothing_told(b, row, SUBJECT_REGION);
	else if (shared)
		check_cannot(b->c, row, "region %s: it is shared out among other regions, which have the figures",
			     shared);
	else
		check_cannot_find(b->c, row, "region", &near);
	return true;
}

static bool all_nowhere(struct check_of_build *b, struct check_finder *f)
{
	bool ret = b->scope->in && f->n_searches;

	for (size_t i = 0; i < f->n_searches && ret; i++)
		for (size_t k = 0; k < f->searches[i].n_rows; k++)
			ret &= is_nowhere(b, &f->searches[i].rows[k]);
	return ret;
}

static int check_sizes(struct check_of_build *b, struct check_finder *f)
{
	int r = count_things(f, &b->is, CHECK_COUNT_NOW);

	for (size_t i = 0; i < f->n_searches && r == 0; i++)
		offer_sizes(b->c, &f->searches[i]);
	return r < 0 ? r : check_growth(b, f);
}

static int check_subject(struct check_of_build *b, enum figure_subject subject)
{
	const struct image *image = b->is.image;
	struct check_finder f;
	int r = check_finder_init(&f, b->c, subject, b->scope->in, check_is_open);
	bool tells = image && check_tells(image, subject);

	if (r == 0 && f.n_searches && tells && !all_nowhere(b, &f)) {
		r = subject == SUBJECT_REGION ? check_regions(b, &f) : check_sizes(b, &f);
		if (r == 0)
			r = check_missing(b, subject);
	} else if (r == 0 && !tells) {
		for (size_t i = 0; i < f.n_searches; i++)
			for (size_t k = 0; k < f.searches[i].n_rows; k++)
				say_nothing_told(b, &f.searches[i].rows[k], subject);
	}
	check_finder_deinit(&f);
	return r;
}

/* ---- in regions ---- */

static int add_scope(struct check_of_build *b, const char *in)
{
	struct check_scope *scope = vec_add(b, scopes);
	int r = scope ? 0 : -ENOMEM;

	if (scope)
		*scope = (struct check_scope){ .in = in };
	if (r == 0 && in && b->is.image)
		r = diff_scope_make(&b->arena, &scope->now, b->is.image, in);
	if (r == 0 && in && b->was.image)
		r = diff_scope_make(&b->arena, &scope->base, b->was.image, in);
	return r;
}

static int add_scopes(struct check_of_build *b)
{
	struct names names = { .arena = &b->arena };
	int r = add_scope(b, NULL);

	for (size_t i = 0; i < b->c->n_rows && r == 0; i++) {
		const struct check_row *row = &b->c->rows[i];
		const char *in = row->limit ? row->entry->in : NULL;
		size_t n = names.n_entries;
		if (in && names_add(&names, in, strlen(in)) == NAMES_NONE)
			r = -ENOMEM;
		else if (names.n_entries > n)
			r = add_scope(b, in);
	}
	names_deinit(&names);
	return r;
}

void check_choose(struct check_of_build *b, const char *in)
{
	size_t i = 0;
	const struct budget_entry wanted = { .in = in };

	while (!check_is_in(&wanted, b->scopes[i].in))
		i++;
	b->scope = &b->scopes[i];
	b->is.scope = in ? &b->scope->now : NULL;
	b->was.scope = in ? &b->scope->base : NULL;
}

static int check_subjects(struct check_of_build *b)
{
	int r = 0;

	for (size_t i = 0; i < b->n_scopes; i++) {
		check_choose(b, b->scopes[i].in);
		for (unsigned subject = 0; subject < SUBJECT_IMAGE && r == 0; subject++)
			r = check_subject(b, (enum figure_subject)subject);
	}
	return r;
}

static void deinit(struct check_of_build *b)
{
	for (size_t i = 0; i < b->n_scopes; i++)
		diff_deinit(&b->scopes[i].diff);
	vec_deinit(b, scopes);
	if (b->matched)
		diff_objects_deinit(&b->objects);
	check_contents_deinit(&b->is);
	check_contents_deinit(&b->was);
	arena_deinit(&b->arena);
}

int check_image(struct check *c, const struct check_build *now, const struct check_build *base,
		const struct components *rules)
{
	struct check_of_build b = { .c = c,
				    .now = now,
				    .base = base,
				    .rules = rules,
				    .is = { .image = now->image, .rules = rules },
				    .was = { .image = base ? base->image : NULL, .rules = rules } };
	int r = add_scopes(&b);

	if (r == 0)
		r = check_subjects(&b);
	if (r == 0)
		r = check_whole(&b);
	if (r == 0)
		r = check_image_causes(&b);
	deinit(&b);
	return r < 0 ? r : arena_error(&c->arena);
}
