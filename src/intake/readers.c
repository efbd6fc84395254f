#include "private.h"

const struct intake_reader intake_readers[] = {
	[INTAKE_FILE] = { file_objects },
	[INTAKE_BOARD] = { board_objects },
	[INTAKE_TARGET] = { target_objects },
};
