/* Reading the memory of a board, whatever carries the bytes: expressions at its prompt, the probe, memprof's agent
 * (src/live), a test's own image. Code that knows a structure asks a reader, and never sees the carrier.
 *
 * A wrong address is a hard fault on most boards. So a reader reads only what was allowed before, by code that knows
 * that those addresses answer; there is no way around that.
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

/* One read of a batch. */
struct memory_read {
	uint64_t address;
	size_t n_bytes;
	uint8_t *ret;
};

struct memory_reader {
	unsigned word_bytes; /* 4 or 8 */
	/* Reads n_bytes from address, all or nothing: 0, or a negative errno of the carrier's, which is passed on
	 * unchanged. ret is untouched then. */
	int (*read)(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret);
	/* NULL, or several at once, all or nothing, in as few exchanges as possible; on failure the rets hold nothing.
	 */
	int (*read_batch)(void *ctx, const struct memory_read *reads, size_t n_reads);
	void *ctx;
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

/* Several at once; reads of 0 bytes do nothing. As reader_read, but ret is undefined on failure. */
int reader_read_batch(struct memory_reader *r, const struct memory_read *reads, size_t n_reads);

/* n words of the reader's size from bytes that were read. */
void reader_words(const struct memory_reader *r, const uint8_t *bytes, size_t n_words, uint64_t *ret);

#endif
