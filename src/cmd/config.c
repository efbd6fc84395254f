#define _DEFAULT_SOURCE /* lstat */
/* config: the user's defaults, which are in a file of lines KEY = VALUE. */
#include "memprof/cli/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/base/text.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/blob.h"

struct config_args {
	const char *unset;
};

static const struct option_spec config_options[] = {
	{ 0, "unset", "KEY", "remove KEY from the file", AS_NAME(config, unset) },
	OPTION_END,
};

#define ROW "%-10s %-10s %-10s %s\n"

static int find_path(struct strbuf *ret)
{
	int r = config_path(ret);

	if (r < 0)
		message_error("%s", r == -ENOENT ?
					    "no place for a file: set HOME or XDG_CONFIG_HOME to an absolute path" :
					    "out of memory");
	return r;
}

/* ---- list ---- */

static void add_key(struct strbuf *out, enum config_key key, const struct config *config)
{
	const struct config_spec *spec = &config_specs[key];
	char from[32] = "default", value[CONFIG_VALUE_MAX_BYTES];

	if (config->lines[key] > 0)
		snprintf(from, sizeof(from), "line %" PRIu64, config->lines[key]);
	if (config->lines[key] > 0)
		text_copy(value, sizeof(value), config->values[key], strlen(config->values[key]));
	else
		text_copy(value, sizeof(value), spec->choices, strcspn(spec->choices, "|"));
	strbuf_printf(out, ROW, spec->name, value, from, spec->says);
}

static int list(void)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct config config;

	if (find_path(&path) < 0)
		return EXIT_INPUT;
	config_read(&config);
	strbuf_printf(&out, ROW, "KEY", "VALUE", "FROM", "MEANING");
	for (int i = 0; i < N_CONFIG_KEYS; i++)
		add_key(&out, (enum config_key)i, &config);
	strbuf_puts(&out, "\nfile: ");
	text_visible(&out, strbuf_text(&path), path.n_bytes, false);
	strbuf_puts(&out, access(strbuf_text(&path), F_OK) == 0 ? "\n" : " (not there)\n");
	fwrite(strbuf_text(&out), 1, out.n_bytes, stdout);
	return EXIT_FINE;
}

/* ---- change ---- */

/* With those above it. 0 or negative errno. */
static int make_folder(const char *path)
{
	struct strbuf folder CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		strbuf_reset(&folder);
		strbuf_add(&folder, path, (size_t)(slash - path));
		if (strbuf_error(&folder))
			return -ENOMEM;
		if (mkdir(strbuf_text(&folder), 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static int remove_file(const char *path)
{
	if (unlink(path) == 0)
		return EXIT_FINE;
	message_at((struct place){ .file = path }, "error", "cannot remove: %s", strerror(errno));
	return EXIT_INPUT;
}

static int replace_file(const struct options *options, const char *path, const struct strbuf *text)
{
	struct output out;
	int r = strbuf_error(text) ? strbuf_error(text) : make_folder(path);

	if (r < 0) {
		message_at((struct place){ .file = path }, "error", "cannot write: %s", strerror(-r));
		return EXIT_INPUT;
	}
	if (text->n_bytes == 0 && !is_link(path)) /* a link leads to somebody's file, which gets an empty line */
		return remove_file(path);
	if (output_open_as(&out, options, &(struct output_args){ .json = false }, OUTPUT_TEXT, path) < 0)
		return EXIT_INPUT;
	strbuf_puts(&out.text, text->n_bytes ? text->text : "\n");
	return output_close(&out, EXIT_FINE);
}

/* value NULL: removes the key. */
static int change(const struct options *options, const char *name, const char *value)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob old = { .n_bytes = 0 };
	enum config_key key;

	if (!config_named(name, &key) || (value && !config_accepts(key, value)) || find_path(&path) < 0 ||
	    config_read_file(strbuf_text(&path), "error", &old) < 0)
		return EXIT_INPUT;
	bool had = config_edit(old.bytes ? old.bytes : "", old.n_bytes, key, value, &text);
	blob_deinit(&old);
	if (had || value)
		return replace_file(options, strbuf_text(&path), &text);
	message_at((struct place){ .file = strbuf_text(&path) }, "note", "%s is not set there", name);
	return EXIT_FINE;
}

static int config_run(const struct options *options)
{
	const char *unset = ((const struct config_args *)options->values)->unset;

	if (unset && options->n_args == 0)
		return change(options, unset, NULL);
	if (!unset && options->n_args == 0)
		return list();
	if (!unset && options->n_args == 2)
		return change(options, options->args[0], options->args[1]);
	message_error("config takes KEY VALUE, --unset KEY, or nothing, to list all; see memprof config --help");
	return EXIT_INPUT;
}

const struct command command_config = {
	.name = "config",
	.usage = "[OPTIONS] [KEY] [VALUE]",
	.summary = "list or set defaults, such as the theme",
	.group = GROUP_OTHER,
	.options = config_options,
	.args_bytes = sizeof(struct config_args),
	.examples = { "memprof config theme light", "memprof config --unset theme" },
	.run = config_run,
};
