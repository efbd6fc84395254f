/* The agent makes exactly the frames of firmware-agent/vectors.txt, and the test's own receiver has the heap of each
 * vector after them. MEMPROF_BLESS=1 writes the frames into the file instead. */
#define _POSIX_C_SOURCE 200809L

#include "agent_board.h"
#include "memprof/allocations.h"
#include "memprof/extra.h"
#include "memprof/frame.h"
#include "memprof/sites.h"
#include "tests_dir.h"
#include "unit.h"

static const char vectors_path[] = TESTS_DIR "/../firmware-agent/vectors.txt";

enum { MAX_FRAMES = 512, MAX_ROWS = 1024 };

static struct memprof_agent agent;
static uint16_t rows[MAX_ROWS];
static char firmware[256], machine[256];
static uint8_t build_id[20];
static uint8_t session;
static struct memprof_allocations allocations;
static struct memprof_sites sites;

static uint8_t frames[MAX_FRAMES][WIRE_FRAME_MAX_BYTES];
static size_t frame_bytes[MAX_FRAMES], n_frames, n_checked;

static bool keep_frame(const uint8_t *frame, size_t n_bytes)
{
	uint64_t i = board.n_writes++;

	if (i >= board.refuse_from)
		return false;
	assert_true(n_frames < MAX_FRAMES);
	memcpy(frames[n_frames], frame, n_bytes);
	frame_bytes[n_frames++] = n_bytes;
	wire_rx_frame(&board.rx, frame, n_bytes);
	return true;
}

static uint64_t number(char **text)
{
	char *end;
	uint64_t value = strtoull(*text, &end, 0);

	if (end == *text)
		fail_msg("a number was expected at '%s'", *text);
	*text = end + strspn(end, " ");
	return value;
}

static size_t bytes_of_hex(const char *text, uint8_t *ret, size_t room)
{
	size_t n = 0;

	for (; *text; text++) {
		char digits[3] = { text[0], text[1], 0 };

		if (*text == ' ')
			continue;
		assert_true(n < room && text[1]);
		ret[n++] = (uint8_t)strtoul(digits, NULL, 16);
		text++;
	}
	return n;
}

/* "12.h=": writes them from this block on. Returns the block behind them. */
static uint32_t write_blocks(uint32_t i, uint32_t block, const char *text)
{
	while (*text) {
		char letter[2] = "", *end;
		uint64_t n = 1;

		if (*text >= '0' && *text <= '9') {
			n = strtoull(text, &end, 10);
			text = end;
		}
		letter[0] = *text++;
		if (letter[0] == ' ')
			continue;
		while (n--)
			board_text(i, block++, letter);
	}
	return block;
}

static void append_blocks(const char *text)
{
	uint32_t i = board.n_areas - 1, block = board.areas[i].area.n_blocks;

	board.areas[i].area.n_blocks = BOARD_MAX_BLOCKS;
	board.areas[i].area.n_blocks = (write_blocks(i, block, text) + 3) & ~3u;
}

static uint32_t board_ms;
static uint32_t vector_ms(void) { return board_ms; }

/* Of allocations. */
static uintptr_t free_now, largest_now;
static char task_now[64];
static uintptr_t vector_free(void) { return free_now; }
static uintptr_t vector_largest(void) { return largest_now; }
static const char *vector_task(void) { return task_now; }
static const struct memprof_allocator allocator = {
	.pool = 2,
	.large_bytes = 1024,
	.now_ms = vector_ms,
	.free_bytes = vector_free,
	.largest_free = vector_largest,
	.task = vector_task,
};

static void on_vector(char *rest)
{
	(void)rest;
	board_reset();
	board_port.write = keep_frame;
	session = 7;
	n_frames = n_checked = 0;
	memset(rows, 0, sizeof(rows));
	memset(&agent, 0, sizeof(agent));
	memset(&allocations, 0, sizeof(allocations));
	memset(&sites, 0, sizeof(sites));
	board_ms = 0;
	memprof_allocations_start(&allocations, &allocator);
}

static void on_area(char *rest)
{
	uint64_t address = number(&rest);
	uint32_t i = board.n_areas;

	board_area(i, (uintptr_t)address, 0);
	board.areas[i].area.memory = (uint8_t)number(&rest);
}

