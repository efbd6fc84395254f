/* A test file: what it needed, and the functions of unittest in it (analysis/tests.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/unittest_hook.h"
#include "memprof/wire.h"
#include "private.h"

/* ---- the threshold ---- */

/* Also where it cannot be restored, as at a reset, it is the one of that board. */
static void set_threshold(struct program *p)
{
	if (p->options->threshold_bytes > 0 && !program_threshold_set(p, p->options->threshold_bytes) &&
	    session_raised(p->session, "AttributeError"))
		session_notice(p->session, "warning", "this build has no gc.threshold(); --gc-threshold has no effect");
}

/* ---- the hook ---- */

static void note_not_hooked(struct program *p)
{
	size_t n;
	const char *exception = session_exception(p->session, &n);

	if (!session_raised(p->session, "ImportError")) /* else its own import says so */
		session_notice(p->session, "note",
			       "test functions are not measured, only the file: the board answered: %.*s", (int)n,
			       exception);
}

void program_tests_hook(struct program *p, const struct strbuf *script)
{
	if (!p->options->tests)
		return;
	set_threshold(p); /* of all that is measured */
	if (!text_find(strbuf_text(script), script->n_bytes, "unittest"))
		return;
	p->tests.is_there = true; /* perhaps */
	strbuf_reset(&p->hook_code);
	unittest_hook_code(&p->hook_code, p->collections.on);
	enum session_outcome outcome = session_helper(p->session, strbuf_text(&p->hook_code));
	p->tests.is_hooked = p->tests.was_hooked = outcome == SESSION_DONE;
	if (outcome == SESSION_RAISED)
		note_not_hooked(p);
}

const char *program_tests_code(const struct program *p) { return p->tests.is_hooked ? unittest_hook_run_code : ""; }

void program_tests_unhook(struct program *p)
{
	bool soon = p->result->cut_by_us || !p->result->ran;

	if (p->tests.is_there && !p->result->info.restarted && !p->result->gone)
		(soon ? session_tidy_soon : session_tidy)(p->session, unittest_hook_end_code);
	p->tests.is_hooked = p->tests.is_there = false;
}

/* ---- moments ---- */

