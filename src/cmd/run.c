/* run: a program under memprof. A sampler goes in between its statements; its output passes through;
 * its heap is followed to the end, and once more after gc.collect(). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"
#include "memprof/clock.h"
#include "memprof/number.h"
#include "memprof/script.h"
#include "memprof/source.h"
#include "memprof/text.h"
#include "memprof/view.h"
#include "message.h"
#include "session.h"
#include "look.h"

enum { SCRIPT_MAX_BYTES = 4 << 20, LINE_KEPT_BYTES = 256, LIVE_US = 100000,
       FRAME_MAX_BYTES = 400 /* of statistics: four lines */, AGENT_PERIOD_MS = 100 };

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

static const struct option_spec run_options[] = {
	OPTION_GROUP("How to run"),
	{ 0, "timeout", "SECONDS", "stop the program after so long (default: never)" },
	{ 0, "no-samples", NULL, "run it as it is: look before and after only" },
	OPTIONS_BOARD,
	OPTIONS_SAVE,
	OPTIONS_OUTPUT_IN("text, json or html (default: text)", "text|json|html"),
	OPTION_END
};

struct run {
	struct output out;
	struct collector collector;
	struct run_info info;
	struct session *session;
	struct look look;
	bool cut_by_us;         /* somebody stopped a look: half a dump is no fault of the input */
	bool by_agent;          /* snapshots come by themselves while the program runs */
	FILE *program;                  /* where its output goes */
	struct text_style live_style;   /* of the lines on stderr */
	struct ticker ticker;
	bool live;                      /* show the heap as it changes */
	bool program_runs;
	bool in_frame, sampled;
	bool fresh_sample;              /* since the last mark */
	struct strbuf frame;
	uint64_t began_us, shown_us, timeout_us;
	struct strbuf line;             /* the program's, for marks and MemoryErrors */
	struct strbuf unshown;          /* of its output: an unfinished character */
	size_t n_calls;                 /* of the sampler in the program */
	void *frames;                   /* decoder state: what stands in frames */
	uint64_t n_events;              /* stand-in for line numbers */
	struct pool_summary *wanted;    /* where the next snapshot's figures go */
	struct area_counts *wanted_counts;
	uint32_t block_bytes;
	struct pool_summary last_sample;
};

/* ---- snapshots ---- */

static void note_extremes(struct run_info *info, const struct pool_summary *s)
{
	if (s->used_bytes != NOT_KNOWN &&
	    (info->peak_used_bytes == NOT_KNOWN || s->used_bytes > info->peak_used_bytes))
		info->peak_used_bytes = s->used_bytes;
	info->lowest_lfb_bytes = MIN(info->lowest_lfb_bytes, s->lfb_bytes); /* NOT_KNOWN is most */
}

static void show_live(struct run *r, const struct pool_summary *summary)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!r->live || (r->ticker.n_lines > 0 && clock_now_us() - r->shown_us < LIVE_US))
		return;
	r->shown_us = clock_now_us();
	fflush(r->program);
	if (r->ticker.n_lines == 0)
		text_ticker_head(&line, &r->ticker, &r->live_style);
	text_ticker_line(&line, &r->ticker, summary, clock_now_us() - r->began_us, &r->live_style);
	fputs(strbuf_text(&line), stderr);
}

static void on_event(void *of, struct event *event)
{
	struct run *r = of;
	struct pool_summary summary;

	event->line = ++r->n_events;
	if (event->kind == EVENT_SNAPSHOT) {
		struct heap_pool *pool = &event->snapshot.heap->pools[0];
		event->snapshot.n_lines = 1;
		if (pool->block_bytes == 0)     /* statistics alone: of the board that we know */
			pool->block_bytes = r->block_bytes;
		r->block_bytes = r->info.block_bytes = pool->block_bytes;
		report_summary(pool, &summary);
		if (event->snapshot.heap->problem == HEAP_WHOLE)
			note_extremes(&r->info, &summary);
		r->last_sample = summary;
		if (r->program_runs) {
			event->at_us = session_now_us(r->session);
			r->info.n_samples++;
			r->fresh_sample |= r->by_agent;
			show_live(r, &summary);
		}
		if (r->wanted) {
			*r->wanted = summary;
			for (uint32_t i = 0; r->wanted_counts && i < pool->n_areas; i++)
				report_count(&pool->areas[i], r->wanted_counts);
		}
	} else if (event->kind == EVENT_SAMPLE && r->wanted) {  /* no mem_info there */
		*r->wanted = (struct pool_summary){ NOT_KNOWN, event->sample.used_bytes,
						    event->sample.free_bytes, NOT_KNOWN, 0, -1 };
		note_extremes(&r->info, r->wanted);
	}
	collector_event(&r->collector, event);
}

