/* The hook of `check --per-test` in unittest: its code and its output. No I/O.
 *
 * unittest of micropython-lib gets what it runs through TestSuite.addTest: classes, whose test methods it finds by
 * their names, or functions. The hook replaces addTest, and there each test by a function that prints a frame before it
 * and two after it: one before a collection, with what is in use then, and one after it. What a test calls is a part of
 * it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

/* Appends Python code that installs the hook under the global name __memprof_t. Raises ImportError without unittest,
 * AttributeError if it is another one. counts: the hook of collections is there, and counts them. */
void unittest_hook_code(struct strbuf *code, bool counts);
/* Goes behind a program: runs its tests if it has some, but did not run them. */
extern const char unittest_hook_run_code[];
/* Removes the hook, or what is there of it. Functions that it put around tests stay, and do nothing more. */
extern const char unittest_hook_end_code[];

/* ---- its output, between the control characters of repl.h ---- */

enum { UNITTEST_COLLECTIONS = 2 /* before frames of UNITTEST_BEGINS and _COLLECTED; the first with tables */ };
enum { UNITTEST_FRAME_MAX_BYTES = 4096, UNITTEST_NAME_BYTES = 128, UNITTEST_MESSAGE_BYTES = 256 };

#define UNITTEST_FRAME_BEGIN "test["

enum unittest_at {
	UNITTEST_BEGINS,
	UNITTEST_ENDS,
	UNITTEST_COLLECTED,
	UNITTEST_SUITE_FAILED, /* unittest.main() reports failures; without a name */
};
enum unittest_outcome { UNITTEST_PASSED, UNITTEST_SKIPPED, UNITTEST_FAILED };

struct unittest_frame {
	enum unittest_at at;
	uint64_t n_collections; /* since the hook of collections was installed; NOT_KNOWN */
	uint64_t used_bytes;    /* gc.mem_alloc() */
	uint64_t took_us;       /* the test, at UNITTEST_ENDS; else the last collection before the frame; NOT_KNOWN */
	enum unittest_outcome outcome; /* at UNITTEST_ENDS */
	/* Not clean, truncated; the latter is that of an exception, "": none. */
	char name[UNITTEST_NAME_BYTES], message[UNITTEST_MESSAGE_BYTES];
};
/* Reads the first line of a frame. *ret_n: its end, where the text of mem_info() begins, if any. 0, or -EINVAL if it is
 * not a frame of the hook. O(n). */
int unittest_frame_read(const char *text, size_t n_bytes, struct unittest_frame *ret, size_t *ret_n);
