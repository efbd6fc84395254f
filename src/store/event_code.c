#include "codes.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"

/* ---- what each kind has ---- */

#define U64(name, path)             FIELD_AS(struct event, path, name, FIELD_U64, 0)
#define UNSIGNED(name, path, limit) FIELD_AS(struct event, path, name, FIELD_UNSIGNED, limit)
#define BOOL(name, path)            FIELD_AS(struct event, path, name, FIELD_BOOL, 0)
#define NAME(name, path)            FIELD_AS(struct event, path, name, FIELD_NAME, 0)
#define CALL(name, path)            U64(name, path.address)
#define TEXT(path)                  offsetof(struct event, path)
#define POOL(kind)                           \
	{                                    \
		NULL, kind, -1,              \
		{                            \
			{                    \
				.name = NULL \
			}                    \
		}                            \
	}

/* A kind's place is its number in files: new ones come last. */
static const struct event_kind_code kinds[] = {
	POOL(EVENT_SNAPSHOT),
	POOL(EVENT_SAMPLE),
	POOL(EVENT_POOL),
	{ "failed",
	  EVENT_FAILED,
	  TEXT(failed.text),
	  { UNSIGNED("failure", failed.failure, FAILURE_OF_C), U64("asked_bytes", failed.asked_bytes),
	    NAME("pool", failed.pool), CALL("caller", failed.details.caller),
	    U64("largest_free_bytes", failed.details.largest_free_bytes), NAME("task", failed.details.task) } },
	{ "qstr",
	  EVENT_QSTR,
	  -1,
	  { U64("pools", qstr.n_pools), U64("strings", qstr.n_strings), U64("string_bytes", qstr.string_bytes),
	    U64("total_bytes", qstr.total_bytes) } },
	{ "qstr_text", EVENT_QSTR_TEXT, TEXT(text), { BOOL("broken", text_broken) } },
	{ "banner", EVENT_BANNER, TEXT(text), { BOOL("broken", text_broken) } },
	{ .name = "reset", .kind = EVENT_RESET, .text = -1 },
	{ "hello",
	  EVENT_HELLO,
	  -1,
	  { NAME("firmware", hello.firmware), NAME("machine", hello.machine), NAME("build_id", hello.build_id),
	    UNSIGNED("agent_major", hello.agent_major, UINT32_MAX),
	    UNSIGNED("agent_minor", hello.agent_minor, UINT32_MAX),
	    UNSIGNED("agent_patch", hello.agent_patch, UINT32_MAX),
	    UNSIGNED("pointer_bytes", hello.pointer_bytes, UINT32_MAX),
	    UNSIGNED("block_bytes", hello.block_bytes, UINT32_MAX), U64("abilities", hello.abilities),
	    U64("period_ms", hello.period_ms), BOOL("again", hello.again), BOOL("refused", hello.refused),
	    UNSIGNED("wire_major", hello.wire_major, UINT32_MAX),
	    UNSIGNED("wire_minor", hello.wire_minor, UINT32_MAX) } },
	{ "gc",
	  EVENT_GC,
	  -1,
	  { U64("duration_us", gc.duration_us), U64("board_us", gc.board_us), BOOL("by_threshold", gc.by_threshold) } },
	{ .name = "mark", .kind = EVENT_MARK, .text = TEXT(mark) },
	{ .name = "program_ended", .kind = EVENT_PROGRAM_ENDED, .text = -1 },
	{ "recovered",
	  EVENT_RECOVERED,
	  -1,
	  { U64("asked_bytes", recovered.asked_bytes), NAME("pool", recovered.pool) } },
	{ "area",
	  EVENT_AREA,
	  -1,
	  { U64("address", area.address), U64("size_bytes", area.size_bytes), BOOL("added", area.added) } },
	{ "lost",
	  EVENT_LOST,
	  -1,
	  { U64("frames", lost.n_frames), U64("missing", lost.n_missing), U64("snapshots", lost.n_snapshots),
	    U64("abandoned", lost.n_abandoned) } },
	{ "large",
	  EVENT_LARGE,
	  -1,
	  { U64("asked_bytes", large.asked_bytes), NAME("pool", large.pool), CALL("caller", large.caller) } },
	{ "last_words",
	  EVENT_LAST_WORDS,
	  -1,
	  { U64("then_us", last_words.then_us), U64("asked_bytes", last_words.asked_bytes),
	    NAME("pool", last_words.pool), CALL("caller", last_words.details.caller),
	    U64("largest_free_bytes", last_words.details.largest_free_bytes), NAME("task", last_words.details.task),
	    CALL("fault", last_words.fault) } },
};

