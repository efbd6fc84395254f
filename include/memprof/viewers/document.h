/* What a report says, as data: a title, the answer, and sections of sentences, tables and pictures. A builder
 * (viewers/document) makes it of one subject and knows no format; a printer (viewers/print) writes any document in one
 * format and knows no subject.
 *
 * Texts may be untrusted: printers escape all of them, but for the note of a table. Texts of spans are copied; titles
 * and the ctx of a table are borrowed until the document is printed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/base/vec.h"

/* ---- spans: what sentences and cells are made of ---- */

enum doc_kind {
	DOC_NONE, /* an empty cell */
	DOC_TEXT,
	DOC_SIZE,         /* number: bytes; NOT_KNOWN is an empty cell, as in the next three */
	DOC_COUNT,        /* number */
	DOC_ADDRESS,      /* number */
	DOC_PERCENT,      /* number: in tenths of a per cent */
	DOC_CHANGE,       /* change: bytes more or less */
	DOC_BALANCE,      /* change: bytes that are there, or are missing */
	DOC_COUNT_CHANGE, /* change */
	DOC_RELATIVE,     /* ratio: what changed, of what there was: "+0.4 %", "x120"; NAN: an empty cell */
	DOC_RATE,         /* ratio: bytes a step or a second, exact: with its sign; NAN: an empty cell */
	DOC_ARROW,        /* from this to that */
	DOC_TIME,         /* number: in microseconds */
	DOC_WORDS,        /* a cell that is a sentence */
	DOC_BAR,          /* a cell: number: in thousandths of the longest one */
	DOC_CURVE,        /* a cell: how a value went */
};

struct doc_curve {
	const uint64_t *values; /* NOT_KNOWN: none */
	size_t n;
	uint64_t low, high; /* of those that are known */
	size_t i_row;       /* of the last value, as i_first of tables; the rows below it are of those before */
};

/* What a number is: itself, or a bound of something that was not seen whole. */
enum doc_bound { DOC_IS, DOC_AT_LEAST, DOC_ABOUT };

struct doc_block;

struct doc_span {
	enum doc_kind kind;
	enum text_role role;
	enum doc_bound bound;
	bool exact;   /* a size in full, without KiB; a text that is typed as it is: never broken */
	bool bare;    /* without its unit, which the next number has: "48 of 768 B" */
	bool is_file; /* a path: pages and Markdown, which are passed on, have its last part alone */
	union {
		const char *text; /* NULL: none */
		uint64_t number;
		int64_t change;
		double ratio;
		const struct doc_block *words;
		const struct doc_curve *curve;
	};
};

#define DOC_T(t)      ((struct doc_span){ .kind = DOC_TEXT, .text = (t) })
#define DOC_FILE(t)   ((struct doc_span){ .kind = DOC_TEXT, .is_file = true, .text = (t) })
#define DOC_BYTES(n)  ((struct doc_span){ .kind = DOC_SIZE, .number = (n) })
#define DOC_N(n)      ((struct doc_span){ .kind = DOC_COUNT, .number = (n) })
#define DOC_AT(n)     ((struct doc_span){ .kind = DOC_ADDRESS, .number = (n) })
#define DOC_PART(n)   ((struct doc_span){ .kind = DOC_PERCENT, .number = (n) })
#define DOC_MORE(n)   ((struct doc_span){ .kind = DOC_CHANGE, .change = (n) })
#define DOC_LEFT(n)   ((struct doc_span){ .kind = DOC_BALANCE, .change = (n) })
#define DOC_MORE_N(n) ((struct doc_span){ .kind = DOC_COUNT_CHANGE, .change = (n) })
#define DOC_GROWTH(r) ((struct doc_span){ .kind = DOC_RELATIVE, .ratio = (r) })
#define DOC_PACE(r)   ((struct doc_span){ .kind = DOC_RATE, .ratio = (r) })
#define DOC_TO        ((struct doc_span){ .kind = DOC_ARROW })
#define DOC_MS(us)    ((struct doc_span){ .kind = DOC_TIME, .number = (us) })
#define DOC_SAYS(b)   ((struct doc_span){ .kind = DOC_WORDS, .words = (b) })
#define DOC_LINE(c)   ((struct doc_span){ .kind = DOC_CURVE, .curve = (c) })
#define DOC_FAINT(t)  ((struct doc_span){ .kind = DOC_TEXT, .role = ROLE_FAINT, .text = (t) })
/* "1 limit", "3 limits" */
#define DOC_OF(n, one) DOC_N(n), DOC_T((n) == 1 ? " " one : " " one "s")

struct doc_span doc_share(uint64_t part, uint64_t whole); /* 0 of 0 */
struct doc_span doc_bar(uint64_t part, uint64_t all);     /* never empty unless part is 0 */
struct doc_span doc_text_or_none(const char *text);       /* NULL: DOC_NONE */
struct doc_span doc_exact(struct doc_span span);          /* of a size, change or command */
struct doc_span doc_warning(struct doc_span span);        /* in its colour */
/* Of a change: more in the colour of warnings, less in that of what is free. */
struct doc_span doc_by_sign(struct doc_span span);

