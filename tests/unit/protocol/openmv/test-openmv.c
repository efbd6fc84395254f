/* The machine against a camera made of a few lines, after openmv docs/protocol.md and protocol/omv_protocol.c: it waits
 * for each acknowledgement, and sends again what was not acknowledged. Packets are lost, damaged and doubled between
 * them. A second camera, in Python, is in tests/device. */
#include "memprof/protocol/openmv.h"

#include "memprof/model/uma.h"
#include "openmv/packet.h"
#include "openmv/payload.h"
#include "unit.h"

enum fault { WHOLE, LOST, DAMAGED, TWICE, CUT };

struct camera {
	struct openmv_framer framer;
	uint8_t sequence;
	uint32_t max_payload; /* that it offers, then what was agreed */
	uint8_t protocol[3];
	const char *text;    /* printed by the script, not read yet */
	size_t n_piece;      /* of a text, in one packet */
	size_t breaks_after; /* so much of one it has no more; 0: never */
	bool deaf, script;
	unsigned n_syncs;

	struct strbuf parts[8]; /* packets that wait for the acknowledgement of the one before */
	size_t n_parts, i_part;
	bool waits; /* for an acknowledgement of parts[i_part] */
	unsigned n_again;
	uint64_t again_us;

	uint8_t refuses; /* this opcode, so often, with this status */
	unsigned n_refuses, refuse_status;

	struct strbuf wire;  /* on its way to the host */
	struct strbuf asked; /* opcodes that it got */
	/* What happens to the i-th packet of a direction. */
	enum fault fault;
	bool fault_to_camera;
	unsigned i_fault, n_to_host, n_to_camera;
};

static struct both {
	struct openmv *host;
	struct camera camera;
	uint64_t now_us;
	struct strbuf items;
	unsigned n_memory; /* questions still to ask */
	bool over;
} b;

static const uint32_t figures[3][5] = {
	{ 303104, 100000, 203104, 0, 0 },
	{ 491520, 307200, 184320, 4096, 450000 },
	{ 65536, 0, 65532, 0, 0 },
};

/* ---- the wire ---- */

static void carry(struct camera *c, bool to_camera, const uint8_t *bytes, size_t n, struct strbuf *to)
{
	unsigned i = to_camera ? c->n_to_camera++ : c->n_to_host++;
	enum fault fault = to_camera == c->fault_to_camera && i == c->i_fault ? c->fault : WHOLE;

	if (fault == LOST)
		return;
	strbuf_add(to, bytes, fault == CUT ? n - 1 : n);
	if (fault == DAMAGED)
		to->text[to->n_bytes - 1 - n / 2] ^= 0x10;
	if (fault == TWICE)
		strbuf_add(to, bytes, n);
}

/* ---- the camera ---- */

static void transmit(void)
{
	struct camera *c = &b.camera;
	struct strbuf *part = &c->parts[c->i_part];

	carry(c, false, (const uint8_t *)part->text, part->n_bytes, &c->wire);
	c->again_us = b.now_us + (500000u << c->n_again);
}

static void queue(struct camera *c, const struct openmv_packet *packet)
{
	uint8_t bytes[OPENMV_PACKET_MAX_BYTES];

	assert_true(c->n_parts < ARRAY_SIZE(c->parts));
	strbuf_reset(&c->parts[c->n_parts]);
	openmv_packet_write(packet, bytes);
	strbuf_add(&c->parts[c->n_parts++], bytes, openmv_packet_bytes(packet));
}

static void begin_sending(void)
{
	struct camera *c = &b.camera;

	c->i_part = 0;
	c->n_again = 0;
	c->waits = true;
	transmit();
}

