/* The answer of a report: what fits, and how the pool is that is worst off. */
#include <inttypes.h>

#include "document/report.h"

static const struct {
	const char *headline, *is; /* "Fragmented"; "is fragmented", after a noun */
	enum doc_severity severity;
} states[] = {
	[HEALTH_ROOM] = { "Room to spare", "has room to spare", DOC_FINE },
	[HEALTH_SPLIT] = { "Split", "is split", DOC_LOOK },
	[HEALTH_FRAGMENTED] = { "Fragmented", "is fragmented", DOC_ACT },
	[HEALTH_NEARLY_FULL] = { "Nearly full", "is nearly full", DOC_LOOK },
	[HEALTH_FULL] = { "Full", "is full", DOC_ACT },
	[HEALTH_DAMAGED] = { "Damaged", "is damaged", DOC_ACT },
	[HEALTH_UNKNOWN] = { "Not enough is known", "does not report enough", DOC_LOOK },
};

static const char *group_of(struct document *d, const struct heap_pool *pool)
{
	return arena_text(&d->arena, pool->name, pool_group_name(pool));
}

/* ---- what fits where ---- */

/* The regions of a group that has no room are named as the group. */
static bool has_room_elsewhere(const struct pool_standings *s, size_t i_pool, size_t i_need)
{
	for (size_t i = 0; i < s->n; i++)
		if (i != i_pool && s->all[i].i_group == s->all[i_pool].i_group && s->all[i].fits[i_need].size_bytes &&
		    s->all[i].fits[i_need].n_times != 0)
			return true;
	return false;
}

static bool is_denied(const struct pool_standings *s, size_t i, size_t i_need)
{
	const struct fit *f = &s->all[i].fits[i_need];
	bool speaks = s->all[i].i_group == i; /* for its group */

	return f->size_bytes && f->n_times == 0 && !f->grows && speaks && !has_room_elsewhere(s, i, i_need);
}

static void add_denied(struct document *d, const struct pool_standings *s, size_t i_need, uint64_t size_bytes)
{
	struct doc_block block = { .n_spans = 0 };

	for (size_t i = 0; i < s->n; i++) {
		if (!is_denied(s, i, i_need))
			continue;
		if (block.n_spans == 0)
			doc_put(d, &block, DOC_BYTES(size_bytes), DOC_T(" does not fit in "));
		else
			doc_put(d, &block, DOC_T(", "));
		doc_put(d, &block, DOC_T(group_of(d, s->all[i].pool)));
	}
	if (block.n_spans == 0)
		return;
	doc_put(d, &block, DOC_T("."));
	doc_add_told(d, DOC_ACT, block.spans, block.n_spans);
}

const char *report_times_words(struct document *d, uint64_t n)
{
	return n == 1 ? "once" : n == 2 ? "twice" : arena_printf(&d->arena, "%" PRIu64 " times", n);
}

/* where: NULL: there is one pool alone. */
static void add_fit(struct document *d, const struct fit *f, const char *where, const struct pool_standing *of)
{
	const char *in = where ? " in " : "", *pool = where ? where : "";
	struct doc_span size = DOC_BYTES(f->size_bytes);

	if (f->n_times == NOT_KNOWN && f->once)
		doc_tell(d, DOC_FINE, size, DOC_T(" fits"), DOC_T(in), DOC_T(pool), DOC_T(" at least once."));
	else if (f->n_times == NOT_KNOWN)
		doc_tell(d, DOC_LOOK, size, DOC_T(": not known whether it fits"), DOC_T(in), DOC_T(pool), DOC_T("."));
	else if (f->n_times > 0)
		doc_tell(d, DOC_FINE, size, DOC_T(" fits"), DOC_T(in), DOC_T(pool), DOC_T(" "),
			 DOC_T(report_times_words(d, f->n_times)), DOC_T("."));
	else if (f->grows)
		doc_tell(d, DOC_LOOK, size, DOC_T(" does not fit"), DOC_T(in), DOC_T(pool),
			 DOC_T(" now; the heap can grow for it."));
	else if (of->summary.lfb_bytes != NOT_KNOWN)
		doc_tell(d, DOC_ACT, size, DOC_T(" does not fit"), DOC_T(in), DOC_T(pool), DOC_T(": largest free is "),
			 DOC_BYTES(of->summary.lfb_bytes), DOC_T("."));
	else
		doc_tell(d, DOC_ACT, size, DOC_T(" does not fit"), DOC_T(in), DOC_T(pool), DOC_T("."));
}

void report_add_needs(struct document *d, const struct pool_standings *s, const struct report_options *options)
{
	for (size_t k = 0; k < options->n_needs; k++) {
		if (s->n > 1)
			add_denied(d, s, k, options->needs[k]);
		for (size_t i = 0; i < s->n; i++) {
			const struct fit *f = &s->all[i].fits[k];
			if (f->size_bytes && (s->n == 1 || f->n_times != 0 || f->grows))
				add_fit(d, f, s->n == 1 ? NULL : s->all[i].pool->name, &s->all[i]);
		}
	}
}

/* ---- the state of a pool ---- */

/* Pools of a group are regions of one heap. */
static size_t n_groups_of(const struct pool_standings *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->all[i].i_group == i;
	return n;
}

