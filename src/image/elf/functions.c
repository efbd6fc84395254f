/* Functions of an ELF, with the stack they take and what they call. */
#include "elf/functions.h"

#include <errno.h>
#include <stdlib.h>

#include "slice.h"

/* What GCC moved out of a function, because it is rarely run, is entered by a jump. */
static bool is_part(struct image_slice name) { return text_find(name.text, name.n_bytes, ".cold") != NULL; }

static bool is_function(const struct elf_symbol *s)
{
	return (s->type == STT_FUNC || s->type == STT_GNU_IFUNC) && !is_part(s->name);
}

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

int elf_functions_read(struct elf_file *f)
{
	struct elf_dwarf d;
	int r = list_functions(f);

	if (r < 0)
		return r;
	r = elf_dwarf_open(f, &d);
	if (r == 0 && d.elf) {
		elf_frames_read(&d);
		r = elf_calls_read(&d);
	}
	elf_dwarf_close(&d);
	return r;
}
