/* What a firmware image puts where, as a page: the document, and where its sections lie. */
#include "html/page.h"
#include "memprof/viewers/image_view.h"
#include "print/print.h"
#include "shared/image_words.h"

void html_image(struct strbuf *out, const struct image_view *v)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = { .name = "image",
				  .assets = { "image.css", "treemap.js", "image.js" },
				  .has_limits = v->limits };
	struct document d CLEANUP(doc_deinit);
	struct json j = { .out = &text, .compact = true };

	document_image_page(&d, v);
	print_html_begin(out, &d, d.title, &kind);
	print_html_limits(out, v->limits);
	print_html_document(out, &d);
	for (size_t i = 0; json_items(&j, NULL, i, v->image->n_sections); i++) { /* whatever rows are left out */
		const struct image_section *s = &v->image->sections[i];
		json_text(&j, "name", s->name);
		json_address(&j, "vma", s->vma);
		json_address(&j, "lma", s->lma == NOT_KNOWN ? s->vma : s->lma);
		json_u64(&j, "size", s->alloc ? s->size_bytes : 0);
		json_text(&j, "region", image_region_name(v->image, s->region));
		json_text(&j, "load_region", image_region_name(v->image, s->load_region));
		json_bool(&j, "reserved", s->reserved);
	}
	html_data_packed(out, "places", &text);
	html_end(out, &kind);
}
