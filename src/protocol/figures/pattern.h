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
	uint64_t first_line;            /* of several that told it; 0: not known */
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

enum { FIGURES_HASH_BITS = 12, FIGURES_SET_WORDS = FIGURES_PATTERNS_MAX / 64 };

struct figures_set {
	uint64_t bits[FIGURES_SET_WORDS]; /* of patterns */
};

struct figures {
	size_t n;
	unsigned n_groups;
	char names[FIGURES_GROUPS_MAX][32]; /* of the groups */
	bool settles, is_narrow;
	struct figures_pattern *patterns[FIGURES_PATTERNS_MAX];
	/* candidates.c: by three bytes of its first line a pattern, 1..; 0: none. Those without three bytes */
	uint16_t first[1 << FIGURES_HASH_BITS], next[FIGURES_PATTERNS_MAX];
	uint64_t always[FIGURES_SET_WORDS];
};

/* Adds pattern i. */
void figures_candidates_add(struct figures *f, size_t i);
/* The patterns whose first line this may be; false: none. */
bool figures_candidates(const struct figures *f, const char *text, size_t n_bytes, struct figures_set *ret);

/* Whether a line matches line i of a pattern; adds to *ret what it tells. */
bool figures_match(const struct figures_pattern *p, size_t i, const char *text, size_t n_bytes,
		   struct figures_reading *ret);

/* ---- what lines are made of, and the units of numbers ---- */

enum token_kind { TOKEN_LITERAL, TOKEN_BLANK, TOKEN_ANY, TOKEN_FIELD };

struct figures_token {
	enum token_kind kind;
	enum figure figure; /* TOKEN_FIELD */
	uint32_t unit;      /* bytes, as the pattern has the unit's word behind it; 0: as the line says */
	uint32_t otherwise; /* where the line says none either; 0: bytes */
	bool hex, in_blocks;
	const char *text; /* TOKEN_LITERAL */
	size_t n_text;
};

/* What follows a token at p, which is no star; NULL: it does not match. t_end: of its line. */
const char *figures_match_token(const struct figures_token *t, const struct figures_token *t_end, const char *p,
				const char *end, struct figures_reading *ret);
const char *figure_name(enum figure figure); /* "free" */

/* "K", "MiB", "16", "hex", "block": sets otherwise, hex or in_blocks. */
bool figures_unit_named(const char *name, size_t n, struct figures_token *ret);
/* A unit at p that no letter or digit follows: what follows it; NULL if there is none. */
const char *figures_unit_at(const char *p, const char *end, uint32_t *ret_unit);
