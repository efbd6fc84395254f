#define _DEFAULT_SOURCE
#include "memprof/http/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

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

/* A connection. Nobody can keep all of them: one that takes too long is shut down, and where few are left, the oldest
 * of the address that has most of them. */
struct peer {
	int fd;
	char address[16];  /* of IPv4 or IPv6, as bytes; zeroes: of a socket in the file system */
	uint64_t since_us; /* when it came, or had its last answer */
	bool is_stream, is_shut;
	struct peer *next;
};

struct http {
	struct http_config config;
	struct peer *peers;
	struct MHD_Daemon *daemon;
	struct stream *streams;
	size_t n_streams;
	bool ends;
};

/* ---- connections ---- */

static void get_address(const struct sockaddr *from, char ret[16])
{
	if (from && from->sa_family == AF_INET)
		memcpy(ret, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	else if (from && from->sa_family == AF_INET6)
		memcpy(ret, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
}

static struct peer *add_peer(struct http *h, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct peer *peer = malloc(sizeof(*peer));

	if (!peer)
		return NULL;
	*peer = (struct peer){ .fd = fd->connect_fd, .since_us = h->config.now_us(), .next = h->peers };
	get_address(from ? from->client_addr : NULL, peer->address);
	h->peers = peer;
	return peer;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **ret_peer,
			  enum MHD_ConnectionNotificationCode code)
{
	struct http *h = ctx;
	struct peer **at = &h->peers, *peer = *ret_peer;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*ret_peer = add_peer(h, connection);
		return;
	}
	while (*at && *at != peer)
		at = &(*at)->next;
	if (*at)
		*at = peer->next;
	free(peer);
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The next request of a connection has its own time. */
static void on_completed(void *ctx, struct MHD_Connection *connection, void **seen,
			 enum MHD_RequestTerminationCode code)
{
	struct http *h = ctx;
	struct peer *peer = peer_of(connection);

	(void)code;
	*seen = NULL;
	if (peer)
		peer->since_us = h->config.now_us();
}

static void shut(struct peer *peer)
{
	shutdown(peer->fd, SHUT_RDWR);
	peer->is_shut = true;
}

static size_t n_of_address(const struct http *h, const char *address)
{
	size_t n = 0;

	for (const struct peer *p = h->peers; p; p = p->next)
		n += !p->is_shut && memcmp(p->address, address, sizeof(p->address)) == 0;
	return n;
}

static void shut_oldest(struct http *h)
{
	struct peer *oldest = NULL;
	size_t n_most = 0, n_open = 0;

	for (struct peer *p = h->peers; p; p = p->next) {
		size_t n = n_of_address(h, p->address); /* at most HTTP_CONNECTIONS_MAX times as many */
		n_open += !p->is_shut;
		if (p->is_stream || p->is_shut || n < n_most || (n == n_most && oldest->since_us <= p->since_us))
			continue;
		oldest = p;
		n_most = n;
	}
	if (oldest && n_open > HTTP_CONNECTIONS_MAX - HTTP_SPARE)
		shut(oldest);
}

/* How long until the next connection takes too long; those that do are shut. */
static uint64_t watch_peers(struct http *h)
{
	uint64_t now_us = h->config.now_us(), wait_us = NOT_KNOWN;

	for (struct peer *p = h->peers; p; p = p->next) {
		uint64_t end_us = p->since_us + HTTP_REQUEST_S * UINT64_C(1000000);
		if (p->is_stream || p->is_shut)
			continue;
		if (end_us <= now_us)
			shut(p);
		else
			wait_us = MIN(wait_us, end_us - now_us);
	}
	return wait_us;
}

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
	if (peer_of(connection))
		peer_of(connection)->is_stream = true;
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
		{ HTTP_BAD_REQUEST, "a request here has a Host and no body\n" },
		{ HTTP_UNAUTHORIZED, "Authorization: Bearer TOKEN is needed, with the token of --token\n" },
		{ HTTP_NOT_FOUND, "not found; / has a page, /metrics the figures\n" },
		{ HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n" },
		{ HTTP_MISDIRECTED, "this server has no such name; --host NAME gives it one\n" },
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
	if (status == HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
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

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Called once the headers are there, and again once the request is whole. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *n_upload, void **seen)
{
	struct http *h = ctx;
	const struct http_asked asked = {
		.method = method,
		.path = url,
		.host = header(connection, "Host"),
		.accept = header(connection, "Accept"),
		.authorization = header(connection, "Authorization"),
		.has_body = header(connection, "Transfer-Encoding") ||
			    (header(connection, "Content-Length") &&
			     strcmp(header(connection, "Content-Length"), "0") != 0),
		.may_lack_host = strcmp(version, "HTTP/1.0") == 0,
	};
	enum http_status status = http_judge(&asked, &h->config.rules);

	(void)upload;
	if (status != HTTP_OK && *n_upload == 0)
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
				     MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,                    /**/
				     MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,                      /**/
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
	uint64_t wait_us = watch_peers(h);

	return MHD_get_timeout(h->daemon, &wait_ms) == MHD_YES ? MIN(wait_us, (uint64_t)wait_ms * 1000) : wait_us;
}

void http_turn(struct http *h)
{
	MHD_run(h->daemon);
	watch_peers(h);
	shut_oldest(h);
}
