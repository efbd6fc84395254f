/* What a test includes: cmocka, what cmocka wants before it, and what most tests want. */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"

/* Defines a test of this program. Without a main of its own, a program runs them in the order of the file. */
#define UNIT_TEST(name) UNIT_TEST_WITH(name, NULL, NULL)
#define UNIT_TEST_WITH(name, set_up, tear_down)                                                  \
	static void name(void **state);                                                          \
	__attribute__((constructor)) static void name##_is_a_test(void)                          \
	{                                                                                        \
		unit_add(__LINE__, (struct CMUnitTest){ #name, name, set_up, tear_down, NULL }); \
	}                                                                                        \
	static void name(void **state __attribute__((unused)))

/* Tests that are the rows of a table, by their .name: "test" gets the row as its state. */
#define UNIT_ROWS(test, rows)                                                                       \
	__attribute__((constructor)) static void test##_has_rows(void)                              \
	{                                                                                           \
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)                                       \
			unit_add(__LINE__, (struct CMUnitTest){ (rows)[i].name, test, NULL, NULL,   \
								(void *)(uintptr_t) & (rows)[i] }); \
	}

/* A function that runs before each test, or after it; of several the last one of the program runs next to the test:
 *
 *     UNIT_BEFORE(set_up) { heap_init(&heap); }
 */
#define UNIT_BEFORE(name) UNIT_EACH(name, unit_before)
#define UNIT_AFTER(name)  UNIT_EACH(name, unit_after)
#define UNIT_EACH(name, adds)                                                                          \
	static void name(void);                                                                        \
	__attribute__((constructor)) static void name##_is_for_each(void) { adds(__COUNTER__, name); } \
	static void name(void)
void unit_before(int place, void (*run)(void));
void unit_after(int place, void (*run)(void));

/* Before and after all of them. */
#define UNIT_GROUP(set_up, tear_down) \
	__attribute__((constructor)) static void set_up_of_all(void) { unit_group(set_up, tear_down); }

void unit_add(int line, struct CMUnitTest test);
/* For a main of its own: runs them all. */
int unit_run(void);
void unit_group(int (*set_up)(void **state), int (*tear_down)(void **state));

/* Ends a main that makes its own list. */
#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* A size that cmocka compares as what it is, unsigned. */
#define assert_u64_equal(a, b) assert_true(u64_equal((a), (b), __FILE__, __LINE__))

static inline bool u64_equal(uint64_t a, uint64_t b, const char *file, int line)
{
	if (a != b)
		print_error("%s:%d: %llu is not %llu\n", file, line, (unsigned long long)a, (unsigned long long)b);
	return a == b;
}

/* Bytes in memory that ends where they end (ASan finds a read behind it), to be freed. */
static inline void *exact_copy(const void *bytes, size_t n_bytes)
{
	void *copy = malloc(n_bytes + !n_bytes);

	assert_non_null(copy);
	return n_bytes ? memcpy(copy, bytes, n_bytes) : copy;
}

/* A list that is one text, "a|b||c": its parts one after another, the empty ones too. */
#define FOR_PARTS(part, text) \
	for (char part##_list[] = text, *part##_rest = part##_list, *part; (part = parts_next(&part##_rest));)

static inline char *parts_next(char **rest)
{
	char *part = *rest;

	if (part && (*rest = strchr(part, '|')))
		*(*rest)++ = '\0';
	return part;
}

/* xorshift32: the same numbers on every machine. state is never 0. */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
