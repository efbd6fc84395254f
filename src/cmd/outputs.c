#include "outputs.h"

#include <errno.h>
#include <string.h>

#include "message.h"

/* "junit:check.xml" is a format and a file; "a:b" is a file. */
static const char *split(const char *given, enum output_format *format)
{
	const char *colon = strchr(given, ':');

	return colon && output_format_named(given, (size_t)(colon - given), format) ? colon + 1 : given;
}

/* Of all formats that there are, this command has those of its --format. */
static bool is_offered(const struct options *options, const char *given, const char *path)
{
	const struct option_spec *spec = options->specs;
	size_t n = (size_t)(path - given);

	while (spec->says && !(spec->name && strcmp(spec->name, "format") == 0))
		spec++;
	const char *choices = spec->says ? option_choices(spec) : "";
	for (const char *p = choices; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == n - 1 && memcmp(p, given, n - 1) == 0)
			return true;
	message_error("-o %s: there is no such format here; it is one of %s", given, choices);
	return false;
}

static bool is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int add(struct outputs *o, const struct options *options, enum output_format format, const char *path)
{
	if (o->n == OUTPUTS_MAX) {
		message_error("-o is there more than %d times", OUTPUTS_MAX);
		return -EINVAL;
	}
	if (output_open_as(&o->all[o->n], options, format, path) < 0)
		return -EINVAL;
	o->n++;
	return 0;
}

static bool is_twice(const struct options *options, size_t i, const char *path)
{
	enum output_format unused;
	const char *other;

	for (size_t k = 0; k < i && (other = option_nth(options, "output", k)); k++)
		if (strcmp(split(other, &unused), path) == 0 && !is_stdout(path))
			return true;
	return false;
}

static int open_all(struct outputs *o, const struct options *options)
{
	enum output_format format, main_format;
	bool main_is_open = false;
	const char *given;

	if (!output_format_of(options, &main_format))
		return -EINVAL;
	for (size_t i = 0; (given = option_nth(options, "output", i)); i++) {
		format = main_format;
		const char *path = split(given, &format);
		if (path != given && !is_offered(options, given, path))
			return -EINVAL;
		if (*path == '\0' || is_twice(options, i, path)) {
			message_error(*path ? "-o %s: two reports cannot go into one file" : "-o %s: the FILE is missing", given);
			return -EINVAL;
		}
		if (add(o, options, format, path) < 0)
			return -EINVAL;
		main_is_open |= path == given || is_stdout(path);
	}
	return main_is_open ? 0 : add(o, options, main_format, NULL);
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
