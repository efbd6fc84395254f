/* What an agent tells besides the heap. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/image/call_sites.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/cut.h"

static void say_bytes(struct strbuf *out, uint64_t bytes, const struct text_style *style)
{
	strbuf_puts(out, bytes == NOT_KNOWN ? "an unknown number of bytes" : exact_words(bytes, style).text);
}

static void say_ms(struct strbuf *out, uint64_t us)
{
	if (us > 0 && us < 1000) {
		strbuf_printf(out, "%" PRIu64 " us", us);
		return;
	}
	strbuf_printf(out, "%" PRIu64 ".%" PRIu64 " ms", us / 1000, us / 100 % 10);
}

static void say_count(struct strbuf *out, uint64_t n, const char *what, const struct text_style *style)
{
	strbuf_printf(out, "%s %s%s", count_words(n, style).text, what, n == 1 ? "" : "s");
}

/* Begins a sentence, or goes on after something else. */
static void say_lost(struct strbuf *out, bool begins, uint64_t n_frames, uint64_t n_snapshots, uint64_t n_abandoned,
		     const struct text_style *style)
{
	if (n_frames > 0 || n_snapshots > 0)
		strbuf_puts(out, begins ? "Lost: " : "lost: ");
	if (n_frames > 0)
		say_count(out, n_frames, "frame", style);
	strbuf_puts(out, n_frames > 0 && n_snapshots > 0 ? ", " : "");
	if (n_snapshots > 0)
		say_count(out, n_snapshots, "snapshot", style);
	if (n_abandoned > 0 && (n_frames > 0 || n_snapshots > 0)) {
		strbuf_printf(out, "; given up by the board: %s", count_words(n_abandoned, style).text);
	} else if (n_abandoned > 0) {
		strbuf_puts(out, begins ? "Given up by the board, as nobody read: " :
					  "given up by the board, as nobody read: ");
		say_count(out, n_abandoned, "snapshot", style);
	}
}

/* A label is a board's bytes, each up to four columns wide; what has no room beside a time is cut. */
static void say_label(struct strbuf *out, const char *label)
{
	enum { ROOM_COLUMNS = 59 };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	static const char more[] = "...";
	size_t n_columns = 0, n_room = 0;

	text_clean(&text, label);
	const uint8_t *p = (const uint8_t *)strbuf_text(&text), *end = p + text.n_bytes;
	for (size_t at = 0, n; p + at < end && (n = text_utf8(p + at, end, NULL)); at += n)
		if (++n_columns <= ROOM_COLUMNS - (sizeof(more) - 1))
			n_room = at + n;
	strbuf_add(out, p, n_columns <= ROOM_COLUMNS ? text.n_bytes : n_room);
	strbuf_puts(out, n_columns <= ROOM_COLUMNS ? "" : more);
}

static void in_pool(struct strbuf *out, const struct board_event *h)
{
	if (h->pool[0]) {
		strbuf_puts(out, " in ");
		text_clean(out, h->pool);
	}
}

static void say_caller(struct strbuf *out, const char *how, const struct event_caller *caller)
{
	enum { FUNCTION_COLUMNS = 40, FILE_COLUMNS = 24 };
	const struct call_site *site = caller->site;

	if (caller->address == 0)
		return;
	strbuf_puts(out, how);
	if (!site)
		strbuf_printf(out, "0x%" PRIx64, caller->address);
	for (size_t i = 0; site && i < site->n_frames; i++) {
		const struct call_frame *frame = &site->frames[i];
		strbuf_puts(out, i > 0 ? ", inlined in " : "");
		text_cut(out, frame->function, strlen(frame->function), FUNCTION_COLUMNS, CUT_END);
		if (!frame->file)
			continue;
		strbuf_puts(out, " (");
		text_cut(out, frame->file, strlen(frame->file), FILE_COLUMNS, CUT_BEGINNING);
		strbuf_printf(out, ":%" PRIu32 ")", frame->line);
	}
}

