/* Inputs that a command line names: what options tell of logs, dumps, scripts and layouts; exit codes of failures. */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/input/figures_file.h"

int load_exit(int error, const struct diag *diag)
{
	static const struct {
		int error, code;
	} codes[] = { { 0, EXIT_FINE }, { -EINTR, EXIT_STOPPED }, { -ENODEV, EXIT_DEVICE } };

	if (error < 0 && error != -EINTR && diag && diag->text[0])
		message_diag(diag);
	else if (error == -ENOMEM)
		message_error("out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (error == codes[i].error)
			return codes[i].code;
	return EXIT_INPUT;
}

/* ---- objects ---- */

int load_objects(const struct objects_spec *spec, const struct board_args *board, struct objects_reading *ret)
{
	struct objects_spec whole = *spec;
	struct session_config config;
	struct diag diag = { 0 };
	int code = board ? live_config(board, spec->name, &config) : EXIT_FINE;

	*ret = (struct objects_reading){ .objects = NULL };
	whole.session = board ? &config : NULL;
	whole.notices = message_notices;
	return code == EXIT_FINE ? load_exit(intake_objects(&whole, ret, &diag), &diag) : code;
}

/* Of the target of a GDB server. */
static int load_target(struct layout_heaps *h, const char *source, const char *elf)
{
	const struct objects_spec spec = { .name = source, .elf = elf };
	struct event event = { .kind = EVENT_SNAPSHOT, .at_us = NOT_KNOWN, .snapshot = EVENT_SNAPSHOT_INIT };
	struct objects_reading reading;
	struct heap heap;
	int code = load_objects(&spec, NULL, &reading);

	heap_init(&heap);
	if (objects_reading_any(&reading) && objects_reading_heap(&reading, &heap) < 0) {
		code = load_exit(-ENOMEM, NULL);
	} else if (objects_reading_any(&reading)) {
		if (reading.objects)
			heap.pools[0].owners = (struct block_owners){ .by = NULL };
		event.snapshot.heap = &heap;
		layout_heaps_event(h, &event);
	}
	heap_deinit(&heap);
	objects_reading_deinit(&reading);
	return code;
}

int load_heaps(struct layout_heaps *h, const struct board_args *board, const char *source, const char *elf)
{
	struct session_config config;
	struct diag diag = { 0 };

	if (intake_kind_of(source) == INTAKE_TARGET)
		return load_target(h, source, elf);
	int code = live_config(board, source, &config);
	return code == EXIT_FINE ? load_exit(layout_ask_board(h, &config, &diag), &diag) : code;
}

int load_check_prompt(const struct options *options, const char *source)
{
	static const char of_prompts[] =
		"words|verify|protocol|interrupt|reset|baud|dtr|rts|save|collect|no-survey|probe-largest|patience|listen-only";
	const char *name = options_any(options, of_prompts);

	if (!name)
		return 0;
	message_error("--%s is for a board at its prompt, and %s has none", name, source);
	return -EINVAL;
}

/* ---- logs ---- */

int load_input_names(const char *const *given, size_t n, struct input_names *ret)
{
	*ret = (struct input_names){ .texts = STRBUF_INIT };
	for (size_t i = 0; i < n; i++) {
		size_t at = ret->texts.n_bytes, n_more = log_inputs(given[i], &ret->texts);
		ret->n += n_more;
		ret->is_expanded |= n_more > 1 ||
				    (strbuf_error(&ret->texts) == 0 && strcmp(ret->texts.text + at, given[i]) != 0);
	}
	ret->all = calloc(ret->n + 1, sizeof(*ret->all));
	if (!ret->all || strbuf_error(&ret->texts) < 0) {
		message_error("out of memory");
		return -EINVAL;
	}
	const char *name = strbuf_text(&ret->texts);
	for (size_t i = 0; i < ret->n; i++, name += strlen(name) + 1)
		ret->all[i] = name;
	return 0;
}

void input_names_deinit(struct input_names *names)
{
	free(names->all);
	strbuf_deinit(&names->texts);
	*names = (struct input_names){ .n = 0 };
}

static int add_named(struct figures *figures, const struct figures_file *file, const char *name)
{
	bool all = strcmp(name, "auto") == 0, any = all;
	struct diag diag = { 0 };
	int r = 0;

	figures_settle(figures, all);
	for (size_t i = 0; i < file->n_entries && r == 0; i++) {
		const struct figures_entry *entry = &file->entries[i];
		if (!all && strcmp(entry->name, name) != 0)
			continue;
		any = true;
		r = figures_entry_use(entry, figures, &diag);
	}
	if (!any)
		message_error(
			"--figures: there are no figures '%s'; memprof help figures lists the names; a pattern has {free}"
			" or the like in it",
			name);
	else if (r < 0)
		message_error("--figures %s: %s", name, diag.text);
	return any ? r : -EINVAL;
}

static int add_pattern(struct figures *figures, const char *pattern)
{
	struct diag diag = { 0 };

	figures_begin_group(figures, "");
	figures_settle(figures, false);
	int r = figures_add(figures, pattern, POOL_OTHER, &diag);
	if (r < 0)
		message_error("--figures '%s': %s; see memprof help figures", pattern, diag.text);
	return r;
}

static int add_all(struct figures *figures, const struct option_list *patterns)
{
	struct figures_file file CLEANUP(figures_file_deinit) = { .document = NULL };
	bool is_narrow = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < patterns->n; i++) {
		const char *value = patterns->all[i];
		bool is_pattern = strchr(value, '{') != NULL;
		is_narrow &= is_pattern;
		if (!is_pattern && !file.document)
			r = MESSAGE_ON(figures_file_read, &file);
		if (r == 0)
			r = is_pattern ? add_pattern(figures, value) : add_named(figures, &file, value);
	}
	if (is_narrow)
		figures_narrow(figures);
	return r;
}

