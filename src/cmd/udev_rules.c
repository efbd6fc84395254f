/* The udev rules that devices prints, from the table of USB ids. */
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

/* What matches the ports of an entry, up to what is done with them. */
static void match(struct strbuf *out, const struct usb_id *id)
{
	struct strbuf pids CLEANUP(strbuf_deinit) = STRBUF_INIT;

	products(&pids, id);
	strbuf_printf(out, "# %s\nSUBSYSTEMS==\"usb\", ATTRS{idVendor}==\"%04x\"", id->name, id->vid);
	if (pids.n_bytes > 0)
		strbuf_printf(out, ", ATTRS{idProduct}==\"%s\"", strbuf_text(&pids));
}

static void access_rule(struct strbuf *out, const struct usb_id *id)
{
	/* A converter may as well have a modem behind it. */
	bool board = id->kind != USB_ID_BRIDGE && id->kind != USB_ID_DEBUGGER;

	match(out, id);
	strbuf_printf(out, ", TAG+=\"uaccess\"%s\n", board ? ", ENV{ID_MM_DEVICE_IGNORE}=\"1\"" : "");
}

void udev_rules(struct strbuf *out, const struct usb_ids *ids)
{
	const struct usb_id *id;

	strbuf_puts(out,
		    "# Let whoever is logged in at this computer open the boards that memprof knows.\n"
		    "#     memprof devices --udev | sudo tee /etc/udev/rules.d/60-memprof.rules\n"
		    "#     sudo udevadm control --reload && sudo udevadm trigger\n"
		    "ACTION==\"remove\", GOTO=\"memprof_end\"\n"
		    "SUBSYSTEM!=\"tty\", ENV{DEVTYPE}!=\"usb_device\", GOTO=\"memprof_end\"\n");
	for (size_t i = 0; (id = usb_ids_at(ids, i)); i++)
		access_rule(out, id);
	strbuf_puts(out, "LABEL=\"memprof_end\"\n");
}

/* ---- recording ---- */

static bool is_recorded(const struct usb_id *id)
{
	return id->kind == USB_ID_MICROPYTHON || id->kind == USB_ID_CIRCUITPYTHON || id->kind == USB_ID_OPENMV;
}

/* An entry that is not recorded, among the ids of one that is: the more specific one decides. */
static bool is_exception(const struct usb_ids *ids, const struct usb_id *id)
{
	const struct usb_id *wider;

	if (is_recorded(id))
		return false;
	for (size_t i = 0; (wider = usb_ids_at(ids, i)); i++)
		if (is_recorded(wider) && wider->vid == id->vid && wider->first_pid <= id->first_pid &&
		    wider->last_pid >= id->last_pid)
			return true;
	return false;
}

void udev_record_rules(struct strbuf *out, const struct usb_ids *ids)
{
	const struct usb_id *id;

	/* 60-serial.rules sets ID_SERIAL and makes the link; 60-memprof.rules would be read before it.
	 *
	 * Of a board's ports the first, as memprof selects it: its interface is 01 where a disk or HID is
	 * first (pyboard). Where a port is 00, 01 is its data interface, which has no tty.
	 *
	 * The name is neither escaped nor unescaped (%i): systemd drops backslashes in SYSTEMD_WANTS before
	 * release 258 (its issue 16735), and %I has a / for each '-'. So a name has only characters that a
	 * unit's name may have. udev also lets #, +, =, @, UTF-8 and \x2f through (device-nodes.c,
	 * allow_listed_char_for_devnode).
	 *
	 * Only "add": a recording that was stopped by hand is not resumed by a "change". */
	strbuf_puts(out,
		    "# Boards that memprof knows to run Python: one that is plugged in is recorded.\n"
		    "# Needs memprof-record@.service; see recording.md. After 60-serial.rules:\n"
		    "#     sudo memprof devices --udev-record -o /etc/udev/rules.d/70-memprof-record.rules\n"
		    "ACTION!=\"add\", GOTO=\"memprof_record_end\"\n"
		    "SUBSYSTEM!=\"tty\", GOTO=\"memprof_record_end\"\n"
		    "# The first port of a board: interface 01 where interface 00 is a disk.\n"
		    "ENV{ID_USB_INTERFACE_NUM}!=\"00|01\", GOTO=\"memprof_record_end\"\n"
		    "# Names that are the same in a unit's name, without escaping.\n"
		    "ENV{ID_SERIAL}!=\"?*\", GOTO=\"memprof_record_end\"\n"
		    "ENV{ID_SERIAL}==\"*[!A-Za-z0-9:_.-]*\", GOTO=\"memprof_record_end\"\n");
	for (size_t i = 0; (id = usb_ids_at(ids, i)); i++)
		if (is_exception(ids, id)) {
			match(out, id);
			strbuf_puts(out, ", GOTO=\"memprof_record_end\"\n");
		}
	for (size_t i = 0; (id = usb_ids_at(ids, i)); i++)
		if (is_recorded(id)) {
			match(out, id);
			strbuf_puts(out, ", GOTO=\"memprof_record\"\n");
		}
	strbuf_puts(out,
		    "GOTO=\"memprof_record_end\"\n"
		    "LABEL=\"memprof_record\"\n"
		    "TAG+=\"systemd\", "
		    "ENV{SYSTEMD_WANTS}+=\"memprof-record@$env{ID_SERIAL}-if$env{ID_USB_INTERFACE_NUM}.service\"\n"
		    "LABEL=\"memprof_record_end\"\n");
}
