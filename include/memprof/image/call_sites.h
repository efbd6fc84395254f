/* The function and line of a code address, from the ELF of a firmware: for the callers that a board reports.
 *
 * Names and lines come from DWARF, with the functions that were inlined there; without DWARF the symbol table gives the
 * function. Pure. A board's addresses are untrusted: CALL_SITES_MAX of them are resolved, later ones are not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/image/image.h"

enum { CALL_FRAMES_MAX = 4, CALL_SITES_MAX = 4096 };

/* Texts are as in the ELF: untrusted. */
struct call_frame {
	const char *function;
	const char *file; /* its path without folders; NULL: not known */
	uint32_t line;    /* 0: not known */
};

struct call_site {
	struct call_frame frames[CALL_FRAMES_MAX]; /* the innermost first; the others are where it was inlined */
	size_t n_frames;                           /* 1.. */
};

struct call_sites;

/* image: read from the ELF of these bytes, with its symbols. Both are borrowed: they must outlive the sites. Damaged
 * debug information is as none. 0 or -ENOMEM. */
int call_sites_new(const struct image *image, const char *bytes, size_t n_bytes, struct call_sites **ret);
void call_sites_free(struct call_sites *sites); /* NULL is fine */

/* The function and line of an address; NULL if no function is there. is_return: it is where a call returns to, so the
 * instruction before it is meant. The Thumb bit is ignored. The result is valid until call_sites_free. */
const struct call_site *call_sites_find(struct call_sites *sites, uint64_t address, bool is_return);
