/* Statements of linker scripts (binutils ld/ldgram.y, 2.40). What places input sections is skipped; assignments are
 * taken wherever they stand. */
#include <errno.h>
#include <string.h>

#include "ldscript/parse.h"
#include "memprof/base/text.h"

bool ld_is(const struct ld_token *word, const char *name)
{
	return !word->quoted && word->n_bytes == strlen(name) && memcmp(word->text, name, word->n_bytes) == 0;
}

bool ld_is_one_of(const struct ld_token *word, const char *const *names, size_t n_names)
{
	for (size_t i = 0; i < n_names; i++)
		if (ld_is(word, names[i]))
			return true;
	return false;
}

char ld_next_char(const struct ld_text *t) { return t->at < t->end ? *t->at : '\0'; }

const char *ld_kept(struct ld_text *t, const struct ld_token *word)
{
	return arena_text(&t->w->to->arena, word->text, word->n_bytes);
}

int ld_expected(struct ld_text *t, const char *what)
{
	char here[40];

	return ld_refused(t, ld_place(t), "expected %s, here is %s", what, ld_here(t, here));
}

/* A word that must be there. */
int ld_need_word(struct ld_text *t, const char *what, struct ld_token *ret)
{
	int r = ld_word(t, ret);

	return r < 0 || ret->n_bytes || ret->quoted ? r : ld_expected(t, what);
}

/* ---- INCLUDE ---- */

static int parse_text(struct ld_work *w, const struct ldscript_text *text, int (*parse)(struct ld_text *t));

static int file_name(struct ld_text *t, struct ld_token *ret)
{
	int r = ld_skip(t);

	if (r < 0 || ld_next_char(t) == '"')
		return r < 0 ? r : ld_word(t, ret);
	*ret = (struct ld_token){ .text = t->at, .at = ld_place(t) };
	while (t->at<t->end && * t->at> ' ' && *t->at != ';') {
		if (*t->at == '$' && t->end - t->at > 1 && t->at[1] == '{')
			return ld_need_word(t, "the name of a file", ret); /* which says what is wrong */
		t->at++;
	}
	ret->n_bytes = (size_t)(t->at - ret->text);
	return ret->n_bytes ? 0 : ld_expected(t, "the name of a file after INCLUDE");
}

/* What is included must be whole statements of the place where it is. */
int ld_include_here(struct ld_text *t, int (*parse)(struct ld_text *t))
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
		if (ld_accept(t, assigners[i]) > 0) /* no comment is in the way any more */
			*ret = assigners[i];
	return 0;
}

struct ld_step *ld_add_step(struct ld_work *w, enum ld_step_kind kind)
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
	bool is_dot = ld_is(name, ".");
	uint32_t symbol = is_dot ? IMAGE_NONE : ld_symbol_of(w, name->text, name->n_bytes, name->at);
	struct ld_expression e;

	if (!is_dot && symbol == IMAGE_NONE)
		return ld_out_of_memory(w);
	int r = ld_assigned(t, symbol, sign, &e);
	if (r < 0)
		return r;
	struct ld_step *step = ld_add_step(w, is_dot ? LD_MOVE_DOT : LD_ASSIGN);
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
		r = ld_need_word(t, "the name of a symbol", &name);
	if (r == 0)
		r = ld_expect(t, "=", "the name of the symbol");
	if (r == 0)
		r = assign(t, &name, "=", !ld_is(keyword, "HIDDEN"));
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
		r = ld_need_word(t, "what ASSERT says, in quotes", &text);
	if (r == 0)
		r = ld_expect(t, ")", "the text of ASSERT");
	if (r < 0)
		return r;
	struct ld_step *step = ld_add_step(t->w, LD_ASSERT);
	if (!step)
		return ld_out_of_memory(t->w);
	step->e = e;
	step->text = ld_kept(t, &text);
	return 0;
}

/* ---- blocks ---- */

int ld_braces(struct ld_text *t, const char *keyword, int (*inside)(struct ld_text *t))
{
	int r = ld_expect(t, "{", keyword);
	struct place at = ld_place(t);

	at.col -= at.col > 1;
	if (r == 0)
		r = inside(t);
	if (r == 0)
		r = ld_skip(t);
	if (r == 0 && t->at == t->end)
		return ld_refused(t, at, "nothing closes this '{' of %s", keyword);
	if (r == 0 && *t->at != '}')
		return ld_expected(t, "a statement or '}'");
	t->at += r == 0;
	return r;
}

/* ---- all of them ---- */

static int sections(struct ld_text *t) { return ld_statements(t, LD_IN_SECTIONS); }

static int body(struct ld_text *t) { return ld_statements(t, LD_IN_SECTION); }

static int top(struct ld_text *t) { return ld_statements(t, LD_AT_TOP); }

/* INSERT AFTER .text; — the words, not the semicolon. */
static int insert(struct ld_text *t)
{
	struct ld_token name;
	int r = ld_need_word(t, "AFTER or BEFORE", &name);

	return r < 0 ? r : ld_need_word(t, "the name of a section", &name);
}

