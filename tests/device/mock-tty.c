/* mock-tty LOG: serial ports that are not there. libumockdev makes their nodes and what sysfs says of
 * them; programs that run with this process's UMOCKDEV_DIR and libumockdev-preload.so.0 see them. Needs
 * umockdev-wrapper. Each port is a pty whose other side is a socket, so that the board behind it, and
 * every fault of the cable, is the test's own business.
 *
 * Commands on standard input, one a line; each is answered with "ok" or "error: TEXT":
 *     plug PORT NAME VID PID INTERFACE SERIAL SOCKET PRODUCT...
 *         PORT is the plug, "1-1"; NAME is ttyACM0 or ttyUSB0; SERIAL may be "-" for none; SOCKET is
 *         where the test listens for what goes through the port
 *     unplug NAME
 *     lines NAME     the modem lines, and HUPCL and speed of the terminal: "ok dtr rts hupcl baud"
 * The first line of standard output is the folder, UMOCKDEV_DIR.
 *
 * LOG gets a line for each ioctl that has to do with the modem lines or with who may open the port, and
 * for open and close, with the lines as they are then: "ttyACM0 TIOCMSET 0x006". */
#define _GNU_SOURCE
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <umockdev.h>
#include <unistd.h>

#include "mock-main.h"

struct port {
	char *name, *node, *tty_path, *usb_path, *interface_path;
	int bits; /* TIOCM_… */
	int n_open;
	bool gone; /* unplugged, and a program has it open still */
	int master, socket;
	int keep; /* the pty's other side: no hang-up between two programs */
	guint from_master, from_socket;
};

static GHashTable *ports;    /* name -> struct port that is plugged in */
static GHashTable *handlers; /* node -> UMockdevIoctlBase; the library takes one for each name */
static GPtrArray *all_ports; /* those unplugged too: a program may have one open still */

/* ---- modem lines ---- */

static const struct {
	unsigned long request;
	const char *name;
} known[] = {
	{ TIOCMGET, "TIOCMGET" }, { TIOCMSET, "TIOCMSET" }, { TIOCMBIS, "TIOCMBIS" },
	{ TIOCMBIC, "TIOCMBIC" }, { TIOCEXCL, "TIOCEXCL" }, { TIOCNXCL, "TIOCNXCL" },
};

static const char *name_of(unsigned long request)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (known[i].request == request)
			return known[i].name;
	return NULL;
}

static void set_bits(struct port *port, unsigned long request, int bits)
{
	if (request == TIOCMSET)
		port->bits = bits;
	else if (request == TIOCMBIS)
		port->bits |= bits;
	else
		port->bits &= ~bits;
}

static gboolean on_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer of)
{
	struct port *port = g_object_get_data(G_OBJECT(client), "port");
	unsigned long request = umockdev_ioctl_client_get_request(client);
	const char *name = name_of(request);
	int error = 0, r;

	(void)handler;
	(void)of;
	if (!port || port->gone) {
		umockdev_ioctl_client_complete(client, -1, EIO);
		return TRUE;
	}
	if (!name || request == TIOCEXCL || request == TIOCNXCL) {
		if (name)
			fprintf(mock_log, "%s %s\n", port->name, name);
		r = umockdev_ioctl_client_execute(client, &error, NULL);
		umockdev_ioctl_client_complete(client, r, error);
		return TRUE;
	}
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(int), NULL);
	int bits;
	if (request == TIOCMGET) {
		bits = port->bits;
		umockdev_ioctl_data_update(data, 0, (guint8 *)&bits, sizeof(bits));
	} else {
		memcpy(&bits, data->data, sizeof(bits));
		set_bits(port, request, bits);
	}
	umockdev_ioctl_data_unref(data);
	fprintf(mock_log, "%s %s 0x%03x\n", port->name, name, (unsigned)port->bits);
	umockdev_ioctl_client_complete(client, 0, 0);
	return TRUE;
}

/* ---- opening and closing ---- */

static void free_port(gpointer of)
{
	struct port *port = of;

	close(port->socket);
	g_free(port->name);
	g_free(port->node);
	g_free(port->tty_path);
	g_free(port->usb_path);
	g_free(port->interface_path);
	g_free(port);
}

static bool hangs_up(const struct port *port)
{
	struct termios t;

	return ioctl(port->master, TCGETS, &t) == 0 && (t.c_cflag & HUPCL);
}

/* What the kernel does (tty_port.c): the first to open a port raises both lines at once, the last to
 * close it drops them if HUPCL is set. */
