/* A trace for ui.perfetto.dev and trace_processor: a process for each boot, with a counter for each figure of a pool,
 * its snapshots and collections as slices, and what happened as instants. Field numbers are those of google/perfetto,
 * in protos/perfetto/trace: trace_packet.proto, clock_snapshot.proto, and track_descriptor, process_descriptor,
 * counter_descriptor, track_event and debug_annotation in track_event; docs/reference/synthetic-track-event.md explains
 * how they belong together. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/viewers/export_view.h"
#include "memprof/viewers/view.h"
#include "shared/export_when.h"
#include "shared/proto.h"

enum {
	TRACE_PACKET = 1,

	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60,
	INCREMENTAL_STATE_CLEARED = 1, /* the first packet of a sequence */

	SNAPSHOT_CLOCKS = 1,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	CLOCK_REALTIME = 1,
	CLOCK_BOOTTIME = 6, /* of timestamps */

	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_PARENT_UUID = 5,
	TRACK_COUNTER = 8,
	PROCESS_PID = 1,
	PROCESS_NAME = 6,
	COUNTER_UNIT = 3,
	COUNTER_UNIT_NAME = 6,
	COUNTER_SCALE = 7, /* y_axis_share_key: counters with the same one are drawn to one scale */
	UNIT_SIZE_BYTES = 3,

	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK_UUID = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_COUNTER_VALUE = 30,
	EVENT_DOUBLE_COUNTER_VALUE = 44,
	TYPE_SLICE_BEGIN = 1,
	TYPE_SLICE_END = 2,
	TYPE_INSTANT = 3,
	TYPE_COUNTER = 4,

	ANNOTATION_BOOL = 2,
	ANNOTATION_UINT = 3,
	ANNOTATION_DOUBLE = 5,
	ANNOTATION_TEXT = 6,
	ANNOTATION_NAME = 10,
	ANNOTATION_ENTRY = 11, /* of a dictionary; trace_processor makes a '_' of each '.' in a name */
};

/* The tracks of a boot; behind them those of its pools. */
enum track { TRACK_OF_PROCESS, TRACK_OF_EVENTS, TRACK_OF_COLLECTIONS, TRACK_OF_SNAPSHOTS, N_TRACKS };

enum { POOLS_MAX = 64 };                  /* of a boot */
#define PAUSE_MAX_US UINT64_C(3600000000) /* longer ones are not known, or wrong */

enum figure { FIGURE_OF_USED, FIGURE_OF_FREE, FIGURE_OF_LARGEST, FIGURE_OF_FRAGMENTATION, N_FIGURES };

struct state {
	struct when when;
	bool begun, has_clock;
	uint64_t n_input, n_boot; /* the last one that has a process */
	uint64_t n_processes;
	uint64_t end_ns[N_TRACKS]; /* of the last slice: the slices of a track must not overlap */
	struct {
		char name[sizeof(((struct history_figures *)NULL)->name)];
		bool has[N_FIGURES];
	} pools[POOLS_MAX];
	size_t n_pools;
};

/* ---- packets ---- */

static void packet(struct export *e, uint64_t at_ns, unsigned field, const struct strbuf *message)
{
	struct strbuf bytes CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct state *s = e->state;

	if (at_ns != NOT_KNOWN)
		proto_number(&bytes, PACKET_TIMESTAMP, at_ns);
	proto_number(&bytes, PACKET_SEQUENCE_ID, 1);
	if (!s->begun)
		proto_number(&bytes, PACKET_SEQUENCE_FLAGS, INCREMENTAL_STATE_CLEARED);
	s->begun = true;
	proto_message(&bytes, field, message);
	proto_message(e->out, TRACE_PACKET, &bytes);
}

static void add_clock(struct strbuf *out, uint64_t id, uint64_t at_ns)
{
	struct strbuf clock CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_number(&clock, CLOCK_ID, id);
	proto_number(&clock, CLOCK_TIMESTAMP, at_ns);
	proto_message(out, SNAPSHOT_CLOCKS, &clock);
}

/* Where times are since 1970, the user interface may show dates. */
static void begin_clock(struct export *e, uint64_t at_ns)
{
	struct strbuf clocks CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct state *s = e->state;

	if (s->has_clock || !s->when.dated)
		return;
	s->has_clock = true;
	add_clock(&clocks, CLOCK_REALTIME, at_ns);
	add_clock(&clocks, CLOCK_BOOTTIME, at_ns);
	packet(e, NOT_KNOWN, PACKET_CLOCK_SNAPSHOT, &clocks);
}

