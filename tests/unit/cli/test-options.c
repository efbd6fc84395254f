#include "memprof/cli/options.h"

#include "unit.h"

static const struct option_spec specs[] = { OPTION_GROUP("What to show"),
					    { 0, "need", "SIZE", "say whether SIZE bytes would fit" },
					    { 'o', "output", "FILE", "write there" },
					    { 0, "map", "HOW", "full, or none (default)", "full|none|scaled" },
					    { 0, "dtr", "on|off", "set this line" },
					    OPTION_GROUP("Else"),
					    { 'q', "quiet", NULL, "no warnings" },
					    OPTION_END };

/* Splits a command line at its blanks, and keeps stderr out of sight. */
static int parse(const char *line, struct options *ret)
{
	static char copy[256], *argv[32];
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(specs, argc, argv, ret);
}

UNIT_TEST(options_and_arguments)
{
	struct options o;

	assert_int_equal(parse("report --need 16K -q a.log --need=4K b.log -o x", &o), 0);
	assert_int_equal(o.n_args, 2);
	assert_string_equal(o.args[0], "a.log");
	assert_string_equal(o.args[1], "b.log");
	assert_true(option_is(&o, "quiet"));
	assert_true(option_is(&o, "need"));
	assert_false(o.help);
	assert_string_equal(option_value(&o, "need"), "4K"); /* the last */
	assert_string_equal(option_nth(&o, "need", 0), "16K");
	assert_string_equal(option_nth(&o, "need", 1), "4K");
	assert_null(option_nth(&o, "need", 2));
	assert_string_equal(option_value(&o, "output"), "x");
	assert_string_equal(option_value(&o, "quiet"), "");
}

UNIT_TEST(an_option_with_choices_takes_nothing_else)
{
	static const char *const wrong[] = { "--map=",      "--map=f", "--map=fulls", "--map=full|none", "--map |",
					     "--map none|", "--dtr=o", "--dtr ON",    "--dtr on|off" };
	char line[64];
	struct options o;

	assert_int_equal(parse("report --map full --map=scaled --map none --dtr on --dtr=off", &o), 0);
	assert_string_equal(option_value(&o, "map"), "none");
	assert_string_equal(option_value(&o, "dtr"), "off");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(line, sizeof(line), "report %s", wrong[i]);
		assert_int_equal(parse(line, &o), -EINVAL);
	}
	assert_string_equal(option_choices(&specs[3]), "full|none|scaled");
	assert_string_equal(option_choices(&specs[4]), "on|off");
	assert_null(option_choices(&specs[1]));
	assert_null(option_choices(&specs[6]));
}

UNIT_TEST(nothing_given)
{
	struct options o;

	assert_int_equal(parse("report", &o), 0);
	assert_int_equal(o.n_args, 0);
	assert_false(option_is(&o, "quiet"));
	assert_null(option_value(&o, "need"));
}

UNIT_TEST(short_options_may_stand_together)
{
	struct options o;

	assert_int_equal(parse("report -qox y", &o), 0);
	assert_true(option_is(&o, "quiet"));
	assert_string_equal(option_value(&o, "output"), "x");
	assert_int_equal(o.n_args, 1);
}

UNIT_TEST(two_dashes_end_the_options)
{
	struct options o;

	assert_int_equal(parse("report -- -q --need", &o), 0);
	assert_int_equal(o.n_args, 2);
	assert_false(option_is(&o, "quiet"));
	assert_int_equal(parse("report -", &o), 0);
	assert_int_equal(o.n_args, 1);
	assert_string_equal(o.args[0], "-");
}

UNIT_TEST(help_is_always_there)
{
	struct options o;

	assert_int_equal(parse("report -h", &o), 0);
	assert_true(o.help);
	assert_int_equal(parse("report --help --need 4K", &o), 0);
	assert_true(o.help);
	assert_false(o.help_all);
	assert_int_equal(parse("report --help=all", &o), 0);
	assert_true(o.help && o.help_all);
	assert_int_equal(parse("report --help=none", &o), -EINVAL);
}

UNIT_TEST(what_is_not_in_the_table)
{
	static const char *const lines[] = {
		"report --bogus",     "report -x",  "report a.log --bogus b.log", "report --need", "report -o",
		"report --quiet=yes", "report -qx",
	};
	struct options o;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(parse(lines[i], &o), -EINVAL);
}

UNIT_TEST(so_many_and_no_more)
{
	char *argv[OPTIONS_GIVEN_MAX + 3];
	char name[] = "report", option[] = "-q";
	struct options o;

	argv[0] = name;
	for (int i = 1; i <= OPTIONS_GIVEN_MAX + 1; i++)
		argv[i] = option;
	argv[OPTIONS_GIVEN_MAX + 2] = NULL;
	assert_int_equal(options_parse(specs, OPTIONS_GIVEN_MAX + 1, argv, &o), 0);
	assert_int_equal(options_parse(specs, OPTIONS_GIVEN_MAX + 2, argv, &o), -EINVAL);
}

UNIT_TEST(the_table_is_the_help)
{
	static const char *const none[] = { NULL }, *const common[] = { "quiet", "map", NULL };
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	assert_int_equal(options_help(specs, none, false, &s), 0);
	assert_string_equal(strbuf_text(&s),
			    "\nWhat to show:\n"
			    "  --need SIZE         say whether SIZE bytes would fit\n"
			    "  -o, --output FILE   write there\n"
			    "  --map HOW           full, or none (default)\n"
			    "  --dtr on|off        set this line\n"
			    "\nElse:\n"
			    "  -q, --quiet         no warnings\n");
	strbuf_reset(&s);
	assert_int_equal(options_help(specs, common, false, &s), 3);
	assert_string_equal(strbuf_text(&s),
			    "\nCommon options:\n"
			    "  -q, --quiet         no warnings\n"
			    "  --map HOW           full, or none (default)\n");
	strbuf_reset(&s);
	/* A group of which nothing is left has no title. */
	assert_int_equal(options_help(specs, common, true, &s), 0);
	assert_string_equal(strbuf_text(&s),
			    "\nCommon options:\n"
			    "  -q, --quiet         no warnings\n"
			    "  --map HOW           full, or none (default)\n"
			    "\nWhat to show:\n"
			    "  --need SIZE         say whether SIZE bytes would fit\n"
			    "  -o, --output FILE   write there\n"
			    "  --dtr on|off        set this line\n");
}
