/* What a check reads: files, saved logs, and a live board. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/io/input_fd.h"

/* ---- saved logs ---- */

static int read_log(struct checking *k, enum check_side side, const char *log)
{
	enum check_input input = side == CHECK_NOW ? CHECK_OF_HEAP : CHECK_OF_BASELINE_HEAP;
	enum heap_problem *problem = &k->checkers[side].last_problem;
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };

	k->check.given[input] = true;
	int error = load_log_format(&k->args->log, &format);
	if (error == 0)
		error = feed_logs(&k->feeds[side], &log, 1, &format);
	check_end_input(&k->check, side);
	if (error == 0 && !k->check.budget && *problem != HEAP_WHOLE) {
		message_at((struct place){ .file = log }, "error",
			   "the last dump is incomplete: %s; log it once more, to its end",
			   heap_problem_text(*problem));
		error = -EINVAL;
	}
	if (error < 0) {
		check_fail(&k->check, input, "no heap could be read from %s", log);
		check_worse(k, EXIT_INPUT);
	}
	return error;
}

/* A page reads them once more. */
static void read_dumps(struct checking *k)
{
	const struct input_names *dumps = &k->dumps;
	struct diag diag = { 0 };

	k->check.each_input = dumps->is_expanded;
	capture_set_several(k->feeds[CHECK_NOW].capture, dumps->n > 1 || (dumps->n && k->args->runs.n));
	for (size_t i = 0; i < dumps->n; i++) {
		int error = k->inputs.draws ? input_keep(dumps->all[i], &diag) : 0;
		if (error < 0)
			check_worse(k, load_exit(error, &diag));
		else
			read_log(k, CHECK_NOW, dumps->all[i]);
	}
}

/* Logs last: with several, only dates give their order. */
static void read_baselines(struct checking *k)
{
	const struct option_list *names = &k->args->baselines;
	const char *logs[OPTIONS_GIVEN_MAX];
	size_t n_logs = 0;

	for (size_t i = 0; i < names->n; i++) {
		int r = check_inputs_read_old(&k->inputs, names->all[i], k->args->allow_missing);
		if (r == CHECK_OLD_LOG)
			logs[n_logs++] = names->all[i];
		else if (r < 0)
			check_worse(k, EXIT_INPUT);
	}
	capture_set_several(k->feeds[CHECK_BASE].capture, n_logs > 1);
	for (size_t i = 0; i < n_logs; i++)
		if (read_log(k, CHECK_BASE, logs[i]) < 0)
			check_inputs_fail_old(&k->inputs, logs[i]);
}

/* ---- a board ---- */

void check_begin_live(struct checking *k)
{
	capture_begin_input(k->feeds[CHECK_NOW].capture, NULL);
	k->checkers[CHECK_NOW].n_moments = 0;
	k->check.given[CHECK_OF_HEAP] = true;
}

void check_end_live(struct checking *k)
{
	capture_end_input(k->feeds[CHECK_NOW].capture);
	check_end_input(&k->check, CHECK_NOW);
}

/* The exit code. */
static int ask_board(struct checking *k, const char *source)
{
	struct feed *feed = &k->feeds[CHECK_NOW];
	struct layout_heaps found;

	check_begin_live(k);
	layout_heaps_init(&found);
	int code = load_heaps(&found, &k->args->board, source, k->args->inputs.elfs.all[0]);
	k->board = found.board;
	if (found.any)
		feed_event(feed, &(struct event){ .kind = EVENT_SNAPSHOT,
						  .at_us = NOT_KNOWN,
						  .snapshot = { .heap = &found.heap, .n_lines = 1 } });
	for (size_t i = 0; i < found.n_pools; i++)
		feed_event(feed, &(struct event){ .kind = EVENT_POOL, .at_us = NOT_KNOWN, .pool = found.pools[i] });
	if (found.has_sample)
		feed_event(feed, &found.sample);
	check_end_live(k);
	layout_heaps_deinit(&found);
	if (code == EXIT_FINE && k->checkers[CHECK_NOW].n_moments == 0)
		code = EXIT_DEVICE; /* stopped, or it does not answer: said */
	if (code != EXIT_FINE)
		check_fail(&k->check, CHECK_OF_HEAP, "%s could not be asked", source);
	return code;
}

/* It was asked just before: not reset again, nor recorded. The exit code. */
static int read_board_memory(struct checking *k, const char *source)
{
	const struct objects_spec spec = { .name = source };
	struct board_args again = k->args->board;
	struct objects_reading reading;

	again.reset = false;
	again.save = NULL;
	k->check.given[CHECK_OF_MEMORY] = true;
	int code = load_objects(&spec, &again, &reading);
	if (reading.objects && check_inputs_take_objects(&k->inputs, CHECK_NOW, reading.objects) < 0)
		code = exit_worse(code, EXIT_INPUT);
	reading.objects = NULL;
	objects_reading_deinit(&reading);
	return code;
}

