#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openmv/private.h"

enum {
	REBOOT_US = 300000, /* from its event to the reboot */
	BUSY_US = 50000,
	LEAVE_US = 300000,
	SYNC_TRIES = 3,
	SYNC_TRIES_KNOWN = 10, /* if the camera has answered before: boot.py and sensors may take long */
	BUSY_TRIES = 20,
	RESYNCS_MAX = 5, /* in a row, without a valid answer */
};

/* ---- sending ---- */

bool openmv_put(struct openmv *o, const struct openmv_packet *packet)
{
	size_t n = openmv_packet_bytes(packet);

	if (n > sizeof(o->outbox) - o->n_outbox)
		return false;
	openmv_packet_write(packet, o->outbox + o->n_outbox);
	o->n_outbox += n;
	return true;
}

/* Without room in the outbox it is dropped: the camera repeats its packet. */
static void acknowledge(struct openmv *o, const struct openmv_packet *packet)
{
	if (packet->flags & OPENMV_ACK_REQ)
		openmv_put(o, &(struct openmv_packet){ packet->sequence, packet->channel, OPENMV_ACK, packet->opcode,
						       NULL, 0 });
}

static void send_sync(struct openmv *o)
{
	openmv_framer_reset(&o->framer);
	o->n_outbox = 0;
	o->sequence = 0;
	o->deadline_us = o->now_us + OPENMV_ANSWER_US;
	openmv_put(o, &(struct openmv_packet){ .opcode = OPENMV_PROTO_SYNC });
}

static void begin_sync(struct openmv *o)
{
	o->state = SYNCING;
	o->pending = QUERY_NONE;
	o->busy = false;
	o->n_text_bytes = 0;
	o->n_tries = 1;
	send_sync(o);
}

void openmv_end(struct openmv *o, enum openmv_due why)
{
	o->state = ENDED;
	o->pending = QUERY_NONE;
	o->deadline_us = NOT_KNOWN;
	o->due |= why;
}

/* The camera no longer has what was received of a text. */
static void keep_text(struct openmv *o)
{
	if (o->pending == QUERY_READ && o->n_answer > 0)
		o->due |= DUE_TEXT;
}

/* After an error: a camera resets its state of the session at a PROTO_SYNC. */
void openmv_resync(struct openmv *o)
{
	keep_text(o);
	if (o->state == LEAVING) {
		openmv_end(o, DUE_LEFT);
		return;
	}
	if (o->ready) {
		o->due |= DUE_LOST;
		o->n_lost++;
	}
	if (++o->n_failed > RESYNCS_MAX)
		openmv_end(o, DUE_SILENT);
	else
		begin_sync(o);
}

/* ---- packets ---- */

static void read_refusal(struct openmv *o, const struct openmv_packet *packet)
{
	unsigned status = packet->n_bytes >= 2 ? bytes_u16(packet->payload) : OPENMV_STATUS_UNKNOWN;

	if (status == OPENMV_STATUS_BUSY && o->state != LEAVING && o->n_busy++ < BUSY_TRIES) {
		o->busy = true;
		o->deadline_us = o->now_us + BUSY_US;
	} else if (status == OPENMV_STATUS_FAILED || status == OPENMV_STATUS_INVALID ||
		   status == OPENMV_STATUS_UNKNOWN) {
		openmv_finish_query(o, true);
	} else {
		openmv_resync(o);
	}
}

static void reboot(struct openmv *o)
{
	keep_text(o);
	if (o->state == LEAVING) {
		openmv_end(o, DUE_LEFT);
		return;
	}
	if (o->ready)
		o->due |= DUE_RESET;
	o->state = REBOOTING;
	o->pending = QUERY_NONE;
	o->script_runs = false;
	o->deadline_us = o->now_us + REBOOT_US;
}

/* Events are not part of the sequence. */
static void read_event(struct openmv *o, const struct openmv_packet *packet)
{
	acknowledge(o, packet);
	if (packet->n_bytes < 2 || o->state == SYNCING || o->state == REBOOTING)
		return;
	unsigned event = bytes_u16(packet->payload);
	if (packet->opcode == OPENMV_SYS_EVENT && packet->channel == 0 && event == OPENMV_SOFT_REBOOT) {
		reboot(o);
	} else if (packet->opcode == OPENMV_CHANNEL_EVENT && packet->channel == o->stdin_channel && event <= 1) {
		o->script_runs = event;
		if (o->ready)
			o->due |= DUE_SCRIPT;
	}
}

