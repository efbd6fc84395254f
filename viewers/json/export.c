/* memprof.export/1: one object a line (docs/schema/memprof.export-1.schema.json). */
#include <math.h>

#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/viewers/export_view.h"
#include "memprof/viewers/view.h"

struct state {
	struct json json;
	uint64_t n_input, n_boot; /* that has a line; 0: none */
};

static void begin_document(struct export *e)
{
	struct state *s = e->state;

	s->json = (struct json){ .out = e->out, .compact = true };
}

static struct json *begin_line(struct export *e, const char *type, const struct export_place *place)
{
	struct state *s = e->state;
	struct json *j = &s->json;

	json_object(j, NULL);
	json_text(j, "schema", "memprof.export/1");
	json_text(j, "type", type);
	json_text(j, "file", place->file);
	json_u64(j, "boot", place->n_boot);
	return j;
}

/* Before the first line of a boot: its board. */
static void begin_boot(struct export *e, const struct export_place *place)
{
	const struct board_info *board = place->board;
	struct state *s = e->state;

	if (s->n_input == place->n_input &&
	    place->n_boot <= s->n_boot) /* a failure may be explained in the next boot */
		return;
	s->n_input = place->n_input;
	s->n_boot = place->n_boot;
	struct json *j = begin_line(e, "boot", place);
	json_name(j, "firmware", board->known ? board->firmware : NULL);
	json_name(j, "version", board->known ? board->version : NULL);
	json_name(j, "machine", board->known ? board->machine : NULL);
	json_object_end(j);
}

static struct json *begin_place(struct export *e, const char *type, const struct export_place *place)
{
	struct strbuf date CLEANUP(strbuf_deinit) = STRBUF_INIT;

	begin_boot(e, place);
	struct json *j = begin_line(e, type, place);
	export_date(&date, place);
	json_name(j, "time", strbuf_text(&date));
	json_u64(j, "at_us", place->at_us);
	json_u64(j, "line", place->line ? place->line : NOT_KNOWN);
	json_u64(j, "dump", place->n_dump ? place->n_dump : NOT_KNOWN);
	return j;
}

static void figures(struct json *j, const struct history_figures *f)
{
	json_text(j, "name", f->name);
	json_text(j, "kind", pool_kind_name(f->kind));
	json_text(j, "memory", heap_memory_name(f->memory));
	json_u64(j, "total", f->state.total_bytes);
	json_u64(j, "used", f->state.used_bytes);
	json_u64(j, "free", f->state.free_bytes);
	json_u64(j, "largest_free", f->state.lfb_bytes);
	json_double(j, "fragmentation", f->state.fragmentation < 0 ? (double)NAN : f->state.fragmentation, 4);
	json_u64(j, "peak", f->peak_bytes);
}

static void moment(struct export *e, const struct export_moment *m)
{
	if (m->kind == MOMENT_POOLS) {
		for (size_t i = 0; i < m->n_pools; i++) {
			struct json *j = begin_place(e, "pool", &m->place);
			figures(j, &m->pools[i]);
			json_object_end(j);
		}
		return;
	}
	struct json *j = begin_place(e, "moment", &m->place);
	json_text(j, "moment", export_moment_name(m->kind));
	json_name(j, "label", m->label);
	json_bool(j, "complete", m->complete);
	json_u64(j, "pause_us", m->reported->pause_us);
	json_u64(j, "collections", m->reported->n_collections);
	for (size_t i = 0; json_items(j, "pools", i, m->n_pools); i++) {
		figures(j, &m->pools[i]);
	}
	json_object_end(j);
}

static void event(struct export *e, const struct export_event *event)
{
	struct json *j = begin_place(e, "event", &event->place);

	json_text(j, "what", board_event_kind_name(event->of->kind));
	json_board_event_details(j, event->of);
	json_object_end(j);
}

static void failure(struct export *e, const struct export_failure *f)
{
	struct json *j = begin_place(e, "failure", &f->place);

	json_u64(j, "asked", f->error->asked_bytes);
	json_text(j, "verdict", cause_name(f->error->cause));
	json_u64(j, "largest_free", f->error->reference.n_dump ? f->error->reference.summary.lfb_bytes : NOT_KNOWN);
	json_text(j, "text", f->error->text);
	json_object_end(j);
}

const struct export_format export_json = {
	.name = "json",
	.suffixes = { ".jsonl", ".ndjson" },
	.state_bytes = sizeof(struct state),
	.begin = begin_document,
	.moment = moment,
	.event = event,
	.failure = failure,
};
