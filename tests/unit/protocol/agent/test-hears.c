/* The host hears what firmware-agent/vectors.txt says that an agent writes: after the frames of each step it has the
 * heap, or the event, of that step. */

#include "memprof/protocol/agent_link.h"
#include "memprof/wire.h"
#include "tests_dir.h"
#include "unit.h"

static const char vectors_path[] = TESTS_DIR "/../firmware-agent/vectors.txt";

enum { AREAS_MAX = 8, BLOCKS_MAX = 1 << 16, LINE_BYTES = 8192 };

/* The board of a vector, as its steps make it. */
static struct area {
	uint64_t address, memory;
	uint32_t n_blocks;
	char letters[BLOCKS_MAX];
} areas[AREAS_MAX];
static uint32_t n_areas;
static uint64_t abilities, block_bytes, stack_used;
static bool refused;

static struct agent_link *link;
static size_t n_shown, n_due, n_events, n_events_due;
static enum event_kind due; /* of the last step that makes an event */
static uint64_t due_value;
static char due_text[256];
static struct strbuf text;

static size_t bytes_of_hex(const char *hex, uint8_t *ret)
{
	size_t n = 0;

	for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		ret[n++] = (uint8_t)byte;
	return n;
}

static void write_blocks(struct area *area, uint32_t at, const char *tokens)
{
	while (*tokens) {
		char *end;
		unsigned long n = strtoul(tokens, &end, 10);
		n = end == tokens ? 1 : n;
		tokens = *end ? end + 1 : end;
		for (; *end && *end != ' ' && n > 0; n--) {
			assert_true(at < BLOCKS_MAX);
			area->letters[at++] = *end;
			area->n_blocks = MAX(area->n_blocks, at);
		}
	}
}

static void append_blocks(const char *tokens)
{
	struct area *area = &areas[n_areas - 1];

	write_blocks(area, area->n_blocks, tokens);
	while (area->n_blocks % 4)
		area->letters[area->n_blocks++] = '.';
}

/* ---- what comes out ---- */

static char letter_shown(char letter)
{
	bool is_head = letter != '.' && letter != '=' && letter != 'm';

	return letter == 'f' || (is_head && !(abilities & WIRE_CAN_KINDS)) ? 'h' : letter;
}

static void check_heap(const struct heap *heap)
{
	const struct heap_pool *pool = &heap->pools[0];
	uint64_t n_finalisers = 0;

	assert_int_equal(heap_check(heap), 0);
	assert_int_equal(pool->n_areas, n_areas);
	assert_int_equal(pool->block_bytes, block_bytes);
	assert_u64_equal(heap->stack_used_bytes, stack_used ? stack_used : NOT_KNOWN);
	for (uint32_t i = 0; i < n_areas; i++) {
		const struct heap_area *is = &pool->areas[i];
		assert_u64_equal(is->base, areas[i].address);
		assert_int_equal(is->memory, areas[i].memory);
		assert_int_equal(is->n_blocks, areas[i].n_blocks);
		for (uint32_t k = 0; k < is->n_blocks; k++) {
			n_finalisers += areas[i].letters[k] == 'f';
			if (is->kinds[k] != (uint8_t)letter_shown(areas[i].letters[k]))
				fail_msg("block %u of area %u is '%c', not '%c'", (unsigned)k, (unsigned)i,
					 is->kinds[k], areas[i].letters[k]);
		}
	}
	assert_u64_equal(pool->n_finalisers, abilities & WIRE_CAN_FINALISERS ? n_finalisers : NOT_KNOWN);
}

static void check_site(const struct event_site *site)
{
	char *end = due_text;

	assert_u64_equal(site->step_bytes, strtoull(end, &end, 0));
	assert_u64_equal(site->size_bytes, strtoull(end, &end, 0));
	assert_u64_equal(site->address, strtoull(end, &end, 0));
	for (uint32_t i = 0; i < site->n_frames; i++) {
		assert_u64_equal(site->frames[i].file, strtoull(end, &end, 0));
		assert_u64_equal(site->frames[i].name, strtoull(end, &end, 0));
		assert_u64_equal(site->frames[i].line, strtoull(end, &end, 0));
	}
	assert_int_equal(end[strspn(end, " ")], '\0');
	assert_true(site->is_followed && !site->is_cut);
	assert_true(site->size_class > 0 && site->class_bytes >= site->size_bytes);
}

