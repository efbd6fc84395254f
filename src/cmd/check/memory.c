/* What globals, modules and classes retain, for a check: from a memory file, a live board, or after a program. */
#include <errno.h>
#include <string.h>

#include "check/inputs.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/input/kept.h"

bool check_memory_is_wanted(const struct check_inputs *in)
{
	return in->check && check_asks(in->check, SUBJECTS_OF_OBJECTS);
}

void check_memory_deinit(struct check_memory *m)
{
	objects_report_deinit(&m->report);
	objects_free(m->objects);
	*m = (struct check_memory){ .objects = NULL };
}

int check_memory_take(struct check_inputs *in, enum check_side side, struct objects *objects)
{
	struct check_memory *m = &in->memory[side];

	m->objects = objects;
	if (objects_report(objects, &m->report) == 0)
		return EXIT_FINE;
	message_error("out of memory");
	return EXIT_INPUT;
}

/* code: of the reading. */
static int take(struct check_inputs *in, enum check_side side, int code, struct objects_reading *reading)
{
	struct objects *objects = reading->objects;

	reading->objects = NULL;
	objects_reading_deinit(reading);
	return objects ? exit_worse(code, check_memory_take(in, side, objects)) : code;
}

static int read_bytes(struct check_inputs *in, enum check_side side, const struct blob *blob)
{
	enum check_input input = side == CHECK_NOW ? CHECK_OF_MEMORY : CHECK_OF_BASELINE_MEMORY;
	const struct objects_spec spec = { .name = blob->name, .blob = blob, .elf = in->args->inputs.elfs.all[0] };
	struct objects_reading reading;

	in->given[input] = true;
	if (in->memory[side].objects) {
		message_at((struct place){ .file = blob->name }, "error",
			   "second memory file; what is retained is compared with one");
		return EXIT_INPUT;
	}
	int code = take(in, side, load_objects(&spec, NULL, &reading), &reading);
	if (code != EXIT_FINE)
		check_inputs_fail(in, input, "no objects could be read from %s", blob->name);
	return code;
}

int check_memory_read(struct check_inputs *in, const char *name)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	if (kept_read(name, &blob, &diag) == 0) {
		code = read_bytes(in, CHECK_NOW, &blob);
	} else {
		message_diag(&diag);
		in->given[CHECK_OF_MEMORY] = true;
		check_inputs_fail(in, CHECK_OF_MEMORY, "no objects could be read from %s", name);
	}
	blob_deinit(&blob);
	return code;
}

int check_memory_read_old(struct check_inputs *in, struct blob *old) { return read_bytes(in, CHECK_BASE, old); }

int check_memory_fail(struct check_inputs *in, const char *source)
{
	in->given[CHECK_OF_MEMORY] = true;
	check_inputs_fail(in, CHECK_OF_MEMORY, "the memory of %s could not be read", source);
	return EXIT_DEVICE;
}

int check_memory_live(struct check_inputs *in, const char *source)
{
	const struct objects_spec spec = { .name = source };
	struct board_args again = in->args->board; /* it was asked just before: not reset again, nor recorded */
	struct objects_reading reading;

	again.reset = false;
	again.save = NULL;
	in->given[CHECK_OF_MEMORY] = true;
	int code = take(in, CHECK_NOW, load_objects(&spec, &again, &reading), &reading);
	if (code != EXIT_FINE)
		check_inputs_fail(in, CHECK_OF_MEMORY, "the memory of %s could not be read", source);
	return code;
}
