/* Figures over commits: what notes tell, as one line of points for each figure of each build. Pure. */
#pragma once

#include "memprof/history/note.h"

/* A commit that has a note, newest first in lists, as git log has them. Texts are untrusted. */
struct history_commit {
	const char *hash, *short_hash;
	const char *date; /* RFC 3339 */
	const char *subject;
	struct note note;
};

struct series_point {
	uint32_t i_commit; /* of the commits that series_make was given */
	uint64_t size_bytes;
	int64_t delta_bytes; /* against the next point, if the build of the commit before has the figure */
	bool has_delta;
};

/* One figure; what is flashed is of SUBJECT_IMAGE, named "image". Texts belong to the notes. */
struct series_line {
	enum figure_subject subject;
	const char *name;
	VEC(struct series_point, points); /* newest first; never empty */
};

struct series_build {
	const char *name;
	VEC(uint32_t, commits);         /* those that have this build, newest first */
	VEC(struct series_line, lines); /* by subject, then by their newest size */
};

struct series {
	VEC(struct series_build, builds); /* in order of their names */
};

struct series_options {
	size_t n_shown;     /* older commits are only what the oldest of these is compared with; 0: all are shown */
	const char *filter; /* of names of figures, as glob_match takes them; NULL: all */
	unsigned subjects;  /* SUBJECT_BITs, of note_subjects and SUBJECT_IMAGE; 0: all */
	bool or_image;      /* of a build without regions also the size of its image */
};

/* "region,component" of --by; NULL: nothing. 0, or -EINVAL with diag. */
int series_read_subjects(const char *list, unsigned *ret, struct diag *diag);

/* 0 or -ENOMEM. The commits must outlive the series. O(n log n) of all figures. */
int series_make(struct series *ret, const struct history_commit *commits, size_t n_commits,
		const struct series_options *options);
void series_deinit(struct series *series); /* safe twice, and on all-zero */

/* What the line has in this commit; NULL: nothing. */
const struct series_point *series_point_of(const struct series_line *line, uint32_t i_commit);
