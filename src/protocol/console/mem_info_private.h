/* What the files of the decoder mem_info share: it is one state machine, and its lines are many. */
#ifndef MEMPROF_MEM_INFO_PRIVATE_H
#define MEMPROF_MEM_INFO_PRIVATE_H

#include "console/mem_info.h"

enum {
	/* So many lines of something else, and a dump is over: statistics stand together, a table may
	 * have the output of other threads between its rows. */
	OTHER_IN_STATISTICS = 8,
	OTHER_IN_TABLE = 256,
};

/* What a line was to a dump. */
enum answer {
	NOT_MINE,
	TAKEN,
	FULL, /* taken, and the dump is all there */
	NEW,  /* it begins another dump: end the one at hand, then look again */
};

/* When the line at work was said: a stamp before it tells, or one of a frame around it. */
void mem_info_event_time(const struct mem_info *m, struct event_time *ret);

/* Begins a dump with the line at work, or with one before it: the lead if it is near. False if there is
 * no memory for it. */
bool mem_info_begin(struct mem_info *m, enum mem_info_phase phase);
bool mem_info_begin_at(struct mem_info *m, enum mem_info_phase phase, uint64_t line, const struct event_time *at);

/* Whether a lead was said so shortly before the line at work that this may follow it. */
bool mem_info_has_lead(const struct mem_info *m);

/* Whether the lines so far are a dump, whatever follows. */
bool mem_info_is_dump(const struct mem_info *m);

/* Ends the dump at hand; true if there is one to give. */
bool mem_info_end_dump(struct mem_info *m, struct event *ret);

/* The lines of a dump, each with the line at work. The second and third may begin one. */
enum answer mem_info_read_table(struct mem_info *m); /* rows and elisions of the area at hand */
enum answer mem_info_read_statistics(struct mem_info *m);
enum answer mem_info_read_area(struct mem_info *m);  /* the first line of an area */
enum answer mem_info_read_loose(struct mem_info *m); /* rows without such a line */

#endif
