/* Frames of the hook in unittest, and all else that a run reports of a test, in any order: what is read is bounded, the
 * rows fit together, views take them all, and the JSON gives back what was written. */
#include "fuzz.h"
#include "memprof/base/text.h"
#include "memprof/protocol/unittest_hook.h"
#include "memprof/viewers/check_view.h"

struct run {
	struct tests tests;
	struct test_moment now;
};

/* ---- rows ---- */

static void check_place(const struct tests *tests, size_t i, uint32_t i_file)
{
	const struct test_row *row = &tests->rows[i], *file;

	if (row->file == TESTS_NONE)
		return;
	MUST(row->file == i_file);
	file = &tests->rows[row->file];
	MUST(strncmp(row->name, file->name, strlen(file->name)) == 0);
	MUST(strncmp(row->name + strlen(file->name), "::", 2) == 0);
	MUST(row->outcome < TEST_FAILED || file->outcome >= TEST_FAILED);
}

static void check_row_of(const struct test_row *row)
{
	MUST(text_is_visible(row->name, strlen(row->name)));
	MUST(!row->message || (*row->message && text_is_visible(row->message, strlen(row->message))));
	MUST(row->outcome < N_TEST_OUTCOMES);
	MUST(row->measured ? row->peak_bytes <= TESTS_BYTES_MAX : row->peak_bytes == NOT_KNOWN);
	MUST(row->measured || row->kept_bytes == 0);
	MUST(row->kept_bytes < 0 || !row->measured || row->peak_bytes >= (uint64_t)row->kept_bytes);
	MUST(row->kept_bytes <= (int64_t)TESTS_BYTES_MAX && row->kept_bytes >= -(int64_t)TESTS_BYTES_MAX);
	MUST(!row->time_is_estimated || row->n_collections != NOT_KNOWN);
	for (size_t k = 0; k < HEAP_SIZE_CLASSES; k++)
		MUST(row->has_sizes || row->n_by_size[k] == 0);
}

static void check_rows(const struct tests *tests)
{
	uint32_t i_file = TESTS_NONE;

	MUST(tests->error == 0 && !tests->meters[TEST_FILE].on && !tests->meters[TEST_FUNCTION].on);
	MUST(tests->n_rows <= TESTS_MAX && (tests->n_more == 0 || tests->n_rows == TESTS_MAX));
	for (size_t i = 0; i < tests->n_rows; i++) {
		i_file = tests->rows[i].file == TESTS_NONE ? (uint32_t)i : i_file;
		check_row_of(&tests->rows[i]);
		check_place(tests, i, i_file);
	}
}

/* ---- views ---- */

