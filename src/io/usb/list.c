#define _GNU_SOURCE /* strverscmp */
#include "usb/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/vec.h"
#include "small_file.h"
#include "usb/name.h"

enum { HUB = 9, DEVICES_MAX = 1024 };

static const char folder[] = "/sys/bus/usb/devices";

struct items {
	VEC(struct usb_item, all);
	bool failed;
};

static void attribute(const char *device, const char *name, char *ret, size_t n_ret)
{
	char path[sizeof(folder) + NAME_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, device, name);
	small_file_line(path, ret, n_ret);
}

static unsigned long number(const char *device, const char *name, int base)
{
	char text[16];

	attribute(device, name, text, sizeof(text));
	return strtoul(text, NULL, base);
}

static size_t read_descriptors(const char *device, uint8_t *ret)
{
	char path[sizeof(folder) + NAME_MAX + 16];
	size_t n = 0;
	ssize_t more;

	snprintf(path, sizeof(path), "%s/%s/descriptors", folder, device);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (n < USB_DESCRIPTORS_MAX_BYTES && (more = read(fd, ret + n, USB_DESCRIPTORS_MAX_BYTES - n)) > 0)
		n += (size_t)more;
	close(fd);
	return n;
}

/* "1-1.4:1.0/tty/ttyACM0" */
static void read_tty(const char *device, unsigned long config, struct usb_item *item)
{
	char path[sizeof(folder) + NAME_MAX + 48];
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/%s:%lu.%u/tty", folder, device, config, item->cdc.control);
	DIR *dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < sizeof(item->tty) - sizeof("/dev/"))
			snprintf(item->tty, sizeof(item->tty), "/dev/%.24s", entry->d_name);
	if (dir)
		closedir(dir);
}

static bool read_identity(const char *device, struct usb_item *ret)
{
	struct port *port = &ret->port;

	*ret = (struct usb_item){
		.bus = (uint8_t)number(device, "busnum", 10),
		.address = (uint8_t)number(device, "devnum", 10),
		.port = { .usb = true,
			  .vid = (uint16_t)number(device, "idVendor", 16),
			  .pid = (uint16_t)number(device, "idProduct", 16) },
	};
	attribute(device, "serial", port->serial, sizeof(port->serial));
	attribute(device, "product", port->product, sizeof(port->product));
	attribute(device, "manufacturer", port->manufacturer, sizeof(port->manufacturer));
	snprintf(port->location, sizeof(port->location), "%.31s", device);
	return ret->address != 0 && number(device, "bDeviceClass", 16) != HUB;
}

/* Adds one item per channel. descriptors has room for USB_DESCRIPTORS_MAX_BYTES. */
static void read_device(const char *device, uint8_t *descriptors, struct items *items)
{
	struct usb_cdc found[USB_CDC_MAX];
	struct usb_item item, *new;
	unsigned long config = number(device, "bConfigurationValue", 10);
	size_t n_bytes;

	if (!read_identity(device, &item))
		return;
	size_t n = read_descriptors(device, descriptors);
	const uint8_t *active = n ? usb_config_find(descriptors, n, (uint8_t)config, &n_bytes) : NULL;
	item.n_channels = active ? (unsigned)usb_cdc_find(active, n_bytes, found) : 0;
	for (unsigned i = 0; i < item.n_channels || i == 0; i++) {
		new = vec_add(items, all);
		if (!new) {
			items->failed = true;
			return;
		}
		*new = item;
		if (item.n_channels == 0)
			return;
		new->channel = i + 1;
		new->cdc = found[i];
		new->port.interface = found[i].control;
		read_tty(device, config, new);
	}
}

static int by_plug(const void *a, const void *b)
{
	const struct usb_item *one = a, *other = b;
	int r = strverscmp(one->port.location, other->port.location);

	return r ? r : (one->channel > other->channel) - (one->channel < other->channel);
}

static bool has_twin(const struct items *items, const struct usb_item *item)
{
	const struct port *port = &item->port;

	for (size_t i = 0; i < items->n_all; i++) {
		const struct port *other = &items->all[i].port;
		if (other->vid == port->vid && other->pid == port->pid && strcmp(other->serial, port->serial) == 0 &&
		    strcmp(other->location, port->location) != 0)
			return true;
	}
	return false;
}

int usb_list(struct usb_item **ret, size_t *ret_n, struct diag *diag)
{
	uint8_t *descriptors = malloc(USB_DESCRIPTORS_MAX_BYTES);
	struct items items = { 0 };
	struct dirent *entry;
	DIR *dir = opendir(folder); /* NULL for example in a container: no devices */
	size_t n_devices = 0;

	/* Names of interfaces have a colon, root hubs are named usb1. */
	while (descriptors && dir && n_devices < DEVICES_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || strchr(entry->d_name, ':'))
			continue;
		read_device(entry->d_name, descriptors, &items);
		n_devices++;
	}
	if (dir)
		closedir(dir);
	items.failed |= !descriptors;
	free(descriptors);
	if (!items.all)
		items.all = calloc(1, sizeof(*items.all));
	if (items.failed || !items.all) {
		free(items.all);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	qsort(items.all, items.n_all, sizeof(*items.all), by_plug);
	for (size_t i = 0; i < items.n_all; i++) {
		struct port *port = &items.all[i].port;
		usb_name_make(port, items.all[i].channel, has_twin(&items, &items.all[i]), port->path,
			      sizeof(port->path));
	}
	*ret = items.all;
	*ret_n = items.n_all;
	return 0;
}

void usb_node(const struct usb_item *item, char ret[USB_NODE_CHARS])
{
	snprintf(ret, USB_NODE_CHARS, "/dev/bus/usb/%03u/%03u", item->bus, item->address);
}
