/* Where an imported module came from. */
#pragma once

enum import_origin {
	IMPORT_UNKNOWN,
	IMPORT_BUILT_IN, /* C, in the firmware */
	IMPORT_FROZEN,   /* bytecode in the firmware */
	IMPORT_MPY,      /* compiled beforehand, from a file */
	IMPORT_SOURCE,   /* compiled on the board */
	N_IMPORT_ORIGINS
};
