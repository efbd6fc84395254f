#pragma once

#include "memprof/io/ports.h"
#include "memprof/io/source.h"

struct sp_port;
struct webrepl_link;

enum { SOURCE_TWINS_MAX = 8 };

struct source {
	const struct source_kind *kind;
	char *uri;
	int fd;    /* -1: gone */
	pid_t pid; /* of exec: and sim:; 0 once it has been waited for */
	int exit_code;
	struct sp_port *sp;               /* of a serial port */
	struct port port;                 /* of a serial port or usb: */
	struct webrepl_link *webrepl;     /* of ws: */
	struct source_line line;          /* as set, for source_reopen */
	int lock_fd;                      /* of a serial port: holds its lock until sp_open; -1: none */
	pid_t proxy_pid;                  /* of usb: (usb/proxy.h) and gdb:; 0: none */
	int control_fd;                   /* to the proxy; -1: none */
	bool away;                        /* the device is gone; twins is set */
	char twins[SOURCE_TWINS_MAX][32]; /* plugs of identical devices */
	size_t n_twins;
};

void source_close_fd(struct source *source); /* and sets it to -1 */

/* Closes what leads to the proxy, which ends it, and waits for that. Its status as of waitpid(); 1 if it has none. */
int source_end_proxy(struct source *source, int timeout_ms);

/* Splits "HOST:PORT" or "[::1]:PORT". */
bool source_split_address(const char *text, char host[256], char port[32]);

/* A connected, non-blocking socket to KIND:HOST:PORT, or -errno, with diag. */
int source_connect(const char *uri, const char *example, struct diag *diag);
/* The same to a host; uri is for diag. */
int source_connect_to(const char *uri, const char *host, const char *port, struct diag *diag);

/* -EBUSY, with the process that has the port open, if one was found. */
int source_report_held(const char *path, const struct port_holder *holder, struct diag *diag);

/* Closes fd and ends the process, which leads its own session, and its children. */
void source_end_process(struct source *source);

/* Finds the port of a device that went away: the same channel of the same device, under whatever name, in the plug it
 * was in or in one where no identical device (port_same) was when it was first searched. port_of: the port of an item,
 * or NULL. Returns the index of the item, or n_items. */
size_t source_find_again(struct source *source, const void *items, size_t n_items, size_t item_bytes,
			 const struct port *(*port_of)(const void *item));

/* Waits until fd is ready, by clock_now_us(). 0; -ETIMEDOUT; -EINTR if a signal to stop is pending, which stays so. */
int source_await(int fd, short events, uint64_t until_us);
