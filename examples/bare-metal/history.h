/* The history of the node: records of all sizes in the external RAM, under TLSF. It is built with make TLSF=FOLDER. */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef WITH_TLSF
struct record {
	struct record *next;
	uint32_t at_ms;
	size_t n_bytes; /* of all of it, as requested */
	uint8_t data[];
};

void history_start(void);
/* Appends a record; the oldest give way. Now and then, another one is deleted. */
void history_add(uint32_t at_ms);
/* For the test: deletes the older half, whose blocks lie mostly side by side. */
void history_forget(void);
/* Of the pool. False before history_start(). */
bool history_where(uintptr_t *ret_address, uintptr_t *ret_n_bytes);

/* For the test: what the program counted. */
struct history_figures {
	struct record *records; /* the oldest first */
	uint32_t n_records;
	size_t used; /* what TLSF took for them */
};
extern struct history_figures history_figures;
size_t history_taken(struct record *record);
/* The largest request that TLSF grants now, by trying. */
size_t history_largest_fit(void);
/* Each block as TLSF's own walker finds it. */
void history_walk(void (*each)(void *block, size_t n_bytes, int used, void *ctx), void *ctx);
#else
static inline void history_start(void) {}
static inline void history_add(uint32_t at_ms) { (void)at_ms; }
static inline void history_forget(void) {}
#endif

#endif
