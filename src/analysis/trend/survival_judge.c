/* The verdict. The floor of a collection is what was there before it and is still there: nothing of it is garbage. Its
 * envelope, the least floor from a collection on, is what stays for good. It may rise in the first quarter of the
 * cycles (start-up, caches that fill), and of the last fifth it is not known yet whether it stays; those between are
 * judged. A leak or a backlog raises it again and again, up to the end. In a leak objects born in the judged cycles are
 * still there; in a backlog they are not, as every item goes in the end. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/blocks.h"
#include "trend/private.h"

enum {
	BINS_MAX = 4096, /* of cycles; with more cycles a bin is several in a row */
	STEP_BLOCKS = 1, /* a smaller rise of the envelope is none */
	KINDS_MAX = 256, /* kinds and sizes of what stays */
	FULL_PART = 32,  /* free at most, of a heap that is full */
};

static const double FALLEN_OFF = 0.25; /* a leak whose pace falls off so much is a cache that fills */
static const double BORN_PART = 0.3;   /* of the rise, by objects that are still there: a leak, no backlog */
static const double LARGEST_RISES = 1.25;

const char *leak_verdict_name(enum leak_verdict verdict)
{
	static const char *const names[] = {
		[LEAK_UNKNOWN] = "unknown",
		[LEAK_STEADY] = "steady",
		[LEAK_GROWING] = "growing",
		[LEAK_LEAKING] = "leaking",
	};
	return names[verdict];
}

/* What is left of each cycle, and which cycles are judged. */
struct bins {
	uint32_t n_per_bin;  /* cycles */
	uint32_t last;       /* the bin of the current cycle */
	uint32_t begin, end; /* judged: [begin, end) */
	uint64_t blocks[BINS_MAX];
};

static uint32_t bin_of(const struct bins *b, const struct survival_area *area, uint32_t i)
{
	return area->births[i] / b->n_per_bin;
}

/* Calls report for every object of the last table. */
typedef void on_object(void *ctx, const struct survival_area *area, uint32_t i, uint32_t n_blocks);

static void each_object(const struct survival *s, on_object *report, void *ctx)
{
	for (size_t k = 0; k < s->n_areas; k++) {
		const struct survival_area *area = &s->areas[k];
		for (uint32_t i = 0, end; i < area->n_blocks; i = end) {
			uint8_t kind = area->kinds[i];
			end = i + 1;
			if (kind == BLOCK_FREE) {
				end = blocks_run_end(area->kinds, end, area->n_blocks, BLOCK_FREE);
			} else if (block_is_head(kind)) {
				end = blocks_run_end(area->kinds, end, area->n_blocks, BLOCK_TAIL);
				report(ctx, area, i, end - i);
			}
		}
	}
}

static void add_object(void *ctx, const struct survival_area *area, uint32_t i, uint32_t n_blocks)
{
	struct bins *b = ctx;
	uint32_t bin = bin_of(b, area, i);

	b->blocks[bin] += n_blocks;
}

static void fill(const struct survival *s, struct bins *b)
{
	b->n_per_bin = s->cycle / BINS_MAX + 1;
	b->last = s->cycle / b->n_per_bin;
	b->begin = (b->last + 3) / 4 + 1; /* what envelope_of judges rises by what is born after its first entry */
	b->end = b->last + 1 - MAX(UINT32_C(2), (b->last + 4) / 5);
	each_object(s, add_object, b);
}

static uint64_t sum(const struct bins *b, uint32_t from, uint32_t to)
{
	uint64_t n = 0;

	for (uint32_t i = from; i < to; i++)
		n += b->blocks[i];
	return n;
}

/* ---- the envelope ---- */

/* Entry i is of collection i + 1, or of cycles_per_floor of them in a row. */
struct envelope {
	uint32_t n;
	uint32_t begin, end; /* judged: [begin, end) */
	uint32_t floors[SURVIVAL_FLOORS_MAX], blocks[SURVIVAL_FLOORS_MAX];
	uint32_t spread; /* of the floors above it, in blocks: the median, once the garbage of the start-up is gone */
};

