/* A saved conversation with a camera: what was answered, and not how it was asked, makes the events. */
#include "openmv/listen.h"

#include "memprof/protocol/decoder.h"
#include "memprof/protocol/stream.h"
#include "unit.h"

enum { MEMORY_BYTES = 4 + 2 * 24 };

static const uint8_t *memory_of(uint32_t used_bytes)
{
	static uint8_t bytes[MEMORY_BYTES];

	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 2;
	openmv_put_u32(bytes + 4 + 4, 65536);
	openmv_put_u32(bytes + 4 + 8, used_bytes);
	openmv_put_u32(bytes + 4 + 12, 65536 - used_bytes);
	bytes[28] = 1;
	openmv_put_u32(bytes + 28 + 4, 4000);
	return bytes;
}

static void add(struct strbuf *s, const struct openmv_packet *packet)
{
	uint8_t bytes[OPENMV_PACKET_MAX_BYTES];

	openmv_packet_write(packet, bytes);
	strbuf_add(s, bytes, openmv_packet_bytes(packet));
}

static void answer(struct strbuf *s, uint8_t sequence, uint8_t flags, uint8_t opcode, const void *payload, size_t n)
{
	add(s, &(struct openmv_packet){ sequence, opcode == OPENMV_CHANNEL_READ ? 2 : 0, flags, opcode, payload, n });
}

/* The output of a camera in a session with everything that may happen. */
static void add_session(struct strbuf *s)
{
	static uint8_t info[76];
	static const char text[] = "hello\nMemoryError: Out of memory\n";
	const uint8_t reboot[2] = { OPENMV_SOFT_REBOOT, 0 }, busy[2] = { OPENMV_STATUS_BUSY, 0 };

	openmv_put_u32(info + 16, 0x37c51205);
	answer(s, 0, OPENMV_ACK, OPENMV_PROTO_SYNC, NULL, 0);
	answer(s, 0, OPENMV_ACK_REQ, OPENMV_SYS_INFO, info, sizeof(info));
	answer(s, 1, OPENMV_ACK_REQ, OPENMV_SYS_MEMORY, memory_of(100), MEMORY_BYTES);
	answer(s, 1, OPENMV_ACK_REQ | OPENMV_RTX, OPENMV_SYS_MEMORY, memory_of(100), MEMORY_BYTES); /* once more */
	answer(s, 2, OPENMV_ACK_REQ | OPENMV_FRAGMENT, OPENMV_SYS_MEMORY, memory_of(200), 30);
	answer(s, 3, OPENMV_ACK_REQ, OPENMV_SYS_MEMORY, memory_of(200) + 30, MEMORY_BYTES - 30);
	answer(s, 4, OPENMV_ACK_REQ | OPENMV_FRAGMENT, OPENMV_CHANNEL_READ, text, 10);
	answer(s, 5, OPENMV_ACK_REQ, OPENMV_CHANNEL_READ, text + 10, sizeof(text) - 11);
	answer(s, 6, OPENMV_NAK, OPENMV_SYS_MEMORY, busy, 2);
	answer(s, 7, OPENMV_ACK_REQ | OPENMV_FRAGMENT, OPENMV_SYS_MEMORY, memory_of(1), 30); /* and no more of it */
	strbuf_puts(s, "noise");
	answer(s, 200, OPENMV_EVENT_FLAG, OPENMV_SYS_EVENT, reboot, 2);
	answer(s, 0, OPENMV_ACK, OPENMV_PROTO_SYNC, NULL, 0);
	answer(s, 0, OPENMV_ACK_REQ, OPENMV_SYS_MEMORY, memory_of(300), MEMORY_BYTES);
	answer(s, 1, OPENMV_ACK_REQ, OPENMV_SYS_MEMORY, memory_of(400), MEMORY_BYTES - 1); /* too short */
}

static const char told[] =
	"1: gc 100 of 65536, uma.0 in sdram\n1: gc 200 of 65536, uma.0 in sdram\n2: failed\n"
	"3: reset\n3: gc 300 of 65536, uma.0 in sdram\n";

static void events_of(const struct strbuf *file, size_t n_piece, struct strbuf *ret)
{
	void *state = calloc(1, decoder_stream.state_bytes);
	struct event event;
	struct diag diag;
	size_t i = 0;
	int r;

	assert_non_null(state);
	do {
		size_t n = MIN(n_piece, file->n_bytes - i);
		if (n)
			decoder_stream.feed(state, (const uint8_t *)file->text + i, n, NOT_KNOWN);
		else
			decoder_stream.finish(state);
		i += n;
		while ((r = decoder_stream.next_event(state, &event, &diag)) == DECODER_EVENT) {
			strbuf_printf(ret, "%u: ", (unsigned)event.line);
			if (event.kind != EVENT_SNAPSHOT) {
				strbuf_puts(ret, event.kind == EVENT_RESET  ? "reset\n" :
						 event.kind == EVENT_FAILED ? "failed\n" :
									      "other\n");
				continue;
			}
			const struct heap_pool *pools = event.snapshot.heap->pools;
			assert_true(event.at_us != NOT_KNOWN && event.time[0]);
			strbuf_printf(ret, "%s %u of %u, %s in %s\n", pools[0].name,
				      (unsigned)pools[0].reported.used_bytes, (unsigned)pools[0].reported.total_bytes,
				      pools[1].name, heap_memory_name(pools[1].memory));
		}
	} while (r == DECODER_MORE);
	assert_int_equal(r, DECODER_END);
	decoder_stream.deinit(state);
	free(state);
}

UNIT_TEST(a_saved_session)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf file = STRBUF_INIT;

	add_session(&said);
	stream_head(&file, 1800000000000000, "/dev/ttyACM0");
	stream_chunk(&file, 5, '>', openmv_first_packet, sizeof(openmv_first_packet));
	for (size_t i = 0; i < said.n_bytes; i += 17) /* chunks do not end where packets do */
		stream_chunk(&file, 10 + i, '<', said.text + i, MIN((size_t)17, said.n_bytes - i));
	for (size_t n_piece = 1; n_piece < 3000; n_piece += n_piece < 40 ? 1 : 977) {
		CLEANUP(strbuf_deinit) struct strbuf got = STRBUF_INIT;
		events_of(&file, n_piece, &got);
		assert_string_equal(strbuf_text(&got), told);
	}
}

/* The same bytes, where something else was sent first: a console, in which they mean nothing. */
UNIT_TEST(not_everything_is_a_camera)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf file = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf got = STRBUF_INIT;

	add_session(&said);
	stream_head(&file, 1800000000000000, "/dev/ttyACM0");
	stream_chunk(&file, 5, '>', openmv_first_packet, 4);
	stream_chunk(&file, 6, '>', "\x01", 1);
	stream_chunk(&file, 7, '>', openmv_first_packet, sizeof(openmv_first_packet));
	stream_chunk(&file, 10, '<', said.text, said.n_bytes);
	events_of(&file, 100, &got);
	assert_null(strstr(strbuf_text(&got), "gc"));
}
