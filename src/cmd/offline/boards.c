/* What other commands ask of boards, in a memprof that reads files only: a message. */

#include <errno.h>

#include "check.h"
#include "live.h"
#include "memprof/cli/message.h"
#include "memprof/run/sites.h"
#include "script.h"

static const char files_only[] = "this build of memprof reads files only; name a file";

static int refuse(void)
{
	message_error("%s", files_only);
	return EXIT_INPUT;
}

int check_run_tests(struct checking *k)
{
	(void)k;
	return refuse();
}

int live_config(const struct board_args *args, const char *uri, struct session_config *ret)
{
	(void)args;
	(void)uri;
	(void)ret;
	return refuse();
}

int live_follow_config(struct feed_board *b, const struct board_args *args, const char *uri)
{
	(void)b;
	(void)args;
	(void)uri;
	return refuse();
}

int live_follow(struct feed_board *b)
{
	(void)b;
	return refuse();
}

int script_run(struct script *script, const struct program_handler *handler, struct program_result *ret)
{
	(void)script;
	(void)handler;
	(void)ret;
	return refuse();
}

void script_say_pools(const struct run_info *run) { (void)run; }

void program_result_deinit(struct program_result *result) { (void)result; }

int script_first_alloc(struct script *script, const char *function, struct output *out)
{
	(void)script;
	(void)function;
	(void)out;
	return refuse();
}

int script_exit(enum program_end end) { return (int)end; }

enum program_end sites_attach(const struct sites_attach *wanted, bool *ret_is_there)
{
	(void)wanted;
	(void)ret_is_there;
	return PROGRAM_DEVICE;
}

int sites_of_target(const struct sites_target *wanted, bool *ret_is_there, struct diag *diag)
{
	(void)wanted;
	(void)ret_is_there;
	return diag_set(diag, -EINVAL, "%s", files_only);
}
