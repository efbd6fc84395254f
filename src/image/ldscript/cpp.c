/* The part of the C preprocessor that linker scripts use (OpenMV, mimxrt, ESP-IDF). Lines stay where they are, so
 * that places hold; an included text stands between line markers, which the lexer reads. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ldscript/cpp.h"
#include "ldscript/parts.h"
#include "memprof/base/text.h"

/* ---- does a text need it? ---- */

static const char *const directives[] = {
	"define", "undef",   "if",    "ifdef",   "ifndef", "elif", "else",
	"endif",  "include", "error", "warning", "pragma", "line",
};

static const char *past_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static size_t word_length(const char *p, const char *end)
{
	const char *first = p;

	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return (size_t)(p - first);
}

/* p: behind the '#'. ret is what follows the word. */
static const char *directive_of(const char *p, const char *end, const char **ret)
{
	p = past_blanks(p, end);
	size_t n_bytes = word_length(p, end);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (n_bytes != strlen(directives[i]) || memcmp(p, directives[i], n_bytes) != 0)
			continue;
		*ret = p + n_bytes;
		return directives[i];
	}
	return NULL;
}

bool ld_needs_cpp(const char *bytes, size_t n_bytes)
{
	const char *end = bytes + n_bytes, *rest;

	for (const char *p = bytes; p && p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *line_end = newline ? newline : end;
		const char *first = past_blanks(p, line_end);
		const char *name = first < line_end && *first == '#' ? directive_of(first + 1, line_end, &rest) : NULL;
		if (name && strcmp(name, "line") != 0) /* those are markers of one that ran already */
			return true;
		p = newline ? newline + 1 : NULL;
	}
	return false;
}

static struct place line_place(const struct cpp *c) { return (struct place){ .file = c->file, .line = c->line }; }

#define refused(c, ...) diag_at((c)->w->diag, line_place(c), -EINVAL, __VA_ARGS__)

/* ---- macros ---- */

static int define(struct cpp *c, const char *name, size_t n_name, const char *text, const char *end,
		  bool with_arguments)
{
	uint32_t number = names_add(&c->macro_names, name, n_name);

	if (number == NAMES_NONE)
		return ld_out_of_memory(c->w);
	if (number >= c->n_macros && !vec_add(c, macros))
		return ld_out_of_memory(c->w);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	text = past_blanks(text, end);
	c->macros[number] = (struct cpp_macro){ .text = arena_text(&c->w->to->arena, text, (size_t)(end - text)),
						.n_bytes = (size_t)(end - text),
						.defined = true,
						.with_arguments = with_arguments };
	return 0;
}

struct cpp_macro *cpp_macro_of(const struct cpp *c, const char *name, size_t n_bytes)
{
	uint32_t number = names_find(&c->macro_names, name, n_bytes);

	return number == NAMES_NONE || !c->macros[number].defined ? NULL : &c->macros[number];
}

/* ---- lines ---- */

struct cpp_lines { /* of one text */
	const char *at, *end;
	uint64_t line; /* of at */
};

/* Takes a comment, which becomes a blank. */
static int line_comment(struct cpp *c, struct cpp_lines *in, struct strbuf *out)
{
	struct place at = { .file = c->file, .line = in->line };

	for (in->at += 2; in->end - in->at > 1; in->at++) {
		in->line += *in->at == '\n';
		if (in->at[0] == '*' && in->at[1] == '/') {
			in->at += 2;
			strbuf_putc(out, ' ');
			return 0;
		}
	}
	return diag_at(c->w->diag, at, -EINVAL, "this comment has no end: expected */");
}

