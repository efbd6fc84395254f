/* Objects of the target of a GDB server, which is halted meanwhile. */
#include <errno.h>

#include "gdb_target.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "objects/sources.h"

static int read_target(struct gdb_objects *g, struct gdb_target *t)
{
	uint64_t begun_us = clock_now_us();
	int error = gdb_target_find(t);

	if (error < 0)
		return error;
	g->file->ids = t->in.ids;
	struct memory_reader reader = memory_file_recorder(g->file, &t->memory.reader);
	error = objects_read(&reader, &g->file->ids, &g->objects, &t->memory.diag);
	g->cost = (struct objects_cost){ reader.n_reads, reader.n_bytes, clock_now_us() - begun_us };
	return error;
}

bool objects_is_gdb(const char *source) { return source_kind_of(source) == &source_gdb; }

int objects_of_target(struct gdb_objects *g)
{
	struct gdb_ram ram;
	struct gdb_target t;

	if (objects_ram_read(g->elf, g->board, &ram) < 0)
		return EXIT_INPUT;
	int error = gdb_target_open(&t, g->uri, &ram, &message_notices);
	if (error == 0)
		error = read_target(g, &t);
	if (g->then && (error == 0 || error == -ENOENT))
		error = g->then(g->ctx, &t.memory.reader, &t.ram, g->objects, &t.memory.diag);
	int code = gdb_target_close(&t, error, g->is_quiet);
	g->halted_us = t.memory.halted_us;
	return code;
}
