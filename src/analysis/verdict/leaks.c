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

/* The line's bytes among what is wanted: held by the holder, or if there is none, of any that leaks. */
static uint64_t bytes_of(const struct sites_kept *kept, const char *holder)
{
	bool is_wanted = holder ? strcmp(kept->holder, holder) == 0 : kept->is_leak;

	return is_wanted && !kept->in_doubt && kept->frame != SITES_NONE ? sites_kept_bytes(kept) : 0;
}

static void add_line(struct leaks_subject *s, uint32_t frame, uint64_t n_bytes)
{
	size_t i = 0;

	while (i < s->n_lines && s->lines[i].frame != frame)
		i++;
	if (i == LEAKS_LINES_MAX)
		return;
	if (i == s->n_lines)
		s->lines[s->n_lines++] = (struct leaks_line){ .frame = frame, .node = SITES_NONE };
	s->lines[i].alive_bytes += n_bytes;
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
	uint64_t all = 0;

	for (size_t i = 0; i < sites->n_kept; i++)
		all += bytes_of(&sites->kept[i], s->verdict.holder);
	for (size_t i = 0; i < sites->n_kept && is_enough(s, all); i++) {
		uint64_t n = bytes_of(&sites->kept[i], s->verdict.holder);
		if (n > all / SMALL_PART)
			add_line(s, sites->kept[i].frame, n);
	}
	for (size_t i = 0; i < s->n_lines; i++)
		find_calls(sites, &s->lines[i]);
	const struct sites_frame *frame = s->n_lines > 0 ? sites_frame_at(sites, s->lines[0].frame) : NULL;
	if (frame && frame->line > 0)
		snprintf(s->verdict.line, sizeof(s->verdict.line), "%.*s:%u", (int)sizeof(s->verdict.line) - 12,
			 frame->file, frame->line);
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
