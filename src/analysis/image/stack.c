#include "memprof/analysis/image_stack.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/base/sort_keys.h"

/* Functions that call each other in a circle are taken together (strongly connected, by Tarjan's algorithm, without
 * recursion). From each of them a path leads to the one from which the deepest path leaves the circle, along a tree of
 * calls that was made from there backwards: so no path has a function twice. */

struct step {
	uint32_t function, i_call; /* the next call to be looked at */
};

struct graph {
	const struct image *image;
	struct stack_row *rows;
	uint32_t *index, *low; /* of Tarjan's; 0: not seen yet */
	bool *is_waiting;      /* on the stack of those whose circle is not complete */
	uint32_t *waiting;     /* that stack; a circle is its end */
	struct step *steps;    /* the path that is walked */
	uint32_t n_seen;
	size_t n_waiting, n_steps;
	/* Calls backwards, of functions in a circle. */
	uint32_t *i_callers; /* n + 1: where the callers of each begin */
	uint32_t *callers;
	bool *is_placed; /* its path is known */
};

static uint64_t frame_of(const struct image_function *f) { return f->frame_bytes == NOT_KNOWN ? 0 : f->frame_bytes; }

static unsigned own_why(const struct image_function *f)
{
	return (f->n_indirect ? STACK_INDIRECT : 0u) | (f->grows ? STACK_GROWS : 0u) |
	       (f->frame_bytes == NOT_KNOWN ? STACK_NO_FRAME : 0u) | (f->calls_known ? 0u : STACK_NO_CALLS);
}

/* ---- paths ---- */

/* The path goes on with this call, if that makes it deeper. After a jump the caller's frame is gone. */
static void take(struct graph *g, uint32_t caller, uint32_t callee, bool tail)
{
	struct stack_row *row = &g->rows[caller];
	uint64_t frame_bytes = tail ? 0 : frame_of(&g->image->functions[caller]);
	uint64_t deepest_bytes = frame_bytes + g->rows[callee].deepest_bytes;

	if (deepest_bytes <= row->deepest_bytes)
		return;
	row->deepest_bytes = deepest_bytes;
	row->next = callee;
	row->tail = tail;
}

static bool is_in_circle(const struct graph *g, uint32_t function, uint32_t circle)
{
	return function != IMAGE_NONE && g->is_waiting[function] && g->low[function] == circle;
}

/* The paths that leave the circle from each of its functions, and all that may be reached from any of them. */
static unsigned take_ways_out(struct graph *g, const uint32_t *members, size_t n, uint32_t circle)
{
	unsigned why = n > 1 ? STACK_RECURSIVE : 0;

	for (size_t i = 0; i < n; i++) {
		const struct image_function *f = &g->image->functions[members[i]];
		struct stack_row *row = &g->rows[members[i]];
		row->deepest_bytes = frame_of(f);
		row->next = IMAGE_NONE;
		why |= own_why(f);
		for (uint32_t k = 0; k < f->n_calls; k++) {
			struct image_call call = g->image->calls[f->i_call + k];
			if (call.function == IMAGE_NONE)
				why |= STACK_NOT_FOUND;
			else if (is_in_circle(g, call.function, circle))
				why |= STACK_RECURSIVE;
			else {
				why |= g->rows[call.function].why;
				take(g, members[i], call.function, call.tail);
			}
		}
	}
	return why;
}

static bool calls_with_tail_only(const struct image *image, uint32_t caller, uint32_t callee)
{
	const struct image_function *f = &image->functions[caller];

	for (uint32_t i = 0; i < f->n_calls; i++)
		if (image->calls[f->i_call + i].function == callee && !image->calls[f->i_call + i].tail)
			return false;
	return true;
}

/* From the one with the deepest way out backwards, far before wide, as that makes longer paths. */
static void lead_to(struct graph *g, uint32_t best, uint32_t circle)
{
	size_t n_base = g->n_steps;

	g->is_placed[best] = true;
	g->steps[g->n_steps++] = (struct step){ best, g->i_callers[best] };
	while (g->n_steps > n_base) {
		struct step *at = &g->steps[g->n_steps - 1];
		if (at->i_call == g->i_callers[at->function + 1]) {
			g->n_steps--;
			continue;
		}
		uint32_t caller = g->callers[at->i_call++];
		if (!is_in_circle(g, caller, circle) || g->is_placed[caller])
			continue;
		g->is_placed[caller] = true;
		take(g, caller, at->function, calls_with_tail_only(g->image, caller, at->function));
		g->steps[g->n_steps++] = (struct step){ caller, g->i_callers[caller] };
	}
}

/* ---- circles ---- */

/* The end of the stack of those that wait is one circle, or one function. */
static void close_circle(struct graph *g, uint32_t root)
{
	size_t begin = g->n_waiting;
	uint32_t best = root;

	do
		g->low[g->waiting[--begin]] = g->index[root];
	while (g->waiting[begin] != root);
	const uint32_t *members = &g->waiting[begin];
	size_t n = g->n_waiting - begin;
	unsigned why = take_ways_out(g, members, n, g->index[root]);

	for (size_t i = 0; i < n; i++) {
		g->rows[members[i]].why = why;
		if (g->rows[members[i]].deepest_bytes > g->rows[best].deepest_bytes)
			best = members[i];
	}
	if (n > 1)
		lead_to(g, best, g->index[root]);
	for (size_t i = 0; i < n; i++)
		g->is_waiting[members[i]] = false;
	g->n_waiting = begin;
}

