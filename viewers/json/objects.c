#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/viewers/objects_view.h"

static void sum(struct json *j, const char *key, const struct objects_sum *s)
{
	json_row(j, key);
	json_u64(j, "objects", s->n_objects);
	json_u64(j, "bytes", s->n_bytes);
	json_object_end(j);
}

static void path(struct json *j, const struct objects *o, uint32_t i)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	objects_path(o, i, &text);
	json_name(j, "path", strbuf_text(&text));
}

static void globals(struct json *j, const struct objects_view *v)
{
	const struct objects_report *r = v->report;

	for (size_t i = 0; json_rows(j, "globals", i, r->n_globals); i++) {
		const struct objects_global *g = &r->globals[i];
		struct object object;
		objects_get(v->objects, g->object, &object);
		json_text(j, "path", g->path);
		json_text(j, "module", g->module);
		json_text(j, "kind", object.kind);
		json_text(j, "class", object.class);
		json_u64(j, "bytes", object.n_bytes);
		json_u64(j, "retained", g->retained_bytes);
		json_u64(j, "objects", g->n_retained);
	}
}

static void lists(struct json *j, const struct objects_view *v)
{
	const struct objects_report *r = v->report;

	for (size_t i = 0; json_rows(j, "modules", i, r->n_modules); i++) {
		json_text(j, "name", r->modules[i].name);
		json_u64(j, "retained", r->modules[i].retained_bytes);
		json_u64(j, "objects", r->modules[i].n_retained);
	}
	for (size_t i = 0; json_rows(j, "classes", i, r->n_classes); i++) {
		json_text(j, "name", r->classes[i].name);
		json_u64(j, "objects", r->classes[i].n_objects);
		json_u64(j, "bytes", r->classes[i].n_bytes);
		json_u64(j, "retained", r->classes[i].retained_bytes);
	}
	for (size_t i = 0; json_rows(j, "kinds", i, r->n_kinds); i++) {
		json_text(j, "kind", r->kinds[i].name);
		json_u64(j, "objects", r->kinds[i].sum.n_objects);
		json_u64(j, "bytes", r->kinds[i].sum.n_bytes);
	}
}

static void members(struct json *j, const struct objects_view *v, uint32_t i)
{
	struct object object;

	objects_get(v->objects, i, &object);
	json_address(j, "address", object.address);
	path(j, v->objects, i);
	json_text(j, "kind", object.kind);
	json_text(j, "class", object.class);
	json_u64(j, "bytes", object.n_bytes);
	json_u64(j, "retained", object.retained_bytes);
}

static void object(struct json *j, const struct objects_view *v, uint32_t i)
{
	json_row(j, NULL);
	members(j, v, i);
	json_object_end(j);
}

/* Null if it was not asked for. */
static void list(struct json *j, const struct objects_view *v, const char *key, const struct objects_list *list)
{
	if (!json_array_if(j, key, list != NULL))
		return;
	for (size_t i = 0; i < list->n_rows; i++)
		object(j, v, list->rows[i].object);
	json_array_end(j);
}

static void paths(struct json *j, const struct objects_view *v)
{
	if (!json_array_if(j, "paths", v->object != OBJECT_NONE))
		return;
	json_object(j, NULL);
	members(j, v, v->object);
	list(j, v, "holders", v->holders);
	list(j, v, "referrers", v->referrers);
	json_object_end(j);
	json_array_end(j);
}

static void tree(struct json *j, const struct objects_view *v)
{
	if (!json_array_if(j, "tree", v->tree != NULL))
		return;
	for (size_t i = 0; i < v->tree->n_rows; i++) {
		const struct objects_row *row = &v->tree->rows[i];
		json_row(j, NULL);
		json_u64(j, "depth", row->depth);
		if (row->object != OBJECT_NONE) {
			members(j, v, row->object);
		} else {
			json_u64(j, "more", row->n_more);
			json_u64(j, "retained", row->n_more_bytes);
		}
		json_object_end(j);
	}
	json_array_end(j);
}

static void changes(struct json *j, const char *key, const struct objects_change *changes, size_t n)
{
	for (size_t i = 0; json_rows(j, key, i, n); i++) {
		json_text(j, "name", changes[i].name);
		json_i64(j, "bytes", changes[i].n_bytes);
		json_i64(j, "objects", changes[i].n_objects);
	}
}

