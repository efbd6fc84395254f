/* Objects of the target of a GDB server, which is halted meanwhile. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/gdb_memory.h"
#include "memprof/objects/interpreter.h"
#include "objects/sources.h"

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
	for (size_t i = 0; i < ram->n_ranges; i++)
		ram->ranges[i].start = (ram->ranges[i].start + entry - ram->entry) & last;
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

static int read_registers(struct gdb_memory *m, struct interpreter_ids *ids)
{
	int error = gdb_memory_registers(m, ids->word_bytes, ids->registers, INTERPRETER_REGISTERS_MAX,
					 &ids->n_registers);

	if (error == 0 && m->has_processor && m->processor.i_stack_pointer < ids->n_registers)
		ids->stack_pointer = ids->registers[m->processor.i_stack_pointer];
	return error;
}

static int read_target(struct gdb_objects *g, struct gdb_memory *m, struct objects_ram *ram)
{
	uint64_t begun_us = clock_now_us();
	struct interpreter in;
	int error = find_ram(m, ram);

	if (error == 0)
		error = find_interpreter(m, ram, &in);
	if (error == 0)
		error = wait_for_collection(m, ram, &in);
	if (error == 0)
		error = read_registers(m, &in.ids);
	if (error < 0)
		return error;
	g->file->ids = in.ids;
	struct memory_reader reader = memory_file_recorder(g->file, &m->reader);
	error = objects_read(&reader, &g->file->ids, &g->objects, &m->diag);
	g->cost = (struct objects_cost){ reader.n_reads, reader.n_bytes, clock_now_us() - begun_us };
	return error;
}

bool objects_is_gdb(const char *source) { return source_kind_of(source) == &source_gdb; }

int objects_of_target(struct gdb_objects *g)
{
	const struct place at = { .file = g->uri };
	struct objects_ram ram;
	struct gdb_memory m;

	if (objects_ram_read(g->options, &ram) < 0)
		return EXIT_INPUT;
	int error = gdb_memory_open(&m, g->uri);
	if (error == 0)
		error = read_target(g, &m, &ram);
	if (g->then && (error == 0 || error == -ENOENT))
		error = g->then(g->ctx, &m.reader, &ram, g->objects, &m.diag);
	bool goes_on = gdb_memory_close(&m);
	g->halted_us = m.halted_us;
	if (!goes_on)
		message_at(at, "warning", "the GDB server did not confirm that its target goes on");
	else if (error == 0 && !g->is_quiet)
		message_at(at, "note", "the target was halted for %" PRIu64 " ms", m.halted_us / 1000);
	if (error == 0 || error == -EINTR)
		return goes_on ? EXIT_FINE : EXIT_DEVICE;
	if (error == -ECANCELED)
		return EXIT_INPUT;
	message_at(m.diag.at.file ? m.diag.at : at, "error", "%s", m.diag.text[0] ? m.diag.text : strerror(-error));
	return error == -EINVAL || error == -ENOENT || error == -ENOTSUP || error == -ENOMEM ? EXIT_INPUT : EXIT_DEVICE;
}
