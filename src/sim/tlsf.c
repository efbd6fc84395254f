#include "tlsf.h"

#include <errno.h>

#include "memprof/base/number.h"

enum {
	SL_LOG2 = 5,
	SL_COUNT = 1 << SL_LOG2,
	FL_SHIFT = SL_LOG2 + 2,
	FL_COUNT = 24,
	SMALL_BYTES = 1 << FL_SHIFT, /* below it each list holds one size */
	WORD = 4,
	POOL_OVERHEAD_BYTES = 2 * WORD, /* the first size word and the last */
	SPLIT_BYTES = 4 * WORD,         /* a smaller remainder stays with the block */
	REQUEST_MAX_BYTES = 1 << 30,
	/* offsets in the control structure */
	FL_BITMAP = 16,
	SL_BITMAP = 20,
	LISTS = SL_BITMAP + FL_COUNT * WORD,
	/* in a block */
	PREVIOUS = 0,
	SIZE = 4,
	PAYLOAD = 8,
	NEXT_FREE = 8,
	PREV_FREE = 12,
};
_Static_assert(LISTS + FL_COUNT * SL_COUNT * WORD == TLSF_CONTROL_BYTES, "the size on a 32-bit machine");

struct size_list {
	uint32_t fl, sl;
};

static uint32_t get(const struct sim_tlsf *tlsf, uint32_t address) { return sim_load(tlsf->board, address); }
static void set(const struct sim_tlsf *tlsf, uint32_t address, uint32_t word) { sim_store(tlsf->board, address, word); }

static uint32_t highest_bit(uint32_t word) { return 31 - (uint32_t)__builtin_clz(word); }
static uint32_t lowest_bit(uint32_t word) { return (uint32_t)__builtin_ctz(word); }

/* ---- blocks ---- */

static uint32_t payload_bytes(const struct sim_tlsf *tlsf, uint32_t block)
{
	return get(tlsf, block + SIZE) & ~(TLSF_PERSISTS | TLSF_FREE | TLSF_PREVIOUS_FREE);
}

static bool has(const struct sim_tlsf *tlsf, uint32_t block, uint32_t bits) { return get(tlsf, block + SIZE) & bits; }

static void put(const struct sim_tlsf *tlsf, uint32_t block, uint32_t bits, bool on)
{
	uint32_t word = get(tlsf, block + SIZE);

	set(tlsf, block + SIZE, on ? word | bits : word & ~bits);
}

static void set_payload_bytes(const struct sim_tlsf *tlsf, uint32_t block, uint32_t n_bytes)
{
	uint32_t bits = get(tlsf, block + SIZE) & (TLSF_PERSISTS | TLSF_FREE | TLSF_PREVIOUS_FREE);

	set(tlsf, block + SIZE, n_bytes | bits);
}

static uint32_t block_after(const struct sim_tlsf *tlsf, uint32_t block)
{
	return block + SIZE + payload_bytes(tlsf, block);
}

static void mark_free(const struct sim_tlsf *tlsf, uint32_t block)
{
	uint32_t after = block_after(tlsf, block);

	put(tlsf, block, TLSF_FREE, true);
	put(tlsf, after, TLSF_PREVIOUS_FREE, true);
	set(tlsf, after + PREVIOUS, block);
}

static void mark_used(const struct sim_tlsf *tlsf, uint32_t block)
{
	put(tlsf, block, TLSF_FREE, false);
	put(tlsf, block_after(tlsf, block), TLSF_PREVIOUS_FREE, false);
}

/* ---- lists ---- */

static struct size_list list_of(uint32_t n_bytes)
{
	if (n_bytes < SMALL_BYTES)
		return (struct size_list){ 0, n_bytes / (SMALL_BYTES / SL_COUNT) };
	uint32_t fl = highest_bit(n_bytes);
	return (struct size_list){ fl - (FL_SHIFT - 1), (n_bytes >> (fl - SL_LOG2)) ^ SL_COUNT };
}

static uint32_t head_of(const struct sim_tlsf *tlsf, struct size_list list)
{
	return tlsf->control + LISTS + (list.fl * SL_COUNT + list.sl) * WORD;
}

static uint32_t sl_bitmap_of(const struct sim_tlsf *tlsf, uint32_t fl) { return tlsf->control + SL_BITMAP + fl * WORD; }

/* The head of an empty list points to the control structure, whose first words are a null block. */
static void list_add(const struct sim_tlsf *tlsf, uint32_t block)
{
	struct size_list list = list_of(payload_bytes(tlsf, block));
	uint32_t head = head_of(tlsf, list), first = get(tlsf, head);

	set(tlsf, block + NEXT_FREE, first);
	set(tlsf, block + PREV_FREE, tlsf->control);
	set(tlsf, first + PREV_FREE, block);
	set(tlsf, head, block);
	set(tlsf, tlsf->control + FL_BITMAP, get(tlsf, tlsf->control + FL_BITMAP) | 1u << list.fl);
	set(tlsf, sl_bitmap_of(tlsf, list.fl), get(tlsf, sl_bitmap_of(tlsf, list.fl)) | 1u << list.sl);
}

static void list_remove(const struct sim_tlsf *tlsf, uint32_t block)
{
	struct size_list list = list_of(payload_bytes(tlsf, block));
	uint32_t head = head_of(tlsf, list), bitmap = sl_bitmap_of(tlsf, list.fl);
	uint32_t next = get(tlsf, block + NEXT_FREE), previous = get(tlsf, block + PREV_FREE);

	set(tlsf, next + PREV_FREE, previous);
	set(tlsf, previous + NEXT_FREE, next);
	if (get(tlsf, head) != block)
		return;
	set(tlsf, head, next);
	if (next != tlsf->control)
		return;
	set(tlsf, bitmap, get(tlsf, bitmap) & ~(1u << list.sl));
	if (get(tlsf, bitmap) == 0)
		set(tlsf, tlsf->control + FL_BITMAP, get(tlsf, tlsf->control + FL_BITMAP) & ~(1u << list.fl));
}

