/* hex: bytes with the addresses that they have on the board, and what they belong to. */
#include <errno.h>
#include <string.h>

#include "live.h"
#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/intake/bytes.h"
#include "memprof/viewers/hex_view.h"

enum { SPACE_CPU = 1, SPACE_FLASH }; /* --space */
struct hex_args {
	struct output_args output;
	struct board_args board;
	struct option_address base;
	const char *elf, *map, *of_board, *partitions, *dump;
	bool unsafe, words, no_memory, all;
	unsigned space;
};

static const struct option_spec hex_options[] = {
	OPTION_GROUP("Input"),
	{ 0, "base", "ADDRESS", "address of the first byte of a .bin (default: 0)", AS_ADDRESS(hex, base) },
	{ 0, "space", "SPACE", "cpu: run addresses (default); flash: storage addresses", "cpu|flash",
	  AS_CHOICE(hex, space) },
	{ 0, "unsafe", NULL, "board: also read addresses not known to respond", AS_FLAG(hex, unsafe) },
	{ 0, "words", NULL, "board: read 32 bits at a time, as registers require", AS_FLAG(hex, words) },
	{ 0, "no-memory", NULL, "board: do not read its memory, so no owners", AS_FLAG(hex, no_memory) },
	OPTION_GROUP("Symbols and annotations"),
	{ 0, "elf", "FILE", "ELF of the same build: symbols, sections", AS_FILE(hex, elf), .excludes = "board" },
	{ 0, "map", "FILE", "linker map: symbols, sections, regions", AS_FILE(hex, map) },
	{ 0, "board", "BOARD", "gdb: name of a known board, or a FILE.json of yours", AS_NAME(hex, of_board) },
	{ 0, "partitions", "FILE", "partitions.csv or binary table; implies --space flash", AS_FILE(hex, partitions),
	  .excludes = "space=cpu|dump" },
	{ 0, "dump", "FILE", "file: saved heap dump, to identify blocks", AS_FILE(hex, dump),
	  .excludes = "space=flash" },
	OPTION_GROUP("Contents"),
	{ 0, "all", NULL, "also print rows that repeat the previous one", AS_FLAG(hex, all) },
	OPTIONS_PROMPT(hex),
	OPTIONS_SAVE(hex),
	OPTIONS_OUTPUT(hex),
	OPTIONS_SIZES(hex),
	OPTION_END,
};

/* ---- what was asked for ---- */

static int read_arguments(const struct options *options, struct intake_bytes *b)
{
	const struct hex_args *args = options->values;

	*b = (struct intake_bytes){
		.name = options->args[0],
		.wanted_text = options->args[1],
		.wanted_bytes = NOT_KNOWN,
		.base_text = args->base.text,
		.base = args->base.value,
		.flash = args->partitions || args->space == SPACE_FLASH,
		.unsafe = args->unsafe,
		.words = args->words,
		.no_memory = args->no_memory,
		.has_dump = args->dump,
		.elf = args->elf,
		.board = args->of_board,
		.notices = message_notices,
	};
	if (hex_address_parse(b->wanted_text, &b->wanted) < 0) {
		message_error("'%s' is not an address, such as 0x20001230 or NAME+0x10", b->wanted_text);
		return -EINVAL;
	}
	if (options->n_args == 3 &&
	    (number_parse_size(options->args[2], &b->wanted_bytes) < 0 || b->wanted_bytes == 0)) {
		message_error("LENGTH is a size such as 64, 0x100 or 4K, not '%s'", options->args[2]);
		return -EINVAL;
	}
	return 0;
}

static int on_event(void *ctx, struct event *event)
{
	struct intake_bytes *b = ctx;

	if (event->kind == EVENT_SNAPSHOT)
		heap_swap(&b->heap, event->snapshot.heap);
	return 0;
}

