/* A test file: what it needed, and the functions of unittest in it (analysis/tests.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/unittest_hook.h"
#include "memprof/wire.h"
#include "private.h"

struct unittest {
	bool was_hooked;              /* the file ran with the hook in unittest */
	bool is_blind;                /* collections are not counted any more */
	const char *suite_failed;     /* unittest.main() reported failures, or was left; NULL */
	bool reports_gc;              /* an agent there reports each collection, … */
	uint64_t n_gc_events;         /* … so many by now */
	uint64_t n_ours;              /* collections of memprof's among all, … */
	uint64_t n_seen, n_ours_seen; /* … those with tables, and memprof's among these */
	uint8_t *last;                /* kinds of blocks after the last one of these; NULL */
	size_t n_last_blocks;
	uint64_t took_us[UNITTEST_COLLECTIONS]; /* the last ones that an agent reported, which may be memprof's */
	unsigned n_took;
	bool ends_with_skip; /* the last line of the program */
	uint64_t n_end;      /* collections when it had ended; NOT_KNOWN */
	uint64_t began_us;   /* of the file, as the next one */
	struct test_moment end;
	bool has_end;
};

/* ---- the hook ---- */

static bool is_wanted(const struct program_options *o) { return o->tests && !o->first_alloc; }

static void note_not_hooked(struct program *p)
{
	size_t n;
	const char *exception = session_exception(p->session, &n);

	if (!session_raised(p->session, "ImportError")) /* else its own import says so */
		session_notice(p->session, "note",
			       "test functions are not measured, only the file: the board answered: %.*s", (int)n,
			       exception);
}

/* If the script needs one. */
static bool put_in(struct program *p, struct run_row *row)
{
	const struct strbuf *script = p->options->text;
	struct unittest *t = row->state;

	if (!text_find(strbuf_text(script), script->n_bytes, "unittest"))
		return true;
	strbuf_reset(&p->sent);
	unittest_hook_code(&p->sent, p->collections.on);
	row->is_in = true;
	enum session_outcome outcome = session_helper(p->session, strbuf_text(&p->sent));
	row->is_on = t->was_hooked = outcome == SESSION_DONE;
	if (outcome == SESSION_RAISED)
		note_not_hooked(p);
	return true;
}

/* Runs tests that the program does not run itself. */
static void add_call(struct program *p, struct run_row *row, struct strbuf *code)
{
	(void)p;
	if (row->is_on)
		strbuf_puts(code, unittest_hook_run_code);
}

static bool take_out(struct program *p, struct run_row *row)
{
	(void)row;
	return hook_tidy(p, unittest_hook_end_code);
}

/* ---- moments ---- */

/* n: as the board counts them, or an agent reported them; NOT_KNOWN. */
static struct test_moment moment_of(const struct program *p, const struct unittest *t, uint64_t n, uint64_t used_bytes,
				    uint64_t lfb_bytes)
{
	if (n == NOT_KNOWN && t->reports_gc)
		n = t->n_gc_events;
	if (t->is_blind)
		n = NOT_KNOWN;
	return (struct test_moment){
		.at_us = session_now_us(p->session),
		.used_bytes = used_bytes,
		.lfb_bytes = lfb_bytes,
		.n_collections = n == NOT_KNOWN ? n : n - MIN(n, t->n_ours),
		.n_seen = t->n_seen - MIN(t->n_seen, t->n_ours_seen),
		.took_us = NOT_KNOWN,
		.collect_us = NOT_KNOWN,
	};
}

/* Collections of memprof's, the first of them with tables. */
static void count_ours(struct unittest *t, unsigned n)
{
	t->n_ours += n;
	t->n_ours_seen++;
	t->n_took -= MIN(n, t->n_took);
}

/* Of the collections that an agent reported all but the last n_left are the program's. */
static void take_collections(struct program *p, struct unittest *t, unsigned n_left)
{
	for (; t->n_took > n_left; t->n_took--) {
		tests_collection_took(p->options->tests, t->took_us[0]);
		memmove(t->took_us, t->took_us + 1, (UNITTEST_COLLECTIONS - 1) * sizeof(t->took_us[0]));
	}
}

/* Collects, so that its tables are known, and returns how many collections there were. */
static uint64_t collect_with_tables(struct program *p, struct unittest *t)
{
	static const char code[] = "(lambda g:(__memprof(" COLLECTION_HOOK_EACH
				   "),g(),print(__memprof(" COLLECTION_HOOK_RATED
				   "))))"
				   "(__import__('gc').collect)";

	if (!p->collections.on)
		return NOT_KNOWN;
	uint64_t n = session_number(p->session, code);
	count_ours(t, 1);
	return n;
}

/* ---- the file ---- */

static void file_begins(struct program *p, struct run_row *row)
{
	const struct pool_state *before = &p->result->info.before;
	struct unittest *t = row->state;

	t->n_took = 0;
	t->n_end = NOT_KNOWN;
	uint64_t n = collect_with_tables(p, t);
	struct test_moment moment = moment_of(p, t, n, before->used_bytes, before->lfb_bytes);
	tests_begin(p->options->tests, TEST_FILE, p->options->script, &moment);
	t->began_us = moment.at_us;
}

