/* serve: figures of many boards for Prometheus and for a browser, until Ctrl-C. */
#include "serve/serve.h"

#include "memprof/cli/command.h"

static const struct option_spec serve_options[] = {
	OPTION_GROUP("Server"),
	{ 0, "listen", "ADDRESS", "HOST:PORT or unix:PATH (default: " SERVE_ADDRESS ")", AS_NAME(serve, listen) },
	{ 0, "host", "NAME", "only answer requests for this host name", AS_LIST(serve, hosts) },
	{ 0, "token", "FILE", "require the bearer token in FILE", AS_FILE(serve, token_file) },
	OPTIONS_FOLLOW(serve),
	OPTION_GROUP("Output"),
	OPTION_QUIET(serve),
	OPTION_END,
};

const struct command command_serve = {
	.name = "serve",
	.usage = "[OPTIONS] [[NAME=]SOURCE...]",
	.summary = "serve figures of many boards to Prometheus and browsers",
	.group = GROUP_BOARD,
	.options = serve_options,
	.args_bytes = sizeof(struct serve_args),
	.common = { "listen", "interval", "quiet" },
	.examples = { "memprof serve kitchen=/dev/ttyACM0",
		      "memprof serve --interval 10 leak=sim:leak,seed=1 camera=sim:openmv" },
	.run = serve_run,
};
