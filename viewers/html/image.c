/* What a firmware image puts where, as a page. */
#include "document/image.h"
#include "html/page.h"
#include "print/print.h"
#include "shared/image_words.h"
#include "text/cut.h"

static const struct html_kind kind_image = {
	.name = "image",
	.what = "firmware image",
	.assets = { "image.css", "treemap.js", "image.js" },
	.document = "memprof.image/1",
	.printed_by = "memprof map --json",
};

/* ---- what the document does not say, and the treemap needs: whatever rows it leaves out ---- */

static void components(struct json *j, const struct image_view *v)
{
	json_array(j, "components");
	for (size_t i = 0; i < v->components->n_groups; i++)
		json_text(j, NULL, v->components->groups[i].name);
	json_array_end(j);
	json_array(j, "objects");
	for (size_t i = 0; i < v->image->n_objects; i++) {
		const struct image_object *o = &v->image->objects[i];
		if (!o->size_bytes)
			continue;
		json_object(j, NULL);
		json_text(j, "path", o->path);
		json_text(j, "member", o->member);
		json_u64(j, "component", v->components->of_object[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

static void sections(struct json *j, const struct image *image)
{
	json_array(j, "sections");
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->alloc || !s->size_bytes)
			continue;
		json_object(j, NULL);
		json_text(j, "name", s->name);
		json_address(j, "vma", s->vma);
		json_address(j, "lma", s->lma == NOT_KNOWN ? s->vma : s->lma);
		json_u64(j, "size", s->size_bytes);
		json_text(j, "region", image_region_name(image, s->region));
		json_text(j, "load_region", image_region_name(image, s->load_region));
		json_bool(j, "reserved", s->reserved);
		json_object_end(j);
	}
	json_array_end(j);
}

void html_image(struct strbuf *out, const struct image_view *v)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = kind_image;
	struct document d;
	struct json j;

	kind.has_limits = v->limits;
	html_begin(out, text_file_of(v->image->name), &kind);
	print_html_limits(out, v->limits);
	document_image_answer(&d, v);
	print_html_findings(out, &d);
	doc_deinit(&d);
	json_init(&j, &text, true);
	json_image(&j, v);
	html_data_packed(out, "image", &text);
	strbuf_reset(&text);
	json_init(&j, &text, true);
	json_object(&j, NULL);
	components(&j, v);
	sections(&j, v->image);
	json_object_end(&j);
	html_data_packed(out, "places", &text);
	html_end(out, &kind);
}
