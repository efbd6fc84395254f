#include "codes.h"

#include <string.h>

#include "memprof/base/fields.h"
#include "memprof/base/json.h"
#include "memprof/base/json_read.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum column { IN_DETAILS, IN_BYTES, IN_DURATION, IN_BOARD_TIME, IN_POOL };

struct event_member {
	struct field member;
	enum column column;
};

#define U64(name, path, column)                                                 \
	{                                                                       \
		{ name, offsetof(struct event, path), 8, FIELD_U64, 0 }, column \
	}
#define UNSIGNED(name, path, limit)                                                          \
	{                                                                                    \
		{ name, offsetof(struct event, path), 4, FIELD_UNSIGNED, limit }, IN_DETAILS \
	}
#define BOOL(name, path)                                                             \
	{                                                                            \
		{ name, offsetof(struct event, path), 1, FIELD_BOOL, 0 }, IN_DETAILS \
	}
#define NAME(name, path, column)                                                                                    \
	{                                                                                                           \
		{ name, offsetof(struct event, path), sizeof(((struct event *)NULL)->path), FIELD_NAME, 0 }, column \
	}
#define CALL(name, path) U64(name, path.address, IN_DETAILS)

enum { MEMBERS_MAX = 14 };

struct kind {
	const char *name; /* as in the JSON of memprof, where it has it */
	enum event_kind kind;
	ptrdiff_t text; /* where its event_text is; -1: it has none */
	struct event_member members[MEMBERS_MAX];
};

#define TEXT(path) offsetof(struct event, path)

static const struct kind kinds[] = {
	{ "failed",
	  EVENT_FAILED,
	  TEXT(failed.text),
	  { UNSIGNED("failure", failed.failure, FAILURE_OF_C), U64("asked_bytes", failed.asked_bytes, IN_BYTES),
	    NAME("pool", failed.pool, IN_POOL), CALL("caller", failed.details.caller),
	    U64("largest_free_bytes", failed.details.largest_free_bytes, IN_DETAILS),
	    NAME("task", failed.details.task, IN_DETAILS) } },
	{ "qstr",
	  EVENT_QSTR,
	  -1,
	  { U64("pools", qstr.n_pools, IN_DETAILS), U64("strings", qstr.n_strings, IN_DETAILS),
	    U64("string_bytes", qstr.string_bytes, IN_DETAILS), U64("total_bytes", qstr.total_bytes, IN_BYTES) } },
	{ "qstr_text", EVENT_QSTR_TEXT, TEXT(text), { BOOL("broken", text_broken) } },
	{ "banner", EVENT_BANNER, TEXT(text), { BOOL("broken", text_broken) } },
	{ .name = "reset", .kind = EVENT_RESET, .text = -1 },
	{ "hello",
	  EVENT_HELLO,
	  -1,
	  { NAME("firmware", hello.firmware, IN_DETAILS), NAME("machine", hello.machine, IN_DETAILS),
	    NAME("build_id", hello.build_id, IN_DETAILS), UNSIGNED("agent_major", hello.agent_major, UINT32_MAX),
	    UNSIGNED("agent_minor", hello.agent_minor, UINT32_MAX),
	    UNSIGNED("agent_patch", hello.agent_patch, UINT32_MAX),
	    UNSIGNED("pointer_bytes", hello.pointer_bytes, UINT32_MAX),
	    UNSIGNED("block_bytes", hello.block_bytes, UINT32_MAX), U64("abilities", hello.abilities, IN_DETAILS),
	    U64("period_ms", hello.period_ms, IN_DETAILS), BOOL("again", hello.again), BOOL("refused", hello.refused),
	    UNSIGNED("wire_major", hello.wire_major, UINT32_MAX),
	    UNSIGNED("wire_minor", hello.wire_minor, UINT32_MAX) } },
	{ "gc",
	  EVENT_GC,
	  -1,
	  { U64("duration_us", gc.duration_us, IN_DURATION), U64("board_us", gc.board_us, IN_BOARD_TIME),
	    BOOL("by_threshold", gc.by_threshold) } },
	{ .name = "mark", .kind = EVENT_MARK, .text = TEXT(mark) },
	{ .name = "program_ended", .kind = EVENT_PROGRAM_ENDED, .text = -1 },
	{ "recovered",
	  EVENT_RECOVERED,
	  -1,
	  { U64("asked_bytes", recovered.asked_bytes, IN_BYTES), NAME("pool", recovered.pool, IN_POOL) } },
	{ "area",
	  EVENT_AREA,
	  -1,
	  { U64("address", area.address, IN_DETAILS), U64("size_bytes", area.size_bytes, IN_BYTES),
	    BOOL("added", area.added) } },
	{ "lost",
	  EVENT_LOST,
	  -1,
	  { U64("frames", lost.n_frames, IN_DETAILS), U64("missing", lost.n_missing, IN_DETAILS),
	    U64("snapshots", lost.n_snapshots, IN_DETAILS), U64("abandoned", lost.n_abandoned, IN_DETAILS) } },
	{ "large",
	  EVENT_LARGE,
	  -1,
	  { U64("asked_bytes", large.asked_bytes, IN_BYTES), NAME("pool", large.pool, IN_POOL),
	    CALL("caller", large.caller) } },
	{ "last_words",
	  EVENT_LAST_WORDS,
	  -1,
	  { U64("then_us", last_words.then_us, IN_BOARD_TIME), U64("asked_bytes", last_words.asked_bytes, IN_BYTES),
	    NAME("pool", last_words.pool, IN_POOL), CALL("caller", last_words.details.caller),
	    U64("largest_free_bytes", last_words.details.largest_free_bytes, IN_DETAILS),
	    NAME("task", last_words.details.task, IN_DETAILS), CALL("fault", last_words.fault) } },
};

