/* mock-usb LOG: USB devices that are not there. libumockdev makes their nodes and what sysfs says of them; the
 * ioctls of usbdevfs are answered here, so that programs with this process's UMOCKDEV_DIR and
 * libumockdev-preload.so.0 use them through the real libusb. Needs umockdev-wrapper. What goes through a pair of
 * bulk endpoints goes through a socket, at whose other side the test has a board.
 *
 * Commands on standard input, one a line; each is answered with "ok" or "error: TEXT":
 *     plug PLUG ADDRESS VID PID SERIAL DRIVER DESCRIPTORS PRODUCT...
 *         PLUG is "1-1", ADDRESS 2 to 127 and never the same twice; SERIAL and DRIVER may be "-" for none;
 *         DESCRIPTORS are that of the device and its configuration, in hexadecimal
 *     channel PLUG IN OUT SOCKET      endpoints (82 02), and where the test listens
 *     fault PLUG NAME NUMBER          see faults[]
 *     state PLUG                      "ok DRIVERS CLAIMED": the interfaces, as bits
 *     unplug PLUG
 * The first line of standard output is the folder, UMOCKDEV_DIR.
 *
 * LOG gets a line for each ioctl but those that move bytes: "1-1 CLAIM 0". A driver is bound to two interfaces at
 * a time, 0 and 1, 2 and 3, as cdc_acm is: it lets go of both, and takes both or none. */
#define _GNU_SOURCE
#include <errno.h>
#include <glib-unix.h>
#include <linux/usbdevice_fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <umockdev.h>
#include <unistd.h>

#include "mock-main.h"

enum { URBS_MAX = 64, CHANNELS_MAX = 4, WAIT_MS = 2 };

struct urb {
	UMockdevIoctlData *data, *buffer;
	struct usbdevfs_urb *urb; /* in data */
	bool done;
};

struct channel {
	unsigned in, out;
	int socket;
	bool halted_in, halted_out;
};

/* What a fault counts down; negative: it is not there. */
enum fault {
	STALL_IN,
	STALL_OUT,
	ERROR_IN,
	ALWAYS_STALL_IN,
	CUT,
	PACKETS,
	CLAIMED,
	DEAF,
	NAK_OUT,
	NO_SETTING,
	N_FAULTS
};
static const char *const faults[N_FAULTS] = {
	[STALL_IN] = "stall-in",               /* after so many bytes to the program, the endpoint halts */
	[STALL_OUT] = "stall-out",             /* after so many from it */
	[ERROR_IN] = "error-in",               /* a transfer fails, once */
	[ALWAYS_STALL_IN] = "always-stall-in", /* and again after each CLEAR_HALT */
	[CUT] = "cut",                         /* it is unplugged */
	[PACKETS] = "packets",                 /* no packet is longer */
	[CLAIMED] = "claimed",                 /* another program has its interfaces */
	[DEAF] = "deaf",                       /* it stalls requests of the class */
	[NAK_OUT] = "nak-out",                 /* takes no more bytes */
	[NO_SETTING] = "no-setting",           /* it refuses an alternate setting */
};

struct device {
	char *plug, *node, *path, *driver;
	unsigned drivers, claimed; /* interfaces, as bits */
	bool gone;
	int faults[N_FAULTS];
	struct channel channels[CHANNELS_MAX];
	int n_channels;
	struct urb urbs[URBS_MAX];
	int n_urbs;
	UMockdevIoctlClient *waiting; /* wants an urb that is done */
	guint timer;
};

static GHashTable *devices;    /* plug -> struct device that is plugged in */
static GPtrArray *all_devices; /* those unplugged too */

static void unplug_device(struct device *device);

/* ---- transfers ---- */

static struct channel *channel_of(struct device *device, unsigned endpoint)
{
	for (int i = 0; i < device->n_channels; i++)
		if (device->channels[i].in == endpoint || device->channels[i].out == endpoint)
			return &device->channels[i];
	return NULL;
}

/* How many bytes may pass before a fault strikes. */
static int allowed(const struct device *device, enum fault fault, int n)
{
	return device->faults[fault] >= 0 && device->faults[fault] < n ? device->faults[fault] : n;
}

static void count(struct device *device, enum fault fault, int n)
{
	if (device->faults[fault] >= 0)
		device->faults[fault] -= n;
}

static void finish(struct urb *urb, int status)
{
	urb->urb->status = status;
	urb->done = true;
}

