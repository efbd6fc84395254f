#include "private.h"

const struct intake_reader intake_readers[] = {
	[INTAKE_FILE] = { file_objects, file_bytes },
	[INTAKE_BOARD] = { board_objects, board_bytes },
	[INTAKE_TARGET] = { target_objects, target_bytes },
};
