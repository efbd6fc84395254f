/* The figures of a build in the note of a commit. */
#pragma once

#include "memprof/input/git.h"
#include "memprof/input/linker_scripts.h"

/* The files of a build. */
struct build_files {
	const char *name;                     /* of the build */
	const char *map;                      /* or an ELF */
	const char *elf, *bin, *rules;        /* NULL: none */
	const char *root;                     /* the top folder of its sources; NULL: that of the work tree */
	const struct linker_scripts *scripts; /* NULL: none */
};
/* Reads them, and puts the figures into the note. 0, or negative with diag. */
int git_add_build(const struct git *git, const char *hash, const struct build_files *files, struct diag *diag);

/* As given, or that of the file: "firmware" of "build/firmware.elf.map" and "firmware.elf". NULL: neither is given. */
const char *build_name(const char *given, const char *map, struct strbuf *memory);
