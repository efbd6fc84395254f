/* What a compiler wrote of the stack: .su files (-fstack-usage of GCC and clang), .ci files (-fcallgraph-info of GCC,
 * with su). */
#ifndef MEMPROF_IMAGE_STACK_USAGE_H
#define MEMPROF_IMAGE_STACK_USAGE_H

#include "memprof/image/image.h"

/* A function of a source. Texts are of the input. */
struct stack_usage_function {
	struct image_slice name; /* as the linker has it, or (.su of C++) as its source does, with its type */
	struct image_slice file; /* as it was compiled; empty: not known */
	uint64_t frame_bytes;
	bool grows;
	bool by_clang;  /* without what the call itself puts on the stack, as x86 does */
	bool by_linker; /* the name is as in the linker */
	uint32_t input; /* the number of the input, which has its calls; UINT32_MAX: calls are not known */
};

struct stack_usage_call {
	struct image_slice caller, callee; /* as in the linker */
	uint32_t input;
	bool is_local; /* the callee is a static function of the caller's source */
};

struct stack_usage {
	VEC(struct stack_usage_function, functions);
	VEC(struct stack_usage_call, calls);
	uint32_t n_inputs;
};

/* Adds what a file has; its bytes must outlive the usage. 0; -EINVAL with diag: a line that is neither; -ENOMEM. */
int stack_usage_read(struct stack_usage *usage, const char *name, const char *bytes, size_t n_bytes, struct diag *diag);
void stack_usage_deinit(struct stack_usage *usage); /* safe twice, and on all-zero */

/* Of the functions of an image: */
struct stack_usage_found {
	size_t n;       /* that got something */
	size_t unclear; /* … that several files define, with other frames or calls: they got nothing */
};

/* Gives it to the functions of an image of the same build: frames, and of .ci files the calls of functions of which
 * DWARF does not list all. Functions of one name are told apart by their files. Functions that the image does not have
 * were inlined, or are not linked. The usage is put into another order. 0 or -ENOMEM. */
int image_join_stack_usage(struct image *image, struct stack_usage *usage, struct stack_usage_found *ret);

#endif
