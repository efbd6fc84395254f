/* What a port may add to the core, each a file of its own in extra/: the text carrier, requests from the host,
 * statistics of interned strings, memory reads. */
#ifndef MEMPROF_EXTRA_H
#define MEMPROF_EXTRA_H

#include "memprof/agent.h"

/* text.c: a frame as a line of text, "mp$...$\r\n", in one call of write; for a port's own write function. Takes 250
 * bytes of stack on a Cortex-M0+. False if write says so. */
bool memprof_write_text(const uint8_t *frame, size_t n_bytes, bool (*write)(const char *text, size_t n_bytes));

/* stats.c */
struct memprof_qstr {
	uint32_t n_pools, n_strings, string_bytes, total_bytes; /* qstr_pool_info() */
};
void memprof_send_qstr(struct memprof_agent *agent, uint32_t at_ms, const struct memprof_qstr *qstr);

/* requests.c: requests. All in one struct of the port's; what is NULL cannot be asked. */
struct memprof_range {
	uintptr_t address, n_bytes;
};
struct memprof_requests {
	struct memprof_agent *agent;
	const struct memprof_range *readable; /* READ is answered inside these only */
	uint8_t n_readable;
	bool (*qstr)(struct memprof_qstr *ret);
	void (*snapshot)(struct memprof_agent *agent, bool key); /* NULL: memprof_snapshot */
	/* SET_SITES, as memprof_sites_ask; ASK_NAME: the text of an interned string; NULL: there is none */
	void (*sites)(struct memprof_agent *agent, uint32_t step, uint32_t keep_ms);
	const void *(*name)(uintptr_t number, size_t *ret_n_bytes);
	/* HOLD: memprof_requests_do sets hold_asked, and for how long each time. The port then does nothing but
	 * requests, with is_held set, until none has come for so long, and answers each HOLD by memprof_send_held. */
	bool can_hold, hold_asked, is_held;
	uint16_t hold_ms;
	/* private */
	uint8_t n_bytes; /* of a frame that has begun, with its first delimiter */
	uint8_t bytes[WIRE_FRAME_MAX_BYTES];
};
/* What a host that knows no symbols begins with: addresses of objects as id() gives them, and the lowest of the stack
 * that matters. */
struct memprof_held {
	uintptr_t modules, globals, type, none, len; /* sys.modules, globals() of __main__, type, None, 'len' */
	uintptr_t used_bytes, stack_pointer;
};
void memprof_send_held(struct memprof_requests *requests, uint8_t number, const struct memprof_held *held);
/* Takes one byte of what the host sends, from where memprof_poll may be called, and does what is asked once it is
 * whole. False: it is none of a frame, and meant for whom the console is. A frame that turns out to be none is lost. */
bool memprof_requests_feed(struct memprof_requests *requests, uint8_t byte);
/* The same in two steps, where requests cannot be done in the place where bytes are received: no other byte may be
 * taken between WHOLE and memprof_requests_do, or _silence, which drops the request. */
enum memprof_taken { MEMPROF_NOT_TAKEN, MEMPROF_TAKEN, MEMPROF_WHOLE };
enum memprof_taken memprof_requests_take(struct memprof_requests *requests, uint8_t byte);
void memprof_requests_do(struct memprof_requests *requests);
/* Some 50 ms without a byte: what has begun is no frame. */
void memprof_requests_silence(struct memprof_requests *requests);

#endif