/* ---- tables ---- */

enum {
	DOC_COLUMNS_MAX = 528, /* two for each region of an image, and what its rows have besides */
	DOC_DEPTH_MAX = 24,    /* deeper rows are set in no farther */
};

/* Which part of a text goes that is too long; of words the last whole ones, with a + in their place. */
enum doc_cut { DOC_CUT_END, DOC_CUT_MIDDLE, DOC_CUT_BEGINNING, DOC_CUT_WORDS };

struct doc_column {
	const char *key;  /* in formats for machines; NULL: only people read it. Untrusted */
	const char *head; /* for people; NULL: only machines read it */
	enum doc_kind kind;
	enum doc_cut cut;
	uint8_t columns_max;   /* of a text, where the screen is narrow; 0: no bound */
	uint8_t drop;          /* where the screen is too narrow, the highest goes first; 0: never */
	bool whole;            /* a text is never cut */
	bool is_name;          /* takes the room that is left, and is set in by the depth of its row */
	const char *page_head; /* where head is NULL: in a page, which has room for more */
	bool has_bar;          /* a page draws its numbers as bars too */
	bool is_given;         /* head is a name of the input: it may be that of another column */
};

struct doc_row {
	struct doc_span cells[DOC_COLUMNS_MAX]; /* DOC_NONE before the row is filled */
	struct strbuf made[DOC_COLUMNS_MAX];    /* texts of this row: doc_make */
	uint32_t depth;
	enum text_role role;
	const char *color; /* class of its name in a page: a kind of the picture; NULL: none */
	const char *word;  /* a page can show the rows that have the same one alone; NULL: none */
};

/* The result of a limit or a test. */
enum doc_outcome { DOC_PASSED, DOC_NOTED, DOC_WARNED, DOC_FAILED, DOC_ERRED, DOC_SKIPPED, N_DOC_OUTCOMES };

/* A row for editors, jobs and servers, which take one at a time: a line with its place, a case of a suite. */
struct doc_finding {
	enum doc_outcome outcome;
	const char *type;                /* of what is not well, in few words: "limit broken"; NULL */
	struct place at;                 /* file NULL: none */
	const char *suite, *name;        /* as servers follow it from run to run; suite NULL: it is no case of theirs */
	const struct doc_block *message; /* all of it in one line */
	const char *advice;              /* NULL */
	uint64_t duration_us;            /* NOT_KNOWN */
	const char *kind, *found;        /* the row of a page that it is about: "region", "FLASH"; NULL */
};

struct doc_table {
	const char *title; /* untrusted; NULL: that of its section */
	const char *name;  /* for links to it, and to its rows by their names: "symbols"; NULL: none lead there */
	const char *note;  /* what its figures are; NULL */
	const struct doc_column *columns;
	size_t n_columns, n_rows;
	bool exact; /* sizes in bytes for people too: a table of addresses */
	/* Fills row i. */
	void (*row)(const void *ctx, size_t i, struct doc_row *ret);
	const void *ctx;
	size_t i_first;  /* of the rows, in the picture or, from 1, in the curves of the document */
	size_t n_folded; /* where a table may be folded: it is, and has so many rows in all; 0: it is not */
	const struct doc_finding *findings; /* of each row; NULL */
	bool as_lines; /* a limit or test for each row: as text, a line as compilers write it, unless it is folded */
	bool is_told;  /* its lines are on standard error already */
};

/* Of a table: its columns, from an array; its rows. */
#define DOC_COLUMNS(list)     .columns = (list), .n_columns = ARRAY_SIZE(list)
#define DOC_ROWS(n, fill, of) .n_rows = (n), .row = (fill), .ctx = (of)

/* A text of the row, to be appended to: cell i is it. */
struct strbuf *doc_make(struct doc_row *row, size_t i);
/* The row's cells and texts are those of row i. */
void doc_row_fill(struct doc_row *row, const struct doc_table *table, size_t i);
void doc_row_deinit(struct doc_row *row);

/* ---- pictures: in a page, in a file of their own, or of characters ---- */

struct doc_picture {
	/* An <svg> element; alone: a file of its own, with what the page has around it otherwise. */
	void (*svg)(struct strbuf *out, const void *ctx, bool alone); /* NULL: none */
	const void *ctx;
	void (*text)(struct strbuf *out, const void *ctx,
		     const struct text_style *style); /* lines of characters; NULL */
	const char *title;                            /* NULL */
};

/* ---- documents ---- */

/* DOC_ITEM to DOC_REASON are in lists; a reason lies below the item before it. */
enum doc_block_kind { DOC_SECTION, DOC_SENTENCE, DOC_ITEM, DOC_NUMBERED, DOC_REASON, DOC_TABLE, DOC_PICTURE };

