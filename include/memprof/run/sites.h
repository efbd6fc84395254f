/* Samples of a program that runs already, and goes on. */
#ifndef MEMPROF_RUN_SITES_H
#define MEMPROF_RUN_SITES_H

#include "memprof/image/image.h"
#include "memprof/intake/gdb_target.h"
#include "memprof/run/program.h"

/* By its agent, which takes samples on request, and tells names. */
struct sites_attach {
	struct session_config board; /* with its notices */
	uint64_t step_bytes, for_us; /* for_us NOT_KNOWN: until a request to stop comes */
	const char *mark;            /* as in site_samples; NULL */
	struct sites *sites;         /* sites_init was called */
};
/* How it ended; *ret_is_there: there is a profile, also of a board that was lost. */
enum program_end sites_attach(const struct sites_attach *wanted, bool *ret_is_there);

/* By a GDB server. Nothing is asked of the program, and nothing is written to its memory. Where allocations are
 * sampled, breakpoints are at these functions of its firmware. */
struct target_function {
	uint64_t address, n_bytes;
	uint8_t code[32]; /* that it begins with */
	size_t n_code_bytes;
	bool is_set; /* a breakpoint is at it, or may be */
};
struct target_functions {
	struct target_function alloc, realloc;
};
/* By the ELF and its bytes, without where the program was placed. 0; -EINVAL with diag. */
int target_functions_find(const struct image *elf, const char *bytes, const char *name, struct target_functions *ret,
			  struct diag *diag);

enum { SITES_TARGET_LEAST_US = 1000 };
struct sites_target {
	uint64_t for_us;                          /* NOT_KNOWN: until a request to stop comes */
	const struct target_functions *functions; /* of SITES_BYTES */
};
/* Of a target that was opened; it is halted afterwards. Adds samples to *ret, after sites_init. 0, or an error, with
 * the target's diag; *ret_is_there: there is a profile, also after an error. */
int sites_of_target(struct gdb_target *t, const struct sites_target *wanted, struct sites *ret, bool *ret_is_there);

#endif
