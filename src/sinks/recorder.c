#include "memprof/sinks/recorder.h"

#include <errno.h>
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>
#include <unistd.h>

#include "memprof/analysis/pool_figures.h"
#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/io/interrupt.h"

int recorder_path(const char *path)
{
	if (path && strcmp(path, "-") != 0)
		return 0;
	message_error(path ? "a recording is a file, and cannot go to standard output; give -o FILE.mprof" :
			     "no file to record into: give -o FILE.mprof");
	return -EINVAL;
}

int recorder_keep(const struct option_list *amounts, struct recording_keep *ret)
{
	*ret = (struct recording_keep){ 0 };
	for (size_t i = 0; i < amounts->n; i++) {
		const char *text = amounts->all[i];
		bool has_unit = strpbrk(text, "smhd") != NULL; /* sizes have capitals */
		bool fine = has_unit ? duration_parse(text, &ret->newest_us) == 0 && ret->newest_us > 0 :
				       number_parse_size(text, &ret->max_bytes) == 0 && ret->max_bytes > 0;
		if (!fine) {
			message_error("--keep takes a time, such as 24h, or a size, such as 500M, not '%s'", text);
			return -EINVAL;
		}
	}
	return 0;
}

enum { BUSY_MAX_US = 120000000, LARGE_BYTES = 128 << 10 };

/* zstd takes up to 6 MB for each blob, and frees them. Once glibc has seen that, it takes them from its heap, where
 * they leave gaps between pages of SQLite. A threshold that is set is not raised (mallopt(3), M_MMAP_THRESHOLD). */
static void return_large_blocks(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
#endif
}

int recorder_open(struct recorder *r, const char *path, const struct recording_lock *shared)
{
	return_large_blocks();
	interrupt_hold(true);
	*r = (struct recorder){ .path = path, .is_shared = shared != NULL };
	if (shared)
		r->lock = *shared;
	int error = shared ? 0 : MESSAGE_ON(recording_lock_take, path, &r->lock);
	if (error == 0) {
		error = MESSAGE_ON(recording_writer_open, path, &r->writer);
		if (error < 0)
			recording_lock_drop(&r->lock, r->is_shared);
	}
	r->is_open = error == 0;
	if (error == 0)
		return 0;
	interrupt_hold(false);
	return -EINVAL;
}

void recorder_release(struct recorder *r)
{
	recording_writer_close(r->writer, NULL);
	r->writer = NULL;
}

int recorder_begin(struct recorder *r, const struct recording_session *session, const struct recording_keep *keep)
{
	int error = MESSAGE_ON(recording_begin, r->writer, session);

	if (error == 0 && keep)
		recording_keep(r->writer, keep);
	r->is_live = r->is_dated = session->started_us != NOT_KNOWN;
	return error < 0 ? -EINVAL : 0;
}

static bool records(const struct recorder *r) { return r->is_open && !r->failed; }

/* The event that a moment was made of. */
static void write_event(struct recorder *r, const struct moment *m, struct event *event)
{
	event->line = m->line;
	event->at_us = m->at_us;
	event->clock_fell = m->clock_fell;
	memcpy(event->time, m->time, sizeof(event->time));
	recording_event(r->writer, event, m->heap ? moment_figures(m) : NULL, clock_now_us());
}

static void on_moment(void *ctx, struct moment *m)
{
	struct recorder *r = ctx;

	if (!records(r))
		return;
	if (m->kind == MOMENT_SNAPSHOT) {
		struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
		event.snapshot.heap = m->heap;
		event.snapshot.n_lines = m->last_line - m->line + 1;
		event.snapshot.reported = m->reported;
		event.snapshot.collected = m->collected;
		memcpy(event.snapshot.label, m->label, sizeof(m->label));
		write_event(r, m, &event);
	} else if (m->kind == MOMENT_SAMPLE) {
		const struct pool_state *s = &m->state;
		struct event event = { .kind = EVENT_SAMPLE,
				       .pool = heap_pool_sample(s->used_bytes, s->free_bytes, s->lfb_bytes) };
		write_event(r, m, &event);
	}
}

static void on_event_taken(void *ctx, const struct event *event)
{
	struct recorder *r = ctx;

	if (!records(r) || event->kind == EVENT_SNAPSHOT || event->kind == EVENT_SAMPLE)
		return;
	recording_event(r->writer, event, NULL, clock_now_us());
}

static void on_text(void *ctx, const char *bytes, size_t n_bytes)
{
	struct recorder *r = ctx;

	if (records(r) && !(r->is_live && r->feed->at_us == NOT_KNOWN))
		recording_text(r->writer, bytes, n_bytes);
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct recorder *r = ctx;

	if (records(r))
		recording_board(r->writer, board);
}

/* What --keep removed: said when it begins, and in the end. */
static void note_thinned(struct recorder *r, bool is_end)
{
	uint64_t n = recording_n_thinned(r->writer);

	if (n > 0 && r->n_thinned == 0)
		message_at((struct place){ .file = r->path }, "note",
			   "--keep removes the oldest block tables from here on; figures and events stay");
	r->n_thinned += n;
	if (is_end && r->n_thinned > 0)
		message_at((struct place){ .file = r->path }, "note",
			   "--keep removed the block tables of %" PRIu64 " snapshot%s; their figures are there",
			   r->n_thinned, r->n_thinned == 1 ? "" : "s");
}

