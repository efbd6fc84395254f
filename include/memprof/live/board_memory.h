/* The memory of a live board as a memory reader. Its carrier is memprof's agent where there is no prompt; else the
 * probe, or expressions at the prompt for little, and for memory that takes accesses of 32 bits only. */
#pragma once

#include "memprof/live/memory_probe.h"
#include "memprof/live/session.h"
#include "memprof/model/board.h"
#include "memprof/model/memory_reader.h"

struct board_memory {
	struct memory_reader reader;  /* -EIO: outcome */
	bool words;                   /* set by the caller before a read: accesses of 32 bits only; not by_agent */
	enum session_outcome outcome; /* of a read that failed: UNABLE, with diag; or as session_helper */
	struct diag diag;
	uint64_t address; /* that was asked for last */
	bool any_asked;   /* one was */
	/* private */
	struct session *session;
	const struct board_info *board;
	bool by_agent;
	struct memory_probe probe;
	bool no_probe;
	size_t i_way[2]; /* of peek_ways, by bytes and by words: those before it are missing there */
};

/* board: its platform is known; borrowed. by_agent: there is no prompt. The struct must stay where it is. */
void board_memory_init(struct board_memory *m, struct session *session, const struct board_info *board, bool by_agent);
