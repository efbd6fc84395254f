/* Statements of linker scripts (binutils ld/ldgram.y, 2.40). The placement of input sections is skipped; assignments
 * are read everywhere. */
#include <errno.h>
#include <string.h>

#include "ldscript/parts.h"
#include "memprof/base/text.h"

/* ---- INCLUDE ---- */

static struct ld_token file_name(struct ld_reader *in)
{
	ld_skip(in);
	if (ld_next_char(in) == '"')
		return ld_word(in);
	struct ld_token name = { .text = in->at, .at = ld_place(in) };
	while (ld_next_char(in) > ' ' && *in->at != ';') {
		if (*in->at == '$' && in->end - in->at > 1 && in->at[1] == '{')
			return ld_need_word(in, "the name of a file"); /* which refuses the template */
		in->at++;
	}
	name.n_bytes = (size_t)(in->at - name.text);
	if (!name.n_bytes)
		ld_refuse_here(in, "the name of a file after INCLUDE");
	return name;
}

static void parse_text(struct ld_context *ctx, const struct ldscript_text *text, void (*parse)(struct ld_reader *in),
		       struct ld_reader *in)
{
	const char *name = arena_text(&ctx->script->arena, text->name, strlen(text->name));

	*in = (struct ld_reader){ .ctx = ctx,
				  .at = text->bytes,
				  .end = text->bytes + text->n_bytes,
				  .line_start = text->bytes,
				  .file = name,
				  .line = 1 };
	if (text->n_bytes > LDSCRIPT_TEXT_MAX_BYTES - ctx->n_text_bytes)
		ld_stop(in, diag_at(ctx->diag, (struct place){ .file = name }, -EFBIG,
				    "scripts of more than %d MiB together, included files among them",
				    LDSCRIPT_TEXT_MAX_BYTES >> 20));
	else
		ctx->n_text_bytes += text->n_bytes;
	if (text_starts(in->at, (size_t)(in->end - in->at), "\xef\xbb\xbf"))
		in->line_start = in->at += 3;
	parse(in);
	ld_skip(in);
	if (in->at < in->end)
		ld_refuse_here(in, "a statement");
}

