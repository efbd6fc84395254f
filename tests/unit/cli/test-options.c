#include "memprof/cli/options.h"

#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "unit.h"

struct test_args {
	const char *need, *output, *file;
	struct option_list logs;
	bool quiet, loud;
	unsigned map, dtr;
	uint64_t count, size, time, percent;
	struct option_address address;
};

static const struct option_spec specs[] = {
	OPTION_GROUP("What to show"),
	{ 0, "need", "SIZE", "say whether SIZE bytes would fit", AS_TEXT(test, need) },
	{ 'o', "output", "FILE", "write there", AS_WRITTEN(test, output) },
	{ 0, "map", "HOW", "full, or none (default)", "full|none|scaled", AS_CHOICE(test, map) },
	{ 0, "dtr", "on|off", "set this line", AS_CHOICE(test, dtr), .needs = "map=full|output" },
	OPTION_GROUP("Else"),
	{ 'q', "quiet", NULL, "no warnings", AS_FLAG(test, quiet), .excludes = "loud|map=none" },
	OPTION_END,
};
static const struct option_spec more_specs[] = {
	{ 0, "file", "FILE", "one", AS_FILE(test, file) },
	{ 0, "log", "FILE", "at most two", AS_LIST(test, logs), .most = 2 },
	{ 0, "count", "N", "from 1", AS_COUNT(test, count), .least = 1, .otherwise = 7 },
	{ 0, "size", "SIZE", "from 1K to 3G", AS_SIZE(test, size), .least = 1 << 10, .most = UINT64_C(3) << 30 },
	{ 0, "address", "ADDRESS", "any", AS_ADDRESS(test, address) },
	{ 0, "above", "SIZE", "above 0", AS_SIZE(test, size), .least = 1 },
	{ 0, "time", "TIME", "above 0", AS_TIME(test, time), .least = 1, .most = 90000 },
	{ 0, "percent", "PERCENT", "up to 100%", AS_PERCENT(test, percent), .most = 1000000 },
	OPTION_END,
};
static const struct command commands_of_test[] = {
	{ .name = "report", .usage = "[OPTIONS] [FILE...]", .options = specs },
	{ .name = "more", .usage = "[OPTIONS] -o FILE A|B [C D | e]", .options = more_specs },
	{ .name = "none", .usage = "[OPTIONS]", .inputs = "inputs are options", .options = more_specs },
	{ .name = "many", .usage = "[OPTIONS] FILE... [SOURCE]", .options = more_specs },
};

static struct test_args args;
static struct strbuf printed;

static void keep_message(void *ctx, const char *line, const char *words)
{
	(void)ctx, (void)line;
	strbuf_printf(&printed, "%s", words);
}

/* Splits a command line at its blanks; its message is in printed. */
static int parse(const char *line, struct options *ret)
{
	static char copy[256], *argv[32];
	const struct command *command = commands_of_test;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	while (strcmp(command->name, argv[0]) != 0)
		command++;
	args = (struct test_args){ .quiet = false };
	strbuf_reset(&printed);
	message_redirect(keep_message, NULL);
	int r = options_parse(command, argc, argv, &args, ret);
	message_redirect(NULL, NULL);
	return r;
}

static void refuses(const char *line, const char *message)
{
	struct options o;

	assert_int_equal(parse(line, &o), -EINVAL);
	assert_string_equal(strbuf_text(&printed), message);
	strbuf_deinit(&printed);
}

UNIT_TEST(options_and_arguments)
{
	struct options o;

	assert_int_equal(parse("report --need 16K -q a.log --need=4K b.log -o x", &o), 0);
	assert_int_equal(o.n_args, 2);
	assert_string_equal(o.args[0], "a.log");
	assert_string_equal(o.args[1], "b.log");
	assert_true(args.quiet);
	assert_false(o.help);
	assert_string_equal(args.need, "4K"); /* the last */
	assert_string_equal(args.output, "x");
	assert_string_equal(options_any(&o, "map|quiet|need"), "quiet");
	assert_null(options_any(&o, "map|quie|"));
}

UNIT_TEST(an_option_with_choices_takes_nothing_else)
{
	static const char *const wrong[] = { "--map=",      "--map=f", "--map=fulls", "--map=full|none", "--map |",
					     "--map none|", "--dtr=o", "--dtr ON",    "--dtr on|off" };
	char line[64];
	struct options o;

	assert_int_equal(parse("report --map scaled --map=none --map full --dtr on --dtr=off", &o), 0);
	assert_int_equal(args.map, 1);
	assert_int_equal(args.dtr, 2);
	assert_string_equal(options_any(&o, "map=none|map=full"), "map");
	assert_null(options_any(&o, "map=none|map=ful"));
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
	assert_false(args.quiet);
	assert_null(args.need);
	assert_int_equal(args.map, 0);
	assert_int_equal(parse("more -- x", &o), 0);
	assert_int_equal(args.count, 7);
	assert_true(args.size == NOT_KNOWN && args.time == NOT_KNOWN && args.percent == NOT_KNOWN);
	assert_int_equal(args.logs.n, 0);
}

