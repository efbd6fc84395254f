/* Boards by their own USB, without the kernel's serial port: libusb, in a separate process (usb/proxy.h). Reads and
 * writes go to the socket to that process. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "source/private.h"
#include "usb/name.h"
#include "usb/proxy.h"

enum {
	ANSWER_MS = 15000,   /* if the device does not answer, each request takes its time limit */
	END_MS = 8000,       /* for the last bytes, and to reattach the kernel's driver */
	UNSENT_BYTES = 4096, /* like a pty: written data soon reaches the board */
};

/* ---- the proxy ---- */

static int await_answer(struct source *source, struct diag *diag)
{
	struct pollfd fd = { source->control_fd, POLLIN, 0 };
	struct usb_answer answer = { 0 };
	struct place at = { .file = source->port.path };
	int r;

	do
		r = poll(&fd, 1, ANSWER_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return diag_at(diag, at, -ETIMEDOUT, "the device does not answer; plug it in again");
	if (recv(source->control_fd, &answer, sizeof(answer), 0) != sizeof(answer))
		return diag_at(diag, at, -ENODEV, "the device is gone");
	return answer.r < 0 ? diag_at(diag, at, answer.r, "%.*s", (int)sizeof(answer.text), answer.text) : 0;
}

/* Closing the sockets ends the proxy; wait for that, as the kernel's port is back then. */
static void release(struct source *source)
{
	source_close_fd(source);
	source_end_proxy(source, END_MS);
}

static int start(struct source *source, const struct usb_item *item, struct diag *diag)
{
	struct place at = { .file = source->port.path };
	int data[2], control[2], unsent_bytes = UNSENT_BYTES;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, data) < 0)
		return diag_at(diag, at, -errno, "cannot create sockets: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0) {
		int r = -errno;
		close(data[0]);
		close(data[1]);
		return diag_at(diag, at, r, "cannot create sockets: %s", strerror(-r));
	}
	setsockopt(data[0], SOL_SOCKET, SO_SNDBUF, &unsent_bytes, sizeof(unsent_bytes));
	source->proxy_pid = fork();
	if (source->proxy_pid == 0) {
		close(data[0]);
		close(control[0]);
		usb_proxy_run(item, data[1], control[1]);
	}
	int error = errno;
	close(data[1]);
	close(control[1]);
	source->fd = data[0];
	source->control_fd = control[0];
	if (source->proxy_pid < 0) {
		source->proxy_pid = 0;
		return diag_at(diag, at, -error, "cannot start a process: %s", strerror(error));
	}
	return await_answer(source, diag);
}

/* Detaching the driver would hang up a program that has its port open. */
static int open_item(struct source *source, const struct usb_item *item, struct diag *diag)
{
	struct place at = { .file = source->port.path };
	struct port_holder holder = { 0 };
	int r;

	if (item->tty[0])
		port_holder(item->tty, &holder);
	if (holder.pid)
		r = diag_at(diag, at, -EBUSY, "%s (process %ld) has %s open; close that first", holder.name,
			    (long)holder.pid, item->tty);
	else
		r = start(source, item, diag);
	if (r < 0)
		release(source);
	source->away = r < 0;
	return r;
}

/* ---- the source ---- */

static int usb_open(const char *uri, struct source *source, struct diag *diag)
{
	const struct usb_item *item = NULL;
	struct usb_item *items;
	size_t n;
	int r = usb_list(&items, &n, diag);

	if (r < 0)
		return r;
	r = usb_find(items, n, uri, &item, diag);
	if (r == 0) {
		source->port = item->port;
		r = open_item(source, item, diag);
	}
	free(items);
	return r;
}

static int usb_set_line(struct source *source, const struct source_line *line, struct diag *diag)
{
	if (send(source->control_fd, line, sizeof(*line), MSG_NOSIGNAL) != sizeof(*line))
		return diag_at(diag, (struct place){ .file = source->port.path }, -ENODEV, "the device is gone");
	return await_answer(source, diag);
}

static const struct port *port_of(const void *item)
{
	const struct usb_item *usb = item;

	return usb->channel ? &usb->port : NULL;
}

static int usb_reopen(struct source *source, struct diag *diag)
{
	struct usb_item *items;
	size_t n, i;

	release(source);
	int r = usb_list(&items, &n, diag);
	if (r < 0)
		return r;
	i = source_find_again(source, items, n, sizeof(*items), port_of);
	if (i < n) {
		source->port = items[i].port;
		r = open_item(source, &items[i], diag);
		if (r == 0)
			r = usb_set_line(source, &source->line, diag);
	} else {
		r = diag_at(diag, (struct place){ .file = source->port.path }, -ENODEV, "not back yet");
	}
	free(items);
	return r;
}

const struct source_kind source_usb = {
	.name = "usb:VID:PID",
	.summary = "a board's USB without a port; usb: for the only board",
	.live = true,
	.prefix = USB_NAME_PREFIX,
	.open = usb_open,
	.close = release,
	.set_line = usb_set_line,
	.reopen = usb_reopen,
};