/* "Fragmented", "gc is fragmented", "Dump 3 is fragmented" */
static const char *subject_words(struct document *d, const struct pool_standings *s, uint64_t n_dump, bool is_leaking)
{
	const struct pool_standing *worst = &s->all[s->i_worst];
	bool several = n_groups_of(s) > 1, room = worst->health == HEALTH_ROOM || worst->health == HEALTH_SPLIT;
	const char *name = group_of(d, worst->pool), *state = states[worst->health].is;

	if (room && worst->lacks)
		state = "has no block that is large enough";
	else if (worst->health == HEALTH_ROOM && worst->summary.lfb_bytes == NOT_KNOWN)
		state = NULL;
	else if (room && is_leaking && n_dump > 0) /* room to spare is no answer then */
		state = NULL;
	if (n_dump > 0 && several)
		return arena_printf(&d->arena, "In dump %" PRIu64 " %s%s%s", n_dump, name, state ? " " : "",
				    state ? state : "");
	if (n_dump > 0)
		return arena_printf(&d->arena, "Dump %" PRIu64 "%s%s", n_dump, state ? " " : "", state ? state : "");
	if (several && worst->health == HEALTH_ROOM && !worst->lacks)
		return arena_printf(&d->arena, "%s %s have room, %s the least",
				    n_groups_of(s) == 2 ? "Both" : arena_printf(&d->arena, "All %zu", n_groups_of(s)),
				    n_groups_of(s) == s->n ? "pools" : "heaps", name);
	if (several)
		return arena_printf(&d->arena, "%s %s", name, state ? state : "has");
	return room && worst->lacks ? "No block is large enough" : state ? states[worst->health].headline : "";
}

static void add_figures(struct document *d, struct doc_block *ret, const struct pool_standing *worst,
			const char *subject)
{
	const struct pool_state *state = &worst->summary;
	uint64_t growth_bytes = worst->pool->reported.max_new_split_bytes;
	bool grows = worst->health >= HEALTH_NEARLY_FULL && growth_bytes != NOT_KNOWN &&
		     growth_bytes > state->free_bytes;
	struct doc_span free = DOC_BYTES(state->free_bytes), total = DOC_BYTES(state->total_bytes);

	free.bound = total.bound = state->at_least ? DOC_AT_LEAST : DOC_IS;
	doc_put(d, ret, DOC_T(subject), DOC_T(grows ? " for now" : ""), DOC_T(*subject ? ": " : ""), free);
	if (state->total_bytes != NOT_KNOWN)
		doc_put(d, ret, DOC_T(" of "), total);
	doc_put(d, ret, DOC_T(" free"));
	if (state->lfb_bytes != NOT_KNOWN)
		doc_put(d, ret,
			DOC_T(worst->health == HEALTH_FRAGMENTED ? ", but largest free is " : ", largest free "),
			DOC_BYTES(state->lfb_bytes));
	if (grows)
		doc_put(d, ret, DOC_T("; the heap may grow by "), DOC_BYTES(growth_bytes));
	doc_put(d, ret, DOC_T("."));
}

/* Why there is less than it seems. */
static void add_reasons(struct document *d, const struct pool_standing *worst)
{
	const struct heap_pool *pool = worst->pool;
	bool is_group = pool->n_areas == 0 && worst->n_free_areas > 1;

	if (worst->health == HEALTH_FRAGMENTED)
		doc_say(d, DOC_T("A large allocation can fail although there seems to be room."));
	if (worst->health == HEALTH_SPLIT)
		doc_say(d, DOC_T("Free memory is in "), DOC_N(worst->n_free_areas),
			DOC_T(is_group ? " regions" : " areas"),
			DOC_T(", and no allocation can span two; this is not fragmentation."));
	if (pool->n_areas > 0 && pool->areas[0].loose)
		doc_say(d, DOC_T("Only part of the table is in the log; these are figures of that part."));
	else if (worst->summary.at_least)
		doc_say(d, DOC_T("There may be more areas, which are not in this memory."));
	else if (worst->believed)
		doc_say(d, DOC_T("The table is incomplete; these are the board's own totals."));
}

void report_add_state(struct document *d, const struct pool_standings *s, uint64_t n_dump, bool is_leaking)
{
	const struct pool_standing *worst = &s->all[s->i_worst];
	enum doc_severity severity = worst->lacks ? DOC_ACT : states[worst->health].severity;
	struct doc_block block = { .n_spans = 0 };

	if (s->n == 0)
		return;
	const char *subject = subject_words(d, s, n_dump, is_leaking);
	if (worst->health == HEALTH_DAMAGED)
		doc_tell(d, severity, DOC_T(subject), DOC_T(": something wrote past a block; its figures end there."));
	else if (worst->health == HEALTH_UNKNOWN && worst->summary.free_bytes == NOT_KNOWN)
		doc_tell(d, severity, DOC_T(subject), DOC_T(": the statistics are not readable."));
	else if (worst->health == HEALTH_UNKNOWN && !worst->summary.at_least)
		doc_tell(d, severity, DOC_T(n_dump > 0 ? "Dump " : ""), DOC_N(n_dump > 0 ? n_dump : NOT_KNOWN),
			 DOC_T(n_dump > 0 ? ": " : ""), DOC_BYTES(worst->summary.free_bytes),
			 DOC_T(worst->summary.lfb_bytes == NOT_KNOWN ?
				       " free; the size of the heap and its largest free block are not in the log." :
				       " free; the size of the heap is not in the log."));
	else {
		add_figures(d, &block, worst, subject);
		doc_add_told(d, severity, block.spans, block.n_spans);
		add_reasons(d, worst);
	}
}
