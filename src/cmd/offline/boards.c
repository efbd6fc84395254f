/* What other commands ask of boards, in a memprof that reads files only: a message. */
#include <errno.h>

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

int live_source(const struct options *options, int i, const char **ret_uri)
{
	*ret_uri = options->n_args > i ? options->args[i] : "auto";
	if (options->n_args <= i + 1)
		return 0;
	message_error("one FILE at a time, but got '%s' too", options->args[i + 1]);
	return -EINVAL;
}

int layout_ask_board(struct layout_heaps *h, const struct options *options, const char *source)
{
	(void)h;
	(void)options;
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

int objects_of_prompt(const struct options *options, const char *uri, bool is_again, struct memory_file *file,
		      struct objects **ret)
{
	(void)options;
	(void)uri;
	(void)is_again;
	(void)file;
	(void)ret;
	return refuse();
}

int program_options_read(const struct options *options, struct program_options *ret)
{
	(void)options;
	(void)ret;
	refuse();
	return -EINVAL;
}

int program_run(const struct options *options, const struct program_options *program,
		const struct program_handler *handler, struct program_result *ret)
{
	(void)options;
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

int sites_attach(const struct options *options, const struct sites_attach *wanted, bool *ret_is_there)
{
	(void)options;
	(void)wanted;
	*ret_is_there = false;
	return refuse();
}

int sites_of_target(const struct options *options, const struct sites_target *target, struct sites *ret,
		    bool *ret_is_there)
{
	(void)options;
	(void)target;
	(void)ret;
	*ret_is_there = false;
	return refuse();
}