static void on_set(char *rest)
{
	uint32_t i = (uint32_t)number(&rest), block = (uint32_t)number(&rest);

	write_blocks(i, block, rest);
}

static void on_start(char *rest)
{
	uint32_t n_rows = (uint32_t)number(&rest);

	assert_true(n_rows <= MAX_ROWS);
	memprof_start(&agent, &board_port, session, n_rows ? rows : NULL, n_rows);
}

static void take_snapshot(bool key)
{
	bool refused = board.refuse_from != UINT64_MAX;

	assert_int_equal(memprof_snapshot(&agent, key), !refused);
	board.refuse_from = UINT64_MAX;
	if (!refused)
		board_check();
}

static void on_snapshot(char *rest)
{
	(void)rest;
	take_snapshot(false);
}

static void on_key(char *rest)
{
	(void)rest;
	take_snapshot(true);
}

static void on_session(char *rest) { session = (uint8_t)number(&rest); }
static void on_block_bytes(char *rest) { board_port.block_bytes = (uint16_t)number(&rest); }

static void on_abilities(char *rest)
{
	board_port.abilities = (uint16_t)number(&rest);
	if (!(board_port.abilities & WIRE_CAN_KINDS))
		board_port.kind = NULL;
}

static void on_firmware(char *rest)
{
	snprintf(firmware, sizeof(firmware), "%s", rest);
	board_port.firmware = firmware;
}

static void on_machine(char *rest)
{
	snprintf(machine, sizeof(machine), "%s", rest);
	board_port.machine = machine;
}

static void on_build_id(char *rest)
{
	board_port.n_build_id = (uint8_t)bytes_of_hex(rest, build_id, sizeof(build_id));
	board_port.build_id = build_id;
}

static void on_stack(char *rest)
{
	board.stack_used = (uint32_t)number(&rest);
	board.stack_limit = (uint32_t)number(&rest);
}

static void on_now(char *rest)
{
	board_ms = (uint32_t)number(&rest);
	board_port.now_ms = vector_ms;
}

static void on_unarea(char *rest)
{
	(void)rest;
	board.n_areas--;
}
static void on_abandon(char *rest) { board.refuse_from = board.n_writes + number(&rest); }
static void on_period(char *rest) { memprof_period(&agent, (uint32_t)number(&rest)); }

static void on_gc_began(char *rest) { memprof_gc_began(&agent, board_port.now_ms(), strcmp(rest, "threshold") == 0); }

static void on_gc_ended(char *rest) { memprof_gc_ended(&agent, board_port.now_ms(), (uint32_t)number(&rest)); }

static void on_failed(char *rest)
{
	uint8_t pool = (uint8_t)number(&rest);

	memprof_failed(&agent, board_port.now_ms(), pool, (uint32_t)number(&rest));
}

static void on_recovered(char *rest)
{
	uint8_t pool = (uint8_t)number(&rest);

	memprof_recovered(&agent, board_port.now_ms(), pool, (uint32_t)number(&rest));
}

static void on_mark(char *rest) { memprof_mark(&agent, rest, strlen(rest)); }
static void on_soft_reset(char *rest)
{
	(void)rest;
	memprof_soft_reset(&agent);
}

static void on_allocated(char *rest)
{
	uint64_t n_bytes = number(&rest), n_taken = number(&rest), caller = number(&rest);

	free_now = (uintptr_t)number(&rest);
	memprof_allocated(&allocations, (uintptr_t)n_bytes, (uintptr_t)n_taken, (uintptr_t)caller);
}

static void on_freed(char *rest) { memprof_freed(&allocations, (uintptr_t)number(&rest)); }

static void on_fails(char *rest)
{
	uint64_t n_bytes = number(&rest), caller = number(&rest);

	largest_now = (uintptr_t)number(&rest);
	snprintf(task_now, sizeof(task_now), "%s", rest);
	memprof_allocation_failed(&allocations, (uintptr_t)n_bytes, (uintptr_t)caller);
}

static void on_send_allocations(char *rest)
{
	(void)rest;
	memprof_send_allocations(&agent, &allocations);
}

static void on_send_failures(char *rest)
{
	(void)rest;
	memprof_send_failures(&agent, &allocations);
}