/* The next logical line: joined at backslashes and over comments. The newline is taken, not given. */
static int next_line(struct cpp *c, struct cpp_lines *in, struct strbuf *out)
{
	bool in_quotes = false;

	strbuf_reset(out);
	while (in->at < in->end) {
		size_t left = (size_t)(in->end - in->at);
		char ch = *in->at;
		if (text_starts(in->at, left, "\\\n") || text_starts(in->at, left, "\\\r\n")) {
			in->at += ch == '\\' && in->at[1] == '\r' ? 3 : 2;
			in->line++;
			continue;
		}
		if (ch == '\n') {
			in->at++;
			in->line++;
			break;
		}
		if (!in_quotes && text_starts(in->at, left, "/*")) {
			int r = line_comment(c, in, out);
			if (r < 0)
				return r;
			continue;
		}
		if (!in_quotes && text_starts(in->at, left, "//")) {
			const char *newline = memchr(in->at, '\n', left);
			in->at = newline ? newline : in->end;
			continue;
		}
		if (ch == '"')
			in_quotes = !in_quotes;
		strbuf_putc(out, ch);
		in->at++;
	}
	return strbuf_error(out) < 0 ? ld_out_of_memory(c->w) : 0;
}

/* ---- replacing ---- */

static int expand(struct cpp *c, const char *p, const char *end, unsigned depth, bool mark, struct strbuf *out);

static int expand_name(struct cpp *c, const char *name, size_t n_bytes, const char *rest, const char *end,
		       unsigned depth, bool mark, struct strbuf *out)
{
	struct cpp_macro *m = cpp_macro_of(c, name, n_bytes);

	if (!m || m->busy) {
		if (mark && depth && !isdigit((unsigned char)*name))
			strbuf_putc(out, CPP_GIVEN);
		strbuf_add(out, name, n_bytes);
		return 0;
	}
	rest = past_blanks(rest, end);
	if (m->with_arguments && (rest == end || *rest != '(')) {
		strbuf_add(out, name, n_bytes);
		return 0;
	}
	if (m->with_arguments)
		return refused(c,
			       "needs the C preprocessor: %.*s is a macro with arguments. Run cc -E -P"
			       " on the script and give what comes out",
			       (int)MIN(n_bytes, (size_t)80), name);
	if (depth >= LDSCRIPT_NESTING_MAX)
		return refused(c, "macros are nested more than %d deep", LDSCRIPT_NESTING_MAX);
	int r = ld_count_text(c->w, line_place(c), m->n_bytes + 1);
	if (r < 0)
		return r;
	m->busy = true;
	r = expand(c, m->text, m->text + m->n_bytes, depth + 1, mark, out);
	m->busy = false;
	return r;
}

/* Names by their macros; mark: names that come out of one are said to (cpp_condition). */
static int expand(struct cpp *c, const char *p, const char *end, unsigned depth, bool mark, struct strbuf *out)
{
	while (p < end) {
		const char *first = p;
		size_t n_bytes = word_length(p, end);
		int r = 0;
		if (n_bytes) {
			bool defined = mark && n_bytes == 7 && memcmp(p, "defined", 7) == 0;
			p += n_bytes;
			if (!defined) {
				r = expand_name(c, first, n_bytes, p, end, depth, mark, out);
			} else { /* its argument stays */
				while (p < end && (isspace((unsigned char)*p) || *p == '('))
					p++;
				p += word_length(p, end);
				strbuf_add(out, first, (size_t)(p - first));
			}
		} else if (*p == '"') {
			const char *close = memchr(p + 1, '"', (size_t)(end - p - 1));
			p = close ? close + 1 : end;
			strbuf_add(out, first, (size_t)(p - first));
		} else {
			strbuf_putc(out, *p++);
		}
		if (r < 0)
			return r;
	}
	return strbuf_error(out) < 0 ? ld_out_of_memory(c->w) : 0;
}

/* ---- directives ---- */

static bool is_live(const struct cpp *c) { return !c->n_levels || c->levels[c->n_levels - 1].live; }

static int condition(struct cpp *c, const char *p, const char *end, bool *ret)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	int r = expand(c, p, end, 0, true, &text);

	return r < 0 ? r : cpp_condition(c, strbuf_text(&text), text.n_bytes, ret);
}

