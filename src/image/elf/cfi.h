/* Instructions of call frames (DWARF 5, 6.4.2): those that locate the stack pointer. */
#ifndef MEMPROF_ELF_CFI_H
#define MEMPROF_ELF_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a section. */
struct cfi_cursor {
	const uint8_t *at, *end;
	bool big;
	bool damaged; /* more was read than there is */
};

uint64_t cfi_number(struct cfi_cursor *c, size_t n_bytes); /* at most 8 */
uint64_t cfi_uleb(struct cfi_cursor *c);
int64_t cfi_sleb(struct cfi_cursor *c);

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
bool cfi_run(struct cfi_frame *frame, struct cfi_cursor instructions, int64_t data_factor, unsigned address_bytes,
	     bool common);

#endif
