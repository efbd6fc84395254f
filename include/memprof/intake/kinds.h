/* What a name is of. What a file is, memprof/input/kinds.h tells by its content. */
#pragma once

enum intake_kind {
	INTAKE_FILE,
	INTAKE_BOARD,  /* at its prompt, or with an agent; "auto" is one, too */
	INTAKE_TARGET, /* of a GDB server */
};
enum intake_kind intake_kind_of(const char *name); /* opens nothing */
