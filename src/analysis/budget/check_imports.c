/* What imports cost, against their limits. */
#include <errno.h>

#include "budget/filter.h"
#include "memprof/analysis/imports.h"

static const enum figure_kind kinds[] = { FIGURE_KEPT, FIGURE_PEAK, FIGURE_LARGEST_FREE };

static struct figure_value value_of(const struct import_row *import, enum figure_kind kind)
{
	struct figure_value ret = kind == FIGURE_KEPT ? figure_signed(import->kept_bytes) :
				  kind == FIGURE_PEAK ? figure_bytes(import->peak_bytes) :
							figure_bytes(import->after_lfb_bytes);

	ret.at_least = kind == FIGURE_PEAK && import->peak_is_least;
	return ret;
}

/* Of imports with one name the one that cost the most. What was not imported kept nothing, needed nothing. */
static struct figure_value base_of(const struct imports *base, const char *name, enum figure_kind kind)
{
	bool highest = kind != FIGURE_LARGEST_FREE, there = base->n_more > 0, at_least = false;
	struct figure_value ret = { .known = false };

	for (size_t i = 0; i < base->n_rows; i++) {
		const struct import_row *import = &base->rows[i];
		struct figure_value value = value_of(import, kind);
		if (strcmp(import->name, name) != 0)
			continue;
		there = true;
		if (import->raised || import->cut || !value.known)
			continue;
		at_least |= value.at_least;
		if (!ret.known || (highest ? value.amount > ret.amount : value.amount < ret.amount))
			ret = value;
	}
	ret.at_least = at_least;
	return there || !highest ? ret : figure_bytes(0);
}

static int list_imports(const void *now_imports, const void *base, figure_sink *sink, void *ctx)
{
	const struct imports *now = now_imports;

	for (size_t i = 0; i < now->n_rows; i++) {
		const struct import_row *import = &now->rows[i];
		struct figure figure = { .name = slice_of(import->name),
					 .capacity_bytes = NOT_KNOWN,
					 .i_row = i,
					 .unknown = import->cut ? "its end did not come, so its cost is not known" :
						    import->raised ?
								  "it raised an exception, so its cost is not known" :
								  NULL };
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			figure.kind = kinds[k];
			figure.value = figure.unknown ? figure_bytes(NOT_KNOWN) : value_of(import, kinds[k]);
			figure.base = base ? base_of(base, import->name, kinds[k]) : figure_bytes(NOT_KNOWN);
			int r = sink(ctx, &figure);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* ---- causes ---- */

/* What is kept by a name in all, however often and wherever it was imported. */
static int64_t kept_by(const struct imports *imports, const char *name)
{
	int64_t kept_bytes = 0;

	for (size_t i = 0; i < imports->n_rows; i++)
		if (strcmp(imports->rows[i].name, name) == 0)
			kept_bytes += imports->rows[i].kept_bytes;
	return kept_bytes;
}

/* The imports within it that kept most; against a baseline those that keep more than before, if some do. */
static void find_causes(struct check *c, const struct imports *now, const struct imports *base, struct check_row *row)
{
	struct check_top top = { .grown.n = 0 };

	for (size_t i = 0; i < now->n_rows; i++) {
		const struct import_row *nested = &now->rows[i];
		struct check_candidate candidate = { .name = slice_of(nested->name),
						     .delta_bytes = FIGURE_NO_DELTA,
						     .size_bytes = (uint64_t)MAX(nested->kept_bytes, 0) };
		if (base)
			candidate.delta_bytes = nested->kept_bytes - kept_by(base, nested->name);
		if (nested->parent == row->i_found)
			check_top_add(&top, candidate);
	}
	const struct check_ranking *parts = check_top_parts(&top);
	row->n_causes = parts->n;
	for (size_t i = 0; i < parts->n; i++)
		row->causes[i] = check_part_of(c, &parts->best[i]);
}

int check_imports(struct check *c, const struct imports *now, const struct imports *base)
{
	struct filter f;
	int r = filter_begin(&f, c, SUBJECT_IMPORT, list_imports, now, base);

	if (now->error || (base && base->error))
		r = -ENOMEM;
	filter_report_more(&f, now->n_more);
	for (size_t i = 0; i < f.n_limits && r == 0; i++)
		if (check_wants_causes(f.limits[i].row))
			find_causes(c, now, base, f.limits[i].row);
	return filter_end(&f, r);
}
