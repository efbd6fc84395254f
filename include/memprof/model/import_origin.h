/* Where an imported module came from. */
#ifndef MEMPROF_IMPORT_ORIGIN_H
#define MEMPROF_IMPORT_ORIGIN_H

enum import_origin {
	IMPORT_UNKNOWN,
	IMPORT_BUILT_IN, /* C, in the firmware */
	IMPORT_FROZEN,   /* bytecode in the firmware */
	IMPORT_MPY,      /* compiled beforehand, from a file */
	IMPORT_SOURCE,   /* compiled on the board */
	N_IMPORT_ORIGINS
};

#endif
