/* Statements of linker scripts (binutils ld/ldgram.y, 2.40). What places input sections is skipped; assignments are
 * taken wherever they stand. */
#include <errno.h>
#include <string.h>

#include "ldscript_parts.h"
#include "memprof/text.h"

enum where { AT_TOP, IN_SECTIONS, IN_SECTION };

static int statements(struct ld_text *t, enum where where);

static bool is(const struct ld_token *word, const char *name)
{
	return !word->quoted && word->n_bytes == strlen(name) && memcmp(word->text, name, word->n_bytes) == 0;
}

static bool is_one_of(const struct ld_token *word, const char *const *names, size_t n_names)
{
	for (size_t i = 0; i < n_names; i++)
		if (is(word, names[i]))
			return true;
	return false;
}

static char next_char(const struct ld_text *t)
{
	return t->at < t->end ? *t->at : '\0';
}

static const char *kept(struct ld_text *t, const struct ld_token *word)
{
	return arena_text(&t->w->to->arena, word->text, word->n_bytes);
}

static int expected(struct ld_text *t, const char *what)
{
	char here[40];

	return diag_at(t->w->diag, ld_place(t), -EINVAL, "expected %s, here is %s", what, ld_here(t, here));
}

/* A word that must be there. */
static int word(struct ld_text *t, const char *what, struct ld_token *ret)
{
	int r = ld_word(t, ret);

	return r < 0 || ret->n_bytes || ret->quoted ? r : expected(t, what);
}

/* ---- INCLUDE ---- */

static int parse_text(struct ld_work *w, const struct ldscript_text *text, int (*parse)(struct ld_text *t));

static int file_name(struct ld_text *t, struct ld_token *ret)
{
	int r = ld_skip(t);

	if (r < 0 || next_char(t) == '"')
		return r < 0 ? r : ld_word(t, ret);
	*ret = (struct ld_token){ .text = t->at, .at = ld_place(t) };
	while (t->at < t->end && *t->at > ' ' && *t->at != ';') {
		if (*t->at == '$' && t->end - t->at > 1 && t->at[1] == '{')
			return word(t, "the name of a file", ret);      /* which says what is wrong */
		t->at++;
	}
	ret->n_bytes = (size_t)(t->at - ret->text);
	return ret->n_bytes ? 0 : expected(t, "the name of a file after INCLUDE");
}

/* What is included must be whole statements of the place where it is. */
static int include(struct ld_text *t, int (*parse)(struct ld_text *t))
{
	struct ld_work *w = t->w;
	const struct ld_open *outer = w->open;
	struct ldscript_text text;
	struct ld_open open;
	struct ld_token name;
	int r = file_name(t, &name);

	if (r == 0)
		r = ld_include(w, name.at, name.text, name.n_bytes, &text, &open);
	if (r != 0)
		return r < 0 ? r : 0;
	w->open = &open;
	r = parse_text(w, &text, parse);
	w->open = outer;
	return r;
}

/* ---- assignments ---- */

static const char *const assigners[] = { "=", "+=", "-=", "*=", "/=", "<<=", ">>=", "&=", "|=", "^=" };

/* Takes the sign of an assignment, if one comes next; else *ret is NULL. */
static int assigner(struct ld_text *t, const char **ret)
{
	int r = ld_skip(t);

	*ret = NULL;
	if (r < 0 || t->at == t->end || !strchr("=+-*/<>&|^", *t->at))
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(assigners) && !*ret; i++)
		if (ld_accept(t, assigners[i]) > 0)     /* no comment is in the way any more */
			*ret = assigners[i];
	return 0;
}

static struct ld_step *add_step(struct ld_work *w, enum ld_step_kind kind)
{
	struct ld_step *step = vec_add(w, steps);

	if (step)
		step->kind = kind;
	return step;
}

