/* The tables of commands and options, which --help, completions and man pages are made of. */
#include "memprof/cli/command.h"

#include "memprof/base/strbuf.h"
#include "memprof/protocol/decoder.h"
#include "memprof/viewers/export_view.h"
#include "unit.h"

static void assert_words(const char *text, size_t n_min, size_t n_max)
{
	assert_non_null(text);
	if (strlen(text) < n_min || strlen(text) > n_max)
		fail_msg("'%s' has %zu columns, of %zu", text, strlen(text), n_max);
}

UNIT_TEST(commands_are_whole)
{
	assert_non_null(commands[0]);
	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];
		assert_words(c->name, 1, 11); /* the column of --help */
		assert_int_equal(strspn(c->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(c->name));
		assert_words(c->usage, 0, 60);
		assert_words(c->summary, 1, 60);
		assert_true(c->group < N_COMMAND_GROUPS);
		assert_non_null(c->options);
		assert_non_null(c->run);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(c->name, commands[k]->name);
	}
}

/* --input names every decoder, wherever it is: by its number. */
UNIT_TEST(inputs_are_those_that_there_are)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; decoders[i]; i++)
		strbuf_printf(&names, "%s%s", i ? "|" : "", decoders[i]->name);
	for (size_t i = 0; commands[i]; i++)
		for (const struct option_spec *spec = commands[i]->options; spec->name || spec->help; spec++)
			if (spec->name && strcmp(spec->name, "input") == 0)
				assert_string_equal(option_choices(spec), strbuf_text(&names));
}

/* --format of export names every writer. */
UNIT_TEST(exports_are_those_that_there_are)
{
	const struct option_spec *spec = command_export.options;
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; export_formats[i]; i++)
		strbuf_printf(&names, "%s%s", i ? "|" : "", export_formats[i]->name);
	while (!spec->name || strcmp(spec->name, "format") != 0)
		spec++;
	assert_string_equal(option_choices(spec), strbuf_text(&names));
}

UNIT_TEST(commands_are_found_by_name)
{
	for (size_t i = 0; commands[i]; i++)
		assert_ptr_equal(command_find(commands[i]->name), commands[i]);
	assert_null(command_find(""));
	assert_null(command_find("repor"));
	assert_null(command_find("reports"));
}

UNIT_TEST(examples_are_command_lines)
{
	for (size_t i = 0; commands[i]; i++) {
		size_t n = 0;
		for (; n < ARRAY_SIZE(commands[i]->examples) && commands[i]->examples[n]; n++)
			assert_int_equal(strncmp(commands[i]->examples[n], "memprof ", 8), 0);
		assert_true(n > 0);
		assert_true(n < ARRAY_SIZE(commands[i]->examples)); /* the last is NULL */
	}
}

