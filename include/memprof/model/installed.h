/* The memprof.py of a board, as found there; or memprof.mpy, the same compiled. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INSTALLED_PATH_BYTES = 128, INSTALLED_VERSION_BYTES = 16, INSTALLED_FILES_MAX = 8 };

struct installed_file {
	char path[INSTALLED_PATH_BYTES];
	char version[INSTALLED_VERSION_BYTES]; /* "": not a memprof.py of memprof */
	uint64_t n_bytes;
};

enum installed_running { INSTALLED_RUNNING_UNKNOWN, INSTALLED_STOPPED, INSTALLED_RUNNING };

/* The answers of a board. All-zero: not asked. */
struct installed {
	bool asked;                     /* the answer was complete */
	bool built_in;                  /* in the firmware, as a C module or frozen; takes precedence over files */
	bool loaded;                    /* imported since the last reset */
	enum installed_running running; /* by a timer; if loaded */
	char loaded_from[INSTALLED_PATH_BYTES]; /* "": not from a file */
	/* Every memprof.py and memprof.mpy in the folders of sys.path; an import uses the first. */
	struct installed_file files[INSTALLED_FILES_MAX];
	size_t n_files;
	/* For a new one: the first folder of sys.path that ends in lib, else another one; "": no file system. */
	char folder[INSTALLED_PATH_BYTES];
	uint64_t free_bytes; /* in that file system; NOT_KNOWN */
	bool has_timer;      /* machine.Timer, which calls memprof.py once that is started */
	bool in_memory;      /* it is lost when the process ends */
	bool is_micropython; /* by sys.implementation.name; CircuitPython has .mpy files of its own */
	uint32_t mpy; /* sys.implementation._mpy: version, and for native code also sub-version and architecture */
	uint64_t heap_free_bytes; /* NOT_KNOWN */
};

/* What memprof.py takes of a board's heap, as measured there. */
struct installed_cost {
	uint64_t free_before_bytes; /* after a collection */
	uint64_t free_bytes;        /* after import and start */
	uint64_t kept_bytes;        /* after another collection */
};
