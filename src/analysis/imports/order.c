#include "memprof/analysis/imports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct turn {
	uint32_t row;
	int64_t kept_bytes, peak_bytes;
	bool done;
};

static bool counts(const struct import_row *row)
{
	return row->depth == 0 && !row->raised && !row->cut && row->origin != IMPORT_BUILT_IN;
}

/* "app.net" is of "app". */
static bool is_of(const char *name, const char *package)
{
	size_t n = strlen(package);

	return strncmp(name, package, n) == 0 && (name[n] == '.' || name[n] == '\0');
}

static size_t find_places(const struct imports *imports, struct turn *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (counts(row))
			ret[n++] = (struct turn){ (uint32_t)i, row->kept_bytes, (int64_t)row->peak_bytes, false };
	}
	return n;
}

/* What frees memory makes room for the rest; then by what is given back. Rows differ, so of equals none changes place.
 */
static int by_need(const void *pa, const void *pb)
{
	const struct turn *a = pa, *b = pb;
	bool a_frees = a->kept_bytes < 0, b_frees = b->kept_bytes < 0;
	int64_t key_a = a_frees ? a->peak_bytes : a->kept_bytes - a->peak_bytes;
	int64_t key_b = b_frees ? b->peak_bytes : b->kept_bytes - b->peak_bytes;

	if (a_frees != b_frees)
		return a_frees ? -1 : 1;
	if (key_a != key_b)
		return key_a < key_b ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* The most that is used at any moment, above what was used before the first of them. */
static uint64_t worst_moment(const struct turn *places, size_t n)
{
	int64_t kept = 0, worst = 0;

	for (size_t i = 0; i < n; i++) {
		worst = MAX(worst, kept + places[i].peak_bytes);
		kept += places[i].kept_bytes;
	}
	return (uint64_t)worst;
}

/* Copies one place, and before it the packages that it is of: who imports app.net imports app. as_is is in the order of
 * rows; of those before it in there, what is of the same name also stays before it. */
static size_t copy_one(const struct imports *imports, struct turn *as_is, const struct turn *place, struct turn *ret)
{
	const char *name = imports->rows[place->row].name;
	size_t n = 0;

	for (size_t i = 0; as_is[i].row <= place->row; i++) {
		if (!as_is[i].done && is_of(name, imports->rows[as_is[i].row].name)) {
			as_is[i].done = true;
			ret[n++] = as_is[i];
		}
		if (as_is[i].row == place->row)
			break;
	}
	return n;
}

static int keep(struct import_order *ret, const struct turn *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t *row = vec_add(ret, rows);
		if (!row)
			return -ENOMEM;
		*row = places[i].row;
	}
	return 0;
}

int import_order(const struct imports *imports, struct import_order *ret)
{
	size_t n_room = imports->n_rows + 1;
	struct turn *as_is = calloc(n_room, sizeof(*as_is));
	struct turn *sorted = calloc(n_room, sizeof(*sorted));
	struct turn *better = calloc(n_room, sizeof(*better));
	int r = -ENOMEM;

	*ret = (struct import_order){ .same = true };
	if (as_is && sorted && better) {
		size_t n = find_places(imports, as_is), n_better = 0;
		memcpy(sorted, as_is, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_need);
		for (size_t i = 0; i < n; i++)
			n_better += copy_one(imports, as_is, &sorted[i], better + n_better);
		uint64_t then_bytes = worst_moment(better, n);
		ret->now_bytes = worst_moment(as_is, n);
		ret->then_bytes = MIN(then_bytes, ret->now_bytes);
		ret->same = ret->then_bytes == ret->now_bytes;
		r = keep(ret, ret->same ? as_is : better, n);
	}
	free(as_is);
	free(sorted);
	free(better);
	if (r < 0)
		import_order_deinit(ret);
	return r;
}

void import_order_deinit(struct import_order *order) { vec_deinit(order, rows); }
