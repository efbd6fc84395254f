/* serve of a memprof that has no server in itself: it becomes memprof-serve. The libraries of the server would cost
 * each start of memprof twice its time. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/datafile.h"
#include "serve/serve.h"
#include "version.h"

int serve_run(const struct options *options)
{
	struct strbuf program CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag;

	if (!MEMPROF_HAS_SERVER) {
		message_error("this build of memprof has no HTTP server (libmicrohttpd)");
		return EXIT_INPUT;
	}
	if (datafile_program("memprof-serve", &program, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	execv(strbuf_text(&program), options->argv);
	message_at((struct place){ .file = strbuf_text(&program) }, "error", "cannot be started: %s", strerror(errno));
	return EXIT_INPUT;
}
