/* MicroPython on the target of a GDB server, which is halted from gdb_target_open to gdb_target_close. */
#pragma once

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
struct image;
/* By an ELF or a board, at most one of which is not NULL. 0, or an error with diag. */
int gdb_ram_read(const struct image *elf, const char *board, struct gdb_ram *ret, struct diag *diag);
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
/* Only where RAM is: of a firmware without Python. */
int gdb_target_find_ram(struct gdb_target *t);
/* The same interpreter later, without the registers. */
int gdb_target_update(struct gdb_target *t);
/* The registers at this moment. */
int gdb_target_registers(struct gdb_target *t);
/* Lets it go on, with notices; error: of what was done meanwhile. 0; -EINTR; -ENODEV: the server or its target fails;
 * else that error; with diag, but for -ENODEV after a notice that the target may not go on. Safe after a failed open.
 */
int gdb_target_close(struct gdb_target *t, int error, bool is_quiet, struct diag *diag);
