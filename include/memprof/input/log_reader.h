/* Reads one saved input to its end: opens it, finds its decoder, hands out events. A recording is read as the log it
 * was made of; "FILE@CHOICE" is a board or a snapshot of it (recording_choose). */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/base/utf16.h"
#include "memprof/io/blob.h"
#include "memprof/model/board.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/raw_atb.h"

struct log_reader {
	const char *name;              /* FILE or "-" */
	const struct decoder *decoder; /* NULL: by content */
	/* Called for every event; a negative result stops the reading. */
	int (*on_event)(void *ctx, struct event *event);
	/* Called once before, if a recording knows its board; NULL: nobody wants it. */
	void (*on_board)(void *ctx, const struct board_info *board);
	/* Called where snapshots are left out, with their number: before and behind the moment of "FILE@WHEN"; NULL. */
	void (*on_skipped)(void *ctx, uint64_t n_snapshots);
	void *ctx;
	struct decoder_options options;
	bool offers_figures; /* the command has --figures */
	/* NULL: a memory file is an error, as other files that are no logs are. Else it is put here, and is no events.
	 */
	struct strbuf *memory;
	/* results */
	bool is_memory;
	bool is_recording;
	uint64_t n_bytes;
	uint64_t n_frames; /* of an agent */
	uint64_t n_bare;   /* snapshots of a recording whose block tables are not there (any more) */
	/* how it was read, and where the moment of "FILE@WHEN" is another one than was asked for */
	char notes[DECODER_NOTES_MAX][DECODER_NOTE_BYTES];
	size_t n_notes;
	uint8_t head[DECODER_PROBE_BYTES];
	size_t n_head;
	bool is_utf16; /* private: it is fed as UTF-8 */
	struct utf16 utf16;
	const char *choice;             /* private: behind the @ */
	uint64_t n_chosen, n_snapshots; /* private: the number of the snapshot that was chosen in a log, 0: all */
};

/* 0, or negative with diag filled; what on_event returned is passed on without a diag. */
int log_read(struct log_reader *r, struct diag *diag);

/* "FILE@CHOICE", where no file has that name: the next way to read it so. *choice: NULL at first, then the last one.
 * False: there is none. */
bool log_choice(const char *name, const char **choice, struct strbuf *ret_file);

/* A recording of several boards as an input for each, "FILE@BOARD", all else as it is: appends the names, each with a
 * NUL. How many. */
size_t log_boards(const char *name, struct strbuf *out);

/* The same for each file of a folder. */
size_t log_inputs(const char *name, struct strbuf *out);

/* For an input without a dump: what it is instead. Returns -EINVAL. */
int log_reader_no_dump(const struct log_reader *r, struct diag *diag);

/* ---- the same, with notices of errors and of what is worth knowing ---- */

/* How logs are read: --input and --figures. */
struct log_format {
	const struct decoder *decoder; /* NULL: by content */
	struct figures *figures;       /* NULL: no patterns */
	struct raw_atb raw_atb;        /* of decoder_raw_atb */
};

/* Reads a log to its end, as the format says; NULL: as its content says, in a command without --figures. What on_event
 * returns is passed on: of -ENOMEM there is a notice, of others none. */
int log_read_as(struct log_reader *r, const struct log_format *format, const struct notice_sink *notices);
int log_report_no_dump(const struct log_reader *r, const struct notice_sink *notices);
