/* What compilers wrote of the stack, given to the functions of the linked program. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/search.h"
#include "memprof/image/stack_usage.h"
#include "slice.h"

enum {
	CANDIDATES_MAX = 1024, /* functions of one name that are compared */
	NAME_MAX_BYTES = 4096, /* in which the end of a declaration is looked for */
};

/* A function of the image, by one of its names. */
struct known_name {
	struct image_slice name;
	uint32_t function;
	const struct image_symbol *symbol;
};

/* Of a function of the image: which of usage->functions it is. */
struct found {
	uint32_t usage;  /* IMAGE_NONE: none */
	bool is_unclear; /* several, which differ */
};

struct join {
	struct image *image;
	struct stack_usage *usage;        /* functions by input and name, calls by input, caller and callee */
	VEC(struct known_name, names);    /* as in the linker, sorted */
	VEC(struct known_name, readable); /* demangled, sorted */
	uint32_t *function_of;            /* of each of usage->functions: a number of image->functions, or IMAGE_NONE */
	struct found *found;              /* of each of image->functions */
};

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
	const struct known_name *x = a, *y = b;
	int order = slice_compare(x->name, y->name);

	return order ? order : x->function < y->function ? -1 : x->function > y->function;
}

static int list_names(struct join *j)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->image->n_symbols; i++) {
		const struct image_symbol *s = &j->image->symbols[i];
		uint32_t function = s->kind == 'f' ? image_function_at(j->image, s->address) : IMAGE_NONE;
		if (function == IMAGE_NONE)
			continue;
		r = vec_push(j, names, (struct known_name){ image_symbol_linkage(s), function, s });
		if (r == 0 && s->linkage.n_bytes)
			r = vec_push(j, readable, (struct known_name){ s->name, function, s });
	}
	if (j->n_names)
		qsort(j->names, j->n_names, sizeof(*j->names), by_name);
	if (j->n_readable)
		qsort(j->readable, j->n_readable, sizeof(*j->readable), by_name);
	return r;
}

/* ---- files ---- */

/* Without "./" and "../" at its beginning: it is as the compiler was given it, in some folder. */
static struct image_slice without_dots(struct image_slice path)
{
	while (slice_starts(path, "./") || slice_starts(path, "../")) {
		uint32_t n = path.text[1] == '/' ? 2 : 3;
		path = (struct image_slice){ path.text + n, path.n_bytes - n };
	}
	return path;
}

static bool is_separator(char c) { return c == '/' || c == '\\'; }

/* Whether one is the other, or the end of it from some folder on. */
static bool same_file(struct image_slice a, struct image_slice b)
{
	struct image_slice longer = without_dots(a.n_bytes > b.n_bytes ? a : b),
			   shorter = without_dots(a.n_bytes > b.n_bytes ? b : a);

	if (shorter.n_bytes > longer.n_bytes)
		return same_file(longer, shorter);
	uint32_t n = longer.n_bytes - shorter.n_bytes;
	return shorter.n_bytes && memcmp(longer.text + n, shorter.text, shorter.n_bytes) == 0 &&
	       (n == 0 || is_separator(longer.text[n - 1]));
}

/* Of a static function without debug information the ELF still names the source, as an object. Not known: it may be. */
static bool may_be_of_file(const struct image *image, const struct image_symbol *s, struct image_slice file)
{
	const char *path = s->file ? s->file : s->object != IMAGE_NONE ? image->objects[s->object].path : "";
	bool is_known = path[0] && path[0] != '*' && file.n_bytes;

	return !is_known || same_file(slice(path, path + strlen(path)), file);
}

/* "foo.constprop" is "foo.constprop.0" for the linker. */
static bool is_name(struct image_slice known, const struct stack_usage_function *f)
{
	uint32_t n = f->name.n_bytes;

	if (known.n_bytes == n)
		return true;
	if (f->by_linker || known.text[n] != '.')
		return false;
	while (++n < known.n_bytes && known.text[n] >= '0' && known.text[n] <= '9')
		;
	return n == known.n_bytes;
}

