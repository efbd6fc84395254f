/* OpenMV's protocol: what a camera sends, at whatever moment. The first byte has options; then each piece begins with a
 * byte that says how much comes at once and after how long. With one option the pieces are payloads, and the packets
 * around them are made right here, with the sequence a camera would have: checksums keep a fuzzer out. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/openmv.h"
#include "openmv/packet.h"

/* As long as there is something to do, all of which must end. True if there was a new question. */
static bool drain(struct openmv *o, uint64_t now_us, uint8_t options, struct openmv_packet *asked)
{
	struct openmv_framer framer = { .p = NULL };
	struct openmv_packet packet;
	struct openmv_item item;
	bool anew = false;
	int kind;

	while ((kind = openmv_next(o, &item)) != OPENMV_MORE) {
		MUST(kind > 0);
		MUST(kind != OPENMV_TEXT || (item.n_bytes > 0 && item.text));
		if (kind == OPENMV_EVENT && item.event.kind == EVENT_SNAPSHOT)
			MUST(heap_check(item.event.snapshot.heap) == 0 && item.event.snapshot.heap->n_pools > 0);
		if (kind == OPENMV_READY && (options & 1))
			MUST(openmv_ask_memory(o, now_us) == 0);
	}
	size_t n;
	const uint8_t *out = openmv_outbox(o, &n);
	openmv_framer_feed(&framer, out, n);
	while (openmv_framer_next(&framer, &packet)) {
		if (packet.flags & OPENMV_ACK)
			continue;
		*asked = (struct openmv_packet){ packet.sequence, packet.channel, 0, packet.opcode, NULL, 0 };
		anew = true;
	}
	MUST(framer.n_skipped == 0); /* what it sends is whole packets */
	openmv_sent(o, n);
	return anew;
}

/* An answer to what was asked, or an event; flags as in the packet. */
static size_t wrap(const uint8_t *payload, size_t n, uint8_t flags, const struct openmv_packet *asked, uint8_t *ret)
{
	struct openmv_packet packet = { .sequence = asked->sequence,
					.channel = asked->channel,
					.flags = flags & 0x3f,
					.opcode = asked->opcode,
					.payload = payload,
					.n_bytes = n };

	if (packet.flags & OPENMV_EVENT_FLAG)
		packet.opcode = packet.channel ? 0x29 : 0x13;
	openmv_packet_write(&packet, ret);
	return openmv_packet_bytes(&packet);
}

FUZZ(data, size)
{
	const uint8_t options = size > 0 ? data[0] : 0;
	uint8_t wrapped[OPENMV_PACKET_MAX_BYTES];
	struct openmv_packet asked = { .payload = NULL };
	uint64_t now_us = 0;
	struct openmv *o = openmv_new(options & 2 ? 50000 : NOT_KNOWN, now_us);

	MUST(o);
	drain(o, now_us, options, &asked);
	for (size_t i = 1; i < size;) {
		uint8_t head = data[i++];
		size_t n = MIN((size_t)(head & 127), size - i);
		if (head & 128)
			now_us += 300000;
		if (options & 4) {
			uint8_t flags = i < size ? data[i++] : 0;
			n = MIN(n, size - i);
			openmv_feed(o, wrapped, wrap(data + i, n, flags, &asked, wrapped), now_us);
			if (!drain(o, now_us, options, &asked))
				asked.sequence++; /* of the next fragment */
		} else {
			openmv_feed(o, data + i, n, now_us);
			drain(o, now_us, options, &asked);
		}
		i += n;
		openmv_tick(o, now_us);
		drain(o, now_us, options, &asked);
	}
	if (options & 8)
		openmv_leave(o, now_us);
	else
		openmv_finish(o);
	drain(o, now_us, 0, &asked);
	openmv_tick(o, now_us + 1000000);
	drain(o, now_us, 0, &asked);
	MUST(openmv_deadline(o) == NOT_KNOWN);
	openmv_free(o);
}
