/* The EVENT and HELLO messages of an agent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/link_private.h"

/* ---- HELLO ---- */

static void hexadecimal(struct agent_fields *f, char *ret, size_t n_ret)
{
	size_t n = 0;

	for (; f->p < f->end && n + 2 < n_ret; f->p++) {
		ret[n++] = "0123456789abcdef"[*f->p >> 4];
		ret[n++] = "0123456789abcdef"[*f->p & 15];
	}
	ret[n] = '\0';
}

static void read_field(uint8_t tag, struct agent_fields *f, struct event_hello *ret)
{
	if (tag == WIRE_TAG_FIRMWARE)
		fields_text(f, ret->firmware, sizeof(ret->firmware));
	else if (tag == WIRE_TAG_BUILD_ID)
		hexadecimal(f, ret->build_id, sizeof(ret->build_id));
	else if (tag == WIRE_TAG_MACHINE)
		fields_text(f, ret->machine, sizeof(ret->machine));
}

int agent_hello_read(struct agent_fields *f, struct event_hello *ret)
{
	struct event_hello hello = { 0 };

	hello.wire_major = fields_u8(f);
	hello.wire_minor = fields_u8(f);
	hello.refused = hello.wire_major != WIRE_MAJOR;
	if (!hello.refused) {
		hello.agent_major = fields_u8(f);
		hello.agent_minor = fields_u8(f);
		hello.agent_patch = fields_u8(f);
		hello.pointer_bytes = fields_u8(f);
		hello.block_bytes = fields_below(f, UINT32_MAX);
		hello.abilities = fields_varint(f);
		hello.period_ms = fields_varint(f);
	}
	if (f->truncated)
		return -EBADMSG;
	while (!hello.refused && f->end - f->p >= 2) {
		uint8_t tag = fields_u8(f), n_bytes = fields_u8(f);
		const uint8_t *bytes = fields_bytes(f, n_bytes);
		if (!bytes)
			return -EBADMSG;
		struct agent_fields field = { .p = bytes, .end = bytes + n_bytes };
		read_field(tag, &field, &hello);
	}
	*ret = hello;
	return 0;
}

/* ---- EVENT ---- */

struct message {
	struct agent_link *link;
	struct agent_fields *f; /* after the time */
	uint8_t what;           /* WIRE_GC_BEGAN, … */
};

static void name_pool(struct agent_link *link, uint8_t id, char ret[EVENT_NAME_BYTES])
{
	const struct agent_pool *pool = agent_pools_find(&link->pools, id);

	if (pool && pool->described)
		memcpy(ret, pool->name, EVENT_NAME_BYTES);
	else
		snprintf(ret, EVENT_NAME_BYTES, "pool %u", (unsigned)id);
}

/* A size of which sums may be made; 0: impossible, or not known. */
static uint64_t fields_figure(struct agent_fields *f)
{
	uint64_t value = fields_varint(f);

	return value >> 48 ? 0 : value;
}

static void read_task(struct agent_fields *f, char ret[EVENT_NAME_BYTES])
{
	uint8_t n_bytes = fields_u8(f);
	const uint8_t *bytes = fields_bytes(f, n_bytes);
	struct agent_fields name = { .p = bytes, .end = bytes ? bytes + n_bytes : bytes };

	fields_text(&name, ret, EVENT_NAME_BYTES);
}

/* Since 1.2: an older agent ends before them. */
static void read_details(struct agent_fields *f, struct event_failure_details *ret)
{
	*ret = (struct event_failure_details){ .largest_free_bytes = 0 };
	if (f->p == f->end)
		return;
	ret->caller.address = fields_varint(f);
	ret->largest_free_bytes = fields_figure(f);
	read_task(f, ret->task);
}

static bool read_failed(const struct message *m, struct event *ret)
{
	uint8_t id = fields_u8(m->f);

	ret->kind = EVENT_FAILED;
	ret->failed.asked_bytes = fields_varint(m->f);
	ret->failed.failure = id == 0 ? FAILURE_ASKED : FAILURE_OTHER_POOL;
	ret->failed.text = (struct event_text){ "", 0 };
	name_pool(m->link, id, ret->failed.pool);
	read_details(m->f, &ret->failed.details);
	return true;
}