static bool is_open(const struct ld_context *ctx, const char *name)
{
	for (const struct ld_open_file *o = ctx->open; o; o = o->outer)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

/* Asks the callback for a file. False: left out, with a note, or an error. */
static bool open_include(struct ld_reader *in, const struct ld_token *name, struct ldscript_text *ret)
{
	struct ld_context *ctx = in->ctx;
	struct diag diag = { .text = "" };
	const char *file = ld_keep(in, name);
	int r = -ENOENT;

	if (ctx->open->depth >= LDSCRIPT_INCLUDE_DEPTH_MAX)
		ld_refuse(in, name->at, "included more than %d deep", LDSCRIPT_INCLUDE_DEPTH_MAX);
	if (ctx->n_includes++ >= LDSCRIPT_INCLUDES_MAX)
		ld_refuse(in, name->at, "more than %d files are included", LDSCRIPT_INCLUDES_MAX);
	if (!in->error && ctx->options->include && strlen(file) == name->n_bytes)
		r = ctx->options->include(ctx->options->ctx, file, ctx->open->name, ret, &diag);
	if (in->error)
		return false;
	if (r == -ENOENT)
		ld_note(ctx, name->at, "%.200s not found: left out; -L adds a folder to search", file);
	else if (r < 0) /* the place in the file, or that of the INCLUDE */
		ld_stop(in, diag_at(ctx->diag, diag.at.line ? diag.at : name->at, r, "%.*s", (int)sizeof(diag.text) - 1,
				    diag.text));
	else if (is_open(ctx, ret->name))
		ld_refuse(in, name->at, "%.200s includes itself", ret->name);
	return r == 0 && !in->error;
}

void ld_include(struct ld_reader *in, void (*parse)(struct ld_reader *in))
{
	struct ld_context *ctx = in->ctx;
	const struct ld_open_file *outer = ctx->open;
	struct ldscript_text text = { 0 };
	struct ld_reader included;
	struct ld_token name = file_name(in);

	if (in->error || !open_include(in, &name, &text))
		return;
	struct ld_open_file open = { .name = text.name, .outer = outer, .depth = outer->depth + 1 };
	ctx->open = &open;
	parse_text(ctx, &text, parse, &included);
	ctx->open = outer;
	if (included.error)
		ld_stop(in, included.error);
}

/* ---- assignments ---- */

/* Takes the sign of an assignment if it is next; otherwise NULL. */
static const char *assigner(struct ld_reader *in)
{
	static const char *const signs[] = { "=", "+=", "-=", "*=", "/=", "<<=", ">>=", "&=", "|=", "^=" };

	ld_skip(in);
	for (size_t i = 0; in->at < in->end && strchr("=+-*/<>&|^", *in->at) && i < ARRAY_SIZE(signs); i++)
		if (ld_accept(in, signs[i]))
			return signs[i];
	return NULL;
}

struct ld_step *ld_add_step(struct ld_reader *in, enum ld_step_kind kind)
{
	struct ld_step *step = in->error ? NULL : vec_add(in->ctx, steps);

	if (step)
		step->kind = kind;
	else if (!in->error)
		ld_stop_no_memory(in);
	return step;
}

/* name and sign are taken. */
static void assign(struct ld_reader *in, const struct ld_token *name, const char *sign, bool provide)
{
	struct ld_context *ctx = in->ctx;
	bool is_dot = ld_is(name, ".");
	uint32_t symbol = is_dot ? IMAGE_NONE : ld_symbol_number(ctx, name->text, name->n_bytes, name->at);

	if (!is_dot && symbol == IMAGE_NONE)
		ld_stop_no_memory(in);
	struct ld_expression e = ld_assigned(in, symbol, sign);
	struct ld_step *step = ld_add_step(in, is_dot ? LD_MOVE_DOT : LD_ASSIGN);
	if (!step)
		return;
	step->symbol = symbol;
	step->e = e;
	step->e.at = name->at;
	step->provide = provide;
	step->compound = sign[1] != '\0';
	if (is_dot)
		return;
	struct ldscript_symbol *public = &ctx->script->symbols[symbol];
	public->assigned = true;
	public->at = name->at;
	ctx->symbols[symbol].n_plain += !provide;
	ctx->symbols[symbol].n_all++;
}

/* PROVIDE(name = …), HIDDEN(name = …); the word is taken. */
static void provide(struct ld_reader *in, const struct ld_token *keyword)
{
	ld_expect(in, "(", "PROVIDE or HIDDEN");
	struct ld_token name = ld_need_word(in, "the name of a symbol");
	ld_expect(in, "=", "the name of the symbol");
	assign(in, &name, "=", !ld_is(keyword, "HIDDEN"));
	ld_expect(in, ")", "the value");
}

/* The link checks it. */
static void assertion(struct ld_reader *in)
{
	ld_expect(in, "(", "ASSERT");
	ld_expression(in);
	ld_expect(in, ",", "the condition of ASSERT");
	ld_need_word(in, "the message of ASSERT, in quotes");
	ld_expect(in, ")", "the message of ASSERT");
}

/* ---- blocks ---- */

void ld_braces(struct ld_reader *in, const char *keyword, void (*inside)(struct ld_reader *in))
{
	ld_expect(in, "{", keyword);
	struct place at = ld_place(in);
	at.col -= at.col > 1;
	inside(in);
	ld_skip(in);
	if (in->at == in->end)
		ld_refuse(in, at, "nothing closes this '{' of %s", keyword);
	else if (*in->at != '}')
		ld_refuse_here(in, "a statement or '}'");
	else
		in->at++;
}

/* ---- statements ---- */

static void in_sections(struct ld_reader *in) { ld_statements(in, LD_IN_SECTIONS); }

static void in_section(struct ld_reader *in) { ld_statements(in, LD_IN_SECTION); }

static void at_top(struct ld_reader *in) { ld_statements(in, LD_AT_TOP); }

/* Statements without any effect on memory. */
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

static void skip_statement(struct ld_reader *in)
{
	ld_skip(in);
	if (ld_next_char(in) == '(' || ld_next_char(in) == '{')
		ld_skip_brackets(in);
}

/* INSERT AFTER .text; the semicolon is not taken. */
static void insert(struct ld_reader *in)
{
	ld_need_word(in, "AFTER or BEFORE");
	ld_need_word(in, "the name of a section");
}

static void refuse_statement(struct ld_reader *in, const struct ld_token *name)
{
	ld_refuse(in, name->at, "expected %s, found '%.*s'",
		  name->text[0] == '.' ?
			  "SECTIONS around an output section; if another script includes this one, give that one" :
			  "a statement such as MEMORY, SECTIONS or NAME = …;",
		  (int)MIN(name->n_bytes, (size_t)40), name->text);
}

/* A statement that begins with a word, which is taken. */
static void statement(struct ld_reader *in, enum ld_where where, const struct ld_token *name)
{
	static const char *const provides[] = { "PROVIDE", "PROVIDE_HIDDEN", "HIDDEN" };
	static void (*const parse[])(struct ld_reader * in) = {
		[LD_AT_TOP] = at_top,
		[LD_IN_SECTIONS] = in_sections,
		[LD_IN_SECTION] = in_section,
	};
	const char *sign = assigner(in);

	if (sign && ld_is(name, ".") && where == LD_AT_TOP)
		ld_refuse(in, name->at, "'.' can be set only inside SECTIONS");
	else if (sign)
		assign(in, name, sign, false);
	else if (ld_is_one_of(name, provides, ARRAY_SIZE(provides)))
		provide(in, name);
	else if (ld_is(name, "ASSERT"))
		assertion(in);
	else if (ld_is(name, "INCLUDE"))
		ld_include(in, parse[where]);
	else if (where == LD_IN_SECTION)
		; /* a part of a pattern */
	else if (where == LD_IN_SECTIONS && ld_is(name, "OVERLAY"))
		ld_overlay(in);
	else if (is_skipped(name))
		skip_statement(in);
	else if (where == LD_IN_SECTIONS)
		ld_section(in, name);
	else if (ld_is(name, "MEMORY"))
		ld_braces(in, "MEMORY", ld_regions);
	else if (ld_is(name, "SECTIONS"))
		ld_braces(in, "SECTIONS", in_sections);
	else if (ld_is(name, "REGION_ALIAS"))
		ld_alias(in);
	else if (ld_is(name, "INSERT"))
		insert(in);
	else
		refuse_statement(in, name);
}

/* A part of a body that begins with no word: brackets of patterns, signs between them. */
static void skip_pattern_sign(struct ld_reader *in)
{
	if (*in->at == '(' || *in->at == '{')
		ld_skip_brackets(in);
	else
		in->at++;
}

void ld_statements(struct ld_reader *in, enum ld_where where)
{
	for (;;) {
		ld_skip(in);
		if (in->at == in->end || (*in->at == '}' && where != LD_AT_TOP))
			return;
		if (*in->at == ';' || (*in->at == ',' && where != LD_IN_SECTION)) {
			in->at++;
			continue;
		}
		struct ld_token name = where == LD_IN_SECTION ? ld_pattern(in) : ld_word(in);
		if (in->error)
			return;
		if (!ld_is_empty(&name))
			statement(in, where, &name);
		else if (where == LD_IN_SECTION)
			skip_pattern_sign(in);
		else
			ld_refuse_here(in, "a statement");
	}
}

void ld_parse(struct ld_context *ctx, const struct ldscript_text *text, struct ld_reader *ret)
{
	parse_text(ctx, text, at_top, ret);
}
