/* What comes from a board or a log, into a recording: for record, attach --record and convert. */
#pragma once

#include "memprof/cli/options.h"
#include "memprof/feed/feed.h"
#include "memprof/store/recording.h"

/* Refuses standard output, and NULL, no file: 0, or -EINVAL after a message. */
int recorder_path(const char *path);
/* Of --keep. The same. */
int recorder_keep(const struct option_list *amounts, struct recording_keep *ret);

/* All-zero records nothing, and every function below does nothing with it. */
struct recorder {
	const char *path;
	struct recording_lock lock;
	struct recording_writer *writer;
	const struct feed *feed; /* whose sink it is */
	uint64_t n_thinned;
	uint64_t n_samples; /* that are committed, of the last board */
	uint64_t busy_us;   /* since when another program has the file locked; 0: it has not */
	bool is_live;       /* text without a time is not recorded: the board is not open yet */
	bool is_dated;      /* it is known when the session began */
	bool is_shared;     /* others write to the file, too */
	bool is_open;
	bool failed; /* after a message; the rest is not recorded */

	/* set by the caller */
	bool is_named;  /* a live board keeps its name; else it gets that of the port that was found */
	bool is_beside; /* what it is beside goes on if it fails, and tells of itself */
};

/* Takes the file; shared: the lock of the process that started this one and has it, NULL: there is none. 0, or -EINVAL
 * after a message. Signals that end memprof wait from then on until it is closed, except where a session waits: it is
 * one file again then. */
int recorder_open(struct recorder *r, const char *path, const struct recording_lock *shared);
/* Keeps the file, but leaves it to child processes to write. */
void recorder_release(struct recorder *r);
/* A board from now on. As above. */
int recorder_begin(struct recorder *r, const struct recording_session *session, const struct recording_keep *keep);
/* Takes all that comes; of a log its date, too. */
struct sink recorder_sink(struct recorder *r, const struct feed *feed);
/* Ends what recorder_begin began: commits all of it, or drops it where is_whole is false. 0, or -EINVAL: it was not
 * committed; a message said why. */
int recorder_end(struct recorder *r, bool is_whole);
/* Commits all. An exit code. Safe twice. */
int recorder_close(struct recorder *r);
