/* Sources behind MicroPython's WebREPL: its console in WebSocket frames, after a password. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "memprof/io/clock.h"
#include "source/private.h"
#include "source/webrepl/address.h"
#include "source/webrepl/link.h"

enum { GOODBYE_MS = 500 };

/* Closing a socket that has unread bytes would reset it, and lose what was sent last. */
static void say_goodbye(struct source *source)
{
	uint64_t until_us = clock_now_us() + GOODBYE_MS * UINT64_C(1000);
	char bytes[4096];
	ssize_t n = 1;

	while (webrepl_flush(source->webrepl, source->fd) == 1 && source_await(source->fd, POLLOUT, until_us) == 0)
		;
	webrepl_say_goodbye(source->webrepl, source->fd);
	shutdown(source->fd, SHUT_WR);
	while (n != 0 && source_await(source->fd, POLLIN, until_us) == 0) {
		n = recv(source->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return;
	}
}

static void hang_up(struct source *source)
{
	if (source->fd >= 0)
		say_goodbye(source);
	source_close_fd(source);
}

/* The password is read once: its file may be a pipe. */
static int connect_link(struct source *source, const char *uri, struct diag *diag)
{
	struct webrepl_link *link = source->webrepl;
	struct webrepl_address address;
	int r = webrepl_address_read(uri, &address, diag);

	if (r == 0 && !link->password[0])
		r = webrepl_password(link->password, diag);
	if (r == 0)
		r = source_connect_to(uri, address.host, address.port, diag);
	if (r < 0)
		return r;
	source->fd = r;
	link->in = (struct websocket){ 0 };
	link->n_out = link->i_out = 0;
	r = webrepl_login(link, source->fd, address.authority, (struct place){ .file = uri }, diag);
	if (r < 0)
		source_close_fd(source);
	return r;
}

static void ws_close(struct source *source)
{
	hang_up(source);
	explicit_bzero(source->webrepl, sizeof(*source->webrepl));
	free(source->webrepl);
	source->webrepl = NULL;
}

static int ws_open(const char *uri, struct source *source, struct diag *diag)
{
	source->webrepl = calloc(1, sizeof(*source->webrepl));
	if (!source->webrepl)
		return diag_set(diag, -ENOMEM, "out of memory");
	int r = connect_link(source, uri, diag);
	if (r < 0)
		ws_close(source);
	return r;
}

static int ws_reopen(struct source *source, struct diag *diag)
{
	source_close_fd(source);
	return connect_link(source, source->uri, diag);
}

static ssize_t ws_read(struct source *source, void *bytes, size_t n_bytes)
{
	return webrepl_read(source->webrepl, source->fd, bytes, n_bytes);
}

static ssize_t ws_write(struct source *source, const void *bytes, size_t n_bytes)
{
	return webrepl_write(source->webrepl, source->fd, bytes, n_bytes);
}

static bool ws_flush(struct source *source) { return webrepl_flush(source->webrepl, source->fd) > 0; }

static const char *ws_fault(const struct source *source) { return source->webrepl->in.fault; }

const struct source_kind source_ws = {
	.name = "ws:HOST",
	.summary = "MicroPython's WebREPL, at port 8266 or as ws:HOST:PORT",
	.live = true,
	.prefix = "ws:",
	.open = ws_open,
	.close = ws_close,
	.reopen = ws_reopen,
	.read = ws_read,
	.write = ws_write,
	.flush = ws_flush,
	.fault = ws_fault,
};
