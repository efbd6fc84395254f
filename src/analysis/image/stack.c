#include "memprof/analysis/image_stack.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/base/sort_keys.h"

/* ---- the deepest path of each ---- */

enum state { NEW, OPEN, DONE };

/* A function on the path that is walked. */
struct step {
	uint32_t function, i_call; /* the next call to be looked at */
};

struct walk {
	const struct image *image;
	struct image_stack *stack;
	uint8_t *states;    /* of each function: enum state */
	struct step *steps; /* room for all functions */
	size_t n_steps;
};

static unsigned own_why(const struct image_function *f)
{
	return (f->n_indirect ? STACK_INDIRECT : 0u) | (f->grows ? STACK_GROWS : 0u) |
	       (f->frame_bytes == NOT_KNOWN ? STACK_NO_FRAME : 0u) | (f->calls_known ? 0u : STACK_NO_CALLS);
}

static uint64_t frame_of(const struct image_function *f) { return f->frame_bytes == NOT_KNOWN ? 0 : f->frame_bytes; }

static void open(struct walk *w, uint32_t function)
{
	const struct image_function *f = &w->image->functions[function];
	struct stack_row *row = &w->stack->rows[function];

	row->why = own_why(f);
	row->deepest_bytes = frame_of(f);
	row->next = IMAGE_NONE;
	w->states[function] = OPEN;
	w->steps[w->n_steps++] = (struct step){ function, 0 };
}

/* What a caller learns of one that is done. */
static void take(struct walk *w, uint32_t caller, uint32_t callee)
{
	struct stack_row *row = &w->stack->rows[caller];
	const struct stack_row *of = &w->stack->rows[callee];
	uint64_t frame_bytes = frame_of(&w->image->functions[caller]);

	row->why |= of->why;
	if (row->next == IMAGE_NONE || frame_bytes + of->deepest_bytes > row->deepest_bytes) {
		row->deepest_bytes = frame_bytes + of->deepest_bytes;
		row->next = callee;
	}
}

/* One that is on the path already is a recursion: that call is left out, so that each path has a function once. */
static void walk_from(struct walk *w, uint32_t root)
{
	open(w, root);
	while (w->n_steps) {
		struct step *at = &w->steps[w->n_steps - 1];
		const struct image_function *f = &w->image->functions[at->function];
		if (at->i_call == f->n_calls) {
			w->states[at->function] = DONE;
			if (--w->n_steps)
				take(w, w->steps[w->n_steps - 1].function, at->function);
			continue;
		}
		uint32_t callee = w->image->calls[f->i_call + at->i_call++];
		if (callee == IMAGE_NONE)
			w->stack->rows[at->function].why |= STACK_OUTSIDE;
		else if (w->states[callee] == NEW)
			open(w, callee);
		else if (w->states[callee] == OPEN)
			w->stack->rows[at->function].why |= STACK_RECURSIVE;
		else
			take(w, at->function, callee);
	}
}

static void mark_called(const struct image *image, struct image_stack *stack)
{
	for (uint32_t i = 0; i < image->n_functions; i++) {
		const struct image_function *f = &image->functions[i];
		for (uint32_t k = 0; k < f->n_calls; k++)
			if (image->calls[f->i_call + k] != IMAGE_NONE && image->calls[f->i_call + k] != i)
				stack->rows[image->calls[f->i_call + k]].is_called = true;
	}
}

/* First from those that nobody calls, so that what they call is not taken for the end of a recursion. */
static void walk_all(struct walk *w)
{
	for (unsigned also_called = 0; also_called < 2; also_called++)
		for (uint32_t i = 0; i < w->image->n_functions; i++)
			if (w->states[i] == NEW && (also_called || !w->stack->rows[i].is_called))
				walk_from(w, i);
}

/* ---- order ---- */

static int sort(struct image_stack *stack)
{
	struct sort_key *keys = malloc((stack->n_rows + 1) * sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < stack->n_rows; i++)
		keys[i] = (struct sort_key){ UINT64_MAX - stack->rows[i].deepest_bytes, i };
	if (r == 0)
		r = sort_keys(keys, stack->n_rows);
	for (size_t i = 0; r == 0 && i < stack->n_rows; i++)
		stack->by_depth[i] = (uint32_t)keys[i].i;
	for (size_t i = 0; r == 0 && i < stack->n_rows; i++)
		if (stack->rows[i].function->frame_bytes != NOT_KNOWN)
			keys[stack->n_with_frame++] =
				(struct sort_key){ UINT64_MAX - stack->rows[i].function->frame_bytes, i };
	if (r == 0)
		r = sort_keys(keys, stack->n_with_frame);
	for (size_t i = 0; r == 0 && i < stack->n_with_frame; i++)
		stack->by_frame[i] = (uint32_t)keys[i].i;
	free(keys);
	return r;
}

static void name_rows(const struct image *image, struct image_stack *stack)
{
	for (size_t i = 0; i < stack->n_rows; i++) {
		const struct image_function *f = &image->functions[i];
		stack->rows[i].function = f;
		stack->rows[i].symbol = image_function_symbol(image, f);
		stack->n_indirect += f->n_indirect;
		stack->n_without_calls += !f->calls_known;
	}
}

int image_stack(const struct image *image, struct image_stack *ret)
{
	size_t n = image->n_functions;
	struct walk w = { .image = image, .stack = ret };
	int r = -ENOMEM;

	*ret = (struct image_stack){
		.rows = calloc(n + 1, sizeof(*ret->rows)),
		.by_depth = malloc((n + 1) * sizeof(*ret->by_depth)),
		.by_frame = malloc((n + 1) * sizeof(*ret->by_frame)),
		.n_rows = n,
	};
	w.states = calloc(n + 1, 1);
	w.steps = malloc((n + 1) * sizeof(*w.steps));
	if (ret->rows && ret->by_depth && ret->by_frame && w.states && w.steps) {
		mark_called(image, ret);
		walk_all(&w);
		name_rows(image, ret);
		r = sort(ret);
	}
	free(w.states);
	free(w.steps);
	return r;
}

void image_stack_deinit(struct image_stack *stack)
{
	free(stack->rows);
	free(stack->by_depth);
	free(stack->by_frame);
	*stack = (struct image_stack){ 0 };
}
