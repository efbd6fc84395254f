/* What memprof prints, against files: commands.cases has the commands. A second argument is the name of the only test.
 */

#include "cases.h"
#include "golden.h"
#include "run.h"
#include "tests_dir.h"
#include "unit.h"

enum { GOLDENS_MAX = 1000 };

static struct golden {
	const char *name;
	int exit_code;
	struct run run;
} goldens[GOLDENS_MAX] = {
	{ "usage-escapes",
	  2,
	  { .args = { "report", "--need", "\x1b[2J\xff", "data/synthetic/session.txt" } } }, /* no text */
};
static struct CMUnitTest tests[GOLDENS_MAX];
static size_t n_goldens = 1;

static void assert_golden(const char *name, const char *suffix, const struct strbuf *text)
{
	char path[256];

	snprintf(path, sizeof(path), "golden/expected/%s%s", name, suffix);
	golden_assert(path, text);
}

static void golden_matches(void **state)
{
	const struct golden *g = *state;
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf err = STRBUF_INIT;
	int exit_code = run_memprof(&g->run, &out, &err);

	assert_golden(g->name, "", &out);
	assert_golden(g->name, ".err", &err);
	assert_int_equal(exit_code, g->exit_code);
}

static void read_command(char *line, struct golden *ret)
{
	char *words[RUN_ARGS_MAX + 4];
	size_t n = case_words(line, words, ARRAY_SIZE(words)), i = 2;

	*ret = (struct golden){ .name = words[0], .exit_code = atoi(words[1]) };
	ret->run.utf8 = n > i && strcmp(words[i], "LC_ALL=C.UTF-8") == 0;
	i += ret->run.utf8;
	if (n > i && words[n - 1][0] == '<')
		ret->run.input = words[--n] + 1;
	assert_in_range(n - i, 0, RUN_ARGS_MAX);
	memcpy(ret->run.args, words + i, (n - i) * sizeof(*words));
}

static void read_commands(void)
{
	static char text[1 << 17];
	FILE *file = fopen(TESTS_DIR "/golden/commands.cases", "r");

	assert_non_null(file);
	assert_in_range(fread(text, 1, sizeof(text), file), 1, sizeof(text) - 1);
	fclose(file);
	for (char *at = text; (at = strstr(at, "\n\t"));)
		memset(at, ' ', 2);
	for (char *rest = text, *line; (line = case_line(&rest));)
		if (*line != '#') {
			assert_in_range(n_goldens, 1, GOLDENS_MAX - 1);
			read_command(line, &goldens[n_goldens++]);
		}
}

int main(int argc, char **argv)
{
	run_begin(argc, argv);
	read_commands();
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	for (size_t i = 0; i < n_goldens; i++)
		tests[i] = (struct CMUnitTest){ goldens[i].name, golden_matches, NULL, NULL, &goldens[i] };
	return RUN(tests); /* cmocka passes over those without a function */
}
