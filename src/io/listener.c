#define _DEFAULT_SOURCE
#include "memprof/io/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "source/private.h"

enum { BACKLOG = 64 };

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* What it is bound to: the port was perhaps chosen by the kernel. */
static int describe(struct listener *l)
{
	struct sockaddr_storage bound;
	socklen_t n = sizeof(bound);
	char host[64], port[16];

	if (getsockname(l->fd, (struct sockaddr *)&bound, &n) < 0)
		return -errno;
	if (getnameinfo((struct sockaddr *)&bound, n, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EINVAL;
	bool is_v6 = bound.ss_family == AF_INET6;
	snprintf(l->address, sizeof(l->address), "%s%s%s:%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
	l->is_loopback = is_loopback(&bound);
	return 0;
}

static int bind_one(struct listener *l, const struct addrinfo *address)
{
	int yes = 1, r = 0;

	l->fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
	if (l->fd < 0)
		return -errno;
	fcntl(l->fd, F_SETFD, FD_CLOEXEC);
	fcntl(l->fd, F_SETFL, fcntl(l->fd, F_GETFL) | O_NONBLOCK);
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(l->fd, address->ai_addr, address->ai_addrlen) < 0 || listen(l->fd, BACKLOG) < 0)
		r = -errno;
	else
		r = describe(l);
	if (r < 0)
		listener_close(l);
	return r;
}

static int refuse(int error, const char *address, struct diag *diag)
{
	if (error == -EADDRINUSE)
		return diag_set(diag, error, "cannot listen on %s: another program does; port 0 is any free one",
				address);
	if (error == -EADDRNOTAVAIL)
		return diag_set(diag, error, "cannot listen on %s: no address of this machine (ip addr lists them)",
				address);
	return diag_set(diag, error, "cannot listen on %s: %s", address, strerror(-error));
}

int listener_open(struct listener *ret, const char *address, struct diag *diag)
{
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct listener l = { .fd = -1 };
	struct addrinfo *found;
	char host[256], port[32];
	int r = -EINVAL;

	if (!source_split_address(address, host, port) || strspn(port, "0123456789") != strlen(port) ||
	    strlen(port) > 5 || strtoul(port, NULL, 10) > 65535)
		return diag_set(diag, -EINVAL,
				"'%s' is no address to listen on; it is HOST:PORT, such as 127.0.0.1:9464", address);
	int failed = getaddrinfo(host, port, &wanted, &found);
	if (failed)
		return diag_set(diag, -EINVAL, "cannot listen on %s: %s", address, gai_strerror(failed));
	for (const struct addrinfo *a = found; a && r < 0; a = a->ai_next)
		r = bind_one(&l, a);
	freeaddrinfo(found);
	if (r < 0)
		return refuse(r, address, diag);
	*ret = l;
	return 0;
}

void listener_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
