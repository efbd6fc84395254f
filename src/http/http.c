#include "memprof/http/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "memprof/base/number.h"

enum {
	STREAM_BLOCK_BYTES = 16384,
	STREAM_END_TURNS = 16, /* for the last words of streams; whoever does not read them then does not get them */
};

struct stream {
	struct http *http;
	struct MHD_Connection *connection;
	struct strbuf waiting; /* what its reader has not got yet, from n_sent on */
	size_t n_sent;
	bool is_suspended, is_lost; /* lost: too slow */
	struct stream *next;
};

struct http {
	struct http_config config;
	struct MHD_Daemon *daemon;
	struct stream *streams;
	size_t n_streams;
	bool ends;
};

/* ---- streams of events ---- */

static void wake(struct stream *s)
{
	if (s->is_suspended)
		MHD_resume_connection(s->connection);
	s->is_suspended = false;
}

/* What was sent already makes room, once it is the larger part. */
static void append(struct stream *s, const void *bytes, size_t n_bytes)
{
	if (s->n_sent > s->waiting.n_bytes / 2) {
		s->waiting.n_bytes -= s->n_sent;
		memmove(s->waiting.text, s->waiting.text + s->n_sent, s->waiting.n_bytes);
		s->n_sent = 0;
	}
	strbuf_add(&s->waiting, bytes, n_bytes);
}

/* A reader that has everything sleeps until http_publish. */
static ssize_t stream_read(void *ctx, uint64_t at, char *ret, size_t n_max)
{
	struct stream *s = ctx;
	size_t n = MIN(n_max, s->waiting.n_bytes - s->n_sent);

	(void)at;
	if (s->is_lost || strbuf_error(&s->waiting))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0 && s->http->ends)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		MHD_suspend_connection(s->connection);
		s->is_suspended = true;
		return 0;
	}
	memcpy(ret, s->waiting.text + s->n_sent, n);
	s->n_sent += n;
	if (s->n_sent == s->waiting.n_bytes) {
		strbuf_reset(&s->waiting);
		s->n_sent = 0;
	}
	return (ssize_t)n;
}

static void stream_free(void *ctx)
{
	struct stream *s = ctx, **at = &s->http->streams;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at) {
		*at = s->next;
		s->http->n_streams--;
	}
	strbuf_deinit(&s->waiting);
	free(s);
}

/* Takes the text. */
static struct MHD_Response *stream_response(struct http *h, struct MHD_Connection *connection, struct strbuf *begin)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct stream){ .http = h, .connection = connection, .waiting = *begin, .next = h->streams };
	*begin = (struct strbuf)STRBUF_INIT;
	h->streams = s;
	h->n_streams++;
	struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES,
									  stream_read, s, stream_free);
	if (!response)
		stream_free(s);
	return response;
}

void http_publish(struct http *h, const void *bytes, size_t n_bytes)
{
	for (struct stream *s = h->streams; s; s = s->next) {
		s->is_lost |= s->waiting.n_bytes - s->n_sent + n_bytes > HTTP_BACKLOG_BYTES;
		if (!s->is_lost)
			append(s, bytes, n_bytes);
		wake(s);
	}
}

size_t http_n_streams(const struct http *h) { return h->n_streams; }

/* ---- answers ---- */

