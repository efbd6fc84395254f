/* Histories by chance: what a check goes by is what a plain search through all moments finds. */
#include <math.h>

#include "check-fixture.h"
#include "memprof/analysis/report.h"
#include "memprof/base/glob.h"

static uint32_t seed = 20261121;

static uint32_t dice(uint32_t n) { return next_random(&seed) % n; }

/* ---- all that was given, and what it tells ---- */

enum { USED, USED_BY_DICTS, FREE, LARGEST_FREE, FRAGMENTATION, FITS, OBJECTS, TUPLES, N_FIGURES };
enum { NEED_BYTES = 40, RECORDS_MAX = 2000 };

struct record {
	enum check_side side;
	enum { DUMP, AREA, SAMPLE, TOLD } of;
	char name[32];
	const char *label;
	uint64_t n_dump; /* of DUMP and AREA */
	unsigned n_input;
	double value[N_FIGURES]; /* < 0: not known */
	double capacity;
};

static struct record records[RECORDS_MAX];
static size_t n_records;
static struct {
	uint64_t n_dumps, n_moments;
	bool cut; /* an input ended in a cut dump */
} sides[N_CHECK_SIDES];
static bool input_dumped[64];
static const char *dump_label; /* of the last dump of an input, which pools after it have too */

static double number(uint64_t value) { return value == NOT_KNOWN ? -1 : (double)value; }

/* By report_pool, which counts all at once and for itself. */
static void tell(const struct heap_pool *pool, bool cut, struct record *ret)
{
	const struct report_options options = { .needs = { NEED_BYTES }, .n_needs = 1 };
	bool summary = pool->reported.used_bytes != NOT_KNOWN && pool->reported.free_bytes != NOT_KNOWN;
	bool whole = pool->n_blocks > 0 && !cut;
	struct pool_report r;

	report_pool(pool, !cut, &options, &r);
	struct pool_state s = cut ? report_judged(&r) : r.state; /* a table is believed more than its header */
	bool told = !cut || summary;
	ret->value[USED] = told ? number(s.used_bytes) : -1;
	ret->value[FREE] = told ? number(s.free_bytes) : -1;
	ret->value[LARGEST_FREE] = told ? number(s.lfb_bytes) : -1;
	ret->value[FRAGMENTATION] = told ? s.fragmentation : -1;
	ret->value[OBJECTS] = whole ? (double)r.counts.n_objects : -1;
	ret->value[TUPLES] = whole ? (double)r.counts.kind_objects['T'] : -1;
	ret->value[USED_BY_DICTS] = whole ? (double)r.counts.kind_blocks['D'] * pool->block_bytes : -1;
	ret->value[FITS] = number(r.fits[0].n_times);
	if (cut && (!summary || r.fits[0].n_times > 0))
		ret->value[FITS] = -1;
	ret->capacity = told ? number(s.total_bytes) : number(pool->reported.total_bytes);
}

static struct record *add_record(enum check_side side, const char *name, const char *label, unsigned n_input)
{
	struct record *r = &records[n_records++];

	assert_true(n_records <= RECORDS_MAX);
	*r = (struct record){ .side = side, .label = label, .n_input = n_input };
	snprintf(r->name, sizeof(r->name), "%s", name);
	return r;
}

/* ---- moments by chance ---- */

static const char *const LABELS[] = { "", "", "boot", "loop 1", "loop 2" };
static const char *const POOLS[] = { "gc", "psram", "uma" };

static void blocks_by_chance(char *ret, size_t n_areas)
{
	for (size_t a = 0; a < n_areas; a++) {
		if (a > 0)
			*ret++ = ' ';
		char last = '.';
		for (size_t n = 1 + dice(40); n > 0; n--) {
			char c = "..=hDTS"[dice(7)];
			last = *ret++ = c == '=' && last == '.' ? '.' : c;
		}
	}
	*ret = '\0';
}

/* What the board says fits what the table has, of a cut one it is more. */
static void say(struct heap_pool *pool, bool cut)
{
	struct area_counts counts = { 0 };
	uint64_t more = cut ? dice(20) : 0;

	heap_seal(&(struct heap){ .pools = pool, .n_pools = 1 });
	for (uint32_t i = 0; i < pool->n_areas; i++)
		area_count(&pool->areas[i], &counts);
	pool->reported.total_bytes = (counts.n_used + counts.n_free + more) * BLOCK_BYTES;
	pool->reported.used_bytes = (counts.n_used + more / 2) * BLOCK_BYTES;
	pool->reported.free_bytes = (counts.n_free + more - more / 2) * BLOCK_BYTES;
	if (dice(3))
		pool->reported.max_free_blocks = MAX(counts.max_free, (uint32_t)(more - more / 2));
}

