/* Of a memprof that reads files only. */
#include <errno.h>

#include "private.h"

static int refuse_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	(void)spec;
	(void)ret;
	return diag_set(diag, -ENOTSUP, "this build of memprof reads files only; name a file");
}

const struct intake_reader intake_readers[] = {
	[INTAKE_FILE] = { file_objects },
	[INTAKE_BOARD] = { refuse_objects },
	[INTAKE_TARGET] = { refuse_objects },
};
