/* A build against its limits. What there is now is the image's own lists. How far it grew is what diff finds, so that a
 * thing which a compiler, a linker or a build folder renamed is no new one. */
#include "budget/check_image.h"

#include <errno.h>
#include <inttypes.h>

#include "budget/filter.h"
#include "memprof/base/glob.h"

/* ---- two builds ---- */

/* The list of a diff with things of a subject, and those that causes are made of. */
static const struct {
	enum diff_table table;
	unsigned parts;
} tables[SUBJECT_IMAGE + 1] = {
	[SUBJECT_REGION] = { DIFF_REGIONS, DIFF_BIT(DIFF_OBJECTS) },
	[SUBJECT_SECTION] = { DIFF_SECTIONS, DIFF_BIT(DIFF_OBJECTS) },
	[SUBJECT_COMPONENT] = { DIFF_COMPONENTS, DIFF_BIT(DIFF_OBJECTS) },
	[SUBJECT_ARCHIVE] = { DIFF_ARCHIVES, DIFF_BIT(DIFF_OBJECTS) },
	[SUBJECT_OBJECT] = { DIFF_OBJECTS, DIFF_BIT(DIFF_SYMBOLS) },
	[SUBJECT_SYMBOL] = { DIFF_SYMBOLS, 0 },
	[SUBJECT_SOURCE] = { DIFF_SOURCES, 0 },
	[SUBJECT_FROZEN] = { DIFF_FROZEN, 0 },
	[SUBJECT_FOLDER] = { DIFF_FOLDERS, 0 },
	[SUBJECT_IMAGE] = { DIFF_SECTIONS, DIFF_BIT(DIFF_OBJECTS) },
};

int image_check_compare(struct image_check *b)
{
	struct diff_options options = { .all = true, .region = b->in };
	struct diag diag = { 0 };

	if (b->compared || !b->now_lists.image || !b->base_lists.image)
		return 0;
	b->compared = true;
	options.tables = image_reports(b->now_lists.image, SUBJECT_OBJECT) ? 0 : DIFF_BIT(DIFF_SYMBOLS);
	for (size_t i = 0; i < b->c->n_rows; i++) {
		const struct check_row *row = &b->c->rows[i];
		if (row->limit && row->entry->subject <= SUBJECT_IMAGE && filter_same_regions(row->entry, b->in))
			options.tables |= DIFF_BIT(tables[row->entry->subject].table) |
					  tables[row->entry->subject].parts;
	}
	int r = diff_images(&b->diff, b->base_lists.image, b->now_lists.image, b->now_lists.rules, &options, &diag);
	if (r == -EINVAL) /* nothing is compared, of whatever it began with */
		diff_deinit(&b->diff);
	return r == -ENOMEM ? r : 0;
}

const struct diff_list *image_check_list(const struct image_check *b, enum figure_subject subject)
{
	const struct diff_list *list = &b->diff.lists[tables[subject].table];

	return list->compared ? list : NULL;
}

/* ---- figures against those of the baseline ---- */

static int take_row(struct image_check *b, struct filter *f, const struct diff_row *row)
{
	struct figure figure = { .kind = FIGURE_SIZE, .capacity_bytes = NOT_KNOWN, .base = figure_bytes(0) };

	if (row->new_bytes != NOT_KNOWN) {
		figure.name = slice_of(row->name);
		figure.c_name = image_frozen_has_c_names(b->now_lists.image);
		figure.value = figure_bytes(row->new_bytes);
	}
	if (row->old_bytes != NOT_KNOWN) {
		figure.old_name = slice_of(row->from ? row->from : row->name);
		figure.old_c_name = image_frozen_has_c_names(b->base_lists.image);
		figure.base = figure_bytes(row->old_bytes);
	}
	return filter_take(f, &figure);
}

