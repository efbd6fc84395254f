/* A socket that takes connections: of TCP, or in the file system. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"

struct listener {
	int fd;            /* non-blocking; -1: closed */
	char address[160]; /* as it is bound, with its port: "127.0.0.1:9464", "[::1]:9464", "unix:/run/memprof" */
	bool is_loopback;  /* only this machine can connect */
	bool is_unix;      /* only who may write to that file can */
};

/* address: "HOST:PORT", "[HOST]:PORT" or "unix:PATH"; port 0: any free one. A socket in the file system that nobody
 * listens at is replaced. 0; -EINVAL for another form; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES … with diag. */
int listener_open(struct listener *ret, const char *address, struct diag *diag);
void listener_close(struct listener *l);  /* safe twice */
void listener_remove(struct listener *l); /* from the file system, where it is there */
