/* The files of a build, read for what a note keeps of it. */
#ifndef MEMPROF_BUILD_FIGURES_H
#define MEMPROF_BUILD_FIGURES_H

#include "memprof/analysis/image_figures.h"
#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/input/linker_scripts.h"

struct build_files {
	const char *name;                     /* of the build */
	const char *map;                      /* or an ELF */
	const char *elf, *bin, *rules;        /* NULL: none */
	const char *root;                     /* the top folder of its sources; NULL: not known */
	const struct linker_scripts *scripts; /* NULL: none */
};

/* 0, or negative with diag, after warnings. Texts live in the arena; the list is to be freed, also on failure. */
int build_figures_read(struct build_figures *ret, struct arena *arena, const struct build_files *files,
		       const struct notice_sink *notices, struct diag *diag);

/* The name of a build that is given none: "firmware" of "build/firmware.elf.map" and "firmware.elf". */
void build_default_name(const char *path, struct strbuf *ret);

#endif
