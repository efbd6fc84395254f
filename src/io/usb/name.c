#define _GNU_SOURCE /* memrchr */
#include "usb/name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "usb/cdc.h"

static const char digits[] = "0123456789", hex_digits[] = "0123456789abcdefABCDEF";

bool usb_is_name(const char *uri) { return strncmp(uri, USB_NAME_PREFIX, sizeof(USB_NAME_PREFIX) - 1) == 0; }

/* Removes "#2" at the end. Other text after '#' is part of a serial number. */
static bool cut_channel(const char *text, const char **end, struct usb_name *ret)
{
	const char *hash = memrchr(text, '#', (size_t)(*end - text));
	uint64_t n;

	if (!hash || hash + 1 == *end || hash + 1 + strspn(hash + 1, digits) < *end)
		return true;
	if (number_scan(hash + 1, *end, &n) != *end || n == 0 || n > USB_CDC_MAX)
		return false;
	ret->channel = (unsigned)n;
	*end = hash;
	return true;
}

/* Removes "@1-1.4" at the end: a bus, and the ports from there on. */
static void cut_plug(const char *text, const char **end, struct usb_name *ret)
{
	const char *at = memrchr(text, '@', (size_t)(*end - text)), *p;

	if (!at || (size_t)(*end - at - 1) >= sizeof(ret->plug))
		return;
	p = at + 1 + strspn(at + 1, digits);
	if (p == at + 1 || *p != '-' || p + 1 == *end || p + 1 + strspn(p + 1, "0123456789.") < *end)
		return;
	text_copy(ret->plug, sizeof(ret->plug), at + 1, (size_t)(*end - at - 1));
	*end = at;
}

/* One to four digits; returns what follows. */
static const char *read_id(const char *p, const char *end, uint16_t *ret)
{
	size_t n = strspn(p, hex_digits);
	uint64_t id;

	if (n == 0 || n > 4 || p + n > end || !number_scan_hex(p, p + n, &id))
		return NULL;
	*ret = (uint16_t)id;
	return p + n;
}

static bool read_ids(const char *p, const char *end, struct usb_name *ret)
{
	if (p == end)
		return true;
	ret->has_ids = true;
	p = read_id(p, end, &ret->vid);
	if (!p || p == end || *p != ':')
		return false;
	p = read_id(p + 1, end, &ret->pid);
	if (!p || (p < end && *p != ':'))
		return false;
	if (p < end)
		text_copy(ret->serial, sizeof(ret->serial), p + 1, (size_t)(end - p - 1));
	return true;
}

int usb_name_read(const char *uri, struct usb_name *ret, struct diag *diag)
{
	const char *text = uri + sizeof(USB_NAME_PREFIX) - 1, *end = text + strlen(text);
	struct usb_name name = { .channel = 1 };
	struct place at = { .file = uri };

	if (!cut_channel(text, &end, &name))
		return diag_at(diag, at, -EINVAL, "channels are numbered from 1 to %d", USB_CDC_MAX);
	cut_plug(text, &end, &name);
	if (!read_ids(text, end, &name))
		return diag_at(diag, at, -EINVAL,
			       "expected " USB_NAME_FORM
			       ", with ids of up to four"
			       " hexadecimal digits, such as usb:2e8a:0005, or 'usb:' for the only board");
	*ret = name;
	return 0;
}

bool usb_name_fits(const struct usb_name *name, const struct port *port)
{
	return (!name->has_ids || (name->vid == port->vid && name->pid == port->pid)) &&
	       (!name->serial[0] || strcmp(name->serial, port->serial) == 0) &&
	       (!name->plug[0] || strcmp(name->plug, port->location) == 0);
}

/* Needs no quotes in a shell and cannot be mistaken for other parts of a name. */
static bool is_plain(const char *serial)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:.-_+";

	return *serial && !serial[strspn(serial, plain)];
}

void usb_name_make(const struct port *port, unsigned channel, bool by_plug, char *ret, size_t n_ret)
{
	char suffix[16] = "";

	if (channel > 1)
		snprintf(suffix, sizeof(suffix), "#%u", channel);
	if (by_plug || !is_plain(port->serial))
		snprintf(ret, n_ret, "usb:%04x:%04x@%s%s", port->vid, port->pid, port->location, suffix);
	else
		snprintf(ret, n_ret, "usb:%04x:%04x:%s%s", port->vid, port->pid, port->serial, suffix);
}
