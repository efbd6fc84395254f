/* Where a program allocates: stacks that are read at collections, while the board stands still. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "memprof/live/memory_probe.h"
#include "memprof/protocol/instrument.h"
#include "run/sites.h"

enum {
	END_TRIES = 4,
	LEFT_OUT_MAX = 5,
	FULL_PART = 16,       /* less of the heap is free: names are read */
	STACK_MORE_WORDS = 16 /* below what stack_use() counted from */
};

/* ---- before it runs ---- */

/* Room for the block tables of its stops. False: they cannot be followed, diag says why. */
static bool can_follow_blocks(struct program *p, const struct program_areas *areas, struct diag *diag)
{
	struct program_sites *s = &p->sites;

	if (areas->growth_bytes != NOT_KNOWN) {
		diag_set(diag, -ENOTSUP, "its heap may grow by further areas");
		return false;
	}
	if (p->options->sites->step_bytes < SITES_SENTINEL_STEP_MIN) {
		diag_set(diag, -ENOTSUP, "without its agent, --step is %d at least", SITES_SENTINEL_STEP_MIN);
		return false;
	}
	s->tables = malloc(collection_filter_room(&p->collections.hook));
	s->before = malloc(4 * p->collections.hook.bytes_max);
	s->after = malloc(4 * p->collections.hook.bytes_max);
	s->last = malloc(4 * p->collections.hook.bytes_max);
	if (!s->tables || !s->before || !s->after || !s->last) {
		diag_set(diag, -ENOMEM, "out of memory");
		return false;
	}
	return true;
}

bool program_sites_hooked(struct program *p, const struct program_areas *areas, struct diag *diag)
{
	struct program_sites *s = &p->sites;
	size_t n;
	uint64_t id_bytearray;

	if (!p->options->sites)
		return true;
	const char *text = session_answer(p->session, &n), *end = text + n;
	uint64_t *const ids[] = { &id_bytearray, &s->id_finaliser, &s->id_reserve, &s->id_preparer };
	const char *at = text - 1;
	for (size_t i = 0; i < ARRAY_SIZE(ids) && at; i++)
		at = at + 1 < end ? number_scan(at + 1, end, ids[i]) : NULL;
	if (!at) {
		diag_set(diag, -EINVAL, "its hook answered something else");
		return false;
	}
	s->at = *areas;
	s->at.hello.id_bytearray = id_bytearray;
	s->on = p->options->sites->unit == SITES_TIME || can_follow_blocks(p, areas, diag);
	return s->on;
}

bool program_sites_code(const struct program *p, const struct strbuf *script, struct strbuf *ret)
{
	char begin[128] = "__memprof(" COLLECTION_HOOK_EACH ")", end[128] = "__memprof(" COLLECTION_HOOK_NONE ")";

	if (!p->sites.on && !p->sites.by_agent)
		return false;
	if (p->sites.by_agent)
		program_sites_hook_calls(p, begin, end, sizeof(begin));
	instrument_begin(ret, strbuf_text(script), script->n_bytes, begin);
	strbuf_printf(ret, "\n%s\n", end);
	return true;
}

/* ---- while it runs ---- */

/* It is to end, or has raised, so that samples went on, and one takes what was sent since for a command. Line feeds end
 * that, and with it all samples. */
static void end_samples(struct program *p)
{
	char line_feeds[4 * 8 + 1], end;

	p->sites.was_disturbed = true;
	memset(line_feeds, '\n', sizeof(line_feeds));
	session_filter_talk(p->session, line_feeds, 4 * (size_t)p->sites.at.layout.word_bytes + 1, &end, 1, 0);
	if (!session_is_stopping(p->session)) /* they are helpers that were sent */
		session_lose_prompt(p->session);
}

/* ---- a stop ---- */

static size_t find_function(const struct call_stack *stack, uint64_t function)
{
	size_t i = 0;

	while (i < stack->n_frames && stack->frames[i].function != function)
		i++;
	return i;
}

/* In a heap that is full, the hook's own allocations collect, too. */
static bool is_ours(const struct program_sites *s, const struct call_stack *stack)
{
	return find_function(stack, s->id_preparer) < stack->n_frames;
}