static void file_ended(struct program *p, struct run_row *row)
{
	struct unittest *t = row->state;

	take_collections(p, t, 0);
	if (p->collections.on && session_has_prompt(p->session))
		t->n_end = session_number(p->session, "print(__memprof(" COLLECTION_HOOK_RATED "))");
	else if (t->reports_gc)
		t->n_end = t->n_gc_events;
}

static void file_stops(struct program *p, struct unittest *t)
{
	const struct pool_state *after = &p->result->info.after;

	struct test_moment moment = moment_of(p, t, t->n_end, after->used_bytes, after->lfb_bytes);
	collect_with_tables(p, t);
	moment.at_us = t->began_us + p->result->info.duration_us;
	tests_stop(p->options->tests, TEST_FILE, &moment);
}

/* How long one takes there now. */
static const char measure_code[] =
	"(lambda t,g:(lambda a:(g(),print(t.ticks_diff(t.ticks_us(),a))))((__memprof(" COLLECTION_HOOK_NONE
	"),t.ticks_us())[1]))"
	"(__import__('time'),__import__('gc').collect)";

static void file_collected(struct program *p, struct unittest *t)
{
	const struct pool_state *collected = &p->result->info.collected;

	t->end = moment_of(p, t, NOT_KNOWN, collected->used_bytes, collected->lfb_bytes);
	if (p->collections.on)
		t->end.collect_us = session_number(p->session, measure_code);
	t->has_end = collected->used_bytes != NOT_KNOWN;
}

static void looked(struct program *p, struct run_row *row, enum run_look look)
{
	(look == LOOK_AFTER ? file_stops : file_collected)(p, row->state);
}

static void take_event(struct program *p, struct run_row *row, struct event *event, const struct pool_state *summary)
{
	struct tests *tests = p->options->tests;
	struct unittest *t = row->state;

	if (event->kind == EVENT_HELLO) /* with the hook, what it reports has the time of tables in it */
		t->reports_gc = !p->collections.on && event->hello.abilities & WIRE_REPORTS_GC;
	if (event->kind == EVENT_GC && t->reports_gc) {
		take_collections(p, t, UNITTEST_COLLECTIONS - 1);
		t->n_gc_events++;
		t->took_us[t->n_took++] = event->gc.duration_us;
	}
	if (event->kind != EVENT_SNAPSHOT)
		return;
	const struct heap_window *window = event->snapshot.heap->pools[0].window;
	if (window)
		tests_requests(tests, window);
	if (event->snapshot.collected)
		tests_largest_free(tests, summary->lfb_bytes);
}

/* A collection with tables. */
static void take_tables(struct program *p, struct run_row *row, bool is_seen)
{
	struct unittest *t = row->state;
	const struct gc_areas *areas = &p->collections.filter.frame.areas;
	size_t n = 0;

	t->is_blind |= !is_seen;
	if (!is_seen)
		return;
	for (size_t i = 0; i < areas->n_areas; i++)
		n += areas->areas[i].n_blocks;
	t->n_seen++;
	if (t->last && t->n_last_blocks == n) {
		tests_objects(p->options->tests, t->last, p->collections.before, n,
			      p->collections.hook.layout.block_bytes);
	} else if (t->last) { /* it grew, or shrank: nothing is where it was */
		tests_sizes_missed(p->options->tests);
	}
	if (!t->last)
		t->last = malloc(4 * p->collections.hook.bytes_max);
	if (t->last)
		memcpy(t->last, p->collections.after, n);
	t->n_last_blocks = n;
}

/* ---- what it prints ---- */

static void take_line(struct program *p, struct run_row *row, const char *line)
{
	struct unittest *t = row->state;

	(void)p;
	if (*line)
		t->ends_with_skip = strcmp(line, "SKIP") == 0;
}

static void function_begins(struct program *p, struct unittest *t, const struct unittest_frame *frame,
			    uint64_t lfb_bytes)
{
	count_ours(t, UNITTEST_COLLECTIONS);
	struct test_moment moment = moment_of(p, t, frame->n_collections, frame->used_bytes, lfb_bytes);
	tests_begin(p->options->tests, TEST_FUNCTION, frame->name, &moment);
}

static void function_ends(struct program *p, struct unittest *t, const struct unittest_frame *frame)
{
	static const enum test_outcome outcomes[] = {
		[UNITTEST_PASSED] = TEST_PASSED,
		[UNITTEST_SKIPPED] = TEST_SKIPPED,
		[UNITTEST_FAILED] = TEST_FAILED,
	};

	take_collections(p, t, 0);
	struct test_moment moment = moment_of(p, t, frame->n_collections, frame->used_bytes, NOT_KNOWN);
	moment.took_us = frame->took_us;
	tests_stop(p->options->tests, TEST_FUNCTION, &moment);
	tests_outcome(p->options->tests, TEST_FUNCTION, outcomes[frame->outcome], frame->message);
}

