/* A profile for www.speedscope.app, as its file-format-schema.json has it: frames, and sampled profiles with a weight
 * for each stack. What is still alive is a second profile. */
#include <errno.h>

#include "memprof/base/text.h"
#include "shared/sites_words.h"

static void add_text(struct json *j, const char *key, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	json_text(j, key, strbuf_text(&clean));
}

/* Those of the profile, with their indices; the last one stands for calls that are not known. */
static void add_frames(struct json *j, const struct sites *s)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	json_object(j, "shared");
	json_array(j, "frames");
	for (size_t i = 0; i <= s->n_frames; i++) {
		const struct sites_frame *frame = i < s->n_frames ? &s->frames[i] : NULL;
		strbuf_reset(&words);
		sites_frame_words(&words, frame);
		json_row(j, NULL);
		json_text(j, "name", strbuf_text(&words));
		if (frame && frame->file[0])
			json_text(j, "file", frame->file);
		if (frame && frame->line)
			json_u64(j, "line", frame->line);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void add_stack(struct json *j, const struct sites *s, uint32_t node)
{
	struct sites_chain chain;

	sites_chain(s, node, &chain);
	json_array(j, NULL);
	if (chain.n_frames == 0)
		json_u64(j, NULL, s->n_frames);
	for (size_t i = chain.n_frames; i-- > 0;)
		json_u64(j, NULL, chain.frames[i]);
	json_array_end(j);
}

static void add_profile(struct json *j, const struct sites *s, const char *name)
{
	struct sites_ends ends;

	if (sites_ends(s, &ends) < 0)
		j->out->error = -ENOMEM;
	json_object(j, NULL);
	json_text(j, "type", "sampled");
	json_text(j, "name", name);
	json_text(j, "unit", s->unit == SITES_TIME ? "microseconds" : "bytes");
	json_u64(j, "startValue", 0);
	json_u64(j, "endValue", s->nodes[0].total.bytes);
	json_array(j, "samples");
	for (size_t i = 0; i < ends.n_nodes; i++)
		add_stack(j, s, ends.nodes[i]);
	json_array_end(j);
	json_array(j, "weights");
	for (size_t i = 0; i < ends.n_nodes; i++)
		json_u64(j, NULL, s->nodes[ends.nodes[i]].own.bytes);
	json_array_end(j);
	json_object_end(j);
	sites_ends_deinit(&ends);
}

static void add_alive(struct json *j, const struct sites *s)
{
	struct sites alive;

	if (!s->has_alive)
		return;
	if (sites_alive(s, &alive) < 0) {
		j->out->error = -ENOMEM;
		return;
	}
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	sites_alive_words(&words, s);
	add_profile(j, &alive, strbuf_text(&words));
	sites_deinit(&alive);
}

void speedscope_sites(struct strbuf *out, const struct sites_view *view)
{
	const struct sites *s = view->sites;
	struct json j = { .out = out, .compact = true };

	json_object(&j, NULL);
	json_text(&j, "$schema", "https://www.speedscope.app/file-format-schema.json");
	add_text(&j, "name", view->title);
	json_text(&j, "exporter", "memprof " MEMPROF_VERSION);
	json_u64(&j, "activeProfileIndex", 0);
	add_frames(&j, s);
	json_array(&j, "profiles");
	add_profile(&j, s, s->unit == SITES_TIME ? "time" : "allocated");
	add_alive(&j, s);
	json_array_end(&j);
	json_object_end(&j);
}