/* n: as the board counts them, or an agent reported them; NOT_KNOWN. */
static struct test_moment moment_of(const struct program *p, uint64_t n, uint64_t used_bytes, uint64_t lfb_bytes)
{
	const struct program_tests *t = &p->tests;

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
static void count_ours(struct program *p, unsigned n)
{
	p->tests.n_ours += n;
	p->tests.n_ours_seen++;
	p->tests.n_took -= MIN(n, p->tests.n_took);
}

/* Of the collections that an agent reported all but the last n_left are the program's. */
static void take_collections(struct program *p, unsigned n_left)
{
	struct program_tests *t = &p->tests;

	for (; t->n_took > n_left; t->n_took--) {
		tests_collection_took(p->options->tests, t->took_us[0]);
		memmove(t->took_us, t->took_us + 1, (UNITTEST_COLLECTIONS - 1) * sizeof(t->took_us[0]));
	}
}

/* Collects, so that its tables are known, and returns how many collections there were. */
static uint64_t collect_with_tables(struct program *p)
{
	static const char code[] = "(lambda g:(__memprof(" COLLECTION_HOOK_EACH
				   "),g(),print(__memprof(" COLLECTION_HOOK_RATED
				   "))))"
				   "(__import__('gc').collect)";

	if (!p->collections.on)
		return NOT_KNOWN;
	uint64_t n = session_number(p->session, code);
	count_ours(p, 1);
	return n;
}

/* ---- the file ---- */

void program_tests_begin(struct program *p)
{
	const struct pool_summary *before = &p->result->info.before;

	if (!p->options->tests)
		return;
	p->tests.n_took = 0;
	p->tests.n_end = NOT_KNOWN;
	uint64_t n = collect_with_tables(p);
	struct test_moment moment = moment_of(p, n, before->used_bytes, before->lfb_bytes);
	tests_begin(p->options->tests, TEST_FILE, p->options->script, &moment);
	p->tests.began_us = moment.at_us;
}

void program_tests_ended(struct program *p)
{
	if (!p->options->tests)
		return;
	take_collections(p, 0);
	if (p->collections.on && session_has_prompt(p->session))
		p->tests.n_end = session_number(p->session, "print(__memprof(" COLLECTION_HOOK_RATED "))");
	else if (p->tests.reports_gc)
		p->tests.n_end = p->tests.n_gc_events;
}

void program_tests_stop(struct program *p)
{
	const struct pool_summary *after = &p->result->info.after;

	if (!p->options->tests)
		return;
	struct test_moment moment = moment_of(p, p->tests.n_end, after->used_bytes, after->lfb_bytes);
	collect_with_tables(p);
	moment.at_us = p->tests.began_us + p->result->info.duration_us;
	tests_stop(p->options->tests, TEST_FILE, &moment);
}

/* How long one takes there now. */
static const char measure_code[] =
	"(lambda t,g:(lambda a:(g(),print(t.ticks_diff(t.ticks_us(),a))))((__memprof(" COLLECTION_HOOK_NONE
	"),t.ticks_us())[1]))"
	"(__import__('time'),__import__('gc').collect)";

void program_tests_collected(struct program *p)
{
	const struct pool_summary *collected = &p->result->info.collected;

	if (!p->options->tests)
		return;
	p->tests.end = moment_of(p, NOT_KNOWN, collected->used_bytes, collected->lfb_bytes);
	if (p->collections.on)
		p->tests.end.collect_us = session_number(p->session, measure_code);
	p->tests.has_end = collected->used_bytes != NOT_KNOWN;
}

void program_tests_event(struct program *p, const struct event *event, const struct pool_summary *summary)
{
	struct tests *tests = p->options->tests;

	if (!tests)
		return;
	if (event->kind == EVENT_HELLO) /* with the hook, what it reports has the time of tables in it */
		p->tests.reports_gc = !p->collections.on && event->hello.abilities & WIRE_REPORTS_GC;
	if (event->kind == EVENT_GC && p->tests.reports_gc) {
		take_collections(p, UNITTEST_COLLECTIONS - 1);
		p->tests.n_gc_events++;
		p->tests.took_us[p->tests.n_took++] = event->gc.duration_us;
	}
	if (event->kind != EVENT_SNAPSHOT)
		return;
	const struct heap_window *window = event->snapshot.heap->pools[0].window;
	if (window)
		tests_requests(tests, window);
	if (event->snapshot.collected)
		tests_largest_free(tests, summary->lfb_bytes);
}

void program_tests_seen(struct program *p)
{
	struct program_tests *t = &p->tests;
	const struct gc_areas *areas = &p->collections.filter.frame.areas;
	size_t n = 0;

	if (!p->options->tests)
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

void program_tests_blind(struct program *p) { p->tests.is_blind = true; }

void program_tests_deinit(struct program *p) { free(p->tests.last); }

/* ---- what it prints ---- */

void program_tests_line(struct program *p, const char *line)
{
	if (*line)
		p->tests.ends_with_skip = strcmp(line, "SKIP") == 0;
}

static void function_begins(struct program *p, const struct unittest_frame *frame, uint64_t lfb_bytes)
{
	count_ours(p, UNITTEST_COLLECTIONS);
	struct test_moment moment = moment_of(p, frame->n_collections, frame->used_bytes, lfb_bytes);
	tests_begin(p->options->tests, TEST_FUNCTION, frame->name, &moment);
}

static void function_ends(struct program *p, const struct unittest_frame *frame)
{
	static const enum test_outcome outcomes[] = {
		[UNITTEST_PASSED] = TEST_PASSED,
		[UNITTEST_SKIPPED] = TEST_SKIPPED,
		[UNITTEST_FAILED] = TEST_FAILED,
	};

	take_collections(p, 0);
	struct test_moment moment = moment_of(p, frame->n_collections, frame->used_bytes, NOT_KNOWN);
	moment.took_us = frame->took_us;
	tests_stop(p->options->tests, TEST_FUNCTION, &moment);
	tests_outcome(p->options->tests, TEST_FUNCTION, outcomes[frame->outcome], frame->message);
}

static void function_collected(struct program *p, const struct unittest_frame *frame, uint64_t lfb_bytes)
{
	count_ours(p, UNITTEST_COLLECTIONS);
	struct test_moment moment = moment_of(p, frame->n_collections, frame->used_bytes, lfb_bytes);
	moment.collect_us = frame->took_us;
	tests_largest_free(p->options->tests, lfb_bytes); /* of the file */
	tests_end(p->options->tests, TEST_FUNCTION, &moment);
}

int program_tests_frame(struct program *p, const char *text, size_t n)
{
	struct unittest_frame frame;
	struct program_statistics now;
	size_t n_line;
	int r = unittest_frame_read(text, n, &frame, &n_line);

	if (r < 0)
		return r;
	if (frame.at == UNITTEST_SUITE_FAILED) {
		p->tests.suite_failed = frame.message[0] ? "unittest was left by SystemExit: not all tests ran" :
							   "unittest reported failures";
		return 0;
	}
	program_statistics(p, text + n_line, n - n_line, &now);
	tests_used(p->options->tests, frame.used_bytes);
	if (frame.at == UNITTEST_BEGINS)
		function_begins(p, &frame, now.summary.lfb_bytes);
	else if (frame.at == UNITTEST_ENDS)
		function_ends(p, &frame);
	else
		function_collected(p, &frame, now.summary.lfb_bytes);
	return 0;
}

/* ---- what became of it ---- */

/* Of one that SystemExit ended, a process has its exit code; a board starts afresh. */
static enum test_outcome outcome_of_exit(const struct program *p, const char **ret_message)
{
	if (p->tests.ends_with_skip) {
		*ret_message = "SKIP";
		return TEST_SKIPPED;
	}
	*ret_message = "SystemExit ended it: whether it passed is not known";
	if (p->result->info.restarted)
		return TEST_CUT;
	*ret_message = "SystemExit ended its process: there was no heap to be read";
	return TEST_PASSED;
}

static enum test_outcome outcome_of(const struct program *p, enum program_end end, const char **ret_message)
{
	const struct run_info *info = &p->result->info;

	*ret_message = NULL;
	if (info->exit_code == 0 || (info->restarted && end == PROGRAM_FINE))
		return outcome_of_exit(p, ret_message);
	if (info->exception[0]) {
		*ret_message = info->exception;
		return TEST_FAILED;
	}
	if (info->stopped || p->result->cut_by_us) {
		*ret_message = info->stopped && end == PROGRAM_RAISED ? "stopped by --timeout" : "interrupted";
		return TEST_CUT;
	}
	if (end == PROGRAM_FINE) {
		*ret_message = p->tests.suite_failed;
		return p->tests.suite_failed ? TEST_FAILED : TEST_PASSED;
	}
	*ret_message = info->exit_code > 0 ? "its process ended with an error" :
		       info->restarted     ? "it reset the board" :
					     "the board is gone";
	return info->exit_code > 0 || info->restarted ? TEST_FAILED : TEST_CUT;
}

void program_tests_end(struct program *p, enum program_end end)
{
	struct tests *tests = p->options->tests;
	uint32_t i_file = tests ? tests->meters[TEST_FILE].row : TESTS_NONE;
	const char *message;
	size_t n = 0;

	if (!tests || !p->result->ran)
		return;
	bool has_bad = i_file != TESTS_NONE && tests_n_bad_in(tests, i_file, &n) > 0;
	if (has_bad)
		p->tests.suite_failed = NULL; /* its functions tell more */
	if (i_file != TESTS_NONE && n == 0 && p->tests.was_hooked && end == PROGRAM_FINE)
		notice_at(&p->options->board.notices, (struct place){ .file = p->options->script }, "note",
			  "no test functions were found in it");
	enum test_outcome outcome = outcome_of(p, end, &message);
	tests_outcome(tests, TEST_FILE, outcome, message);
	tests_end(tests, TEST_FILE, p->tests.has_end ? &p->tests.end : NULL);
}
