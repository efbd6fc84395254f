/* The figures of one commit, as a git note keeps them: memprof.history/1 (docs/schema). Pure.
 *
 * A note is untrusted: anyone who may push can write one. */
#pragma once

#include "memprof/analysis/image_figures.h"
#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/json_read.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum {
	NOTE_TEXT_MAX_BYTES = JSON_READ_MAX_BYTES,
	NOTE_BUILDS_MAX = 64,
	NOTE_FIGURES_MAX = 16384,  /* of a build */
	NOTE_ROWS_MAX = 1000,      /* of a subject that note_figures lists: the largest */
	NOTE_NAME_MAX_BYTES = 512, /* of a build or a figure */
};
#define NOTE_AMOUNT_MAX (((uint64_t)1 << 53) - 1) /* of bytes: a number that JavaScript keeps */

extern const enum figure_subject note_subjects[]; /* as listed in a note */
extern const size_t note_n_subjects;

/* Texts live in the note's arena. They may hold control characters, never a NUL. Free bytes are not read. */
struct note {
	struct arena arena;
	VEC(struct build_figures, builds);
	size_t n_all;              /* builds of the text */
	size_t from_byte, to_byte; /* of the text: the build that was asked for, or the end of all */
};

/* build NULL: all of them; else that one alone is kept. name is for messages. 0; -EINVAL or -EFBIG with diag; -ENOMEM.
 * Unknown members and subjects are ignored. On failure the note is empty. */
int note_read(struct note *ret, const char *text, size_t n_bytes, const char *name, const char *build,
	      struct diag *diag);
void note_deinit(struct note *note); /* safe twice, and on all-zero */

const struct build_figures *note_find(const struct note *note, const char *name); /* NULL: none of this name */

/* The text of a note with a build, in place of one of the same name; all else of it stays byte for byte, also what this
 * version does not know. text NULL: a new note. As note_read; -EINVAL also for too many builds, and a name that is
 * empty or too long. */
int note_add(const char *text, size_t n_bytes, const char *name, const struct build_figures *build, struct strbuf *out,
	     struct diag *diag);

/* Adds what a note keeps of an image; names live in the arena. root: the folder of the sources, as compilers named it;
 * NULL: not known. Folders are those right in it, as "py", or note_elsewhere: so they are the same wherever it was
 * built. 0 or -ENOMEM. */
int note_figures(struct build_figures *ret, struct arena *arena, struct image_lists *lists, const char *root);
extern const char note_elsewhere[];
