/* Which boards, and what they are called. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "memprof/base/vec.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/plugged_boards.h"
#include "memprof/live/children.h"
#include "private.h"

static int out_of_memory(void)
{
	message_error("out of memory");
	return EXIT_INPUT;
}

static int add(struct serve_boards *b, const char *name, size_t n_name, const char *source)
{
	struct serve_board *board = vec_add(b, boards);

	if (!board)
		return out_of_memory();
	board->name = strndup(name, n_name);
	board->source = strdup(source);
	return board->name && board->source ? EXIT_FINE : out_of_memory();
}

static int add_argument(struct serve_boards *b, const char *argument)
{
	size_t n_name;
	const char *source = live_named_source(argument, &n_name);

	if (!source)
		return EXIT_INPUT;
	for (size_t i = 0; i < b->n_boards; i++)
		if (strlen(b->boards[i].name) == n_name && memcmp(b->boards[i].name, argument, n_name) == 0) {
			message_error("'%s' is given more than once; NAME=SOURCE gives a board a name of its own",
				      b->boards[i].name);
			return EXIT_INPUT;
		}
	return add(b, argument, n_name, source);
}

static int add_plugged(struct serve_boards *b)
{
	struct boards_picked picked;
	struct diag diag;
	int code = EXIT_FINE, r = boards_pick_all(&picked, &diag);

	if (r < 0) {
		message_diag(&diag);
		return r == -ENODEV ? EXIT_DEVICE : EXIT_INPUT;
	}
	for (size_t i = 0; i < picked.n && code == EXIT_FINE; i++)
		code = add(b, picked.paths[i], strlen(picked.paths[i]), picked.paths[i]);
	boards_picked_deinit(&picked);
	return code;
}

int serve_boards_read(struct serve_boards *b, const struct options *options)
{
	int code = EXIT_FINE;

	if (options->n_args == 0)
		code = add_plugged(b);
	for (int i = 0; i < options->n_args && code == EXIT_FINE; i++)
		code = add_argument(b, options->args[i]);
	if (code == EXIT_FINE && b->n_boards > CHILDREN_MAX) {
		message_error("%zu boards; one memprof serves at most %d", b->n_boards, CHILDREN_MAX);
		code = EXIT_INPUT;
	}
	return code;
}

void serve_boards_deinit(struct serve_boards *b)
{
	for (size_t i = 0; i < b->n_boards; i++) {
		free(b->boards[i].name);
		free(b->boards[i].source);
	}
	vec_deinit(b, boards);
}
