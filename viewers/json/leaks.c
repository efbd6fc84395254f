/* memprof.leaks/1 */
#include "memprof/base/number.h"
#include "memprof/viewers/leaks_view.h"
#include "memprof/viewers/run_view.h"
#include "memprof/viewers/trend_view.h"

static void put_floor(struct json *j, uint64_t allocated_bytes, uint64_t at_us, uint64_t used_bytes)
{
	json_row(j, NULL);
	json_u64(j, "allocated", allocated_bytes);
	json_u64(j, "at_ms", at_us == NOT_KNOWN ? NOT_KNOWN : at_us / 1000);
	json_u64(j, "used", used_bytes);
	json_object_end(j);
}

/* By objects where there are block tables, else those of the curve. */
static void put_floors(struct json *j, const struct leaks_subject *s)
{
	const struct trend_pool_result *pool = trend_worst(&s->trend);
	bool by_objects = pool && pool->by_objects;

	json_array(j, "floors");
	for (size_t i = 0; by_objects && i < survival_n_floors(pool->tables); i++) {
		struct survival_floor_bytes floor = survival_floor_bytes(pool->tables, i);
		put_floor(j, floor.allocated_bytes, NOT_KNOWN, floor.used_bytes);
	}
	for (size_t i = 0; pool && !by_objects && i < pool->n_minima; i++) {
		const struct trend_minimum *m = &pool->minima[i];
		if (m->value[TREND_USED] != NOT_KNOWN)
			put_floor(j, NOT_KNOWN, m->at_us, m->value[TREND_USED]);
	}
	json_array_end(j);
}

static void put_grew(struct json *j, const struct leaks_subject *s)
{
	json_array(j, "grew");
	for (size_t i = 0; i < s->grew.n_owners; i++) {
		const struct objects_owned *owned = &s->grew.owners[i];
		struct object object = { .kind = NULL };
		const char *class = NULL;
		if (!leaks_is_programs(owned))
			continue;
		if (owned->object != OBJECT_NONE)
			objects_get(s->objects, owned->object, &object);
		for (size_t k = owned->n_parts; k-- > 0;)
			if (s->grew.parts[owned->i_part + k].is_class)
				class = s->grew.parts[owned->i_part + k].name;
		json_row(j, NULL);
		json_text(j, "path", owned->name);
		json_text(j, "kind", object.kind);
		json_text(j, "class", class);
		json_u64(j, "objects", owned->sum.n_objects);
		json_u64(j, "bytes", owned->sum.n_bytes);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_place(struct json *j, const char *key, const struct sites_frame *frame)
{
	char place[sizeof(((struct verdict *)NULL)->line)];

	leaks_place(frame, place, sizeof(place));
	json_text(j, key, place);
}

static void put_lines(struct json *j, const struct leaks_subject *s)
{
	json_array(j, "lines");
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct leaks_line *line = &s->lines[i];
		const struct sites_frame *frame = sites_frame_at(s->sites, line->frame);
		struct sites_chain chain = { .n_frames = 0 };
		if (line->node != SITES_NONE)
			sites_chain(s->sites, line->node, &chain);
		json_row(j, NULL);
		put_place(j, "line", frame);
		json_text(j, "function", frame->function[0] ? frame->function : NULL);
		json_u64(j, "alive_bytes", line->alive_bytes);
		json_array(j, "chain");
		for (size_t k = 1; k < chain.n_frames; k++)
			put_place(j, NULL, sites_frame_at(s->sites, chain.frames[k]));
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

void json_leaks(struct json *j, const struct leaks_subject *all, size_t n)
{
	json_object(j, NULL);
	json_text(j, "schema", "memprof.leaks/1");
	json_array(j, "subjects");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_text(j, "name", all[i].name);
		json_verdict(j, "verdict", &all[i].verdict);
		json_text(j, "outcome", leaks_outcome_name(all[i].outcome));
		put_floors(j, &all[i]);
		put_grew(j, &all[i]);
		put_lines(j, &all[i]);
		if (all[i].run)
			json_run_pools(j, all[i].run);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}
