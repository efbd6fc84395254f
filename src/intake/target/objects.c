/* Objects of the target of a GDB server, which is halted meanwhile. */
#include <errno.h>

#include "memprof/intake/firmware.h"
#include "memprof/io/clock.h"
#include "private.h"

/* Python's heap, and those of C, of which one is enough. */
static int read_heaps(struct gdb_target *t, const struct firmware *firmware, uint64_t begun_us,
		      struct objects_reading *ret)
{
	bool may_be_python = firmware_may_be_python(firmware);
	int error = may_be_python ? gdb_target_find(t) : gdb_target_find_ram(t);

	if (error == 0 && may_be_python)
		error = objects_of_reader(&t->memory.reader, &t->in.ids, begun_us, ret, &t->memory.diag);
	if (!firmware->has_heaps || (error < 0 && error != -ENOENT))
		return error;
	t->memory.reader.word_bytes = 4;
	return firmware_heaps(firmware, &t->memory.reader, t->ram.moved_by, ret->objects, &ret->pools, &t->memory.diag);
}

static int read_target(const struct objects_spec *spec, const struct firmware *firmware, struct objects_reading *ret,
		       struct diag *diag)
{
	struct gdb_ram ram;
	struct gdb_target t;
	int error = gdb_ram_read(spec->elf ? &firmware->elf.image : NULL, spec->board, &ram, diag);

	if (error < 0)
		return error;
	error = gdb_target_open(&t, spec->name, &ram, &spec->notices);
	uint64_t begun_us = clock_now_us();
	bool is_open = error == 0;
	if (error == 0)
		error = read_heaps(&t, firmware, begun_us, ret);
	if (spec->then && is_open && (error == 0 || error == -ENOENT))
		error = spec->then(spec->ctx, &t.memory.reader, &t.ram, ret->objects, diag);
	error = gdb_target_close(&t, error, spec->is_quiet, diag);
	ret->halted_us = t.memory.halted_us;
	return error;
}

int target_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	struct firmware firmware;
	int error = firmware_read(spec->elf, &firmware, diag);

	if (error == 0)
		error = read_target(spec, &firmware, ret, diag);
	firmware_deinit(&firmware);
	return error;
}
