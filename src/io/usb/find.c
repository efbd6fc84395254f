#define _GNU_SOURCE
#include "usb/list.h"

#include <errno.h>

#include "memprof/io/usb_ids.h"
#include "usb/name.h"

enum {
	OFFERED_MAX = 4, /* names in one message */
	PRODUCT_CHARS = 24,
};

/* ---- boot loaders ---- */

/* A boot loader would take the bytes sent as its own commands, and is never meant by a name without ids. */
static bool is_loader(const struct usb_ids *ids, const struct port *port)
{
	const struct usb_id *id = ids ? usb_ids_find(ids, port->vid, port->pid) : NULL;

	return id && id->kind == USB_ID_BOOTLOADER;
}

static bool may_be(const struct usb_name *name, const struct usb_ids *ids, const struct port *port)
{
	return usb_name_fits(name, port) && !is_loader(ids, port);
}

/* ---- messages ---- */

/* "usb:2e8a:0005:e6614c31 (Board in FS mode), …": devices that may be meant, or all if name is NULL. */
static void offer(struct strbuf *out, const struct usb_item *items, size_t n, const struct usb_name *name,
		  const struct usb_ids *ids)
{
	size_t n_offered = 0;

	for (size_t i = 0; i < n; i++) {
		const struct port *port = &items[i].port;
		if (items[i].channel != 1 || (name && !may_be(name, ids, port)))
			continue;
		if (n_offered++ >= OFFERED_MAX)
			continue;
		strbuf_printf(out, "%s%s", out->n_bytes ? ", " : "", port->path);
		if (port->product[0])
			strbuf_printf(out, " (%.*s)", (int)PRODUCT_CHARS, port->product);
	}
	if (n_offered > OFFERED_MAX)
		strbuf_printf(out, ", and %zu more", n_offered - OFFERED_MAX);
}

static int report_none(const struct usb_item *items, size_t n, const char *uri, const struct usb_item *other,
		       struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct place at = { .file = uri };

	if (other && other->n_channels)
		return diag_at(diag, at, -ENOTTY, "%s has no such channel; it has %u", other->port.path,
			       other->n_channels);
	if (other)
		return diag_at(diag, at, -ENOTTY,
			       "the device (%.*s) has no serial channel of its own (CDC-ACM); for a"
			       " converter, use its port: memprof devices",
			       (int)PRODUCT_CHARS, other->port.product[0] ? other->port.product : "without a name");
	offer(&names, items, n, NULL, NULL);
	if (names.n_bytes)
		return diag_at(diag, at, -ENOENT, "no such USB device; found %s", strbuf_text(&names));
	return diag_at(diag, at, -ENOENT,
		       "no USB device with a serial channel of its own (CDC-ACM); see memprof devices");
}

static int report_several(const struct usb_item *items, size_t n, const char *uri, const struct usb_name *name,
			  const struct usb_ids *ids, size_t n_found, struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;

	offer(&names, items, n, name, ids);
	return diag_at(diag, (struct place){ .file = uri }, -EINVAL, "%zu are plugged in; name one: %s", n_found,
		       strbuf_text(&names));
}

/* ---- the one ---- */

int usb_find(const struct usb_item *items, size_t n, const char *uri, const struct usb_item **ret, struct diag *diag)
{
	const struct usb_item *found = NULL, *other = NULL;
	struct strbuf ids_path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct usb_ids *ids = NULL;
	struct usb_name name;
	size_t n_found = 0;
	int r = usb_name_read(uri, &name, diag);

	if (r < 0)
		return r;
	if (!name.has_ids && !name.plug[0]) /* without the table, no boot loader is known */
		usb_ids_load(&ids_path, &ids, NULL);
	for (size_t i = 0; i < n; i++) {
		if (!may_be(&name, ids, &items[i].port))
			continue;
		if (items[i].channel == name.channel) {
			found = &items[i];
			n_found++;
		} else if (!other && (items[i].channel || name.has_ids || name.plug[0])) {
			other = &items[i];
		}
	}
	if (n_found == 0)
		r = report_none(items, n, uri, other, diag);
	else if (n_found > 1)
		r = report_several(items, n, uri, &name, ids, n_found, diag);
	else
		*ret = found;
	usb_ids_free(ids);
	return r;
}