/* What names and blocks are known by; of a dump the last one counts. The exit code. */
static int read_inputs(const struct hex_args *args, struct intake_bytes *b)
{
	const struct partition_options options = PARTITION_OPTIONS_INIT;
	struct log_reader dump = { .name = args->dump, .on_event = on_event, .ctx = b };
	struct diag diag = { 0 };
	int error = intake_bytes_names(b, args->map, &diag);

	if (error == 0 && args->map && args->elf)
		load_warn_image(&b->names.image);
	if (error == 0 && args->partitions)
		error = input_partitions(&b->partitions, args->partitions, &options, &diag);
	if (error == 0 && args->dump)
		error = log_read_as(&dump, NULL, &message_notices);
	if (error == 0 && args->dump && b->heap.n_pools == 0)
		error = log_report_no_dump(&dump, &message_notices);
	return error < 0 && !diag.text[0] ? EXIT_INPUT : load_exit(error, &diag);
}

/* ---- the view ---- */

static int write_hex(const struct intake_bytes *b, bool all, struct output *out)
{
	struct owners owners;
	const struct hex_info info = {
		.source = b->name,
		.format = b->format,
		.space = b->flash ? "flash" : "cpu",
		.memory = &b->memory,
		.owners = &owners,
		.start = b->start,
		.n_bytes = b->n_bytes,
		.all = all,
	};
	struct hex_progress at = { 0 };
	struct json j = { .out = &out->text };

	owners_init(&owners, b->start, b->n_bytes);
	if (b->has_names)
		owners_add_image(&owners, &b->names.image, b->flash);
	for (size_t i = 0; i < b->partitions.n_rows; i++) {
		const struct partition *p = &b->partitions.rows[i];
		owners_add(&owners, OWNER_PARTITION, p->offset, p->size_bytes, p->name, strlen(p->name), NULL);
	}
	if (!b->flash)
		owners_add_heap(&owners, &b->heap);
	int r = owners_finalize(&owners);
	if (r < 0)
		message_error("out of memory");
	while (r == 0 && !out->gone &&
	       (out->format == OUTPUT_JSON ? json_hex(&j, &info, &at) : text_hex(&out->text, &info, &at, &out->style)))
		output_drain(out);
	owners_deinit(&owners);
	return r < 0 ? EXIT_INPUT : EXIT_FINE;
}

/* What goes with the one kind of source, and not with the other. */
static int check_source(const struct intake_bytes *b, const struct options *options, bool live)
{
	const char *name = options_any(options,
				       live ? "space=flash|base|partitions|dump" :
					      "unsafe|words|no-memory|interrupt|reset|baud|dtr|rts|save|force");

	if (!name)
		return 0;
	if (live)
		message_error("--%s is for files, and %s is a live board: %s", name, b->name,
			      strcmp(name, "dump") == 0 ? "its own heap is read" :
							  "what it has, it has at addresses of its own");
	else
		message_error("--%s is for a live board, and %s is a file", name, b->name);
	return -EINVAL;
}

static int hex_run(const struct options *options)
{
	const struct hex_args *args = options->values;
	enum intake_kind kind = intake_kind_of(options->args[0]);
	struct session_config config;
	struct intake_bytes b;
	struct diag diag = { 0 };
	struct output out;

	if (read_arguments(options, &b) < 0 || output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if ((kind == INTAKE_TARGET && load_check_prompt(options, b.name) < 0) ||
	    check_source(&b, options, kind != INTAKE_FILE) < 0)
		return output_close(&out, EXIT_INPUT);
	heap_init(&b.heap);
	int code = read_inputs(args, &b);
	if (code == EXIT_FINE && kind == INTAKE_BOARD) {
		code = live_config(&args->board, b.name, &config);
		b.session = &config;
	}
	if (code == EXIT_FINE)
		code = load_exit(intake_bytes(&b, &diag), &diag);
	if (code == EXIT_FINE)
		code = write_hex(&b, args->all, &out);
	intake_bytes_deinit(&b);
	return output_close(&out, code);
}

const struct command command_hex = {
	.name = "hex",
	.usage = "[OPTIONS] SOURCE|FILE ADDRESS [LENGTH]",
	.summary = "print bytes with their addresses and what they belong to",
	.group = GROUP_FILES,
	.options = hex_options,
	.args_bytes = sizeof(struct hex_args),
	.common = { "elf", "map", "base", "json", "output" },
	.examples = { "memprof hex firmware.elf main", "memprof hex /dev/ttyACM0 gc.0 64" },
	.run = hex_run,
};
