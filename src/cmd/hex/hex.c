/* hex: bytes with the addresses that they have on the board, and what they belong to. */
#include "hex/hex.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/log_reader.h"
#include "memprof/io/source.h"
#include "memprof/viewers/hex_view.h"

enum {
	DEFAULT_BYTES = 256,
	PATCHED_MAX_BYTES = 16, /* a checksum, a serial number: a tool's work behind the linker, no other build */
	LIVE_MAX_BYTES = 1 << 20,
};

const char hex_not_known[] = "not known to answer (--unsafe reads it)";

static const struct option_spec hex_options[] = {
	OPTION_GROUP("Input"),
	{ 0, "base", "ADDRESS", "address of the first byte of a .bin (default: 0)", AS_ADDRESS(hex, base) },
	{ 0, "space", "SPACE", "cpu: run addresses (default); flash: storage addresses", "cpu|flash",
	  AS_CHOICE(hex, space) },
	{ 0, "unsafe", NULL, "board: also read addresses not known to respond", AS_FLAG(hex, unsafe) },
	{ 0, "words", NULL, "board: read 32 bits at a time, as registers require", AS_FLAG(hex, words) },
	{ 0, "no-memory", NULL, "board: do not read whose the blocks of the heap are", AS_FLAG(hex, no_memory) },
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

static int read_arguments(const struct options *options, struct hex_job *job)
{
	const struct hex_args *args = options->values;

	job->args = args;
	job->source = options->args[0];
	job->wanted_text = options->args[1];
	job->wanted_bytes = NOT_KNOWN;
	if (hex_address_parse(job->wanted_text, &job->wanted) < 0) {
		message_error("'%s' is not an address, such as 0x20001230 or NAME+0x10", job->wanted_text);
		return -EINVAL;
	}
	if (options->n_args == 3 &&
	    (number_parse_size(options->args[2], &job->wanted_bytes) < 0 || job->wanted_bytes == 0)) {
		message_error("LENGTH is a size such as 64, 0x100 or 4K, not '%s'", options->args[2]);
		return -EINVAL;
	}
	job->flash = args->partitions || args->space == SPACE_FLASH;
	return 0;
}

const struct input_image *hex_elf(const struct hex_job *job)
{
	const struct input_image *all[] = { &job->names, &job->more_names };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->blob.bytes && strcmp(all[i]->image.format, image_elf.name) == 0)
			return all[i];
	return NULL;
}

int hex_compare(const struct hex_job *job, uint64_t *ret_n_differ, uint64_t *ret_n_both)
{
	const struct input_image *elf = hex_elf(job);
	struct memory built = { 0 };
	int r = 0;

	*ret_n_differ = *ret_n_both = 0;
	if (elf)
		r = memory_add_constants(&built, &elf->image, (const uint8_t *)elf->blob.bytes, elf->blob.n_bytes);
	if (r < 0)
		message_error("%s: its sections cannot be compared: %s", elf->image.name, strerror(-r));
	memory_finalize(&built);
	if (r == 0)
		*ret_n_differ = memory_differing(&job->memory, &built, ret_n_both);
	memory_deinit(&built);
	return r < 0 ? -EINVAL : 0;
}

int hex_warn_of_build(const struct hex_job *job)
{
	uint64_t n_differ, n_both;

	if (hex_compare(job, &n_differ, &n_both) < 0)
		return -EINVAL;
	if (n_differ > PATCHED_MAX_BYTES)
		message_at((struct place){ .file = hex_elf(job)->image.name }, "warning",
			   "%" PRIu64 " of the %" PRIu64
			   " bytes that it shares with %s differ: it is of another build, and so are the names",
			   n_differ, n_both, job->source);
	return 0;
}

/* Names of two builds at once are wrong names. */
static int join_names(struct hex_job *job)
{
	struct image *map = &job->names.image;
	const struct image *elf = &job->more_names.image;
	const struct image_section *differs;

	if (image_differing(map, elf, &differs) < 0 || (!differs && image_join(map, elf) < 0)) {
		message_error("out of memory");
		return -EINVAL;
	}
	if (differs) {
		message_at((struct place){ .file = map->name }, "error",
			   "it is not of the build of %s: section %.80s has"
			   " another place or size there; give the map and the ELF of one build, or one of them",
			   elf->name, differs->name);
		return -EINVAL;
	}
	load_warn_image(map);
	return 0;
}

static int read_names(struct hex_job *job)
{
	const char *elf = job->args->elf, *map = job->args->map;

	if (!elf && !map)
		return 0;
	int r = map ? load_image(&job->names, map, IMAGE_WANT_SYMBOLS) : load_elf(&job->names, elf, IMAGE_WANT_SYMBOLS);
	job->has_names = r == 0;
	if (r < 0 || !map || !elf)
		return r;
	return load_elf(&job->more_names, elf, IMAGE_WANT_SYMBOLS) < 0 ? -EINVAL : join_names(job);
}

static int read_partitions(struct hex_job *job)
{
	const char *name = job->args->partitions;
	const struct partition_options options = PARTITION_OPTIONS_INIT;

	return name ? load_partitions(&job->partitions, name, &options) : 0;
}

static int on_event(void *ctx, struct event *event)
{
	struct hex_job *job = ctx;

	if (event->kind == EVENT_SNAPSHOT)
		heap_swap(&job->heap, event->snapshot.heap);
	return 0;
}

