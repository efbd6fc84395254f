#include "memprof/run/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/clock.h"
#include "memprof/io/source.h"
#include "memprof/io/standard_input.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/instrument.h"
#include "memprof/protocol/mem_info_text.h"
#include "private.h"

enum { AGENT_PERIOD_MS = 100 };

/* The sampler on the board. Its statistics stand between two control characters, so that they are
 * told from what the program prints; mem_info() without an argument allocates nothing. With a clock
 * it looks every 100 ms; without one at each call, then at every second, fourth … call, so that a
 * long loop is not flooded. */
static const char clock_sampler[] =
	"def __memprof(f=0,m=__import__('micropython').mem_info,t=__import__('time').ticks_ms,p=print,s=[-1000]):\n"
	" n=t()\n"
	" if f or not -1<n-s[0]<100:\n"
	"  s[0]=n;p('\\x1e',end='');m();p('\\x1f',end='')\n";
static const char count_sampler[] =
	"def __memprof(f=0,m=__import__('micropython').mem_info,p=print,s=[0,0,1,64]):\n"
	" s[0]+=1\n"
	" if f or s[0]>=s[1]:\n"
	"  s[1]=s[0]+s[2];s[3]-=1\n"
	"  if not s[3]:s[2]*=2;s[3]=64\n"
	"  p('\\x1e',end='');m();p('\\x1f',end='')\n";
/* Functions of the program may still call it: it stays, as small as can be, if it was put in. */
static const char retire_code[] = "__memprof=lambda f=0:None\n";
static const char forget_code[] = "del __memprof\n";

/* ---- snapshots ---- */

void program_note(struct program *p, const struct pool_summary *s)
{
	struct run_info *info = &p->result->info;

	if (s->used_bytes != NOT_KNOWN && (info->peak_used_bytes == NOT_KNOWN || s->used_bytes > info->peak_used_bytes))
		info->peak_used_bytes = s->used_bytes;
	info->lowest_lfb_bytes = MIN(info->lowest_lfb_bytes, s->lfb_bytes); /* NOT_KNOWN is most */
	if (p->options->tests)
		tests_used(p->options->tests, s->used_bytes);
}

void program_event(struct program *p, struct event *event)
{
	struct run_info *info = &p->result->info;
	struct pool_summary summary = program_no_figures;

	if (p->is_deaf)
		return;
	event->line = ++p->n_events;
	program_sites_event(p, event);
	if (event->kind == EVENT_SNAPSHOT) {
		event->snapshot.collected |= p->after_collect;
		struct heap_pool *pool = &event->snapshot.heap->pools[0];
		event->snapshot.n_lines = 1;
		if (pool->block_bytes == 0) /* statistics alone: of the board that we know */
			pool->block_bytes = p->block_bytes;
		p->block_bytes = info->block_bytes = pool->block_bytes;
		report_summary(pool, &summary);
		if (event->snapshot.heap->problem == HEAP_WHOLE)
			program_note(p, &summary);
		p->last_sample = summary;
		if (p->is_running) {
			event->at_us = session_now_us(p->session);
			info->n_samples++;
			p->fresh_sample |= p->by_agent;
			if (p->handler.on_sample)
				p->handler.on_sample(p->handler.ctx, &summary, clock_now_us() - p->began_us);
		}
		if (p->wanted) {
			*p->wanted = summary;
			for (uint32_t i = 0; p->wanted_counts && i < pool->n_areas; i++)
				report_count(&pool->areas[i], p->wanted_counts);
		}
	} else if (event->kind == EVENT_SAMPLE && p->wanted) { /* no mem_info there */
		*p->wanted = (struct pool_summary){
			NOT_KNOWN, event->sample.used_bytes, event->sample.free_bytes, NOT_KNOWN, 0, -1
		};
		program_note(p, p->wanted);
	}
	program_tests_event(p, event, &summary);
	if (p->handler.on_event)
		p->handler.on_event(p->handler.ctx, event, p->label);
}

static void on_event(void *ctx, struct event *event) { program_event(ctx, event); }

static void on_output(void *ctx, const char *bytes, size_t n_bytes) { program_output(ctx, bytes, n_bytes); }

