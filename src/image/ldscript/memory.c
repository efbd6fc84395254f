/* MEMORY and REGION_ALIAS. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ldscript/parse.h"

static const char *attributes(struct ld_text *t, const char *p, const char *end)
{
	char kept_ones[16];
	size_t n = 0;

	for (; p < end && n < sizeof(kept_ones); p++)
		if (*p > ' ')
			kept_ones[n++] = *p;
	return arena_text(&t->w->to->arena, kept_ones, n);
}

static bool are_attributes(const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p > ' ' && !strchr("rwxailRWXAIL!", *p))
			return false;
	return true;
}

/* ORIGIN = … or LENGTH = …, in one of three spellings; ld's lexer takes other ones for a name. */
static int region_figure(struct ld_text *t, const char *const names[3], struct ld_expression *ret)
{
	struct ld_token token;
	bool told = false;
	char here[40];
	int r = ld_skip(t);
	const char *before = t->at;

	if (r == 0)
		r = ld_word(t, &token);
	if (r < 0)
		return r;
	for (size_t i = 0; i < 3 && !told; i++)
		told = ld_is(&token, names[i]);
	for (size_t i = 0; i < 3 && !told && !token.quoted; i++) {
		told = token.n_bytes == strlen(names[i]);
		for (size_t k = 0; told && k < token.n_bytes; k++)
			told = (token.text[k] | 0x20) == (names[i][k] | 0x20);
		if (told)
			ld_note(t->w, token.at, LDSCRIPT_NOTE_TOLERATED, "'%.*s' is taken as %s; ld would stop here",
				(int)token.n_bytes, token.text, names[i]);
	}
	if (!told) {
		t->at = before;
		return ld_refused(t, token.at, "expected %s = …, here is %s", names[0], ld_here(t, here));
	}
	if (ld_next_char(t) == '=')
		ld_note(t->w, token.at, LDSCRIPT_NOTE_TOLERATED, "ld wants a blank between %.*s and '='",
			(int)token.n_bytes, token.text);
	r = ld_expect(t, "=", names[0]);
	return r < 0 ? r : ld_expression(t, ret);
}

static int region_named(struct ld_text *t, const struct ld_token *name, const char *attributes_text,
			const struct ld_expression *origin, const struct ld_expression *length)
{
	struct ld_work *w = t->w;
	uint32_t number = ld_region_name_of(w, name->text, name->n_bytes);

	if (number == NAMES_NONE)
		return ld_out_of_memory(w);
	uint32_t i = w->region_of_name[number];
	if (i != IMAGE_NONE) {
		ld_note(w, name->at, LDSCRIPT_NOTE_DEFECT,
			"region %.*s is there already, from line %" PRIu64
			"; this one"
			" counts",
			(int)MIN(name->n_bytes, (size_t)80), name->text, w->to->regions[i].at.line);
	} else {
		if (w->n_regions >= IMAGE_REGIONS_MAX)
			return diag_at(w->diag, name->at, -EINVAL, "more than %d regions; no board has that many",
				       IMAGE_REGIONS_MAX);
		i = (uint32_t)w->n_regions;
		if (!vec_add(w, regions) || !vec_add(w->to, regions))
			return ld_out_of_memory(w);
		w->region_of_name[number] = i;
	}
	w->regions[i] = (struct ld_region){ .name = number,
					    .origin = *origin,
					    .length = *length,
					    .origin_value = { .state = LD_WAITS_REGION, .what = number },
					    .length_value = { .state = LD_WAITS_REGION, .what = number } };
	w->to->regions[i] =
		(struct ldscript_region){ .name = ld_kept(t, name), .attributes = attributes_text, .at = name->at };
	return 0;
}

/* The name is taken. */
static int region(struct ld_text *t, const struct ld_token *name)
{
	static const char *const origins[3] = { "ORIGIN", "org", "o" }, *const lengths[3] = { "LENGTH", "len", "l" };
	struct ld_expression origin, length;
	const char *attributes_text = "";
	int r = ld_skip(t);

	if (r == 0 && ld_next_char(t) == '(') {
		struct place at = ld_place(t);
		const char *first = t->at + 1;
		r = ld_skip_brackets(t);
		if (r == 0 && !are_attributes(first, t->at - 1))
			r = ld_refused(t, at, "expected attributes of r, w, x, a, i, l and !, here is '%.*s'",
				       (int)MIN(t->at - first - 1, 40), first);
		if (r == 0)
			attributes_text = attributes(t, first, t->at - 1);
	}
	if (r == 0)
		r = ld_expect(t, ":", "the name of the region");
	if (r == 0)
		r = region_figure(t, origins, &origin);
	if (r == 0)
		r = ld_accept(t, ",");
	if (r >= 0)
		r = region_figure(t, lengths, &length);
	if (r == 0)
		r = region_named(t, name, attributes_text, &origin, &length);
	struct place comma = ld_place(t);
	if (r == 0)
		r = ld_accept(t, ",");
	if (r > 0)
		ld_note(t->w, comma, LDSCRIPT_NOTE_TOLERATED, "a comma that ld does not take");
	return MIN(r, 0);
}

/* Up to the closing brace, or the end of an included text. */
int ld_regions(struct ld_text *t)
{
	for (;;) {
		struct ld_token name;
		int r = ld_word(t, &name);
		if (r < 0)
			return r;
		if (!name.n_bytes && !name.quoted)
			return 0;
		r = ld_is(&name, "INCLUDE") ? ld_include_here(t, ld_regions) : region(t, &name);
		if (r < 0)
			return r;
	}
}

int ld_alias(struct ld_text *t)
{
	struct ld_work *w = t->w;
	struct ld_token name, of;
	int r = ld_expect(t, "(", "REGION_ALIAS");

	if (r == 0)
		r = ld_need_word(t, "a name in quotes", &name);
	if (r == 0)
		r = ld_expect(t, ",", "the alias");
	if (r == 0)
		r = ld_need_word(t, "the name of a region", &of);
	if (r == 0)
		r = ld_expect(t, ")", "the name of the region");
	if (r < 0)
		return r;
	uint32_t alias_number = ld_region_name_of(w, name.text, name.n_bytes);
	uint32_t number = ld_region_name_of(w, of.text, of.n_bytes);
	struct ldscript_alias *public = vec_add(w->to, aliases);
	if (alias_number == NAMES_NONE || number == NAMES_NONE || !public)
		return ld_out_of_memory(w);
	*public = (struct ldscript_alias){ .name = ld_kept(t, &name),
					   .at = name.at,
					   .region = w->region_of_name[number] };
	if (public->region == IMAGE_NONE)
		ld_note(w, of.at, LDSCRIPT_NOTE_DEFECT, "no region %.*s stands above this alias; ld stops here",
			(int)MIN(of.n_bytes, (size_t)80), of.text);
	if (w->region_of_name[alias_number] == IMAGE_NONE)
		w->region_of_name[alias_number] = public->region;
	else
		ld_note(w, name.at, LDSCRIPT_NOTE_DEFECT, "%.*s is a region already; the alias does not count",
			(int)MIN(name.n_bytes, (size_t)80), name.text);
	return 0;
}
