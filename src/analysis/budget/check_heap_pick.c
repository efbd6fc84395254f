/* A heap at one moment, and which moment of all a limit goes by. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget/check_heaps.h"
#include "memprof/base/glob.h"

/* ---- figures ---- */

static bool is_said(const struct heap_pool *pool)
{
	return pool->reported.used_bytes != NOT_KNOWN && pool->reported.free_bytes != NOT_KNOWN;
}

static void heap_moment_count(struct heap_moment *m)
{
	if (m->counted)
		return;
	m->counted = true;
	for (uint32_t i = 0; i < m->pool->n_areas; i++)
		report_count(&m->pool->areas[i], &m->counts);
	report_counted(m->pool, &m->counts, &m->by_counts);
	m->summary = m->by_counts;
	if (m->cut && is_said(m->pool))
		report_believe(m->pool, &m->summary);
	else if (m->cut)
		m->summary =
			(struct pool_summary){ m->pool->reported.total_bytes, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };
}

static bool is_whole_table(const struct heap_moment *m) { return m->pool->n_blocks > 0 && !m->cut; }

void heap_moment_kinds(struct heap_moment *m, struct kinds *ret)
{
	heap_moment_count(m);
	ret->known = is_whole_table(m);
	ret->block_bytes = m->pool->block_bytes;
	memcpy(ret->n_blocks, m->counts.kind_blocks, sizeof(ret->n_blocks));
}

/* How often all sizes fit that anybody asks for, in as few passes as there may be. */
static void fit_all(struct check_heaps *h, struct heap_moment *m)
{
	struct fit fits[REPORT_NEEDS_MAX];

	m->fitted = true;
	for (size_t i = 0, n; i < h->n_fit_bytes; i += n) {
		n = MIN(h->n_fit_bytes - i, (size_t)REPORT_NEEDS_MAX);
		for (size_t k = 0; k < n; k++)
			fits[k] = (struct fit){ .size_bytes = MAX(h->fit_bytes[i + k], UINT64_C(1)) };
		report_fits(m->pool, &m->by_counts, fits, n);
		for (size_t k = 0; k < n; k++) {
			/* Rows that are missing may have room; that they have none the board knows. */
			bool unsure = m->cut && (fits[k].n_times > 0 || !is_said(m->pool));
			h->fit_times[i + k] = unsure ? NOT_KNOWN : fits[k].n_times;
		}
	}
}

static struct figure_value used_of(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m)
{
	unsigned char kind = (unsigned char)row->row->entry->kind;

	(void)h;
	if (!kind)
		return figure_bytes(m->summary.used_bytes);
	if (!is_whole_table(m))
		return (struct figure_value){ .known = false };
	uint64_t n_blocks = m->counts.kind_blocks[kind % ARRAY_SIZE(m->counts.kind_blocks)];
	return figure_bytes(n_blocks * m->pool->block_bytes);
}

static struct figure_value objects_of(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m)
{
	unsigned char kind = (unsigned char)row->row->entry->kind;

	(void)h;
	if (!is_whole_table(m))
		return (struct figure_value){ .known = false };
	return figure_bytes(kind ? m->counts.kind_objects[kind % ARRAY_SIZE(m->counts.kind_objects)] :
				   m->counts.n_objects);
}

static struct figure_value free_of(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m)
{
	(void)h;
	(void)row;
	return figure_bytes(m->summary.free_bytes);
}

static struct figure_value largest_free_of(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m)
{
	(void)h;
	(void)row;
	return figure_bytes(m->summary.lfb_bytes);
}

static struct figure_value fragmentation_of(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m)
{
	(void)h;
	(void)row;
	return figure_ratio(m->summary.fragmentation);
}

static struct figure_value fits_of(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m)
{
	if (!m->fitted)
		fit_all(h, m);
	return figure_bytes(h->fit_times[row->i_fit]);
}

static const struct {
	struct figure_value (*value)(struct check_heaps *h, const struct heap_row *row, struct heap_moment *m);
	bool sized;           /* the whole heap is its capacity */
	bool kinds, culprits; /* what tells its causes */
} figures[N_FIGURE_KINDS] = {
	[FIGURE_USED] = { used_of, .sized = true, .kinds = true },
	[FIGURE_OBJECTS] = { objects_of, .kinds = true },
	[FIGURE_FREE] = { free_of, .sized = true, .culprits = true },
	[FIGURE_LARGEST_FREE] = { largest_free_of, .sized = true, .culprits = true },
	[FIGURE_FRAGMENTATION] = { fragmentation_of, .culprits = true },
	[FIGURE_FITS] = { fits_of, .culprits = true },
};

/* ---- which moment ---- */

static bool is_percent(const struct heap_row *row)
{
	bool of_bytes = row->row->limit->spec->unit == UNIT_BYTES;

	return of_bytes && !check_is_growth(row->row) && row->row->limit->amount.is == AMOUNT_PERCENT;
}

static double amount_of(const struct heap_row *row, const struct pick *p)
{
	return row->row->limit->spec->unit == UNIT_RATIO ? p->value.ratio : (double)p->value.amount;
}

/* The higher the worse. A heap may grow: of a percent it is the part that counts, as in check_offer. */
static double badness(const struct heap_row *row, const struct pick *p)
{
	double amount = amount_of(row, p);

	if (is_percent(row))
		return check_closeness(amount, (double)p->capacity_bytes, row->row->limit->spec->least);
	return limit_spec_highest_is_worst(row->row->limit->spec) ? amount : -amount;
}

