#include "openmv/packet.h"

#include "unit.h"

/* Computed from the specification, not by the code under test. */
static const uint8_t sync_packet[] = { 0xaa, 0xd5, 0, 0, 0, 0, 0, 0, 0xb0, 0xac };
static const uint8_t memory_packet[] = { 0xaa, 0xd5, 5, 0, 0, 0x14, 0, 0, 0x06, 0x61 };
static const uint8_t caps_packet[] = { 0xaa, 0xd5, 1, 0, 0, 2, 0x10, 0, 0xc8, 0x4f, 0x0f, 0,    0,    0,    0xf2,
				       0x0f, 0,    0, 0, 0, 0, 0,    0, 0,    0,    0,    0x8d, 0x0e, 0x85, 0x9e };

UNIT_TEST(checksums_of_the_specification)
{
	static const char digits[] = "123456789";

	assert_int_equal(openmv_crc16((const uint8_t *)digits, 9), 0xe541);
	assert_u64_equal(openmv_crc32((const uint8_t *)digits, 9), 0x41b403d3);
	assert_int_equal(openmv_crc16(NULL, 0), 0xffff);
}

UNIT_TEST(packets_as_the_specification_has_them)
{
	static const uint8_t caps[16] = { 0x0f, 0, 0, 0, 0xf2, 0x0f };
	static const struct {
		struct openmv_packet packet;
		const uint8_t *bytes;
		size_t n;
	} samples[] = {
		{ { .opcode = 0 }, sync_packet, sizeof(sync_packet) },
		{ { .sequence = 5, .opcode = 0x14 }, memory_packet, sizeof(memory_packet) },
		{ { .sequence = 1, .opcode = 2, .payload = caps, .n_bytes = 16 }, caps_packet, sizeof(caps_packet) },
	};
	uint8_t bytes[64];

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		assert_int_equal(openmv_packet_bytes(&samples[i].packet), samples[i].n);
		openmv_packet_write(&samples[i].packet, bytes);
		assert_memory_equal(bytes, samples[i].bytes, samples[i].n);
	}
}

/* What a stream fed in pieces of so many bytes gives, as text. */
static void read_all(const uint8_t *bytes, size_t n_bytes, size_t n_piece, struct strbuf *ret, struct openmv_framer *f)
{
	struct openmv_packet p;

	*f = (struct openmv_framer){ .p = NULL };
	for (size_t i = 0; i < n_bytes; i += n_piece) {
		openmv_framer_feed(f, bytes + i, MIN(n_piece, n_bytes - i));
		while (openmv_framer_next(f, &p)) {
			strbuf_printf(ret, "%u:%u:%x:%02x", p.sequence, p.channel, p.flags, p.opcode);
			for (size_t k = 0; k < MIN(p.n_bytes, (size_t)4); k++)
				strbuf_printf(ret, "%c%02x", k ? ' ' : '=', p.payload[k]);
			strbuf_printf(ret, "%s\n", p.n_bytes > 4 ? "..." : "");
		}
	}
}

static void assert_packets(const uint8_t *bytes, size_t n_bytes, const char *expected, uint64_t n_bad)
{
	static struct openmv_framer f;

	for (size_t n_piece = 1; n_piece <= n_bytes; n_piece += n_piece < 64 ? 1 : 997) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		read_all(bytes, n_bytes, n_piece, &s, &f);
		assert_string_equal(strbuf_text(&s), expected);
		assert_u64_equal(f.n_bad, n_bad);
	}
}

UNIT_TEST(packets_between_garbage)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_puts(&s, "\r\n>>> print(1)\r\n\xaa\xaa");
	strbuf_add(&s, sync_packet, sizeof(sync_packet));
	strbuf_puts(&s, "\xaa\xd5 no packet at all");
	strbuf_add(&s, caps_packet, sizeof(caps_packet));
	strbuf_add(&s, memory_packet, sizeof(memory_packet));
	strbuf_puts(&s, "\xd5\xaa");
	assert_packets((const uint8_t *)s.text, s.n_bytes, "0:0:0:00\n1:0:0:02=0f 00 00 00...\n5:0:0:14\n", 1);
}

