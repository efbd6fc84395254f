/* Any bytes as a map of one format (-DFORMAT=image_lld …): it is refused with a reason, or every section adds up.
 * What is no map is named. */

#include "fuzz.h"
#include "memprof/image/demangle.h"
#include "memprof/image/foreign.h"
#include "memprof/image/image.h"
#include "symbol-at.h"

static void check_sections(const struct image *image)
{
	uint64_t sections_bytes = 0, objects_bytes = 0;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t at = s->vma;
		MUST(s->size_bytes <= UINT64_MAX - s->vma);
		MUST(s->region == IMAGE_NONE || s->region < image->n_regions);
		MUST(s->load_region == IMAGE_NONE || s->load_region < image->n_regions);
		MUST(s->i_piece <= image->n_pieces && s->n_pieces <= image->n_pieces - s->i_piece);
		for (size_t k = s->i_piece; k < s->i_piece + s->n_pieces; k++) {
			MUST(image->pieces[k].address == at && image->pieces[k].size_bytes > 0);
			MUST(image->pieces[k].object < image->n_objects);
			at += image->pieces[k].size_bytes;
		}
		MUST(at == s->vma + s->size_bytes && s->unattributed_bytes == 0);
		MUST(image_section_load_bytes(s) <= s->size_bytes);
		if (s->alloc && !s->reserved && !s->placeholder)
			sections_bytes += s->size_bytes;
	}
	for (size_t i = 0; i < image->n_objects; i++)
		objects_bytes += image->objects[i].size_bytes;
	MUST(objects_bytes == sections_bytes);
}

static bool lies_in(struct image_slice name, const char *bytes, size_t n_bytes)
{
	return name.text >= bytes && name.text <= bytes + n_bytes &&
	       name.n_bytes <= (size_t)(bytes + n_bytes - name.text);
}

/* A name is of the input, or a text of the arena: of what the input has mangled, or spelled otherwise. */
static void check_name(const struct image_symbol *s, const char *bytes, size_t n_bytes)
{
	MUST(!s->linkage.n_bytes || lies_in(s->linkage, bytes, n_bytes));
	MUST(lies_in(s->name, bytes, n_bytes) ||
	     (s->name.text[s->name.n_bytes] == '\0' && s->name.n_bytes <= DEMANGLED_MAX_BYTES + n_bytes));
}

static void check_symbols(const struct image *image, const char *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		check_name(s, bytes, n_bytes);
		MUST(i == 0 || image->symbols[i - 1].address <= s->address);
		MUST(s->section == IMAGE_NONE || s->section < image->n_sections);
		MUST(s->object == IMAGE_NONE || s->object < image->n_objects);
		MUST(s->size_bytes != NOT_KNOWN);
		image_symbol_at(image, s->address);
		image_section_at(image, s->address);
	}
}

/* Each is a line of more than 50 bytes. */
static void check_references(const struct image *image, const char *bytes, size_t n_bytes)
{
	MUST(image->n_references * 50 <= n_bytes);
	for (size_t i = 0; i < image->n_references; i++) {
		const struct image_pull *r = &image->references[i];
		MUST(r->what[0] && r->by[0] && r->symbol.n_bytes > 0);
		MUST(r->symbol.text >= bytes && r->symbol.text + r->symbol.n_bytes <= bytes + n_bytes);
	}
}

FUZZ(data, size)
{
	const char *bytes = (const char *)data;
	struct diag diag = { 0 };
	struct image image;

	int sure = FORMAT.probe(bytes, MIN(size, (size_t)IMAGE_PROBE_BYTES));
	MUST(sure >= 0 && sure <= 100);
	if (size)
		MUST(foreign_hint(bytes, size)[0]);
	image_init(&image, "fuzz.map");
	int r = FORMAT.read(&image, bytes, size, IMAGE_WANT_SYMBOLS | IMAGE_WANT_REFERENCES, &diag);
	if (r == 0)
		r = image_resolve(&image, &diag);
	MUST(r == 0 || (r == -EINVAL && diag.text[0]));
	if (r == 0) {
		check_sections(&image);
		check_symbols(&image, bytes, size);
		check_references(&image, bytes, size);
	}
	image_deinit(&image);
}