UNIT_TEST(numbers_have_units_and_limits)
{
	struct options o;

	assert_int_equal(parse("more --count 0x10 --size 1.5M --time 1.5ms --percent 12.5% x", &o), 0);
	assert_int_equal(args.count, 16);
	assert_int_equal(args.size, 3 << 19);
	assert_int_equal(args.time, 1500);
	assert_int_equal(args.percent, 125000);
	assert_int_equal(parse("more --percent 5 --percent 100 x", &o), 0);
	assert_int_equal(args.percent, 1000000);
	refuses("more --count 0 x", "--count takes a number from 1, not '0'");
	refuses("more --count few x", "--count takes a number from 1, not 'few'");
	refuses("more --size 1023 x", "--size takes a size from 1K to 3G, not '1023'");
	refuses("more --size 3.1G x", "--size takes a size from 1K to 3G, not '3.1G'");
	refuses("more --time 0 x", "--time takes a time above 0 up to 90ms, not '0'");
	refuses("more --percent 101% x", "--percent takes a percentage up to 100%, not '101%'");
	refuses("more --above 0 x", "--above takes a size above 0, such as 4096, 16K or 1.5M, not '0'");
	refuses("more --address x x", "--address takes an address, such as 0x8000, not 'x'");
	assert_int_equal(parse("more --address 32K x", &o), 0);
	assert_int_equal(args.address.value, 0x8000);
	assert_string_equal(args.address.text, "32K");
}

UNIT_TEST(files_are_given_once_and_lists_are_not_endless)
{
	struct options o;

	assert_int_equal(parse("more --file a --log b --log c x", &o), 0);
	assert_string_equal(args.file, "a");
	assert_int_equal(args.logs.n, 2);
	assert_string_equal(args.logs.all[1], "c");
	assert_null(args.logs.all[2]);
	refuses("more --file a --file a x", "--file given more than once");
	refuses("report -o a --output=b", "--output given more than once");
	refuses("more --log a --log b --log c x", "--log given more than 2 times");
}

UNIT_TEST(companions)
{
	struct options o;

	assert_int_equal(parse("report --dtr on --map full", &o), 0);
	refuses("report --dtr on --map none", "--dtr requires --map full or --output FILE");
	refuses("report --map none -q", "--quiet and --map none exclude each other");
	assert_int_equal(parse("report --map none --map full -q", &o), 0); /* the last one counts */
}

UNIT_TEST(as_many_arguments_as_the_usage_has)
{
	struct options o;

	assert_int_equal(parse("more x", &o), 0);
	assert_int_equal(parse("more x y", &o), 0);
	refuses("more x y z", "'z' is one argument too many: memprof more [OPTIONS] -o FILE A|B [C D | e]");
	refuses("more", "an argument is missing: memprof more [OPTIONS] -o FILE A|B [C D | e]");
	assert_int_equal(parse("many x y z", &o), 0);
	refuses("none x", "'x' is one argument too many: memprof none [OPTIONS]; inputs are options");
	assert_int_equal(usage_argument_bytes(usage_argument("[OPTIONS] -o FILE A|B [C D | e]", 0)), 3);
	assert_string_equal(usage_argument("[OPTIONS] -o FILE A|B [C D | e] f", 1), "[C D | e] f");
	assert_null(usage_argument("[OPTIONS]", 0));
	assert_null(usage_argument("A", 1));
	assert_null(usage_argument("-o FILE", 0));
}

UNIT_TEST(short_options_may_stand_together)
{
	struct options o;

	assert_int_equal(parse("report -qox y", &o), 0);
	assert_true(args.quiet);
	assert_string_equal(args.output, "x");
	assert_int_equal(o.n_args, 1);
}

UNIT_TEST(two_dashes_end_the_options)
{
	struct options o;

	assert_int_equal(parse("report -- -q --need", &o), 0);
	assert_int_equal(o.n_args, 2);
	assert_false(args.quiet);
	assert_int_equal(parse("report -", &o), 0);
	assert_int_equal(o.n_args, 1);
	assert_string_equal(o.args[0], "-");
}

UNIT_TEST(help_is_always_there)
{
	struct options o;

	assert_int_equal(parse("more -h", &o), 0);
	assert_true(o.help);
	assert_int_equal(parse("report --help --need 4K", &o), 0);
	assert_true(o.help);
	assert_false(o.help_all);
	assert_int_equal(parse("report --help=all", &o), 0);
	assert_true(o.help && o.help_all);
	assert_int_equal(parse("report --help=none", &o), -EINVAL);
	/* whatever else is wrong */
	assert_int_equal(parse("report --need x --bogus --help", &o), 0);
	assert_true(o.help);
	assert_int_equal(parse("report -o --help", &o), 0);
	assert_true(o.help);
	assert_int_equal(parse("report -- --help", &o), 0);
	assert_false(o.help);
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
	assert_int_equal(options_parse(commands_of_test, OPTIONS_GIVEN_MAX + 1, argv, &args, &o), 0);
	assert_int_equal(options_parse(commands_of_test, OPTIONS_GIVEN_MAX + 2, argv, &args, &o), -EINVAL);
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
