/* The probe (memprof/protocol/probe.h) on a live board, as a carrier of a memory reader. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/live/session.h"
#include "memprof/model/memory_reader.h"
#include "memprof/protocol/probe.h"

struct memory_probe {
	struct session *session;
	/* session_talk, or session_filter_talk */
	enum session_outcome (*talk)(struct session *session, const void *out, size_t n_out, void *in, size_t n_in,
				     unsigned n_crs);
	struct probe_hello hello;
	/* Its carrier is this struct, which must stay where it is. -EIO: see outcome. After each exchange known bytes
	 * are read again: one byte too many or too few shows in them. */
	struct memory_reader reader;
	uint64_t patience_us;         /* of the caller: reading ends with -ETIME where it would take longer; 0: never */
	enum session_outcome outcome; /* of the last thing that failed: UNABLE, NO_ROOM, STOPPED, GONE, RESTARTED */
	unsigned n_crs;               /* that the line puts before each LF of memory */
	uint8_t known[4 * 8];         /* the header of its own bytearray while that is read */
	uint64_t begun_us;
};

/* Begins it: DONE; NO_ROOM; UNABLE, with diag: this firmware lacks something, or what came was not what was asked for,
 * and it has been ended; or as session_helper. */
enum session_outcome memory_probe_begin(struct memory_probe *p, struct session *session, struct diag *diag);
bool memory_probe_is_on(const struct memory_probe *p);
void memory_probe_end(struct memory_probe *p); /* if it is on */

/* The same commands are served by the hook of collections (collection_hook.h) from within the program: hello is that of
 * a probe before, with the hook's bytearray. From on_frame, until memory_probe_leave. As memory_probe_begin. */
enum session_outcome memory_probe_enter(struct memory_probe *p, struct session *session,
					const struct probe_hello *hello, unsigned n_crs, struct diag *diag);
/* The program goes on; also after a read that failed. */
void memory_probe_leave(struct memory_probe *p, uint64_t address); /* of its last command: 0, or COLLECTION_NO_BURST */

/* gc.collect() there: DONE, or as above. */
enum session_outcome memory_probe_collect(struct memory_probe *p);
