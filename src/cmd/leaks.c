/* leaks: whether memory leaks, who holds it, and which line allocates it: of a program that is run, of logs and
 * recordings, or of a board. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/io/clock.h"
#include "memprof/io/source.h"
#include "memprof/run/sites.h"
#include "memprof/sinks/output_document.h"
#include "memprof/sinks/watcher.h"
#include "memprof/viewers/leaks_view.h"
#include "memprof/viewers/ticker_view.h"
#include "script.h"

struct leaks_args {
	struct output_args output;
	struct board_args board;
	struct log_args log;
	uint64_t for_us;
	const char *pool;
	bool collected, exit_code, attach;
};

static const struct option_spec leaks_options[] = {
	OPTION_GROUP("Program or board"),
	{ 0, "for", "DURATION", "stop after DURATION: 90s, 30m (default: its end)", AS_TIME(leaks, for_us),
	  .least = 1000000 },
	{ 0, "attach", NULL, "sample what it allocates, too, by its agent", AS_FLAG(leaks, attach),
	  .excludes = "collect|listen-only|interval|wait|figures" },
	OPTION_INTERVAL(leaks),
	OPTION_COLLECT(leaks),
	OPTIONS_BOARD(leaks),
	OPTION_LISTEN_ONLY(leaks),
	OPTION_WAIT(leaks),
	OPTIONS_SAVE(leaks),
	OPTION_GROUP("Logs"),
	OPTIONS_INPUT(leaks),
	{ 0, "pool", "POOL", "this pool only; also pools that are not Python's", AS_NAME(leaks, pool) },
	{ 0, "collected", NULL, "the log calls gc.collect() before each dump", AS_FLAG(leaks, collected) },
	{ 0, "exit-code", NULL, "exit with 1 if something leaks", AS_FLAG(leaks, exit_code) },
	OPTIONS_OUTPUT_IN(leaks, "text, json, html or markdown (default: text)", "text|json|html|markdown"),
	OPTIONS_SIZES(leaks),
	OPTION_END,
};

/* A program, a log or a board, on its way to a subject of the report. */
struct case_of {
	struct leaks_subject subject;
	struct feed feed;
	struct boots boots, watched; /* watched: of a stream or a board, for the watcher */
	struct watcher watcher;      /* out NULL: nothing is printed before the end */
};

struct leaks {
	const struct options *options;
	const struct leaks_args *args;
	struct output out;
	const char *source; /* of the board; NULL: there is none */
	struct ticker ticker;
	uint64_t shown_us; /* the last sign of life, or the beginning */
};

/* ---- one case ---- */

static void on_moment(void *ctx, struct moment *m)
{
	struct case_of *c = ctx;

	(void)m;
	if (c->watcher.out)
		watcher_moment(&c->watcher, clock_now_us());
}

/* follows: a stream or a board, whose end is not known: changes of the verdict are printed. 0 or -ENOMEM. */
static int case_open(struct case_of *c, struct leaks *l, const char *name, bool follows)
{
	const struct sink sinks[] = { boots_sink(&c->boots),
				      boots_sink(&c->watched),
				      { .on_moment = on_moment, .ctx = c } };
	bool is_board = follows && l->source;

	*c = (struct case_of){ .subject = { .name = name, .is_stream = follows, .boots = &c->boots },
			       .feed = { .notices = message_notices },
			       .boots = { .pool = l->args->pool, .live = is_board },
			       .watched = { .pool = l->args->pool, .live = true },
			       .watcher = { follows && l->out.format == OUTPUT_TEXT ? &l->out : NULL, &c->watched } };
	return feed_open(&c->feed, &(struct capture_options){ .live = is_board }, sinks,
			 follows ? ARRAY_SIZE(sinks) : 1);
}

static void case_deinit(struct case_of *c)
{
	leaks_deinit(&c->subject);
	boots_deinit(&c->boots);
	boots_deinit(&c->watched);
	feed_close(&c->feed);
}

static void write_subjects(struct leaks *l, const struct leaks_subject *all, size_t n)
{
	if (l->out.format == OUTPUT_JSON) {
		json_leaks(&(struct json){ .out = &l->out.text }, all, n);
		return;
	}
	struct document d CLEANUP(doc_deinit);
	if (n == 1)
		document_leaks(&d, &all[0], l->source);
	else
		document_leaks_list(&d, all, n);
	output_document(&l->out, &d);
}

/* The verdicts on n subjects, printed. The exit code. */
static int report(struct leaks *l, struct leaks_subject *all, size_t n)
{
	bool accuses = false;

	for (size_t i = 0; i < n; i++) {
		if (leaks_work_out(&all[i]) < 0)
			return load_exit(-ENOMEM, NULL);
		accuses |= verdict_accuses(&all[i].verdict);
	}
	leaks_sort(all, n);
	write_subjects(l, all, n);
	output_drain(&l->out);
	return accuses && l->args->exit_code ? EXIT_FINDING : EXIT_FINE;
}

/* ---- a program ---- */

struct program_case {
	struct case_of followed;
	struct leaks *leaks;
};

