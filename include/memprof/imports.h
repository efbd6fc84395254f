/* What each import of a program cost: `run --imports`. Pure.
 *
 * On the board a hook in builtins.__import__ (src/protocol/imports_hook.c) looks at the heap before and after each import
 * that loads something; nested ones too. What it prints becomes rows here. docs/imports.md says what the figures mean. */
#ifndef MEMPROF_IMPORTS_H
#define MEMPROF_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/arena.h"
#include "memprof/diag.h"
#include "memprof/number.h"
#include "memprof/vec.h"

enum { IMPORTS_MAX = 4096, IMPORTS_DEPTH_MAX = 64 };
#define IMPORTS_NONE UINT32_MAX

enum import_origin {
	IMPORT_UNKNOWN,
	IMPORT_BUILT_IN,        /* C, in the firmware */
	IMPORT_FROZEN,          /* bytecode in the firmware */
	IMPORT_MPY,             /* compiled beforehand, from a file */
	IMPORT_SOURCE,          /* compiled on the board */
	N_IMPORT_ORIGINS
};
const char *import_origin_name(enum import_origin origin);      /* as in the JSON: "built-in" */

/* One import that loaded something, nested ones within it. Sizes in bytes; NOT_KNOWN where the board does not tell. */
struct import_row {
	const char *name;               /* "app.net": a board's word, clean; in the arena */
	const char *file;               /* __file__; NULL */
	enum import_origin origin;
	uint32_t depth, parent;         /* the row of the import within which it happened; IMPORTS_NONE at depth 0 */
	int64_t  kept_bytes;            /* used after it - used before it, both after a collection */
	int64_t  own_bytes;             /* of that, what no nested one kept */
	uint64_t peak_bytes;            /* the most that was used meanwhile, above what was used before */
	bool     peak_is_least;         /* the board could tell only a part of it: it was at least so much */
	uint64_t before_lfb_bytes, after_lfb_bytes;     /* largest free block */
	bool     raised;                /* it ended in an exception */
	bool     again;                 /* the same name was loaded before, and not kept by sys.modules */
};

struct imports {
	struct arena arena;
	VEC(struct import_row, rows);   /* in the order in which they began */
	uint64_t n_more;                /* above IMPORTS_MAX */
	int error;                      /* 0 or -ENOMEM */
};
void imports_deinit(struct imports *imports);   /* safe twice, and on all-zero */

/* The rows of a document of the schema memprof.report/1, as `run --imports --json` writes it: names, what they kept and
 * needed. name: of the input, for diag; it outlives it. Adds to *ret, which is all-zero before. 0; -EINVAL, -EFBIG or -ENOMEM. */
int imports_read(struct imports *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag);

/* The order of the outermost imports that needs the least memory at its worst moment, and so leaves the largest free block: by
 * what each needs for a while and gives back (peak - kept), the most first; of equals as they are. n: how many are in ret. */
struct import_order {
	VEC(uint32_t, rows);            /* indexes of imports->rows */
	uint64_t now_bytes, then_bytes; /* the worst moment's need in the order as it is, and in that one */
	bool     same;                  /* it is the order as it is */
};
int import_order(const struct imports *imports, struct import_order *ret);      /* 0 or -ENOMEM */
void import_order_deinit(struct import_order *order);

#endif
