#include "agent_wire.h"

#include "memprof/wire.h"
#include "unit.h"

uint32_t wire_crc32(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	crc = ~crc;
	for (size_t i = 0; i < n_bytes; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ WIRE_CRC_POLYNOMIAL : crc >> 1;
	}
	return ~crc;
}

void wire_rx_init(struct wire_rx *rx)
{
	*rx = (struct wire_rx){ .next_sequence = -1 };
	rx->frames = calloc(WIRE_TEST_MAX_FRAMES, sizeof(*rx->frames));
	assert_non_null(rx->frames);
}

static void table_clear(struct wire_table *table)
{
	for (size_t i = 0; i < WIRE_TEST_MAX_AREAS; i++) {
		free(table->areas[i].codes);
		free(table->areas[i].known);
	}
	*table = (struct wire_table){ 0 };
}

void wire_rx_deinit(struct wire_rx *rx)
{
	for (size_t i = 0; i < 8; i++)
		table_clear(&rx->tables[i]);
	free(rx->frames);
}

void wire_rx_clear(struct wire_rx *rx) { rx->n_frames = rx->n_bytes = 0; }

bool wire_parse(const uint8_t *bytes, size_t n_bytes, struct wire_frame *ret)
{
	uint8_t body[WIRE_FRAME_MAX_BYTES], plain[WIRE_FRAME_MAX_BYTES] = { 0 };
	size_t n = 0, at = 1;
	uint32_t crc;

	if (n_bytes < 3 || n_bytes > WIRE_FRAME_MAX_BYTES || bytes[0] || bytes[n_bytes - 1])
		return false;
	if (bytes[1] >= 0x80) { /* masked */
		for (size_t i = 2; i < n_bytes - 1; i++)
			plain[i - 1] = bytes[i] ^ bytes[1];
		bytes = plain;
		n_bytes--;
	}
	while (at < n_bytes - 1) {
		uint8_t code = bytes[at++];

		for (uint8_t i = 1; i < code; i++) {
			if (at >= n_bytes - 1 || !bytes[at])
				return false;
			body[n++] = bytes[at++];
		}
		if (code == 0)
			return false;
		if (at < n_bytes - 1 && code != 0xff)
			body[n++] = 0;
	}
	if (n < WIRE_BODY_MIN_BYTES || n > WIRE_BODY_MAX_BYTES)
		return false;
	crc = wire_crc32(0, body, n - 4);
	for (size_t i = 0; i < 4; i++)
		if (body[n - 4 + i] != (uint8_t)(crc >> 8 * i))
			return false;
	if (!body[0])
		return false;
	ret->type = body[0];
	ret->session = body[1];
	ret->sequence = (uint16_t)(body[2] | body[3] << 8);
	ret->n_payload = (uint8_t)(n - 8);
	memcpy(ret->payload, body + 4, n - 8);
	return true;
}

size_t wire_make(uint8_t type, uint8_t session, uint16_t sequence, const void *payload, size_t n_payload, uint8_t *ret)
{
	uint8_t body[WIRE_BODY_MAX_BYTES] = { type, session, (uint8_t)sequence, (uint8_t)(sequence >> 8) };
	size_t n = 4 + n_payload, code_at = 1, n_out = 2;
	uint32_t crc;

	assert_true(n_payload <= WIRE_PAYLOAD_MAX_BYTES);
	if (n_payload)
		memcpy(body + 4, payload, n_payload);
	crc = wire_crc32(0, body, n);
	for (int i = 0; i < 4; i++)
		body[n++] = (uint8_t)(crc >> 8 * i);
	ret[0] = 0;
	for (size_t i = 0; i < n; i++) {
		if (body[i]) {
			ret[n_out++] = body[i];
		} else {
			ret[code_at] = (uint8_t)(n_out - code_at);
			code_at = n_out++;
		}
	}
	ret[code_at] = (uint8_t)(n_out - code_at);
	ret[n_out++] = 0;
	return n_out;
}

uint64_t wire_varint(const struct wire_frame *frame, size_t *at)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t byte;

		assert_true(*at < frame->n_payload && shift < 64);
		byte = frame->payload[(*at)++];
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

const struct wire_frame *wire_find(const struct wire_rx *rx, uint8_t type, size_t n)
{
	for (size_t i = 0; i < rx->n_frames; i++)
		if (rx->frames[i].type == type && !n--)
			return &rx->frames[i];
	return NULL;
}