static void answer(const struct openmv_packet *to, const void *payload, size_t n_bytes, size_t n_piece)
{
	struct camera *c = &b.camera;

	c->n_parts = 0;
	for (size_t i = 0; i == 0 || i < n_bytes; i += n_piece) {
		size_t n = MIN(n_piece, n_bytes - i);
		uint8_t flags = OPENMV_ACK_REQ | (i + n < n_bytes ? OPENMV_FRAGMENT : 0);
		queue(c, &(struct openmv_packet){ c->sequence++, to->channel, flags, to->opcode,
						  (const uint8_t *)payload + i, n });
	}
	begin_sending();
}

/* An acknowledgement, or a refusal: sent once, without an answer. */
static void answer_status(const struct openmv_packet *to, unsigned status)
{
	uint8_t payload[2] = { (uint8_t)status, 0 }, bytes[64];
	struct openmv_packet packet = {
		b.camera.sequence++,     to->channel,   status ? OPENMV_NAK : OPENMV_ACK, to->opcode,
		status ? payload : NULL, status ? 2 : 0
	};

	openmv_packet_write(&packet, bytes);
	carry(&b.camera, false, bytes, openmv_packet_bytes(&packet), &b.camera.wire);
}

static void say_event(uint8_t channel, uint16_t event, uint8_t flags)
{
	uint8_t payload[2] = { (uint8_t)event, (uint8_t)(event >> 8) }, bytes[64];
	struct openmv_packet packet = { b.camera.sequence,
					channel,
					OPENMV_EVENT_FLAG | flags,
					channel ? OPENMV_CHANNEL_EVENT : OPENMV_SYS_EVENT,
					payload,
					2 };

	openmv_packet_write(&packet, bytes);
	carry(&b.camera, false, bytes, openmv_packet_bytes(&packet), &b.camera.wire);
}

static void tell_memory(const struct openmv_packet *to)
{
	uint8_t bytes[4 + 3 * 24] = { 3 };

	for (size_t i = 0; i < 3; i++) {
		uint8_t *at = bytes + 4 + i * 24;
		at[0] = i > 0;
		openmv_put_u16(at + 2, i == 2 ? UMA_DTCM : 0);
		for (size_t k = 0; k < 5; k++)
			openmv_put_u32(at + 4 + 4 * k, figures[i][k]);
	}
	answer(to, bytes, sizeof(bytes), b.camera.max_payload);
}

static void tell_text(const struct openmv_packet *to)
{
	size_t n = bytes_u32(to->payload + 4);

	assert_int_equal(to->n_bytes, 8);
	assert_true(n > 0 && n <= strlen(b.camera.text));
	if (b.camera.breaks_after) {
		b.camera.n_parts = 0;
		queue(&b.camera,
		      &(struct openmv_packet){ b.camera.sequence++, 2, OPENMV_ACK_REQ | OPENMV_FRAGMENT, to->opcode,
					       (const uint8_t *)b.camera.text, b.camera.breaks_after });
		begin_sending();
		b.camera.text = "";
		return;
	}
	answer(to, b.camera.text, n, MIN(b.camera.n_piece, (size_t)b.camera.max_payload));
	b.camera.text += n;
}

