/* Of a memprof that reads files only. */
#include <errno.h>

#include "memprof/intake/layout.h"
#include "private.h"

static int refuse(struct diag *diag)
{
	return diag_set(diag, -ENOTSUP, "this build of memprof reads files only; name a file");
}

static int refuse_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	(void)spec;
	(void)ret;
	return refuse(diag);
}

int layout_ask_board(struct layout_heaps *h, const struct session_config *config, struct diag *diag)
{
	(void)h;
	(void)config;
	return refuse(diag);
}

static int refuse_bytes(struct intake_bytes *b, struct diag *diag)
{
	(void)b;
	return refuse(diag);
}

const struct intake_reader intake_readers[] = {
	[INTAKE_FILE] = { file_objects, file_bytes },
	[INTAKE_BOARD] = { refuse_objects, refuse_bytes },
	[INTAKE_TARGET] = { refuse_objects, refuse_bytes },
};