static enum session_outcome look(struct program *p, const char *label, struct pool_summary *ret,
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

static enum session_outcome look_collected(struct program *p, const char *label, struct pool_summary *ret,
					   struct area_counts *ret_counts)
{
	p->after_collect = board_poll_collect(&p->poll) == SESSION_DONE;
	enum session_outcome outcome = look(p, label, ret, ret_counts);

	p->after_collect = false;
	return outcome;
}

/* ---- the program ---- */

/* Puts the hook or else a sampler on the board. False if neither works there. */
static bool install_sampler(struct program *p)
{
	struct session *s = p->session;
	struct diag why = { 0 };

	if (!p->options->imports && program_collections_begin(p, &why))
		return true;
	if (p->options->sites) {
		session_notice(p->session, "error", "%s cannot be sampled: %s",
			       p->options->sites->unit == SITES_TIME ? "its time" : "its allocations", why.text);
		return false;
	}
	if (p->poll.agent == BOARD_AGENT_THERE) /* tells more than a sampler */
		return false;
	if (session_helper(s, clock_sampler) != SESSION_DONE && session_helper(s, count_sampler) != SESSION_DONE)
		return false;
	if (why.text[0])
		session_notice(
			s, "note",
			"its garbage collections cannot be watched (%s): memory is sampled between its statements"
			" instead, which slows it down",
			why.text);
	return true;
}

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

/* A process ends by sys.exit(); a board is unplugged. How it ended. */
static enum program_end source_ended(struct program *p)
{
	struct run_info *info = &p->result->info;

	info->exit_code = session_exit_code(p->session);
	info->lost = info->exit_code < 0;
	if (p->options->sites && info->exit_code >= 0 && info->exit_code < 127)
		session_notice(
			p->session, "error",
			"it has ended MicroPython itself, as sys.exit() does there: there is no profile, since the"
			" names of functions are read after the program; let it return, or raise an exception");
	if (info->exit_code == 0)
		return p->options->sites ? PROGRAM_RAISED : PROGRAM_FINE;
	session_report_gone(p->session);
	info->raised = info->exit_code > 0;
	return info->exit_code > 0 && info->exit_code < 127 ? PROGRAM_RAISED : PROGRAM_DEVICE;
}

static void look_after(struct program *p)
{
	struct run_info *info = &p->result->info;

	info->unanswered = look(p, "after", &info->after, NULL) == SESSION_RAISED;
	p->result->full_after = info->unanswered;
	program_tests_stop(p);
	look_collected(p, "after gc.collect()", &info->collected, &info->collected_counts);
	program_tests_collected(p);
	if (p->sampled && !p->collections.on)
		(p->result->cut_by_us ? session_tidy_soon : session_tidy)(p->session,
									  p->n_calls ? retire_code : forget_code);
	if (p->sampled && p->n_calls && strncmp(session_source_name(p->session), "exec:", 5) != 0)
		session_notice(p->session, "note",
			       "the name __memprof stays there, a function that does nothing:"
			       " functions of the program may call it");
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

/* Runs it and looks at what is left. How it ended. */
static enum program_end run_code(struct program *p, const char *code)
{
	struct run_info *info = &p->result->info;

	p->result->ran = p->is_running = true;
	p->began_us = clock_now_us();
	if (p->options->takes_input && standard_input_begin(&p->input)) {
		p->input_hooks = (struct session_input){ standard_input_fd, standard_input_read, &p->input };
		session_set_input(p->session, &p->input_hooks);
	}
	enum session_outcome outcome = session_exec(p->session, code, p->options->timeout_us);
	standard_input_end(&p->input);
	end_program(p);
	info->duration_us = clock_now_us() - p->began_us;
	program_output_ends(p);
	outcome = program_first_alloc_ended(p, outcome);
	info->raised = outcome == SESSION_RAISED;
	info->stopped = outcome == SESSION_STOPPED || outcome == SESSION_TIME;
	info->restarted = outcome == SESSION_RESTARTED;
	if (outcome == SESSION_RAISED)
		print_traceback(p);
	p->result->gone |= outcome == SESSION_GONE;
	if (outcome == SESSION_GONE)
		return source_ended(p);
	if (!info->restarted)
		program_sites_end(p);
	if (!info->restarted)
		program_tests_ended(p);
	if (p->by_agent && !info->restarted)
		board_poll_stop_agent(&p->poll);
	if (p->by_agent && !p->sites.by_agent && info->n_samples == 0 && info->duration_us > 3000 * AGENT_PERIOD_MS)
		session_notice(p->session, "note",
			       "its agent sent no snapshot while the program ran: if its port has"
			       " no timer, its VM must call the agent (MEMPROF_VM_HOOK=1)");
	if (!info->restarted && !p->options->first_alloc) /* else it is another heap: nothing to compare */
		look_after(p);
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
	if (outcome == SESSION_TIME && !p->options->first_alloc) {
		notice_at(&p->options->board.notices, (struct place){ .file = info->script }, "error",
			  "stopped: it ran longer than --timeout");
		return PROGRAM_RAISED;
	}
	return outcome == SESSION_RAISED ? PROGRAM_RAISED : PROGRAM_FINE;
}

/* The program is not followed, as the heap of its calls is locked. How it ended. */
static enum program_end watch_first_alloc(struct program *p)
{
	enum program_end end = program_first_alloc_begin(p);

	return end == PROGRAM_FINE && p->first_alloc.is_on ? run_code(p, strbuf_text(&p->first_alloc.script)) : end;
}

/* Looks at what is there, and runs it. How it ended. */
static enum program_end follow(struct program *p, const struct strbuf *script)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct run_info *info = &p->result->info;
	bool samples = !p->options->no_samples;

	/* What stays is told from what was there: our sampler, and no garbage. An agent needs none. */
	bool agent = board_poll_find_agent(&p->poll) == SESSION_DONE && p->poll.agent == BOARD_AGENT_THERE;
	bool may_sample = program_sites_choose(p, agent);
	p->sampler_sent = (!agent || p->options->tests || p->options->sites) && samples && may_sample &&
			  !p->sites.by_agent;
	p->sampled = p->sampler_sent && install_sampler(p);
	if (p->options->sites && !p->sites.on && !p->sites.by_agent)
		return PROGRAM_DEVICE;
	program_tests_hook(p, script);
	enum program_end code_there = program_imports_begin(p);
	if (p->options->imports && !p->imports_are_on)
		return code_there;
	enum session_outcome outcome = look_collected(p, "before", &info->before, &info->before_counts);
	if (outcome == SESSION_STOPPED)
		return PROGRAM_FINE;
	if (outcome == SESSION_RESTARTED)
		session_notice(p->session, "error", "the board was reset before the program ran; try again");
	if (outcome == SESSION_GONE)
		session_report_gone(p->session);
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return PROGRAM_DEVICE;
	p->by_agent = agent && p->poll.agent == BOARD_AGENT_THERE && samples && !p->collections.on &&
		      board_poll_start_agent(&p->poll, p->sites.by_agent ? 0 : AGENT_PERIOD_MS);
	if (!p->sampled && !agent && samples)
		session_notice(p->session, "note", "no samples: this build has no micropython.mem_info()");
	if (!program_sites_code(p, script, &code))
		p->n_calls = instrument_script(&code, strbuf_text(script), script->n_bytes,
					       p->sampled && !p->collections.on ? "__memprof()" : NULL,
					       p->sampled ? "__memprof(1)" : NULL);
	strbuf_puts(&code, program_tests_code(p));
	program_tests_begin(p);
	program_sites_begin(p);
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

	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	p->records = config.record != NULL;
	int error = session_open(&p->session, &config, &handler, &opened, &diag);
	if (error < 0)
		return program_not_opened(&config.notices, error, &diag);
	p->poll.session = p->session;
	enum program_end end = opened == SESSION_STOPPED ? PROGRAM_FINE : PROGRAM_DEVICE;
	if (opened == SESSION_GONE)
		session_report_gone(p->session);
	if (opened == SESSION_READY)
		end = p->options->first_alloc ? watch_first_alloc(p) : follow(p, p->options->text);
	program_first_alloc_gone(p);
	program_tests_unhook(p);
	if (!p->result->info.restarted && !p->result->gone)
		program_threshold_restore(p);
	program_imports_end(p);
	program_collections_end(p, p->n_calls ? retire_code : collection_hook_end_code);
	if (p->sampler_sent && !p->result->ran &&
	    !p->collections.is_there) /* perhaps stopped on its way; nothing calls it */
		session_tidy_soon(p->session, forget_code);
	if (p->options->reads_memory && p->result->ran && opened == SESSION_READY)
		program_owners(p);
	board_poll_end(&p->poll);
	program_tests_end(p, end);
	if (session_recording_failed(p->session) || p->sites.error < 0)
		end = MAX(end, PROGRAM_INPUT);
	session_close(p->session);
	return end;
}

enum program_end program_run(const struct program_options *program, const struct program_handler *handler,
			     struct program_result *ret)
{
	const struct notice_sink *notices = &program->board.notices;
	struct program p = { .options = program,
			     .handler = handler ? *handler : (struct program_handler){ NULL },
			     .result = ret,
			     .total_bytes = NOT_KNOWN };
	enum program_end end = PROGRAM_INPUT;

	*ret = (struct program_result){
		.info = { .script = program->script,
			  .before = program_no_figures,
			  .after = program_no_figures,
			  .collected = program_no_figures,
			  .peak_used_bytes = NOT_KNOWN,
			  .lowest_lfb_bytes = NOT_KNOWN,
			  .exit_code = -1 },
	};
	if (program_first_alloc_script(&p, program->text) < 0) {
		strbuf_deinit(&p.first_alloc.script);
		return PROGRAM_INPUT;
	}
	p.frames = calloc(1, decoder_mem_info.state_bytes);
	p.statistics = calloc(1, decoder_mem_info.state_bytes);
	heap_init(&p.collections.heap);
	if (p.frames && p.statistics)
		end = with_board(&p);
	else
		notice_at(notices, (struct place){ 0 }, "error", "out of memory");
	if (p.frames)
		decoder_mem_info.deinit(p.frames);
	free(p.frames);
	if (p.statistics)
		decoder_mem_info.deinit(p.statistics);
	free(p.statistics);
	program_collections_deinit(&p);
	program_tests_deinit(&p);
	program_sites_deinit(&p);
	imports_end(&ret->imports);
	if (ret->imports.error < 0) {
		notice_at(notices, (struct place){ 0 }, "error", "out of memory");
		end = MAX(end, PROGRAM_INPUT);
	}
	strbuf_deinit(&p.line);
	strbuf_deinit(&p.frame);
	strbuf_deinit(&p.unshown);
	strbuf_deinit(&p.hook_code);
	strbuf_deinit(&p.first_alloc.script);
	strbuf_deinit(&p.first_alloc.hook);
	return end;
}

void program_result_deinit(struct program_result *result)
{
	imports_deinit(&result->imports);
	objects_free(result->objects);
}
