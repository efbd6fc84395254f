/* Shared by the files of the mem_info decoder. */
#pragma once

#include "console/mem_info.h"

enum {
	/* Other lines after which a dump ends: statistics are printed together, a table may have the
	 * output of other threads between its rows. */
	OTHER_IN_STATISTICS = 8,
	OTHER_IN_TABLE = 256,
	OTHER_AFTER_COLLECTED = 32, /* as the command that asks for the dump, with its echo */
};

enum line_use {
	LINE_OTHER, /* not part of a dump */
	LINE_TAKEN,
	LINE_LAST,      /* taken; the dump is complete */
	LINE_NEXT_DUMP, /* begins another dump: end this one, then read the line again */
};

/* Time of the current line: of its stamp, else of the frame around it, else of the last stamp line. */
void mem_info_event_time(const struct mem_info *m, struct event_time *ret);
void mem_info_set_time(struct event *ret, const struct event_time *at);

/* Begins a dump with the current line, or with the pending start if it is near. False without memory. */
bool mem_info_begin(struct mem_info *m, enum mem_info_phase phase);
bool mem_info_begin_at(struct mem_info *m, enum mem_info_phase phase, uint64_t line, const struct event_time *at);

/* A stamp on a line of its own applies to the lines after it (minicom's "persecond"). */
void mem_info_read_stamp(struct mem_info *m);

/* Notes by the current line what prints. */
void mem_info_note_dialect(struct mem_info *m, bool is_reset);
/* Takes the board's own clock, for lines without a stamp. True: it fell, as after a reset. */
bool mem_info_keep_uptime(struct mem_info *m, uint64_t uptime_us);
/* Reads the current line by the patterns. */
bool mem_info_read_figures(struct mem_info *m);
/* Reads it by common words; of_failure: it tells of a failed allocation, too. */
void mem_info_read_words(struct mem_info *m, bool of_failure);
/* The same for a line between those of a dump: a sample. */
bool mem_info_words_between(struct mem_info *m, struct event *ret);
/* What lines made: a moment, or a reset. Again, until false. at_end: no line follows. */
bool mem_info_next_figures(struct mem_info *m, bool at_end, struct event *ret);

/* Whether a pending start is near enough for the current line to continue it. */
bool mem_info_has_start(const struct mem_info *m);

/* Whether the lines so far make a dump. */
bool mem_info_is_dump(const struct mem_info *m);

/* Ends the current dump; true if there was one, now in *ret. */
bool mem_info_end_dump(struct mem_info *m, struct event *ret);

/* Read the current line as part of a dump. All but the first may begin one. */
enum line_use mem_info_read_table(struct mem_info *m); /* rows and elisions of the current area */
enum line_use mem_info_read_statistics(struct mem_info *m);
enum line_use mem_info_read_area(struct mem_info *m);  /* the header of an area */
enum line_use mem_info_read_loose(struct mem_info *m); /* rows without a header */
