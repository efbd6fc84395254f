/* objects of a live board, read by the probe at its prompt. */
#include <errno.h>
#include <string.h>

#include "live.h"
#include "memprof/cli/message.h"
#include "memprof/live/memory_probe.h"
#include "memprof/live/session.h"
#include "objects/private.h"
#include "objects/sources.h"

static int fail(struct session *s, struct memory_probe *probe, int error, struct diag *diag)
{
	if (error == -EIO)
		return live_report_outcome(s, probe->outcome,
					   "what came was not what was asked for; does something there print at the"
					   " same time?");
	session_notice(s, "error", "%s", diag->text[0] ? diag->text : strerror(-error));
	return EXIT_INPUT;
}

static int verify(struct objects_job *job, struct session *s, struct memory_probe *probe)
{
	struct diag diag = { 0 };
	enum session_outcome outcome = memory_probe_collect(probe);
	int error = outcome == SESSION_DONE ? objects_freed(job->objects, &probe->reader, &job->freed) : -EIO;

	if (error < 0)
		return fail(s, probe, error, &diag);
	job->view.freed = &job->freed;
	return job->freed.exact ? EXIT_FINE : EXIT_FINDING;
}

static int read_board(struct objects_job *job, struct session *s)
{
	struct memory_probe probe = { .session = NULL };
	struct diag diag = { 0 };
	enum session_outcome outcome = memory_probe_begin(&probe, s, &diag);

	if (outcome != SESSION_DONE)
		return live_report_outcome(s, outcome,
					   outcome == SESSION_UNABLE  ? diag.text :
					   outcome == SESSION_NO_ROOM ? "there is no room for what reads its memory" :
									NULL);
	job->file.ids = live_probe_ids(&probe.hello);
	struct memory_reader reader = memory_file_recorder(&job->file, &probe.reader);
	int error = objects_read(&reader, &job->file.ids, &job->objects, &diag);
	int code = error < 0 ? fail(s, &probe, error, &diag) : EXIT_FINE;
	if (code == EXIT_FINE && option_is(job->options, "verify"))
		code = verify(job, s, &probe);
	if (memory_probe_is_on(&probe))
		session_talk_end(s);
	job->view.n_reads = reader.n_reads;
	job->view.n_read_bytes = reader.n_bytes;
	return code;
}

int objects_of_board(struct objects_job *job)
{
	const struct session_handler handler = { .ctx = job };
	struct session_config config;
	enum session_outcome opened;
	struct session *s;
	int code = live_config(job->options, job->source, &config);

	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	if (code != EXIT_FINE || !live_open(&config, &handler, &s, &opened, &code))
		return code;
	if (opened == SESSION_READY)
		code = read_board(job, s);
	else
		code = opened == SESSION_STOPPED ? EXIT_FINE : EXIT_DEVICE;
	if (opened == SESSION_GONE)
		session_report_gone(s);
	if (session_recording_failed(s))
		code = exit_worse(code, EXIT_INPUT);
	session_close(s);
	return code;
}

int objects_of_prompt(const struct options *options, const char *uri, struct memory_file *file, struct objects **ret)
{
	struct objects_job job = { .options = options, .source = uri };
	int code = objects_of_board(&job);

	*file = job.file;
	*ret = job.objects;
	return code;
}
