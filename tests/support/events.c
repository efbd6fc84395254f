#include "events.h"

#include "memprof/base/text.h"
#include "unit.h"

enum { RUNS_MAX_BLOCKS = 256 };

static void number(struct strbuf *out, char before, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_printf(out, "%c-", before);
	else
		strbuf_printf(out, "%c%" PRIu64, before, value);
}

/* "62h 2=", with ? for blocks whose rows are missing. */
static void write_runs(const struct heap_area *area, struct strbuf *ret)
{
	uint32_t end;

	for (uint32_t i = 0; i < area->n_blocks; i = end) {
		uint8_t kind = area->kinds[i];
		for (end = i + 1; end < area->n_blocks && area->kinds[end] == kind; end++)
			;
		strbuf_printf(ret, " %" PRIu32 "%c", end - i, kind == BLOCK_UNKNOWN ? '?' : kind);
	}
}

/* FNV-1a over words, in four lanes: heaps of two million blocks are hashed thousands of times. */
static uint32_t hash(const uint8_t *bytes, size_t n)
{
	const uint64_t prime = UINT64_C(0x100000001b3);
	uint64_t lanes[4] = { 1, 2, 3, 4 }, words[4];

	for (; n >= sizeof(words); bytes += sizeof(words), n -= sizeof(words)) {
		memcpy(words, bytes, sizeof(words));
		for (int i = 0; i < 4; i++)
			lanes[i] = (lanes[i] ^ words[i]) * prime;
	}
	for (int i = 1; i < 4; i++)
		lanes[0] = (lanes[0] ^ lanes[i]) * prime;
	for (; n > 0; n--)
		lanes[0] = (lanes[0] ^ *bytes++) * prime;
	return (uint32_t)(lanes[0] >> 32);
}

/* Only what there is, as most samples have none. */
static void write_window(const struct heap_window *w, struct strbuf *ret)
{
	if (!w)
		return;
	strbuf_puts(ret, "\n    window");
	number(ret, ' ', w->window_us);
	number(ret, ' ', w->n_allocations);
	number(ret, '/', w->allocated_bytes);
	number(ret, ' ', w->n_frees);
	number(ret, '/', w->freed_bytes);
	number(ret, ' ', w->n_failures);
	number(ret, ' ', w->n_large);
	number(ret, ' ', w->least_used_bytes);
	number(ret, '-', w->most_used_bytes);
	number(ret, ' ', w->least_free_bytes);
	strbuf_puts(ret, " sizes");
	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++)
		number(ret, ' ', w->n_by_size[i]);
}

static void write_pool(const struct heap_pool *pool, struct strbuf *ret)
{
	const struct heap_reported *said = &pool->reported;

	strbuf_puts(ret, ", said");
	number(ret, ' ', said->total_bytes);
	number(ret, '/', said->used_bytes);
	number(ret, '/', said->free_bytes);
	number(ret, ' ', said->one_blocks);
	number(ret, ' ', said->two_blocks);
	number(ret, ' ', said->max_block_blocks);
	number(ret, ' ', said->max_free_blocks);
	number(ret, ' ', said->max_new_split_bytes);
	strbuf_printf(ret, "\n    %s %" PRIu32 " B, %" PRIu32 " blocks, missing %" PRIu64, pool->name,
		      pool->block_bytes, pool->n_blocks, pool->missing_bytes);
	write_window(pool->window, ret);
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		strbuf_printf(ret, ", %" PRIx64 "%s:", area->base, area->loose ? "?" : "");
		if (area->n_blocks <= RUNS_MAX_BLOCKS)
			write_runs(area, ret);
		else
			strbuf_printf(ret, " %" PRIu32 " blocks of hash %08" PRIx32, area->n_blocks,
				      hash(area->kinds, area->n_blocks));
	}
}

static void write_details(const struct event_failure_details *details, struct strbuf *ret)
{
	if (!details->caller.address && !details->largest_free_bytes && !details->task[0])
		return;
	strbuf_printf(ret, " by %" PRIx64 " '%s', largest", details->caller.address, details->task);
	number(ret, ' ', details->largest_free_bytes);
}

static void write_task(const struct heap_task *task, struct strbuf *ret)
{
	strbuf_printf(ret, "\n    task '%s'%s, stack", task->name, task->is_current ? " running" : "");
	number(ret, ' ', task->stack_bytes);
	strbuf_puts(ret, ", used");
	number(ret, ' ', task->used_bytes);
	strbuf_puts(ret, ", least free");
	number(ret, ' ', task->least_free_bytes);
	strbuf_puts(ret, ", at");
	number(ret, ' ', task->start);
}

