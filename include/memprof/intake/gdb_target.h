/* MicroPython on the target of a GDB server, which is halted from gdb_target_open to gdb_memory_close. */
#ifndef MEMPROF_INTAKE_GDB_TARGET_H
#define MEMPROF_INTAKE_GDB_TARGET_H

#include "memprof/live/gdb_memory.h"
#include "memprof/objects/interpreter.h"

/* RAM that may be read. */
struct gdb_ram {
	struct reader_range ranges[READER_RANGES_MAX];
	size_t n_ranges;
	unsigned word_bytes; /* by an ELF; 0: not known */
	/* Of an ELF that is placed when it is started: ranges are still to be moved by where it begins. */
	bool relocated;
	uint64_t entry, moved_by; /* moved_by: once it is known */
};
void gdb_ram_add(struct gdb_ram *ram, uint64_t start, uint64_t n_bytes); /* unless there are too many */

struct gdb_target {
	const char *uri;
	struct gdb_memory memory; /* its diag is that of all functions here; it must stay where it is */
	struct gdb_ram ram;
	struct notice_sink notices;
	struct interpreter in;
};

/* 0, or as gdb_memory_open. ram: by --elf or --board; gdb_target_find completes it by what the server reports. */
int gdb_target_open(struct gdb_target *t, const char *uri, const struct gdb_ram *ram,
		    const struct notice_sink *notices);
/* The interpreter, after a collection that was under way, and the registers. 0, or an error as of gdb_memory and
 * interpreter_find. */
int gdb_target_find(struct gdb_target *t);
/* The same interpreter later, without the registers. */
int gdb_target_update(struct gdb_target *t);
/* The registers at this moment. */
int gdb_target_registers(struct gdb_target *t);
#endif
