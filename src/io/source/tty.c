/* Serial ports. libserialport opens a port and sets its speed; the rest is done here with termios,
 * because neither opening nor closing may reset a board. */
#define _DEFAULT_SOURCE /* TIOCMSET */
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "source/private.h"

enum { BAUD = 115200 };

static bool is_port_name(const char *name)
{
	static const char *const heads[] = { "/dev/tty", "/dev/serial/", "/dev/rfcomm", "/dev/cu." };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			return strcmp(name, "/dev/tty") != 0;
	return false;
}

static bool takes_tty(const char *uri)
{
	char *real = realpath(uri, NULL);
	bool is = is_port_name(real ? real : uri);

	free(real);
	return is;
}

/* A USB device that is a serial port itself (cdc_acm), as opposed to a converter with a UART. */
static bool is_cdc(const struct port *port) { return strncmp(port->path, "/dev/ttyACM", 11) == 0; }

/* Both lines in one call: on ESP boards with a converter, one line on and the other off resets the chip
 * or starts its boot loader. */
static int set_lines(int fd, enum line_level dtr, enum line_level rts)
{
	int bits;

	if (ioctl(fd, TIOCMGET, &bits) < 0)
		return -errno;
	if (dtr != LINE_KEEP)
		bits = dtr == LINE_ON ? bits | TIOCM_DTR : bits & ~TIOCM_DTR;
	if (rts != LINE_KEEP)
		bits = rts == LINE_ON ? bits | TIOCM_RTS : bits & ~TIOCM_RTS;
	return ioctl(fd, TIOCMSET, &bits) < 0 ? -errno : 0;
}

/* Without HUPCL, which would drop the lines one after the other at close; and reads return 0 only when
 * the port is gone. */
static void set_terminal(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	t.c_cflag &= ~(tcflag_t)(HUPCL | CRTSCTS);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &t);
}

static int report_held(const struct port *port, struct diag *diag)
{
	struct port_holder holder;

	port_holder(port->path, &holder);
	return source_report_held(port->path, &holder, diag);
}

static int report_not_opened(const struct port *port, int error, struct diag *diag)
{
	struct strbuf why CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct place at = { .file = port->path };

	if (error == EBUSY)
		return report_held(port, diag);
	if (error == EACCES && port_forbidden(port->path, &why))
		return diag_at(diag, at, -EACCES, "%s", strbuf_text(&why));
	if (error == 0 || error == ENOTTY) /* for example a virtual console */
		return diag_at(diag, at, -ENOTTY, "not a serial port");
	return diag_at(diag, at, -error, "cannot open it: %s", strerror(error));
}

static int set_baud(struct source *source, uint32_t baud, struct diag *diag)
{
	enum sp_return r = sp_set_baudrate(source->sp, (int)baud);

	if (r == SP_OK)
		return 0;
	if (r == SP_ERR_FAIL && (errno == EIO || errno == ENODEV || errno == ENXIO))
		return diag_at(diag, (struct place){ .file = source->uri }, -ENODEV, "the port is gone");
	return diag_at(diag, (struct place){ .file = source->uri }, -EINVAL, "the port does not support %u baud",
		       (unsigned)baud);
}

static void release(struct source *source)
{
	if (source->fd >= 0) {
		ioctl(source->fd, TIOCNXCL);
		sp_close(source->sp);
	}
	if (source->sp)
		sp_free_port(source->sp);
	if (source->lock_fd >= 0)
		close(source->lock_fd);
	source->sp = NULL;
	source->fd = source->lock_fd = -1;
}

/* A board's own USB takes DTR for a reader: if left on, each print of its program would wait for one
 * (MICROPY_HW_USB_CDC_TX_TIMEOUT). A converter's lines stay as they are. */
static void tty_close(struct source *source)
{
	if (source->fd >= 0 && is_cdc(&source->port))
		set_lines(source->fd, LINE_OFF, LINE_OFF);
	release(source);
}

/* Checks that no other process has the port open or has locked it (pyserial does), before changing
 * anything of it. */
