#include "memprof/intake/kinds.h"

#include <string.h>

#include "memprof/io/source.h"

enum intake_kind intake_kind_of(const char *name)
{
	const struct source_kind *kind = source_kind_of(name);

	if (strncmp(kind->name, "gdb:", 4) == 0)
		return INTAKE_TARGET;
	return kind->live || strcmp(name, "auto") == 0 ? INTAKE_BOARD : INTAKE_FILE;
}