static void on_last_words(char *rest)
{
	struct memprof_last_words words = { .now = { .magic = 0 } };
	struct memprof_failure failure = { .at_ms = (uint32_t)number(&rest) };
	uint8_t pool = (uint8_t)number(&rest);
	uintptr_t fault;

	failure.n_bytes = (uintptr_t)number(&rest);
	failure.largest_free = (uintptr_t)number(&rest);
	failure.caller = (uintptr_t)number(&rest);
	fault = (uintptr_t)number(&rest);
	memcpy(failure.task, rest, strnlen(rest, sizeof(failure.task) - 1));
	memprof_last_words_begin(&words);
	if (failure.n_bytes)
		memprof_last_words_failed(&words, pool, &failure);
	if (fault)
		memprof_last_words_fault(&words, failure.at_ms, fault, failure.task);
	memprof_last_words_begin(&words);
	memprof_send_last_words(&agent, &words);
}

static void on_site(char *rest)
{
	uint32_t step = (uint32_t)number(&rest);
	uintptr_t n_bytes = (uintptr_t)number(&rest);
	struct memprof_sample *sample;

	memprof_sites_start(&sites, step, 1);
	memprof_sites_add(&sites, n_bytes);
	sample = memprof_sites_begin(&sites, (uintptr_t)number(&rest), n_bytes);
	assert_non_null(sample);
	for (sample->flags = 0; *rest; sample->flags++) {
		assert_true(sample->flags < MEMPROF_SITES_FRAMES);
		sample->frames[sample->flags].file = (uint16_t)number(&rest);
		sample->frames[sample->flags].function = (uint16_t)number(&rest);
		sample->frames[sample->flags].line = (uint16_t)number(&rest);
	}
	memprof_sites_end(&sites, sample);
	memprof_send_sites(&agent, &sites);
}

static void on_site_moved(char *rest)
{
	uint64_t from = number(&rest);

	memprof_sites_moved(&sites, (uintptr_t)from, (uintptr_t)number(&rest));
	memprof_send_sites(&agent, &sites);
}

static void on_sites(char *rest)
{
	uint32_t step = (uint32_t)number(&rest);

	memprof_sites_ask(&agent, &sites, step, (uint32_t)number(&rest));
}

static const char *name_text;

static const void *name_of(uintptr_t number, size_t *ret_n_bytes)
{
	(void)number;
	*ret_n_bytes = strlen(name_text);
	return name_text;
}

/* The request is another test's. */
static void on_name(char *rest)
{
	struct memprof_requests requests = { .agent = &agent, .name = name_of };
	uint8_t payload[] = { (uint8_t)number(&rest) }, frame[WIRE_FRAME_MAX_BYTES];
	size_t n = wire_make(WIRE_ASK_NAME, 9, 0, payload, sizeof(payload), frame);

	name_text = rest;
	for (size_t i = 0; i < n; i++)
		memprof_requests_feed(&requests, frame[i]);
}

static void on_blocks(char *rest) { append_blocks(rest); }

static void on_frame(char *rest)
{
	uint8_t expected[WIRE_FRAME_MAX_BYTES];
	size_t n = bytes_of_hex(rest, expected, sizeof(expected));

	if (n_checked >= n_frames)
		fail_msg("the agent wrote %zu frames, not another one", n_frames);
	assert_int_equal(frame_bytes[n_checked], n);
	assert_memory_equal(frames[n_checked], expected, n);
	n_checked++;
}

static const struct {
	const char *word;
	void (*run)(char *rest);
} steps[] = {
	{ "vector", on_vector },
	{ "session", on_session },
	{ "block_bytes", on_block_bytes },
	{ "abilities", on_abilities },
	{ "firmware", on_firmware },
	{ "machine", on_machine },
	{ "build_id", on_build_id },
	{ "stack", on_stack },
	{ "now", on_now },
	{ "area", on_area },
	{ "blocks", on_blocks },
	{ "set", on_set },
	{ "unarea", on_unarea },
	{ "start", on_start },
	{ "snapshot", on_snapshot },
	{ "key", on_key },
	{ "abandon", on_abandon },
	{ "period", on_period },
	{ "gc_began", on_gc_began },
	{ "gc_ended", on_gc_ended },
	{ "failed", on_failed },
	{ "recovered", on_recovered },
	{ "mark", on_mark },
	{ "soft_reset", on_soft_reset },
	{ "allocated", on_allocated },
	{ "freed", on_freed },
	{ "fails", on_fails },
	{ "send_allocations", on_send_allocations },
	{ "send_failures", on_send_failures },
	{ "last_words", on_last_words },
	{ "site", on_site },
	{ "site_moved", on_site_moved },
	{ "sites", on_sites },
	{ "name", on_name },
};

