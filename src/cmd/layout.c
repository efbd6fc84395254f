/* layout: one table of all that is known about the memory of a board. */
#include <errno.h>

#include "live.h"
#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/layout_view.h"

struct layout_args {
	struct output_args output;
	struct layout_inputs_args inputs;
	struct script_args scripts;
	struct board_args board;
	bool strict;
};

static const struct option_spec layout_options[] = {
	OPTION_GROUP("Inputs, in any combination"),
	{ 0, "map", "FILE", "linker map of the firmware", AS_LIST(layout, inputs.maps) },
	{ 0, "elf", "FILE", "ELF of the same build, also without --map", AS_LIST(layout, inputs.elfs) },
	{ 0, "ld", "FILE", "linker script of a firmware that is not linked yet", AS_LIST(layout, scripts.ld) },
	OPTIONS_SCRIPTS(layout),
	{ 0, "partitions", "FILE", "partitions.csv, binary table, flash dump or UF2",
	  AS_FILE(layout, inputs.partitions) },
	{ 0, "bin", "FILE", "ESP32 firmware image, as flashed", AS_FILE(layout, inputs.bin) },
	{ 0, "board", "BOARD", "name of a known board, or a FILE.json of yours", AS_NAME(layout, inputs.of_board) },
	{ 0, "dump", "FILE", "log with a heap dump; the last complete one counts", AS_LIST(layout, inputs.dumps) },
	{ 0, "live", "SOURCE", "query this board's heap, flash and file systems", AS_NAME(layout, inputs.live) },
	OPTIONS_FLASH(layout),
	OPTIONS_PROMPT(layout),
	OPTION_GROUP("Contents"),
	{ 0, "strict", NULL, "exit 1 if there is a conflict", AS_FLAG(layout, strict) },
	OPTIONS_OUTPUT_IN(layout, "text, json, svg, html, markdown or csv", "text|json|svg|html|markdown|csv"),
	OPTIONS_SIZES(layout),
	OPTION_END,
};

static void write_layout(struct output *out, const struct layout *l)
{
	if (out->format == OUTPUT_JSON) {
		json_layout(&out->text, l);
		return;
	}
	struct document d CLEANUP(doc_deinit);
	document_layout(&d, l);
	output_document(out, &d);
}

/* With nothing to show there is no document about nothing. */
static int write_result(struct output *out, struct layout *l, int code, bool strict)
{
	if (layout_resolve(l) < 0)
		return load_exit(-ENOMEM, NULL);
	if (code == EXIT_STOPPED || (l->n_rows == 0 && code != EXIT_FINE))
		return code;
	l->incomplete = code != EXIT_FINE;
	write_layout(out, l);
	output_drain(out);
	return strict && l->n_conflicts > 0 ? exit_worse(code, EXIT_FINDING) : code;
}

/* Options of the connection, without a board. */
static bool refuse_useless(const struct options *options, const struct layout_args *args)
{
	const char *name = args->inputs.live ? NULL : options_any(options, "interrupt|reset|baud|dtr|rts");

	if (name)
		message_error("--%s requires --live", name);
	return name;
}

/* The exit code: of several inputs the worst. What could be read is claimed all the same. */
static int read_inputs(const struct layout_args *args, struct layout *l)
{
	struct layout_spec spec = load_layout_spec(&args->inputs);
	const char *live = args->inputs.live;
	struct layout_heaps heaps;

	layout_heaps_init(&heaps);
	spec.maps = args->inputs.maps.all;
	spec.elfs = args->inputs.elfs.all;
	spec.dumps = args->inputs.dumps.all;
	spec.scripts = load_script_names(&args->scripts);
	int code = live ? load_heaps(&heaps, &args->board, live, spec.elfs[0]) : EXIT_FINE;
	spec.heaps = live ? &heaps : NULL;
	spec.info = live ? &heaps.board : NULL;
	code = exit_worse(code, layout_read(l, &spec) < 0 ? EXIT_INPUT : EXIT_FINE);
	layout_heaps_deinit(&heaps);
	return code;
}

static int layout_run(const struct options *options)
{
	const struct layout_args *args = options->values;
	struct layout layout = { 0 };
	struct output out;

	if (!options_any(options, "map|elf|ld|partitions|bin|board|dump|live")) {
		message_error("layout takes inputs as options, such as --map FILE; see memprof layout --help");
		return EXIT_INPUT;
	}
	if (refuse_useless(options, args) || output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	int code = write_result(&out, &layout, read_inputs(args, &layout), args->strict);
	layout_deinit(&layout);
	return output_close(&out, code);
}

const struct command command_layout = {
	.name = "layout",
	.usage = "[OPTIONS]",
	.inputs = "inputs are options, as --map FILE",
	.summary = "show what is where on a board: flash, RAM, partitions, heap",
	.group = GROUP_FILES,
	.options = layout_options,
	.args_bytes = sizeof(struct layout_args),
	.common = { "map", "board", "partitions", "live", "output" },
	.examples = { "memprof layout --board raspberrypi-pico --map firmware.elf.map",
		      "memprof layout --partitions partitions.csv -o layout.html" },
	.run = layout_run,
};
