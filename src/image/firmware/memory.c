#include "memprof/image/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/search.h"
#include "memprof/base/vec.h"

void memory_deinit(struct memory *m)
{
	vec_deinit(m, ranges);
	vec_deinit(m, voids);
	*m = (struct memory){ 0 };
}

/* ---- adding ---- */

/* Checks a new range before it is added to n others. */
static int check_range(uint64_t start, uint64_t n_bytes, size_t n)
{
	return start > UINT64_MAX - n_bytes ? -EINVAL : n >= MEMORY_RANGES_MAX ? -E2BIG : 0;
}

int memory_add(struct memory *m, uint64_t start, const uint8_t *bytes, uint64_t n_bytes)
{
	int r = check_range(start, n_bytes, m->n_ranges);

	if (r < 0 || n_bytes == 0)
		return n_bytes ? r : 0;
	return vec_push(m, ranges, (struct memory_range){ start, n_bytes, bytes });
}

int memory_add_void(struct memory *m, uint64_t start, uint64_t n_bytes, const char *why)
{
	int r = check_range(start, n_bytes, m->n_voids);

	if (r < 0 || n_bytes == 0)
		return n_bytes ? r : 0;
	return vec_push(m, voids, (struct memory_void){ start, n_bytes, why });
}

static int add_segment(struct memory *m, const struct image *image, size_t i, const uint8_t *bytes, uint64_t n_bytes,
		       bool load, struct diag *diag)
{
	const struct image_segment *s = &image->segments[i];
	struct place at = { .file = image->name };
	uint64_t start = load ? s->lma : s->vma;

	if (s->file_offset > n_bytes || s->file_bytes > n_bytes - s->file_offset)
		return diag_at(diag, at, -EINVAL,
			       "segment %zu has %" PRIu64 " bytes at offset 0x%" PRIx64
			       ", but the file ends at 0x%" PRIx64 ": it is truncated",
			       i, s->file_bytes, s->file_offset, n_bytes);
	int r = memory_add(m, start, bytes + s->file_offset, s->file_bytes);
	/* Zeroed bytes are not stored. */
	if (r == 0 && !load && s->memory_bytes > s->file_bytes)
		r = memory_add_void(m, start + s->file_bytes, s->memory_bytes - s->file_bytes,
				    "zeroed at start, not in the file");
	if (r == -EINVAL)
		return diag_at(diag, at, r, "segment %zu at 0x%" PRIx64 " goes beyond the last address", i, start);
	return r < 0 ? diag_at(diag, at, r, "out of memory") : 0;
}

int memory_add_segments(struct memory *m, const struct image *image, const uint8_t *bytes, uint64_t n_bytes, bool load,
			struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < image->n_segments; i++)
		r = add_segment(m, image, i, bytes, n_bytes, load, diag);
	return r;
}

/* The bytes of a section that lies in one segment; NULL: in none, or not in the file. */
static const uint8_t *section_bytes(const struct image *image, const struct image_section *section,
				    const uint8_t *bytes, uint64_t n_bytes)
{
	for (size_t i = 0; i < image->n_segments; i++) {
		const struct image_segment *s = &image->segments[i];
		uint64_t offset = section->vma - s->vma;
		if (section->vma < s->vma || offset > s->file_bytes || section->size_bytes > s->file_bytes - offset ||
		    s->file_offset > n_bytes || s->file_bytes > n_bytes - s->file_offset)
			continue;
		return bytes + s->file_offset + offset;
	}
	return NULL;
}

/* By section: small linker scripts make one writable segment of everything. */
int memory_add_constants(struct memory *m, const struct image *image, const uint8_t *bytes, uint64_t n_bytes)
{
	const size_t pairs_max = 1 << 26; /* no program has a thousandth of it */
	int r = image->n_segments && image->n_sections > pairs_max / image->n_segments ? -E2BIG : 0;

	for (size_t i = 0; r == 0 && i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		bool copied = s->lma != NOT_KNOWN && s->lma != s->vma;
		if (!s->alloc || s->nobits || s->tls || (s->write && !copied))
			continue;
		const uint8_t *from = section_bytes(image, s, bytes, n_bytes);
		if (from)
			r = memory_add(m, copied ? s->lma : s->vma, from, s->size_bytes);
	}
	return r;
}

/* ---- in order ---- */

