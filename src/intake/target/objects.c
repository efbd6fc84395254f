/* Objects of the target of a GDB server, which is halted meanwhile. */
#include <errno.h>

#include "memprof/io/clock.h"
#include "private.h"

int target_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	struct gdb_ram ram;
	struct gdb_target t;
	int error = gdb_ram_read(spec->elf, spec->board, &ram, diag);

	if (error < 0)
		return error;
	error = gdb_target_open(&t, spec->name, &ram, &spec->notices);
	uint64_t begun_us = clock_now_us();
	bool is_open = error == 0;
	if (error == 0)
		error = gdb_target_find(&t);
	if (error == 0)
		error = objects_of_reader(&t.memory.reader, &t.in.ids, begun_us, ret, &t.memory.diag);
	if (spec->then && is_open && (error == 0 || error == -ENOENT))
		error = spec->then(spec->ctx, &t.memory.reader, &t.ram, ret->objects, diag);
	error = gdb_target_close(&t, error, spec->is_quiet, diag);
	ret->halted_us = t.memory.halted_us;
	return error;
}
