#include <errno.h>
#include <string.h>

#include "openmv/private.h"

enum {
	ASK_MAX_BYTES = OPENMV_CAPS_BYTES, /* before SET_CAPS no more than 50 */
	TEXT_MAX_BYTES = 4096,             /* at once */
	TEXT_MUCH_BYTES = 256,             /* so much at once, and the camera's buffer may soon be full */
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

static bool take_caps(struct openmv *o)
{
	uint32_t max_payload;

	if (!openmv_read_caps(o->answer, o->n_answer, &max_payload))
		return false;
	o->max_payload = MIN(max_payload, (uint32_t)OPENMV_PAYLOAD_MAX_BYTES);
	return true;
}

/* An acknowledgement alone, or an echo of what was set. */
static bool take_any(struct openmv *o)
{
	(void)o;
	return true;
}

static bool no_version(struct openmv *o)
{
	openmv_end(o, WAITING_OTHER_VERSION);
	return true;
}

static bool take_versions(struct openmv *o)
{
	static const uint8_t memory_since[] = { 1, 0, 2 }; /* openmv 4699782dd, 2026-04-09 */

	if (!openmv_read_versions(o->answer, o->n_answer, &o->versions))
		return false;
	if (memcmp(o->versions.protocol, memory_since, sizeof(memory_since)) < 0 ||
	    o->versions.protocol[0] != memory_since[0])
		openmv_end(o, WAITING_OTHER_VERSION);
	return true;
}

static bool take_info(struct openmv *o)
{
	openmv_read_info(o->answer, o->n_answer, &o->info);
	o->board = openmv_board_find(o->info.usb_id);
	return true;
}

static bool take_channels(struct openmv *o)
{
	o->stdin_channel = openmv_find_channel(o->answer, o->n_answer, "stdin");
	o->stdout_channel = openmv_find_channel(o->answer, o->n_answer, "stdout");
	return true;
}

static bool take_poll(struct openmv *o)
{
	if (o->n_answer >= 4 && o->stdin_channel >= 0)
		o->script_runs = openmv_u32(o->answer) >> o->stdin_channel & 1;
	return true;
}

static bool take_memory(struct openmv *o)
{
	int r = openmv_read_memory(o->answer, o->n_answer, o->board, &o->heap);

	if (r == -EBADMSG)
		return false;
	o->error = r;
	o->memory_wanted = false;
	o->waiting |= WAITING_SNAPSHOT;
	return true;
}

static bool take_size(struct openmv *o)
{
	if (o->n_answer < 4)
		return false;
	o->n_text_bytes = openmv_u32(o->answer);
	if (o->n_text_bytes == 0)
		o->text_us = o->now_us + o->text_every_us;
	return true;
}

/* Also what came of it before the camera, whose script printed too fast, had no more. */
static bool take_text(struct openmv *o)
{
	o->n_text_bytes = 0;
	o->text_us = o->now_us + o->text_every_us / (o->n_answer < TEXT_MUCH_BYTES ? 1 : 4);
	if (o->n_answer > 0)
		o->waiting |= WAITING_TEXT;
	return true;
}

static bool no_text(struct openmv *o)
{
	o->stdout_channel = -1;
	return true;
}

static const struct {
	uint8_t opcode;
	bool of_stdout;                                        /* else to the camera itself, channel 0 */
	size_t (*write)(const struct openmv *o, uint8_t *ret); /* at most ASK_MAX_BYTES; NULL: nothing */
	/* With all of the answer in o->answer: false, this is none. */
	bool (*take)(struct openmv *o);
	/* The camera cannot, or does not know what this is: the same; NULL: it must. */
	bool (*refused)(struct openmv *o);
} questions[] = {
	[ASK_CAPS] = { OPENMV_GET_CAPS, false, NULL, take_caps, NULL },
	[ASK_SET_CAPS] = { OPENMV_SET_CAPS, false, write_caps, take_any, NULL },
	[ASK_VERSION] = { OPENMV_PROTO_VERSION, false, NULL, take_versions, no_version },
	[ASK_INFO] = { OPENMV_SYS_INFO, false, NULL, take_info, take_any },
	[ASK_CHANNELS] = { OPENMV_CHANNEL_LIST, false, NULL, take_channels, take_any },
	[ASK_POLL] = { OPENMV_CHANNEL_POLL, false, NULL, take_poll, take_any },
	[ASK_MEMORY] = { OPENMV_SYS_MEMORY, false, NULL, take_memory, no_version },
	[ASK_SIZE] = { OPENMV_CHANNEL_SIZE, true, NULL, take_size, no_text },
	[ASK_READ] = { OPENMV_CHANNEL_READ, true, write_range, take_text, take_text },
};

uint8_t openmv_opcode_of(enum question question) { return questions[question].opcode; }

void openmv_ask(struct openmv *o, enum question question)
{
	uint8_t payload[ASK_MAX_BYTES];
	struct openmv_packet packet = { .sequence = o->sequence, .opcode = questions[question].opcode };

	if (questions[question].of_stdout)
		packet.channel = (uint8_t)o->stdout_channel;
	if (questions[question].write) {
		packet.payload = payload;
		packet.n_bytes = questions[question].write(o, payload);
	}
	o->asked = question;
	o->busy = false;
	o->n_answer = 0;
	o->n_wire_bytes = 0;
	o->deadline_us = o->now_us + OPENMV_ANSWER_US;
	openmv_put(o, &packet); /* without room it goes as if it had been lost */
}

static void become_ready(struct openmv *o)
{
	o->state = IDLE;
	o->ready = true;
	o->waiting |= WAITING_READY;
	o->text_us = o->text_every_us == NOT_KNOWN ? NOT_KNOWN : o->now_us;
}

void openmv_ask_next(struct openmv *o)
{
	if (o->state != IDLE || o->asked != ASK_NOTHING || o->waiting)
		return;
	o->deadline_us = NOT_KNOWN;
	if (o->stdout_channel >= 0 && o->n_text_bytes > 0)
		openmv_ask(o, ASK_READ);
	else if (o->memory_wanted)
		openmv_ask(o, ASK_MEMORY);
	else if (o->stdout_channel >= 0 && o->text_us <= o->now_us)
		openmv_ask(o, ASK_SIZE);
}

void openmv_settle(struct openmv *o, bool refused)
{
	enum question question = o->asked;
	bool (*take)(struct openmv * o) = refused ? questions[question].refused : questions[question].take;
	bool leaving = o->state == LEAVING;

	o->asked = ASK_NOTHING;
	o->n_busy = 0;
	if (!take || !take(o)) {
		openmv_begin_anew(o);
		return;
	}
	if (leaving) {
		openmv_end(o, WAITING_LEFT);
	} else if (o->state == OPENING) {
		if (question == ASK_POLL)
			become_ready(o);
		else
			openmv_ask(o, question + 1);
	} else if (o->state == IDLE && (question == ASK_MEMORY || !o->memory_wanted)) {
		o->n_failed = 0;
	}
}
