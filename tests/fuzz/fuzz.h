/* One entry, the same for libFuzzer and for the corpus runner. */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define FUZZ(data, size)                                             \
	static void fuzz_one(const uint8_t *data, size_t size);      \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
	{                                                            \
		fuzz_one(data, size);                                \
		return 0;                                            \
	}                                                            \
	static void fuzz_one(const uint8_t *data, size_t size)

/* A property that must hold for any input. (assert is for our own mistakes, and may be off.) */
#define MUST(condition)                                                                           \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                  \
		}                                                                                 \
	} while (0)