static void check_event(const struct event *event)
{
	if (event->kind == EVENT_HELLO || event->kind == EVENT_RESET || event->kind == EVENT_LOST)
		return;
	if (event->kind == EVENT_SNAPSHOT) {
		check_heap(event->snapshot.heap);
		n_shown++;
		return;
	}
	assert_int_equal(event->kind, due);
	n_events++;
	if (event->kind == EVENT_GC)
		assert_u64_equal(event->gc.duration_us, due_value);
	if (event->kind == EVENT_FAILED)
		assert_u64_equal(event->failed.asked_bytes, due_value);
	if (event->kind == EVENT_LARGE) {
		assert_u64_equal(event->large.asked_bytes, due_value);
		assert_u64_equal(event->large.caller.address, 0x8002001);
	}
	if (event->kind == EVENT_LAST_WORDS) {
		const struct event_failure_details *details = &event->last_words.details;
		unsigned long long then_ms, pool, n_bytes, largest, caller, fault;
		char task[64], name[EVENT_NAME_BYTES] = "";
		assert_int_equal(sscanf(due_text, "%llu %llu %llu %llu %lli %lli %63s", &then_ms, &pool, &n_bytes,
					&largest, (long long *)&caller, (long long *)&fault, task),
				 7);
		if (n_bytes)
			snprintf(name, sizeof(name), "pool %llu", pool);
		assert_string_equal(event->last_words.pool, name);
		assert_u64_equal(event->last_words.then_us, then_ms * 1000);
		assert_u64_equal(event->last_words.asked_bytes, n_bytes ? n_bytes : NOT_KNOWN);
		assert_u64_equal(details->largest_free_bytes, largest);
		assert_u64_equal(details->caller.address, caller);
		assert_u64_equal(event->last_words.fault.address, fault);
		assert_string_equal(details->task, task);
	}
	if (event->kind == EVENT_SITE)
		check_site(&event->site);
	if (event->kind == EVENT_SITES) {
		assert_u64_equal(event->sites.step_bytes, due_value);
		assert_u64_equal(event->sites.keep_ms, 5000);
		assert_false(event->sites.waits);
	}
	if (event->kind == EVENT_SITE_NAME) {
		const char *name = strchr(due_text, ' ') + 1;
		assert_int_equal(event->site_name.number, due_value);
		assert_int_equal(event->site_name.text.n_bytes, strlen(name));
		assert_memory_equal(event->site_name.text.bytes, name, strlen(name));
	}
	if (event->kind == EVENT_SITE_GONE)
		assert_true(event->site_gone.is_freed);
	if (event->kind == EVENT_RECOVERED)
		assert_u64_equal(event->recovered.asked_bytes, due_value);
	if (event->kind == EVENT_MARK) /* what does not fit into a frame is cut off */
		assert_memory_equal(event->mark.bytes, due_text, MIN(event->mark.n_bytes, strlen(due_text)));
}

static void take(void)
{
	struct agent_item item;
	int answer;

	while ((answer = agent_link_next(link, &item)) != AGENT_MORE) {
		if (answer == AGENT_EVENT)
			check_event(&item.event);
		else
			strbuf_add(&text, item.text, item.n_bytes);
	}
}

static void hear(const uint8_t *bytes, size_t n_bytes)
{
	agent_link_feed(link, bytes, n_bytes, NOT_KNOWN);
	take();
}

/* ---- the steps ---- */

static void end_vector(void)
{
	assert_int_equal(n_shown, n_due);
	assert_int_equal(n_events, n_events_due);
	assert_int_equal(text.n_bytes, 0);
	agent_link_free(link);
	link = NULL;
}

static void begin_vector(void)
{
	if (link)
		end_vector();
	n_areas = 0;
	n_shown = n_due = n_events = n_events_due = 0;
	abilities = WIRE_CAN_KINDS | WIRE_CAN_FINALISERS;
	block_bytes = 16;
	stack_used = 0;
	refused = false;
	link = agent_link_new(false);
	assert_non_null(link);
}

static void expect(enum event_kind kind, const char *rest, bool second)
{
	unsigned long long a = 0, b = 0;

	sscanf(rest, "%llu %llu", &a, &b);
	due = kind;
	due_value = second ? b : a;
	snprintf(due_text, sizeof(due_text), "%.200s", rest);
	n_events_due++;
}