static void on_open(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer of)
{
	struct port *port = g_hash_table_lookup(ports, of);

	(void)handler;
	g_object_set_data(G_OBJECT(client), "port", port);
	if (!port)
		return;
	if (port->n_open++ == 0)
		port->bits |= TIOCM_DTR | TIOCM_RTS;
	fprintf(mock_log, "%s open 0x%03x\n", port->name, (unsigned)port->bits);
}

static void on_close(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer of)
{
	struct port *port = g_object_get_data(G_OBJECT(client), "port");

	(void)handler;
	(void)of;
	if (!port)
		return;
	if (--port->n_open == 0 && !port->gone && hangs_up(port))
		port->bits &= ~(TIOCM_DTR | TIOCM_RTS);
	fprintf(mock_log, "%s close 0x%03x\n", port->name, (unsigned)port->bits);
}

/* ---- bytes ---- */

/* Whatever is there goes over; a port that nobody reads fills up, as a real one does. */
static gboolean pump(int from, int to)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof(bytes));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR || errno == EIO);
	for (ssize_t i = 0; i < n;) {
		ssize_t sent = write(to, bytes + i, (size_t)(n - i));
		if (sent > 0)
			i += sent;
		else if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return FALSE;
		else
			usleep(1000);
	}
	return TRUE;
}

static gboolean on_master(gint fd, GIOCondition why, gpointer of)
{
	struct port *port = of;

	(void)why;
	if (pump(fd, port->socket))
		return G_SOURCE_CONTINUE;
	port->from_master = 0;
	return G_SOURCE_REMOVE;
}