static void read_live(struct checking *k, const char *source)
{
	int code = ask_board(k, source);

	check_worse(k, code);
	if (k->args->memory || !check_asks(&k->check, SUBJECTS_OF_OBJECTS))
		return;
	if (code != EXIT_DEVICE) /* it answered before */
		code = read_board_memory(k, source);
	if (code != EXIT_FINE)
		check_fail(&k->check, CHECK_OF_MEMORY, "the memory of %s could not be read", source);
	check_worse(k, code);
}

/* ---- partitions ---- */

/* A failed generator leaves an empty table, which would keep every limit. */
static bool has_partitions(const struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (l->spans[i].kind == SPAN_PARTITION)
			return true;
	return false;
}

static int read_layout(struct checking *k, enum check_side side)
{
	const struct layout_inputs_args *args = &k->args->inputs;
	struct check_files *files = &k->inputs.sides[side];
	struct layout_spec spec = load_layout_spec(args);

	spec.image = files->build.image;
	spec.bin = files->bin.name;
	spec.firmware = files->bin.name ? &files->bin : NULL;
	spec.info = side == CHECK_NOW && k->board.known ? &k->board : NULL;
	files->has_layout = true;
	if (layout_read(&files->layout, &spec) < 0)
		return -EINVAL;
	if (layout_resolve(&files->layout) < 0) {
		load_exit(-ENOMEM, NULL);
		return -ENOMEM;
	}
	if (!args->partitions || has_partitions(&files->layout))
		return 0;
	message_at((struct place){ .file = args->partitions }, "error", "no partition in this table");
	return -EINVAL;
}

static void report_conflicts(const struct checking *k)
{
	const struct layout_inputs_args *args = &k->args->inputs;
	const struct layout *l = &k->inputs.sides[CHECK_NOW].layout;
	const char *from = args->partitions ? args->partitions : args->of_board ? args->of_board : args->live;

	for (size_t i = 0; i < l->n_conflicts; i++)
		message_at((struct place){ .file = from }, "warning", "%s", l->conflicts[i].what);
}

/* A file that was given is read, whether a limit is on it or not. */
static void read_layouts(struct checking *k)
{
	const struct check_files *base = &k->inputs.sides[CHECK_BASE];
	const char *table = k->args->inputs.partitions;
	struct check *c = &k->check;
	bool asked = !c->budget || check_asks(c, SUBJECT_BIT(SUBJECT_PARTITION));

	if (!table && !k->args->inputs.of_board && !(asked && k->board.known))
		return;
	c->given[CHECK_OF_PARTITIONS] = true;
	if (check_inputs_lack_build(&k->inputs))
		check_fail(c, CHECK_OF_PARTITIONS, "%s", c->failed[CHECK_OF_BUILD]);
	else if (read_layout(k, CHECK_NOW) < 0)
		check_fail(c, CHECK_OF_PARTITIONS, "the partitions%s%s could not be read", table ? " " : "",
			   table ? table : "");
	else if (asked)
		report_conflicts(k);
	c->given[CHECK_OF_BASELINE_PARTITIONS] = base->build.image || base->bin.name;
	if (c->given[CHECK_OF_BASELINE_PARTITIONS] && !c->failed[CHECK_OF_PARTITIONS] && read_layout(k, CHECK_BASE) < 0)
		check_fail(c, CHECK_OF_BASELINE_PARTITIONS, "the older firmware could not be put into the partitions");
	if (c->failed[CHECK_OF_PARTITIONS] || c->failed[CHECK_OF_BASELINE_PARTITIONS])
		check_worse(k, EXIT_INPUT);
}

/* ---- all of them ---- */

/* The board last: a file that cannot be read must not cost a run. */
int check_read_inputs(struct checking *k)
{
	const char *script = k->args->runs.all[0], *live = k->args->inputs.live;

	if (check_inputs_read_build(&k->inputs) < 0)
		check_worse(k, EXIT_INPUT);
	read_baselines(k);
	read_dumps(k);
	if (k->args->memory && check_inputs_read_memory(&k->inputs, k->args->memory) < 0)
		check_worse(k, EXIT_INPUT);
	if (script && k->args->per_test)
		check_worse(k, check_run_tests(k));
	else if (script)
		check_run_script(k, script);
	else if (live)
		read_live(k, live);
	read_layouts(k);
	if (k->checkers[CHECK_NOW].error < 0 || k->checkers[CHECK_BASE].error < 0)
		check_worse(k, load_exit(-ENOMEM, NULL));
	return k->code;
}
