/* A small HTTP server beside an event loop: answers that are at hand, and streams of server-sent events. It only reads:
 * GET and HEAD. Connections, streams, the size of headers and what waits for a slow reader are bounded. The only user
 * of libmicrohttpd, without threads; nothing here blocks. */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/http/rules.h"

enum {
	HTTP_CONNECTIONS_MAX = 64,
	HTTP_STREAMS_MAX = 24,
	HTTP_HEADER_BYTES = 16384,   /* request line and headers, with room for what is sent */
	HTTP_IDLE_S = 15,            /* a connection on which nothing moves is closed, */
	HTTP_REQUEST_S = 20,         /* and one whose request and answer, but for a stream, take longer */
	HTTP_SPARE = 8,              /* so many connections are free for who comes next: the oldest are closed */
	HTTP_BACKLOG_BYTES = 1 << 20 /* of a stream: one that reads slower is ended, and may come again */
};

struct http_answer {
	const char *content_type; /* borrowed for good */
	struct strbuf body;
	bool is_stream; /* body is the beginning of a stream of events, which goes on with http_publish */
};

struct http_config {
	int fd; /* a listening socket, which it takes if it can be opened */
	struct http_rules rules;
	uint64_t (*now_us)(void); /* of a clock that goes on */
	/* A request for one of the paths. */
	void (*answer)(void *ctx, const struct http_asked *asked, struct http_answer *ret);
	void *ctx;
};

struct http;

/* 0; -ENOMEM, with diag. */
int http_open(struct http **ret, const struct http_config *config, struct diag *diag);
void http_close(struct http *h); /* ends all connections; NULL is fine */

/* What to wait for, at most n_max: how many. Any of it ready, or the time over: http_turn. */
size_t http_fds(struct http *h, struct pollfd *ret, size_t n_max);
uint64_t http_wait_us(struct http *h); /* from now on; NOT_KNOWN: without end */
void http_turn(struct http *h);

size_t http_n_streams(const struct http *h);
void http_publish(struct http *h, const void *bytes, size_t n_bytes); /* to all streams */
