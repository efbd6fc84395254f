/* What the files that read a recording share: reader.c opens it, choose.c chooses, replay.c hands out. */
#ifndef MEMPROF_STORE_READER_H
#define MEMPROF_STORE_READER_H

#include "memprof/base/vec.h"
#include "memprof/store/recording.h"
#include "schema.h"

struct session_row {
	uint64_t session, started_us, n_samples; /* started_us: since 1970; NOT_KNOWN */
};

struct source_sessions {
	struct recording_source about;
	VEC(struct session_row, sessions);
};

struct recording {
	char *path;
	sqlite3 *db;
	VEC(struct source_sessions, sources);
	size_t i_source;
	uint64_t chosen; /* a sample's id; NOT_KNOWN: all */
	struct recording_moment moment;
	struct heap heap;
	uint64_t n_damaged, n_bare; /* of the last reading */
	uint64_t n_steps;           /* that are left (schema_limit) */
};

#endif