static void read_answer(struct openmv *o, const struct openmv_packet *packet)
{
	uint8_t age = (uint8_t)(o->sequence - packet->sequence);

	if (age > 0 && age < 128) { /* repeated, possibly because our acknowledgement was lost */
		acknowledge(o, packet);
		return;
	}
	if (age != 0 || o->pending == QUERY_NONE || o->busy || packet->opcode != openmv_query_opcode(o->pending)) {
		openmv_resync(o);
		return;
	}
	acknowledge(o, packet);
	o->sequence++;
	o->n_wire_bytes += openmv_packet_bytes(packet);
	if (packet->flags & OPENMV_NAK) {
		read_refusal(o, packet);
		return;
	}
	bool more = packet->flags & OPENMV_FRAGMENT;
	if (packet->n_bytes > sizeof(o->answer) - o->n_answer || (more && packet->n_bytes == 0)) {
		openmv_resync(o);
		return;
	}
	if (packet->n_bytes)
		memcpy(o->answer + o->n_answer, packet->payload, packet->n_bytes);
	o->n_answer += packet->n_bytes;
	if (more)
		o->deadline_us = o->now_us + OPENMV_ANSWER_US;
	else
		openmv_finish_query(o, false);
}

static void read_packet(struct openmv *o, const struct openmv_packet *packet)
{
	bool sync_answer = packet->opcode == OPENMV_PROTO_SYNC;

	if (o->state == ENDED)
		return;
	if (packet->flags & OPENMV_EVENT_FLAG) {
		read_event(o, packet);
	} else if (o->state == SYNCING) {
		if (!sync_answer || !(packet->flags & OPENMV_ACK))
			return;
		o->known = true;
		o->state = OPENING;
		openmv_query(o, QUERY_CAPS);
	} else if (o->state != REBOOTING && !sync_answer) { /* a late answer to an earlier sync is dropped */
		read_answer(o, packet);
	}
}

void openmv_feed(struct openmv *o, const void *bytes, size_t n_bytes, uint64_t now_us)
{
	o->now_us = now_us;
	openmv_framer_feed(&o->framer, bytes, n_bytes);
}

/* ---- items ---- */

static int next_due(struct openmv *o, struct openmv_item *ret)
{
	unsigned first = o->due & -o->due;

	*ret = (struct openmv_item){ .event = { .at_us = o->now_us, .line = o->n_lines + 1 } };
	o->due &= ~first;
	switch ((enum openmv_due)first) {
	case DUE_LOST:
		ret->event.kind = EVENT_LOST;
		ret->event.lost.n_frames = o->n_lost;
		o->n_lost = 0;
		return OPENMV_EVENT;
	case DUE_TEXT:
		ret->text = (const char *)o->answer;
		ret->n_bytes = o->n_answer;
		for (size_t i = 0; i < o->n_answer; i++)
			o->n_lines += o->answer[i] == '\n';
		return OPENMV_TEXT;
	case DUE_SNAPSHOT:
		ret->event = (struct event){ .kind = EVENT_SNAPSHOT,
					     .at_us = o->now_us,
					     .line = o->n_lines + 1,
					     .snapshot = EVENT_SNAPSHOT_INIT };
		ret->event.snapshot.heap = &o->heap;
		ret->event.snapshot.n_lines = 1;
		ret->event.snapshot.reported.format = OPENMV_FORMAT;
		ret->event.snapshot.reported.wire_bytes = o->n_wire_bytes;
		return OPENMV_EVENT;
	case DUE_RESET:
		ret->event.kind = EVENT_RESET;
		return OPENMV_EVENT;
	case DUE_SCRIPT:
		ret->runs = o->script_runs;
		return OPENMV_SCRIPT;
	case DUE_READY:
		return OPENMV_READY;
	case DUE_OTHER_VERSION:
		return OPENMV_OTHER_VERSION;
	case DUE_SILENT:
		return OPENMV_SILENT;
	case DUE_LEFT:
		return OPENMV_LEFT;
	}
	return OPENMV_MORE;
}

int openmv_next(struct openmv *o, struct openmv_item *ret)
{
	struct openmv_packet packet;

	while (!o->error && !o->due && openmv_framer_next(&o->framer, &packet))
		read_packet(o, &packet);
	if (o->error)
		return o->error;
	if (o->due)
		return next_due(o, ret);
	openmv_query_next(o);
	return OPENMV_MORE;
}