static void write_snapshot(const struct event *event, struct strbuf *ret)
{
	const struct heap *heap = event->snapshot.heap;

	strbuf_printf(ret, "snapshot line %" PRIu64 " +%" PRIu64 " lines, ", event->line, event->snapshot.n_lines);
	strbuf_puts(ret, heap_problem_text(heap->problem));
	number(ret, ' ', heap->problem_line);
	if (event->snapshot.label[0])
		strbuf_printf(ret, ", '%s'", event->snapshot.label);
	strbuf_puts(ret, ", stack");
	number(ret, ' ', heap->stack_used_bytes);
	number(ret, '/', heap->stack_limit_bytes);
	for (uint32_t i = 0; i < heap->n_pools; i++)
		write_pool(&heap->pools[i], ret);
	for (uint32_t i = 0; i < heap->n_tasks; i++)
		write_task(&heap->tasks[i], ret);
	if (heap->tasks_missing)
		strbuf_puts(ret, "\n    tasks are missing");
}

static void write_site(const struct event_site *site, struct strbuf *ret)
{
	strbuf_printf(ret, "site %u of", (unsigned)site->number);
	number(ret, ' ', site->size_bytes);
	number(ret, '/', site->step_bytes);
	number(ret, ' ', site->address);
	strbuf_printf(ret, "%s%s,", site->is_cut ? " cut" : "", site->is_followed ? "" : " not followed");
	for (uint32_t i = 0; i < site->n_frames; i++)
		strbuf_printf(ret, " %u:%u:%u", (unsigned)site->frames[i].file, (unsigned)site->frames[i].name,
			      (unsigned)site->frames[i].line);
	strbuf_puts(ret, ", lost");
	number(ret, ' ', site->n_lost);
	if (site->class_bytes)
		strbuf_printf(ret, ", class %u of %" PRIu32, (unsigned)site->size_class, site->class_bytes);
}

static void write_text(const char *kind, const struct event *event, struct strbuf *ret)
{
	strbuf_printf(ret, "%s line %" PRIu64 "%s '", kind, event->line, event->text_broken ? " broken" : "");
	text_visible(ret, event->text.bytes, event->text.n_bytes, false);
	strbuf_putc(ret, '\'');
}

void events_write(const struct event *event, bool without_times, struct strbuf *ret)
{
	static const char *const failures[] = {
		[FAILURE_ASKED] = "asked",           [FAILURE_UNSIZED] = "unsized", [FAILURE_LOCKED] = "locked",
		[FAILURE_OTHER_POOL] = "other pool", [FAILURE_OF_C] = "of C",
	};

	switch (event->kind) {
	case EVENT_SNAPSHOT:
		write_snapshot(event, ret);
		break;
	case EVENT_SAMPLE:
		strbuf_printf(ret, "sample line %" PRIu64 " used", event->line);
		number(ret, ' ', event->pool.reported.used_bytes);
		strbuf_puts(ret, " free");
		number(ret, ' ', event->pool.reported.free_bytes);
		break;
	case EVENT_FAILED:
		strbuf_printf(ret, "failed line %" PRIu64 " %s", event->line, failures[event->failed.failure]);
		number(ret, ' ', event->failed.asked_bytes);
		strbuf_puts(ret, " '");
		text_visible(ret, event->failed.text.bytes, event->failed.text.n_bytes, false);
		strbuf_putc(ret, '\'');
		write_details(&event->failed.details, ret);
		break;
	case EVENT_PROGRAM_ENDED:
		strbuf_printf(ret, "ended line %" PRIu64, event->line);
		break;
	case EVENT_QSTR:
		strbuf_printf(ret, "qstr line %" PRIu64, event->line);
		number(ret, ' ', event->qstr.n_pools);
		number(ret, ' ', event->qstr.n_strings);
		number(ret, ' ', event->qstr.string_bytes);
		number(ret, ' ', event->qstr.total_bytes);
		break;
	case EVENT_QSTR_TEXT:
		write_text("string", event, ret);
		break;
	case EVENT_POOL:
		strbuf_printf(ret, "pool line %" PRIu64 " %s %s", event->line, pool_kind_name(event->pool.kind),
			      event->pool.name);
		number(ret, ' ', event->pool.start);
		number(ret, ' ', event->pool.reported.total_bytes);
		number(ret, '/', event->pool.reported.used_bytes);
		number(ret, '/', event->pool.reported.free_bytes);
		number(ret, ' ', event->pool.reported.largest_free_bytes);
		number(ret, ' ', event->pool.reported.least_free_bytes);
		break;
	case EVENT_BANNER:
		write_text("banner", event, ret);
		break;
	case EVENT_RESET:
		strbuf_printf(ret, "reset line %" PRIu64, event->line);
		break;
	case EVENT_HELLO:
		strbuf_printf(ret, "hello '%s' '%s' %s, agent %u.%u.%u, abilities %" PRIx64 "%s%s",
			      event->hello.firmware, event->hello.machine, event->hello.build_id,
			      event->hello.agent_major, event->hello.agent_minor, event->hello.agent_patch,
			      event->hello.abilities, event->hello.again ? " again" : "",
			      event->hello.refused ? " refused" : "");
		break;
	case EVENT_GC:
		strbuf_puts(ret, "gc");
		number(ret, ' ', event->gc.duration_us);
		strbuf_puts(ret, event->gc.by_threshold ? " threshold" : "");
		break;
	case EVENT_MARK:
		strbuf_puts(ret, "mark '");
		text_visible(ret, event->mark.bytes, event->mark.n_bytes, false);
		strbuf_putc(ret, '\'');
		break;
	case EVENT_RECOVERED:
		strbuf_printf(ret, "recovered %s", event->recovered.pool);
		number(ret, ' ', event->recovered.asked_bytes);
		break;
	case EVENT_LARGE:
		strbuf_printf(ret, "large %s", event->large.pool);
		number(ret, ' ', event->large.asked_bytes);
		number(ret, ' ', event->large.caller.address);
		break;
	case EVENT_LAST_WORDS:
		strbuf_printf(ret, "last words %s", event->last_words.pool);
		number(ret, ' ', event->last_words.asked_bytes);
		write_details(&event->last_words.details, ret);
		number(ret, ' ', event->last_words.then_us);
		number(ret, ' ', event->last_words.fault.address);
		break;
	case EVENT_SITE:
		write_site(&event->site, ret);
		break;
	case EVENT_SITE_GONE:
		strbuf_printf(ret, "site %u %s", (unsigned)event->site_gone.number,
			      event->site_gone.is_freed ? "freed" : "not followed");
		break;
	case EVENT_SITES:
		strbuf_puts(ret, event->sites.waits ? "sites, some wait" : "sites");
		number(ret, ' ', event->sites.step_bytes);
		number(ret, ' ', event->sites.keep_ms);
		break;
	case EVENT_SITE_NAME:
		strbuf_printf(ret, "name %" PRIu32 " '", event->site_name.number);
		text_visible(ret, event->site_name.text.bytes, event->site_name.text.n_bytes, false);
		strbuf_putc(ret, '\'');
		break;
	case EVENT_AREA:
		strbuf_puts(ret, event->area.added ? "area added" : "area removed");
		number(ret, ' ', event->area.address);
		number(ret, ' ', event->area.size_bytes);
		break;
	case EVENT_LOST:
		strbuf_puts(ret, "lost");
		number(ret, ' ', event->lost.n_frames);
		number(ret, ' ', event->lost.n_snapshots);
		number(ret, ' ', event->lost.n_abandoned);
		break;
	}
	if (!without_times) {
		strbuf_puts(ret, " at");
		number(ret, ' ', event->at_us);
		if (event->time[0])
			strbuf_printf(ret, " [%s]", event->time);
	}
	strbuf_putc(ret, '\n');
}