static enum session_outcome look(struct run *r, const char *label, struct pool_summary *ret,
				 struct area_counts *ret_counts)
{
	r->collector.label = label;
	r->wanted = ret;
	r->wanted_counts = ret_counts;
	enum session_outcome outcome = look_take(&r->look);
	r->cut_by_us |= outcome == SESSION_STOPPED;
	r->wanted = NULL;
	r->collector.label = NULL;
	return outcome;
}

/* ---- what the program prints ---- */

static void decode(struct run *r, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.feed(r->frames, (const uint8_t *)bytes, n, NOT_KNOWN);
	while (decoder_mem_info.next_event(r->frames, &event, &diag) == DECODER_EVENT)
		on_event(r, &event);
}

static void keep_mark(struct run *r, const char *label)
{
	struct run_mark *mark = &r->info.marks[r->info.n_marks++ % RUN_MARKS_MAX];
	size_t n = MIN(strlen(label), sizeof(mark->label) - 1);

	*mark = (struct run_mark){ .at = r->last_sample };
	memcpy(mark->label, label, n);
}

/* A whole line of its output: a mark names the sample before it, and what else a line of a log can
 * say is taken as from a log. */
static void program_line(struct run *r)
{
	static const char mark[] = "memprof: ";
	const char *text = strbuf_text(&r->line);

	if (r->fresh_sample && text_starts(text, r->line.n_bytes, mark)) {
		r->fresh_sample = false;
		struct strbuf label CLEANUP(strbuf_deinit) = STRBUF_INIT;
		text_visible(&label, text + sizeof(mark) - 1, r->line.n_bytes - (sizeof(mark) - 1), false);
		collector_label_last(&r->collector, strbuf_text(&label));
		keep_mark(r, strbuf_text(&label));
	}
	strbuf_putc(&r->line, '\n');
	decode(r, text, r->line.n_bytes);
	strbuf_reset(&r->line);
}

/* How many bytes at the end are the beginning of a UTF-8 sequence that is not whole yet. */
static size_t n_unfinished(const char *bytes, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		uint8_t c = (uint8_t)bytes[n - back];
		if (c >= 0xc0)
			return (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) > back ? back : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

/* To the terminal, harmless; CRs are the board's line ends. */
static void show_program(struct run *r, const char *bytes, size_t n)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		if (bytes[i] != '\r')
			strbuf_putc(&r->unshown, bytes[i]);
	size_t n_keep = n_unfinished(strbuf_text(&r->unshown), r->unshown.n_bytes);
	size_t n_show = r->unshown.n_bytes - n_keep;
	text_visible(&clean, strbuf_text(&r->unshown), n_show, true);
	fputs(strbuf_text(&clean), r->program);
	fflush(r->program);
	if (n_show > 0)
		memmove(r->unshown.text, r->unshown.text + n_show, n_keep + 1);
	r->unshown.n_bytes = n_keep;
}

static void program_bytes(struct run *r, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			program_line(r);
		else if (bytes[i] != '\r' && r->line.n_bytes < LINE_KEPT_BYTES)
			strbuf_putc(&r->line, bytes[i]);
	}
	show_program(r, bytes, n);
}

