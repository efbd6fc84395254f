/* The build that a check is about, and the memory file. */
#include <errno.h>
#include <string.h>

#include "check/private.h"
#include "memprof/input/kept.h"
#include "memprof/intake/objects.h"

int check_inputs_report(struct check_inputs *in, int r, const struct diag *diag)
{
	if (r < 0)
		notice_at(&in->notices, diag->at, "error", "%s", diag->text);
	return r;
}

unsigned check_inputs_wanted(const struct check_inputs *in, bool symbols)
{
	bool sources = check_asks(in->check, SUBJECTS_OF_SOURCES);
	bool all = symbols || sources || in->draws || !in->check->budget ||
		   check_asks(in->check, SUBJECT_BIT(SUBJECT_SYMBOL));

	return (all ? IMAGE_WANT_SYMBOLS : 0) | (sources ? IMAGE_WANT_SOURCES : 0);
}

static int read_build(struct check_inputs *in, struct diag *diag)
{
	struct build *b = &in->sides[CHECK_NOW].build;
	const struct build_spec spec = { .map = in->map,
					 .elf = in->elf,
					 .options = "--elf goes",
					 .of_one_build = true,
					 .want = check_inputs_wanted(in, in->compares || (in->map && in->elf)) };
	int r = build_read(b, &spec, diag);

	if (r == 0)
		r = build_add_scripts(b, &in->scripts, diag);
	if (r == 0)
		input_image_warn(b->image, &in->notices);
	else
		b->image = NULL;
	return r;
}

/* r, after check_fail if it is negative. */
static int read_or_fail(struct check_inputs *in, int r, const struct diag *diag, const char *what, const char *name)
{
	if (check_inputs_report(in, r, diag) < 0)
		check_fail(in->check, CHECK_OF_BUILD, "%s %s could not be read", what, name);
	return r;
}

int check_inputs_read_build(struct check_inputs *in)
{
	const char *build = in->map ? in->map : in->elf;
	struct firmware_file *bin = &in->sides[CHECK_NOW].bin;
	struct diag diag = { 0 };
	int r = build ? read_or_fail(in, read_build(in, &diag), &diag, "the build", build) : 0, next = 0;

	in->check->given[CHECK_OF_BUILD] = build || in->bin;
	if (in->bin)
		next = read_or_fail(in, firmware_file_read(bin, in->bin, false, &in->notices, &diag), &diag,
				    "the build", in->bin);
	r = MIN(r, next);
	if (build || in->bin)
		next = read_or_fail(in, input_components(in->rules_name, &in->rules, &diag), &diag, "the rules for",
				    "components");
	return MIN(r, next);
}

/* ---- memory ---- */

int check_inputs_take_objects(struct check_inputs *in, enum check_side side, struct objects *objects)
{
	struct check_files *files = &in->sides[side];

	files->objects = objects;
	if (objects_report(objects, &files->report) == 0)
		return 0;
	notice_at(&in->notices, (struct place){ 0 }, "error", "out of memory");
	return -ENOMEM;
}

int check_files_read_objects(struct check_inputs *in, enum check_side side, const struct blob *blob)
{
	const struct objects_spec spec = { .name = blob->name, .blob = blob, .elf = in->elf, .notices = in->notices };
	enum check_input input = side == CHECK_NOW ? CHECK_OF_MEMORY : CHECK_OF_BASELINE_MEMORY;
	struct objects_reading reading;
	struct diag diag = { 0 };
	int r = intake_objects(&spec, &reading, &diag);

	in->check->given[input] = true;
	if (diag.text[0])
		check_inputs_report(in, r, &diag);
	if (reading.objects) {
		int taken = check_inputs_take_objects(in, side, reading.objects);
		r = MIN(r, taken);
	}
	reading.objects = NULL;
	objects_reading_deinit(&reading);
	if (r < 0)
		check_fail(in->check, input, "no objects could be read from %s", blob->name);
	return r;
}

int check_inputs_read_memory(struct check_inputs *in, const char *name)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	int r = check_inputs_report(in, kept_read(name, &blob, &diag), &diag);

	if (r == 0)
		r = check_files_read_objects(in, CHECK_NOW, &blob);
	else
		check_fail(in->check, CHECK_OF_MEMORY, "no objects could be read from %s", name);
	blob_deinit(&blob);
	return r;
}
