/* What the files of hex share: hex.c says what is shown, the others where its bytes are from. */
#ifndef MEMPROF_CMD_HEX_H
#define MEMPROF_CMD_HEX_H

#include "live.h"
#include "memprof/analysis/hex.h"
#include "memprof/cli/options.h"
#include "memprof/cli/output.h"
#include "memprof/image/memory.h"
#include "memprof/image/partitions.h"
#include "memprof/input/build_inputs.h"
#include "memprof/intake/objects.h"
#include "memprof/model/heap.h"

enum { SPACE_CPU = 1, SPACE_FLASH }; /* --space */
struct hex_args {
	struct output_args output;
	struct board_args board;
	struct option_address base;
	const char *elf, *map, *of_board, *partitions, *dump;
	bool unsafe, words, no_memory, all;
	unsigned space;
};

struct hex_job {
	const struct hex_args *args;
	const char *source;      /* FILE or SOURCE, as it was given */
	const char *wanted_text; /* ADDRESS, as it was given */
	struct hex_address wanted;
	uint64_t wanted_bytes;         /* NOT_KNOWN: not given */
	bool flash;                    /* --space flash */
	struct input_image names;      /* --elf or --map, both joined, or the ELF that is shown */
	struct input_image more_names; /* the ELF that a map was joined with */
	bool has_names, names_dropped;
	struct heap heap;                  /* --dump, or of what is shown; no pools: none */
	struct objects_reading objects;    /* its owners, where they could be read */
	struct partition_table partitions; /* --partitions; no rows: none */
	/* results */
	struct blob blob;     /* FILE */
	uint8_t *bytes;       /* that were put together; owned */
	struct memory memory; /* settled */
	const char *format;
	uint64_t start, n_bytes; /* what to show */
};

/* Work out what to show, and get its bytes. The exit code; anything but EXIT_FINE and EXIT_STOPPED after a
 * message. */
int hex_file(struct hex_job *job);
int hex_live(struct hex_job *job);
int hex_target(struct hex_job *job); /* of a GDB server */

/* The ELF among --elf and --map; NULL. */
const struct input_image *hex_elf(const struct hex_job *job);
/* How many of the job's settled bytes differ from those that hex_elf's build stores at the same place and never
 * changes, of how many that both have; 0 of 0 without an ELF. 0, or -EINVAL after a message. */
int hex_compare(const struct hex_job *job, uint64_t *ret_n_differ, uint64_t *ret_n_both);
/* A warning if that ELF is of another build. 0, or -EINVAL after a message. */
int hex_warn_of_build(const struct hex_job *job);

/* Whether ADDRESS is a number, or a name that something has. */
bool hex_knows_name(const struct hex_job *job);
/* start and n_bytes from ADDRESS and LENGTH, with all names that there are. 0; -ENOENT after a message. */
int hex_resolve(struct hex_job *job);
/* The same, of a live board: -E2BIG, after a message, for more than may be read of one at a time. */
int hex_resolve_live(struct hex_job *job);
/* Forgets the names of a program that was given another place when it was started than its ELF says. */
void hex_drop_relocated(struct hex_job *job);

/* Why bytes of a live board are not read. */
extern const char hex_not_known[];

#endif
