#include "memprof/viewers/layout_view.h"
#include "memprof/viewers/view.h"
#include "shared/layout_line.h"

/* One past the last byte, which may be one more than 64 bits hold. */
static void address_behind(struct json *j, const char *key, uint64_t last)
{
	if (last == UINT64_MAX)
		json_text(j, key, "0x10000000000000000");
	else
		json_address(j, key, last + 1);
}

static void write_span(struct json *j, const struct layout *l, uint32_t i)
{
	const struct layout_span *span = &l->spans[i];

	if (span->first_child == LAYOUT_NONE)
		json_row(j, NULL);
	else
		json_object(j, NULL);
	json_address(j, "start", span->start);
	address_behind(j, "end", layout_last(span));
	json_u64(j, "size", span->size_bytes);
	json_text(j, "name", span->name);
	json_text(j, "kind", span_kind_name(span->kind));
	json_u64(j, "used", span->used_bytes);
	json_u64(j, "free", span->free_bytes);
	json_array(j, "from");
	for (uint32_t k = 0; k < span->n_from; k++)
		json_text(j, NULL, span->from[k]);
	json_array_end(j);
	json_array(j, "spans");
	for (uint32_t k = span->first_child; k != LAYOUT_NONE; k = l->spans[k].next)
		write_span(j, l, k);
	json_array_end(j);
	json_object_end(j);
}

static void write_spaces(struct json *j, const struct layout *l)
{
	json_array(j, "spaces");
	for (size_t i = 0; i < l->n_spaces; i++) {
		if (l->spaces[i].first == LAYOUT_NONE)
			continue;
		json_object(j, NULL);
		json_text(j, "name", l->spaces[i].name);
		json_array(j, "spans");
		for (uint32_t k = l->spaces[i].first; k != LAYOUT_NONE; k = l->spans[k].next)
			write_span(j, l, k);
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_mappings(struct json *j, const struct layout *l)
{
	for (size_t i = 0; json_rows(j, "mappings", i, l->n_mappings); i++) {
		const struct layout_mapping *m = &l->mappings[i];
		json_text(j, "space", m->space);
		json_address(j, "start", m->start);
		json_u64(j, "size", m->size_bytes);
		json_text(j, "to_space", m->to_space);
		json_address(j, "to_start", m->to_start);
	}
}

static void write_gaps(struct json *j, const struct layout *l)
{
	for (size_t i = 0; json_rows(j, "gaps", i, l->n_gaps); i++) {
		json_text(j, "space", l->gaps[i].space);
		json_address(j, "start", l->gaps[i].start);
		json_u64(j, "size", l->gaps[i].size_bytes);
		json_text(j, "in", l->gaps[i].in == LAYOUT_NONE ? NULL : l->spans[l->gaps[i].in].name);
	}
}

static void write_conflicts(struct json *j, const struct layout *l)
{
	for (size_t i = 0; json_rows(j, "conflicts", i, l->n_conflicts); i++) {
		const struct layout_conflict *c = &l->conflicts[i];
		json_text(j, "space", c->space);
		json_address(j, "start", c->start);
		json_u64(j, "size", c->size_bytes);
		json_array(j, "between");
		for (size_t k = 0; k < ARRAY_SIZE(c->between) && c->between[k]; k++)
			json_text(j, NULL, c->between[k]);
		json_array_end(j);
		json_text(j, "what", c->what);
	}
}

void json_layout(struct strbuf *out, const struct layout *l)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "schema", "memprof.layout/1");
	json_text(&j, "board", l->board);
	write_spaces(&j, l);
	write_mappings(&j, l);
	write_gaps(&j, l);
	write_conflicts(&j, l);
	json_bool(&j, "complete", !l->incomplete);
	json_array(&j, "notes");
	for (size_t i = 0; i < l->n_notes; i++)
		json_text(&j, NULL, l->notes[i]);
	json_array_end(&j);
	json_object_end(&j);
}
