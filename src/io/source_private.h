#ifndef MEMPROF_SOURCE_PRIVATE_H
#define MEMPROF_SOURCE_PRIVATE_H

#include "memprof/source.h"

struct source {
	const struct source_kind *kind;
	char *uri;
	int   fd;
	pid_t pid;      /* of exec:, 0 once it has been waited for */
	int   exit_code;
};

#endif
