#ifndef MEMPROF_SOURCE_PRIVATE_H
#define MEMPROF_SOURCE_PRIVATE_H

#include "memprof/ports.h"
#include "memprof/source.h"

struct sp_port;

enum { SOURCE_TWINS_MAX = 8 };

struct source {
	const struct source_kind *kind;
	char *uri;
	int   fd;               /* -1: gone */
	pid_t pid;              /* of exec:, 0 once it has been waited for */
	int   exit_code;
	struct sp_port *sp;     /* of a serial port */
	struct port port;       /* which one it is */
	struct source_line line; /* what was asked for */
	int   lock_fd;          /* of a serial port: keeps it open from the first look; -1: none */
	bool  away;             /* it has gone, and was looked for */
	char  twins[SOURCE_TWINS_MAX][32]; /* plugs of devices that look the same */
	size_t n_twins;
};

#endif
