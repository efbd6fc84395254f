#include "memprof/io/plugged_boards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "usb/name.h"

int boards_list(struct boards *ret, struct diag *diag)
{
	struct port *ports;
	size_t n;

	*ret = (struct boards){ 0 };
	int r = usb_ids_load(&ret->ids_path, &ret->ids, diag);
	if (r < 0)
		return r;
	r = ports_list(&ports, &n, diag);
	if (r < 0)
		return r;
	ret->all = calloc(n + 1, sizeof(*ret->all));
	for (size_t i = 0; ret->all && i < n; i++) {
		struct board_port *board = &ret->all[ret->n++];
		board->port = ports[i];
		board->id = ports[i].usb ? usb_ids_find(ret->ids, ports[i].vid, ports[i].pid) : NULL;
		board->first = true;
		for (size_t k = 0; k < n; k++)
			if (port_siblings(&ports[k], &ports[i]) && ports[k].interface < ports[i].interface)
				board->first = false;
	}
	free(ports);
	return ret->all ? 0 : diag_set(diag, -ENOMEM, "out of memory");
}

void boards_deinit(struct boards *boards)
{
	free(boards->all);
	usb_ids_free(boards->ids);
	strbuf_deinit(&boards->ids_path);
	*boards = (struct boards){ 0 };
}

/* How likely a MicroPython is behind a port: lower is likelier; NEVER is not asked. */
enum { SURELY, PERHAPS, HARDLY, NEVER };

static int rank(const struct board_port *board)
{
	static const int ranks[N_USB_ID_KINDS] = {
		[USB_ID_ANY] = PERHAPS,
		[USB_ID_BRIDGE] = PERHAPS,
		[USB_ID_DEBUGGER] = HARDLY,
		[USB_ID_BOOTLOADER] = NEVER,
	}; /* all others are boards: SURELY */

	if (!board->port.usb || !board->first)
		return NEVER;
	return board->id ? ranks[board->id->kind] : NEVER;
}

static void say_port(struct strbuf *out, const struct board_port *board)
{
	const char *name = board->id ? board->id->name : board->port.product;

	strbuf_printf(out, "%s%s", out->n_bytes ? ", " : "", board->port.path);
	if (name[0])
		strbuf_printf(out, " (%s)", name);
}

static int best_rank(const struct boards *boards)
{
	int best = NEVER;

	for (size_t i = 0; i < boards->n; i++)
		best = rank(&boards->all[i]) < best ? rank(&boards->all[i]) : best;
	return best;
}

static int say_none(struct diag *diag)
{
	return diag_set(diag, -ENODEV,
			"no known board found on USB: give a port (memprof devices --all lists them), or try sim:pico");
}

int boards_pick(struct strbuf *ret_path, struct diag *diag)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct boards boards;
	size_t n_best = 0;
	int r = boards_list(&boards, diag), best = r == 0 ? best_rank(&boards) : NEVER;

	for (size_t i = 0; best < NEVER && i < boards.n; i++) {
		if (rank(&boards.all[i]) != best)
			continue;
		if (n_best++ == 0)
			strbuf_puts(ret_path, boards.all[i].port.path);
		say_port(&names, &boards.all[i]);
	}
	boards_deinit(&boards);
	if (r < 0 || n_best == 1)
		return r;
	strbuf_reset(ret_path);
	if (n_best == 0)
		return say_none(diag);
	return diag_set(diag, -EINVAL, "%zu boards are plugged in; name one: %s", n_best, strbuf_text(&names));
}

int boards_pick_all(struct boards_picked *ret, struct diag *diag)
{
	struct boards_picked picked = { .n = 0 };
	struct boards boards;
	int r = boards_list(&boards, diag), best = r == 0 ? best_rank(&boards) : NEVER;

	if (r == 0 && best < NEVER)
		picked.paths = calloc(boards.n, sizeof(*picked.paths));
	for (size_t i = 0; picked.paths && i < boards.n; i++)
		if (rank(&boards.all[i]) == best)
			memcpy(picked.paths[picked.n++], boards.all[i].port.path, sizeof(*picked.paths));
	boards_deinit(&boards);
	if (r < 0 || best == NEVER)
		return r < 0 ? r : say_none(diag);
	if (!picked.paths)
		return diag_set(diag, -ENOMEM, "out of memory");
	*ret = picked;
	return 0;
}

void boards_picked_deinit(struct boards_picked *picked)
{
	free(picked->paths);
	*picked = (struct boards_picked){ .n = 0 };
}

/* Of a port, or of a name that has them: usb:37c5:124a. */
static bool find_ids(const char *name, uint16_t *ret_vid, uint16_t *ret_pid)
{
	struct usb_name usb;
	struct port port;

	if (usb_is_name(name)) {
		if (usb_name_read(name, &usb, NULL) < 0 || !usb.has_ids)
			return false;
		*ret_vid = usb.vid;
		*ret_pid = usb.pid;
		return true;
	}
	if (port_find(name, &port) < 0 || !port.usb)
		return false;
	*ret_vid = port.vid;
	*ret_pid = port.pid;
	return true;
}

bool boards_is_openmv(const char *name)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct boards boards = { .ids = NULL };
	struct diag diag;
	uint16_t vid, pid;

	if (strcmp(name, "auto") == 0) {
		if (boards_pick(&path, &diag) < 0 || strbuf_error(&path))
			return false;
		name = strbuf_text(&path);
	}
	if (!find_ids(name, &vid, &pid))
		return false;
	const struct usb_id *id = usb_ids_load(&boards.ids_path, &boards.ids, &diag) == 0 ?
					  usb_ids_find(boards.ids, vid, pid) :
					  NULL;
	bool is = id && id->kind == USB_ID_OPENMV;
	boards_deinit(&boards);
	return is;
}