/* Whether what stands in a frame so far can be what the sampler prints. */
static bool is_statistics(const struct strbuf *frame)
{
	static const char *const begins[] = { "mem: total=", "stack: ", "GC: total: " };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (strncmp(strbuf_text(frame), begins[i], MIN(frame->n_bytes, strlen(begins[i]))) == 0)
			return frame->n_bytes <= FRAME_MAX_BYTES;
	return false;
}

/* It was the program's own after all. */
static void release_frame(struct run *r)
{
	char begin = REPL_FRAME_BEGIN;

	r->in_frame = false;
	program_bytes(r, &begin, 1);
	program_bytes(r, strbuf_text(&r->frame), r->frame.n_bytes);
	strbuf_reset(&r->frame);
}

static void end_frame(struct run *r)
{
	r->in_frame = false;
	r->fresh_sample = true;
	decode(r, strbuf_text(&r->frame), r->frame.n_bytes);
	decode(r, session_end_of_dump, strlen(session_end_of_dump));
	strbuf_reset(&r->frame);
}

static void on_output(void *of, const char *bytes, size_t n_bytes)
{
	struct run *r = of;
	const char *p = bytes, *end = bytes + n_bytes;

	while (p < end) {
		if (r->in_frame) {
			if (*p == REPL_FRAME_END && r->frame.n_bytes > 0) {
				p++;
				end_frame(r);
				continue;
			}
			strbuf_putc(&r->frame, *p++);
			if (!is_statistics(&r->frame))
				release_frame(r);
			continue;
		}
		const char *edge = r->sampled ? memchr(p, REPL_FRAME_BEGIN, (size_t)(end - p)) : NULL;
		if (edge != p)
			program_bytes(r, p, (size_t)((edge ? edge : end) - p));
		r->in_frame = edge != NULL;
		p = edge ? edge + 1 : end;
	}
}

/* ---- the program ---- */

/* What a REPL does not take as text: NUL, and Ctrl-A to Ctrl-E. */
static bool has_control_keys(const struct strbuf *script)
{
	for (size_t i = 0; i < script->n_bytes; i++)
		if ((unsigned char)script->text[i] <= 5)
			return true;
	return false;
}

static int read_script(const char *path, struct strbuf *ret)
{
	struct place at = { .file = path };
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;

	if (!file) {
		message_at(at, "error", "cannot open it: %s", strerror(errno));
		return -EINVAL;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0 && ret->n_bytes <= SCRIPT_MAX_BYTES)
		strbuf_add(ret, chunk, n);
	bool failed = ferror(file) || strbuf_error(ret);
	fclose(file);
	if (failed)
		message_at(at, "error", "cannot read it");
	else if (ret->n_bytes > SCRIPT_MAX_BYTES)
		message_at(at, "error", "it is larger than %d bytes; no board could hold it", SCRIPT_MAX_BYTES);
	else if (has_control_keys(ret))
		message_at(at, "error", "it has control characters in it; expected the source of a Python"
			   " program");
	else
		return 0;
	return -EINVAL;
}

/* Puts the sampler on the board. False if it has none that works there. */
static bool install_sampler(struct session *s)
{
	return session_helper(s, clock_sampler) == SESSION_DONE ||
	       session_helper(s, count_sampler) == SESSION_DONE;
}

/* Shows the traceback, and takes a MemoryError in it as one in a log. */
static void say_traceback(struct run *r)
{
	size_t n, n_exception;
	const char *text = session_traceback(r->session, &n);
	const char *exception = session_exception(r->session, &n_exception);

	text_copy(r->info.exception, sizeof(r->info.exception), exception, n_exception);
	decode(r, text, n);
	decode(r, "\n", 1);
	show_program(r, text, n);
}

