/* What the files of advice share. */
#pragma once

#include "memprof/objects/advice.h"
#include "private.h"

struct advisor {
	const struct objects *o;
	const struct objects_report *report;
	const struct advice_flash *flash; /* NULL: not known */
	uint32_t *owners;                 /* find_owners */
	uint8_t *is_constant;             /* of an object: of compiled code, which holds it */
	struct objects_advice *ret;
};

/* The global that an object is named by; OBJECT_NONE: none of the program's. */
uint32_t advice_owner(const struct advisor *a, uint32_t i);
const char *advice_path(const struct advisor *a, uint32_t i); /* of an object, clean, in the arena */
/* Unless it saves too little. Texts are in the arena. 0 or -ENOMEM. */
int advice_add(const struct advisor *a, const struct advice *advice);

/* Tables of the context of compiled code, both in one block: numbers of names, 16 bits each, then constants (py/bc.h,
 * mp_module_context_alloc_tables). */
struct code_tables {
	uint32_t block; /* OBJECT_NONE: none on the heap */
	size_t n_names, n_name_words, n_constants;
};
struct code_tables code_tables(const struct objects *o, uint32_t context);

/* Each adds one kind, or several that are worked out alike. 0 or -ENOMEM. */
int advise_buffers(const struct advisor *a);
int advise_modules(const struct advisor *a);
int advise_numbers(const struct advisor *a);
int advise_order(const struct advisor *a);

/* Sums of what is found with one owner. */
enum advice_topic { TOPIC_STRINGS, TOPIC_LIST, TOPIC_DICT, TOPIC_NUMBERS, N_TOPICS };
struct advice_share {
	uint32_t owner, topic, group; /* enum advice_topic; equal strings are a group */
	uint32_t object;
	uint64_t n_bytes;
	uint64_t parts[2];         /* of a string: its object, its text; of a container: items, room */
	uint32_t n_shares, groups; /* of a sum; object is the one of most bytes */
};
struct advice_shares {
	VEC(struct advice_share, list);
};
/* Those of one owner, topic (and group) become one; calls emit for each sum. 0 or -ENOMEM. */
int advice_sum(const struct advisor *a, struct advice_shares *shares,
	       int (*emit)(const struct advisor *a, const struct advice_share *sum));
