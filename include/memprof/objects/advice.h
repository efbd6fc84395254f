/* What a program could do to need less of the heap, worked out from the objects that are there. Only what was tried is
 * advised: tests/device/test-advice.py applies each kind to programs and compares. No I/O. */
#pragma once

#include "memprof/objects/objects.h"

/* What is saved. */
enum advice_gain {
	ADVICE_USED,         /* bytes in use after a collection */
	ADVICE_GARBAGE,      /* bytes in use until the next collection */
	ADVICE_LARGEST_FREE, /* bytes by which the largest free run grows */
};

enum { ADVICE_MIN_BYTES = 64 }; /* less is not worth a change of a program */

/* Texts belong to objects_advice. */
struct advice {
	const char *kind;  /* "freeze-module" */
	const char *text;  /* what to do: a sentence, clean */
	const char *basis; /* how saved_bytes was worked out, clean */
	enum advice_gain gain;
	uint64_t saved_bytes; /* each by itself: two may save the same bytes */
	uint32_t object;      /* that it is about; OBJECT_NONE: of several, or none is live */
};

struct objects_advice {
	VEC(struct advice, list); /* largest first */
	struct arena arena;
};

/* Flash that the firmware leaves free. */
struct advice_flash {
	const char *region; /* of the linker's map */
	int64_t free_bytes; /* < 0: overflowed */
};

/* flash: NULL: not known. report is that of o. 0 or -ENOMEM; O(objects * modules). */
int objects_advise(const struct objects *o, const struct objects_report *report, const struct advice_flash *flash,
		   struct objects_advice *ret);
void objects_advice_deinit(struct objects_advice *advice);