static void run_line(char *line)
{
	char *rest = line + strcspn(line, " ");
	static uint8_t frame[LINE_BYTES];
	unsigned long long a = 0, b = 0;
	int n_read = 0;

	rest += *rest != '\0';
#define IS(word) (strncmp(line, word " ", sizeof(word)) == 0 || strcmp(line, word) == 0)
	if (IS("vector")) {
		begin_vector();
	} else if (IS("abilities")) {
		abilities = strtoull(rest, NULL, 0);
	} else if (IS("block_bytes")) {
		block_bytes = strtoull(rest, NULL, 0);
	} else if (IS("stack")) {
		stack_used = strtoull(rest, NULL, 0);
	} else if (IS("area")) {
		assert_true(n_areas < AREAS_MAX);
		assert_int_equal(sscanf(rest, "%llx %llu", &a, &b), 2);
		areas[n_areas].address = a;
		areas[n_areas].memory = b;
		areas[n_areas++].n_blocks = 0;
	} else if (IS("blocks")) {
		append_blocks(rest);
	} else if (IS("set")) {
		assert_int_equal(sscanf(rest, "%llu %llu %n", &a, &b, &n_read), 2);
		write_blocks(&areas[a], (uint32_t)b, rest + n_read);
	} else if (IS("unarea")) {
		n_areas--;
	} else if (IS("abandon")) {
		refused = true;
	} else if (IS("snapshot") || IS("key")) {
		n_due += !refused;
		refused = false;
	} else if (IS("gc_ended")) {
		expect(EVENT_GC, rest, false);
	} else if (IS("failed")) {
		expect(EVENT_FAILED, rest, true);
	} else if (IS("recovered")) {
		expect(EVENT_RECOVERED, rest, true);
	} else if (IS("mark")) {
		expect(EVENT_MARK, rest, false);
	} else if (IS("fails")) {
		expect(EVENT_FAILED, rest, false);
	} else if (IS("allocated")) {
		if (strtoull(rest, NULL, 0) >= 1024) /* a large one */
			expect(EVENT_LARGE, rest, false);
	} else if (IS("last_words")) {
		expect(EVENT_LAST_WORDS, rest, false);
	} else if (IS("site")) {
		expect(EVENT_SITE, rest, false);
	} else if (IS("sites")) {
		expect(EVENT_SITES, rest, false);
	} else if (IS("name")) {
		expect(EVENT_SITE_NAME, rest, false);
	} else if (IS("site_moved")) {
		if (strcmp(rest + strcspn(rest, " "), " 0") == 0) /* freed */
			expect(EVENT_SITE_GONE, rest, false);
	} else if (IS("frame")) {
		hear(frame, bytes_of_hex(rest, frame));
	}
#undef IS
}

static FILE *open_vectors(void)
{
	FILE *in = fopen(vectors_path, "r");

	assert_non_null(in);
	return in;
}

UNIT_TEST(each_step_is_heard)
{
	FILE *in = open_vectors();
	static char line[LINE_BYTES];
	size_t n_vectors = 0;

	while (fgets(line, sizeof(line), in) && strncmp(line, "bad ", 4) != 0) {
		line[strcspn(line, "\n")] = '\0';
		n_vectors += strncmp(line, "vector ", 7) == 0;
		if (line[0] && line[0] != '#')
			run_line(line);
	}
	end_vector();
	fclose(in);
	assert_true(n_vectors >= 15);
}

/* Bytes that are no frames in order, right behind the last vector. */
UNIT_TEST(what_is_bad_is_text_or_nothing)
{
	FILE *in = open_vectors();
	static char line[LINE_BYTES];
	static uint8_t last[LINE_BYTES], bytes[LINE_BYTES], said[LINE_BYTES];
	size_t n_last = 0, n_bytes = 0, n_said = 0, n_bad = 0;

	while (fgets(line, sizeof(line), in)) {
		struct agent_link_counts counts;
		if (strncmp(line, "frame ", 6) == 0)
			n_last = bytes_of_hex(line + 6, last);
		if (strncmp(line, "bytes ", 6) == 0)
			n_bytes = bytes_of_hex(line + 6, bytes);
		if (strncmp(line, "text ", 5) == 0)
			n_said = line[5] == '-' ? 0 : bytes_of_hex(line + 5, said);
		if (strncmp(line, "frames ", 7) != 0)
			continue;
		for (size_t step = 1; step <= n_bytes; step = step == 1 ? n_bytes : step + 1) {
			link = agent_link_new(false);
			assert_non_null(link);
			n_events = 0;
			strbuf_reset(&text);
			due = EVENT_MARK;
			due_text[0] = '\0';
			hear(last, n_last);
			for (size_t at = 0; at < n_bytes; at += step)
				hear(bytes + at, MIN(step, n_bytes - at));
			agent_link_finish(link);
			take();
			agent_link_count(link, &counts);
			assert_int_equal(counts.n_frames - counts.n_repeated - 1, atoi(line + 7));
			assert_int_equal(text.n_bytes, n_said);
			assert_memory_equal(strbuf_text(&text), said, n_said);
			agent_link_free(link);
			link = NULL;
			if (step == n_bytes)
				break;
		}
		n_bad++;
	}
	fclose(in);
	strbuf_deinit(&text);
	assert_true(n_bad >= 15);
}
