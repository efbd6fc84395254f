/* Where commands get objects from, besides a prompt: a memory file, the target of a GDB server. */
#ifndef MEMPROF_CMD_OBJECTS_SOURCES_H
#define MEMPROF_CMD_OBJECTS_SOURCES_H

#include "memprof/cli/command.h"
#include "memprof/objects/objects.h"
#include "memprof/protocol/gdb.h"

/* Of the bytes of a memory file. The exit code, after a message if it is not EXIT_FINE; *ret is untouched then. */
int objects_of_memory(const char *bytes, size_t n_bytes, const char *name, struct memory_file *file,
		      struct objects **ret);

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
