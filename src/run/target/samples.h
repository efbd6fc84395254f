/* Samples of the target of a GDB server, as they are taken: what target.c has, and allocations.c. */
#pragma once

#include "memprof/intake/gdb_target.h"
#include "memprof/run/sites.h"
#include "sites/profile.h"

struct target_function {
	uint64_t address, n_bytes;
	uint8_t code[32]; /* that it begins with */
	size_t n_code_bytes;
	bool is_set; /* a breakpoint is at it, or may be */
};
struct target_functions {
	struct target_function alloc, realloc;
};

struct target_samples {
	const struct sites_target *wanted;
	struct gdb_target target;
	struct call_stacks stacks;
	struct profile profile;
	uint64_t requested_bytes, took_us; /* of allocations; what the main thread has requested */
	unsigned n_lost_in_a_row;
	uint64_t names_us; /* when names are read again */
};

/* The frames of the program, which stands still. 0: they are there, or *ret_is_lost, by an accident; or an error, with
 * diag. */
int sites_target_stack(struct target_samples *s, struct call_stack *ret, bool *ret_is_lost);
/* The heap may have got areas meanwhile; errors of the reader, -ENOENT, with diag. */
int sites_target_areas(struct target_samples *s);
/* Reads names that are new, now and then, of a target that is halted: one that ends has them. 0; errors of the reader.
 */
int sites_target_names(struct target_samples *s);

/* allocations.c: the functions that allocate, of an ELF, without where the program was placed. 0; or an error, with
 * diag.
 */
int target_functions_find(const char *elf, struct target_functions *ret, struct diag *diag);
/* Until the time is over or a request to stop comes: 0; or an error, with diag. It is halted afterwards.
 */
int sites_target_allocations(struct target_samples *s, const struct target_functions *functions);
/* What is in use, after the names are read; is_there: it can still be read. */
void sites_target_in_use(struct target_samples *s, bool is_there);
