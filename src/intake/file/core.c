/* Objects of an ELF core file: a process that crashed, or a machine of QEMU's. */
#include <errno.h>
#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/image/core.h"
#include "memprof/intake/firmware.h"
#include "memprof/objects/interpreter.h"
#include "private.h"

enum { SEARCHED_MAX = READER_RANGES_MAX / 2 };

static int add_program(struct core *core, const char *elf, struct blob *blob, struct diag *diag)
{
	int error = elf ? blob_read(elf, blob, diag) : 0;

	if (error == 0 && elf)
		error = core_add_program(core, blob->bytes, blob->n_bytes, diag);
	if (error < 0 && elf && !core->n_cut_bytes) /* GDB writes last where the program was placed */
		diag->at.file = elf;
	return error;
}

static void set_registers(const struct core *core, struct interpreter_ids *ids)
{
	ids->n_registers = MIN(core->n_registers, (size_t)INTERPRETER_REGISTERS_MAX);
	for (size_t i = 0; i < ids->n_registers; i++)
		ids->registers[i] = core->registers[i];
	if (core->i_stack_pointer < ids->n_registers)
		ids->stack_pointer = ids->registers[core->i_stack_pointer];
}

/* Why what is there is not enough. */
static int explain(const struct core *core, const char *elf, int error, struct diag *diag)
{
	if (core->n_cut_bytes)
		return diag_set(diag, error,
				"the core file is truncated: %" PRIu64
				" bytes of memory are missing;"
				" was it limited by ulimit -c, or by the size of the disk?",
				core->n_cut_bytes);
	if (!elf && error != -ENOMEM)
		return diag_set(
			diag, error,
			"no MicroPython in it, or it lacks the constants of its program: give that by --elf, or,"
			" before the next crash, have them in the file: echo 0x37 > /proc/PID/coredump_filter");
	return error == -EFAULT ? diag_set(diag, error, "the core file lacks memory that its heap refers to") : error;
}

static int find_objects(struct core *core, struct objects_reading *ret, struct diag *diag)
{
	struct memory_reader source = memory_image_reader(&core->memory, core->word_bytes);
	struct reader_range ram[SEARCHED_MAX];
	size_t n_ram = MIN(core->n_writable, ARRAY_SIZE(ram));
	struct interpreter in;

	for (size_t i = 0; i < n_ram; i++)
		ram[i] = (struct reader_range){ core->writable[i].start, core->writable[i].n_bytes };
	int error = interpreter_find(&source, ram, n_ram, &in, diag);
	if (error < 0)
		return error;
	set_registers(core, &in.ids);
	return objects_of_reader(&source, &in.ids, 0, ret, diag);
}

/* Python's heap, and those of C, of which one is enough. */
static int read_core(struct core *core, const struct firmware *firmware, struct objects_reading *ret, struct diag *diag)
{
	int error = firmware_may_be_python(firmware) ? find_objects(core, ret, diag) : -ENOENT;

	if (!firmware->has_heaps || (error < 0 && error != -ENOENT))
		return error;
	struct memory_reader source = memory_image_reader(&core->memory, core->word_bytes);
	return firmware_heaps(firmware, &source, 0, ret->objects, &ret->pools, diag);
}

int objects_of_core(const struct blob *blob, const char *elf, struct objects_reading *ret, struct diag *diag)
{
	struct blob program = { .bytes = NULL };
	struct firmware firmware = { .types = NULL };
	struct core core;
	int error = core_read(&core, blob->bytes, blob->n_bytes, diag);
	bool is_core = error == 0 || core.n_cut_bytes;

	if (error == 0)
		error = add_program(&core, elf, &program, diag);
	if (error == 0)
		error = firmware_read(elf, &firmware, diag);
	memory_finalize(&core.memory);
	if (error == 0 && elf &&
	    core.memory.doubled_bytes) /* a core file has the program's first page, with its build id */
		error = diag_at(diag, (struct place){ .file = elf }, -EINVAL,
				"it is another build of the core file's program: bytes that never change differ");
	if (error == 0)
		error = read_core(&core, &firmware, ret, diag);
	if (error < 0 && is_core && !diag->at.file)
		error = explain(&core, elf, error, diag);
	firmware_deinit(&firmware);
	core_deinit(&core);
	blob_deinit(&program);
	return error;
}
