
#include "agent/frame_code.h"
#include "agent_tx.h"
#include "decode.h"
#include "fuzz.h"

/* What stands between two zeros gets a right CRC, if it is a frame but for that: else no change of the fuzzer would
 * ever be looked at. */
static void repair(const uint8_t *data, size_t size, struct strbuf *ret)
{
	uint8_t body[WIRE_BODY_MAX_BYTES];
	const uint8_t *end = data + size, *zero;

	for (; (zero = memchr(data, 0, (size_t)(end - data))); data = zero) {
		strbuf_add(ret, data, (size_t)(zero - data) + 1);
		data = zero + 1;
		zero = memchr(data, 0, (size_t)(end - data));
		size_t n = zero ? cobs_decode(data, (size_t)(zero - data), body) : 0;
		if (n < WIRE_BODY_MIN_BYTES) {
			zero = data;
			continue;
		}
		uint32_t crc = tx_crc(body, n - WIRE_CRC_BYTES);
		for (size_t i = 0; i < WIRE_CRC_BYTES; i++)
			body[n - WIRE_CRC_BYTES + i] = (uint8_t)(crc >> 8 * i);
		tx_cobs(ret, body, n);
		strbuf_putc(ret, '\0');
		zero++;
	}
	strbuf_add(ret, data, (size_t)(end - data));
}

FUZZ(data, size)
{
	struct strbuf repaired = STRBUF_INIT;

	if (size > 0 && data[0] & 0x80) {
		decode(&decoder_agent, data, size);
		return;
	}
	if (size > 0)
		strbuf_add(&repaired, data, 1);
	repair(data + (size > 0), size - (size > 0), &repaired);
	MUST(strbuf_error(&repaired) == 0);
	decode(&decoder_agent, (const uint8_t *)strbuf_text(&repaired), repaired.n_bytes);
	strbuf_deinit(&repaired);
}
