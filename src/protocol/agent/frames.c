/* Reads the frames of an agent, and requests missing ones. */
#include <errno.h>

#include "agent/link_private.h"

/* ---- losses ---- */

static void count_lost_frames(struct agent_link *link, uint64_t n_frames)
{
	if (n_frames == 0)
		return;
	link->counts.n_lost += n_frames;
	link->pending.n_frames += n_frames;
	link->lost_since_hello = true;
	link->by_threshold = false;
	agent_pools_frames_lost(&link->pools);
	agent_tasks_clear(&link->tasks);
}

/* Which were sent. */
static void count_missing_frames(struct agent_link *link, uint64_t n_frames)
{
	link->pending.n_missing += n_frames;
	count_lost_frames(link, n_frames);
}

static void count_lost_snapshots(struct agent_link *link, uint64_t n)
{
	link->counts.n_lost_snapshots += n;
	link->pending.n_snapshots += n;
}

void agent_link_drop_snapshots(struct agent_link *link)
{
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++) {
		struct agent_snapshot *s = &link->pools.pools[i].snapshot;
		if (!s->open)
			continue;
		agent_snapshot_drop(s);
		count_lost_snapshots(link, 1);
	}
}

/* ---- heaps ---- */

/* A board whose clock goes back says that it stopped for an hour. */
static uint64_t time_of(uint64_t us) { return us > INT32_MAX ? NOT_KNOWN : us; }

/* Reports the heap as known now. */
static int push_heap(struct agent_link *link, bool with_table)
{
	const struct agent_snapshot *s = &link->pools.pools[0].snapshot;
	struct event event = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };

	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		link->pools.pools[i].in_round = false;
	if (agent_pools_heap(&link->pools, with_table, &link->heap) < 0)
		return -ENOMEM;
	if (link->heap.n_pools == 0) /* none is described yet */
		return 0;
	if (agent_tasks_add(&link->tasks, &link->heap) < 0)
		return -ENOMEM;
	agent_link_push_losses(link);
	event.snapshot.heap = &link->heap;
	event.snapshot.n_lines = 1;
	event.snapshot.reported.format = AGENT_FORMAT;
	event.snapshot.reported.board_us = link->clock.at_us;
	event.snapshot.reported.lost_frames = link->since_snapshot.n_frames;
	event.snapshot.reported.lost_snapshots = link->since_snapshot.n_snapshots;
	if (with_table) {
		bool reports_gc = link->has_hello && (link->hello.abilities & WIRE_REPORTS_GC);
		link->heap.stack_used_bytes = s->stack_used_bytes;
		link->heap.stack_limit_bytes = s->stack_limit_bytes;
		heap_seal(&link->heap);
		event.snapshot.reported.pause_us = s->pause_us ? time_of(s->pause_us) : NOT_KNOWN;
		event.snapshot.reported.wait_us = time_of(s->wait_us);
		event.snapshot.reported.rolling = s->flags & WIRE_ROLLING && s->n_stops != 1;
		event.snapshot.reported.n_stops = s->n_stops;
		event.snapshot.reported.longest_stop_us = s->longest_stop_us;
		event.snapshot.reported.took_us = s->took_us;
		event.snapshot.reported.n_collections = s->n_collections || reports_gc ? s->n_collections : NOT_KNOWN;
		event.snapshot.reported.wire_bytes = s->n_wire_bytes;
	}
	agent_link_push(link, &event);
	agent_pools_end_windows(&link->pools);
	link->since_snapshot = (struct agent_losses){ 0 };
	link->counts.n_snapshots++;
	link->has_figures = true;
	return 0;
}

int agent_link_push_figures(struct agent_link *link)
{
	bool any = false;

	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		any |= link->pools.pools[i].has_stats;
	return any ? push_heap(link, false) : 0;
}

/* A firmware may send figures alone. Those of one round are a snapshot: it ends with the GC heap's; without one, where
 * a pool comes again, and with the session. */
