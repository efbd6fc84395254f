/* A TCP socket that takes connections. */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"

struct listener {
	int fd;           /* non-blocking; -1: closed */
	char address[96]; /* as it is bound, with its port: "127.0.0.1:9464", "[::1]:9464" */
	bool is_loopback; /* only this machine can connect */
};

/* address: "HOST:PORT" or "[HOST]:PORT"; port 0: any free one. 0; -EINVAL for another form; -EADDRINUSE,
 * -EADDRNOTAVAIL, -EACCES … with diag. */
int listener_open(struct listener *ret, const char *address, struct diag *diag);
void listener_close(struct listener *l); /* safe twice */
