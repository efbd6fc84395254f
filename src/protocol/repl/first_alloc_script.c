/* Where a program defines a function, and how a call of the hook gets in there without moving a line. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/base/vec.h"
#include "memprof/protocol/first_alloc_hook.h"
#include "memprof/protocol/instrument.h"
#include "repl/def_parameters.h"
#include "repl/script_lines.h"

enum { NAMES_MAX = 16, EDITS_MAX = 64, TAB_COLUMNS = 8 /* py/lexer.c */ };

static const char hook[] = FIRST_ALLOC_HOOK_NAME "a";

enum edit_kind {
	EDIT_DECORATOR, /* in place of a free line */
	EDIT_CALL,      /* the same, after the body */
	EDIT_BEFORE,    /* before a statement on that line */
};

struct edit {
	const char *line; /* NULL: behind the last one */
	enum edit_kind kind;
	const char *indent;
	size_t n_indent;
};

/* A line that is free has nothing but blanks or a comment. */
struct search {
	struct script_lines lines;
	const char *file;
	uint64_t i_line; /* from 1 */
	struct diag *diag;
	struct first_alloc_target *target;
	const char *names[NAMES_MAX]; /* of the function's, the last one its own */
	size_t n_names[NAMES_MAX], n;
	const char *free;      /* the last free line since a statement; NULL */
	const char *decorated; /* the same, before the first decorator */
	bool has_decorators;
	unsigned class_columns[NAMES_MAX]; /* of the classes that it is in, … */
	size_t n_classes;
	bool is_blocked; /* … and of a class or function that it is not in */
	unsigned blocked_columns;
	bool is_open; /* a def was found, and no place for the call yet: */
	struct edit after;
	unsigned open_columns;
	uint64_t i_open_line;
	VEC(struct edit, edits);
};

/* ---- the name ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int split_name(struct search *s, const char *name)
{
	const char *p = name;

	for (;;) {
		const char *begin = p;
		while (script_is_word(*p))
			p++;
		if (p == begin || is_digit(*begin) || s->n == NAMES_MAX || (*p && *p != '.') ||
		    strlen(name) >= FIRST_ALLOC_NAME_BYTES)
			return diag_set(s->diag, -EINVAL,
					"'%.40s' is no function; expected its name: loop, Class.method or module.func",
					name);
		s->names[s->n] = begin;
		s->n_names[s->n++] = (size_t)(p - begin);
		if (!*p++)
			return 0;
	}
}

static bool is_name(const struct search *s, size_t i, const char *word, size_t n)
{
	return s->n_names[i] == n && memcmp(s->names[i], word, n) == 0;
}

/* ---- places ---- */

static struct place here(const struct search *s, uint64_t i_line)
{
	return (struct place){ .file = s->file, .line = i_line };
}

static int add_edit(struct search *s, struct edit edit)
{
	if (s->n_edits == EDITS_MAX)
		return diag_at(s->diag, here(s, s->i_line), -EINVAL, "%s() is defined more than %d times",
			       s->target->name, EDITS_MAX);
	return vec_push(s, edits, edit);
}

/* A def is over, before a statement, or at the end (NULL). */
static int close_def(struct search *s, const char *line, const char *p, const char *end, unsigned columns)
{
	struct edit edit = s->after;

	s->is_open = false;
	if (s->free) {
		edit.line = s->free;
		s->free = NULL; /* a decorator of the next def needs another one */
		return add_edit(s, edit);
	}
	edit.line = line;
	if (line && (columns != s->open_columns || script_is_compound(p, end)))
		return diag_at(s->diag, here(s, s->i_open_line), -EINVAL,
			       "cannot instrument %s(): add an empty line before or after it", s->target->name);
	if (line)
		edit.kind = EDIT_BEFORE;
	return add_edit(s, edit);
}

/* ---- definitions ---- */