static int compare_blocks(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The one below which there are so many quarters of them. */
static uint32_t quantile(const uint32_t *blocks, size_t n, unsigned n_quarters)
{
	uint32_t sorted[SURVIVAL_FLOORS_MAX];

	memcpy(sorted, blocks, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_blocks);
	return sorted[n * n_quarters / 4];
}

static uint32_t median(const uint32_t *blocks, size_t n) { return quantile(blocks, n, 2); }

static void envelope_of(const struct survival *s, bool certain, struct envelope *ret)
{
	uint32_t n = (uint32_t)s->n_floors, least = UINT32_MAX, settled = 0, above[SURVIVAL_FLOORS_MAX];

	ret->n = n;
	ret->begin = (n + 3) / 4;
	ret->end = n - MAX(UINT32_C(2), (n + 4) / 5);
	for (uint32_t i = n; i-- > 0;) {
		ret->floors[i] = certain ? s->floors[i].certain : s->floors[i].all;
		least = MIN(least, ret->floors[i]);
		ret->blocks[i] = least;
		above[i] = ret->floors[i] - least;
	}
	while (ret->floors[settled] > ret->blocks[0]) /* which is the least of all */
		settled++;
	ret->spread = median(above + settled, n - settled);
}

static uint32_t rise(const struct envelope *e, uint32_t from, uint32_t to) { return e->blocks[to] - e->blocks[from]; }

/* What the floor was before, from its least on; or, if it had risen and fallen before that, as high as then. Floors of
 * the first cycles fall, as garbage of the start-up goes. */
static uint32_t floor_before(const struct envelope *e)
{
	uint32_t least = 0, highest = 0;

	for (uint32_t i = 1; i < e->end; i++)
		if (e->floors[i] <= e->floors[least])
			least = i;
	for (uint32_t i = 1; i < least; i++)
		highest = MAX(highest, e->floors[i]);
	uint32_t usual = median(e->floors + least, MAX(UINT32_C(1), (e->end - least) / 2));
	return highest > e->floors[0] ? MAX(usual, highest) : usual;
}

/* The envelope rises in regular steps up to the end of its judged part, above what the floor was usually before, and
 * goes on to rise. */
static bool rises(const struct envelope *e)
{
	uint32_t last = 0, last_judged = 0, gap_most = 0, n = 0, n_judged = 0, middle = (e->begin + e->end) / 2;

	for (uint32_t i = 1; i + 1 < e->n; i++) {
		if (rise(e, i, i + 1) < STEP_BLOCKS)
			continue;
		if (i < e->end) {
			if (n++ > 0)
				gap_most = MAX(gap_most, i - last);
			last_judged = i;
			n_judged += i >= e->begin;
		}
		last = i;
	}
	if (n < 2 || n_judged < 1 || e->blocks[e->end] <= floor_before(e))
		return false;
	if (e->end - 1 - last_judged > 2 * gap_most || e->n - 2 - last > 2 * gap_most)
		return false;
	return rise(e, 0, e->end) > e->spread && gap_most <= MAX(UINT32_C(1), (e->end - e->begin) * 2 / 3) &&
	       rise(e, middle, e->end) >= FALLEN_OFF * rise(e, e->begin, middle);
}

/* The largest object after collections, of those made since the start: strings and buffers that are replaced by longer
 * ones have another identity each time. */
static bool largest_grows(const struct survival *s, const struct envelope *e)
{
	uint32_t high[3] = { 0, 0, 0 }, low[3] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
	uint32_t n = e->n - e->begin;

	if (n < 6)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = i * 3 / n;
		high[k] = MAX(high[k], s->floors[e->begin + i].largest);
		low[k] = MIN(low[k], s->floors[e->begin + i].largest);
	}
	return low[1] > high[0] && low[2] > high[1] && low[2] >= LARGEST_RISES * low[0];
}

/* The heap, after each of the judged collections. */
static bool is_full(const struct survival *s, const struct envelope *e)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = e->begin; i < e->n; i++)
		least = MIN(least, s->floors[i].all);
	return least >= s->n_blocks - s->n_blocks / FULL_PART;
}

/* Neither does the envelope rise, nor does the lower quartile of the floors. */
static bool is_steady(const struct envelope *e)
{
	uint32_t middle = (e->begin + e->n) / 2, most = STEP_BLOCKS + e->spread;

	return rise(e, e->begin, e->end) <= most && quantile(e->floors + middle, e->n - middle, 1) <=
							    quantile(e->floors + e->begin, middle - e->begin, 1) + most;
}

/* ---- what stays ---- */

struct stays {
	const struct survival *s;
	const struct bins *bins;
	struct survival_stay kinds[KINDS_MAX];
	size_t n_kinds;
};

