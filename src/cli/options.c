#define _GNU_SOURCE /* getopt_long */
#include "memprof/cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "memprof/base/edit_distance.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/cli/message.h"

/* Return values of getopt_long for long options; those of short ones are letters. */
enum { HELP_VALUE = 0x1000, FIRST_LONG = 0x2000 };

static bool is_group(const struct option_spec *spec) { return spec->name == NULL; }

/* The long option most similar to "--word"; NULL if none is. */
static const char *nearest_option(const struct option_spec *specs, const char *word)
{
	size_t n_best = 3, n_name = strcspn(word, "=");
	const char *best = NULL;
	char name[32];

	if (n_name < 2 || n_name - 2 >= sizeof(name))
		return NULL;
	memcpy(name, word + 2, n_name - 2);
	name[n_name - 2] = '\0';
	for (size_t i = 0; specs[i].help; i++) {
		size_t n = is_group(&specs[i]) ? n_best : edit_distance(name, specs[i].name);
		if (n < n_best) {
			n_best = n;
			best = specs[i].name;
		}
	}
	return best;
}

/* After getopt refused a word: optopt is the letter, 0 for an unknown long option, or the value of a long option that
 * takes no argument. */
static void report_refused(const struct option_spec *specs, char **argv, int at, int argc)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : argv[at];

	if (optopt >= FIRST_LONG)
		message_error("option '%.*s' takes no value", (int)strcspn(word, "="), word);
	else if (optopt > 0 && optopt < 128)
		message_error("unknown option '-%c'; see memprof %s --help", optopt, argv[0]);
	else if (strncmp(word, "--", 2) == 0 && nearest_option(specs, word))
		message_error("unknown option '%s'; did you mean '--%s'?", word, nearest_option(specs, word));
	else
		message_error("unknown option '%s'; see memprof %s --help", word, argv[0]);
	for (int i = 1; i < MIN(argc, optind); i++) /* what comes behind it may be its own */
		if (strncmp(argv[i], "exec:", 5) == 0 && !strchr(argv[i], ' '))
			message_error("quote a command with arguments: 'exec:COMMAND ARGUMENTS'");
}

const char *option_choices(const struct option_spec *spec)
{
	return !spec->choices && spec->arg && strchr(spec->arg, '|') ? spec->arg : spec->choices;
}

bool option_next_choice(const char **at, const char **ret, size_t *ret_n)
{
	if (**at == '\0')
		return false;
	*ret = *at;
	*ret_n = strcspn(*at, "|");
	*at += *ret_n + ((*at)[*ret_n] == '|');
	return true;
}

bool option_choice_is(const char *choices, const char *value)
{
	size_t n, n_value = strlen(value);
	const char *choice;

	while (option_next_choice(&choices, &choice, &n))
		if (n == n_value && memcmp(choice, value, n) == 0)
			return true;
	return false;
}

void option_list_choices(const char *choices, struct strbuf *out)
{
	const char *next = choices, *choice;
	size_t n;

	while (option_next_choice(&next, &choice, &n)) {
		if (choice > choices)
			strbuf_puts(out, *next ? ", " : " or ");
		strbuf_add(out, choice, n);
	}
}

/* Prints a message if value is none of the choices. */
static bool check_choice(const struct option_spec *spec, const char *value)
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *choices = option_choices(spec);

	if (option_choice_is(choices, value))
		return true;
	option_list_choices(choices, &list);
	message_error("--%s takes %s, not '%s'", spec->name, strbuf_text(&list), value);
	return false;
}

/* The value of --help, or NULL; false after a message. */
static bool read_help(const char *value, struct options *ret)
{
	ret->help = true;
	if (!value)
		return true;
	ret->help_all = strcmp(value, "all") == 0;
	if (!ret->help_all)
		message_error("--help takes no value, or all, not '%s'", value);
	return ret->help_all;
}

