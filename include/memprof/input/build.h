/* One build, by the files that tell of it: a linker map, an ELF, or a map with what its ELF tells. */
#pragma once

#include "memprof/input/build_inputs.h"
#include "memprof/input/linker_scripts.h"

struct build_spec {
	const char *map;             /* or an ELF, or another output of a link; NULL: the ELF alone */
	const char *elf;             /* of the same build; NULL */
	const char *options;         /* for messages: "--elf goes"; NULL: the ELF may be joined to an ELF, too */
	bool of_one_build;           /* else an ELF of another one is left out */
	unsigned want;               /* enum image_want */
	unsigned want_if_no_folders; /* … and of the ELF, where the map's objects have none to group them by */
};

/* All-zero is none. Settled where it is: it must not be moved. */
struct build {
	struct input_image map, elf;
	struct image *image; /* of what was read; NULL: nothing */
	bool is_joined;      /* the ELF is of the map's build, and was taken */
	struct ldscript script;
};

/* 0; IMAGE_OTHER_BUILD; -ENOMSG: it is no file of a build; or others with diag. To be deinitialised in any case. */
int build_read(struct build *ret, const struct build_spec *spec, struct diag *diag);
/* Of a map, an ELF or both that were read into b: as build_read, which does this too. */
int build_settle(struct build *b, bool of_one_build, struct diag *diag);
/* Reads linker scripts, unless there are none, for a build that tells of no regions; a warning if they are of no use.
 * 0, or an error with diag. */
int build_add_scripts(struct build *b, const struct linker_scripts *scripts, struct diag *diag);
void build_deinit(struct build *b); /* safe twice, and on all-zero */