static void move_in(struct device *device, struct channel *channel, struct urb *urb)
{
	int n = urb->urb->buffer_length;

	if (device->faults[ERROR_IN] == 0) {
		device->faults[ERROR_IN] = -1;
		finish(urb, -EPROTO);
		return;
	}
	if (device->faults[STALL_IN] == 0 || device->faults[ALWAYS_STALL_IN] == 0) {
		device->faults[STALL_IN] = -1;
		channel->halted_in = true;
		finish(urb, -EPIPE);
		return;
	}
	n = allowed(device, STALL_IN, n);
	n = allowed(device, ALWAYS_STALL_IN, n);
	n = allowed(device, ERROR_IN, n);
	n = allowed(device, CUT, n);
	if (device->faults[PACKETS] > 0)
		n = MIN(n, device->faults[PACKETS]);
	ssize_t got = recv(channel->socket, urb->buffer->data, (size_t)n, MSG_DONTWAIT);
	if (got <= 0)
		return;
	urb->urb->actual_length = (int)got;
	finish(urb, 0);
	static const enum fault counted[] = { STALL_IN, ALWAYS_STALL_IN, ERROR_IN, CUT };
	for (size_t i = 0; i < G_N_ELEMENTS(counted); i++)
		count(device, counted[i], (int)got);
}

static void move_out(struct device *device, struct channel *channel, struct urb *urb)
{
	int n = allowed(device, NAK_OUT, allowed(device, STALL_OUT, urb->urb->buffer_length));

	if (device->faults[NAK_OUT] == 0)
		return;
	for (int sent = 0; sent < n;) {
		ssize_t more = send(channel->socket, urb->buffer->data + sent, (size_t)(n - sent), MSG_NOSIGNAL);
		if (more <= 0)
			break;
		sent += (int)more;
	}
	count(device, STALL_OUT, n);
	count(device, NAK_OUT, n);
	urb->urb->actual_length = n;
	if (device->faults[STALL_OUT] == 0) {
		device->faults[STALL_OUT] = -1;
		channel->halted_out = true;
		finish(urb, -EPIPE);
	} else {
		finish(urb, 0);
	}
}

static void control(struct device *device, struct urb *urb)
{
	const guint8 *p = urb->buffer->data;
	unsigned n = (unsigned)(p[6] | p[7] << 8);

	urb->urb->actual_length = 0;
	if (device->faults[DEAF] >= 0 && (p[0] & 0x60) == 0x20) {
		finish(urb, -EPIPE);
		return;
	}
	fprintf(mock_log, "%s REQUEST %02x %02x %04x %04x ", device->plug, p[0], p[1], (unsigned)(p[2] | p[3] << 8),
		(unsigned)(p[4] | p[5] << 8));
	for (unsigned i = 0; i < n && !(p[0] & 0x80); i++)
		fprintf(mock_log, "%02x", p[8 + i]);
	fputs("\n", mock_log);
	urb->urb->actual_length = (int)n;
	finish(urb, 0);
}

/* Those of an endpoint in their order; one that waits keeps back those behind it. */
static void run_urbs(struct device *device)
{
	bool blocked[256] = { false };

	for (int i = 0; i < device->n_urbs && !device->gone; i++) {
		struct urb *urb = &device->urbs[i];
		unsigned endpoint = urb->urb->endpoint;
		struct channel *channel = channel_of(device, endpoint);
		if (urb->done || blocked[endpoint])
			continue;
		if (urb->urb->type == USBDEVFS_URB_TYPE_CONTROL)
			control(device, urb);
		else if (channel && endpoint == channel->in && !channel->halted_in)
			move_in(device, channel, urb);
		else if (channel && endpoint == channel->out && !channel->halted_out)
			move_out(device, channel, urb);
		blocked[endpoint] = !urb->done;
		if (device->faults[CUT] == 0)
			unplug_device(device);
	}
}

static gboolean reap(struct device *device, UMockdevIoctlClient *client)
{
	run_urbs(device);
	for (int i = 0; i < device->n_urbs; i++) {
		struct urb urb = device->urbs[i];
		if (!urb.done)
			continue;
		UMockdevIoctlData *ret = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
								     sizeof(void *), NULL);
		umockdev_ioctl_data_set_ptr(ret, 0, urb.data);
		umockdev_ioctl_data_unref(ret);
		memmove(&device->urbs[i], &device->urbs[i + 1], (size_t)(--device->n_urbs - i) * sizeof(urb));
		umockdev_ioctl_client_complete(client, 0, 0);
		umockdev_ioctl_data_unref(urb.buffer);
		umockdev_ioctl_data_unref(urb.data);
		return true;
	}
	return false;
}

