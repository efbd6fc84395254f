/* Any bytes as a linker script: it ends, within its bounds; what is known is a value, what is not says why; and what
 * is refused has a place in the text.
 *
 * The first byte selects how it is passed: with a --defsym, in two texts. What it includes is itself or a part of it.
 */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

struct text {
	const char *bytes;
	size_t n_bytes;
};

static int include(void *ctx, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	const struct text *t = ctx;
	size_t n_name = strlen(name);

	MUST(from && n_name < t->n_bytes + 100);
	if (n_name == 5)
		return diag_set(diag, -EACCES, "closed");
	if (n_name > 3)
		return -ENOENT;
	size_t skip = MIN(n_name * 7, t->n_bytes);
	*ret = (struct ldscript_text){ n_name == 1 ? "one" :
				       n_name == 2 ? "two.h" :
						     "three",
				       t->bytes + skip, t->n_bytes - skip };
	return 0;
}

static void check_value(const struct ldscript_value *v)
{
	MUST(v->why && v->known == !*v->why && (v->known || v->value == 0));
}

static void check(const struct ldscript *s)
{
	for (size_t i = 0; i < s->n_regions; i++) {
		const struct ldscript_region *r = &s->regions[i];
		MUST(r->name && r->attributes && r->at.file && r->at.line);
		check_value(&r->origin);
		check_value(&r->length);
		MUST(!r->length.known || r->length.value <= INT64_MAX);
	}
	for (uint32_t i = 0; i < s->n_symbols; i++)
		check_value(&s->symbols[i].value);
	for (size_t i = 0; i < s->n_sections; i++) {
		const struct ldscript_section *o = &s->sections[i];
		MUST(o->name && o->type);
	}
	for (size_t i = 0; i < s->n_notes; i++)
		MUST(s->notes[i].text[0] && s->notes[i].at.file);
	MUST(s->n_notes <= LDSCRIPT_NOTES_MAX && s->n_notes <= s->n_notes_all);
}

FUZZ(data, size)
{
	static const char *const defsyms[] = { "x=4K" };
	unsigned how = size ? data[0] : 0;
	struct text all = { (const char *)data + (size > 0), size - (size > 0) };
	struct ldscript_options options = { .include = include, .ctx = &all };
	struct ldscript_text texts[2] = { { "a.ld", all.bytes, all.n_bytes } };
	size_t n_texts = 1;
	struct diag diag = { .text = "" };
	struct ldscript s;
	struct image image;

	ldscript_needs_cpp(all.bytes, all.n_bytes);
	if (how & 2) {
		options.defsyms = defsyms;
		options.n_defsyms = ARRAY_SIZE(defsyms);
	}
	if (how & 4) {
		size_t half = all.n_bytes / 2;
		texts[0].n_bytes = half;
		texts[n_texts++] = (struct ldscript_text){ "b.ld", all.bytes + half, all.n_bytes - half };
	}
	int r = ldscript_read(&s, texts, n_texts, &options, &diag);
	if (r < 0) {
		MUST((r == -EINVAL || r == -EFBIG || r == -EACCES) && diag.text[0] && diag.at.file);
	} else {
		check(&s);
		image_init(&image, "fuzz");
		MUST(image_learn_from_ldscript(&image, &s) == (int)image.n_regions);
		image_deinit(&image);
	}
	ldscript_deinit(&s);
}