/* The last dump counts. */
static int read_dump(struct hex_job *job)
{
	struct log_reader r = { .command = "hex", .name = job->args->dump, .on_event = on_event, .ctx = job };

	if (!r.name)
		return 0;
	if (log_read_as(&r, NULL, &message_notices) < 0)
		return -EINVAL;
	return job->heap.n_pools == 0 ? log_report_no_dump(&r, &message_notices) : 0;
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

static int report_no_name(const struct hex_job *job)
{
	static const char dropped[] = "; the program is position-independent, so names of its ELF are of no help";
	bool heap = job->heap.n_pools > 0;
	bool live = source_kind_of(job->source)->live;

	if (heap && job->heap.pools[0].owners.by)
		message_error("no %s of the heap is called '%.*s'; memprof objects lists objects%s",
			      job->names_dropped ? "object" : "symbol, section or object", (int)job->wanted.n_name,
			      job->wanted_text, job->names_dropped ? dropped : "");
	else
		message_error("no symbol or section named '%.*s'%s", (int)job->wanted.n_name, job->wanted_text,
			      job->flash ?
				      ": in flash only partitions (--partitions) and sections (--elf) have names" :
			      job->names_dropped ?
				      dropped :
			      job->has_names ?
				      ", and no area of the heap" :
			      job->args->no_memory ?
				      "; without --no-memory objects of the heap have names, with --elf FILE symbols" :
			      heap || live ? "; give --elf FILE for symbols and sections" :
					     "; give --elf FILE for symbols and sections, --dump FILE for the heap");
	return -ENOENT;
}

bool hex_knows_name(const struct hex_job *job)
{
	const struct hex_address *wanted = &job->wanted;
	uint64_t start, n_bytes;

	return !wanted->name || find_partition(job, &start, &n_bytes) ||
	       hex_find(job->has_names ? &job->names.image : NULL, &job->heap, job->flash, wanted->name, wanted->n_name,
			&start, &n_bytes);
}

int hex_resolve(struct hex_job *job)
{
	const struct hex_address *wanted = &job->wanted;
	const struct image *image = job->has_names ? &job->names.image : NULL;
	uint64_t start = 0, size_bytes = NOT_KNOWN;

	if (wanted->name && !find_partition(job, &start, &size_bytes) &&
	    !hex_find(image, &job->heap, job->flash, wanted->name, wanted->n_name, &start, &size_bytes))
		return report_no_name(job);
	if (wanted->offset >= UINT64_MAX - start) {
		message_error("'%s' is beyond the last address", job->wanted_text);
		return -ENOENT;
	}
	job->start = start + wanted->offset;
	job->n_bytes = job->wanted_bytes;
	if (job->n_bytes == NOT_KNOWN)
		job->n_bytes = size_bytes != NOT_KNOWN && size_bytes > wanted->offset ?
				       MIN(size_bytes - wanted->offset, (uint64_t)DEFAULT_BYTES) :
				       DEFAULT_BYTES;
	job->n_bytes = MIN(job->n_bytes, UINT64_MAX - job->start);
	return 0;
}

int hex_resolve_live(struct hex_job *job)
{
	int r = hex_resolve(job);

	if (r < 0 || job->n_bytes <= LIVE_MAX_BYTES)
		return r;
	message_error("of a live board at most %d bytes are read at a time, not %" PRIu64, LIVE_MAX_BYTES,
		      job->n_bytes);
	return -E2BIG;
}

void hex_drop_relocated(struct hex_job *job)
{
	const struct input_image *elf = hex_elf(job);

	if (!elf || !elf->image.relocated)
		return;
	input_image_deinit(&job->names);
	input_image_deinit(&job->more_names);
	job->has_names = false;
	job->names_dropped = true;
}

/* ---- the view ---- */

static int show(struct hex_job *job, struct output *out)
{
	struct owners owners;
	const struct hex_info info = {
		.source = job->source,
		.format = job->format,
		.space = job->flash ? "flash" : "cpu",
		.memory = &job->memory,
		.owners = &owners,
		.start = job->start,
		.n_bytes = job->n_bytes,
		.all = job->args->all,
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
	int r = owners_finalize(&owners);
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
	objects_reading_deinit(&job->objects);
	partition_table_deinit(&job->partitions);
	memory_deinit(&job->memory);
	blob_deinit(&job->blob);
	free(job->bytes);
}

/* What goes with the one kind of source, and not with the other. */
static int check_source(const struct hex_job *job, const struct options *options, bool live)
{
	const char *name = options_any(options,
				       live ? "space=flash|base|partitions|dump" :
					      "unsafe|words|no-memory|interrupt|reset|baud|dtr|rts|save|force");

	if (!name)
		return 0;
	if (live)
		message_error("--%s is for files, and %s is a live board: %s", name, job->source,
			      strcmp(name, "dump") == 0 ? "its own heap is read" :
							  "what it has, it has at addresses of its own");
	else
		message_error("--%s is for a live board, and %s is a file", name, job->source);
	return -EINVAL;
}

static int hex_run(const struct options *options)
{
	struct hex_job job = { 0 };
	struct output out;
	int code = EXIT_INPUT;

	const struct hex_args *args = options->values;

	if (read_arguments(options, &job) < 0 || output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	heap_init(&job.heap);
	enum intake_kind kind = intake_kind_of(job.source);
	if (kind == INTAKE_TARGET && load_check_prompt(options, job.source) < 0)
		return output_close(&out, EXIT_INPUT);
	bool live = kind != INTAKE_FILE;
	if (check_source(&job, options, live) == 0 && read_names(&job) == 0 && read_partitions(&job) == 0 &&
	    read_dump(&job) == 0)
		code = kind == INTAKE_TARGET ? hex_target(&job) : live ? hex_live(&job) : hex_file(&job);
	if (code == EXIT_FINE && job.format)
		code = show(&job, &out);
	deinit(&job);
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