static int macro_name(struct cpp *c, const char *directive, const char **p, const char *end, size_t *ret_bytes)
{
	*p = past_blanks(*p, end);
	*ret_bytes = word_length(*p, end);
	if (*ret_bytes && !isdigit((unsigned char)**p))
		return 0;
	return refused(c, "expected a name after #%s", directive);
}

/* #ifdef and #ifndef take what nobody gave as not there: that is how boards use them. */
static int open_if(struct cpp *c, const char *directive, const char *p, const char *end)
{
	bool outer_live = is_live(c), yes = false;
	size_t n_bytes;
	int r = 0;

	if (c->n_levels >= LDSCRIPT_NESTING_MAX)
		return refused(c, "#if nested more than %d deep", LDSCRIPT_NESTING_MAX);
	if (outer_live && directive[2] == '\0') {
		r = condition(c, p, end, &yes);
	} else if (outer_live) {
		r = macro_name(c, directive, &p, end, &n_bytes);
		if (r == 0)
			yes = (cpp_macro_of(c, p, n_bytes) != NULL) == (strcmp(directive, "ifdef") == 0);
	}
	if (r < 0)
		return r;
	struct cpp_level *level = vec_add(c, levels);
	if (!level)
		return ld_out_of_memory(c->w);
	*level = (struct cpp_level){ .live = yes, .was_live = yes, .outer_live = outer_live, .line = c->line };
	return 0;
}

static int other_branch(struct cpp *c, const char *directive, const char *p, const char *end, size_t n_outer)
{
	if (c->n_levels <= n_outer)
		return refused(c, "#%s without #if", directive);
	struct cpp_level *level = &c->levels[c->n_levels - 1];
	if (strcmp(directive, "endif") == 0) {
		c->n_levels--;
		return 0;
	}
	if (level->seen_else)
		return refused(c, "#%s after the #else of line %" PRIu64, directive, level->line);
	bool yes = level->outer_live && !level->was_live;
	level->live = false;
	if (strcmp(directive, "else") == 0) {
		level->seen_else = true;
	} else if (yes) {
		int r = condition(c, p, end, &yes);
		if (r < 0)
			return r;
	}
	level->live = yes;
	level->was_live |= yes;
	return 0;
}

static int read_text(struct cpp *c, const struct ldscript_text *text, bool directives_only, struct strbuf *out);

/* Of a header of C only what it defines is of use. */
static int include(struct cpp *c, const char *p, const char *end, struct strbuf *out)
{
	const struct ld_open *outer = c->w->open;
	const char *file = c->file;
	uint64_t line = c->line;
	struct ldscript_text text;
	struct ld_open open;

	p = past_blanks(p, end);
	char closing = p < end && *p == '<' ? '>' : '"';
	const char *close = p < end && (*p == '<' || *p == '"') ? memchr(p + 1, closing, (size_t)(end - p - 1)) : NULL;
	if (!close)
		return refused(c, "expected \"FILE\" after #include");
	int r = ld_include(c->w, line_place(c), p + 1, (size_t)(close - p - 1), &text, &open);
	if (r != 0)
		return MIN(r, 0);
	size_t n_name = strlen(text.name);
	c->w->open = &open;
	c->file = arena_text(&c->w->to->arena, text.name, n_name);
	strbuf_printf(out, "# 1 \"%s\"\n", c->file);
	r = read_text(c, &text, n_name > 2 && strcmp(text.name + n_name - 2, ".h") == 0, out);
	c->w->open = outer;
	c->file = file;
	c->line = line;
	strbuf_printf(out, "\n# %" PRIu64 " \"%s\"\n", line, file);
	return r;
}

static int directive(struct cpp *c, const char *name, const char *p, const char *end, size_t n_outer,
		     struct strbuf *out)
{
	size_t n_bytes;

