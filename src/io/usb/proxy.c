#define _GNU_SOURCE
#include "usb/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <libusb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "usb/transfers.h"

enum {
	BAUD = 115200,      /* as source/tty.c */
	REQUEST_MS = 1000,  /* for a request about the line */
	FLUSH_US = 1000000, /* for the last bytes */
	CANCEL_US = 2000000,
	IN_SLOTS = 16,
	OUT_SLOTS = 4,
	OUT_PACKETS = 16,
	POLLS_MAX = 16,
	MEND_MS = 20, /* polling interval after a fault, as a transfer that was not submitted causes no event */
	/* PSTN 1.2, tables 13 and 18 */
	SET_LINE_CODING = 0x20,
	SET_CONTROL_LINE_STATE = 0x22,
	LINE_CODING_BYTES = 7,
	DTR = 1,
	RTS = 2,
};

struct proxy {
	const struct usb_item *item;
	int data_fd, control_fd;
	libusb_context *usb;
	libusb_device_handle *handle;
	struct usb_lane in, out;
	bool had_driver[2], claimed[2]; /* of the control and the data interface */
	uint16_t lines;                 /* DTR, RTS */
	bool left;                      /* the other end of data_fd is closed */
};

/* ---- errors ---- */

static int report(struct usb_answer *answer, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int report(struct usb_answer *answer, int r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(answer->text, sizeof(answer->text), format, ap);
	va_end(ap);
	return answer->r = r;
}

static int report_usb(struct usb_answer *answer, const char *what, int error)
{
	return report(answer, error == LIBUSB_ERROR_NO_DEVICE ? -ENODEV : -EIO, "%s: %s", what, libusb_strerror(error));
}

static int report_forbidden(const struct proxy *h, struct usb_answer *answer)
{
	char node[USB_NODE_CHARS];

	usb_node(h->item, node);
	return report(answer, -EACCES,
		      "no permission to open %s; install the rule that memprof devices --udev prints%s%s", node,
		      h->item->tty[0] ? ", or use its port " : "", h->item->tty);
}

static int report_busy(const struct proxy *h, struct usb_answer *answer)
{
	struct port_holder other;
	char node[USB_NODE_CHARS];

	usb_node(h->item, node);
	port_holder(node, &other);
	if (other.pid == 0)
		return report(answer, -EBUSY, "another program has it open; close that first");
	return report(answer, -EBUSY, "%s (process %ld) has it open; close that first", other.name, (long)other.pid);
}

/* ---- the line ---- */

static int request(struct proxy *h, uint8_t what, uint16_t value, uint8_t *bytes, uint16_t n_bytes)
{
	int r = libusb_control_transfer(h->handle,
					LIBUSB_ENDPOINT_OUT | LIBUSB_REQUEST_TYPE_CLASS | LIBUSB_RECIPIENT_INTERFACE,
					what, value, h->item->cdc.control, bytes, n_bytes, REQUEST_MS);

	return r < 0 ? r : 0;
}

/* 8 data bits, no parity, one stop bit. */
static int set_baud(struct proxy *h, uint32_t baud)
{
	uint8_t coding[LINE_CODING_BYTES] = {
		(uint8_t)baud, (uint8_t)(baud >> 8), (uint8_t)(baud >> 16), (uint8_t)(baud >> 24), 0, 0, 8,
	};

	return request(h, SET_LINE_CODING, 0, coding, sizeof(coding));
}

/* Both in one request, as in source/tty.c, as they may drive a reset circuit. */
static int set_lines(struct proxy *h, uint16_t lines)
{
	h->lines = lines;
	return request(h, SET_CONTROL_LINE_STATE, lines, NULL, 0);
}

static uint16_t changed(uint16_t lines, uint16_t line, enum line_level level)
{
	return level == LINE_KEEP ? lines : level == LINE_ON ? lines | line : lines & (uint16_t)~line;
}

static int set_line(struct proxy *h, const struct source_line *line, struct usb_answer *answer)
{
	bool any_lines = line->dtr != LINE_KEEP || line->rts != LINE_KEEP;
	int r = 0;

	if (!h->item->cdc.has_control && (line->baud || any_lines))
		return report(answer, -EINVAL, "the device has no interface to set speed, DTR or RTS");
	if (line->baud && (r = set_baud(h, line->baud)) < 0)
		return r == LIBUSB_ERROR_PIPE ?
			       report(answer, -EINVAL, "the board does not support %u baud", (unsigned)line->baud) :
			       report_usb(answer, "cannot set the speed", r);
	if (any_lines)
		r = set_lines(h, changed(changed(h->lines, DTR, line->dtr), RTS, line->rts));
	return r < 0 ? report_usb(answer, "cannot set DTR and RTS", r) : 0;
}

/* ---- the device ---- */

static uint8_t interface_at(const struct proxy *h, int i) { return i == 0 ? h->item->cdc.control : h->item->cdc.data; }

static int n_interfaces(const struct proxy *h) { return h->item->cdc.control == h->item->cdc.data ? 1 : 2; }

static int open_device(struct proxy *h, struct usb_answer *answer)
{
	libusb_device **all, *found = NULL;
	int r = libusb_init(&h->usb);

	if (r < 0)
		return report_usb(answer, "cannot initialize libusb", r);
	ssize_t n = libusb_get_device_list(h->usb, &all);
	for (ssize_t i = 0; i < n; i++)
		if (libusb_get_bus_number(all[i]) == h->item->bus &&
		    libusb_get_device_address(all[i]) == h->item->address)
			found = all[i];
	r = found ? libusb_open(found, &h->handle) : LIBUSB_ERROR_NO_DEVICE;
	if (n >= 0)
		libusb_free_device_list(all, 1);
	if (r == LIBUSB_ERROR_ACCESS)
		return report_forbidden(h, answer);
	return r < 0 ? report_usb(answer, "cannot open it", r) : 0;
}

/* Checks for drivers before claiming: detaching that of the first interface also detaches the second. */
static int claim(struct proxy *h, struct usb_answer *answer)
{
	libusb_set_auto_detach_kernel_driver(h->handle, 1);
	for (int i = 0; i < n_interfaces(h); i++)
		h->had_driver[i] = libusb_kernel_driver_active(h->handle, interface_at(h, i)) == 1;
	for (int i = 0; i < n_interfaces(h); i++) {
		int r = libusb_claim_interface(h->handle, interface_at(h, i));
		if (r == LIBUSB_ERROR_BUSY)
			return report_busy(h, answer);
		if (r < 0)
			return report_usb(answer, "cannot claim its interfaces", r);
		h->claimed[i] = true;
	}
	return 0;
}

static int open_all(struct proxy *h, struct usb_answer *answer)
{
	const struct usb_cdc *cdc = &h->item->cdc;
	int r = open_device(h, answer);

	if (r == 0)
		r = claim(h, answer);
	if (r < 0)
		return r;
	if (cdc->data_setting && (r = libusb_set_interface_alt_setting(h->handle, cdc->data, cdc->data_setting)) < 0)
		return report_usb(answer, "cannot select the alternate setting with its endpoints", r);
	/* Not every firmware answers these requests; those that do send nothing without DTR. */
	if (cdc->has_control &&
	    (set_baud(h, BAUD) == LIBUSB_ERROR_NO_DEVICE || set_lines(h, DTR | RTS) == LIBUSB_ERROR_NO_DEVICE))
		return report(answer, -ENODEV, "the device is gone");
	if (usb_lane_init(&h->in, h->handle, cdc->in, IN_SLOTS, cdc->in_packet_bytes) < 0 ||
	    usb_lane_init(&h->out, h->handle, cdc->out, OUT_SLOTS, (size_t)OUT_PACKETS * cdc->out_packet_bytes) < 0)
		return report(answer, -ENOMEM, "out of memory");
	return 0;
}

/* ---- transfer of data ---- */

static void handle_events(struct proxy *h, unsigned wait_us)
{
	struct timeval wait = { 0, (suseconds_t)wait_us };

	libusb_handle_events_timeout_completed(h->usb, &wait, NULL);
}

static void answer_request(struct proxy *h)
{
	struct usb_answer answer = { 0 };
	struct source_line line;
	ssize_t n = recv(h->control_fd, &line, sizeof(line), MSG_DONTWAIT);

	if (n == 0)
		h->left = true;
	if (n != sizeof(line))
		return;
	set_line(h, &line, &answer);
	send(h->control_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

/* Transfers have no time limit, so libusb has no timer to wait for. */
static size_t add_usb_fds(struct proxy *h, struct pollfd *fds, size_t n)
{
	const struct libusb_pollfd **all = libusb_get_pollfds(h->usb);

	for (size_t i = 0; all && all[i] && n < POLLS_MAX; i++)
		fds[n++] = (struct pollfd){ all[i]->fd, all[i]->events, 0 };
	libusb_free_pollfds(all);
	return n;
}

static void carry(struct proxy *h)
{
	struct pollfd fds[POLLS_MAX];

	while (!h->left && !h->in.gone && !h->out.gone) {
		bool takes = usb_lane_takes(&h->out), holds = usb_lane_holds(&h->in);
		fds[0] = (struct pollfd){ h->data_fd, (short)((takes ? POLLIN : 0) | (holds ? POLLOUT : 0)), 0 };
		fds[1] = (struct pollfd){ h->control_fd, POLLIN, 0 };
		poll(fds, (nfds_t)add_usb_fds(h, fds, 2), h->in.mending || h->out.mending ? MEND_MS : -1);
		handle_events(h, 0);
		if (fds[1].revents)
			answer_request(h);
		if (!usb_lane_send(&h->out, h->data_fd) || !usb_lane_receive(&h->in, h->data_fd) ||
		    (fds[0].revents & (POLLHUP | POLLERR)))
			h->left = true;
	}
}

/* ---- the end ---- */

/* Sends the last bytes, such as those that restore the prompt. */
static void flush_output(struct proxy *h)
{
	uint64_t until_us = clock_now_us() + FLUSH_US;

	while (h->left && !h->out.gone && clock_now_us() < until_us) {
		bool more = usb_lane_send(&h->out, h->data_fd); /* stays false at the end */
		if (!more && h->out.n_used == 0)
			return;
		handle_events(h, 10000);
	}
}

/* Delivers what was received before the device was gone. */
static void flush_input(struct proxy *h)
{
	uint64_t until_us = clock_now_us() + FLUSH_US;

	h->in.gone = true; /* submit no more transfers */
	while (!h->left && usb_lane_holds(&h->in) && clock_now_us() < until_us) {
		struct pollfd fd = { h->data_fd, POLLOUT, 0 };
		poll(&fd, 1, 100);
		if (!usb_lane_receive(&h->in, h->data_fd))
			return;
	}
}

static bool cancel(struct proxy *h)
{
	uint64_t until_us = clock_now_us() + CANCEL_US;

	usb_lane_cancel(&h->in);
	usb_lane_cancel(&h->out);
	while ((h->in.n_away || h->out.n_away) && clock_now_us() < until_us)
		handle_events(h, 10000);
	return h->in.n_away == 0 && h->out.n_away == 0;
}

/* Releases both interfaces before reattaching the driver: cdc_acm needs both at once. */
static void give_back(struct proxy *h)
{
	libusb_set_auto_detach_kernel_driver(h->handle, 0);
	for (int i = 0; i < n_interfaces(h); i++)
		if (h->claimed[i])
			libusb_release_interface(h->handle, interface_at(h, i));
	for (int i = 0; i < n_interfaces(h); i++)
		if (h->had_driver[i])
			libusb_attach_kernel_driver(h->handle, interface_at(h, i));
}

static void release(struct proxy *h)
{
	if (h->handle && h->claimed[0] && h->lines)
		set_lines(h, 0); /* no reader: see tty_close in source/tty.c */
	bool all_back = cancel(h);
	if (h->handle) {
		give_back(h);
		libusb_close(h->handle);
	}
	if (all_back) { /* otherwise the kernel may still write to them */
		usb_lane_deinit(&h->in);
		usb_lane_deinit(&h->out);
	}
	if (h->usb)
		libusb_exit(h->usb);
}

/* Signals to memprof, or to all processes of its name, must not prevent the release of the device. */
static void detach(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	int nowhere = open("/dev/null", O_RDWR);

	setsid();
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_NAME, "memprof-usb");
	if (nowhere >= 0) {
		dup2(nowhere, STDIN_FILENO); /* a reader of memprof's output must not wait for this process */
		dup2(nowhere, STDOUT_FILENO);
		close(nowhere);
	}
}

_Noreturn void usb_proxy_run(const struct usb_item *item, int data_fd, int control_fd)
{
	struct proxy h = { .item = item, .data_fd = data_fd, .control_fd = control_fd };
	struct usb_answer answer = { 0 };

	detach();
	int r = open_all(&h, &answer);
	if (r == 0) {
		send(control_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
		usb_lane_receive(&h.in, data_fd);
		carry(&h);
		flush_output(&h);
		flush_input(&h);
		close(data_fd);
	}
	release(&h);
	if (r < 0) /* after everything was released */
		send(control_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
	_exit(0);
}
