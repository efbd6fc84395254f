/* A block table as a debugger saves it from memory: two bits per block, and nothing else. */
#pragma once

#include "memprof/protocol/decoder.h"

/* What the bytes do not tell. */
struct raw_atb {
	uint64_t address; /* of the first block */
	uint64_t n_blocks, block_bytes;
};

/* "ADDRESS:BLOCKS[:BLOCK_BYTES]", the address in hexadecimal. False: it is something else, or no heap is like that. */
bool raw_atb_parse(const char *text, struct raw_atb *ret);
uint64_t raw_atb_table_bytes(const struct raw_atb *a);

/* One snapshot, at the end; decoder_options.raw_atb is set. Bytes beyond the table are not looked at. */
extern const struct decoder decoder_raw_atb;