/* ---- tracks ---- */

static uint64_t track_uuid(const struct export_place *place, uint64_t i_track)
{
	return place->n_input << 44 | place->n_boot << 20 | i_track;
}

static void describe_track(struct export *e, const struct export_place *place, uint64_t at_ns, uint64_t i_track,
			   const char *name, unsigned field, const struct strbuf *details)
{
	struct strbuf track CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_number(&track, TRACK_UUID, track_uuid(place, i_track));
	if (i_track != TRACK_OF_PROCESS)
		proto_number(&track, TRACK_PARENT_UUID, track_uuid(place, TRACK_OF_PROCESS));
	proto_text(&track, TRACK_NAME, name);
	if (details)
		proto_message(&track, field, details);
	packet(e, at_ns, PACKET_TRACK_DESCRIPTOR, &track);
}

static void name_boot(struct strbuf *out, const struct export_place *place)
{
	const struct board_info *board = place->board;

	strbuf_printf(out, "boot %" PRIu64, place->n_boot);
	if (board->known && board->machine[0])
		strbuf_printf(out, " (%s)", board->machine);
	strbuf_printf(out, ", %s", place->file);
}

static void begin_boot(struct export *e, const struct export_place *place, uint64_t at_ns)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, process CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct state *s = e->state;

	if (place->n_input == s->n_input &&
	    place->n_boot <= s->n_boot) /* a failure may be explained in the next boot */
		return;
	s->n_input = place->n_input;
	s->n_boot = place->n_boot;
	s->n_pools = 0;
	memset(s->end_ns, 0, sizeof(s->end_ns));
	name_boot(&name, place);
	proto_number(&process, PROCESS_PID, ++s->n_processes);
	proto_text(&process, PROCESS_NAME, strbuf_text(&name));
	describe_track(e, place, at_ns, TRACK_OF_PROCESS, strbuf_text(&name), TRACK_PROCESS, &process);
	describe_track(e, place, at_ns, TRACK_OF_EVENTS, "events", 0, NULL);
	describe_track(e, place, at_ns, TRACK_OF_COLLECTIONS, "collections", 0, NULL);
	describe_track(e, place, at_ns, TRACK_OF_SNAPSHOTS, "snapshots", 0, NULL);
}

/* Its time. */
static uint64_t begin(struct export *e, const struct export_place *place, bool is_moment)
{
	struct state *s = e->state;
	uint64_t at_ns = when_ns(&s->when, e, place, is_moment);

	begin_clock(e, at_ns);
	begin_boot(e, place, at_ns);
	return at_ns;
}

/* ---- events ---- */

/* field: EVENT_ANNOTATION of an event, ANNOTATION_ENTRY of an annotation. */
static void annotate_number(struct strbuf *out, unsigned field, const char *name, uint64_t value)
{
	struct strbuf annotation CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (value == NOT_KNOWN)
		return;
	proto_text(&annotation, ANNOTATION_NAME, name);
	proto_number(&annotation, ANNOTATION_UINT, value);
	proto_message(out, field, &annotation);
}

static void annotate_share(struct strbuf *out, unsigned field, const char *name, double value)
{
	struct strbuf annotation CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (value < 0)
		return;
	proto_text(&annotation, ANNOTATION_NAME, name);
	proto_double(&annotation, ANNOTATION_DOUBLE, value);
	proto_message(out, field, &annotation);
}

static void annotate_flag(struct strbuf *out, unsigned field, const char *name, bool value)
{
	struct strbuf annotation CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_text(&annotation, ANNOTATION_NAME, name);
	proto_number(&annotation, ANNOTATION_BOOL, value);
	proto_message(out, field, &annotation);
}

static void annotate_text(struct strbuf *out, unsigned field, const char *name, const char *value)
{
	struct strbuf annotation CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!*value)
		return;
	proto_text(&annotation, ANNOTATION_NAME, name);
	proto_text(&annotation, ANNOTATION_TEXT, value);
	proto_message(out, field, &annotation);
}

static void annotate_place(struct strbuf *event, const struct export_place *place)
{
	annotate_number(event, EVENT_ANNOTATION, "dump", place->n_dump ? place->n_dump : NOT_KNOWN);
	annotate_number(event, EVENT_ANNOTATION, "line", place->line ? place->line : NOT_KNOWN);
}

