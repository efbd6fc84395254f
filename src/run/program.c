#include "memprof/run/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/blob.h"
#include "memprof/io/clock.h"
#include "memprof/io/source.h"
#include "memprof/protocol/instrument.h"
#include "memprof/protocol/mem_info_text.h"
#include "private.h"

enum { SCRIPT_MAX_BYTES = 4 << 20 };

/* An agent is asked before what stock firmware can do, tables at collections before calls between statements, and the
 * old threshold before hooks that set one. */
static const struct run_hook *const program_hooks[] = {
	&hook_first_alloc, &hook_agent,   &hook_agent_sites, &hook_threshold, &hook_stops,
	&hook_collections, &hook_sampler, &hook_unittest,    &hook_imports,   &hook_owners,
};
_Static_assert(ARRAY_SIZE(program_hooks) <= RUN_HOOKS_MAX, "rows");

#define FOR_ROWS(row, p)          for (struct run_row *row = (p)->rows; row < (p)->rows + (p)->n_rows; row++)
#define FOR_ROWS_REVERSED(row, p) for (struct run_row *row = (p)->rows + (p)->n_rows; row-- > (p)->rows;)

/* ---- its file ---- */

/* What a REPL does not take as text: NUL, and Ctrl-A to Ctrl-E. */
static bool has_control_keys(const struct blob *script)
{
	for (size_t i = 0; i < script->n_bytes; i++)
		if ((unsigned char)script->bytes[i] <= 5)
			return true;
	return false;
}

int program_read(const char *path, const struct notice_sink *notices, struct strbuf *ret)
{
	struct diag diag = { .at.file = path };
	struct blob blob = { .bytes = NULL };
	int error = strcmp(path, "-") == 0 ? diag_at(&diag, diag.at, -EINVAL,
						     "standard input is the program's own: give its source as a file") :
					     blob_read(path, &blob, &diag);

	if (error < 0) {
		notice_at(notices, diag.at, "error", "%s", diag.text);
		return -EINVAL;
	}
	if (blob.n_bytes > SCRIPT_MAX_BYTES)
		error = diag_at(&diag, diag.at, -EINVAL, "it is larger than %d bytes; no board could hold it",
				SCRIPT_MAX_BYTES);
	else if (has_control_keys(&blob))
		error = diag_at(&diag, diag.at, -EINVAL,
				"it has control characters in it; expected the source of a Python program");
	else
		strbuf_add(ret, blob.bytes, blob.n_bytes);
	if (error == 0 && strbuf_error(ret) < 0)
		error = diag_at(&diag, diag.at, -ENOMEM, "out of memory");
	if (error < 0)
		notice_at(notices, diag.at, "error", "%s", diag.text);
	blob_deinit(&blob);
	return error;
}

/* ---- hooks ---- */

static int add_hooks(struct program *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(program_hooks); i++) {
		const struct run_hook *hook = program_hooks[i];
		if (!hook->is_wanted(p->options))
			continue;
		void *state = calloc(1, hook->state_bytes + 1);
		if (!state)
			return -ENOMEM;
		p->rows[p->n_rows++] = (struct run_row){ .hook = hook, .state = state };
	}
	return 0;
}

static void report_left(struct program *p, const struct run_hook *hook)
{
	struct run_info *info = &p->result->info;
	struct run_left *left = &info->left[info->n_left++];

	*left = (struct run_left){ hook->name, hook->by_hand };
	session_notice(
		p->session, "warning",
		"%s is still installed%s, as the board could not be reached: %s%sreset it (Ctrl-D at its prompt, or"
		" memprof attach --reset)",
		left->name, p->result->gone ? " unless it lost its power" : "", left->by_hand ? left->by_hand : "",
		left->by_hand ? ", or " : "");
}

static void remove_hooks(struct program *p)
{
	const struct run_info *info = &p->result->info;
	bool is_over = session_exit_code(p->session) >= 0 || (info->restarted && !session_has_prompt(p->session));

	FOR_ROWS_REVERSED(row, p)
	{
		bool is_gone = is_over || (info->restarted && !row->hook->outlives_reset);
		if (row->is_in && !is_gone && !row->hook->remove(p, row))
			report_left(p, row->hook);
		row->is_in = row->is_on = false;
	}
}