/* Whether it is cut. */
static bool give_dump(enum check_side side, unsigned n_input)
{
	const char *label = LABELS[dice(ARRAY_SIZE(LABELS))];
	bool cut = dice(7) == 0;
	struct heap heap;
	char blocks[200];

	heap_init(&heap);
	for (size_t i = 0; i < ARRAY_SIZE(POOLS); i++) {
		if (i > 0 && dice(2))
			continue;
		bool table = dice(7) != 0;
		blocks_by_chance(blocks, 1 + dice(3));
		struct heap_pool *pool = add_pool(&heap, POOLS[i], 0x1000 + 0x10000 * i, table ? blocks : "");
		if (!table || dice(2))
			say(pool, cut);
		if (!table && dice(2))
			pool->reported.total_bytes = NOT_KNOWN;
	}
	heap.problem = cut ? HEAP_CUT : HEAP_WHOLE;
	heap_seal(&heap);
	sides[side].n_dumps++;
	input_dumped[n_input] = true;
	for (uint32_t i = 0; i < heap.n_pools; i++) {
		struct record *r = add_record(side, heap.pools[i].name, label, n_input);
		r->n_dump = sides[side].n_dumps;
		tell(&heap.pools[i], cut, r);
		for (uint32_t a = 0; a < heap.pools[i].n_areas; a++) {
			struct heap_pool one = heap.pools[i];
			one.areas += a;
			one.n_areas = 1;
			one.n_blocks = one.areas[0].n_blocks;
			one.reported = HEAP_REPORTED_NOTHING;
			r = add_record(side, "", label, n_input);
			snprintf(r->name, sizeof(r->name), "%s.%u", one.name, a);
			r->of = AREA;
			r->n_dump = sides[side].n_dumps;
			tell(&one, cut, r);
		}
	}
	give_heap(side, &heap, label);
	dump_label = label;
	heap_deinit(&heap);
	return cut;
}

static uint64_t maybe(uint64_t value) { return dice(5) ? value : NOT_KNOWN; }

static struct record *add_figures(enum check_side side, const char *name, const char *label, unsigned n_input,
				  uint64_t total, uint64_t used, uint64_t free, uint64_t largest)
{
	struct heap_pool pool = { .kind = POOL_GC, .reported = HEAP_REPORTED_NOTHING };
	struct record *r = add_record(side, name, label, n_input);

	pool.reported.total_bytes = total;
	pool.reported.used_bytes = used;
	pool.reported.free_bytes = free;
	pool.reported.largest_free_bytes = largest;
	tell(&pool, false, r);
	return r;
}

static void give_figures(enum check_side side, unsigned n_input)
{
	uint64_t used = maybe(dice(1000)), free = maybe(dice(1000)),
		 largest = free == NOT_KNOWN ? NOT_KNOWN : maybe(dice((uint32_t)free + 1));

	if (dice(2)) {
		const char *label = LABELS[dice(ARRAY_SIZE(LABELS))];
		uint64_t total = used == NOT_KNOWN || free == NOT_KNOWN ? NOT_KNOWN : used + free;
		add_figures(side, "gc", label, n_input, total, used, free, largest)->of = SAMPLE;
		give_sample(side, used, free, largest, label);
	} else {
		free = free == NOT_KNOWN ? 7 : free;
		add_figures(side, "idf.0", dump_label, n_input, 1000, 1000 - free, free, largest)->of = TOLD;
		give_told(side, "idf.0", 1000, free, largest);
	}
}

static void give_history(enum check_side side, unsigned *n_input)
{
	for (unsigned n = dice(4); n > 0; n--, ++*n_input) {
		bool last_cut = false, figures_only = dice(4) == 0;
		dump_label = "";
		for (unsigned k = dice(8); k > 0; k--) {
			if (!figures_only && dice(3))
				last_cut = give_dump(side, *n_input);
			else
				give_figures(side, *n_input);
			sides[side].n_moments++;
		}
		sides[side].cut |= last_cut;
		check_end_input(&check, side);
	}
}

/* ---- the plain search ---- */

static const struct {
	const char *key;
	int figure;
	char kind;
} LIMITS[] = {
	{ "max_used", USED, 0 },
	{ "max_used", USED_BY_DICTS, 'D' },
	{ "min_free", FREE, 0 },
	{ "min_largest_free", LARGEST_FREE, 0 },
	{ "max_fragmentation", FRAGMENTATION, 0 },
	{ "fits", FITS, 0 },
	{ "max_objects", OBJECTS, 0 },
	{ "max_objects", TUPLES, 'T' },
	{ "max_growth", USED, 0 },
	{ "max_free_loss", FREE, 0 },
	{ "max_largest_free_loss", LARGEST_FREE, 0 },
	{ "max_fragmentation_growth", FRAGMENTATION, 0 },
	{ "max_fits_loss", FITS, 0 },
	{ "max_objects_growth", TUPLES, 'T' },
};
static int figure_of_row[64];

