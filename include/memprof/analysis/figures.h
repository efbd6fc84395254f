/* Figures: what reports offer to a filter, as to check. A figure is one number of one named thing, against its capacity
 * and against an older one where these are known. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/image/image.h"

enum figure_subject {
	SUBJECT_REGION,
	SUBJECT_SECTION,
	SUBJECT_COMPONENT,
	SUBJECT_ARCHIVE,
	SUBJECT_OBJECT,
	SUBJECT_SYMBOL,
	SUBJECT_SOURCE,
	SUBJECT_FROZEN,
	SUBJECT_FOLDER, /* of sources; several lie in one another and do not add up */
	SUBJECT_IMAGE,  /* of a build; these first */
	SUBJECT_PARTITION,
	SUBJECT_IMPORT,
	SUBJECT_TEST,
	SUBJECT_FUNCTION, /* of a program */
	SUBJECT_GLOBAL,   /* of a heap's objects, as the next two */
	SUBJECT_MODULE,
	SUBJECT_CLASS,
	SUBJECT_HEAP,
	N_SUBJECTS
};
#define SUBJECT_BIT(subject) (1u << (subject))
#define SUBJECTS_OF_OBJECTS  (SUBJECT_BIT(SUBJECT_GLOBAL) | SUBJECT_BIT(SUBJECT_MODULE) | SUBJECT_BIT(SUBJECT_CLASS))
#define SUBJECTS_OF_SOURCES  (SUBJECT_BIT(SUBJECT_SOURCE) | SUBJECT_BIT(SUBJECT_FOLDER))
const char *figure_subject_name(enum figure_subject subject); /* as in a budget: "frozen" */
const char *figure_subject_noun(enum figure_subject subject); /* as in a sentence: "frozen module" */

enum figure_kind {
	FIGURE_USED,
	FIGURE_FREE,
	FIGURE_END, /* of a region: how far it reaches */
	FIGURE_SIZE,
	FIGURE_LARGEST_FREE,
	FIGURE_FRAGMENTATION,
	FIGURE_FITS,
	FIGURE_OBJECTS,
	FIGURE_LEAK,
	FIGURE_SEVERITY, /* of the verdict: 0 fine, 1 look, 2 act */
	FIGURE_KEPT,
	FIGURE_PEAK,
	FIGURE_RETAINED,
	FIGURE_COLLECTIONS,
	FIGURE_COLLECTING, /* ms */
	FIGURE_ALLOCATIONS,
	N_FIGURE_KINDS
};
const char *figure_kind_name(enum figure_kind kind); /* "used", "largest_free", "leak per hour" */

struct figure_value {
	bool known;
	int64_t amount; /* bytes, counts, ms; INT64_MAX also stands for what is more */
	double ratio;   /* of FIGURE_FRAGMENTATION */
	bool at_least;  /* a lower bound: the true value may be larger */
};
static inline struct figure_value figure_signed(int64_t bytes)
{
	return (struct figure_value){ .known = true, .amount = bytes };
}

static inline struct figure_value figure_bytes(uint64_t bytes) /* NOT_KNOWN: not known */
{
	return bytes == NOT_KNOWN ? (struct figure_value){ .known = false } :
				    figure_signed((int64_t)MIN(bytes, (uint64_t)INT64_MAX));
}

static inline struct figure_value figure_ratio(double ratio) /* < 0: not known */
{
	return (struct figure_value){ .known = ratio >= 0, .ratio = ratio };
}

/* What a figure is made of, or what grew in it. */
struct figure_part {
	const char *name;    /* untrusted */
	int64_t delta_bytes; /* against the baseline, of a leak since its first dump; FIGURE_NO_DELTA without one */
	uint64_t size_bytes; /* of what is there; NOT_KNOWN */
	bool named_size;     /* the name has the size in it: views need not repeat it */
};
#define FIGURE_NO_DELTA INT64_MIN

struct figure {
	enum figure_kind kind;
	struct image_slice name;     /* no text: the thing is gone, and only old_name is set */
	struct image_slice old_name; /* of the same thing in the baseline; no text: it is new, or nothing is compared */
	bool c_name, old_c_name;     /* of a frozen module: the name is the C identifier that mpy-tool made of it */
	const char *group;           /* another name that selects it along with others: "type:app"; NULL */
	struct figure_value value;
	struct figure_value base;        /* known only where there is a baseline; of what is new there 0 */
	uint64_t capacity_bytes;         /* NOT_KNOWN */
	const char *unknown, *advice;    /* why value, base or capacity is not known, and what to do; NULL */
	const char *skip, *skip_growth;  /* why no limit, or none on growth, is about it; NULL */
	const char *moment;              /* of heaps, where there are several: which one; NULL */
	const struct figure_part *parts; /* the largest first; may be NULL */
	size_t n_parts;
	size_t i_row; /* of imports: which row of the report */
};

/* Takes one figure, which is borrowed for the call. < 0 ends the list. */
typedef int figure_sink(void *ctx, const struct figure *figure);

static inline struct image_slice slice_of(const char *text) /* of NULL: no text */
{
	return (struct image_slice){ text, text ? (uint32_t)strlen(text) : 0 };
}

static inline bool slice_is(struct image_slice slice, const char *text)
{
	return strlen(text) == slice.n_bytes && memcmp(slice.text, text, slice.n_bytes) == 0;
}
