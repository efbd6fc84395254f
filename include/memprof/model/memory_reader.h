/* Reading the memory of a board, whatever carries the bytes: the probe in its REPL (src/live/probe_carrier.c), a test's
 * own image, later a debug probe. Whoever knows a structure asks a reader, and never sees the carrier.
 *
 * A wrong address is a hard fault on most boards. So a reader reads nothing that was not allowed before, by
 * whoever knows that those addresses answer; there is no way around that.
 *
 * No I/O here: the carrier does it. Values are little-endian, as on every chip that MicroPython runs on with a REPL. */
#ifndef MEMPROF_READER_H
#define MEMPROF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	READER_RANGES_MAX = 128,
	READER_BYTES_MAX = 1 << 21, /* of one read: the block table of the largest heap there may be (heap.h) */
};

struct reader_range {
	uint64_t start, n_bytes; /* start + n_bytes does not wrap */
};

struct memory_reader {
	unsigned word_bytes; /* 4 or 8 */
	/* Reads n_bytes from address, all or nothing: 0, or a negative errno of the carrier's, which whoever asked
	 * passes on unchanged. ret is untouched then. */
	int (*read)(void *of, uint64_t address, size_t n_bytes, uint8_t *ret);
	void *of;
	/* private */
	struct reader_range ranges[READER_RANGES_MAX];
	size_t n_ranges;
	uint64_t n_reads, n_bytes; /* that went through */
};

/* Says that these addresses answer, and may be read without effect. Ranges that touch become one. 0; -E2BIG if there
 * are too many; -ERANGE if it is empty, wraps, or goes beyond what a word can address. */
int reader_allow(struct memory_reader *r, uint64_t start, uint64_t n_bytes);

/* Whether all of it was allowed. */
bool reader_may(const struct memory_reader *r, uint64_t start, uint64_t n_bytes);

/* 0; -EFAULT if not all of it was allowed, -E2BIG above READER_BYTES_MAX; else what the carrier says. */
int reader_read(struct memory_reader *r, uint64_t address, size_t n_bytes, uint8_t *ret);

/* n words of the reader's size from bytes that were read. */
void reader_words(const struct memory_reader *r, const uint8_t *bytes, size_t n_words, uint64_t *ret);

#endif