/* ---- snapshots ---- */

static void on_event(void *ctx, struct event *event) { program_event(ctx, event); }

static void on_output(void *ctx, const char *bytes, size_t n_bytes) { program_output(ctx, bytes, n_bytes); }

static enum session_outcome look(struct program *p, const char *label, struct pool_state *ret,
				 struct area_counts *ret_counts)
{
	p->label = label;
	p->wanted = ret;
	p->wanted_counts = ret_counts;
	enum session_outcome outcome = board_poll_take(&p->poll);
	p->result->cut_by_us |= outcome == SESSION_STOPPED;
	p->result->gone |= outcome == SESSION_GONE;
	p->wanted = NULL;
	p->label = NULL;
	return outcome;
}

static enum session_outcome look_collected(struct program *p, const char *label, struct pool_state *ret,
					   struct area_counts *ret_counts)
{
	p->after_collect = board_poll_collect(&p->poll) == SESSION_DONE;
	enum session_outcome outcome = look(p, label, ret, ret_counts);

	p->after_collect = false;
	return outcome;
}

/* ---- the program ---- */

/* Its traceback is shown, and its exception kept. */
static void print_traceback(struct program *p)
{
	struct run_info *info = &p->result->info;
	size_t n, n_exception;
	const char *text = session_traceback(p->session, &n);
	const char *exception = session_exception(p->session, &n_exception);

	text_copy(info->exception, sizeof(info->exception), exception, n_exception);
	program_traceback(p, text, n);
}

/* A process ends by sys.exit(); a board is unplugged. */
static enum program_end source_ended(struct program *p)
{
	struct run_info *info = &p->result->info;

	info->exit_code = session_exit_code(p->session);
	info->lost = info->exit_code < 0;
	bool lacks_profile = p->options->sites && !p->options->finds_leaks;
	if (lacks_profile && info->exit_code >= 0 && info->exit_code < 127)
		session_notice(
			p->session, "error",
			"it has ended MicroPython itself, as sys.exit() does there: there is no profile, since the"
			" names of functions are read after the program; let it return, or raise an exception");
	if (info->exit_code == 0)
		return lacks_profile ? PROGRAM_RAISED : PROGRAM_FINE;
	session_report_gone(p->session);
	info->raised = info->exit_code > 0;
	return info->exit_code > 0 && info->exit_code < 127 ? PROGRAM_RAISED : PROGRAM_DEVICE;
}

static void look_after(struct program *p)
{
	struct run_info *info = &p->result->info;

	info->unanswered = look(p, "after", &info->after, NULL) == SESSION_RAISED;
	p->result->full_after = info->unanswered;
	FOR_ROWS(row, p)
	if (row->hook->looked)
		row->hook->looked(p, row, LOOK_AFTER);
	look_collected(p, "after gc.collect()", &info->collected, &info->collected_counts);
	FOR_ROWS(row, p)
	if (row->hook->looked)
		row->hook->looked(p, row, LOOK_COLLECTED);
}

/* What it held is free from here on, so that later tables do not tell whether it leaks. */
static void end_program(struct program *p)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct event event = { .kind = EVENT_PROGRAM_ENDED, .at_us = NOT_KNOWN };

	p->is_running = false;
	if (p->handler.on_event)
		p->handler.on_event(p->handler.ctx, &event, NULL);
	strbuf_printf(&line, "\n%s\n", mem_info_ended);
	if (p->records && !strbuf_error(&line))
		session_save_text(p->session, strbuf_text(&line), line.n_bytes);
}

static enum session_outcome exec(struct program *p, const char *code)
{
	p->result->ran = p->is_running = true;
	p->began_us = clock_now_us();
	if (p->options->takes_input && standard_input_begin(&p->input)) {
		p->input_hooks = (struct session_input){ standard_input_fd, standard_input_read, &p->input };
		session_set_input(p->session, &p->input_hooks);
	}
	p->outcome = session_exec(p->session, code, p->options->timeout_us);
	standard_input_end(&p->input);
	end_program(p);
	p->result->info.duration_us = clock_now_us() - p->began_us;
	program_output_ends(p);
	bool is_there = p->outcome != SESSION_GONE && p->outcome != SESSION_RESTARTED;
	return p->is_over && is_there ? SESSION_DONE : p->outcome;
}