static void on_event(void *ctx, struct event *event, const char *label)
{
	struct program_case *p = ctx;

	capture_set_label(p->followed.feed.capture, label);
	feed_event(&p->followed.feed, event);
}

/* A sign of life on stderr, now and then. */
static void on_sample(void *ctx, const struct pool_state *summary, const struct heap *heap, uint64_t at_us)
{
	enum { EVERY_US = 2000000 };
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct leaks *l = ((struct program_case *)ctx)->leaks;
	struct text_style style = l->out.style;

	if (clock_now_us() - l->shown_us < EVERY_US || l->args->output.quiet)
		return;
	l->shown_us = clock_now_us();
	style.color = false;
	if (l->ticker.n_lines == 0)
		text_ticker_head(&line, &l->ticker, &style);
	text_ticker_line(&line, &l->ticker, summary, at_us, &style);
	text_ticker_pools(&line, &l->ticker, heap, false, &style);
	fputs(strbuf_text(&line), stderr);
}

static enum leaks_outcome outcome_of(const struct run_info *run)
{
	return run->raised ? LEAKS_RAISED : run->stopped || run->lost ? LEAKS_STOPPED : LEAKS_ENDED;
}

static int of_program(struct leaks *l)
{
	const struct program_args program = { .timeout_us = l->args->for_us };
	struct program_case p = { .leaks = l };
	const struct program_handler handler = { .on_event = on_event, .on_sample = on_sample, .ctx = &p };
	struct program_result result = { .ran = false };
	struct sites sites = { .n_nodes = 0 };
	const char *path = l->options->args[0], *slash = strrchr(path, '/');
	struct script script = { .board = &l->args->board,
				 .args = &program,
				 .program = { .script = path,
					      .takes_input = true,
					      .reads_memory = true,
					      .sites = &sites,
					      .carriers = 1u << SITES_SENTINEL,
					      .finds_leaks = true },
				 .source = l->source,
				 .output = l->out.format == OUTPUT_TEXT ? stdout : stderr };
	int code = EXIT_INPUT;

	if (case_open(&p.followed, l, slash ? slash + 1 : path, false) < 0 ||
	    sites_init(&sites, SITES_SENTINEL, SITES_BYTES) < 0) {
		load_exit(-ENOMEM, NULL);
	} else {
		code = script_run(&script, &handler, &result);
		p.followed.subject.run = &result.info;
		p.followed.subject.objects = result.objects;
		p.followed.subject.sites = result.has_profile ? &sites : NULL;
		p.followed.subject.outcome = outcome_of(&result.info);
		if (result.ran)
			code = exit_worse(code, report(l, &p.followed.subject, 1));
	}
	case_deinit(&p.followed);
	sites_deinit(&sites);
	program_result_deinit(&result);
	return code;
}

/* ---- a board that runs its own program ---- */

static int follow(struct leaks *l, struct case_of *c)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	struct feed_board board = { .feed = &c->feed };
	int code = live_follow_config(&board, &l->args->board, l->source);

	if (code == EXIT_FINE && load_figures(&l->args->log.figures, &format.figures) < 0)
		code = EXIT_INPUT;
	board.config.figures = format.figures;
	board.until_us = l->args->for_us == NOT_KNOWN ? 0 : clock_now_us() + l->args->for_us;
	return code == EXIT_FINE ? live_follow(&board) : code;
}

static void on_attached(void *ctx, struct event *event) { feed_event(&((struct case_of *)ctx)->feed, event); }

/* With samples of what it allocates. */
static int follow_samples(struct leaks *l, struct case_of *c, struct sites *sites)
{
	struct sites_attach wanted = { .for_us = l->args->for_us, .sites = sites, .on_event = on_attached, .ctx = c };
	bool is_there = false;
	int code = live_config(&l->args->board, l->source, &wanted.board);

	sites->step_bytes = SITES_STEP_BYTES;
	if (code == EXIT_FINE)
		code = script_exit(sites_attach(&wanted, &is_there));
	c->subject.sites = is_there ? sites : NULL;
	return code;
}

static int of_board(struct leaks *l)
{
	struct case_of c = { .feed = { .capture = NULL } };
	struct sites sites = { .n_nodes = 0 };
	int code;

	if (case_open(&c, l, l->source, true) < 0 || sites_init(&sites, SITES_HOOK, SITES_BYTES) < 0) {
		code = load_exit(-ENOMEM, NULL);
	} else {
		code = l->args->attach ? follow_samples(l, &c, &sites) : follow(l, &c);
		capture_end_input(c.feed.capture);
		c.subject.outcome = LEAKS_RUNNING;
		if (boots_n_samples(&c.boots) > 0 || code == EXIT_FINE)
			code = exit_worse(code, report(l, &c.subject, 1));
	}
	case_deinit(&c);
	sites_deinit(&sites);
	return code;
}

/* ---- logs and recordings ---- */

