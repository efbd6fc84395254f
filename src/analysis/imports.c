#include "memprof/imports.h"

const char *import_origin_name(enum import_origin origin)
{
	static const char *const names[N_IMPORT_ORIGINS] = {
		[IMPORT_UNKNOWN] = "unknown", [IMPORT_BUILT_IN] = "built-in", [IMPORT_FROZEN] = "frozen",
		[IMPORT_MPY] = "mpy", [IMPORT_SOURCE] = "source",
	};

	return names[origin];
}

void imports_deinit(struct imports *imports)
{
	vec_deinit(imports, rows);
	arena_deinit(&imports->arena);
}