static bool is_better_moment(const struct heap_row *row, const struct pick *than, const struct pick *p)
{
	switch (row->row->entry->when) {
	case WHEN_ANY:
		return badness(row, p) < badness(row, than);
	case WHEN_MIN:
		return amount_of(row, p) < amount_of(row, than);
	case WHEN_MAX:
		return amount_of(row, p) > amount_of(row, than);
	case WHEN_LAST: /* two pools of one dump may have one name */
	case WHEN_EVERY:
	case WHEN_MARK:
		break;
	}
	return badness(row, p) > badness(row, than);
}

static bool replaces(const struct heap_row *row, const struct pick *old, const struct pick *p)
{
	bool same_dump = p->n_dump && old->n_dump == p->n_dump;

	if (!old->set || (row->row->entry->when == WHEN_LAST && !same_dump))
		return true;
	if (!old->tells || !p->tells)
		return p->tells;
	return is_better_moment(row, old, p);
}

bool pick_wants(const struct heap_row *row, const struct heap_moment *m)
{
	const struct budget_entry *entry = row->row->entry;

	return entry->when != WHEN_MARK || (m->label[0] && glob_match(entry->label, m->label));
}

/* ---- copies ---- */

void kept_pool_free(struct kept_pool *kept)
{
	if (!kept)
		return;
	free(kept->pool.areas);
	free(kept->kinds);
	free(kept);
}

static void drop(struct check_heaps *h, struct kept_pool **kept)
{
	struct kept_pool *was = *kept;

	*kept = NULL;
	if (!was || --was->n_refs > 0)
		return;
	kept_pool_free(h->spare);
	h->spare = was;
}

static bool make_room(struct kept_pool *k, const struct heap_pool *pool, size_t n_blocks)
{
	if (k->room_kinds < n_blocks) {
		uint8_t *kinds = realloc(k->kinds, n_blocks);
		if (!kinds)
			return false;
		k->kinds = kinds;
		k->room_kinds = n_blocks;
	}
	if (k->room_areas < pool->n_areas) {
		struct heap_area *areas = realloc(k->pool.areas, pool->n_areas * sizeof(*areas));
		if (!areas)
			return false;
		k->pool.areas = areas;
		k->room_areas = pool->n_areas;
	}
	return true;
}

static size_t blocks_of(const struct heap_pool *pool)
{
	size_t n = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		n += pool->areas[i].n_blocks;
	return n;
}

static struct kept_pool *copy(struct check_heaps *h, const struct heap_moment *m)
{
	struct kept_pool *k = h->spare ? h->spare : calloc(1, sizeof(*k));
	size_t at = 0;

	h->spare = NULL;
	if (!k || !make_room(k, m->pool, blocks_of(m->pool))) {
		kept_pool_free(k);
		h->error = -ENOMEM;
		return NULL;
	}
	struct heap_area *areas = k->pool.areas;
	k->n_refs = 1;
	k->lfb_bytes = m->summary.lfb_bytes;
	k->pool = *m->pool;
	k->pool.areas = areas;
	for (uint32_t i = 0; i < m->pool->n_areas; i++) {
		areas[i] = m->pool->areas[i];
		areas[i].kinds = k->kinds + at;
		memcpy(k->kinds + at, m->pool->areas[i].kinds, areas[i].n_blocks);
		at += areas[i].n_blocks;
	}
	return k;
}

void heap_moment_end(struct check_heaps *h, struct heap_moment *m) { drop(h, &m->kept); }

/* ---- picks ---- */

void pick_clear(struct check_heaps *h, struct pick *pick)
{
	bool fits = pick->fits;

	drop(h, &pick->kept);
	free(pick->kinds);
	free(pick->when);
	*pick = (struct pick){ .fits = fits };
}

static void keep_kinds(struct check_heaps *h, struct pick *pick, struct heap_moment *m)
{
	if (!pick->kinds && is_whole_table(m)) {
		pick->kinds = calloc(1, sizeof(*pick->kinds));
		h->error = pick->kinds ? h->error : -ENOMEM;
	}
	if (pick->kinds)
		heap_moment_kinds(m, pick->kinds);
}

static void keep_pool(struct check_heaps *h, struct pick *pick, struct heap_moment *m)
{
	drop(h, &pick->kept);
	if (!m->keeps || m->pool->n_blocks == 0 || m->summary.lfb_bytes == NOT_KNOWN)
		return;
	if (!m->kept)
		m->kept = copy(h, m);
	pick->kept = m->kept;
	if (pick->kept)
		pick->kept->n_refs++;
}

void pick_consider(struct check_heaps *h, const struct heap_row *row, struct pick *pick, struct heap_moment *m)
{
	enum figure_kind figure = row->row->limit->spec->figure;
	struct pick p = {
		.fits = true,
		.set = true,
		.n_dump = m->n_dump,
		.kinds = pick->kinds,
		.kept = pick->kept,
		.when = pick->when,
		.tabled = m->pool->n_blocks > 0,
	};

	heap_moment_count(m);
	p.value = figures[figure].value(h, row, m);
	p.capacity_bytes = figures[figure].sized ? m->summary.total_bytes : NOT_KNOWN;
	p.tells = p.value.known && !(is_percent(row) && p.capacity_bytes == NOT_KNOWN);
	if (!replaces(row, pick, &p))
		return;
	*pick = p;
	pick_keep_when(h, pick, m);
	if (figures[figure].kinds)
		keep_kinds(h, pick, m);
	if (figures[figure].culprits)
		keep_pool(h, pick, m);
}

void pick_merge(struct check_heaps *h, const struct heap_row *row, struct pick *pick, struct pick *from)
{
	if (from->set && replaces(row, pick, from)) {
		pick_clear(h, pick);
		*pick = *from;
		pick->fits = true;
		*from = (struct pick){ .fits = from->fits };
		return;
	}
	pick_clear(h, from);
}
