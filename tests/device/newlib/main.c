/* newlib's own malloc on a Cortex-M3, and the agent's walker beside it: random allocations, each followed by a look at
 * every block. Prints a line of results, and ends QEMU. NANO: of nano.specs. */
#include <malloc.h>
#include <reent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/pools.h"
#include "startup.h"

void _exit(int status)
{
	enum { SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026, RUN_TIME_ERROR = 0x20023 };

	for (;;)
		semihosting(SYS_EXIT, (const void *)(uintptr_t)(status ? RUN_TIME_ERROR : APPLICATION_EXIT));
}

static char *heap_break = heap_begin;

void *_sbrk(ptrdiff_t n_bytes)
{
	char *ret = heap_break;

	if (n_bytes > heap_end - heap_break || n_bytes < heap_begin - heap_break)
		return (void *)-1;
	heap_break += n_bytes;
	return ret;
}

/* newlib's own brings printf with it. */
struct mallinfo mallinfo(void) { return _mallinfo_r(_REENT); }

static uintptr_t sbrk_now(void) { return (uintptr_t)heap_break; }
static bool where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)heap_begin;
	*ret_n_bytes = (uintptr_t)(heap_end - heap_begin);
	return true;
}

#ifdef NANO
extern void *__malloc_free_list;
MEMPROF_POOL_NANO(walked, "C heap", WIRE_MEMORY_SRAM, where, sbrk_now, &__malloc_free_list, 16);
enum { HEAD_BYTES = 8, PAD_BYTES = 4 }; /* PAD_BYTES: of the head, if the payload needs no pad */
#else
MEMPROF_POOL_DLMALLOC(walked, "C heap", WIRE_MEMORY_SRAM, where, sbrk_now, 16);
enum { HEAD_BYTES = 4, PAD_BYTES = 0 };
#endif
MEMPROF_POOL_NEWLIB(by_mallinfo, "C heap", WIRE_MEMORY_SRAM, where);

/* The program's allocations, in order of address. */
enum { N_MAX = 120 };
static struct {
	uintptr_t address;
	size_t n_bytes;
} live[N_MAX];
static uint32_t n_live, random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % n;
}

static void insert(void *at, size_t n_bytes)
{
	uint32_t i = n_live++;

	for (; i > 0 && live[i - 1].address > (uintptr_t)at; i--)
		live[i] = live[i - 1];
	live[i].address = (uintptr_t)at;
	live[i].n_bytes = n_bytes;
	memset(at, 0xa5, n_bytes);
}

static void *take(uint32_t i)
{
	void *at = (void *)live[i].address;

	n_live--;
	for (; i < n_live; i++)
		live[i] = live[i + 1];
	return at;
}

static void one_step(uint32_t size_max)
{
	uint32_t what = random_below(16);
	size_t n_bytes = 1 + random_below(what ? size_max / 8 : size_max);

	if (n_live < N_MAX && random_below(N_MAX) > n_live / 2) {
		void *at = what == 1 ? memalign((size_t)16 << random_below(5), n_bytes) : malloc(n_bytes);

		if (at)
			insert(at, n_bytes);
	} else if (n_live) {
		uint32_t i = random_below(n_live);

		if (what == 2) {
			void *old = take(i), *at = realloc(old, n_bytes);

			if (at)
				insert(at, n_bytes);
			else
				free(old);
		} else {
			free(take(i));
		}
	}
}

#define IS_WHOLE_PAGES (((uintptr_t)heap_begin | (uintptr_t)heap_end) % 4096 == 0)

/* One look: each used block holds the next allocation, whole, and no free block holds a byte of one. */
struct look {
	uint32_t i_live;
	uintptr_t end, used, free, largest;
	bool wrong;
};

static void each_block(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	struct look *look = ctx;

	look->wrong |= address < look->end || address + n_bytes > (uintptr_t)heap_end;
	look->end = address + n_bytes;
	if (used) {
		look->wrong |= look->i_live == n_live || live[look->i_live].address < address - PAD_BYTES ||
			       live[look->i_live].address + live[look->i_live].n_bytes > look->end;
		look->i_live++;
		look->used += n_bytes;
	} else {
		look->wrong |= look->i_live < n_live && live[look->i_live].address < address + n_bytes;
		look->free += n_bytes;
		if (look->largest < n_bytes)
			look->largest = n_bytes;
	}
}

static uintptr_t value(const struct memprof_stats *stats, enum wire_stat which)
{
	for (uint32_t i = 0; i < WIRE_N_STATS; i++)
		if ((uint32_t)which == 1u << i)
			return stats->values[i];
	return 0;
}

static uint32_t n_looks, n_wrong, n_fits, n_refused, n_larger, n_damaged;

static void look_at_all(void)
{
	struct memprof_stats stats = { 0 }, figures = { 0 };
	struct look look = { .wrong = false };

	walked.stats(&walked, &stats);
	by_mallinfo.stats(&by_mallinfo, &figures);
	n_looks++;
	n_damaged += !walked.walk(&walked, each_block, &look);
	n_wrong += look.wrong || look.i_live != n_live || value(&stats, WIRE_STAT_USED) != look.used ||
		   value(&stats, WIRE_STAT_FREE) != look.free || value(&stats, WIRE_STAT_USED_BLOCKS) != n_live ||
		   value(&stats, WIRE_STAT_LARGEST_FREE) != look.largest || (stats.mask & WIRE_STAT_DAMAGED) ||
		   /* mallinfo counts heads as used, and what is lost where memory does not end with a page */
		   value(&figures, WIRE_STAT_USED) < look.used + n_live * HEAD_BYTES ||
		   (IS_WHOLE_PAGES && value(&figures, WIRE_STAT_USED) != look.used + n_live * HEAD_BYTES) ||
		   value(&figures, WIRE_STAT_PEAK) != (uintptr_t)(heap_break - heap_begin);
}

static void try_largest(void)
{
	struct memprof_stats stats = { 0 };
	uintptr_t fit;
	void *at;

	walked.stats(&walked, &stats);
	fit = value(&stats, WIRE_STAT_LARGEST_FIT);
	if (fit) {
		at = malloc(fit);
		n_fits += at != NULL;
		n_refused += at == NULL;
		free(at);
	}
	walked.stats(&walked, &stats); /* what that has left behind where memory does not end with a page */
	at = malloc(value(&stats, WIRE_STAT_LARGEST_FIT) + 1);
	n_larger += at != NULL;
	free(at);
}

static char line[160];

static void put(const char *text, uint32_t n)
{
	char digits[11], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	strcat(strcat(line, text), at);
}

int main(void)
{
	uint32_t all_bytes = (uint32_t)(heap_end - heap_begin);

	look_at_all(); /* before the first allocation */
	try_largest();
	for (uint32_t i = 0; i < STEPS; i++) {
		one_step(i / (STEPS / 4) % 2 ? all_bytes / 5 : all_bytes / 20);
		look_at_all();
		if (i % 32 == 0)
			try_largest();
	}
	put("looks ", n_looks);
	put(" wrong ", n_wrong);
	put(" damaged ", n_damaged);
	put(" fits ", n_fits);
	put(" refused ", n_refused);
	put(" larger ", n_larger);
	semihosting(0x04, strcat(line, "\n")); /* SYS_WRITE0 */
	return 0;
}
