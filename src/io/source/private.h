#ifndef MEMPROF_SOURCE_PRIVATE_H
#define MEMPROF_SOURCE_PRIVATE_H

#include "memprof/io/ports.h"
#include "memprof/io/source.h"

struct sp_port;

enum { SOURCE_TWINS_MAX = 8 };

struct source {
	const struct source_kind *kind;
	char *uri;
	int fd;    /* -1: gone */
	pid_t pid; /* of exec: and sim:, 0 once it has been waited for */
	int exit_code;
	struct sp_port *sp;               /* of a serial port */
	struct port port;                 /* which one it is */
	struct source_line line;          /* what was asked for, for when it comes back */
	int lock_fd;                      /* of a serial port: keeps it open from the first look; -1: none */
	pid_t holder_pid;                 /* of usb:, the process that holds the device; 0: none */
	int control_fd;                   /* to it; -1: none */
	bool away;                        /* it has gone, and was looked for */
	char twins[SOURCE_TWINS_MAX][32]; /* plugs of devices that look the same */
	size_t n_twins;
};

/* Closes fd and ends the process, which leads a session of its own, and what that has left behind. */
void source_end_process(struct source *source);

/* When it is looked for the first time: the other devices of now that look the same to port_same, and were there all
 * the time. Called for each port there is. */
void source_note_twin(struct source *source, const struct port *port);

/* Whether a port is the same channel of the same device, under whatever name it has now: in the plug it was in, or in
 * one where no twin of it was. */
bool source_is_back(const struct source *source, const struct port *port);

#endif
