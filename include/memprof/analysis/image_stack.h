/* The stack of each function together with all that it calls, by the calls that the input has. Pure. */
#pragma once

#include "memprof/image/image.h"

/* Why a path may be deeper than reported. */
enum stack_why {
	STACK_INDIRECT = 1,   /* calls through pointers */
	STACK_RECURSIVE = 2,  /* counted once */
	STACK_GROWS = 4,      /* a frame of which only the least is known */
	STACK_NO_FRAME = 8,   /* a function without call frames, as of assembly, counts 0 */
	STACK_NO_CALLS = 16,  /* … whose calls are not known */
	STACK_NOT_FOUND = 32, /* calls of what is not in the image, by its name */
};
#define N_STACK_WHY 6

struct stack_row {
	const struct image_function *function;
	const struct image_symbol *symbol; /* NULL: none has its name */
	uint64_t deepest_bytes;            /* of its frame, and the deepest path from it */
	uint32_t next;  /* the function of image->functions that this path goes on with, or IMAGE_NONE */
	bool tail;      /* … by a jump: its own frame does not count */
	unsigned why;   /* enum stack_why, of all that it may reach; 0: no path is deeper */
	bool is_called; /* by another function */
};

struct image_stack {
	struct stack_row *rows; /* image->n_functions, in that order */
	uint32_t *by_depth;     /* all of them, the deepest first */
	uint32_t *by_frame;     /* all of them, those with the largest frame first */
	size_t n_rows;
};

/* The image must be resolved, and have been read with IMAGE_WANT_STACK. 0 or -ENOMEM; to be freed in both cases. */
int image_stack(const struct image *image, struct image_stack *ret);
void image_stack_deinit(struct image_stack *stack); /* safe twice */
