#define _DEFAULT_SOURCE /* strsep */
#include "completion/completion.h"

#include "memprof/input/board_lookup.h"
#include "memprof/protocol/decoder.h"
#include "unit.h"

static struct candidates values;
static struct strbuf words;

UNIT_AFTER(tear_down)
{
	candidates_deinit(&values);
	strbuf_deinit(&words);
}

/* The words of lines, without descriptions, with a blank between. */
static const char *words_of(const struct strbuf *lines)
{
	strbuf_reset(&words);
	for (const char *p = strbuf_text(lines); *p; p += strcspn(p, "\n") + 1) {
		if (words.n_bytes)
			strbuf_putc(&words, ' ');
		strbuf_add(&words, p, strcspn(p, "\t\n"));
	}
	return strbuf_text(&words);
}

/* What a command of this usage offers as its i-th argument; NULL if it takes no more. */
static const char *argument(const char *usage, size_t i)
{
	struct command command = { .name = "x", .usage = usage };

	candidates_deinit(&values);
	return candidates_of_argument(&command, i, &values) ? words_of(&values.lines) : NULL;
}

UNIT_TEST(arguments_come_from_the_usage)
{
	assert_string_equal(argument("[OPTIONS] FILE...|-", 0), "");
	assert_true(values.files && values.repeated && !values.ports);
	assert_null(argument("[OPTIONS] FILE...|-", 1));
	assert_string_equal(argument("[OPTIONS] SCRIPT.py SOURCE", 0), "");
	assert_true(values.files && !values.repeated && !values.ports);
	assert_non_null(strstr(argument("[OPTIONS] SCRIPT.py SOURCE", 1), "exec:"));
	assert_true(values.ports && !values.files);
	assert_null(argument("[OPTIONS] SCRIPT.py SOURCE", 2));
	assert_non_null(argument("[OPTIONS] [SOURCE]", 0));
	assert_true(values.ports);
	assert_string_equal(argument("[OPTIONS] BUDGET.json", 0), "");
	assert_true(values.files && !values.ports);
	assert_null(argument("[OPTIONS] BUDGET.json", 1));
	assert_string_equal(argument("bash|zsh|fish", 0), "bash zsh fish");
	assert_null(argument("[OPTIONS]", 0));
	assert_string_equal(argument("[OPTIONS] -o FILE LOG...", 0), "");
	assert_true(values.files && values.repeated);
	assert_null(argument("", 0));
	assert_string_equal(argument("[OPTIONS] NUMBER", 0), "");
	assert_false(values.files || values.ports || values.repeated);
}

UNIT_TEST(help_offers_all_commands)
{
	const char *offered = argument("[COMMAND | sources | formats]", 0);

	for (size_t i = 0; commands[i]; i++)
		assert_non_null(strstr(offered, commands[i]->name));
	assert_non_null(strstr(offered, " sources formats"));
	assert_null(argument("[COMMAND | sources | formats]", 1));
}

/* The build folder of this test has no layouts/ beside it: what is offered is that there are such words. */
UNIT_TEST(boards_are_offered_where_they_are_found)
{
	const char *offered = argument("[OPTIONS] [BOARD...]", 0);
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	assert_true(values.files && values.repeated && !values.ports);
	assert_int_equal(board_file_names(&names), 0);
	for (size_t i = 0; i < names.n_bytes; i++)
		names.text[i] = names.text[i] == '\n' ? ' ' : names.text[i];
	if (names.n_bytes)
		names.text[names.n_bytes - 1] = '\0';
	assert_string_equal(offered, strbuf_text(&names));
}

static const char *option(const char *arg, const char *choices)
{
	const struct option_spec spec = { 0, "x", arg, "says", choices };

	candidates_deinit(&values);
	candidates_of_option(&spec, &values);
	return words_of(&values.lines);
}