static void on_begin(struct wire_table *table, const struct wire_frame *frame, size_t at)
{
	uint8_t number = frame->payload[1];

	table->flags = frame->payload[at++];
	assert_true(table->flags & WIRE_KEY || (table->ever && number == (uint8_t)(table->number + 1)));
	table->at_ms = wire_varint(frame, &at);
	table->block_bytes = wire_varint(frame, &at);
	table->n_areas = wire_varint(frame, &at);
	table->stack_used = wire_varint(frame, &at);
	table->stack_limit = wire_varint(frame, &at);
	assert_int_equal(at, frame->n_payload);
	assert_true(table->n_areas <= WIRE_TEST_MAX_AREAS);
	assert_false(table->under_way && table->number == number); /* it would be a late part of the same */
	/* One that was abandoned leaves a table that nothing is known of. */
	if (table->under_way || table->flags & WIRE_KEY)
		for (size_t i = 0; i < WIRE_TEST_MAX_AREAS; i++)
			if (table->areas[i].known)
				memset(table->areas[i].known, 0, table->areas[i].n_blocks / 64 + 1);
	table->number = number;
	table->under_way = true;
	table->ever = true;
	table->shown = false;
	table->n_announced = 0;
	table->n_blocks_sent = 0;
}

static void on_area(struct wire_table *table, const struct wire_frame *frame, size_t at)
{
	uint64_t i = wire_varint(frame, &at);
	struct wire_area *area;
	uint64_t address, n_blocks;
	uint8_t memory = frame->payload[at++];

	address = wire_varint(frame, &at);
	n_blocks = wire_varint(frame, &at);
	assert_int_equal(at, frame->n_payload);
	assert_int_equal(i, table->n_announced);
	assert_true(i < table->n_areas);
	table->n_announced++;
	area = &table->areas[i];
	if (!area->codes || area->address != address || area->n_blocks != n_blocks) {
		assert_true(table->flags & WIRE_KEY);
		free(area->codes);
		free(area->known);
		area->codes = calloc(n_blocks + 1, 1);
		area->known = calloc(n_blocks / 64 + 1, 1);
		assert_true(area->codes && area->known);
	}
	area->address = address;
	area->n_blocks = n_blocks;
	area->memory = memory;
}

struct nibbles {
	const struct wire_frame *frame;
	size_t at; /* in nibbles of the payload */
};

static int nibble_next(struct nibbles *in)
{
	size_t byte = in->at / 2;

	if (byte >= in->frame->n_payload)
		return -1;
	return in->frame->payload[byte] >> (in->at++ % 2 ? 4 : 0) & 15;
}

static uint64_t length_next(struct nibbles *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 3) {
		int nibble = nibble_next(in);

		assert_true(nibble >= 0 && shift < 60);
		value |= (uint64_t)(nibble & 7) << shift;
		if (!(nibble & 8))
			return value + 1;
	}
}

static void set(struct wire_table *table, struct wire_area *area, uint64_t block, uint64_t n, uint8_t code)
{
	assert_true(n <= area->n_blocks - block);
	memset(area->codes + block, code, n);
	for (uint64_t row = block / 64; row <= (block + n - 1) / 64; row++)
		area->known[row] = 1;
	table->n_blocks_sent += n;
}

static void on_rows(struct wire_table *table, const struct wire_frame *frame, size_t at)
{
	uint64_t i = wire_varint(frame, &at), block = wire_varint(frame, &at);
	struct nibbles in = { frame, 2 * at };
	struct wire_area *area = &table->areas[i];
	int nibble;

	assert_int_equal(table->n_announced, table->n_areas);
	assert_true(i < table->n_areas);
	while ((nibble = nibble_next(&in)) >= 0) {
		uint64_t n = 1;

		if (nibble == WIRE_PAD) {
			assert_true(nibble_next(&in) < 0);
			break;
		}
		if (nibble == WIRE_SKIP) {
			assert_false(table->flags & WIRE_KEY);
			assert_int_equal(block % 64, 0);
			block += 64 * length_next(&in);
			assert_true(block < area->n_blocks);
			continue;
		}
		if (nibble <= WIRE_TAIL)
			n = length_next(&in);
		set(table, area, block, n, nibble == WIRE_ONE_TAIL ? WIRE_TAIL : (uint8_t)nibble);
		block += n;
	}
}

