/* An allocation profile as a page: the document, and both trees as numbers. */
#include <errno.h>
#include <stdlib.h>

#include "html/page.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "print/print.h"
#include "shared/sites_words.h"

/* ---- a tree: parents before their children, the largest first ---- */

static void put_tree(struct json *j, const char *key, const struct sites *s)
{
	uint32_t *place = malloc(s->n_nodes * sizeof(*place)), n = 0;

	if (!place) {
		j->out->error = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i != SITES_NONE; i = sites_next(s, i))
		place[i] = n++;
	json_array(j, key);
	for (uint32_t i = 0; i != SITES_NONE; i = sites_next(s, i)) {
		const struct sites_sum *total = &s->nodes[i].total;
		json_array(j, NULL);
		json_u64(j, NULL, i ? place[s->nodes[i].parent] : NOT_KNOWN);
		json_u64(j, NULL, i ? s->nodes[i].frame : NOT_KNOWN);
		json_u64(j, NULL, total->bytes);
		json_u64(j, NULL, total->alive_bytes);
		json_u64(j, NULL, total->count);
		json_u64(j, NULL, total->n_samples);
		json_array_end(j);
	}
	json_array_end(j);
	free(place);
}

static void put_frames(struct json *j, const struct sites *s)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; json_items(j, "frames", i, s->n_frames); i++) {
		strbuf_reset(&words);
		sites_frame_words(&words, &s->frames[i]);
		json_text(j, "name", strbuf_text(&words));
		json_text(j, "file", s->frames[i].file);
		json_u64(j, "line", s->frames[i].line);
		json_text(j, "function", s->frames[i].function);
	}
}

static void put_trees(struct json *j, const struct sites *s)
{
	struct sites inverted;

	if (sites_invert(s, &inverted) < 0) {
		j->out->error = -ENOMEM;
		return;
	}
	put_frames(j, s);
	put_tree(j, "down", s);
	put_tree(j, "up", &inverted);
	sites_deinit(&inverted);
}

/* ---- sources ---- */

/* Those that allocate, most first. */
static void put_sources(struct json *j, const struct sites_view *view)
{
	struct sites_files files;

	if (sites_files(view->sites, &files) < 0)
		j->out->error = -ENOMEM;
	json_array(j, "sources");
	for (size_t i = 0; i < files.n_files; i++) {
		const struct sites_source *source = sites_source_of(view, files.files[i].name);
		if (!source || files.files[i].own.bytes == 0)
			continue;
		json_object(j, NULL);
		json_text(j, "file", files.files[i].name);
		json_u64(j, "own", files.files[i].own.bytes);
		json_bool(j, "changed", source->has_changed);
		json_bytes(j, "text", source->text, source->n_bytes);
		json_object_end(j);
	}
	json_array_end(j);
	sites_files_deinit(&files);
}

/* ---- the page ---- */

void html_sites(struct strbuf *out, const struct sites_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = { .name = "sites",
				  .assets = { "kinds.css", "icicle.css", "sites.css", "icicle.js", "sites.js" } };
	struct document d;
	struct json j = { .out = &text, .compact = true };

	document_sites_page(&d, view);
	print_html_begin(out, &d, NULL, &kind);
	print_html_document(out, &d);
	doc_deinit(&d);
	json_object(&j, NULL);
	json_bool(&j, "has_counts", view->sites->has_counts);
	json_bool(&j, "has_alive", view->sites->has_alive);
	json_bool(&j, "is_time", view->sites->unit == SITES_TIME);
	put_trees(&j, view->sites);
	put_sources(&j, view);
	json_object_end(&j);
	html_data_packed(out, "trees", &text);
	html_end(out, &kind);
}
