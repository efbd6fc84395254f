/* Where commands get objects from, besides a prompt: a memory file, the target of a GDB server. */
#ifndef MEMPROF_CMD_OBJECTS_SOURCES_H
#define MEMPROF_CMD_OBJECTS_SOURCES_H

#include "live.h"
#include "memprof/base/vec.h"
#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/intake/gdb_target.h"
#include "memprof/live/session.h"
#include "memprof/objects/objects.h"
#include "memprof/viewers/objects_view.h"

/* Of the bytes of a memory file, or of a core file: then elf is NULL, or the program that it is of. The exit code,
 * after a message if it is not EXIT_FINE; *ret is untouched then. */
int objects_of_memory(const char *bytes, size_t n_bytes, const char *name, const char *elf, struct memory_file *file,
		      struct objects **ret);

/* The heap that they are in, as a snapshot: its owners are borrowed from objects. format: of report; NULL. An exit
 * code, after a message. */
int objects_to_feed(const struct objects *objects, struct feed *feed, const char *format);

/* Of the memory files that a feed meets among logs; its sinks borrow from them. */
struct objects_met {
	const char *elf; /* of a core file, the program; NULL */
	VEC(struct objects *, objects);
};
int objects_on_memory(void *ctx, struct feed *feed, const char *name, const struct strbuf *memory); /* feed.on_memory */
void objects_met_deinit(struct objects_met *met);

/* Of a board, by the probe or an agent. is_again: it was asked with them just
 * before, so it is not reset again, nor recorded. The same; *ret may be set with another code, if the recording failed.
 */
int objects_of_prompt(const struct board_args *args, const char *uri, bool is_again, struct memory_file *file,
		      struct objects **ret);

/* One reading of a board's memory. All-zero is none. */
struct objects_reading {
	struct memory_file file;
	struct objects *objects;
	struct objects_cost cost;
	bool went_on; /* UNABLE: the program did, while it was read */
	bool is_odd;  /* UNABLE: the board was read, and its heap is not as expected */
};
void objects_reading_deinit(struct objects_reading *r); /* safe twice */
/* Of a session that has a prompt, or an agent that holds the program: DONE; UNABLE or NO_ROOM, with diag; or as
 * session_helper. */
bool objects_session_can(const struct session *s);
enum session_outcome objects_of_session(struct session *s, struct objects_reading *ret, struct diag *diag);

/* 0; -EINVAL after a message: the file of --memory is that of -o, too. */
int objects_memory_check(const char *memory, const struct output_args *output);
/* Writes the file of --memory, if it is not NULL. The exit code. */
int objects_write_memory(const char *memory, const struct options *options, const struct output_args *output,
			 struct memory_file *file);

/* By an ELF or a board, at most one of which is not NULL. 0; -EINVAL after a message. */
int objects_ram_read(const char *elf, const char *board, struct gdb_ram *ret);

/* The target of a GDB server. */
struct gdb_objects {
	const char *elf, *board; /* NULL, or one tells where RAM is */
	const char *uri;
	bool is_quiet;            /* no note of how long it was halted */
	struct memory_file *file; /* where what is read is kept */
	/* NULL, or called while it is still halted; objects: NULL if there is no interpreter, which is no error then.
	 * 0; -ECANCELED after a message; or another error, with diag. */
	int (*then)(void *ctx, struct memory_reader *r, const struct gdb_ram *ram, const struct objects *objects,
		    struct diag *diag);
	void *ctx;
	/* results */
	struct objects *objects; /* NULL: an error, or stopped */
	struct objects_cost cost;
	uint64_t halted_us;
};
bool objects_is_gdb(const char *source);
/* Halts it, reads its heap, lets it go on. The exit code, EXIT_STOPPED or after a message if it is not EXIT_FINE. */
int objects_of_target(struct gdb_objects *g);
/* Options that need a prompt (options_any). */
#define OBJECTS_PROMPT_OPTIONS \
	"verify|protocol|interrupt|reset|baud|dtr|rts|save|collect|no-survey|probe-largest|patience|listen-only"

#endif