int agent_link_end_round(struct agent_link *link)
{
	const struct agent_pool *gc = &link->pools.pools[0];
	bool any = false;

	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		any |= link->pools.pools[i].in_round;
	return any && (gc->in_round || !gc->has_stats) ? agent_link_push_figures(link) : 0;
}

/* ---- sessions ---- */

static void begin_session(struct agent_link *link, const uint8_t *body)
{
	agent_link_drop_snapshots(link);
	link->failed |= agent_link_end_round(link) < 0;
	agent_link_push_losses(link);
	link->sends_snapshots = link->takes_requests = false;
	link->has_hello = link->hello_requested = link->counts_known = false;
	link->by_threshold = link->lost_since_hello = link->has_last_words = false;
	link->clock.new_session = true;
	link->from_start = body[2] == 0 && body[3] == 0;
	link->since_snapshot = (struct agent_losses){ 0 };
	agent_pools_clear(&link->pools);
	agent_tasks_clear(&link->tasks);
	link->requests.n_outbox = 0;
	link->n_reads = 0;
}

/* ---- snapshots ---- */

static void request_missing(struct agent_link *link, const struct agent_pool *pool)
{
	const struct agent_table *t = &pool->snapshot.table;

	if (pool->id != 0 || !agent_link_takes_requests(link))
		return;
	if (!agent_table_areas_known(t))
		agent_link_ask_snapshot(link, true);
	else if (agent_table_n_unknown(t) > 0)
		agent_requests_rows(&link->requests, &link->lookup.crc, pool->id, t);
	else if (link->hello.period_ms > 0)
		return;
	if (link->hello.period_ms == 0 && agent_table_areas_known(t))
		agent_link_ask_snapshot(link, false);
}

static void lose_snapshot(struct agent_link *link, const struct agent_pool *pool)
{
	count_lost_snapshots(link, 1);
	agent_link_push_losses(link);
	request_missing(link, pool);
}

/* Increase of a counter of the board. */
static uint64_t increase(uint64_t now, uint64_t before) { return now > before ? now - before : 0; }

static void update_counts(struct agent_link *link, const struct agent_snapshot *s)
{
	if (link->counts_known || link->from_start) {
		uint64_t n_skipped = increase(s->n_skipped, link->counts_known ? link->n_skipped : 0);
		link->pending.n_abandoned += increase(s->n_abandoned, link->counts_known ? link->n_abandoned : 0);
		count_lost_frames(link, n_skipped);
	}
	link->counts_known = true;
	link->n_abandoned = s->n_abandoned;
	link->n_skipped = s->n_skipped;
}

static int read_snapshot(struct agent_link *link, uint8_t type, struct agent_fields *f, size_t n_wire_bytes)
{
	uint8_t id = fields_u8(f), number = fields_u8(f);
	struct agent_pool *pool = agent_pools_find(&link->pools, id);

	if (f->truncated)
		return -EBADMSG;
	if (!pool) {
		if (!link->hello_requested)
			link->hello_requested = agent_link_ask_hello(link) == 0;
		return 0;
	}
	struct agent_snapshot *s = &pool->snapshot;
	if (id == 0 && !link->sends_snapshots) {
		link->sends_snapshots = true;
		for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
			link->pools.pools[i].in_round = false; /* it is of this snapshot */
	}
	if (agent_snapshot_ends_previous(s, number)) {
		agent_snapshot_drop(s);
		lose_snapshot(link, pool);
	}
	uint32_t rows_max = type == WIRE_AREA ? agent_pools_rows_max(&link->pools, pool) : 0;
	int r = agent_snapshot_read(s, type, number, f, &link->lookup, rows_max);
	if (r < 0)
		return r;
	s->n_wire_bytes += n_wire_bytes;
	if (type == WIRE_BEGIN && id == 0)
		link->takes_requests = s->flags & WIRE_HAS_REQUESTS;
	if (!link->has_hello && !link->hello_requested) /* joined late */
		link->hello_requested = agent_link_ask_hello(link) == 0;
	if (type == WIRE_END)
		update_counts(link, s);
	if (s->begun && (type == WIRE_BEGIN || r != SNAPSHOT_MORE) && id == 0)
		agent_link_set_time(link, s->at_ms);
	if (r == SNAPSHOT_INCOMPLETE)
		lose_snapshot(link, pool);
	return r == SNAPSHOT_COMPLETE && id == 0 ? push_heap(link, true) : 0;
}