bool program_sites_note(struct program_sites *s, const struct call_stack *stack)
{
	size_t i = find_function(stack, s->id_finaliser);

	if (is_ours(s, stack))
		return false;
	i = i < stack->n_frames ? i + 1 : 0;
	s->pending = (struct program_allocation){
		.i_frame = s->n_frames, .i_burst = s->n_bursts - 1, .at_us = s->now_us, .is_alive = true
	};
	for (; i < stack->n_frames; i++) {
		uint64_t function = stack->frames[i].function;
		if (function == s->id_finaliser || function == s->id_reserve)
			continue;
		if (vec_push(s, frames, stack->frames[i]) < 0)
			return false;
		s->pending.n_frames++;
	}
	return true;
}

static size_t n_blocks_of(const struct gc_areas *areas)
{
	size_t n = 0;

	for (size_t i = 0; i < areas->n_areas; i++)
		n += areas->areas[i].n_blocks;
	return n;
}

/* All block tables, behind the room of a structure each. 0, or an error of the reader. */
static int read_tables(const struct program *p, struct memory_reader *r)
{
	const struct program_sites *s = &p->sites;
	const struct gc_areas *areas = &s->stacks.areas;
	struct memory_read reads[GC_AREAS_MAX];
	uint8_t *to = s->tables;
	int error = 0;

	for (size_t i = 0; i < areas->n_areas && error == 0; i++) {
		const struct gc_area *area = &areas->areas[i];
		to += collection_hook_area_bytes(&p->collections.hook);
		reads[i] = (struct memory_read){ area->table, area->n_table_bytes, to };
		to += area->n_table_bytes;
		error = reader_allow(r, area->table, area->n_table_bytes);
	}
	return error < 0 ? error : reader_read_batch(r, reads, areas->n_areas);
}

/* What is in use now and was free after the stop before: a new object is the pending allocation, and blocks that were
 * added to an older one are *grown, which no stop was before. The number of new objects. None: it was freed again at
 * once, such as a step of an operation with large integers or the old table of a set, or the program has collected by
 * itself, which looks the same. */
static size_t measure(struct program_sites *s, struct program_allocation *grown)
{
	size_t n = n_blocks_of(&s->stacks.areas), n_new = 0;
	uint32_t i_head = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool is_new = s->before[i] != BLOCK_FREE && s->last[i] == BLOCK_FREE;
		if (s->before[i] == BLOCK_HEAD) {
			i_head = i;
			n_new += is_new;
		}
		if (!is_new)
			continue;
		struct program_allocation *a = s->last[i_head] == BLOCK_FREE ? &s->pending : grown;
		a->i_block = i_head;
		a->n_blocks++;
	}
	return n_new;
}

static void keep(struct program_sites *s, const struct program_allocation *a)
{
	if (vec_push(s, allocations, *a) == 0)
		s->bursts[a->i_burst].n_bytes += (uint64_t)a->n_blocks * s->at.layout.block_bytes;
}

/* Whether a function may have run other lines between two stops in it: it is at another one, or a loop has come back.
 */
static bool has_moved(const struct call_frame *before, const struct call_frame *now, bool is_innermost)
{
	return before->line != now->line || (is_innermost && !now->is_one_line && now->i_code <= before->i_code);
}

/* An object has grown between two stops, somewhere within the calls that both are in; at which line of the innermost
 * one is not always known. 0 or -ENOMEM. */
