/* Feeds sinks: what comes from boards, logs, streams and recordings becomes moments, which each sink of a list takes in
 * its turn. Commands that read logs or follow boards are options, a feed and sinks. No printing: what goes wrong, and
 * what is worth knowing, are notices. */
#ifndef MEMPROF_FEED_H
#define MEMPROF_FEED_H

#include "memprof/capture/sink.h"
#include "memprof/input/log_reader.h"

enum { FEED_SINKS_MAX = 6 };

struct feed {
	/* set by the caller */
	const char *command; /* of memprof, for advice in messages */
	struct notice_sink notices;
	/* Sinks get what belongs to these dumps, from 1; what lies between two belongs to the later one. 0: all. */
	uint64_t from, to;
	uint64_t n_most;   /* nothing more after so many, as n_seen; 0: all */
	bool names_inputs; /* moments name their input, even if there is only one */
	/* A memory file: makes it an event of the feed. 0, or negative after a message. NULL: it is an error, as other
	 * files that are no logs are. */
	int (*on_memory)(void *ctx, struct feed *feed, const char *name, const struct strbuf *memory);
	void *ctx;

	/* results */
	struct capture *capture;
	uint64_t n_seen; /* whole snapshots, and samples */
	uint64_t n_cut;  /* snapshots that are not whole, of the wanted ones */
	bool ends_cut;   /* the last wanted one of an input is not */

	/* ---- the current input ---- */
	const char *name;
	uint64_t n_input; /* 1.. */
	uint64_t at_us;   /* of the last event or text; NOT_KNOWN */
	bool is_dated, is_utc;
	uint64_t epoch_us; /* is_dated: of the first stamp, since 1970 */

	/* private */
	struct sink sinks[FEED_SINKS_MAX];
	size_t n_sinks;
	bool last_cut;
};

/* Sinks are called in this order; one that takes heaps (moment_take_heap) comes last. 0 or -ENOMEM. */
int feed_open(struct feed *f, const struct capture_options *options, const struct sink *sinks, size_t n_sinks);
void feed_close(struct feed *f); /* safe twice, and on all-zero */

/* As capture_event. */
void feed_event(struct feed *f, struct event *event);
void feed_text(struct feed *f, const char *bytes, size_t n_bytes);

/* ---- logs, streams and recordings: feed/logs.c ---- */

/* Reads n inputs to their end, in this order, as format says. An input that cannot be read, or has nothing in it, is
 * reported and the others are read, unless a sink wants no more. ret: one for each. 0; else the first error, but for a
 * sink's -EPIPE, which is none. */
int feed_logs(struct feed *f, const char *const *names, size_t n, const struct log_format *format,
	      struct input_info *ret);
/* The same of one, whose bytes are read already. */
int feed_blob(struct feed *f, const struct blob *blob, const struct log_format *format, struct input_info *ret);

#endif