/* No other page may read, frame or keep what is here. */
static void add_headers(struct MHD_Response *response, const char *content_type)
{
	static const char *const headers[][2] = {
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Content-Security-Policy", "frame-ancestors 'none'" },
	};

	MHD_add_response_header(response, "Content-Type", content_type);
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
}

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result queued = MHD_queue_response(connection, status, response);

	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, enum http_status status)
{
	static const struct {
		enum http_status status;
		const char *text;
	} texts[] = {
		{ HTTP_NOT_FOUND, "not found; / has a page, /metrics the figures\n" },
		{ HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n" },
		{ HTTP_MISDIRECTED, "this server is for this machine alone: localhost, 127.0.0.1 or [::1]\n" },
		{ HTTP_UNAVAILABLE, "too many streams of events\n" },
	};
	size_t i = 0;

	while (texts[i].status != status)
		i++;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(texts[i].text), (void *)(uintptr_t)texts[i].text, MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	add_headers(response, "text/plain; charset=utf-8");
	if (status == HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	return send_response(connection, status, response);
}

static enum MHD_Result answer(struct http *h, struct MHD_Connection *connection, const struct http_asked *asked)
{
	struct http_answer a = { .content_type = "text/plain; charset=utf-8" };
	struct MHD_Response *response = NULL;

	h->config.answer(h->config.ctx, asked, &a);
	bool goes_on = a.is_stream && strcmp(asked->method, "GET") == 0;
	bool is_full = goes_on && h->n_streams >= HTTP_STREAMS_MAX;
	if (!strbuf_error(&a.body) && goes_on && !is_full)
		response = stream_response(h, connection, &a.body);
	else if (!strbuf_error(&a.body) && !is_full)
		response = MHD_create_response_from_buffer(a.body.n_bytes, a.body.text, MHD_RESPMEM_MUST_COPY);
	strbuf_deinit(&a.body);
	if (is_full)
		return refuse(connection, HTTP_UNAVAILABLE);
	if (!response)
		return MHD_NO;
	add_headers(response, a.content_type);
	return send_response(connection, HTTP_OK, response);
}

/* Called once the headers are there, and again once the request is whole; in between with a body, which nothing here
 * takes. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *n_upload, void **seen)
{
	struct http *h = ctx;
	const struct http_asked asked = {
		.method = method,
		.path = url,
		.host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
		.accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept"),
	};
	enum http_status status = http_judge(&asked, h->config.paths, h->config.only_loopback);

	(void)version;
	(void)upload;
	if (status != HTTP_OK)
		return refuse(connection, status);
	if (*n_upload > 0)
		return MHD_NO;
	if (*seen)
		return answer(h, connection, &asked);
	*seen = h;
	return MHD_YES;
}

/* ---- the server ---- */

int http_open(struct http **ret, const struct http_config *config, struct diag *diag)
{
	struct http *h = calloc(1, sizeof(*h));

	*ret = NULL;
	if (!h)
		return diag_set(diag, -ENOMEM, "out of memory");
	h->config = *config;
	h->daemon = MHD_start_daemon(MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET,
				     config->fd,                                                        /**/
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,       /**/
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_S,              /**/
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADER_BYTES * 2, /**/
				     MHD_OPTION_END);
	if (!h->daemon) {
		free(h);
		return diag_set(diag, -ENOMEM, "libmicrohttpd cannot start a server");
	}
	*ret = h;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	h->ends = true;
	for (struct stream *s = h->streams; s; s = s->next)
		wake(s);
	for (int i = 0; i < STREAM_END_TURNS && h->streams; i++)
		MHD_run(h->daemon);
	MHD_stop_daemon(h->daemon);
	free(h);
}

size_t http_fds(struct http *h, struct pollfd *ret, size_t n_max)
{
	fd_set reads, writes, excepts;
	MHD_socket last = -1;
	size_t n = 0;

	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_ZERO(&excepts);
	if (MHD_get_fdset(h->daemon, &reads, &writes, &excepts, &last) != MHD_YES)
		return 0;
	for (int fd = 0; fd <= last && n < n_max; fd++) {
		int events = (FD_ISSET(fd, &reads) ? POLLIN : 0) | (FD_ISSET(fd, &writes) ? POLLOUT : 0);
		if (events)
			ret[n++] = (struct pollfd){ fd, (short)events, 0 };
	}
	return n;
}

uint64_t http_wait_us(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	return MHD_get_timeout(h->daemon, &wait_ms) == MHD_YES ? (uint64_t)wait_ms * 1000 : NOT_KNOWN;
}

void http_turn(struct http *h) { MHD_run(h->daemon); }
