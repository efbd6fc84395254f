/* Functions of an ELF, with the stack they take and what they call. */
#include "elf/dwarf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/search.h"
#include "slice.h"

#define COLD ".cold"

enum { NAMESAKES_MAX = 256 };

/* What GCC moved out of a function, because it is rarely run, is entered by a jump. */
static bool is_part(struct image_slice name)
{
	size_t n = sizeof(COLD) - 1;

	return name.n_bytes > n && memcmp(name.text + name.n_bytes - n, COLD, n) == 0;
}

static bool is_function(const struct elf_symbol *s) { return s->type == STT_FUNC || s->type == STT_GNU_IFUNC; }

/* Of those with one address the most visible, as symbols are sorted, with the size of the largest. */
static int compare(const void *a, const void *b)
{
	const struct image_function *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->local != y->local)
		return x->local ? 1 : -1;
	return slice_compare(x->linkage, y->linkage);
}

static void merge_aliases(struct image *image)
{
	size_t n = 0;

	if (image->n_functions)
		qsort(image->functions, image->n_functions, sizeof(*image->functions), compare);
	for (size_t i = 0; i < image->n_functions; i++) {
		struct image_function *f = &image->functions[i];
		if (n && image->functions[n - 1].address == f->address)
			image->functions[n - 1].size_bytes = MAX(image->functions[n - 1].size_bytes, f->size_bytes);
		else
			image->functions[n++] = *f;
	}
	image->n_functions = n;
}

static int list_functions(struct elf_file *f)
{
	for (size_t i = 0; i < f->n_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		struct image_function function = {
			.linkage = s->name,
			.address = s->address,
			.size_bytes = s->size_bytes,
			.frame_bytes = NOT_KNOWN,
			.local = s->binding == STB_LOCAL,
		};
		if (is_function(s) && vec_push(f->image, functions, function) < 0)
			return -ENOMEM;
	}
	merge_aliases(f->image);
	return 0;
}

/* ---- parts ---- */

static int by_name(const void *a, const void *b)
{
	const struct image_function *const *x = a, *const *y = b;

	return slice_compare((*x)->linkage, (*y)->linkage);
}

/* Of static functions of one name all: which one it is of cannot be seen. */
static void give_frame(struct image_function *const *sorted, size_t n, const struct image_function *part)
{
	struct image_slice name = { part->linkage.text, part->linkage.n_bytes - (uint32_t)(sizeof(COLD) - 1) };
	size_t i = search_while(n, k, slice_compare(sorted[k]->linkage, name) < 0), end = MIN(n, i + NAMESAKES_MAX);

	for (; i < end && slice_same(sorted[i]->linkage, name); i++) {
		sorted[i]->grows |= part->grows;
		if (part->frame_bytes != NOT_KNOWN &&
		    (sorted[i]->frame_bytes == NOT_KNOWN || sorted[i]->frame_bytes < part->frame_bytes))
			sorted[i]->frame_bytes = part->frame_bytes;
	}
}

static void remove_parts(struct image *image)
{
	size_t n = 0;

	for (size_t i = 0; i < image->n_functions; i++)
		if (!is_part(image->functions[i].linkage))
			image->functions[n++] = image->functions[i];
	image->n_functions = n;
}

/* A function may make its frame only there. */
static int unite_parts(struct image *image)
{
	struct image_function **sorted = malloc((image->n_functions + 1) * sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < image->n_functions; i++)
		sorted[i] = &image->functions[i];
	qsort(sorted, image->n_functions, sizeof(*sorted), by_name);
	for (size_t i = 0; i < image->n_functions; i++)
		if (is_part(image->functions[i].linkage))
			give_frame(sorted, image->n_functions, &image->functions[i]);
	free(sorted);
	remove_parts(image);
	return 0;
}

/* ---- all of it ---- */

int elf_functions_read(struct elf_dwarf *d)
{
	int r = list_functions(d->file);

	if (r == 0 && d->elf)
		elf_frames_read(d);
	if (r == 0)
		r = unite_parts(d->file->image);
	if (r == 0 && d->elf)
		r = elf_calls_read(d);
	return r;
}
