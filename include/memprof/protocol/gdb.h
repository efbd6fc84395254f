/* GDB's remote protocol, as far as reading memory, breakpoints and steps need it (GDB manual, appendix E): packets in
 * both directions, and what replies mean. No I/O.
 *
 * A packet is $data#ss, ss the sum of data's bytes modulo 256. In a reply '}' escapes the next byte (xor 0x20), and
 * "x*n" repeats x another n - 29 times. Each packet is acknowledged by '+', or '-' if its sum is wrong, until
 * QStartNoAckMode is answered by OK. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GDB_REPLY_MAX_BYTES = 16384, /* of one, expanded; a longer one is GDB_TOO_LONG */
	GDB_REQUEST_MAX_BYTES = 120,
	GDB_OUT_MAX_BYTES = 512,
	GDB_PACKET_DEFAULT_BYTES = 400, /* of a stub that does not tell */
	GDB_READ_MAX_BYTES = 2048,      /* per request, whatever PacketSize: what QEMU answers */
	GDB_RANGES_MAX = 32,
};

enum gdb_event {
	GDB_MORE,     /* nothing yet */
	GDB_REPLY,    /* reply has it */
	GDB_STOP,     /* reply says why the target stopped; nobody may have asked */
	GDB_DAMAGED,  /* a packet whose sum was wrong, and that is not sent again */
	GDB_TOO_LONG, /* a packet that was left out */
};

struct gdb {
	char reply[GDB_REPLY_MAX_BYTES + 1]; /* NUL-terminated; it may have others */
	size_t n_reply;
	char out[GDB_OUT_MAX_BYTES]; /* to send */
	size_t n_out;
	bool no_acks;
	/* private */
	enum { GDB_BETWEEN, GDB_DATA, GDB_ESCAPED, GDB_REPEAT, GDB_SUM, GDB_SUM_LOW } state;
	bool is_note; /* %data#ss: nobody asked, and nobody acknowledges */
	bool too_long;
	uint8_t sum;
	unsigned sent_sum, n_damaged, n_again;
	char request[GDB_REQUEST_MAX_BYTES + 4]; /* the last one, as it was sent */
	size_t n_request;
};

/* All-zero is the starting state. Takes bytes up to the end of one packet: returns their number, at least 1 of n. */
size_t gdb_feed(struct gdb *g, const uint8_t *bytes, size_t n, enum gdb_event *ret);

/* Appends a packet to out, of printable text without '$', '#' and '}'. */
void gdb_request(struct gdb *g, const char *text);
/* Ctrl-C, before what is to be sent: rp2040js takes it only as the first byte of what it reads. */
void gdb_interrupt(struct gdb *g);
void gdb_sent(struct gdb *g, size_t n_bytes);

/* ---- replies ---- */

/* Of qSupported. */
struct gdb_features {
	size_t packet_bytes; /* PacketSize */
	bool no_ack_mode, vcont, memory_map, target_xml;
	bool multiprocess; /* QEMU's and gdbserver: D lets the target go */
	bool is_process;   /* it has an auxiliary vector: a process of an operating system, no board */
};
void gdb_read_features(const struct gdb *g, struct gdb_features *ret);
/* How many bytes one `m` may ask for. */
size_t gdb_read_bytes(const struct gdb_features *features);

/* Of GDB_STOP: the signal by GDB's numbers, and the thread; "": it is not reported. */
enum { GDB_SIGNAL_INTERRUPT = 2, GDB_SIGNAL_TRAP = 5, GDB_THREAD_BYTES = 32 };
struct gdb_stop {
	unsigned signal;
	char thread[GDB_THREAD_BYTES];
	bool has_ended; /* the target is a process that has */
};
void gdb_read_stop(const struct gdb *g, struct gdb_stop *ret);

bool gdb_is(const struct gdb *g, const char *text);
bool gdb_is_error(const struct gdb *g); /* "E14", "E.text" */
/* Pairs of hexadecimal digits; "xx", a register that is not known, is 0. Their number, at most n_max; 0 if it has
 * anything else. */
size_t gdb_read_hex(const struct gdb *g, uint8_t *ret, size_t n_max);

/* Of qXfer: one piece, and whether it is the last. False: it is none. */
bool gdb_read_piece(const struct gdb *g, const char **ret, size_t *ret_n, bool *ret_last);

/* Of memory-map:read: memory of type "ram", in its order. Returns how many. */
struct gdb_range {
	uint64_t start, n_bytes;
};
size_t gdb_read_memory_map(const char *xml, size_t n_bytes, struct gdb_range ret[GDB_RANGES_MAX]);

/* Of features:read:target.xml: the size of a register, and which registers of `g` are the program counter, the stack
 * pointer, and those of a call: its first arguments, its result, where it returns to. */
enum { GDB_ON_STACK = 255 };
struct gdb_processor {
	unsigned word_bytes, i_counter, i_stack_pointer;
	unsigned i_arguments[2], i_result, i_return; /* i_return GDB_ON_STACK: the word at the stack pointer */
	unsigned breakpoint_bytes;                   /* the kind of a breakpoint */
	bool is_arm;                                 /* of 32 bits */
};
/* False: not known. */
bool gdb_read_processor(const char *xml, size_t n_bytes, struct gdb_processor *ret);
