#include "memprof/model/memory_reader.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"

static bool fits(const struct memory_reader *r, uint64_t start, uint64_t n_bytes)
{
	uint64_t last = r->word_bytes == 4 ? UINT32_MAX : UINT64_MAX;

	return n_bytes > 0 && start <= last && n_bytes - 1 <= last - start && n_bytes <= UINT64_MAX - start;
}

static void forget(struct memory_reader *r, size_t i)
{
	memmove(&r->ranges[i], &r->ranges[i + 1], (--r->n_ranges - i) * sizeof(r->ranges[0]));
}

int reader_allow(struct memory_reader *r, uint64_t start, uint64_t n_bytes)
{
	uint64_t end = start + n_bytes;

	if (!fits(r, start, n_bytes))
		return -ERANGE;
	for (size_t i = 0; i < r->n_ranges;) {
		const struct reader_range *range = &r->ranges[i];
		uint64_t range_end = range->start + range->n_bytes;
		if (range->start > end || range_end < start) {
			i++;
			continue;
		}
		start = MIN(start, range->start);
		end = MAX(end, range_end);
		forget(r, i);
	}
	if (r->n_ranges == READER_RANGES_MAX)
		return -E2BIG;
	r->ranges[r->n_ranges++] = (struct reader_range){ start, end - start };
	return 0;
}

bool reader_ranges_have(const struct reader_range *ranges, size_t n_ranges, uint64_t start, uint64_t n_bytes)
{
	for (size_t i = 0; i < n_ranges; i++) {
		const struct reader_range *range = &ranges[i];
		if (start >= range->start && start - range->start <= range->n_bytes &&
		    n_bytes <= range->n_bytes - (start - range->start))
			return true;
	}
	return false;
}

bool reader_may(const struct memory_reader *r, uint64_t start, uint64_t n_bytes)
{
	return reader_ranges_have(r->ranges, r->n_ranges, start, n_bytes);
}

int reader_read(struct memory_reader *r, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	if (n_bytes > READER_BYTES_MAX)
		return -E2BIG;
	if (n_bytes == 0)
		return 0;
	if (!reader_may(r, address, n_bytes))
		return -EFAULT;
	int error = r->read(r->ctx, address, n_bytes, ret);
	if (error < 0)
		return error;
	r->n_reads++;
	r->n_bytes += n_bytes;
	return 0;
}

int reader_read_batch(struct memory_reader *r, const struct memory_read *reads, size_t n_reads)
{
	int error = 0;

	for (size_t i = 0; i < n_reads; i++) {
		if (reads[i].n_bytes > READER_BYTES_MAX)
			return -E2BIG;
		if (reads[i].n_bytes && !reader_may(r, reads[i].address, reads[i].n_bytes))
			return -EFAULT;
	}
	if (!r->read_batch) {
		for (size_t i = 0; i < n_reads && error == 0; i++)
			error = reader_read(r, reads[i].address, reads[i].n_bytes, reads[i].ret);
		return error;
	}
	error = n_reads ? r->read_batch(r->ctx, reads, n_reads) : 0;
	for (size_t i = 0; i < n_reads && error == 0; i++) {
		r->n_reads++;
		r->n_bytes += reads[i].n_bytes;
	}
	return error;
}

void reader_words(unsigned word_bytes, const uint8_t *bytes, size_t n_words, uint64_t *ret)
{
	for (size_t i = 0; i < n_words; i++) {
		ret[i] = 0;
		for (unsigned k = 0; k < word_bytes; k++)
			ret[i] |= (uint64_t)bytes[i * word_bytes + k] << 8 * k;
	}
}
