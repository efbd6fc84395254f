/* Lines of a console, one by one, become what they tell of a heap. */
#pragma once

#include "figures/pattern.h"

/* A pattern of several lines of which the first ones came. */
struct figures_open {
	const struct figures_pattern *pattern; /* NULL: none */
	size_t i_line;                         /* that is waited for */
	uint64_t last_line;                    /* the number of its last one */
	struct figures_reading reading;
};
enum { FIGURES_OPEN_MAX = 16, FIGURES_SETTLED_LEAST = 2 };

/* All-zero is the starting state. */
struct figures_reader {
	struct figures_open open[FIGURES_OPEN_MAX];
	uint8_t n_of[FIGURES_GROUPS_MAX]; /* figures of a firmware, up to FIGURES_SETTLED_LEAST */
	bool is_settled;                  /* on the first firmware that had as many: */
	unsigned settled;
	bool is_sure; /* the last line is one of these figures, and not only like the first of several lines */
};

/* Whether a line belongs to a pattern. *ret_pattern: the pattern that it completes, or NULL; then *ret is what all
 * lines of it told. */
bool figures_reader_line(struct figures_reader *r, const struct figures *figures, const char *text, size_t n_bytes,
			 uint64_t number, const struct figures_pattern **ret_pattern, struct figures_reading *ret);

/* The firmware that they are of, for certain; NULL: none, or it has no name. */
const char *figures_reader_firmware(const struct figures_reader *r, const struct figures *figures);

/* Whether it says how much is free, used, or in one piece: a size alone is no moment. */
bool figures_suffice(const struct figures_reading *reading);
/* The figures of a pool: a third that follows from two is worked out. */
void figures_report(const struct figures_reading *reading, struct heap_reported *ret);