/* The node is a plain file, which is always ready: who asks in vain is kept waiting for a moment. */
static gboolean on_time(gpointer of)
{
	struct device *device = of;
	UMockdevIoctlClient *client = device->waiting;

	device->timer = 0;
	device->waiting = NULL;
	if (!reap(device, client))
		umockdev_ioctl_client_complete(client, -1, device->gone ? ENODEV : EAGAIN);
	g_object_unref(client);
	return G_SOURCE_REMOVE;
}

static int submit(struct device *device, UMockdevIoctlData *arg)
{
	if (device->n_urbs == URBS_MAX)
		return ENOMEM;
	struct urb *urb = &device->urbs[device->n_urbs++];
	urb->data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
	urb->urb = (void *)urb->data->data;
	urb->buffer = umockdev_ioctl_data_resolve(urb->data, offsetof(struct usbdevfs_urb, buffer),
						  (gsize)urb->urb->buffer_length, NULL);
	urb->done = false;
	return 0;
}

static int discard(struct device *device, UMockdevIoctlData *arg)
{
	for (int i = 0; i < device->n_urbs; i++) {
		struct urb *urb = &device->urbs[i];
		if (urb->done || urb->data->client_addr != *(gulong *)(void *)arg->data)
			continue;
		urb->urb->actual_length = 0;
		finish(urb, -ENOENT);
		return 0;
	}
	return EINVAL;
}

/* ---- interfaces and drivers ---- */

static unsigned pair_of(unsigned interface) { return 3u << (interface & ~1u); }

static int claim(struct device *device, unsigned interface)
{
	if (device->faults[CLAIMED] >= 0 || (device->drivers & 1u << interface))
		return EBUSY;
	device->claimed |= 1u << interface;
	return 0;
}

static int disconnect(struct device *device, unsigned interface)
{
	if (!(device->drivers & 1u << interface))
		return ENODATA;
	device->drivers &= ~pair_of(interface);
	return 0;
}

/* device_attach: 0 if there is no driver for it. */
static int reconnect(struct device *device, unsigned interface)
{
	if (device->drivers & 1u << interface)
		return EBUSY;
	if (device->driver && !(device->claimed & pair_of(interface)))
		device->drivers |= pair_of(interface);
	return 0;
}

static int on_driver_ioctl(struct device *device, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_ioctl), NULL);
	struct usbdevfs_ioctl io;

	memcpy(&io, data->data, sizeof(io));
	umockdev_ioctl_data_unref(data);
	bool connect = (unsigned)io.ioctl_code == USBDEVFS_CONNECT;
	int error = connect ? reconnect(device, (unsigned)io.ifno) : disconnect(device, (unsigned)io.ifno);
	fprintf(mock_log, "%s %s %d\n", device->plug, connect ? "CONNECT" : "DISCONNECT", io.ifno);
	return error;
}

static int on_disconnect_claim(struct device *device, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_disconnect_claim), NULL);
	struct usbdevfs_disconnect_claim what;

	memcpy(&what, data->data, sizeof(what));
	umockdev_ioctl_data_unref(data);
	if (device->faults[CLAIMED] >= 0)
		return EBUSY;
	if (disconnect(device, what.interface) == 0)
		fprintf(mock_log, "%s DISCONNECT %u\n", device->plug, what.interface);
	fprintf(mock_log, "%s CLAIM %u\n", device->plug, what.interface);
	return claim(device, what.interface);
}

static int on_get_driver(struct device *device, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_getdriver), NULL);
	struct usbdevfs_getdriver *ret = (void *)data->data;
	bool bound = device->drivers & 1u << ret->interface;

	if (bound)
		g_strlcpy(ret->driver, device->driver, sizeof(ret->driver));
	umockdev_ioctl_data_unref(data);
	return bound ? 0 : ENODATA;
}

/* The argument of ioctls that take a number by its address. */
static unsigned number_at(UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(unsigned), NULL);
	unsigned n = *(unsigned *)(void *)data->data;

	umockdev_ioctl_data_unref(data);
	return n;
}