	if (name[0] == 'i' && name[1] == 'f')
		return open_if(c, name, p, end);
	if (name[0] == 'e' && strcmp(name, "error") != 0)
		return other_branch(c, name, p, end, n_outer);
	if (!is_live(c))
		return 0;
	if (strcmp(name, "include") == 0)
		return include(c, p, end, out);
	if (strcmp(name, "define") == 0 || strcmp(name, "undef") == 0) {
		int r = macro_name(c, name, &p, end, &n_bytes);
		if (r < 0)
			return r;
		struct cpp_macro *m = cpp_macro_of(c, p, n_bytes);
		if (name[0] == 'd')
			return define(c, p, n_bytes, p + n_bytes, end, p + n_bytes < end && p[n_bytes] == '(');
		if (m)
			m->defined = false;
		return 0;
	}
	p = past_blanks(p, end);
	if (strcmp(name, "error") == 0)
		return refused(c, "#error %.*s", (int)MIN(end - p, 200), p);
	if (strcmp(name, "warning") == 0)
		ld_note(c->w, line_place(c), LDSCRIPT_NOTE_DEFECT, "#warning %.*s", (int)MIN(end - p, 200), p);
	return 0;
}

static int one_line(struct cpp *c, const struct strbuf *line, bool directives_only, size_t n_outer, struct strbuf *out)
{
	const char *bytes = strbuf_text(line), *end = bytes + line->n_bytes, *rest;
	const char *p = past_blanks(bytes, end);

	if (p < end && *p == '#') {
		const char *name = directive_of(p + 1, end, &rest);
		return name ? directive(c, name, rest, end, n_outer, out) : 0;
	}
	if (!is_live(c) || directives_only)
		return 0;
	return expand(c, bytes, end, 0, false, out);
}

static int read_text(struct cpp *c, const struct ldscript_text *text, bool directives_only, struct strbuf *out)
{
	CLEANUP(strbuf_deinit) struct strbuf line = STRBUF_INIT;
	struct cpp_lines in = { .at = text->bytes, .end = text->bytes + text->n_bytes, .line = 1 };
	size_t n_outer = c->n_levels;
	int r = ld_count_text(c->w, (struct place){ .file = c->file }, text->n_bytes);

	if (r == 0 && text_starts(text->bytes, text->n_bytes, "\xef\xbb\xbf"))
		in.at += 3;
	while (r == 0 && in.at < in.end) {
		c->line = in.line;
		r = next_line(c, &in, &line);
		if (r == 0)
			r = one_line(c, &line, directives_only, n_outer, out);
		for (uint64_t n = c->line; n < in.line; n++)
			strbuf_putc(out, '\n');
	}
	if (r == 0 && c->n_levels > n_outer) {
		c->line = c->levels[c->n_levels - 1].line;
		r = refused(c, "this #if has no #endif");
	}
	return r;
}

/* ---- all of it ---- */

static int read_defines(struct cpp *c)
{
	for (size_t i = 0; i < c->w->options->n_defines; i++) {
		const char *text = c->w->options->defines[i], *end = text + strlen(text);
		const char *sign = strchr(text, '='), *name_end = sign ? sign : end;
		if (word_length(text, name_end) != (size_t)(name_end - text) || name_end == text ||
		    isdigit((unsigned char)*text))
			return diag_at(c->w->diag, (struct place){ .file = "-D" }, -EINVAL,
				       "expected NAME or NAME=TEXT, here is '%.80s'", text);
		int r = sign ? define(c, text, (size_t)(sign - text), sign + 1, end, false) :
			       define(c, text, (size_t)(end - text), "1", &"1"[1], false);
		if (r < 0)
			return r;
	}
	return 0;
}

int ld_cpp(struct ld_work *w, const struct ldscript_text *text, struct strbuf *ret)
{
	struct cpp c = { .w = w, .file = arena_text(&w->to->arena, text->name, strlen(text->name)), .line = 1 };

	c.macro_names.arena = &w->to->arena;
	int r = read_defines(&c);
	if (r == 0)
		r = read_text(&c, text, false, ret);
	if (r == 0 && strbuf_error(ret) < 0)
		r = ld_out_of_memory(w);
	vec_deinit(&c, macros);
	vec_deinit(&c, levels);
	names_deinit(&c.macro_names);
	return r;
}
