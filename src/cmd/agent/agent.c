/* agent: puts memprof.py, the agent for stock firmware, on a board, as source or compiled; reports what is installed;
 * removes it. */
#include <string.h>

#include "agent/job.h"
#include "live.h"
#include "memprof/cli/output.h"
#include "memprof/io/datafile.h"
#include "memprof/sinks/output_document.h"

static const struct option_spec agent_options[] = {
	OPTION_GROUP("Operation"),
	{ 0, "force", NULL, "install: replace a memprof.py that is not memprof's", AS_FLAG(agent, board.force) },
	{ 0, "source", NULL, "install: copy the source, not compiled files", AS_FLAG(agent, source) },
	OPTIONS_PROMPT(agent),
	OPTIONS_OUTPUT(agent),
	OPTION_END,
};

static int status(struct agent_job *job)
{
	const struct installed *found = &job->found;

	job->deed = INSTALLED_LOOKED;
	return found->built_in || (found->n_files && found->files[0].version[0]) ? EXIT_FINE : EXIT_FINDING;
}

static int read_version(struct agent_job *job)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, bytes CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (MESSAGE_ON(datafile_read, "memprof.py", &path, &bytes) < 0)
		return EXIT_INPUT;
	if (!installed_version(strbuf_text(&bytes), bytes.n_bytes, job->version)) {
		message_at((struct place){ .file = strbuf_text(&path) }, "error", "this is not memprof's memprof.py");
		return EXIT_INPUT;
	}
	return EXIT_FINE;
}

static void write_agent(const struct agent_job *job, struct output *out)
{
	const struct installed_view view = {
		.source = session_source_name(job->session),
		.deed = job->deed,
		.found = &job->found,
		.path = job->path[0] ? job->path : NULL,
		.version = job->version,
		.variant = job->variant,
		.cost = job->is_measured ? &job->cost : NULL,
	};

	if (out->format == OUTPUT_JSON) {
		json_installed(&(struct json){ .out = &out->text }, &view);
	} else {
		struct document d CLEANUP(doc_deinit);
		document_installed(&d, &view);
		output_document(out, &d);
	}
}

static int do_with_board(struct agent_job *job, int (*deed)(struct agent_job *job), struct output *out)
{
	static const struct session_handler handler = { .on_event = NULL };
	enum session_outcome opened;
	int code;

	if (!live_open(&job->config, &handler, &job->session, &opened, &code))
		return code;
	if (opened == SESSION_GONE)
		session_report_gone(job->session);
	if (opened != SESSION_READY)
		return opened == SESSION_STOPPED ? EXIT_STOPPED : EXIT_DEVICE;
	code = agent_job_find(job);
	if (code == EXIT_FINE) {
		code = deed(job);
		if (code == EXIT_FINE || deed == status)
			write_agent(job, out);
	}
	return code;
}

static int agent_run(const struct options *options)
{
	static const struct {
		const char *word;
		int (*run)(struct agent_job *job);
	} deeds[] = { { "install", agent_job_install }, { "remove", agent_job_uninstall }, { "status", status } };
	const struct agent_args *args = options->values;
	struct agent_job job = { .args = args };
	struct output out;
	size_t i = 0;
	int code;

	while (i < ARRAY_SIZE(deeds) && strcmp(deeds[i].word, options->args[0]) != 0)
		i++;
	if (i == ARRAY_SIZE(deeds)) {
		message_error("agent takes install, remove or status, and a SOURCE");
		return EXIT_INPUT;
	}
	code = live_config(&args->board, live_source(options, 1), &job.config);
	if (code != EXIT_FINE)
		return code;
	job.config.needs_prompt = true;
	code = EXIT_INPUT;
	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (read_version(&job) == EXIT_FINE)
		code = do_with_board(&job, deeds[i].run, &out);
	session_close(job.session);
	for (i = 0; i < INSTALLED_PARTS; i++)
		strbuf_deinit(&job.parts[i].bytes);
	return output_close(&out, code);
}

const struct command command_agent = {
	.name = "agent",
	.usage = "[OPTIONS] install|remove|status [SOURCE]",
	.summary = "install or remove the agent on a board with stock firmware",
	.group = GROUP_BOARD,
	.options = agent_options,
	.args_bytes = sizeof(struct agent_args),
	.common = { "force", "interrupt", "json", "output", "source" },
	.examples = { "memprof agent install /dev/ttyACM0", "memprof agent remove --json" },
	.run = agent_run,
};
