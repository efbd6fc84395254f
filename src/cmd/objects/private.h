/* What the files of `memprof objects` share. */
#ifndef MEMPROF_CMD_OBJECTS_PRIVATE_H
#define MEMPROF_CMD_OBJECTS_PRIVATE_H

#include "memprof/cli/command.h"
#include "memprof/protocol/gdb.h"
#include "memprof/viewers/objects_view.h"

/* One run of the command. file is what was read. */
struct objects_job {
	const struct options *options;
	const char *source;
	struct memory_file file;
	struct objects *objects;
	struct objects_freed freed;
	struct objects_view view;
};

/* Each fills file, objects and the view's figures, and reports what is wrong; the exit code. */
int objects_of_board(struct objects_job *job); /* by the probe, at its prompt */
int objects_of_file(struct objects_job *job);  /* of memprof's own */
int objects_of_gdb(struct objects_job *job);
int objects_of_images(struct objects_job *job);

/* RAM that may be read. */
struct objects_ram {
	struct reader_range ranges[READER_RANGES_MAX];
	size_t n_ranges;
	unsigned word_bytes; /* by an ELF; 0: not known */
};
/* By --elf or --board; none without them. 0; -EINVAL after a message. */
int objects_ram_read(const struct options *options, struct objects_ram *ret);
void objects_ram_add(struct objects_ram *ram, const struct gdb_range *ranges, size_t n);

#endif
