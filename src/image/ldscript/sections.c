/* Output sections: of each where it goes. */
#include <errno.h>
#include <string.h>

#include "ldscript/parse.h"

static int optional_brackets(struct ld_text *t)
{
	int r = ld_skip(t);

	return r == 0 && ld_next_char(t) == '(' ? ld_skip_brackets(t) : r;
}

/* "(NOLOAD)" and the like: true, and it is taken. "(0x2000)" is an address. */
static int section_type(struct ld_text *t, struct ldscript_section *s)
{
	static const char *const types[] = { "NOLOAD", "DSECT", "COPY", "INFO", "OVERLAY", "READONLY", "TYPE" };
	struct ld_text inner = *t;
	struct ld_token name;
	int r;

	inner.at++;
	r = ld_word(&inner, &name);
	if (r < 0 || !ld_is_one_of(&name, types, ARRAY_SIZE(types)))
		return r;
	s->type = ld_kept(t, &name);
	r = ld_skip_brackets(t);
	return r < 0 ? r : 1;
}

/* Address and type: all up to the colon. */
static int section_head(struct ld_text *t, struct ldscript_section *s)
{
	struct ld_expression address;
	struct ld_token name;
	int r = ld_skip(t);

	while (r == 0 && ld_next_char(t) != ':') {
		struct ld_text before = *t;
		if (t->at == t->end || strchr("{};", *t->at))
			return ld_expected(t,
					   "':' after the name of an output section; if this is a macro, run the C"
					   " preprocessor first");
		r = ld_next_char(t) == '(' ? section_type(t, s) : 0;
		if (r == 0) {
			r = ld_word(t, &name);
			if (r == 0 && ld_is(&name, "BIND"))
				r = optional_brackets(t);
			else if (r == 0)
				*t = before;
			if (r == 0 && t->at == before.at)
				r = ld_expression(t, &address);
		}
		if (r >= 0)
			r = ld_skip(t);
	}
	return r < 0 ? r : ld_expect(t, ":", "the name of the section");
}

/* AT(…), ALIGN(…), SUBALIGN(…) and single words, up to the brace. */
static int section_attributes(struct ld_text *t)
{
	static const char *const names[] = { "AT",         "ALIGN",      "SUBALIGN", "ALIGN_WITH_INPUT",
					     "ONLY_IF_RO", "ONLY_IF_RW", "SPECIAL",  "NOCROSSREFS" };
	int r = ld_skip(t);

	while (r == 0 && ld_next_char(t) != '{') {
		struct ld_token name;
		r = ld_word(t, &name);
		if (r == 0 && !ld_is_one_of(&name, names, ARRAY_SIZE(names))) {
			t->at = name.n_bytes ? name.text : t->at;
			return ld_expected(t, "'{' after ':'");
		}
		if (r == 0)
			r = optional_brackets(t);
		if (r == 0)
			r = ld_skip(t);
	}
	return r;
}

static int fill(struct ld_text *t, struct ldscript_section *s)
{
	int r = ld_skip(t);
	const char *first = t->at;

	if (r == 0 && ld_next_char(t) == '(')
		r = ld_skip_brackets(t);
	else
		while (t->at<t->end && * t->at> ' ' && !strchr(",}{/;", *t->at))
			t->at++;
	s->fill = arena_text(&t->w->to->arena, first, (size_t)(t->at - first));
	return r;
}

static int region_use(struct ld_text *t, const char **ret)
{
	struct ld_token name;
	int r = ld_need_word(t, "the name of a region after '>'", &name);

	if (r == 0 && ld_region_name_of(t->w, name.text, name.n_bytes) == NAMES_NONE)
		return ld_out_of_memory(t->w);
	if (r == 0)
		*ret = ld_kept(t, &name);
	return r;
}

/* > REGION AT> REGION :phdr =fill, in that order or less of it. */
static int section_tail(struct ld_text *t, struct ldscript_section *s)
{
	struct ld_token name;
	int r = 0;

	while (r == 0) {
		r = ld_skip(t);
		if (r < 0)
			return r;
		struct ld_text before = *t;
		switch (ld_next_char(t)) {
		case '>':
			t->at++;
			r = region_use(t, &s->region);
			break;
		case ':':
			t->at++;
			r = ld_need_word(t, "the name of a program header", &name);
			break;
		case '=':
			t->at++;
			r = fill(t, s);
			break;
		case ',':
			t->at++;
			return 0;
		case 'A':
			r = ld_word(t, &name);
			if (r == 0 && ld_is(&name, "AT"))
				r = ld_accept(t, ">");
			if (r < 0)
				return r;
			if (r == 0) { /* the next section may begin with an A */
				*t = before;
				return 0;
			}
			r = region_use(t, &s->load_region);
			break;
		default:
			return 0;
		}
	}
	return r;
}

static int body(struct ld_text *t) { return ld_statements(t, LD_IN_SECTION); }

static struct ldscript_section *add_section(struct ld_text *t, const struct ld_token *name)
{
	struct ldscript_section *s = vec_add(t->w->to, sections);

	if (s)
		*s = (struct ldscript_section){ .name = ld_kept(t, name),
						.type = "",
						.region = "",
						.load_region = "",
						.fill = "",
						.at = name->at };
	return s;
}

/* From the brace on. */
static int section_body(struct ld_text *t, size_t i_section)
{
	struct ldscript_section s = t->w->to->sections[i_section];
	int r;

	if (!ld_add_step(t->w, LD_SECTION_BEGIN))
		return ld_out_of_memory(t->w);
	r = ld_braces(t, "an output section", body);
	if (r == 0 && !ld_add_step(t->w, LD_SECTION_END))
		return ld_out_of_memory(t->w);
	if (r == 0)
		r = section_tail(t, &s);
	t->w->to->sections[i_section] = s;
	return r;
}

/* The name is taken. */
int ld_section(struct ld_text *t, const struct ld_token *name)
{
	size_t i_section = t->w->to->n_sections;
	struct ldscript_section *s = add_section(t, name);
	int r = s ? section_head(t, s) : ld_out_of_memory(t->w);

	if (r == 0)
		r = section_attributes(t);
	return r < 0 ? r : section_body(t, i_section);
}

static int overlay_sections(struct ld_text *t)
{
	for (;;) {
		struct ld_token name;
		int r = ld_word(t, &name);
		if (r < 0 || (!name.n_bytes && !name.quoted))
			return r;
		size_t i_section = t->w->to->n_sections;
		struct ldscript_section *s = add_section(t, &name);
		if (!s)
			return ld_out_of_memory(t->w);
		s->overlay = true;
		r = section_body(t, i_section);
		if (r < 0)
			return r;
	}
}

/* OVERLAY start : AT(…) { .a { … } .b { … } } > REGION: what comes behind it counts for each. */
int ld_overlay(struct ld_text *t)
{
	struct ldscript_section whole = { .region = "", .load_region = "", .fill = "" };
	size_t i_first = t->w->to->n_sections;
	int r = section_head(t, &whole);

	if (r == 0)
		r = section_attributes(t);
	if (r == 0)
		r = ld_braces(t, "OVERLAY", overlay_sections);
	if (r == 0)
		r = section_tail(t, &whole);
	for (size_t i = i_first; r == 0 && i < t->w->to->n_sections; i++) {
		struct ldscript_section *s = &t->w->to->sections[i];
		s->region = whole.region;
		s->load_region = whole.load_region;
		if (!*s->fill)
			s->fill = whole.fill;
	}
	return r;
}
