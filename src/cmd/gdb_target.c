#include "gdb_target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"

enum {
	TURNS_MAX = 5, /* for a collection to end */
	TURN_US = 1000,
	PAGE_BYTES = 4096,
};

/* The ranges of an ELF go to where the process has it. */
static int move_ram(struct gdb_memory *m, struct objects_ram *ram)
{
	uint64_t entry, last = ram->word_bytes == 4 ? UINT32_MAX : UINT64_MAX;
	int error = gdb_memory_entry(m, ram->word_bytes, &entry);

	if (error < 0)
		return error;
	if (entry == NOT_KNOWN)
		return diag_set(
			&m->diag, -EINVAL,
			"the ELF of --elf is placed when it is started, and the GDB server does not tell where");
	if ((entry - ram->entry) % PAGE_BYTES)
		return diag_set(&m->diag, -EINVAL,
				"the ELF of --elf is not the program there, which began at 0x%" PRIx64, entry);
	ram->moved_by = entry - ram->entry;
	for (size_t i = 0; i < ram->n_ranges; i++)
		ram->ranges[i].start = (ram->ranges[i].start + ram->moved_by) & last;
	return 0;
}

/* The heap of a process may be anywhere, and what is not there is refused without harm. It is searched last. */
static void add_process(struct objects_ram *ram)
{
	uint64_t end = UINT64_C(1) << (ram->word_bytes == 4 ? 32 : 47);

	if (ram->n_ranges < READER_RANGES_MAX)
		ram->ranges[ram->n_ranges++] = (struct reader_range){ PAGE_BYTES, end - PAGE_BYTES };
}

static int find_ram(struct gdb_memory *m, struct objects_ram *ram)
{
	struct gdb_range ranges[GDB_RANGES_MAX];
	size_t n;

	if (ram->n_ranges) {
		int error = ram->relocated ? move_ram(m, ram) : 0;
		if (error == 0 && m->features.is_process && ram->word_bytes)
			add_process(ram);
		return error;
	}
	int error = gdb_memory_map(m, ranges, &n);
	if (error < 0)
		return error;
	objects_ram_add(ram, ranges, n, m->has_processor && m->processor.is_arm);
	return ram->n_ranges ? 0 :
			       diag_set(&m->diag, -EINVAL, "the GDB server reports no RAM%s; give --elf or --board",
					n ? " that is safe to read" : "");
}

/* Words of 4 bytes, then of 8, if neither ELF nor server tells which. */
static int find_interpreter(struct gdb_memory *m, const struct objects_ram *ram, struct interpreter *ret)
{
	unsigned known = ram->word_bytes ? ram->word_bytes : m->has_processor ? m->processor.word_bytes : 0;
	int error = -ENOENT;

	for (unsigned word = known ? known : 4; word <= (known ? known : 8) && error == -ENOENT; word *= 2) {
		m->reader.word_bytes = word;
		error = interpreter_find(&m->reader, ram->ranges, ram->n_ranges, ret, &m->diag);
	}
	if (error == -EFAULT && m->features.is_process)
		error = diag_set(&m->diag, -ENOENT,
				 "no MicroPython in what the program writes to: has it started, and is --elf its ELF?");
	return error;
}

/* In a collection marks stand for heads, and a block that is half freed for nothing: it may go on until that is over.
 */
static int wait_for_collection(struct gdb_memory *m, const struct objects_ram *ram, struct interpreter *in)
{
	int error = 0;

	for (uint64_t i = 1; i <= TURNS_MAX && in->collects && error == 0; i++) {
		error = gdb_memory_run_briefly(m, i * TURN_US);
		if (error == 0)
			error = interpreter_update(&m->reader, ram->ranges, ram->n_ranges, in, &m->diag);
	}
	if (error == 0 && in->collects)
		message_at((struct place){ 0 }, "warning",
			   "the board was collecting each of %d times: some of what is called live may be collectable",
			   TURNS_MAX + 1);
	return error;
}

int gdb_target_registers(struct gdb_target *t)
{
	struct gdb_memory *m = &t->memory;
	struct interpreter_ids *ids = &t->in.ids;
	int error = gdb_memory_registers(m, ids->word_bytes, ids->registers, INTERPRETER_REGISTERS_MAX,
					 &ids->n_registers);

	ids->stack_pointer = error == 0 && m->has_processor && m->processor.i_stack_pointer < ids->n_registers ?
				     ids->registers[m->processor.i_stack_pointer] :
				     0;
	return error;
}

int gdb_target_open(struct gdb_target *t, const char *uri, const struct objects_ram *ram)
{
	t->uri = uri;
	t->ram = *ram;
	return gdb_memory_open(&t->memory, uri);
}

int gdb_target_find(struct gdb_target *t)
{
	int error = find_ram(&t->memory, &t->ram);

	if (error == 0)
		error = find_interpreter(&t->memory, &t->ram, &t->in);
	if (error == 0)
		error = wait_for_collection(&t->memory, &t->ram, &t->in);
	return error < 0 ? error : gdb_target_registers(t);
}

int gdb_target_update(struct gdb_target *t)
{
	int error = interpreter_update(&t->memory.reader, t->ram.ranges, t->ram.n_ranges, &t->in, &t->memory.diag);

	return error < 0 ? error : wait_for_collection(&t->memory, &t->ram, &t->in);
}

int gdb_target_close(struct gdb_target *t, int error, bool is_quiet)
{
	const struct place at = { .file = t->uri };
	const struct diag *diag = &t->memory.diag;
	bool goes_on = gdb_memory_close(&t->memory);

	if (!goes_on)
		message_at(at, "warning", "the GDB server did not confirm that its target goes on");
	else if (error == 0 && !is_quiet)
		message_at(at, "note", "the target was halted for %" PRIu64 " ms", t->memory.halted_us / 1000);
	if (error == 0 || error == -EINTR)
		return goes_on ? EXIT_FINE : EXIT_DEVICE;
	if (error == -ECANCELED)
		return EXIT_INPUT;
	message_at(diag->at.file ? diag->at : at, "error", "%s", diag->text[0] ? diag->text : strerror(-error));
	return error == -EINVAL || error == -ENOENT || error == -ENOTSUP || error == -ENOMEM || error == -E2BIG ?
		       EXIT_INPUT :
		       EXIT_DEVICE;
}
