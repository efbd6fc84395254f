/* The members "agent" and "events" of memprof.report/1. */

#include "memprof/image/call_sites.h"
#include "memprof/viewers/view.h"

static void version(struct json *j, const char *key, unsigned major, unsigned minor, unsigned patch)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&text, "%u.%u.%u", major, minor, patch);
	json_text(j, key, strbuf_text(&text));
}

void json_agent(struct json *j, const char *key, const struct agent_info *agent)
{
	if (!json_row_if(j, key, agent && agent_info_any(agent)))
		return;
	if (agent->greeted && !agent->hello.refused) {
		const struct event_hello *hello = &agent->hello;
		version(j, "version", hello->agent_major, hello->agent_minor, hello->agent_patch);
		json_text(j, "firmware", hello->firmware[0] ? hello->firmware : NULL);
		json_text(j, "machine", hello->machine[0] ? hello->machine : NULL);
		json_text(j, "build_id", hello->build_id[0] ? hello->build_id : NULL);
		json_u64(j, "pointer_bytes", hello->pointer_bytes ? hello->pointer_bytes : NOT_KNOWN);
		json_u64(j, "period_ms", hello->period_ms);
	}
	json_u64(j, "snapshots", agent->n_snapshots);
	json_u64(j, "collections", agent->n_collections);
	json_u64(j, "gc_us", agent->gc_us);
	json_u64(j, "longest_gc_us", agent->longest_gc_us);
	json_u64(j, "span_ms", agent->timed ? (agent->last_us - agent->first_us) / 1000 : NOT_KNOWN);
	json_u64(j, "failed", agent->n_failed);
	json_u64(j, "recovered", agent->n_recovered);
	json_u64(j, "longest_pause_us", agent->longest_pause_us);
	json_u64(j, "longest_stop_us", agent->tells_waits ? agent->longest_stop_us : NOT_KNOWN);
	json_u64(j, "longest_stop_wait_us", agent->tells_waits ? agent->wait_in_longest_us : NOT_KNOWN);
	json_u64(j, "rolling_snapshots", agent->n_rolling);
	json_u64(j, "longest_roll_us", agent->n_rolling > 0 ? agent->longest_roll_us : NOT_KNOWN);
	json_u64(j, "lost_frames", agent->lost_frames);
	json_u64(j, "lost_snapshots", agent->lost_snapshots);
	json_u64(j, "abandoned_snapshots", agent->n_abandoned);
	json_object_end(j);
}

/* An address, and the functions there, the innermost first. */
static void caller(struct json *j, const char *key, const struct event_caller *of)
{
	const struct call_site *site = of->site;

	if (of->address == 0)
		return;
	json_row(j, key);
	json_address(j, "address", of->address);
	json_array(j, "functions");
	for (size_t i = 0; site && i < site->n_frames; i++) {
		json_row(j, NULL);
		json_text(j, "name", site->frames[i].function);
		json_text(j, "file", site->frames[i].file);
		json_u64(j, "line", site->frames[i].line ? site->frames[i].line : NOT_KNOWN);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void allocation(struct json *j, const struct board_event *h)
{
	if (h->largest_free_bytes > 0)
		json_u64(j, "largest_free", h->largest_free_bytes);
	if (h->task[0])
		json_text(j, "task", h->task);
	caller(j, "caller", &h->caller);
}

static void last_words(struct json *j, const struct board_event *h)
{
	json_u64(j, "then_ms", h->then_us / 1000);
	caller(j, "fault", &h->fault);
}

void json_board_event_details(struct json *j, const struct board_event *h)
{
	if (h->pool[0])
		json_text(j, "pool", h->pool);
	if (h->bytes != NOT_KNOWN)
		json_u64(j, "bytes", h->bytes);
	allocation(j, h);
	if (h->kind == BOARD_EVENT_LAST_WORDS)
		last_words(j, h);
	if (h->kind == BOARD_EVENT_GC) {
		json_u64(j, "duration_us", h->duration_us);
		json_bool(j, "threshold", h->by_threshold);
	}
	if (h->kind == BOARD_EVENT_MARK)
		json_text(j, "label", h->label);
	if (h->kind == BOARD_EVENT_AREA) {
		json_address(j, "start", h->address);
		json_bool(j, "added", h->added);
	}
	if (h->kind == BOARD_EVENT_LOST) {
		json_u64(j, "frames", h->n_frames);
		json_u64(j, "snapshots", h->n_snapshots);
		json_u64(j, "abandoned", h->n_abandoned);
	}
}

void json_board_event(struct json *j, const struct board_event *h)
{
	json_row(j, NULL);
	json_text(j, "what", board_event_kind_name(h->kind));
	json_u64(j, "at_ms", h->at_us == NOT_KNOWN ? NOT_KNOWN : h->at_us / 1000);
	json_board_event_details(j, h);
	json_object_end(j);
}
