/* What is asked of a board at its prompt, in commands that read files and targets as well. */
#include "objects/private.h"
#include "objects/sources.h"

void objects_reading_deinit(struct objects_reading *r)
{
	objects_free(r->objects);
	memory_file_deinit(&r->file);
	*r = (struct objects_reading){ .objects = NULL };
}
