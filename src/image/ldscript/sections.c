/* Output sections: names and types. */
#include <string.h>

#include "ldscript/parts.h"

/* "(NOLOAD)" and the like are taken; "(0x2000)" is an address. */
static bool section_type(struct ld_reader *in, struct ldscript_section *s)
{
	static const char *const types[] = { "NOLOAD", "DSECT", "COPY", "INFO", "OVERLAY", "READONLY", "TYPE" };
	struct ld_reader inner = *in;

	inner.at++;
	struct ld_token name = ld_word(&inner);
	if (inner.error)
		ld_stop(in, inner.error);
	if (!ld_is_one_of(&name, types, ARRAY_SIZE(types)))
		return false;
	s->type = ld_keep(in, &name);
	ld_skip_brackets(in);
	return true;
}

/* BIND(…), or an address. */
static void section_address(struct ld_reader *in)
{
	struct ld_reader before = *in;
	struct ld_token name = ld_word(in);

	if (ld_is(&name, "BIND")) {
		ld_skip_arguments(in);
	} else if (!in->error) {
		*in = before;
		ld_expression(in);
	}
}

/* Address and type: everything up to the colon. */
static void section_head(struct ld_reader *in, struct ldscript_section *s)
{
	for (;;) {
		ld_skip(in);
		char c = ld_next_char(in);
		if (c == ':')
			break;
		if (!c || strchr("{};", c)) {
			ld_refuse_here(in,
				       "':' after the name of an output section; if this is a macro, run the C"
				       " preprocessor first");
			break;
		}
		if (c != '(' || !section_type(in, s))
			section_address(in);
	}
	ld_accept(in, ":");
}

/* AT(…), ALIGN(…), SUBALIGN(…) and single words, up to the brace. */
static void section_attributes(struct ld_reader *in)
{
	static const char *const names[] = { "AT",         "ALIGN",      "SUBALIGN", "ALIGN_WITH_INPUT",
					     "ONLY_IF_RO", "ONLY_IF_RW", "SPECIAL",  "NOCROSSREFS" };

	for (ld_skip(in); !in->error && ld_next_char(in) != '{'; ld_skip(in)) {
		struct ld_token name = ld_word(in);
		if (!in->error && !ld_is_one_of(&name, names, ARRAY_SIZE(names))) {
			in->at = name.n_bytes ? name.text : in->at;
			ld_refuse_here(in, "'{' after ':'");
		}
		ld_skip_arguments(in);
	}
}

static void fill(struct ld_reader *in)
{
	ld_skip(in);
	if (ld_next_char(in) == '(')
		ld_skip_brackets(in);
	else
		while (ld_next_char(in) > ' ' && !strchr(",}{/;", *in->at))
			in->at++;
}

static void region_use(struct ld_reader *in)
{
	struct ld_token name = ld_need_word(in, "the name of a region after '>'");

	if (ld_region_number(in->ctx, name.text, name.n_bytes) == IMAGE_NONE)
		ld_stop_no_memory(in);
}

/* "AT> REGION". The next section may begin with an A, too. */
static bool load_region(struct ld_reader *in)
{
	struct ld_reader before = *in;
	struct ld_token name = ld_word(in);

	if (ld_is(&name, "AT") && ld_accept(in, ">")) {
		region_use(in);
		return true;
	}
	if (!in->error)
		*in = before;
	return false;
}

/* > REGION AT> REGION :phdr =fill, each of them optional. */
static void section_tail(struct ld_reader *in)
{
	for (;;) {
		ld_skip(in);
		switch (ld_next_char(in)) {
		case '>':
			in->at++;
			region_use(in);
			break;
		case ':':
			in->at++;
			ld_need_word(in, "the name of a program header");
			break;
		case '=':
			in->at++;
			fill(in);
			break;
		case ',':
			in->at++;
			return;
		case 'A':
			if (!load_region(in))
				return;
			break;
		default:
			return;
		}
	}
}

static void body(struct ld_reader *in) { ld_statements(in, LD_IN_SECTION); }

/* From the brace on. */
static void section_body(struct ld_reader *in)
{
	ld_add_step(in, LD_SECTION_BEGIN);
	ld_braces(in, "an output section", body);
	ld_add_step(in, LD_SECTION_END);
	section_tail(in);
}

void ld_section(struct ld_reader *in, const struct ld_token *name)
{
	struct ldscript_section section = { .name = ld_keep(in, name), .type = "" };

	section_head(in, &section);
	if (!in->error && vec_push(in->ctx->script, sections, section) < 0)
		ld_stop_no_memory(in);
	section_attributes(in);
	section_body(in);
}

static void overlay_sections(struct ld_reader *in)
{
	for (;;) {
		struct ld_token name = ld_word(in);
		if (ld_is_empty(&name))
			return;
		section_body(in);
	}
}

/* OVERLAY start : AT(…) { .a { … } .b { … } } > REGION: the tail applies to each section. */
void ld_overlay(struct ld_reader *in)
{
	struct ldscript_section whole;

	section_head(in, &whole);
	section_attributes(in);
	ld_braces(in, "OVERLAY", overlay_sections);
	section_tail(in);
}