/* name and sign are taken. */
static int assign(struct ld_text *t, const struct ld_token *name, const char *sign, bool provide)
{
	struct ld_work *w = t->w;
	bool is_dot = is(name, ".");
	uint32_t symbol = is_dot ? IMAGE_NONE : ld_symbol_of(w, name->text, name->n_bytes, name->at);
	struct ld_expression e;

	if (!is_dot && symbol == IMAGE_NONE)
		return ld_out_of_memory(w);
	int r = ld_assigned(t, symbol, sign, &e);
	if (r < 0)
		return r;
	struct ld_step *step = add_step(w, is_dot ? LD_MOVE_DOT : LD_ASSIGN);
	if (!step)
		return ld_out_of_memory(w);
	step->symbol = symbol;
	step->e = e;
	step->e.at = name->at;
	step->provide = provide;
	step->compound = sign[1] != '\0';
	if (is_dot)
		return 0;
	struct ldscript_symbol *public = &w->to->symbols[symbol];
	public->assigned = true;
	public->at = name->at;
	w->symbols[symbol].n_plain += !provide;
	w->symbols[symbol].n_all++;
	return 0;
}

/* PROVIDE(name = …), HIDDEN(name = …); the word is taken. */
static int provide(struct ld_text *t, const struct ld_token *keyword)
{
	struct ld_token name;
	int r = ld_expect(t, "(", "PROVIDE or HIDDEN");

	if (r == 0)
		r = word(t, "the name of a symbol", &name);
	if (r == 0)
		r = ld_expect(t, "=", "the name of the symbol");
	if (r == 0)
		r = assign(t, &name, "=", !is(keyword, "HIDDEN"));
	return r < 0 ? r : ld_expect(t, ")", "the value");
}

static int assertion(struct ld_text *t)
{
	struct ld_token text;
	struct ld_expression e;
	int r = ld_expect(t, "(", "ASSERT");

	if (r == 0)
		r = ld_expression(t, &e);
	if (r == 0)
		r = ld_expect(t, ",", "what ASSERT is to hold");
	if (r == 0)
		r = word(t, "what ASSERT says, in quotes", &text);
	if (r == 0)
		r = ld_expect(t, ")", "the text of ASSERT");
	if (r < 0)
		return r;
	struct ld_step *step = add_step(t->w, LD_ASSERT);
	if (!step)
		return ld_out_of_memory(t->w);
	step->e = e;
	step->text = kept(t, &text);
	return 0;
}

/* ---- MEMORY ---- */

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
		told = is(&token, names[i]);
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
		return diag_at(t->w->diag, token.at, -EINVAL, "expected %s = …, here is %s", names[0], ld_here(t, here));
	}
	if (next_char(t) == '=')
		ld_note(t->w, token.at, LDSCRIPT_NOTE_TOLERATED, "ld wants a blank between %.*s and '='", (int)token.n_bytes,
			token.text);
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
		ld_note(w, name->at, LDSCRIPT_NOTE_DEFECT, "region %.*s is there already, from line %llu; this one counts",
			(int)MIN(name->n_bytes, (size_t)80), name->text, (unsigned long long)w->to->regions[i].at.line);
	} else {
		if (w->n_regions >= IMAGE_REGIONS_MAX)
			return diag_at(w->diag, name->at, -EINVAL, "more than %d regions; no script of a board has that many",
				       IMAGE_REGIONS_MAX);
		i = (uint32_t)w->n_regions;
		if (!vec_add(w, regions) || !vec_add(w->to, regions))
			return ld_out_of_memory(w);
		w->region_of_name[number] = i;
	}
	w->regions[i] = (struct ld_region){ .name = number, .origin = *origin, .length = *length,
					    .origin_value = { .state = LD_WAITS_REGION, .what = number },
					    .length_value = { .state = LD_WAITS_REGION, .what = number } };
	w->to->regions[i] = (struct ldscript_region){ .name = kept(t, name), .attributes = attributes_text,
						      .at = name->at };
	return 0;
}

