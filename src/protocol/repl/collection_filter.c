/* What the hook sends: frames are taken out of the board's output, and their block tables read. */
#include "collection_hook.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/memory_reader.h"

/* Words of a structure in a frame. */
static unsigned area_words(const struct gc_layout *layout) { return layout->chained + layout->n_tables + 3; }

static size_t area_bytes(const struct gc_layout *layout) { return (size_t)area_words(layout) * layout->word_bytes; }

size_t collection_hook_area_bytes(const struct collection_hook *hook) { return area_bytes(&hook->layout); }

/* ---- tables ---- */

enum { FREE, HEAD, TAIL, MARK };

static unsigned bits_of(const uint8_t *table, uint32_t i) { return table[i / 4] >> 2 * (i % 4) & 3; }

/* How far the sweep has come. */
struct sweep {
	bool any_mark;    /* of the whole heap */
	bool has_begun;   /* no mark below the sentinel: it takes away marks as it goes */
	bool at_sentinel; /* there is an object that is to be freed */
};

static struct sweep find_sweep(const struct collection_hook *hook, const struct collection_frame *frame,
			       const uint8_t *bytes)
{
	struct sweep sweep = { .has_begun = true };
	uint32_t n_before = 0;

	for (size_t i = 0; i < frame->areas.n_areas; i++) {
		const struct gc_area *area = &frame->areas.areas[i];
		bytes += area_bytes(&hook->layout);
		for (uint32_t k = 0; k < area->n_blocks; k++) {
			unsigned bits = bits_of(bytes, k);
			sweep.any_mark |= bits == MARK;
			if (n_before + k < frame->i_sentinel && bits == MARK)
				sweep.has_begun = false;
			if (n_before + k == frame->i_sentinel)
				sweep.at_sentinel = bits == HEAD;
		}
		n_before += area->n_blocks;
		bytes += area->n_table_bytes;
	}
	return sweep;
}

/* One area. n_swept: its first blocks, of which all heads are in use. */
static int read_area(const uint8_t *table, uint32_t n_blocks, uint32_t n_swept, uint8_t *before, uint8_t *after)
{
	bool in_object = false, in_use = false;

	for (uint32_t i = 0; i < n_blocks; i++) {
		unsigned bits = bits_of(table, i);
		if (bits == TAIL && !in_object)
			return -EINVAL;
		in_object = bits != FREE;
		if (bits == HEAD || bits == MARK)
			in_use = bits == MARK || i < n_swept;
		before[i] = bits == FREE ? BLOCK_FREE : bits == TAIL ? BLOCK_TAIL : BLOCK_HEAD;
		after[i] = in_object && in_use ? before[i] : BLOCK_FREE;
	}
	return 0;
}

int collection_frame_tables(const struct collection_hook *hook, const struct collection_frame *frame,
			    const uint8_t *bytes, uint8_t *before, uint8_t *after)
{
	if (frame->is_broken)
		return -EINVAL;
	if (frame->is_last)
		return -E2BIG;
	struct sweep sweep = find_sweep(hook, frame, bytes);
	uint32_t n_swept = sweep.has_begun ? frame->i_sentinel : 0;
	for (size_t i = 0; i < frame->areas.n_areas; i++) {
		const struct gc_area *area = &frame->areas.areas[i];
		bytes += area_bytes(&hook->layout);
		if (read_area(bytes, area->n_blocks, MIN(n_swept, area->n_blocks), before, after) < 0)
			return -EINVAL;
		bytes += area->n_table_bytes;
		before += area->n_blocks;
		after += area->n_blocks;
		n_swept -= MIN(n_swept, area->n_blocks);
	}
	return sweep.any_mark && sweep.at_sentinel ? 0 : -ENOENT;
}

/* ---- the filter ---- */

static uint32_t number_at(const char *digits)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < HEAD_NUMBER_DIGITS; i++)
		value = value << 4 | (uint32_t)(digits[i] & 0xf);
	return value;
}

static bool continues_head(const struct collection_filter *f, char c)
{
	size_t i = f->n_head;

	if (i == 0)
		return c == COLLECTION_BEGIN;
	if (i <= HEAD_TOKEN_DIGITS)
		return c == (char)(0x40 | (f->hook->token >> 4 * (HEAD_TOKEN_DIGITS - i) & 0xf));
	return (c & 0xf0) == 0x40;
}

static size_t give_back(struct collection_filter *f, char *out)
{
	size_t n = f->n_head;

	memcpy(out, f->head, n);
	f->n_head = 0;
	return n;
}

