#include "udev_rules.h"

#include <stdbool.h>

/* The product ids of an entry as patterns of udev(7): "0005", "400?", "80??|81??". Empty: all. */
static void products(struct strbuf *out, const struct usb_id *id)
{
	static const char *const any[] = { "", "?", "??", "???" };
	unsigned first = id->first_pid, last = id->last_pid, n_any = 0;

	/* Digits at the end that run from 0 to f are any digits. */
	while (n_any < 4 && (first & 15) == 0 && (last & 15) == 15) {
		first >>= 4;
		last >>= 4;
		n_any++;
	}
	for (unsigned head = first; n_any < 4 && head <= last; head++)
		strbuf_printf(out, "%s%0*x%s", head > first ? "|" : "", (int)(4 - n_any), head, any[n_any]);
}

static void rule(struct strbuf *out, const struct usb_id *id)
{
	struct strbuf pids CLEANUP(strbuf_deinit) = STRBUF_INIT;
	/* A converter may as well have a modem behind it. */
	bool board = id->kind != USB_ID_BRIDGE && id->kind != USB_ID_DEBUGGER;

	products(&pids, id);
	strbuf_printf(out, "# %s\nSUBSYSTEMS==\"usb\", ATTRS{idVendor}==\"%04x\"", id->name, id->vid);
	if (pids.n_bytes > 0)
		strbuf_printf(out, ", ATTRS{idProduct}==\"%s\"", strbuf_text(&pids));
	strbuf_printf(out, ", TAG+=\"uaccess\"%s\n", board ? ", ENV{ID_MM_DEVICE_IGNORE}=\"1\"" : "");
}

void udev_rules(struct strbuf *out, const struct usb_ids *ids)
{
	const struct usb_id *id;

	strbuf_puts(out,
		    "# Boards that memprof knows: whoever sits at this computer may open them.\n"
		    "#     memprof devices --udev | sudo tee /etc/udev/rules.d/60-memprof.rules\n"
		    "#     sudo udevadm control --reload && sudo udevadm trigger\n"
		    "ACTION==\"remove\", GOTO=\"memprof_end\"\n"
		    "SUBSYSTEM!=\"tty\", ENV{DEVTYPE}!=\"usb_device\", GOTO=\"memprof_end\"\n");
	for (size_t i = 0; (id = usb_ids_at(ids, i)); i++)
		rule(out, id);
	strbuf_puts(out, "LABEL=\"memprof_end\"\n");
}
