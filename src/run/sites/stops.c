/* Stops of stock firmware at allocations, while the program runs: the board stands still, and its stack and block
 * tables are read. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "memprof/live/memory_probe.h"
#include "memprof/protocol/timer_hook.h"
#include "sites/stops.h"

enum {
	LEFT_OUT_MAX = 5,
	FLOORS_AT_FIRST = 64, /* until the step is doubled, … */
	FLOORS_LATER = 32,    /* … again, … */
	FREE_US = 12000,      /* that stops may take for each collection, whatever the program takes: for these */
	FREE_AT_FIRST = 40,
	SAMPLED_PART = 4, /* of the first, one in so many is followed by a burst at least */
	FREE_LATER = 160,
	FULL_PART = 16,       /* less of the heap is free: names are read */
	STACK_MORE_WORDS = 16 /* below what stack_use() counted from */
};

/* It is to end, or has raised, so that samples went on, and one takes what was sent since for a command. Line feeds end
 * that, and with it all samples. */
static void end_samples(struct stops *s)
{
	struct session *session = s->program->session;
	char line_feeds[4 * 8 + 1], end;

	s->was_disturbed = true;
	memset(line_feeds, '\n', sizeof(line_feeds));
	session_filter_talk(session, line_feeds, 4 * (size_t)s->at.layout.word_bytes + 1, &end, 1, 0);
	if (!session_is_stopping(session)) /* they are helpers that were sent */
		session_lose_prompt(session);
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
static bool is_ours(const struct stops *s, const struct call_stack *stack)
{
	return find_function(stack, s->id_preparer) < stack->n_frames;
}

/* The stack of the program: without the hook's own frames, of which some are left there. False: it is that of the hook,
 * which allocates. */
static bool without_ours(const struct stops *s, const struct call_stack *stack, struct call_stack *ret)
{
	size_t i = find_function(stack, s->id_finaliser);

	ret->n_frames = 0;
	for (i = i < stack->n_frames ? i + 1 : 0; i < stack->n_frames; i++) {
		uint64_t function = stack->frames[i].function;
		if (function != s->id_finaliser && function != s->id_reserve)
			ret->frames[ret->n_frames++] = stack->frames[i];
	}
	return !is_ours(s, stack);
}

/* The allocation that comes next. */
static bool note(struct stops *s, const struct call_stack *stack)
{
	s->pending = (struct stops_allocation){ .i_burst = s->n_bursts - 1, .at_us = s->now_us, .is_alive = true };
	return without_ours(s, stack, &s->at_pending);
}

static size_t n_blocks_of(const struct gc_areas *areas)
{
	size_t n = 0;

	for (size_t i = 0; i < areas->n_areas; i++)
		n += areas->areas[i].n_blocks;
	return n;
}

int stops_read_tables(struct stops *s, struct memory_reader *r)
{
	struct collections *c = &s->program->collections;
	const struct gc_areas *areas = &s->stacks.areas;
	struct memory_read reads[GC_AREAS_MAX];
	uint8_t *to = c->filter.tables;
	int error = 0;

	for (size_t i = 0; i < areas->n_areas && error == 0; i++) {
		const struct gc_area *area = &areas->areas[i];
		to += collection_hook_area_bytes(&c->hook);
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
static size_t measure(struct stops *s, struct stops_allocation *grown)
{
	struct collections *c = &s->program->collections;
	size_t n = n_blocks_of(&s->stacks.areas), n_new = 0;
	uint32_t i_head = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool is_new = c->before[i] != BLOCK_FREE && s->last[i] == BLOCK_FREE;
		if (c->before[i] == BLOCK_HEAD) {
			i_head = i;
			n_new += is_new;
		}
		if (!is_new)
			continue;
		struct stops_allocation *a = s->last[i_head] == BLOCK_FREE ? &s->pending : grown;
		a->i_block = i_head;
		a->n_blocks++;
	}
	return n_new;
}

static void keep(struct stops *s, struct stops_allocation *a, const struct call_frame *frames, size_t n_frames)
{
	a->n_frames = (uint32_t)n_frames;
	if (profile_keep_frames(&s->program->profile, frames, n_frames, &a->i_frame) == 0 &&
	    vec_push(s, allocations, *a) == 0)
		s->bursts[a->i_burst].n_bytes += (uint64_t)a->n_blocks * s->at.layout.block_bytes;
}

/* Whether a function may have run other lines between two stops in it: it is at another one, or a loop has come back.
 */
static bool has_moved(const struct call_frame *before, const struct call_frame *now, bool is_innermost)
{
	return before->line != now->line || (is_innermost && !now->is_one_line && now->i_code <= before->i_code);
}

/* An object has grown between two stops, somewhere within the calls that both are in; at which line of the innermost
 * one is not always known. Drops the other ones of the stop before. */
static void keep_within_both(struct stops *s, const struct call_stack *stack, struct stops_allocation *grown)
{
	struct call_frame *end = s->at_pending.frames + s->at_pending.n_frames;
	const struct call_frame *stack_end = stack->frames + stack->n_frames;
	size_t n = 0, n_both = MIN(s->at_pending.n_frames, stack->n_frames);
	bool moved = false;

	while (n < n_both && !moved && end[-1 - (ptrdiff_t)n].function == stack_end[-1 - (ptrdiff_t)n].function) {
		n++;
		moved = has_moved(end - n, stack_end - n, n == n_both);
	}
	if (moved)
		end[-(ptrdiff_t)n].line = 0;
	keep(s, grown, end - n, n);
}

/* A burst begins after a large allocation more often than after a small one. In a loop, that decides which ones are in
 * it; so bursts leave out as many at their beginning, in turn. */
static unsigned n_left_out(const struct stops *s) { return (unsigned)((s->n_bursts - 1) % (LEFT_OUT_MAX + 1)); }

static void take_allocation(struct stops *s, const struct call_stack *stack)
{
	struct stops_allocation grown = { .i_burst = s->pending.i_burst, .at_us = s->now_us, .is_alive = true };

	size_t n_new = measure(s, &grown);
	if (n_new == 0 && grown.n_blocks == 0) { /* freed again before this stop */
		s->pending.n_blocks = 1;
		s->pending.is_alive = false;
	}
	if (n_new <= 1 && s->pending.n_blocks > 0) { /* of several, it is not known which is which */
		keep(s, &s->pending, s->at_pending.frames, s->at_pending.n_frames);
		s->bursts[s->pending.i_burst].n_observed++;
	}
	if (grown.n_blocks > 0)
		keep_within_both(s, stack, &grown);
}

void stops_note_dead(struct stops *s)
{
	struct collections *c = &s->program->collections;

	for (size_t i = 0; i < s->n_allocations; i++)
		s->allocations[i].is_alive &= c->after[s->allocations[i].i_block] == BLOCK_HEAD;
}

void stops_note_temporary(struct stops *s)
{
	if (s->last_position == 0) /* a later one */
		return;
	for (size_t i = s->n_allocations; i-- > 0 && s->allocations[i].i_burst + 1 == s->n_bursts;)
		s->allocations[i].is_temporary = !s->allocations[i].is_alive;
}

/* Since the last stop; NOT_KNOWN. */
static uint64_t free_bytes(const struct stops *s)
{
	size_t n = n_blocks_of(&s->stacks.areas), n_free = 0;

	if (!s->has_last)
		return NOT_KNOWN;
	for (size_t i = 0; i < n; i++)
		n_free += s->last[i] == BLOCK_FREE;
	return (uint64_t)n_free * s->at.layout.block_bytes;
}

/* Bursts make a program that is followed for leaks take twice its time at most, and a short one as much for each part
 * of its life. */
static bool takes_too_long(const struct stops *s)
{
	const struct program *p = s->program;
	uint64_t all_us = s->now_us + p->stopped_us - p->began_us;
	uint64_t free_us = (FREE_AT_FIRST + MIN(s->n_collections, (uint64_t)FREE_LATER)) * FREE_US;

	return p->options->finds_leaks && s->busy_us > MAX(free_us, all_us - MIN(s->busy_us, all_us));
}

/* Of a heap that is nearly full, only some of the collections. */
static bool wants_burst(struct stops *s)
{
	uint64_t n_bytes = free_bytes(s), step = collection_hook_doubled(&s->program->collections.hook, s->n_doubled);

	if (n_bytes != NOT_KNOWN && random_part() > bursts_chance(n_bytes, step))
		return false;
	s->unsampled_bytes += step;
	/* However slow the board is, some of the first are. */
	bool is_needed = s->n_floors < FLOORS_AT_FIRST && SAMPLED_PART * s->n_bursts <= s->n_floors;
	if (takes_too_long(s) && !is_needed)
		return false;
	if (s->n_allocations < SITES_ALLOCATIONS_MAX)
		return true;
	s->program->profile.samples.n_lost_there += COLLECTION_BURST - 1;
	return false;
}

/* 0, or COLLECTION_DOUBLE. What it keeps of a program's life is as much for a long one as for a short one. */
static uint64_t count_floor(struct stops *s)
{
	const struct program *p = s->program;
	uint64_t next = collection_hook_doubled(&p->collections.hook, s->n_doubled + 1);

	s->n_until_double = s->n_floors++ == 0 ? FLOORS_AT_FIRST : s->n_until_double - (s->n_until_double > 0);
	if (!p->options->finds_leaks || s->n_until_double > 0 || next > s->at.areas.total_bytes)
		return 0;
	s->n_until_double = FLOORS_LATER;
	s->n_doubled++;
	return COLLECTION_DOUBLE;
}

static bool keep_first(struct stops *s)
{
	struct collections *c = &s->program->collections;
	size_t n = n_blocks_of(&s->stacks.areas);

	s->first = malloc(n + 1);
	if (s->first)
		memcpy(s->first, c->after, n);
	return s->first != NULL;
}

/* Of a stop, in its burst. */
static unsigned position_of(const struct collection_frame *stop)
{
	return (unsigned)stop->n_collections & ((1u << COLLECTION_STOP_BITS) - 1);
}

static void hand_on_floor(struct stops *s)
{
	collections_hand_on(s->program, &s->stacks.areas, s->n_floors + 1, s->n_lost + 1);
	s->n_lost = 0;
}

/* At the first stop of a burst nothing is known of the allocation before it. goes_on: a burst follows, or goes on; else
 * the stack was not read. */
static void take_stop(struct stops *s, const struct call_stack *stack, bool goes_on)
{
	struct collections *c = &s->program->collections;
	const struct collection_frame *stop = &c->filter.frame;
	unsigned position = position_of(stop);
	struct collection_frame frame = { .i_sentinel = (uint32_t)(stop->n_collections >> COLLECTION_STOP_BITS),
					  .areas = s->stacks.areas };

	bool is_read = collection_frame_tables(&c->hook, &frame, c->filter.tables, c->before, c->after) == 0;
	if (is_read && position > 0 && position == s->last_position + 1 && s->is_pending && s->has_last &&
	    position > n_left_out(s) && !is_ours(s, stack)) /* else it was the frame of that function */
		take_allocation(s, stack);
	if (position > 0 && s->n_bursts > 0) /* one allocation before each stop, but those that were left out */
		s->bursts[s->n_bursts - 1].n_in_it = position - MIN(position, n_left_out(s));
	if (is_read && !s->first)
		is_read = keep_first(s);
	if (is_read)
		stops_note_dead(s);
	if (is_read && position == 0)
		stops_note_temporary(s);
	if (is_read && position == 0 && s->program->options->finds_leaks)
		hand_on_floor(s);
	s->last_position = position;
	if (position == 0 && goes_on && vec_push(s, bursts, (struct burst){ s->unsampled_bytes }) < 0)
		is_read = false;
	if (position == 0 && goes_on)
		s->unsampled_bytes = 0;
	s->is_pending = is_read && goes_on && s->n_bursts > 0 && position + 1 < COLLECTION_BURST && note(s, stack);
	s->has_last = is_read;
	uint8_t *last = s->last;
	s->last = c->after;
	c->after = last;
}

/* A program that fills the heap may leave no prompt that works. */
static void name_in_time(struct stops *s, struct memory_reader *r)
{
	struct collections *c = &s->program->collections;
	size_t n = n_blocks_of(&s->stacks.areas), n_used = 0;

	if (free_bytes(s) >= s->at.areas.total_bytes / FULL_PART) /* NOT_KNOWN is most */
		return;
	for (size_t i = 0; i < n; i++)
		n_used += c->before[i] != BLOCK_FREE;
	profile_read_early(&s->program->profile, &s->at.hello, (uint64_t)n_used * s->at.layout.block_bytes, r);
}

/* Of a timer: how long the program ran before it. False: ticks_diff() of a longer time is negative, or it is lost. */
static bool take_time(struct stops *s, const struct call_stack *stack)
{
	struct collections *c = &s->program->collections;
	struct profile *profile = &s->program->profile;
	struct site_sample sample = { .size_bytes = c->filter.frame.n_collections };

	return sample.size_bytes < TIMER_HOOK_RAN_MAX_US && profile->samples.n_samples < SITES_ALLOCATIONS_MAX &&
	       without_ours(s, stack, &s->at_pending) &&
	       profile_keep(profile, s->at_pending.frames, s->at_pending.n_frames, &sample) == 0;
}

/* Reads what the stop is for; the stack only where a burst follows, or goes on. ret_answer: 0 if more stops are to
 * follow in this burst. False: it could not be read. */
static bool look(struct stops *s, struct memory_reader *r, uint64_t sp, bool goes_on, uint64_t *ret_answer)
{
	struct program *p = s->program;
	bool is_time = p->options->sites->unit == SITES_TIME, is_first = position_of(&p->collections.filter.frame) == 0;
	struct call_stack stack = { .n_frames = 0 };

	if ((goes_on && call_stack_read(&s->stacks, r, sp, &stack) < 0) || (!is_time && stops_read_tables(s, r) < 0))
		return false;
	s->is_old |= stack.is_old;
	if (is_time) {
		p->profile.samples.n_lost_there += !take_time(s, &stack);
		return true;
	}
	take_stop(s, &stack, goes_on);
	*ret_answer = (goes_on ? 0 : COLLECTION_NO_BURST) | (is_first ? count_floor(s) : 0);
	name_in_time(s, r);
	return true;
}

/* Without its beginning, a burst would be taken for the rest of the one before. The answer. */
static uint64_t lose(struct stops *s)
{
	s->program->profile.samples.n_lost_there++;
	if (position_of(&s->program->collections.filter.frame) == 0) {
		s->n_lost++;
		s->last_position = 0;
	}
	s->is_pending = s->has_last = false;
	return s->program->options->sites->unit == SITES_TIME ? 0 : COLLECTION_NO_BURST;
}

void stops_take(struct stops *s)
{
	struct program *p = s->program;
	struct memory_probe probe;
	struct diag diag = { 0 };
	uint64_t used = p->collections.filter.frame.i_sentinel, word = s->at.layout.word_bytes, answer = 0;
	uint64_t sp = (s->stacks.stack_end - MIN(used + STACK_MORE_WORDS * word, s->stacks.stack_end)) & ~(word - 1);

	if (!p->is_running || session_is_stopping(p->session)) {
		end_samples(s);
		return;
	}
	p->stop_began_us = clock_now_us();
	if (position_of(&p->collections.filter.frame) > 0)
		s->busy_us += p->stop_began_us - s->left_us;
	else
		s->n_collections++;
	s->now_us = p->stop_began_us - p->stopped_us;
	bool goes_on = p->options->sites->unit == SITES_TIME || position_of(&p->collections.filter.frame) > 0 ||
		       wants_burst(s);
	bool is_there = memory_probe_enter(&probe, p->session, &s->at.hello, s->at.n_crs, &diag) == SESSION_DONE;
	if (!is_there || !look(s, &probe.reader, sp, goes_on, &answer))
		answer = lose(s);
	memory_probe_leave(&probe, answer);
	s->left_us = clock_now_us();
	s->busy_us += s->left_us - p->stop_began_us;
	p->stopped_us += s->left_us - p->stop_began_us;
	p->stop_began_us = 0;
}
