/* Where a program allocates, in parts: run/sites_stops.c stops it at allocations and reads it (stock firmware),
 * run/sites_hook.c takes what its agent samples, run/sites_names.c reads the names of functions afterwards. */
#ifndef MEMPROF_PROGRAM_SITES_H
#define MEMPROF_PROGRAM_SITES_H

#include "memprof/model/memory_reader.h"
#include "memprof/objects/call_stack.h"
#include "memprof/objects/objects.h"
#include "private.h"

void program_names_want(struct program_names *names, uint32_t file, uint32_t function);
/* In a stop, of a program that may leave no room for a prompt. It reads the heap, of which so many bytes are in use;
 * twice at most. */
void program_names_read_early(struct program_names *names, const struct probe_hello *hello, uint64_t used_bytes,
			      struct memory_reader *r);
/* By the probe; a warning if they cannot be read. once_collected: called after a collection that nothing was allocated
 * after; NULL. */
void program_names_read(struct program *p, struct program_names *names,
			void (*once_collected)(struct program *p, struct memory_reader *r));
/* Why there is no profile, of -E2BIG or -ENOMEM; and why there are no calls in it, of a stack that is_old. */
const char *program_sites_why(int error);
extern const char program_sites_too_old[];
const char *program_names_text(const struct program_names *names, uint32_t qstr); /* "": not known */
/* A frame of the profile. */
uint32_t program_names_frame(const struct program *p, const struct program_names *names, uint32_t file,
			     uint32_t function, uint32_t line);
void program_names_deinit(struct program_names *names);

/* sites_holders.c: what holds the memory that is left. All zero, as when it cannot be read: nothing does. */
struct program_holders {
	struct objects *objects;
	uint32_t *owners; /* of each object; NULL */
	struct strbuf name;
};
/* Once the program has ended and its names are read, by a probe of its own: objects are found by how much was in use
 * when it began. */
void program_holders_read(struct program *p, struct program_holders *ret);
const char *program_holder(struct program_holders *h, uint64_t address); /* as of sites_kept; until the next call */
void program_holders_deinit(struct program_holders *h);

enum { SITES_ALLOCATIONS_MAX = 1 << 18 }; /* that are observed, or stops of a timer; about so many */

/* sites_stops.c: the allocation that comes next, of the program: without the hook's own frames, of which some are left
 * on the stack. It is pending then; false: none, as the hook itself allocates. */
bool program_sites_note(struct program_sites *s, const struct call_stack *stack);
/* All block tables, behind the room of a structure each. 0, or an error of the reader. */
int program_sites_read_tables(const struct program *p, struct memory_reader *r);
/* Of those that were alive, what a collection frees, or the program has: the kinds of s->after are those after it. */
void program_sites_note_dead(struct program_sites *s);
/* A burst has ended, and the first collection after it. */
void program_sites_note_temporary(struct program_sites *s);
void program_sites_want_names(struct program_sites *s); /* of all frames so far */

/* sites_stops_end.c: no stops come from here on, also of a program that raised; it has ended. */
void program_sites_end_hook(struct program *p);
void program_sites_end_stops(struct program *p);

/* sites_timer.c: where the time goes: a stop; it has ended. */
void program_sites_take_time(struct program *p, const struct call_stack *stack);
void program_sites_end_time(struct program *p);

/* sites_hook.c: the calls that a program begins and ends with, each with room for n bytes; right before it runs; it has
 * ended. */
void program_sites_hook_calls(const struct program *p, char *ret_begin, char *ret_end, size_t n);
void program_sites_hook_begin(struct program *p);
void program_sites_hook_end(struct program *p);

#endif