enum { CODE_TEXT = 0xff, CODE_SNAPSHOT = 0, CODE_POOL = 2 /* those up to it have figures of pools */ };

static const struct field head_members[] = {
	FIELD(struct event, line, FIELD_U64, 0), FIELD(struct event, at_us, FIELD_U64, 0),
	FIELD(struct event, clock_fell, FIELD_BOOL, 0),
	FIELD(struct event, time, FIELD_TEXT, 0), /* "": it follows from at_us */
};

#define SNAPSHOT(member, type) FIELD(struct event, snapshot.member, type, 0)
static const struct field snapshot_members[] = {
	SNAPSHOT(n_lines, FIELD_U64),
	SNAPSHOT(label, FIELD_TEXT),
	SNAPSHOT(collected, FIELD_BOOL),
	SNAPSHOT(reported.board_us, FIELD_U64),
	SNAPSHOT(reported.pause_us, FIELD_U64),
	SNAPSHOT(reported.wait_us, FIELD_U64),
	SNAPSHOT(reported.lost_frames, FIELD_U64),
	SNAPSHOT(reported.lost_snapshots, FIELD_U64),
	SNAPSHOT(reported.n_collections, FIELD_U64),
	SNAPSHOT(reported.wire_bytes, FIELD_U64),
	SNAPSHOT(reported.rolling, FIELD_BOOL),
	SNAPSHOT(reported.n_stops, FIELD_U64),
	SNAPSHOT(reported.longest_stop_us, FIELD_U64),
	SNAPSHOT(reported.took_us, FIELD_U64),
};

static const struct field figures_members[] = {
	FIELD(struct heap_pool, name, FIELD_NAME, 0),
	FIELD(struct heap_pool, kind, FIELD_UNSIGNED, N_POOL_KINDS - 1),
	FIELD(struct heap_pool, memory, FIELD_UNSIGNED, MEMORY_FLASH),
	FIELD(struct heap_pool, start, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.total_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.used_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.free_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.largest_free_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.peak_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.least_free_bytes, FIELD_U64, 0),
};

/* snapshot_reported.format, which points to a constant. */
static const char *const formats[] = { NULL, "agent", "openmv", "block-table", "gdb", "figures" };

static char format_number(const char *format)
{
	for (size_t i = 1; format && i < ARRAY_SIZE(formats); i++)
		if (strcmp(format, formats[i]) == 0)
			return (char)i;
	return 0;
}

static size_t code_of(enum event_kind kind)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) && kinds[i].kind != kind)
		i++;
	return i;
}

