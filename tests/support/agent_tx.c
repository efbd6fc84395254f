#include "agent_tx.h"

#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

uint32_t tx_crc(const void *bytes, size_t n_bytes)
{
	const uint8_t *p = bytes;
	uint32_t crc = 0xffffffff;

	while (n_bytes-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

void tx_u8(struct strbuf *payload, uint8_t value) { strbuf_putc(payload, (char)value); }

void tx_varint(struct strbuf *payload, uint64_t value)
{
	for (; value > 127; value >>= 7)
		tx_u8(payload, (uint8_t)(value | 128));
	tx_u8(payload, (uint8_t)value);
}

static void put(struct strbuf *s, uint64_t value, int n_bytes)
{
	for (; n_bytes > 0; n_bytes--, value >>= 8)
		tx_u8(s, (uint8_t)value);
}

void tx_cobs(struct strbuf *out, const uint8_t *bytes, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && bytes[i])
			continue;
		tx_u8(out, (uint8_t)(i - from + 1));
		strbuf_add(out, bytes + from, i - from);
		from = i + 1;
	}
}

static void put_base64(struct strbuf *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = 0;
		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (i + k < n ? bytes[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			strbuf_putc(out, i + k > n ? '=' : digits[group >> (18 - 6 * k) & 63]);
	}
}

void tx_frame(struct tx *w, uint8_t type, const void *payload, size_t n_bytes)
{
	struct strbuf body = STRBUF_INIT;

	if (n_bytes > WIRE_PAYLOAD_MAX_BYTES)
		abort(); /* a fault of the test */
	tx_u8(&body, type);
	tx_u8(&body, w->session);
	put(&body, w->sequence++, 2);
	strbuf_add(&body, payload, n_bytes);
	put(&body, tx_crc(strbuf_text(&body), body.n_bytes), 4);
	const uint8_t *bytes = (const uint8_t *)strbuf_text(&body);
	if (w->as_text) {
		strbuf_puts(&w->out, "mp$");
		put_base64(&w->out, bytes, body.n_bytes);
		strbuf_puts(&w->out, "$\n");
	} else {
		tx_u8(&w->out, 0);
		tx_cobs(&w->out, bytes, body.n_bytes);
		tx_u8(&w->out, 0);
	}
	strbuf_deinit(&body);
}

void tx_send(struct tx *w, uint8_t type, struct strbuf *payload)
{
	tx_frame(w, type, strbuf_text(payload), payload->n_bytes);
	strbuf_deinit(payload);
}

void tx_hello(struct tx *w, uint64_t block_bytes, uint64_t abilities, uint64_t period_ms, const char *firmware)
{
	static const uint8_t about[] = { WIRE_MAJOR, WIRE_MINOR, 1, 2, 3, 4 };
	struct strbuf p = STRBUF_INIT;

	strbuf_add(&p, about, sizeof(about));
	tx_varint(&p, block_bytes);
	tx_varint(&p, abilities);
	tx_varint(&p, period_ms);
	tx_u8(&p, WIRE_TAG_FIRMWARE);
	tx_u8(&p, (uint8_t)strlen(firmware));
	strbuf_puts(&p, firmware);
	tx_send(w, WIRE_HELLO, &p);
}

/* ---- snapshots ---- */

static void begin(const struct tx_snapshot *s, uint32_t *index, struct strbuf *p)
{
	tx_u8(p, s->pool);
	tx_u8(p, s->number);
	tx_varint(p, (*index)++);
}

static uint32_t row_blocks(const struct tx_area *area, uint32_t first)
{
	return MIN((uint32_t)WIRE_ROW_BLOCKS, area->n_blocks - first);
}

uint32_t tx_digest(const struct tx_snapshot *s)
{
	struct strbuf all = STRBUF_INIT;

	for (uint32_t i = 0; i < s->n_areas; i++) {
		const struct tx_area *area = &s->areas[i];
		put(&all, area->address, 8);
		put(&all, area->n_blocks, 4);
		for (uint32_t first = 0; first < area->n_blocks; first += WIRE_ROW_BLOCKS) {
			uint8_t row[WIRE_ROW_BYTES] = { 0 };
			for (uint32_t k = 0; k < row_blocks(area, first); k++)
				row[k / 2] = (uint8_t)(row[k / 2] | area->codes[first + k] << 4 * (k % 2));
			put(&all, tx_crc(row, sizeof(row)), 4);
		}
	}
	uint32_t digest = tx_crc(strbuf_text(&all), all.n_bytes);
	strbuf_deinit(&all);
	return digest;
}

/* The nibbles of some blocks, each a byte. */
static void put_tokens(struct strbuf *nibbles, const uint8_t *codes, uint32_t n_blocks)
{
	for (uint32_t i = 0, end; i < n_blocks; i = end) {
		for (end = i + 1; end < n_blocks && codes[i] <= WIRE_TAIL && codes[end] == codes[i]; end++)
			;
		if (codes[i] == WIRE_TAIL && end == i + 1) {
			tx_u8(nibbles, WIRE_ONE_TAIL);
			continue;
		}
		tx_u8(nibbles, codes[i]);
		for (uint32_t n = end - i - 1; codes[i] <= WIRE_TAIL; n >>= 3) {
			tx_u8(nibbles, (uint8_t)((n & 7) | (n > 7 ? 8 : 0)));
			if (n <= 7)
				break;
		}
	}
}

static void send_rows(struct tx *w, const struct tx_snapshot *s, uint32_t *index, uint32_t i_area, uint32_t first,
		      uint32_t n_blocks)
{
	const uint8_t *codes = s->areas[i_area].codes + first;
	static const uint8_t raw[] = { 0, 2, 1, 3 };
	struct strbuf p = STRBUF_INIT, nibbles = STRBUF_INIT;

	begin(s, index, &p);
	tx_varint(&p, i_area);
	tx_varint(&p, first);
	if (s->raw) {
		for (uint32_t i = 0; i < n_blocks; i += 4) {
			unsigned byte = 0;
			for (uint32_t k = 0; k < 4 && i + k < n_blocks; k++)
				byte |= (unsigned)raw[codes[i + k]] << 2 * k;
			tx_u8(&p, (uint8_t)byte);
		}
		tx_send(w, WIRE_RAW, &p);
		return;
	}
	put_tokens(&nibbles, codes, n_blocks);
	for (size_t i = 0; i < nibbles.n_bytes; i += 2)
		tx_u8(&p, (uint8_t)(nibbles.text[i] | (i + 1 < nibbles.n_bytes ? nibbles.text[i + 1] : WIRE_PAD) << 4));
	strbuf_deinit(&nibbles);
	tx_send(w, WIRE_ROWS, &p);
}

void tx_snapshot(struct tx *w, const struct tx_snapshot *s)
{
	struct strbuf p = STRBUF_INIT;
	uint32_t index = 0, n_before = 0;

	begin(s, &index, &p);
	tx_u8(&p, s->flags);
	tx_varint(&p, s->at_ms);
	tx_varint(&p, s->block_bytes);
	tx_varint(&p, s->n_areas);
	tx_varint(&p, s->stack_used);
	tx_varint(&p, s->stack_limit);
	tx_send(w, WIRE_BEGIN, &p);
	for (uint32_t i = 0; i < s->n_areas; i++) {
		begin(s, &index, &p);
		tx_varint(&p, i);
		tx_u8(&p, s->areas[i].memory);
		tx_varint(&p, s->areas[i].address);
		tx_varint(&p, s->areas[i].n_blocks);
		tx_send(w, WIRE_AREA, &p);
	}
	for (uint32_t i = 0; i < s->n_areas; n_before += s->areas[i++].n_blocks) {
		const struct tx_area *area = &s->areas[i];
		for (uint32_t first = 0, n; first < area->n_blocks; first += n) {
			n = MIN(MAX(s->rows_max, 1u) * WIRE_ROW_BLOCKS, area->n_blocks - first);
			bool same = s->before && memcmp(s->before + n_before + first, area->codes + first, n) == 0;
			if (!same || s->flags & WIRE_KEY)
				send_rows(w, s, &index, i, first, n);
		}
	}
	begin(s, &index, &p);
	put(&p, tx_digest(s), 4);
	tx_varint(&p, s->pause_us);
	tx_varint(&p, s->n_abandoned);
	tx_varint(&p, s->n_skipped);
	tx_varint(&p, s->n_collections);
	if (s->wait_us)
		tx_varint(&p, s->wait_us);
	tx_send(w, WIRE_END, &p);
}
