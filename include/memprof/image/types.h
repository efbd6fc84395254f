/* Structures and variables of a firmware, as its debug information (DWARF) describes them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

struct image_types;

/* A variable at an address of its own. */
struct image_variable {
	const char *name;
	const char *type;     /* the name of its type: a typedef's, or else a structure's; of a pointer or an array that
			       * of what it leads to; "": none */
	const char *function; /* that it is static in; NULL */
	uint64_t address;
	uint32_t unit; /* that it is in: a number from 1 on */
	uint64_t n;    /* elements of an array; 1 */
	bool is_pointer;
};

/* Of an ELF; bytes must outlive it. An ELF without debug information has none of them. 0; -EINVAL with diag: it is no
 * ELF; -ENOMEM. */
int image_types_read(struct image_types **ret, const char *name, const char *bytes, size_t n_bytes, struct diag *diag);
void image_types_free(struct image_types *types);

/* The bytes of a structure, or of what a typedef names. False: there is none of this name. */
bool image_types_bytes(const struct image_types *types, const char *type, uint64_t *ret_bytes);
/* Where a member lies in it, "heap.init_mem" in one of its members; ret_bytes: NULL, or its size. */
bool image_types_member(const struct image_types *types, const char *type, const char *path, uint64_t *ret_offset,
			uint64_t *ret_bytes);
/* The unit with the code of a function; 0: none. */
uint32_t image_types_unit_of(const struct image_types *types, const char *function);
/* By address; *ret_n of them. */
const struct image_variable *image_types_variables(const struct image_types *types, size_t *ret_n);
