/* An allocator on a Cortex-M3 after random allocations, and what the program has of it, printed. Then it stands still,
 * so that a debugger finds just that. TLSF: in two pools, one of which has no variable, after tlsf_create(). */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "startup.h"

#ifdef TLSF
#include "tlsf.h"
#endif

enum { N_LIVE = 300 };

void _exit(int status)
{
	(void)status;
	for (;;) {}
}

static void put(const char *text)
{
	enum { SYS_WRITE0 = 4 };

	semihosting(SYS_WRITE0, text);
}

static void put_number(const char *before, uintptr_t n)
{
	char text[sizeof("4294967295")], *at = text + sizeof(text) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	put(before);
	put(at);
}

#ifdef TLSF
static tlsf_t images;
static char control[8192], first[20000];

int tlsf_print(const char *format, ...);
int tlsf_print(const char *format, ...) { return format != NULL; }

static void begin(void)
{
	images = tlsf_create(control);
	tlsf_add_pool(images, first, sizeof(first));
	tlsf_add_pool(images, heap_begin, (size_t)(heap_end - heap_begin));
}
static void *allocate(size_t n_bytes) { return tlsf_malloc(images, n_bytes); }
static void release(void *block) { tlsf_free(images, block); }
#else
static char *heap_break = heap_begin;

void *_sbrk(ptrdiff_t n_bytes)
{
	char *ret = heap_break;

	if (n_bytes > heap_end - heap_break || n_bytes < heap_begin - heap_break)
		return (void *)-1;
	heap_break += n_bytes;
	return ret;
}

static void begin(void) {}
static void *allocate(size_t n_bytes) { return malloc(n_bytes); }
static void release(void *block) { free(block); }
#endif

static struct {
	void *address;
	size_t n_bytes;
} live[N_LIVE];

static uint32_t next_random(void)
{
	static uint32_t state = SEED;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

int main(void)
{
	begin();
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t at = next_random() % N_LIVE;
		if (live[at].address)
			release(live[at].address);
		live[at].n_bytes = next_random() % (next_random() % 8 ? 60 : 900);
		live[at].address = next_random() % 3 ? allocate(live[at].n_bytes) : NULL;
	}
	for (uint32_t i = 0; i < N_LIVE; i++) {
		if (!live[i].address)
			continue;
		put_number("live ", (uintptr_t)live[i].address);
		put_number(" ", live[i].n_bytes);
		put("\n");
	}
	put("done\n");
	return 0;
}
