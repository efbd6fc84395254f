/* Shared by the two files of the state machine: openmv.c has the session, queries.c the queries. */
#pragma once

#include "openmv/packet.h"
#include "openmv/payload.h"

enum {
	OPENMV_OUTBOX_BYTES = 256,  /* a query, and acknowledgements of repeated packets */
	OPENMV_ANSWER_US = 1000000, /* a camera repeats its own answer after 500 ms */
};

/* The first ones, up to QUERY_POLL, open every session, in this order. */
enum openmv_query {
	QUERY_CAPS,
	QUERY_SET_CAPS,
	QUERY_VERSION,
	QUERY_INFO,
	QUERY_CHANNELS,
	QUERY_POLL,
	QUERY_MEMORY,
	QUERY_SIZE,
	QUERY_READ,
	QUERY_NONE
};

/* Items due at openmv_next, in order. */
enum openmv_due {
	DUE_LOST = 1,
	DUE_TEXT = 2,
	DUE_SNAPSHOT = 4,
	DUE_RESET = 8,
	DUE_SCRIPT = 16,
	DUE_READY = 32,
	DUE_OTHER_VERSION = 64,
	DUE_SILENT = 128,
	DUE_LEFT = 256,
};

struct openmv {
	enum { SYNCING, OPENING, IDLE, REBOOTING, LEAVING, ENDED } state;
	uint64_t now_us, deadline_us; /* NOT_KNOWN: none */
	uint64_t text_every_us, text_us;
	uint8_t sequence; /* of the next packet, of either side */
	unsigned n_tries, n_busy, n_failed;
	bool known; /* the camera has answered a PROTO_SYNC */
	bool ready; /* OPENMV_READY was due once */
	bool memory_wanted;
	bool info_is_new;          /* asked since the last SYS_MEMORY: a script changes the frame buffer's size */
	enum openmv_query pending; /* or QUERY_NONE */
	bool busy;                 /* the camera was busy: repeat the query at the deadline */

	uint32_t max_payload;
	uint32_t n_text_bytes;             /* in the camera's buffer */
	int stdout_channel, stdin_channel; /* -1: none */
	bool script_runs;
	struct openmv_versions versions;
	struct openmv_info info;
	const struct openmv_board *board;

	struct openmv_framer framer;
	uint64_t n_wire_bytes; /* of the current answer */
	uint64_t n_lines;      /* of text so far */

	uint8_t answer[OPENMV_ANSWER_MAX_BYTES];
	size_t n_answer;
	uint8_t outbox[OPENMV_OUTBOX_BYTES];
	size_t n_outbox;
	struct heap heap;

	unsigned due;    /* enum openmv_due */
	uint64_t n_lost; /* resyncs since the last EVENT_LOST */
	int error;
};

/* Adds a packet to the outbox; false without room. */
bool openmv_put(struct openmv *o, const struct openmv_packet *packet);
void openmv_end(struct openmv *o, enum openmv_due why);
void openmv_resync(struct openmv *o);

uint8_t openmv_query_opcode(enum openmv_query query);
void openmv_query(struct openmv *o, enum openmv_query query);
/* Sends the next query, if none is pending and no item is due. */
void openmv_query_next(struct openmv *o);
/* The answer is complete, or the camera refused the query. */
void openmv_finish_query(struct openmv *o, bool refused);