static void function_collected(struct program *p, struct unittest *t, const struct unittest_frame *frame,
			       uint64_t lfb_bytes)
{
	count_ours(t, UNITTEST_COLLECTIONS);
	struct test_moment moment = moment_of(p, t, frame->n_collections, frame->used_bytes, lfb_bytes);
	moment.collect_us = frame->took_us;
	tests_largest_free(p->options->tests, lfb_bytes); /* of the file */
	tests_end(p->options->tests, TEST_FUNCTION, &moment);
}

static int take_frame(struct program *p, struct run_row *row, const char *text, size_t n)
{
	struct unittest *t = row->state;
	struct unittest_frame frame;
	struct program_statistics now;
	size_t n_line;
	int r = unittest_frame_read(text, n, &frame, &n_line);

	if (r < 0)
		return r;
	if (frame.at == UNITTEST_SUITE_FAILED) {
		t->suite_failed = frame.message[0] ? "unittest was left by SystemExit: not all tests ran" :
						     "unittest reported failures";
		return 0;
	}
	program_statistics(p, text + n_line, n - n_line, &now);
	tests_used(p->options->tests, frame.used_bytes);
	if (frame.at == UNITTEST_BEGINS)
		function_begins(p, t, &frame, now.summary.lfb_bytes);
	else if (frame.at == UNITTEST_ENDS)
		function_ends(p, t, &frame);
	else
		function_collected(p, t, &frame, now.summary.lfb_bytes);
	return 0;
}

/* ---- what became of it ---- */

/* Of one that SystemExit ended, a process has its exit code; a board starts afresh. */
static enum test_outcome outcome_of_exit(const struct program *p, const struct unittest *t, const char **ret_message)
{
	if (t->ends_with_skip) {
		*ret_message = "SKIP";
		return TEST_SKIPPED;
	}
	*ret_message = "SystemExit ended it: whether it passed is not known";
	if (p->result->info.restarted)
		return TEST_CUT;
	*ret_message = "SystemExit ended its process: there was no heap to be read";
	return TEST_PASSED;
}

static enum test_outcome outcome_of(const struct program *p, const struct unittest *t, const char **ret_message)
{
	const struct run_info *info = &p->result->info;

	*ret_message = NULL;
	if (info->exit_code == 0 || (info->restarted && p->end == PROGRAM_FINE))
		return outcome_of_exit(p, t, ret_message);
	if (info->exception[0]) {
		*ret_message = info->exception;
		return TEST_FAILED;
	}
	if (info->stopped || p->result->cut_by_us) {
		*ret_message = info->stopped && p->end == PROGRAM_RAISED ? "stopped by --timeout" : "interrupted";
		return TEST_CUT;
	}
	if (p->end == PROGRAM_FINE) {
		*ret_message = t->suite_failed;
		return t->suite_failed ? TEST_FAILED : TEST_PASSED;
	}
	*ret_message = info->exit_code > 0 ? "its process ended with an error" :
		       info->restarted     ? "it reset the board" :
					     "the board is gone";
	return info->exit_code > 0 || info->restarted ? TEST_FAILED : TEST_CUT;
}

static void finish(struct program *p, struct run_row *row)
{
	struct unittest *t = row->state;
	struct tests *tests = p->options->tests;
	uint32_t i_file = tests->meters[TEST_FILE].row;
	const char *message;
	size_t n = 0;

	if (!p->result->ran)
		return;
	bool has_bad = i_file != TESTS_NONE && tests_n_bad_in(tests, i_file, &n) > 0;
	if (has_bad)
		t->suite_failed = NULL; /* its functions tell more */
	if (i_file != TESTS_NONE && n == 0 && t->was_hooked && p->end == PROGRAM_FINE)
		notice_at(&p->options->board.notices, (struct place){ .file = p->options->script }, "note",
			  "no test functions were found in it");
	enum test_outcome outcome = outcome_of(p, t, &message);
	tests_outcome(tests, TEST_FILE, outcome, message);
	tests_end(tests, TEST_FILE, t->has_end ? &t->end : NULL);
}

static void deinit(void *state)
{
	struct unittest *t = state;

	free(t->last);
}

const struct run_hook hook_unittest = {
	.name = "the hook in unittest",
	.state_bytes = sizeof(struct unittest),
	.is_wanted = is_wanted,
	.begin = put_in,
	.starts = file_begins,
	.code = add_call,
	.frame_begins = (const char *const[]){ UNITTEST_FRAME_BEGIN, NULL },
	.frame_max_bytes = UNITTEST_FRAME_MAX_BYTES,
	.frame = take_frame,
	.line = take_line,
	.event = take_event,
	.tables = take_tables,
	.ended = file_ended,
	.looked = looked,
	.remove = take_out,
	.finish = finish,
	.deinit = deinit,
};