static void begin_event(struct strbuf *event, const struct export_place *place, uint64_t i_track, unsigned type)
{
	proto_number(event, EVENT_TYPE, type);
	proto_number(event, EVENT_TRACK_UUID, track_uuid(place, i_track));
}

/* A slice from begin_ns to end_ns, behind the one before it; an instant if both are the same. rest: what the event has
 * besides its kind and track. */
static void slice(struct export *e, const struct export_place *place, enum track i_track, uint64_t begin_ns,
		  uint64_t end_ns, const struct strbuf *rest)
{
	struct strbuf first CLEANUP(strbuf_deinit) = STRBUF_INIT, last CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct state *s = e->state;
	bool is_slice = end_ns > begin_ns;

	begin_ns = MAX(begin_ns, s->end_ns[i_track]);
	end_ns = MAX(begin_ns, end_ns);
	begin_event(&first, place, i_track, is_slice ? TYPE_SLICE_BEGIN : TYPE_INSTANT);
	strbuf_add(&first, strbuf_text(rest), rest->n_bytes);
	packet(e, begin_ns, PACKET_TRACK_EVENT, &first);
	if (!is_slice)
		return;
	begin_event(&last, place, i_track, TYPE_SLICE_END);
	packet(e, end_ns, PACKET_TRACK_EVENT, &last);
	s->end_ns[i_track] = end_ns;
}

/* ---- figures ---- */

static void describe_counter(struct export *e, const struct export_place *place, uint64_t at_ns, uint64_t i_track,
			     const char *pool, enum figure figure)
{
	static const char *const names[] = {
		[FIGURE_OF_USED] = "used",
		[FIGURE_OF_FREE] = "free",
		[FIGURE_OF_LARGEST] = "largest free block",
		[FIGURE_OF_FRAGMENTATION] = "fragmentation",
	};
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, counter CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&name, "%s %s", pool, names[figure]);
	if (figure == FIGURE_OF_FRAGMENTATION) {
		proto_text(&counter, COUNTER_UNIT_NAME, "%");
	} else {
		proto_number(&counter, COUNTER_UNIT, UNIT_SIZE_BYTES);
		proto_text(&counter, COUNTER_SCALE, pool);
	}
	describe_track(e, place, at_ns, i_track, strbuf_text(&name), TRACK_COUNTER, &counter);
}

/* i_pool: of the state's. */
static void count(struct export *e, const struct export_place *place, uint64_t at_ns, size_t i_pool, enum figure figure,
		  const struct history_figures *f)
{
	const uint64_t values[] = { f->state.used_bytes, f->state.free_bytes, f->state.lfb_bytes };
	struct strbuf event CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t i_track = N_TRACKS + i_pool * N_FIGURES + (uint64_t)figure;
	bool is_share = figure == FIGURE_OF_FRAGMENTATION;
	struct state *s = e->state;

	if (is_share ? f->state.fragmentation < 0 : values[figure] == NOT_KNOWN)
		return;
	if (!s->pools[i_pool].has[figure])
		describe_counter(e, place, at_ns, i_track, f->name, figure);
	s->pools[i_pool].has[figure] = true;
	begin_event(&event, place, i_track, TYPE_COUNTER);
	if (is_share)
		proto_double(&event, EVENT_DOUBLE_COUNTER_VALUE, 100 * f->state.fragmentation);
	else
		proto_number(&event, EVENT_COUNTER_VALUE, values[figure]);
	packet(e, at_ns, PACKET_TRACK_EVENT, &event);
}

/* The index of a pool's tracks; POOLS_MAX: there is no room for more. */
static size_t find_pool(struct state *s, const char *name)
{
	size_t i = 0;

	while (i < s->n_pools && strcmp(s->pools[i].name, name) != 0)
		i++;
	if (i < s->n_pools || i == POOLS_MAX)
		return i;
	memset(&s->pools[i], 0, sizeof(s->pools[i]));
	memcpy(s->pools[i].name, name, strlen(name));
	return s->n_pools++;
}

static void count_pool(struct export *e, const struct export_place *place, uint64_t at_ns,
		       const struct history_figures *figures)
{
	size_t i = find_pool(e->state, figures->name);

	if (i == POOLS_MAX) {
		e->n_pools_beyond++;
		return;
	}
	for (int k = 0; k < N_FIGURES; k++)
		count(e, place, at_ns, i, (enum figure)k, figures);
}