static bool has_same_parameters(const struct first_alloc_target *a, const struct first_alloc_target *b)
{
	return a->n_parameters == b->n_parameters && a->n_required == b->n_required &&
	       memcmp(a->parameters, b->parameters, sizeof(a->parameters)) == 0;
}

static int take_def(struct search *s, const char *line, const char *p, unsigned columns)
{
	struct first_alloc_target found = *s->target;
	struct edit edit = { .kind = EDIT_DECORATOR, .indent = line, .n_indent = (size_t)(p - line) };
	int r = def_parameters_read(p + 3, s->lines.end, here(s, s->i_line), &found, s->diag);

	if (r < 0)
		return r;
	found.in_program = true;
	if (s->target->in_program && !has_same_parameters(&found, s->target))
		return diag_at(s->diag, here(s, s->i_line), -EINVAL,
			       "%s() is defined more than once, with other parameters", found.name);
	*s->target = found;
	edit.line = s->has_decorators && s->decorated ? s->decorated : s->free;
	if (edit.line)
		return add_edit(s, edit);
	s->is_open = true;
	s->after = edit;
	s->after.kind = EDIT_CALL;
	s->open_columns = columns;
	s->i_open_line = s->i_line;
	return 0;
}

static void block(struct search *s, unsigned columns)
{
	s->is_blocked = true;
	s->blocked_columns = columns;
}

/* A class or a function begins at p. */
static int take_scope(struct search *s, const char *line, const char *p, const char *end, unsigned columns)
{
	bool is_class = script_word_is(p, end, "class"), is_async = script_word_is(p, end, "async");
	const char *word = script_skip_blanks(p + (is_class ? 5 : is_async ? 5 : 3), end), *stop;

	if (is_async)
		word = script_word_is(word, end, "def") ? script_skip_blanks(word + 3, end) : end;
	for (stop = word; stop < end && script_is_word(*stop);)
		stop++;
	bool is_it = s->n_classes < s->n && is_name(s, s->n_classes, word, (size_t)(stop - word));
	bool is_last = s->n_classes + 1 == s->n;
	if (is_class && is_it && !is_last) {
		s->class_columns[s->n_classes++] = columns;
		return 0;
	}
	if (is_async && word == end) /* async for, async with */
		return 0;
	block(s, columns);
	if (is_class || !is_it || !is_last)
		return 0;
	if (is_async)
		return diag_at(s->diag, here(s, s->i_line), -EINVAL,
			       "%s() is an async function: its body runs after the call, by the event loop",
			       s->target->name);
	return take_def(s, line, p, columns);
}

static bool mentions(const struct search *s, const char *p, const char *end)
{
	while (p < end) {
		const char *word = p;
		while (p < end && script_is_word(*p))
			p++;
		if (is_name(s, s->n - 1, word, (size_t)(p - word)))
			return true;
		p += p == word;
	}
	return false;
}

/* A def of another function beside it, which does nothing with it: the next place is as good. */
static bool may_wait(const struct search *s, const char *p, const char *end, unsigned columns)
{
	return !s->free && columns == s->open_columns && script_word_is(p, end, "def") &&
	       !script_is_inside(&s->lines) && !mentions(s, p, end);
}

static int take_statement(struct search *s, const char *line, const char *p, const char *end, unsigned columns)
{
	int r = 0;

	if (s->is_open && columns <= s->open_columns && !may_wait(s, p, end, columns))
		r = close_def(s, line, p, end, columns);
	if (s->is_blocked && columns <= s->blocked_columns)
		s->is_blocked = false;
	if (s->is_blocked || r < 0)
		return r;
	while (s->n_classes > 0 && columns <= s->class_columns[s->n_classes - 1])
		s->n_classes--;
	if (*p == '@') {
		if (!s->has_decorators)
			s->decorated = s->free;
		s->has_decorators = true;
		return 0;
	}
	if (script_word_is(p, end, "def") || script_word_is(p, end, "class") || script_word_is(p, end, "async"))
		r = take_scope(s, line, p, end, columns);
	s->has_decorators = false;
	return r;
}

