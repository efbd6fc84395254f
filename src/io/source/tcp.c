/* Sources behind a raw TCP socket: QEMU's -serial tcp:, ser2net; and the socket of gdb:. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "source/private.h"

enum { CONNECT_MS = 5000 };

bool source_split_address(const char *text, char host[256], char port[32])
{
	const char *colon = strrchr(text, ':'), *end = colon;

	if (!colon || colon == text || !colon[1] || strlen(colon + 1) >= 32)
		return false;
	if (*text == '[') {
		text++;
		if (end[-1] != ']')
			return false;
		end--;
	}
	size_t n = (size_t)(end - text);
	if (n == 0 || n >= 256)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return true;
}

/* A connected, non-blocking socket, or -errno. */
static int connect_one(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
	int yes = 1, error = 0;
	socklen_t n = sizeof(error);

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		error = errno;
		if (error == EINPROGRESS)
			error = -source_await(fd, POLLOUT, clock_now_us() + CONNECT_MS * UINT64_C(1000));
		if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
			error = errno;
	}
	if (error) {
		close(fd);
		return -error;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	return fd;
}

int source_connect_to(const char *uri, const char *host, const char *port, struct diag *diag)
{
	struct place at = { .file = uri };
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	uint64_t n_port;

	/* getaddrinfo would treat port 65537 as port 1. */
	if (number_parse(port, &n_port) == 0 && (n_port == 0 || n_port > UINT16_MAX))
		return diag_at(diag, at, -EINVAL, "ports are numbered from 1 to 65535, not %s", port);
	int r = getaddrinfo(host, port, &wanted, &found);
	if (r != 0)
		return diag_at(diag, at, -ENOENT, "cannot find %s port %s: %s", host, port,
			       r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
	r = -ENOENT;
	for (const struct addrinfo *a = found; a && r < 0 && r != -EINTR; a = a->ai_next)
		r = connect_one(a);
	freeaddrinfo(found);
	return r < 0 ? diag_at(diag, at, r, "cannot connect: %s", strerror(-r)) : r;
}

int source_connect(const char *uri, const char *example, struct diag *diag)
{
	char host[256], port[32];
	int n_kind = (int)(strchr(uri, ':') - uri);

	if (!source_split_address(uri + n_kind + 1, host, port))
		return diag_at(diag, (struct place){ .file = uri }, -EINVAL, "expected %.*s:HOST:PORT, such as %s",
			       n_kind, uri, example);
	return source_connect_to(uri, host, port, diag);
}

static int tcp_open(const char *uri, struct source *source, struct diag *diag)
{
	int r = source_connect(uri, "tcp:localhost:4000", diag);

	if (r < 0)
		return r;
	source->fd = r;
	return 0;
}

static int tcp_reopen(struct source *source, struct diag *diag)
{
	source_close_fd(source);
	return tcp_open(source->uri, source, diag);
}

const struct source_kind source_tcp = {
	.name = "tcp:HOST:PORT",
	.summary = "a raw socket: QEMU's -serial tcp:, ser2net",
	.live = true,
	.prefix = "tcp:",
	.open = tcp_open,
	.close = source_close_fd,
	.reopen = tcp_reopen,
};
