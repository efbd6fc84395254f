#include "tlsf_check.h"

#include "tlsf.h"

enum {
	N_FIRST = 24,
	N_SECOND = 32,     /* lists: by the highest bit of a size, and by the five bits below */
	SMALL_BYTES = 128, /* below, each multiple of four has its own list */
	FIRST_BITMAP = 16,
	SECOND_BITMAPS = 20,
	LISTS = SECOND_BITMAPS + 4 * N_FIRST,
	SIZE = 4,
	NEXT_FREE = 8,
	PREVIOUS_FREE = 12, /* in a block */
};

static uint32_t word(const struct sim_tlsf *tlsf, uint32_t address) { return sim_load(tlsf->board, address); }

static uint32_t bytes_of(const struct sim_tlsf *tlsf, uint32_t block)
{
	return word(tlsf, block + SIZE) & ~(TLSF_PERSISTS | TLSF_FREE | TLSF_PREVIOUS_FREE);
}

bool tlsf_walk(const struct sim_tlsf *tlsf, void (*each)(void *ctx, uint32_t address, uint32_t n_bytes, bool used),
	       void *ctx)
{
	uint32_t at = tlsf->pool, end = tlsf->pool + tlsf->n_pool_bytes; /* the word with the size */
	bool previous_free = false;

	for (;;) {
		uint32_t n = bytes_of(tlsf, at - SIZE), flags = word(tlsf, at);
		bool is_free = flags & TLSF_FREE;
		if (!(flags & TLSF_PREVIOUS_FREE) == previous_free || (is_free && previous_free))
			return false;
		at += 4;
		if (n == 0)
			return !is_free && at == end;
		if (n % 4 || n > end - at || end - at - n < 4)
			return false;
		each(ctx, at, n, !is_free);
		previous_free = is_free;
		at += n;
	}
}

static void count_free(void *ctx, uint32_t address, uint32_t n_bytes, bool used)
{
	(void)address;
	(void)n_bytes;
	*(uint32_t *)ctx += !used;
}

/* The number of the list of a size. */
static uint32_t list_of(uint32_t n_bytes)
{
	uint32_t top = 0;

	if (n_bytes < SMALL_BYTES)
		return n_bytes / 4;
	while (n_bytes >> top > 1)
		top++;
	return (top - 6) * N_SECOND + (n_bytes >> (top - 5)) % N_SECOND;
}

bool tlsf_check(const struct sim_tlsf *tlsf)
{
	uint32_t n_free = 0, n_listed = 0;

	if (!tlsf_walk(tlsf, count_free, &n_free))
		return false;
	for (uint32_t list = 0; list < N_FIRST * N_SECOND; list++) {
		uint32_t first = list / N_SECOND, second = list % N_SECOND, previous = tlsf->control;
		uint32_t seconds = word(tlsf, tlsf->control + SECOND_BITMAPS + 4 * first);
		uint32_t block = word(tlsf, tlsf->control + LISTS + 4 * list);
		if ((word(tlsf, tlsf->control + FIRST_BITMAP) >> first & 1) != (seconds != 0) ||
		    (seconds >> second & 1) != (block != tlsf->control))
			return false;
		for (; block != tlsf->control; previous = block, block = word(tlsf, block + NEXT_FREE))
			if (++n_listed > n_free || !(word(tlsf, block + SIZE) & TLSF_FREE) ||
			    list_of(bytes_of(tlsf, block)) != list || word(tlsf, block + PREVIOUS_FREE) != previous)
				return false;
	}
	return n_listed == n_free;
}