/* Statements that say nothing about memory. */
static bool is_skipped(const struct ld_token *name)
{
	static const char *const names[] = {
		"ENTRY",
		"OUTPUT_FORMAT",
		"OUTPUT_ARCH",
		"OUTPUT",
		"GROUP",
		"INPUT",
		"SEARCH_DIR",
		"STARTUP",
		"EXTERN",
		"TARGET",
		"NOCROSSREFS",
		"NOCROSSREFS_TO",
		"VERSION",
		"PHDRS",
		"FORCE_COMMON_ALLOCATION",
		"INHIBIT_COMMON_ALLOCATION",
		"FORCE_GROUP_ALLOCATION",
		"LD_FEATURE",
		"MAP",
		"HLL",
		"FLOAT",
		"NOFLOAT",
		"CREATE_OBJECT_SYMBOLS",
		"SORT",
		"CONSTRUCTORS",
		"AS_NEEDED",
		"LINKER_VERSION",
	};

	return ld_is_one_of(name, names, ARRAY_SIZE(names));
}

static int skipped(struct ld_text *t)
{
	int r = ld_skip(t);

	return r == 0 && (ld_next_char(t) == '(' || ld_next_char(t) == '{') ? ld_skip_brackets(t) : r;
}

/* What begins with a word, which is taken. */
static int statement(struct ld_text *t, enum ld_where where, const struct ld_token *name)
{
	static const char *const provides[] = { "PROVIDE", "PROVIDE_HIDDEN", "HIDDEN" };
	static int (*const parse[])(struct ld_text * t) = {
		[LD_AT_TOP] = top,
		[LD_IN_SECTIONS] = sections,
		[LD_IN_SECTION] = body,
	};
	const char *sign;
	int r = assigner(t, &sign);

	if (r < 0)
		return r;
	if (sign && ld_is(name, ".") && where == LD_AT_TOP)
		return diag_at(t->w->diag, name->at, -EINVAL, "'.' can be set inside SECTIONS only");
	if (sign)
		return assign(t, name, sign, false);
	if (ld_is_one_of(name, provides, ARRAY_SIZE(provides)))
		return provide(t, name);
	if (ld_is(name, "ASSERT"))
		return assertion(t);
	if (ld_is(name, "INCLUDE"))
		return ld_include_here(t, parse[where]);
	if (where == LD_IN_SECTION)
		return 0; /* of a pattern */
	if (where == LD_IN_SECTIONS && ld_is(name, "OVERLAY"))
		return ld_overlay(t);
	if (is_skipped(name))
		return skipped(t);
	if (where == LD_IN_SECTIONS)
		return ld_section(t, name);
	if (ld_is(name, "MEMORY"))
		return ld_braces(t, "MEMORY", ld_regions);
	if (ld_is(name, "SECTIONS"))
		return ld_braces(t, "SECTIONS", sections);
	if (ld_is(name, "REGION_ALIAS"))
		return ld_alias(t);
	if (ld_is(name, "INSERT"))
		return insert(t);
	return diag_at(t->w->diag, name->at, -EINVAL, "expected %s, here is '%.*s'",
		       name->text[0] == '.' ?
			       "SECTIONS around an output section; if another script includes this one, give that one" :
			       "a statement such as MEMORY, SECTIONS or NAME = …;",
		       (int)MIN(name->n_bytes, (size_t)40), name->text);
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
int ld_statements(struct ld_text *t, enum ld_where where)
{
	for (;;) {
		struct ld_token name;
		int r = ld_skip(t);
		if (r < 0 || t->at == t->end || (*t->at == '}' && where != LD_AT_TOP))
			return r;
		if (*t->at == ';' || (*t->at == ',' && where != LD_IN_SECTION)) {
			t->at++;
			continue;
		}
		r = where == LD_IN_SECTION ? ld_pattern(t, &name) : ld_word(t, &name);
		if (r == 0 && !name.n_bytes && !name.quoted)
			r = where == LD_IN_SECTION ? pattern(t) : ld_expected(t, "a statement");
		else if (r == 0)
			r = statement(t, where, &name);
		if (r < 0)
			return r;
	}
}

static int parse_text(struct ld_work *w, const struct ldscript_text *text, int (*parse)(struct ld_text *t))
{
	const char *name = arena_text(&w->to->arena, text->name, strlen(text->name)), *bytes = text->bytes;
	int r = ld_count_text(w, (struct place){ .file = name }, text->n_bytes);

	if (r < 0)
		return r;
	struct ld_text t = {
		.w = w, .at = bytes, .end = bytes + text->n_bytes, .line_start = bytes, .file = name, .line = 1
	};
	if (text_starts(bytes, text->n_bytes, "\xef\xbb\xbf"))
		t.line_start = t.at += 3;
	r = parse(&t);
	if (r == 0)
		r = ld_skip(&t);
	return r == 0 && t.at < t.end ? ld_expected(&t, "a statement") : r;
}

int ld_parse(struct ld_work *w, const struct ldscript_text *text) { return parse_text(w, text, top); }
