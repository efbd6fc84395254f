#include "memprof/intake/firmware.h"

#include <errno.h>
#include <string.h>

static struct c_program program_of(const struct firmware *f, uint64_t moved_by)
{
	return (struct c_program){ .image = &f->elf.image, .types = f->types, .moved_by = moved_by };
}

int firmware_read(const char *elf, struct firmware *ret, struct diag *diag)
{
	uint64_t address;

	memset(ret, 0, sizeof(*ret));
	if (!elf)
		return 0;
	int error = input_elf_read(&ret->elf, elf, IMAGE_WANT_SYMBOLS, diag);
	if (error < 0)
		return error;
	ret->has_python = image_value(&ret->elf.image, "mp_state_ctx", &address) || ret->elf.image.n_symbols == 0;
	const struct c_program program = program_of(ret, 0);
	ret->has_heaps = c_heaps_any(&program);
	if (ret->has_heaps)
		error = image_types_read(&ret->types, elf, ret->elf.blob.bytes, ret->elf.blob.n_bytes, diag);
	return error;
}

bool firmware_may_be_python(const struct firmware *f) { return f->has_python || !f->has_heaps; }

void firmware_deinit(struct firmware *f)
{
	image_types_free(f->types);
	f->types = NULL;
	input_image_deinit(&f->elf);
}

int firmware_heaps(const struct firmware *f, struct memory_reader *r, uint64_t moved_by, bool has_python,
		   struct heap *heap, struct diag *diag)
{
	const struct c_program program = program_of(f, moved_by);
	int error = f->has_heaps ? c_heaps_read(&program, r, heap) : 0;

	*diag = (struct diag){ 0 };
	if (error == 0 && !has_python && heap->n_pools == 0)
		error = diag_set(diag, -ENOENT,
				 "no heap of the ELF is set up there: has it started, and is that its RAM?");
	return error;
}