static bool starts_with(struct image_slice s, struct image_slice prefix)
{
	return s.n_bytes >= prefix.n_bytes && memcmp(s.text, prefix.text, prefix.n_bytes) == 0;
}

/* The only one of that name which may be of that file, or IMAGE_NONE. */
static uint32_t find(const struct join *j, const struct known_name *names, size_t n_names,
		     const struct stack_usage_function *f)
{
	size_t i = search_while(n_names, k, slice_compare(names[k].name, f->name) < 0);
	size_t end = MIN(n_names, i + CANDIDATES_MAX);
	uint32_t found = IMAGE_NONE;

	for (; i < end && starts_with(names[i].name, f->name); i++) {
		if (!is_name(names[i].name, f) || !may_be_of_file(j->image, names[i].symbol, f->file))
			continue;
		if (found != IMAGE_NONE && found != names[i].function)
			return IMAGE_NONE;
		found = names[i].function;
	}
	return found;
}

/* GCC writes "static int A::f(int)" into .su files: what stands behind one of the blanks is the name. */
static uint32_t find_declared(const struct join *j, const struct stack_usage_function *f)
{
	struct stack_usage_function rest = *f;
	const char *end = rest.name.text + MIN(rest.name.n_bytes, (uint32_t)NAME_MAX_BYTES);
	const char *parameters = memchr(rest.name.text, '(', (size_t)(end - rest.name.text));
	uint32_t found = IMAGE_NONE;

	if (rest.name.n_bytes > NAME_MAX_BYTES || !parameters)
		return IMAGE_NONE;
	for (;;) {
		found = find(j, j->readable, j->n_readable, &rest);
		const char *blank = memchr(rest.name.text, ' ', (size_t)(parameters - rest.name.text));
		if (found != IMAGE_NONE || !blank)
			return found;
		rest.name = slice(blank + 1, end);
	}
}

/* ---- calls of a file ---- */

static int compare_key(uint32_t input, struct image_slice name, uint32_t other_input, struct image_slice other_name)
{
	if (input != other_input)
		return input < other_input ? -1 : 1;
	return slice_compare(name, other_name);
}

static int by_input_and_name(const void *a, const void *b)
{
	const struct stack_usage_function *x = a, *y = b;

	return compare_key(x->input, x->name, y->input, y->name);
}

static int by_input_and_caller(const void *a, const void *b)
{
	const struct stack_usage_call *x = a, *y = b;
	int order = compare_key(x->input, x->caller, y->input, y->caller);

	return order ? order : slice_compare(x->callee, y->callee);
}

/* The calls of a function; *ret_n: how many. */
static const struct stack_usage_call *calls_of(const struct stack_usage *usage, const struct stack_usage_function *f,
					       size_t *ret_n)
{
	const struct stack_usage_call *calls = usage->calls;
	size_t n = usage->n_calls;
	size_t first = search_while(n, k, compare_key(calls[k].input, calls[k].caller, f->input, f->name) < 0);
	size_t end = search_while(n, k, compare_key(calls[k].input, calls[k].caller, f->input, f->name) <= 0);

	*ret_n = end - first;
	return n ? calls + first : NULL;
}

/* One that the same file defines, or else one by its name in the linker. */
static uint32_t callee_of(const struct join *j, const struct stack_usage_call *call)
{
	size_t n = j->usage->n_functions;
	const struct stack_usage_function *all = j->usage->functions;
	size_t i = search_while(n, k, compare_key(all[k].input, all[k].name, call->input, call->callee) < 0);
	bool is_here = i < n && compare_key(all[i].input, all[i].name, call->input, call->callee) == 0;
	struct stack_usage_function declared = { .name = call->callee, .file = SLICE(""), .by_linker = true };

	return is_here ? j->function_of[i] : call->is_local ? IMAGE_NONE : find(j, j->names, j->n_names, &declared);
}

/* ---- which is which ---- */

