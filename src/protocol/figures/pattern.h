/* One line of a pattern, as tokens. */
#pragma once

#include "console/timestamp.h"
#include "memprof/protocol/figures.h"

/* Numbers of bytes first. */
enum figure {
	FIGURE_FREE,
	FIGURE_USED,
	FIGURE_SIZE,
	FIGURE_LEAST,
	FIGURE_MOST,
	FIGURE_LARGEST,
	FIGURE_BLOCK, /* the size of the blocks in which others may be */
	N_FIGURE_BYTES,
	FIGURE_MS = N_FIGURE_BYTES,
	FIGURE_S,
	FIGURE_POOL,
	FIGURE_TIME,
	N_FIGURES
};

/* What lines told. */
struct figures_reading {
	uint64_t value[N_FIGURE_BYTES]; /* NOT_KNOWN */
	uint32_t in_blocks;             /* bits: these of them are blocks of value[FIGURE_BLOCK] */
	uint64_t uptime_us;             /* NOT_KNOWN */
	struct timestamp stamp;         /* its text is stamp_text, once it is used */
	char stamp_text[EVENT_TIME_BYTES];
	char pool[16]; /* clean; "" */
};
extern const struct figures_reading FIGURES_READING_NOTHING;

struct figures_line {
	uint16_t i_token, n_tokens;
	bool at_start, to_end; /* "^", "$" */
	char sure[24];         /* the beginning of its longest text, without which no line matches; "" */
};

struct figures_pattern {
	enum pool_kind kind;
	unsigned group; /* figures_begin_group */
	bool settles;   /* figures_settle */
	uint32_t known; /* bits: the figures in it */
	size_t n_lines;
	struct figures_line lines[FIGURES_LINES_MAX];
	struct figures_token *tokens; /* owned */
	char *text;                   /* owned: what their literals are in */
};

struct figures {
	size_t n;
	unsigned n_groups;
	bool settles;
	struct figures_pattern *patterns[FIGURES_PATTERNS_MAX];
};

/* Whether a line matches line i of a pattern; adds to *ret what it tells. */
bool figures_match(const struct figures_pattern *p, size_t i, const char *text, size_t n_bytes,
		   struct figures_reading *ret);
