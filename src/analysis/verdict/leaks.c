#include "memprof/analysis/leaks.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

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

void leaks_place(const struct sites_frame *frame, char *ret, size_t n_ret)
{
	struct strbuf place CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&place, frame->file);
	if (frame->line > 0)
		strbuf_printf(&place, ":%" PRIu32, frame->line);
	text_copy(ret, n_ret, strbuf_text(&place), place.n_bytes);
}

/* Nearly all of it is freed again. What seems to be alive of the rest may be the holder's memory in the same places. */
static bool is_fleeting(const struct sites_line *line)
{
	enum { FLEETING_PART = 50 };

	return line->own.alive_bytes < line->own.bytes / FLEETING_PART;
}

/* What the line allocated for the holder, or without one, for anything that leaks. */
static uint64_t kept_bytes(const struct leaks_subject *s, uint32_t frame)
{
	const struct sites *sites = s->sites;
	const char *holder = s->verdict.holder;
	uint64_t n = 0;

	for (size_t i = 0; i < sites->n_kept; i++) {
		const struct sites_kept *kept = &sites->kept[i];
		bool is_wanted = holder ? strcmp(kept->holder, holder) == 0 : kept->is_leak;
		if (kept->frame == frame && is_wanted && sites_kept_may_leak(kept))
			n += sites_kept_bytes(kept);
	}
	return n;
}

/* Keeps the lines with most. */
static void add_line(struct leaks_subject *s, uint32_t frame, uint64_t n_bytes)
{
	const struct leaks_line line = { .frame = frame, .node = SITES_NONE, .alive_bytes = n_bytes };
	size_t i = s->n_lines;

	while (i > 0 && s->lines[i - 1].alive_bytes < n_bytes)
		i--;
	if (i == LEAKS_LINES_MAX)
		return;
	s->n_lines = MIN(s->n_lines + 1, (size_t)LEAKS_LINES_MAX);
	memmove(s->lines + i + 1, s->lines + i, (s->n_lines - 1 - i) * sizeof(line));
	s->lines[i] = line;
}

/* What the holder has got; 0: not known. */
static uint64_t grown_bytes(const struct leaks_subject *s)
{
	for (size_t i = 0; i < s->grew.n_owners && s->verdict.holder; i++)
		if (strcmp(s->grew.owners[i].name, s->verdict.holder) == 0)
			return s->grew.owners[i].sum.n_bytes;
	return 0;
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

/* 0 or -ENOMEM. */
static int find_lines(struct leaks_subject *s)
{
	enum { SMALL_PART = 10, ENOUGH_PART = 4 };
	struct sites_lines lines;
	uint64_t all = 0;

	if (sites_lines(s->sites, &lines) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < lines.n_lines; i++) {
		uint32_t frame = lines.lines[i].frame;
		uint64_t n = frame == SITES_NONE || is_fleeting(&lines.lines[i]) ? 0 : kept_bytes(s, frame);
		all += n;
		if (n > 0)
			add_line(s, frame, n);
	}
	sites_lines_deinit(&lines);
	bool is_enough = all >= grown_bytes(s) / ENOUGH_PART;
	while (s->n_lines > 0 && (!is_enough || s->lines[s->n_lines - 1].alive_bytes <= all / SMALL_PART))
		s->n_lines--;
	for (size_t i = 0; i < s->n_lines; i++)
		find_calls(s->sites, &s->lines[i]);
	const struct sites_frame *first = s->n_lines > 0 ? sites_frame_at(s->sites, s->lines[0].frame) : NULL;
	if (first && first->line > 0)
		leaks_place(first, s->verdict.line, sizeof(s->verdict.line));
	return 0;
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
	return r == 0 && s->sites && verdict_accuses(&s->verdict) ? find_lines(s) : r;
}

void leaks_deinit(struct leaks_subject *s)
{
	trend_result_deinit(&s->trend);
	objects_owners_deinit(&s->grew);
}

/* Of equal severity: what was found out is worse than what only rises so far, and that than what is not known. */
static unsigned rank(const struct leaks_subject *s)
{
	const struct trend_pool_result *pool = trend_worst(&s->trend);
	bool is_told = verdict_accuses(&s->verdict) || s->verdict.state == VERDICT_SUSPECTED;

	return 4 * (unsigned)s->verdict.severity + (is_told ? 2 : pool && trend_only_rises(&s->trend, pool));
}

void leaks_sort(struct leaks_subject *all, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && rank(&all[k]) > rank(&all[k - 1]); k--) {
			struct leaks_subject before = all[k - 1];
			all[k - 1] = all[k];
			all[k] = before;
		}
}
