/* What each import of a program cost: `run --imports`. Pure.
 *
 * On the board a hook in builtins.__import__ (protocol/import_hook.h) looks at the heap before and after each import
 * that loads something; nested ones too. What it prints becomes rows here. docs/imports.md says what the figures mean.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/fields.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/model/import_origin.h"

enum { IMPORTS_MAX = 4096, IMPORTS_DEPTH_MAX = 64 };
#define IMPORTS_NONE      UINT32_MAX
#define IMPORTS_BYTES_MAX (UINT64_C(1) << 48) /* figures above count as that: sums of all rows do not wrap */

const char *import_origin_name(enum import_origin origin); /* as in the JSON: "built-in" */

/* One import that loaded something, nested ones within it. Sizes in bytes; NOT_KNOWN where the board does not tell. */
struct import_row {
	const char *name; /* "app.net": a board's word, clean; in the arena */
	const char *file; /* __file__, clean; NULL */
	enum import_origin origin;
	uint32_t depth, parent; /* the row of the import within which it happened; IMPORTS_NONE at depth 0 */
	int64_t kept_bytes;     /* used after it - used before it, both after a collection */
	int64_t own_bytes;      /* of that, what no nested one kept */
	uint64_t peak_bytes;    /* the most that was used meanwhile, above what was used before; never below kept */
	bool peak_is_least;     /* the board could tell only a part of it: it was at least so much */
	uint64_t before_lfb_bytes, after_lfb_bytes; /* largest free block */
	bool raised;                                /* it ended in an exception */
	bool again;                                 /* the same name was loaded before, and not kept by sys.modules */
	bool cut; /* its end did not come: kept and own are 0, after_lfb_bytes is not known */
};

/* The figures of a row, as in the JSON. */
enum { N_IMPORT_FIELDS = 9 };
extern const struct field import_fields[N_IMPORT_FIELDS];

/* What the hook tells at one moment, right after a collection. Texts are a board's bytes, and end with a NUL. */
struct import_event {
	bool ends;        /* else it begins */
	uint32_t depth;   /* how many imports it is within */
	const char *name; /* when it ends, as it turned out to be: relative ones are told in full */
	const char *file; /* NULL */
	enum import_origin origin;
	bool raised;
	uint64_t most_used_bytes;       /* the most that was used since the event before */
	bool most_is_least;             /* it was at least so much */
	uint64_t used_bytes, lfb_bytes; /* now; the latter NOT_KNOWN where there is no mem_info() */
};

struct imports {
	struct arena arena;
	VEC(struct import_row, rows); /* in the order in which they began */
	uint64_t n_more;              /* above IMPORTS_MAX, or nested too deep */
	int error;                    /* 0 or -ENOMEM */
	/* private: those that have begun, the innermost last */
	struct import_open {
		uint32_t row;   /* IMPORTS_NONE: one of n_more */
		uint32_t depth; /* as the board says */
		uint64_t before_used_bytes, most_used_bytes;
	} open[IMPORTS_DEPTH_MAX];
	size_t n_open;
};
/* All-zero is the beginning. Takes events in any order and number: what does not fit together makes rows that are cut.
 * O(rows). */
void imports_add(struct imports *imports, const struct import_event *event);
void imports_end(struct imports *imports);    /* no more will come: own_bytes are right now. 0 or more times */
void imports_deinit(struct imports *imports); /* safe twice, and on all-zero */

/* The rows of a document of the schema memprof.report/1, as `run --imports --json` writes it: names, what they kept and
 * needed. name: of the input, for diag; it outlives it. Adds to *ret, which is all-zero before. 0; -EINVAL, -EFBIG or
 * -ENOMEM. */
int imports_read(struct imports *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag);

/* The order of the outermost imports that needs the least memory at its worst moment, and so leaves the largest free
 * block: by what each needs for a while and gives back (peak - kept), the most first; of equals as they are. Those that
 * free more than they keep come before all others, the smallest peak first. No order is better, unless there are
 * packages: what is within one (app.net) comes after the package itself (app), and then there might be. Imports that
 * raised or were cut, and built-in ones, are not in it. */
struct import_order {
	VEC(uint32_t, rows);            /* indexes of imports->rows */
	uint64_t now_bytes, then_bytes; /* the worst moment's need in the order as it is, and in that one */
	bool same;                      /* it is the order as it is: no better one was found */
};
int import_order(const struct imports *imports, struct import_order *ret); /* 0 or -ENOMEM */
void import_order_deinit(struct import_order *order);                      /* safe twice, and on all-zero */
