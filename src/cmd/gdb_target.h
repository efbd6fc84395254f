/* MicroPython on the target of a GDB server, which is halted from gdb_target_open to gdb_target_close. */
#ifndef MEMPROF_CMD_GDB_TARGET_H
#define MEMPROF_CMD_GDB_TARGET_H

#include "memprof/live/gdb_memory.h"
#include "memprof/objects/interpreter.h"
#include "objects/sources.h"

struct gdb_target {
	const char *uri;
	struct gdb_memory memory; /* its diag is that of all functions here; it must stay where it is */
	struct objects_ram ram;
	struct interpreter in;
};

/* 0, or as gdb_memory_open. ram: by --elf or --board; gdb_target_find completes it by what the server reports. */
int gdb_target_open(struct gdb_target *t, const char *uri, const struct objects_ram *ram);
/* The interpreter, after a collection that was under way, and the registers. 0, or an error as of gdb_memory and
 * interpreter_find. */
int gdb_target_find(struct gdb_target *t);
/* The same interpreter later, without the registers. */
int gdb_target_update(struct gdb_target *t);
/* The registers at this moment. */
int gdb_target_registers(struct gdb_target *t);
/* Lets it go on, and reports what happened; error: of what was done meanwhile. The exit code; -EINTR is EXIT_FINE, and
 * of -ECANCELED there is a message already. Safe after a failed open. */
int gdb_target_close(struct gdb_target *t, int error, bool is_quiet);

#endif