/* One log, to its end. */
static int read_log(struct case_of *c, const struct leaks *l, const char *name, const struct log_format *format)
{
	const char *pool = l->args->pool;
	struct place at = { .file = name };

	capture_set_collected(c->feed.capture, l->args->collected);
	if (feed_logs(&c->feed, &name, 1, format) < 0)
		return EXIT_INPUT;
	c->boots.no_mem_info = board_lacks_mem_info(capture_last_board(c->feed.capture));
	if (boots_n_samples(&c->boots) > 0)
		return EXIT_FINE;
	if (pool)
		message_at(at, "error", "there is no pool '%s' in it; memprof report lists them", pool);
	else
		message_at(
			at, "error",
			"no figures of Python's heap in it; --pool selects another pool (memprof report lists them)");
	return EXIT_INPUT;
}

/* A log that cannot be read is reported, and the others are read. */
static int of_logs(struct leaks *l)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	struct input_names names CLEANUP(input_names_deinit) = { .n = 0 };
	int code = load_input_names((const char *const *)l->options->args, (size_t)l->options->n_args, &names);
	size_t n = names.n, n_read = 0;
	struct case_of *all = calloc(n + 1, sizeof(*all));
	struct leaks_subject *subjects = calloc(n + 1, sizeof(*subjects));
	code = code < 0 ? EXIT_INPUT : all && subjects ? EXIT_FINE : load_exit(-ENOMEM, NULL);
	bool is_fine = code == EXIT_FINE && load_log_format(&l->args->log, &format) == 0;

	for (size_t i = 0; i < n && is_fine; i++) {
		const char *name = names.all[i];
		bool is_stream = strcmp(name, "-") == 0;
		is_fine = case_open(&all[i], l, is_stream ? "standard input" : name, is_stream && n == 1) == 0;
		int code_of_it = is_fine ? read_log(&all[i], l, name, &format) : load_exit(-ENOMEM, NULL);
		if (code_of_it == EXIT_FINE)
			subjects[n_read++] = all[i].subject;
		code = exit_worse(code, code_of_it);
	}
	code = is_fine ? code : exit_worse(code, EXIT_INPUT);
	if (n_read > 0)
		code = exit_worse(code, report(l, subjects, n_read));
	for (size_t i = 0; i < n_read; i++)
		leaks_deinit(&subjects[i]);
	for (size_t i = 0; all && i < n; i++)
		case_deinit(&all[i]);
	free(subjects);
	free(all);
	return code;
}

/* ---- the command ---- */

static bool is_program(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return suffix && strcmp(suffix, ".py") == 0;
}

enum { OF_PROGRAM = 1, OF_BOARD = 2, OF_LOG = 4 };

/* Options that are for some inputs alone. 0, or -EINVAL after a message. */
static int check_options(const struct options *options, unsigned input)
{
	static const struct {
		const char *options;
		unsigned inputs;
		const char *what; /* they are for */
	} rows[] = {
		{ "for|save|protocol|interrupt|reset|baud|dtr|rts|force", OF_PROGRAM | OF_BOARD,
		  "a program or a board" },
		{ "interval|collect|listen-only|wait|attach", OF_BOARD, "a board that runs its own program" },
		{ "figures", OF_BOARD | OF_LOG, "logs, and a board that prints such lines" },
		{ "input|collected", OF_LOG, "logs" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *name = options_any(options, rows[i].options);
		if (name && !(rows[i].inputs & input)) {
			message_error("--%s is for %s", name, rows[i].what);
			return -EINVAL;
		}
	}
	return 0;
}

static int leaks_run(const struct options *options)
{
	struct leaks l = { .options = options, .args = options->values, .shown_us = clock_now_us() };
	const char *first = options->n_args > 0 ? options->args[0] : "auto";
	const char *second = options->n_args > 1 ? options->args[1] : NULL;
	bool is_live = strcmp(first, "auto") == 0 || source_kind_of(first)->live, has_program = is_program(first);

	if (has_program && options->n_args > 2) {
		message_error("leaks takes a SCRIPT.py and one board");
		return EXIT_INPUT;
	}
	if (is_live && second) {
		message_error(is_program(second) ? "SCRIPT.py comes first, before the board '%s'" :
						   "leaks follows one board, '%s'; memprof record takes several",
			      first);
		return EXIT_INPUT;
	}
	if (check_options(options, has_program ? OF_PROGRAM :
				   is_live     ? OF_BOARD :
						 OF_LOG) < 0 ||
	    (is_live && load_check_prompt(options, first) < 0) || output_open(&l.out, options, &l.args->output) < 0)
		return EXIT_INPUT;
	l.out.pager_wanted = !has_program && !is_live && l.out.pager_wanted;
	l.source = has_program ? live_source(options, 1) : is_live ? first : NULL;
	int code = has_program ? of_program(&l) : is_live ? of_board(&l) : of_logs(&l);
	return output_close(&l.out, code);
}

const struct command command_leaks = {
	.name = "leaks",
	.usage = "[OPTIONS] [SCRIPT.py [SOURCE]|SOURCE|FILE...|-]",
	.summary = "does it leak, who holds it, which line allocates it",
	.group = GROUP_BOARD,
	.options = leaks_options,
	.args_bytes = sizeof(struct leaks_args),
	.common = { "for", "exit-code", "save", "json", "output" },
	.examples = { "memprof leaks examples/grow.py /dev/ttyACM0", "memprof leaks night.log" },
	.run = leaks_run,
};
