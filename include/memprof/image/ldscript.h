/* GNU ld scripts: the memory that a firmware is linked for, without a link.
 *
 * A script is evaluated as far as that is possible without the input files: regions, aliases, symbols, and the region
 * of each output section. Values that depend on the link (`.`, SIZEOF, ADDR, LOADADDR, symbols of objects) are not
 * known and carry a reason; they are never 0. ASSERTs are left to the link. Known values are those of GNU ld 2.40
 * (tests/checks/ldscript-truth).
 *
 * The C preprocessor is not part of it: a '#' begins a comment, as for ld, or one of the preprocessor's line markers.
 *
 * Pure: included files come from a callback. Cost: time and memory linear in the text, which is bounded; expressions
 * are evaluated at most LDSCRIPT_PASSES_MAX times. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/names.h"
#include "memprof/base/vec.h"

struct image;

enum {
	LDSCRIPT_TEXT_MAX_BYTES = 4 << 20, /* of all texts together; ESP-IDF's have 140 KB */
	LDSCRIPT_INCLUDE_DEPTH_MAX = 10,   /* as in ld */
	LDSCRIPT_INCLUDES_MAX = 1000,
	LDSCRIPT_NESTING_MAX = 200, /* of parentheses */
	LDSCRIPT_PASSES_MAX = 64,
	LDSCRIPT_NOTES_MAX = 64, /* more are only counted */
};

struct ldscript_text {
	const char *name;  /* for places; copied */
	const char *bytes; /* borrowed during ldscript_read */
	size_t n_bytes;
};

struct ldscript_options {
	/* "NAME=EXPRESSION", as after ld's --defsym; read before the scripts, so that DEFINED() sees them. */
	const char *const *defsyms;
	size_t n_defsyms;
	/* Opens a file that the text `from` includes: 0; -ENOENT: left out with a note; another negative errno, with
	 * diag, stops the reading. The text stays valid until ldscript_read returns. NULL: no files. */
	int (*include)(void *ctx, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag);
	void *ctx;
};

struct ldscript_value {
	bool known;
	uint64_t value;  /* 0 if not known */
	const char *why; /* not known, as a clause: "_ebss needs the link, or --defsym _ebss=…"; "" if known */
};

struct ldscript_region {
	const char *name, *attributes;        /* as written, without blanks: "rx!w", "" */
	struct ldscript_value origin, length; /* a negative length is not known */
	struct place at;
};

struct ldscript_symbol {
	struct ldscript_value value; /* the final one */
	struct place at;             /* of its last assignment, or of a use if there is none */
	bool assigned;               /* by a script or a --defsym; otherwise only used */
};

struct ldscript_section {
	const char *name;
	const char *type; /* "NOLOAD" …; "" */
};

/* A file that is missing, or a defect of the script: an unknown region, a negative length. */
struct ldscript_note {
	struct place at;
	const char *text;
};

struct ldscript {
	struct arena arena;
	VEC(struct ldscript_region, regions); /* in text order; one that is defined twice at its first place */
	VEC(struct ldscript_symbol, symbols); /* parallel to symbol_names */
	struct names symbol_names;
	VEC(struct ldscript_section, sections); /* in text order, without those of an OVERLAY */
	VEC(struct ldscript_note, notes);
	uint64_t n_notes_all; /* may be more than n_notes */
};

/* Reads texts, in order, as one script. ret is initialised, also on failure, and must not be moved. 0; -EINVAL
 * (syntax; a division by 0; a template that is not filled in), -EFBIG, -ENOMEM. options may be NULL. */
int ldscript_read(struct ldscript *ret, const struct ldscript_text *texts, size_t n_texts,
		  const struct ldscript_options *options, struct diag *diag);
void ldscript_deinit(struct ldscript *s); /* safe twice, and on all-zero */

/* Whether a line of the text is a directive of the C preprocessor, which the text must pass first. */
bool ldscript_needs_cpp(const char *bytes, size_t n_bytes);

/* NULL: no text names it. */
const struct ldscript_symbol *ldscript_symbol(const struct ldscript *s, const char *name);
/* False: not known; *ret is untouched. */
bool ldscript_value(const struct ldscript *s, const char *name, uint64_t *ret);

/* Adds the regions with a known origin to an image without regions (maps of LLD, gold, mold; ELFs), and marks sections
 * of a map that are (NOLOAD). The image is then resolved, again if it was before. The number of regions and sections;
 * 0: the image has regions of its own, and the script tells nothing else; -ENOMEM. */
int image_learn_from_ldscript(struct image *image, const struct ldscript *s);
