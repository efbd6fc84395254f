/* memprof NAME...: the command line that it stands for, by what is in the files. */
#include "open.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/cli/message.h"
#include "memprof/input/build.h"
#include "memprof/input/kinds.h"
#include "memprof/io/source.h"

/* With a screen of its own where nothing but names is given; else as text, where options go too. */
static const struct {
	const char *screen, *text;
	const char *option; /* which the name is given with; NULL */
} commands_of[N_INPUT_KINDS] = {
	[INPUT_LOG] = { "view", "report", NULL },
	[INPUT_RECORDING] = { "view", "report", NULL },
	[INPUT_MEMORY] = { "view", "report", NULL },
	[INPUT_CORE] = { "view", "report", NULL },
	[INPUT_MAP] = { "map", "map", NULL },
	[INPUT_ELF] = { "map", "map", NULL },
	[INPUT_SCRIPT] = { "layout", "layout", "--ld" },
	[INPUT_PARTITIONS] = { "layout", "layout", "--partitions" },
	[INPUT_BOARD_FILE] = { "layout", "layout", "--board" },
	[INPUT_FIRMWARE] = { NULL }, /* where it lies is told by a partition table */
	[INPUT_PROFILE] = { "view", "sites", NULL },
	[INPUT_BUDGET] = { "check", "check", NULL },
	[INPUT_PROGRAM] = { "run", "run", NULL },
};

bool open_is_name(const char *word)
{
	if (word[0] == '-')
		return word[1] == '\0';
	return strpbrk(word, "./:@") || access(word, F_OK) == 0 || source_kind_of(word)->live;
}

static bool is_build(enum input_kind kind) { return kind == INPUT_MAP || kind == INPUT_ELF; }

/* ---- command lines ---- */

static char **line_of(const char *const *words, size_t n_words, int argc, char **argv, int *ret_argc)
{
	char **line = calloc(n_words + (size_t)argc + 1, sizeof(*line));

	if (!line) {
		message_error("out of memory");
		return NULL;
	}
	*ret_argc = 0;
	for (size_t i = 0; i < n_words; i++)
		line[(*ret_argc)++] = (char *)(uintptr_t)words[i]; /* nobody writes to it */
	for (int i = 0; i < argc; i++)
		line[(*ret_argc)++] = argv[i];
	return line;
}

/* Whether a map and an ELF are of one build. -EINVAL after a message. */
static int is_one_build(const char *map, const char *elf)
{
	const struct build_spec spec = { .map = map, .elf = elf };
	struct diag diag = { 0 };
	struct build b;
	int r = build_read(&b, &spec, &diag);

	if (r < 0)
		message_diag(&diag);
	build_deinit(&b);
	return r < 0 ? -EINVAL : r != IMAGE_OTHER_BUILD;
}

/* Two builds: a comparison, or a map and the ELF that it is of. argv: what follows both. */
static char **line_of_builds(char **names, const enum input_kind *kinds, int argc, char **argv, int *ret_argc)
{
	const char *map = kinds[0] == INPUT_MAP ? names[0] : names[1], *elf = map == names[0] ? names[1] : names[0];
	const char *one[] = { "memprof", "map", "--elf", elf, map }, *two[] = { "memprof", "diff", names[0], names[1] };
	int r = kinds[0] == kinds[1] ? 0 : is_one_build(map, elf);

	if (r < 0)
		return NULL;
	return r ? line_of(one, ARRAY_SIZE(one), argc, argv, ret_argc) :
		   line_of(two, ARRAY_SIZE(two), argc, argv, ret_argc);
}

/* ---- what is named ---- */

/* Two of a kind that diff compares. */
static bool are_compared(const enum input_kind *kinds)
{
	return kinds[0] == kinds[1] && (kinds[0] == INPUT_MEMORY || kinds[0] == INPUT_PROFILE);
}

char **open_command_line(int argc, char **argv, int *ret_argc)
{
	bool is_live = source_kind_of(argv[1])->live, at_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	const char *of_board[] = { "memprof", at_terminal ? "attach" : "snap" }, *compare[] = { "memprof", "diff" };
	enum input_kind kinds[2];
	bool two = argc > 2 && argv[2][0] != '-' && !source_kind_of(argv[2])->live;

	if (is_live)
		return line_of(of_board, ARRAY_SIZE(of_board), argc - 1, argv + 1, ret_argc);
	if (MESSAGE_ON(input_kind_read, argv[1], &kinds[0]) < 0)
		return NULL;
	two = two && kinds[0] != INPUT_PROGRAM;
	if (two && MESSAGE_ON(input_kind_read, argv[2], &kinds[1]) < 0)
		return NULL;
	if (two && is_build(kinds[0]) && is_build(kinds[1]))
		return line_of_builds(argv + 1, kinds, argc - 3, argv + 3, ret_argc);
	if (two && are_compared(kinds))
		return line_of(compare, ARRAY_SIZE(compare), argc - 1, argv + 1, ret_argc);
	if (!commands_of[kinds[0]].text) {
		message_at((struct place){ .file = argv[1] }, "error",
			   "this is a firmware image, bytes without names; memprof layout --partitions FILE --bin %s"
			   " shows where it lies, memprof hex %s ADDRESS its bytes",
			   argv[1], argv[1]);
		return NULL;
	}
	bool is_shown = at_terminal && argc == 2;
	const char *words[] = { "memprof", is_shown ? commands_of[kinds[0]].screen : commands_of[kinds[0]].text,
				commands_of[kinds[0]].option };
	return line_of(words, words[2] ? 3 : 2, argc - 1, argv + 1, ret_argc);
}
