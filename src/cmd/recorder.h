/* What comes from a board or a log, into a recording: for record, attach --record and convert. */
#ifndef MEMPROF_CMD_RECORDER_H
#define MEMPROF_CMD_RECORDER_H

#include "memprof/capture/capture.h"
#include "memprof/cli/options.h"
#include "memprof/store/recording.h"

/* All-zero records nothing, and every function below does nothing with it. */
struct recorder {
	const char *path;
	struct recording_lock lock;
	struct recording_writer *writer;
	uint64_t n_thinned;
	uint64_t n_samples; /* that are committed, of the last board */
	uint64_t busy_us;   /* since when another program has the file locked; 0: it has not */
	bool is_open;
	bool failed; /* after a message; the rest is not recorded */
};

/* Takes the file; shared: the process that started this one has it. 0, or -EINVAL after a message. */
int recorder_open(struct recorder *r, const char *path, bool shared);
/* Keeps the file, but leaves it to child processes to write. */
void recorder_release(struct recorder *r);
/* A board from now on. As above. */
int recorder_begin(struct recorder *r, const struct recording_session *session, const struct recording_keep *keep);
/* What a capture delivers, first of all its subscribers; and each event of the board after the capture had it. */
void recorder_moment(struct recorder *r, const struct moment *m);
void recorder_event(struct recorder *r, const struct event *event, const struct capture *capture);
void recorder_text(struct recorder *r, uint64_t at_us, const char *bytes, size_t n_bytes);
void recorder_board(struct recorder *r, const struct board_info *board);
/* The board has another name than recorder_begin knew: that of the port that was found. */
void recorder_rename(struct recorder *r, const char *source);
/* When it began, since 1970, if recorder_begin did not know. */
void recorder_date(struct recorder *r, uint64_t started_us);
/* Commits all there is. */
void recorder_commit(struct recorder *r);
/* Commits what is due. False: nothing more can be recorded. */
bool recorder_turn(struct recorder *r);
/* Commits all. An exit code. Safe twice. */
int recorder_close(struct recorder *r);

#endif