/* The name is taken. */
static int region(struct ld_text *t, const struct ld_token *name)
{
	static const char *const origins[3] = { "ORIGIN", "org", "o" }, *const lengths[3] = { "LENGTH", "len", "l" };
	struct ld_expression origin, length;
	const char *attributes_text = "";
	int r = ld_skip(t);

	if (r == 0 && next_char(t) == '(') {
		struct place at = ld_place(t);
		const char *first = t->at + 1;
		r = ld_skip_brackets(t);
		if (r == 0 && !are_attributes(first, t->at - 1))
			r = diag_at(t->w->diag, at, -EINVAL, "expected attributes of r, w, x, a, i, l and !, here is '%.*s'",
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
static int regions(struct ld_text *t)
{
	for (;;) {
		struct ld_token name;
		int r = ld_word(t, &name);
		if (r < 0)
			return r;
		if (!name.n_bytes && !name.quoted)
			return 0;
		r = is(&name, "INCLUDE") ? include(t, regions) : region(t, &name);
		if (r < 0)
			return r;
	}
}

static int braces(struct ld_text *t, const char *keyword, int (*inside)(struct ld_text *t))
{
	int r = ld_expect(t, "{", keyword);
	struct place at = ld_place(t);

	at.col--;
	if (r == 0)
		r = inside(t);
	if (r == 0)
		r = ld_skip(t);
	if (r == 0 && t->at == t->end)
		return diag_at(t->w->diag, at, -EINVAL, "nothing closes this '{' of %s", keyword);
	if (r == 0 && *t->at != '}')
		return expected(t, "a statement or '}'");
	t->at += r == 0;
	return r;
}

static int alias(struct ld_text *t)
{
	struct ld_work *w = t->w;
	struct ld_token name, of;
	int r = ld_expect(t, "(", "REGION_ALIAS");

	if (r == 0)
		r = word(t, "a name in quotes", &name);
	if (r == 0)
		r = ld_expect(t, ",", "the alias");
	if (r == 0)
		r = word(t, "the name of a region", &of);
	if (r == 0)
		r = ld_expect(t, ")", "the name of the region");
	if (r < 0)
		return r;
	uint32_t alias_number = ld_region_name_of(w, name.text, name.n_bytes);
	uint32_t number = ld_region_name_of(w, of.text, of.n_bytes);
	struct ldscript_alias *public = vec_add(w->to, aliases);
	if (alias_number == NAMES_NONE || number == NAMES_NONE || !public)
		return ld_out_of_memory(w);
	*public = (struct ldscript_alias){ .name = kept(t, &name), .region = w->region_of_name[number], .at = name.at };
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

/* ---- SECTIONS ---- */

static int optional_brackets(struct ld_text *t)
{
	int r = ld_skip(t);

	return r == 0 && next_char(t) == '(' ? ld_skip_brackets(t) : r;
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
	if (r < 0 || !is_one_of(&name, types, ARRAY_SIZE(types)))
		return r;
	s->type = kept(t, &name);
	r = ld_skip_brackets(t);
	return r < 0 ? r : 1;
}

/* Address and type: all up to the colon. */
static int section_head(struct ld_text *t, struct ldscript_section *s)
{
	struct ld_expression address;
	struct ld_token name;
	int r = ld_skip(t);

	while (r == 0 && next_char(t) != ':') {
		struct ld_text before = *t;
		if (t->at == t->end || strchr("{};", *t->at))
			return expected(t, "':' after the name of an output section; if this is a macro, run the C preprocessor"
					   " first");
		r = next_char(t) == '(' ? section_type(t, s) : 0;
		if (r == 0) {
			r = ld_word(t, &name);
			if (r == 0 && is(&name, "BIND"))
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
	static const char *const names[] = { "AT", "ALIGN", "SUBALIGN", "ALIGN_WITH_INPUT", "ONLY_IF_RO", "ONLY_IF_RW",
					     "SPECIAL", "NOCROSSREFS" };
	int r = ld_skip(t);

	while (r == 0 && next_char(t) != '{') {
		struct ld_token name;
		r = ld_word(t, &name);
		if (r == 0 && !is_one_of(&name, names, ARRAY_SIZE(names))) {
			t->at = name.n_bytes ? name.text : t->at;
			return expected(t, "'{' after ':'");
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

	if (r == 0 && next_char(t) == '(')
		r = ld_skip_brackets(t);
	else
		while (t->at < t->end && *t->at > ' ' && !strchr(",}{/;", *t->at))
			t->at++;
	s->fill = arena_text(&t->w->to->arena, first, (size_t)(t->at - first));
	return r;
}

static int region_use(struct ld_text *t, const char **ret)
{
	struct ld_token name;
	int r = word(t, "the name of a region after '>'", &name);

	if (r == 0 && ld_region_name_of(t->w, name.text, name.n_bytes) == NAMES_NONE)
		return ld_out_of_memory(t->w);
	if (r == 0)
		*ret = kept(t, &name);
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
		switch (next_char(t)) {
		case '>':
			t->at++;
			r = region_use(t, &s->region);
			break;
		case ':':
			t->at++;
			r = word(t, "the name of a program header", &name);
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
			if (r == 0 && is(&name, "AT"))
				r = ld_accept(t, ">");
			if (r < 0)
				return r;
			if (r == 0) {           /* the next section may begin with an A */
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

static int body(struct ld_text *t)
{
	return statements(t, IN_SECTION);
}

static struct ldscript_section *add_section(struct ld_text *t, const struct ld_token *name)
{
	struct ldscript_section *s = vec_add(t->w->to, sections);

	if (s)
		*s = (struct ldscript_section){ .name = kept(t, name), .type = "", .region = "", .load_region = "",
						.fill = "", .at = name->at };
	return s;
}

/* From the brace on. */
static int section_body(struct ld_text *t, size_t i_section)
{
	struct ldscript_section s = t->w->to->sections[i_section];
	int r;

	if (!add_step(t->w, LD_SECTION_BEGIN))
		return ld_out_of_memory(t->w);
	r = braces(t, "an output section", body);
	if (r == 0 && !add_step(t->w, LD_SECTION_END))
		return ld_out_of_memory(t->w);
	if (r == 0)
		r = section_tail(t, &s);
	t->w->to->sections[i_section] = s;
	return r;
}

/* The name is taken. */
static int section(struct ld_text *t, const struct ld_token *name)
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
static int overlay(struct ld_text *t)
{
	struct ldscript_section whole = { .region = "", .load_region = "", .fill = "" };
	size_t i_first = t->w->to->n_sections;
	int r = section_head(t, &whole);

	if (r == 0)
		r = section_attributes(t);
	if (r == 0)
		r = braces(t, "OVERLAY", overlay_sections);
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

/* ---- all of them ---- */

static int sections(struct ld_text *t)
{
	return statements(t, IN_SECTIONS);
}

static int top(struct ld_text *t)
{
	return statements(t, AT_TOP);
}

/* INSERT AFTER .text; — the words, not the semicolon. */
static int insert(struct ld_text *t)
{
	struct ld_token name;
	int r = word(t, "AFTER or BEFORE", &name);

	return r < 0 ? r : word(t, "the name of a section", &name);
}

/* Statements that say nothing about memory. */
static bool is_skipped(const struct ld_token *name)
{
	static const char *const names[] = {
		"ENTRY", "OUTPUT_FORMAT", "OUTPUT_ARCH", "OUTPUT", "GROUP", "INPUT", "SEARCH_DIR", "STARTUP", "EXTERN", "TARGET",
		"NOCROSSREFS", "NOCROSSREFS_TO", "VERSION", "PHDRS", "FORCE_COMMON_ALLOCATION", "INHIBIT_COMMON_ALLOCATION",
		"FORCE_GROUP_ALLOCATION", "LD_FEATURE", "MAP", "HLL", "FLOAT", "NOFLOAT", "CREATE_OBJECT_SYMBOLS",
		"SORT", "CONSTRUCTORS", "AS_NEEDED", "LINKER_VERSION",
	};

	return is_one_of(name, names, ARRAY_SIZE(names));
}

static int skipped(struct ld_text *t)
{
	int r = ld_skip(t);

	return r == 0 && (next_char(t) == '(' || next_char(t) == '{') ? ld_skip_brackets(t) : r;
}

/* What begins with a word, which is taken. */
static int statement(struct ld_text *t, enum where where, const struct ld_token *name)
{
	static const char *const provides[] = { "PROVIDE", "PROVIDE_HIDDEN", "HIDDEN" };
	static int (*const parse[])(struct ld_text *t) = { [AT_TOP] = top, [IN_SECTIONS] = sections, [IN_SECTION] = body };
	const char *sign;
	int r = assigner(t, &sign);

	if (r < 0)
		return r;
	if (sign && is(name, ".") && where == AT_TOP)
		return diag_at(t->w->diag, name->at, -EINVAL, "'.' can be set inside SECTIONS only");
	if (sign)
		return assign(t, name, sign, false);
	if (is_one_of(name, provides, ARRAY_SIZE(provides)))
		return provide(t, name);
	if (is(name, "ASSERT"))
		return assertion(t);
	if (is(name, "INCLUDE"))
		return include(t, parse[where]);
	if (where == IN_SECTION)
		return 0;               /* of a pattern */
	if (where == IN_SECTIONS && is(name, "OVERLAY"))
		return overlay(t);
	if (is_skipped(name))
		return skipped(t);
	if (where == IN_SECTIONS)
		return section(t, name);
	if (is(name, "MEMORY"))
		return braces(t, "MEMORY", regions);
	if (is(name, "SECTIONS"))
		return braces(t, "SECTIONS", sections);
	if (is(name, "REGION_ALIAS"))
		return alias(t);
	if (is(name, "INSERT"))
		return insert(t);
	t->at = name->text - name->quoted;
	return expected(t, name->text[0] == '.' ? "SECTIONS around an output section; if another script includes this one,"
			   " give that one" : "a statement such as MEMORY, SECTIONS or NAME = …;");
}

/* What of a body begins with no word: brackets of patterns, signs between them. */
static int pattern(struct ld_text *t)
{
	if (*t->at == '(' || *t->at == '{')
		return ld_skip_brackets(t);
	t->at++;
	return 0;
}

/* Up to a closing brace, or the end of the text. */
static int statements(struct ld_text *t, enum where where)
{
	for (;;) {
		struct ld_token name;
		int r = ld_skip(t);
		if (r < 0 || t->at == t->end || (*t->at == '}' && where != AT_TOP))
			return r;
		if (*t->at == ';' || (*t->at == ',' && where != IN_SECTION)) {
			t->at++;
			continue;
		}
		r = where == IN_SECTION ? ld_pattern(t, &name) : ld_word(t, &name);
		if (r == 0 && !name.n_bytes && !name.quoted)
			r = where == IN_SECTION ? pattern(t) : expected(t, "a statement");
		else if (r == 0)
			r = statement(t, where, &name);
		if (r < 0)
			return r;
	}
}

static int parse_text(struct ld_work *w, const struct ldscript_text *text, int (*parse)(struct ld_text *t))
{
	CLEANUP(strbuf_deinit) struct strbuf after_cpp = STRBUF_INIT;
	const char *bytes = text->bytes;
	size_t n_bytes = text->n_bytes;
	const char *name = arena_text(&w->to->arena, text->name, strlen(text->name));
	int r = 0;

	if (w->options->n_defines || ld_needs_cpp(bytes, n_bytes)) {
		r = ld_cpp(w, text, &after_cpp);
		bytes = strbuf_text(&after_cpp);
		n_bytes = after_cpp.n_bytes;
	} else {
		r = ld_count_text(w, (struct place){ .file = name }, n_bytes);
	}
	if (r < 0)
		return r;
	struct ld_text t = { .w = w, .at = bytes, .end = bytes + n_bytes, .line_start = bytes, .file = name, .line = 1 };
	if (text_starts(bytes, n_bytes, "\xef\xbb\xbf"))
		t.line_start = t.at += 3;
	r = parse(&t);
	if (r == 0)
		r = ld_skip(&t);
	return r == 0 && t.at < t.end ? expected(&t, "a statement") : r;
}

int ld_parse(struct ld_work *w, const struct ldscript_text *text)
{
	return parse_text(w, text, top);
}