static int on_number(struct device *device, unsigned long request, unsigned n)
{
	struct channel *channel = channel_of(device, n);

	switch (request) {
	case USBDEVFS_CLAIMINTERFACE:
		fprintf(mock_log, "%s CLAIM %u\n", device->plug, n);
		return claim(device, n);
	case USBDEVFS_RELEASEINTERFACE:
		fprintf(mock_log, "%s RELEASE %u\n", device->plug, n);
		device->claimed &= ~(1u << n);
		return 0;
	case USBDEVFS_SETINTERFACE:
		fprintf(mock_log, "%s SETINTERFACE %u\n", device->plug, n);
		return device->faults[NO_SETTING] >= 0 ? EPIPE : 0;
	case USBDEVFS_CLEAR_HALT:
		fprintf(mock_log, "%s CLEAR_HALT %02x\n", device->plug, n);
		for (int i = 0; i < device->n_urbs; i++)
			if (device->urbs[i].urb->endpoint == n)
				fprintf(mock_log, "%s BROKEN: cleared while urbs of it are queued\n", device->plug);
		if (channel)
			*(n == channel->in ? &channel->halted_in : &channel->halted_out) = false;
		return 0;
	}
	return ENOTTY;
}

static int on_capabilities(UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(__u32), NULL);

	*(__u32 *)(void *)data->data = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION |
				       USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
	umockdev_ioctl_data_unref(data);
	return 0;
}

static int answer(struct device *device, unsigned long request, UMockdevIoctlData *arg)
{
	if (device->gone)
		return ENODEV;
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES:
		return on_capabilities(arg);
	case USBDEVFS_GETDRIVER:
		return on_get_driver(device, arg);
	case USBDEVFS_IOCTL:
		return on_driver_ioctl(device, arg);
	case USBDEVFS_DISCONNECT_CLAIM:
		return on_disconnect_claim(device, arg);
	case USBDEVFS_SUBMITURB:
		return submit(device, arg);
	case USBDEVFS_DISCARDURB:
		return discard(device, arg);
	case USBDEVFS_CLAIMINTERFACE:
	case USBDEVFS_RELEASEINTERFACE:
	case USBDEVFS_SETINTERFACE:
	case USBDEVFS_CLEAR_HALT:
		return on_number(device, request, number_at(arg));
	}
	fprintf(mock_log, "%s UNKNOWN %lx\n", device->plug, request);
	return ENOTTY;
}

static gboolean on_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer of)
{
	struct device *device = of;
	unsigned long request = umockdev_ioctl_client_get_request(client);

	(void)handler;
	if (request == USBDEVFS_REAPURBNDELAY || request == USBDEVFS_REAPURB) {
		if (reap(device, client))
			return TRUE;
		if (device->gone || device->waiting) {
			umockdev_ioctl_client_complete(client, -1, device->gone ? ENODEV : EAGAIN);
			return TRUE;
		}
		device->waiting = g_object_ref(client);
		device->timer = g_timeout_add(WAIT_MS, on_time, device);
		return TRUE;
	}
	int error = answer(device, request, umockdev_ioctl_client_get_arg(client));
	umockdev_ioctl_client_complete(client, error ? -1 : 0, error);
	return TRUE;
}

static void on_open(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer of)
{
	(void)handler;
	(void)client;
	fprintf(mock_log, "%s OPEN\n", ((struct device *)of)->plug);
}

/* What a program had is free, and no driver takes it: so the kernel does it. */
static void on_close(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer of)
{
	struct device *device = of;

	(void)handler;
	(void)client;
	fprintf(mock_log, "%s CLOSE\n", device->plug);
	device->claimed = 0;
	for (int i = 0; i < device->n_urbs; i++) {
		umockdev_ioctl_data_unref(device->urbs[i].buffer);
		umockdev_ioctl_data_unref(device->urbs[i].data);
	}
	device->n_urbs = 0;
}

/* ---- commands ---- */

static char *describe(const struct device *device, char **w, const char *product)
{
	unsigned address = (unsigned)atoi(w[2]);
	GString *s = g_string_new(NULL);

	g_string_printf(s,
			"P: %s\nN: bus/usb/001/%03u\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DRIVER=usb\n"
			"E: DEVNAME=%s\nE: BUSNUM=001\nE: DEVNUM=%03u\nE: PRODUCT=%s/%s/100\n"
			"A: busnum=1\\n\nA: devnum=%u\\n\nA: speed=12\\n\nA: bConfigurationValue=1\\n\n"
			"A: bDeviceClass=ef\\n\nA: idVendor=%s\\n\nA: idProduct=%s\\n\nA: product=%s\\n\n",
			device->path, address, device->node, address, w[3], w[4], address, w[3], w[4], product);
	if (strcmp(w[5], "-") != 0)
		g_string_append_printf(s, "A: serial=%s\\n\n", w[5]);
	g_string_append_printf(s, "H: descriptors=%s\n\n", w[7]);
	return g_string_free(s, FALSE);
}