/* In how many calls of the agent the open snapshot of a pool is sent. */
static int read_stops(struct agent_link *link, struct agent_fields *f)
{
	struct agent_pool *pool = agent_pools_find(&link->pools, fields_u8(f));
	uint8_t number = fields_u8(f);
	uint64_t n_stops = fields_varint(f), longest_us = fields_varint(f), took_ms = fields_varint(f);

	if (f->truncated || n_stops == 0)
		return -EBADMSG;
	if (!pool || !pool->snapshot.open || pool->snapshot.number != number)
		return 0;
	pool->snapshot.n_stops = n_stops;
	pool->snapshot.longest_stop_us = time_of(longest_us);
	pool->snapshot.took_us = took_ms > INT32_MAX ? NOT_KNOWN : took_ms * 1000;
	return 0;
}

/* ---- figures ---- */

static int read_stats(struct agent_link *link, struct agent_fields *f)
{
	bool no_tables = link->has_hello && link->hello.block_bytes == 0;
	struct agent_fields head = *f;
	struct agent_pool *pool = agent_pools_find(&link->pools, fields_u8(&head));
	bool is_later = (int32_t)((uint32_t)fields_varint(&head) - (uint32_t)(pool ? pool->stats_at_ms : 0)) > 0;

	if (pool && pool->in_round && is_later && agent_link_end_round(link) < 0)
		return -ENOMEM;
	int r = agent_pools_read_stats(&link->pools, f, &pool);
	if (r < 0)
		return r;
	if (!pool && !link->hello_requested)
		link->hello_requested = agent_link_ask_hello(link) == 0;
	if (!pool || !no_tables || (link->sends_snapshots && pool->id != 0))
		return 0;
	agent_link_set_time(link, pool->stats_at_ms);
	pool->in_round = true;
	return pool->id == 0 ? agent_link_end_round(link) : 0;
}

static int read_qstr(struct agent_link *link, struct agent_fields *f)
{
	struct event event = { .kind = EVENT_QSTR };
	uint64_t at_ms = fields_varint(f);

	event.qstr.n_pools = fields_varint(f);
	event.qstr.n_strings = fields_varint(f);
	event.qstr.string_bytes = fields_varint(f);
	event.qstr.total_bytes = fields_varint(f);
	if (f->truncated)
		return -EBADMSG;
	agent_link_set_time(link, at_ms);
	agent_link_push(link, &event);
	return 0;
}

static int read_memory(struct agent_link *link, struct agent_fields *f)
{
	uint64_t address = fields_varint(f);

	if (f->truncated)
		return -EBADMSG;
	if (link->n_reads == 0) /* not requested */
		return 0;
	link->n_reads--;
	link->memory.set = true;
	link->memory.address = address;
	link->memory.bytes = f->p;
	link->memory.n_bytes = (size_t)(f->end - f->p);
	return 0;
}

static int read_held(struct agent_link *link, struct agent_fields *f)
{
	struct agent_held held = { .number = fields_u8(f) };
	uint64_t *const values[] = { &held.id_modules, &held.id_globals, &held.id_type,      &held.id_none,
				     &held.id_len,     &held.used_bytes, &held.stack_pointer };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		*values[i] = fields_varint(f);
	if (f->truncated)
		return -EBADMSG;
	link->is_held = true;
	link->held = held;
	return 0;
}

static int read_hello(struct agent_link *link, struct agent_fields *f)
{
	struct event event = { .kind = EVENT_HELLO };
	int r = agent_hello_read(f, &event.hello);

	if (r < 0)
		return r;
	event.hello.again = link->has_hello;
	link->hello = event.hello;
	link->has_hello = true;
	link->hello_requested = false;
	agent_pools_hello(&link->pools, link->lost_since_hello);
	link->lost_since_hello = false;
	agent_link_push(link, &event);
	return 0;
}

