/* Feeds sinks: what comes from boards, logs, streams and recordings becomes moments, which each sink of a list takes in
 * its turn. Commands that read logs or follow boards are options, a feed and sinks. No printing: what goes wrong, and
 * what is worth knowing, are notices. */
#pragma once

#include "memprof/base/vec.h"
#include "memprof/capture/sink.h"
#include "memprof/input/log_reader.h"
#include "memprof/objects/objects.h"

struct objects_reading; /* intake/objects.h */

struct feed {
	/* set by the caller */
	struct notice_sink notices;
	uint64_t n_most;   /* nothing more after so many, as capture_counts.n_seen; 0: all */
	bool names_inputs; /* moments name their input, even if there is only one */
	/* A memory file or a core file is a snapshot, else an error, as other files that are no logs are. */
	bool takes_memory;
	bool is_for_text; /* what a board printed is enough: there may be no dump */
	const char *elf;  /* of a core file, the program; NULL */

	/* results */
	struct capture *capture;
	VEC(struct input_info, inputs); /* of feed_logs; the last one is the current one */
	VEC(struct objects *, objects); /* of each memory file; snapshots borrow from them */

	/* ---- the current input ---- */
	uint64_t at_us; /* of the last event or text; NOT_KNOWN */
	bool is_dated, is_utc;
	uint64_t epoch_us; /* is_dated: of the first stamp, since 1970 */

	/* private */
	struct sink sinks[CAPTURE_SINKS_MAX];
	size_t n_sinks;
};

/* As capture_new: 0 or -ENOMEM. */
int feed_open(struct feed *f, const struct capture_options *options, const struct sink *sinks, size_t n_sinks);
void feed_close(struct feed *f); /* safe twice, and on all-zero */

/* As capture_event. */
void feed_event(struct feed *f, struct event *event);
void feed_text(struct feed *f, const char *bytes, size_t n_bytes);
/* What was read of a heap, Python's or those of C, as a snapshot. at_us: NOT_KNOWN, and it borrows their names; else of
 * one of several looks, and nothing is borrowed. format: of input_info; NULL. 0, or negative after a notice. */
int feed_objects(struct feed *f, const struct objects_reading *reading, const char *format, uint64_t at_us);
bool feed_wants_text(const struct feed *f); /* a sink does: text is not decoded for nobody */
int feed_status(const struct feed *f);      /* 0; or negative, of the first sink that wants no more */
bool feed_is_over(const struct feed *f);    /* the same, or there was n_most */

/* ---- logs, streams and recordings: feed/logs.c ---- */

/* Reads n inputs to their end, in this order, as format says. An input that cannot be read, or has nothing in it, is
 * reported and the others are read, unless a sink wants no more. 0; else the first error, but for a sink's -EPIPE,
 * which is none. names are borrowed until it is closed. */
int feed_logs(struct feed *f, const char *const *names, size_t n, const struct log_format *format);