/* Runs it and looks at what is left. An exit code. */
static int run_program(struct run *r, const char *code)
{
	r->program_runs = true;
	r->began_us = clock_now_us();
	enum session_outcome outcome = session_exec(r->session, code, r->timeout_us);
	r->program_runs = false;
	r->info.duration_us = clock_now_us() - r->began_us;
	r->info.raised = outcome == SESSION_RAISED;
	r->info.stopped = outcome == SESSION_STOPPED || outcome == SESSION_TIME;
	r->info.restarted = outcome == SESSION_RESTARTED;
	if (r->in_frame)
		release_frame(r);
	if (r->line.n_bytes > 0)        /* its last words, without a newline */
		program_line(r);
	if (outcome == SESSION_RAISED)
		say_traceback(r);
	if (outcome == SESSION_GONE) {
		int code_there = session_exit_code(r->session);
		r->info.exit_code = code_there;
		if (code_there == 0)            /* sys.exit(): a process ends by it */
			return EXIT_FINE;
		session_say_gone(r->session);
		r->info.raised = code_there > 0;
		return code_there > 0 && code_there < 127 ? EXIT_SCRIPT : EXIT_DEVICE;
	}
	if (r->by_agent && !r->info.restarted)
		look_stop_agent(&r->look);
	if (r->by_agent && r->info.n_samples == 0 && r->info.duration_us > 3000 * AGENT_PERIOD_MS)
		message_at((struct place){ .file = session_source_name(r->session) }, "note", "its agent sent no snapshot"
			   " while the program ran: if its port has no timer, its VM must call the agent"
			   " (MEMPROF_VM_HOOK=1)");
	if (!r->info.restarted) {       /* else it is another heap: nothing to compare */
		r->info.unanswered = look(r, "after", &r->info.after, NULL) == SESSION_RAISED;
		r->collector.full_after = r->info.unanswered;
		session_helper(r->session, look_collect_code);
		look(r, "after gc.collect()", &r->info.collected, &r->info.collected_counts);
		if (r->sampled)
			session_helper(r->session, r->n_calls ? retire_code : forget_code);
		if (r->sampled && r->n_calls && strncmp(session_source_name(r->session), "exec:", 5) != 0)
			message_at((struct place){ .file = session_source_name(r->session) }, "note", "the"
				   " name __memprof stays there, a function that does nothing: functions of the"
				   " program may call it");
	}
	if (r->info.restarted && !session_has_prompt(r->session)) {     /* SystemExit comes back to a prompt */
		message_at((struct place){ .file = session_source_name(r->session) }, "error",
			   "the board was reset while the program ran: a crash, a watchdog, machine.reset()");
		return EXIT_DEVICE;
	}
	if (outcome == SESSION_TIME) {
		message_at((struct place){ .file = r->info.script }, "error", "stopped: it ran longer than"
			   " --timeout");
		return EXIT_SCRIPT;
	}
	return outcome == SESSION_RAISED ? EXIT_SCRIPT : EXIT_FINE;
}

static int follow(struct run *r, const struct options *options, const struct strbuf *script)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	/* What stays is told from what was there: our sampler, and no garbage. An agent needs none. */
	bool agent = look_find_agent(&r->look) == SESSION_DONE && r->look.agent == LOOK_AGENT_THERE;
	r->sampled = !agent && !option_is(options, "no-samples") && install_sampler(r->session);
	session_helper(r->session, look_collect_code);
	enum session_outcome outcome = look(r, "before", &r->info.before, &r->info.before_counts);
	if (outcome == SESSION_STOPPED)
		return EXIT_FINE;
	if (outcome == SESSION_RESTARTED)
		message_at((struct place){ .file = session_source_name(r->session) }, "error",
			   "the board was reset before the program ran; try again");
	if (outcome == SESSION_GONE)
		session_say_gone(r->session);
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return EXIT_DEVICE;
	r->by_agent = agent && r->look.agent == LOOK_AGENT_THERE && !option_is(options, "no-samples") &&
		      look_start_agent(&r->look, AGENT_PERIOD_MS);
	if (!r->sampled && !agent && !option_is(options, "no-samples"))
		message_at((struct place){ .file = session_source_name(r->session) }, "note",
			   "no samples: this build has no micropython.mem_info()");
	r->n_calls = script_follow(&code, strbuf_text(script), script->n_bytes,
				   r->sampled ? "__memprof()" : NULL, "__memprof(1)");
	return run_program(r, strbuf_text(&code));
}