static gboolean on_socket(gint fd, GIOCondition why, gpointer of)
{
	struct port *port = of;

	(void)why;
	if (pump(fd, port->master))
		return G_SOURCE_CONTINUE;
	port->from_socket = 0;
	return G_SOURCE_REMOVE;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- commands ---- */

/* Another port of the same USB device is plugged in. */
static bool has_sibling(const struct port *port)
{
	GHashTableIter i;
	gpointer other;

	g_hash_table_iter_init(&i, ports);
	while (g_hash_table_iter_next(&i, NULL, &other))
		if (other != port && strcmp(((struct port *)other)->usb_path, port->usb_path) == 0)
			return true;
	return false;
}

/* A device as the kernel shows it: the USB device, its interface, and the tty below that. A
 * converter's tty has a folder of usb-serial between. */
static char *describe(const struct port *port, char **w, const char *product)
{
	GString *s = g_string_new(NULL);
	bool converter = g_str_has_prefix(port->name, "ttyUSB");

	if (!has_sibling(port)) {
		g_string_printf(s,
				"P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: PRODUCT=%s/%s/100\n"
				"A: idVendor=%s\\n\nA: idProduct=%s\\n\nA: busnum=1\\n\nA: devnum=7\\n\n"
				"A: manufacturer=A Maker\\n\nA: product=%s\\n\n",
				port->usb_path, w[3], w[4], w[3], w[4], product);
		if (strcmp(w[6], "-") != 0)
			g_string_append_printf(s, "A: serial=%s\\n\n", w[6]);
		g_string_append_c(s, '\n');
	}
	g_string_append_printf(s,
			       "P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\n"
			       "A: bInterfaceNumber=%s\\n\n",
			       port->interface_path, w[5]);
	if (converter)
		g_string_append_printf(s, "\nP: %s/%s\nE: SUBSYSTEM=usb-serial\n", port->interface_path, port->name);
	g_string_append_printf(s,
			       "\nP: %s\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/%s\n"
			       "L: device=../../../%s\n\n",
			       port->tty_path, port->name,
			       converter ? port->name : strrchr(port->interface_path, '/') + 1);
	return g_string_free(s, FALSE);
}

static void tell(const struct port *port, const char *action)
{
	g_autofree char *path = g_strconcat("/sys", port->tty_path, NULL);

	umockdev_testbed_uevent(mock_bed, path, action);
}

/* The library makes a pty for a tty by itself, but only once for each name. */
static int make_node(struct port *port)
{
	port->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port->master < 0 || grantpt(port->master) < 0 || unlockpt(port->master) < 0)
		return -1;
	g_autofree char *node = g_build_filename(g_getenv("UMOCKDEV_DIR"), port->node, NULL);
	g_autofree char *folder = g_path_get_dirname(node);
	g_mkdir_with_parents(folder, 0755);
	/* Not by its name, which would be looked for in the library's folder. */
	port->keep = ioctl(port->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	/* Nothing is echoed; and a serial port begins with HUPCL, which a pty does not. */
	struct termios t;
	if (port->keep < 0 || ioctl(port->keep, TCGETS, &t) < 0)
		return -1;
	t.c_iflag = t.c_oflag = t.c_lflag = 0;
	t.c_cflag |= HUPCL;
	ioctl(port->keep, TCSETS, &t);
	return symlink(ptsname(port->master), node);
}

static gboolean attach(const struct port *port, GError **error)
{
	if (g_hash_table_contains(handlers, port->node))
		return TRUE;
	UMockdevIoctlBase *handler = g_object_new(UMOCKDEV_TYPE_IOCTL_BASE, NULL);
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	g_signal_connect(handler, "client-connected", G_CALLBACK(on_open), port->name);
	g_signal_connect(handler, "client-vanished", G_CALLBACK(on_close), NULL);
	g_hash_table_insert(handlers, port->node, handler);
	return umockdev_testbed_attach_ioctl(mock_bed, port->node, handler, error);
}

/* plug PORT NAME VID PID INTERFACE SERIAL SOCKET PRODUCT... */
static const char *plug(char **w, GError **error)
{
	if (g_strv_length(w) < 9)
		return "plug takes 8 words";
	if (g_hash_table_contains(ports, w[2]))
		return "there is one of that name";
	g_autofree char *product = g_strjoinv(" ", w + 8);
	struct port *port = g_new0(struct port, 1);
	bool converter = g_str_has_prefix(w[2], "ttyUSB");

	port->name = g_strdup(w[2]);
	port->node = g_strconcat("/dev/", w[2], NULL);
	port->usb_path = g_strdup_printf("/devices/pci0000:00/0000:00:14.0/usb1/%s", w[1]);
	port->interface_path = g_strdup_printf("%s/%s:1.%d", port->usb_path, w[1], atoi(w[5]));
	port->tty_path = g_strdup_printf("%s%s%s/tty/%s", port->interface_path, converter ? "/" : "",
					 converter ? w[2] : "", w[2]);
	port->socket = connect_to(w[7]);
	g_autofree char *text = describe(port, w, product);
	g_ptr_array_add(all_ports, port);
	if (port->socket < 0 || make_node(port) < 0 || !umockdev_testbed_add_from_string(mock_bed, text, error) ||
	    !attach(port, error))
		return "cannot plug it in";
	port->from_master = g_unix_fd_add(port->master, G_IO_IN, on_master, port);
	port->from_socket = g_unix_fd_add(port->socket, G_IO_IN, on_socket, port);
	g_hash_table_insert(ports, port->name, port);
	tell(port, "add");
	return NULL;
}

static void remove_device(const char *path)
{
	g_autofree char *sys = g_strconcat("/sys", path, NULL);

	umockdev_testbed_remove_device(mock_bed, sys);
}

/* unplug NAME: closing the pty's master is what hangs up. */
static const char *unplug(char **w, GError **error)
{
	struct port *port = w[1] ? g_hash_table_lookup(ports, w[1]) : NULL;

	(void)error;
	if (!port)
		return "no such port";
	g_hash_table_remove(ports, w[1]);
	tell(port, "remove");
	port->gone = true;
	if (port->from_master)
		g_source_remove(port->from_master);
	if (port->from_socket)
		g_source_remove(port->from_socket);
	port->from_master = port->from_socket = 0;
	close(port->keep);
	close(port->master);
	remove_device(port->tty_path);
	g_autofree char *node = g_build_filename(g_getenv("UMOCKDEV_DIR"), port->node, NULL);
	unlink(node);
	if (g_str_has_prefix(port->name, "ttyUSB")) {
		g_autofree char *between = g_strconcat(port->interface_path, "/", port->name, NULL);
		remove_device(between);
	}
	remove_device(port->interface_path);
	if (!has_sibling(port))
		remove_device(port->usb_path);
	return NULL;
}

static unsigned baud(const struct port *port)
{
	struct termios2 t;

	return ioctl(port->master, TCGETS2, &t) == 0 ? t.c_ospeed : 0;
}

static const char *say_lines(char **w, GError **error)
{
	struct port *port = w[1] ? g_hash_table_lookup(ports, w[1]) : NULL;

	(void)error;
	if (!port)
		return "no such port";
	printf("ok %d %d %d %u\n", (port->bits & TIOCM_DTR) != 0, (port->bits & TIOCM_RTS) != 0, hangs_up(port),
	       baud(port));
	return "";
}

static const struct mock_command commands[] = {
	{ "plug", plug },
	{ "unplug", unplug },
	{ "lines", say_lines },
};

int main(int argc, char **argv)
{
	ports = g_hash_table_new(g_str_hash, g_str_equal);
	handlers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_object_unref);
	all_ports = g_ptr_array_new_with_free_func(free_port);
	int code = mock_main(argc, argv, commands, G_N_ELEMENTS(commands));
	g_hash_table_destroy(handlers);
	g_hash_table_destroy(ports);
	g_ptr_array_unref(all_ports);
	return code;
}
