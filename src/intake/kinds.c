#include "memprof/intake/kinds.h"

#include <string.h>

#include "memprof/io/source.h"
#include "private.h"

enum intake_kind intake_kind_of(const char *name)
{
	const struct source_kind *kind = source_kind_of(name);

	if (strncmp(kind->name, "gdb:", 4) == 0)
		return INTAKE_TARGET;
	return kind->live || strcmp(name, "auto") == 0 ? INTAKE_BOARD : INTAKE_FILE;
}

/* ---- objects ---- */

int intake_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	enum intake_kind kind = spec->blob || spec->is_file || spec->n_images ? INTAKE_FILE :
				spec->session                                 ? INTAKE_BOARD :
										intake_kind_of(spec->name);

	*ret = (struct objects_reading){ .objects = NULL };
	return intake_readers[kind].objects(spec, ret, diag);
}
