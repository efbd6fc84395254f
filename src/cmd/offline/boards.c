/* What other commands ask of boards, in a memprof that reads files only: a message. */

#include "check/inputs.h"
#include "hex/hex.h"
#include "layout/ask_board.h"
#include "live.h"
#include "memprof/cli/message.h"
#include "objects/private.h"
#include "objects/sources.h"
#include "run/program.h"
#include "sites/private.h"
#include "sites/target.h"

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

int hex_live(struct hex_job *job)
{
	(void)job;
	return refuse();
}

int hex_target(struct hex_job *job)
{
	(void)job;
	return refuse();
}

bool objects_is_gdb(const char *source)
{
	(void)source;
	return false;
}

int objects_of_board(struct objects_job *job)
{
	(void)job;
	return refuse();
}

int objects_of_target(struct gdb_objects *g)
{
	(void)g;
	return refuse();
}

int objects_of_prompt(const struct board_args *args, const char *uri, bool is_again, struct memory_file *file,
		      struct objects **ret)
{
	(void)args;
	(void)uri;
	(void)is_again;
	(void)file;
	(void)ret;
	return refuse();
}

void program_options_read(const struct program_args *args, struct program_options *ret)
{
	(void)args;
	(void)ret;
}

int program_run(const struct board_args *args, const struct program_options *program,
		const struct program_handler *handler, struct program_result *ret)
{
	(void)args;
	(void)program;
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

int sites_attach(const struct board_args *args, const struct sites_attach *wanted, bool *ret_is_there)
{
	(void)args;
	(void)wanted;
	*ret_is_there = false;
	return refuse();
}

int sites_of_target(const struct sites_args *args, const struct sites_target *target, struct sites *ret,
		    bool *ret_is_there)
{
	(void)args;
	(void)target;
	(void)ret;
	*ret_is_there = false;
	return refuse();
}