static void obey(const struct openmv_packet *p)
{
	struct camera *c = &b.camera;
	uint8_t bytes[80] = { 0 };

	strbuf_printf(&c->asked, "%02x ", p->opcode);
	if (p->opcode == c->refuses && c->n_refuses > 0) {
		c->n_refuses--;
		answer_status(p, c->refuse_status);
		return;
	}
	switch (p->opcode) {
	case OPENMV_GET_CAPS:
		openmv_put_u32(bytes, 0x0f);
		openmv_put_u16(bytes + 4, (uint16_t)c->max_payload);
		answer(p, bytes, 16, 50);
		break;
	case OPENMV_SET_CAPS:
		assert_int_equal(bytes_u32(p->payload), 0x0f);
		assert_true(bytes_u16(p->payload + 4) >= 50 && bytes_u16(p->payload + 4) <= c->max_payload);
		answer_status(p, 0);
		c->max_payload = bytes_u16(p->payload + 4);
		break;
	case OPENMV_PROTO_VERSION:
		memcpy(bytes, c->protocol, 3);
		memcpy(bytes + 6, "\x05\x00\x01", 3);
		answer(p, bytes, 16, 50);
		break;
	case OPENMV_SYS_INFO:
		openmv_put_u32(bytes + 4, 0x0a0b0c0d);
		openmv_put_u32(bytes + 12, 0x01020304);
		openmv_put_u32(bytes + 16, 0x37c5124a);
		openmv_put_u32(bytes + 48, 2048);
		answer(p, bytes, 76, c->max_payload);
		break;
	case OPENMV_CHANNEL_LIST:
		memcpy(bytes, "\x00\x40usb", 5);
		memcpy(bytes + 16, "\x01\x06stdin", 7);
		memcpy(bytes + 32, "\x02\x01stdout", 8);
		answer(p, bytes, 48, c->max_payload);
		break;
	case OPENMV_CHANNEL_POLL:
		bytes[0] = (uint8_t)(c->script << 1);
		answer(p, bytes, 4, 50);
		break;
	case OPENMV_SYS_MEMORY:
		tell_memory(p);
		break;
	case OPENMV_CHANNEL_SIZE:
		assert_int_equal(p->channel, 2);
		openmv_put_u32(bytes, (uint32_t)strlen(c->text));
		answer(p, bytes, 4, 50);
		break;
	case OPENMV_CHANNEL_READ:
		tell_text(p);
		break;
	default:
		answer_status(p, OPENMV_STATUS_INVALID);
	}
}

static void listen(const struct openmv_packet *p)
{
	struct camera *c = &b.camera;

	if (p->opcode == OPENMV_PROTO_SYNC && p->n_bytes == 0 && !(p->flags & OPENMV_ACK)) {
		c->n_syncs++;
		c->waits = false;
		c->sequence = 0;
		strbuf_puts(&c->asked, "sync ");
		answer_status(p, 0);
		c->sequence = 0;
	} else if (p->flags & OPENMV_ACK) {
		struct strbuf *part = &c->parts[c->i_part];
		if (!c->waits || p->sequence != (uint8_t)part->text[2] || p->opcode != (uint8_t)part->text[5])
			return;
		c->waits = ++c->i_part < c->n_parts;
		c->n_again = 0;
		if (c->waits) {
			transmit();
		} else if (c->breaks_after && p->opcode == OPENMV_CHANNEL_READ) {
			c->breaks_after = 0;
			answer_status(p, OPENMV_STATUS_FAILED);
		}
	} else if (!c->waits && p->sequence != c->sequence) {
		answer_status(p, 6);
	} else if (!c->waits) {
		obey(p);
	}
}

/* Sends again what was not acknowledged; gives up after three times. */
static void repeat(void)
{
	struct camera *c = &b.camera;

	if (!c->waits || b.now_us < c->again_us)
		return;
	if (c->n_again++ == 3) {
		c->waits = false;
		c->sequence = 0;
		return;
	}
	uint8_t *at = (uint8_t *)c->parts[c->i_part].text;
	at[4] |= OPENMV_RTX;
	openmv_put_u16(at + 8, openmv_crc16(at, 8));
	transmit();
}

/* ---- both ---- */