static unsigned columns_of(const char *line, const char *p)
{
	unsigned n = 0;

	for (; line < p; line++)
		n = *line == '\t' ? n / TAB_COLUMNS * TAB_COLUMNS + TAB_COLUMNS : n + 1;
	return n;
}

static int find_function(struct search *s)
{
	const char *line, *end;
	int r = 0;

	while (r == 0 && script_next_line(&s->lines, &line, &end)) {
		bool inside = script_is_inside(&s->lines);
		const char *p = script_skip_blanks(line, end);
		s->i_line++;
		script_scan_line(&s->lines, p, end);
		if (inside)
			continue;
		if (p == end || *p == '#') {
			s->free = line;
			continue;
		}
		r = take_statement(s, line, p, end, columns_of(line, p));
		s->free = NULL;
	}
	return r == 0 && s->is_open ? close_def(s, NULL, NULL, NULL, 0) : r;
}

/* ---- the copy ---- */

static void put_edit(struct strbuf *out, const struct search *s, const struct edit *edit)
{
	size_t n = s->n_names[s->n - 1];
	const char *name = s->names[s->n - 1];

	strbuf_add(out, edit->indent, edit->n_indent);
	if (edit->kind == EDIT_DECORATOR)
		strbuf_printf(out, "@%s", hook);
	else
		strbuf_printf(out, "%.*s=%s(%.*s)%s", (int)n, name, hook, (int)n, name,
			      edit->kind == EDIT_BEFORE ? ";" : "");
}

static void copy(struct strbuf *out, const struct search *s, const char *text, size_t n_bytes)
{
	struct script_lines lines = script_lines_of(text, n_bytes);
	const char *line, *end;
	size_t i = 0;

	while (script_next_line(&lines, &line, &end)) {
		const struct edit *edit = i < s->n_edits && s->edits[i].line == line ? &s->edits[i] : NULL;
		if (edit)
			put_edit(out, s, edit);
		if (edit && edit->kind == EDIT_BEFORE)
			line = script_skip_blanks(line, end);
		if (!edit || edit->kind == EDIT_BEFORE)
			strbuf_add(out, line, (size_t)(end - line));
		strbuf_putc(out, '\n');
		i += edit != NULL;
	}
	if (i < s->n_edits) {
		put_edit(out, s, &s->edits[i]);
		strbuf_putc(out, '\n');
	}
}

/* Its module is there as soon as the program begins, so that "from module import func" gets the wrapper. */
static int begin_with_module(struct strbuf *out, const char *text, size_t n_bytes, struct search *s)
{
	if (s->n == 1)
		return diag_at(s->diag, (struct place){ .file = s->file }, -EINVAL,
			       "it has no function %s(); name one of a module as module.func", s->target->name);
	s->target->n_parameters = FIRST_ALLOC_PARAMETERS_MAX;
	if (instrument_begin(out, text, n_bytes, FIRST_ALLOC_HOOK_NAME "a(1)") > 0)
		return 0;
	return diag_at(s->diag, (struct place){ .file = s->file }, -EINVAL,
		       "it has neither a function %s() nor a statement that could import its module", s->target->name);
}

int first_alloc_script(struct strbuf *out, const char *text, size_t n_bytes, const char *file, const char *name,
		       struct first_alloc_target *ret, struct diag *diag)
{
	struct search s = { .lines = script_lines_of(text, n_bytes), .file = file, .diag = diag, .target = ret };

	*ret = (struct first_alloc_target){ .in_program = false };
	int r = split_name(&s, name);
	if (r == 0) {
		memcpy(ret->name, name, strlen(name));
		r = find_function(&s);
	}
	if (r == 0 && ret->in_program)
		copy(out, &s, text, n_bytes);
	else if (r == 0)
		r = begin_with_module(out, text, n_bytes, &s);
	vec_deinit(&s, edits);
	return r;
}