static void born(struct json *j, const struct objects_since *s)
{
	if (!json_array_if(j, "owners", s->is_same_start))
		return;
	for (size_t i = 0; i < s->came.n_owners; i++) {
		const struct objects_owned *owner = &s->came.owners[i];
		json_object(j, NULL);
		json_text(j, "owner", owner->name);
		json_u64(j, "bytes", owner->sum.n_bytes);
		json_u64(j, "objects", owner->sum.n_objects);
		for (size_t k = 0; json_rows(j, "what", k, owner->n_parts); k++) {
			const struct objects_owned *part = &s->came.parts[owner->i_part + k];
			json_text(j, "name", part->name);
			json_u64(j, "bytes", part->sum.n_bytes);
			json_u64(j, "objects", part->sum.n_objects);
		}
		json_object_end(j);
	}
	json_array_end(j);
}

static void since(struct json *j, const struct objects_view *v)
{
	const struct objects_since *s = v->since;

	if (!json_object_if(j, "since", s != NULL))
		return;
	json_text(j, "name", v->since_name);
	sum(j, "live", &s->before.live);
	json_bool(j, "same_start", s->is_same_start);
	sum(j, "born", &s->came.sum);
	sum(j, "gone", &s->gone);
	born(j, s);
	changes(j, "globals", s->globals, s->n_globals);
	changes(j, "classes", s->classes, s->n_classes);
	changes(j, "kinds", s->kinds, s->n_kinds);
	json_object_end(j);
}

static void slack(struct json *j, const struct objects_view *v)
{
	for (size_t i = 0; json_rows(j, "slack", i, v->report->n_slack); i++) {
		const struct objects_slack *slack = &v->report->slack[i];
		struct object object;
		objects_get(v->objects, slack->object, &object);
		path(j, v->objects, slack->object);
		json_text(j, "kind", object.kind);
		json_text(j, "class", object.class);
		json_u64(j, "items", slack->n_used);
		json_u64(j, "room", slack->n_room);
		json_u64(j, "bytes", slack->n_bytes);
	}
}

static void advice(struct json *j, const struct objects_view *v)
{
	static const char *const gains[] = {
		[ADVICE_USED] = "used", [ADVICE_GARBAGE] = "garbage", [ADVICE_LARGEST_FREE] = "largest_free"
	};

	for (size_t i = 0; json_rows(j, "advice", i, v->advice->n_list); i++) {
		const struct advice *row = &v->advice->list[i];
		json_text(j, "kind", row->kind);
		json_text(j, "text", row->text);
		json_u64(j, "saved_bytes", row->saved_bytes);
		json_text(j, "saves", gains[row->gain]);
		json_text(j, "basis", row->basis);
		json_array(j, "objects");
		if (row->object != OBJECT_NONE)
			object(j, v, row->object);
		json_array_end(j);
	}
}

void json_objects(struct strbuf *out, const struct objects_view *v)
{
	const struct objects_report *r = v->report;
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "schema", "memprof.objects/1");
	json_row(&j, "input");
	json_text(&j, "name", v->source);
	json_u64(&j, "reads", v->cost.n_reads);
	json_u64(&j, "read_bytes", v->cost.n_bytes);
	json_u64(&j, "read_ms", v->cost.us / 1000);
	json_object_end(&j);
	json_object(&j, "heap");
	if (r->totals.at_least)
		json_bool(&j, "at_least", true);
	json_u64(&j, "total", r->totals.total_bytes);
	json_u64(&j, "used", r->totals.used_bytes);
	sum(&j, "live", &r->totals.live);
	sum(&j, "collectable", &r->totals.collectable);
	json_u64(&j, "unknown", 0); /* a block that cannot be read is an error */
	json_bool(&j, "exact", !r->totals.is_upper_bound && r->totals.has_stack && r->totals.has_registers);
	json_object_end(&j);
	globals(&j, v);
	lists(&j, v);
	json_array(&j, "largest");
	for (size_t i = 0; i < r->n_largest; i++)
		object(&j, v, r->largest[i]);
	json_array_end(&j);
	paths(&j, v);
	for (size_t i = 0; json_rows(&j, "duplicates", i, r->n_duplicates); i++) {
		json_text(&j, "text", r->duplicates[i].text);
		json_u64(&j, "count", r->duplicates[i].count);
		json_u64(&j, "bytes", r->duplicates[i].n_bytes);
	}
	slack(&j, v);
	tree(&j, v);
	list(&j, v, "objects", v->selected);
	since(&j, v);
	if (v->advice)
		advice(&j, v);
	if (json_row_if(&j, "verify", v->freed != NULL)) {
		json_u64(&j, "predicted_bytes", v->freed->predicted_bytes);
		json_u64(&j, "freed_bytes", v->freed->freed_bytes);
		json_bool(&j, "exact", v->freed->exact);
		json_object_end(&j);
	}
	json_object_end(&j);
	strbuf_putc(out, '\n');
}
