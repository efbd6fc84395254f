/* The fields of a message, one after the other. The first that is not there makes all that follow 0, and is remembered:
 * read freely, ask fields.short_of once. Behind the fields known there may be more. */
#ifndef MEMPROF_AGENT_FIELDS_H
#define MEMPROF_AGENT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fields {
	const uint8_t *p, *end;
	bool short_of; /* something was not there, or no varint of 64 bits */
};

uint8_t fields_u8(struct fields *f);
uint32_t fields_u32(struct fields *f);
uint64_t fields_varint(struct fields *f);

/* A varint that must be below limit: else it counts as missing. */
uint32_t fields_below(struct fields *f, uint32_t limit);

/* The next n bytes, NULL if they are not there. */
const uint8_t *fields_bytes(struct fields *f, size_t n);

/* The rest as a text that is clean, NUL-terminated, and cut at a character if it does not fit. */
void fields_text(struct fields *f, char *ret, size_t n_ret);

#endif