static void tell(const struct device *device, const char *action)
{
	g_autofree char *path = g_strconcat("/sys", device->path, NULL);

	umockdev_testbed_uevent(mock_bed, path, action);
}

static const char *plug(char **w, GError **error)
{
	if (g_strv_length(w) < 9)
		return "plug takes 8 words";
	if (g_hash_table_contains(devices, w[1]))
		return "there is one in that plug";
	g_autofree char *product = g_strjoinv(" ", w + 8);
	struct device *device = g_new0(struct device, 1);
	device->plug = g_strdup(w[1]);
	device->node = g_strdup_printf("/dev/bus/usb/001/%03u", (unsigned)atoi(w[2]));
	device->path = g_strdup_printf("/devices/pci0000:00/0000:00:14.0/usb1/%s", w[1]);
	if (strcmp(w[6], "-") != 0) {
		device->driver = g_strdup(w[6]);
		device->drivers = 0xf;
	}
	for (int i = 0; i < N_FAULTS; i++)
		device->faults[i] = -1;
	g_ptr_array_add(all_devices, device);
	g_autofree char *text = describe(device, w, product);
	UMockdevIoctlBase *handler = g_object_new(UMOCKDEV_TYPE_IOCTL_BASE, NULL);
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), device);
	g_signal_connect(handler, "client-connected", G_CALLBACK(on_open), device);
	g_signal_connect(handler, "client-vanished", G_CALLBACK(on_close), device);
	if (!umockdev_testbed_add_from_string(mock_bed, text, error) ||
	    !umockdev_testbed_attach_ioctl(mock_bed, device->node, handler, error))
		return "cannot plug it in";
	g_hash_table_insert(devices, device->plug, device);
	tell(device, "add");
	return NULL;
}

static struct device *named(char **w) { return w[1] ? g_hash_table_lookup(devices, w[1]) : NULL; }

/* What is in flight comes back, and then nothing. */
static void unplug_device(struct device *device)
{
	g_autofree char *sys = g_strconcat("/sys", device->path, NULL);
	g_autofree char *node = g_build_filename(g_getenv("UMOCKDEV_DIR"), device->node, NULL);

	device->gone = true;
	for (int i = 0; i < device->n_urbs; i++)
		if (!device->urbs[i].done)
			finish(&device->urbs[i], -ESHUTDOWN);
	for (int i = 0; i < device->n_channels; i++)
		close(device->channels[i].socket);
	device->n_channels = 0;
	g_hash_table_remove(devices, device->plug);
	tell(device, "remove");
	umockdev_testbed_remove_device(mock_bed, sys);
	unlink(node);
}

static const char *unplug(char **w, GError **error)
{
	struct device *device = named(w);

	(void)error;
	if (!device)
		return "no such device";
	unplug_device(device);
	return NULL;
}

static const char *add_channel(char **w, GError **error)
{
	struct device *device = named(w);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)error;
	if (!device || g_strv_length(w) != 5 || device->n_channels == CHANNELS_MAX)
		return "channel PLUG IN OUT SOCKET";
	struct channel *channel = &device->channels[device->n_channels++];
	*channel = (struct channel){ .in = (unsigned)strtoul(w[2], NULL, 16),
				     .out = (unsigned)strtoul(w[3], NULL, 16) };
	channel->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_strlcpy(address.sun_path, w[4], sizeof(address.sun_path));
	return connect(channel->socket, (struct sockaddr *)&address, sizeof(address)) < 0 ? "nobody listens" : NULL;
}

static const char *add_fault(char **w, GError **error)
{
	struct device *device = named(w);

	(void)error;
	if (!device || g_strv_length(w) != 4)
		return "fault PLUG NAME NUMBER";
	for (int i = 0; i < N_FAULTS; i++) {
		if (strcmp(w[2], faults[i]) == 0) {
			device->faults[i] = atoi(w[3]);
			return NULL;
		}
	}
	return "no such fault";
}

static const char *say_state(char **w, GError **error)
{
	struct device *device = named(w);

	(void)error;
	if (!device)
		return "no such device";
	printf("ok %u %u\n", device->drivers, device->claimed);
	return "";
}

static const struct mock_command commands[] = {
	{ "plug", plug },       { "unplug", unplug },   { "channel", add_channel },
	{ "fault", add_fault }, { "state", say_state },
};

int main(int argc, char **argv)
{
	devices = g_hash_table_new(g_str_hash, g_str_equal);
	all_devices = g_ptr_array_new();
	return mock_main(argc, argv, commands, G_N_ELEMENTS(commands));
}
