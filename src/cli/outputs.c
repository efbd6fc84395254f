#define _GNU_SOURCE /* realpath */
#include "memprof/cli/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/base/edit_distance.h"
#include "memprof/cli/message.h"

/* "junit:check.xml" is a format and a path; "a:b" is a path. Returns the path. */
static const char *split_format(const char *given, enum output_format *format)
{
	const char *colon = strchr(given, ':');

	return colon && output_format_named(given, (size_t)(colon - given), format) ? colon + 1 : given;
}

/* Catches "junt:check.xml", which would be written to a file of that name, where no CI job looks for it. */
static bool is_misspelt_format(const struct options *options, const char *given)
{
	const char *colon = strchr(given, ':');
	char name[16];

	if (!colon || (size_t)(colon - given) >= sizeof(name) || memchr(given, '/', (size_t)(colon - given)))
		return false;
	memcpy(name, given, (size_t)(colon - given));
	name[colon - given] = '\0';
	for (size_t i = 0; i < N_OUTPUT_FORMATS; i++) {
		const char *known = output_format_name((enum output_format)i);
		bool short_form = strcmp(name, "md") == 0 && i == OUTPUT_MARKDOWN;
		if (!output_format_offered(options, (enum output_format)i) ||
		    (edit_distance(name, known) > 2 && !short_form) || !name[1])
			continue; /* one letter is a drive, as in C:/x */
		message_error("-o %s: unknown format '%s'; did you mean '%s'? Write ./%s for a file of that name",
			      given, name, known, given);
		return true;
	}
	return false;
}

int outputs_are_new(const struct output_args *args)
{
	enum output_format format;
	struct stat st;

	for (size_t i = 0; i < args->files.n; i++) {
		const char *path = split_format(args->files.all[i], &format);
		if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		message_at((struct place){ .file = path }, "error", "file exists; --force replaces it");
		return -EINVAL;
	}
	return 0;
}

static bool is_stdout(const char *path) { return strcmp(path, "-") == 0; }

static int add(struct outputs *o, const struct options *options, const struct output_args *args,
	       enum output_format format, const char *path)
{
	if (output_open_as(&o->all[o->n], options, args, format, path) < 0)
		return -EINVAL;
	o->n++;
	return 0;
}

/* The absolute path of the file, without links; from that of the temporary file, as the file may not exist yet.
 * NULL: not a regular file. */
static char *final_path(const struct output *out)
{
	char *real = out->is_replaced ? realpath(strbuf_text(&out->new_file.temporary), NULL) : NULL;

	if (real)
		real[strlen(real) - NEW_FILE_SUFFIX_BYTES] = '\0';
	return real;
}

/* Whether the last output has the same file as another one. */
static bool is_duplicate(const struct outputs *o)
{
	char *last = final_path(&o->all[o->n - 1]);
	bool found = false;

	for (size_t i = 0; last && i + 1 < o->n; i++) {
		char *other = final_path(&o->all[i]);
		found |= other && strcmp(other, last) == 0;
		free(other);
	}
	free(last);
	return found;
}

/* by_suffix: --format and --json do not contradict each other. *ret_main becomes true if the i-th -o has the main
 * report (that of --format), or standard output. */
static int open_given(struct outputs *o, const struct options *options, const struct output_args *args, size_t i,
		      bool by_suffix, bool *ret_main)
{
	enum output_format format = OUTPUT_TEXT;
	const char *given = args->files.all[i], *path = split_format(given, &format);

	if (path != given && !output_format_offered(options, format)) {
		message_error("-o %s: unsupported format '%s'; use one of %s", given, output_format_name(format),
			      output_choices(options));
		return -EINVAL;
	}
	if (*path == '\0') {
		message_error("-o %s: missing FILE", given);
		return -EINVAL;
	}
	if (path == given &&
	    (is_misspelt_format(options, given) || (by_suffix && !output_format_of(options, args, path, &format))))
		return -EINVAL;
	*ret_main |= path == given || is_stdout(path);
	if (add(o, options, args, format, path) < 0)
		return -EINVAL;
	if (!is_duplicate(o))
		return 0;
	message_error("-o %s: two reports cannot be written to one file", given);
	return -EINVAL;
}

/* All are opened, also after a failure: closing them then removes the old files, which would pass for new reports. */
static int open_all(struct outputs *o, const struct options *options, const struct output_args *args)
{
	enum output_format format;
	bool main_is_open = false, formats_agree = output_format_of(options, args, NULL, &format);
	int ret = formats_agree ? 0 : -EINVAL;

	for (size_t i = 0; i < args->files.n; i++)
		if (open_given(o, options, args, i, formats_agree, &main_is_open) < 0)
			ret = -EINVAL;
	return ret < 0 || main_is_open ? ret : add(o, options, args, format, NULL);
}

int outputs_open(struct outputs *o, const struct options *options, const struct output_args *args)
{
	*o = (struct outputs){ 0 };
	if (open_all(o, options, args) == 0)
		return 0;
	outputs_close(o, EXIT_INPUT);
	return -EINVAL;
}

int outputs_discard(const struct options *options)
{
	enum output_format format;
	struct stat st;

	for (size_t i = 0; i < options->n_given; i++) {
		const struct option_given *given = &options->given[i];
		if (given->spec->type != OPTION_OUTPUTS || given->spec->most < OUTPUTS_MAX)
			continue;
		const char *path = split_format(given->value, &format);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && !output_find_input(options, path))
			unlink(path);
	}
	return EXIT_INPUT;
}

int outputs_close(struct outputs *o, int exit_code)
{
	int code = exit_code;

	for (size_t i = 0; i < o->n; i++)
		code = exit_worse(code, output_close(&o->all[i], exit_code));
	o->n = 0;
	return code;
}