/* To a new file in the place of one that is not there any more; where: of that one, "": nowhere. */
static int move_on(struct recorder *r, const char *where)
{
	struct recording_lock old = r->lock;
	const char *what_now = "; what comes goes into a new one";
	bool ends = true;

	if (r->is_shared) /* the other boards' processes have it open, and SQLite's files beside it have its name */
		what_now = "; this board ends";
	else if (access(r->path, F_OK) == 0)
		what_now = ", and another file is there";
	else
		ends = false;
	if (*where)
		recording_flush(r->writer, NOT_KNOWN, NULL); /* it goes there */
	uint64_t n = recording_n_samples(r->writer);
	message_at((struct place){ .file = r->path }, ends ? "error" : "warning",
		   "it was %s%s while it was recorded, with %" PRIu64 " snapshot%s%s", *where ? "moved to " : "removed",
		   where, n, n == 1 ? "" : "s", what_now);
	if (ends)
		return -EINVAL;
	int error = MESSAGE_ON(recording_move_on, r->writer);
	if (error == 0 && MESSAGE_ON(recording_lock_take, r->path, &r->lock) < 0) {
		r->lock = old;
		return -EINVAL;
	}
	if (error == 0)
		recording_lock_drop(&old, true); /* after SQLite: whoever closes a file gives up all locks on it */
	return error;
}

static void flush(struct recorder *r, uint64_t now_us)
{
	struct diag diag = { 0 };
	char where[256];

	if (!recording_lock_holds(&r->lock, where, sizeof(where)) && move_on(r, where) < 0) {
		r->failed = true;
		return;
	}
	int error = recording_flush(r->writer, now_us, &diag);
	bool is_patient = error == -EBUSY && now_us != NOT_KNOWN &&
			  (r->busy_us == 0 || clock_now_us() - r->busy_us < BUSY_MAX_US);

	if (error == 0)
		r->busy_us = 0;
	else if (is_patient && r->busy_us == 0)
		message_at((struct place){ .file = r->path }, "warning",
			   "another program has locked it; what comes is kept for it for two minutes");
	if (is_patient && r->busy_us == 0)
		r->busy_us = clock_now_us();
	if (error < 0 && !is_patient) {
		message_diag(&diag);
		r->failed = true;
	}
	r->n_samples = recording_n_samples(r->writer);
	note_thinned(r, false);
}

int recorder_end(struct recorder *r, bool is_whole)
{
	int error = is_whole && records(r) ? MESSAGE_ON(recording_end, r->writer) : 0;

	bool is_there = is_whole && error == 0 && !r->failed;
	if (!is_there && recording_drop(r->writer, NULL) < 0)
		r->failed = true; /* a part of it is there */
	return is_there ? 0 : -EINVAL;
}

static void on_open(void *ctx, const char *source, bool is_listening)
{
	struct recorder *r = ctx;

	(void)is_listening;
	if (records(r) && !r->is_named)
		recording_rename(r->writer, source);
	if (r->is_open && !r->is_beside)
		message_at((struct place){ .file = source }, "note", "recording into %s; Ctrl-C ends it", r->path);
}

/* Of a board that is away nothing more may come: it is committed now. */
static void on_state(void *ctx, enum board_link state)
{
	struct recorder *r = ctx;

	if (state == BOARD_LINK_AWAY && records(r))
		flush(r, NOT_KNOWN);
}

/* A log's times count from the first one, whose date is the session's beginning if it has a zone. */
static void on_event(void *ctx, struct event *event)
{
	struct recorder *r = ctx;

	(void)event;
	if (r->is_dated || !r->feed->is_dated)
		return;
	r->is_dated = true;
	if (r->feed->is_utc && records(r))
		recording_date(r->writer, r->feed->epoch_us);
}

/* Commits what is due. */
static int status(void *ctx)
{
	struct recorder *r = ctx;

	if (records(r))
		flush(r, clock_now_us());
	return r->failed && !r->is_beside ? -EINVAL : 0;
}

struct sink recorder_sink(struct recorder *r, const struct feed *feed)
{
	r->feed = feed;
	return (struct sink){
		.on_moment = on_moment,
		.on_event = on_event,
		.on_event_taken = on_event_taken,
		.on_text = on_text,
		.on_board = on_board,
		.on_open = on_open,
		.on_state = on_state,
		.status = status,
		.ctx = r,
	};
}

int recorder_close(struct recorder *r)
{
	struct diag diag = { 0 };

	if (!r->is_open)
		return EXIT_FINE;
	if (!r->failed && r->writer) {
		flush(r, NOT_KNOWN);
		note_thinned(r, true);
	}
	recording_writer_close(r->writer, &diag);
	bool is_empty = !r->is_shared && r->lock.is_new && recording_is_empty(r->path);
	if (is_empty)
		message_at((struct place){ .file = r->path }, "note", "nothing was recorded; it is removed");
	recording_lock_drop(&r->lock, !is_empty);
	r->is_open = false;
	interrupt_hold(false);
	return r->failed ? EXIT_INPUT : EXIT_FINE;
}