int load_figures(const struct option_list *patterns, struct figures **ret)
{
	struct figures *figures = patterns->n ? figures_new() : NULL;

	*ret = NULL;
	if (patterns->n && !figures) {
		message_error("out of memory");
		return -EINVAL;
	}
	if (figures && add_all(figures, patterns) < 0) {
		figures_free(figures);
		return -EINVAL;
	}
	*ret = figures;
	return 0;
}

int load_log_format(const struct log_args *args, struct log_format *ret)
{
	static const struct option_list all = { .all = { "auto" }, .n = 1 };

	*ret = (struct log_format){ .decoder = args->input ? decoders[args->input - 1] : NULL };
	return load_figures(args->figures.n ? &args->figures : &all, &ret->figures);
}

void log_format_deinit(struct log_format *format)
{
	figures_free(format->figures);
	format->figures = NULL;
}

/* ---- dumps ---- */

int load_check_range(const struct range_args *range)
{
	if (range->from <= range->to)
		return 0;
	message_error("--from %" PRIu64 " comes after --to %" PRIu64, range->from, range->to);
	return -EINVAL;
}

int load_warn_cut(const struct feed *feed, const char *name, bool strict)
{
	const struct capture_counts *counts = capture_counts(feed->capture);

	if (counts->n_cut > 0)
		message_at((struct place){ .file = name }, "warning",
			   "%" PRIu64 " of %" PRIu64 " dumps %s not whole: of these the board's own figures count",
			   counts->n_cut, counts->n_dumps, counts->n_cut == 1 ? "is" : "are");
	return counts->ends_cut || (strict && counts->n_cut > 0) ? EXIT_INPUT : EXIT_FINE;
}

/* ---- files ---- */

enum symbol_names load_symbol_names(unsigned demangle)
{
	static const enum symbol_names names[] = { NAMES_SHORT, NAMES_SHORT, NAMES_FULL, NAMES_LINKAGE };

	return names[demangle];
}

struct linker_scripts load_script_names(const struct script_args *args)
{
	return (struct linker_scripts){
		.names = args->ld.n ? args->ld.all : NULL,
		.defines = args->defines.all,
		.defsyms = args->defsyms.all,
		.folders = args->folders.all,
		.sdkconfig = args->sdkconfig,
		.cpp = args->cpp,
		.notices = message_notices,
	};
}

struct layout_spec load_layout_spec(const struct layout_inputs_args *args)
{
	return (struct layout_spec){
		.board = args->of_board,
		.partitions = args->partitions,
		.bin = args->bin,
		.table_offset = args->table_offset.text ? args->table_offset.value : NOT_KNOWN,
		.flash_bytes = args->flash_bytes,
		.live = args->live,
		.notices = message_notices,
	};
}

void load_warn_image(const struct image *image) { input_image_warn(image, &message_notices); }
