/* Bytes with the addresses that they have on a board, by the name of what has them: a firmware file, an ELF, a core or
 * memory file, any other file; a board; the target of a GDB server. And what is known of whose they are. */
#pragma once

#include "memprof/analysis/hex.h"
#include "memprof/image/memory.h"
#include "memprof/image/partitions.h"
#include "memprof/input/build_inputs.h"
#include "memprof/intake/objects.h"

struct intake_bytes {
	/* set by the caller */
	const char *name;        /* of a file or a source */
	const char *wanted_text; /* an address, as it was given, and as it was read */
	struct hex_address wanted;
	uint64_t wanted_bytes;                /* NOT_KNOWN: not given */
	const char *base_text;                /* of a .bin without addresses: that of its first byte; NULL: not given */
	uint64_t base;                        /* 0 then */
	bool flash;                           /* addresses are where it is stored */
	bool unsafe, words;                   /* a board: what is not known to answer, too; by 32 bits only */
	bool no_memory;                       /* a board: not whose the blocks of its heap are */
	const char *elf, *board;              /* as in objects_spec */
	const struct session_config *session; /* the same */
	struct notice_sink notices;

	/* what is known of whose they are: set by the caller, but for what name has of its own */
	struct input_image names;      /* an ELF or a map, both joined, or the ELF that is shown */
	struct input_image more_names; /* the ELF that a map was joined with */
	bool has_names, names_dropped; /* dropped: they are of a program that may lie anywhere */
	bool has_dump;
	struct heap heap;                  /* of a dump, or of what is shown; no pools: none */
	struct objects_reading objects;    /* its owners, where they could be read */
	struct partition_table partitions; /* no rows: none */

	/* results */
	const char *format;      /* of name: "elf", "live" */
	struct memory memory;    /* settled */
	uint64_t start, n_bytes; /* what to show */

	/* private: owned */
	struct blob blob;
	uint8_t *bytes; /* that were put together */
};

/* Reads names: the caller's elf, a map (NULL: none), or both, of one build. 0, or an error with diag. */
int intake_bytes_names(struct intake_bytes *b, const char *map, struct diag *diag);
/* Works out what to show, and gets its bytes. As intake_objects. */
int intake_bytes(struct intake_bytes *b, struct diag *diag);
void intake_bytes_deinit(struct intake_bytes *b);
