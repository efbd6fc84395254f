#include <errno.h>
#include <string.h>

#include "openmv/private.h"

enum {
	QUERY_MAX_BYTES = OPENMV_CAPS_BYTES, /* before SET_CAPS no more than 50 */
	TEXT_MAX_BYTES = 4096,               /* per query */
	TEXT_MUCH_BYTES = 256,               /* from here on query more often: the camera's buffer may soon be full */
};

static size_t write_caps(const struct openmv *o, uint8_t *ret)
{
	memset(ret, 0, OPENMV_CAPS_BYTES);
	openmv_put_u32(ret, OPENMV_CAPS_CRC | OPENMV_CAPS_SEQUENCE | OPENMV_CAPS_ACK | OPENMV_CAPS_EVENTS);
	openmv_put_u16(ret + 4, (uint16_t)o->max_payload);
	return OPENMV_CAPS_BYTES;
}

static size_t write_range(const struct openmv *o, uint8_t *ret)
{
	openmv_put_u32(ret, 0);
	openmv_put_u32(ret + 4, MIN(o->n_text_bytes, (uint32_t)TEXT_MAX_BYTES));
	return 8;
}

static bool read_caps(struct openmv *o)
{
	uint32_t max_payload;

	if (!openmv_read_caps(o->answer, o->n_answer, &max_payload))
		return false;
	o->max_payload = MIN(max_payload, (uint32_t)OPENMV_PAYLOAD_MAX_BYTES);
	return true;
}

/* Only an acknowledgement, or an echo of what was set. */
static bool read_any(struct openmv *o)
{
	(void)o;
	return true;
}

static bool no_version(struct openmv *o)
{
	openmv_end(o, DUE_OTHER_VERSION);
	return true;
}

static bool read_versions(struct openmv *o)
{
	static const uint8_t memory_since[] = { 1, 0, 2 }; /* openmv 4699782dd, 2026-04-09 */

	if (!openmv_read_versions(o->answer, o->n_answer, &o->versions))
		return false;
	if (memcmp(o->versions.protocol, memory_since, sizeof(memory_since)) < 0 ||
	    o->versions.protocol[0] != memory_since[0])
		openmv_end(o, DUE_OTHER_VERSION);
	return true;
}

static bool read_info(struct openmv *o)
{
	openmv_read_info(o->answer, o->n_answer, &o->info);
	o->board = openmv_board_find(o->info.usb_id);
	o->info_is_new = true;
	return true;
}

static bool no_info(struct openmv *o)
{
	o->info_is_new = true;
	return true;
}

static bool read_channels(struct openmv *o)
{
	o->stdin_channel = openmv_find_channel(o->answer, o->n_answer, "stdin");
	o->stdout_channel = openmv_find_channel(o->answer, o->n_answer, "stdout");
	return true;
}

static bool read_poll(struct openmv *o)
{
	if (o->n_answer >= 4 && o->stdin_channel >= 0)
		o->script_runs = bytes_u32(o->answer) >> o->stdin_channel & 1;
	return true;
}

static bool read_memory(struct openmv *o)
{
	int r = openmv_read_memory(o->answer, o->n_answer, o->board, &o->info, &o->heap);

	if (r == -EBADMSG)
		return false;
	o->error = r;
	o->memory_wanted = o->info_is_new = false;
	o->due |= DUE_SNAPSHOT;
	return true;
}

static bool read_size(struct openmv *o)
{
	if (o->n_answer < 4)
		return false;
	o->n_text_bytes = bytes_u32(o->answer);
	if (o->n_text_bytes == 0)
		o->text_us = o->now_us + o->text_every_us;
	return true;
}

/* Also for a refusal: a script that prints fast may overwrite the rest of the text. */
static bool read_text(struct openmv *o)
{
	o->n_text_bytes = 0;
	o->text_us = o->now_us + o->text_every_us / (o->n_answer < TEXT_MUCH_BYTES ? 1 : 4);
	if (o->n_answer > 0)
		o->due |= DUE_TEXT;
	return true;
}

