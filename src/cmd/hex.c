/* hex: bytes with the addresses that they have on the board, and what they belong to. */
#include "hex.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memprof/source.h"
#include "memprof/view.h"
#include "message.h"
#include "output.h"
#include "reading.h"

enum { DEFAULT_BYTES = 256 };

static const struct option_spec hex_options[] = {
	OPTION_GROUP("What to read"),
	{ 0, "base", "ADDRESS", "of a .bin: where its first byte lies (default: 0)" },
	{ 0, "space", "SPACE", "cpu: addresses (default); flash: where it is stored", "cpu|flash" },
	{ 0, "unsafe", NULL, "of a board: also what is not known to answer" },
	{ 0, "words", NULL, "of a board: 32 bits at a time, as registers want" },
	OPTION_GROUP("Names"),
	{ 0, "elf", "FILE", "the ELF of the same build: symbols and sections" },
	{ 0, "map", "FILE", "its linker map: the same, and regions" },
	{ 0, "partitions", "FILE", "partitions.csv or the binary table; implies --space flash" },
	{ 0, "dump", "FILE", "of a file: a saved heap dump, for its blocks" },
	OPTION_GROUP("What to show"),
	{ 0, "all", NULL, "also rows that repeat the one before" },
	OPTIONS_BOARD,
	OPTIONS_SAVE,
	OPTIONS_OUTPUT,
	OPTION_END
};

/* ---- what was asked for ---- */

static int read_arguments(const struct options *options, struct hex_job *job)
{
	const char *base = option_value(options, "base"), *space = option_value(options, "space");

	if (options->n_args < 2 || options->n_args > 3) {
		message_error("hex takes a SOURCE or FILE, an ADDRESS and perhaps a LENGTH; see memprof hex --help");
		return -EINVAL;
	}
	job->options = options;
	job->source = options->args[0];
	job->wanted_text = options->args[1];
	job->wanted_bytes = NOT_KNOWN;
	if (hex_address_parse(job->wanted_text, &job->wanted) < 0) {
		message_error("'%s' is no address; one is a number such as 0x20001230, or NAME+0x10", job->wanted_text);
		return -EINVAL;
	}
	if (options->n_args == 3 &&
	    (number_parse_size(options->args[2], &job->wanted_bytes) < 0 || job->wanted_bytes == 0)) {
		message_error("LENGTH is a size such as 64, 0x100 or 4K, not '%s'", options->args[2]);
		return -EINVAL;
	}
	if (base && number_parse(base, &job->base) < 0) {
		message_error("--base takes an address such as 0x10000000, not '%s'", base);
		return -EINVAL;
	}
	job->base_given = base != NULL;
	bool partitions = option_is(options, "partitions");
	if (partitions && space && strcmp(space, "flash") != 0) {
		message_error("partitions are places in flash: --partitions goes with --space flash");
		return -EINVAL;
	}
	job->flash = partitions || (space && strcmp(space, "flash") == 0);
	return 0;
}

static int read_names(struct hex_job *job)
{
	const char *elf = option_value(job->options, "elf"), *map = option_value(job->options, "map");

	if (!elf && !map)
		return 0;
	int r = map ? input_image_read(&job->names, map, IMAGE_WANT_SYMBOLS) :
		input_elf_read(&job->names, elf, IMAGE_WANT_SYMBOLS);
	job->has_names = r == 0;
	if (r < 0 || !map || !elf)
		return r;
	if (input_elf_join(&job->names, &job->more_names, elf, IMAGE_WANT_SYMBOLS) < 0)
		return -EINVAL;
	input_image_say_notes(&job->names.image);
	return 0;
}

static int read_partitions(struct hex_job *job)
{
	const char *name = option_value(job->options, "partitions");
	const struct partition_options options = PARTITION_OPTIONS_INIT;

	return name ? input_partitions(&job->partitions, name, &options) : 0;
}

static int on_event(void *of, struct event *event)
{
	struct hex_job *job = of;

	if (event->kind == EVENT_SNAPSHOT)
		heap_swap(&job->heap, event->snapshot.heap);
	return 0;
}

/* The last dump counts. */
static int read_dump(struct hex_job *job)
{
	struct reading r = { .command = "hex", .name = option_value(job->options, "dump"), .on_event = on_event, .of = job };
	struct diag diag = { 0 };

	if (!r.name)
		return 0;
	if (reading_run(&r, &diag) < 0) {
		if (!diag.at.file)
			diag.at.file = r.name;
		message_diag(&diag);
		return -EINVAL;
	}
	if (job->heap.n_pools == 0) {
		reading_say_no_dump(&r);
		return -EINVAL;
	}
	return 0;
}

static bool find_partition(const struct hex_job *job, uint64_t *ret_start, uint64_t *ret_size_bytes)
{
	for (size_t i = 0; i < job->partitions.n_rows; i++) {
		const struct partition *p = &job->partitions.rows[i];
		if (strlen(p->name) != job->wanted.n_name || memcmp(p->name, job->wanted.name, job->wanted.n_name) != 0)
			continue;
		*ret_start = p->offset;
		*ret_size_bytes = p->size_bytes;
		return true;
	}
	return false;
}

