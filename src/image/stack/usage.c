/* .su and .ci files.
 *
 *   main.c:12:5:main<TAB>48<TAB>static                                                 GCC
 *   main.c:12:main<TAB>48<TAB>dynamic,bounded                                          clang
 *
 *   graph: { title: "main.c"
 *   node: { title: "main.c:helper" label: "helper\nmain.c:3:5\n16 bytes (static)\n0 dynamic objects" }
 *   node: { title: "printf" label: "printf\n<built-in>" shape : ellipse }
 *   edge: { sourcename: "main.c:helper" targetname: "printf" label: "main.c:4:3" }
 *   }
 *
 * Titles are names as the linker has them, those of static functions behind their source. A node without bytes is of a
 * function that is only declared. */
#include <errno.h>

#include "memprof/image/stack_usage.h"
#include "slice.h"

#define NO_INPUT UINT32_MAX

/* ---- pieces of a line ---- */

/* Digits and what must follow them. NULL: they are not there. */
static const char *digits(const char *p, const char *end, char after)
{
	const char *begin = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > begin && p < end && *p == after ? p + 1 : NULL;
}

static bool read_bytes(struct image_slice text, uint64_t *ret)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < text.n_bytes; i++) {
		if (text.text[i] < '0' || text.text[i] > '9' || n > UINT32_MAX)
			return false;
		n = n * 10 + (uint64_t)(text.text[i] - '0');
	}
	*ret = n;
	return text.n_bytes > 0 && n <= UINT32_MAX;
}

/* What stands between a key and the next quotation mark: key "title: \"". Empty: it is not there. */
static struct image_slice quoted(struct image_slice line, const char *key)
{
	const char *end = line.text + line.n_bytes, *at = text_find(line.text, line.n_bytes, key);
	const char *begin = at ? at + strlen(key) : end, *quote = memchr(begin, '"', (size_t)(end - begin));

	return quote ? slice(begin, quote) : slice(begin, begin);
}

/* ---- .su ---- */

/* The first ":LINE:" or ":LINE:COLUMN:" divides them. */
static bool split_place(struct image_slice place, struct stack_usage_function *ret)
{
	const char *end = place.text + place.n_bytes;

	for (const char *p = place.text; p < end; p++) {
		const char *line_end = *p == ':' ? digits(p + 1, end, ':') : NULL;
		if (!line_end)
			continue;
		const char *column_end = digits(line_end, end, ':');
		ret->file = slice(place.text, p);
		ret->name = slice(column_end ? column_end : line_end, end);
		ret->by_clang = !column_end;
		return ret->name.n_bytes > 0;
	}
	return false;
}

static int read_su_line(struct stack_usage *usage, struct image_slice line)
{
	const char *end = line.text + line.n_bytes, *tab = memchr(line.text, '\t', line.n_bytes);
	const char *second = tab ? memchr(tab + 1, '\t', (size_t)(end - tab - 1)) : NULL;
	struct stack_usage_function f = { .input = NO_INPUT };

	if (!second || !split_place(slice(line.text, tab), &f) || !read_bytes(slice(tab + 1, second), &f.frame_bytes))
		return -EINVAL;
	struct image_slice kind = slice(second + 1, end);
	f.grows = slice_is(kind, "dynamic");
	if (!f.grows && !slice_is(kind, "static") && !slice_is(kind, "dynamic,bounded"))
		return -EINVAL;
	return vec_push(usage, functions, f);
}

/* ---- .ci ---- */

/* "main.c:helper" is a static function of main.c. */
static struct image_slice name_of_title(struct image_slice title, struct image_slice *ret_file)
{
	uint32_t i = title.n_bytes;

	while (i > 0 && title.text[i - 1] != ':')
		i--;
	*ret_file = (struct image_slice){ title.text, i ? i - 1 : 0 };
	return (struct image_slice){ title.text + i, title.n_bytes - i };
}

/* Of the label, the line "16 bytes (static)"; false: there is none. Lines end with the two characters "\n". */
static bool read_frame(struct image_slice label, struct stack_usage_function *f)
{
	const char *words = text_find(label.text, label.n_bytes, " bytes ("), *begin = words;

	while (begin && begin > label.text && begin[-1] >= '0' && begin[-1] <= '9')
		begin--;
	if (!words || !read_bytes(slice(begin, words), &f->frame_bytes))
		return false;
	f->grows = text_starts(words, (size_t)(label.text + label.n_bytes - words), " bytes (dynamic)");
	return true;
}

/* Of the label's second line, "main.c:3:5", the file. */
static struct image_slice file_of_label(struct image_slice label)
{
	const char *end = label.text + label.n_bytes, *first = text_find(label.text, label.n_bytes, "\\n");
	const char *begin = first ? first + 2 : end;

	for (const char *p = begin; p < end; p++)
		if (*p == ':' && digits(p + 1, end, ':'))
			return slice(begin, p);
	return slice(end, end);
}

static int read_node(struct stack_usage *usage, struct image_slice line)
{
	struct stack_usage_function f = { .by_linker = true, .input = usage->n_inputs };
	struct image_slice title = quoted(line, "title: \""), label = quoted(line, "label: \"");

	if (!title.n_bytes)
		return -EINVAL;
	f.name = name_of_title(title, &f.file);
	if (!f.file.n_bytes)
		f.file = file_of_label(label);
	return read_frame(label, &f) ? vec_push(usage, functions, f) : 0;
}

static int read_edge(struct stack_usage *usage, struct image_slice line)
{
	struct stack_usage_call c = { .input = usage->n_inputs };
	struct image_slice source = quoted(line, "sourcename: \""), target = quoted(line, "targetname: \""), file;

	if (!source.n_bytes || !target.n_bytes)
		return -EINVAL;
	c.caller = name_of_title(source, &file);
	c.callee = name_of_title(target, &file);
	c.is_local = file.n_bytes > 0;
	return vec_push(usage, calls, c);
}

static int read_ci_line(struct stack_usage *usage, struct image_slice line)
{
	return slice_starts(line, "node: {")  ? read_node(usage, line) :
	       slice_starts(line, "edge: {")  ? read_edge(usage, line) :
	       slice_starts(line, "graph: {") ? 0 :
	       slice_is(line, "}")            ? 0 :
						-EINVAL;
}

/* ---- all of it ---- */

int stack_usage_read(struct stack_usage *usage, const char *name, const char *bytes, size_t n_bytes, struct diag *diag)
{
	bool is_ci = text_starts(bytes, n_bytes, "graph: {");
	const char *end = bytes + n_bytes, *next;
	unsigned n_line = 1;

	for (const char *p = bytes; p < end; p = next, n_line++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline ? newline : end;
		next = newline ? newline + 1 : end;
		if (stop > p && stop[-1] == '\r')
			stop--;
		int r = p == stop ? 0 :
			is_ci     ? read_ci_line(usage, slice(p, stop)) :
				    read_su_line(usage, slice(p, stop));
		if (r == -EINVAL)
			return diag_at(diag, (struct place){ .file = name, .line = n_line }, r,
				       "expected a line of -fstack-usage (.su) or -fcallgraph-info=su (.ci)");
		if (r < 0)
			return diag_set(diag, r, "out of memory");
	}
	usage->n_inputs++;
	return 0;
}

void stack_usage_deinit(struct stack_usage *usage)
{
	vec_deinit(usage, functions);
	vec_deinit(usage, calls);
}
