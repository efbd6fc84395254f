/* devices: the serial ports there are, what is behind them, and what keeps us from opening one. */
#include <errno.h>
#include <stdio.h>

#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/plugged_boards.h"
#include "memprof/live/board_poll.h"
#include "memprof/protocol/survey.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/device_view.h"
#include "udev_rules.h"

struct devices_args {
	struct output_args output;
	bool probe, all, udev, udev_record;
};

static const struct option_spec devices_options[] = {
	OPTION_GROUP("Operation"),
	{ 0, "probe", NULL, "query each port for its protocol", AS_FLAG(devices, probe) },
	{ 0, "all", NULL, "also list ports that are not USB", AS_FLAG(devices, all) },
	{ 0, "udev", NULL, "print a udev rule that grants access to boards", AS_FLAG(devices, udev),
	  .excludes = "udev-record" },
	{ 0, "udev-record", NULL, "print udev rules that record boards when plugged in",
	  AS_FLAG(devices, udev_record) },
	OPTIONS_OUTPUT(devices),
	OPTION_END,
};

/* Opens a port as any command does, prints nothing, and gives the prompt back. False: a stop was requested. */
static bool probe(struct device_info *device)
{
	const struct session_config config = { .uri = device->path,
					       .line = SOURCE_LINE_KEEP,
					       .protocol = SESSION_REPL };
	const struct session_handler handler = { .on_event = NULL };
	struct diag diag = { 0 };
	enum session_outcome outcome;
	struct session *s;
	size_t n;

	device->speaks = "unknown";
	int r = session_open(&s, &config, &handler, &outcome, &diag);
	if (r < 0) {
		device->speaks = NULL;
		snprintf(device->missing, sizeof(device->missing), "%.*s", (int)sizeof(device->missing) - 1, diag.text);
		return r != -EINTR;
	}
	if (outcome == SESSION_LISTENING)
		device->speaks = session_agent_talks(s) ? "agent" : "program";
	if (outcome == SESSION_READY) {
		device->speaks = "repl";
		outcome = session_helper(s, survey_questions[0].code);
		if (outcome == SESSION_DONE) {
			const char *answer = session_answer(s, &n);
			survey_questions[0].read(answer, n, &device->board);
		}
	}
	session_close(s);
	return outcome != SESSION_STOPPED;
}

static void describe(const struct board_port *board, struct device_info *ret)
{
	struct strbuf why CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct port_holder holder;

	const struct port *port = &board->port;

	*ret = (struct device_info){
		.path = port->path,
		.usb = port->usb,
		.vid = port->vid,
		.pid = port->pid,
		.interface = port->interface,
		.serial = port->serial,
		.product = port->product,
		.manufacturer = port->manufacturer,
		.by_id = port->by_id,
		.location = port->location,
	};
	if (board->id) {
		ret->name = board->id->name;
		ret->kind = usb_id_kind_name(board->id->kind);
	}
	port_holder(port->path, &holder);
	if (holder.pid)
		snprintf(ret->busy, sizeof(ret->busy), "%s (%ld)", holder.name, (long)holder.pid);
	if (port_forbidden(port->path, &why))
		snprintf(ret->missing, sizeof(ret->missing), "%s", strbuf_text(&why));
}

/* Not a login on a serial line, not the channel for data of a program, no boot loader. */
static bool asks(const struct board_port *board)
{
	return board->port.usb && board->first && !(board->id && board->id->kind == USB_ID_BOOTLOADER);
}

static void list(struct output *out, const struct boards *boards, const struct devices_args *args)
{
	bool as_json = out->format == OUTPUT_JSON, wanted = args->probe;
	struct document d CLEANUP(doc_deinit);
	struct json j;
	size_t n = 0;

	doc_init(&d, "connected boards");
	if (as_json)
		json_devices(&j, &out->text);
	for (size_t i = 0; i < boards->n; i++) {
		struct device_info device;
		if (!boards->all[i].port.usb && !args->all)
			continue;
		describe(&boards->all[i], &device);
		if (wanted && asks(&boards->all[i]) && !device.busy[0] && !device.missing[0])
			wanted = probe(&device);
		if (as_json)
			json_device(&j, &device);
		else
			document_device(&d, &device);
		n++;
	}
	document_devices_end(&d, n, args->all);
	if (as_json)
		json_devices_end(&j);
	else
		output_document(out, &d);
}

static int devices_run(const struct options *options)
{
	const struct devices_args *args = options->values;
	struct boards boards;
	struct output out;
	int code = EXIT_FINE;

	if ((args->udev || args->udev_record ?
		     output_open_as(&out, options, &args->output, OUTPUT_TEXT, output_path(&args->output)) :
		     output_open(&out, options, &args->output)) < 0)
		return EXIT_INPUT;
	if (MESSAGE_ON(boards_list, &boards) < 0) {
		code = EXIT_INPUT;
	} else if (args->udev) {
		udev_rules(&out.text, boards.ids);
	} else if (args->udev_record) {
		udev_record_rules(&out.text, boards.ids);
	} else {
		list(&out, &boards, args);
	}
	boards_deinit(&boards);
	return output_close(&out, code);
}

const struct command command_devices = {
	.name = "devices",
	.usage = "[OPTIONS]",
	.summary = "list connected boards",
	.group = GROUP_BOARD,
	.options = devices_options,
	.args_bytes = sizeof(struct devices_args),
	.common = { "probe", "all", "udev", "udev-record", "format" },
	.examples = { "memprof devices", "memprof devices --probe --json" },
	.run = devices_run,
};