int options_parse(const struct option_spec *specs, int argc, char **argv, struct options *ret)
{
	struct option longs[OPTIONS_SPECS_MAX + 2] = { { 0 } };
	char shorts[2 * OPTIONS_SPECS_MAX + 4] = ":h", *s = shorts + 2;
	size_t n = 0;

	*ret = (struct options){ .specs = specs };
	for (size_t i = 0; specs[i].help; i++) {
		if (is_group(&specs[i]))
			continue;
		assert(n < OPTIONS_SPECS_MAX);
		longs[n++] = (struct option){ specs[i].name, specs[i].arg ? required_argument : no_argument, NULL,
					      FIRST_LONG + (int)i };
		if (specs[i].letter) {
			*s++ = specs[i].letter;
			if (specs[i].arg)
				*s++ = ':';
		}
	}
	longs[n] = (struct option){ "help", optional_argument, NULL, HELP_VALUE };
	optind = 0;
	opterr = 0;
	for (;;) {
		int at = optind ? optind : 1;
		int c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == -1)
			break;
		if (c == 'h' || c == HELP_VALUE) {
			if (!read_help(c == HELP_VALUE ? optarg : NULL, ret))
				return -EINVAL;
			continue;
		}
		if (c == ':' && !strchr(argv[optind - 1], '=')) { /* mingw-w64's also says so of a value too many */
			message_error("option '%s' requires a value", argv[optind - 1]);
			return -EINVAL;
		}
		if (c == '?' || c == ':') {
			report_refused(specs, argv, at, argc);
			return -EINVAL;
		}
		const struct option_spec *spec = NULL;
		if (c >= FIRST_LONG)
			spec = &specs[c - FIRST_LONG];
		for (size_t i = 0; !spec && specs[i].help; i++)
			if (specs[i].letter == c)
				spec = &specs[i];
		if (option_choices(spec) && !check_choice(spec, optarg))
			return -EINVAL;
		if (ret->n_given == OPTIONS_GIVEN_MAX) {
			message_error("too many options: at most %d", OPTIONS_GIVEN_MAX);
			return -EINVAL;
		}
		ret->given[ret->n_given++] = (struct option_given){ spec, optarg };
	}
	ret->args = argv + optind;
	ret->n_args = argc - optind;
	return 0;
}

const char *option_nth(const struct options *o, const char *name, size_t nth)
{
	for (size_t i = 0; i < o->n_given; i++)
		if (strcmp(o->given[i].spec->name, name) == 0 && nth-- == 0)
			return o->given[i].value ? o->given[i].value : "";
	return NULL;
}

const char *option_value(const struct options *o, const char *name)
{
	const char *last = NULL, *value;

	for (size_t i = 0; (value = option_nth(o, name, i)); i++)
		last = value;
	return last;
}

int option_once(const struct options *o, const char *name, const char **ret)
{
	if (option_nth(o, name, 1)) {
		message_error("--%s given more than once", name);
		return -EINVAL;
	}
	*ret = option_nth(o, name, 0);
	return 0;
}

bool option_is(const struct options *o, const char *name) { return option_nth(o, name, 0) != NULL; }

/* A long list of choices goes on in the next line. */
static void print_help(const char *help, struct strbuf *out)
{
	enum { INDENT = 22, COLUMNS = 80 - INDENT };

	while (strlen(help) > COLUMNS) {
		size_t n = COLUMNS;
		while (n > 0 && help[n - 1] != '|')
			n--;
		if (n == 0)
			break;
		strbuf_printf(out, "%.*s\n%*s", (int)n, help, INDENT, "");
		help += n;
	}
	strbuf_printf(out, "%s\n", help);
}

static void print_option(const struct option_spec *spec, struct strbuf *out)
{
	struct strbuf left CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (spec->letter)
		strbuf_printf(&left, "-%c, ", spec->letter);
	strbuf_printf(&left, "--%s", spec->name);
	if (spec->arg)
		strbuf_printf(&left, " %s", spec->arg);
	strbuf_printf(out, "  %-19s ", strbuf_text(&left));
	print_help(spec->help, out);
}

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static size_t print_common(const struct option_spec *specs, const char *const *common, struct strbuf *out)
{
	size_t n = 0;

	if (*common)
		strbuf_puts(out, "\nCommon options:\n");
	for (; common[n]; n++)
		for (size_t k = 0; specs[k].help; k++)
			if (!is_group(&specs[k]) && strcmp(specs[k].name, common[n]) == 0)
				print_option(&specs[k], out);
	return n;
}

static void print_groups(const struct option_spec *specs, const char *const *common, struct strbuf *out)
{
	const char *title = NULL;

	for (size_t i = 0; specs[i].help; i++) {
		if (is_group(&specs[i])) {
			title = specs[i].help;
			continue;
		}
		if (is_listed(common, specs[i].name))
			continue;
		if (title)
			strbuf_printf(out, "\n%s:\n", title);
		title = NULL;
		print_option(&specs[i], out);
	}
}

size_t options_help(const struct option_spec *specs, const char *const *common, bool all, struct strbuf *out)
{
	size_t n_common = print_common(specs, common, out), n_all = 0;

	for (size_t i = 0; specs[i].help; i++)
		n_all += !is_group(&specs[i]);
	if (!all && n_common > 0)
		return n_all - n_common;
	print_groups(specs, common, out);
	return 0;
}