static size_t n_of(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

/* The JSON is the baseline of a later run. */
static void check_json(const struct tests *tests)
{
	struct tests again = { .error = 0 };
	struct diag diag = { .text = "" };
	struct strbuf out = STRBUF_INIT;
	struct json j = { .out = &out };

	json_object(&j, NULL);
	json_text(&j, "schema", "memprof.check/1");
	json_tests(&j, "tests", tests);
	json_object_end(&j);
	MUST(strbuf_error(&out) == 0);
	MUST(tests_read(&again, strbuf_text(&out), out.n_bytes, "again.json", &diag) == 0);
	MUST(again.n_rows == tests->n_rows);
	for (size_t i = 0; i < tests->n_rows; i++) {
		const struct test_row *a = &again.rows[i], *b = &tests->rows[i];
		MUST(strcmp(a->name, b->name) == 0 && a->outcome == b->outcome);
		MUST(a->measured == b->measured && a->kept_bytes == b->kept_bytes && a->peak_bytes == b->peak_bytes);
		MUST(a->peak_is_least == b->peak_is_least && a->lfb_bytes == b->lfb_bytes);
		MUST(a->n_collections == b->n_collections && a->collecting_us == b->collecting_us);
	}
	tests_deinit(&again);
	strbuf_deinit(&out);
}

/* GitHub takes no line of a log for a command, whatever tests are called. */
static void check_no_command(const char *text)
{
	MUST(n_of(text, "##[") == 0);
	for (const char *line = text; *line; line += *line == '\n') {
		MUST(strncmp(line + strspn(line, " "), "::", 2) != 0);
		line += strcspn(line, "\n");
	}
}

static void check_views(const struct tests *tests)
{
	const struct text_style style = { .columns = 80 };
	struct budget budget = { .n_entries = 0 };
	struct check check = { .budget = &budget };
	struct check_view view = { .check = &check, .all = true, .tests = tests };
	struct strbuf out = STRBUF_INIT;
	struct document d;

	document_check(&d, &view);
	print_text(&out, &d, &style);
	check_no_command(strbuf_text(&out));
	MUST(strlen(strbuf_text(&out)) == out.n_bytes);
	strbuf_reset(&out);
	print_junit(&out, &d);
	MUST(n_of(strbuf_text(&out), "<testcase ") == tests->n_rows);
	MUST(n_of(strbuf_text(&out), "</testcase>") == tests->n_rows);
	strbuf_reset(&out);
	print_markdown(&out, &d);
	MUST(strbuf_error(&out) == 0 && out.n_bytes < CHECK_MARKDOWN_MAX);
	doc_deinit(&d);
	strbuf_deinit(&out);
}

/* ---- what a run reports ---- */

static uint64_t size_of(uint8_t byte) { return byte == 0xff ? NOT_KNOWN : (uint64_t)byte << byte % 57; }

/* A letter, and what goes with it. */
static void take_letter(struct run *run, char letter, uint8_t with)
{
	static const uint8_t kinds[16] = { BLOCK_HEAD, BLOCK_TAIL, BLOCK_FREE, BLOCK_FREE, BLOCK_HEAD, BLOCK_FREE,
					   BLOCK_FREE, BLOCK_FREE, BLOCK_HEAD, BLOCK_TAIL, BLOCK_HEAD, BLOCK_TAIL,
					   BLOCK_TAIL, BLOCK_FREE, BLOCK_HEAD, BLOCK_HEAD };
	struct heap_window window = { .most_used_bytes = size_of(with), .n_by_size = { 1, with, NOT_KNOWN } };

	run->now.at_us += with;
	switch (letter) {
	case 'F':
		tests_begin(&run->tests, TEST_FILE, "tests/test_::a.py", &run->now);
		break;
	case 'S':
		tests_stop(&run->tests, TEST_FILE, &run->now);
		break;
	case 'O':
		tests_outcome(&run->tests, TEST_FILE, with % N_TEST_OUTCOMES, with & 64 ? "OSError: \x1b" : "");
		break;
	case 'E':
		tests_end(&run->tests, TEST_FILE, with & 1 ? NULL : &run->now);
		break;
	case 'U':
		tests_used(&run->tests, size_of(with));
		break;
	case 'L':
		tests_largest_free(&run->tests, size_of(with));
		break;
	case 'C':
		tests_collection_took(&run->tests, size_of(with));
		break;
	case 'W':
		tests_requests(&run->tests, &window);
		break;
	case 'N':
		run->now.n_seen++;
		tests_objects(&run->tests, kinds, kinds + 8, 4 + with % 4, 16);
		break;
	case 'T':
		tests_finish(&run->tests);
		break;
	}
}

static void take_frame(struct run *run, const struct unittest_frame *frame)
{
	static const enum test_outcome outcomes[] = { TEST_PASSED, TEST_SKIPPED, TEST_FAILED };
	struct test_moment *now = &run->now;

	MUST(memchr(frame->name, '\0', sizeof(frame->name)) && memchr(frame->message, '\0', sizeof(frame->message)));
	MUST(frame->at <= UNITTEST_SUITE_FAILED && frame->outcome <= UNITTEST_FAILED);
	now->used_bytes = frame->used_bytes;
	now->lfb_bytes = frame->used_bytes & 1 ? NOT_KNOWN : frame->used_bytes;
	now->n_collections = frame->n_collections;
	now->took_us = now->collect_us = frame->took_us;
	if (frame->at == UNITTEST_BEGINS) {
		tests_begin(&run->tests, TEST_FUNCTION, frame->name, now);
	} else if (frame->at == UNITTEST_ENDS) {
		tests_stop(&run->tests, TEST_FUNCTION, now);
		tests_outcome(&run->tests, TEST_FUNCTION, outcomes[frame->outcome], frame->message);
	} else if (frame->at == UNITTEST_COLLECTED) {
		tests_end(&run->tests, TEST_FUNCTION, now);
	}
}

/* A frame from here on, or a letter: how many bytes it took, at least one. */
static size_t read_one(struct run *run, const char *text, size_t n)
{
	struct unittest_frame frame;
	size_t n_line;

	if (unittest_frame_read(text, n, &frame, &n_line) < 0) {
		take_letter(run, text[0], n > 1 ? (uint8_t)text[1] : 0);
		return 1;
	}
	MUST(n_line > 0 && n_line <= n && text[n_line - 1] == '\n');
	take_frame(run, &frame);
	return n_line;
}

FUZZ(data, size)
{
	struct run run = { .now = { .took_us = NOT_KNOWN, .collect_us = NOT_KNOWN } };
	/* A copy that ends where its memory ends: the text has no NUL. */
	char *text = malloc(size + (size == 0));

	MUST(text);
	memcpy(text, data, size);
	for (size_t at = 0; at < size;)
		at += read_one(&run, text + at, size - at);
	tests_finish(&run.tests);
	tests_finish(&run.tests);
	check_rows(&run.tests);
	check_json(&run.tests);
	check_views(&run.tests);
	tests_deinit(&run.tests);
	free(text);
}
