#pragma once

#include "memprof/image/image.h"

bool name_is_one_of(const char *name, const char *const *globs, size_t n_globs);
#define ONE_OF(name, ...) \
	name_is_one_of(name, (const char *const[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

/* Output sections. */
bool section_name_is_debug(const char *name);    /* for debuggers and linkers: takes no memory */
bool section_name_is_reserved(const char *name); /* of one without input sections: reserves room for heap or stack */
bool section_name_is_known_reserve(const char *name); /* the same where input sections are not known */
bool section_name_is_overlay(const char *name);       /* a reservation over memory that others use too */
bool section_name_is_placeholder(const char *name);

/* An input section of start-up files that only keeps room for heap or stack. */
bool section_name_keeps_room(struct image_slice name);
/* Whether an input section of this name holds no bytes of the file. */
bool section_name_is_zeroed(struct image_slice name);
/* Whether it holds bytes of the file for certain. */
bool section_name_has_contents(struct image_slice name);
/* The symbol that an input section is named after: of ".text.gc_alloc" "gc_alloc". Empty where the name is that of a
 * group: ".text", ".text.unlikely", ".rodata.str1.4", ".rodata.cst8", ".iram1.7". */
struct image_slice section_name_symbol(struct image_slice section);
