/* The component of an object that no rule has: from where the object lies. Private to the room. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/base/names.h"
#include "memprof/base/strbuf.h"

enum { PLACE_RELATIVE, PLACE_ABSOLUTE, N_PLACE_ROOTS };

/* The folders that all paths with folders share: of relative paths, and of absolute ones. All-zero is the starting
 * state. */
struct place_roots {
	struct strbuf roots[N_PLACE_ROOTS]; /* "a/b/" */
	bool any[N_PLACE_ROOTS];
};

void place_roots_deinit(struct place_roots *roots);
void place_roots_add(struct place_roots *roots, const char *path); /* of an object, with slashes */
int place_roots_error(const struct place_roots *roots);

/* "Drivers/BSP" of "./Drivers/BSP/Src/led.o": the folders below the root, up to the one that has the sources. Where
 * that leaves none, the path's last folder that a build system has not made, else "(no folder)". NAMES_NONE without
 * memory. */
uint32_t place_component(const struct place_roots *roots, const char *path, struct names *names);
