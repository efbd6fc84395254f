/* Memory besides the pools: the parts that were read, and the range that is known to be ROM. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "private.h"

enum { ROM_MAX_BYTES = 16 << 20 };

static const struct memory_part *part_of(const struct objects *o, uint64_t address, size_t n_bytes)
{
	size_t i = search_while(o->n_parts, k, o->parts[k].start <= address);
	const struct memory_part *part = i > 0 ? &o->parts[i - 1] : NULL;
	bool has = part && address - part->start <= part->n_bytes && n_bytes <= part->n_bytes - (address - part->start);

	return has ? part : NULL;
}

bool memory_get(const struct objects *o, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	const struct memory_part *part = part_of(o, address, n_bytes);

	if (part)
		memcpy(ret, part->bytes + (address - part->start), n_bytes);
	return part != NULL;
}

bool memory_word(const struct objects *o, uint64_t address, uint64_t *ret)
{
	uint8_t bytes[8];

	if (!memory_get(o, address, o->ids.word_bytes, bytes))
		return false;
	reader_words(o->ids.word_bytes, bytes, 1, ret);
	return true;
}

/* Replaces all parts that it overlaps or touches. */
static int insert(struct objects *o, uint64_t start, size_t n_bytes, const uint8_t *bytes)
{
	size_t i = search_while(o->n_parts, k, o->parts[k].start + o->parts[k].n_bytes < start);
	size_t i_end = search_while(o->n_parts, k, o->parts[k].start <= start + n_bytes);
	uint64_t low = start, high = start + n_bytes;

	if (i < i_end) {
		low = MIN(low, o->parts[i].start);
		high = MAX(high, o->parts[i_end - 1].start + o->parts[i_end - 1].n_bytes);
	}
	struct memory_part part = { low, (size_t)(high - low), malloc((size_t)(high - low)) };
	if (!part.bytes)
		return -ENOMEM;
	for (size_t k = i; k < i_end; k++) {
		memcpy(part.bytes + (o->parts[k].start - low), o->parts[k].bytes, o->parts[k].n_bytes);
		free(o->parts[k].bytes);
	}
	memcpy(part.bytes + (start - low), bytes, n_bytes);
	if (i == i_end) {
		if (!vec_add(o, parts)) {
			free(part.bytes);
			return -ENOMEM;
		}
		memmove(&o->parts[i + 1], &o->parts[i], (o->n_parts - 1 - i) * sizeof(part));
	} else {
		memmove(&o->parts[i + 1], &o->parts[i_end], (o->n_parts - i_end) * sizeof(part));
		o->n_parts -= i_end - i - 1;
	}
	o->parts[i] = part;
	return 0;
}

int memory_fetch(struct objects *o, uint64_t start, size_t n_bytes)
{
	if (part_of(o, start, n_bytes))
		return 0;
	uint8_t *bytes = malloc(n_bytes);
	int error = bytes ? reader_allow(o->reader, start, n_bytes) : -ENOMEM;
	if (error == 0)
		error = reader_read(o->reader, start, n_bytes, bytes);
	if (error == 0)
		error = insert(o, start, n_bytes, bytes);
	free(bytes);
	return error;
}

static int by_start(const void *a, const void *b)
{
	const struct request *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

void requests_sort(struct request *requests, size_t n_requests)
{
	if (n_requests)
		qsort(requests, n_requests, sizeof(*requests), by_start);
}

int memory_fetch_all(struct objects *o, struct request *requests, size_t n_requests, size_t gap_bytes)
{
	int error = 0;

	requests_sort(requests, n_requests);
	for (size_t i = 0, n; i < n_requests && error == 0; i += n) {
		uint64_t start = requests[i].start, end = start + requests[i].n_bytes;
		for (n = 1; i + n < n_requests && requests[i + n].start <= end + gap_bytes &&
			    requests[i + n].start + requests[i + n].n_bytes - start <= RUN_MAX_BYTES;
		     n++)
			end = MAX(end, requests[i + n].start + requests[i + n].n_bytes);
		error = memory_fetch(o, start, (size_t)(end - start));
	}
	return error;
}

bool rom_has(const struct objects *o, uint64_t address, uint64_t n_bytes)
{
	return address >= o->low && address < o->high && n_bytes <= o->high - address;
}

bool hull_grow(struct memory_reader *r, uint64_t start, uint64_t n_bytes, uint64_t *low, uint64_t *high)
{
	uint64_t new_low = MIN(*low, start), new_high = MAX(*high, start + n_bytes);

	if (start == 0 || n_bytes == 0 || n_bytes > ROM_MAX_BYTES || start > UINT64_MAX - n_bytes ||
	    new_high - new_low > ROM_MAX_BYTES || reader_allow(r, new_low, new_high - new_low) < 0)
		return false;
	*low = new_low;
	*high = new_high;
	return true;
}

bool rom_grow(struct objects *o, uint64_t start, uint64_t n_bytes)
{
	return !blocks_has(&o->blocks, start) && hull_grow(o->reader, start, n_bytes, &o->low, &o->high);
}