/* Runs it and looks at what is left. */
static enum program_end run_code(struct program *p, const char *code)
{
	struct run_info *info = &p->result->info;
	enum session_outcome outcome = exec(p, code);

	info->raised = outcome == SESSION_RAISED;
	info->stopped = outcome == SESSION_STOPPED || outcome == SESSION_TIME;
	info->restarted = outcome == SESSION_RESTARTED;
	if (outcome == SESSION_RAISED)
		print_traceback(p);
	p->result->gone |= outcome == SESSION_GONE;
	if (outcome == SESSION_GONE)
		return source_ended(p);
	if (!info->restarted) { /* else it is another heap: nothing to compare */
		FOR_ROWS_REVERSED(row, p)
		if (row->hook->ended)
			row->hook->ended(p, row);
		if (!p->options->first_alloc)
			look_after(p);
	}
	if (p->result->gone) { /* after the program had ended */
		session_report_gone(p->session);
		return PROGRAM_DEVICE;
	}
	if (info->restarted && !session_has_prompt(p->session)) { /* SystemExit comes back to a prompt */
		session_notice(p->session, "error",
			       "the board was reset while the program ran: a crash, a watchdog,"
			       " machine.reset()");
		return PROGRAM_DEVICE;
	}
	if (outcome == SESSION_TIME && !p->options->first_alloc && !p->options->finds_leaks) {
		notice_at(&p->options->board.notices, (struct place){ .file = info->script }, "error",
			  "stopped: it ran longer than --timeout");
		return PROGRAM_RAISED;
	}
	return outcome == SESSION_RAISED ? PROGRAM_RAISED : PROGRAM_FINE;
}

/* Puts the hooks in, looks at what is there, and runs it. */
static enum program_end follow(struct program *p)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct run_info *info = &p->result->info;
	const struct strbuf *script = p->options->text;

	p->has_agent = !p->options->first_alloc && board_poll_find_agent(&p->poll) == SESSION_DONE &&
		       p->poll.agent == BOARD_AGENT_THERE;
	FOR_ROWS(row, p)
	if (row->hook->begin && !row->hook->begin(p, row))
		return p->end;
	/* What stays is told from what was there: our hooks, and no garbage. */
	if (!p->options->first_alloc &&
	    hook_is_cut(p, look_collected(p, "before", &info->before, &info->before_counts)))
		return p->end;
	if (p->bare_bytes != NOT_KNOWN && info->before.used_bytes != NOT_KNOWN &&
	    info->before.used_bytes > p->bare_bytes)
		info->own_bytes = info->before.used_bytes - p->bare_bytes;
	FOR_ROWS(row, p)
	if (row->hook->starts)
		row->hook->starts(p, row);
	instrument_script(&code, strbuf_text(script), script->n_bytes, NULL, NULL);
	FOR_ROWS(row, p)
	if (row->hook->code)
		row->hook->code(p, row, &code);
	return run_code(p, strbuf_text(&code));
}

enum program_end program_not_opened(const struct notice_sink *notices, int error, const struct diag *diag)
{
	if (error != -EINTR)
		notice_at(notices, diag->at, "error", "%s", diag->text);
	return error == -ENODEV ? PROGRAM_DEVICE : error == -EINTR ? PROGRAM_FINE : PROGRAM_INPUT;
}

/* A board that is opened. */
static enum program_end with_board(struct program *p)
{
	const struct session_handler handler = { .on_event = on_event, .on_output = on_output, .ctx = p };
	struct session_config config = p->options->board;
	enum session_outcome opened;
	struct diag diag = { 0 };