static bool read_large(const struct message *m, struct event *ret)
{
	ret->kind = EVENT_LARGE;
	name_pool(m->link, fields_u8(m->f), ret->large.pool);
	ret->large.asked_bytes = fields_varint(m->f);
	ret->large.caller = (struct event_caller){ .address = fields_varint(m->f) };
	return true;
}

static bool read_last_words(const struct message *m, struct event *ret)
{
	bool is_first = !m->link->has_last_words;
	uint64_t then_ms = fields_varint(m->f);
	uint8_t id = fields_u8(m->f);

	ret->kind = EVENT_LAST_WORDS;
	ret->last_words.then_us = (then_ms & 0xffffffff) * 1000;
	ret->last_words.asked_bytes = fields_varint(m->f);
	ret->last_words.details = (struct event_failure_details){ .largest_free_bytes = fields_figure(m->f) };
	ret->last_words.details.caller.address = fields_varint(m->f);
	ret->last_words.fault = (struct event_caller){ .address = fields_varint(m->f) };
	read_task(m->f, ret->last_words.details.task);
	name_pool(m->link, id, ret->last_words.pool);
	if (ret->last_words.asked_bytes == 0) {
		ret->last_words.asked_bytes = NOT_KNOWN;
		ret->last_words.pool[0] = '\0';
	}
	m->link->has_last_words |= !m->f->truncated;
	return is_first;
}

static bool read_recovered(const struct message *m, struct event *ret)
{
	ret->kind = EVENT_RECOVERED;
	name_pool(m->link, fields_u8(m->f), ret->recovered.pool);
	ret->recovered.asked_bytes = fields_varint(m->f);
	return true;
}

static bool read_gc_began(const struct message *m, struct event *ret)
{
	(void)ret;
	m->link->by_threshold = m->what == WIRE_THRESHOLD;
	return false;
}

static bool read_gc_ended(const struct message *m, struct event *ret)
{
	ret->kind = EVENT_GC;
	ret->gc.duration_us = fields_varint(m->f);
	ret->gc.by_threshold = m->link->by_threshold;
	ret->gc.board_us = m->link->clock.at_us;
	m->link->by_threshold = false;
	return true;
}

static bool read_soft_reset(const struct message *m, struct event *ret)
{
	bool has_figures = m->link->has_figures;

	ret->kind = EVENT_RESET;
	m->link->has_figures = false;
	return has_figures;
}

static bool read_mark(const struct message *m, struct event *ret)
{
	ret->kind = EVENT_MARK;
	ret->mark = (struct event_text){ (const char *)m->f->p, (size_t)(m->f->end - m->f->p) };
	return true;
}

static bool read_area(const struct message *m, struct event *ret)
{
	ret->kind = EVENT_AREA;
	ret->area.address = fields_varint(m->f);
	ret->area.size_bytes = fields_varint(m->f);
	ret->area.added = m->what == WIRE_AREA_ADDED;
	return true;
}

static bool read_lost(const struct message *m, struct event *ret)
{
	(void)ret;
	uint64_t n = fields_varint(m->f);
	m->link->counts.n_lost += n;
	m->link->pending.n_frames += n;
	return false;
}

/* True if *ret is an event to report. */
static bool (*const readers[])(const struct message *, struct event *) = {
	[WIRE_GC_BEGAN] = read_gc_began,     [WIRE_GC_ENDED] = read_gc_ended,  [WIRE_FAILED] = read_failed,
	[WIRE_SOFT_RESET] = read_soft_reset, [WIRE_THRESHOLD] = read_gc_began, [WIRE_MARK] = read_mark,
	[WIRE_RECOVERED] = read_recovered,   [WIRE_AREA_ADDED] = read_area,    [WIRE_AREA_REMOVED] = read_area,
	[WIRE_EVENTS_LOST] = read_lost,      [WIRE_LARGE] = read_large,        [WIRE_LAST_WORDS] = read_last_words,
};

int agent_link_read_event(struct agent_link *link, struct agent_fields *f)
{
	uint8_t what = fields_u8(f);
	uint64_t at_ms = fields_varint(f);
	struct event event = { 0 };

	if (f->truncated)
		return -EBADMSG;
	if (what >= ARRAY_SIZE(readers) || !readers[what])
		return 0;
	bool is_event = readers[what](&(struct message){ link, f, what }, &event);
	if (f->truncated)
		return -EBADMSG;
	agent_link_set_time(link, at_ms);
	if (is_event)
		agent_link_push(link, &event);
	return 0;
}