/* Takes the events there are. What ended it: DECODER_MORE, DECODER_END, or a negative errno. */
static int drain(const struct decoder *decoder, void *state, bool without_times, struct strbuf *ret)
{
	struct diag diag = { 0 };
	struct event event;

	/* No input of the tests has a million events: who makes more turns in a circle. */
	for (unsigned i = 0; i < 1000000; i++) {
		int answer = decoder->next_event(state, &event, &diag);
		if (answer < 0)
			assert_true(diag.text[0]);
		if (answer != DECODER_EVENT)
			return answer;
		if (event.kind == EVENT_SNAPSHOT)
			assert_int_equal(heap_check(event.snapshot.heap), 0);
		events_write(&event, without_times, ret);
	}
	fail_msg("%s: there is no end of events", decoder->name);
	return 0;
}

static void hear(void *ctx, const char *bytes, size_t n_bytes)
{
	struct strbuf *ret = ctx;

	strbuf_putc(ret, '[');
	strbuf_add(ret, bytes, n_bytes);
	strbuf_putc(ret, ']');
}

int events_read(const struct decoder *decoder, const void *bytes, size_t n_bytes, struct cuts cuts, struct strbuf *ret)
{
	void *state = calloc(1, decoder->state_bytes);
	int answer = DECODER_MORE;
	size_t n;

	const struct decoder_options options = { .on_text = hear, .ctx = ret };

	assert_non_null(state);
	if (cuts.with_printed)
		decoder->set(state, &options);
	for (size_t at = 0; at < n_bytes && answer == DECODER_MORE; at += n) {
		n = at == 0 && cuts.first_bytes ? cuts.first_bytes : cuts.step_bytes ? cuts.step_bytes : n_bytes;
		n = MIN(n, n_bytes - at);
		uint8_t *copy = exact_copy((const uint8_t *)bytes + at, n);
		decoder->feed(state, copy, n, NOT_KNOWN);
		answer = drain(decoder, state, cuts.without_times, ret);
		free(copy);
	}
	if (answer == DECODER_MORE) {
		decoder->finish(state);
		answer = drain(decoder, state, cuts.without_times, ret);
	}
	decoder->deinit(state);
	free(state);
	if (answer >= 0)
		assert_int_equal(answer, DECODER_END);
	return MIN(answer, 0);
}

int events_of_text(const struct decoder *decoder, const char *text, struct strbuf *ret)
{
	return events_read(decoder, text, strlen(text), (struct cuts){ 0 }, ret);
}
