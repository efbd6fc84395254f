/* An allocation profile as memprof.sites/1. It is also how profiles are saved: src/analysis/sites/read.c reads it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"

static void add_sizes(struct json *j, const struct sites *s)
{
	if (!json_array_if(j, "sizes", s->has_sizes))
		return;
	for (unsigned i = 0; i < SITES_N_SIZES; i++) {
		json_row(j, NULL);
		json_u64(j, "to", i + 1 < SITES_N_SIZES ? (uint64_t)8 << i : NOT_KNOWN);
		json_u64(j, "count", s->sizes[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

static void add_head(struct json *j, const struct sites *s)
{
	json_text(j, "schema", "memprof.sites/1");
	json_text(j, "how", sites_how_name(s->how));
	json_text(j, "unit", sites_unit_name(s->unit));
	json_u64(j, "samples", s->nodes[0].total.n_samples);
	json_u64(j, s->unit == SITES_TIME ? "step_us" : "step_bytes", s->step_bytes ? s->step_bytes : NOT_KNOWN);
	if (s->n_bursts > 0)
		json_u64(j, "bursts", s->n_bursts);
	if (s->n_independent > 0)
		json_u64(j, "independent", s->n_independent);
	json_u64(j, "requested", s->requested_bytes);
	json_u64(j, "lost", s->n_lost);
	json_u64(j, "temporary", s->temporary_bytes);
	if (s->n_collections != NOT_KNOWN)
		json_u64(j, "collections", s->n_collections);
	if (s->joined_us != NOT_KNOWN)
		json_u64(j, "joined_us", s->joined_us);
	if (s->exception[0])
		json_text(j, "exception", s->exception);
	if (s->was_stopped)
		json_bool(j, "stopped", true);
	if (s->has_alive && s->alive_when != SITES_AT_END)
		json_text(j, "alive_when", sites_when_name(s->alive_when));
	if (s->has_alive && s->alive_when == SITES_AT_MARK)
		json_text(j, "alive_mark", s->alive_mark);
	if (s->guessed_bytes > 0)
		json_u64(j, "alive_guessed", s->guessed_bytes);
	add_sizes(j, s);
}

static void add_frame(struct json *j, const struct sites_frame *frame)
{
	json_name(j, "file", frame ? frame->file : NULL);
	json_u64(j, "line", frame && frame->line ? frame->line : NOT_KNOWN);
	json_name(j, "function", frame ? frame->function : NULL);
}

/* Frames in the order in which chains refer to them, so that the same profile always is the same text. */
struct numbering {
	uint32_t *number; /* of each frame of the profile; SITES_NONE: not yet */
	VEC(uint32_t, frames);
};

static int add_numbers(const struct sites *s, const struct sites_ends *ends, struct numbering *n)
{
	int r = 0;

	n->number = malloc((s->n_frames + 1) * sizeof(*n->number));
	if (!n->number)
		return -ENOMEM;
	memset(n->number, 0xff, (s->n_frames + 1) * sizeof(*n->number));
	for (size_t i = 0; i < ends->n_nodes && r == 0; i++) {
		struct sites_chain chain;
		sites_chain(s, ends->nodes[i], &chain);
		for (size_t k = chain.n_frames; k-- > 0 && r == 0;) {
			if (n->number[chain.frames[k]] != SITES_NONE)
				continue;
			n->number[chain.frames[k]] = (uint32_t)n->n_frames;
			r = vec_push(n, frames, chain.frames[k]);
		}
	}
	return r;
}

static void add_stack(struct json *j, const struct sites *s, const struct sites_chain *chain, const struct numbering *n)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	json_array(j, "stack");
	for (size_t i = chain->n_frames; i-- > 0;) {
		strbuf_reset(&words);
		sites_frame_words(&words, &s->frames[chain->frames[i]]);
		json_text(j, NULL, strbuf_text(&words));
	}
	json_array_end(j);
	json_array(j, "chain");
	for (size_t i = chain->n_frames; i-- > 0;)
		json_u64(j, NULL, n->number[chain->frames[i]]);
	json_array_end(j);
}

