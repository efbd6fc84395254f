#define _GNU_SOURCE /* getopt_long */
#include "memprof/cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "memprof/base/date.h"
#include "memprof/base/edit_distance.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "memprof/cli/command.h"
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

unsigned option_choice_number(const char *choices, const char *value)
{
	size_t n, n_value = strlen(value);
	const char *choice;

	for (unsigned i = 1; option_next_choice(&choices, &choice, &n); i++)
		if (n == n_value && memcmp(choice, value, n) == 0)
			return i;
	return 0;
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

/* Those of "region,symbol"; false: too many, or one that there is not. */
static bool read_choices(const char *choices, const char *value, struct option_choices *ret)
{
	char one[32];

	*ret = (struct option_choices){ .n = 0 };
	for (size_t n; ret->n < ARRAY_SIZE(ret->all); value += n + 1) {
		n = strcspn(value, ",");
		if (n >= sizeof(one))
			return false;
		text_copy(one, sizeof(one), value, n);
		ret->all[ret->n] = option_choice_number(choices, one);
		if (!ret->all[ret->n++])
			return false;
		if (!value[n])
			return true;
	}
	return false;
}

/* Prints a message if value is none of the choices. */
static bool check_choice(const struct option_spec *spec, const char *value)
{
	struct option_choices several;
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *choices = option_choices(spec);

	if (option_choice_number(choices, value) ||
	    (spec->type == OPTION_CHOICES && read_choices(choices, value, &several)))
		return true;
	option_list_choices(choices, &list);
	message_error("--%s takes %s, not '%s'", spec->name, strbuf_text(&list), value);
	return false;
}

/* The value of --help, or NULL. */
static int read_help(const char *value, struct options *ret)
{
	ret->help = true;
	ret->help_all = value && strcmp(value, "all") == 0;
	if (!value || ret->help_all)
		return 0;
	message_error("--help takes no value, or all, not '%s'", value);
	return -EINVAL;
}

/* --help wherever it stands, as what stands before may be wrong; NULL: it does not. */
static const char *find_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0 || strncmp(argv[i], "--help=", 7) == 0)
			return argv[i];
	return NULL;
}

/* "5%", or 5 without its %. */
static int parse_percent(const char *text, uint64_t *ret)
{
	if (number_parse_percent(text, ret) == 0)
		return 0;
	if (number_parse(text, ret) < 0 || *ret > UINT32_MAX)
		return -EINVAL;
	*ret *= 10000;
	return 0;
}

/* "64K"; n is a multiple of one of them. */
struct unit {
	uint64_t n;
	const char *name;
};
static const struct unit sizes[] = { { 1 << 30, "G" }, { 1 << 20, "M" }, { 1 << 10, "K" }, { 1, "" } },
			 times[] = { { UINT64_C(86400000000), "d" },
				     { 3600000000, "h" },
				     { 1000000, "s" },
				     { 1000, "ms" },
				     { 1, "us" } },
			 counts[] = { { 1, "" } }, percents[] = { { 10000, "%" } };

/* How numbers are read and written. */
static const struct {
	const char *takes, *examples;
	int (*parse)(const char *text, uint64_t *ret);
	const struct unit *units;
} numbers[N_OPTION_TYPES] = {
	[OPTION_COUNT] = { "a number", "", number_parse, counts },
	[OPTION_ADDRESS] = { "an address", ", such as 0x8000", number_parse_size, sizes },
	[OPTION_SIZE] = { "a size", ", such as 4096, 16K or 1.5M", number_parse_size, sizes },
	[OPTION_TIME] = { "a time", ", such as 0.5, 90s, 30m or 24h", duration_parse, times },
	[OPTION_PERCENT] = { "a percentage", ", such as 5%", parse_percent, percents },
};

static void print_limit(const char *words, const struct unit *unit, uint64_t n, struct strbuf *out)
{
	while (n % unit->n)
		unit++;
	strbuf_printf(out, " %s %" PRIu64 "%s", words, n / unit->n, unit->name);
}

/* Examples stand where no limit shows how the number is written. */
static int refuse_number(const struct option_spec *spec, const char *value)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_positive = spec->least == 1 && spec->type != OPTION_COUNT;

	if (is_positive)
		strbuf_puts(&words, " above 0");
	else if (spec->least)
		print_limit("from", numbers[spec->type].units, spec->least, &words);
	if (spec->most)
		print_limit(spec->least && !is_positive ? "to" : "up to", numbers[spec->type].units, spec->most,
			    &words);
	else if (!spec->least || is_positive)
		strbuf_puts(&words, numbers[spec->type].examples);
	message_error("--%s takes %s%s, not '%s'", spec->name, numbers[spec->type].takes, strbuf_text(&words), value);
	return -EINVAL;
}