static const char *const PATTERNS[] = { "gc", "*", "psram", "gc.0", "*.1", "idf.*", "[gu]*", "none" };

static void add_limits(void)
{
	for (size_t i = 0; i < 40; i++) {
		size_t k = dice(ARRAY_SIZE(LIMITS));
		const char *pattern = PATTERNS[dice(ARRAY_SIZE(PATTERNS))];
		struct budget_entry *entry = limit(SUBJECT_HEAP, pattern, LIMITS[k].key, WHOLE(dice(500)));
		struct budget_limit *l = &entry->limits[0];
		entry->when = (enum budget_when)dice(WHEN_MARK + 1);
		entry->label = entry->when == WHEN_MARK ? (dice(2) ? "boot" : "loop*") : NULL;
		entry->kind = LIMITS[k].kind;
		l->fits_bytes = NEED_BYTES;
		double part = dice(100) / 100.0;
		if (l->spec->unit == UNIT_RATIO)
			l->amount = RATIO(part);
		else if (l->spec->percent && !l->spec->growth && !l->spec->loss && dice(2))
			l->amount = PERCENT(part);
		figure_of_row[i] = LIMITS[k].figure;
	}
}

static bool is_percent(const struct budget_limit *limit) { return limit->amount.is == AMOUNT_PERCENT; }

static bool pool_fits(const struct record *area, const char *pattern)
{
	for (size_t i = 0; i < n_records; i++) {
		const struct record *r = &records[i];
		if (r->of == DUMP && r->side == area->side && r->n_dump == area->n_dump && glob_match(pattern, r->name))
			return true;
	}
	return false;
}

static bool counts(const struct record *r, const struct budget_entry *entry, enum check_side side, const char *name)
{
	return r->side == side && glob_match(entry->pattern, r->name) && (!name || strcmp(r->name, name) == 0) &&
	       !(r->of == AREA && pool_fits(r, entry->pattern)) && !(r->of == SAMPLE && input_dumped[r->n_input]) &&
	       (entry->when != WHEN_MARK || (r->label[0] && glob_match(entry->label, r->label)));
}

static double amount(const struct record *r, size_t i_row) { return r->value[figure_of_row[i_row]]; }

static bool tells(const struct record *r, size_t i_row)
{
	return amount(r, i_row) >= 0 && !(is_percent(&made_budget.entries[i_row].limits[0]) && r->capacity < 0);
}

static double part_of(double value, const struct record *r, const struct limit_spec *spec)
{
	return r->capacity > 0 ? value / r->capacity : spec->least || value > 0 ? INFINITY : 0;
}

static double badness(const struct record *r, size_t i_row)
{
	const struct budget_limit *limit = &made_budget.entries[i_row].limits[0];
	double bad = is_percent(limit) ? part_of(amount(r, i_row), r, limit->spec) : amount(r, i_row);

	return limit_spec_highest_is_worst(limit->spec) ? bad : -bad;
}

static bool is_chosen(enum budget_when when, const struct record *r, const struct record *than, size_t i_row)
{
	switch (when) {
	case WHEN_ANY:
		return badness(r, i_row) < badness(than, i_row);
	case WHEN_MIN:
		return amount(r, i_row) < amount(than, i_row);
	case WHEN_MAX:
		return amount(r, i_row) > amount(than, i_row);
	case WHEN_LAST:
		return true;
	default:
		return badness(r, i_row) > badness(than, i_row);
	}
}

/* The last dump of the input of a record. */
static uint64_t last_dump(const struct record *of)
{
	uint64_t n_dump = 0;

	for (size_t i = 0; i < n_records; i++)
		if (records[i].side == of->side && records[i].n_input == of->n_input)
			n_dump = MAX(n_dump, records[i].n_dump);
	return n_dump;
}

/* The last moment of a heap: where each input counts, the worst one of what is the last of each, and worst is one
 * that does not tell; else one that is not the last
 * of its input. NULL: there is none. */
static const struct record *last_of(size_t i_row, enum check_side side, const char *name)
{
	const struct record *best = NULL, *last = NULL;

	for (size_t i = 0; i < n_records; i++) {
		const struct record *r = &records[i];
		if (!counts(r, &made_budget.entries[i_row], side, name))
			continue;
		last = r;
		bool ends = r->n_dump == 0 || r->n_dump == last_dump(r);
		for (size_t k = i + 1; k < n_records && ends; k++)
			ends = records[k].n_input != r->n_input ||
			       !counts(&records[k], &made_budget.entries[i_row], side, r->name);
		if (ends &&
		    (!best || (tells(best, i_row) && (!tells(r, i_row) || badness(r, i_row) >= badness(best, i_row)))))
			best = r;
	}
	return side == CHECK_NOW && check.each_input && best ? best : last;
}