static void begin_tables(struct collection_filter *f)
{
	const char *numbers = f->head + 1 + HEAD_TOKEN_DIGITS;

	f->begun_us = f->heard_us;
	f->frame = (struct collection_frame){ .n_collections = number_at(numbers),
					      .i_sentinel = number_at(numbers + HEAD_NUMBER_DIGITS),
					      .is_last = (numbers[2 * HEAD_NUMBER_DIGITS] & 0xf) == HEAD_LAST,
					      .asks = (numbers[2 * HEAD_NUMBER_DIGITS] & 0xf) == HEAD_ASKS };
	f->cooked = (struct probe_cooked){ .n_crs = f->hook->n_crs };
	f->n_tables = 0;
	f->part = f->frame.is_last ? COLLECTION_AT_END : COLLECTION_AT_AREA;
	f->n_wanted = f->frame.is_last ? 1 : area_bytes(&f->hook->layout);
}

/* The structure that ends here. False: it is none, or its table is too long. */
static bool begin_table(struct collection_filter *f)
{
	const struct gc_layout *layout = &f->hook->layout;
	uint64_t words[GC_AREA_WORDS];
	struct gc_areas *areas = &f->frame.areas;

	reader_words(layout->word_bytes, f->tables + f->n_tables - area_bytes(layout), area_words(layout), words);
	f->next = layout->chained ? words[0] : 0;
	if (gc_areas_add(areas, layout, 0, words + layout->chained) < 0 ||
	    gc_areas_table_bytes(areas) > f->hook->bytes_max)
		return false;
	f->part = COLLECTION_AT_TABLE;
	f->n_wanted += (size_t)areas->areas[areas->n_areas - 1].n_table_bytes;
	return true;
}

/* What ends here decides what follows. False: the frame ends, or breaks off. */
static bool next_part(struct collection_filter *f)
{
	if (f->part == COLLECTION_AT_AREA) {
		f->frame.is_broken = !begin_table(f);
		return !f->frame.is_broken;
	}
	if (f->part == COLLECTION_AT_END) {
		f->frame.is_broken = f->tables[f->n_tables - 1] != COLLECTION_END;
		return false;
	}
	if (f->next && f->frame.areas.n_areas == GC_AREAS_MAX) {
		f->frame.is_broken = true;
		return false;
	}
	f->part = f->next ? COLLECTION_AT_AREA : COLLECTION_AT_END;
	f->n_wanted += f->next ? area_bytes(&f->hook->layout) : 1;
	return true;
}

/* True at the end of the frame. */
static bool read_tables(struct collection_filter *f, const char **p, const char *end)
{
	do {
		size_t n_wanted = f->n_wanted - f->n_tables, n = MIN((size_t)(end - *p), n_wanted);
		char *at = (char *)f->tables + f->n_tables;
		if (f->hook->n_crs > 0) {
			*p += probe_uncook(&f->cooked, *p, (size_t)(end - *p), at, n_wanted, &n);
		} else {
			memcpy(at, *p, n);
			*p += n;
		}
		f->n_tables += n;
		if (n < n_wanted)
			return false;
	} while (next_part(f));
	return true;
}

size_t collection_filter_room(const struct collection_hook *hook)
{
	return hook->bytes_max + GC_AREAS_MAX * area_bytes(&hook->layout) + 1;
}

size_t collection_filter_read(struct collection_filter *f, const char **p, const char *end, uint64_t now_us, char *out,
			      bool *ret_frame)
{
	size_t n_out = 0;

	*ret_frame = false;
	f->heard_us = now_us;
	while (*p < end && !*ret_frame) {
		if (f->n_head == COLLECTION_HEAD_BYTES) {
			*ret_frame = read_tables(f, p, end);
			if (*ret_frame) {
				f->n_head = 0;
				f->spent_us += now_us - f->begun_us;
			}
		} else if (continues_head(f, **p)) {
			f->head[f->n_head++] = *(*p)++;
			if (f->n_head == COLLECTION_HEAD_BYTES)
				begin_tables(f);
			*ret_frame = f->n_head == COLLECTION_HEAD_BYTES && f->frame.asks;
			if (*ret_frame)
				f->n_head = 0;
		} else if (f->n_head > 0) {
			n_out += give_back(f, out + n_out);
		} else {
			const char *stop = memchr(*p, COLLECTION_BEGIN, (size_t)(end - *p));
			size_t n = (size_t)((stop ? stop : end) - *p);
			memcpy(out + n_out, *p, n);
			n_out += n;
			*p += n;
		}
	}
	return n_out;
}

uint64_t collection_filter_deadline(const struct collection_filter *f)
{
	return f->n_head > 0 ? f->heard_us + COLLECTION_SILENCE_US : NOT_KNOWN;
}

size_t collection_filter_release(struct collection_filter *f, uint64_t now_us, const char **ret_text)
{
	bool in_head = f->n_head < COLLECTION_HEAD_BYTES;
	size_t n = in_head ? f->n_head : f->n_tables;

	if (f->n_head == 0 || now_us < collection_filter_deadline(f))
		return 0;
	*ret_text = in_head ? f->head : (const char *)f->tables;
	f->n_head = 0;
	return n;
}