/* The figures of a region; of a new one the base is 0. */
static int take_region(struct image_check *b, struct filter *f, const struct diff_row *row)
{
	int r = 0;

	for (enum figure_kind kind = FIGURE_USED; kind <= FIGURE_END && r == 0; kind++) {
		struct figure figure = image_region_figure(b->now_lists.image, row->i_new, kind);
		figure.base = row->i_old == DIFF_NONE ?
				      figure_bytes(0) :
				      image_region_figure(b->base_lists.image, row->i_old, kind).value;
		r = filter_take(f, &figure);
	}
	return r;
}

/* Regions come in the order of the image, as elsewhere. */
static int take_growth(struct image_check *b, struct filter *f)
{
	const struct diff_list *list = image_check_list(b, f->subject);
	int r = 0;

	for (size_t i = 0; i < list->n_rows && f->subject != SUBJECT_REGION && r == 0; i++)
		r = take_row(b, f, &list->rows[i]);
	for (uint32_t i = 0; i < b->now_lists.image->n_regions && f->subject == SUBJECT_REGION; i++)
		for (size_t k = 0; k < list->n_rows && r == 0; k++)
			if (list->rows[k].i_new == i)
				r = take_region(b, f, &list->rows[k]);
	return r;
}

/* ---- what cannot be judged ---- */

static void report_not_comparable(struct image_check *b, struct check_row *row, bool compared)
{
	const struct image *base = b->base_lists.image;
	bool without_regions = b->in && base && !base->n_regions;
	const char *noun = figure_subject_noun(without_regions ? SUBJECT_REGION : row->entry->subject);

	if (!base)
		check_cannot(b->c, row, NULL, "of the baseline only the firmware file is given, which has no %ss",
			     noun);
	else if (!compared && base->sources_incomplete && (SUBJECTS_OF_SOURCES >> row->entry->subject & 1))
		check_cannot(b->c, row, "build it without -gsplit-dwarf",
			     "debug information of the baseline, %s, is missing, so sizes of %ss are not known",
			     base->name, noun);
	else if (!compared)
		check_cannot(b->c, row, NULL, "the baseline, %s, has no %ss to compare with", base->name, noun);
	else
		check_cannot(b->c, row, "give two maps, or two ELFs",
			     "it cannot be compared with the baseline, %s: one of the two is a linker map, which names"
			     " few static symbols",
			     base->name);
}

static void report_no_list(struct image_check *b, struct check_row *row, enum figure_subject subject)
{
	static const char *const advices[SUBJECT_IMAGE] = {
		[SUBJECT_REGION] = "give a map of GNU ld: it has them",
		[SUBJECT_COMPONENT] = "give the linker map: it has the owners of all bytes",
		[SUBJECT_ARCHIVE] = "give the linker map: it has the owners of all bytes",
		[SUBJECT_OBJECT] = "give the linker map: it has the owners of all bytes",
		[SUBJECT_SYMBOL] = "give the ELF of the build: it names all symbols",
		[SUBJECT_SOURCE] = "give the ELF of the build, with debug information (-g)",
		[SUBJECT_FOLDER] = "give the ELF of the build, with debug information (-g)",
	};
	const struct image *image = b->now_lists.image;
	const char *noun = figure_subject_noun(subject);

	if (image && image->sources_incomplete && (SUBJECTS_OF_SOURCES >> subject & 1))
		check_cannot(b->c, row, "build it without -gsplit-dwarf",
			     "debug information of %s is missing, so sizes of %ss are not known", image->name, noun);
	else if (image)
		check_cannot(b->c, row, advices[subject], "%s (%s) has no %ss", image->name, image->format, noun);
	else
		check_cannot(b->c, row, "give the linker map or the ELF too",
			     "only the firmware file is given, which has no %ss", noun);
}

