/* Recordings: what was seen of one board or several, in an SQLite file (docs/recording.md has its tables). The only
 * user of SQLite and zstd.
 *
 * A recording is a sequence of the events that decoders hand out, and of the console's text between them. Reading hands
 * out the same events again, so every view shows of a recording what it shows of the log it was made from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/event.h"
#include "memprof/model/board.h"
#include "memprof/model/history.h"

/* ---- writing ---- */

/* Events are kept in memory for so long, then written in one transaction: what was committed survives a kill, a full
 * disk and a power loss. */
enum { RECORDING_COMMIT_US = 2000000 };

struct recording_writer;

struct recording_session {
	const char *source;  /* the board, as it is named on the command line */
	const char *format;  /* of an input that is converted; NULL: live */
	uint64_t started_us; /* since 1970; NOT_KNOWN: of a log without dates */
};

/* Block tables that are kept; 0: all. Figures and events are always kept. */
struct recording_keep {
	uint64_t newest_us, max_bytes; /* of this time, up to this size of the file */
};

/* Only one memprof at a time adds to a file: takes it, or makes it. 0; -EBUSY: another one has it; -ENOENT …, with
 * diag. Child processes share it. */
struct recording_lock {
	int fd;
	bool is_new; /* the file was made */
	char *path;
};
int recording_lock_take(const char *path, struct recording_lock *ret, struct diag *diag);
/* Whether it is still the file of its path. If not, and it has another name, that is in ret; "": it is gone. */
bool recording_lock_holds(const struct recording_lock *lock, char *ret, size_t room);
/* Whether it is being recorded, and SQLite's log is not beside it: that of a file with another name. Nobody may write
 * then. */
bool recording_is_moved(const char *path);
/* After all writers are closed. A file that was made, and is of no use, is removed. Safe twice. */
void recording_lock_drop(struct recording_lock *lock, bool is_used);

/* Opens a recording that is locked, to add to it; one that an older memprof made becomes one of this memprof. Nothing
 * else is written before the first commit. 0; -EINVAL: the file is something else; -ENOENT …; -ENOMEM. */
int recording_writer_open(const char *path, struct recording_writer **ret, struct diag *diag);
/* Everything after it is of this session: one board, one run of memprof. 0, or negative with diag. */
int recording_begin(struct recording_writer *w, const struct recording_session *session, struct diag *diag);
/* Names its board otherwise; when it began, since 1970, where that was not known to recording_begin. */
void recording_rename(struct recording_writer *w, const char *source);
void recording_date(struct recording_writer *w, uint64_t started_us);
void recording_keep(struct recording_writer *w, const struct recording_keep *keep);
/* An event; figures: of the pools of a snapshot, in their order, else NULL. A heap is copied. now_us: of any clock that
 * goes on. Errors are kept until the next flush. */
void recording_event(struct recording_writer *w, const struct event *event, const struct history_figures *figures,
		     uint64_t now_us);
/* What the board printed, before the next event. */
void recording_text(struct recording_writer *w, const char *bytes, size_t n_bytes);
void recording_board(struct recording_writer *w, const struct board_info *board);
/* Commits what is due at now_us; NOT_KNOWN: all. 0, or negative with diag: what was committed before stays, the rest is
 * tried again by the next flush, and lost if that is the last one. */
int recording_flush(struct recording_writer *w, uint64_t now_us, struct diag *diag);
/* Ends the session: commits all of it. As recording_flush. */
int recording_end(struct recording_writer *w, struct diag *diag);
/* Ends it, and takes what was committed of it out again: only for the last session of a file that nobody else has. */
int recording_drop(struct recording_writer *w, struct diag *diag);
/* Block tables that recording_keep removed since the last call. */
uint64_t recording_n_thinned(struct recording_writer *w);
uint64_t recording_n_samples(const struct recording_writer *w); /* committed, in this session */
/* Goes on with the file that is at its path now: with another session of the same board, in which is also what was not
 * committed. 0, or negative with diag: it is good for nothing but closing. */
int recording_move_on(struct recording_writer *w, struct diag *diag);
/* Commits all and closes. NULL is fine. As recording_flush. */
int recording_writer_close(struct recording_writer *w, struct diag *diag);

/* A mark at a time since 1970, and a file of up to 128 MiB to keep with it (NULL: none), also while another memprof
 * records. 0, or negative with diag: then there is no mark. */
struct recording_file {
	const char *name;
	const void *bytes;
	size_t n_bytes;
};
int recording_mark(const char *path, uint64_t at_us, const char *text, const struct recording_file *file,
		   struct diag *diag);

/* The file that is kept with a mark of this text, the last one of several. 0: *ret_bytes, to be freed, has n_bytes and
 * a NUL. -ENOENT: no such recording; -EINVAL: no recording, or no such mark has a file; -EBADMSG ..., with diag. */