static void bless_frames(FILE *out)
{
	for (; n_checked < n_frames; n_checked++) {
		fputs("frame ", out);
		for (size_t i = 0; i < frame_bytes[n_checked]; i++)
			fprintf(out, "%02x", frames[n_checked][i]);
		fputc('\n', out);
	}
}

/* Runs the line of a vector; frames are compared, or written to out. */
static void run_line(char *line, FILE *out)
{
	char *word = line, *rest = line + strcspn(line, " ");

	if (strncmp(word, "frame ", 6) == 0) {
		if (!out)
			on_frame(rest + 1);
		return;
	}
	if (*rest)
		*rest++ = 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i].word, word) == 0) {
			steps[i].run(rest);
			return;
		}
	fail_msg("'%s' is no step", word);
}

UNIT_TEST(vectors_hold)
{
	bool bless = getenv("MEMPROF_BLESS") != NULL;
	FILE *in = fopen(vectors_path, "r"), *out = NULL;
	char line[4096], copy[4096], *blessed = NULL;
	size_t n_blessed = 0, n_vectors = 0;

	assert_non_null(in);
	if (bless)
		assert_non_null(out = open_memstream(&blessed, &n_blessed));
	on_vector(NULL);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		memcpy(copy, line, sizeof(copy));
		if (strncmp(line, "bad ", 4) == 0)
			break;
		if (!*line && !bless && n_checked != n_frames)
			fail_msg("%zu frames more than in the file", n_frames - n_checked);
		if (*line && *line != '#')
			run_line(line, out);
		n_vectors += strncmp(copy, "vector ", 7) == 0;
		if (out && strncmp(copy, "frame ", 6) != 0) {
			if (*copy)
				fprintf(out, "%s\n", copy);
			bless_frames(out);
			if (!*copy)
				fputc('\n', out);
		}
	}
	assert_true(n_vectors >= 15);
	if (bless) {
		while (*copy && !feof(in)) {
			fputs(copy, out);
			if (!strchr(copy, '\n'))
				fputc('\n', out);
			if (!fgets(copy, sizeof(copy), in))
				break;
		}
		fclose(out);
		fclose(in);
		in = fopen(vectors_path, "w");
		assert_non_null(in);
		fwrite(blessed, 1, n_blessed, in);
		free(blessed);
	}
	fclose(in);
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}

/* What stands between two zeros and has a right CRC, and was not there before. */
UNIT_TEST(bad_bytes_have_so_many_frames)
{
	FILE *in = fopen(vectors_path, "r");
	char line[4096];
	uint8_t bytes[2048], last[WIRE_FRAME_MAX_BYTES];
	size_t n = 0, n_last = 0, n_bad = 0;
	bool are_bad = false;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		are_bad |= strncmp(line, "bad ", 4) == 0;
		if (!are_bad && strncmp(line, "frame ", 6) == 0)
			n_last = bytes_of_hex(line + 6, last, sizeof(last));
		if (strncmp(line, "bytes ", 6) == 0)
			n = bytes_of_hex(line + 6, bytes, sizeof(bytes));
		if (strncmp(line, "frames ", 7) == 0) {
			struct wire_frame frame;
			size_t n_frames_here = 0, at = 0;

			while (at < n) {
				const uint8_t *end = bytes[at] ? NULL : memchr(bytes + at + 1, 0, n - at - 1);
				size_t n_here = end ? (size_t)(end - bytes) - at + 1 : 0;

				if (end && wire_parse(bytes + at, n_here, &frame)) {
					n_frames_here += n_here != n_last || memcmp(bytes + at, last, n_last) != 0;
					at += n_here;
				} else {
					at++;
				}
			}
			assert_int_equal(n_frames_here, atoi(line + 7));
			n_bad++;
		}
	}
	fclose(in);
	assert_true(n_bad >= 15);
}