/* Whether an entry's "in" counts nothing: reported. */
static bool report_nowhere(struct image_check *b, struct check_row *row)
{
	const struct image *image = b->now_lists.image;
	struct suggestions regions = { .pattern = b->in, .arena = &b->arena };
	const char *shared = NULL;

	for (uint32_t i = 0; i < image->n_regions; i++) {
		if (b->now_scope.regions[i] && !image_region_is_shared_out(image, i))
			return false;
		if (b->now_scope.regions[i])
			shared = image->regions[i].name;
		suggestions_add(&regions, slice_of(image->regions[i].name));
	}
	if (!image->n_regions)
		report_no_list(b, row, SUBJECT_REGION);
	else if (shared)
		check_cannot(b->c, row, NULL, "region %s: it is shared out among other regions, which have the figures",
			     shared);
	else
		check_cannot_find(b->c, row, "", "region", &regions);
	return true;
}

/* ---- a subject ---- */

static int check_growth(struct image_check *b, struct filter *f)
{
	bool wanted = false;
	int r = 0;

	for (size_t i = 0; i < f->n_limits && b->base; i++)
		wanted |= f->limits[i].found && check_is_growth(f->limits[i].row);
	if (wanted && image_check_compare(b) < 0)
		return -ENOMEM;
	if (wanted && image_check_list(b, f->subject)) {
		f->takes = FILTER_GROWTH;
		r = take_growth(b, f);
	}
	filter_offer_sums(f);
	for (size_t i = 0; i < f->n_limits && wanted && r == 0; i++)
		if (f->limits[i].found && check_is_growth(f->limits[i].row))
			report_not_comparable(b, f->limits[i].row, f->takes == FILTER_GROWTH);
	return r;
}

static int check_subject(struct image_check *b, enum figure_subject subject)
{
	const struct image *image = b->now_lists.image, *base = b->base_lists.image;
	bool listed = image && image_reports(image, subject), nowhere = b->in;
	struct filter f;
	int r = filter_init(&f, b->c, subject, b->in);

	for (size_t i = 0; i < f.n_limits && r == 0 && !listed; i++)
		report_no_list(b, f.limits[i].row, subject);
	for (size_t i = 0; i < f.n_limits && listed && b->in; i++)
		nowhere &= report_nowhere(b, f.limits[i].row);
	if (r == 0 && f.n_limits && listed && !nowhere) {
		r = image_figures(&b->now_lists, subject, filter_take, &f);
		if (r == 0)
			r = check_growth(b, &f);
		if (r == 0 && filter_misses(&f) && base && image_reports(base, subject))
			r = image_figures(&b->base_lists, subject, filter_count_gone, &f);
		if (r == 0 && filter_misses(&f))
			r = image_figures(&b->now_lists, subject, filter_suggest, &f);
		filter_report_missing(&f);
	}
	filter_deinit(&f);
	return r;
}

/* ---- the whole ---- */

static bool is_unsure(struct image_check *b, const struct check_build *build, struct figure *ret)
{
	const struct image_section *s = build->image ? image_unsure_section(build->image) : NULL;

	if (!s)
		return false;
	ret->unknown = arena_printf(
		&b->c->arena, "%s does not tell whether section %.80s, %" PRIu64 " B, is in the file or only in memory",
		build == b->now ? "the map" : "the baseline", s->name, s->size_bytes);
	ret->advice = build == b->now ? "give --elf or --bin" : "give an ELF as the baseline";
	return true;
}

/* Of both builds one measure: two files, or else two sums of sections. */
static void measure_whole(struct image_check *b, bool growth, struct figure *ret)
{
	const struct check_build *now = b->now, *base = growth ? b->base : NULL;
	uint64_t now_bytes = now->image ? image_stored_bytes(now->image) : NOT_KNOWN;
	uint64_t base_bytes = base && base->image ? image_stored_bytes(base->image) : NOT_KNOWN;
	bool by_sections = base && base->bin_bytes == NOT_KNOWN && base_bytes != NOT_KNOWN && now_bytes != NOT_KNOWN;

	if (now->bin_bytes != NOT_KNOWN && !by_sections) {
		now_bytes = now->bin_bytes;
		base_bytes = base ? base->bin_bytes : NOT_KNOWN;
	} else if (is_unsure(b, now, ret) || (base && is_unsure(b, base, ret))) {
		return;
	}
	ret->value = figure_bytes(now_bytes);
	ret->base = figure_bytes(base_bytes);
	ret->unknown = ret->value.known ? "the baseline does not report its size as a whole" :
					  "no input reports its size as a whole";
	ret->advice = ret->value.known ? "give a baseline of the same kind" :
					 "give the linker map, the ELF, or the firmware with --bin FILE";
}