int recording_kept(const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag);

/* ---- reading ---- */

struct recording;

/* Opens it to read. Nothing of it is changed, but SQLite takes in the log of a file that was not closed. 0, or negative
 * with diag. */
int recording_open(const char *path, struct recording **ret, struct diag *diag);
void recording_close(struct recording *r); /* NULL is fine */

/* A board of it. */
struct recording_source {
	char name[256]; /* not clean */
	uint64_t n_sessions, n_samples;
	uint64_t started_us; /* of the first session; NOT_KNOWN */
};
size_t recording_n_sources(const struct recording *r);
const struct recording_source *recording_source(const struct recording *r, size_t i);

/* Chooses a board by its name, and one snapshot: choice is "SOURCE", "WHEN" or "SOURCE@WHEN"; NULL: the only board, all
 * of it. WHEN is a mark's text, a date as reports print it, "+1h30m" (since the beginning), "-10m" (before the end), or
 * "#12" (a sample's number); the nearest snapshot is meant. 0; -EINVAL with diag. */
int recording_choose(struct recording *r, const char *choice, struct diag *diag);

/* The board that recording_choose chose; NULL: one snapshot of it, or none. */
const char *recording_chosen_board(const struct recording *r);

/* What recording_choose chose. */
struct recording_moment {
	uint64_t n_before, n_after; /* snapshots of the board that were not chosen; 0: all of it was */
	char note[160];             /* where nothing was recorded at the time that was asked for; "" */
};
const struct recording_moment *recording_moment(const struct recording *r);

struct recording_handler {
	int (*on_event)(void *ctx, struct event *event);               /* negative: stop; passed on */
	void (*on_text)(void *ctx, const char *bytes, size_t n_bytes); /* with text_ctx; NULL: nobody wants it */
	void *ctx, *text_ctx;
};
/* Hands out what was chosen, in order. 0; -EBADMSG: damaged, and all that is as it was written was handed out. */
int recording_read(struct recording *r, const struct recording_handler *handler, struct diag *diag);

/* What is not as it was written, or not there. */
struct recording_damage {
	uint64_t n_sessions, n_batches, n_samples; /* n_samples: snapshots, and figures alone */
	uint64_t n_tables;                         /* snapshots that have their figures alone for it */
	uint64_t n_marks, n_files, n_others;
	uint64_t n_all;
};
/* Since it was opened, and of the last reading. */
struct recording_damage recording_damage(const struct recording *r);
void recording_damage_text(const struct recording_damage *damage, struct strbuf *out); /* "12 snapshots, 1 mark" */

/* Reads all of a recording. 0, also of a damaged one; negative with diag: it cannot be read at all. */
struct recording_sum {
	uint64_t n_boards, n_samples, n_marks, n_files; /* that are as they were written */
	bool is_left;                                   /* recording_is_left */
	struct recording_damage damage;
};
int recording_verify(const char *path, struct recording_sum *ret, struct diag *diag);
/* Snapshots of the last reading that had figures alone: recording_keep removed their block tables, or they are damaged.
 */
uint64_t recording_n_bare(const struct recording *r);
uint64_t recording_bytes(const struct recording *r); /* of the file */
/* Whether it was not closed, and its -wal is not beside it, as when it was copied alone: what came last may be missing.
 */
bool recording_is_left(const struct recording *r);
extern const char recording_left_note[]; /* what is said of one */
/* What the board that was chosen reported of itself, last. False: nothing. */
bool recording_board_of(const struct recording *r, struct board_info *ret);

/* Saves what can be read of a damaged recording, and of no newer one, as another. *ret: what was saved, and what could
 * not be. */
int recording_recover(const char *path, const char *to, struct recording_sum *ret, struct diag *diag);

/* Whether a session of this board is in it: of the same time (since 1970; NOT_KNOWN: without one), with as many
 * samples; is_any: whatever they are. */
struct recording_wanted {
	const char *source;
	uint64_t started_us, n_samples;
	bool is_any;
};
bool recording_has(const struct recording *r, const struct recording_wanted *wanted);
/* Whether it has a session of this board of the other one; NULL: of any. */
bool recording_overlaps(const struct recording *r, const struct recording *other, const char *board);

/* Adds a board of a recording, NULL: all of them, to one that is locked; also marks that it has not, and their files.
 * 0, or negative with diag: then nothing of it was added; -EBADMSG: it is damaged. */
int recording_append(const char *path, const char *from, const char *board, struct diag *diag);

/* Whether a file begins as an SQLite file does; *ret_recording: one of memprof's. */
bool recording_is(const uint8_t *head, size_t n, bool *ret_recording);
/* Whether a file is a recording in which nothing is, not even a mark. */
bool recording_is_empty(const char *path);