static int read_number(const struct option_spec *spec, const char *value, uint64_t *ret)
{
	uint64_t n;

	if (numbers[spec->type].parse(value, &n) < 0 || n < spec->least || (spec->most && n > spec->most))
		return refuse_number(spec, value);
	*ret = n;
	return 0;
}

static int read_value(const struct option_spec *spec, const char *value, char *args)
{
	void *at = args + spec->at;

	switch (spec->type) {
	case OPTION_NONE:
	case N_OPTION_TYPES:
		return 0;
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_NAME:
	case OPTION_FILE:
	case OPTION_WRITTEN:
		if (*(const char **)at) {
			message_error("--%s given more than once", spec->name);
			return -EINVAL;
		}
		*(const char **)at = value;
		return 0;
	case OPTION_TEXT:
		*(const char **)at = value;
		return 0;
	case OPTION_LIST:
	case OPTION_OUTPUTS: {
		struct option_list *list = at;
		if (list->n == (spec->most ? spec->most : OPTIONS_GIVEN_MAX)) {
			message_error(list->n == 1 ? "--%s given more than once" : "--%s given more than %zu times",
				      spec->name, list->n);
			return -EINVAL;
		}
		list->all[list->n++] = value;
		return 0;
	}
	case OPTION_CHOICE:
		*(unsigned *)at = option_choice_number(option_choices(spec), value);
		return 0;
	case OPTION_CHOICES:
		return read_choices(option_choices(spec), value, at) ? 0 : -EINVAL;
	case OPTION_ADDRESS:
		((struct option_address *)at)->text = value;
		return read_number(spec, value, &((struct option_address *)at)->value);
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_TIME:
	case OPTION_PERCENT:
		return read_number(spec, value, at);
	}
	return 0;
}

static void set_defaults(const struct option_spec *specs, char *args)
{
	for (; specs->help; specs++)
		if (numbers[specs->type].parse && specs->type != OPTION_ADDRESS)
			*(uint64_t *)(void *)(args + specs->at) = specs->otherwise ? specs->otherwise : NOT_KNOWN;
}

/* One of "map|by=folder". */
struct named {
	const struct option_spec *spec; /* NULL: the command has none */
	const char *value;              /* n_value bytes; NULL: any */
	size_t n_value;
};

static bool next_named(const struct option_spec *specs, const char **names, struct named *ret)
{
	const char *name;
	size_t n;

	if (!option_next_choice(names, &name, &n))
		return false;
	const char *equals = memchr(name, '=', n);
	size_t n_name = equals ? (size_t)(equals - name) : n;
	while (specs->help &&
	       (is_group(specs) || strlen(specs->name) != n_name || memcmp(specs->name, name, n_name) != 0))
		specs++;
	*ret = (struct named){ specs->help ? specs : NULL, equals ? equals + 1 : NULL, n - n_name - (equals != NULL) };
	return true;
}

/* The last value counts. */
static bool is_given(const struct options *o, const struct named *named)
{
	for (size_t i = o->n_given; i-- > 0;) {
		const char *value = o->given[i].value;
		if (o->given[i].spec == named->spec)
			return !named->value ||
			       (strlen(value) == named->n_value && memcmp(value, named->value, named->n_value) == 0);
	}
	return false;
}

static bool find_given(const struct options *o, const char *names, struct named *ret)
{
	while (next_named(o->specs, &names, ret))
		if (is_given(o, ret))
			return true;
	return false;
}

const char *options_any(const struct options *o, const char *names)
{
	struct named named;

	return find_given(o, names, &named) ? named.spec->name : NULL;
}

/* "--by folder"; "--map". */
static void print_named(const struct named *named, struct strbuf *out)
{
	strbuf_printf(out, "--%s", named->spec->name);
	if (named->value)
		strbuf_printf(out, " %.*s", (int)named->n_value, named->value);
}