const struct event_kind_code *event_code_named(const char *name)
{
	for (size_t i = CODE_POOL + 1; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

size_t event_code_n_members(const struct event_kind_code *kind)
{
	size_t n = 0;

	while (n < EVENT_MEMBERS_MAX && kind->members[n].name)
		n++;
	return n;
}

/* ---- to bytes ---- */

#define PUT(out, members, owner) fields_put(out, members, ARRAY_SIZE(members), owner)

static void put_text(struct strbuf *out, const char *bytes, size_t n_bytes)
{
	field_put_u64(out, n_bytes);
	strbuf_add(out, bytes, n_bytes);
}

void event_code_put_text(struct strbuf *out, const char *bytes, size_t n_bytes)
{
	strbuf_putc(out, (char)CODE_TEXT);
	put_text(out, bytes, n_bytes);
}

static void put_snapshot(struct strbuf *out, const struct event *event, const struct figures_code *figures)
{
	PUT(out, snapshot_members, event);
	strbuf_putc(out, format_number(event->snapshot.reported.format));
	strbuf_putc(out, figures->has_table);
	strbuf_putc(out, (char)figures->n_pools);
	for (uint32_t i = 0; i < figures->n_pools; i++)
		PUT(out, figures_members, &figures->pools[i]);
}

void event_code_put(struct strbuf *out, const struct event *event, const struct figures_code *figures)
{
	size_t code = code_of(event->kind);
	const struct event_kind_code *kind = &kinds[code];
	struct event_text text;

	strbuf_putc(out, (char)code);
	PUT(out, head_members, event);
	if (code == CODE_SNAPSHOT)
		put_snapshot(out, event, figures);
	else if (code <= CODE_POOL)
		PUT(out, figures_members, &event->pool);
	else
		fields_put(out, kind->members, event_code_n_members(kind), event);
	if (kind->text < 0)
		return;
	memcpy(&text, (const char *)event + kind->text, sizeof(text));
	put_text(out, text.bytes, text.n_bytes);
}

/* ---- from bytes ---- */

#define GET(in, members, owner) fields_get(in, members, ARRAY_SIZE(members), owner)

static bool get_text(struct field_bytes *in, struct event_text *ret)
{
	uint64_t n;

	if (!field_bytes_u64(in, &n) || n > in->n_bytes)
		return false;
	*ret = (struct event_text){ (const char *)in->bytes, (size_t)n };
	return field_bytes_take(in, (size_t)n) != NULL || n == 0;
}

bool event_code_get_snapshot(struct field_bytes *in, struct event *ret)
{
	const uint8_t *format = GET(in, snapshot_members, ret) ? field_bytes_take(in, 1) : NULL;

	if (!format || *format >= ARRAY_SIZE(formats))
		return false;
	ret->snapshot.reported.format = formats[*format];
	return true;
}

static bool get_snapshot(struct field_bytes *in, struct event_code *ret)
{
	ret->event.snapshot.reported = (struct snapshot_reported)SNAPSHOT_REPORTED_NOTHING;
	const uint8_t *counts = event_code_get_snapshot(in, &ret->event) ? field_bytes_take(in, 2) : NULL;

	if (!counts || counts[0] > 1 || counts[1] > HEAP_POOLS_MAX)
		return false;
	ret->has_table = counts[0];
	ret->figures.n_bytes = counts[1] * fields_n_bytes(figures_members, ARRAY_SIZE(figures_members));
	ret->figures.bytes = field_bytes_take(in, ret->figures.n_bytes);
	return ret->figures.bytes != NULL;
}

static bool get_pool(struct field_bytes *in, struct heap_pool *ret)
{
	struct heap_pool read = heap_pool_named("", POOL_OTHER);

	if (!GET(in, figures_members, &read))
		return false;
	*ret = read;
	return true;
}

int event_code_figures(const struct event_code *code, struct heap *heap)
{
	struct field_bytes in = code->figures;
	struct heap_pool pool;

	heap_reset(heap);
	while (in.n_bytes > 0) {
		if (!get_pool(&in, &pool))
			return -EBADMSG;
		int r = heap_add_figures(heap, &pool);
		if (r < 0)
			return r == -E2BIG ? -EBADMSG : r;
	}
	heap_seal(heap);
	return 0;
}

bool event_code_is_sample(const struct event_code *code)
{
	return !code->is_text && code_of(code->event.kind) <= CODE_POOL;
}

int event_code_get(struct field_bytes *in, struct event_code *ret)
{
	size_t code = *field_bytes_take(in, 1);
	struct event *event = &ret->event;
	bool ok;

	*ret = (struct event_code){ .is_text = code == CODE_TEXT };
	if (ret->is_text)
		return get_text(in, &ret->text) ? 0 : -EBADMSG;
	if (code >= ARRAY_SIZE(kinds))
		return -EBADMSG;
	const struct event_kind_code *kind = &kinds[code];
	event->kind = kind->kind;
	ok = GET(in, head_members, event);
	if (code == CODE_SNAPSHOT)
		ok = ok && get_snapshot(in, ret);
	else if (code <= CODE_POOL)
		ok = ok && get_pool(in, &event->pool);
	else
		ok = ok && fields_get(in, kind->members, event_code_n_members(kind), event);
	if (ok && kind->text >= 0) {
		ok = get_text(in, &ret->text);
		memcpy((char *)event + kind->text, &ret->text, sizeof(ret->text));
	}
	return ok ? 0 : -EBADMSG;
}