static void note(int kind, const struct openmv_item *item)
{
	switch (kind) {
	case OPENMV_READY:
		strbuf_puts(&b.items, "ready\n");
		break;
	case OPENMV_TEXT:
		strbuf_printf(&b.items, "text %.*s\n", (int)MIN(item->n_bytes, (size_t)20), item->text);
		break;
	case OPENMV_SCRIPT:
		strbuf_printf(&b.items, "script %s\n", item->runs ? "runs" : "ended");
		break;
	case OPENMV_EVENT:
		if (item->event.kind == EVENT_SNAPSHOT) {
			const struct heap *heap = item->event.snapshot.heap;
			strbuf_printf(&b.items, "memory %u:", heap->n_pools);
			for (size_t i = 0; i < heap->n_pools; i++) {
				strbuf_printf(&b.items, " %s", heap->pools[i].name);
				if (i >= ARRAY_SIZE(figures)) /* uma.0 persist */
					continue;
				assert_u64_equal(heap->pools[i].reported.total_bytes, figures[i][0]);
				assert_u64_equal(heap->pools[i].reported.used_bytes, figures[i][1]);
				assert_u64_equal(heap->pools[i].reported.free_bytes, figures[i][2]);
			}
			strbuf_puts(&b.items, "\n");
		} else {
			strbuf_puts(&b.items, item->event.kind == EVENT_RESET ? "reset\n" : "lost\n");
			assert_true(item->event.kind == EVENT_RESET || item->event.lost.n_frames == 1);
		}
		break;
	default:
		strbuf_puts(&b.items, kind == OPENMV_OTHER_VERSION ? "other version\n" :
				      kind == OPENMV_SILENT        ? "silent\n" :
				      kind == OPENMV_LEFT          ? "left\n" :
								     "error\n");
		b.over = true;
	}
}

UNIT_AFTER(end)
{
	openmv_free(b.host);
	for (size_t i = 0; i < ARRAY_SIZE(b.camera.parts); i++)
		strbuf_deinit(&b.camera.parts[i]);
	strbuf_deinit(&b.camera.wire);
	strbuf_deinit(&b.camera.asked);
	strbuf_deinit(&b.items);
	b = (struct both){ .host = NULL };
}

/* Another session. */
UNIT_BEFORE(begin)
{
	end();
	b = (struct both){ .now_us = 1000,
			   .camera = { .max_payload = 4082,
				       .text = "",
				       .n_piece = 512,
				       .protocol = { 1, 0, 2 },
				       .i_fault = 0,
				       .fault = WHOLE } };
	b.host = openmv_new(NOT_KNOWN, b.now_us);
	assert_int_equal(b.host ? 0 : -1, 0);
}

static void hear(const void *bytes, size_t n)
{
	struct openmv_item item;
	int kind;

	openmv_feed(b.host, bytes, n, b.now_us);
	while ((kind = openmv_next(b.host, &item)) != OPENMV_MORE) {
		note(kind, &item);
		if (kind < 0)
			return;
		if (kind == OPENMV_READY && b.n_memory > 0)
			assert_int_equal(openmv_ask_memory(b.host, b.now_us), 0);
		if (kind == OPENMV_EVENT && item.event.kind == EVENT_SNAPSHOT && b.n_memory > 0 && --b.n_memory > 0)
			assert_int_equal(openmv_ask_memory(b.host, b.now_us), 0);
	}
}

/* What the host has to say reaches the camera. */
static void deliver(void)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	static struct openmv_framer framer;
	struct openmv_packet p;
	uint8_t bytes[64];
	size_t n;

	const uint8_t *out = openmv_outbox(b.host, &n);
	framer = (struct openmv_framer){ .p = NULL };
	openmv_framer_feed(&framer, out, n);
	while (openmv_framer_next(&framer, &p)) {
		openmv_packet_write(&p, bytes);
		carry(&b.camera, true, bytes, openmv_packet_bytes(&p), &line);
	}
	assert_u64_equal(framer.n_skipped, 0);
	openmv_sent(b.host, n);
	if (b.camera.deaf)
		return;
	openmv_framer_feed(&b.camera.framer, (const uint8_t *)strbuf_text(&line), line.n_bytes);
	while (openmv_framer_next(&b.camera.framer, &p))
		listen(&p);
}