/* What is known of an allocation that failed, after its size. */
static void say_details(struct strbuf *out, const struct board_event *h, const struct text_style *style)
{
	if (h->largest_free_bytes > 0)
		strbuf_printf(out, ", largest free block %s", exact_words(h->largest_free_bytes, style).text);
	say_caller(out, ", called from ", &h->caller);
	if (h->task[0]) {
		strbuf_puts(out, ", task ");
		text_clean(out, h->task);
	}
}

/* In a sentence that names the reset. */
static void say_last_words(struct strbuf *out, const struct board_event *h, const struct text_style *style)
{
	bool failed = h->bytes != NOT_KNOWN;

	strbuf_printf(out, "at %" PRIu64 ".%03u s: ", h->then_us / 1000000, (unsigned)(h->then_us / 1000 % 1000));
	if (failed) {
		say_bytes(out, h->bytes, style);
		strbuf_puts(out, " failed");
		in_pool(out, h);
		say_details(out, h, style);
	}
	if (h->fault.address)
		say_caller(out, failed ? "; then stopped in " : "stopped in ", &h->fault);
	if (!failed && h->task[0]) {
		strbuf_puts(out, ", task ");
		text_clean(out, h->task);
	}
}

/* Who asked comes first: a narrow row ends before the rest. */
void text_board_event_row(struct strbuf *out, const struct board_event *h, const struct text_style *style)
{
	struct board_event rest = *h;

	if ((h->kind != BOARD_EVENT_FAILED && h->kind != BOARD_EVENT_LARGE) || h->caller.address == 0) {
		text_board_event(out, h, style);
		return;
	}
	rest.caller.address = 0;
	say_bytes(out, h->bytes, style);
	say_caller(out, ": ", &h->caller);
	say_details(out, &rest, style);
	in_pool(out, h);
}

void text_board_event(struct strbuf *out, const struct board_event *h, const struct text_style *style)
{
	switch (h->kind) {
	case BOARD_EVENT_GC:
		strbuf_puts(out, "garbage collected");
		if (h->duration_us != NOT_KNOWN) {
			strbuf_puts(out, " in ");
			say_ms(out, h->duration_us);
		}
		strbuf_puts(out, h->by_threshold ? " (gc.threshold)" : "");
		break;
	case BOARD_EVENT_FAILED:
		strbuf_puts(out, "allocation failed");
		in_pool(out, h);
		strbuf_puts(out, ": ");
		say_bytes(out, h->bytes, style);
		say_details(out, h, style);
		break;
	case BOARD_EVENT_LARGE:
		strbuf_puts(out, "large allocation");
		in_pool(out, h);
		strbuf_puts(out, ": ");
		say_bytes(out, h->bytes, style);
		say_caller(out, ", called from ", &h->caller);
		break;
	case BOARD_EVENT_LAST_WORDS:
		strbuf_puts(out, "before the last reset, ");
		say_last_words(out, h, style);
		break;
	case BOARD_EVENT_RECOVERED:
		say_bytes(out, h->bytes, style);
		in_pool(out, h);
		strbuf_puts(out, " tried again: succeeded");
		break;
	case BOARD_EVENT_MARK:
		strbuf_puts(out, "mark \"");
		say_label(out, h->label);
		strbuf_putc(out, '"');
		break;
	case BOARD_EVENT_AREA:
		strbuf_printf(out, "the heap %s an area: ", h->added ? "got" : "gave back");
		say_bytes(out, h->bytes, style);
		if (h->address != NOT_KNOWN)
			strbuf_printf(out, " at 0x%" PRIx64, h->address);
		break;
	case BOARD_EVENT_LOST:
		say_lost(out, false, h->n_frames, h->n_snapshots, h->n_abandoned, style);
		break;
	case BOARD_EVENT_RESET:
		strbuf_puts(out, "the board was reset");
		break;
	case BOARD_EVENT_LINK:
		text_clean(out, h->label);
		break;
	case BOARD_EVENT_REFUSED:
		strbuf_printf(out, "its agent speaks version %u.%u of the wire, which is not known here", h->wire_major,
			      h->wire_minor);
		break;
	}
}