struct doc_block {
	enum doc_block_kind kind;
	const char *title; /* of a section */
	const struct doc_span *spans;
	size_t n_spans;
	struct doc_table table;
	struct doc_picture picture;
};

enum doc_severity { DOC_FINE, DOC_LOOK, DOC_ACT }; /* nothing to do, worth a look, trouble */

/* What tables refer to and the arena has not. */
struct doc_owned {
	void *ctx;
	void (*free)(void *ctx);
};

struct document {
	const char *what;  /* "memory layout" */
	const char *title; /* what it is about, untrusted; "" */
	size_t max_bytes;  /* that a comment may have: rows beyond are left out; 0: no bound */
	enum doc_severity severity;
	struct doc_block answer; /* a sentence: the first line of every format for people */
	struct doc_block source; /* what it was made of; no spans: it is not said */
	VEC(struct doc_block, blocks);
	VEC(struct doc_owned, owned);
	struct arena arena;
	int error; /* 0 or -ENOMEM: printers then fail as well */
};

void doc_init(struct document *d, const char *what);
void doc_deinit(struct document *d);
struct doc_figure {
	const char *key;
	struct doc_span span;
};
enum { DOC_PATTERN_SPANS = 32 };
/* A sentence, or more of the answer, by a pattern: "Leak: {rate} a minute[, held by {holder}]." Each {key} is its
 * figure, which must be there; what is between brackets goes where a figure in it is empty. */
void doc_add_pattern(struct document *d, bool is_answer, const char *pattern, const struct doc_figure *figures);
void doc_add_source_pattern(struct document *d, const char *pattern, const struct doc_figure *figures);
/* Whether nothing is to be shown: DOC_NONE, NOT_KNOWN, NAN, or no text. */
bool doc_is_empty(const struct doc_span *span);

/* A copy, for doc_section and titles of tables. */
const char *doc_keep(struct document *d, const char *text);
/* A word of a command line, as a shell takes it; clean. */
const char *doc_shell_word(struct document *d, const char *word);

void doc_own(struct document *d, void *ctx, void (*free)(void *ctx)); /* freed with the document */

/* A copy of columns, to be changed; NULL: no memory. */
struct doc_column *doc_columns(struct document *d, const struct doc_column *columns, size_t n);
void doc_title(struct document *d, const char *title);
void doc_section(struct document *d, const char *title);
void doc_table(struct document *d, const struct doc_table *table);
void doc_picture(struct document *d, const struct doc_picture *picture);
void doc_add(struct document *d, enum doc_block_kind kind, const struct doc_span *spans, size_t n_spans);
/* Appends to the answer; its severity is the highest of its parts. */
void doc_add_answer(struct document *d, enum doc_severity severity, const struct doc_span *spans, size_t n_spans);
void doc_add_source(struct document *d, const struct doc_span *spans, size_t n_spans);
/* The answer; or a sentence, where there is one already. */
void doc_add_told(struct document *d, enum doc_severity severity, const struct doc_span *spans, size_t n_spans);
/* Appends to a block of the caller's, which is all-zero at first. */
void doc_add_to(struct document *d, struct doc_block *block, const struct doc_span *spans, size_t n_spans);

#define DOC_SPANS(...) \
	(const struct doc_span[]){ __VA_ARGS__ }, sizeof((struct doc_span[]){ __VA_ARGS__ }) / sizeof(struct doc_span)
#define doc_answer(d, severity, ...) doc_add_answer(d, severity, DOC_SPANS(__VA_ARGS__))
#define doc_tell(d, severity, ...)   doc_add_told(d, severity, DOC_SPANS(__VA_ARGS__))
#define doc_source(d, ...)           doc_add_source(d, DOC_SPANS(__VA_ARGS__))
#define doc_put(d, block, ...)       doc_add_to(d, block, DOC_SPANS(__VA_ARGS__))
#define doc_say(d, ...)              doc_add(d, DOC_SENTENCE, DOC_SPANS(__VA_ARGS__))
#define doc_item(d, ...)             doc_add(d, DOC_ITEM, DOC_SPANS(__VA_ARGS__))
#define doc_numbered(d, ...)         doc_add(d, DOC_NUMBERED, DOC_SPANS(__VA_ARGS__))

/* ---- printers ---- */

/* Of UINT_MAX columns no sentence is broken: for the log of a job. */
void print_text(struct strbuf *out, const struct document *d, const struct text_style *style);
void print_markdown(struct strbuf *out, const struct document *d);
/* RFC 4180: the tables; a line of keys before each that has other columns than the one before. */
void print_csv(struct strbuf *out, const struct document *d);
void print_html(struct strbuf *out, const struct document *d);
void print_svg(struct strbuf *out, const struct document *d); /* its first picture */
/* Findings as JUnit's XML, and as the commands of a GitHub workflow. */
void print_junit(struct strbuf *out, const struct document *d);
void print_github(struct strbuf *out, const struct document *d);
enum { GITHUB_SHOWS_MAX = 10 }; /* errors of a step; as many warnings, and as many notices */
