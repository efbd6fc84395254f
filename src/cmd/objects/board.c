/* objects of a live board, read by the probe at its prompt. */
#include <errno.h>
#include <string.h>

#include "live.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/memory_probe.h"
#include "memprof/live/session.h"
#include "objects/private.h"
#include "objects/sources.h"

void objects_reading_deinit(struct objects_reading *r)
{
	objects_free(r->objects);
	memory_file_deinit(&r->file);
	*r = (struct objects_reading){ .objects = NULL };
}

/* As an outcome, with diag: of an error of the reader, or of what was read. */
static enum session_outcome fail(const struct memory_probe *probe, int error, struct diag *diag)
{
	if (error != -EIO && !diag->text[0])
		diag_set(diag, error, "%s", strerror(-error));
	if (error == -EIO && probe->outcome == SESSION_UNABLE)
		diag_set(diag, error,
			 "what came was not what was asked for; does something there print at the same time?");
	return error == -EIO ? probe->outcome : SESSION_UNABLE;
}

static enum session_outcome verify(struct objects *objects, struct memory_probe *probe, struct objects_freed *ret,
				   struct diag *diag)
{
	enum session_outcome outcome = memory_probe_collect(probe);
	int error = outcome == SESSION_DONE ? objects_freed(objects, &probe->reader, ret) : -EIO;

	return error < 0 ? fail(probe, error, diag) : SESSION_DONE;
}

/* freed: NULL, or what a collection afterwards frees. */
static enum session_outcome read_session(struct session *s, struct objects_reading *ret, struct objects_freed *freed,
					 struct diag *diag)
{
	struct memory_probe probe = { .session = NULL };
	uint64_t begun_us = clock_now_us();
	enum session_outcome outcome = memory_probe_begin(&probe, s, diag);

	if (outcome == SESSION_NO_ROOM)
		diag_set(diag, -ENOMEM, "there is no room for what reads its memory");
	if (outcome != SESSION_DONE)
		return outcome;
	ret->file.ids = live_probe_ids(&probe.hello);
	struct memory_reader reader = memory_file_recorder(&ret->file, &probe.reader);
	int error = objects_read(&reader, &ret->file.ids, &ret->objects, diag);
	ret->cost = (struct objects_cost){ reader.n_reads, reader.n_bytes, clock_now_us() - begun_us };
	if (error < 0)
		outcome = fail(&probe, error, diag);
	else if (freed)
		outcome = verify(ret->objects, &probe, freed, diag);
	if (memory_probe_is_on(&probe))
		session_talk_end(s);
	return outcome;
}

enum session_outcome objects_of_session(struct session *s, struct objects_reading *ret, struct diag *diag)
{
	return read_session(s, ret, NULL, diag);
}

static int read_board(struct objects_job *job, struct session *s)
{
	bool verifies = option_is(job->options, "verify");
	struct objects_reading reading = { .objects = NULL };
	struct diag diag = { 0 };
	enum session_outcome outcome = read_session(s, &reading, verifies ? &job->freed : NULL, &diag);

	job->file = reading.file;
	job->objects = reading.objects;
	job->view.cost = reading.cost;
	if (outcome != SESSION_DONE)
		return live_report_outcome(s, outcome, diag.text);
	job->view.freed = verifies ? &job->freed : NULL;
	return verifies && !job->freed.exact ? EXIT_FINDING : EXIT_FINE;
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
