#include "openmv/packet.h"

#include <string.h>

#include "memprof/base/number.h"

static const uint8_t sync_word[] = { 0xaa, 0xd5 };

/* ---- checksums, by nibbles ---- */

static const uint16_t crc16_steps[16] = {
	0x0000, 0xf94f, 0x0bd1, 0xf29e, 0x17a2, 0xeeed, 0x1c73, 0xe53c,
	0x2f44, 0xd60b, 0x2495, 0xddda, 0x38e6, 0xc1a9, 0x3337, 0xca78,
};
static const uint32_t crc32_steps[16] = {
	0x00000000, 0xfa567d89, 0x0efa869b, 0xf4acfb12, 0x1df50d36, 0xe7a370bf, 0x130f8bad, 0xe959f624,
	0x3bea1a6c, 0xc1bc67e5, 0x35109cf7, 0xcf46e17e, 0x261f175a, 0xdc496ad3, 0x28e591c1, 0xd2b3ec48,
};

uint16_t openmv_crc16(const uint8_t *bytes, size_t n_bytes)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < n_bytes; i++) {
		crc = (uint16_t)(crc << 4 ^ crc16_steps[crc >> 12 ^ bytes[i] >> 4]);
		crc = (uint16_t)(crc << 4 ^ crc16_steps[crc >> 12 ^ (bytes[i] & 15)]);
	}
	return crc;
}

uint32_t openmv_crc32(const uint8_t *bytes, size_t n_bytes)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n_bytes; i++) {
		crc = crc << 4 ^ crc32_steps[crc >> 28 ^ bytes[i] >> 4];
		crc = crc << 4 ^ crc32_steps[crc >> 28 ^ (bytes[i] & 15)];
	}
	return crc;
}

/* ---- writing ---- */

void openmv_put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

void openmv_put_u32(uint8_t *at, uint32_t value)
{
	openmv_put_u16(at, (uint16_t)value);
	openmv_put_u16(at + 2, (uint16_t)(value >> 16));
}

static size_t packet_bytes(size_t n_payload) { return OPENMV_HEADER_BYTES + n_payload + (n_payload ? 4 : 0); }

size_t openmv_packet_bytes(const struct openmv_packet *packet) { return packet_bytes(packet->n_bytes); }

void openmv_packet_write(const struct openmv_packet *packet, uint8_t *ret)
{
	memcpy(ret, sync_word, sizeof(sync_word));
	ret[2] = packet->sequence;
	ret[3] = packet->channel;
	ret[4] = packet->flags;
	ret[5] = packet->opcode;
	openmv_put_u16(ret + 6, (uint16_t)packet->n_bytes);
	openmv_put_u16(ret + 8, openmv_crc16(ret, 8));
	if (packet->n_bytes == 0)
		return;
	memcpy(ret + OPENMV_HEADER_BYTES, packet->payload, packet->n_bytes);
	openmv_put_u32(ret + OPENMV_HEADER_BYTES + packet->n_bytes, openmv_crc32(packet->payload, packet->n_bytes));
}

/* ---- reading ---- */

void openmv_framer_feed(struct openmv_framer *f, const uint8_t *bytes, size_t n_bytes)
{
	f->p = bytes;
	f->end = n_bytes ? bytes + n_bytes : bytes;
}

void openmv_framer_reset(struct openmv_framer *f)
{
	f->n_skipped += f->n_held - f->n_taken;
	f->i_held = f->n_held = f->n_taken = 0;
}

static void drop(struct openmv_framer *f, size_t n_bytes)
{
	f->i_held += n_bytes;
	f->n_held -= n_bytes;
	if (f->n_held == 0)
		f->i_held = 0;
}

/* Holds n_bytes, adding bytes of the feed; false if there are too few. */
static bool hold(struct openmv_framer *f, size_t n_bytes)
{
	if (f->n_held >= n_bytes)
		return true;
	if (f->i_held + n_bytes > sizeof(f->held)) { /* at most once per packet, so it is cheap */
		memmove(f->held, f->held + f->i_held, f->n_held);
		f->i_held = 0;
	}
	size_t n = MIN(n_bytes - f->n_held, (size_t)(f->end - f->p));
	if (n) {
		memcpy(f->held + f->i_held + f->n_held, f->p, n);
		f->n_held += n;
		f->p += n;
	}
	return f->n_held >= n_bytes;
}

/* Drops bytes up to the sync word, or to what may be its first byte. */
static bool find_sync(struct openmv_framer *f)
{
	while (hold(f, sizeof(sync_word))) {
		if (memcmp(f->held + f->i_held, sync_word, sizeof(sync_word)) == 0)
			return true;
		drop(f, 1);
		f->n_skipped++;
	}
	return false;
}

bool openmv_framer_next(struct openmv_framer *f, struct openmv_packet *ret)
{
	drop(f, f->n_taken);
	f->n_taken = 0;
	while (find_sync(f)) {
		if (!hold(f, OPENMV_HEADER_BYTES))
			return false;
		const uint8_t *at = f->held + f->i_held;
		size_t n_payload = bytes_u16(at + 6), n_whole = packet_bytes(n_payload);
		bool good = openmv_crc16(at, 8) == bytes_u16(at + 8) && n_payload <= OPENMV_PAYLOAD_MAX_BYTES;
		if (good && !hold(f, n_whole))
			return false;
		at = f->held + f->i_held; /* may have moved */
		const uint8_t *payload = at + OPENMV_HEADER_BYTES;
		if (good && n_payload)
			good = openmv_crc32(payload, n_payload) == bytes_u32(payload + n_payload);
		if (good) {
			*ret = (struct openmv_packet){ at[2], at[3], at[4], at[5], payload, n_payload };
			f->n_taken = n_whole;
			return true;
		}
		f->n_bad++;
		f->n_skipped++;
		drop(f, 1);
	}
	return false;
}
