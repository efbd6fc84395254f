/* What the files of `memprof objects` share. */
#ifndef MEMPROF_CMD_OBJECTS_PRIVATE_H
#define MEMPROF_CMD_OBJECTS_PRIVATE_H

#include "memprof/cli/command.h"
#include "memprof/viewers/objects_view.h"

/* One run of the command. file is what was read. */
struct objects_job {
	const struct options *options;
	const char *source;
	struct memory_file file;
	struct objects *objects;
	struct objects_freed freed;
	struct objects_view view;
};

/* Each fills file, objects and the view's figures, and reports what is wrong; the exit code. */
int objects_of_board(struct objects_job *job); /* by the probe, at its prompt */
int objects_of_file(struct objects_job *job);  /* of memprof's own */

#endif
