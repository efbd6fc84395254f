/* Boards by their own USB, without the kernel's serial port: libusb, in a process of its own (usb/proxy.h). What is
 * read and written here is the socket to it. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "source/private.h"
#include "usb/find.h"
#include "usb/name.h"
#include "usb/proxy.h"

enum {
	ANSWER_MS = 15000,   /* of a device that does not answer, each request takes its time limit */
	END_MS = 8000,       /* for the last bytes, and the kernel's driver to come back */
	UNSENT_BYTES = 4096, /* as a pty: what is written soon reaches the board */
};

static bool takes_usb(const char *uri) { return usb_is_name(uri); }

/* ---- the process that holds it ---- */

static int say_answer(struct source *source, const struct usb_answer *answer, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = source->port.path }, answer->r, "%.*s", (int)sizeof(answer->text),
		       answer->text);
}

static int hear(struct source *source, struct diag *diag)
{
	struct pollfd fd = { source->control_fd, POLLIN, 0 };
	struct usb_answer answer = { 0 };
	struct place at = { .file = source->port.path };
	int r;

	do
		r = poll(&fd, 1, ANSWER_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return diag_at(diag, at, -ETIMEDOUT, "it does not answer; plug it in again");
	if (recv(source->control_fd, &answer, sizeof(answer), 0) != sizeof(answer))
		return diag_at(diag, at, -ENODEV, "it has gone away");
	return answer.r < 0 ? say_answer(source, &answer, diag) : 0;
}

/* Closing the sockets ends it; that takes a moment, and after that the kernel's port is back. */
static void release(struct source *source)
{
	const struct timespec tick = { 0, 2 * 1000000 };

	if (source->fd >= 0)
		close(source->fd);
	if (source->control_fd >= 0)
		close(source->control_fd);
	source->fd = source->control_fd = -1;
	for (int ms = 0; source->holder_pid > 0 && ms < END_MS; ms += 2) {
		pid_t pid = waitpid(source->holder_pid, NULL, WNOHANG);
		if (pid == source->holder_pid || (pid < 0 && errno != EINTR))
			source->holder_pid = 0;
		else
			nanosleep(&tick, NULL);
	}
	source->holder_pid = 0;
}

static int start(struct source *source, const struct usb_item *item, struct diag *diag)
{
	struct place at = { .file = source->port.path };
	int data[2], control[2], unsent_bytes = UNSENT_BYTES;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, data) < 0)
		return diag_at(diag, at, -errno, "no sockets for it: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0) {
		int r = -errno;
		close(data[0]);
		close(data[1]);
		return diag_at(diag, at, r, "no sockets for it: %s", strerror(-r));
	}
	setsockopt(data[0], SOL_SOCKET, SO_SNDBUF, &unsent_bytes, sizeof(unsent_bytes));
	source->holder_pid = fork();
	if (source->holder_pid == 0) {
		close(data[0]);
		close(control[0]);
		usb_hold(item, data[1], control[1]);
	}
	int error = errno;
	close(data[1]);
	close(control[1]);
	source->fd = data[0];
	source->control_fd = control[0];
	if (source->holder_pid < 0) {
		source->holder_pid = 0;
		return diag_at(diag, at, -error, "cannot start a process: %s", strerror(error));
	}
	return hear(source, diag);
}

/* Taking the driver away from a program that uses its port would hang that up. */
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

static void usb_close(struct source *source) { release(source); }

static int usb_set_line(struct source *source, const struct source_line *line, struct diag *diag)
{
	if (send(source->control_fd, line, sizeof(*line), MSG_NOSIGNAL) != sizeof(*line))
		return diag_at(diag, (struct place){ .file = source->port.path }, -ENODEV, "it has gone away");
	return hear(source, diag);
}

static int usb_reopen(struct source *source, struct diag *diag)
{
	struct usb_item *items;
	size_t n, i;

	release(source);
	int r = usb_list(&items, &n, diag);
	if (r < 0)
		return r;
	source->n_twins = source->away ? source->n_twins : 0;
	for (i = 0; i < n && !source->away; i++)
		if (items[i].channel)
			source_note_twin(source, &items[i].port);
	source->away = true;
	for (i = 0; i < n && !(items[i].channel && source_is_back(source, &items[i].port)); i++)
		;
	if (i < n) {
		source->port = items[i].port;
		r = open_item(source, &items[i], diag);
		if (r == 0)
			r = usb_set_line(source, &source->line, diag);
	} else {
		r = diag_at(diag, (struct place){ .file = source->port.path }, -ENODEV, "it is not back yet");
	}
	free(items);
	return r;
}

const struct source_kind source_usb = {
	.name = "usb:VID:PID",
	.says = "a board's own USB, without its port; usb: is the only one",
	.live = true,
	.takes = takes_usb,
	.open = usb_open,
	.close = usb_close,
	.set_line = usb_set_line,
	.reopen = usb_reopen,
};