/* Inline functions and templates are in the files of all who use them, and there they are alike. */
static bool are_alike(const struct stack_usage *usage, const struct stack_usage_function *a,
		      const struct stack_usage_function *b)
{
	size_t n_a, n_b;
	const struct stack_usage_call *of_a = calls_of(usage, a, &n_a), *of_b = calls_of(usage, b, &n_b);
	bool alike = a->frame_bytes == b->frame_bytes && a->grows == b->grows &&
		     (n_a == n_b || !a->by_linker || !b->by_linker);

	for (size_t i = 0; alike && i < MIN(n_a, n_b); i++)
		alike = slice_same(of_a[i].callee, of_b[i].callee);
	return alike;
}

/* Of a .su and a .ci file of the same source the latter counts, as it has the calls. */
static void match(struct join *j)
{
	const struct stack_usage_function *all = j->usage->functions;

	for (size_t i = 0; i < j->image->n_functions; i++)
		j->found[i].usage = IMAGE_NONE;
	for (size_t i = 0; i < j->usage->n_functions; i++) {
		uint32_t n = find(j, j->names, j->n_names, &all[i]);
		if (n == IMAGE_NONE && !all[i].by_linker)
			n = find_declared(j, &all[i]);
		j->function_of[i] = n;
		if (n == IMAGE_NONE)
			continue;
		struct found *found = &j->found[n];
		found->is_unclear |= found->usage != IMAGE_NONE && !are_alike(j->usage, &all[found->usage], &all[i]);
		if (found->usage == IMAGE_NONE || all[i].by_linker)
			found->usage = (uint32_t)i;
	}
}

/* ---- frames and calls ---- */

/* The compiler has the whole frame, also where it uses a frame pointer. */
static void take_frame(struct image_function *f, const struct stack_usage_function *from)
{
	f->grows = from->grows || (from->by_clang && f->grows);
	if (f->frame_bytes == NOT_KNOWN || from->frame_bytes > f->frame_bytes)
		f->frame_bytes = from->frame_bytes;
}

static int take_calls(struct join *j, struct image_function *f, const struct stack_usage_function *from)
{
	size_t n;
	const struct stack_usage_call *calls = calls_of(j->usage, from, &n);
	int r = 0;

	f->calls_known = true;
	f->n_indirect = 0;
	f->n_calls = 0;
	f->i_call = (uint32_t)j->image->n_calls;
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (slice_is(calls[i].callee, "__indirect_call")) {
			f->n_indirect++;
			continue;
		}
		f->n_calls++;
		r = vec_push(j->image, calls, (struct image_call){ callee_of(j, &calls[i]), false });
	}
	return r;
}

static int take_all(struct join *j, struct stack_usage_found *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->image->n_functions; i++) {
		struct image_function *f = &j->image->functions[i];
		if (j->found[i].usage == IMAGE_NONE)
			continue;
		if (j->found[i].is_unclear) {
			ret->unclear++;
			continue;
		}
		const struct stack_usage_function *from = &j->usage->functions[j->found[i].usage];
		ret->n++;
		take_frame(f, from);
		if (from->by_linker && !f->calls_known)
			r = take_calls(j, f, from);
	}
	return r;
}

/* ---- all of it ---- */

static int join(struct join *j, struct stack_usage_found *ret)
{
	int r = list_names(j);

	if (r < 0)
		return r;
	if (j->usage->n_functions)
		qsort(j->usage->functions, j->usage->n_functions, sizeof(*j->usage->functions), by_input_and_name);
	if (j->usage->n_calls)
		qsort(j->usage->calls, j->usage->n_calls, sizeof(*j->usage->calls), by_input_and_caller);
	match(j);
	return take_all(j, ret);
}

int image_join_stack_usage(struct image *image, struct stack_usage *usage, struct stack_usage_found *ret)
{
	struct join j = {
		.image = image,
		.usage = usage,
		.function_of = malloc((usage->n_functions + 1) * sizeof(*j.function_of)),
		.found = calloc(image->n_functions + 1, sizeof(*j.found)),
	};

	*ret = (struct stack_usage_found){ 0 };
	int r = j.function_of && j.found ? join(&j, ret) : -ENOMEM;
	vec_deinit(&j, names);
	vec_deinit(&j, readable);
	free(j.function_of);
	free(j.found);
	return r;
}