static void on_raw(struct wire_table *table, const struct wire_frame *frame, size_t at)
{
	static const uint8_t codes[] = { WIRE_FREE, WIRE_HEAD, WIRE_TAIL, WIRE_MARKED };
	uint64_t i = wire_varint(frame, &at), block = wire_varint(frame, &at);
	struct wire_area *area = &table->areas[i];

	assert_true(i < table->n_areas && block % 4 == 0);
	for (; at < frame->n_payload; at++)
		for (int shift = 0; shift < 8 && block < area->n_blocks; shift += 2, block++)
			set(table, area, block, 1, codes[frame->payload[at] >> shift & 3]);
}

static uint32_t digest_of(const struct wire_table *table)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < table->n_areas; i++) {
		const struct wire_area *area = &table->areas[i];
		uint8_t head[12];

		for (int k = 0; k < 8; k++)
			head[k] = (uint8_t)(area->address >> 8 * k);
		for (int k = 0; k < 4; k++)
			head[8 + k] = (uint8_t)(area->n_blocks >> 8 * k);
		crc = wire_crc32(crc, head, sizeof(head));
		for (uint64_t first = 0; first < area->n_blocks; first += 64) {
			uint8_t row[32] = { 0 }, bytes[4];
			uint32_t row_crc;

			for (uint64_t k = 0; k < 64 && first + k < area->n_blocks; k++)
				row[k / 2] |= (uint8_t)(area->codes[first + k] << (k % 2 ? 4 : 0));
			row_crc = wire_crc32(0, row, sizeof(row));
			for (int k = 0; k < 4; k++)
				bytes[k] = (uint8_t)(row_crc >> 8 * k);
			crc = wire_crc32(crc, bytes, 4);
		}
	}
	return crc;
}

static void on_end(struct wire_table *table, const struct wire_frame *frame, size_t at)
{
	uint32_t digest = 0;

	for (int k = 0; k < 4; k++)
		digest |= (uint32_t)frame->payload[at++] << 8 * k;
	table->pause_us = wire_varint(frame, &at);
	table->n_abandoned = wire_varint(frame, &at);
	table->n_skipped = wire_varint(frame, &at);
	table->n_collections = wire_varint(frame, &at);
	table->wait_us = wire_varint(frame, &at);
	assert_int_equal(at, frame->n_payload);
	assert_int_equal(table->n_announced, table->n_areas);
	for (size_t i = 0; i < table->n_areas; i++)
		for (uint64_t row = 0; row * 64 < table->areas[i].n_blocks; row++)
			assert_true(table->areas[i].known[row]);
	table->last_digest = digest;
	table->under_way = false;
	table->shown = digest == digest_of(table);
	table->n_shown += table->shown;
	table->n_rows_sent = (table->n_blocks_sent + 63) / 64;
}

void wire_rx_frame(struct wire_rx *rx, const uint8_t *bytes, size_t n_bytes)
{
	struct wire_frame *frame = &rx->frames[rx->n_frames];
	struct wire_table *table;
	size_t at = 2;
	uint64_t index;

	assert_true(rx->n_frames < WIRE_TEST_MAX_FRAMES);
	assert_true(wire_parse(bytes, n_bytes, frame));
	rx->n_frames++;
	rx->n_bytes += n_bytes;
	if (rx->next_sequence >= 0)
		assert_int_equal(frame->sequence, (uint16_t)rx->next_sequence);
	rx->next_sequence = (uint16_t)(frame->sequence + 1);
	if (frame->type < WIRE_BEGIN || frame->type > WIRE_END)
		return;
	assert_true(frame->n_payload >= 3 && frame->payload[0] < 8);
	table = &rx->tables[frame->payload[0]];
	index = wire_varint(frame, &at);
	if (frame->type == WIRE_BEGIN) {
		assert_int_equal(index, 0);
		for (size_t i = 0; i < sizeof(rx->tables) / sizeof(rx->tables[0]); i++) /* it ends the one before */
			rx->tables[i].under_way &= &rx->tables[i] == table;
		on_begin(table, frame, at);
		table->index = 1;
		return;
	}
	assert_true(table->under_way);
	assert_int_equal(index, table->index++);
	assert_int_equal(frame->payload[1], table->number);
	switch (frame->type) {
	case WIRE_AREA:
		on_area(table, frame, at);
		break;
	case WIRE_ROWS:
		on_rows(table, frame, at);
		break;
	case WIRE_RAW:
		on_raw(table, frame, at);
		break;
	default:
		on_end(table, frame, at);
	}
}