static void enter(struct graph *g, uint32_t function)
{
	g->index[function] = g->low[function] = ++g->n_seen;
	g->is_waiting[function] = true;
	g->waiting[g->n_waiting++] = function;
	g->steps[g->n_steps++] = (struct step){ function, 0 };
}

static void leave(struct graph *g, uint32_t function)
{
	g->n_steps--;
	if (g->low[function] == g->index[function])
		close_circle(g, function);
	if (g->n_steps) {
		uint32_t caller = g->steps[g->n_steps - 1].function;
		if (g->is_waiting[function])
			g->low[caller] = MIN(g->low[caller], g->low[function]);
	}
}

static void walk_from(struct graph *g, uint32_t root)
{
	enter(g, root);
	while (g->n_steps) {
		struct step *at = &g->steps[g->n_steps - 1];
		const struct image_function *f = &g->image->functions[at->function];
		if (at->i_call == f->n_calls) {
			leave(g, at->function);
			continue;
		}
		uint32_t callee = g->image->calls[f->i_call + at->i_call++].function;
		if (callee == IMAGE_NONE)
			continue;
		if (!g->index[callee])
			enter(g, callee);
		else if (g->is_waiting[callee])
			g->low[at->function] = MIN(g->low[at->function], g->index[callee]);
	}
}

/* i_callers and callers: callers of each function, one after the other. */
static void turn_calls(struct graph *g)
{
	const struct image *image = g->image;
	const struct image_function *all = image->functions;

	for (uint32_t i = 0; i < image->n_functions; i++)
		for (uint32_t k = 0; k < all[i].n_calls; k++)
			if (image->calls[all[i].i_call + k].function != IMAGE_NONE)
				g->i_callers[image->calls[all[i].i_call + k].function]++;
	for (size_t i = 1; i <= image->n_functions; i++)
		g->i_callers[i] += g->i_callers[i - 1]; /* where those of each end */
	for (uint32_t i = 0; i < image->n_functions; i++)
		for (uint32_t k = 0; k < all[i].n_calls; k++) {
			uint32_t callee = image->calls[all[i].i_call + k].function;
			if (callee == IMAGE_NONE)
				continue;
			g->callers[--g->i_callers[callee]] = i;
			g->rows[callee].is_called |= callee != i;
		}
}

static int walk(const struct image *image, struct stack_row *rows)
{
	size_t n = image->n_functions;
	struct graph g = {
		.image = image,
		.rows = rows,
		.index = calloc(n + 1, sizeof(*g.index)),
		.low = calloc(n + 1, sizeof(*g.low)),
		.is_waiting = calloc(n + 1, sizeof(*g.is_waiting)),
		.waiting = malloc((n + 1) * sizeof(*g.waiting)),
		.steps = malloc((2 * n + 2) * sizeof(*g.steps)), /* the path, and the tree of one circle */
		.i_callers = calloc(n + 1, sizeof(*g.i_callers)),
		.callers = malloc((image->n_calls + 1) * sizeof(*g.callers)),
		.is_placed = calloc(n + 1, sizeof(*g.is_placed)),
	};
	bool has_memory = g.index && g.low && g.is_waiting && g.waiting && g.steps && g.i_callers && g.callers &&
			  g.is_placed;

	if (has_memory)
		turn_calls(&g);
	for (uint32_t i = 0; i < n && has_memory; i++)
		if (!g.index[i])
			walk_from(&g, i);
	free(g.index);
	free(g.low);
	free(g.is_waiting);
	free(g.waiting);
	free(g.steps);
	free(g.i_callers);
	free(g.callers);
	free(g.is_placed);
	return has_memory ? 0 : -ENOMEM;
}

/* ---- order ---- */

/* The indices of n rows, those with most bytes first. */
static int sort(const uint64_t *bytes, size_t n, uint32_t *ret)
{
	struct sort_key *keys = malloc((n + 1) * sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		keys[i] = (struct sort_key){ UINT64_MAX - bytes[i], i };
	if (r == 0)
		r = sort_keys(keys, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		ret[i] = (uint32_t)keys[i].i;
	free(keys);
	return r;
}

static int sort_rows(struct image_stack *stack)
{
	uint64_t *bytes = malloc((stack->n_rows + 1) * sizeof(*bytes));
	int r = bytes ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < stack->n_rows; i++)
		bytes[i] = stack->rows[i].deepest_bytes;
	if (r == 0)
		r = sort(bytes, stack->n_rows, stack->by_depth);
	for (size_t i = 0; r == 0 && i < stack->n_rows; i++)
		bytes[i] = frame_of(stack->rows[i].function);
	if (r == 0)
		r = sort(bytes, stack->n_rows, stack->by_frame);
	free(bytes);
	return r;
}

int image_stack(const struct image *image, struct image_stack *ret)
{
	size_t n = image->n_functions;

	*ret = (struct image_stack){
		.rows = calloc(n + 1, sizeof(*ret->rows)),
		.by_depth = malloc((n + 1) * sizeof(*ret->by_depth)),
		.by_frame = malloc((n + 1) * sizeof(*ret->by_frame)),
		.n_rows = n,
	};
	if (!ret->rows || !ret->by_depth || !ret->by_frame || walk(image, ret->rows) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		ret->rows[i].function = &image->functions[i];
		ret->rows[i].symbol = image_function_symbol(image, &image->functions[i]);
	}
	return sort_rows(ret);
}

void image_stack_deinit(struct image_stack *stack)
{
	free(stack->rows);
	free(stack->by_depth);
	free(stack->by_frame);
	*stack = (struct image_stack){ 0 };
}
