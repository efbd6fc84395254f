#include "completion/completion.h"

#include "memprof/input/board_lookup.h"
#include "unit.h"

static struct place_values values;

static int tear_down(void **state)
{
	(void)state;
	place_values_deinit(&values);
	return 0;
}

/* What a command of this usage offers as its i-th argument; NULL if it takes no more. */
static const char *argument(const char *usage, size_t i)
{
	struct command command = { .name = "x", .usage = usage };

	place_values_deinit(&values);
	return completion_of_argument(&command, i, &values) ? strbuf_text(&values.words) : NULL;
}

static void arguments_come_from_the_usage(void **state)
{
	(void)state;
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
	assert_null(argument("", 0));
	assert_string_equal(argument("[OPTIONS] NUMBER", 0), "");
	assert_false(values.files || values.ports || values.repeated);
}

static void help_offers_all_commands(void **state)
{
	const char *words = argument("[COMMAND | sources | formats]", 0);

	(void)state;
	for (size_t i = 0; commands[i]; i++)
		assert_non_null(strstr(words, commands[i]->name));
	assert_non_null(strstr(words, " sources formats"));
	assert_null(argument("[COMMAND | sources | formats]", 1));
}

/* The build folder of this test has no layouts/ beside it: what is offered is that there are such words. */
static void boards_are_offered_where_they_are_found(void **state)
{
	(void)state;
	const char *words = argument("[OPTIONS] [BOARD...]", 0);
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	assert_true(values.files && values.repeated && !values.ports);
	assert_int_equal(board_file_names(&names), 0);
	for (size_t i = 0; i < names.n_bytes; i++)
		names.text[i] = names.text[i] == '\n' ? ' ' : names.text[i];
	if (names.n_bytes)
		names.text[names.n_bytes - 1] = '\0';
	assert_string_equal(words, strbuf_text(&names));
}

static const char *option(const char *arg, const char *choices)
{
	const struct option_spec spec = { 0, "x", arg, "says", choices };

	place_values_deinit(&values);
	completion_of_option(&spec, &values);
	return strbuf_text(&values.words);
}

static void values_of_options_come_from_their_choices_or_name(void **state)
{
	static const char *const files[] = { "FILE", "FOLDER", "OLD", "SCRIPT" };

	(void)state;
	assert_string_equal(option("FORMAT", "text|json"), "text json");
	assert_string_equal(option("on|off", NULL), "on off");
	assert_string_equal(option("SIZE", NULL), "");
	assert_false(values.files || values.ports);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_string_equal(option(files[i], NULL), "");
		assert_true(values.files);
	}
	assert_non_null(strstr(option("FORMAT", NULL), "mem-info"));
	assert_string_equal(option("POOL", NULL), "gc idf.0 idf.1 idf.2 idf.3 caps.0 caps.1 caps.2 caps.3");
}

/* The scripts put words into single quotes and lists with a blank between; nothing in them may end
 * these. */
static void words_are_plain(void **state)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:- ";

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		for (size_t k = 0; argument(commands[i]->usage, k); k++)
			assert_int_equal(strspn(strbuf_text(&values.words), plain), values.words.n_bytes);
		FOR_EACH_OPTION(spec, commands[i])
		{
			if (!spec->arg)
				continue;
			option(spec->arg, spec->choices);
			assert_int_equal(strspn(strbuf_text(&values.words), plain), values.words.n_bytes);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(arguments_come_from_the_usage, tear_down),
		cmocka_unit_test_teardown(help_offers_all_commands, tear_down),
		cmocka_unit_test_teardown(boards_are_offered_where_they_are_found, tear_down),
		cmocka_unit_test_teardown(values_of_options_come_from_their_choices_or_name, tear_down),
		cmocka_unit_test_teardown(words_are_plain, tear_down),
	};

	return RUN(tests);
}
