#define _DEFAULT_SOURCE /* strcasecmp, popen */
#include "memprof/cli/output.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/cli/config.h"
#include "memprof/cli/message.h"

static unsigned terminal_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (columns && number_parse(columns, &n) == 0 && n > 0)
		return (unsigned)MIN(n, UINT64_C(400));
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

static unsigned terminal_rows(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

static bool choose_color(const struct output_args *args, bool to_terminal)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (args->color == COLOR_ALWAYS || args->color == COLOR_NEVER)
		return args->color == COLOR_ALWAYS;
	return to_terminal && !(none && *none) && term && *term && strcmp(term, "dumb") != 0;
}

/* --theme, else what is configured, else by the background of the terminal. Only for text in colours the file is read.
 */
static enum theme choose_theme(const struct output_args *args, bool color)
{
	const char *name = args->theme;
	enum theme theme;

	if (!name && color)
		name = config_default(CONFIG_THEME);
	return name && theme_named(name, &theme) ? theme : theme_of_terminal(getenv("COLORFGBG"));
}

/* The names of formats, and the suffixes of the files that hold them; the first suffix is the one in messages. */
static const struct {
	const char *name, *suffixes[2];
} formats[N_OUTPUT_FORMATS] = {
	[OUTPUT_TEXT] = { "text", { ".txt", ".log" } },
	[OUTPUT_JSON] = { "json", { ".json" } },
	[OUTPUT_MARKDOWN] = { "markdown", { ".md", ".markdown" } },
	[OUTPUT_CSV] = { "csv", { ".csv" } },
	[OUTPUT_SVG] = { "svg", { ".svg" } },
	[OUTPUT_HTML] = { "html", { ".html", ".htm" } },
	[OUTPUT_JUNIT] = { "junit", { ".xml" } },
	[OUTPUT_GITHUB] = { "github", { NULL } },
	[OUTPUT_DOT] = { "dot", { ".dot", ".gv" } },
	[OUTPUT_FOLDED] = { "folded", { ".folded" } },
	[OUTPUT_SPEEDSCOPE] = { "speedscope", { ".speedscope.json" } },
	[OUTPUT_PPROF] = { "pprof", { ".pprof", ".gz" } },
};

const char *output_format_name(enum output_format format) { return formats[format].name; }

bool output_format_named(const char *name, size_t n_bytes, enum output_format *ret)
{
	for (size_t i = 0; i < N_OUTPUT_FORMATS; i++) {
		if (strlen(formats[i].name) == n_bytes && memcmp(formats[i].name, name, n_bytes) == 0) {
			*ret = (enum output_format)i;
			return true;
		}
	}
	return false;
}

const char *output_choices(const struct options *options)
{
	const struct option_spec *spec = options->specs;

	while (spec->help && !(spec->name && strcmp(spec->name, "format") == 0))
		spec++;
	return spec->help ? option_choices(spec) : "";
}

bool output_format_offered(const struct options *options, enum output_format format)
{
	return option_choice_number(output_choices(options), formats[format].name);
}

const char *output_suffix(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	struct stat st;

	if (!dot || dot == name || !dot[1])
		return NULL;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) ? NULL : dot;
}

/* The longest one: ".speedscope.json" is no ".json". */
bool output_format_suffixed(const struct options *options, const char *path, enum output_format *ret)
{
	size_t n_path = strlen(path), n_longest = 0;

	for (size_t i = 0; i < N_OUTPUT_FORMATS; i++) {
		if (!output_format_offered(options, (enum output_format)i))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(formats[i].suffixes) && formats[i].suffixes[k]; k++) {
			size_t n = strlen(formats[i].suffixes[k]);
			if (n <= n_longest || n > n_path || strcasecmp(path + n_path - n, formats[i].suffixes[k]) != 0)
				continue;
			*ret = (enum output_format)i;
			n_longest = n;
		}
	}
	return n_longest > 0;
}

static bool format_of_suffix(const struct options *options, const char *path, const char *suffix,
			     enum output_format *ret)
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (output_format_suffixed(options, path, ret))
		return true;
	for (size_t i = 0; i < N_OUTPUT_FORMATS; i++)
		if (formats[i].suffixes[0] && output_format_offered(options, (enum output_format)i))
			strbuf_printf(&list, "%s%s", list.n_bytes ? ", " : "", formats[i].suffixes[0]);
	message_error("-o %s: no format for suffix '%s'; use one of %s, or add --format", path, suffix,
		      strbuf_text(&list));
	return false;
}

bool output_format_of(const struct options *options, const struct output_args *args, const char *path,
		      enum output_format *ret)
{
	const char *format = args->format, *suffix = path && !format && !args->json ? output_suffix(path) : NULL;

	*ret = args->json ? OUTPUT_JSON : OUTPUT_TEXT;
	if (format && args->json && strcmp(format, formats[OUTPUT_JSON].name) != 0) {
		message_error("--json and --format %s exclude each other", format);
		return false;
	}
	if (suffix)
		return format_of_suffix(options, path, suffix, ret);
	return !format || output_format_named(format, strlen(format), ret);
}

/* A pipe or a device is written directly. */
static int open_special(struct output *out)
{
	out->file = fopen(out->path, "we");
	if (out->file)
		return 0;
	message_at((struct place){ .file = out->path }, "error", "cannot write: %s", strerror(errno));
	return -EINVAL;
}

int exit_worse(int a, int b)
{
	static const int rank[] = { [EXIT_FINE] = 0,   [EXIT_FINDING] = 1, [EXIT_INPUT] = 2,
				    [EXIT_SCRIPT] = 3, [EXIT_DEVICE] = 4,  [EXIT_STOPPED] = 5 };

	return rank[a] >= rank[b] ? a : b;
}

