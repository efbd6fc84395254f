/* Reads the memory of a board through any carrier: expressions at its prompt, the probe, memprof's agent (src/live), an
 * image in a test. Code that knows a structure uses a reader and does not depend on the carrier.
 *
 * A wrong address is a hard fault on most boards. So a reader only reads ranges allowed before, by code that knows that
 * they are readable.
 *
 * The carrier does the I/O. Values are little-endian, as on every chip that runs MicroPython with a REPL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	READER_RANGES_MAX = 128,
	READER_BYTES_MAX = 1 << 21, /* per read: the block table of the largest heap (heap.h) */
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
	/* Reads n_bytes from address, all or nothing: 0, or a negative errno, passed on unchanged; ret is untouched
	 * then. */
	int (*read)(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret);
	/* NULL, or several at once, all or nothing, in as few exchanges as possible; on failure the rets hold nothing.
	 */
	int (*read_batch)(void *ctx, const struct memory_read *reads, size_t n_reads);
	void *ctx;
	/* private */
	struct reader_range ranges[READER_RANGES_MAX];
	size_t n_ranges;
	uint64_t n_reads, n_bytes; /* successful */
};

/* Declares that these addresses can be read without side effects. Adjacent ranges are merged. 0; -E2BIG if there are
 * too many; -ERANGE if the range is empty, wraps, or exceeds the address space. */
int reader_allow(struct memory_reader *r, uint64_t start, uint64_t n_bytes);

/* Whether one of the ranges has all of these bytes. */
bool reader_ranges_have(const struct reader_range *ranges, size_t n_ranges, uint64_t start, uint64_t n_bytes);

/* Whether the whole range is allowed. */
bool reader_may(const struct memory_reader *r, uint64_t start, uint64_t n_bytes);

/* 0; -EFAULT if not all of the range is allowed, -E2BIG above READER_BYTES_MAX; or an error of the carrier. */
int reader_read(struct memory_reader *r, uint64_t address, size_t n_bytes, uint8_t *ret);

/* Several reads at once; reads of 0 bytes do nothing. As reader_read, but ret is undefined on failure. */
int reader_read_batch(struct memory_reader *r, const struct memory_read *reads, size_t n_reads);

/* Converts bytes to n_words of word_bytes each, the lowest byte first. */
void reader_words(unsigned word_bytes, const uint8_t *bytes, size_t n_words, uint64_t *ret);