/* Until nothing is left to do, the end, or that moment. n_piece: how many bytes come at once. */
static void run(uint64_t until_us, size_t n_piece)
{
	while (!b.over && b.now_us < until_us) {
		struct strbuf wire = b.camera.wire;
		b.camera.wire = (struct strbuf)STRBUF_INIT;
		for (size_t i = 0; i < wire.n_bytes; i += n_piece) {
			hear(wire.text + i, MIN(n_piece, wire.n_bytes - i));
			deliver();
		}
		hear("", 0);
		size_t n_heard = wire.n_bytes, n_out;
		strbuf_deinit(&wire);
		openmv_outbox(b.host, &n_out);
		deliver();
		if (n_heard || n_out || b.camera.wire.n_bytes)
			continue;
		uint64_t next_us = MIN(openmv_deadline(b.host), b.camera.waits ? b.camera.again_us : NOT_KNOWN);
		if (next_us == NOT_KNOWN)
			return;
		b.now_us = MAX(b.now_us, MIN(next_us, until_us));
		repeat();
		openmv_tick(b.host, b.now_us);
	}
}

UNIT_TEST(a_session)
{
	struct board_info board;
	struct openmv_item item;

	b.n_memory = 2;
	assert_int_equal(openmv_ask_memory(b.host, b.now_us), -EAGAIN);
	run(1000000, 1000);
	assert_string_equal(strbuf_text(&b.items),
			    "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\nmemory 4: gc uma.0 uma.1 uma.0 persist\n");
	assert_string_equal(strbuf_text(&b.camera.asked), "sync 01 02 04 12 20 21 14 12 14 ");
	assert_false(b.camera.waits);
	openmv_board(b.host, &board);
	assert_string_equal(board.firmware, "OpenMV");
	assert_string_equal(board.version, "5.0.1");
	assert_string_equal(board.machine, "OpenMV Cam H7 Plus");
	assert_string_equal(board.unique_id, "04030201000000000d0c0b0a");
	assert_u64_equal(board.flash_bytes, 2048 * 1024);

	openmv_leave(b.host, b.now_us);
	assert_int_equal(openmv_next(b.host, &item), OPENMV_LEFT);
	assert_int_equal(openmv_next(b.host, &item), OPENMV_MORE);
	assert_int_equal(openmv_ask_memory(b.host, b.now_us), -EPIPE);
	assert_u64_equal(openmv_deadline(b.host), NOT_KNOWN);
}

UNIT_TEST(however_it_is_cut)
{
	for (size_t n_piece = 1; n_piece < 60; n_piece++) {
		begin();
		b.n_memory = 1;
		run(1000000, n_piece);
		assert_string_equal(strbuf_text(&b.items), "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\n");
	}
}

