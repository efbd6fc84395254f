/* What other commands ask of boards, in a memprof that reads files only: a message. */

#include "check/inputs.h"
#include "layout/ask_board.h"
#include "live.h"
#include "memprof/cli/message.h"
#include "run/script.h"
#include "sites/private.h"

static int refuse(void)
{
	message_error("this build of memprof reads files only; name a file");
	return EXIT_INPUT;
}

int layout_ask_board(struct layout_heaps *h, const struct board_args *args, const char *source)
{
	(void)h;
	(void)args;
	(void)source;
	return refuse();
}

int check_tests_run(struct check_inputs *in)
{
	(void)in;
	return refuse();
}

int live_config(const struct board_args *args, const char *uri, struct session_config *ret)
{
	(void)args;
	(void)uri;
	(void)ret;
	return refuse();
}

void script_options(const struct program_args *args, struct script *ret)
{
	(void)args;
	(void)ret;
}

int script_run(const struct board_args *args, struct script *script, const struct program_handler *handler,
	       struct program_result *ret)
{
	(void)args;
	(void)script;
	(void)handler;
	(void)ret;
	return refuse();
}

void program_result_deinit(struct program_result *result) { (void)result; }

int sites_first_alloc(struct output *out, const struct options *options)
{
	(void)out;
	(void)options;
	return refuse();
}

int sites_attach_target(const char *uri, const struct sites_args *args, struct sites *ret, bool *ret_is_there)
{
	(void)uri;
	(void)args;
	(void)ret;
	*ret_is_there = false;
	return refuse();
}

int sites_attach_agent(const char *source, const struct sites_args *args, struct sites *ret, bool *ret_is_there)
{
	return sites_attach_target(source, args, ret, ret_is_there);
}
