#include "memprof/intake/gdb_target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"

enum {
	TURNS_MAX = 5, /* for a collection to end */
	TURN_US = 1000,
	PAGE_BYTES = 4096,
};

void gdb_ram_add(struct gdb_ram *ram, uint64_t start, uint64_t n_bytes)
{
	if (n_bytes > 0 && ram->n_ranges < READER_RANGES_MAX)
		ram->ranges[ram->n_ranges++] = (struct reader_range){ start, n_bytes };
}

/* The ranges of an ELF go to where the process has it. */
static int move_ram(struct gdb_memory *m, struct gdb_ram *ram)
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
static void add_process(struct gdb_ram *ram)
{
	uint64_t end = UINT64_C(1) << (ram->word_bytes == 4 ? 32 : 47);

	if (ram->n_ranges < READER_RANGES_MAX)
		ram->ranges[ram->n_ranges++] = (struct reader_range){ PAGE_BYTES, end - PAGE_BYTES };
}

/* Reading peripherals has effects. ARMv6-M to v8-M have them there, and the processor's own (Architecture Reference
 * Manual, "the system address map"). */
static bool has_peripherals(const struct gdb_range *range)
{
	static const struct gdb_range peripherals[] = { { 0x40000000, 0x20000000 }, { 0xe0000000, 0x20000000 } };

	for (size_t i = 0; i < ARRAY_SIZE(peripherals); i++)
		if (range->start < peripherals[i].start + peripherals[i].n_bytes &&
		    peripherals[i].start < range->start + range->n_bytes)
			return true;
	return false;
}

/* By a GDB server's memory map; none if the map calls what is no RAM so. is_arm: of 32 bits. */
static void add_map(struct gdb_ram *ram, const struct gdb_range *ranges, size_t n, bool is_arm)
{
	/* OpenOCD calls all that is not flash RAM, peripherals too; the gaps between flash may be small. */
	enum { LARGEST_BYTES = 32 << 20 };

	for (size_t i = 0; i < n; i++)
		if (ranges[i].n_bytes > LARGEST_BYTES)
			return;
	for (size_t i = 0; i < n; i++)
		if (!is_arm || !has_peripherals(&ranges[i]))
			gdb_ram_add(ram, ranges[i].start, ranges[i].n_bytes);
}

static int find_ram(struct gdb_memory *m, struct gdb_ram *ram)
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
	add_map(ram, ranges, n, m->has_processor && m->processor.is_arm);
	return ram->n_ranges ? 0 :
			       diag_set(&m->diag, -EINVAL, "the GDB server reports no RAM%s; give --elf or --board",
					n ? " that is safe to read" : "");
}

/* Words of 4 bytes, then of 8, if neither ELF nor server tells which. */
static int find_interpreter(struct gdb_memory *m, const struct gdb_ram *ram, struct interpreter *ret)
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
static int wait_for_collection(struct gdb_target *t)
{
	struct interpreter *in = &t->in;
	struct gdb_memory *m = &t->memory;
	int error = 0;

	for (uint64_t i = 1; i <= TURNS_MAX && in->collects && error == 0; i++) {
		error = gdb_memory_run_briefly(m, i * TURN_US);
		if (error == 0)
			error = interpreter_update(&m->reader, t->ram.ranges, t->ram.n_ranges, in, &m->diag);
	}
	if (error == 0 && in->collects)
		notice_at(&t->notices, (struct place){ 0 }, "warning",
			  "the board was collecting each of %d times: some of what counts as live may be garbage",
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

int gdb_target_open(struct gdb_target *t, const char *uri, const struct gdb_ram *ram, const struct notice_sink *notices)
{
	t->uri = uri;
	t->ram = *ram;
	t->notices = *notices;
	return gdb_memory_open(&t->memory, uri);
}

int gdb_target_find_ram(struct gdb_target *t) { return find_ram(&t->memory, &t->ram); }

int gdb_target_find(struct gdb_target *t)
{
	int error = gdb_target_find_ram(t);

	if (error == 0)
		error = find_interpreter(&t->memory, &t->ram, &t->in);
	if (error == 0)
		error = wait_for_collection(t);
	return error < 0 ? error : gdb_target_registers(t);
}

int gdb_target_update(struct gdb_target *t)
{
	int error = interpreter_update(&t->memory.reader, t->ram.ranges, t->ram.n_ranges, &t->in, &t->memory.diag);

	return error < 0 ? error : wait_for_collection(t);
}

static bool is_of_input(int error)
{
	return error == -EINVAL || error == -ENOENT || error == -ENOTSUP || error == -ENOMEM || error == -E2BIG;
}

int gdb_target_close(struct gdb_target *t, int error, bool is_quiet, struct diag *diag)
{
	const struct place at = { .file = t->uri };
	const struct diag *own = &t->memory.diag;
	bool goes_on = gdb_memory_close(&t->memory);

	if (!goes_on)
		notice_at(&t->notices, at, "warning", "the GDB server did not confirm that its target goes on");
	else if (error == 0 && !is_quiet)
		notice_at(&t->notices, at, "note", "the target was halted for %" PRIu64 " ms",
			  t->memory.halted_us / 1000);
	if (error == 0)
		return goes_on ? 0 : -ENODEV;
	if (error == -EINTR)
		return error;
	if (!diag->text[0])
		diag_at(diag, own->at.file ? own->at : at, error, "%s", own->text[0] ? own->text : strerror(-error));
	return is_of_input(error) ? error : -ENODEV;
}