static void say_collections(struct strbuf *out, const struct agent_info *agent, const struct text_style *style)
{
	uint64_t span_us = agent->last_us - agent->first_us;

	say_count(out, agent->n_collections, "collection", style);
	strbuf_puts(out, ", ");
	say_ms(out, agent->gc_us);
	strbuf_puts(out, " in all, the longest ");
	say_ms(out, agent->longest_gc_us);
	if (span_us > 0)
		strbuf_printf(out, ": %.1f ms a second", (double)agent->gc_us * 1000.0 / (double)span_us);
	strbuf_puts(out, ".\n");
}

static void say_stop(struct strbuf *out, const struct agent_info *agent, const struct text_style *style)
{
	if (agent->longest_pause_us == 0 && agent->n_rolling == 0)
		return;
	strbuf_puts(out, "A snapshot stops the board for at most ");
	say_ms(out, agent->tells_waits ? agent->longest_stop_us : agent->longest_pause_us);
	if (!agent->tells_waits) {
		strbuf_puts(out, ", without waits for the line");
	} else if (agent->wait_in_longest_us > 0 && agent->wait_in_longest_us != NOT_KNOWN) {
		strbuf_puts(out, ", waits for the line ");
		say_ms(out, agent->wait_in_longest_us);
		strbuf_puts(out, " of it");
	}
	if (agent->n_rolling > 0) {
		strbuf_printf(out, " at a time; %s of %s snapshots were sent in several parts, over at most ",
			      count_words(agent->n_rolling, style).text, count_words(agent->n_snapshots, style).text);
		say_ms(out, agent->longest_roll_us);
	}
	strbuf_puts(out, ".\n");
}

void text_agent(struct strbuf *out, const struct agent_info *agent, const struct text_style *style)
{
	if (agent->greeted && !agent->hello.refused) {
		const struct event_hello *hello = &agent->hello;
		strbuf_printf(out, "Reported by the agent %u.%u.%u", hello->agent_major, hello->agent_minor,
			      hello->agent_patch);
		strbuf_puts(out, ".\n");
		say_stop(out, agent, style);
	}
	if (agent->has_last_words) {
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_puts(&words, "Before the last reset, ");
		say_last_words(&words, &agent->last_words, style);
		strbuf_putc(&words, '.');
		text_role(out, style, ROLE_WARNING);
		text_wrap(out, strbuf_text(&words), 0, 0);
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
	}
	if (agent->n_collections > 0)
		say_collections(out, agent, style);
	if (agent->lost_frames > 0 || agent->lost_snapshots > 0 || agent->n_abandoned > 0) {
		text_role(out, style, ROLE_WARNING);
		say_lost(out, true, agent->lost_frames, agent->lost_snapshots, agent->n_abandoned, style);
		strbuf_puts(out, ".");
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
	}
}

void text_board_events(struct strbuf *out, const struct board_event *last, size_t n, uint64_t n_all,
		       const struct text_style *style)
{
	enum { TIME_COLUMNS = 14 };
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (n == 0)
		return;
	strbuf_puts(out, out->n_bytes ? "\n" : "");
	text_in_role(out, style, ROLE_HEAD, "WHAT HAPPENED");
	if (n_all > n)
		strbuf_printf(out, "  the last %zu of %s", n, count_words(n_all, style).text);
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < n; i++) {
		uint64_t ms = last[i].at_us / 1000;
		if (last[i].at_us == NOT_KNOWN)
			strbuf_printf(out, "%12s  ", TEXT_NO_TIME);
		else
			strbuf_printf(out, "%5" PRIu64 ":%02u.%03u  ", ms / 60000, (unsigned)(ms / 1000 % 60),
				      (unsigned)(ms % 1000));
		strbuf_reset(&line);
		text_board_event(&line, &last[i], style);
		text_wrap(out, strbuf_text(&line), TIME_COLUMNS, TIME_COLUMNS);
		strbuf_putc(out, '\n');
	}
}
