/* Writes what an agent sends, from firmware-agent/PROTOCOL.md alone: neither the host's code nor the board's is in it,
 * so both can be held to it. Slow and plain. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/wire.h"

struct tx {
	struct strbuf out;
	uint8_t session;
	uint16_t sequence;
	bool as_text; /* mp$…$ in a line of its own */
};

struct tx_area {
	uint64_t address;
	uint8_t memory;
	uint32_t n_blocks;
	const uint8_t *codes; /* n_blocks of enum wire_code */
};

struct tx_snapshot {
	uint8_t pool, number, flags;
	uint64_t at_ms, block_bytes, stack_used, stack_limit;
	const struct tx_area *areas;
	uint32_t n_areas;
	/* The codes of all areas one after the other as they were before: rows that are the same are left out. NULL:
	 * none. */
	const uint8_t *before;
	uint32_t rows_max; /* in one frame; 0: one. Three fit whatever they are */
	uint64_t pause_us, n_abandoned, n_skipped, n_collections;
	uint64_t wait_us; /* 0: an agent of 1.0, which does not tell */
	bool raw;         /* as RAW; then no row is left out */
};

uint32_t tx_crc(const void *bytes, size_t n_bytes);
void tx_cobs(struct strbuf *out, const uint8_t *bytes, size_t n_bytes); /* without the zeros around it */

void tx_frame(struct tx *w, uint8_t type, const void *payload, size_t n_bytes);
/* The same with a payload that was written into a strbuf, which is empty then. */
void tx_send(struct tx *w, uint8_t type, struct strbuf *payload);
void tx_u8(struct strbuf *payload, uint8_t value);
void tx_varint(struct strbuf *payload, uint64_t value);

void tx_hello(struct tx *w, uint64_t block_bytes, uint64_t abilities, uint64_t period_ms, const char *firmware);
void tx_snapshot(struct tx *w, const struct tx_snapshot *s);
uint32_t tx_digest(const struct tx_snapshot *s);
