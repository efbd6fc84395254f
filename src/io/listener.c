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
#include <sys/stat.h>
#include <sys/un.h>
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

/* Of "unix:PATH"; NULL: it is another address. */
static const char *unix_path(const char *address)
{
	static const char prefix[] = "unix:";

	return strncmp(address, prefix, strlen(prefix)) == 0 ? address + strlen(prefix) : NULL;
}

/* Whether nobody listens there any more. */
static bool is_left(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ret = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		   errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return ret;
}

static int bind_unix(struct listener *l, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat is;

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return *path ? -ENAMETOOLONG : -EINVAL;
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &is) == 0 && S_ISSOCK(is.st_mode)) {
		if (!is_left(&address))
			return -EADDRINUSE;
		unlink(path);
	}
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return -errno;
	if (bind(l->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(l->fd, BACKLOG) < 0) {
		int r = -errno;
		listener_close(l);
		return r;
	}
	snprintf(l->address, sizeof(l->address), "unix:%s", path);
	l->is_unix = true;
	return 0;
}

void listener_remove(struct listener *l)
{
	if (l->is_unix)
		unlink(unix_path(l->address));
	l->is_unix = false;
}

static int refuse(int error, const char *address, struct diag *diag)
{
	if (error == -EADDRINUSE)
		return diag_set(diag, error, "cannot listen on %s: it is in use%s", address,
				unix_path(address) ? ", or a file is there" : "; port 0 picks a free one");
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
	const char *path = unix_path(address);
	int r = -EINVAL;

	if (path) {
		r = bind_unix(&l, path);
		*ret = l;
		return r < 0 ? refuse(r, address, diag) : 0;
	}
	if (!source_split_address(address, host, port) || strspn(port, "0123456789") != strlen(port) ||
	    strlen(port) > 5 || strtoul(port, NULL, 10) > 65535)
		return diag_set(diag, -EINVAL,
				"cannot listen on '%s': it is no HOST:PORT, such as 127.0.0.1:9464, and no unix:PATH",
				address);
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