static bool no_text(struct openmv *o)
{
	o->stdout_channel = -1;
	return true;
}

static const struct {
	uint8_t opcode;
	bool to_stdout;                                        /* else to the camera itself, channel 0 */
	size_t (*write)(const struct openmv *o, uint8_t *ret); /* at most QUERY_MAX_BYTES; NULL: no payload */
	bool (*read)(struct openmv *o);                        /* the complete o->answer; false: invalid */
	bool (*refused)(struct openmv *o); /* the camera does not support the query; NULL: an error */
} queries[] = {
	[QUERY_CAPS] = { OPENMV_GET_CAPS, false, NULL, read_caps, NULL },
	[QUERY_SET_CAPS] = { OPENMV_SET_CAPS, false, write_caps, read_any, NULL },
	[QUERY_VERSION] = { OPENMV_PROTO_VERSION, false, NULL, read_versions, no_version },
	[QUERY_INFO] = { OPENMV_SYS_INFO, false, NULL, read_info, no_info },
	[QUERY_CHANNELS] = { OPENMV_CHANNEL_LIST, false, NULL, read_channels, read_any },
	[QUERY_POLL] = { OPENMV_CHANNEL_POLL, false, NULL, read_poll, read_any },
	[QUERY_MEMORY] = { OPENMV_SYS_MEMORY, false, NULL, read_memory, no_version },
	[QUERY_SIZE] = { OPENMV_CHANNEL_SIZE, true, NULL, read_size, no_text },
	[QUERY_READ] = { OPENMV_CHANNEL_READ, true, write_range, read_text, read_text },
};

uint8_t openmv_query_opcode(enum openmv_query query) { return queries[query].opcode; }

void openmv_query(struct openmv *o, enum openmv_query query)
{
	uint8_t payload[QUERY_MAX_BYTES];
	struct openmv_packet packet = { .sequence = o->sequence, .opcode = queries[query].opcode };

	if (queries[query].to_stdout)
		packet.channel = (uint8_t)o->stdout_channel;
	if (queries[query].write) {
		packet.payload = payload;
		packet.n_bytes = queries[query].write(o, payload);
	}
	o->pending = query;
	o->busy = false;
	o->n_answer = 0;
	o->n_wire_bytes = 0;
	o->deadline_us = o->now_us + OPENMV_ANSWER_US;
	openmv_put(o, &packet); /* without room it counts as lost */
}

static void become_ready(struct openmv *o)
{
	o->state = IDLE;
	o->ready = true;
	o->due |= DUE_READY;
	o->text_us = o->text_every_us == NOT_KNOWN ? NOT_KNOWN : o->now_us;
}

void openmv_query_next(struct openmv *o)
{
	if (o->state != IDLE || o->pending != QUERY_NONE || o->due)
		return;
	o->deadline_us = NOT_KNOWN;
	if (o->stdout_channel >= 0 && o->n_text_bytes > 0)
		openmv_query(o, QUERY_READ);
	else if (o->memory_wanted)
		openmv_query(o, o->info_is_new ? QUERY_MEMORY : QUERY_INFO);
	else if (o->stdout_channel >= 0 && o->text_us <= o->now_us)
		openmv_query(o, QUERY_SIZE);
}

void openmv_finish_query(struct openmv *o, bool refused)
{
	enum openmv_query query = o->pending;
	bool (*read)(struct openmv * o) = refused ? queries[query].refused : queries[query].read;
	bool leaving = o->state == LEAVING;

	o->pending = QUERY_NONE;
	o->n_busy = 0;
	if (!read || !read(o)) {
		openmv_resync(o);
		return;
	}
	if (leaving) {
		openmv_end(o, DUE_LEFT);
	} else if (o->state == OPENING) {
		if (query == QUERY_POLL)
			become_ready(o);
		else
			openmv_query(o, query + 1);
	} else if (o->state == IDLE && (query == QUERY_MEMORY || !o->memory_wanted)) {
		o->n_failed = 0;
	}
}