static void assert_options(const struct command *command)
{
	const struct option_spec *specs = command->options;
	size_t n_options = 0;

	for (size_t i = 0; specs[i].help; i++) {
		if (!specs[i].name) { /* the title of a group: options follow */
			assert_words(specs[i].help, 1, 60);
			assert_int_equal(specs[i].letter, 0);
			assert_null(specs[i].arg);
			assert_non_null(specs[i + 1].help);
			assert_non_null(specs[i + 1].name);
			continue;
		}
		n_options++;
		assert_words(specs[i].name, 2, 20);
		assert_int_equal(strspn(specs[i].name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(specs[i].name));
		bool is_list = specs[i].choices && strcmp(specs[i].help, specs[i].choices) == 0; /* of two lines */
		assert_words(specs[i].help, 1, is_list ? 116 : 60);
		if (specs[i].arg)
			assert_words(specs[i].arg, 1, 12);
		assert_int_not_equal(specs[i].letter, 'h');
		assert_string_not_equal(specs[i].name, "help");
		for (size_t k = 0; k < i; k++) {
			if (!specs[k].name)
				continue;
			assert_string_not_equal(specs[i].name, specs[k].name);
			if (specs[i].letter)
				assert_int_not_equal(specs[i].letter, specs[k].letter);
		}
	}
	assert_true(n_options < OPTIONS_SPECS_MAX);
}

/* A command with many options has some that --help lists first. */
static void assert_common(const struct command *command)
{
	size_t n_options = 0, n_common = 0;

	for (const struct option_spec *spec = command->options; spec->help; spec++)
		n_options += spec->name != NULL;
	for (; n_common < ARRAY_SIZE(command->common) && command->common[n_common]; n_common++) {
		const struct option_spec *spec = command->options;
		while (spec->help && !(spec->name && strcmp(spec->name, command->common[n_common]) == 0))
			spec++;
		assert_non_null(spec->help);
		for (size_t i = 0; i < n_common; i++)
			assert_string_not_equal(command->common[i], command->common[n_common]);
	}
	assert_true(n_common < ARRAY_SIZE(command->common)); /* the last is NULL */
	assert_true(n_common > 0 || n_options < 10);
}

/* "by=folder|map": options of the table, and their choices. */
static void assert_names(const struct option_spec *specs, const char *names)
{
	const char *name;
	size_t n;

	while (names && option_next_choice(&names, &name, &n)) {
		const struct option_spec *spec = specs;
		size_t n_name = MIN(n, strcspn(name, "="));
		while (spec->help &&
		       !(spec->name && strlen(spec->name) == n_name && memcmp(spec->name, name, n_name) == 0))
			spec++;
		if (!spec->help && strncmp(name, "protocol=", 9) != 0)
			fail_msg("there is no --%.*s", (int)n_name, name);
	}
}

UNIT_TEST(companions_are_options)
{
	for (size_t i = 0; commands[i]; i++) {
		for (const struct option_spec *spec = commands[i]->options; spec->help; spec++) {
			assert_names(commands[i]->options, spec->needs);
			assert_names(commands[i]->options, spec->excludes);
			assert_true(!spec->name == (spec->type == OPTION_NONE));
			assert_true(spec->type < N_OPTION_TYPES && spec->at < commands[i]->args_bytes + !spec->name);
			assert_true(!spec->choices || spec->arg);
			assert_true(spec->type != OPTION_PERCENT ||
				    (spec->least % 10000 == 0 && spec->most % 10000 == 0));
		}
	}
}

UNIT_TEST(options_are_whole)
{
	for (size_t i = 0; commands[i]; i++) {
		assert_options(commands[i]);
		assert_common(commands[i]);
	}
}

/* --help names each value that an option takes. */
UNIT_TEST(choices_are_listed)
{
	char word[32];

	for (size_t i = 0; commands[i]; i++) {
		for (const struct option_spec *o = commands[i]->options; o->help; o++) {
			const char *p = o->choices;
			if (!p)
				continue;
			assert_true(o->name && o->arg);
			for (size_t n; *p; p += n + (p[n] == '|')) {
				n = strcspn(p, "|");
				assert_true(n > 0 && n < sizeof(word));
				memcpy(word, p, n);
				word[n] = '\0';
				if (!strstr(o->help, word))
					fail_msg("--%s takes %s, and does not say so", o->name, word);
			}
		}
	}
}

/* Of linker scripts it is where to look for others; of objects, what leads to one. */
static bool means_two_things(const char *name) { return strcmp(name, "path") == 0; }

/* One name means one thing, whatever the command. */
UNIT_TEST(the_same_option_is_the_same_everywhere)
{
	for (size_t i = 0; commands[i]; i++) {
		for (const struct option_spec *a = commands[i]->options; a->help; a++) {
			for (size_t k = 0; a->name && k < i; k++) {
				for (const struct option_spec *b = commands[k]->options; b->help; b++) {
					if (!b->name || strcmp(a->name, b->name) != 0 || means_two_things(a->name))
						continue;
					assert_int_equal(a->letter, b->letter);
					assert_int_equal(a->arg == NULL, b->arg == NULL);
				}
			}
		}
	}
}
