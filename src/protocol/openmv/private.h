/* What the two files of the machine share: openmv.c has the conversation, openmv/requests.c what is asked in it. */
#ifndef MEMPROF_OPENMV_PRIVATE_H
#define MEMPROF_OPENMV_PRIVATE_H

#include "memprof/base/number.h"
#include "openmv/packet.h"
#include "openmv/payload.h"

enum {
	OPENMV_OUTBOX_BYTES = 256,  /* a question, and acknowledgements of what is repeated meanwhile */
	OPENMV_ANSWER_US = 1000000, /* a camera repeats its own answer after 500 ms */
};

/* What can be asked. The first ones open every conversation, in this order. */
enum question {
	ASK_CAPS,
	ASK_SET_CAPS,
	ASK_VERSION,
	ASK_INFO,
	ASK_CHANNELS,
	ASK_POLL,
	ASK_MEMORY,
	ASK_SIZE,
	ASK_READ,
	ASK_NOTHING
};

/* Items that wait for openmv_next, in the order they are handed out. */
enum waiting {
	WAITING_LOST = 1,
	WAITING_TEXT = 2,
	WAITING_SNAPSHOT = 4,
	WAITING_RESET = 8,
	WAITING_SCRIPT = 16,
	WAITING_READY = 32,
	WAITING_OTHER_VERSION = 64,
	WAITING_SILENT = 128,
	WAITING_LEFT = 256,
};

struct openmv {
	enum { SYNCING, OPENING, IDLE, REBOOTING, LEAVING, ENDED } state;
	uint64_t now_us, deadline_us; /* NOT_KNOWN: none */
	uint64_t text_every_us, text_us;
	uint8_t sequence; /* of the packet that is next, theirs or ours */
	unsigned n_tries, n_busy, n_failed;
	bool known; /* it has answered a PROTO_SYNC */
	bool ready; /* it was, once */
	bool memory_wanted;
	enum question asked; /* on its way; ASK_NOTHING */
	bool busy;           /* it is to be asked again at the deadline */

	uint32_t max_payload;
	uint32_t n_text_bytes;             /* that wait there */
	int stdout_channel, stdin_channel; /* -1: none */
	bool script_runs;
	struct openmv_versions versions;
	struct openmv_info info;
	const struct openmv_board *board;

	struct openmv_framer framer;
	uint64_t n_wire_bytes; /* of the answer at hand */
	uint64_t n_lines;      /* of text so far */

	uint8_t answer[OPENMV_ANSWER_MAX_BYTES];
	size_t n_answer;
	uint8_t outbox[OPENMV_OUTBOX_BYTES];
	size_t n_outbox;
	struct heap heap;

	unsigned waiting; /* enum waiting */
	uint64_t n_lost;  /* conversations that broke off, since WAITING_LOST was told */
	int error;
};

/* Puts a packet into the outbox; false without room. */
bool openmv_put(struct openmv *o, const struct openmv_packet *packet);
void openmv_end(struct openmv *o, enum waiting why);
void openmv_begin_anew(struct openmv *o);

uint8_t openmv_opcode_of(enum question question);
void openmv_ask(struct openmv *o, enum question question);
/* Asks what is next, if nothing is on its way and all that is known was handed out. */
void openmv_ask_next(struct openmv *o);
/* The answer to what was asked is whole, or the camera has refused it. */
void openmv_settle(struct openmv *o, bool refused);

#endif