UNIT_TEST(values_of_options_come_from_their_choices_or_name)
{
	static const char *const files[] = { "FILE", "FILE.json", "FOLDER", "DIR", "OLD", "SCRIPT" };

	assert_string_equal(option("FORMAT", "text|json"), "text json");
	assert_string_equal(option("on|off", NULL), "on off");
	assert_string_equal(option("SIZE", NULL), "");
	assert_false(values.files || values.ports);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_string_equal(option(files[i], NULL), "");
		assert_true(values.files);
	}
	assert_string_equal(option("POOL", NULL), "gc idf.0 idf.1 idf.2 idf.3 caps.0 caps.1 caps.2 caps.3");
}

UNIT_TEST(formats_of_input_are_described)
{
	const struct option_spec spec = { 0, "input", "FORMAT", "says", "mem-info|agent" };

	candidates_of_option(&spec, &values);
	for (size_t i = 0; decoders[i]; i++)
		assert_non_null(strstr(strbuf_text(&values.lines), decoders[i]->summary));
}

/* Nothing in a word may need quotes in a shell. */
static void assert_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:- ";

	assert_int_equal(strspn(text, plain), strlen(text));
}

UNIT_TEST(words_are_plain)
{
	for (size_t i = 0; commands[i]; i++) {
		for (size_t k = 0; argument(commands[i]->usage, k); k++)
			assert_plain(strbuf_text(&words));
		for (const struct option_spec *spec = commands[i]->options; spec->help; spec++)
			if (spec->arg)
				assert_plain(option(spec->arg, spec->choices));
	}
}

/* What is offered at the end of a line; a blank at its end begins a new word. */
static const char *lines(const char *line)
{
	char text[128], *rest = text;
	const char *given[16];
	size_t n = 0;
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	snprintf(text, sizeof(text), "%s", line);
	while (rest)
		given[n++] = strsep(&rest, " ");
	completion_lines(given, n, &out);
	return words_of(&out);
}

UNIT_TEST(the_word_at_the_cursor_is_completed)
{
	assert_non_null(strstr(lines("re"), " report "));
	assert_non_null(strstr(lines(""), " --help --version"));
	assert_string_equal(lines("report --format j"), "text markdown json html svg");
	assert_string_equal(lines("report --format=j"),
			    "--format=text --format=markdown --format=json --format=html --format=svg");
	assert_string_equal(lines("report -o "), ":files");
	assert_string_equal(lines("report -q --need 4K x.log "), ":files");
	assert_string_equal(lines("report --need "), "");
	assert_string_equal(lines("report --quiet="), "");
	assert_non_null(strstr(lines("report -"), " --help"));
	assert_string_equal(lines("report -- -"), ":files");
	assert_string_equal(lines("completion -- "), "bash zsh fish");
	assert_string_equal(lines("completion bash "), "");
	assert_null(strstr(lines("attach "), ":files"));
	assert_non_null(strstr(lines("attach ./"), ":ports :files"));
	assert_string_equal(lines("nothing "), "");
	assert_non_null(strstr(lines("diff --by "), "region section "));
	assert_non_null(strstr(lines("diff --by region,s"), "region,region region,section "));
	assert_non_null(strstr(lines("diff --by=region,s"), "--by=region,region --by=region,section "));
	assert_string_equal(lines("check -o j"), "text: json: html: markdown: junit: github: :files");
	assert_non_null(strstr(lines("serve door="), "door=sim:pico"));
	assert_non_null(strstr(lines("record -o FILE lamp=sim:leak door="), "door=auto"));
	assert_non_null(strstr(lines("record door="), ":portsdoor="));
	assert_string_equal(lines("record door=sim:pico,seed=3,s"),
			    "door=sim:pico,seed=3,seed= door=sim:pico,seed=3,period= door=sim:pico,seed=3,snapshots=");
	assert_string_equal(lines("attach sim:pico,s"), "sim:pico,seed= sim:pico,period= sim:pico,snapshots=");
	assert_string_equal(lines("layout --live sim:,seed=1,"),
			    "sim:,seed=1,seed= sim:,seed=1,period= sim:,seed=1,snapshots=");
	assert_string_equal(lines("report --nothing= "), ":files");
}