static void add_stay(void *ctx, const struct survival_area *area, uint32_t i, uint32_t n_blocks)
{
	struct stays *stays = ctx;
	uint32_t bin = bin_of(stays->bins, area, i);
	uint64_t bytes = (uint64_t)n_blocks * stays->s->block_bytes;
	size_t k = 0;

	if (bin < stays->bins->begin || bin >= stays->bins->end)
		return;
	while (k < stays->n_kinds && (stays->kinds[k].kind != area->kinds[i] || stays->kinds[k].bytes != bytes))
		k++;
	if (k == KINDS_MAX)
		return;
	if (k == stays->n_kinds)
		stays->kinds[stays->n_kinds++] = (struct survival_stay){ .kind = area->kinds[i], .bytes = bytes };
	struct survival_stay *stay = &stays->kinds[k];
	if (stay->n_addresses < SURVIVAL_ADDRESSES_MAX)
		stay->addresses[stay->n_addresses++] = area->base + (uint64_t)i * stays->s->block_bytes;
	stay->n_objects++;
}

static int compare_stays(const void *a, const void *b)
{
	const struct survival_stay *x = a, *y = b;
	uint64_t of_x = x->bytes * x->n_objects, of_y = y->bytes * y->n_objects;

	if (of_x != of_y)
		return of_x < of_y ? 1 : -1;
	return x->bytes != y->bytes ? (x->bytes > y->bytes) - (x->bytes < y->bytes) : x->kind - y->kind;
}

static int find_stays(const struct survival *s, const struct bins *b, struct survival_result *ret)
{
	struct stays *stays = calloc(1, sizeof(*stays));

	if (!stays)
		return -ENOMEM;
	stays->s = s;
	stays->bins = b;
	each_object(s, add_stay, stays);
	qsort(stays->kinds, stays->n_kinds, sizeof(*stays->kinds), compare_stays);
	ret->n_stays = MIN(stays->n_kinds, (size_t)SURVIVAL_STAYS_MAX);
	memcpy(ret->stays, stays->kinds, ret->n_stays * sizeof(*ret->stays));
	for (size_t i = 0; i < ret->n_stays; i++)
		ret->stays[i].objects_per_collection = (double)ret->stays[i].n_objects /
						       ((double)(b->end - b->begin) * b->n_per_bin);
	free(stays);
	return 0;
}

/* ---- all of it ---- */

struct judgement {
	struct bins bins;
	struct envelope envelope;
};

static int judge_rise(const struct survival *s, struct judgement *j, struct survival_result *ret)
{
	const struct envelope *e = &j->envelope;
	const struct bins *b = &j->bins;

	ret->bytes_per_collection = rise(e, e->begin, e->end) / ((double)(e->end - e->begin) * s->cycles_per_floor) *
				    s->block_bytes;
	ret->verdict = LEAK_GROWING;
	if ((double)sum(b, b->begin, b->end) < BORN_PART * rise(e, e->begin, e->end))
		return 0;
	ret->verdict = LEAK_LEAKING;
	return find_stays(s, b, ret);
}

static int judge(const struct survival *s, struct judgement *j, struct survival_result *ret)
{
	const struct envelope *e = &j->envelope;

	fill(s, &j->bins);
	envelope_of(s, true, &j->envelope);
	ret->rise_bytes = (uint64_t)rise(e, e->begin, e->end) * s->block_bytes;
	if (rises(e))
		return judge_rise(s, j, ret);
	if (largest_grows(s, e)) {
		ret->verdict = LEAK_GROWING;
		ret->bytes_per_collection = (double)(s->floors[e->n - 1].largest - s->floors[e->begin].largest) /
					    ((double)(e->n - 1 - e->begin) * s->cycles_per_floor) * s->block_bytes;
	} else if (is_full(s, e)) {
		ret->is_full = true;
	} else if (is_steady(e)) {
		/* What stays of each collection may all lie where it cannot be told from garbage. */
		envelope_of(s, false, &j->envelope);
		if (rises(e))
			ret->rise_bytes = (uint64_t)rise(e, e->begin, e->end) * s->block_bytes;
		else
			ret->verdict = LEAK_STEADY;
	}
	return 0;
}

int survival_work_out(const struct survival *s, struct survival_result *ret)
{
	struct survival_result result = { .n_tables = s->n_tables,
					  .n_collections = s->cycle,
					  .tables_per_collection = (double)NAN,
					  .bytes_per_collection = (double)NAN };
	int r = 0;

	if (s->cycle > 1)
		result.tables_per_collection = (double)(s->last_collected - s->first_collected) / (s->cycle - 1);
	if (s->n_floors > 0)
		result.floor_bytes = (uint64_t)s->floors[s->n_floors - 1].certain * s->block_bytes;
	if (s->cycle >= SURVIVAL_COLLECTIONS_LEAST) {
		struct judgement *judgement = calloc(1, sizeof(*judgement));
		r = judgement ? judge(s, judgement, &result) : -ENOMEM;
		free(judgement);
	}
	if (r == 0)
		*ret = result;
	return r;
}