/* The first block of the first non-empty list of blocks that are all large enough; 0: none. */
static uint32_t find(const struct sim_tlsf *tlsf, uint32_t n_bytes)
{
	if (n_bytes >= SMALL_BYTES)
		n_bytes += (1u << (highest_bit(n_bytes) - SL_LOG2)) - 1;
	struct size_list list = list_of(n_bytes);
	if (list.fl >= FL_COUNT)
		return 0;
	uint32_t sls = get(tlsf, sl_bitmap_of(tlsf, list.fl)) & ~0u << list.sl;
	if (sls == 0) {
		uint32_t fls = list.fl + 1 < 32 ? get(tlsf, tlsf->control + FL_BITMAP) & ~0u << (list.fl + 1) : 0;
		if (fls == 0)
			return 0;
		list.fl = lowest_bit(fls);
		sls = get(tlsf, sl_bitmap_of(tlsf, list.fl));
	}
	list.sl = lowest_bit(sls);
	return get(tlsf, head_of(tlsf, list));
}

/* ---- the allocator ---- */

int sim_tlsf_init(struct sim_tlsf *tlsf, struct sim_memory *board, uint32_t address, uint32_t n_bytes)
{
	*tlsf = (struct sim_tlsf){ .board = board, .control = address, .pool = address + TLSF_CONTROL_BYTES };
	if (address % WORD || n_bytes < TLSF_CONTROL_BYTES + POOL_OVERHEAD_BYTES + TLSF_MIN_BYTES ||
	    n_bytes > REQUEST_MAX_BYTES || !sim_memory_at(board, address, n_bytes))
		return -EINVAL;
	tlsf->n_pool_bytes = (n_bytes - TLSF_CONTROL_BYTES) / WORD * WORD;
	set(tlsf, tlsf->control + NEXT_FREE, tlsf->control);
	set(tlsf, tlsf->control + PREV_FREE, tlsf->control);
	for (uint32_t at = FL_BITMAP; at < LISTS; at += WORD)
		set(tlsf, tlsf->control + at, 0);
	for (uint32_t at = LISTS; at < TLSF_CONTROL_BYTES; at += WORD)
		set(tlsf, tlsf->control + at, tlsf->control);

	uint32_t first = tlsf->pool - SIZE; /* its word -1 is not used */
	set(tlsf, first + SIZE, tlsf->n_pool_bytes - POOL_OVERHEAD_BYTES);
	set(tlsf, block_after(tlsf, first) + SIZE, 0);
	mark_free(tlsf, first);
	list_add(tlsf, first);
	return 0;
}

uint32_t sim_tlsf_alloc(struct sim_tlsf *tlsf, uint32_t n_bytes, bool persists)
{
	uint32_t n = MAX((n_bytes + WORD - 1) / WORD * WORD, (uint32_t)TLSF_MIN_BYTES);
	uint32_t block = n_bytes > 0 && n_bytes <= REQUEST_MAX_BYTES ? find(tlsf, n) : 0;

	if (!block) {
		tlsf->n_failed += n_bytes > 0;
		return 0;
	}
	list_remove(tlsf, block);
	mark_used(tlsf, block);
	uint32_t had = payload_bytes(tlsf, block);
	if (had >= n + SPLIT_BYTES) {
		set_payload_bytes(tlsf, block, n);
		uint32_t rest = block_after(tlsf, block);
		set(tlsf, rest + SIZE, had - n - WORD);
		mark_free(tlsf, rest);
		list_add(tlsf, rest);
	}
	put(tlsf, block, TLSF_PERSISTS, persists);
	tlsf->n_used_bytes += payload_bytes(tlsf, block);
	tlsf->n_peak_bytes = MAX(tlsf->n_peak_bytes, tlsf->n_used_bytes);
	tlsf->n_used++;
	tlsf->n_allocations++;
	return block + PAYLOAD;
}

void sim_tlsf_free(struct sim_tlsf *tlsf, uint32_t address)
{
	uint32_t block = address - PAYLOAD;

	if (!address)
		return;
	tlsf->n_used_bytes -= payload_bytes(tlsf, block);
	tlsf->n_used--;
	put(tlsf, block, TLSF_PERSISTS, false);
	uint32_t after = block_after(tlsf, block);
	if (has(tlsf, after, TLSF_FREE)) {
		list_remove(tlsf, after);
		set_payload_bytes(tlsf, block, payload_bytes(tlsf, block) + WORD + payload_bytes(tlsf, after));
	}
	if (has(tlsf, block, TLSF_PREVIOUS_FREE)) {
		uint32_t before = get(tlsf, block + PREVIOUS);
		list_remove(tlsf, before);
		set_payload_bytes(tlsf, before, payload_bytes(tlsf, before) + WORD + payload_bytes(tlsf, block));
		block = before;
	}
	mark_free(tlsf, block);
	list_add(tlsf, block);
}

void sim_tlsf_free_all(struct sim_tlsf *tlsf)
{
	uint32_t block = tlsf->pool - SIZE;

	while (payload_bytes(tlsf, block) > 0) {
		if (has(tlsf, block, TLSF_FREE | TLSF_PERSISTS)) {
			block = block_after(tlsf, block);
			continue;
		}
		uint32_t merged = has(tlsf, block, TLSF_PREVIOUS_FREE) ? get(tlsf, block + PREVIOUS) : block;
		sim_tlsf_free(tlsf, block + PAYLOAD);
		block = merged;
	}
}
