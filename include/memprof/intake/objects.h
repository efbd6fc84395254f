/* The objects of a heap, by the name of what has it: a memory file or a core file, also one that a recording keeps;
 * images of RAM; a board at its prompt or with an agent that holds its program; the target of a GDB server. */
#pragma once

#include "memprof/intake/gdb_target.h"
#include "memprof/intake/kinds.h"
#include "memprof/io/blob.h"
#include "memprof/live/session.h"
#include "memprof/model/heap.h"
#include "memprof/objects/objects.h"

struct objects_spec {
	const char *name;          /* of a file or a source */
	const struct blob *blob;   /* NULL, or the file, which is read already */
	bool is_file;              /* whatever it is called */
	const char *const *images; /* n_images of "ram.bin@0x20000000", in place of a file */
	size_t n_images;
	const char *elf, *board; /* NULL; of a target, one tells where RAM is; elf: of a core file, its program */
	const struct session_config *session; /* of a board */
	bool verifies;                        /* a board collects afterwards: freed */
	bool is_quiet;                        /* no note of how long a target was halted */
	/* Of a target: NULL, or called while it is still halted. objects: NULL if there is no interpreter, which is no
	 * error then. 0, or an error with diag. */
	int (*then)(void *ctx, struct memory_reader *r, const struct gdb_ram *ram, const struct objects *objects,
		    struct diag *diag);
	void *ctx;
	struct notice_sink notices;
};

/* One reading of a heap. All-zero is none. */
struct objects_reading {
	struct memory_file file; /* what was read of it */
	struct objects *objects; /* NULL: none */
	struct heap pools;       /* of a firmware with heaps of C: those, and its tasks */
	struct objects_cost cost;
	struct objects_freed freed;
	bool is_verified;   /* freed is known */
	bool went_on;       /* UNABLE: the program did, while it was read */
	bool is_odd;        /* UNABLE: the board was read, and its heap is not as expected */
	uint64_t halted_us; /* a target, in all */
};
bool objects_reading_any(const struct objects_reading *r); /* a heap was read */
/* What it has as a heap, Python's pool first; that borrows names of its objects. 0, or -ENOMEM or -E2BIG. */
int objects_reading_heap(const struct objects_reading *r, struct heap *ret);
void objects_reading_deinit(struct objects_reading *r); /* safe twice */

/* Reads them. 0; -EINTR: a stop was requested; -ENODEV: a board or a GDB server that does not answer; -EIO: what went
 * over the line could not be recorded; or others. diag says what is wrong, unless a notice did; ret is to be
 * deinitialised in any case, and may have objects after an error, too. */
int intake_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag);

/* Of a session that has a prompt, or an agent that holds the program: DONE; UNABLE or NO_ROOM, with diag; or as
 * session_helper. */
bool objects_session_can(const struct session *s);
enum session_outcome objects_of_session(struct session *s, struct objects_reading *ret, struct diag *diag);
