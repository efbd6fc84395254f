#include "private.h"

int intake_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	enum intake_kind kind = spec->blob || spec->is_file || spec->n_images ? INTAKE_FILE :
				spec->session                                 ? INTAKE_BOARD :
										intake_kind_of(spec->name);

	*ret = (struct objects_reading){ .objects = NULL };
	return intake_readers[kind].objects(spec, ret, diag);
}

int intake_bytes(struct intake_bytes *b, struct diag *diag)
{
	return intake_readers[intake_kind_of(b->name)].bytes(b, diag);
}
