/* Any bytes as the map of a build, what is left of them after a cut as the older one: held to limits that all break, on
 * everything together, on each by itself, and on some by name. Each row says what it is, or why not. */
#include "fuzz.h"
#include "memprof/analysis/check.h"

enum { ENTRIES_MAX = 80, SYMBOLS_TRIED = 8 };

static struct budget_entry entries[ENTRIES_MAX];
static struct budget budget;

static void want(enum figure_subject subject, const char *pattern, bool each)
{
	static const char *const keys[] = { "max_used", "min_free", "max_size", "max_growth", "max_free_loss" };

	if (budget.n_entries == ENTRIES_MAX)
		return;
	struct budget_entry *entry = &entries[budget.n_entries++];
	*entry = (struct budget_entry){ .subject = subject,
					.pattern = pattern,
					.each = each || subject == SUBJECT_REGION };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct limit_spec *spec = limit_spec_find(keys[i], subject);
		if (spec)
			entry->limits[entry->n_limits++] = (struct budget_limit){
				.spec = spec, .amount = { .whole = spec->least ? INT64_MAX : 0 }
			};
	}
}

static void want_some(const struct image *image, struct arena *texts)
{
	budget = (struct budget){ .entries = entries };
	for (unsigned subject = 0; subject <= SUBJECT_IMAGE; subject++) {
		want((enum figure_subject)subject, "*", false);
		want((enum figure_subject)subject, "*", true);
		want((enum figure_subject)subject, "*e", false);
		want((enum figure_subject)subject, "x", false);
	}
	if (image->n_regions)
		want(SUBJECT_REGION, image->regions[0].name, true);
	for (unsigned subject = SUBJECT_SECTION; subject < SUBJECT_FROZEN && image->n_regions; subject++) {
		want((enum figure_subject)subject, "*", subject % 2);
		entries[budget.n_entries - 1].in = subject % 2 ? "*A*" : image->regions[0].name;
	}
	if (image->n_sections)
		want(SUBJECT_SECTION, image->sections[0].name, false);
	want(SUBJECT_OBJECT, image->objects[image->n_objects - 1].key, false);
	for (size_t i = 0; i < image->n_symbols && i < SYMBOLS_TRIED; i++)
		want(SUBJECT_SYMBOL, arena_text(texts, image->symbols[i].name.text, image->symbols[i].name.n_bytes),
		     i % 2);
}

static void look(const struct check *c)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		const struct check_row *row = &c->rows[i];
		MUST((row->status == CHECK_ERROR) == (row->fault != NULL));
		MUST(row->status == CHECK_ERROR || row->value.known);
		MUST(row->status != CHECK_FAIL || row->margin.amount < 0);
		MUST(row->status != CHECK_PASS || row->margin.amount >= 0);
		MUST(row->n_causes <= CHECK_CAUSES_MAX && (row->status != CHECK_PASS || row->n_causes == 0));
		for (size_t k = 0; k < row->n_causes; k++) {
			MUST(row->causes[k].name);
			MUST(row->causes[k].delta_bytes == FIGURE_NO_DELTA || row->causes[k].delta_bytes > 0);
		}
	}
}

static void hold(const struct image *now, const struct image *base)
{
	struct check_build is = { now, NOT_KNOWN, NULL }, was = { base, NOT_KNOWN, NULL };
	struct check c = { .n_rows = 0 };

	MUST(check_begin(&c, &budget) == 0);
	c.given[CHECK_OF_BUILD] = true;
	c.given[CHECK_OF_BASELINE_BUILD] = base;
	MUST(check_image(&c, &is, base ? &was : NULL, NULL) == 0);
	check_judge(&c);
	look(&c);
	check_deinit(&c);
}

FUZZ(data, size)
{
	const char *bytes = (const char *)data;
	struct image now, base;
	struct arena texts = { 0 };
	struct diag diag = { 0 };

	if (image_read(&now, "now.map", bytes, size, IMAGE_WANT_SYMBOLS, &diag) == 0) {
		want_some(&now, &texts);
		hold(&now, NULL);
		if (image_read(&base, "base.map", bytes, size - size / 8, IMAGE_WANT_SYMBOLS, &diag) == 0)
			hold(&now, &base);
		image_deinit(&base);
		hold(&now, &now);
	}
	image_deinit(&now);
	arena_deinit(&texts);
}
