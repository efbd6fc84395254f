#include "memprof/analysis/first_alloc.h"

#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

void first_alloc_init(struct first_alloc *a, const char *script, const char *function)
{
	*a = (struct first_alloc){
		.script = script, .function = function, .n_calls = NOT_KNOWN, .n_raised = NOT_KNOWN
	};
}

void first_alloc_deinit(struct first_alloc *a)
{
	vec_deinit(a, lines);
	arena_deinit(&a->arena);
}

/* ---- tracebacks ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What is sent to a prompt has no name of its own. */
static const char *file_name(struct first_alloc *a, const char *text, size_t n)
{
	if (n == strlen("<stdin>") && memcmp(text, "<stdin>", n) == 0)
		return base_name(a->script);
	return arena_text(&a->arena, text, n);
}

/* The last one in a text; NULL. */
static const char *find_last(const char *text, size_t n, const char *needle)
{
	const char *found = NULL, *end = text + n, *p = text;

	while ((p = text_find(p, (size_t)(end - p), needle)))
		found = p++;
	return found;
}

/*   File "main.py", line 14, in read */
static bool read_line(struct first_alloc *a, const char *line, size_t n, struct first_alloc_line *ret)
{
	static const char begin[] = "  File \"", middle[] = "\", line ", function[] = ", in ";
	const char *end = line + n;

	if (!text_starts(line, n, begin))
		return false;
	const char *file = line + strlen(begin), *after = find_last(file, (size_t)(end - file), middle);
	const char *p = after ? number_scan(after + strlen(middle), end, &ret->line) : NULL;
	if (!p)
		return false;
	ret->file = file_name(a, file, (size_t)(after - file));
	ret->function = "";
	if (text_starts(p, (size_t)(end - p), function))
		ret->function = arena_text(&a->arena, p + strlen(function), (size_t)(end - p) - strlen(function));
	return ret->file && ret->function;
}

struct traceback {
	struct first_alloc_line lines[FIRST_ALLOC_LINES_MAX]; /* the innermost last, as they come */
	size_t n;
	const char *last; /* its last line: the exception */
	size_t n_last;
	bool has_wrapper; /* before all of them */
};

/* Of deep ones the innermost. */
static void push(struct traceback *t, const struct first_alloc_line *line)
{
	if (t->n == FIRST_ALLOC_LINES_MAX)
		memmove(t->lines, t->lines + 1, --t->n * sizeof(t->lines[0]));
	t->lines[t->n++] = *line;
}

static void read_traceback(struct first_alloc *a, const char *text, size_t n_bytes, const char *wrapper,
			   struct traceback *ret)
{
	const char *end = text + n_bytes;

	*ret = (struct traceback){ .n = 0 };
	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text)), *stop = lf ? lf : end;
		struct first_alloc_line call;
		while (stop > text && stop[-1] == '\r')
			stop--;
		if (!read_line(a, text, (size_t)(stop - text), &call)) {
			ret->last = stop > text ? text : ret->last;
			ret->n_last = stop > text ? (size_t)(stop - text) : ret->n_last;
		} else if (strncmp(call.function, wrapper, strlen(wrapper)) == 0) {
			ret->has_wrapper |= ret->n == 0;
		} else {
			push(ret, &call);
		}
		text = lf ? lf + 1 : end;
	}
}

static int add_lines(struct first_alloc *a, const struct traceback *t)
{
	int r = 0;

	for (size_t i = t->n; i-- > 0 && r == 0;)
		r = vec_push(a, lines, t->lines[i]);
	return r;
}

/* ---- the allocation ---- */

/* The board keeps the two innermost lines, so the function may not be among them. */
int first_alloc_found(struct first_alloc *a, const char *traceback, size_t n_bytes, const char *wrapper)
{
	const char *dot = strrchr(a->function, '.'), *own = dot ? dot + 1 : a->function;
	struct first_alloc_line function = { .file = "", .function = own };
	struct traceback t;

	a->is_found = true;
	read_traceback(a, traceback, n_bytes, wrapper, &t);
	a->exception = arena_text(&a->arena, t.last ? t.last : "", t.n_last);
	a->is_exception = !text_starts(t.last ? t.last : "", t.n_last, "MemoryError");
	int r = add_lines(a, &t);
	bool is_whole = t.n > 0 && (t.has_wrapper || strcmp(t.lines[0].function, own) == 0);
	a->has_gap = t.n > 0 && !is_whole;
	if (r == 0 && !is_whole)
		r = vec_push(a, lines, function);
	a->n_inside = a->n_lines;
	return r < 0 ? r : arena_error(&a->arena);
}

int first_alloc_called_by(struct first_alloc *a, const char *traceback, size_t n_bytes, const char *wrapper)
{
	struct traceback t;

	read_traceback(a, traceback, n_bytes, wrapper, &t);
	int r = add_lines(a, &t);
	return r < 0 ? r : arena_error(&a->arena);
}

const char *first_alloc_doubt(const struct first_alloc *a)
{
	if (a->fault.text[0])
		return a->fault.text;
	if (a->is_found)
		return NULL;
	if (a->n_calls == NOT_KNOWN)
		return "its calls are not known, as the board did not answer after the program";
	if (a->n_calls == 0)
		return "the program never called it";
	return a->n_raised >= a->n_calls ? "an exception ended each of its calls" : NULL;
}

bool first_alloc_doubtful(const struct first_alloc *a, struct diag *ret)
{
	const char *doubt = first_alloc_doubt(a);
	struct place at = { .file = a->script };

	if (doubt && a->fault.text[0] && a->fault.at.file)
		*ret = a->fault;
	else if (doubt && a->fault.text[0])
		diag_at(ret, at, -EINVAL, "%s", doubt);
	else if (doubt)
		diag_at(ret, at, -EINVAL, "%s(): %s", a->function, doubt);
	return doubt != NULL;
}

/* ---- words ---- */

void first_alloc_place(struct strbuf *out, const struct first_alloc_line *line)
{
	if (line->line)
		strbuf_printf(out, "%s:%" PRIu64 " ", line->file, line->line);
	strbuf_puts(out, line->function[0] ? line->function : "?");
}

void first_alloc_chain(struct strbuf *out, const struct first_alloc *a)
{
	static const char arrow[] = " <- ", gap[] = "...";

	for (size_t i = 0; i < a->n_lines; i++) {
		if (i > 0)
			strbuf_puts(out, arrow);
		if (a->has_gap && i + 1 == a->n_inside)
			strbuf_printf(out, "%s%s", gap, arrow);
		first_alloc_place(out, &a->lines[i]);
	}
}
