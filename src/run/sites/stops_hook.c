/* Where a program allocates, or spends its time, on stock firmware: the hook that stops it. */
#include "sites/stops.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"

enum { REST = 32 };

static bool is_time(const struct program *p) { return p->options->sites->unit == SITES_TIME; }

/* ---- before it runs ---- */

static bool is_wanted(const struct program_options *o) { return o->sites && !o->first_alloc; }

/* 0; or an error, diag says why its blocks cannot be followed. */
static int can_follow_blocks(struct program *p, struct stops *s, struct diag *diag)
{
	if (s->at.growth_bytes != NOT_KNOWN)
		return diag_set(diag, -ENOTSUP, "its heap may grow by further areas");
	if (p->options->sites->step_bytes < SITES_SENTINEL_STEP_MIN)
		return diag_set(diag, -ENOTSUP, "without its agent, --step is %d at least", SITES_SENTINEL_STEP_MIN);
	s->last = malloc(4 * p->collections.hook.bytes_max);
	return s->last ? 0 : diag_set(diag, -ENOMEM, "out of memory");
}

/* What the hook answers: where its functions are. */
static int read_ids(struct program *p, struct stops *s, struct diag *diag)
{
	size_t n;
	const char *text = session_answer(p->session, &n), *end = text + n, *at = text - 1;
	uint64_t *const ids[] = { &s->at.hello.id_bytearray, &s->id_finaliser, &s->id_reserve, &s->id_preparer };

	for (size_t i = 0; i < ARRAY_SIZE(ids) && at; i++)
		at = at + 1 < end ? probe_scan_id(at + 1, end, s->at.hello.word_bytes, ids[i]) : NULL;
	return at ? 0 : diag_set(diag, -EINVAL, "its hook answered something else");
}

static bool on_frame(void *ctx)
{
	struct stops *s = ctx;

	if (!s->program->collections.filter.frame.asks)
		return collections_take_tables(s->program, "samples end here");
	stops_take(s);
	return true;
}

static enum session_outcome install(struct program *p, struct run_row *row, struct diag *diag)
{
	struct sites *sites = p->options->sites;
	struct collection_hook *hook = &p->collections.hook;
	struct stops *s = row->state;
	enum session_outcome outcome = program_areas_find(p, &s->at, &s->stacks, diag);

	if (outcome != SESSION_DONE)
		return outcome;
	s->program = p;
	*hook = (struct collection_hook){ .bytes_max = COLLECTION_BYTES_MAX, .rest = REST, .asks = true };
	if (is_time(p)) {
		hook->step_us = sites->step_bytes;
	} else {
		hook->room_words = program_room_words(s->at.areas.total_bytes, s->at.layout.word_bytes,
						      COLLECTIONS_ROOM_PART);
		hook->step_bytes = sites->step_bytes;
		if (p->options->finds_leaks)
			hook->step_bytes = sites->step_bytes = collections_step_bytes(&s->at);
	}
	if (!is_time(p) && can_follow_blocks(p, s, diag) < 0)
		return SESSION_RAISED;
	outcome = collections_begin(p, row, &s->at, is_time(p), on_frame, s, diag);
	if (outcome != SESSION_DONE)
		return outcome;
	if (read_ids(p, s, diag) < 0)
		return SESSION_RAISED;
	p->collections.on = true;
	return SESSION_DONE;
}

static bool put_in(struct program *p, struct run_row *row)
{
	struct diag diag = { 0 };
	enum session_outcome outcome = p->agent_samples ? SESSION_DONE : install(p, row, &diag);

	if (outcome == SESSION_DONE)
		return true;
	if (hook_is_cut(p, outcome))
		return false;
	if (p->options->finds_leaks) {
		session_notice(p->session, "note", "allocations cannot be sampled, so no line is named: %s", diag.text);
		row->is_in = row->is_in && !collections_remove(p, row);
		return true;
	}
	session_notice(p->session, "error", "%s cannot be sampled: %s", is_time(p) ? "its time" : "its allocations",
		       diag.text);
	return hook_fails(p, PROGRAM_DEVICE);
}

/* An agent that a snapshot has started would report each collection. */
static void starts(struct program *p, struct run_row *row)
{
	if (row->is_in && p->poll.agent == BOARD_AGENT_THERE)
		board_poll_stop_agent(&p->poll);
	if (row->is_in && !is_time(p))
		collections_take_room(p);
}

static void add_calls(struct program *p, struct run_row *row, struct strbuf *code)
{
	(void)p;
	if (row->is_in)
		hook_add_calls(code, "__memprof(" COLLECTION_HOOK_EACH ")", "__memprof(" COLLECTION_HOOK_NONE ")");
}

/* ---- it has ended ---- */

/* No stops come from here on, also of a program that raised. A stop takes for a command what was sent of a helper
 * meanwhile, and the prompt waits for the rest of it: it is looked for again. */
static void end_stops(struct program *p, struct stops *s)
{
	for (unsigned i = 0; i < COLLECTIONS_END_TRIES; i++) {
		if (s->was_disturbed && session_find_again(p->session, false) != SESSION_READY)
			return;
		s->was_disturbed = false;
		enum session_outcome outcome = session_question(p->session, "__memprof(" COLLECTION_HOOK_NONE ")\n");
		bool lacks_memory = outcome == SESSION_RAISED && session_raised(p->session, "MemoryError");
		if (!s->was_disturbed && !lacks_memory)
			return;
	}
}

static void ended(struct program *p, struct run_row *row)
{
	struct stops *s = row->state;

	if (!row->is_in)
		return;
	end_stops(p, s);
	p->result->info.sampling_us = s->busy_us;
	session_filter(p->session, NULL, NULL, NULL); /* memory that is read holds an old frame */
	/* Before names are read: where the heap is full, that needs the memory of the hook. */
	row->is_in = !collections_remove(p, row);
	if (is_time(p)) {
		profile_read(p, NULL, NULL);
		profile_add(&p->profile);
	} else {
		stops_make_profile(s);
	}
	p->has_failed |= !profile_end(&p->profile, p->session);
	if (s->is_old)
		session_notice(p->session, "warning", "%s: calls are not known", profile_too_old);
}

static void deinit(void *state)
{
	struct stops *s = state;

	vec_deinit(s, allocations);
	vec_deinit(s, bursts);
	free(s->last);
	free(s->first);
	call_stacks_deinit(&s->stacks);
}

const struct run_hook hook_stops = {
	.name = "the hook that samples",
	.by_hand = "del __memprof",
	.state_bytes = sizeof(struct stops),
	.is_wanted = is_wanted,
	.begin = put_in,
	.starts = starts,
	.code = add_calls,
	.ended = ended,
	.remove = collections_remove,
	.deinit = deinit,
};