static int refuse_alone(const struct options *o, const struct option_spec *spec)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *names = spec->needs;
	struct named named;

	while (next_named(o->specs, &names, &named)) {
		strbuf_puts(&words, words.n_bytes == 0 ? "" : *names ? ", " : " or ");
		print_named(&named, &words);
		if (!named.value && named.spec->arg)
			strbuf_printf(&words, " %s", named.spec->arg);
	}
	message_error("--%s requires %s", spec->name, strbuf_text(&words));
	return -EINVAL;
}

static int refuse_together(const struct option_spec *spec, const struct named *other)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	print_named(other, &words);
	message_error("--%s and %s exclude each other", spec->name, strbuf_text(&words));
	return -EINVAL;
}

static int check_companions(const struct options *o)
{
	struct named named;

	for (size_t i = 0; i < o->n_given; i++) {
		const struct option_spec *spec = o->given[i].spec;
		if (spec->excludes && find_given(o, spec->excludes, &named))
			return refuse_together(spec, &named);
		if (spec->needs && !find_given(o, spec->needs, &named))
			return refuse_alone(o, spec);
	}
	return 0;
}

size_t usage_argument_bytes(const char *word)
{
	size_t n = 0;
	int depth = 0;

	for (; word[n] && (word[n] != ' ' || depth || word[n + 1] == '|' || word[n - 1] == '|'); n++)
		depth += (word[n] == '[') - (word[n] == ']');
	return n;
}

const char *usage_argument(const char *usage, int i)
{
	static const char options[] = "[OPTIONS]", output[] = "-o FILE"; /* without which it does not run */
	const char *word = usage + (strncmp(usage, options, sizeof(options) - 1) == 0 ? sizeof(options) - 1 : 0);

	word += strspn(word, " ");
	if (strncmp(word, output, sizeof(output) - 1) == 0) {
		word += sizeof(output) - 1;
		word += strspn(word, " ");
	}
	for (; i > 0 && *word; i--) {
		word += usage_argument_bytes(word);
		word += strspn(word, " ");
	}
	return *word ? word : NULL;
}

/* As many as the usage line has. */
static int check_arguments(const struct command *command, const struct options *o)
{
	const char *word;
	int n_least = 0, n_most = 0;

	for (int i = 0; (word = usage_argument(command->usage, i)); i++) {
		size_t n = usage_argument_bytes(word);
		n_least += *word != '[';
		n_most = n_most == INT_MAX || memmem(word, n, "...", 3) ? INT_MAX : i + 1;
	}
	if (o->n_args >= n_least && o->n_args <= n_most)
		return 0;
	if (o->n_args < n_least) {
		message_error("an argument is missing: memprof %s %s", command->name, command->usage);
		return -EINVAL;
	}
	bool is_exec = n_most > 0 && strncmp(o->args[n_most - 1], "exec:", 5) == 0;
	const char *hint = is_exec ? "quote a command with arguments: 'exec:COMMAND ARGUMENTS'" : command->inputs;
	message_error("'%s' is one argument too many: memprof %s %s%s%s", o->args[n_most], command->name,
		      command->usage, hint ? "; " : "", hint ? hint : "");
	return -EINVAL;
}

int options_parse(const struct command *command, int argc, char **argv, void *args, struct options *ret)
{
	const struct option_spec *specs = command->options;
	struct option longs[OPTIONS_SPECS_MAX + 2] = { { 0 } };
	char shorts[2 * OPTIONS_SPECS_MAX + 4] = ":h", *s = shorts + 2;
	size_t n = 0;
	bool is_wrong = false;

	*ret = (struct options){ .specs = specs, .values = args };
	const char *help = find_help(argc, argv), *value = help ? strchr(help, '=') : NULL;
	if (help)
		return read_help(value ? value + 1 : NULL, ret);
	set_defaults(specs, args);
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
		if (c == 'h' || c == HELP_VALUE) /* of "-qh" and "--he" */
			return read_help(c == HELP_VALUE ? optarg : NULL, ret);
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
		if (ret->n_given == OPTIONS_GIVEN_MAX) {
			message_error("too many options: at most %d", OPTIONS_GIVEN_MAX);
			return -EINVAL;
		}
		is_wrong |= (option_choices(spec) && !check_choice(spec, optarg)) || read_value(spec, optarg, args) < 0;
		ret->given[ret->n_given++] = (struct option_given){ spec, optarg };
	}
	ret->args = argv + optind;
	ret->n_args = argc - optind;
	if (is_wrong || (command->fits && !command->fits(ret)))
		return -EINVAL;
	return check_companions(ret) < 0 ? -EINVAL : check_arguments(command, ret);
}

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