/* The least that a camera may offer: what is longer comes in fragments. */
UNIT_TEST(small_packets)
{
	b.camera.max_payload = 50;
	b.n_memory = 1;
	run(1000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\n");
}

static void begin_with_text(const char *text)
{
	begin();
	openmv_free(b.host);
	b.host = openmv_new(100000, b.now_us);
	b.camera.text = text;
}

UNIT_TEST(what_a_script_prints)
{
	begin_with_text("MemoryError: Out of memory\n");
	b.camera.script = true;
	b.camera.n_piece = 20;
	b.n_memory = 1;
	run(1000000, 1000);
	/* Asked for nothing more: it looks for text ten times a second. */
	assert_string_equal(strbuf_text(&b.items),
			    "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\ntext MemoryError: Out of \n");
	unsigned n_sizes = 0;
	for (const char *p = strbuf_text(&b.camera.asked); (p = strstr(p, "25 ")); p++)
		n_sizes++;
	assert_in_range(n_sizes, 8, 11);
	say_event(1, 0, OPENMV_ACK_REQ);
	b.camera.text = "more";
	run(b.now_us + 150000, 1000);
	assert_string_equal(strbuf_text(&b.items),
			    "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\ntext MemoryError: Out of \n"
			    "script ended\ntext more\n");
}

/* The script prints faster than anybody reads, and the ring begins anew while it is read. */
UNIT_TEST(a_text_that_breaks_off)
{
	begin_with_text("half of it");
	b.camera.refuses = OPENMV_CHANNEL_READ; /* and the first time there is nothing at all */
	b.camera.n_refuses = 1;
	b.camera.refuse_status = OPENMV_STATUS_FAILED;
	run(50000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\n");
	b.camera.breaks_after = 4;
	run(1000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\ntext half\n");
	assert_int_equal(b.camera.n_syncs, 1);
}

/* What was acknowledged of a text is gone there: it is not lost with the rest. */
UNIT_TEST(a_text_whose_camera_falls_silent)
{
	begin_with_text("half of it");
	b.camera.breaks_after = 4;
	b.camera.fault = LOST; /* the refusal behind it */
	b.camera.i_fault = 9;
	run(3000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\nlost\ntext half\nready\n");
}

/* Whoever was stopped for a while has an answer in his hands, and not a camera that is silent. */
UNIT_TEST(late_is_not_silent)
{
	struct openmv_item item;

	run(1000000, 1000);
	assert_int_equal(openmv_ask_memory(b.host, b.now_us), 0);
	deliver();
	b.now_us += 10000000;
	openmv_feed(b.host, strbuf_text(&b.camera.wire), b.camera.wire.n_bytes, b.now_us);
	openmv_tick(b.host, b.now_us);
	assert_int_equal(openmv_next(b.host, &item), OPENMV_EVENT);
	assert_int_equal(item.event.kind, EVENT_SNAPSHOT);
	assert_int_equal(b.camera.n_syncs, 1);
}

/* Whatever happens to one packet: what comes out is right, once, and in time; or a loss is reported. */
UNIT_TEST(one_packet_goes_wrong)
{
	static const enum fault faults[] = { LOST, DAMAGED, TWICE, CUT };
	static const char good[] = "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\n";
	unsigned n_runs = 0, n_lost = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(faults) * 2; i++) {
		unsigned i_packet = 0;
		bool more = true;
		for (; more; i_packet++, n_runs++) {
			begin();
			b.camera.max_payload = 50; /* for fragments */
			b.camera.fault = faults[i / 2];
			b.camera.fault_to_camera = i % 2;
			b.camera.i_fault = i_packet;
			b.n_memory = 1;
			run(10000000, 1000);
			const char *items = strbuf_text(&b.items), *memory = strstr(items, "memory");
			if (strcmp(items, good) != 0) {
				n_lost++;
				assert_non_null(strstr(items, "lost\n"));
			}
			assert_non_null(memory);
			assert_null(strstr(memory + 1, "memory"));
			assert_true(b.now_us < 5000000);
			more = i_packet < (i % 2 ? b.camera.n_to_camera : b.camera.n_to_host);
		}
	}
	assert_true(n_runs > 100 && n_lost > 0);
}

UNIT_TEST(busy_for_a_while)
{
	b.camera.refuses = OPENMV_SYS_MEMORY;
	b.camera.n_refuses = 3;
	b.camera.refuse_status = OPENMV_STATUS_BUSY;
	b.n_memory = 1;
	run(1000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\nmemory 4: gc uma.0 uma.1 uma.0 persist\n");
	assert_int_equal(b.camera.n_syncs, 1);
	assert_true(b.now_us >= 150000);
}

UNIT_TEST(a_soft_reboot)
{
	begin_with_text("");
	run(200000, 1000);
	say_event(0, OPENMV_SOFT_REBOOT, 0);
	run(250000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\nreset\n");
	b.camera.sequence = 0;
	b.camera.deaf = true; /* boot.py runs */
	assert_int_equal(openmv_ask_memory(b.host, b.now_us), 0);
	run(6000000, 1000);
	assert_false(b.over);
	b.camera.deaf = false;
	b.n_memory = 1;
	run(7000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\nreset\nready\nmemory 4: gc uma.0 uma.1 uma.0 persist\n");
}

UNIT_TEST(firmware_that_cannot_tell)
{
	static const struct {
		uint8_t protocol[3];
		bool unknown, fits;
	} versions[] = {
		{ { 1, 0, 0 }, true, false }, { { 1, 0, 0 }, false, false }, { { 1, 0, 1 }, false, false },
		{ { 1, 0, 2 }, false, true }, { { 1, 1, 0 }, false, true },  { { 2, 0, 5 }, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		begin();
		memcpy(b.camera.protocol, versions[i].protocol, 3);
		if (versions[i].unknown) {
			b.camera.refuses = OPENMV_PROTO_VERSION;
			b.camera.n_refuses = 1;
			b.camera.refuse_status = OPENMV_STATUS_INVALID;
		}
		run(1000000, 1000);
		assert_string_equal(strbuf_text(&b.items), versions[i].fits ? "ready\n" : "other version\n");
		if (!versions[i].unknown)
			assert_memory_equal(openmv_versions(b.host)->protocol, versions[i].protocol, 3);
		assert_null(strstr(strbuf_text(&b.camera.asked), "14 "));
	}
}

UNIT_TEST(a_camera_that_does_not_answer)
{
	b.camera.deaf = true;
	run(10000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "silent\n");
	assert_int_equal(b.camera.n_to_camera, 3);
	assert_in_range(b.now_us, 3000000, 3100000);
}

/* A REPL, or a program that prints: not a byte that is sent is a key of one. */
UNIT_TEST(something_else_there)
{
	size_t n;

	const uint8_t *out = openmv_outbox(b.host, &n);
	for (size_t i = 0; i < n; i++)
		assert_true(out[i] == 0 || out[i] >= 0x80);
	b.camera.deaf = true;
	for (unsigned i = 0; i < 400 && !b.over; i++) {
		strbuf_puts(&b.camera.wire, "temperature 21.5\r\n\xaa\xd5\x01\x02");
		run(b.now_us + 10000, 7);
	}
	assert_string_equal(strbuf_text(&b.items), "silent\n");
}

UNIT_TEST(falls_silent)
{
	begin_with_text("");
	run(300000, 1000);
	b.camera.deaf = true;
	run(60000000, 1000);
	assert_string_equal(strbuf_text(&b.items), "ready\nlost\nsilent\n");
	assert_true(b.now_us < 15000000);
}

/* It answers, and never what was asked. */
UNIT_TEST(invalid_answers)
{
	b.camera.refuses = OPENMV_SYS_MEMORY;
	b.camera.n_refuses = 1000;
	b.camera.refuse_status = 7;
	b.n_memory = 1;
	run(60000000, 1000);
	assert_true(b.over);
	assert_non_null(strstr(strbuf_text(&b.items), "silent\n"));
	assert_null(strstr(strbuf_text(&b.items), "memory"));
	assert_in_range(b.camera.n_syncs, 2, 10);
}

/* The camera is not left alone with an answer that nobody acknowledges. */
UNIT_TEST(leaves_politely)
{
	struct openmv_item item;

	run(1000000, 1000);
	assert_int_equal(openmv_ask_memory(b.host, b.now_us), 0);
	deliver();
	assert_true(b.camera.waits);
	openmv_leave(b.host, b.now_us);
	assert_int_equal(openmv_next(b.host, &item), OPENMV_MORE);
	run(2000000, 1000);
	assert_false(b.camera.waits);
	assert_non_null(strstr(strbuf_text(&b.items), "left\n"));
	assert_true(b.now_us < 1200000);

	begin(); /* nobody answers: it does not take long */
	b.camera.deaf = true;
	run(100000, 1000);
	openmv_leave(b.host, b.now_us);
	assert_int_equal(openmv_next(b.host, &item), OPENMV_LEFT);
}

UNIT_TEST(the_end_of_the_source)
{
	struct openmv_item item;

	run(1000000, 1000);
	openmv_finish(b.host);
	assert_int_equal(openmv_next(b.host, &item), OPENMV_MORE);
	assert_u64_equal(openmv_deadline(b.host), NOT_KNOWN);
	openmv_free(NULL);
}