/* A dictionary with the name of the pool. */
static void annotate_pool(struct strbuf *event, const struct history_figures *f)
{
	struct strbuf figures CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_text(&figures, ANNOTATION_NAME, f->name);
	annotate_number(&figures, ANNOTATION_ENTRY, "total", f->state.total_bytes);
	annotate_number(&figures, ANNOTATION_ENTRY, "used", f->state.used_bytes);
	annotate_number(&figures, ANNOTATION_ENTRY, "free", f->state.free_bytes);
	annotate_number(&figures, ANNOTATION_ENTRY, "largest_free", f->state.lfb_bytes);
	annotate_number(&figures, ANNOTATION_ENTRY, "peak", f->peak_bytes);
	annotate_share(&figures, ANNOTATION_ENTRY, "fragmentation", f->state.fragmentation);
	proto_message(event, EVENT_ANNOTATION, &figures);
}

static void add_snapshot(struct export *e, const struct export_moment *m, uint64_t at_ns)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, rest CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t pause_us = m->reported->pause_us;

	strbuf_printf(&name, "dump %" PRIu64 "%s%s", m->place.n_dump, m->label[0] ? ": " : "", m->label);
	proto_text(&rest, EVENT_CATEGORY, export_moment_name(m->kind));
	proto_text(&rest, EVENT_NAME, strbuf_text(&name));
	annotate_place(&rest, &m->place);
	annotate_text(&rest, EVENT_ANNOTATION, "label", m->label);
	annotate_flag(&rest, EVENT_ANNOTATION, "complete", m->complete);
	for (size_t i = 0; i < m->n_pools; i++)
		annotate_pool(&rest, &m->pools[i]);
	slice(e, &m->place, TRACK_OF_SNAPSHOTS, at_ns, at_ns + (pause_us > PAUSE_MAX_US ? 0 : pause_us * 1000), &rest);
}

static void moment(struct export *e, const struct export_moment *m)
{
	uint64_t at_ns = begin(e, &m->place, true);

	if (m->kind == MOMENT_SNAPSHOT)
		add_snapshot(e, m, at_ns);
	for (size_t i = 0; i < m->n_pools; i++)
		count_pool(e, &m->place, at_ns, &m->pools[i]);
}

/* ---- what happened ---- */

/* A collection is reported at its end. */
static void event(struct export *e, const struct export_event *event)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT, rest CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct board_event *of = event->of;
	bool is_collection = of->kind == BOARD_EVENT_GC;
	uint64_t at_ns = begin(e, &event->place, false);
	uint64_t took_ns = is_collection && of->duration_us < at_ns / 1000 ? of->duration_us * 1000 : 0;

	text_board_event(&words, of, NULL);
	proto_text(&rest, EVENT_CATEGORY, board_event_kind_name(of->kind));
	proto_text(&rest, EVENT_NAME, strbuf_text(&words));
	annotate_place(&rest, &event->place);
	annotate_text(&rest, EVENT_ANNOTATION, "pool", of->pool);
	annotate_number(&rest, EVENT_ANNOTATION, "bytes", of->bytes);
	annotate_number(&rest, EVENT_ANNOTATION, "duration_us", of->duration_us);
	annotate_text(&rest, EVENT_ANNOTATION, "label", of->label);
	slice(e, &event->place, is_collection ? TRACK_OF_COLLECTIONS : TRACK_OF_EVENTS, at_ns - took_ns, at_ns, &rest);
}

static void failure(struct export *e, const struct export_failure *f)
{
	const struct reference_snapshot *reference = &f->error->reference;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, rest CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t at_ns = begin(e, &f->place, false);

	strbuf_printf(&name, "why it failed: %s", cause_name(f->error->cause));
	proto_text(&rest, EVENT_CATEGORY, "failure");
	proto_text(&rest, EVENT_NAME, strbuf_text(&name));
	annotate_place(&rest, &f->place);
	annotate_number(&rest, EVENT_ANNOTATION, "asked", f->error->asked_bytes);
	annotate_number(&rest, EVENT_ANNOTATION, "largest_free",
			reference->n_dump ? reference->summary.lfb_bytes : NOT_KNOWN);
	annotate_text(&rest, EVENT_ANNOTATION, "text", f->error->text);
	slice(e, &f->place, TRACK_OF_EVENTS, at_ns, at_ns, &rest);
}

const struct export_format export_perfetto = {
	.name = "perfetto",
	.suffixes = { ".pftrace", ".perfetto-trace" },
	.is_binary = true,
	.state_bytes = sizeof(struct state),
	.moment = moment,
	.event = event,
	.failure = failure,
};
