/* Instructions of call frames (DWARF 5, 6.4.2): those that locate the stack pointer. */
#pragma once

#include "elf/cursor.h"

/* The rule for the CFA, the stack pointer's value before the call. */
struct cfi_rule {
	uint64_t number; /* of its register */
	int64_t offset;
	bool is_known; /* not an expression */
};

struct cfi_frame {
	struct cfi_rule rule;   /* at the end of what was run */
	uint64_t stack_pointer; /* the number of its register: that of the first row; UINT64_MAX: not known yet */
	uint64_t most_bytes;    /* the largest offset from it, of a row; UINT64_MAX: none */
	bool grows;             /* there were rows with another register, or an expression */
};
extern const struct cfi_frame cfi_frame_init;

/* Runs the instructions of a CIE (common: no rows yet), or of an FDE after it. False: they are damaged. */
bool cfi_run(struct cfi_frame *frame, struct cursor instructions, int64_t data_factor, unsigned address_bytes,
	     bool common);
