/* The figures of one commit, as a git note keeps them: memprof.history/1 (docs/schema). Pure.
 *
 * A note is untrusted: anyone who may push can write one. */
#ifndef MEMPROF_HISTORY_NOTE_H
#define MEMPROF_HISTORY_NOTE_H

#include "memprof/analysis/image_figures.h"
#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/json.h"
#include "memprof/base/json_read.h"
#include "memprof/base/vec.h"

enum {
	NOTE_TEXT_MAX_BYTES = JSON_READ_MAX_BYTES,
	NOTE_BUILDS_MAX = 64,
	NOTE_FIGURES_MAX = 16384,  /* of a build */
	NOTE_ROWS_MAX = 1000,      /* of a subject that note_add_image keeps: the largest */
	NOTE_NAME_MAX_BYTES = 512, /* of a build or a figure */
};
#define NOTE_AMOUNT_MAX (((uint64_t)1 << 53) - 1) /* of bytes: a number that JavaScript keeps */
#define NOTE_NO_FREE    INT64_MIN

/* Texts live in the note's arena. They may hold control characters, never a NUL. */
struct note_figure {
	enum figure_subject subject; /* one of note_subjects */
	const char *name;
	uint64_t size_bytes; /* of a region: used */
	int64_t free_bytes;  /* of a region; below 0: it overflows; NOTE_NO_FREE: not known, or no region */
};
struct note_build {
	const char *name, *format; /* "rp2", "gnu-ld" */
	uint64_t image_bytes;      /* what is flashed; NOT_KNOWN */
	unsigned subjects;         /* SUBJECT_BITs of those that were read, if only to be empty */
	size_t from_byte, to_byte; /* in the text that it was read from */
	VEC(struct note_figure, figures);
};
struct note {
	struct arena arena;
	size_t end_byte; /* of the builds, in the text that it was read from: of their ']' */
	VEC(struct note_build, builds);
};

extern const enum figure_subject note_subjects[]; /* as listed in a note */
extern const size_t note_n_subjects;

/* 0; -EINVAL or -EFBIG with diag; -ENOMEM. name is for messages. Unknown members and subjects are ignored. On failure
 * the note is empty. */
int note_read(struct note *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag);
void note_deinit(struct note *note); /* safe twice, and on all-zero */

/* Removes the other builds. */
void note_keep(struct note *note, const char *name);
const struct note_build *note_find(const struct note *note, const char *name); /* NULL: none of this name */

/* A build to add. */
struct note_image {
	const char *name;
	struct image_lists *lists;
	uint64_t image_bytes; /* NOT_KNOWN */
	const char *root;     /* the folder of the sources, as compilers named it; NULL: not known */
};
/* The text of a note with the figures of an image, in place of a build of the same name; all else of it stays byte for
 * byte, also what this version does not know. text NULL: a new note. Folders are those right in the root, as "py", or
 * note_elsewhere: so they are the same wherever it was built. 0; -EINVAL or -EFBIG with diag: the text is no note, too
 * many builds, or a name that is empty or too long; -ENOMEM. */
int note_add_image(const char *text, size_t n_bytes, const char *name, const struct note_image *from,
		   struct strbuf *out, struct diag *diag);
extern const char note_elsewhere[];

#endif