static const struct kind *find_kind(enum event_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

static const struct kind *find_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* The last one has no name, unless all places are taken. */
static size_t n_members(const struct kind *kind)
{
	size_t n = 0;

	while (n < MEMBERS_MAX && kind->members[n].member.name)
		n++;
	return n;
}

bool event_code_has(enum event_kind kind) { return find_kind(kind) != NULL; }

static uint64_t *number_column(struct event_row *row, enum column column)
{
	return column == IN_BYTES ? &row->bytes : column == IN_DURATION ? &row->duration_us : &row->board_us;
}

/* ---- to a row ---- */

/* Of a number. */
static uint64_t value_of(const struct field *member, const void *at)
{
	uint64_t wide = 0;
	unsigned value = 0;

	if (member->type == FIELD_U64)
		memcpy(&wide, at, sizeof(wide));
	else
		memcpy(&value, at, sizeof(value));
	return member->type == FIELD_U64 ? wide : value;
}

static void put_detail(struct json *j, const struct field *member, const void *at)
{
	if (member->type == FIELD_BOOL)
		json_bool(j, member->name, *(const bool *)at);
	else if (member->type == FIELD_NAME)
		json_text(j, member->name, at);
	else
		json_u64(j, member->name, value_of(member, at)); /* null: not known */
}

/* What is left out. */
static bool is_default(const struct field *member, const void *at)
{
	if (member->type == FIELD_BOOL)
		return !*(const bool *)at;
	return member->type == FIELD_NAME ? !*(const char *)at : value_of(member, at) == 0;
}

void event_code_put(const struct event *event, struct event_row *ret, struct strbuf *details)
{
	const struct kind *kind = find_kind(event->kind);
	struct json j;

	*ret = (struct event_row){ kind->name, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NULL, { NULL, 0 }, NULL };
	json_init(&j, details, true);
	for (size_t i = 0; i < n_members(kind); i++) {
		const struct event_member *m = &kind->members[i];
		const void *at = (const char *)event + m->member.offset;
		if (m->column == IN_POOL) {
			ret->pool = *(const char *)at ? at : NULL;
		} else if (m->column != IN_DETAILS) {
			memcpy(number_column(ret, m->column), at, sizeof(uint64_t));
		} else if (!is_default(&m->member, at)) {
			if (!ret->details)
				json_object(&j, NULL);
			ret->details = "";
			put_detail(&j, &m->member, at);
		}
	}
	if (ret->details) {
		json_object_end(&j);
		ret->details = strbuf_text(details);
	}
	if (kind->text >= 0)
		memcpy(&ret->text, (const char *)event + kind->text, sizeof(ret->text));
}

/* ---- from a row ---- */

static bool get_number(const struct field *member, const struct json_value *value, void *at)
{
	uint64_t wide;
	unsigned narrow;

	if (json_value_u64(value, &wide, NULL) < 0 || (member->type == FIELD_UNSIGNED && wide > member->limit))
		return false;
	narrow = (unsigned)wide;
	if (member->type == FIELD_U64)
		memcpy(at, &wide, sizeof(wide));
	else
		memcpy(at, &narrow, sizeof(narrow));
	return true;
}

static bool get_name(const struct field *member, const char *text, void *at)
{
	size_t n = strlen(text);

	if (n >= member->size_bytes || !text_is_visible(text, n))
		return false;
	memcpy(at, text, n + 1);
	return true;
}

/* A member that is not there stays 0, false or empty. */
static bool get_detail(const struct field *member, const struct json_value *object, void *at)
{
	const struct json_value *value = json_value_member(object, member->name);
	const char *text;

	if (!value)
		return true;
	if (member->type == FIELD_BOOL)
		return json_value_bool(value, at, NULL) == 0;
	if (member->type == FIELD_NAME)
		return json_value_text(value, &text, NULL) == 0 && get_name(member, text, at);
	if (json_value_kind(value) == JSON_NULL) {
		memset(at, 0xff, member->size_bytes);
		return member->type == FIELD_U64;
	}
	return get_number(member, value, at);
}

static bool get_details(const struct kind *kind, const char *details, struct event *ret)
{
	struct json_document *document = NULL;
	bool ok = json_document_read(details, strlen(details), "details", &document, NULL) == 0;
	const struct json_value *root = ok ? json_document_root(document) : NULL;

	ok = ok && json_value_kind(root) == JSON_OBJECT;
	for (size_t i = 0; ok && i < n_members(kind); i++)
		if (kind->members[i].column == IN_DETAILS)
			ok = get_detail(&kind->members[i].member, root, (char *)ret + kind->members[i].member.offset);
	json_document_free(document);
	return ok;
}

bool event_code_get(const struct event_row *row, struct event *ret)
{
	const struct kind *kind = find_name(row->kind);
	struct event_row columns = *row;

	if (!kind)
		return false;
	*ret = (struct event){ .kind = kind->kind };
	for (size_t i = 0; i < n_members(kind); i++) {
		const struct event_member *m = &kind->members[i];
		char *at = (char *)ret + m->member.offset;
		if (m->column == IN_POOL) {
			if (row->pool && !get_name(&m->member, row->pool, at))
				return false;
		} else if (m->column != IN_DETAILS) {
			memcpy(at, number_column(&columns, m->column), sizeof(uint64_t));
		}
	}
	if (kind->text >= 0)
		memcpy((char *)ret + kind->text, &row->text, sizeof(row->text));
	return !row->details || get_details(kind, row->details, ret);
}