static int say_no_name(const struct hex_job *job)
{
	bool heap = job->heap.n_pools > 0;

	message_error("nothing is called '%.*s'%s", (int)job->wanted.n_name, job->wanted_text,
		      job->flash ? ": in flash only partitions (--partitions) and sections (--elf) have places" :
		      job->has_names ? ": no symbol, no section, and no area of the heap" :
		      heap ? ": no area of the heap; --elf FILE tells of symbols and sections" :
			     "; --elf FILE tells of symbols and sections, --dump FILE of the heap");
	return -ENOENT;
}

int hex_resolve(struct hex_job *job)
{
	const struct hex_address *wanted = &job->wanted;
	const struct image *image = job->has_names ? &job->names.image : NULL;
	uint64_t start = 0, size_bytes = NOT_KNOWN;

	if (wanted->name && !find_partition(job, &start, &size_bytes) &&
	    !hex_find(image, &job->heap, job->flash, wanted->name, wanted->n_name, &start, &size_bytes))
		return say_no_name(job);
	if (wanted->offset >= UINT64_MAX - start) {
		message_error("'%s' is beyond the last address", job->wanted_text);
		return -ENOENT;
	}
	job->start = start + wanted->offset;
	job->n_bytes = job->wanted_bytes;
	if (job->n_bytes == NOT_KNOWN)
		job->n_bytes = size_bytes != NOT_KNOWN && size_bytes > wanted->offset ?
			       MIN(size_bytes - wanted->offset, (uint64_t)DEFAULT_BYTES) : DEFAULT_BYTES;
	job->n_bytes = MIN(job->n_bytes, UINT64_MAX - job->start);
	return 0;
}

/* ---- the view ---- */

static int show(struct hex_job *job, struct output *out)
{
	struct owners owners;
	const struct hex_info info = {
		.source = job->source, .format = job->format, .space = job->flash ? "flash" : "cpu",
		.memory = &job->memory, .owners = &owners, .start = job->start, .n_bytes = job->n_bytes,
		.all = option_is(job->options, "all"),
	};
	struct hex_progress at = { 0 };
	struct json j;

	owners_init(&owners, job->start, job->n_bytes);
	if (job->has_names)
		owners_add_image(&owners, &job->names.image, job->flash);
	for (size_t i = 0; i < job->partitions.n_rows; i++) {
		const struct partition *p = &job->partitions.rows[i];
		owners_add(&owners, OWNER_PARTITION, p->offset, p->size_bytes, p->name, strlen(p->name), NULL);
	}
	if (!job->flash)
		owners_add_heap(&owners, &job->heap);
	int r = owners_settle(&owners);
	if (r < 0)
		message_error("out of memory");
	json_init(&j, &out->text, false);
	while (r == 0 && !out->gone &&
	       (out->format == OUTPUT_JSON ? json_hex(&j, &info, &at) : text_hex(&out->text, &info, &at, &out->style)))
		output_drain(out);
	owners_deinit(&owners);
	return r < 0 ? EXIT_INPUT : EXIT_FINE;
}

static void deinit(struct hex_job *job)
{
	input_image_deinit(&job->names);
	input_image_deinit(&job->more_names);
	heap_deinit(&job->heap);
	partition_table_deinit(&job->partitions);
	memory_deinit(&job->memory);
	blob_deinit(&job->blob);
	free(job->bytes);
}

static int hex_run(const struct options *options)
{
	struct hex_job job = { 0 };
	struct output out;
	int code = EXIT_INPUT;

	if (read_arguments(options, &job) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	heap_init(&job.heap);
	bool live = strcmp(job.source, "auto") == 0 || source_kind_of(job.source)->live;
	if (live && (job.flash || job.base_given))
		message_error("--space flash and --base are for files; a board's flash has addresses of its own");
	else if (live && option_is(options, "dump"))    /* another heap's addresses would be taken for readable ones */
		message_error("--dump is for files; a live board is asked for its own heap");
	else if (!live && (option_is(options, "unsafe") || option_is(options, "words")))
		message_error("--unsafe and --words are for a live board; %s is a file", job.source);
	else if (read_names(&job) == 0 && read_partitions(&job) == 0 && read_dump(&job) == 0)
		code = live ? hex_live(&job) : hex_file(&job);
	if (code == EXIT_FINE && job.format)
		code = show(&job, &out);
	deinit(&job);
	return output_close(&out, code);
}

const struct command command_hex = {
	.name = "hex",
	.usage = "[OPTIONS] SOURCE|FILE ADDRESS [LENGTH]",
	.says = "show bytes with their addresses and what they belong to",
	.group = GROUP_FILES,
	.options = hex_options,
	.examples = { "memprof hex firmware.elf main",
		      "memprof hex /dev/ttyACM0 gc.0 1K" },
	.run = hex_run,
};
