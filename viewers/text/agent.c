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
