#include "history.h"

#include <string.h>

#include "tlsf.h"

enum { MEMORY_BYTES = 32768, DATA_MAX_BYTES = 1000, FORGET_ONE_IN = 3 };

struct history_figures history_figures;

/* mps2.ld: the external RAM. It is not zeroed. */
static uint64_t memory[MEMORY_BYTES / sizeof(uint64_t)] __attribute__((section(".psram")));
static tlsf_t tlsf;

/* TLSF prints what is wrong with memory that it is given (Makefile). newlib's printf would bring 6 KiB with it. */
int tlsf_print(const char *format, ...);
int tlsf_print(const char *format, ...)
{
	(void)format;
	return 0;
}

static uint32_t random_below(uint32_t n)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % n;
}

static void delete_at(struct record **place)
{
	struct record *record = *place;

	*place = record->next;
	history_figures.n_records--;
	history_figures.used -= tlsf_block_size(record);
	tlsf_free(tlsf, record);
}

void history_start(void) { tlsf = tlsf_create_with_pool(memory, sizeof(memory)); }

void history_add(uint32_t at_ms)
{
	size_t n_bytes = sizeof(struct record) + random_below(DATA_MAX_BYTES);
	struct record *record, **place = &history_figures.records;

	if (history_figures.n_records && random_below(FORGET_ONE_IN) == 0) {
		for (uint32_t n = random_below(history_figures.n_records); n; n--)
			place = &(*place)->next;
		delete_at(place);
	}
	while (!(record = tlsf_malloc(tlsf, n_bytes)) && history_figures.records)
		delete_at(&history_figures.records);
	if (!record)
		return;
	*record = (struct record){ .at_ms = at_ms, .n_bytes = n_bytes };
	memset(record->data, (int)at_ms, n_bytes - sizeof(*record));
	for (place = &history_figures.records; *place;)
		place = &(*place)->next;
	*place = record;
	history_figures.n_records++;
	history_figures.used += tlsf_block_size(record);
}

void history_forget(void)
{
	for (uint32_t n = history_figures.n_records / 2; n; n--)
		delete_at(&history_figures.records);
}

/* The pool is what lies behind TLSF's own structure, up to the end of what it was given. */
bool history_where(uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	if (!tlsf)
		return false;
	*ret_address = (uintptr_t)tlsf_get_pool(tlsf);
	*ret_n_bytes = (uintptr_t)memory + sizeof(memory) - *ret_address;
	return true;
}

size_t history_taken(struct record *record) { return tlsf_block_size(record); }

size_t history_largest_fit(void)
{
	size_t fits = 0, too_large = sizeof(memory);

	while (too_large - fits > 1) {
		size_t n_bytes = fits + (too_large - fits) / 2;
		void *block = tlsf_malloc(tlsf, n_bytes);

		if (block)
			fits = n_bytes;
		else
			too_large = n_bytes;
		tlsf_free(tlsf, block);
	}
	return fits;
}

void history_walk(void (*each)(void *block, size_t n_bytes, int used, void *ctx), void *ctx)
{
	tlsf_walk_pool(tlsf_get_pool(tlsf), each, ctx);
}
