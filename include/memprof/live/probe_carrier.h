/* The probe (memprof/probe.h) on a live board, as a memory reader. */
#ifndef MEMPROF_CMD_PROBING_H
#define MEMPROF_CMD_PROBING_H

#include "memprof/base/diag.h"
#include "memprof/live/session.h"
#include "memprof/model/memory_reader.h"
#include "memprof/protocol/probe.h"

struct probing {
	struct session *session;
	struct probe_hello hello;
	unsigned n_crs;               /* that the way here puts before each LF of memory */
	struct memory_reader reader;  /* its carrier; memory_reader.of is this struct, which must stay where it is */
	enum session_outcome outcome; /* of the last thing it did */
	uint8_t known[4 * 8];         /* what the header of its own bytearray looks like while it is read */
	uint64_t n_bytes;             /* that went over the line for it, both ways, since it began */
};

/* One read of a batch. */
struct probing_read {
	uint64_t address;
	size_t n_bytes;
	uint8_t *ret;
};

enum probing_answer {
	PROBING_FINE = 0,
	PROBING_NO_ROOM = 1, /* MemoryError: not now */
	PROBING_NO_WAY,      /* this firmware lacks something; it has not changed anything there */
	PROBING_DOUBT,   /* what came is not what was asked for: no more of it is to be believed. It has been ended. */
	PROBING_OUTCOME, /* p->outcome says: STOPPED, GONE, RESTARTED */
};

/* Begins it. diag says why for NO_WAY and DOUBT. */
enum probing_answer probing_begin(struct probing *p, struct session *session, struct diag *diag);
bool probing_is_on(const struct probing *p);

/* Reads, each allowed by the reader, in as few exchanges as go; all or nothing: on any answer but FINE, what ret holds
 * means nothing. After each exchange bytes that are known are read again: one byte too many or too few shows in
 * them. */
enum probing_answer probing_read(struct probing *p, const struct probing_read *reads, size_t n_reads);

/* gc.collect() there. */
enum probing_answer probing_collect(struct probing *p);

/* What a reader's -EIO was: of reader_read with this carrier. */
enum probing_answer probing_why(const struct probing *p);

#endif
