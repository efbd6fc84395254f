/* A receiver of the agent's frames for its tests, written from PROTOCOL.md alone: bit by bit, strict, and shared with
 * neither side. It fails the test at a frame that is not as the document says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_TEST_MAX_AREAS = 8, WIRE_TEST_MAX_FRAMES = 65536 };

struct wire_frame {
	uint8_t type, session;
	uint16_t sequence;
	uint8_t n_payload;
	uint8_t payload[125];
};

struct wire_area {
	uint64_t address, n_blocks;
	uint8_t memory;
	uint8_t *codes; /* enum wire_code */
	uint8_t *known; /* per row: it came, or was left out, since the last key */
};

/* The block table of one pool. */
struct wire_table {
	struct wire_area areas[WIRE_TEST_MAX_AREAS];
	uint64_t n_areas, n_announced;
	uint8_t number, flags;
	uint64_t index, block_bytes, stack_used, stack_limit, at_ms;
	uint64_t pause_us, wait_us, n_abandoned, n_skipped, n_collections;
	bool under_way, shown, ever;
	uint64_t n_shown;     /* so many snapshots had the right digest */
	uint64_t n_rows_sent; /* of the last one: blocks that came / 64, rounded up */
	uint64_t n_blocks_sent;
	uint32_t last_digest;
};

struct wire_rx {
	struct wire_frame *frames;
	size_t n_frames, n_bytes;
	int next_sequence; /* -1: any */
	struct wire_table tables[8];
};

void wire_rx_init(struct wire_rx *rx);
void wire_rx_deinit(struct wire_rx *rx);
void wire_rx_clear(struct wire_rx *rx); /* the frames, not the tables */

/* Takes what a port's write function was given: one whole frame. */
void wire_rx_frame(struct wire_rx *rx, const uint8_t *bytes, size_t n_bytes);

/* Takes such a frame apart; false if it is none. */
bool wire_parse(const uint8_t *bytes, size_t n_bytes, struct wire_frame *ret);
/* The bytes of a frame, for the other direction; ret has room for 128. */
size_t wire_make(uint8_t type, uint8_t session, uint16_t sequence, const void *payload, size_t n_payload, uint8_t *ret);

uint64_t wire_varint(const struct wire_frame *frame, size_t *at);
uint32_t wire_crc32(uint32_t crc, const void *bytes, size_t n_bytes);

/* The n-th frame of this type, or NULL. */
const struct wire_frame *wire_find(const struct wire_rx *rx, uint8_t type, size_t n);