/* ---- a frame ---- */

static int read_payload(struct agent_link *link, uint8_t type, struct agent_fields *f, size_t n_wire_bytes)
{
	switch (type) {
	case WIRE_HELLO:
		return read_hello(link, f);
	case WIRE_POOL:
		return agent_pools_read_pool(&link->pools, f);
	case WIRE_POOL_GONE:
		return agent_pools_read_gone(&link->pools, f);
	case WIRE_STATS:
		return read_stats(link, f);
	case WIRE_BEGIN:
	case WIRE_AREA:
	case WIRE_ROWS:
	case WIRE_RAW:
	case WIRE_END:
		return read_snapshot(link, type, f, n_wire_bytes);
	case WIRE_EVENT:
		return agent_link_read_event(link, f);
	case WIRE_QSTR:
		return read_qstr(link, f);
	case WIRE_ALLOCATIONS:
		return agent_pools_read_allocations(&link->pools, f);
	case WIRE_MEMORY:
		return read_memory(link, f);
	case WIRE_HELD:
		return read_held(link, f);
	case WIRE_STOPS:
		return read_stops(link, f);
	case WIRE_TASK:
		return agent_tasks_read(&link->tasks, f);
	case WIRE_SITE:
		return agent_link_read_site(link, f);
	case WIRE_SITE_GONE:
		return agent_link_read_site_gone(link, f);
	case WIRE_SITES:
		return agent_link_read_sites(link, f);
	case WIRE_NAME:
		return agent_link_read_name(link, f);
	default:
		return 0;
	}
}

/* Whether figures that are no snapshot cannot go on after it. */
static bool ends_round(uint8_t type, struct agent_fields f)
{
	bool is_of_pools = type == WIRE_STATS || type == WIRE_POOL || type == WIRE_POOL_GONE ||
			   type == WIRE_ALLOCATIONS || type == WIRE_TASK || (type >= WIRE_BEGIN && type <= WIRE_END);

	return !is_of_pools && !(type == WIRE_EVENT && fields_u8(&f) == WIRE_LAST_WORDS);
}

/* Derived from the first frame and its time, as there is no clock and no random number here. */
static uint8_t session_of_requests(const struct agent_link *link, const uint8_t *body, size_t n_body)
{
	uint32_t crc = crc32_add(&link->lookup.crc, 0, &link->now_us, sizeof(link->now_us));

	return (uint8_t)crc32_add(&link->lookup.crc, crc, body, n_body);
}

void agent_link_read_frame(struct agent_link *link, const uint8_t *body, size_t n_body, size_t n_wire_bytes)
{
	struct agent_fields f = { .p = body + WIRE_HEAD_BYTES, .end = body + n_body };
	uint8_t type = body[0];
	uint32_t n_lost;

	if (type >= WIRE_TO_BOARD) /* echo of a request */
		return;
	if (link->counts.n_frames == 0)
		link->requests.session = session_of_requests(link, body, n_body);
	link->heard = true;
	link->n_unanswered = 0;
	link->counts.n_frames++;
	link->counts.n_bytes += n_wire_bytes;
	switch (agent_order_check(&link->order, body[1], (uint16_t)(body[2] | body[3] << 8), type == WIRE_HELLO,
				  &n_lost)) {
	case ORDER_REPEATED:
		link->counts.n_repeated++;
		return;
	case ORDER_LATE:
		link->counts.n_lost--;
		link->counts.n_late++;
		break;
	case ORDER_BEGINS:
		begin_session(link, body);
		count_missing_frames(link, n_lost);
		break;
	case ORDER_NEXT:
		count_missing_frames(link, n_lost);
		break;
	}
	if (link->has_hello && link->hello.refused && type != WIRE_HELLO)
		return;
	if (ends_round(type, f))
		link->failed |= agent_link_end_round(link) < 0;
	int r = read_payload(link, type, &f, n_wire_bytes);
	if (r == -EBADMSG) {
		link->counts.n_frames--; /* counts as missing */
		count_missing_frames(link, 1);
	}
	link->failed |= r == -ENOMEM;
}