static void add_site(struct json *j, const struct sites *s, uint32_t node, const struct numbering *n)
{
	const struct sites_sum *own = &s->nodes[node].own;
	struct sites_chain chain;

	sites_chain(s, node, &chain);
	add_frame(j, sites_frame_at(s, s->nodes[node].frame));
	json_u64(j, sites_unit_name(s->unit), own->bytes);
	json_u64(j, "count", s->has_counts ? own->count : NOT_KNOWN);
	json_u64(j, "alive_bytes", s->has_alive ? own->alive_bytes : NOT_KNOWN);
	json_u64(j, "alive_count", s->has_alive ? own->alive_count : NOT_KNOWN);
	json_u64(j, "samples", own->n_samples);
	add_stack(j, s, &chain, n);
}

static int add_lists(struct json *j, const struct sites *s, const struct sites_ends *ends, struct numbering *n)
{
	int r = add_numbers(s, ends, n);

	if (r < 0)
		return r;
	for (size_t i = 0; json_rows(j, "frames", i, n->n_frames); i++) {
		add_frame(j, &s->frames[n->frames[i]]);
	}
	for (size_t i = 0; json_rows(j, "sites", i, ends->n_nodes); i++)
		add_site(j, s, ends->nodes[i], n);
	return 0;
}

static void add_kept(struct json *j, const struct sites *s)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!s->has_kept)
		return;
	json_array(j, "kept");
	for (size_t i = 0; i < s->n_kept; i++) {
		const struct sites_kept *kept = &s->kept[i];
		json_row(j, NULL);
		json_name(j, "holder", kept->holder);
		add_frame(j, sites_frame_at(s, kept->frame));
		json_u64(j, "bytes", sites_kept_bytes(kept));
		json_u64(j, "samples", kept->n_samples);
		json_array(j, "quarters");
		for (unsigned k = 0; k < SITES_QUARTERS; k++)
			json_u64(j, NULL, kept->bytes[k]);
		json_array_end(j);
		json_bool(j, "leak", kept->is_leak);
		if (kept->in_doubt)
			json_bool(j, "in_doubt", true);
		strbuf_reset(&name);
		sites_kept_words(&name, s, kept, true);
		json_text(j, "name", strbuf_text(&name));
		json_object_end(j);
	}
	json_array_end(j);
}

static void add_sources(struct json *j, const struct sites *s)
{
	if (s->n_hashes == 0)
		return;
	for (size_t i = 0; json_rows(j, "sources", i, s->n_hashes); i++) {
		json_text(j, "file", s->hashes[i].file);
		json_text(j, "sha256", s->hashes[i].sha256);
	}
}

static void add_change(struct json *j, const struct sites_view *view, const struct sites_change *c)
{
	const struct sites_frame *old = sites_frame_at(view->before, c->before);
	const struct sites_frame *new = sites_frame_at(view->after, c->after);
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	sites_change_words(&name, view, c);
	json_row(j, NULL);
	add_frame(j, new ? new : old);
	json_u64(j, "old_line", old && old->line ? old->line : NOT_KNOWN);
	json_u64(j, "before", c->old.n_samples + c->old.bytes ? c->old.bytes : NOT_KNOWN);
	json_u64(j, "after", c->new.n_samples + c->new.bytes ? c->new.bytes : NOT_KNOWN);
	json_i64(j, "change", sites_change_by(c));
	json_bool(j, "may_be_chance", sites_change_is_chance(view->before, view->after, c));
	json_text(j, "name", strbuf_text(&name));
	json_object_end(j);
}

static void add_changes(struct json *j, const struct sites_view *view)
{
	if (!view->changes)
		return;
	json_object(j, "compared");
	json_text(j, "with", view->before_title);
	json_bool(j, "alive", view->alive_only);
	json_array(j, "changes");
	for (size_t i = 0; i < view->changes->n_changes; i++)
		add_change(j, view, &view->changes->changes[i]);
	json_array_end(j);
	json_object_end(j);
}

void json_sites(struct json *j, const struct sites_view *view)
{
	struct numbering n = { .number = NULL };
	struct sites_ends ends;
	int r = sites_ends(view->sites, &ends);

	json_object(j, NULL);
	add_head(j, view->sites);
	if (r == 0)
		r = add_lists(j, view->sites, &ends, &n);
	add_kept(j, view->sites);
	add_sources(j, view->sites);
	add_changes(j, view);
	json_object_end(j);
	if (r < 0)
		j->out->error = -ENOMEM;
	sites_ends_deinit(&ends);
	vec_deinit(&n, frames);
	free(n.number);
}