static int read_options(struct run *r, const struct options *options)
{
	const char *timeout = option_value(options, "timeout");
	uint64_t seconds;

	if (timeout) {
		if (number_parse(timeout, &seconds) < 0 || seconds == 0 || seconds > 1000000) {
			message_error("--timeout takes whole seconds from 1, not '%s'", timeout);
			return -EINVAL;
		}
		r->timeout_us = seconds * 1000000;
	}
	r->collector.options.n_culprits = 5;
	return 0;
}

static int run_script(struct run *r, const struct options *options, const struct strbuf *script)
{
	const struct session_handler handler = { .on_event = on_event, .on_output = on_output, .of = r,
						 .needs_prompt = true };
	enum session_outcome opened;
	int error = session_open(&r->session, options, 1, &handler, &opened);
	r->look.session = r->session;

	if (error < 0)
		return session_open_exit(error);
	int code = opened == SESSION_STOPPED ? EXIT_FINE : EXIT_DEVICE;
	if (opened == SESSION_GONE)
		session_say_gone(r->session);
	if (opened == SESSION_READY)
		code = follow(r, options, script);
	bool ran = r->began_us != 0;
	if (session_save_failed(r->session))
		code = exit_worse(code, EXIT_INPUT);
	session_close(r->session);
	if (!ran) {
		strbuf_reset(&r->out.text);
		return code;
	}
	struct input_info input = { options->n_args > 1 ? options->args[1] : "auto",
				    collector_format(&r->collector), NOT_KNOWN, r->collector.n_dumps };
	if (r->out.format == OUTPUT_TEXT) {
		strbuf_putc(&r->out.text, '\n');
		text_run(&r->out.text, &r->info, &r->out.style);
	}
	int ended = collector_end(&r->collector, &input, 1);
	return r->cut_by_us ? code : exit_worse(code, ended);
}

static int run_run(const struct options *options)
{
	struct run r = { .collector = { .brief = true } };
	struct strbuf script CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct pool_summary nothing = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };
	int code = EXIT_INPUT;

	if (options->n_args > 0 && source_kind_of(options->args[0])->live) {
		message_error("the SCRIPT.py comes first, then the board '%s'", options->args[0]);
		return EXIT_INPUT;
	}
	if (options->n_args == 0) {
		message_error("run needs a SCRIPT.py and a SOURCE; see memprof run --help");
		return EXIT_INPUT;
	}
	if (read_options(&r, options) < 0 || read_script(options->args[0], &script) < 0 ||
	    output_open(&r.out, options) < 0)
		return EXIT_INPUT;
	r.info = (struct run_info){ .script = options->args[0], .before = nothing, .after = nothing,
				    .collected = nothing, .peak_used_bytes = NOT_KNOWN,
				    .lowest_lfb_bytes = NOT_KNOWN, .exit_code = -1 };
	r.out.pager_wanted = false;
	r.program = r.out.format != OUTPUT_TEXT ? stderr : stdout;
	r.live = !option_is(options, "quiet");
	r.live_style = r.out.style;
	r.live_style.color = false;
	r.collector.out = &r.out;
	r.collector.run = &r.info;
	r.collector.title = options->args[0];
	r.frames = calloc(1, decoder_mem_info.state_bytes);
	if (r.frames && collector_begin(&r.collector) == 0)
		code = run_script(&r, options, &script);
	else
		message_error("out of memory");
	collector_deinit(&r.collector);
	if (r.frames)
		decoder_mem_info.deinit(r.frames);
	free(r.frames);
	strbuf_deinit(&r.line);
	strbuf_deinit(&r.frame);
	strbuf_deinit(&r.unshown);
	return output_close(&r.out, code);
}

const struct command command_run = {
	.name = "run",
	.usage = "[OPTIONS] SCRIPT.py [SOURCE]",
	.says = "run a program on a board and follow its heap",
	.group = GROUP_BOARD,
	.options = run_options,
	.examples = { "memprof run examples/grow.py /dev/ttyACM0",
		      "memprof run --timeout 60 --json -o grow.json examples/grow.py exec:micropython" },
	.run = run_run,
};
