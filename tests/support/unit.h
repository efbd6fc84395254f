/* What a test includes first: cmocka, and what cmocka wants before it. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"

/* Ends every main. */
#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* A size that cmocka compares as what it is, unsigned. */
#define assert_u64_equal(a, b) assert_true(u64_equal((a), (b), __FILE__, __LINE__))

static inline bool u64_equal(uint64_t a, uint64_t b, const char *file, int line)
{
	if (a != b)
		print_error("%s:%d: %llu is not %llu\n", file, line, (unsigned long long)a, (unsigned long long)b);
	return a == b;
}

/* xorshift32: the same numbers on every machine. state is never 0. */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