/* The moment of a heap that a row goes by: NULL if none tells. */
static const struct record *choose(size_t i_row, enum check_side side, const char *name)
{
	const struct budget_entry *entry = &made_budget.entries[i_row];
	const struct record *best = NULL, *last = entry->when == WHEN_LAST ? last_of(i_row, side, name) : NULL;

	for (size_t i = 0; i < n_records; i++) {
		const struct record *r = &records[i];
		if (!counts(r, entry, side, name))
			continue;
		if (tells(r, i_row) && (!best || is_chosen(entry->when, r, best, i_row)))
			best = r;
	}
	if (entry->when != WHEN_LAST || !last)
		return best;
	bool gone = last->n_dump > 0 &&
		    last->n_dump != (side == CHECK_NOW && check.each_input ? last_dump(last) : sides[side].n_dumps);
	return gone || !tells(last, i_row) ? NULL : last;
}

/* A cut dump at the end of an input leaves nothing that is last, but for heaps that are told of otherwise. */
static bool is_blocked(size_t i_row, enum check_side side)
{
	const struct budget_entry *entry = &made_budget.entries[i_row];
	bool any = false, of_dump = false;

	if (entry->when != WHEN_LAST || !sides[side].cut)
		return false;
	for (size_t i = 0; i < n_records; i++) {
		const struct record *last = last_of(i_row, side, records[i].name);
		any |= last != NULL;
		of_dump |= last && last->n_dump > 0;
	}
	return !any || of_dump;
}

static bool grows(size_t i_row)
{
	const struct limit_spec *spec = made_budget.entries[i_row].limits[0].spec;

	return spec->growth || spec->loss;
}

/* The margin of the heap that is closest to its limit, in ret; whether there is any. */
static bool search(size_t i_row, double *ret)
{
	const struct budget_limit *limit = &made_budget.entries[i_row].limits[0];
	double closest = 0;
	bool found = false;

	if (is_blocked(i_row, CHECK_NOW) || (grows(i_row) && is_blocked(i_row, CHECK_BASE)))
		return false;
	for (size_t i = 0; i < n_records; i++) {
		const struct record *now = choose(i_row, CHECK_NOW, records[i].name);
		const struct record *base = grows(i_row) ? choose(i_row, CHECK_BASE, records[i].name) : NULL;
		if (!now || (grows(i_row) && !base))
			continue;
		double value = amount(now, i_row) - (base ? amount(base, i_row) : 0);
		double most = is_percent(limit)                ? limit->amount.ratio * now->capacity :
			      limit->amount.is == AMOUNT_RATIO ? limit->amount.ratio :
								 (double)limit->amount.whole;
		double margin = limit->spec->least ? value - most : limit->spec->loss ? most + value : most - value;
		double part = part_of(value, now, limit->spec);
		double left = !is_percent(limit) ? margin : limit->spec->least ? part : -part;
		if (!found || left < closest || (left == closest && margin < *ret)) {
			closest = left;
			*ret = margin;
		}
		found = true;
	}
	return found;
}

static void compare(size_t i_row, int round)
{
	const struct check_row *row = &check.rows[i_row];
	bool is_ratio = row->limit->spec->unit == UNIT_RATIO;
	double margin = 0;
	bool known = search(i_row, &margin);
	double is = is_ratio ? row->margin.ratio : (double)row->margin.amount;
	double slack = is_ratio ? 1e-6 : is_percent(row->limit) ? 1 : 0; /* parts of bytes are rounded */

	if (known == row->value.known && (!known || (is - margin <= slack && margin - is <= slack)))
		return;
	print_error("round %d, row %zu, %s: %s %f, not %s %f; %s\n", round, i_row, row->entry->pattern,
		    row->value.known ? "known" : "not", is, known ? "known" : "not", margin,
		    row->fault ? row->fault : "");
	fail();
}

UNIT_TEST(the_moment_is_that_of_a_plain_search)
{
	size_t n_known = 0;

	for (int round = 0; round < 400; round++) {
		unsigned n_input = 0;
		n_records = 0;
		memset(sides, 0, sizeof(sides));
		memset(input_dumped, 0, sizeof(input_dumped));
		set_up();
		add_limits();
		begin();
		check.each_input = dice(2);
		for (size_t side = 0; side < N_CHECK_SIDES; side++)
			give_history((enum check_side)side, &n_input);
		offer_heaps();
		for (size_t i = 0; i < check.n_rows; i++) {
			compare(i, round);
			n_known += check.rows[i].value.known;
			assert_true(check.rows[i].value.known || check.rows[i].fault);
		}
		tear_down();
	}
	assert_true(n_known > 400 * 10); /* enough of them were worth it */
}