/* A byte that is missing takes its packet away, and never the one after it. */
UNIT_TEST(a_packet_after_a_damaged_one)
{
	for (size_t i = 0; i < sizeof(caps_packet); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		static struct openmv_framer f;
		struct strbuf got CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_add(&s, caps_packet, i);
		strbuf_add(&s, caps_packet + i + 1, sizeof(caps_packet) - i - 1);
		strbuf_add(&s, memory_packet, sizeof(memory_packet));
		strbuf_add(&s, memory_packet, sizeof(memory_packet));
		read_all((const uint8_t *)s.text, s.n_bytes, s.n_bytes, &got, &f);
		assert_string_equal(strbuf_text(&got), "5:0:0:14\n5:0:0:14\n");
	}
}

UNIT_TEST(every_flipped_bit_is_seen)
{
	for (size_t i = 0; i < sizeof(caps_packet) * 8; i++) {
		CLEANUP(strbuf_deinit) struct strbuf got = STRBUF_INIT;
		static struct openmv_framer f;
		uint8_t bytes[sizeof(caps_packet) + sizeof(memory_packet)];
		memcpy(bytes, caps_packet, sizeof(caps_packet));
		memcpy(bytes + sizeof(caps_packet), memory_packet, sizeof(memory_packet));
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		read_all(bytes, sizeof(bytes), sizeof(bytes), &got, &f);
		assert_string_equal(strbuf_text(&got), "5:0:0:14\n");
		assert_true(f.n_skipped >= sizeof(caps_packet));
	}
}

/* The longest there is, many in a row, so that what is held moves; and one that says it is longer. */
UNIT_TEST(long_packets)
{
	static uint8_t payload[OPENMV_PAYLOAD_MAX_BYTES], one[OPENMV_PACKET_MAX_BYTES];
	struct openmv_packet packet = { 7, 2, OPENMV_FRAGMENT, 0x26, payload, sizeof(payload) };
	struct strbuf s CLEANUP(strbuf_deinit) = STRBUF_INIT, expected CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (unsigned i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i % 3 ? 0xaa : 0xd5);
	openmv_packet_write(&packet, one);
	assert_int_equal(openmv_packet_bytes(&packet), sizeof(one));
	for (unsigned i = 0; i < 5; i++) {
		strbuf_add(&s, one, sizeof(one));
		strbuf_puts(&expected, "7:2:10:26=d5 aa aa d5...\n");
		strbuf_repeat(&s, "x", i);
	}
	assert_packets((const uint8_t *)s.text, s.n_bytes, strbuf_text(&expected), 0);

	uint8_t header[OPENMV_HEADER_BYTES + 10] = { 0xaa, 0xd5, 0, 0, 0, 0x26 };
	openmv_put_u16(header + 6, OPENMV_PAYLOAD_MAX_BYTES + 1);
	openmv_put_u16(header + 8, openmv_crc16(header, 8));
	memcpy(header + OPENMV_HEADER_BYTES, memory_packet, sizeof(memory_packet));
	assert_packets(header, sizeof(header), "5:0:0:14\n", 1);
}

UNIT_TEST(what_was_begun_can_be_forgotten)
{
	static struct openmv_framer f;
	struct openmv_packet p;

	openmv_framer_feed(&f, caps_packet, sizeof(caps_packet) - 3);
	assert_false(openmv_framer_next(&f, &p));
	openmv_framer_reset(&f);
	openmv_framer_feed(&f, memory_packet, sizeof(memory_packet));
	assert_true(openmv_framer_next(&f, &p));
	assert_int_equal(p.sequence, 5);
	assert_u64_equal(f.n_skipped, sizeof(caps_packet) - 3);
	assert_false(openmv_framer_next(&f, &p));
}