/* The name that the pattern fits: the whole path, or what follows its last slash; NULL. */
static const char *name_that_fits(const char *pattern, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL, *base = slash ? slash + 1 : path;

	if (path && strcmp(pattern, path) == 0)
		return path;
	return path && (glob_match(pattern, base) || glob_match(pattern, path)) ? base : NULL;
}

static void check_whole(struct image_check *b, struct check_row *row)
{
	const char *pattern = row->entry->pattern, *name = NULL;
	const char *names[] = { b->now->image ? b->now->image->name : NULL, b->now->bin_name };
	struct suggestions others = { .pattern = pattern, .arena = &b->arena };
	struct figure figure = { .kind = FIGURE_SIZE, .capacity_bytes = NOT_KNOWN };

	for (size_t i = 0; i < ARRAY_SIZE(names) && !name; i++) {
		name = name_that_fits(pattern, names[i]);
		if (names[i])
			suggestions_add(&others, slice_of(names[i]));
	}
	if (!name && strcmp(pattern, "*") == 0)
		name = "the firmware";
	figure.name = slice_of(name);
	measure_whole(b, check_is_growth(row), &figure);
	if (!name)
		check_cannot_find(b->c, row, "", "image", &others);
	else if (!check_is_growth(row) || b->base)
		check_offer(b->c, row, &figure);
}

/* ---- all of it ---- */

/* Rows that count bytes in the same regions. */
static int check_regions(struct image_check *b, const char *in)
{
	int r = 0;

	b->in = in;
	b->compared = false;
	b->now_lists.scope = in ? &b->now_scope : NULL;
	b->base_lists.scope = in ? &b->base_scope : NULL;
	if (in && b->now_lists.image)
		r = image_scope_of_regions(&b->arena, &b->now_scope, b->now_lists.image, in);
	if (r == 0 && in && b->base_lists.image)
		r = image_scope_of_regions(&b->arena, &b->base_scope, b->base_lists.image, in);
	for (unsigned subject = 0; subject < SUBJECT_IMAGE && r == 0; subject++)
		r = check_subject(b, (enum figure_subject)subject);
	for (size_t i = 0; i < b->c->n_rows && !in && r == 0; i++)
		if (check_is_open(&b->c->rows[i]) && b->c->rows[i].entry->subject == SUBJECT_IMAGE)
			check_whole(b, &b->c->rows[i]);
	if (r == 0)
		r = image_causes(b);
	diff_deinit(&b->diff);
	return r;
}

int check_image(struct check *c, const struct check_build *now, const struct check_build *base,
		const struct components *rules)
{
	struct image_check b = { .c = c,
				 .now = now,
				 .base = base,
				 .now_lists = { .image = now->image, .rules = rules },
				 .base_lists = { .image = base ? base->image : NULL, .rules = rules } };
	struct names names = { .arena = &b.arena };
	int r = check_regions(&b, NULL);

	for (size_t i = 0; i < c->n_rows && r == 0; i++) {
		const char *in = c->rows[i].limit ? c->rows[i].entry->in : NULL;
		size_t n = names.n_entries;
		if (in && names_add(&names, in, strlen(in)) == NAMES_NONE)
			r = -ENOMEM;
		else if (names.n_entries > n)
			r = check_regions(&b, in);
	}
	names_deinit(&names);
	image_lists_deinit(&b.now_lists);
	image_lists_deinit(&b.base_lists);
	arena_deinit(&b.arena);
	return r < 0 ? r : arena_error(&c->arena);
}