static int set_within_both(struct program_sites *s, const struct call_stack *stack, struct program_allocation *ret)
{
	size_t n = 0, n_both = MIN(s->pending.n_frames, stack->n_frames);
	const size_t i_outermost = s->pending.i_frame + s->pending.n_frames - 1;
	bool moved = false;

	while (n < n_both && !moved &&
	       s->frames[i_outermost - n].function == stack->frames[stack->n_frames - 1 - n].function) {
		moved = has_moved(&s->frames[i_outermost - n], &stack->frames[stack->n_frames - 1 - n],
				  n + 1 == n_both);
		n++;
	}
	ret->i_frame = s->n_frames;
	ret->n_frames = n;
	for (size_t i = n; i-- > 0;) {
		struct call_frame frame = s->frames[i_outermost - i];
		if (moved && i + 1 == n)
			frame.line = 0;
		if (vec_push(s, frames, frame) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A burst begins after a large allocation more often than after a small one. In a loop, that decides which ones are in
 * it; so bursts leave out as many at their beginning, in turn. */
static unsigned n_left_out(const struct program_sites *s) { return (unsigned)((s->n_bursts - 1) % (LEFT_OUT_MAX + 1)); }

static void take_allocation(struct program_sites *s, const struct call_stack *stack)
{
	struct program_allocation grown = { .i_burst = s->pending.i_burst, .at_us = s->now_us, .is_alive = true };

	size_t n_new = measure(s, &grown);
	if (n_new == 0 && grown.n_blocks == 0) { /* freed again before this stop */
		s->pending.n_blocks = 1;
		s->pending.is_alive = false;
	}
	if (n_new <= 1 && s->pending.n_blocks > 0) { /* of several, it is not known which is which */
		keep(s, &s->pending);
		s->bursts[s->pending.i_burst].n_observed++;
	}
	if (grown.n_blocks > 0 && set_within_both(s, stack, &grown) == 0)
		keep(s, &grown);
}

/* Of those that were alive, what this collection frees, or the program has. */
static void note_dead(struct program_sites *s)
{
	for (size_t i = 0; i < s->n_allocations; i++)
		s->allocations[i].is_alive &= s->after[s->allocations[i].i_block] == BLOCK_HEAD;
}

/* A burst has ended, and the first collection after it. */
static void note_temporary(struct program_sites *s)
{
	if (s->last_position == 0) /* a later one */
		return;
	for (size_t i = s->n_allocations; i-- > 0 && s->allocations[i].i_burst + 1 == s->n_bursts;)
		s->allocations[i].is_temporary = !s->allocations[i].is_alive;
}

/* Since the last stop; NOT_KNOWN. */
static uint64_t free_bytes(const struct program_sites *s)
{
	size_t n = n_blocks_of(&s->stacks.areas), n_free = 0;

	if (!s->has_last)
		return NOT_KNOWN;
	for (size_t i = 0; i < n; i++)
		n_free += s->last[i] == BLOCK_FREE;
	return (uint64_t)n_free * s->at.layout.block_bytes;
}

/* Of a heap that is nearly full, only some of the collections. */
static bool wants_burst(struct program_sites *s, uint64_t step_bytes)
{
	uint64_t n_bytes = free_bytes(s);
	bool wants = n_bytes == NOT_KNOWN || random_part() <= bursts_chance(n_bytes, step_bytes);

	if (!wants || s->n_allocations < SITES_ALLOCATIONS_MAX)
		return wants;
	s->n_lost += COLLECTION_BURST - 1;
	return false;
}

static bool keep_first(struct program_sites *s)
{
	size_t n = n_blocks_of(&s->stacks.areas);

	s->first = malloc(n + 1);
	if (s->first)
		memcpy(s->first, s->after, n);
	return s->first != NULL;
}

/* Of a stop, in its burst. */
static unsigned position_of(const struct collection_frame *stop)
{
	return (unsigned)stop->n_collections & ((1u << COLLECTION_STOP_BITS) - 1);
}

/* At the first stop of a burst nothing is known of the allocation before it. False: no burst is to follow. */
static bool take_stop(struct program *p, const struct call_stack *stack)
{
	struct program_sites *s = &p->sites;
	const struct collection_frame *stop = &p->collections.filter.frame;
	unsigned position = position_of(stop);
	struct collection_frame frame = { .i_sentinel = (uint32_t)(stop->n_collections >> COLLECTION_STOP_BITS),
					  .areas = s->stacks.areas };

	bool is_read = collection_frame_tables(&p->collections.hook, &frame, s->tables, s->before, s->after) == 0;
	if (is_read && position > 0 && position == s->last_position + 1 && s->is_pending && s->has_last &&
	    position > n_left_out(s) && !is_ours(s, stack)) /* else it was the frame of that function */
		take_allocation(s, stack);
	if (position > 0 && s->n_bursts > 0) /* one allocation before each stop, but those that were left out */
		s->bursts[s->n_bursts - 1].n_in_it = position - MIN(position, n_left_out(s));
	if (is_read && !s->first)
		is_read = keep_first(s);
	if (is_read)
		note_dead(s);
	if (is_read && position == 0)
		note_temporary(s);
	s->last_position = position;
	bool goes_on = position > 0 || wants_burst(s, p->options->sites->step_bytes);
	if (position == 0 && goes_on && vec_push(s, bursts, (struct burst){ .n_bytes = 0 }) < 0)
		is_read = false;
	s->is_pending = is_read && goes_on && s->n_bursts > 0 && position + 1 < COLLECTION_BURST &&
			program_sites_note(s, stack);
	s->has_last = is_read;
	uint8_t *last = s->last;
	s->last = s->after;
	s->after = last;
	return goes_on;
}

static void want_names(struct program_sites *s)
{
	for (; s->n_wanted < s->n_frames; s->n_wanted++)
		program_names_want(&s->of_stops, s->frames[s->n_wanted].file, s->frames[s->n_wanted].name);
}

/* A program that fills the heap may leave no prompt that works. */
static void name_in_time(struct program_sites *s, struct memory_reader *r)
{
	size_t n = n_blocks_of(&s->stacks.areas), n_used = 0;

	if (free_bytes(s) >= s->at.total_bytes / FULL_PART) /* NOT_KNOWN is most */
		return;
	for (size_t i = 0; i < n; i++)
		n_used += s->before[i] != BLOCK_FREE;
	want_names(s);
	program_names_read_early(&s->of_stops, &s->at.hello, (uint64_t)n_used * s->at.layout.block_bytes, r);
}

void program_sites_sample(struct program *p)
{
	struct program_sites *s = &p->sites;
	struct memory_probe probe;
	struct call_stack stack;
	struct diag diag = { 0 };
	uint64_t used = p->collections.filter.frame.i_sentinel, word = s->at.layout.word_bytes;
	uint64_t sp = (s->stacks.stack_end - MIN(used + STACK_MORE_WORDS * word, s->stacks.stack_end)) & ~(word - 1);

	if (!p->is_running || session_is_stopping(p->session)) {
		end_samples(p);
		return;
	}
	uint64_t began_us = clock_now_us();
	s->now_us = began_us - s->stopped_us;
	bool is_time = p->options->sites->unit == SITES_TIME, goes_on = true;
	if (memory_probe_enter(&probe, p->session, &s->at.hello, s->at.n_crs, &diag) != SESSION_DONE ||
	    call_stack_read(&s->stacks, &probe.reader, sp, &stack) < 0 ||
	    (!is_time && read_tables(p, &probe.reader) < 0)) {
		s->is_pending = s->has_last = false;
		s->n_lost++;
		goes_on = is_time; /* without its beginning a burst would be taken for the rest of the one before */
		if (position_of(&p->collections.filter.frame) == 0)
			s->last_position = 0;
	} else {
		s->is_old |= stack.is_old;
		if (is_time)
			program_sites_take_time(p, &stack);
		else
			goes_on = take_stop(p, &stack);
		if (!is_time)
			name_in_time(s, &probe.reader);
	}
	memory_probe_leave(&probe, goes_on ? 0 : COLLECTION_NO_BURST);
	s->stopped_us += clock_now_us() - began_us;
}

/* ---- afterwards ---- */

static uint64_t address_of(const struct gc_areas *areas, uint32_t i_block)
{
	size_t i = 0;

	for (; i + 1 < areas->n_areas && i_block >= areas->areas[i].n_blocks; i++)
		i_block -= areas->areas[i].n_blocks;
	return areas->areas[i].pool + (uint64_t)i_block * areas->areas[i].block_bytes;
}

/* *ret_line: the frame of the profile that allocated it; SITES_NONE. */
static int add_allocation(const struct program *p, const struct program_allocation *a,
			  const struct program_names *names, struct program_holders *holders, uint32_t *ret_line)
{
	uint64_t n_bytes = (uint64_t)a->n_blocks * p->sites.at.layout.block_bytes;
	double weight = p->sites.bursts[a->i_burst].weight;
	struct sites_sum sum = { .n_samples = 1,
				 .bytes = (uint64_t)(weight * (double)n_bytes + 0.5),
				 .count = (uint64_t)(weight + 0.5) };
	uint32_t chain[CALL_STACK_MAX];

	p->options->sites->sizes[sites_size_class(n_bytes)] += sum.count;
	p->options->sites->temporary_bytes += a->is_temporary ? sum.bytes : 0;
	double alive = weight * a->alive_part;
	sum.alive_bytes = (uint64_t)(alive * (double)n_bytes + 0.5);
	sum.alive_count = (uint64_t)(alive + 0.5);
	for (size_t i = 0; i < a->n_frames; i++) {
		const struct call_frame *frame = &p->sites.frames[a->i_frame + i];
		chain[i] = program_names_frame(p, names, frame->file, frame->name, frame->line);
	}
	*ret_line = a->n_frames ? chain[0] : SITES_NONE;
	const struct sites_moment when = { a->at_us - p->sites.allocations[0].at_us,
					   p->sites.now_us - p->sites.allocations[0].at_us,
					   (size_t)(a - p->sites.allocations), p->sites.n_allocations };
	int error = sites_add(p->options->sites, chain, a->n_frames, &sum);
	if (error == 0 && a->is_alive)
		error = sites_keep_sample(p->options->sites,
					  program_holder(holders, address_of(&p->sites.stacks.areas, a->i_block)),
					  *ret_line, sum.alive_bytes, false, &when);
	return error;
}

static int add_allocations(const struct program *p, const struct program_names *names, struct program_holders *holders)
{
	const struct program_sites *s = &p->sites;
	struct sites *sites = p->options->sites;
	struct burst_part *parts = malloc((s->n_allocations + 1) * sizeof(*parts));
	double n_independent = 0;
	int error = parts ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n_allocations && error == 0; i++) {
		const struct program_allocation *a = &s->allocations[i];
		uint32_t line = SITES_NONE;
		error = add_allocation(p, a, names, holders, &line);
		parts[i] = (struct burst_part){ a->i_burst, line == SITES_NONE ? 0 : line + 1,
						s->bursts[a->i_burst].weight * a->n_blocks };
	}
	if (error == 0)
		error = bursts_independent(parts, s->n_allocations, sites->n_frames + 1, &n_independent);
	sites->n_independent = (uint64_t)n_independent;
	free(parts);
	return error;
}

/* After a collection that nothing was allocated after: the tables have heads and no marks. */
static void note_dead_at_end(struct program *p, struct memory_reader *r)
{
	struct program_sites *s = &p->sites;
	const uint8_t *table = s->tables;
	size_t n = 0;

	if (read_tables(p, r) < 0)
		return;
	for (size_t i = 0; i < s->stacks.areas.n_areas; i++) {
		const struct gc_area *area = &s->stacks.areas.areas[i];
		table += collection_hook_area_bytes(&p->collections.hook);
		for (uint32_t k = 0; k < area->n_blocks; k++, n++) {
			unsigned bits = table[k / 4] >> k % 4 * 2 & 3;
			s->before[n] = bits == 1 ? BLOCK_HEAD : bits == 2 ? BLOCK_TAIL : BLOCK_FREE;
			s->after[n] = bits == 1 ? BLOCK_HEAD : BLOCK_FREE;
		}
		table += area->n_table_bytes;
	}
	s->n_end_blocks = n;
	note_dead(s);
	note_temporary(s);
}

/* Of those that are alive: without the tables of the end, all. 0 or -ENOMEM. */
static int find_alive_parts(struct program_sites *s)
{
	struct burst_left *left = malloc((s->n_allocations + 1) * sizeof(*left));
	size_t n = 0;

	if (!left)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_allocations; i++) {
		const struct program_allocation *a = &s->allocations[i];
		if (a->is_alive)
			left[n++] = (struct burst_left){ .i_block = a->i_block,
							 .blocks = s->bursts[a->i_burst].weight * a->n_blocks,
							 .part = 1 };
	}
	if (s->n_end_blocks > 0 && n > 0)
		bursts_left(left, n, s->first, s->before, s->n_end_blocks, s->at.layout.block_bytes);
	n = 0;
	for (size_t i = 0; i < s->n_allocations; i++)
		s->allocations[i].alive_part = s->allocations[i].is_alive ? left[n++].part : 0;
	free(left);
	return 0;
}

/* A stop takes for a command what was sent of a helper meanwhile, and the prompt waits
 * for the rest of it: it is looked for again. */
void program_sites_end_hook(struct program *p)
{
	for (unsigned i = 0; i < END_TRIES; i++) {
		if (p->sites.was_disturbed && session_find_again(p->session, false) != SESSION_READY)
			return;
		p->sites.was_disturbed = false;
		session_question(p->session, "__memprof(" COLLECTION_HOOK_NONE ")\n");
		if (!p->sites.was_disturbed)
			return;
	}
}

/* Sentinels that are freed late look like bursts that end at once where that is not seen (collection_hook.c). Nor are
 * there many in a full heap, as what prepares them has no room. */
static void report_short_bursts(struct program *p)
{
	enum { ENOUGH_BURSTS = 20, SHORT = 5 };
	const struct program_sites *s = &p->sites;

	if (s->n_bursts >= ENOUGH_BURSTS && s->n_allocations < SHORT * s->n_bursts)
		session_notice(p->session, "warning",
			       "its bursts of samples ended early, so all sums may be wrong; run it again, or with"
			       " another --step");
}

static void end_stops(struct program *p)
{
	struct program_sites *s = &p->sites;
	struct sites *sites = p->options->sites;
	struct program_holders holders = { .name = STRBUF_INIT };

	program_sites_end_hook(p);
	session_filter(p->session, NULL, NULL, NULL); /* memory that is read holds an old frame */
	want_names(s);
	program_names_read(p, &s->of_stops, note_dead_at_end);
	program_holders_read(p, &holders);
	bursts_weigh(s->bursts, s->n_bursts, sites->step_bytes);
	if (s->error == 0)
		s->error = find_alive_parts(s);
	sites->temporary_bytes = 0;
	if (s->n_end_blocks > 0) /* else what is alive is known as of the last stop */
		s->now_us = p->began_us + p->result->info.duration_us - s->stopped_us;
	if (s->error == 0)
		s->error = add_allocations(p, &s->of_stops, &holders);
	sites->n_lost = s->n_lost;
	sites->n_bursts = s->n_bursts;
	sites->alive_when = s->n_end_blocks > 0 ? SITES_AT_END : SITES_AT_HALT;
	report_short_bursts(p);
	sites->has_counts = sites->has_alive = sites->has_sizes = sites->has_kept = true;
	program_holders_deinit(&holders);
}

/* ---- either carrier ---- */

void program_sites_begin(struct program *p)
{
	if (p->sites.by_agent)
		program_sites_hook_begin(p);
	if (!p->sites.on)
		return;
	if (p->poll.agent == BOARD_AGENT_THERE) /* one that a snapshot has started would report each collection */
		board_poll_stop_agent(&p->poll);
	if (p->options->sites->unit == SITES_TIME)
		return;
	p->old_threshold = session_number(p->session, "print(__import__('gc').threshold())");
	p->has_threshold = true;
}

void program_sites_event(struct program *p, const struct event *event)
{
	if (p->sites.takes_samples) {
		p->sites.samples.now_us = clock_now_us();
		site_samples_event(&p->sites.samples, event);
	}
}

const char *program_sites_why(int error)
{
	return error == -E2BIG ? "there are too many different calls" : "out of memory";
}

const char program_sites_too_old[] =
	"its functions are those of MicroPython 1.18 or older, whose line tables memprof does not read";

void program_sites_end(struct program *p)
{
	struct program_sites *s = &p->sites;

	if (s->by_agent)
		program_sites_hook_end(p);
	else if (s->on)
		(p->options->sites->unit == SITES_TIME ? program_sites_end_time : end_stops)(p);
	if ((s->by_agent || s->on) && s->error == 0)
		s->error = sites_end(p->options->sites);
	if (s->error < 0)
		session_notice(p->session, "error", "%s", program_sites_why(s->error));
	if (s->is_old)
		session_notice(p->session, "warning", "%s: calls are not known", program_sites_too_old);
}

void program_sites_deinit(struct program *p)
{
	vec_deinit(&p->sites, frames);
	vec_deinit(&p->sites, allocations);
	vec_deinit(&p->sites, bursts);
	program_names_deinit(&p->sites.of_stops);
	site_samples_deinit(&p->sites.samples);
	free(p->sites.tables);
	free(p->sites.before);
	free(p->sites.after);
	free(p->sites.last);
	free(p->sites.first);
	call_stacks_deinit(&p->sites.stacks);
}