static int by_start(const void *a, const void *b)
{
	const struct memory_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->n_bytes != y->n_bytes)
		return x->n_bytes > y->n_bytes ? -1 : 1;
	return (uintptr_t)x->bytes < (uintptr_t)y->bytes ? -1 : x->bytes != y->bytes;
}

/* The number of bytes that differ among those that both have. kept is the last range kept: any earlier overlap was cut
 * off, so a third claim of a byte is compared with the range that has it. */
static uint64_t differing(const struct memory_range *kept, const struct memory_range *other)
{
	uint64_t offset = other->start - kept->start, n = MIN(kept->n_bytes - offset, other->n_bytes), differ = 0;

	for (uint64_t i = 0; i < n; i++)
		differ += kept->bytes[offset + i] != other->bytes[i];
	return differ;
}

void memory_finalize(struct memory *m)
{
	size_t n = 0;

	m->doubled_bytes = 0;
	if (m->n_ranges > 1)
		qsort(m->ranges, m->n_ranges, sizeof(*m->ranges), by_start);
	for (size_t i = 0; i < m->n_ranges; i++) {
		struct memory_range range = m->ranges[i];
		struct memory_range *last = n ? &m->ranges[n - 1] : NULL;
		if (last && range.start < last->start + last->n_bytes) {
			uint64_t n_over = last->start + last->n_bytes - range.start;
			if (range.start >= last->start)
				m->doubled_bytes += differing(last, &range);
			if (n_over >= range.n_bytes)
				continue;
			range.start += n_over;
			range.bytes += n_over;
			range.n_bytes -= n_over;
		}
		m->ranges[n++] = range;
	}
	m->n_ranges = n;
}

/* ---- questions ---- */

/* The first range that ends after an address; n_ranges if there is none. */
static size_t range_after(const struct memory *m, uint64_t address)
{
	return search_while(m->n_ranges, i, m->ranges[i].start + m->ranges[i].n_bytes <= address);
}

bool memory_run(const struct memory *m, uint64_t address, uint64_t *ret_n)
{
	size_t i = range_after(m, address);

	if (i == m->n_ranges || m->ranges[i].start > address) {
		*ret_n = i == m->n_ranges ? NOT_KNOWN : m->ranges[i].start - address;
		return false;
	}
	uint64_t end = m->ranges[i].start + m->ranges[i].n_bytes;
	while (++i < m->n_ranges && m->ranges[i].start == end)
		end += m->ranges[i].n_bytes;
	*ret_n = end - address;
	return true;
}

size_t memory_read(const struct memory *m, uint64_t address, uint8_t *ret, size_t n_bytes)
{
	size_t n = 0;

	for (size_t i = range_after(m, address); i < m->n_ranges && n < n_bytes; i++) {
		const struct memory_range *range = &m->ranges[i];
		if (range->start > address + n)
			break;
		uint64_t offset = address + n - range->start;
		size_t n_here = (size_t)MIN(range->n_bytes - offset, (uint64_t)(n_bytes - n));
		memcpy(ret + n, range->bytes + offset, n_here);
		n += n_here;
	}
	return n;
}

uint64_t memory_differing(const struct memory *a, const struct memory *b, uint64_t *ret_n_both)
{
	uint64_t n_differ = 0, n_both = 0;

	for (size_t i = 0, k = 0; i < a->n_ranges && k < b->n_ranges;) {
		const struct memory_range *x = &a->ranges[i], *y = &b->ranges[k];
		uint64_t x_end = x->start + x->n_bytes, y_end = y->start + y->n_bytes;
		uint64_t start = MAX(x->start, y->start), end = MIN(x_end, y_end);
		for (uint64_t at = start; at < end; at++)
			n_differ += x->bytes[at - x->start] != y->bytes[at - y->start];
		n_both += end > start ? end - start : 0;
		i += x_end <= y_end;
		k += y_end <= x_end;
	}
	*ret_n_both = n_both;
	return n_differ;
}

const char *memory_why(const struct memory *m, uint64_t address, uint64_t *ret_n)
{
	uint64_t next = NOT_KNOWN;

	for (size_t i = 0; i < m->n_voids; i++) {
		const struct memory_void *gap = &m->voids[i];
		if (address >= gap->start && address - gap->start < gap->n_bytes) {
			*ret_n = gap->n_bytes - (address - gap->start);
			return gap->why;
		}
		if (gap->start > address)
			next = MIN(next, gap->start - address);
	}
	*ret_n = next;
	return NULL;
}