static bool same_file(const struct stat *st, const char *name)
{
	struct stat other;

	return stat(name, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* The input that is this file: a report must not replace its own input, nor a failure remove it. */
static const char *find_input(const struct options *options, const struct stat *st)
{
	for (int i = 0; i < options->n_args; i++)
		if (same_file(st, options->args[i]))
			return options->args[i];
	for (size_t i = 0; i < options->n_given; i++) {
		const struct option_given *given = &options->given[i];
		bool is_written = given->spec->type == OPTION_WRITTEN || given->spec->type == OPTION_OUTPUTS;
		if (given->value && !is_written && same_file(st, given->value))
			return given->value;
	}
	return NULL;
}

const char *output_find_input(const struct options *options, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? find_input(options, &st) : NULL;
}

const char *output_path(const struct output_args *args) { return args->files.n ? args->files.all[0] : NULL; }

int output_open(struct output *out, const struct options *options, const struct output_args *args)
{
	enum output_format format;

	*out = (struct output){ .file = stdout };
	if (!output_format_of(options, args, output_path(args), &format))
		return -EINVAL;
	return output_open_as(out, options, args, format, output_path(args));
}

int output_open_as(struct output *out, const struct options *options, const struct output_args *args,
		   enum output_format format, const char *path)
{
	*out = (struct output){ .path = path, .file = stdout, .format = format };
	out->style.sizes = args->bytes ? SIZES_EXACT : args->human ? SIZES_HUMAN : SIZES_USUAL;
	if (out->path && strcmp(out->path, "-") == 0)
		out->path = NULL;
	bool to_terminal = !out->path && isatty(STDOUT_FILENO);
	message_quiet(args->quiet);
	out->style.color = choose_color(args, to_terminal);
	out->style.theme = choose_theme(args, out->style.color && format == OUTPUT_TEXT);
	unsigned columns = to_terminal ? terminal_columns() : 80;
	out->style.columns = MAX(columns, 40u);
	out->style.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	out->style.map_full = args->map == MAP_FULL;
	out->style.map_rows = args->map == MAP_NONE ? 0 : 12;
	out->pager_wanted = to_terminal && out->format == OUTPUT_TEXT && !args->no_pager && !args->quiet;
	if (!out->path)
		return 0;
	struct stat st;
	bool exists = stat(out->path, &st) == 0;
	if (exists && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return open_special(out);
	if (exists && S_ISREG(st.st_mode) && find_input(options, &st)) {
		message_at((struct place){ .file = out->path }, "error",
			   "this file is an input; choose another one for -o");
		return -EINVAL;
	}
	int fd = new_file_open(&out->new_file, out->path);
	out->file = fd < 0 ? NULL : fdopen(fd, "w");
	out->is_replaced = out->file != NULL;
	if (out->file)
		return 0;
	message_at((struct place){ .file = out->path }, "error", "cannot write: %s", strerror(fd < 0 ? -fd : errno));
	if (fd >= 0)
		new_file_close(&out->new_file, false);
	return -EINVAL;
}

void output_flush(struct output *out)
{
	if (strbuf_error(&out->text) || strbuf_any_failed())
		out->error = ENOMEM;
	else if (!out->gone && !out->error && out->text.n_bytes > 0 &&
		 (fwrite(out->text.text, 1, out->text.n_bytes, out->file) != out->text.n_bytes ||
		  fflush(out->file) != 0)) {
		out->gone = errno == EPIPE;
		out->error = out->gone ? 0 : errno;
	}
	strbuf_reset(&out->text);
}

void output_drain(struct output *out)
{
	if (!out->pager_wanted)
		output_flush(out);
}

static size_t lines_in(const struct strbuf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n_bytes; i++)
		n += text->text[i] == '\n';
	return n;
}

/* Sends text longer than the screen to a pager, or to the terminal if the pager cannot be started. */
static void write_to_pager(struct output *out)
{
	const char *pager = getenv("MEMPROF_PAGER");

	if (!pager)
		pager = getenv("PAGER");
	if (lines_in(&out->text) < terminal_rows() || (pager && !*pager) || strbuf_any_failed())
		return;
	setenv("LESS", "FRX", 0);
	FILE *file = popen(pager ? pager : "less", "w");
	if (!file)
		return;
	void (*old_int)(int) = signal(SIGINT, SIG_IGN); /* the pager handles Ctrl-C while it runs */
	fwrite(out->text.text, 1, out->text.n_bytes, file);
	if (pclose(file) != 127 << 8)
		strbuf_reset(&out->text);
	signal(SIGINT, old_int);
}

int output_close(struct output *out, int exit_code)
{
	bool is_stopped = exit_code == EXIT_STOPPED;

	if (is_stopped)
		strbuf_reset(&out->text);
	if (out->pager_wanted)
		write_to_pager(out);
	output_flush(out);
	bool written = out->is_replaced && (ftello(out->file) > 0 || out->may_be_empty);
	if (out->path && fclose(out->file) != 0 && !out->error)
		out->error = errno;
	if (out->is_replaced) {
		if (!written && exit_code >= EXIT_INPUT && !is_stopped)
			unlink(strbuf_text(&out->new_file.path));
		int error = new_file_close(&out->new_file, written && !out->error && !is_stopped);
		if (error < 0)
			out->error = -error;
	}
	strbuf_deinit(&out->text);
	if (out->error)
		message_at((struct place){ .file = out->path ? out->path : "standard output" }, "error",
			   "cannot write the whole report: %s", strerror(out->error));
	return out->error ? exit_worse(exit_code, EXIT_INPUT) : exit_code;
}
