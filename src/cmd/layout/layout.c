/* layout: one table of all that is known about the memory of a board. */
#include "memprof/layout/layout.h"
#include "load.h"

#include <errno.h>

#include "layout/inputs.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/viewers/layout_view.h"

static const struct option_spec layout_options[] = {
	OPTION_GROUP("Inputs, in any combination"),
	{ 0, "map", "FILE", "linker map of the firmware" },
	{ 0, "elf", "FILE", "ELF of the same build, also without --map" },
	{ 0, "ld", "FILE", "linker script of a firmware that is not linked yet" },
	OPTIONS_SCRIPTS,
	{ 0, "partitions", "FILE", "partitions.csv, binary table, flash dump or UF2" },
	{ 0, "bin", "FILE", "ESP32 firmware image, as flashed" },
	{ 0, "board", "BOARD", "name of a known board, or a FILE.json of yours" },
	{ 0, "dump", "FILE", "log with a heap dump; the last complete one counts" },
	{ 0, "live", "SOURCE", "query this board's heap, flash and file systems" },
	{ 0, "flash-size", "SIZE", "size of the flash chip, as 4M" },
	{ 0, "table-offset", "N", "offset of the partition table (default: 0x8000)" },
	OPTIONS_PROMPT,
	OPTION_GROUP("Contents"),
	{ 0, "strict", NULL, "exit 1 if there is a conflict" },
	OPTIONS_OUTPUT_IN("text, json, svg, html, markdown or csv", "text|json|svg|html|markdown|csv"),
	OPTIONS_SIZES,
	OPTION_END,
};

static void write_layout(struct output *out, const struct layout *l)
{
	static void (*const write[N_OUTPUT_FORMATS])(struct strbuf * out, const struct layout *l) = {
		[OUTPUT_JSON] = json_layout, [OUTPUT_MARKDOWN] = markdown_layout, [OUTPUT_CSV] = csv_layout,
		[OUTPUT_SVG] = svg_layout,   [OUTPUT_HTML] = html_layout,
	};

	if (write[out->format])
		write[out->format](&out->text, l);
	else
		text_layout(&out->text, l, &out->style);
}

/* With nothing to show there is no document about nothing. */
static int show(struct output *out, struct layout *l, int code, bool strict)
{
	if (layout_resolve(l) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (l->n_rows == 0 && code != EXIT_FINE)
		return code;
	l->incomplete = code != EXIT_FINE;
	write_layout(out, l);
	output_drain(out);
	return strict && l->n_conflicts > 0 ? exit_worse(code, EXIT_FINDING) : code;
}

static bool is_input(const struct options *options)
{
	static const char *const names[] = { "map", "elf", "ld", "partitions", "bin", "board", "dump", "live" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (option_is(options, names[i]))
			return true;
	return false;
}

/* Options that say something about another one: of no use without it. */
static bool refuse_useless(const struct options *options)
{
	static const struct {
		const char *needed, *option;
	} all[] = {
		{ "live", "interrupt" }, { "live", "reset" },
		{ "live", "baud" },      { "live", "dtr" },
		{ "live", "rts" },       { "ld", "define" },
		{ "ld", "defsym" },      { "ld", "path" },
		{ "ld", "cpp" },         { "partitions", "table-offset" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (option_is(options, all[i].option) && !option_is(options, all[i].needed)) {
			message_error("--%s requires --%s", all[i].option, all[i].needed);
			return true;
		}
	if (!option_nth(options, "board", 1))
		return false;
	message_error("--board given more than once: a layout is of one board");
	return true;
}

static int layout_run(const struct options *options)
{
	struct layout layout = { 0 };
	struct output out;

	if (options->n_args > 0 || !is_input(options)) {
		message_error("layout takes inputs as options, such as --map FILE; see memprof layout --help");
		return EXIT_INPUT;
	}
	if (refuse_useless(options) || output_open(&out, options) < 0)
		return EXIT_INPUT;
	int code = layout_inputs_read(options, NULL, &layout);
	code = show(&out, &layout, code, option_is(options, "strict"));
	layout_deinit(&layout);
	return output_close(&out, code);
}

const struct command command_layout = {
	.name = "layout",
	.usage = "[OPTIONS]",
	.summary = "show the memory layout of a board, merged from all inputs",
	.group = GROUP_FILES,
	.options = layout_options,
	.common = { "map", "board", "partitions", "live", "output" },
	.examples = { "memprof layout --board raspberrypi-pico --map firmware.elf.map",
		      "memprof layout --partitions partitions.csv -o layout.html" },
	.run = layout_run,
};
