#define _GNU_SOURCE /* realpath */
#include "memprof/cli/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/edit_distance.h"
#include "memprof/cli/message.h"

/* "junit:check.xml" is a format and a file; "a:b" is a file. */
static const char *split(const char *given, enum output_format *format)
{
	const char *colon = strchr(given, ':');

	return colon && output_format_named(given, (size_t)(colon - given), format) ? colon + 1 : given;
}

/* The formats of this command, as its --format has them. */
static const char *choices_of(const struct options *options)
{
	const struct option_spec *spec = options->specs;

	while (spec->help && !(spec->name && strcmp(spec->name, "format") == 0))
		spec++;
	return spec->help ? option_choices(spec) : "";
}

static bool is_offered(const struct options *options, enum output_format format, const char *given)
{
	if (output_format_offered(options, format))
		return true;
	message_error("-o %s: unsupported format '%s'; use one of %s", given, output_format_name(format),
		      choices_of(options));
	return false;
}

/* "junt:check.xml" would be a file of that name, and no job would find its report. */
static bool looks_like_format(const struct options *options, const char *given)
{
	const char *colon = strchr(given, ':');
	char name[16];

	if (!colon || (size_t)(colon - given) >= sizeof(name) || memchr(given, '/', (size_t)(colon - given)))
		return false;
	memcpy(name, given, (size_t)(colon - given));
	name[colon - given] = '\0';
	for (size_t i = 0; i < N_OUTPUT_FORMATS; i++) {
		const char *known = output_format_name((enum output_format)i);
		if (!output_format_offered(options, (enum output_format)i) || edit_distance(name, known) > 2)
			continue;
		message_error("-o %s: unknown format '%s'; did you mean '%s'? Write ./%s for a file of that name",
			      given, name, known, given);
		return true;
	}
	return false;
}

static bool is_stdout(const char *path) { return strcmp(path, "-") == 0; }

static int add(struct outputs *o, const struct options *options, enum output_format format, const char *path)
{
	if (o->n == OUTPUTS_MAX) {
		message_error("-o given more than %d times", OUTPUTS_MAX);
		return -EINVAL;
	}
	if (output_open_as(&o->all[o->n], options, format, path) < 0)
		return -EINVAL;
	o->n++;
	return 0;
}

/* Where it will be, without links and dots; the file that waits to be renamed is there already. NULL: no plain file. */
static char *real_place(const struct output *out)
{
	enum { N_SUFFIX = sizeof(".XXXXXX") - 1 };
	char *real = out->temporary ? realpath(out->temporary, NULL) : NULL;

	if (real)
		real[strlen(real) - N_SUFFIX] = '\0';
	return real;
}

/* Of those that are open the last one goes where another one does. */
static bool is_twice(const struct outputs *o)
{
	char *last = real_place(&o->all[o->n - 1]);
	bool twice = false;

	for (size_t i = 0; last && i + 1 < o->n; i++) {
		char *other = real_place(&o->all[i]);
		twice |= other && strcmp(other, last) == 0;
		free(other);
	}
	free(last);
	return twice;
}

/* by_suffix: --format and --json agree. *ret_main: it takes the report of --format, or standard output. */
static int open_given(struct outputs *o, const struct options *options, size_t i, bool by_suffix, bool *ret_main)
{
	enum output_format format = OUTPUT_TEXT;
	const char *given = option_nth(options, "output", i), *path = split(given, &format);

	if (path != given && !is_offered(options, format, given))
		return -EINVAL;
	if (*path == '\0') {
		message_error("-o %s: missing FILE", given);
		return -EINVAL;
	}
	if (path == given &&
	    (looks_like_format(options, given) || (by_suffix && !output_format_of(options, path, &format))))
		return -EINVAL;
	*ret_main |= path == given || is_stdout(path);
	if (add(o, options, format, path) < 0)
		return -EINVAL;
	if (!is_twice(o))
		return 0;
	message_error("-o %s: two reports cannot be written to one file", given);
	return -EINVAL;
}

/* Behind one that cannot be opened all others are, too: what was there of theirs must go. */
static int open_all(struct outputs *o, const struct options *options)
{
	enum output_format format;
	bool main_is_open = false, formats_agree = output_format_of(options, NULL, &format);
	int ret = formats_agree ? 0 : -EINVAL;

	for (size_t i = 0; option_nth(options, "output", i); i++)
		if (open_given(o, options, i, formats_agree, &main_is_open) < 0)
			ret = -EINVAL;
	return ret < 0 || main_is_open ? ret : add(o, options, format, NULL);
}

int outputs_open(struct outputs *o, const struct options *options)
{
	*o = (struct outputs){ 0 };
	if (open_all(o, options) == 0)
		return 0;
	outputs_close(o, EXIT_INPUT);
	return -EINVAL;
}

int outputs_close(struct outputs *o, int exit_code)
{
	int code = exit_code;

	for (size_t i = 0; i < o->n; i++)
		code = exit_worse(code, output_close(&o->all[i], exit_code));
	o->n = 0;
	return code;
}
