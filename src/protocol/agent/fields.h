/* Reads the fields of a message in sequence. Once a field is missing, it and all later ones are 0 and truncated is set:
 * read all of them, then check it once. More fields may follow the known ones. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent_fields {
	const uint8_t *p, *end;
	bool truncated; /* a field is missing, or a varint exceeds 64 bits */
};

uint8_t fields_u8(struct agent_fields *f);
uint32_t fields_u32(struct agent_fields *f);
uint64_t fields_varint(struct agent_fields *f);

/* A varint below limit; a larger one counts as missing. */
uint32_t fields_below(struct agent_fields *f, uint32_t limit);

/* The next n bytes; NULL if there are fewer. */
const uint8_t *fields_bytes(struct agent_fields *f, size_t n);

/* The rest as a clean, NUL-terminated text, truncated at a character if it does not fit. */
void fields_text(struct agent_fields *f, char *ret, size_t n_ret);