void openmv_finish(struct openmv *o)
{
	keep_text(o);
	o->state = ENDED;
	o->pending = QUERY_NONE;
	o->deadline_us = NOT_KNOWN;
}

/* ---- for the caller ---- */

struct openmv *openmv_new(uint64_t text_every_us, uint64_t now_us)
{
	struct openmv *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->now_us = now_us;
	o->text_every_us = text_every_us;
	o->text_us = NOT_KNOWN;
	o->stdout_channel = o->stdin_channel = -1;
	heap_init(&o->heap);
	begin_sync(o);
	return o;
}

void openmv_free(struct openmv *o)
{
	if (!o)
		return;
	heap_deinit(&o->heap);
	free(o);
}

int openmv_ask_memory(struct openmv *o, uint64_t now_us)
{
	if (o->state == ENDED || o->state == LEAVING)
		return -EPIPE;
	if (!o->ready)
		return -EAGAIN;
	o->now_us = now_us;
	o->memory_wanted = true;
	openmv_query_next(o);
	return 0;
}

const uint8_t *openmv_outbox(const struct openmv *o, size_t *ret_n)
{
	*ret_n = o->n_outbox;
	return o->outbox;
}

void openmv_sent(struct openmv *o, size_t n_bytes)
{
	o->n_outbox -= n_bytes;
	memmove(o->outbox, o->outbox + n_bytes, o->n_outbox);
}

uint64_t openmv_deadline(const struct openmv *o)
{
	if (o->state == IDLE && o->pending == QUERY_NONE)
		return o->memory_wanted ? o->now_us : o->stdout_channel >= 0 ? o->text_us : NOT_KNOWN;
	return o->deadline_us;
}

void openmv_tick(struct openmv *o, uint64_t now_us)
{
	o->now_us = now_us;
	openmv_query_next(o);
	if (now_us < o->deadline_us || o->framer.p < o->framer.end) /* received bytes go first */
		return;
	if (o->state == REBOOTING) {
		begin_sync(o);
	} else if (o->state == LEAVING) {
		openmv_end(o, DUE_LEFT);
	} else if (o->state == SYNCING && o->n_tries++ < (o->known ? SYNC_TRIES_KNOWN : SYNC_TRIES)) {
		send_sync(o);
	} else if (o->state == SYNCING) {
		openmv_end(o, DUE_SILENT);
	} else if (o->pending != QUERY_NONE && o->busy) {
		openmv_query(o, o->pending);
	} else if (o->pending != QUERY_NONE) {
		openmv_resync(o);
	}
}

void openmv_leave(struct openmv *o, uint64_t now_us)
{
	o->now_us = now_us;
	if (o->pending == QUERY_NONE || o->busy) {
		openmv_end(o, DUE_LEFT);
	} else {
		o->state = LEAVING;
		o->deadline_us = now_us + LEAVE_US;
	}
}

/* ---- identity of the camera ---- */

const struct openmv_versions *openmv_versions(const struct openmv *o) { return &o->versions; }

/* In the order of machine.unique_id(), which has the words reversed. */
static void write_id(const uint8_t device_id[12], char *ret, size_t n_ret)
{
	size_t n = 0;

	for (size_t i = 12; i > 0; i -= 4)
		for (size_t k = i - 4; k < i; k++)
			n += (size_t)snprintf(ret + n, n_ret - n, "%02x", device_id[k]);
}

void openmv_board(const struct openmv *o, struct board_info *ret)
{
	static const uint8_t none[sizeof(o->info.device_id)];
	const uint8_t *v = o->versions.firmware;

	board_init(ret);
	snprintf(ret->firmware, sizeof(ret->firmware), "OpenMV");
	snprintf(ret->version, sizeof(ret->version), "%u.%u.%u", v[0], v[1], v[2]);
	if (o->board)
		snprintf(ret->machine, sizeof(ret->machine), "%s", o->board->name);
	else if (o->info.usb_id)
		snprintf(ret->machine, sizeof(ret->machine), "USB id %04x:%04x", o->info.usb_id >> 16,
			 o->info.usb_id & 0xffff);
	if (memcmp(o->info.device_id, none, sizeof(none)) != 0)
		write_id(o->info.device_id, ret->unique_id, sizeof(ret->unique_id));
	if (o->info.flash_kb)
		ret->flash_bytes = (uint64_t)o->info.flash_kb * 1024;
}
