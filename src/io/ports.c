#define _GNU_SOURCE
#include "memprof/io/ports.h"

#include <dirent.h>
#include <errno.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/text.h"
#include "small_file.h"
#include "usb/list.h"
#include "usb/name.h"

static const char by_id[] = "/dev/serial/by-id";

static void copy(char *ret, size_t n_ret, const char *text) { text_copy(ret, n_ret, text, text ? strlen(text) : 0); }

/* Reads plug and interface of a USB port: the folder of its interface, "1-1.4:1.0", has the plug in its
 * name and the number of the interface in a file. A converter's port is a folder below that one. */
static void read_location(struct port *port)
{
	char path[PATH_MAX], text[16];
	char *real;

	snprintf(path, sizeof(path), "/sys/class/tty/%s/device", port->path + sizeof("/dev/") - 1);
	real = realpath(path, NULL);
	if (!real)
		return;
	char *colon = strrchr(real, ':');
	char *slash = colon ? strchr(colon, '/') : NULL;
	if (slash)
		*slash = '\0';
	if (colon) {
		snprintf(path, sizeof(path), "%s/bInterfaceNumber", real);
		small_file_line(path, text, sizeof(text));
		port->interface = (unsigned)strtoul(text, NULL, 16);
		*colon = '\0';
		slash = strrchr(real, '/');
		copy(port->location, sizeof(port->location), slash ? slash + 1 : real);
	}
	free(real);
}

static void read_by_id(struct port *port)
{
	DIR *dir = opendir(by_id);
	struct dirent *entry;
	char path[sizeof(by_id) + NAME_MAX + 1];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", by_id, entry->d_name);
		char *real = realpath(path, NULL);
		if (real && strcmp(real, port->path) == 0)
			copy(port->by_id, sizeof(port->by_id), path);
		free(real);
	}
	if (dir)
		closedir(dir);
}

static void read_port(const struct sp_port *sp, struct port *ret)
{
	int vid, pid;

	*ret = (struct port){ 0 };
	copy(ret->path, sizeof(ret->path), sp_get_port_name(sp));
	ret->usb = sp_get_port_transport(sp) == SP_TRANSPORT_USB && sp_get_port_usb_vid_pid(sp, &vid, &pid) == SP_OK;
	if (!ret->usb)
		return;
	ret->vid = (uint16_t)vid;
	ret->pid = (uint16_t)pid;
	copy(ret->serial, sizeof(ret->serial), sp_get_port_usb_serial(sp));
	copy(ret->product, sizeof(ret->product), sp_get_port_usb_product(sp));
	copy(ret->manufacturer, sizeof(ret->manufacturer), sp_get_port_usb_manufacturer(sp));
	read_location(ret);
	read_by_id(ret);
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct port *)a)->path, ((const struct port *)b)->path);
}

/* Excludes the kernel's placeholders: consoles have no device, absent serial8250 ports have type 0.
 * (libserialport's list opens each of them to find out.) */
static bool exists(const char *name)
{
	char path[PATH_MAX], type[16];

	snprintf(path, sizeof(path), "/sys/class/tty/%s/device", name);
	if (access(path, F_OK) != 0)
		return false;
	snprintf(path, sizeof(path), "/sys/class/tty/%s/type", name);
	small_file_line(path, type, sizeof(type));
	return strcmp(type, "0") != 0;
}

int ports_list(struct port **ret, size_t *ret_n, struct diag *diag)
{
	enum { PORTS_MAX = 1024 };
	DIR *dir = opendir("/sys/class/tty"); /* NULL for example in a container: no ports */
	struct port *ports = calloc(1, sizeof(*ports));
	struct dirent *entry;
	size_t n = 0;

	while (dir && ports && n < PORTS_MAX && (entry = readdir(dir))) {
		char path[sizeof("/dev/") + NAME_MAX];
		if (entry->d_name[0] == '.' || !exists(entry->d_name))
			continue;
		struct port *more = realloc(ports, (n + 1) * sizeof(*ports));
		if (!more) {
			free(ports);
			ports = NULL;
			break;
		}
		ports = more;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		n += port_find(path, &ports[n]) == 0;
	}
	if (dir)
		closedir(dir);
	if (!ports)
		return diag_set(diag, -ENOMEM, "out of memory");
	qsort(ports, n, sizeof(*ports), by_name);
	*ret = ports;
	*ret_n = n;
	return 0;
}

static int find_usb(const char *name, struct port *ret)
{
	const struct usb_item *item;
	struct usb_item *items;
	struct diag diag;
	size_t n;
	int r = usb_list(&items, &n, &diag);

	if (r < 0)
		return r;
	r = usb_find(items, n, name, &item, &diag);
	if (r == 0)
		*ret = item->port;
	free(items);
	return r < 0 ? -ENOENT : 0;
}

int port_find(const char *name, struct port *ret)
{
	if (usb_is_name(name))
		return find_usb(name, ret);

	char *real = realpath(name, NULL);
	struct sp_port *sp;
	bool found = real && sp_get_port_by_name(real, &sp) == SP_OK;

	free(real);
	if (!found)
		return -ENOENT;
	read_port(sp, ret);
	sp_free_port(sp);
	return 0;
}

bool port_same(const struct port *a, const struct port *b)
{
	if (!a->usb || !b->usb)
		return a->usb == b->usb && strcmp(a->path, b->path) == 0;
	return a->vid == b->vid && a->pid == b->pid && a->interface == b->interface &&
	       strcmp(a->serial, b->serial) == 0 && (a->serial[0] || strcmp(a->location, b->location) == 0);
}

bool port_siblings(const struct port *a, const struct port *b)
{
	return a->usb && b->usb && a->location[0] && strcmp(a->location, b->location) == 0;
}