static int claim(struct source *source, struct diag *diag)
{
	const struct port *port = &source->port;
	struct port_holder holder;

	port_holder(port->path, &holder);
	if (holder.pid != 0)
		return report_held(port, diag);
	source->lock_fd = open(port->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (source->lock_fd < 0)
		return report_not_opened(port, errno, diag);
	return flock(source->lock_fd, LOCK_EX | LOCK_NB) < 0 ? report_held(port, diag) : 0;
}

static int set_up(struct source *source, struct diag *diag)
{
	const struct port *port = &source->port;

	if (sp_get_port_by_name(port->path, &source->sp) != SP_OK)
		return diag_at(diag, (struct place){ .file = source->uri }, -ENODEV, "the port is gone");
	flock(source->lock_fd, LOCK_UN); /* newer versions of sp_open lock it themselves */
	if (sp_open(source->sp, SP_MODE_READ_WRITE) != SP_OK)
		return report_not_opened(port, sp_last_error_code(), diag);
	sp_get_port_handle(source->sp, &source->fd);
	if (flock(source->fd, LOCK_EX | LOCK_NB) < 0)
		return report_held(port, diag);
	ioctl(source->fd, TIOCEXCL); /* no other process can open it from here on */
	sp_set_bits(source->sp, 8);
	sp_set_parity(source->sp, SP_PARITY_NONE);
	sp_set_stopbits(source->sp, 1);
	sp_set_flowcontrol(source->sp, SP_FLOWCONTROL_NONE);
	int r = set_baud(source, BAUD, diag);
	set_terminal(source->fd);
	if (r == 0 && is_cdc(port))
		set_lines(source->fd, LINE_ON, LINE_ON);
	tcflush(source->fd, TCOFLUSH);
	return r;
}

static int open_port(struct source *source, struct diag *diag)
{
	int r = claim(source, diag);

	if (r == 0)
		r = set_up(source, diag);
	if (r < 0)
		release(source);
	source->away = r < 0;
	return r;
}

static int tty_open(const char *uri, struct source *source, struct diag *diag)
{
	struct place at = { .file = uri };
	char *real = realpath(uri, NULL);
	bool there = real != NULL;

	free(real);
	if (!there)
		return diag_at(diag, at, -ENOENT, "no such port; 'memprof devices' lists the ports");
	if (port_find(uri, &source->port) < 0)
		return diag_at(diag, at, -ENOTTY, "not a serial port of this computer");
	return open_port(source, diag);
}

static int tty_set_line(struct source *source, const struct source_line *line, struct diag *diag)
{
	struct place at = { .file = source->uri };
	int r = 0;

	if (line->baud) {
		r = set_baud(source, line->baud, diag);
		set_terminal(source->fd);
	}
	if (r == 0 && (line->dtr != LINE_KEEP || line->rts != LINE_KEEP)) {
		r = set_lines(source->fd, line->dtr, line->rts);
		if (r < 0)
			diag_at(diag, at, r, "cannot set DTR and RTS: %s", strerror(-r));
	}
	return r;
}

static const struct port *port_of(const void *item) { return item; }

static int tty_reopen(struct source *source, struct diag *diag)
{
	struct port *ports;
	size_t n, i;
	int r = ports_list(&ports, &n, diag);

	release(source);
	if (r < 0)
		return r;
	i = source_find_again(source, ports, n, sizeof(*ports), port_of);
	if (i < n)
		source->port = ports[i];
	free(ports);
	if (i == n)
		return diag_at(diag, (struct place){ .file = source->uri }, -ENODEV, "not back yet");
	r = open_port(source, diag);
	return r < 0 ? r : tty_set_line(source, &source->line, diag);
}

const struct source_kind source_tty = {
	.name = "/dev/ttyACM0",
	.summary = "a serial port, or a symlink to one (/dev/serial/by-id)",
	.live = true,
	.takes = takes_tty,
	.open = tty_open,
	.close = tty_close,
	.set_line = tty_set_line,
	.reopen = tty_reopen,
};