	if (source_kind_of(config.uri) == &source_sim) {
		notice_at(&config.notices, (struct place){ 0 }, "error",
			  "%s: a simulated board runs no programs; exec:micropython does, where it is installed",
			  config.uri);
		return PROGRAM_INPUT;
	}
	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	p->records = config.record != NULL;
	int error = session_open(&p->session, &config, &handler, &opened, &diag);
	if (error < 0)
		return program_not_opened(&config.notices, error, &diag);
	p->poll.session = p->session;
	p->end = opened == SESSION_STOPPED ? PROGRAM_FINE : PROGRAM_DEVICE;
	if (opened == SESSION_GONE)
		session_report_gone(p->session);
	if (opened == SESSION_READY)
		p->end = follow(p);
	p->is_deaf = true; /* what a look that was stopped still says */
	remove_hooks(p);
	p->is_deaf = false;
	FOR_ROWS(row, p)
	if (row->hook->finish)
		row->hook->finish(p, row);
	board_poll_end(&p->poll);
	if (session_recording_failed(p->session) || p->has_failed)
		p->end = MAX(p->end, PROGRAM_INPUT);
	session_close(p->session);
	return p->end;
}

/* Before the board is opened. */
static bool prepare(struct program *p)
{
	p->frames = calloc(1, decoder_mem_info.state_bytes);
	p->statistics = calloc(1, decoder_mem_info.state_bytes);
	if (!p->frames || !p->statistics || add_hooks(p) < 0) {
		notice_at(&p->options->board.notices, (struct place){ 0 }, "error", "out of memory");
		return false;
	}
	FOR_ROWS(row, p)
	if (row->hook->prepare && !row->hook->prepare(p, row))
		return false;
	return true;
}

static void deinit(struct program *p)
{
	FOR_ROWS(row, p)
	{
		if (row->hook->deinit)
			row->hook->deinit(row->state);
		free(row->state);
	}
	void *const states[] = { p->frames, p->statistics };
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (states[i])
			decoder_mem_info.deinit(states[i]);
		free(states[i]);
	}
	heap_deinit(&p->collections.heap);
	heap_deinit(&p->pools_before);
	collections_free(&p->collections);
	profile_deinit(&p->profile);
	strbuf_deinit(&p->line);
	strbuf_deinit(&p->frame);
	strbuf_deinit(&p->unshown);
	strbuf_deinit(&p->sent);
}

static int end_sites(struct sites *sites, struct program_result *ret)
{
	bool has_samples = sites->n_nodes > 1; /* of a board that was lost when it had ended */
	int error = sites_set_exception(sites, ret->info.exception);

	sites->was_stopped = ret->info.stopped;
	ret->has_profile = error == 0 && ret->ran && (has_samples || !ret->gone);
	return error;
}

enum program_end program_run(const struct program_options *program, const struct program_handler *handler,
			     struct program_result *ret)
{
	struct program p = {
		.options = program,
		.handler = handler ? *handler : (struct program_handler){ NULL },
		.result = ret,
		.free_bytes = NOT_KNOWN,
		.bare_bytes = NOT_KNOWN,
		.profile = { .sites = program->sites, .script = program->script, .samples.mark = program->sites_mark }
	};
	enum program_end end = PROGRAM_INPUT;

	*ret = (struct program_result){
		.info = { .script = program->script,
			  .before = POOL_STATE_NOT_KNOWN,
			  .after = POOL_STATE_NOT_KNOWN,
			  .collected = POOL_STATE_NOT_KNOWN,
			  .own_bytes = NOT_KNOWN,
			  .peak_used_bytes = NOT_KNOWN,
			  .lowest_lfb_bytes = NOT_KNOWN,
			  .sampling_us = NOT_KNOWN,
			  .exit_code = -1 },
	};
	heap_init(&p.collections.heap);
	heap_init(&p.pools_before);
	heap_init(&ret->info.pools);
	if (prepare(&p))
		end = with_board(&p);
	deinit(&p);
	imports_end(&ret->imports);
	int error = program->sites ? end_sites(program->sites, ret) : 0;
	if (error < 0 || ret->imports.error < 0) {
		notice_at(&program->board.notices, (struct place){ 0 }, "error", "out of memory");
		end = MAX(end, PROGRAM_INPUT);
	}
	return end;
}

void program_result_deinit(struct program_result *result)
{
	imports_deinit(&result->imports);
	objects_free(result->objects);
	heap_deinit(&result->info.pools);
}
