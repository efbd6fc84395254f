/* What compilers wrote of the stack, given to the functions of the linked program. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/search.h"
#include "memprof/image/stack_usage.h"
#include "slice.h"

enum { CANDIDATES_MAX = 64 }; /* functions of one name that are compared */

/* A function of the image, by one of its names. */
struct known_name {
	struct image_slice name;
	uint32_t function;
	const struct image_symbol *symbol;
};

struct join {
	struct image *image;
	struct stack_usage *usage;      /* functions by input and name, calls by input, caller and callee */
	VEC(struct known_name, names);  /* as in the linker, sorted */
	VEC(struct known_name, spoken); /* as people write them, sorted */
	uint32_t *function_of;          /* of each of usage->functions: a number of image->functions, or IMAGE_NONE */
	bool *is_found, *has_calls;     /* of each of image->functions */
};

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
	const struct known_name *x = a, *y = b;
	int order = slice_compare(x->name, y->name);

	return order ? order : x->function < y->function ? -1 : x->function > y->function;
}

static struct image_slice linkage_of(const struct image_symbol *s) { return s->linkage.n_bytes ? s->linkage : s->name; }

static int list_names(struct join *j)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->image->n_symbols; i++) {
		const struct image_symbol *s = &j->image->symbols[i];
		uint32_t function = s->kind == 'f' ? image_function_at(j->image, s->address) : IMAGE_NONE;
		if (function == IMAGE_NONE)
			continue;
		r = vec_push(j, names, (struct known_name){ linkage_of(s), function, s });
		if (r == 0 && s->linkage.n_bytes)
			r = vec_push(j, spoken, (struct known_name){ s->name, function, s });
	}
	if (j->n_names)
		qsort(j->names, j->n_names, sizeof(*j->names), by_name);
	if (j->n_spoken)
		qsort(j->spoken, j->n_spoken, sizeof(*j->spoken), by_name);
	return r;
}

static struct image_slice base_name(struct image_slice path)
{
	uint32_t i = path.n_bytes;

	while (i > 0 && path.text[i - 1] != '/' && path.text[i - 1] != '\\')
		i--;
	return (struct image_slice){ path.text + i, path.n_bytes - i };
}

/* Of a static function without debug information the ELF still names the source, as an object. */
static bool is_of_file(const struct image *image, const struct image_symbol *s, struct image_slice file)
{
	const char *path = s->file ? s->file : s->object != IMAGE_NONE ? image->objects[s->object].path : "";

	return slice_same(base_name(slice(path, path + strlen(path))), base_name(file));
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

/* The only one of a name; of several static functions that of the source. */
static uint32_t find(const struct join *j, const struct known_name *names, size_t n_names,
		     const struct stack_usage_function *f)
{
	size_t i = search_while(n_names, k, slice_compare(names[k].name, f->name) < 0);
	uint32_t found = IMAGE_NONE, of_file = IMAGE_NONE;
	size_t n_found = 0, end = MIN(n_names, i + CANDIDATES_MAX);

	for (; i < end && starts_with(names[i].name, f->name); i++) {
		if (!is_name(names[i].name, f))
			continue;
		found = names[i].function;
		n_found++;
		if (is_of_file(j->image, names[i].symbol, f->file))
			of_file = found;
	}
	return n_found == 1 ? found : of_file;
}

/* GCC writes "static int A::f(int)" into .su files: what stands behind one of the blanks is the name. */
static uint32_t find_spoken(const struct join *j, const struct stack_usage_function *f)
{
	struct stack_usage_function rest = *f;
	uint32_t found = IMAGE_NONE;

	while (found == IMAGE_NONE && rest.name.n_bytes) {
		const char *blank = memchr(rest.name.text, ' ', rest.name.n_bytes);
		const char *parameters = memchr(rest.name.text, '(', rest.name.n_bytes);
		found = find(j, j->spoken, j->n_spoken, &rest);
		if (!blank || (parameters && parameters < blank))
			break;
		rest.name = slice(blank + 1, rest.name.text + rest.name.n_bytes);
	}
	return found;
}

/* ---- frames ---- */

static void take_frames(struct join *j)
{
	for (size_t i = 0; i < j->usage->n_functions; i++) {
		const struct stack_usage_function *f = &j->usage->functions[i];
		uint32_t n = find(j, j->names, j->n_names, f);
		if (n == IMAGE_NONE && !f->by_linker)
			n = find_spoken(j, f);
		j->function_of[i] = n;
		if (n == IMAGE_NONE)
			continue;
		struct image_function *of = &j->image->functions[n];
		j->is_found[n] = true;
		of->grows |= f->grows;
		if (of->frame_bytes == NOT_KNOWN || f->frame_bytes > of->frame_bytes)
			of->frame_bytes = f->frame_bytes;
	}
}

/* ---- calls ---- */

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

static int take_calls_of(struct join *j, const struct stack_usage_function *from, struct image_function *f)
{
	const struct stack_usage_call *calls = j->usage->calls;
	size_t n = j->usage->n_calls;
	size_t i = search_while(n, k, compare_key(calls[k].input, calls[k].caller, from->input, from->name) < 0);
	int r = 0;

	f->calls_known = true;
	f->n_indirect = 0;
	f->n_calls = 0;
	f->i_call = (uint32_t)j->image->n_calls;
	for (; r == 0 && i < n && compare_key(calls[i].input, calls[i].caller, from->input, from->name) == 0; i++) {
		if (slice_is(calls[i].callee, "__indirect_call")) {
			f->n_indirect++;
			continue;
		}
		f->n_calls++;
		r = vec_push(j->image, calls, callee_of(j, &calls[i]));
	}
	return r;
}

static int take_calls(struct join *j)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->usage->n_functions; i++) {
		const struct stack_usage_function *from = &j->usage->functions[i];
		uint32_t n = j->function_of[i];
		if (n == IMAGE_NONE || !from->by_linker || j->has_calls[n])
			continue;
		j->has_calls[n] = true;
		r = take_calls_of(j, from, &j->image->functions[n]);
	}
	return r;
}

/* ---- all of it ---- */

static int join(struct join *j)
{
	int r = list_names(j);

	if (r < 0)
		return r;
	if (j->usage->n_functions)
		qsort(j->usage->functions, j->usage->n_functions, sizeof(*j->usage->functions), by_input_and_name);
	if (j->usage->n_calls)
		qsort(j->usage->calls, j->usage->n_calls, sizeof(*j->usage->calls), by_input_and_caller);
	take_frames(j);
	return take_calls(j);
}

int image_join_stack_usage(struct image *image, struct stack_usage *usage, size_t *ret_n_found)
{
	struct join j = {
		.image = image,
		.usage = usage,
		.function_of = malloc((usage->n_functions + 1) * sizeof(*j.function_of)),
		.is_found = calloc(image->n_functions + 1, sizeof(*j.is_found)),
		.has_calls = calloc(image->n_functions + 1, sizeof(*j.has_calls)),
	};
	int r = j.function_of && j.is_found && j.has_calls ? join(&j) : -ENOMEM;

	*ret_n_found = 0;
	for (size_t i = 0; r == 0 && i < image->n_functions; i++)
		*ret_n_found += j.is_found[i];
	vec_deinit(&j, names);
	vec_deinit(&j, spoken);
	free(j.function_of);
	free(j.is_found);
	free(j.has_calls);
	return r;
}
