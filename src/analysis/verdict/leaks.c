#include "memprof/analysis/leaks.h"

#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"

const char *leaks_outcome_name(enum leaks_outcome outcome)
{
	static const char *const names[] = { NULL, "ended", "raised", "stopped", "running" };

	return names[outcome];
}

/* ---- who holds it ---- */

static bool has_grown(const void *ctx, const struct objects *o, uint32_t i)
{
	const struct trend_pool_result *pool = ctx;
	struct object object;

	objects_get(o, i, &object);
	return survival_is_younger(pool->tables, object.address, object.n_bytes, pool->survival.grows_from);
}

bool leaks_is_programs(const struct objects_owned *owned)
{
	return owned->name[0] != '<' && strcmp(owned->name, "__memprof") != 0;
}

int leaks_find_holder(const struct objects *objects, const struct run_info *run, struct trend_result *trend,
		      struct objects_owners *ret)
{
	const struct trend_pool_result *pool = trend_worst(trend);
	int r = 0;

	if (pool && pool->leaks && pool->by_objects && objects) {
		r = objects_owners(objects, has_grown, pool, ret);
		trend->held_by = objects_owners_holder(ret);
	} else if (run && run->has_holder) {
		trend->held_by = run->owners[0].path;
	}
	return r;
}

/* ---- which line ---- */

/* Of what is freed again nearly always, some seems to be alive, as the holder's memory stands in its places. */
static bool is_fleeting(const struct sites *sites, uint32_t frame)
{
	enum { FLEETING_PART = 50 };
	uint64_t bytes = 0, alive_bytes = 0;

	for (uint32_t i = 0; i != SITES_NONE; i = sites_next(sites, i)) {
		const struct sites_node *node = &sites->nodes[i];
		bytes += node->frame == frame ? node->own.bytes : 0;
		alive_bytes += node->frame == frame ? node->own.alive_bytes : 0;
	}
	return alive_bytes < bytes / FLEETING_PART;
}

/* The line's bytes among what is wanted: held by the holder, or if there is none, of any that leaks. */
static uint64_t bytes_of(const struct sites *sites, const struct sites_kept *kept, const char *holder)
{
	bool is_wanted = holder ? strcmp(kept->holder, holder) == 0 : kept->is_leak;

	return is_wanted && !kept->in_doubt && kept->frame != SITES_NONE && !is_fleeting(sites, kept->frame) ?
		       sites_kept_bytes(kept) :
		       0;
}

/* Of the lines that are not taken yet the one with most, of all its holders: so many bytes. 0: there is none. */
static uint64_t next_line(const struct leaks_subject *s, uint32_t *ret_frame)
{
	const struct sites *sites = s->sites;
	uint64_t most = 0;

	for (size_t i = 0; i < sites->n_kept; i++) {
		uint32_t frame = sites->kept[i].frame;
		uint64_t n = 0;
		bool is_taken = false;
		for (size_t k = 0; k < s->n_lines; k++)
			is_taken |= s->lines[k].frame == frame;
		for (size_t k = 0; k < sites->n_kept && !is_taken; k++)
			n += sites->kept[k].frame == frame ? bytes_of(sites, &sites->kept[k], s->verdict.holder) : 0;
		if (n <= most)
			continue;
		most = n;
		*ret_frame = frame;
	}
	return most;
}

/* Few samples are of what was there before it grew. */
static bool is_enough(const struct leaks_subject *s, uint64_t n_bytes)
{
	enum { ENOUGH_PART = 4 };
	uint64_t grown = 0;

	for (size_t i = 0; i < s->grew.n_owners && s->verdict.holder; i++)
		if (strcmp(s->grew.owners[i].name, s->verdict.holder) == 0)
			grown = s->grew.owners[i].sum.n_bytes;
	return n_bytes >= grown / ENOUGH_PART;
}

static void find_calls(const struct sites *sites, struct leaks_line *line)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i != SITES_NONE; i = sites_next(sites, i)) {
		const struct sites_node *node = &sites->nodes[i];
		if (node->frame != line->frame || node->own.alive_bytes <= most)
			continue;
		most = node->own.alive_bytes;
		line->node = i;
	}
}

static void find_lines(struct leaks_subject *s)
{
	enum { SMALL_PART = 10 };
	const struct sites *sites = s->sites;
	uint64_t all = 0, n;
	uint32_t frame;

	for (size_t i = 0; i < sites->n_kept; i++)
		all += bytes_of(sites, &sites->kept[i], s->verdict.holder);
	while (is_enough(s, all) && s->n_lines < LEAKS_LINES_MAX && (n = next_line(s, &frame)) > all / SMALL_PART) {
		s->lines[s->n_lines] = (struct leaks_line){ .frame = frame, .node = SITES_NONE, .alive_bytes = n };
		find_calls(sites, &s->lines[s->n_lines++]);
	}
	const struct sites_frame *first = s->n_lines > 0 ? sites_frame_at(sites, s->lines[0].frame) : NULL;
	if (first && first->line > 0)
		snprintf(s->verdict.line, sizeof(s->verdict.line), "%.*s:%u", (int)sizeof(s->verdict.line) - 12,
			 first->file, first->line);
}

/* ---- all of it ---- */

int leaks_work_out(struct leaks_subject *s)
{
	bool is_long = boots_n_samples(s->boots) > 0;
	int r = is_long ? boots_work_out(s->boots, &s->trend, &s->boot) : 0;

	if (s->run)
		s->boot.failed.line = 0;
	if (r == 0)
		r = leaks_find_holder(s->objects, s->run, &s->trend, &s->grew);
	verdict_of(NULL, is_long ? &s->trend : NULL, is_long ? &s->boot : NULL, s->boot.failed.set, &s->verdict);
	if (r == 0 && s->sites && verdict_accuses(&s->verdict))
		find_lines(s);
	return r;
}

void leaks_deinit(struct leaks_subject *s)
{
	trend_result_deinit(&s->trend);
	objects_owners_deinit(&s->grew);
}

/* Of equal severity: what was found out is worse than what is not known. */
static unsigned rank(const struct verdict *v)
{
	bool is_told = verdict_accuses(v) || v->state == VERDICT_SUSPECTED;

	return 2 * (unsigned)v->severity + is_told;
}

void leaks_sort(struct leaks_subject *all, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && rank(&all[k].verdict) > rank(&all[k - 1].verdict); k--) {
			struct leaks_subject before = all[k - 1];
			all[k - 1] = all[k];
			all[k] = before;
		}
}
