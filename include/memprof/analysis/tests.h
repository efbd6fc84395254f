/* What each test needed: test files, and the functions of unittest in them (`check --per-test`). Pure.
 *
 *     tests_begin; tests_used, tests_largest_free …; tests_stop; tests_outcome; tests_end
 *
 * A file is measured from its beginning to its end, and each function of it likewise, within the file. Both begin and
 * end with a collection of memprof's, which is counted by neither. docs/tests.md says what the figures mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/model/heap.h"

enum { TESTS_MAX = 4096 };
#define TESTS_NONE      UINT32_MAX
#define TESTS_BYTES_MAX (UINT64_C(1) << 48) /* figures above count as that */

enum test_outcome {
	TEST_PASSED,
	TEST_SKIPPED,
	TEST_FAILED, /* it raised; of a file: or a function of it did */
	TEST_CUT,    /* its end did not come */
	N_TEST_OUTCOMES
};
const char *test_outcome_name(enum test_outcome outcome); /* as in the JSON: "passed" */

/* Sizes in bytes, times in µs; NOT_KNOWN where the board does not tell. */
struct test_row {
	const char *name; /* "tests/test_net.py", "tests/test_net.py::TestNet.test_read": clean */
	uint32_t file;    /* the row of its file; of a file TESTS_NONE */
	enum test_outcome outcome;
	const char *message; /* why it was skipped or failed: clean; NULL */
	uint64_t duration_us;
	bool measured;       /* its heap could be read at the end: kept is known */
	int64_t kept_bytes;  /* used after it - used before it, both after a collection */
	uint64_t peak_bytes; /* the most that was used meanwhile, with garbage, above what was used before */
	bool peak_is_least;  /* only a part of it was seen: it was at least so much */
	uint64_t lfb_bytes;  /* the smallest largest free block after a collection */
	uint64_t n_collections;
	uint64_t collecting_us; /* in these … */
	bool time_is_estimated; /* … from the time of the one at its end */
	bool has_sizes;         /* of what it allocated */
	bool sizes_are_least;   /* there were more */
	uint64_t n_by_size[HEAP_SIZE_CLASSES];
};

struct tests {
	struct arena arena;
	VEC(struct test_row, rows);  /* a file, then its functions */
	uint64_t n_more, n_more_bad; /* above TESTS_MAX; of these, that failed */
	int error;                   /* 0 or -ENOMEM */
	/* private: the file and the function that are measured */
	struct test_meter {
		bool on, stopped, has_window;
		uint32_t row; /* TESTS_NONE: one of n_more */
		uint64_t began_us, before_bytes, most_bytes;
		uint64_t n_collections_before, n_seen_before;
	} meters[2];
};

enum test_level { TEST_FILE, TEST_FUNCTION };

/* One moment. Texts are a board's bytes, and end with a NUL. */
struct test_moment {
	uint64_t at_us;
	uint64_t took_us;               /* of tests_stop: by the board's clock; NOT_KNOWN */
	uint64_t used_bytes, lfb_bytes; /* NOT_KNOWN */
	uint64_t n_collections;         /* so far, without those of memprof; NOT_KNOWN */
	uint64_t n_seen;                /* of these, with figures of what was in use before */
	uint64_t collect_us;            /* of one collection; NOT_KNOWN */
};

/* All-zero is the beginning. Takes calls in any order and number: what does not fit together is TEST_CUT, or ignored.
 *
 * begin: right after a collection. A function within no file is ignored. stop: at its end, before a collection. end:
 * right after that, or without a stop and with moment NULL where the board cannot be asked any more. */
void tests_begin(struct tests *t, enum test_level level, const char *name, const struct test_moment *moment);
void tests_stop(struct tests *t, enum test_level level, const struct test_moment *moment);
void tests_end(struct tests *t, enum test_level level, const struct test_moment *moment);
/* What became of one that was begun, once; a file has failed if one of its functions has. */
void tests_outcome(struct tests *t, enum test_level level, enum test_outcome outcome, const char *message);
/* Of those that are measured: what is used at any time; the largest free block after a collection; how long a
 * collection took; what was allocated: as an agent counts requests, or objects that were found, of a function also
 * between stop and end. */
void tests_used(struct tests *t, uint64_t used_bytes);
void tests_largest_free(struct tests *t, uint64_t lfb_bytes);
void tests_sizes_missed(struct tests *t); /* some of what was allocated is not known */
void tests_collection_took(struct tests *t, uint64_t us);
void tests_requests(struct tests *t, const struct heap_window *window);
/* Objects in the blocks of now that are not in those of then, by their kinds. */
void tests_objects(struct tests *t, const uint8_t *then, const uint8_t *now, size_t n_blocks, uint32_t block_bytes);
void tests_finish(struct tests *t); /* no more will come. 0 or more times */
void tests_deinit(struct tests *t); /* safe twice, and on all-zero */

static inline bool test_is_bad(const struct test_row *row) { return row->outcome >= TEST_FAILED; }
bool tests_any_bad(const struct tests *t);
size_t tests_n_bad_in(const struct tests *t, size_t i_file, size_t *ret_n); /* functions of a file: bad ones, and all */
/* A file that failed because functions of it did: their rows are enough. */
bool tests_is_told(const struct tests *t, size_t i);

/* The tests of a document of the schema memprof.check/1, as `check --per-test --json` writes it. name: of the input,
 * for diag; it outlives it. Adds to *ret, which is all-zero before. 0; -EINVAL, -EFBIG or -ENOMEM. */
int tests_read(struct tests *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag);
